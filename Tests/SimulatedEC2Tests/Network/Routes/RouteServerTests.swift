import DrydockTesting
import Testing

/// Assumed throughout: how long states last and how long deleted ones are shown (AWS documents no durations), the filters' names,
/// error messages, and which parts must go before others.
@Suite(.simulator(transitions: .aws)) struct RouteServers {
    private let aws = AWS.current
    private let none = "0123456789abcdef0"

    private func settle() { aws.clock.advance(by: .minutes(2)) }

    private func server(_ request: CreateRouteServerRequest = .init(amazonSideAsn: 65000)) async throws -> String {
        let made = try await aws.ec2.createRouteServer(request).routeServer
        settle()
        return try #require(made?.routeServerId)
    }

    private func subnet(in vpc: String, _ cidr: String = "10.0.1.0/24") async throws -> String {
        try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1a", cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
    }

    private func associated() async throws -> (server: String, vpc: String) {
        let server = try await server(), vpc = try await aws.vpc()
        _ = try await aws.ec2.associateRouteServer(.init(routeServerId: server, vpcId: vpc))
        settle()
        return (server, vpc)
    }

    private func described(_ id: String) async throws -> RouteServer {
        try #require(try await aws.ec2.describeRouteServers(.init(routeServerIds: [id])).routeServers?.first)
    }

    private func endpoint(_ server: String, _ subnet: String) async throws -> RouteServerEndpoint {
        let made = try await aws.ec2.createRouteServerEndpoint(.init(routeServerId: server, subnetId: subnet))
        settle()
        return try #require(made.routeServerEndpoint)
    }

    @Test func routeServerStateChangesWithClock() async throws {
        let tags = [TagSpecification(resourceType: "route-server", tags: [Tag(key: "Name", value: "edge")])]
        let request = CreateRouteServerRequest(amazonSideAsn: 65000, clientToken: "once", tagSpecifications: tags)
        let made = try #require(try await aws.ec2.createRouteServer(request).routeServer)
        #expect(made.state == .pending && made.amazonSideAsn == 65000 && made.tags?.first?.value == "edge")
        #expect(made.persistRoutesState == .disabled && made.persistRoutesDuration == nil)
        #expect(made.snsNotificationsEnabled == false && made.snsTopicArn == nil)
        #expect(try await aws.ec2.createRouteServer(request).routeServer?.routeServerId == made.routeServerId)
        let id = try #require(made.routeServerId)
        #expect(id.hasPrefix("rs-0"))
        await refused("IncorrectState") { try await aws.ec2.deleteRouteServer(.init(routeServerId: id)) }
        settle()
        #expect(try await described(id).state == .available)
        for (filter, count) in [
            (Filter(name: "tag:Name", values: ["edge"]), 1), (Filter(name: "state", values: ["pending"]), 0),
            (Filter(name: "amazon-side-asn", values: ["65000"]), 1),
        ] {
            #expect(try await aws.ec2.describeRouteServers(.init(filters: [filter])).routeServers?.count == count)
        }
        #expect(try await aws.ec2.deleteRouteServer(.init(routeServerId: id)).routeServer?.state == .deleting)
        settle()
        #expect(try await described(id).state == .deleted)
        await refused("InvalidRouteServerId.NotFound") { try await aws.ec2.deleteRouteServer(.init(routeServerId: id)) }
        aws.clock.advance(by: .hours(1))
        await refused("InvalidRouteServerId.NotFound", "The route server ID '\(id)' does not exist") {
            _ = try await described(id)
        }
    }

    @Test func modifyRouteServerChangesRoutePersistence() async throws {
        let id = try await server(
            .init(amazonSideAsn: 4_200_000_000, persistRoutes: .enable, persistRoutesDuration: 2))
        #expect(try await described(id).persistRoutesState == .enabled)
        func modify(_ action: RouteServerPersistRoutesAction?, _ minutes: Int? = nil) async throws -> [String?] {
            let answer = try await aws.ec2.modifyRouteServer(
                .init(routeServerId: id, persistRoutes: action, persistRoutesDuration: minutes)
            ).routeServer
            #expect(answer?.state == .modifying)
            await refused("IncorrectState") {
                try await aws.ec2.modifyRouteServer(.init(routeServerId: id, persistRoutes: .disable))
            }
            settle()
            let then = try await described(id)
            #expect(then.state == .available)
            return [
                answer?.persistRoutesState?.rawValue, then.persistRoutesState?.rawValue,
                then.persistRoutesDuration.map(String.init),
            ]
        }
        #expect(try await modify(nil, 5) == ["modifying", "enabled", "5"])
        #expect(try await modify(.reset) == ["resetting", "enabled", "5"])
        #expect(try await modify(.disable) == ["disabling", "disabled", nil])
        await refused("MissingParameter") {
            try await aws.ec2.modifyRouteServer(.init(routeServerId: id, persistRoutes: .enable))
        }
        #expect(try await modify(.enable, 1) == ["enabling", "enabled", "1"])
    }

    @Test func invalidRouteServerRequestsAreRejected() async throws {
        func refuses(_ code: String, _ request: CreateRouteServerRequest) async {
            await refused(code) { try await aws.ec2.createRouteServer(request) }
        }
        await refuses("InvalidParameterValue", .init(amazonSideAsn: 0))
        await refuses("InvalidParameterValue", .init(amazonSideAsn: 4_294_967_296))
        await refuses("MissingParameter", .init(amazonSideAsn: 65000, persistRoutes: .enable))
        await refuses(
            "InvalidParameterValue", .init(amazonSideAsn: 65000, persistRoutes: .enable, persistRoutesDuration: 6))
        await refuses("InvalidParameterCombination", .init(amazonSideAsn: 65000, persistRoutesDuration: 1))
        await refuses("InvalidParameterValue", .init(amazonSideAsn: 65000, persistRoutes: .reset, persistRoutesDuration: 1))
        await refuses("NotSimulated", .init(amazonSideAsn: 65000, snsNotificationsEnabled: true))
        let id = try await server()
        await refused("InvalidParameterCombination") { try await aws.ec2.modifyRouteServer(.init(routeServerId: id)) }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyRouteServer(.init(routeServerId: id, persistRoutes: .reset))
        }
        await refused("InvalidRouteServerId.Malformed") { _ = try await described("rs-1") }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await aws.ec2.describeRouteServers(.init(filters: [Filter(name: "colour", values: ["red"])]))
        }
        await refused("DryRunOperation") { try await aws.ec2.createRouteServer(.init(amazonSideAsn: 65000, dryRun: true)) }
    }

    /// AWS documents both quotas: one VPC per route server, five route servers per VPC. The errors are assumed.
    @Test func routeServerIsAssociatedWithOneVpc() async throws {
        let server = try await server(), vpc = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        func associations() async throws -> [RouteServerAssociation] {
            try await aws.ec2.getRouteServerAssociations(.init(routeServerId: server)).routeServerAssociations ?? []
        }
        #expect(try await associations().isEmpty)
        let made = try await aws.ec2.associateRouteServer(.init(routeServerId: server, vpcId: vpc)).routeServerAssociation
        #expect(made?.state == .associating && made?.vpcId == vpc)
        settle()
        #expect(try await associations().map(\.state) == [.associated])
        await refused("Resource.AlreadyAssociated") {
            try await aws.ec2.associateRouteServer(.init(routeServerId: server, vpcId: other))
        }
        await refused("InvalidRouteServerId.NotAssociated") {
            try await aws.ec2.disassociateRouteServer(.init(routeServerId: server, vpcId: other))
        }
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: vpc)) }
        await refused("DependencyViolation") { try await aws.ec2.deleteRouteServer(.init(routeServerId: server)) }
        for _ in 0..<4 {
            let more = try await self.server()
            _ = try await aws.ec2.associateRouteServer(.init(routeServerId: more, vpcId: vpc))
        }
        let sixth = try await self.server()
        await refused("ResourceLimitExceeded") {
            try await aws.ec2.associateRouteServer(.init(routeServerId: sixth, vpcId: vpc))
        }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.associateRouteServer(.init(routeServerId: sixth, vpcId: "vpc-\(none)"))
        }
        let gone = try await aws.ec2.disassociateRouteServer(.init(routeServerId: server, vpcId: vpc))
        #expect(gone.routeServerAssociation?.state == .disassociating)
        settle()
        #expect(try await associations().isEmpty)
        _ = try await aws.ec2.associateRouteServer(.init(routeServerId: sixth, vpcId: vpc))
    }

    @Test func routeServerPropagationIsEnabledAndDisabled() async throws {
        let (server, vpc) = try await associated()
        let table = try #require(try await aws.ec2.createRouteTable(.init(vpcId: vpc)).routeTable?.routeTableId)
        let elsewhere = try #require(
            try await aws.ec2.createRouteTable(.init(vpcId: aws.vpc("10.1.0.0/16"))).routeTable?.routeTableId)
        func propagations(_ table: String? = nil) async throws -> [RouteServerPropagation] {
            try await aws.ec2.getRouteServerPropagations(.init(routeServerId: server, routeTableId: table))
                .routeServerPropagations ?? []
        }
        await refused("InvalidRouteServerId.NotPropagated") {
            try await aws.ec2.disableRouteServerPropagation(.init(routeServerId: server, routeTableId: table))
        }
        await refused("InvalidRouteServerId.NotAssociated") {
            try await aws.ec2.enableRouteServerPropagation(.init(routeServerId: server, routeTableId: elsewhere))
        }
        let made = try await aws.ec2.enableRouteServerPropagation(.init(routeServerId: server, routeTableId: table))
        #expect(made.routeServerPropagation?.state == .pending)
        settle()
        #expect(try await propagations().map(\.state) == [.available])
        #expect(try await propagations(table).count == 1)
        #expect(try await propagations(elsewhere).isEmpty)
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableRouteServerPropagation(.init(routeServerId: server, routeTableId: table))
        }
        await refused("DependencyViolation") { try await aws.ec2.deleteRouteTable(.init(routeTableId: table)) }
        await refused("DependencyViolation") {
            try await aws.ec2.disassociateRouteServer(.init(routeServerId: server, vpcId: vpc))
        }
        let database = try await aws.ec2.getRouteServerRoutingDatabase(.init(routeServerId: server))
        #expect(database.routes?.isEmpty == true && database.areRoutesPersisted == false)
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await aws.ec2.getRouteServerRoutingDatabase(
                .init(routeServerId: server, filters: [Filter(name: "colour", values: ["red"])]))
        }
        let gone = try await aws.ec2.disableRouteServerPropagation(.init(routeServerId: server, routeTableId: table))
        #expect(gone.routeServerPropagation?.state == .deleting)
        settle()
        #expect(try await propagations().isEmpty)
        _ = try await aws.ec2.deleteRouteTable(.init(routeTableId: table))
    }

    @Test func routeServerEndpointHasNetworkInterface() async throws {
        let (server, vpc) = try await associated()
        let subnet = try await subnet(in: vpc)
        let tags = [TagSpecification(resourceType: "route-server-endpoint", tags: [Tag(key: "Name", value: "a")])]
        let made = try #require(
            try await aws.ec2.createRouteServerEndpoint(
                .init(routeServerId: server, subnetId: subnet, tagSpecifications: tags)
            ).routeServerEndpoint)
        #expect(made.state == .pending && made.vpcId == vpc && made.tags?.count == 1)
        let id = try #require(made.routeServerEndpointId)
        #expect(id.hasPrefix("rse-0"))
        settle()
        let shown = try await aws.ec2.describeRouteServerEndpoints(
            .init(filters: [Filter(name: "subnet-id", values: [subnet])])
        ).routeServerEndpoints?.first
        #expect(shown?.state == .available && shown?.eniAddress?.hasPrefix("10.0.1.") == true)
        let interface = try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [made.eniId ?? ""]))
            .networkInterfaces?.first
        #expect(interface?.privateIpAddress == shown?.eniAddress && interface?.requesterManaged == true)
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: subnet)) }
        await refused("DependencyViolation") {
            try await aws.ec2.disassociateRouteServer(.init(routeServerId: server, vpcId: vpc))
        }
        let gone = try await aws.ec2.deleteRouteServerEndpoint(.init(routeServerEndpointId: id))
        #expect(gone.routeServerEndpoint?.state == .deleting)
        settle()
        await refused("InvalidNetworkInterfaceID.NotFound") {
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [made.eniId ?? ""]))
        }
        _ = try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
        _ = try await aws.ec2.disassociateRouteServer(.init(routeServerId: server, vpcId: vpc))
        let other = try await aws.vpc("10.1.0.0/16")
        let far = try await self.subnet(in: other, "10.1.1.0/24")
        await refused("InvalidRouteServerId.NotAssociated") { _ = try await endpoint(server, far) }
        await refused("InvalidRouteServerEndpointId.NotFound") {
            try await aws.ec2.deleteRouteServerEndpoint(.init(routeServerEndpointId: "rse-\(none)"))
        }
    }

    @Test func routeServerPeerReportsBgpDown() async throws {
        let (server, vpc) = try await associated()
        let endpoint = try await endpoint(server, subnet(in: vpc)), id = endpoint.routeServerEndpointId ?? ""
        func create(_ address: String, _ options: RouteServerBgpOptionsRequest) async throws -> RouteServerPeer {
            try #require(
                try await aws.ec2.createRouteServerPeer(
                    .init(routeServerEndpointId: id, peerAddress: address, bgpOptions: options)
                ).routeServerPeer)
        }
        let made = try await create("10.0.1.200", .init(peerAsn: 65001, peerLivenessDetection: .bfd))
        #expect(made.state == .pending && made.routeServerId == server && made.endpointEniId == endpoint.eniId)
        #expect(made.bgpStatus?.status == .down && made.bfdStatus?.status == .down)
        #expect(made.bgpOptions?.peerAsn == 65001 && made.bgpOptions?.peerLivenessDetection == .bfd)
        let usual = try await create("10.0.1.201", .init(peerAsn: 65001))
        #expect(usual.bgpOptions?.peerLivenessDetection == .bgpKeepalive && usual.bfdStatus == nil)
        await refused("InvalidParameterValue") { _ = try await create("10.0.1.200", .init(peerAsn: 65002)) }
        await refused("InvalidParameterValue") { _ = try await create("peer", .init(peerAsn: 65002)) }
        await refused("InvalidParameterValue") { _ = try await create(endpoint.eniAddress ?? "", .init(peerAsn: 65002)) }
        await refused("InvalidParameterValue") { _ = try await create("10.0.1.202", .init(peerAsn: 0)) }
        settle()
        let shown = try await aws.ec2.describeRouteServerPeers(
            .init(filters: [Filter(name: "peer-address", values: ["10.0.1.200"])])
        ).routeServerPeers
        #expect(shown?.map(\.state) == [.available] && shown?.first?.bgpStatus?.status == .down)
        await refused("DependencyViolation") {
            try await aws.ec2.deleteRouteServerEndpoint(.init(routeServerEndpointId: id))
        }
        for peer in [made, usual] {
            let gone = try await aws.ec2.deleteRouteServerPeer(.init(routeServerPeerId: peer.routeServerPeerId ?? ""))
            #expect(gone.routeServerPeer?.state == .deleting)
        }
        settle()
        _ = try await aws.ec2.deleteRouteServerEndpoint(.init(routeServerEndpointId: id))
        await refused("InvalidRouteServerPeerId.NotFound") {
            try await aws.ec2.describeRouteServerPeers(.init(routeServerPeerIds: ["rsp-\(none)"]))
        }
    }
}

/// Accounts without Outposts have no local gateways. Assumed: the error codes of absent ids.
@Suite(.simulator) struct LocalGateways {
    private let aws = AWS.current
    private let unknown = [Filter(name: "colour", values: ["red"])]

    @Test func describeLocalGatewayOperationsReturnNothing() async throws {
        let state = [Filter(name: "owner-id", values: ["123456789012"])]
        #expect(try await aws.ec2.describeLocalGateways(.init(filters: state)).localGateways?.isEmpty == true)
        #expect(
            try await aws.ec2.describeLocalGatewayRouteTables(.init(filters: state)).localGatewayRouteTables?.isEmpty == true)
        #expect(
            try await aws.ec2.describeLocalGatewayRouteTableVpcAssociations(.init(filters: state))
                .localGatewayRouteTableVpcAssociations?.isEmpty == true)
        #expect(
            try await aws.ec2.describeLocalGatewayRouteTableVirtualInterfaceGroupAssociations(.init(filters: state))
                .localGatewayRouteTableVirtualInterfaceGroupAssociations?.isEmpty == true)
        #expect(
            try await aws.ec2.describeLocalGatewayVirtualInterfaceGroups(.init(filters: state))
                .localGatewayVirtualInterfaceGroups?.isEmpty == true)
        #expect(
            try await aws.ec2.describeLocalGatewayVirtualInterfaces(.init(filters: state)).localGatewayVirtualInterfaces?
                .isEmpty == true)
    }

    @Test func localGatewayIdsAndFiltersAreValidated() async throws {
        await refused("InvalidLocalGatewayID.NotFound") {
            try await aws.ec2.describeLocalGateways(.init(localGatewayIds: ["lgw-0123456789abcdef0"]))
        }
        await refused("InvalidLocalGatewayID.Malformed") {
            try await aws.ec2.describeLocalGateways(.init(localGatewayIds: ["lgw"]))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await aws.ec2.describeLocalGateways(.init(filters: unknown))
        }
        await refused("InvalidParameterValue") { try await aws.ec2.describeLocalGateways(.init(maxResults: 4)) }
        await refused("InvalidLocalGatewayRouteTableID.NotFound") {
            try await aws.ec2.searchLocalGatewayRoutes(.init(localGatewayRouteTableId: "lgw-rtb-0123456789abcdef0"))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await aws.ec2.searchLocalGatewayRoutes(
                .init(localGatewayRouteTableId: "lgw-rtb-0123456789abcdef0", filters: unknown))
        }
        await refused("InvalidLocalGatewayVirtualInterfaceID.NotFound") {
            try await aws.ec2.describeLocalGatewayVirtualInterfaces(
                .init(localGatewayVirtualInterfaceIds: ["lgw-vif-0123456789abcdef0"]))
        }
    }
}
