import DrydockTesting
import Testing

@testable import SimulatedEC2

/// VPC Block Public Access. How long its states last is assumed.
@Suite(.simulator(transitions: .aws)) struct PublicAccessTests {
    private let aws = AWS.current
    private let instance = "i-00000000000000001"

    private func options() async throws -> VpcBlockPublicAccessOptions? {
        try await aws.ec2.describeVpcBlockPublicAccessOptions(.init()).vpcBlockPublicAccessOptions
    }

    private func exclude(vpc: String? = nil, subnet: String? = nil, _ mode: InternetGatewayExclusionMode) async throws -> String
    {
        let made = try await aws.ec2.createVpcBlockPublicAccessExclusion(
            .init(subnetId: subnet, vpcId: vpc, internetGatewayExclusionMode: mode)
        ).vpcBlockPublicAccessExclusion
        return try #require(made?.exclusionId)
    }

    private func reaches(_ direction: NetworkReachability.Direction) throws -> NetworkReachability.Decision {
        try aws.within { context in
            try #require(try NetworkReachability(instance: instance, context)).decide(
                direction, peer: "198.51.100.9", port: 443)
        }
    }

    private func mode(of subnet: String) async throws -> BlockPublicAccessMode? {
        try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.blockPublicAccessStates?
            .internetGatewayBlockMode
    }

    @Test func modifyVpcBlockPublicAccessOptionsAppliesMode() async throws {
        let first = try await options()
        #expect(first?.state == "default-state" && first?.internetGatewayBlockMode == .off)
        let changed = try await aws.ec2.modifyVpcBlockPublicAccessOptions(.init(internetGatewayBlockMode: .blockIngress))
        #expect(changed.vpcBlockPublicAccessOptions?.state == "update-in-progress")
        #expect(changed.vpcBlockPublicAccessOptions?.lastUpdateTimestamp == aws.clock.now)
        aws.clock.advance(by: .minutes(5))
        let now = try await options()
        #expect(now?.state == "update-complete" && now?.internetGatewayBlockMode == .blockIngress)
        #expect(now?.awsAccountId == "123456789012" && now?.exclusionsAllowed == "allowed")
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyVpcBlockPublicAccessOptions(.init(internetGatewayBlockMode: "shut"))
        }
        let shown = try await aws.ec2.describeVpcs(.init()).vpcs?.first?.blockPublicAccessStates
        #expect(shown?.internetGatewayBlockMode == .blockIngress)
    }

    @Test func vpcBlockPublicAccessBlocksInternetTraffic() async throws {
        let interface = try #require(try aws.interfaces(of: [instance]).first)
        let all = IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
        let group = try #require(try aws.within { try interface.groups($0).first })
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [all]))
        #expect(try reaches(.inbound).isAllowed && reaches(.outbound).isAllowed)

        try await aws.ec2.modifyVpcBlockPublicAccessOptions(.init(internetGatewayBlockMode: .blockBidirectional))
        let refusal = try reaches(.outbound)
        #expect(
            refusal.reason
                == "VPC Block Public Access (block-bidirectional) keeps \(interface.vpcId) and the internet apart.")
        #expect(try !reaches(.inbound).isAllowed)

        let exclusion = try await exclude(subnet: interface.subnetId, .allowBidirectional)
        #expect(try reaches(.inbound).isAllowed && reaches(.outbound).isAllowed)
        #expect(try await mode(of: interface.subnetId) == .off)
        // Egress-only lets through what goes by NAT and egress-only gateways, not by an internet gateway.
        try await aws.ec2.modifyVpcBlockPublicAccessExclusion(
            .init(exclusionId: exclusion, internetGatewayExclusionMode: .allowEgress))
        #expect(try await mode(of: interface.subnetId) == .blockIngress)
        #expect(try !reaches(.outbound).isAllowed)
    }

    @Test func blockPublicAccessExclusionStateChangesWithClock() async throws {
        let vpc = try await aws.vpc()
        let id = try await exclude(vpc: vpc, .allowEgress)
        #expect(id.hasPrefix("vpcbpa-exclude-0"))
        func described() async throws -> VpcBlockPublicAccessExclusion? {
            try await aws.ec2.describeVpcBlockPublicAccessExclusions(.init(exclusionIds: [id])).vpcBlockPublicAccessExclusions?
                .first
        }
        #expect(try await described()?.state == .createInProgress)
        #expect(try await described()?.resourceArn == "arn:aws:ec2:us-east-1:123456789012:vpc/\(vpc)")
        aws.clock.advance(by: .minutes(2))
        #expect(try await described()?.state == .createComplete)
        await refused("InvalidParameterValue") { _ = try await exclude(vpc: vpc, .allowEgress) }
        try await aws.ec2.modifyVpcBlockPublicAccessExclusion(
            .init(exclusionId: id, internetGatewayExclusionMode: .allowBidirectional))
        #expect(try await described()?.state == .updateInProgress)
        aws.clock.advance(by: .minutes(2))
        #expect(try await described()?.state == .updateComplete)
        let deleted = try await aws.ec2.deleteVpcBlockPublicAccessExclusion(.init(exclusionId: id))
        #expect(deleted.vpcBlockPublicAccessExclusion?.state == .deleteInProgress)
        await refused("IncorrectState") {
            try await aws.ec2.modifyVpcBlockPublicAccessExclusion(
                .init(exclusionId: id, internetGatewayExclusionMode: .allowEgress))
        }
        aws.clock.advance(by: .minutes(2))
        #expect(try await described()?.state == .deleteComplete)
        let filter = Filter(name: "state", values: ["delete-complete"])
        #expect(
            try await aws.ec2.describeVpcBlockPublicAccessExclusions(.init(filters: [filter])).vpcBlockPublicAccessExclusions?
                .count == 1)
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
    }

    @Test func invalidBlockPublicAccessExclusionsAreRejected() async throws {
        let vpc = try await aws.vpc()
        await refused("MissingParameter") { _ = try await exclude(.allowEgress) }
        await refused("InvalidParameterCombination") {
            _ = try await exclude(vpc: vpc, subnet: "subnet-0123456789abcdef0", .allowEgress)
        }
        await refused("InvalidVpcID.NotFound") { _ = try await exclude(vpc: "vpc-0123456789abcdef0", .allowEgress) }
        await refused("InvalidParameterValue") { _ = try await exclude(vpc: vpc, "allow-everything") }
        await refused("InvalidVpcBlockPublicAccessExclusionId.NotFound") {
            try await aws.ec2.deleteVpcBlockPublicAccessExclusion(.init(exclusionId: "vpcbpa-exclude-0123456789abcdef0"))
        }
        await refused("InvalidVpcBlockPublicAccessExclusionId.Malformed") {
            try await aws.ec2.describeVpcBlockPublicAccessExclusions(.init(exclusionIds: ["vpcbpa"]))
        }
    }

    /// Enabling twice, and what an absent subscription answers, are assumed.
    @Test func networkPerformanceSubscriptionIsEnabledAndDisabled() async throws {
        func all() async throws -> [Subscription] {
            try await aws.ec2.describeAwsNetworkPerformanceMetricSubscriptions(.init()).subscriptions ?? []
        }
        for _ in 0..<2 {
            let made = try await aws.ec2.enableAwsNetworkPerformanceMetricSubscription(
                .init(source: "eu-west-1", destination: "us-east-1", metric: .aggregateLatency, statistic: .p50))
            #expect(made.output == true)
        }
        #expect(try await all().map(\.source) == ["eu-west-1"])
        #expect(try await all().map(\.period) == [.fiveMinutes])
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableAwsNetworkPerformanceMetricSubscription(.init(source: "mars-1", destination: "us-east-1"))
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.enableAwsNetworkPerformanceMetricSubscription(.init(source: "use1-az1", destination: "us-east-1"))
        }
        try await aws.ec2.disableAwsNetworkPerformanceMetricSubscription(
            .init(source: "eu-west-1", destination: "us-east-1"))
        #expect(try await all().isEmpty)
        await refused("InvalidParameter") {
            try await aws.ec2.disableAwsNetworkPerformanceMetricSubscription(
                .init(source: "eu-west-1", destination: "us-east-1"))
        }
    }
}
