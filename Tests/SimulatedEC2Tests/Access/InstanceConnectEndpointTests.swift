import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct InstanceConnectEndpointTests {
    private let aws = AWS.current

    private func subnet(in vpc: String, _ block: String = "10.0.1.0/24") async throws -> String {
        try #require(try await aws.ec2.createSubnet(.init(cidrBlock: block, vpcId: vpc)).subnet?.subnetId)
    }

    private func only() async throws -> Ec2InstanceConnectEndpoint? {
        try await aws.ec2.describeInstanceConnectEndpoints(.init()).instanceConnectEndpoints?.first
    }

    @Test func instanceConnectEndpointIsCreatedAndDeleted() async throws {
        let vpc = try await aws.vpc(), subnet = try await subnet(in: vpc)
        let made = try #require(
            try await aws.ec2.createInstanceConnectEndpoint(
                .init(subnetId: subnet, preserveClientIp: true, clientToken: "once")
            ).instanceConnectEndpoint)
        let id = try #require(made.instanceConnectEndpointId)
        #expect(made.state == .createInProgress && made.vpcId == vpc && made.preserveClientIp == true)
        #expect(made.dnsName?.hasPrefix("\(id).") == true && made.ipAddressType == .ipv4)
        let again = try await aws.ec2.createInstanceConnectEndpoint(
            .init(subnetId: subnet, preserveClientIp: true, clientToken: "once"))
        #expect(again.instanceConnectEndpoint?.instanceConnectEndpointId == id)
        aws.clock.advance(by: .minutes(5))
        #expect(try await only()?.state == .createComplete)
        let interface = try #require(
            try await aws.ec2.describeNetworkInterfaces(
                .init(networkInterfaceIds: made.networkInterfaceIds)
            ).networkInterfaces?.first)
        #expect(interface.subnetId == subnet && interface.groups?.count == 1 && interface.requesterManaged == true)
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: subnet)) }
        _ = try await aws.ec2.deleteInstanceConnectEndpoint(.init(instanceConnectEndpointId: id))
        #expect(try await only()?.state == .deleteInProgress)
        aws.clock.advance(by: .minutes(4))
        #expect(try await only()?.state == .deleteComplete)
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
        aws.clock.advance(by: .minutes(10))
        #expect(try await only() == nil)
    }

    @Test func modifyInstanceConnectEndpointChangesSecurityGroups() async throws {
        let vpc = try await aws.vpc(), subnet = try await subnet(in: vpc)
        let made = try #require(
            try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: subnet)).instanceConnectEndpoint)
        let id = made.instanceConnectEndpointId ?? ""
        let group = try #require(
            try await aws.ec2.createSecurityGroup(.init(description: "x", groupName: "x", vpcId: vpc)).groupId)
        await refused("IncorrectState") {
            try await aws.ec2.modifyInstanceConnectEndpoint(
                .init(instanceConnectEndpointId: id, securityGroupIds: [group]))
        }
        aws.clock.advance(by: .minutes(5))
        _ = try await aws.ec2.modifyInstanceConnectEndpoint(
            .init(instanceConnectEndpointId: id, securityGroupIds: [group]))
        #expect(try await only()?.state == .updateInProgress)
        aws.clock.advance(by: .minutes(5))
        #expect(try await only()?.state == .updateComplete)
        #expect(try await only()?.securityGroupIds == [group])
        await refused("DependencyViolation") { try await aws.ec2.deleteSecurityGroup(.init(groupId: group)) }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyInstanceConnectEndpoint(
                .init(instanceConnectEndpointId: id, ipAddressType: .dualstack, preserveClientIp: true))
        }
    }

    @Test func vpcAllowsOneInstanceConnectEndpoint() async throws {
        let vpc = try await aws.vpc()
        _ = try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: try await subnet(in: vpc)))
        let other = try await subnet(in: vpc, "10.0.2.0/24")
        await refused("ResourceLimitExceeded") {
            try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: other))
        }
        await refused("InvalidSubnetID.NotFound") {
            try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: "subnet-0123456789abcdef0"))
        }
        await refused("InvalidInstanceConnectEndpointId.NotFound") {
            try await aws.ec2.deleteInstanceConnectEndpoint(
                .init(instanceConnectEndpointId: "eice-0123456789abcdef0"))
        }
    }
}
