import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html

extension Resource where S == VpcEndpoint {
    static let vpcEndpoint = Resource(
        ResourceKind(
            "vpce", type: "vpc-endpoint", code: "InvalidVpcEndpointId",
            notFound: "The Vpc Endpoint Id '%' does not exist", conditions: VpcEndpoint.conditions),
        id: \.vpcEndpointId, tags: \.tags,
        refers: [
            .to("vpc", \.vpcId), .toEach("subnet", .dangles) { $0.subnetIds ?? [] },
            .toEach("route-table", .dangles) { $0.routeTableIds ?? [] },
            .toEach("security-group", .dangles) { $0.groups?.compactMap(\.groupId) ?? [] },
        ],
        life: LifeCycle(
            show: { $0.state = State($1 == VpcEndpoint.changing ? "available" : $1) }, initial: "pending",
            deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(60), isFixed: false) {
                    try $0.tellOwner("available", $1)
                    return "available"
                },
                "deleting": .init(after: .seconds(30), isFixed: false) {
                    try $0.leave($1)
                    return nil
                },
            ], gone: []),
        filters: [
            "vpc-endpoint-state": { [$0.state?.rawValue] }, "vpc-endpoint-type": { [$0.vpcEndpointType?.rawValue] },
            "ip-address-type": { [$0.ipAddressType?.rawValue] }, "service-region": { [$0.serviceRegion] },
        ]
    ).owned(by: \.ownerId)
}

extension VpcEndpoint {
    /// The phase in which interfaces are added or removed.
    static let changing = "changing"

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let endpoint = try Resource.vpcEndpoint.find(id, context)?.shape else { return [:] }
        return [
            "ec2:VpceServiceName": [endpoint.serviceName].compactMap { $0 },
            "ec2:VpceServiceRegion": [endpoint.serviceRegion ?? context.region],
        ]
    }

    var isGateway: Bool { vpcEndpointType == "Gateway" }
}

// MARK: Handlers

extension EC2Simulation {
    public func createVpcEndpoint(_ input: CreateVpcEndpointRequest, _ context: Context) throws -> CreateVpcEndpointResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: Resource.vpcEndpoint.kind)
        let endpoint = try context.once(
            input, recalling: { try context.shown(.vpcEndpoint, Resource.vpcEndpoint.get($0, context)) }
        ) {
            let request = try EndpointRequest(input, context)
            let endpoint = try request.make(context)
            let id = endpoint.shape.vpcEndpointId ?? ""
            try tags.apply(Resource.vpcEndpoint.kind, to: id, context)
            return (id, try context.shown(.vpcEndpoint, endpoint))
        }
        return CreateVpcEndpointResult(vpcEndpoint: endpoint, clientToken: input.clientToken)
    }

    public func deleteVpcEndpoints(_ input: DeleteVpcEndpointsRequest, _ context: Context) throws -> DeleteVpcEndpointsResult {
        guard !input.vpcEndpointIds.isEmpty else { throw AWSError.missingParameter("VpcEndpointId") }
        for id in input.vpcEndpointIds { try Resource.vpcEndpoint.kind.check(id) }
        var failed: [UnsuccessfulItem] = []
        for id in input.vpcEndpointIds {
            guard var stored = try Resource.vpcEndpoint.find(id, context) else {
                let error = Resource.vpcEndpoint.kind.notFound(id)
                failed.append(.init(error: .init(code: error.code, message: error.message), resourceId: id))
                continue
            }
            if stored.shape.isGateway {
                try stored.shape.leave(context)
                try Resource.vpcEndpoint.forget(id, context)
            } else if stored.phase != "deleting" {
                try stored.shape.tellOwner("deleting", context)
                try Resource.vpcEndpoint.move(&stored, to: "deleting", at: context.now, context)
            }
        }
        return DeleteVpcEndpointsResult(unsuccessful: failed)
    }

    public func describeVpcEndpoints(
        _ input: DescribeVpcEndpointsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointsResult {
        let page = try context.describe(.vpcEndpoint, input, ids: input.vpcEndpointIds, named: "vpcEndpointIds")
        return DescribeVpcEndpointsResult(vpcEndpoints: page.items, nextToken: page.nextToken)
    }

    /// Returns no associations, because Drydock simulates no VPC Lattice resources or service networks.
    public func describeVpcEndpointAssociations(
        _ input: DescribeVpcEndpointAssociationsRequest, _ context: Context
    ) throws -> DescribeVpcEndpointAssociationsResult {
        let paging = try Paging(input, ids: input.vpcEndpointIds, named: "vpcEndpointIds", context)
        _ = try Resource.vpcEndpoint.list(input.vpcEndpointIds, context)
        let found = try FilterTable<VpcEndpointAssociation>(
            ["association-id": { [$0.id] }, "associated-resource-id": { [$0.associatedResourceArn] }], tags: { $0.tags }
        ).apply(input.filters, to: [], context)
        return DescribeVpcEndpointAssociationsResult(vpcEndpointAssociations: try paging.page(fixed: found).items)
    }
}

// MARK: Making one

/// A request for an endpoint, checked in AWS's order.
private struct EndpointRequest {
    let input: CreateVpcEndpointRequest
    let type: String
    let vpc: VpcRecord
    let service: EndpointService

    init(_ input: CreateVpcEndpointRequest, _ context: Context) throws {
        self.input = input
        type = input.vpcEndpointType?.rawValue ?? "Gateway"
        guard ["Gateway", "Interface", "GatewayLoadBalancer"].contains(type) else {
            throw AWSError.notSimulated("ec2", "CreateVpcEndpoint of the type '\(type)'")
        }
        if let region = input.serviceRegion, region != context.region {
            throw AWSError.notSimulated("ec2", "CreateVpcEndpoint to a service of another region")
        }
        vpc = try VpcRecord.get(input.vpcId, context)
        guard let name = input.serviceName, !name.isEmpty else { throw AWSError.missingParameter("ServiceName") }
        service = try EndpointService.named(name, type: type, context)
        if let address = input.ipAddressType, address.rawValue != "ipv4" {
            throw AWSError(
                "InvalidParameter", "The VPC endpoint service \(name) does not support the ip address type \(address.rawValue)."
            )
        }
        try EndpointPolicy.check(input.policyDocument, service)
    }

    func make(_ context: Context) throws -> Stored<VpcEndpoint> {
        var endpoint = VpcEndpoint()
        let id = context.ids.resource("vpce")
        endpoint.vpcEndpointId = id
        endpoint.vpcEndpointType = VpcEndpointType(type)
        endpoint.vpcId = vpc.id
        endpoint.serviceName = input.serviceName
        endpoint.serviceRegion = context.region
        endpoint.ownerId = context.account
        endpoint.requesterManaged = false
        endpoint.creationTimestamp = context.now
        endpoint.ipAddressType = "ipv4"
        endpoint.privateDnsEnabled = false
        endpoint.routeTableIds = []
        endpoint.subnetIds = []
        endpoint.groups = []
        endpoint.networkInterfaceIds = []
        endpoint.dnsEntries = []
        endpoint.policyDocument =
            input.policyDocument.flatMap { $0.isEmpty ? nil : $0 } ?? EndpointPolicy.standard(type, service)
        var phase = "pending"
        switch type {
        case "Gateway":
            try refuse(["SubnetIds": input.subnetIds, "SecurityGroupIds": input.securityGroupIds])
            guard input.privateDnsEnabled != true else {
                throw AWSError("InvalidParameter", "Private DNS can only be enabled for Interface endpoints")
            }
            endpoint.dnsOptions = DnsOptions(dnsRecordIpType: "service-defined")
            try endpoint.add(routeTables: input.routeTableIds ?? [], context)
            phase = "available"
        case "GatewayLoadBalancer":
            try refuse(["RouteTableIds": input.routeTableIds, "SecurityGroupIds": input.securityGroupIds])
            guard input.privateDnsEnabled != true else {
                throw AWSError("InvalidParameter", "Private DNS can only be enabled for Interface endpoints")
            }
            guard input.subnetIds?.count == 1 else {
                throw AWSError("InvalidParameter", "Exactly one subnet must be specified for a GatewayLoadBalancer endpoint")
            }
            try endpoint.add(subnets: input.subnetIds ?? [], at: addresses, context)
        default:
            try refuse(["RouteTableIds": input.routeTableIds])
            endpoint.dnsOptions = DnsOptions(dnsRecordIpType: input.dnsOptions?.dnsRecordIpType ?? "ipv4")
            if let only = input.dnsOptions?.privateDnsOnlyForInboundResolverEndpoint {
                endpoint.dnsOptions?.privateDnsOnlyForInboundResolverEndpoint = only
            }
            endpoint.groups = try EndpointGroups.resolve(input.securityGroupIds, vpc, context)
            if input.privateDnsEnabled ?? !service.privateNames.isEmpty {
                try endpoint.checkPrivateNames(service, vpc, context)
                endpoint.privateDnsEnabled = true
            }
            try endpoint.add(subnets: input.subnetIds ?? addresses.keys.sorted(), at: addresses, context)
        }
        endpoint.showNames(service, token: context.ids.hex(8), context)
        if case .offered(let offer, let there) = service {
            if offer.shape.acceptanceRequired == true { phase = "pendingAcceptance" }
            try VpcEndpointConnection.open(endpoint, to: offer.shape, phase, there, context)
        }
        Resource.vpcEndpoint.life.show(&endpoint, phase)
        let stored = try Resource.vpcEndpoint.insert(endpoint, phase: phase, context)
        if let due = Resource.vpcEndpoint.life.due(phase, since: context.now, context) {
            try Due.set(Resource.vpcEndpoint.kind.type, id, at: due, context)
        }
        return stored
    }

    /// The requested addresses of the interfaces, by subnet.
    private var addresses: [String: String] {
        Dictionary(
            (input.subnetConfigurations ?? []).compactMap { one in
                one.subnetId.flatMap { id in one.ipv4.map { (id, $0) } }
            }, uniquingKeysWith: { first, _ in first })
    }

    private func refuse(_ parameters: KeyValuePairs<String, [String]?>) throws {
        for (name, value) in parameters where value?.isEmpty == false {
            throw AWSError("InvalidParameter", "\(name) can't be specified for \(type) endpoints")
        }
    }
}

/// The policy of an endpoint: who may use it, and for what.
enum EndpointPolicy {
    private static let open = """
        {
          "Statement": [
            {
              "Action": "*", 
              "Effect": "Allow", 
              "Principal": "*", 
              "Resource": "*"
            }
          ]
        }
        """
    private static let gateway =
        #"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}"#

    static func standard(_ type: String, _ service: EndpointService) -> String? {
        guard service.supportsPolicies else { return nil }
        return type == "Gateway" ? gateway : open
    }

    static func check(_ text: String?, _ service: EndpointService) throws {
        guard let text, !text.isEmpty else { return }
        guard service.supportsPolicies else {
            throw AWSError("InvalidParameter", "The VPC endpoint service does not support endpoint policies.")
        }
        do { _ = try PolicyDocument(parsing: text, as: .resource) } catch {
            throw AWSError("InvalidPolicyDocument", "The policy document is invalid.", explanation: "\(error)")
        }
    }
}

/// The security groups of an endpoint's interfaces.
enum EndpointGroups {
    static func resolve(_ ids: [String]?, _ vpc: VpcRecord, _ context: Context) throws -> [SecurityGroupIdentifier] {
        var groups = try (ids ?? []).isEmpty ? [] : SecurityGroupRecord.list(ids, context, inOrder: true)
        if groups.isEmpty, let standard = try SecurityGroupRecord.find(name: "default", in: vpc.id, context) {
            groups = [standard]
        }
        for group in groups {
            guard try group.vpcId == vpc.id || SecurityGroupVpcAssociation.lets(group.id, into: vpc.id, context) else {
                throw AWSError(
                    "InvalidParameter", "Security group \(group.id) and VPC \(vpc.id) belong to different networks.")
            }
        }
        guard groups.count <= 5 else {
            throw AWSError(
                "SecurityGroupsPerInterfaceLimitExceeded",
                "The maximum number of security groups per interface has been reached.")
        }
        return groups.map { SecurityGroupIdentifier(groupId: $0.id, groupName: $0.name) }
    }
}
