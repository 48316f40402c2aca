import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// Who reaches an instance, and what it reaches: its security groups, its subnet's network ACL and routes decide, as they
/// stood when this was made. Doors and guests ask it for every connection.
package struct NetworkReachability: Sendable {
    package enum Direction: Sendable {
        /// Somebody connects to the instance.
        case inbound
        /// The instance connects to somebody.
        case outbound
    }

    package struct Decision: Sendable, Equatable {
        package let isAllowed: Bool
        /// One sentence that names what decided.
        package let reason: String
    }

    private struct Group: Sendable {
        let id, name: String
        let rules: [SecurityGroupRuleRecord]
        var label: String { "\(id) (\(name))" }
    }

    private let vpc: VpcRecord
    private let privateAddress: UInt32
    private let publicAddress: UInt32?
    private let groups: [Group]
    /// The private addresses of the members of groups that rules refer to.
    private let members: [String: Set<UInt32>]
    private let acl: NetworkAclRecord?
    private let entries: [NetworkAclEntryRecord]
    private let routeTable: RouteTable?
    /// The internet gateway that is attached to the VPC.
    private let gateway: String?

    /// Reads what decides about an instance's first interface.
    /// - Returns: nil if the instance has none, being terminated or never launched.
    package init?(instance id: String, _ context: Context) throws {
        guard let interface = try NetworkInterfaceRecord.of(instance: id, context).first,
            let subnet = try SubnetRecord.find(interface.subnetId, context),
            let vpc = try VpcRecord.find(interface.vpcId, context)
        else { return nil }
        self.vpc = vpc
        privateAddress = interface.privateAddress
        publicAddress = try AddressRecord.primary(of: interface, context)?.publicAddress ?? interface.publicAddress
        groups = try interface.groups(context).compactMap { id in
            guard let group = try SecurityGroupRecord.find(id, context) else { return nil }
            return Group(id: id, name: group.name, rules: try SecurityGroupRuleRecord.all(context, "AND group_id = ?", [id]))
        }
        members = try Self.members(groups, context)
        acl = try NetworkAclRecord.governing(subnet: subnet, context)
        entries = try acl.map { try NetworkAclEntryRecord.all(context)[$0.id] ?? [] } ?? []
        routeTable = try Resource.routeTable.governing(subnet: subnet, context)?.shape
        gateway = try InternetGatewayRecord.first(context, "AND vpc_id = ?", [vpc.id])?.id
    }

    private static func members(_ groups: [Group], _ context: Context) throws -> [String: Set<UInt32>] {
        var result: [String: Set<UInt32>] = [:]
        for case .group(let id, _) in groups.flatMap(\.rules).map(\.key.peer) where result[id] == nil {
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT n.private_address FROM ec2_network_interface_group m JOIN ec2_network_interface n
                        ON n.account = m.account AND n.region = m.region AND n.id = m.interface_id
                    WHERE m.account = ? AND m.region = ? AND m.group_id = ?
                    """)
            result[id] = try Set(UInt32.fetchAll(statement, arguments: [context.account, context.region, id]))
        }
        return result
    }
}

// MARK: Decisions

extension NetworkReachability {
    /// Whether a connection gets through in both directions: a security group remembers connections, an ACL does not.
    ///
    /// - Parameters:
    ///   - peer: the other side's IPv4 address: the source of what comes in, the destination of what goes out.
    ///   - port: the port that is connected to.
    package func decide(_ direction: Direction, peer: String, port: Int, protocol name: String = "tcp") -> Decision {
        guard let address = IPv4Block.address(peer) else { return .no("'\(peer)' is not an IPv4 address.") }
        if IPv4Block(base: 169 << 24 | 254 << 16, prefix: 16).contains(address) {
            return .yes("Link-local addresses are not filtered.")
        }
        let packet = Packet(address: address, text: peer, port: port, name: name)
        return route(packet, direction) ?? groupRefusal(packet, direction) ?? aclRefusal(packet, direction)
            ?? .yes(allowance(packet, direction))
    }

    private struct Packet {
        let address: UInt32
        let text: String
        let port: Int
        let name: String
        var label: String { "\(name.uppercased()) port \(port)" }
    }

    /// Ports of the kind that the connecting side takes; replies go there.
    private static let replyPort = 49152

    private func way(_ direction: Direction) -> String { direction == .inbound ? "from" : "to" }

    /// Why there is no way between instance and peer; nil if there is one.
    private func route(_ packet: Packet, _ direction: Direction) -> Decision? {
        if vpc.block.contains(packet.address) { return nil }
        let matching = (routeTable?.routes ?? []).compactMap { route in
            route.destinationCidrBlock.flatMap(IPv4Block.init).map { ($0, route) }
        }
        .filter { $0.0.contains(packet.address) }.max { $0.0.prefix < $1.0.prefix }
        let table = routeTable?.routeTableId ?? "the route table"
        guard let route = matching?.1 else { return .no("\(table) has no route to \(packet.text).") }
        guard route.gatewayId == gateway else {
            return .no(
                "The route of \(table) to \(packet.text) leads to \(route.target.id), which is not attached to \(vpc.id).")
        }
        guard publicAddress != nil else {
            return .no("The instance has no public address, and \(packet.text) is outside of \(vpc.id).")
        }
        return nil
    }

    private func rule(_ packet: Packet, _ direction: Direction) -> (Group, SecurityGroupRuleRecord)? {
        for group in groups {
            for rule in group.rules where rule.isEgress == (direction == .outbound) && matches(rule.key, packet) {
                return (group, rule)
            }
        }
        return nil
    }

    private func matches(_ key: RuleKey, _ packet: Packet) -> Bool {
        guard key.protocol == "-1" || key.protocol == packet.name else { return false }
        if key.protocol == "tcp" || key.protocol == "udp" {
            guard (key.fromPort...key.toPort).contains(packet.port) else { return false }
        }
        switch key.peer {
        case .ipv4(let text): return IPv4Block(text)?.contains(packet.address) ?? false
        case .group(let id, _): return members[id]?.contains(packet.address) ?? false
        // What is in a prefix list is AWS's to know; nothing is known of it here.
        case .ipv6, .prefixList: return false
        }
    }

    private func groupRefusal(_ packet: Packet, _ direction: Direction) -> Decision? {
        if rule(packet, direction) != nil { return nil }
        let kind = direction == .inbound ? "inbound" : "outbound"
        let names = groups.map(\.label).joined(separator: ", ")
        return .no("No \(kind) rule of \(names) allows \(packet.label) \(way(direction)) \(packet.text).")
    }

    /// An ACL sees each packet for itself: the connection's and the reply's.
    private func aclRefusal(_ packet: Packet, _ direction: Direction) -> Decision? {
        let isEgress = direction == .outbound
        if let refusal = entryRefusal(packet, port: packet.port, isEgress: isEgress) { return refusal }
        return entryRefusal(packet, port: Self.replyPort, isEgress: !isEgress)
    }

    private func entryRefusal(_ packet: Packet, port: Int, isEgress: Bool) -> Decision? {
        let number = ["tcp": "6", "udp": "17", "icmp": "1"][packet.name] ?? packet.name
        let entry = entries.first { entry in
            guard entry.isEgress == isEgress, entry.protocol == "-1" || entry.protocol == number else { return false }
            if let from = entry.fromPort, let to = entry.toPort, from <= to, !(from...to).contains(port) { return false }
            return IPv4Block(entry.cidr)?.contains(packet.address) ?? false
        }
        guard entry?.action != "allow" else { return nil }
        let which = entry.map { $0.number == NetworkAclEntryRecord.lastNumber ? "*" : "\($0.number)" } ?? "*"
        let kind = isEgress ? "outbound" : "inbound"
        return .no(
            "The \(kind) entry \(which) of \(acl?.id ?? "the network ACL") denies \(packet.name.uppercased()) port \(port).")
    }

    private func allowance(_ packet: Packet, _ direction: Direction) -> String {
        guard let (group, rule) = rule(packet, direction) else { return "" }
        return "\(rule.id) of \(group.label) allows \(packet.label) \(way(direction)) \(packet.text)."
    }
}

extension NetworkReachability.Decision {
    fileprivate static func yes(_ reason: String) -> Self { Self(isAllowed: true, reason: reason) }
    fileprivate static func no(_ reason: String) -> Self { Self(isAllowed: false, reason: reason) }
}
