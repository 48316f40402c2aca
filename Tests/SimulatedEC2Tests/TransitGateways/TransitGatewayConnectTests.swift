import DrydockTesting
import Testing

/// Assumed throughout: how long states last, and error messages that AWS's documentation doesn't have.
@Suite(.simulator(transitions: .aws)) struct TransitGatewayConnections {
    private let aws = AWS.current

    private struct Hub {
        let gateway, vpc, subnet, attachment: String
    }

    private func hub(_ options: TransitGatewayRequestOptions? = nil) async throws -> Hub {
        let gateway = try #require(
            try await aws.ec2.createTransitGateway(.init(options: options)).transitGateway?.transitGatewayId)
        aws.clock.advance(by: .minutes(5))
        let vpc = try await aws.vpc()
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1a", cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?
                .subnetId)
        let made = try await aws.ec2.createTransitGatewayVpcAttachment(
            .init(transitGatewayId: gateway, vpcId: vpc, subnetIds: [subnet]))
        aws.clock.advance(by: .minutes(5))
        return Hub(
            gateway: gateway, vpc: vpc, subnet: subnet,
            attachment: try #require(made.transitGatewayVpcAttachment?.transitGatewayAttachmentId))
    }

    // MARK: Connect

    private func connect(_ transport: String) async throws -> String {
        let made = try await aws.ec2.createTransitGatewayConnect(
            .init(transportTransitGatewayAttachmentId: transport, options: .init(protocol: .gre)))
        #expect(made.transitGatewayConnect?.state == .pending)
        aws.clock.advance(by: .minutes(5))
        return try #require(made.transitGatewayConnect?.transitGatewayAttachmentId)
    }

    @Test func transitGatewayConnectUsesVpcAttachmentAsTransport() async throws {
        let hub = try await hub(.init(transitGatewayCidrBlocks: ["10.200.0.0/24"]))
        let id = try await connect(hub.attachment)
        let found = try await aws.ec2.describeTransitGatewayConnects(
            .init(filters: [
                .init(name: "transport-transit-gateway-attachment-id", values: [hub.attachment]),
                .init(name: "options.protocol", values: ["gre"]), .init(name: "state", values: ["available"]),
            ])
        ).transitGatewayConnects
        #expect(found?.map(\.transitGatewayAttachmentId) == [id] && found?.first?.transitGatewayId == hub.gateway)
        let shown = try await aws.ec2.describeTransitGatewayAttachments(
            .init(filters: [.init(name: "resource-type", values: ["connect"])])
        ).transitGatewayAttachments?.first
        #expect(shown?.resourceId == hub.attachment && shown?.association?.state == .associated)
        await refused("InvalidTransitGatewayAttachmentID.NotFound") { _ = try await connect(id) }
        await refused("InvalidTransitGatewayAttachmentID.NotFound") {
            _ = try await connect("tgw-attach-0123456789abcdef0")
        }
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: hub.attachment))
        }
        #expect(
            try await aws.ec2.deleteTransitGatewayConnect(
                .init(transitGatewayAttachmentId: id)
            ).transitGatewayConnect?.state == .deleting)
        aws.clock.advance(by: .minutes(5))
        #expect(
            try await aws.ec2.describeTransitGatewayConnects().transitGatewayConnects?.map(\.state) == [.deleted])
        _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: hub.attachment))
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.ec2.describeTransitGatewayConnects().transitGatewayConnects?.isEmpty == true)
    }

    @Test func connectPeerHasOuterAndInsideAddresses() async throws {
        let hub = try await hub(.init(amazonSideAsn: 64600, transitGatewayCidrBlocks: ["10.200.0.0/24"]))
        let id = try await connect(hub.attachment)
        func peer(
            _ inside: [String], from address: String? = nil, to peer: String = "192.0.2.10", asn: Int? = nil
        ) async throws -> TransitGatewayConnectPeer {
            try #require(
                try await aws.ec2.createTransitGatewayConnectPeer(
                    .init(
                        transitGatewayAttachmentId: id, transitGatewayAddress: address, peerAddress: peer,
                        bgpOptions: asn.map { .init(peerAsn: $0) }, insideCidrBlocks: inside)
                ).transitGatewayConnectPeer)
        }
        let made = try await peer(["169.254.6.0/29"], asn: 65010)
        let name = made.transitGatewayConnectPeerId ?? ""
        #expect(name.hasPrefix("tgw-connect-peer-0") && made.state == .pending)
        let configuration = try #require(made.connectPeerConfiguration)
        // "The first available IP address from the transit gateway CIDR block."
        #expect(configuration.transitGatewayAddress == "10.200.0.1" && configuration.peerAddress == "192.0.2.10")
        #expect(configuration.bgpConfigurations?.map(\.peerAddress) == ["169.254.6.1", "169.254.6.1"])
        #expect(configuration.bgpConfigurations?.map(\.transitGatewayAddress) == ["169.254.6.2", "169.254.6.3"])
        #expect(configuration.bgpConfigurations?.first?.peerAsn == 65010)
        #expect(configuration.bgpConfigurations?.first?.transitGatewayAsn == 64600)
        #expect(configuration.bgpConfigurations?.first?.bgpStatus == .down)
        let second = try await peer(["169.254.7.0/29", "fd00::/125"], from: "10.200.0.9")
        #expect(second.connectPeerConfiguration?.transitGatewayAddress == "10.200.0.9")
        #expect(second.connectPeerConfiguration?.bgpConfigurations?.map(\.peerAsn) == [64600, 64600, 64600, 64600])
        for inside in [["169.254.6.0/29"], ["169.254.5.0/29"], ["169.254.8.0/30"], ["10.0.0.0/29"], ["x"]] {
            await refused("InvalidParameterValue") { _ = try await peer(inside) }
        }
        await refused("MissingParameter") { _ = try await peer(["fd00::8/125"]) }
        await refused("InvalidParameterValue") { _ = try await peer(["169.254.9.0/29"], from: "10.201.0.1") }
        await refused("InvalidParameterValue") { _ = try await peer(["169.254.9.0/29"], from: "10.200.0.9") }
        await refused("InvalidParameterValue") { _ = try await peer(["169.254.9.0/29"], to: "fd00::1") }
        await refused("InvalidParameterValue") { _ = try await peer(["169.254.9.0/29"], to: "peer") }
        await refused("InvalidParameterValue") { _ = try await peer(["169.254.9.0/29"], asn: 0) }
        _ = try await peer(["169.254.10.0/29"])
        _ = try await peer(["169.254.11.0/29"])
        await refused("TransitGatewayConnectPeerLimitExceeded") { _ = try await peer(["169.254.12.0/29"]) }
        aws.clock.advance(by: .minutes(5))
        let found = try await aws.ec2.describeTransitGatewayConnectPeers(
            .init(filters: [
                .init(name: "transit-gateway-connect-peer-id", values: [name]), .init(name: "state", values: ["available"]),
                .init(name: "transit-gateway-attachment-id", values: [id]),
            ])
        ).transitGatewayConnectPeers
        #expect(found?.count == 1)
        await refused("DependencyViolation") {
            _ = try await aws.ec2.deleteTransitGatewayConnect(.init(transitGatewayAttachmentId: id))
        }
        #expect(
            try await aws.ec2.deleteTransitGatewayConnectPeer(
                .init(transitGatewayConnectPeerId: name)
            ).transitGatewayConnectPeer?.state == .deleting)
        aws.clock.advance(by: .minutes(5))
        await refused("InvalidTransitGatewayConnectPeerID.NotFound") {
            _ = try await aws.ec2.deleteTransitGatewayConnectPeer(.init(transitGatewayConnectPeerId: name))
        }
        // Its addresses are free again.
        _ = try await peer(["169.254.6.0/29"])
    }

    @Test func connectPeerNeedsTransitGatewayCidrBlock() async throws {
        let id = try await connect(try await hub().attachment)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createTransitGatewayConnectPeer(
                .init(transitGatewayAttachmentId: id, peerAddress: "192.0.2.10", insideCidrBlocks: ["169.254.6.0/29"]))
        }
    }

    // MARK: Multicast

    private func domain(_ gateway: String, sources: Bool = true) async throws -> String {
        let made = try await aws.ec2.createTransitGatewayMulticastDomain(
            .init(transitGatewayId: gateway, options: .init(staticSourcesSupport: sources ? .enable : .disable))
        ).transitGatewayMulticastDomain
        #expect(made?.state == .pending)
        aws.clock.advance(by: .minutes(5))
        return try #require(made?.transitGatewayMulticastDomainId)
    }

    @Test func multicastDomainIsAssociatedWithSubnets() async throws {
        let hub = try await hub(.init(multicastSupport: .enable))
        let id = try await domain(hub.gateway), other = try await domain(hub.gateway)
        let shown = try await aws.ec2.describeTransitGatewayMulticastDomains(
            .init(filters: [.init(name: "transit-gateway-multicast-domain-id", values: [id])])
        ).transitGatewayMulticastDomains?.first
        // AWS's defaults, as in its examples.
        #expect(shown?.options?.igmpv2Support == .disable && shown?.options?.autoAcceptSharedAssociations == .disable)
        #expect(
            shown?.transitGatewayMulticastDomainArn
                == "arn:aws:ec2:us-east-1:123456789012:transit-gateway-multicast-domain/\(id)")
        #expect(shown?.ownerId == "123456789012" && shown?.state == .available)
        func associate(_ domain: String, _ subnet: String) async throws -> TransitGatewayMulticastDomainAssociations? {
            try await aws.ec2.associateTransitGatewayMulticastDomain(
                .init(
                    transitGatewayMulticastDomainId: domain, transitGatewayAttachmentId: hub.attachment, subnetIds: [subnet])
            ).associations
        }
        let made = try await associate(id, hub.subnet)
        #expect(made?.subnets?.map(\.state) == [.associating] && made?.resourceId == hub.vpc && made?.resourceType == .vpc)
        aws.clock.advance(by: .minutes(2))
        await refused("Resource.AlreadyAssociated") { _ = try await associate(other, hub.subnet) }
        let elsewhere = try #require(
            try await aws.ec2.createSubnet(
                .init(cidrBlock: "10.9.1.0/24", vpcId: try await aws.vpc("10.9.0.0/16"))
            ).subnet?.subnetId)
        await refused("InvalidParameterValue") { _ = try await associate(id, elsewhere) }
        let found = try await aws.ec2.getTransitGatewayMulticastDomainAssociations(
            .init(
                transitGatewayMulticastDomainId: id,
                filters: [.init(name: "subnet-id", values: [hub.subnet]), .init(name: "state", values: ["associated"])])
        ).multicastDomainAssociations
        #expect(found?.map(\.transitGatewayAttachmentId) == [hub.attachment])
        await refused("IncorrectState") {
            _ = try await aws.ec2.deleteTransitGatewayMulticastDomain(.init(transitGatewayMulticastDomainId: id))
        }
        func leave(_ subnet: String) async throws -> TransitGatewayMulticastDomainAssociations? {
            try await aws.ec2.disassociateTransitGatewayMulticastDomain(
                .init(transitGatewayMulticastDomainId: id, transitGatewayAttachmentId: hub.attachment, subnetIds: [subnet])
            ).associations
        }
        #expect(try await leave(hub.subnet)?.subnets?.map(\.state) == [.disassociating])
        aws.clock.advance(by: .minutes(2))
        await refused("InvalidTransitGatewayMulticastDomainAssociation.NotFound") { _ = try await leave(hub.subnet) }
        _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: hub.attachment))
        aws.clock.advance(by: .minutes(5))
        await refused("IncorrectState") { _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: hub.gateway)) }
        for id in [id, other] {
            _ = try await aws.ec2.deleteTransitGatewayMulticastDomain(.init(transitGatewayMulticastDomainId: id))
        }
        aws.clock.advance(by: .minutes(5))
        await refused("InvalidTransitGatewayMulticastDomainId.NotFound") {
            _ = try await aws.ec2.deleteTransitGatewayMulticastDomain(.init(transitGatewayMulticastDomainId: id))
        }
        _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: hub.gateway))
    }

    @Test func multicastGroupHasMembersAndSources() async throws {
        let hub = try await hub(.init(multicastSupport: .enable))
        let id = try await domain(hub.gateway)
        let interface = try #require(
            try await aws.ec2.createNetworkInterface(.init(subnetId: hub.subnet)).networkInterface?.networkInterfaceId)
        func join(_ group: String?) async throws -> TransitGatewayMulticastRegisteredGroupMembers? {
            try await aws.ec2.registerTransitGatewayMulticastGroupMembers(
                .init(transitGatewayMulticastDomainId: id, groupIpAddress: group, networkInterfaceIds: [interface])
            ).registeredMulticastGroupMembers
        }
        await refused("InvalidParameterValue") { _ = try await join("224.1.0.1") }
        _ = try await aws.ec2.associateTransitGatewayMulticastDomain(
            .init(
                transitGatewayMulticastDomainId: id, transitGatewayAttachmentId: hub.attachment, subnetIds: [hub.subnet]))
        aws.clock.advance(by: .minutes(2))
        #expect(try await join("224.1.0.1")?.registeredNetworkInterfaceIds == [interface])
        _ = try await join("ff3e::1")
        for group in ["224.0.0.1", "10.0.0.1", "group"] {
            await refused("InvalidParameterValue") { _ = try await join(group) }
        }
        await refused("MissingParameter") { _ = try await join(nil) }
        _ = try await aws.ec2.registerTransitGatewayMulticastGroupSources(
            .init(transitGatewayMulticastDomainId: id, groupIpAddress: "224.1.0.1", networkInterfaceIds: [interface]))
        func found(_ filters: Filter...) async throws -> [TransitGatewayMulticastGroup] {
            try await aws.ec2.searchTransitGatewayMulticastGroups(
                .init(transitGatewayMulticastDomainId: id, filters: filters)
            ).multicastGroups ?? []
        }
        #expect(try await found().count == 3)
        let member = try #require(
            try await found(
                .init(name: "group-ip-address", values: ["224.1.0.1"]), .init(name: "is-group-member", values: ["true"]),
                .init(name: "is-group-source", values: ["false"])
            ).first)
        #expect(member.networkInterfaceId == interface && member.memberType == .static && member.sourceType == nil)
        #expect(member.subnetId == hub.subnet && member.transitGatewayAttachmentId == hub.attachment)
        #expect(member.resourceId == hub.vpc && member.resourceType == .vpc)
        #expect(try await found(.init(name: "source-type", values: ["static"])).map(\.groupSource) == [true])
        func leave(_ group: String) async throws {
            _ = try await aws.ec2.deregisterTransitGatewayMulticastGroupMembers(
                .init(transitGatewayMulticastDomainId: id, groupIpAddress: group, networkInterfaceIds: [interface]))
        }
        try await leave("ff3e::1")
        await refused("TransitGatewayMulticastGroupMember.NotFound") { try await leave("ff3e::1") }
        let sources = DeregisterTransitGatewayMulticastGroupSourcesRequest(
            transitGatewayMulticastDomainId: id, groupIpAddress: "224.1.0.1", networkInterfaceIds: [interface])
        _ = try await aws.ec2.deregisterTransitGatewayMulticastGroupSources(sources)
        await refused("TransitGatewayMulticastGroupSource.NotFound") {
            _ = try await aws.ec2.deregisterTransitGatewayMulticastGroupSources(sources)
        }
        #expect(try await found().count == 1)
        // A deleted interface belongs to no group.
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: interface))
        #expect(try await found().isEmpty)
    }

    @Test func multicastDomainNeedsMulticastSupport() async throws {
        let hub = try await hub()
        await refused("InvalidParameterValue") { _ = try await domain(hub.gateway) }
        let gateway = try #require(
            try await aws.ec2.createTransitGateway(.init(options: .init(multicastSupport: .enable))).transitGateway?
                .transitGatewayId)
        aws.clock.advance(by: .minutes(5))
        let quiet = try await domain(gateway, sources: false)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.registerTransitGatewayMulticastGroupSources(
                .init(
                    transitGatewayMulticastDomainId: quiet, groupIpAddress: "224.1.0.1",
                    networkInterfaceIds: ["eni-0123456789abcdef0"]))
        }
    }

    // MARK: Policy tables

    @Test func policyTableAcceptsOnlyPeeringAttachments() async throws {
        let hub = try await hub()
        let other = try #require(try await aws.ec2.createTransitGateway().transitGateway?.transitGatewayId)
        let table = try #require(
            try await aws.ec2.createTransitGatewayPolicyTable(.init(transitGatewayId: hub.gateway)).transitGatewayPolicyTable)
        let id = try #require(table.transitGatewayPolicyTableId)
        #expect(id.hasPrefix("tgw-ptb-0") && table.state == .pending)
        aws.clock.advance(by: .minutes(5))
        let peering = try #require(
            try await aws.ec2.createTransitGatewayPeeringAttachment(
                .init(
                    transitGatewayId: hub.gateway, peerTransitGatewayId: other, peerAccountId: "123456789012",
                    peerRegion: "us-east-1")
            ).transitGatewayPeeringAttachment)
        aws.clock.advance(by: .minutes(1))
        let ends = try await aws.ec2.describeTransitGatewayPeeringAttachments().transitGatewayPeeringAttachments ?? []
        let accepter = try #require(ends.map(\.transitGatewayAttachmentId).last ?? nil)
        _ = try await aws.ec2.acceptTransitGatewayPeeringAttachment(.init(transitGatewayAttachmentId: accepter))
        aws.clock.advance(by: .minutes(5))
        let attachment = peering.transitGatewayAttachmentId ?? ""
        func associate(_ attachment: String) async throws -> TransitGatewayPolicyTableAssociation? {
            try await aws.ec2.associateTransitGatewayPolicyTable(
                .init(transitGatewayPolicyTableId: id, transitGatewayAttachmentId: attachment)
            ).association
        }
        await refused("InvalidTransitGatewayAttachmentID.NotFound") { _ = try await associate(hub.attachment) }
        #expect(try await associate(attachment)?.state == .associating)
        await refused("Resource.AlreadyAssociated") { _ = try await associate(attachment) }
        aws.clock.advance(by: .minutes(1))
        func filtered(_ name: String, _ value: String) async throws -> [TransitGatewayPolicyTableAssociation]? {
            try await aws.ec2.getTransitGatewayPolicyTableAssociations(
                .init(transitGatewayPolicyTableId: id, filters: [.init(name: name, values: [value])])
            ).associations
        }
        // Terraform's provider uses this filter.
        let found = try await filtered("transit-gateway-attachment-id", attachment)
        #expect(try await filtered("transit-gateway-attachment-id", hub.attachment)?.isEmpty == true)
        // Assumed: the same filters as for the associations of route tables.
        #expect(try await filtered("state", "associated")?.count == 1)
        #expect(try await filtered("resource-type", "vpc")?.isEmpty == true)
        #expect(found?.map(\.state) == [.associated] && found?.first?.resourceType == .peering)
        await refused("IncorrectState") {
            _ = try await aws.ec2.deleteTransitGatewayPolicyTable(.init(transitGatewayPolicyTableId: id))
        }
        func leave() async throws {
            _ = try await aws.ec2.disassociateTransitGatewayPolicyTable(
                .init(transitGatewayPolicyTableId: id, transitGatewayAttachmentId: attachment))
        }
        try await leave()
        aws.clock.advance(by: .minutes(1))
        await refused("InvalidTransitGatewayPolicyTableAssociation.NotFound") { try await leave() }
        #expect(
            try await aws.ec2.deleteTransitGatewayPolicyTable(
                .init(transitGatewayPolicyTableId: id)
            ).transitGatewayPolicyTable?.state == .deleting)
        aws.clock.advance(by: .minutes(5))
        // Terraform's provider waits for this error.
        await refused("InvalidTransitGatewayPolicyTableId.NotFound") {
            _ = try await aws.ec2.describeTransitGatewayPolicyTables(.init(transitGatewayPolicyTableIds: [id]))
        }
    }
}
