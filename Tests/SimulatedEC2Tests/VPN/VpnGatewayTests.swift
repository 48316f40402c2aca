import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct VpnGateways {
    private let aws = AWS.current

    private func create(asn: Int? = nil) async throws -> String {
        try #require(
            try await aws.ec2.createVpnGateway(.init(type: "ipsec.1", amazonSideAsn: asn)).vpnGateway?.vpnGatewayId)
    }

    private func gateway(_ id: String) async throws -> VpnGateway {
        try #require(try await aws.ec2.describeVpnGateways(.init(vpnGatewayIds: [id])).vpnGateways?.first)
    }

    @Test func vpnGatewayIsAttachedAndDetached() async throws {
        let vpc = try await aws.vpc(), id = try await create()
        #expect(id.hasPrefix("vgw-0"))
        #expect(try await gateway(id).state == .available)
        #expect(try await gateway(id).amazonSideAsn == 64512)
        #expect(try await gateway(id).vpcAttachments?.isEmpty == true)
        let attached = try await aws.ec2.attachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id)).vpcAttachment
        #expect(attached?.vpcId == vpc && attached?.state == .attaching)
        aws.clock.advance(by: .minutes(1))
        #expect(try await gateway(id).vpcAttachments?.map(\.state) == [.attached])
        let filter = [Filter(name: "attachment.vpc-id", values: [vpc])]
        #expect(try await aws.ec2.describeVpnGateways(.init(filters: filter)).vpnGateways?.map(\.vpnGatewayId) == [id])
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: vpc)) }
        await refused("IncorrectState") { try await aws.ec2.deleteVpnGateway(.init(vpnGatewayId: id)) }
        let other = try await create()
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.attachVpnGateway(.init(vpcId: vpc, vpnGatewayId: other))
        }
        let second = try await aws.vpc("10.1.0.0/16")
        await refused("VpnGatewayAttachmentLimitExceeded") {
            _ = try await aws.ec2.attachVpnGateway(.init(vpcId: second, vpnGatewayId: id))
        }
        await refused(
            "InvalidVpnGatewayAttachment.NotFound",
            "The attachment with vpn gateway ID '\(id)' and vpc ID '\(second)' does not exist"
        ) { try await aws.ec2.detachVpnGateway(.init(vpcId: second, vpnGatewayId: id)) }
        try await aws.ec2.detachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        #expect(try await gateway(id).vpcAttachments?.map(\.state) == [.detaching])
        aws.clock.advance(by: .minutes(1))
        // The attachment is shown as detached for a while, because Ansible waits for that. It blocks nothing.
        #expect(try await gateway(id).vpcAttachments?.map(\.state) == [.detached])
        #expect(try await gateway(id).state == .available)
        await refused("InvalidVpnGatewayAttachment.NotFound") {
            try await aws.ec2.detachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        }
        _ = try await aws.ec2.attachVpnGateway(.init(vpcId: vpc, vpnGatewayId: other))
        try await aws.ec2.deleteVpnGateway(.init(vpnGatewayId: id))
        #expect(try await gateway(id).state == .deleting)
        aws.clock.advance(by: .minutes(1))
        #expect(try await gateway(id).state == .deleted)
        aws.clock.advance(by: .hours(2))
        await refused("InvalidVpnGatewayID.NotFound", "The vpnGateway ID '\(id)' does not exist") { _ = try await gateway(id) }
    }

    @Test func detachedVpnGatewayAttachmentDisappears() async throws {
        let vpc = try await aws.vpc(), id = try await create()
        _ = try await aws.ec2.attachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        aws.clock.advance(by: .minutes(1))
        try await aws.ec2.detachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        aws.clock.advance(by: .minutes(1))
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        // Assumed: how long it is shown.
        aws.clock.advance(by: .hours(2))
        #expect(try await gateway(id).vpcAttachments?.isEmpty == true)
        #expect(try await gateway(id).state == .available)
        try await aws.ec2.deleteVpnGateway(.init(vpnGatewayId: id))
        #expect(try await gateway(id).state == .deleting)
        aws.clock.advance(by: .minutes(1))
        #expect(try await gateway(id).state == .deleted)
        aws.clock.advance(by: .hours(2))
        await refused("InvalidVpnGatewayID.NotFound", "The vpnGateway ID '\(id)' does not exist") { _ = try await gateway(id) }
    }

    @Test func vgwRoutePropagationIsEnabledAndDisabled() async throws {
        let vpc = try await aws.vpc(), id = try await create()
        let table = try #require(try await aws.ec2.createRouteTable(.init(vpcId: vpc)).routeTable?.routeTableId)
        await refused("Gateway.NotAttached", "resource \(id) is not attached to network \(vpc)") {
            try await aws.ec2.enableVgwRoutePropagation(.init(gatewayId: id, routeTableId: table))
        }
        _ = try await aws.ec2.attachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        try await aws.ec2.enableVgwRoutePropagation(.init(gatewayId: id, routeTableId: table))
        func shown() async throws -> RouteTable? {
            try await aws.ec2.describeRouteTables(.init(routeTableIds: [table])).routeTables?.first
        }
        #expect(try await shown()?.propagatingVgws?.map(\.gatewayId) == [id])
        try await aws.ec2.disableVgwRoutePropagation(.init(gatewayId: id, routeTableId: table))
        #expect(try await shown()?.propagatingVgws?.isEmpty == true)
        _ = try await aws.ec2.createRoute(.init(routeTableId: table, destinationCidrBlock: "192.0.2.0/24", gatewayId: id))
        #expect(try await shown()?.routes?.last?.state == .active)
        try await aws.ec2.enableVgwRoutePropagation(.init(gatewayId: id, routeTableId: table))
        try await aws.ec2.detachVpnGateway(.init(vpcId: vpc, vpnGatewayId: id))
        #expect(try await shown()?.routes?.last?.state == .blackhole)
        #expect(try await shown()?.propagatingVgws?.isEmpty == true)
        await refused("InvalidGatewayID.NotFound") {
            try await aws.ec2.disableVgwRoutePropagation(
                .init(gatewayId: "vgw-0123456789abcdef0", routeTableId: table))
        }
    }

    @Test func invalidVpnGatewaysAreRejected() async throws {
        await refused("InvalidParameterValue") { _ = try await aws.ec2.createVpnGateway(.init(type: "ipsec.2")) }
        for asn in [1, 65535, 4_294_967_295] { await refused("InvalidParameterValue") { _ = try await create(asn: asn) } }
        _ = try await create(asn: 4_200_000_000)
        for _ in 0..<4 { _ = try await create() }
        await refused("VpnGatewayLimitExceeded") { _ = try await create() }
    }

    // MARK: Customer gateways

    @Test func createCustomerGatewayIsIdempotent() async throws {
        let request = CreateCustomerGatewayRequest(bgpAsn: 65000, type: "ipsec.1", ipAddress: "203.0.113.9")
        let made = try #require(try await aws.ec2.createCustomerGateway(request).customerGateway)
        let id = try #require(made.customerGatewayId)
        #expect(id.hasPrefix("cgw-0") && made.bgpAsn == "65000" && made.ipAddress == "203.0.113.9")
        #expect(made.state == "available" && made.type == "ipsec.1")
        // The same request returns the existing gateway.
        #expect(try await aws.ec2.createCustomerGateway(request).customerGateway?.customerGatewayId == id)
        var named = request
        named.deviceName = "second"
        #expect(try await aws.ec2.createCustomerGateway(named).customerGateway?.customerGatewayId != id)
        let filter = [Filter(name: "ip-address", values: ["203.0.113.9"]), Filter(name: "bgp-asn", values: ["65000"])]
        #expect(try await aws.ec2.describeCustomerGateways(.init(filters: filter)).customerGateways?.count == 2)
        try await aws.ec2.deleteCustomerGateway(.init(customerGatewayId: id))
        #expect(
            try await aws.ec2.describeCustomerGateways(.init(customerGatewayIds: [id])).customerGateways?.first?.state
                == "deleted")
        #expect(try await aws.ec2.createCustomerGateway(request).customerGateway?.customerGatewayId != id)
        aws.clock.advance(by: .hours(2))
        await refused("InvalidCustomerGatewayID.NotFound", "The customerGateway ID '\(id)' does not exist") {
            try await aws.ec2.deleteCustomerGateway(.init(customerGatewayId: id))
        }
    }

    @Test func invalidCustomerGatewaysAreRejected() async throws {
        for request in [
            CreateCustomerGatewayRequest(bgpAsn: 0, type: "ipsec.1", ipAddress: "203.0.113.9"),
            CreateCustomerGatewayRequest(bgpAsn: 1, type: "ipsec.1", ipAddress: "203.0.113"),
            CreateCustomerGatewayRequest(bgpAsn: 1, type: "gre", ipAddress: "203.0.113.9"),
            CreateCustomerGatewayRequest(type: "ipsec.1", ipAddress: "203.0.113.9", bgpAsnExtended: 65000),
        ] { await refused("InvalidParameterValue") { _ = try await aws.ec2.createCustomerGateway(request) } }
        await refused("MissingParameter") { _ = try await aws.ec2.createCustomerGateway(.init(bgpAsn: 1, type: "ipsec.1")) }
        let large = try await aws.ec2.createCustomerGateway(
            .init(type: "ipsec.1", ipAddress: "203.0.113.9", bgpAsnExtended: 4_200_000_000))
        #expect(large.customerGateway?.bgpAsnExtended == "4200000000" && large.customerGateway?.bgpAsn == nil)
    }
}
