import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator(transitions: .aws)) struct CidrBlocks {
    private let aws = AWS.current

    private func shown(_ id: String) async throws -> Vpc {
        try #require(try await aws.ec2.describeVpcs(.init(vpcIds: [id])).vpcs?.first)
    }

    private func subnet(_ id: String) async throws -> Subnet {
        try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [id])).subnets?.first)
    }

    private func mainRoutes(of vpc: String) async throws -> [Route] {
        let filters = [Filter(name: "vpc-id", values: [vpc])]
        return try await aws.ec2.describeRouteTables(.init(filters: filters)).routeTables?.first?.routes ?? []
    }

    @Test func vpcCidrBlockIsAssociatedAndDisassociated() async throws {
        let vpc = try await aws.vpc()
        let made = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "10.2.0.0/16", vpcId: vpc))
        let id = try #require(made.cidrBlockAssociation?.associationId)
        #expect(id.hasPrefix("vpc-cidr-assoc-0") && made.cidrBlockAssociation?.cidrBlockState?.state == .associating)
        #expect(try await shown(vpc).cidrBlockAssociationSet?.map(\.cidrBlockState?.state) == [.associated, .associating])
        aws.clock.advance(by: .seconds(10))
        #expect(try await shown(vpc).cidrBlockAssociationSet?.map(\.cidrBlockState?.state) == [.associated, .associated])
        #expect(try await mainRoutes(of: vpc).map(\.destinationCidrBlock) == ["10.0.0.0/16", "10.2.0.0/16"])
        let made2 = try await aws.ec2.createSubnet(.init(cidrBlock: "10.2.1.0/24", vpcId: vpc)).subnet?.subnetId
        await refused("InvalidCidrBlock.InUse") {
            _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: id))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: made2 ?? ""))
        let left = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: id))
        #expect(left.cidrBlockAssociation?.cidrBlockState?.state == .disassociating)
        #expect(try await mainRoutes(of: vpc).count == 1)
        aws.clock.advance(by: .seconds(10))
        #expect(try await shown(vpc).cidrBlockAssociationSet?.count == 1)
        await refused(
            "InvalidVpcCidrBlockAssociationID.NotFound", "The vpc CIDR block association ID '\(id)' does not exist"
        ) { _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: id)) }
        let primary = try #require(try await shown(vpc).cidrBlockAssociationSet?.first?.associationId)
        await refused(
            "OperationNotPermitted",
            "The vpc CIDR block with association ID \(primary) may not be disassociated. It is the primary IPv4 CIDR block of the VPC"
        ) { _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: primary)) }
    }

    /// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions
    @Test(arguments: [
        ("10.0.0.0/16", "10.1.0.0/16", true), ("10.0.0.0/16", "10.0.1.0/24", false), ("10.1.0.0/16", "10.0.0.0/24", false),
        ("10.2.0.0/16", "10.0.0.0/24", true), ("10.0.0.0/16", "172.16.0.0/16", false),
        ("10.0.0.0/16", "192.168.0.0/24", false), ("10.0.0.0/16", "100.64.0.0/16", true),
        ("10.0.0.0/16", "198.19.0.0/24", false), ("172.16.0.0/16", "172.17.0.0/16", true),
        ("172.16.0.0/16", "172.31.0.0/24", false), ("172.16.0.0/16", "10.0.0.0/16", false),
        ("192.168.0.0/20", "192.168.128.0/20", true), ("192.168.0.0/20", "172.16.0.0/24", false),
        ("100.64.0.0/16", "10.0.0.0/16", false), ("100.64.0.0/16", "100.65.0.0/16", true),
        ("10.0.0.0/16", "10.3.0.0/29", false),
        ("10.0.0.0/16", "9.0.0.0/8", false),
    ]) func associateVpcCidrBlockRejectsRestrictedRanges(first: String, second: String, isAllowed: Bool) async throws {
        let vpc = try await aws.vpc(first)
        let refusal = await refusal { try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: second, vpcId: vpc)) }
        #expect(refusal?.code == (isAllowed ? nil : "InvalidVpc.Range"))
    }

    @Test func invalidVpcCidrBlockAssociationsAreRejected() async throws {
        let vpc = try await aws.vpc()
        for index in 1...4 { _ = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "10.\(index).0.0/16", vpcId: vpc)) }
        await refused("CidrLimitExceeded") {
            _ = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "10.5.0.0/16", vpcId: vpc))
        }
        await refused("MissingParameter") { _ = try await aws.ec2.associateVpcCidrBlock(.init(vpcId: vpc)) }
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.associateVpcCidrBlock(
                .init(cidrBlock: "10.5.0.0/16", vpcId: vpc, amazonProvidedIpv6CidrBlock: true))
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "x", vpcId: vpc))
        }
        await refused("InvalidIpamPoolId.NotFound") {
            _ = try await aws.ec2.associateVpcCidrBlock(.init(ipv4IpamPoolId: "ipam-pool-0123456789abcdef0", vpcId: vpc))
        }
        await refused("InvalidVpcCidrBlockAssociationID.Malformed") {
            _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: "vpc-cidr-assoc"))
        }
    }

    // MARK: IPv6

    @Test func amazonProvidedIPv6BlockServesVpcAndSubnets() async throws {
        let made = try #require(
            try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16", amazonProvidedIpv6CidrBlock: true)).vpc)
        let vpc = try #require(made.vpcId)
        #expect(made.ipv6CidrBlockAssociationSet?.first?.ipv6CidrBlockState?.state == .associating)
        aws.clock.advance(by: .seconds(10))
        let association = try #require(try await shown(vpc).ipv6CidrBlockAssociationSet?.first)
        let block = try #require(association.ipv6CidrBlock.flatMap { IPv6Block($0) })
        #expect(block.prefix == 56 && IPv6Block("2600:1f18::/33")?.contains(block) == true)
        #expect(association.ipv6CidrBlockState?.state == .associated && association.ipv6Pool == "Amazon")
        #expect(association.networkBorderGroup == "us-east-1")
        #expect(try await mainRoutes(of: vpc).map(\.destinationIpv6CidrBlock) == [nil, block.description])

        let first = IPv6Block(base: block.base, prefix: 64), second = IPv6Block(base: block.base | 1 << 64, prefix: 64)
        let created = try #require(
            try await aws.ec2.createSubnet(
                .init(cidrBlock: "10.0.1.0/24", ipv6CidrBlock: first.description, vpcId: vpc)
            ).subnet)
        #expect(created.ipv6CidrBlockAssociationSet?.first?.ipv6CidrBlock == first.description)
        let other = try #require(
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.2.0/24", vpcId: vpc)).subnet?.subnetId)
        await refused("InvalidSubnet.Conflict") {
            _ = try await aws.ec2.associateSubnetCidrBlock(.init(subnetId: other, ipv6CidrBlock: first.description))
        }
        await refused("InvalidSubnet.Range", "The CIDR '2001:db8::/64' is invalid.") {
            _ = try await aws.ec2.associateSubnetCidrBlock(.init(subnetId: other, ipv6CidrBlock: "2001:db8::/64"))
        }
        for (name, request) in [
            (
                "assign-ipv6-address-on-creation",
                ModifySubnetAttributeRequest(assignIpv6AddressOnCreation: .init(value: true), subnetId: other)
            ), ("enable-dns64", ModifySubnetAttributeRequest(subnetId: other, enableDns64: .init(value: true))),
            (
                "enable-resource-name-dns-aaaa-record-on-launch",
                ModifySubnetAttributeRequest(
                    subnetId: other, enableResourceNameDnsAAAARecordOnLaunch: .init(value: true))
            ),
        ] {
            await refused(
                "InvalidParameterValue",
                "Invalid value 'true' for \(name). Cannot set \(name) to true unless the subnet (\(other)) has an IPv6 CIDR block associated with it."
            ) { try await aws.ec2.modifySubnetAttribute(request) }
        }
        let associated = try await aws.ec2.associateSubnetCidrBlock(
            .init(subnetId: other, ipv6CidrBlock: second.description))
        let id = try #require(associated.ipv6CidrBlockAssociation?.associationId)
        #expect(associated.ipv6CidrBlockAssociation?.ipv6CidrBlockState?.state == .associating)
        try await aws.ec2.modifySubnetAttribute(
            .init(assignIpv6AddressOnCreation: AttributeBooleanValue(value: true), subnetId: other))
        #expect(try await subnet(other).assignIpv6AddressOnCreation == true)
        await refused("InvalidCidrBlock.InUse") {
            _ = try await aws.ec2.disassociateVpcCidrBlock(.init(associationId: association.associationId ?? ""))
        }
        await refused(
            "InvalidCidrBlock.InUse",
            "The subnet IPv6 CIDR block with association ID \(id) may not be disassociated, because its subnet has assign-ipv6-address-on-creation set to true."
        ) { _ = try await aws.ec2.disassociateSubnetCidrBlock(.init(associationId: id)) }
        try await aws.ec2.modifySubnetAttribute(
            .init(assignIpv6AddressOnCreation: AttributeBooleanValue(value: false), subnetId: other))
        _ = try await aws.ec2.disassociateSubnetCidrBlock(.init(associationId: id))
        aws.clock.advance(by: .seconds(10))
        #expect(try await subnet(other).ipv6CidrBlockAssociationSet?.isEmpty == true)
        #expect(try await subnet(other).assignIpv6AddressOnCreation == false)
        let filter = [Filter(name: "ipv6-cidr-block-association.ipv6-cidr-block", values: [first.description])]
        #expect(try await aws.ec2.describeSubnets(.init(filters: filter)).subnets?.map(\.subnetId) == [created.subnetId])
        await refused("InvalidSubnetCidrBlockAssociationID.NotFound") {
            _ = try await aws.ec2.disassociateSubnetCidrBlock(.init(associationId: id))
        }
    }

    /// https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html. Assumed: a changed group gets no rule.
    @Test func defaultSecurityGroupAllowsIPv6EgressAfterAssociation() async throws {
        func egress(_ vpc: String, _ group: String = "default") async throws -> [String] {
            let found = try await aws.ec2.describeSecurityGroups(
                .init(filters: [
                    Filter(name: "vpc-id", values: [vpc]), Filter(name: "group-name", values: [group]),
                ]))
            return (found.securityGroups?.first?.ipPermissionsEgress ?? []).flatMap { permission in
                (permission.ipRanges ?? []).compactMap(\.cidrIp) + (permission.ipv6Ranges ?? []).compactMap(\.cidrIpv6)
            }
        }
        let vpc = try await aws.vpc("10.0.0.0/16"), other = try await aws.vpc("10.1.0.0/16")
        _ = try await aws.group("earlier", vpc: vpc)
        let changed = try #require(
            try await aws.ec2.describeSecurityGroups(.init(filters: [Filter(name: "vpc-id", values: [other])])).securityGroups?
                .first?.groupId)
        try await aws.ec2.revokeSecurityGroupEgress(
            .init(
                groupId: changed,
                ipPermissions: [IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])]))
        #expect(try await egress(vpc) == ["0.0.0.0/0"])
        for id in [vpc, other] {
            _ = try await aws.ec2.associateVpcCidrBlock(.init(vpcId: id, amazonProvidedIpv6CidrBlock: true))
        }
        _ = try await aws.group("later", vpc: vpc)
        #expect(try await egress(vpc) == ["0.0.0.0/0", "::/0"])
        #expect(try await egress(vpc, "earlier") == ["0.0.0.0/0"])
        #expect(try await egress(vpc, "later") == ["0.0.0.0/0", "::/0"])
        #expect(try await egress(other).isEmpty)
    }

    @Test func modifySubnetAttributeAcceptsOneAttributePerCall() async throws {
        let id = try #require(try await aws.ec2.describeSubnets().subnets?.first?.subnetId)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifySubnetAttribute(
                .init(
                    mapPublicIpOnLaunch: AttributeBooleanValue(value: true), subnetId: id,
                    enableDns64: AttributeBooleanValue(value: true)))
        }
        await refused("MissingParameter") { try await aws.ec2.modifySubnetAttribute(.init(subnetId: id)) }
    }

    // MARK: Default subnets, tenancy, reservations

    @Test func createDefaultSubnetRestoresDeletedSubnet() async throws {
        let subnets = try await aws.ec2.describeSubnets().subnets ?? []
        let second = try #require(subnets.first { $0.availabilityZone == "us-east-1b" })
        await refused("DefaultSubnetAlreadyExistsInAvailabilityZone") {
            _ = try await aws.ec2.createDefaultSubnet(.init(availabilityZone: "us-east-1b"))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: second.subnetId ?? ""))
        let made = try #require(try await aws.ec2.createDefaultSubnet(.init(availabilityZone: "us-east-1b")).subnet)
        #expect(made.defaultForAz == true && made.mapPublicIpOnLaunch == true && made.cidrBlock == second.cidrBlock)
        await refused("MissingParameter") { _ = try await aws.ec2.createDefaultSubnet(.init()) }
        await refused("InvalidParameterValue") { _ = try await aws.ec2.createDefaultSubnet(.init(availabilityZone: "moon-1a")) }
    }

    @Test func modifyVpcTenancyChangesDedicatedToDefault() async throws {
        let vpc = try #require(
            try await aws.ec2.createVpc(.init(cidrBlock: "10.0.0.0/16", instanceTenancy: .dedicated)).vpc?.vpcId)
        #expect(try await aws.ec2.modifyVpcTenancy(.init(vpcId: vpc, instanceTenancy: .default)).returnValue == true)
        #expect(try await shown(vpc).instanceTenancy == .default)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyVpcTenancy(.init(vpcId: vpc, instanceTenancy: "dedicated"))
        }
        #expect(try await shown(vpc).instanceTenancy == .default)
        await refused("InvalidVpcID.NotFound") {
            _ = try await aws.ec2.modifyVpcTenancy(.init(vpcId: "vpc-0123456789abcdef0", instanceTenancy: .default))
        }
    }

    @Test func subnetCidrReservationIsNotAssignedAutomatically() async throws {
        let vpc = try await aws.vpc()
        let id = try #require(try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
        let made = try #require(
            try await aws.ec2.createSubnetCidrReservation(
                .init(subnetId: id, cidr: "10.0.1.16/28", reservationType: .prefix, description: "for prefixes")
            ).subnetCidrReservation)
        #expect(made.subnetCidrReservationId?.hasPrefix("scr-0") == true && made.ownerId == "123456789012")
        #expect(made.cidr == "10.0.1.16/28" && made.reservationType == .prefix && made.description == "for prefixes")
        await refused("InvalidSubnet.Conflict") {
            _ = try await aws.ec2.createSubnetCidrReservation(
                .init(subnetId: id, cidr: "10.0.1.0/27", reservationType: .explicit))
        }
        await refused("InvalidSubnet.Range") {
            _ = try await aws.ec2.createSubnetCidrReservation(
                .init(subnetId: id, cidr: "10.0.2.0/28", reservationType: .explicit))
        }
        let found = try await aws.ec2.getSubnetCidrReservations(.init(subnetId: id))
        #expect(found.subnetIpv4CidrReservations?.map(\.cidr) == ["10.0.1.16/28"])
        #expect(found.subnetIpv6CidrReservations?.isEmpty == true)
        // AWS does not assign addresses of a reservation automatically.
        let ids = (0..<235).map { "i-0000000000000\(1000 + $0)" }
        let interfaces = try aws.interfaces(of: ids, subnet: id)
        let reserved = IPv4Block("10.0.1.16/28")
        #expect(!interfaces.contains { $0.privateAddress.map { reserved?.contains($0) == true } ?? true })
        await refused("InvalidSubnetCidrReservationID.NotFound") {
            _ = try await aws.ec2.deleteSubnetCidrReservation(.init(subnetCidrReservationId: "scr-0123456789abcdef0"))
        }
        let deleted = try await aws.ec2.deleteSubnetCidrReservation(
            .init(subnetCidrReservationId: made.subnetCidrReservationId ?? ""))
        #expect(deleted.deletedSubnetCidrReservation?.cidr == "10.0.1.16/28")
        #expect(try await aws.ec2.getSubnetCidrReservations(.init(subnetId: id)).subnetIpv4CidrReservations?.isEmpty == true)
    }

    @Test func classicLinkAndBlockPublicAccessAreOffByDefault() async throws {
        let vpc = try await aws.defaultVpc().vpcId
        #expect(try await aws.ec2.describeVpcClassicLink().vpcs?.map(\.classicLinkEnabled) == [false])
        let on = [Filter(name: "is-classic-link-enabled", values: ["true"])]
        #expect(try await aws.ec2.describeVpcClassicLink(.init(filters: on)).vpcs?.isEmpty == true)
        #expect(try await aws.ec2.describeVpcClassicLinkDnsSupport().vpcs?.map(\.vpcId) == [vpc])
        let options = try await aws.ec2.describeVpcBlockPublicAccessOptions().vpcBlockPublicAccessOptions
        #expect(options?.internetGatewayBlockMode == .off && options?.state == "default-state")
    }
}
