import SimulatorCore

/// A subnet and its address blocks of both families.
struct SubnetBlocks: Sendable {
    let id: String
    let blocks: [AddressBlock]

    init(_ subnet: SubnetRecord, _ context: Context) throws {
        self.init(subnet, ipv6: try subnet.ipv6(context))
    }

    private init(_ subnet: SubnetRecord, ipv6: IPv6Block?) {
        id = subnet.id
        blocks = [subnet.block.map { AddressBlock($0) }, ipv6.map { AddressBlock($0) }].compactMap(\.self)
    }

    /// Returns the subnets of a VPC, read with a fixed number of statements.
    static func all(of vpcId: String, _ context: Context) throws -> [SubnetBlocks] {
        let subnets = try SubnetRecord.all(context, "AND vpc_id = ?", [vpcId])
        let associated = try CidrBlockRecord.byOwner(context)
        return subnets.map { subnet in
            SubnetBlocks(subnet, ipv6: associated[subnet.id]?.first { !$0.isDisassociating }?.ipv6)
        }
    }

    func contains(_ address: IPAddress) -> Bool { blocks.contains { $0.contains(address) } }
}
