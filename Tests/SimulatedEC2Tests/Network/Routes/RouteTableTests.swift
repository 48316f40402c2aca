import DrydockTesting
import Testing

@Suite(.simulator) struct RouteTables {
    private let aws = AWS.current

    private func create(in vpc: String, token: String? = nil) async throws -> String {
        let tags = [TagSpecification(resourceType: "route-table", tags: [Tag(key: "Name", value: "public")])]
        return try #require(
            try await aws.ec2.createRouteTable(.init(tagSpecifications: tags, clientToken: token, vpcId: vpc)).routeTable?
                .routeTableId)
    }

    private func table(_ id: String) async throws -> RouteTable {
        try #require(try await aws.ec2.describeRouteTables(.init(routeTableIds: [id])).routeTables?.first)
    }

    private func main(of vpc: String) async throws -> RouteTable {
        let filters = [Filter(name: "vpc-id", values: [vpc]), Filter(name: "association.main", values: ["true"])]
        return try #require(try await aws.ec2.describeRouteTables(.init(filters: filters)).routeTables?.first)
    }

    private func subnet(in vpc: String, _ cidr: String = "10.0.1.0/24") async throws -> String {
        try #require(try await aws.ec2.createSubnet(.init(cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
    }

    private func gateway(of vpc: String) async throws -> String {
        let id = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await aws.ec2.attachInternetGateway(.init(internetGatewayId: id, vpcId: vpc))
        return id
    }

    // MARK: Tables

    @Test func routeTableIsCreatedDescribedAndDeleted() async throws {
        let vpc = try await aws.vpc()
        let made = try #require(try await aws.ec2.createRouteTable(.init(clientToken: "once", vpcId: vpc)).routeTable)
        let id = try #require(made.routeTableId)
        #expect(id.wholeMatch(of: /rtb-0[0-9a-f]{16}/) != nil)
        #expect(
            made.vpcId == vpc && made.ownerId == "123456789012" && made.associations?.isEmpty == true
                && made.propagatingVgws?.isEmpty == true)
        #expect(made.routes?.map(\.destinationCidrBlock) == ["10.0.0.0/16"])
        #expect(made.routes?.first?.gatewayId == "local" && made.routes?.first?.state == .active)
        #expect(made.routes?.first?.origin == .createRouteTable)
        #expect(try await aws.ec2.createRouteTable(.init(clientToken: "once", vpcId: vpc)).routeTable?.routeTableId == id)
        #expect(try await table(id).routes?.map(\.state) == [.active])
        try await aws.ec2.deleteRouteTable(.init(routeTableId: id))
        await refused("InvalidRouteTableID.NotFound", "The routeTable ID '\(id)' does not exist") { _ = try await table(id) }
        await refused("InvalidRouteTableId.Malformed", "Invalid id: \"rtb\" (expecting \"rtb-...\")") {
            try await aws.ec2.deleteRouteTable(.init(routeTableId: "rtb"))
        }
        await refused("InvalidVpcID.NotFound") { _ = try await create(in: "vpc-0123456789abcdef0") }
    }

    @Test func deleteVpcRejectsCustomRouteTablesAndDeletesMain() async throws {
        let vpc = try await aws.vpc()
        let own = try await create(in: vpc)
        let main = try #require(try await main(of: vpc).routeTableId)
        await refused("DependencyViolation", "The routeTable '\(main)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteRouteTable(.init(routeTableId: main))
        }
        await refused("DependencyViolation", "The vpc '\(vpc)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        }
        try await aws.ec2.deleteRouteTable(.init(routeTableId: own))
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        await refused("InvalidRouteTableID.NotFound") { _ = try await table(main) }
    }

    @Test func routeTableLimitPerVpcIs200() async throws {
        let vpc = try await aws.vpc()
        for _ in 1..<200 { _ = try await aws.ec2.createRouteTable(.init(vpcId: vpc)) }
        await refused("RouteTableLimitExceeded", "The maximum number of route tables has been reached.") {
            _ = try await aws.ec2.createRouteTable(.init(vpcId: vpc))
        }
    }

    // MARK: Associations

    @Test func subnetHasOneRouteTableAssociation() async throws {
        let vpc = try await aws.vpc(), subnet = try await subnet(in: vpc)
        let first = try await create(in: vpc), second = try await create(in: vpc)
        let made = try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: first))
        let id = try #require(made.associationId)
        #expect(id.hasPrefix("rtbassoc-0") && made.associationState?.state == .associated)
        // Assumed: repeating an association returns the same id.
        #expect(try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: first)).associationId == id)
        await refused(
            "Resource.AlreadyAssociated",
            "the specified association for route table \(second) conflicts with an existing association"
        ) { _ = try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: second)) }
        let shown = try #require(try await table(first).associations?.first)
        #expect(shown.subnetId == subnet && shown.main == false && shown.routeTableAssociationId == id)
        await refused("DependencyViolation") { try await aws.ec2.deleteRouteTable(.init(routeTableId: first)) }

        let replaced = try await aws.ec2.replaceRouteTableAssociation(.init(associationId: id, routeTableId: second))
        let newId = try #require(replaced.newAssociationId)
        #expect(newId != id)
        #expect(try await table(first).associations?.isEmpty == true)
        #expect(try await table(second).associations?.map(\.subnetId) == [subnet])
        await refused("InvalidAssociationID.NotFound", "The association ID '\(id)' does not exist") {
            try await aws.ec2.disassociateRouteTable(.init(associationId: id))
        }
        try await aws.ec2.disassociateRouteTable(.init(associationId: newId))
        #expect(try await table(second).associations?.isEmpty == true)
    }

    @Test func replaceRouteTableAssociationChangesMainTable() async throws {
        let vpc = try await aws.vpc()
        let old = try await main(of: vpc), new = try await create(in: vpc)
        let association = try #require(old.associations?.first?.routeTableAssociationId)
        await refused("InvalidParameterValue", "cannot disassociate the main route table association \(association)") {
            try await aws.ec2.disassociateRouteTable(.init(associationId: association))
        }
        _ = try await aws.ec2.replaceRouteTableAssociation(.init(associationId: association, routeTableId: new))
        #expect(try await main(of: vpc).routeTableId == new)
        try await aws.ec2.deleteRouteTable(.init(routeTableId: old.routeTableId ?? ""))
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        await refused("InvalidRouteTableID.NotFound") { _ = try await table(new) }
    }

    @Test func deleteSubnetDeletesRouteTableAssociation() async throws {
        let vpc = try await aws.vpc(), subnet = try await subnet(in: vpc), id = try await create(in: vpc)
        _ = try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: id))
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
        #expect(try await table(id).associations?.isEmpty == true)
    }

    @Test func routeTableCanBeAssociatedWithGateway() async throws {
        let vpc = try await aws.vpc(), gateway = try await gateway(of: vpc), id = try await create(in: vpc)
        let made = try await aws.ec2.associateRouteTable(.init(gatewayId: gateway, routeTableId: id))
        #expect(try await table(id).associations?.map(\.gatewayId) == [gateway])
        let filter = [Filter(name: "association.gateway-id", values: [gateway])]
        #expect(try await aws.ec2.describeRouteTables(.init(filters: filter)).routeTables?.map(\.routeTableId) == [id])
        try await aws.ec2.disassociateRouteTable(.init(associationId: made.associationId ?? ""))
        // It may lead only to interfaces in the VPC. Assumed: the message.
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway))
        await refused("RouteNotSupported") {
            _ = try await aws.ec2.associateRouteTable(.init(gatewayId: gateway, routeTableId: id))
        }
    }

    @Test func invalidRouteTableAssociationsAreRejected() async throws {
        let vpc = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        let foreign = try await subnet(in: other, "10.1.1.0/24"), id = try await create(in: vpc)
        await refused("InvalidParameterValue", "Route table \(id) and subnet \(foreign) belong to different networks") {
            _ = try await aws.ec2.associateRouteTable(.init(subnetId: foreign, routeTableId: id))
        }
        let gateway = try await gateway(of: other)
        await refused("InvalidParameterValue", "route table \(id) and network gateway \(gateway) belong to different networks")
        { _ = try await aws.ec2.associateRouteTable(.init(gatewayId: gateway, routeTableId: id)) }
        await refused("MissingParameter") { _ = try await aws.ec2.associateRouteTable(.init(routeTableId: id)) }
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.associateRouteTable(.init(gatewayId: gateway, subnetId: foreign, routeTableId: id))
        }
        await refused("InvalidSubnetID.NotFound") {
            _ = try await aws.ec2.associateRouteTable(.init(subnetId: "subnet-0123456789abcdef0", routeTableId: id))
        }
        await refused("InvalidRouteTableAssociationId.Malformed") {
            try await aws.ec2.disassociateRouteTable(.init(associationId: "rtbassoc-1"))
        }
    }

    // MARK: Routes

    @Test func routesAreCreatedReplacedAndDeleted() async throws {
        let vpc = try await aws.vpc(), gateway = try await gateway(of: vpc), id = try await create(in: vpc)
        // Host bits are cleared.
        let made = try await aws.ec2.createRoute(
            .init(routeTableId: id, destinationCidrBlock: "100.68.0.18/18", gatewayId: gateway))
        #expect(made.return == true)
        let route = try #require(try await table(id).routes?.last)
        #expect(route.destinationCidrBlock == "100.68.0.0/18" && route.gatewayId == gateway && route.origin == .createRoute)
        #expect(route.state == .active)
        await refused("RouteAlreadyExists", "The route identified by 100.68.0.0/18 already exists.") {
            _ = try await aws.ec2.createRoute(
                .init(routeTableId: id, destinationCidrBlock: "100.68.0.0/18", gatewayId: gateway))
        }
        let subnet = try await subnet(in: vpc)
        let nat = try #require(
            try await aws.ec2.createNatGateway(.init(subnetId: subnet, connectivityType: .private)).natGateway?.natGatewayId)
        try await aws.ec2.replaceRoute(.init(routeTableId: id, destinationCidrBlock: "100.68.0.0/18", natGatewayId: nat))
        #expect(try await table(id).routes?.last?.natGatewayId == nat)
        #expect(try await table(id).routes?.last?.gatewayId == nil)
        await refused(
            "InvalidParameterValue",
            "There is no route defined for '100.64.0.0/18' in the route table. Use CreateRoute instead."
        ) {
            try await aws.ec2.replaceRoute(
                .init(routeTableId: id, destinationCidrBlock: "100.64.0.0/18", gatewayId: gateway))
        }
        try await aws.ec2.deleteRoute(.init(routeTableId: id, destinationCidrBlock: "100.68.0.0/18"))
        await refused("InvalidRoute.NotFound", "no route with destination-cidr-block 100.68.0.0/18 in route table \(id)") {
            try await aws.ec2.deleteRoute(.init(routeTableId: id, destinationCidrBlock: "100.68.0.0/18"))
        }
        await refused("InvalidParameterValue", "cannot remove local route 10.0.0.0/16 in route table \(id)") {
            try await aws.ec2.deleteRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.0.0/16"))
        }
    }

    @Test func routeToDeletedTargetIsBlackhole() async throws {
        let vpc = try await aws.vpc(), gateway = try await gateway(of: vpc), id = try await create(in: vpc)
        _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway))
        let subnet = try await subnet(in: vpc)
        let nat = try #require(
            try await aws.ec2.createNatGateway(.init(subnetId: subnet, connectivityType: .private)).natGateway?.natGatewayId)
        _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "192.0.2.0/24", natGatewayId: nat))
        let egress = try #require(
            try await aws.ec2.createEgressOnlyInternetGateway(.init(vpcId: vpc)).egressOnlyInternetGateway?
                .egressOnlyInternetGatewayId)
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: id, destinationIpv6CidrBlock: "::/0", egressOnlyInternetGatewayId: egress))
        #expect(try await table(id).routes?.map(\.state) == [.active, .active, .active, .active])
        #expect(try await table(id).routes?.last?.destinationIpv6CidrBlock == "::/0")
        try await aws.ec2.detachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        _ = try await aws.ec2.deleteNatGateway(.init(natGatewayId: nat))
        _ = try await aws.ec2.deleteEgressOnlyInternetGateway(.init(egressOnlyInternetGatewayId: egress))
        #expect(try await table(id).routes?.map(\.state) == [.active, .blackhole, .blackhole, .blackhole])
        let filter = [Filter(name: "route.state", values: ["blackhole"])]
        #expect(try await aws.ec2.describeRouteTables(.init(filters: filter)).routeTables?.map(\.routeTableId) == [id])
    }

    @Test(.simulator(transitions: .instant)) func routeToStoppedInstanceIsBlackhole() async throws {
        let aws = AWS.current
        let vpc = try await aws.vpc(), subnet = try await subnet(in: vpc), id = try await create(in: vpc)
        let instance = try #require(try await aws.run { $0.subnetId = subnet }.first)
        let instanceId = try #require(instance.instanceId)
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: id, destinationCidrBlock: "0.0.0.0/0", instanceId: instanceId))
        let route = try #require(try await table(id).routes?.last)
        #expect(route.instanceId == instanceId && route.instanceOwnerId == "123456789012" && route.state == .active)
        #expect(route.networkInterfaceId == instance.networkInterfaces?.first?.networkInterfaceId)
        // Assumed: a stopped instance accepts no packets.
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [instanceId]))
        #expect(try await table(id).routes?.last?.state == .blackhole)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instanceId]))
        #expect(try await table(id).routes?.last?.state == .blackhole)
        #expect(try await table(id).routes?.last?.instanceId == nil)
    }

    /// A route inside the VPC's block needs a target with a network interface and must cover whole subnets.
    @Test func routesWithinVpcBlockNeedInterfaceTarget() async throws {
        let vpc = try await aws.vpc(), gateway = try await gateway(of: vpc), id = try await create(in: vpc)
        let subnet = try await subnet(in: vpc)
        await refused(
            "InvalidParameterValue",
            "Route target is not supported. This route only supports interface and instance targets."
        ) {
            _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.1.0/24", gatewayId: gateway))
        }
        await refused("RouteAlreadyExists") {
            _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.0.0/16", gatewayId: gateway))
        }
        let nat = try #require(
            try await aws.ec2.createNatGateway(.init(subnetId: subnet, connectivityType: .private)).natGateway?.natGatewayId)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.1.0/25", natGatewayId: nat))
        }
        _ = try await aws.ec2.createRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.1.0/24", natGatewayId: nat))
        // The local route itself can be changed to an interface and back.
        try await aws.ec2.replaceRoute(.init(routeTableId: id, destinationCidrBlock: "10.0.0.0/16", natGatewayId: nat))
        #expect(try await table(id).routes?.first?.natGatewayId == nat)
        try await aws.ec2.replaceRoute(.init(localTarget: true, routeTableId: id, destinationCidrBlock: "10.0.0.0/16"))
        #expect(try await table(id).routes?.first?.gatewayId == "local")
    }

    @Test func routeTableLimitIs50RoutesPerFamily() async throws {
        let vpc = try await aws.vpc(), gateway = try await gateway(of: vpc), id = try await create(in: vpc)
        for index in 0..<50 {
            _ = try await aws.ec2.createRoute(
                .init(routeTableId: id, destinationCidrBlock: "192.0.\(index).0/24", gatewayId: gateway))
        }
        await refused("RouteLimitExceeded", "The maximum number of routes has been reached.") {
            _ = try await aws.ec2.createRoute(
                .init(routeTableId: id, destinationCidrBlock: "192.0.50.0/24", gatewayId: gateway))
        }
        for index in 1...50 {
            _ = try await aws.ec2.createRoute(
                .init(routeTableId: id, gatewayId: gateway, destinationIpv6CidrBlock: "2001:db8:\(index)::/48"))
        }
        await refused("RouteLimitExceeded", "The maximum number of routes has been reached.") {
            _ = try await aws.ec2.createRoute(.init(routeTableId: id, gatewayId: gateway, destinationIpv6CidrBlock: "::/0"))
        }
    }

    @Test func invalidRoutesAreRejected() async throws {
        let vpc = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16"), id = try await self.create(in: vpc)
        let gateway = try await gateway(of: vpc), foreign = try await self.gateway(of: other)
        func create(
            _ cidr: String? = "192.0.2.0/24", ipv6: String? = nil, list: String? = nil,
            _ change: (inout CreateRouteRequest) -> Void
        ) async throws {
            var request = CreateRouteRequest(
                destinationPrefixListId: list, routeTableId: id, destinationCidrBlock: cidr, destinationIpv6CidrBlock: ipv6)
            change(&request)
            _ = try await aws.ec2.createRoute(request)
        }
        await refused(
            "InvalidParameterValue",
            "Value (10.0.0.0/33) for parameter destinationCidrBlock is invalid. This is not a valid CIDR block."
        ) { try await create("10.0.0.0/33") { $0.gatewayId = gateway } }
        await refused("InvalidParameterValue") { try await create(nil, ipv6: "fe80::1") { $0.gatewayId = gateway } }
        await refused("MissingParameter") { try await create(nil) { $0.gatewayId = gateway } }
        await refused("InvalidParameterCombination") { try await create(ipv6: "::/0") { $0.gatewayId = gateway } }
        await refused("MissingParameter") { try await create { _ in } }
        await refused("InvalidParameterCombination") {
            try await create {
                $0.gatewayId = gateway
                $0.natGatewayId = "nat-0123456789abcdef0"
            }
        }
        await refused(
            "InvalidParameterValue", "route table \(id) and network gateway \(foreign) belong to different networks"
        ) { try await create { $0.gatewayId = foreign } }
        await refused("InvalidGatewayID.NotFound", "The gateway ID 'eni-00a00a0a' does not exist") {
            try await create { $0.gatewayId = "eni-00a00a0a" }
        }
        await refused(
            "InvalidNatGatewayID.NotFound", "The natGateway ID 'nat-0123456789abcdef0' does not exist"
        ) { try await create { $0.natGatewayId = "nat-0123456789abcdef0" } }
        await refused("InvalidNetworkInterfaceID.NotFound") {
            try await create { $0.networkInterfaceId = "eni-0123456789abcdef0" }
        }
        await refused("InvalidInstanceID.NotFound") { try await create { $0.instanceId = "i-0123456789abcdef0" } }
        await refused("InvalidVpcEndpointId.NotFound") { try await create { $0.vpcEndpointId = "vpce-0123456789abcdef0" } }
        await refused("InvalidPrefixListID.NotFound") { try await create(nil, list: "pl-00000000") { $0.gatewayId = gateway } }
        await refused("InvalidParameterValue") { try await create("169.254.169.0/24") { $0.gatewayId = gateway } }
        await refused("InvalidTransitGatewayID.NotFound") { try await create { $0.transitGatewayId = "tgw-0123456789abcdef0" } }
        await refused("NotSimulated") { try await create { $0.localGatewayId = "lgw-0123456789abcdef0" } }
        await refused("NotSimulated") { try await create { $0.coreNetworkArn = "arn:aws:networkmanager::1:core-network/a" } }
        #expect(try await table(id).routes?.count == 1)
        await refused("DryRunOperation") {
            try await create {
                $0.gatewayId = gateway
                $0.dryRun = true
            }
        }
        #expect(try await table(id).routes?.count == 1)
    }
}
