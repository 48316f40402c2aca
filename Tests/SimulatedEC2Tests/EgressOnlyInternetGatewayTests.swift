import DrydockTesting
import Testing

@Suite(.simulator) struct EgressOnlyInternetGateways {
    private let ec2 = AWS.current.ec2

    @Test func itIsMadeInAVpcAndKeepsIt() async throws {
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
}
