import DrydockTesting
import Testing

/// EC2-Classic no longer exists, and accounts here have no Outposts. Assumed: the codes and messages of the errors.
@Suite(.simulator) struct ClassicAndOutposts {
    private let aws = AWS.current

    @Test func classicLinkOperationsAreUnsupported() async throws {
        #expect(try await aws.ec2.describeClassicLinkInstances().instances?.isEmpty == true)
        let filter = [Filter(name: "group-id", values: ["sg-1"])]
        #expect(try await aws.ec2.describeClassicLinkInstances(.init(filters: filter)).instances?.isEmpty == true)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.describeClassicLinkInstances(.init(filters: [Filter(name: "x", values: ["y"])]))
        }
        let instance = try #require(try await aws.run().first?.instanceId)
        await refused("InvalidInstanceID.NotLinkable") {
            _ = try await aws.ec2.describeClassicLinkInstances(.init(instanceIds: [instance]))
        }
        let vpc = try await aws.vpc()
        let sentence = "The functionality you requested is not available in this region."
        await refused("UnsupportedOperation", sentence) {
            _ = try await aws.ec2.attachClassicLinkVpc(.init(instanceId: instance, vpcId: vpc, groups: ["sg-1"]))
        }
        await refused("UnsupportedOperation", sentence) {
            _ = try await aws.ec2.detachClassicLinkVpc(.init(instanceId: instance, vpcId: vpc))
        }
        await refused("UnsupportedOperation", sentence) { _ = try await aws.ec2.enableVpcClassicLink(.init(vpcId: vpc)) }
        await refused("UnsupportedOperation", sentence) { _ = try await aws.ec2.disableVpcClassicLink(.init(vpcId: vpc)) }
        await refused("UnsupportedOperation", sentence) {
            _ = try await aws.ec2.enableVpcClassicLinkDnsSupport(.init(vpcId: vpc))
        }
        await refused("UnsupportedOperation", sentence) {
            _ = try await aws.ec2.disableVpcClassicLinkDnsSupport(.init(vpcId: vpc))
        }
        await refused("InvalidVpcID.NotFound") {
            _ = try await aws.ec2.enableVpcClassicLink(.init(vpcId: "vpc-0123456789abcdef0"))
        }
    }

    @Test func customerOwnedIpPoolsAreNotFound() async throws {
        let filter = [Filter(name: "coip-pool.pool-id", values: ["x"])]
        #expect(try await aws.ec2.describeCoipPools(.init(filters: filter)).coipPools?.isEmpty == true)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.describeCoipPools(.init(filters: [Filter(name: "x", values: ["y"])]))
        }
        let pool = "ipv4pool-coip-0123456789abcdef0"
        await refused("InvalidPoolID.NotFound") { _ = try await aws.ec2.describeCoipPools(.init(poolIds: [pool])) }
        await refused("InvalidPoolID.NotFound") { _ = try await aws.ec2.getCoipPoolUsage(.init(poolId: pool)) }
    }
}
