import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html

extension EC2Simulation {
    public func associateVpcCidrBlock(
        _ input: AssociateVpcCidrBlockRequest, _ context: Context
    ) throws -> AssociateVpcCidrBlockResult {
        let vpc = try VpcRecord.get(input.vpcId, context)
        let ownIPv6 = input.ipv6IpamPoolId == nil && input.ipv6CidrBlock != nil
        if input.ipv6Pool != nil || ownIPv6 {
            throw AWSError.notSimulated("ec2", "AssociateVpcCidrBlock with IPv6 pools of one's own")
        }
        let tags = try TagIndex(of: [vpc.id], context)[vpc.id]
        let taking = try VpcRecord.ipv4BlockFromPool(
            input.ipv4IpamPoolId, cidr: input.cidrBlock, netmask: input.ipv4NetmaskLength, tags: tags, context)
        let taking6 = try VpcRecord.ipv6BlockFromPool(
            input.ipv6IpamPoolId, cidr: input.ipv6CidrBlock, netmask: input.ipv6NetmaskLength, tags: tags, context)
        let wantsIPv6 = input.amazonProvidedIpv6CidrBlock == true || taking6 != nil
        if taking6 != nil, input.amazonProvidedIpv6CidrBlock == true {
            throw AWSError.invalidCombination(
                "The parameters amazonProvidedIpv6CidrBlock and ipv6IpamPoolId cannot be used together.")
        }
        switch (taking?.block.description ?? input.cidrBlock.flatMap(\.orNil), wantsIPv6) {
        case (let cidr?, false):
            guard let block = IPv4Block(cidr) else { throw AWSError.notACIDRBlock(cidr) }
            let record = try vpc.associate(block, context)
            try taking?.record(for: vpc.id, context)
            try IpamPool.importResources(in: context)
            return AssociateVpcCidrBlockResult(cidrBlockAssociation: record.vpcShape(context).begun, vpcId: vpc.id)
        case (nil, true):
            let record = try vpc.associateIPv6(
                borderGroup: input.ipv6CidrBlockNetworkBorderGroup, taking: taking6, context)
            return AssociateVpcCidrBlockResult(ipv6CidrBlockAssociation: record.vpcShape6(context).begun, vpcId: vpc.id)
        case (nil, false):
            throw AWSError(
                "MissingParameter", "Either 'cidrBlock' or 'amazonProvidedIpv6CidrBlock' should be provided.")
        default:
            throw AWSError.invalidCombination(
                "Only one of 'cidrBlock' or 'amazonProvidedIpv6CidrBlock' may be provided.")
        }
    }

    public func disassociateVpcCidrBlock(
        _ input: DisassociateVpcCidrBlockRequest, _ context: Context
    ) throws -> DisassociateVpcCidrBlockResult {
        let id = input.associationId
        if try VpcRecord.exists(context, "AND cidr_association_id = ?", [id]) {
            throw AWSError(
                "OperationNotPermitted",
                "The vpc CIDR block with association ID \(id) may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
            )
        }
        guard ResourceKind.isWellFormed(id, prefix: CidrBlockRecord.kind.prefix) else {
            throw CidrBlockRecord.kind.malformed(id)
        }
        guard var record = try CidrBlockRecord.find(id, context), let vpc = try VpcRecord.find(record.ownerId, context) else {
            throw CidrBlockRecord.kind.notFound(id)
        }
        if !record.isDisassociating {
            try vpc.checkUnused(record, context)
            try record.leave(context)
            try vpc.withdraw(record, context)
            if let block = AddressBlock(record.block) { try IpamAllocationRecord.giveBack(vpc.id, from: block, context) }
        }
        return record.isIPv6
            ? DisassociateVpcCidrBlockResult(ipv6CidrBlockAssociation: record.vpcShape6(context), vpcId: vpc.id)
            : DisassociateVpcCidrBlockResult(cidrBlockAssociation: record.vpcShape(context), vpcId: vpc.id)
    }
}

extension VpcCidrBlockAssociation {
    /// The association as AWS returns it: always `associating`.
    fileprivate var begun: VpcCidrBlockAssociation {
        var copy = self
        copy.cidrBlockState = VpcCidrBlockState(state: .associating)
        return copy
    }
}

extension VpcIpv6CidrBlockAssociation {
    var begun: VpcIpv6CidrBlockAssociation {
        var copy = self
        copy.ipv6CidrBlockState = VpcCidrBlockState(state: .associating)
        return copy
    }
}

// MARK: Blocks of a VPC

extension VpcRecord {
    /// AWS's default quota: five blocks per family.
    private func checkLimit(_ count: Int) throws {
        guard count < 5 else {
            throw AWSError(
                "CidrLimitExceeded", "This network '\(id)' has met its maximum number of allowed CIDRs: 5")
        }
    }

    fileprivate func associate(_ new: IPv4Block, _ context: Context) throws -> CidrBlockRecord {
        guard (16...28).contains(new.prefix) else { throw AWSError("InvalidVpc.Range", "The CIDR '\(new)' is invalid.") }
        let blocks = try ipv4Blocks(context)
        try checkLimit(blocks.count)
        guard !blocks.contains(where: { $0.overlaps(new) }) else {
            throw AWSError("InvalidVpc.Range", "The CIDR '\(new)' overlaps with an existing CIDR block of the VPC.")
        }
        guard !CidrGroup.restricts(new, beside: blocks) else {
            throw AWSError(
                "InvalidVpc.Range",
                "The CIDR '\(new)' is restricted. Use a CIDR from the same private address range as the current VPC CIDR, or use a publicly-routable CIDR. For additional restrictions, see https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Subnets.html"
            )
        }
        // The new block must not contain the destination of an existing route.
        for table in try Resource.routeTable.tables(of: id, context) {
            guard
                let route = table.shape.routes?.compactMap(\.destination).first(where: {
                    RouteDestination.ipv4(new).contains($0)
                })
            else { continue }
            throw AWSError(
                "InvalidVpc.Range",
                "The CIDR '\(new)' is the same as or larger than the destination \(route.text) of a route in \(table.shape.routeTableId ?? "")."
            )
        }
        return try add(CidrBlockRecord("vpc-cidr-assoc", of: id, new.description, isIPv6: false, context), context)
    }

    /// Associates a block from Amazon, or one from an IPAM pool.
    func associateIPv6(
        borderGroup: String?, taking: IpamVpcBlock? = nil, _ context: Context
    ) throws -> CidrBlockRecord {
        let blocks = try ipv6Blocks(context)
        try checkLimit(blocks.count)
        let group = borderGroup.flatMap(\.orNil) ?? context.region
        guard group == context.region else {
            throw AWSError.invalidValue(group, for: "ipv6CidrBlockNetworkBorderGroup", "It is not a network border group here.")
        }
        let block = try taking?.block.description ?? AmazonIPv6.draw(context).description
        var record = CidrBlockRecord("vpc-cidr-assoc", of: id, block, isIPv6: true, context)
        record.pool = taking == nil ? "Amazon" : "IPAM Managed"
        record.borderGroup = group
        try taking?.record(for: id, context)
        let result = try add(record, context)
        if blocks.isEmpty {
            try Resource.networkAcl.setIPv6(true, of: id, context)
            try SecurityGroupRecord.allowIPv6Egress(of: self, context)
        }
        return result
    }

    private func add(_ record: CidrBlockRecord, _ context: Context) throws -> CidrBlockRecord {
        try record.insert(context)
        guard let destination = record.destination else { return record }
        for var table in try Resource.routeTable.tables(of: id, context) {
            let place = table.shape.routes?.lastIndex { $0.isLocal }.map { $0 + 1 } ?? 0
            table.shape.routes?.insert(Route(local: destination), at: place)
            try Resource.routeTable.write(table, context)
        }
        return record
    }

    /// Rejects a block that a subnet uses. Assumed: the error code and the message.
    fileprivate func checkUnused(_ record: CidrBlockRecord, _ context: Context) throws {
        let subnets = try SubnetRecord.all(context, "AND vpc_id = ?", [id])
        let isUsed = try subnets.contains { subnet in
            if let block = record.ipv4 { return subnet.block.map { block.contains($0) } ?? false }
            guard let block = record.ipv6, let own = try subnet.ipv6(context) else { return false }
            return block.contains(own)
        }
        guard !isUsed else {
            throw AWSError(
                "InvalidCidrBlock.InUse",
                "The vpc CIDR block with association ID \(record.id) may not be disassociated. Subnets of the VPC are in it.")
        }
    }

    /// Removes what the association of the block added.
    fileprivate func withdraw(_ record: CidrBlockRecord, _ context: Context) throws {
        guard let destination = record.destination else { return }
        for var table in try Resource.routeTable.tables(of: id, context) {
            table.shape.routes?.removeAll { $0.isLocal && $0.destination == destination }
            try Resource.routeTable.write(table, context)
        }
        if record.isIPv6, try !hasIPv6(context) { try Resource.networkAcl.setIPv6(false, of: id, context) }
    }
}

/// The rules for which blocks one VPC can combine.
/// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
private enum CidrGroup {
    private static let ten = IPv4Block(base: 10 << 24, prefix: 8)
    private static let oneSevenTwo = IPv4Block(base: 172 << 24 | 16 << 16, prefix: 12)
    private static let oneNineTwo = IPv4Block(base: 192 << 24 | 168 << 16, prefix: 16)
    private static let benchmarking = IPv4Block(base: 198 << 24 | 19 << 16, prefix: 16)
    private static let lowTen = IPv4Block(base: 10 << 24, prefix: 15)
    private static let firstTen = IPv4Block(base: 10 << 24, prefix: 16)
    private static let defaultVpc = IPv4Block(base: 172 << 24 | 31 << 16, prefix: 16)

    static func restricts(_ new: IPv4Block, beside blocks: [IPv4Block]) -> Bool {
        let groups = [ten, oneSevenTwo, oneNineTwo]
        guard let first = blocks.first else { return false }
        let own = groups.first { $0.contains(first) }
        // Private ranges other than the first block's. A public first block excludes all of them.
        if groups.contains(where: { $0 != own && $0.overlaps(new) }) { return true }
        if !benchmarking.contains(first), benchmarking.overlaps(new) { return true }
        if own == ten, blocks.contains(where: { lowTen.contains($0) }), firstTen.overlaps(new) { return true }
        return own == oneSevenTwo && defaultVpc.overlaps(new)
    }
}
