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
    /// The private addresses of the members of groups that rules refer to.
    private let members: [String: Set<UInt32>]
    private let blocks: PrefixListBlocks

    init(_ ids: [String], _ context: Context) throws {
        groups = try ids.compactMap { id in
            guard let group = try SecurityGroupRecord.find(id, context) else { return nil }
            return Group(id: id, name: group.name, rules: try SecurityGroupRuleRecord.all(context, "AND group_id = ?", [id]))
        }
        members = try Self.members(groups, context)
        blocks = try PrefixListBlocks(
            groups.flatMap(\.rules).compactMap { if case .prefixList(let id) = $0.key.peer { id } else { nil } }, context)
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
        case .ipv4(let text): return IPv4Block(text)?.contains(packet.address) ?? false
        case .group(let id, _): return members[id]?.contains(packet.address) ?? false
        case .prefixList(let id): return blocks[id].contains { $0.contains(packet.address) }
        case .ipv6: return false
        }
    }

    /// The groups' ids, and the first ports of their rules for a protocol.
    var ids: [String] { groups.map(\.id) }
    func ports(_ direction: NetworkReachability.Direction, _ name: String) -> [Int] {
        groups.flatMap(\.rules).filter { $0.isEgress == (direction == .outbound) && $0.key.protocol == name }.map(
            \.key.fromPort)
    }
    /// Returns the blocks in their rules.
    func blocks(_ direction: NetworkReachability.Direction) -> [IPv4Block] {
        groups.flatMap(\.rules).filter { $0.isEgress == (direction == .outbound) }.flatMap { rule -> [IPv4Block] in
            switch rule.key.peer {
            case .ipv4(let text): IPv4Block(text).map { [$0] } ?? []
            case .prefixList(let id): blocks[id]
            case .group, .ipv6: []
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

/// The IPv4 blocks of the prefix lists in rules and routes.
struct PrefixListBlocks: Sendable {
    private var blocks: [String: [IPv4Block]] = [:]

    init(_ ids: [String], _ context: Context) throws {
        for id in Set(ids) { blocks[id] = try Self.blocks(of: id, context) }
    }

    subscript(id: String) -> [IPv4Block] { blocks[id] ?? [] }

    /// Every check of a prefix list's entries reads them here.
    private static func blocks(of id: String, _ context: Context) throws -> [IPv4Block] {
        try ManagedPrefixList.blocks(of: id, context).compactMap { IPv4Block($0) }
    }
}
