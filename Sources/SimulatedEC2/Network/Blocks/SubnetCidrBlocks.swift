import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-associate-ipv6-cidr.html

extension EC2Simulation {
    public func associateSubnetCidrBlock(
        _ input: AssociateSubnetCidrBlockRequest, _ context: Context
    ) throws -> AssociateSubnetCidrBlockResult {
        let subnet = try SubnetRecord.get(input.subnetId, context)
        if input.ipv6IpamPoolId != nil || input.ipv6NetmaskLength != nil {
            throw AWSError.notSimulated("ec2", "AssociateSubnetCidrBlock with IPAM pools")
        }
        guard let cidr = input.ipv6CidrBlock.flatMap(\.orNil) else { throw AWSError.missingParameter("ipv6CidrBlock") }
        // Assumed: the error code and the message.
        guard try subnet.ipv6(context) == nil else {
            throw AWSError(
                "InvalidSubnet.Conflict", "The subnet '\(subnet.id)' already has an IPv6 CIDR block associated with it.")
        }
        guard let vpc = try VpcRecord.find(subnet.vpcId, context) else { throw ResourceKind.vpc.notFound(subnet.vpcId) }
        let block = try vpc.ipv6Block(forSubnet: cidr, context)
        let record = try subnet.associate(block, context)
        var shape = record.subnetShape(context)
        shape.ipv6CidrBlockState = SubnetCidrBlockState(state: .associating)
        return AssociateSubnetCidrBlockResult(ipv6CidrBlockAssociation: shape, subnetId: subnet.id)
    }

    public func disassociateSubnetCidrBlock(
        _ input: DisassociateSubnetCidrBlockRequest, _ context: Context
    ) throws -> DisassociateSubnetCidrBlockResult {
        let kind = ResourceKind(
            "subnet-cidr-assoc", type: "", code: "InvalidSubnetCidrBlockAssociationID",
            notFound: "The subnet CIDR block association ID '%' does not exist")
        try kind.check(input.associationId)
        guard var record = try CidrBlockRecord.find(input.associationId, context),
            let subnet = try SubnetRecord.find(record.ownerId, context)
        else { throw kind.notFound(input.associationId) }
        if !record.isDisassociating {
            // https://github.com/pulumi/pulumi-aws/issues/2570 has the message.
            guard !subnet.assignsIPv6OnCreation else {
                throw AWSError(
                    "InvalidCidrBlock.InUse",
                    "The subnet IPv6 CIDR block with association ID \(record.id) may not be disassociated, because its subnet has assign-ipv6-address-on-creation set to true."
                )
            }
            guard try !subnet.hasIPv6Addresses(context) else {
                throw AWSError(
                    "InvalidCidrBlock.InUse",
                    "The subnet CIDR block with association ID \(record.id) may not be disassociated, because network interfaces have addresses from it."
                )
            }
            try record.leave(context)
        }
        return DisassociateSubnetCidrBlockResult(
            ipv6CidrBlockAssociation: record.subnetShape(context), subnetId: subnet.id)
    }
}

extension VpcRecord {
    /// Parses a subnet's new block.
    /// - Throws: AWS's errors if it is not within a block of the VPC, or overlaps with another subnet's.
    func ipv6Block(forSubnet text: String, _ context: Context) throws -> IPv6Block {
        guard let block = IPv6Block(text) else {
            throw AWSError.invalidValue(text, for: "ipv6CidrBlock", "This is not a valid IPv6 CIDR block.")
        }
        // AWS allows /44 to /64, in steps of four.
        guard (44...64).contains(block.prefix), block.prefix % 4 == 0,
            try ipv6Blocks(context).contains(where: { $0.contains(block) })
        else { throw AWSError("InvalidSubnet.Range", "The CIDR '\(text)' is invalid.") }
        for other in try SubnetRecord.all(context, "AND vpc_id = ?", [id]) {
            guard let taken = try other.ipv6(context), taken.overlaps(block) else { continue }
            throw AWSError("InvalidSubnet.Conflict", "The CIDR '\(text)' conflicts with another subnet")
        }
        return block
    }
}

extension SubnetRecord {
    func associate(_ block: IPv6Block, _ context: Context) throws -> CidrBlockRecord {
        let record = CidrBlockRecord("subnet-cidr-assoc", of: id, block.description, isIPv6: true, context)
        try record.insert(context)
        return record
    }

    fileprivate func hasIPv6Addresses(_ context: Context) throws -> Bool {
        try InterfaceAddress.all(in: id, context).contains { $0.form == .ipv6 || $0.form == .prefix6 }
    }
}
