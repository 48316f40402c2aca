import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html

extension Resource where S == NatGateway {
    static let natGateway = Resource(
        ResourceKind(
            "nat", type: "natgateway", code: "NatGateway", notFound: "The Nat Gateway % was not found",
            notFoundCode: "NatGatewayNotFound", malformed: "NatGatewayMalformed"),
        id: \.natGatewayId, tags: \.tags,
        refers: [.to("vpc", \.vpcId, key: "ec2:Vpc"), .to("subnet", \.subnetId)],
        life: .settling(
            \.state, "pending", after: .seconds(90), "available", arriving: { try $0.arrive($1) },
            deleting: "deleting", for: .seconds(45), "deleted", shownFor: .hours(1), leaving: { try $0.leave($1) }
        ).changing(NatGateway.changing, shownAs: "available", for: .seconds(20)) { try $0.finishChange($1) },
        filters: ["state": { [$0.state?.rawValue] }])
}

extension EC2Simulation {
    public func createNatGateway(_ input: CreateNatGatewayRequest, _ context: Context) throws -> CreateNatGatewayResult {
        if input.availabilityMode == .regional {
            throw AWSError.notSimulated("ec2", "CreateNatGateway with the availability mode 'regional'")
        }
        guard let subnetId = input.subnetId, !subnetId.isEmpty else { throw AWSError.missingParameter("subnetId") }
        let isPublic = input.connectivityType ?? .public == .public
        if isPublic, input.allocationId?.isEmpty ?? true { throw AWSError.missingParameter("allocationId") }
        if !isPublic, input.allocationId != nil {
            throw AWSError.invalidCombination(
                "The parameter allocationId cannot be used with the parameter connectivityType=private")
        }
        let wanted = NatGatewayAddresses(
            allocations: input.secondaryAllocationIds ?? [], addresses: input.secondaryPrivateIpAddresses ?? [],
            count: input.secondaryPrivateIpAddressCount ?? 0)
        try wanted.check(isPublic: isPublic, present: 1)
        if isPublic, let allocation = input.allocationId, wanted.allocations.contains(allocation) {
            throw AWSError("InvalidParameterValue", "The allocation ID '\(allocation)' is specified more than once")
        }
        let gateway = try context.create(.natGateway, input) { gateway in
            let subnet = try SubnetRecord.get(subnetId, context)
            let address = try input.allocationId.map { try AddressRecord.get($0, context) }
            gateway.subnetId = subnet.id
            gateway.vpcId = subnet.vpcId
            gateway.createTime = context.now.wholeSecond
            gateway.connectivityType = isPublic ? .public : .private
            try Self.checkNatGatewayLimit(in: subnet, context)
            let interface = try NetworkInterfaceRecord.create(
                "nat_gateway", for: gateway.natGatewayId ?? "", in: subnet, privateAddress: input.privateIpAddress,
                description: "Interface for NAT Gateway \(gateway.natGatewayId ?? "")", context)
            // A free Elastic IP address is associated at once. One in use makes the gateway fail.
            let isOnline = try InternetGatewayRecord.exists(context, "AND vpc_id = ?", [subnet.vpcId])
            if isOnline, var address, address.interfaceId == nil { try address.associate(interface, context) }
            gateway.natGatewayAddresses = [
                NatGatewayAddress(
                    allocationId: address?.id, networkInterfaceId: interface.id,
                    privateIp: interface.privateAddress.map { IPv4Block.text($0) }, isPrimary: true, status: .associating)
            ]
            try gateway.add(wanted, isOnline: isOnline, context)
        }
        return CreateNatGatewayResult(clientToken: input.clientToken, natGateway: gateway.newborn)
    }

    /// AWS's default quota: five NAT gateways per Availability Zone.
    private static func checkNatGatewayLimit(in subnet: SubnetRecord, _ context: Context) throws {
        let others = try Resource.natGateway.remaining(context)
        let zones = try others.compactMap { try $0.shape.subnetId.flatMap { try SubnetRecord.find($0, context)?.zone } }
        guard zones.count(where: { $0 == subnet.zone }) < 5 else {
            throw AWSError("NatGatewayLimitExceeded", "The maximum number of NAT gateways has been reached.")
        }
    }

    public func deleteNatGateway(_ input: DeleteNatGatewayRequest, _ context: Context) throws -> DeleteNatGatewayResult {
        // The Elastic IP address stays associated until the gateway is deleted.
        try context.delete(.natGateway, input.natGatewayId)
        return DeleteNatGatewayResult(natGatewayId: input.natGatewayId)
    }

    public func describeNatGateways(_ input: DescribeNatGatewaysRequest, _ context: Context) throws -> DescribeNatGatewaysResult
    {
        let page = try context.describe(.natGateway, input, ids: input.natGatewayIds, named: "natGatewayIds")
        return DescribeNatGatewaysResult(natGateways: page.items, nextToken: page.nextToken)
    }
}

// MARK: Life

extension NatGateway {
    /// The gateway as AWS returns it at creation: without its interface.
    fileprivate var newborn: NatGateway {
        var newborn = self
        guard state == .pending else { return self }
        newborn.natGatewayAddresses = natGatewayAddresses?.map {
            NatGatewayAddress(allocationId: $0.allocationId, isPrimary: $0.isPrimary, status: $0.status)
        }
        return newborn
    }

    /// Finishes the creation: takes the Elastic IP address, or fails if it cannot.
    /// - Returns: the final state if it is not `available`.
    fileprivate mutating func arrive(_ context: Context) throws -> String? {
        guard let vpcId, var primary = natGatewayAddresses?.first, let interfaceId = primary.networkInterfaceId else {
            return nil
        }
        primary.status = .succeeded
        if let allocationId = primary.allocationId {
            guard try InternetGatewayRecord.exists(context, "AND vpc_id = ?", [vpcId]) else {
                return try fail("Gateway.NotAttached", "Network \(vpcId) has no Internet gateway attached", context)
            }
            guard var address = try AddressRecord.find(allocationId, context) else {
                return try fail(
                    "InvalidAllocationID.NotFound",
                    "Elastic IP address \(allocationId) could not be associated with this NAT gateway", context)
            }
            guard address.interfaceId == nil || address.interfaceId == interfaceId else {
                return try fail(
                    "Resource.AlreadyAssociated", "Elastic IP address \(allocationId) is already associated", context)
            }
            if address.interfaceId == nil, let interface = try NetworkInterfaceRecord.find(interfaceId, context) {
                try address.associate(interface, context)
            }
            primary.associationId = address.associationId
            primary.publicIp = IPv4Block.text(address.publicAddress)
        }
        natGatewayAddresses?[0] = primary
        try finishChange(context)
        return nil
    }

    fileprivate mutating func fail(_ code: String, _ message: String, _ context: Context) throws -> String {
        failureCode = code
        failureMessage = message
        try leave(context)
        for index in (natGatewayAddresses ?? []).indices { natGatewayAddresses?[index].status = .failed }
        return "failed"
    }

    /// Releases the gateway's addresses and its interface.
    fileprivate mutating func leave(_ context: Context) throws {
        deleteTime = context.now.wholeSecond
        for id in Set(natGatewayAddresses?.compactMap(\.networkInterfaceId) ?? []) {
            try NetworkInterfaceRecord.find(id, context)?.remove(context)
        }
    }
}
