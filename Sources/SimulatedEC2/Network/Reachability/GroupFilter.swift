import EC2API
import GRDB
import SimulatorCore

/// The packets that an interface's security groups allow. They are stateful: replies need no rule.
struct GroupFilter: Sendable {
    private struct Group: Sendable {
        let id, name: String
        let rules: [SecurityGroupRuleRecord]
        var label: String { "\(id) (\(name))" }
    }

    private let groups: [Group]
    /// The members of groups that rules refer to.
    private let members: [String: GroupMembers]
    private let blocks: PrefixListBlocks

    init(_ ids: [String], _ context: Context) throws {
        groups = try ids.compactMap { id in
            guard let group = try SecurityGroupRecord.find(id, context) else { return nil }
            return Group(id: id, name: group.name, rules: try SecurityGroupRuleRecord.all(context, "AND group_id = ?", [id]))
        }
        let peers: [String] = groups.flatMap(\.rules).compactMap { if case .group(let id, _) = $0.key.peer { id } else { nil } }
        members = try Dictionary(uniqueKeysWithValues: Set(peers).map { ($0, try GroupMembers(of: $0, context)) })
        blocks = try PrefixListBlocks(
            groups.flatMap(\.rules).compactMap { if case .prefixList(let id) = $0.key.peer { id } else { nil } }, context)
    }

    private func rule(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction
    ) -> (Group, SecurityGroupRuleRecord)? {
        for group in groups {
            for rule in group.rules where rule.isEgress == (direction == .outbound) && matches(rule.key, packet) {
                return (group, rule)
            }
        }
        return nil
    }

    private func matches(_ key: RuleKey, _ packet: NetworkReachability.Packet) -> Bool {
        guard key.protocol == "-1" || key.protocol == packet.name else { return false }
        if key.protocol == "tcp" || key.protocol == "udp" {
            guard (key.fromPort...key.toPort).contains(packet.port) else { return false }
        }
        switch key.peer {
        case .ipv4(let text), .ipv6(let text): return AddressBlock(text)?.contains(packet.address) ?? false
        case .group(let id, _): return members[id]?.contains(packet.address) ?? false
        case .prefixList(let id): return blocks[id].contains { $0.contains(packet.address) }
        }
    }

    /// The groups' ids, and the first ports of their rules for a protocol.
    var ids: [String] { groups.map(\.id) }
    func ports(_ direction: NetworkReachability.Direction, _ name: String) -> [Int] {
        groups.flatMap(\.rules).filter { $0.isEgress == (direction == .outbound) && $0.key.protocol == name }.map(
            \.key.fromPort)
    }
    /// Returns the blocks in their rules.
    func blocks(_ direction: NetworkReachability.Direction) -> [AddressBlock] {
        groups.flatMap(\.rules).filter { $0.isEgress == (direction == .outbound) }.flatMap { rule -> [AddressBlock] in
            switch rule.key.peer {
            case .ipv4(let text), .ipv6(let text): AddressBlock(text).map { [$0] } ?? []
            case .prefixList(let id): blocks[id]
            case .group: []
            }
        }
    }
    /// Returns the rule that allows a packet.
    func allowing(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction
    ) -> SecurityGroupRuleRecord? { rule(packet, direction)?.1 }

    func refusal(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction
    ) -> NetworkReachability.Decision? {
        if rule(packet, direction) != nil { return nil }
        let kind = direction == .inbound ? "inbound" : "outbound"
        let names = groups.map(\.label).joined(separator: ", ")
        return .no(
            "No \(kind) rule of \(names) allows \(packet.label) \(way(direction)) \(packet.text).", .groups(direction))
    }

    /// Describes the rule that allows a packet.
    func allowance(_ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction) -> String {
        guard let (group, rule) = rule(packet, direction) else { return "" }
        return "\(rule.id) of \(group.label) allows \(packet.label) \(way(direction)) \(packet.text)."
    }

    private func way(_ direction: NetworkReachability.Direction) -> String { direction == .inbound ? "from" : "to" }
}

/// The addresses of a security group's members: of all interfaces that have the group.
private struct GroupMembers: Sendable {
    private var addresses: Set<IPAddress>
    /// The prefixes that are assigned to interfaces.
    private var prefixes: [AddressBlock] = []

    init(of group: String, _ context: Context) throws {
        let first = try context.db.cachedStatement(
            sql: """
                SELECT n.private_address FROM ec2_network_interface_group m JOIN ec2_network_interface n
                    ON n.account = m.account AND n.region = m.region AND n.id = m.interface_id
                WHERE m.account = ? AND m.region = ? AND m.group_id = ? AND n.private_address IS NOT NULL
                """)
        let further = try context.db.cachedStatement(
            sql: """
                SELECT a.address FROM ec2_network_interface_group m JOIN ec2_interface_address a
                    ON a.account = m.account AND a.region = m.region AND a.interface_id = m.interface_id
                WHERE m.account = ? AND m.region = ? AND m.group_id = ?
                """)
        let arguments: StatementArguments = [context.account, context.region, group]
        addresses = try Set(UInt32.fetchAll(first, arguments: arguments).map { IPAddress($0) })
        for text in try String.fetchAll(further, arguments: arguments) {
            if let address = IPAddress(text) { addresses.insert(address) }
            if let prefix = AddressBlock(text) { prefixes.append(prefix) }
        }
    }

    func contains(_ address: IPAddress) -> Bool {
        addresses.contains(address) || prefixes.contains { $0.contains(address) }
    }
}

/// The blocks of the prefix lists in rules and routes.
struct PrefixListBlocks: Sendable {
    private var blocks: [String: [AddressBlock]] = [:]

    init(_ ids: [String], _ context: Context) throws {
        for id in Set(ids) { blocks[id] = try Self.blocks(of: id, context) }
    }

    subscript(id: String) -> [AddressBlock] { blocks[id] ?? [] }

    /// Every check of a prefix list's entries reads them here.
    private static func blocks(of id: String, _ context: Context) throws -> [AddressBlock] {
        try ManagedPrefixList.blocks(of: id, context).compactMap { AddressBlock($0) }
    }
}
