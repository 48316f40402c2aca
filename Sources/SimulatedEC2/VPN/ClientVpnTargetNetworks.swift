import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/clientvpn-admin/cvpn-working-target.html

extension Resource where S == TargetNetwork {
    static let clientVpnTargetNetwork = Resource(
        ResourceKind(
            "cvpn-assoc", type: "client-vpn-target-network", code: "InvalidClientVpnAssociationId",
            notFound: "The association '%' does not exist", notFoundCode: "InvalidClientVpnAssociationIdNotFound",
            malformed: "InvalidClientVpnAssociationIdNotFound"),
        untagged: \.associationId,
        refers: [
            .to("client-vpn-endpoint", \.clientVpnEndpointId), .to("subnet", \.targetNetworkId), .to("vpc", \.vpcId),
        ],
        // AWS documents "several minutes". All durations are assumed, including five minutes for disassociated networks.
        life: LifeCycle(
            show: { $0.status = AssociationStatus(code: .init(rawValue: $1)) }, initial: "associating",
            deleting: "disassociating",
            steps: [
                "associating": .init(after: .minutes(5), isFixed: false) {
                    try $0.open($1)
                    return "associated"
                },
                "disassociating": .init(after: .minutes(5), isFixed: false) {
                    try $0.close($1)
                    return "disassociated"
                },
                "disassociated": .init(after: .minutes(5), isFixed: true) { _, _ in nil },
            ], gone: ["disassociated"]))

    /// Returns the endpoint's target networks that are not disassociated.
    static func networks(of endpoint: String, _ context: Context) throws -> [Stored<TargetNetwork>] {
        try clientVpnTargetNetwork.all(context).filter {
            $0.shape.clientVpnEndpointId == endpoint && $0.phase != "disassociated"
        }
    }

    /// Sets the security groups of the associations' interfaces.
    static func set(groups: [String], of associations: [Stored<TargetNetwork>], _ context: Context) throws {
        for var association in associations {
            association.shape.securityGroups = groups
            try clientVpnTargetNetwork.write(association, context)
            for interface in try NetworkInterfaceRecord.all(
                context, "AND requester = ?", [association.shape.associationId])
            {
                try interface.setGroups(groups, context)
            }
        }
    }
}

extension TargetNetwork {
    /// Makes the endpoint available when its first target network is associated.
    fileprivate func open(_ context: Context) throws {
        guard var endpoint = try Resource.clientVpnEndpoint.find(clientVpnEndpointId ?? "", context),
            endpoint.phase == "pending-associate"
        else { return }
        try Resource.clientVpnEndpoint.move(&endpoint, to: "available", at: context.now, context)
    }

    /// Removes the interface and the routes of the target network. After the last one the endpoint is `pending-associate`.
    fileprivate func close(_ context: Context) throws {
        for interface in try NetworkInterfaceRecord.all(context, "AND requester = ?", [associationId]) {
            try interface.remove(context)
        }
        let routes = Resource.clientVpnRoute
        for route in try routes.all(context)
        where route.shape.clientVpnEndpointId == clientVpnEndpointId && route.shape.targetSubnet == targetNetworkId {
            try routes.forget(routes.identity(route.shape), context)
        }
        let others = try Resource.networks(of: clientVpnEndpointId ?? "", context).filter {
            $0.shape.associationId != associationId && $0.phase == "associated"
        }
        guard others.isEmpty, var endpoint = try Resource.clientVpnEndpoint.find(clientVpnEndpointId ?? "", context),
            endpoint.phase == "available"
        else { return }
        try Resource.clientVpnEndpoint.move(&endpoint, to: "pending-associate", at: context.now, context)
    }
}

extension EC2Simulation {
    public func associateClientVpnTargetNetwork(
        _ input: AssociateClientVpnTargetNetworkRequest, _ context: Context
    ) throws -> AssociateClientVpnTargetNetworkResult {
        var endpoint = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        guard input.availabilityZone?.orNil == nil, input.availabilityZoneId?.orNil == nil else {
            throw AWSError.notSimulated("ec2", "AssociateClientVpnTargetNetwork with a zone of a transit gateway")
        }
        guard let subnetId = input.subnetId.flatMap(\.orNil) else { throw AWSError.missingParameter("SubnetId") }
        let made = try context.create(.clientVpnTargetNetwork, input) { association in
            let id = association.associationId ?? ""
            let subnet = try SubnetRecord.get(subnetId, context)
            let vpc = try VpcRecord.get(subnet.vpcId, context)
            try Self.check(subnet, of: vpc, for: endpoint.shape, context)
            association.clientVpnEndpointId = input.clientVpnEndpointId
            association.targetNetworkId = subnet.id
            association.vpcId = vpc.id
            if endpoint.shape.vpcId != vpc.id {
                endpoint.shape.vpcId = vpc.id
                endpoint.shape.securityGroupIds = try ClientVpnEndpoint.checked(groups: [], in: vpc.id, context)
                try Resource.clientVpnEndpoint.write(endpoint, context)
            }
            let groups = endpoint.shape.securityGroupIds ?? []
            association.securityGroups = groups
            let interface = try NetworkInterfaceRecord.create(
                "interface", for: id, in: subnet, privateAddress: nil,
                description: "ClientVPN Endpoint resource \(input.clientVpnEndpointId)", context)
            try interface.setGroups(groups, context)
            for block in try vpc.ipv4Blocks(context) {
                try Resource.clientVpnRoute.place(
                    ClientVpnRoute(
                        clientVpnEndpointId: input.clientVpnEndpointId, destinationCidr: block.description,
                        targetSubnet: subnet.id, type: "Nat", origin: "associate", description: "Default Route"), context)
            }
        }
        return AssociateClientVpnTargetNetworkResult(associationId: made.associationId, status: made.status)
    }

    private static func check(
        _ subnet: SubnetRecord, of vpc: VpcRecord, for endpoint: ClientVpnEndpoint, _ context: Context
    ) throws {
        let present = try Resource<TargetNetwork>.networks(of: endpoint.clientVpnEndpointId ?? "", context).map(\.shape)
        if present.contains(where: { $0.targetNetworkId == subnet.id }) {
            throw AWSError(
                "InvalidClientVpnDuplicateAssociationException", "The subnet '\(subnet.id)' is associated already.")
        }
        // The subnet must be in the endpoint's VPC, which ModifyClientVpnEndpoint changes.
        if let own = endpoint.vpcId, own != vpc.id {
            throw AWSError("InvalidParameterValue", "The subnet '\(subnet.id)' does not belong to '\(own)'.")  // assumed
        }
        let zones = try present.compactMap { try $0.targetNetworkId.flatMap { try SubnetRecord.find($0, context)?.zone } }
        if zones.contains(subnet.zone) {
            throw AWSError(
                "InvalidClientVpnSubnetId.DuplicateAz",
                "A subnet of the Availability Zone '\(subnet.zone)' is associated already.")
        }
        let clients = endpoint.clientCidrBlock.flatMap { IPv4Block($0) }
        if let clients, try vpc.ipv4Blocks(context).contains(where: { $0.overlaps(clients) }) {
            throw AWSError(
                "InvalidClientVpnSubnetId.OverlappingCidr",
                "The client CIDR block '\(clients)' overlaps with a block of '\(vpc.id)'.")
        }
    }

    public func disassociateClientVpnTargetNetwork(
        _ input: DisassociateClientVpnTargetNetworkRequest, _ context: Context
    ) throws -> DisassociateClientVpnTargetNetworkResult {
        _ = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        let association = try Resource.clientVpnTargetNetwork.present(input.associationId, context)
        guard association.shape.clientVpnEndpointId == input.clientVpnEndpointId else {
            throw Resource.clientVpnTargetNetwork.kind.notFound(input.associationId)
        }
        let leaving = try context.delete(.clientVpnTargetNetwork, input.associationId)
        return DisassociateClientVpnTargetNetworkResult(associationId: input.associationId, status: leaving.status)
    }

    public func describeClientVpnTargetNetworks(
        _ input: DescribeClientVpnTargetNetworksRequest, _ context: Context
    ) throws -> DescribeClientVpnTargetNetworksResult {
        _ = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        let page = try context.describe(
            .clientVpnTargetNetwork, input, ids: input.associationIds, named: "AssociationIds",
            where: { $0.clientVpnEndpointId == input.clientVpnEndpointId })
        return DescribeClientVpnTargetNetworksResult(clientVpnTargetNetworks: page.items, nextToken: page.nextToken)
    }

    public func applySecurityGroupsToClientVpnTargetNetwork(
        _ input: ApplySecurityGroupsToClientVpnTargetNetworkRequest, _ context: Context
    ) throws -> ApplySecurityGroupsToClientVpnTargetNetworkResult {
        var endpoint = try Resource.clientVpnEndpoint.present(input.clientVpnEndpointId, context)
        guard !input.securityGroupIds.isEmpty else { throw AWSError.missingParameter("SecurityGroupId") }
        let vpc = try VpcRecord.get(input.vpcId, context)
        let networks = try Resource<TargetNetwork>.networks(of: input.clientVpnEndpointId, context)
        guard endpoint.shape.vpcId == vpc.id, !networks.isEmpty else {
            throw AWSError(
                "InvalidClientVpnActiveAssociationNotFound",
                "No target network of '\(vpc.id)' is associated with '\(input.clientVpnEndpointId)'.")
        }
        let groups = try ClientVpnEndpoint.checked(groups: input.securityGroupIds, in: vpc.id, context)
        endpoint.shape.securityGroupIds = groups
        try Resource.clientVpnEndpoint.write(endpoint, context)
        try Resource<TargetNetwork>.set(groups: groups, of: networks, context)
        return ApplySecurityGroupsToClientVpnTargetNetworkResult(securityGroupIds: groups)
    }
}
