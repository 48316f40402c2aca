import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct VpcEndpoints {
    private let aws = AWS.current

    private struct Network {
        let vpc, subnet, table: String
    }

    /// Creates a VPC with DNS names and a subnet; also returns its main route table.
    private func network(named: Bool = true) async throws -> Network {
        let vpc = try await aws.vpc()
        if named { try await aws.ec2.modifyVpcAttribute(.init(enableDnsHostnames: .init(value: true), vpcId: vpc)) }
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1a", cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?
                .subnetId)
        let table = try #require(
            try await aws.ec2.describeRouteTables(.init(filters: [Filter(name: "vpc-id", values: [vpc])])).routeTables?.first?
                .routeTableId)
        return Network(vpc: vpc, subnet: subnet, table: table)
    }

    private func create(
        _ network: Network, _ service: String, _ type: VpcEndpointType? = "Interface",
        _ change: (inout CreateVpcEndpointRequest) -> Void = { _ in }
    ) async throws -> VpcEndpoint {
        var request = CreateVpcEndpointRequest(vpcId: network.vpc)
        request.vpcEndpointType = type
        request.serviceName = service.hasPrefix("com.") ? service : "com.amazonaws.us-east-1.\(service)"
        if type == "Interface" { request.subnetIds = [network.subnet] }
        change(&request)
        return try #require(try await aws.ec2.createVpcEndpoint(request).vpcEndpoint)
    }

    private func describe(_ id: String?) async throws -> VpcEndpoint {
        try #require(try await aws.ec2.describeVpcEndpoints(.init(vpcEndpointIds: [id ?? ""])).vpcEndpoints?.first)
    }

    private func routes(_ table: String) async throws -> [Route] {
        try await aws.ec2.describeRouteTables(.init(routeTableIds: [table])).routeTables?.first?.routes ?? []
    }

    // MARK: Gateways

    @Test func deleteRouteTableRemovesItFromGatewayEndpoint() async throws {
        let network = try await network()
        let table = try #require(
            try await aws.ec2.createRouteTable(.init(vpcId: network.vpc)).routeTable?.routeTableId)
        let made = try await create(network, "s3", nil) { $0.routeTableIds = [network.table, table] }
        try await aws.ec2.deleteRouteTable(.init(routeTableId: table))
        #expect(try await describe(made.vpcEndpointId).routeTableIds == [network.table])
        try await aws.ec2.deleteVpcEndpoints(.init(vpcEndpointIds: [made.vpcEndpointId ?? ""]))
    }

    @Test func gatewayEndpointAddsRoutesToRouteTables() async throws {
        let network = try await network()
        let made = try await create(network, "s3", nil) { $0.routeTableIds = [network.table] }
        let id = try #require(made.vpcEndpointId)
        #expect(id.hasPrefix("vpce-0") && made.state?.rawValue == "available" && made.vpcEndpointType == .gateway)
        #expect(made.routeTableIds == [network.table] && made.privateDnsEnabled == false)
        #expect(made.policyDocument?.contains("2008-10-17") == true)
        let route = try #require(try await routes(network.table).first { $0.gatewayId == id })
        #expect(route.destinationPrefixListId == "pl-63a5400a" && route.state == .active)
        await refused("RouteAlreadyExists") {
            try await create(network, "s3", nil) { $0.routeTableIds = [network.table] }
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.deleteRoute(.init(destinationPrefixListId: "pl-63a5400a", routeTableId: network.table))
        }
        try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, removeRouteTableIds: [network.table]))
        #expect(try await routes(network.table).count == 1)
        #expect(try await describe(id).routeTableIds?.isEmpty == true)
        try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, addRouteTableIds: [network.table]))
        #expect(try await routes(network.table).count == 2)
        try await aws.ec2.deleteSubnet(.init(subnetId: network.subnet))
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: network.vpc)) }
        #expect(try await aws.ec2.deleteVpcEndpoints(.init(vpcEndpointIds: [id])).unsuccessful?.isEmpty == true)
        #expect(try await routes(network.table).count == 1)
        await refused("InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '\(id)' does not exist") {
            try await describe(id)
        }
        try await aws.ec2.deleteVpc(.init(vpcId: network.vpc))
    }

    // MARK: Interfaces

    @Test func interfaceEndpointCreatesNetworkInterfaces() async throws {
        let network = try await network()
        let group = try await aws.group(vpc: network.vpc)
        let made = try await create(network, "ecr.api") { $0.securityGroupIds = [group] }
        let id = try #require(made.vpcEndpointId)
        #expect(made.state?.rawValue == "pending" && made.groups?.map(\.groupId) == [group])
        #expect(made.privateDnsEnabled == true && made.subnetIds == [network.subnet])
        aws.clock.advance(by: .minutes(2))
        let shown = try await describe(id)
        #expect(shown.state?.rawValue == "available")
        let names = shown.dnsEntries?.compactMap(\.dnsName) ?? []
        #expect(names.count == 3 && names[0].hasPrefix("\(id)-") && names[0].hasSuffix(".api.ecr.us-east-1.vpce.amazonaws.com"))
        #expect(names[1].contains("-us-east-1a.api.ecr.") && names[2] == "api.ecr.us-east-1.amazonaws.com")
        #expect(shown.dnsEntries?.first?.hostedZoneId == "Z7HUB22UULQXV")
        let interface = try #require(
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: shown.networkInterfaceIds ?? []))
                .networkInterfaces?.first)
        #expect(interface.interfaceType == .vpcEndpoint && interface.description == "VPC Endpoint Interface \(id)")
        #expect(interface.groups?.map(\.groupId) == [group] && interface.requesterManaged == true)
        await refused("InvalidParameterValue") {
            try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: interface.networkInterfaceId ?? ""))
        }
        await refused("DependencyViolation") { try await aws.ec2.deleteSecurityGroup(.init(groupId: group)) }
        try await aws.ec2.deleteVpcEndpoints(.init(vpcEndpointIds: [id]))
        #expect(try await describe(id).state?.rawValue == "deleting")
        aws.clock.advance(by: .minutes(1))
        await refused("InvalidVpcEndpointId.NotFound") { try await describe(id) }
        try await aws.ec2.deleteSecurityGroup(.init(groupId: group))
        try await aws.ec2.deleteSubnet(.init(subnetId: network.subnet))
    }

    @Test func modifyVpcEndpointChangesSubnetsAndSecurityGroups() async throws {
        let network = try await network()
        let first = try await aws.group("first", vpc: network.vpc), second = try await aws.group("second", vpc: network.vpc)
        let other = try #require(
            try await aws.ec2.createSubnet(
                .init(availabilityZone: "us-east-1b", cidrBlock: "10.0.2.0/24", vpcId: network.vpc)
            ).subnet?.subnetId)
        let twin = try #require(
            try await aws.ec2.createSubnet(
                .init(availabilityZone: "us-east-1a", cidrBlock: "10.0.3.0/24", vpcId: network.vpc)
            ).subnet?.subnetId)
        let id = try #require(try await create(network, "sts") { $0.securityGroupIds = [first] }.vpcEndpointId)
        aws.clock.advance(by: .minutes(2))
        await refused("DuplicateSubnetsInSameZone") {
            try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, addSubnetIds: [twin]))
        }
        try await aws.ec2.modifyVpcEndpoint(
            .init(
                vpcEndpointId: id, addSubnetIds: [other], removeSubnetIds: [network.subnet], addSecurityGroupIds: [second],
                removeSecurityGroupIds: [first], privateDnsEnabled: false))
        let shown = try await describe(id)
        #expect(shown.subnetIds == [other] && shown.groups?.map(\.groupId) == [second])
        #expect(shown.dnsEntries?.count == 2 && shown.privateDnsEnabled == false)
        #expect(shown.dnsEntries?.last?.dnsName?.contains("us-east-1b.sts.us-east-1.vpce") == true)
        let interfaces = try await aws.ec2.describeNetworkInterfaces().networkInterfaces
        #expect(interfaces?.map(\.subnetId) == [other] && interfaces?.first?.groups?.map(\.groupId) == [second])
        try await aws.ec2.modifyVpcEndpoint(
            .init(vpcEndpointId: id, subnetConfigurations: [.init(subnetId: other, ipv4: "10.0.2.77")]))
        #expect(
            try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.map(\.privateIpAddress) == ["10.0.2.77"])
        await refused("InvalidParameter") {
            try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, addRouteTableIds: [network.table]))
        }
        let policy = #"{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}]}"#
        try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, policyDocument: policy))
        #expect(try await describe(id).policyDocument == policy)
        await refused("InvalidPolicyDocument") {
            try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, policyDocument: "{}"))
        }
        try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id, resetPolicy: true))
        #expect(try await describe(id).policyDocument?.contains("Allow") == true)
    }

    @Test func privateDnsNeedsVpcDnsHostnames() async throws {
        let plain = try await network(named: false)
        await refused(
            "InvalidParameter",
            "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for \(plain.vpc)"
        ) { try await create(plain, "ec2") { $0.privateDnsEnabled = true } }
        let id = try await create(plain, "ec2") { $0.privateDnsEnabled = false }.vpcEndpointId
        try await aws.ec2.modifyVpcAttribute(.init(enableDnsHostnames: .init(value: true), vpcId: plain.vpc))
        try await aws.ec2.modifyVpcEndpoint(.init(vpcEndpointId: id ?? "", privateDnsEnabled: true))
        await refused(
            "InvalidParameter",
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for ec2.us-east-1.amazonaws.com in the VPC \(plain.vpc)"
        ) { try await create(plain, "ec2") { $0.privateDnsEnabled = true } }
    }

    @Test func invalidVpcEndpointRequestsAreRejected() async throws {
        let network = try await network()
        await refused("InvalidServiceName", "The Vpc Endpoint Service 'com.amazonaws.us-east-1.none' does not exist") {
            try await create(network, "none")
        }
        await refused(
            "InvalidParameter", "Endpoint type (Gateway) does not match available service types ([Interface])."
        ) { try await create(network, "ec2", "Gateway") }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.createVpcEndpoint(
                .init(vpcId: "vpc-0123456789abcdef0", serviceName: "com.amazonaws.us-east-1.s3"))
        }
        await refused("InvalidRouteTableId.NotFound") {
            try await create(network, "s3", "Gateway") { $0.routeTableIds = ["rtb-0123456789abcdef0"] }
        }
        await refused("InvalidSubnetId.NotFound") {
            try await create(network, "ec2") { $0.subnetIds = ["subnet-0123456789abcdef0"] }
        }
        await refused("InvalidParameter") { try await create(network, "s3", "Gateway") { $0.subnetIds = [network.subnet] } }
        await refused("InvalidPolicyDocument") {
            try await create(network, "s3", "Gateway") { $0.policyDocument = "nothing" }
        }
        await refused("NotSimulated") { try await create(network, "ec2", "Resource") }
        await refused("InvalidVpcEndpointId.Malformed") { try await describe("vpce") }
        let failed = try await aws.ec2.deleteVpcEndpoints(.init(vpcEndpointIds: ["vpce-0123456789abcdef0"])).unsuccessful
        #expect(failed?.map(\.error?.code) == ["InvalidVpcEndpointId.NotFound"])
        #expect(try await aws.ec2.describeVpcEndpoints(.init()).vpcEndpoints?.isEmpty == true)
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.isEmpty == true)
        #expect(try await aws.ec2.describeVpcEndpointAssociations().vpcEndpointAssociations?.isEmpty == true)
    }

    @Test func createVpcEndpointIsIdempotentAndFilterable() async throws {
        let network = try await network()
        let first = try await create(network, "s3", nil) { $0.clientToken = "t" }
        #expect(try await create(network, "s3", nil) { $0.clientToken = "t" }.vpcEndpointId == first.vpcEndpointId)
        for (name, value) in [
            ("service-name", "com.amazonaws.us-east-1.s3"), ("vpc-endpoint-type", "Gateway"),
            ("vpc-endpoint-state", "available"),
            ("vpc-id", network.vpc), ("vpc-endpoint-id", first.vpcEndpointId ?? ""),
        ] {
            let found = try await aws.ec2.describeVpcEndpoints(.init(filters: [Filter(name: name, values: [value])]))
            #expect(found.vpcEndpoints?.count == 1, "\(name)")
            let none = try await aws.ec2.describeVpcEndpoints(.init(filters: [Filter(name: name, values: ["other"])]))
            #expect(none.vpcEndpoints?.isEmpty == true, "\(name)")
        }
    }

    // MARK: Services

    @Test func describeVpcEndpointServicesListsAWSServices() async throws {
        let all = try await aws.ec2.describeVpcEndpointServices()
        #expect((all.serviceNames?.count ?? 0) > 150 && all.serviceNames?.contains("com.amazonaws.us-east-1.ecr.dkr") == true)
        let s3 = try await aws.ec2.describeVpcEndpointServices(
            .init(
                serviceNames: ["com.amazonaws.us-east-1.s3"], filters: [Filter(name: "service-type", values: ["Gateway"])]))
        let detail = try #require(s3.serviceDetails?.first)
        #expect(s3.serviceDetails?.count == 1 && detail.owner == "amazon" && detail.acceptanceRequired == false)
        #expect(detail.availabilityZones?.count == 6 && detail.vpcEndpointPolicySupported == true)
        let dkr = try await aws.ec2.describeVpcEndpointServices(.init(serviceNames: ["com.amazonaws.us-east-1.ecr.dkr"]))
        #expect(dkr.serviceDetails?.first?.privateDnsName == "*.dkr.ecr.us-east-1.amazonaws.com")
        #expect(dkr.serviceDetails?.first?.baseEndpointDnsNames == ["dkr.ecr.us-east-1.vpce.amazonaws.com"])
        await refused("InvalidServiceName") {
            try await aws.ec2.describeVpcEndpointServices(.init(serviceNames: ["com.amazonaws.us-east-1.none"]))
        }
    }
}
