import DrydockTesting
import Testing

@Suite(.simulator) struct EgressOnlyInternetGateways {
    private let ec2 = AWS.current.ec2

    @Test func egressOnlyInternetGatewayBlocksDeleteVpc() async throws {
        let vpc = try await AWS.current.vpc()
        let made = try #require(
            try await ec2.createEgressOnlyInternetGateway(.init(vpcId: vpc)).egressOnlyInternetGateway)
        let id = try #require(made.egressOnlyInternetGatewayId)
        #expect(id.hasPrefix("eigw-0") && made.attachments?.first?.state == .attached && made.attachments?.first?.vpcId == vpc)
        try await ec2.createTags(.init(resources: [id], tags: [Tag(key: "Name", value: "out")]))
        let found = try await ec2.describeEgressOnlyInternetGateways(
            .init(filters: [Filter(name: "tag:Name", values: ["out"])]))
        #expect(found.egressOnlyInternetGateways?.map(\.egressOnlyInternetGatewayId) == [id])
        await refused("DependencyViolation") { try await ec2.deleteVpc(.init(vpcId: vpc)) }
        #expect(try await ec2.deleteEgressOnlyInternetGateway(.init(egressOnlyInternetGatewayId: id)).returnCode == true)
        try await ec2.deleteVpc(.init(vpcId: vpc))
        await refused("InvalidGatewayID.NotFound") {
            try await ec2.deleteEgressOnlyInternetGateway(.init(egressOnlyInternetGatewayId: id))
        }
    }

    /// AWS's quotas: one per VPC and five per region. The errors are assumed.
    @Test func egressOnlyInternetGatewayQuotasAreEnforced() async throws {
        let vpc = try await AWS.current.vpc()
        _ = try await ec2.createEgressOnlyInternetGateway(.init(vpcId: vpc))
        await refused("Resource.AlreadyAssociated") { try await ec2.createEgressOnlyInternetGateway(.init(vpcId: vpc)) }
        for number in 1...3 {
            _ = try await ec2.createEgressOnlyInternetGateway(.init(vpcId: try await AWS.current.vpc("10.\(number).0.0/16")))
        }
        // The region's quota is five VPCs, including the default VPC.
        let standard = try await ec2.describeVpcs(.init(filters: [Filter(name: "is-default", values: ["true"])]))
        _ = try await ec2.createEgressOnlyInternetGateway(.init(vpcId: standard.vpcs?.first?.vpcId ?? ""))
        await refused("InternetGatewayLimitExceeded") {
            try await ec2.createEgressOnlyInternetGateway(.init(vpcId: vpc))
        }
    }
}
