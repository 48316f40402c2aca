import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct Reachability {
    private let aws = AWS.current
    private let instance = "i-00000000000000001"

    private func decide(
        _ direction: NetworkReachability.Direction, _ peer: String, _ port: Int
    ) throws -> NetworkReachability.Decision {
        try aws.within { context in
            try #require(try NetworkReachability(instance: instance, context)).decide(direction, peer: peer, port: port)
        }
    }

    @Test func groupsDecideWhoGetsIn() async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [.tcp(22, "203.0.113.0/24")]))
        _ = try aws.interfaces(of: [instance], groups: [id])
        #expect(try decide(.inbound, "203.0.113.9", 22).isAllowed)
        let refused = try decide(.inbound, "198.51.100.9", 22)
        #expect(!refused.isAllowed)
        #expect(refused.reason == "No inbound rule of \(id) (web) allows TCP port 22 from 198.51.100.9.")
        #expect(try !decide(.inbound, "203.0.113.9", 80).isAllowed)
    }

    /// The course's seventh step: a pull needs the way out, whatever may come in.
    @Test func withoutEgressNothingIsReached() async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: id, ipPermissions: [.tcp(80, "0.0.0.0/0"), .tcp(443, "0.0.0.0/0")]))
        _ = try aws.interfaces(of: [instance], groups: [id])
        #expect(try decide(.outbound, "52.94.5.10", 443).isAllowed)
        let all = IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
        try await aws.ec2.revokeSecurityGroupEgress(.init(groupId: id, ipPermissions: [all]))
        let refused = try decide(.outbound, "52.94.5.10", 443)
        #expect(!refused.isAllowed)
        #expect(refused.reason == "No outbound rule of \(id) (web) allows TCP port 443 to 52.94.5.10.")
        try await aws.ec2.authorizeSecurityGroupEgress(.init(groupId: id, ipPermissions: [.tcp(443, "0.0.0.0/0")]))
        try await aws.ec2.revokeSecurityGroupIngress(
            .init(groupId: id, ipPermissions: [.tcp(80, "0.0.0.0/0"), .tcp(443, "0.0.0.0/0")]))
        #expect(try decide(.outbound, "52.94.5.10", 443).isAllowed)
        #expect(try !decide(.outbound, "52.94.5.10", 80).isAllowed)
    }

    @Test func membersOfAGroupReachEachOther() async throws {
        _ = try aws.interfaces(of: [instance])
        let other = try #require(try aws.interfaces(of: ["i-00000000000000002"]).first)
        let stranger = try await aws.group("other")
        let outsider = try #require(try aws.interfaces(of: ["i-00000000000000003"], groups: [stranger]).first)
        #expect(try decide(.inbound, IPv4Block.text(other.privateAddress), 8080).isAllowed)
        #expect(try !decide(.inbound, IPv4Block.text(outsider.privateAddress), 8080).isAllowed)
    }

    @Test func theWayOutNeedsAGatewayAndAPublicAddress() async throws {
        let vpc = try await aws.vpc()
        let subnet = try #require(try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
        _ = try aws.interfaces(of: [instance], subnet: subnet)
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.contains("has no route to 52.94.5.10"))
        _ = try aws.within { try NetworkInterfaceRecord.instanceTerminated(instance, $0) }
        _ = try aws.interfaces(of: [instance])
        try aws.within { try NetworkInterfaceRecord.instanceStopped(instance, $0) }
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.contains("no public address"))
        #expect(try decide(.outbound, "169.254.169.254", 80).isAllowed)
    }

    @Test func listsOfTheSubnetDecideToo() async throws {
        _ = try aws.interfaces(of: [instance])
        try aws.within { context in
            let list = try #require(try NetworkAclRecord.all(context).first)
            try list.add(
                NetworkAclEntryRecord(isEgress: true, number: 50, protocol: "6", action: "deny", fromPort: 443, toPort: 443),
                context)
        }
        let refused = try decide(.outbound, "52.94.5.10", 443)
        #expect(refused.reason.hasPrefix("The outbound entry 50 of acl-"))
        #expect(try decide(.outbound, "52.94.5.10", 80).isAllowed)
    }
}
