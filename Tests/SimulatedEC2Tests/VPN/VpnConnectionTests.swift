import DrydockTesting
import Testing

/// Assumed throughout: how long states last, error messages, and that a deleted connection is shown for an hour.
@Suite(.simulator(transitions: .aws)) struct VpnConnections {
    private let aws = AWS.current

    private func customer(_ address: String = "203.0.113.9") async throws -> String {
        let made = try await aws.ec2.createCustomerGateway(.init(bgpAsn: 65010, type: "ipsec.1", ipAddress: address))
        return try #require(made.customerGateway?.customerGatewayId)
    }

    private func vpnGateway() async throws -> String {
        try #require(try await aws.ec2.createVpnGateway(.init(type: "ipsec.1", amazonSideAsn: 64600)).vpnGateway?.vpnGatewayId)
    }

    private func transitGateway() async throws -> TransitGateway {
        let made = try #require(try await aws.ec2.createTransitGateway().transitGateway)
        aws.clock.advance(by: .minutes(5))
        return made
    }

    private func connect(
        _ customer: String, to gateway: String? = nil, transit: String? = nil,
        _ options: VpnConnectionOptionsSpecification? = nil
    ) async throws -> VpnConnection {
        let made = try await aws.ec2.createVpnConnection(
            .init(
                customerGatewayId: customer, type: "ipsec.1", vpnGatewayId: gateway, transitGatewayId: transit,
                options: options))
        aws.clock.advance(by: .minutes(10))
        return try #require(made.vpnConnection)
    }

    private func connection(_ id: String?) async throws -> VpnConnection {
        try #require(try await aws.ec2.describeVpnConnections(.init(vpnConnectionIds: [id ?? ""])).vpnConnections?.first)
    }

    @Test func vpnConnectionStateChangesWithClock() async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        let tags = [TagSpecification(resourceType: "vpn-connection", tags: [Tag(key: "Name", value: "office")])]
        let made = try #require(
            try await aws.ec2.createVpnConnection(
                .init(customerGatewayId: customer, type: "ipsec.1", vpnGatewayId: gateway, tagSpecifications: tags)
            ).vpnConnection)
        let id = try #require(made.vpnConnectionId)
        #expect(id.wholeMatch(of: /vpn-0[0-9a-f]{16}/) != nil && made.state == .pending && made.category == "VPN")
        #expect(made.gatewayAssociationState == .associated && made.type == .ipsec1 && made.tags?.first?.value == "office")
        let options = try #require(made.options)
        #expect(options.enableAcceleration == false && options.staticRoutesOnly == false)
        #expect(options.localIpv4NetworkCidr == "0.0.0.0/0" && options.remoteIpv4NetworkCidr == "0.0.0.0/0")
        #expect(options.tunnelInsideIpVersion == .ipv4 && options.tunnelOptions?.count == 2)
        // There is no device at the other end.
        #expect(made.vgwTelemetry?.map(\.status) == [.down, .down])
        await refused("InvalidVpnConnection.InvalidState") {
            _ = try await aws.ec2.modifyVpnConnectionOptions(
                .init(vpnConnectionId: id, localIpv4NetworkCidr: "10.0.0.0/8"))
        }
        aws.clock.advance(by: .minutes(10))
        for filter in [
            Filter(name: "state", values: ["available"]), .init(name: "tag:Name", values: ["office"]),
            .init(name: "option.static-routes-only", values: ["false"]), .init(name: "bgp-asn", values: ["65010"]),
            .init(name: "vpn-gateway-id", values: [gateway]), .init(name: "customer-gateway-id", values: [customer]),
        ] {
            let found = try await aws.ec2.describeVpnConnections(.init(filters: [filter])).vpnConnections
            #expect(found?.map(\.vpnConnectionId) == [id], "\(filter)")
        }
        // "This is an idempotent operation."
        let again = try await connect(customer, to: gateway)
        #expect(again.vpnConnectionId == id)
        await refused("IncorrectState", "The customer gateway is in use.") {
            try await aws.ec2.deleteCustomerGateway(.init(customerGatewayId: customer))
        }
        await refused("IncorrectState") { try await aws.ec2.deleteVpnGateway(.init(vpnGatewayId: gateway)) }
        try await aws.ec2.deleteVpnConnection(.init(vpnConnectionId: id))
        let leaving = try await connection(id)
        #expect(leaving.state == .deleting && leaving.customerGatewayConfiguration == nil)
        aws.clock.advance(by: .minutes(10))
        #expect(try await connection(id).state == .deleted)
        try await aws.ec2.deleteCustomerGateway(.init(customerGatewayId: customer))
        try await aws.ec2.deleteVpnGateway(.init(vpnGatewayId: gateway))
        await refused("InvalidVpnConnectionID.NotFound", "The vpnConnection ID '\(id)' does not exist") {
            try await aws.ec2.deleteVpnConnectionRoute(
                .init(destinationCidrBlock: "10.0.0.0/8", vpnConnectionId: id))
        }
        aws.clock.advance(by: .hours(2))
        await refused("InvalidVpnConnectionID.NotFound") { _ = try await connection(id) }
        await refused("InvalidVpnConnectionID.Malformed") { _ = try await connection("vpn-x") }
    }

    @Test func customerGatewayConfigurationDescribesTunnels() async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        let made = try await connect(
            customer, to: gateway,
            .init(tunnelOptions: [
                .init(
                    tunnelInsideCidr: "169.254.10.0/30", preSharedKey: "first_key.of.one", phase1LifetimeSeconds: 14400,
                    dpdTimeoutSeconds: 60, phase1EncryptionAlgorithms: [.init(value: "AES256-GCM-16")],
                    phase2IntegrityAlgorithms: [.init(value: "SHA2-256")], phase1DHGroupNumbers: [.init(value: 20)]),
                .init(preSharedKey: "second_key.of.two"),
            ]))
        let text = try #require(made.customerGatewayConfiguration)
        #expect(
            text.hasPrefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vpn_connection id=\"\(made.vpnConnectionId ?? "")\">"))
        let outside = try #require(made.options?.tunnelOptions?.first?.outsideIpAddress)
        for line in [
            "<customer_gateway_id>\(customer)</customer_gateway_id>", "<vpn_gateway_id>\(gateway)</vpn_gateway_id>",
            "<ip_address>203.0.113.9</ip_address>", "<ip_address>\(outside)</ip_address>",
            "<ip_address>169.254.10.1</ip_address>", "<ip_address>169.254.10.2</ip_address>", "<asn>65010</asn>",
            "<asn>64600</asn>", "<pre_shared_key>first_key.of.one</pre_shared_key>",
            "<pre_shared_key>second_key.of.two</pre_shared_key>", "<lifetime>14400</lifetime>",
            "<perfect_forward_secrecy>group20</perfect_forward_secrecy>",
            // Assumed: the ciphers' names in the configuration.
            "<encryption_protocol>aes-256-gcm-16</encryption_protocol>",
            "<authentication_protocol>hmac-sha2-256</authentication_protocol>", "<interval>20</interval>",
        ] { #expect(text.contains(line), "\(line)") }
        #expect(!text.contains("NoBGPVPNConnection"))
    }

    @Test func vpnStaticRoutesNeedStaticConnection() async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        let id = try await connect(customer, to: gateway, .init(staticRoutesOnly: true)).vpnConnectionId ?? ""
        let configuration = try await connection(id).customerGatewayConfiguration ?? ""
        #expect(configuration.contains("NoBGPVPNConnection") && !configuration.contains("<bgp>"))
        try await aws.ec2.createVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        try await aws.ec2.createVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        let route = try #require(try await connection(id).routes?.first)
        #expect(route.destinationCidrBlock == "10.7.0.0/16" && route.state == .available && route.source == .static)
        let filter = [Filter(name: "route.destination-cidr-block", values: ["10.7.0.0/16"])]
        #expect(try await aws.ec2.describeVpnConnections(.init(filters: filter)).vpnConnections?.count == 1)
        await refused("InvalidParameterValue") {
            try await aws.ec2.createVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0", vpnConnectionId: id))
        }
        try await aws.ec2.deleteVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        await refused("InvalidRoute.NotFound") {
            try await aws.ec2.deleteVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        }
        let other = try await connect(try await self.customer("203.0.113.10"), to: gateway).vpnConnectionId ?? ""
        await refused("InvalidVpnConnection.InvalidType") {
            try await aws.ec2.createVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: other))
        }
    }

    @Test func vpnConnectionCreatesTransitGatewayAttachment() async throws {
        let customer = try await customer(), gateway = try await transitGateway()
        let transit = gateway.transitGatewayId ?? ""
        let made = try await connect(
            customer, transit: transit, .init(enableAcceleration: true, tunnelInsideIpVersion: .ipv6, tunnelBandwidth: .large))
        #expect(made.options?.localIpv6NetworkCidr == "::/0" && made.options?.localIpv4NetworkCidr == nil)
        #expect(made.options?.tunnelOptions?.first?.tunnelInsideIpv6Cidr?.hasSuffix("/126") == true)
        #expect(made.customerGatewayConfiguration?.contains("<transit_gateway_id>\(transit)</transit_gateway_id>") == true)
        func attachments() async throws -> [TransitGatewayAttachment] {
            let filter = [Filter(name: "resource-type", values: ["vpn"])]
            return try await aws.ec2.describeTransitGatewayAttachments(.init(filters: filter)).transitGatewayAttachments ?? []
        }
        let attachment = try #require(try await attachments().first)
        #expect(attachment.resourceId == made.vpnConnectionId && attachment.state == .available)
        #expect(attachment.association?.transitGatewayRouteTableId == gateway.options?.associationDefaultRouteTableId)
        // Several connections of one customer gateway share the load.
        let second = try await connect(customer, transit: transit)
        #expect(second.vpnConnectionId != made.vpnConnectionId)
        _ = try await aws.ec2.createTransitGatewayRoute(
            .init(
                destinationCidrBlock: "10.9.0.0/16",
                transitGatewayRouteTableId: gateway.options?.associationDefaultRouteTableId ?? "",
                transitGatewayAttachmentId: attachment.transitGatewayAttachmentId))
        await refused("IncorrectState") { _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: transit)) }
        try await aws.ec2.deleteVpnConnection(.init(vpnConnectionId: made.vpnConnectionId ?? ""))
        #expect(try await attachments().map(\.state) == [.deleting, .available])
        aws.clock.advance(by: .minutes(5))
        #expect(try await attachments().map(\.state) == [.deleted, .available])
    }

    @Test func modifyVpnConnectionChangesTargetGateway() async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        let transit = try await transitGateway().transitGatewayId ?? ""
        let id = try await connect(customer, to: gateway, .init(staticRoutesOnly: true)).vpnConnectionId ?? ""
        try await aws.ec2.createVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        await refused("MissingParameter") { _ = try await aws.ec2.modifyVpnConnection(.init(vpnConnectionId: id)) }
        await refused("InvalidVpnConnection.InvalidState") {
            _ = try await aws.ec2.modifyVpnConnection(.init(vpnConnectionId: id, transitGatewayId: transit))
        }
        try await aws.ec2.deleteVpnConnectionRoute(.init(destinationCidrBlock: "10.7.0.0/16", vpnConnectionId: id))
        let other = try await self.customer("203.0.113.77")
        let moved = try await aws.ec2.modifyVpnConnection(
            .init(vpnConnectionId: id, transitGatewayId: transit, customerGatewayId: other)
        ).vpnConnection
        #expect(moved?.state == "modifying" && moved?.transitGatewayId == transit && moved?.vpnGatewayId == nil)
        #expect(moved?.customerGatewayConfiguration?.contains("203.0.113.77") == true)
        aws.clock.advance(by: .minutes(10))
        #expect(
            try await aws.ec2.describeTransitGatewayAttachments().transitGatewayAttachments?.map(\.resourceId) == [id])
        _ = try await aws.ec2.modifyVpnConnection(.init(vpnConnectionId: id, vpnGatewayId: gateway))
        aws.clock.advance(by: .minutes(10))
        #expect(
            try await aws.ec2.describeTransitGatewayAttachments().transitGatewayAttachments?.map(\.state) == [.deleted])
        try await aws.ec2.deleteCustomerGateway(.init(customerGatewayId: customer))
    }

    @Test func modifyVpnTunnelOptionsChangesOneTunnel() async throws {
        let made = try await connect(try await customer(), to: try await vpnGateway())
        let id = made.vpnConnectionId ?? "", tunnels = try #require(made.options?.tunnelOptions)
        let first = tunnels[0].outsideIpAddress ?? "", taken = tunnels[1].tunnelInsideCidr ?? ""
        func change(_ options: ModifyVpnTunnelOptionsSpecification, of address: String) async throws -> VpnConnection? {
            try await aws.ec2.modifyVpnTunnelOptions(
                .init(vpnConnectionId: id, vpnTunnelOutsideIpAddress: address, tunnelOptions: options)
            ).vpnConnection
        }
        await refused("InvalidParameterValue") { _ = try await change(.init(startupAction: "start"), of: "192.0.2.1") }
        await refused("InvalidParameterValue") { _ = try await change(.init(tunnelInsideCidr: taken), of: first) }
        let log = "arn:aws:logs:us-east-1:123456789012:log-group:tunnel"
        let changed = try await change(
            .init(
                preSharedKey: "another_key", startupAction: "start",
                logOptions: .init(cloudWatchLogOptions: .init(logEnabled: true, logGroupArn: log)),
                enableTunnelLifecycleControl: true), of: first)
        #expect(changed?.state == "modifying")
        aws.clock.advance(by: .minutes(10))
        let shown = try #require(try await connection(id).options?.tunnelOptions)
        #expect(shown[0].preSharedKey == "another_key" && shown[0].startupAction == "start")
        #expect(shown[0].logOptions?.cloudWatchLogOptions?.logGroupArn == log)
        // Assumed: as with other options, AWS omits options that the request doesn't set.
        #expect(shown[0].logOptions?.cloudWatchLogOptions?.logOutputFormat == nil)
        #expect(shown[0].enableTunnelLifecycleControl == true && shown[0].tunnelInsideCidr == tunnels[0].tunnelInsideCidr)
        #expect(shown[1].preSharedKey == tunnels[1].preSharedKey && shown[1].tunnelInsideCidr == taken)
        #expect(try await connection(id).customerGatewayConfiguration?.contains("another_key") == true)
        let options = try await aws.ec2.modifyVpnConnectionOptions(
            .init(vpnConnectionId: id, localIpv4NetworkCidr: "10.0.0.0/8")
        ).vpnConnection?.options
        #expect(options?.localIpv4NetworkCidr == "10.0.0.0/8" && options?.remoteIpv4NetworkCidr == "0.0.0.0/0")
        aws.clock.advance(by: .minutes(10))
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.modifyVpnConnectionOptions(.init(vpnConnectionId: id, localIpv6NetworkCidr: "::/0"))
        }
    }

    @Test(arguments: [
        VpnTunnelOptionsSpecification(tunnelInsideCidr: "169.254.5.0/30"), .init(tunnelInsideCidr: "10.0.0.0/30"),
        .init(tunnelInsideCidr: "169.254.6.0/29"), .init(preSharedKey: "short"), .init(preSharedKey: "0starts_with_zero"),
        .init(preSharedKey: "has a blank"), .init(phase1LifetimeSeconds: 899), .init(phase2LifetimeSeconds: 3601),
        .init(phase1LifetimeSeconds: 900, phase2LifetimeSeconds: 900), .init(rekeyMarginTimeSeconds: 1801),
        .init(rekeyFuzzPercentage: 101), .init(replayWindowSize: 63), .init(dpdTimeoutSeconds: 29),
        .init(dpdTimeoutAction: "stop"), .init(phase1EncryptionAlgorithms: [.init(value: "DES")]),
        .init(phase1DHGroupNumbers: [.init(value: 5)]), .init(ikeVersions: [.init(value: "ikev3")]),
        .init(logOptions: .init(cloudWatchLogOptions: .init(logEnabled: true, logGroupArn: "group"))),
    ]) func invalidVpnTunnelOptionsAreRejected(options: VpnTunnelOptionsSpecification) async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        await refused("InvalidParameterValue") {
            _ = try await connect(customer, to: gateway, .init(tunnelOptions: [options]))
        }
    }

    @Test func invalidVpnConnectionsAreRejected() async throws {
        let customer = try await customer(), gateway = try await vpnGateway()
        await refused("InvalidCustomerGatewayID.NotFound") {
            _ = try await connect("cgw-0123456789abcdef0", to: gateway)
        }
        await refused("InvalidVpnGatewayID.NotFound") { _ = try await connect(customer, to: "vgw-0123456789abcdef0") }
        await refused("InvalidTransitGatewayID.NotFound") {
            _ = try await connect(customer, transit: "tgw-0123456789abcdef0")
        }
        await refused("InvalidParameterCombination") {
            _ = try await connect(customer, to: gateway, transit: "tgw-0123456789abcdef0")
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createVpnConnection(.init(customerGatewayId: customer, type: "ipsec.2"))
        }
        for options in [
            VpnConnectionOptionsSpecification(enableAcceleration: true), .init(tunnelInsideIpVersion: .ipv6),
            .init(tunnelBandwidth: .large),
        ] { await refused("InvalidParameterCombination") { _ = try await connect(customer, to: gateway, options) } }
        await refused("NotSimulated") {
            _ = try await connect(customer, to: gateway, .init(outsideIpAddressType: "PrivateIpv4"))
        }
        // Without a gateway, the connection is not associated.
        let free = try await connect(customer)
        #expect(free.gatewayAssociationState == .notAssociated)
        // AWS's default quota.
        for number in 1...10 { _ = try await connect(try await self.customer("203.0.113.1\(number)"), to: gateway) }
        await refused("VpnConnectionLimitExceeded") { _ = try await connect(customer, to: gateway) }
    }
}
