import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct SecurityGroupVpcs {
    private let aws = AWS.current

    @Test func associatedSecurityGroupIsUsableInOtherVpc() async throws {
        let home = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        let group = try await aws.group(vpc: home)
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.1.1.0/24", vpcId: other)).subnet?.subnetId)
        await refused("InvalidParameter") {
            try await aws.ec2.createNetworkInterface(.init(subnetId: subnet, groups: [group]))
        }
        #expect(try await aws.ec2.associateSecurityGroupVpc(.init(groupId: group, vpcId: other)).state == "associating")
        await refused("InvalidParameter") {
            try await aws.ec2.createNetworkInterface(.init(subnetId: subnet, groups: [group]))
        }
        aws.clock.advance(by: .seconds(10))
        let shown = try await aws.ec2.describeSecurityGroupVpcAssociations(
            .init(filters: [Filter(name: "group-id", values: [group]), Filter(name: "vpc-id", values: [other])])
        ).securityGroupVpcAssociations
        #expect(shown?.map(\.state) == ["associated"] && shown?.first?.vpcOwnerId == "123456789012")
        let usable = try await aws.ec2.getSecurityGroupsForVpc(.init(vpcId: other)).securityGroupForVpcs
        #expect(usable?.map(\.groupName).sorted { ($0 ?? "") < ($1 ?? "") } == ["default", "web"])
        let byHome = try await aws.ec2.getSecurityGroupsForVpc(
            .init(vpcId: other, filters: [Filter(name: "primary-vpc-id", values: [home])]))
        #expect(byHome.securityGroupForVpcs?.map(\.groupId) == [group])
        let interface = try #require(
            try await aws.ec2.createNetworkInterface(.init(subnetId: subnet, groups: [group])).networkInterface?
                .networkInterfaceId)
        await refused("DependencyViolation") {
            try await aws.ec2.disassociateSecurityGroupVpc(.init(groupId: group, vpcId: other))
        }
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: interface))
        await refused("DependencyViolation") { try await aws.ec2.deleteSecurityGroup(.init(groupId: group)) }
        #expect(
            try await aws.ec2.disassociateSecurityGroupVpc(.init(groupId: group, vpcId: other)).state == "disassociating")
        aws.clock.advance(by: .seconds(10))
        #expect(
            try await aws.ec2.describeSecurityGroupVpcAssociations().securityGroupVpcAssociations?.isEmpty == true)
        try await aws.ec2.deleteSecurityGroup(.init(groupId: group))
    }

    @Test func invalidSecurityGroupVpcAssociationsAreRejected() async throws {
        let home = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        let group = try await aws.group(vpc: home)
        await refused("InvalidParameterValue") {
            try await aws.ec2.associateSecurityGroupVpc(.init(groupId: group, vpcId: home))
        }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.associateSecurityGroupVpc(.init(groupId: group, vpcId: "vpc-0123456789abcdef0"))
        }
        await refused("InvalidGroup.NotFound") {
            try await aws.ec2.associateSecurityGroupVpc(.init(groupId: "sg-0123456789abcdef0", vpcId: other))
        }
        // Assumed: the code.
        await refused("InvalidSecurityGroupVpcAssociation.NotFound") {
            try await aws.ec2.disassociateSecurityGroupVpc(.init(groupId: group, vpcId: other))
        }
        let standard = try await aws.group("default-vpc's")
        await refused("InvalidParameterValue") {
            try await aws.ec2.associateSecurityGroupVpc(.init(groupId: standard, vpcId: other))
        }
    }

    @Test func unpeeredVpcsHaveNoReferencesOrStaleRules() async throws {
        let vpc = try await aws.vpc()
        let group = try await aws.group(vpc: vpc)
        let pair = UserIdGroupPair(groupId: group)
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: group, ipPermissions: [IpPermission(ipProtocol: "-1", userIdGroupPairs: [pair])]))
        #expect(
            try await aws.ec2.describeSecurityGroupReferences(.init(groupId: [group])).securityGroupReferenceSet?.isEmpty
                == true)
        #expect(try await aws.ec2.describeStaleSecurityGroups(.init(vpcId: vpc)).staleSecurityGroupSet?.isEmpty == true)
        await refused("InvalidGroup.NotFound") {
            try await aws.ec2.describeSecurityGroupReferences(.init(groupId: ["sg-0123456789abcdef0"]))
        }
        await refused("InvalidVpcID.NotFound") {
            try await aws.ec2.describeStaleSecurityGroups(.init(vpcId: "vpc-0123456789abcdef0"))
        }
    }
}
