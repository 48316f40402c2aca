import DrydockTesting
import Testing

/// Assumed throughout: how long states last, error messages, and the meanings of AWS's error codes for Client VPN.
@Suite(.simulator(transitions: .aws)) struct ClientVpn {
    private let aws = AWS.current
    private static let certificate = "arn:aws:acm:us-east-1:123456789012:certificate/a1b2c3d4-5678-90ab-cdef-111111111111"

    private static func request(
        _ cidr: String? = "172.16.0.0/16", _ change: (inout CreateClientVpnEndpointRequest) -> Void = { _ in }
    ) -> CreateClientVpnEndpointRequest {
        var request = CreateClientVpnEndpointRequest(
            clientCidrBlock: cidr, serverCertificateArn: certificate,
            authenticationOptions: [
                .init(
                    type: .certificateAuthentication,
                    mutualAuthentication: .init(clientRootCertificateChainArn: certificate))
            ], connectionLogOptions: .init(enabled: false))
        change(&request)
        return request
    }

    private func endpoint(_ request: CreateClientVpnEndpointRequest = request()) async throws -> String {
        try #require(try await aws.ec2.createClientVpnEndpoint(request).clientVpnEndpointId)
    }

    private func shown(_ id: String) async throws -> ClientVpnEndpoint {
        try #require(
            try await aws.ec2.describeClientVpnEndpoints(.init(clientVpnEndpointIds: [id])).clientVpnEndpoints?.first)
    }

    private func subnet(_ cidr: String, in vpc: String, zone: String = "us-east-1a") async throws -> String {
        try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: zone, cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
    }

    private func associate(_ subnet: String, with endpoint: String) async throws -> String {
        let made = try await aws.ec2.associateClientVpnTargetNetwork(
            .init(clientVpnEndpointId: endpoint, subnetId: subnet))
        #expect(made.status?.code == .associating)
        return try #require(made.associationId)
    }

    @Test func newClientVpnEndpointIsPendingAssociate() async throws {
        let made = try await aws.ec2.createClientVpnEndpoint(
            Self.request {
                $0.tagSpecifications = [.init(resourceType: "client-vpn-endpoint", tags: [Tag(key: "a", value: "b")])]
            })
        let id = try #require(made.clientVpnEndpointId)
        #expect(id.wholeMatch(of: /cvpn-endpoint-0[0-9a-f]{16}/) != nil && made.status?.code == .pendingAssociate)
        #expect(made.dnsName == "\(id).prod.clientvpn.us-east-1.amazonaws.com")
        // AWS's defaults, from its examples and documentation.
        let shown = try await shown(id)
        #expect(shown.dnsName == "*.\(id).prod.clientvpn.us-east-1.amazonaws.com" && shown.vpnPort == 443)
        #expect(shown.transportProtocol == .udp && shown.vpnProtocol == .openvpn && shown.splitTunnel == false)
        #expect(shown.sessionTimeoutHours == 24 && shown.tags?.first?.value == "b" && shown.vpcId == nil)
        #expect(shown.selfServicePortalUrl == "https://self-service.clientvpn.amazonaws.com/endpoints/\(id)")
        #expect(shown.authenticationOptions?.first?.mutualAuthentication?.clientRootCertificateChain == Self.certificate)
        #expect(shown.clientConnectOptions?.enabled == false && shown.connectionLogOptions?.enabled == false)
        for filter in [
            Filter(name: "endpoint-id", values: [id]), .init(name: "transport-protocol", values: ["udp"]),
            .init(name: "tag:a", values: ["b"]),
        ] {
            let found = try await aws.ec2.describeClientVpnEndpoints(.init(filters: [filter])).clientVpnEndpoints
            #expect(found?.count == 1)
        }
        #expect(
            try await aws.ec2.describeClientVpnConnections(.init(clientVpnEndpointId: id)).connections?.isEmpty == true)
        #expect(try await aws.ec2.deleteClientVpnEndpoint(.init(clientVpnEndpointId: id)).status?.code == .deleting)
        aws.clock.advance(by: .minutes(5))
        let gone = try await self.shown(id)
        #expect(gone.status?.code == .deleted && gone.deletionTime != nil)
        await refused("InvalidClientVpnEndpointId.NotFound") {
            _ = try await aws.ec2.deleteClientVpnEndpoint(.init(clientVpnEndpointId: id))
        }
        aws.clock.advance(by: .hours(2))
        await refused("InvalidClientVpnEndpointId.NotFound") { _ = try await self.shown(id) }
        await refused("InvalidClientVpnEndpointId.Malformed") { _ = try await self.shown("cvpn-endpoint-x") }
    }

    @Test func targetNetworkMakesClientVpnEndpointAvailable() async throws {
        let id = try await endpoint(), vpc = try await aws.vpc()
        let first = try await subnet("10.0.1.0/24", in: vpc), second = try await subnet("10.0.2.0/24", in: vpc)
        let third = try await subnet("10.0.3.0/24", in: vpc, zone: "us-east-1b")
        let association = try await associate(first, with: id)
        #expect(association.hasPrefix("cvpn-assoc-0"))
        #expect(try await shown(id).status?.code == .pendingAssociate)
        aws.clock.advance(by: .minutes(10))
        let shown = try await shown(id)
        let group = try #require(
            try await aws.ec2.describeSecurityGroups(.init(filters: [.init(name: "vpc-id", values: [vpc])])).securityGroups?
                .first?.groupId)
        #expect(shown.status?.code == .available && shown.vpcId == vpc && shown.securityGroupIds == [group])
        #expect(shown.associatedTargetNetworks?.map(\.networkId) == [first])
        await refused("InvalidClientVpnDuplicateAssociationException") { _ = try await associate(first, with: id) }
        await refused("InvalidClientVpnSubnetId.DuplicateAz") { _ = try await associate(second, with: id) }
        let elsewhere = try await subnet("10.9.1.0/24", in: try await aws.vpc("10.9.0.0/16"))
        await refused("InvalidParameterValue") { _ = try await associate(elsewhere, with: id) }
        let overlapping = try await endpoint(Self.request("10.0.0.0/22"))
        await refused("InvalidClientVpnSubnetId.OverlappingCidr") { _ = try await associate(first, with: overlapping) }
        _ = try await associate(third, with: id)
        aws.clock.advance(by: .minutes(10))
        // The endpoint has an interface in the subnet, and a route to the VPC.
        let interfaces = try await aws.ec2.describeNetworkInterfaces(
            .init(filters: [.init(name: "subnet-id", values: [first])])
        ).networkInterfaces
        #expect(interfaces?.map(\.description) == ["ClientVPN Endpoint resource \(id)"])
        let routes = try await aws.ec2.describeClientVpnRoutes(
            .init(clientVpnEndpointId: id, filters: [.init(name: "target-subnet", values: [first])])
        ).routes
        #expect(routes?.first?.destinationCidr == "10.0.0.0/16" && routes?.first?.origin == "associate")
        #expect(routes?.first?.status?.code == .active && routes?.first?.type == "Nat")
        let networks = try await aws.ec2.describeClientVpnTargetNetworks(
            .init(clientVpnEndpointId: id, filters: [.init(name: "target-network-id", values: [first])])
        ).clientVpnTargetNetworks
        #expect(networks?.map(\.status?.code) == [.associated] && networks?.first?.securityGroups == [group])
        await refused("ClientVpnEndpointAssociationExists") {
            _ = try await aws.ec2.deleteClientVpnEndpoint(.init(clientVpnEndpointId: id))
        }
        let other = try await aws.group("vpn", vpc: vpc)
        _ = try await aws.ec2.applySecurityGroupsToClientVpnTargetNetwork(
            .init(clientVpnEndpointId: id, vpcId: vpc, securityGroupIds: [other]))
        #expect(
            try await aws.ec2.describeNetworkInterfaces(
                .init(filters: [.init(name: "group-id", values: [other])])
            ).networkInterfaces?.count == 2)
        for association in try await aws.ec2.describeClientVpnTargetNetworks(
            .init(clientVpnEndpointId: id)
        ).clientVpnTargetNetworks ?? [] {
            let leaving = try await aws.ec2.disassociateClientVpnTargetNetwork(
                .init(clientVpnEndpointId: id, associationId: association.associationId ?? ""))
            #expect(leaving.status?.code == .disassociating)
        }
        aws.clock.advance(by: .minutes(6))
        #expect(try await self.shown(id).status?.code == .pendingAssociate)
        #expect(try await aws.ec2.describeClientVpnRoutes(.init(clientVpnEndpointId: id)).routes?.isEmpty == true)
        #expect(
            try await aws.ec2.describeClientVpnTargetNetworks(
                .init(clientVpnEndpointId: id)
            ).clientVpnTargetNetworks?.map(\.status?.code) == [.disassociated, .disassociated])
        aws.clock.advance(by: .minutes(10))
        await refused("InvalidClientVpnAssociationIdNotFound") {
            _ = try await aws.ec2.disassociateClientVpnTargetNetwork(
                .init(clientVpnEndpointId: id, associationId: association))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: first))
        _ = try await aws.ec2.deleteClientVpnEndpoint(.init(clientVpnEndpointId: id))
    }

    @Test func clientVpnRouteNeedsAssociatedTargetSubnet() async throws {
        let id = try await endpoint(), subnet = try await subnet("10.0.1.0/24", in: try await aws.vpc())
        func create(_ cidr: String, by subnet: String?, token: String? = nil) async throws -> ClientVpnRouteStatusCode? {
            try await aws.ec2.createClientVpnRoute(
                .init(
                    clientVpnEndpointId: id, destinationCidrBlock: cidr, targetVpcSubnetId: subnet, description: "out",
                    clientToken: token)
            ).status?.code
        }
        await refused("InvalidClientVpnActiveAssociationNotFound") { _ = try await create("0.0.0.0/0", by: subnet) }
        _ = try await associate(subnet, with: id)
        aws.clock.advance(by: .minutes(10))
        #expect(try await create("0.0.0.0/0", by: subnet, token: "once") == .creating)
        #expect(try await create("0.0.0.0/0", by: subnet, token: "once") == .creating)
        await refused("InvalidClientVpnDuplicateRoute") { _ = try await create("0.0.0.0/0", by: subnet) }
        await refused("InvalidParameterValue") { _ = try await create("0.0.0.0", by: subnet) }
        await refused("MissingParameter") { _ = try await create("10.7.0.0/16", by: nil) }
        aws.clock.advance(by: .minutes(2))
        func routes(_ name: String, _ value: String) async throws -> [ClientVpnRoute] {
            try await aws.ec2.describeClientVpnRoutes(
                .init(clientVpnEndpointId: id, filters: [.init(name: name, values: [value])])
            ).routes ?? []
        }
        #expect(try await routes("origin", "add-route").map(\.status?.code) == [.active])
        #expect(try await routes("destination-cidr", "0.0.0.0/0").map(\.description) == ["out"])
        func delete(_ cidr: String) async throws {
            _ = try await aws.ec2.deleteClientVpnRoute(
                .init(clientVpnEndpointId: id, targetVpcSubnetId: subnet, destinationCidrBlock: cidr))
        }
        await refused("OperationNotPermitted") { try await delete("10.0.0.0/16") }
        try await delete("0.0.0.0/0")
        #expect(try await routes("origin", "add-route").map(\.status?.code) == [.deleting])
        aws.clock.advance(by: .minutes(2))
        await refused("InvalidClientVpnRouteNotFound") { try await delete("0.0.0.0/0") }
    }

    @Test func clientVpnAuthorizationRulesCoverOneGroupOrAll() async throws {
        let id = try await endpoint()
        func authorize(_ cidr: String, group: String? = nil, all: Bool? = nil) async throws {
            let status = try await aws.ec2.authorizeClientVpnIngress(
                .init(clientVpnEndpointId: id, targetNetworkCidr: cidr, accessGroupId: group, authorizeAllGroups: all))
            #expect(status.status?.code == .authorizing)
        }
        func revoke(_ cidr: String, group: String? = nil, all: Bool? = nil) async throws {
            let status = try await aws.ec2.revokeClientVpnIngress(
                .init(clientVpnEndpointId: id, targetNetworkCidr: cidr, accessGroupId: group, revokeAllGroups: all))
            #expect(status.status?.code == .revoking)
        }
        func rules(_ filters: Filter...) async throws -> [AuthorizationRule] {
            try await aws.ec2.describeClientVpnAuthorizationRules(
                .init(clientVpnEndpointId: id, filters: filters)
            ).authorizationRules ?? []
        }
        try await authorize("10.0.0.0/16", all: true)
        try await authorize("10.0.0.0/16", group: "S-1-2")
        await refused("InvalidClientVpnDuplicateAuthorizationRule") { try await authorize("10.0.0.0/16", all: true) }
        await refused("MissingParameter") { try await authorize("10.0.0.0/16") }
        await refused("InvalidParameterCombination") { try await authorize("10.0.0.0/16", group: "a", all: true) }
        await refused("InvalidParameterValue") { try await authorize("10.0.0.0", all: true) }
        aws.clock.advance(by: .minutes(2))
        #expect(try await rules().map(\.accessAll) == [true, false])
        let found = try await rules(.init(name: "group-id", values: ["S-1-2"]))
        #expect(found.map(\.status?.code) == [.active] && found.first?.destinationCidr == "10.0.0.0/16")
        await refused("InvalidClientVpnEndpointAuthorizationRuleNotFound") { try await revoke("10.1.0.0/16", all: true) }
        try await revoke("10.0.0.0/16", all: true)
        aws.clock.advance(by: .minutes(2))
        #expect(try await rules().map(\.groupId) == ["S-1-2"])
        // The rules are deleted with the endpoint.
        _ = try await aws.ec2.deleteClientVpnEndpoint(.init(clientVpnEndpointId: id))
        await refused("InvalidClientVpnEndpointId.NotFound") { _ = try await rules() }
    }

    @Test func modifyClientVpnEndpointChangesSettings() async throws {
        let id = try await endpoint(), vpc = try await aws.vpc(), group = try await aws.group("vpn", vpc: vpc)
        func change(_ change: (inout ModifyClientVpnEndpointRequest) -> Void) async throws {
            var request = ModifyClientVpnEndpointRequest(clientVpnEndpointId: id)
            change(&request)
            #expect(try await aws.ec2.modifyClientVpnEndpoint(request).return == true)
        }
        let function = "arn:aws:lambda:us-east-1:123456789012:function:AWSClientVPN-check"
        try await change {
            $0.description = "changed"
            $0.splitTunnel = true
            $0.vpnPort = 1194
            $0.sessionTimeoutHours = 8
            $0.vpcId = vpc
            $0.securityGroupIds = [group]
            $0.selfServicePortal = .disabled
            $0.dnsServers = .init(customDnsServers: ["10.0.0.2"], enabled: true)
            $0.clientLoginBannerOptions = .init(enabled: true, bannerText: "hello")
            $0.clientConnectOptions = .init(enabled: true, lambdaFunctionArn: function)
            $0.connectionLogOptions = .init(enabled: true, cloudwatchLogGroup: "vpn")
        }
        let shown = try await shown(id)
        #expect(shown.description == "changed" && shown.splitTunnel == true && shown.vpnPort == 1194)
        #expect(shown.sessionTimeoutHours == 8 && shown.vpcId == vpc && shown.securityGroupIds == [group])
        #expect(shown.selfServicePortalUrl == nil && shown.dnsServers == ["10.0.0.2"])
        #expect(shown.clientLoginBannerOptions?.bannerText == "hello")
        #expect(shown.clientConnectOptions?.status?.code == .applied)
        #expect(shown.connectionLogOptions?.cloudwatchLogStream?.hasPrefix("\(id)-us-east-1-2") == true)
        try await change { $0.dnsServers = .init(enabled: false) }
        let cleared = try await self.shown(id)
        #expect(cleared.dnsServers == nil && cleared.description == "changed")
        await refused("InvalidParameterValue") { try await change { $0.vpnPort = 80 } }
        await refused("InvalidParameterValue") { try await change { $0.sessionTimeoutHours = 9 } }
        await refused("InvalidParameterValue") {
            try await change {
                $0.clientConnectOptions = .init(
                    enabled: true, lambdaFunctionArn: function.replacing("AWSClientVPN-", with: ""))
            }
        }
        await refused("MissingParameter") { try await change { $0.connectionLogOptions = .init(enabled: true) } }
        await refused("NotSimulated") {
            try await change { $0.transitGatewayConfiguration = .init(transitGatewayId: "tgw-0123456789abcdef0") }
        }
    }

    @Test func invalidClientVpnEndpointsAreRejected() async throws {
        for cidr in ["10.0.0.0/23", "10.0.0.0/11", "10.0.0.0", "fd00::/16"] {
            await refused("InvalidParameterValue") { _ = try await endpoint(Self.request(cidr)) }
        }
        await refused("MissingParameter") { _ = try await endpoint(Self.request(nil)) }
        let mutual = Self.request().authenticationOptions[0]
        for options: [ClientVpnAuthenticationRequest] in [
            [mutual, mutual],
            [
                .init(
                    type: .federatedAuthentication,
                    federatedAuthentication: .init(samlProviderArn: "arn:aws:iam::123456789012:saml-provider/absent"))
            ],
            [.init(type: .directoryServiceAuthentication, activeDirectory: .init(directoryId: "directory"))],
            [.init(type: .certificateAuthentication, mutualAuthentication: .init(clientRootCertificateChainArn: "arn"))],
        ] {
            await refused("InvalidParameterValue") {
                _ = try await endpoint(Self.request { $0.authenticationOptions = options })
            }
        }
        await refused("MissingParameter") {
            _ = try await endpoint(Self.request { $0.authenticationOptions = [.init(type: .certificateAuthentication)] })
        }
        await refused("MissingParameter") { _ = try await endpoint(Self.request { $0.securityGroupIds = ["sg-1"] }) }
        await refused("NotSimulated") { _ = try await endpoint(Self.request { $0.trafficIpAddressType = .dualStack }) }
        let directory = Self.request {
            $0.authenticationOptions = [
                .init(type: .directoryServiceAuthentication, activeDirectory: .init(directoryId: "d-0123456789"))
            ]
        }
        _ = try await endpoint(directory)
        // AWS's default quota.
        for number in 1...4 { _ = try await endpoint(Self.request("172.1\(number).0.0/16")) }
        await refused("ClientVpnEndpointLimitExceeded") { _ = try await endpoint() }
    }
}
