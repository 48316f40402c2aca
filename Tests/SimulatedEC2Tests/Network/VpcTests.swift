import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct Vpcs {
    private let aws = AWS.current

    @Test func newAccountHasDefaultVpc() async throws {
        let vpc = try await aws.defaultVpc()
        #expect(vpc.cidrBlock == "172.31.0.0/16")
        #expect(vpc.state == .available)
        #expect(vpc.instanceTenancy == "default")
        #expect(vpc.ownerId == "123456789012")
        #expect(vpc.cidrBlockAssociationSet?.map(\.cidrBlockState?.state) == [.associated])
        #expect(vpc.vpcId?.wholeMatch(of: /vpc-0[0-9a-f]{16}/) != nil)

        let subnets = try await aws.ec2.describeSubnets().subnets ?? []
        #expect(subnets.map(\.cidrBlock) == ["0", "16", "32", "48", "64", "80"].map { "172.31.\($0).0/20" })
        #expect(subnets.map(\.availabilityZone) == ["a", "b", "c", "d", "e", "f"].map { "us-east-1\($0)" })
        #expect(subnets.allSatisfy { $0.defaultForAz == true && $0.mapPublicIpOnLaunch == true })
        #expect(subnets.allSatisfy { $0.availableIpAddressCount == 4091 })
        #expect(subnets.first?.subnetArn == "arn:aws:ec2:us-east-1:123456789012:subnet/\(subnets.first?.subnetId ?? "")")

        let gateway = try #require(try await aws.ec2.describeInternetGateways().internetGateways?.first)
        #expect(gateway.attachments?.first?.vpcId == vpc.vpcId)
        #expect(gateway.attachments?.first?.state == "available")
        let table = try #require(try await aws.ec2.describeRouteTables().routeTables?.first)
        #expect(table.routes?.map(\.destinationCidrBlock) == ["172.31.0.0/16", "0.0.0.0/0"])
        #expect(table.routes?.map(\.gatewayId) == ["local", gateway.internetGatewayId])
        #expect(table.routes?.map(\.origin) == ["CreateRouteTable", "CreateRoute"])
        #expect(table.associations?.map(\.main) == [true])
        let acl = try #require(try await aws.ec2.describeNetworkAcls().networkAcls?.first)
        #expect(acl.associations?.count == 6)
        #expect(acl.entries?.map(\.ruleNumber) == [100, 32767, 100, 32767])
        #expect(acl.entries?.map(\.ruleAction) == ["allow", "deny", "allow", "deny"])
        let options = try #require(try await aws.ec2.describeDhcpOptions().dhcpOptions?.first)
        #expect(options.dhcpOptionsId == vpc.dhcpOptionsId)
        #expect(options.dhcpConfigurations?.map(\.key) == ["domain-name", "domain-name-servers"])
        #expect(options.dhcpConfigurations?.first?.values?.map(\.value) == ["ec2.internal"])
        let attributes = try await aws.ec2.describeAccountAttributes(.init(attributeNames: ["default-vpc"])).accountAttributes
        #expect(attributes?.first?.attributeValues?.map(\.attributeValue) == [vpc.vpcId])
    }

    @Test func defaultSecurityGroupAllowsMembersAndAllEgress() async throws {
        let group = try #require(try await aws.ec2.describeSecurityGroups(.init(groupNames: ["default"])).securityGroups?.first)
        #expect(group.description == "default VPC security group")
        #expect(group.ipPermissions?.map(\.ipProtocol) == ["-1"])
        #expect(group.ipPermissions?.first?.fromPort == nil)
        #expect(group.ipPermissions?.first?.userIdGroupPairs?.map(\.groupId) == [group.groupId])
        #expect(group.ipPermissions?.first?.userIdGroupPairs?.map(\.userId) == ["123456789012"])
        #expect(group.ipPermissionsEgress?.first?.ipRanges?.map(\.cidrIp) == ["0.0.0.0/0"])
    }

    /// The default VPC exists since the account was created, so transitions do not apply.
    @Test(.simulator(transitions: .aws)) func defaultVpcIsNeverPending() async throws {
        #expect(try await AWS.current.defaultVpc().state == .available)
    }

    @Test func defaultVpcIdDependsOnRegionAndSeed() async throws {
        let here = try await aws.defaultVpc().vpcId
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1")
        let other = try await there.ec2.describeVpcs().vpcs?.first?.vpcId
        #expect(here != other)
        #expect(try await AWS().defaultVpc().vpcId == here)
        #expect(
            try await there.ec2.describeSubnets().subnets?.map(\.availabilityZone) == ["a", "b", "c"].map { "eu-west-1\($0)" })
    }

    @Test func createVpcCreatesDefaultGroupRouteTableAndAcl() async throws {
        let vpc = try #require(
            try await aws.ec2.createVpc(
                .init(
                    cidrBlock: "10.1.2.3/16",
                    tagSpecifications: [TagSpecification(resourceType: "vpc", tags: [Tag(key: "Name", value: "mine")])])
            ).vpc)
        #expect(vpc.state == .pending)
        #expect(vpc.cidrBlock == "10.1.0.0/16")
        #expect(vpc.tags?.map(\.value) == ["mine"])
        let id = try #require(vpc.vpcId)
        let mine = [Filter(name: "vpc-id", values: [id])]
        #expect(try await aws.ec2.describeVpcs(.init(filters: mine)).vpcs?.first?.state == .available)
        #expect(try await aws.ec2.describeSecurityGroups(.init(filters: mine)).securityGroups?.map(\.groupName) == ["default"])
        #expect(try await aws.ec2.describeRouteTables(.init(filters: mine)).routeTables?.first?.routes?.count == 1)
        #expect(try await aws.ec2.describeNetworkAcls(.init(filters: mine)).networkAcls?.first?.isDefault == true)
        #expect(try await aws.ec2.describeSubnets(.init(filters: mine)).subnets?.isEmpty == true)
        try await aws.ec2.deleteVpc(.init(vpcId: id))
        await refused("InvalidVpcID.NotFound", "The vpc ID '\(id)' does not exist") {
            try await aws.ec2.describeVpcs(.init(vpcIds: [id]))
        }
        #expect(try await aws.ec2.describeTags().tags?.isEmpty == true)
    }

    @Test(arguments: [
        (
            "10.0.0.0", "InvalidParameterValue",
            "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ),
        ("10.0.0.0/8", "InvalidVpc.Range", "The CIDR '10.0.0.0/8' is invalid."),
        ("10.0.0.0/29", "InvalidVpc.Range", "The CIDR '10.0.0.0/29' is invalid."),
        (
            "10.0.0.256/16", "InvalidParameterValue",
            "Value (10.0.0.256/16) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ),
    ])
    func createVpcRejectsInvalidCidrBlocks(cidr: String, code: String, message: String) async throws {
        await refused(code, message) { try await aws.ec2.createVpc(.init(cidrBlock: cidr)) }
    }

    @Test func vpcLimitIsFive() async throws {
        for _ in 0..<4 { _ = try await aws.vpc() }
        await refused("VpcLimitExceeded", "The maximum number of VPCs has been reached.") { _ = try await aws.vpc() }
    }

    @Test func deleteVpcRejectsVpcWithDependencies() async throws {
        let id = try await aws.vpc()
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: id)).subnet?.subnetId)
        await refused("DependencyViolation", "The vpc '\(id)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteVpc(.init(vpcId: id))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
        let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: id))
        await refused("Resource.AlreadyAssociated", "resource \(gateway) is already attached to network \(id)") {
            try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: id))
        }
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: id)) }
        await refused("DependencyViolation", "The internetGateway '\(gateway)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteInternetGateway(.init(internetGatewayId: gateway))
        }
        try await aws.ec2.detachInternetGateway(.init(internetGatewayId: gateway, vpcId: id))
        await refused("Gateway.NotAttached", "resource \(gateway) is not attached to network \(id)") {
            try await aws.ec2.detachInternetGateway(.init(internetGatewayId: gateway, vpcId: id))
        }
        try await aws.ec2.deleteInternetGateway(.init(internetGatewayId: gateway))
        try await aws.ec2.deleteVpc(.init(vpcId: id))
    }

    @Test func defaultVpcCanBeDeletedAndRecreated() async throws {
        await refused("DefaultVpcAlreadyExists") { try await aws.ec2.createDefaultVpc() }
        let vpc = try #require(try await aws.defaultVpc().vpcId)
        for subnet in try await aws.ec2.describeSubnets().subnets ?? [] {
            try await aws.ec2.deleteSubnet(.init(subnetId: subnet.subnetId ?? ""))
        }
        let gateway = try #require(try await aws.ec2.describeInternetGateways().internetGateways?.first?.internetGatewayId)
        try await aws.ec2.detachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        #expect(try await aws.ec2.describeRouteTables().routeTables?.first?.routes?.map(\.state) == [.active, .blackhole])
        try await aws.ec2.deleteInternetGateway(.init(internetGatewayId: gateway))
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        await refused("VPCIdNotSpecified", "No default VPC for this user") { _ = try await aws.group() }
        let again = try #require(try await aws.ec2.createDefaultVpc().vpc)
        #expect(again.isDefault == true)
        #expect(try await aws.ec2.describeSubnets().subnets?.count == 6)
        _ = try await aws.group()
    }

    @Test func modifyVpcAttributeAcceptsOneAttributePerCall() async throws {
        let id = try await aws.vpc()
        #expect(
            try await aws.ec2.describeVpcAttribute(.init(attribute: "enableDnsHostnames", vpcId: id)).enableDnsHostnames?.value
                == false)
        try await aws.ec2.modifyVpcAttribute(.init(enableDnsHostnames: AttributeBooleanValue(value: true), vpcId: id))
        #expect(
            try await aws.ec2.describeVpcAttribute(.init(attribute: "enableDnsHostnames", vpcId: id)).enableDnsHostnames?.value
                == true)
        #expect(
            try await aws.ec2.describeVpcAttribute(.init(attribute: "enableDnsSupport", vpcId: id)).enableDnsSupport?.value
                == true)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyVpcAttribute(
                .init(
                    enableDnsHostnames: AttributeBooleanValue(value: true),
                    enableDnsSupport: AttributeBooleanValue(value: true),
                    vpcId: id))
        }
    }
}
