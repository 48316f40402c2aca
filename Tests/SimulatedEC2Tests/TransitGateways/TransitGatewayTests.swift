import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Assumed throughout: how long states last and how long deleted gateways are shown (AWS documents no durations); the error codes
/// of quotas; error messages that no user has reported. Also assumed: an accepter in the requester's account and region has its
/// own attachment id.
@Suite(.simulator(transitions: .aws)) struct TransitGateways {
    private let aws = AWS.current

    private func gateway(_ options: TransitGatewayRequestOptions? = nil) async throws -> TransitGateway {
        let made = try #require(
            try await aws.ec2.createTransitGateway(.init(description: "hub", options: options)).transitGateway)
        aws.clock.advance(by: .minutes(5))
        return made
    }

    private func subnet(_ cidr: String, in vpc: String, zone: String = "us-east-1a") async throws -> String {
        try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: zone, cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
    }

    private func attach(_ vpc: String, _ subnets: [String], to gateway: String) async throws -> String {
        let made = try await aws.ec2.createTransitGatewayVpcAttachment(
            .init(transitGatewayId: gateway, vpcId: vpc, subnetIds: subnets)
        ).transitGatewayVpcAttachment
        #expect(made?.state == .pending)
        aws.clock.advance(by: .minutes(5))
        return try #require(made?.transitGatewayAttachmentId)
    }

    private func routes(_ table: String, _ filters: Filter...) async throws -> [TransitGatewayRoute] {
        try await aws.ec2.searchTransitGatewayRoutes(.init(transitGatewayRouteTableId: table, filters: filters)).routes ?? []
    }

    private let everything = Filter(name: "state", values: ["active", "blackhole"])

    @Test func transitGatewayStateChangesWithClock() async throws {
        let tags = [TagSpecification(resourceType: "transit-gateway", tags: [Tag(key: "Name", value: "hub")])]
        let made = try #require(
            try await aws.ec2.createTransitGateway(.init(description: "hub", tagSpecifications: tags)).transitGateway)
        let id = try #require(made.transitGatewayId)
        #expect(id.wholeMatch(of: /tgw-0[0-9a-f]{16}/) != nil && made.state == .pending)
        #expect(made.transitGatewayArn == "arn:aws:ec2:us-east-1:123456789012:transit-gateway/\(id)")
        // AWS's defaults, as recorded.
        let options = try #require(made.options)
        #expect(options.amazonSideAsn == 64512 && options.autoAcceptSharedAttachments == .disable)
        #expect(options.defaultRouteTableAssociation == .enable && options.vpnEcmpSupport == .enable)
        #expect(options.multicastSupport == .disable && options.securityGroupReferencingSupport == .disable)
        #expect(options.associationDefaultRouteTableId == options.propagationDefaultRouteTableId)
        await refused("IncorrectState", "\(id) is in invalid state") {
            _ = try await aws.ec2.createTransitGatewayRouteTable(.init(transitGatewayId: id))
        }
        aws.clock.advance(by: .minutes(5))
        let found = try await aws.ec2.describeTransitGateways(
            .init(filters: [
                Filter(name: "options.amazon-side-asn", values: ["64512"]), Filter(name: "tag:Name", values: ["hub"]),
            ])
        ).transitGateways
        #expect(found?.map(\.state) == [.available])
        let table = try await aws.ec2.describeTransitGatewayRouteTables().transitGatewayRouteTables?.first
        #expect(table?.defaultAssociationRouteTable == true && table?.state == .available)
        await refused("IncorrectState") {
            _ = try await aws.ec2.deleteTransitGatewayRouteTable(
                .init(transitGatewayRouteTableId: table?.transitGatewayRouteTableId ?? ""))
        }
        let deleted = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: id)).transitGateway
        #expect(deleted?.state == .deleting)
        aws.clock.advance(by: .minutes(5))
        #expect(try await aws.ec2.describeTransitGateways().transitGateways?.map(\.state) == [.deleted])
        #expect(try await aws.ec2.describeTransitGatewayRouteTables().transitGatewayRouteTables?.isEmpty == true)
        await refused("InvalidTransitGatewayID.NotFound", "Transit Gateway \(id) was deleted or does not exist.") {
            _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: id))
        }
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.ec2.describeTransitGateways().transitGateways?.isEmpty == true)
        await refused("InvalidTransitGatewayID.Malformed") {
            _ = try await aws.ec2.describeTransitGateways(.init(transitGatewayIds: ["tgw-x"]))
        }
    }

    @Test(arguments: [
        TransitGatewayRequestOptions(amazonSideAsn: 65535), .init(transitGatewayCidrBlocks: ["10.0.0.0/25"]),
        .init(transitGatewayCidrBlocks: ["169.254.0.0/16"]), .init(transitGatewayCidrBlocks: ["fd00::/65"]),
    ]) func invalidTransitGatewayOptionsAreRejected(options: TransitGatewayRequestOptions) async throws {
        await refused("InvalidParameterValue") { _ = try await gateway(options) }
    }

    @Test func modifyTransitGatewayChangesOptions() async throws {
        let made = try await gateway(.init(transitGatewayCidrBlocks: ["10.0.0.0/24"]))
        let id = made.transitGatewayId ?? ""
        let changed = try await aws.ec2.modifyTransitGateway(
            .init(
                transitGatewayId: id, description: "other",
                options: .init(
                    addTransitGatewayCidrBlocks: ["10.1.0.0/24"], removeTransitGatewayCidrBlocks: ["10.0.0.0/24"],
                    vpnEcmpSupport: .disable, defaultRouteTableAssociation: .disable))
        ).transitGateway
        #expect(changed?.state == .modifying && changed?.description == "other")
        #expect(changed?.options?.transitGatewayCidrBlocks == ["10.1.0.0/24"])
        #expect(changed?.options?.associationDefaultRouteTableId == nil)
        let table = try await aws.ec2.describeTransitGatewayRouteTables().transitGatewayRouteTables?.first
        #expect(table?.defaultAssociationRouteTable == false && table?.defaultPropagationRouteTable == true)
        aws.clock.advance(by: .minutes(5))
        #expect(try await aws.ec2.describeTransitGateways().transitGateways?.first?.state == .available)
    }

    @Test func transitGatewayVpcAttachmentIsCreatedAndDeleted() async throws {
        let made = try await gateway()
        let id = made.transitGatewayId ?? "", table = made.options?.associationDefaultRouteTableId ?? ""
        let vpc = try await aws.vpc()
        let a = try await subnet("10.0.1.0/24", in: vpc), a2 = try await subnet("10.0.2.0/24", in: vpc)
        let b = try await subnet("10.0.3.0/24", in: vpc, zone: "us-east-1b")
        await refused("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ") {
            _ = try await attach(vpc, [a, a2], to: id)
        }
        let attachment = try await attach(vpc, [a], to: id)
        await refused("DuplicateTransitGatewayAttachment") { _ = try await attach(vpc, [b], to: id) }
        let shown = try #require(
            try await aws.ec2.describeTransitGatewayAttachments(
                .init(filters: [Filter(name: "association.transit-gateway-route-table-id", values: [table])])
            ).transitGatewayAttachments?.first)
        #expect(shown.resourceType == .vpc && shown.resourceId == vpc && shown.association?.state == .associated)
        // The gateway has an interface in the subnet.
        let interface = try await aws.ec2.describeNetworkInterfaces(.init()).networkInterfaces?.first
        #expect(interface?.interfaceType?.rawValue == "transit_gateway" && interface?.subnetId == a)
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: vpc)) }
        await refused("IncorrectState", "\(id) has non-deleted Transit Gateway Attachments: \(attachment).") {
            _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: id))
        }
        let changed = try await aws.ec2.modifyTransitGatewayVpcAttachment(
            .init(
                transitGatewayAttachmentId: attachment, addSubnetIds: [b], removeSubnetIds: [a],
                options: .init(applianceModeSupport: .enable))
        ).transitGatewayVpcAttachment
        #expect(changed?.state == .modifying && changed?.subnetIds == [b] && changed?.options?.applianceModeSupport == .enable)
        aws.clock.advance(by: .minutes(5))
        await refused("IncorrectState") {
            _ = try await aws.ec2.acceptTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: attachment))
        }
        let propagated = try #require(try await routes(table, everything).first)
        #expect(propagated.destinationCidrBlock == "10.0.0.0/16" && propagated.type == .propagated)
        #expect(propagated.transitGatewayAttachments?.first?.resourceId == vpc)
        _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: attachment))
        aws.clock.advance(by: .minutes(5))
        #expect(
            try await aws.ec2.describeTransitGatewayVpcAttachments().transitGatewayVpcAttachments?.map(\.state) == [.deleted])
        #expect(try await routes(table, everything).isEmpty)
        #expect(try await aws.ec2.describeNetworkInterfaces(.init()).networkInterfaces?.isEmpty == true)
        _ = try await aws.ec2.deleteTransitGateway(.init(transitGatewayId: id))
        await refused("InvalidTransitGatewayAttachmentID.NotFound") {
            _ = try await aws.ec2.deleteTransitGatewayVpcAttachment(.init(transitGatewayAttachmentId: attachment))
        }
        aws.clock.advance(by: .hours(2))
        #expect(
            try await aws.ec2.describeTransitGatewayVpcAttachments().transitGatewayVpcAttachments?.isEmpty == true)
    }

    @Test func transitGatewayRouteTableIsAssociatedAndPropagated() async throws {
        let made = try await gateway(
            .init(defaultRouteTableAssociation: .disable, defaultRouteTablePropagation: .disable))
        let id = made.transitGatewayId ?? "", vpc = try await aws.vpc()
        #expect(made.options?.associationDefaultRouteTableId == nil)
        let attachment = try await attach(vpc, [try await subnet("10.0.1.0/24", in: vpc)], to: id)
        func table() async throws -> String {
            let made = try await aws.ec2.createTransitGatewayRouteTable(.init(transitGatewayId: id)).transitGatewayRouteTable
            aws.clock.advance(by: .minutes(1))
            return try #require(made?.transitGatewayRouteTableId)
        }
        let first = try await table(), second = try await table()
        let association = try await aws.ec2.associateTransitGatewayRouteTable(
            .init(transitGatewayRouteTableId: first, transitGatewayAttachmentId: attachment)
        ).association
        #expect(association?.state == .associating && association?.resourceId == vpc)
        await refused(
            "Resource.AlreadyAssociated",
            "Transit Gateway Attachment \(attachment) is already associated to a route table."
        ) {
            _ = try await aws.ec2.associateTransitGatewayRouteTable(
                .init(transitGatewayRouteTableId: second, transitGatewayAttachmentId: attachment))
        }
        aws.clock.advance(by: .minutes(1))
        let associations = try await aws.ec2.getTransitGatewayRouteTableAssociations(
            .init(transitGatewayRouteTableId: first, filters: [Filter(name: "resource-id", values: [vpc])])
        ).associations
        #expect(associations?.map(\.state) == [.associated])
        await refused("IncorrectState") {
            _ = try await aws.ec2.deleteTransitGatewayRouteTable(.init(transitGatewayRouteTableId: first))
        }
        let propagation = try await aws.ec2.enableTransitGatewayRouteTablePropagation(
            .init(transitGatewayRouteTableId: second, transitGatewayAttachmentId: attachment)
        ).propagation
        #expect(propagation?.state == .enabling)
        aws.clock.advance(by: .minutes(1))
        #expect(
            try await aws.ec2.getTransitGatewayAttachmentPropagations(
                .init(transitGatewayAttachmentId: attachment)
            ).transitGatewayAttachmentPropagations?.map(\.transitGatewayRouteTableId) == [second])
        #expect(try await routes(second, everything).count == 1)
        await refused("TransitGatewayRouteTablePropagation.Duplicate") {
            _ = try await aws.ec2.enableTransitGatewayRouteTablePropagation(
                .init(transitGatewayRouteTableId: second, transitGatewayAttachmentId: attachment))
        }
        _ = try await aws.ec2.disableTransitGatewayRouteTablePropagation(
            .init(transitGatewayRouteTableId: second, transitGatewayAttachmentId: attachment))
        _ = try await aws.ec2.disassociateTransitGatewayRouteTable(
            .init(transitGatewayRouteTableId: first, transitGatewayAttachmentId: attachment))
        aws.clock.advance(by: .minutes(1))
        #expect(try await routes(second, everything).isEmpty)
        await refused("TransitGatewayRouteTablePropagation.NotFound") {
            _ = try await aws.ec2.disableTransitGatewayRouteTablePropagation(
                .init(transitGatewayRouteTableId: second, transitGatewayAttachmentId: attachment))
        }
        _ = try await aws.ec2.deleteTransitGatewayRouteTable(.init(transitGatewayRouteTableId: first))
    }

    @Test func transitGatewayRoutesAreStaticOrFromPrefixLists() async throws {
        let made = try await gateway()
        let id = made.transitGatewayId ?? "", table = made.options?.associationDefaultRouteTableId ?? ""
        let vpc = try await aws.vpc()
        let attachment = try await attach(vpc, [try await subnet("10.0.1.0/24", in: vpc)], to: id)
        func create(_ cidr: String, to attachment: String? = nil, blackhole: Bool? = nil) async throws {
            _ = try await aws.ec2.createTransitGatewayRoute(
                .init(
                    destinationCidrBlock: cidr, transitGatewayRouteTableId: table, transitGatewayAttachmentId: attachment,
                    blackhole: blackhole))
        }
        try await create("0.0.0.0/0", to: attachment)
        try await create("10.0.5.0/24", blackhole: true)
        await refused("RouteAlreadyExists") { try await create("0.0.0.0/0", blackhole: true) }
        await refused("InvalidParameterValue") { try await create("10.0.0.0", blackhole: true) }
        await refused("MissingParameter") { try await create("10.7.0.0/16") }
        await refused("InvalidParameterCombination") { try await create("10.7.0.0/16", to: attachment, blackhole: true) }
        func found(_ name: String, _ value: String) async throws -> [String?] {
            try await routes(table, Filter(name: name, values: [value])).map(\.destinationCidrBlock)
        }
        #expect(try await found("type", "static") == ["0.0.0.0/0", "10.0.5.0/24"])
        #expect(try await found("state", "blackhole") == ["10.0.5.0/24"])
        #expect(try await found("route-search.exact-match", "10.0.0.0/16") == ["10.0.0.0/16"])
        #expect(try await found("route-search.longest-prefix-match", "10.0.5.9") == ["10.0.5.0/24"])
        #expect(try await found("route-search.subnet-of-match", "10.0.0.0/8") == ["10.0.0.0/16", "10.0.5.0/24"])
        #expect(try await found("route-search.supernet-of-match", "10.0.5.0/24").count == 3)
        #expect(try await found("attachment.resource-id", vpc).count == 2)
        await refused("InvalidParameterValue", "The filter 'route-search.x' is invalid") {
            _ = try await found("route-search.x", "10.0.0.0/8")
        }
        let part = try await aws.ec2.searchTransitGatewayRoutes(
            .init(transitGatewayRouteTableId: table, filters: [everything], maxResults: 5))
        #expect(part.additionalRoutesAvailable == false)
        _ = try await aws.ec2.replaceTransitGatewayRoute(
            .init(
                destinationCidrBlock: "10.0.5.0/24", transitGatewayRouteTableId: table, transitGatewayAttachmentId: attachment))
        #expect(try await found("state", "blackhole").isEmpty)
        let deleted = try await aws.ec2.deleteTransitGatewayRoute(
            .init(transitGatewayRouteTableId: table, destinationCidrBlock: "10.0.5.0/24")
        ).route
        #expect(deleted?.state == .deleted)
        await refused("InvalidRoute.NotFound") {
            _ = try await aws.ec2.deleteTransitGatewayRoute(
                .init(transitGatewayRouteTableId: table, destinationCidrBlock: "10.0.5.0/24"))
        }

        let list = try #require(
            try await aws.ec2.createManagedPrefixList(
                .init(
                    prefixListName: "far", entries: [AddPrefixListEntry(cidr: "10.8.0.0/16")], maxEntries: 2,
                    addressFamily: "IPv4")
            ).prefixList?.prefixListId)
        aws.clock.advance(by: .minutes(1))
        let reference = try await aws.ec2.createTransitGatewayPrefixListReference(
            .init(transitGatewayRouteTableId: table, prefixListId: list, blackhole: true)
        ).transitGatewayPrefixListReference
        #expect(reference?.state == .pending && reference?.blackhole == true && reference?.prefixListOwnerId == "123456789012")
        #expect(try await found("prefix-list-id", list) == ["10.8.0.0/16"])
        await refused("DependencyViolation") { _ = try await aws.ec2.deleteManagedPrefixList(.init(prefixListId: list)) }
        let changed = try await aws.ec2.modifyTransitGatewayPrefixListReference(
            .init(transitGatewayRouteTableId: table, prefixListId: list, transitGatewayAttachmentId: attachment)
        ).transitGatewayPrefixListReference
        #expect(changed?.blackhole == false && changed?.transitGatewayAttachment?.resourceId == vpc)
        aws.clock.advance(by: .minutes(1))
        let found2 = try await aws.ec2.getTransitGatewayPrefixListReferences(
            .init(transitGatewayRouteTableId: table, filters: [Filter(name: "attachment.resource-id", values: [vpc])])
        ).transitGatewayPrefixListReferences
        #expect(found2?.map(\.state) == [.available])
        _ = try await aws.ec2.deleteTransitGatewayPrefixListReference(
            .init(transitGatewayRouteTableId: table, prefixListId: list))
        aws.clock.advance(by: .minutes(1))
        #expect(try await found("prefix-list-id", list).isEmpty)
    }

    /// Both ends have an attachment: with the same id in another region, with different ids in the same region (assumed).
    @Test(arguments: ["us-east-1", "eu-west-1"]) func transitGatewaysArePeered(region: String) async throws {
        let own = try await gateway(),
            there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: region).ec2
        let id = own.transitGatewayId ?? ""
        let peer = try #require(try await there.createTransitGateway(.init()).transitGateway?.transitGatewayId)
        aws.clock.advance(by: .minutes(5))
        func create(_ peer: String) async throws -> TransitGatewayPeeringAttachment {
            try #require(
                try await aws.ec2.createTransitGatewayPeeringAttachment(
                    .init(transitGatewayId: id, peerTransitGatewayId: peer, peerAccountId: "123456789012", peerRegion: region)
                ).transitGatewayPeeringAttachment)
        }
        let made = try await create(peer)
        #expect(made.state == .initiatingRequest && made.requesterTgwInfo?.transitGatewayId == id)
        aws.clock.advance(by: .minutes(1))
        await refused("DuplicateTransitGatewayAttachment") { _ = try await create(peer) }
        let attachment = made.transitGatewayAttachmentId ?? ""
        let far = made.accepterTransitGatewayAttachmentId ?? attachment
        if region != "us-east-1" {
            await refused("OperationNotPermitted") {
                _ = try await aws.ec2.acceptTransitGatewayPeeringAttachment(.init(transitGatewayAttachmentId: attachment))
            }
        }
        _ = try await there.acceptTransitGatewayPeeringAttachment(.init(transitGatewayAttachmentId: far))
        aws.clock.advance(by: .minutes(5))
        for client in [aws.ec2, there] {
            let shown = try await client.describeTransitGatewayPeeringAttachments(
                .init(filters: [Filter(name: "state", values: ["available"])])
            ).transitGatewayPeeringAttachments
            #expect(shown?.count == (region == "us-east-1" ? 2 : 1))
            // Assumed: the filter matches the gateway of either end.
            for (gateway, count) in [(id, shown?.count), (peer, shown?.count), ("tgw-0123456789abcdef0", 0)] {
                let found = try await client.describeTransitGatewayPeeringAttachments(
                    .init(filters: [Filter(name: "transit-gateway-id", values: [gateway])])
                ).transitGatewayPeeringAttachments
                #expect(found?.count == count, "\(gateway)")
            }
        }
        // Routes to another gateway's networks are static only.
        let table = own.options?.associationDefaultRouteTableId ?? ""
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.enableTransitGatewayRouteTablePropagation(
                .init(transitGatewayRouteTableId: table, transitGatewayAttachmentId: attachment))
        }
        _ = try await aws.ec2.deleteTransitGatewayPeeringAttachment(.init(transitGatewayAttachmentId: attachment))
        aws.clock.advance(by: .minutes(5))
        #expect(
            try await there.describeTransitGatewayPeeringAttachments().transitGatewayPeeringAttachments?
                .allSatisfy { $0.state == .deleted } == true)
        let lost = try await create("tgw-00000000000000001")
        aws.clock.advance(by: .minutes(1))
        let failed = try await aws.ec2.describeTransitGatewayPeeringAttachments(
            .init(transitGatewayAttachmentIds: [lost.transitGatewayAttachmentId ?? ""])
        ).transitGatewayPeeringAttachments?.first
        #expect(failed?.state == .failed && failed?.status?.code == "failed")
    }
}
