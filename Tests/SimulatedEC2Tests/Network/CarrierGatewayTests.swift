import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct CarrierGateways {
    private let aws = AWS.current

    private func create(in vpc: String, token: String? = nil) async throws -> CarrierGateway {
        let tags = [TagSpecification(resourceType: "carrier-gateway", tags: [Tag(key: "Name", value: "edge")])]
        return try #require(
            try await aws.ec2.createCarrierGateway(
                .init(vpcId: vpc, tagSpecifications: tags, clientToken: token)
            ).carrierGateway)
    }

    private func described(_ filters: Filter...) async throws -> [CarrierGateway] {
        try await aws.ec2.describeCarrierGateways(.init(filters: filters)).carrierGateways ?? []
    }

    @Test func carrierGatewayStateChangesWithClock() async throws {
        let vpc = try await aws.vpc()
        let made = try await create(in: vpc)
        #expect(made.state == .pending && made.ownerId == "123456789012" && made.tags?.first?.value == "edge")
        aws.clock.advance(by: .seconds(10))
        #expect(try await described().map(\.state) == [.available])
        let id = try #require(made.carrierGatewayId)
        #expect(id.hasPrefix("cagw-0") && id.utf8.count == 22)
        #expect(try await aws.ec2.deleteCarrierGateway(.init(carrierGatewayId: id)).carrierGateway?.state == .deleting)
        aws.clock.advance(by: .seconds(10))
        #expect(try await described().map(\.state) == [.deleted])
        // Assumed: how long AWS lists a deleted gateway.
        aws.clock.advance(by: .minutes(20))
        #expect(try await described().isEmpty)
        #expect(try await aws.ec2.describeTags(.init()).tags?.isEmpty == true)
    }

    @Test func deleteVpcRejectsVpcWithCarrierGateway() async throws {
        let vpc = try await aws.vpc()
        let id = try #require(try await create(in: vpc).carrierGatewayId)
        await refused("DependencyViolation", "The vpc '\(vpc)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        }
        _ = try await aws.ec2.deleteCarrierGateway(.init(carrierGatewayId: id))
        aws.clock.advance(by: .seconds(10))
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
    }

    @Test func createCarrierGatewayIsIdempotentByClientToken() async throws {
        let vpc = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        let first = try await create(in: vpc, token: "once"), second = try await create(in: vpc, token: "once")
        #expect(first.carrierGatewayId == second.carrierGatewayId)
        await refused("IdempotentParameterMismatch") { _ = try await create(in: other, token: "once") }
        #expect(try await described().count == 1)
    }

    /// The quota is AWS's; the error is assumed.
    @Test func secondCarrierGatewayInVpcIsRejected() async throws {
        let vpc = try await aws.vpc()
        let first = try await create(in: vpc)
        await refused("ResourceLimitExceeded") { _ = try await create(in: vpc) }
        try await aws.ec2.deleteCarrierGateway(.init(carrierGatewayId: first.carrierGatewayId ?? ""))
        aws.clock.advance(by: .seconds(10))
        _ = try await create(in: vpc)
    }

    @Test func describeCarrierGatewaysAppliesFilters() async throws {
        let vpc = try await aws.vpc(), other = try await aws.vpc("10.1.0.0/16")
        let one = try await create(in: vpc), two = try await create(in: other)
        #expect(try await described(Filter(name: "vpc-id", values: [vpc])).map(\.carrierGatewayId) == [one.carrierGatewayId])
        #expect(
            try await described(Filter(name: "carrier-gateway-id", values: [two.carrierGatewayId ?? ""])).map(\.vpcId) == [
                other
            ])
        #expect(try await described(Filter(name: "tag:Name", values: ["ed*"])).count == 2)
        #expect(try await described(Filter(name: "state", values: ["available"])).isEmpty)
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            _ = try await described(Filter(name: "colour", values: ["red"]))
        }
    }

    @Test func unknownCarrierGatewayAndVpcIdsAreRejected() async throws {
        await refused("InvalidVpcID.NotFound") { _ = try await create(in: "vpc-0123456789abcdef0") }
        await refused("InvalidVpcID.Malformed") { _ = try await create(in: "vpc") }
        await refused("InvalidCarrierGatewayID.NotFound") {
            try await aws.ec2.deleteCarrierGateway(.init(carrierGatewayId: "cagw-0123456789abcdef0"))
        }
        await refused("InvalidCarrierGatewayID.Malformed") {
            try await aws.ec2.describeCarrierGateways(.init(carrierGatewayIds: ["cagw-x"]))
        }
    }
}
