import EC2API
import SimulatorCore

/// The packets that a network ACL allows. It is stateless: it checks a connection's packets and the replies separately.
struct AclFilter: Sendable {
    let id: String
    private let entries: [NetworkAclEntry]

    init(_ list: NetworkAcl) {
        id = list.networkAclId ?? "the network ACL"
        entries = list.entries ?? []
    }

    /// Returns the ACLs of a VPC's subnets.
    static func all(of vpcId: String, _ context: Context) throws -> [(subnet: SubnetBlocks, list: AclFilter)] {
        let lists = try Resource.networkAcl.lists(of: vpcId, context).map(\.shape)
        return try SubnetBlocks.all(of: vpcId, context).compactMap { subnet in
            let list = lists.first { $0.associations?.contains { $0.subnetId == subnet.id } ?? false }
            return list.map { (subnet, AclFilter($0)) }
        }
    }

    /// An ephemeral port, standing for the client's port, to which replies go.
    static let replyPort = 49152

    /// Returns why the ACL rejects a connection or its replies; nil if it allows both.
    func refusal(_ packet: NetworkReachability.Packet, isEgress: Bool) -> NetworkReachability.Decision? {
        refusal(packet, port: packet.port, isEgress: isEgress)
            ?? refusal(packet, port: Self.replyPort, isEgress: !isEgress)
    }

    private func refusal(
        _ packet: NetworkReachability.Packet, port: Int, isEgress: Bool
    ) -> NetworkReachability.Decision? {
        let entry = entry(packet, port: port, isEgress: isEgress)
        guard entry?.ruleAction != .allow else { return nil }
        let which = entry?.ruleNumber.map { $0 >= 32767 ? "*" : "\($0)" } ?? "*"
        let kind = isEgress ? "outbound" : "inbound"
        return .no(
            "The \(kind) entry \(which) of \(id) denies \(packet.name.uppercased()) port \(port).",
            .list(id: id, rule: entry?.ruleNumber, isEgress: isEgress))
    }

    /// Returns the entry that decides about a packet.
    func entry(_ packet: NetworkReachability.Packet, port: Int, isEgress: Bool) -> NetworkAclEntry? {
        let number = ["tcp": "6", "udp": "17", "icmp": "1", "icmpv6": "58"][packet.name] ?? packet.name
        return entries.first { entry in
            guard entry.egress == isEgress, entry.protocol == "-1" || entry.protocol == number else { return false }
            if let from = entry.portRange?.from, let to = entry.portRange?.to, !(from...to).contains(port) { return false }
            return (entry.cidrBlock ?? entry.ipv6CidrBlock).flatMap { AddressBlock($0) }?.contains(packet.address) ?? false
        }
    }
}
