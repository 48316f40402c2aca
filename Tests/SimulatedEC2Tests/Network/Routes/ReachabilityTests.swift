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

    @Test func securityGroupsDecideInboundReachability() async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [.tcp(22, "203.0.113.0/24")]))
        _ = try aws.interfaces(of: [instance], groups: [id])
        #expect(try decide(.inbound, "203.0.113.9", 22).isAllowed)
        let refused = try decide(.inbound, "198.51.100.9", 22)
        #expect(!refused.isAllowed)
        #expect(refused.reason == "No inbound rule of \(id) (web) allows TCP port 22 from 198.51.100.9.")
        #expect(try !decide(.inbound, "203.0.113.9", 80).isAllowed)
    }

    /// The course's seventh step: a pull needs egress, whatever the ingress rules allow.
    @Test func missingEgressRulesBlockTraffic() async throws {
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

    @Test func defaultSecurityGroupMembersReachEachOther() async throws {
        _ = try aws.interfaces(of: [instance])
        let other = try #require(try aws.interfaces(of: ["i-00000000000000002"]).first?.privateAddress)
        let stranger = try await aws.group("other")
        let outsider = try #require(
            try aws.interfaces(of: ["i-00000000000000003"], groups: [stranger]).first?.privateAddress)
        #expect(try decide(.inbound, IPv4Block.text(other), 8080).isAllowed)
        #expect(try !decide(.inbound, IPv4Block.text(outsider), 8080).isAllowed)
    }

    @Test func outboundTrafficNeedsInternetGatewayAndPublicAddress() async throws {
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

    @Test func networkAclsDecideReachability() async throws {
        _ = try aws.interfaces(of: [instance])
        let list = try #require(try await aws.ec2.describeNetworkAcls().networkAcls?.first?.networkAclId)
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 50, protocol: "6", ruleAction: .deny, egress: true, cidrBlock: "0.0.0.0/0",
                portRange: .init(from: 443, to: 443)))
        let refused = try decide(.outbound, "52.94.5.10", 443)
        #expect(refused.reason.hasPrefix("The outbound entry 50 of acl-"))
        #expect(try decide(.outbound, "52.94.5.10", 80).isAllowed)
        // Replies need an entry too, because network ACLs are stateless.
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 60, protocol: "6", ruleAction: .deny, egress: false, cidrBlock: "52.94.0.0/16",
                portRange: .init(from: 1024, to: 65535)))
        #expect(try decide(.outbound, "52.94.5.10", 80).reason.hasPrefix("The inbound entry 60 of acl-"))
        #expect(try decide(.outbound, "3.5.140.2", 80).isAllowed)
    }

    // MARK: Private subnets

    private struct Tiers {
        var vpc, publicSubnet, privateSubnet, publicTable, privateTable, gateway: String
    }

    /// Creates a typical VPC: a public subnet with a route to an internet gateway, and a private subnet without one yet.
    private func tiers() async throws -> Tiers {
        let vpc = try await aws.vpc()
        func subnet(_ cidr: String) async throws -> String {
            try #require(try await aws.ec2.createSubnet(.init(cidrBlock: cidr, vpcId: vpc)).subnet?.subnetId)
        }
        func table(of subnet: String) async throws -> String {
            let id = try #require(try await aws.ec2.createRouteTable(.init(vpcId: vpc)).routeTable?.routeTableId)
            _ = try await aws.ec2.associateRouteTable(.init(subnetId: subnet, routeTableId: id))
            return id
        }
        let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        let open = try await subnet("10.0.1.0/24"), closed = try await subnet("10.0.2.0/24")
        let tiers = Tiers(
            vpc: vpc, publicSubnet: open, privateSubnet: closed, publicTable: try await table(of: open),
            privateTable: try await table(of: closed), gateway: gateway)
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.publicTable, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway))
        return tiers
    }

    private func natGateway(in subnet: String) async throws -> String {
        let allocation = try #require(try await aws.ec2.allocateAddress(.init()).allocationId)
        let made = try await aws.ec2.createNatGateway(.init(allocationId: allocation, subnetId: subnet))
        aws.clock.advance(by: .minutes(5))
        return try #require(made.natGateway?.natGatewayId)
    }

    @Test func privateSubnetReachesInternetThroughNatGateway() async throws {
        let tiers = try await tiers()
        _ = try aws.interfaces(of: [instance], subnet: tiers.privateSubnet)
        #expect(try decide(.outbound, "52.94.5.10", 443).reason == "\(tiers.privateTable) has no route to 52.94.5.10.")
        let nat = try await natGateway(in: tiers.publicSubnet)
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.privateTable, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat))
        #expect(try decide(.outbound, "52.94.5.10", 443).isAllowed)
        let address = try await aws.ec2.describeNatGateways(.init(natGatewayIds: [nat])).natGateways?.first?
            .natGatewayAddresses?.first?.publicIp
        #expect(try decide(.outbound, "52.94.5.10", 443).translated == address && address != nil)
        #expect(try decide(.outbound, "10.0.1.9", 443).translated == nil)
        // A NAT gateway accepts no inbound connections, whatever the security groups allow.
        #expect(try decide(.inbound, "203.0.113.9", 22).reason.contains("which accepts no connections"))
        // The NAT gateway's subnet needs a route to the internet, and its ACL must allow the packets.
        try await aws.ec2.deleteRoute(.init(routeTableId: tiers.publicTable, destinationCidrBlock: "0.0.0.0/0"))
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.contains("is not public"))
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.publicTable, destinationCidrBlock: "0.0.0.0/0", gatewayId: tiers.gateway))
        let list = try #require(try await aws.ec2.createNetworkAcl(.init(vpcId: tiers.vpc)).networkAcl?.networkAclId)
        let old = try #require(
            try await aws.ec2.describeNetworkAcls(
                .init(filters: [Filter(name: "association.subnet-id", values: [tiers.publicSubnet])])
            ).networkAcls?.first?.associations?.first { $0.subnetId == tiers.publicSubnet }?.networkAclAssociationId)
        _ = try await aws.ec2.replaceNetworkAclAssociation(.init(associationId: old, networkAclId: list))
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.hasPrefix("The inbound entry * of \(list)"))
        for isEgress in [true, false] {
            try await aws.ec2.createNetworkAclEntry(
                .init(
                    networkAclId: list, ruleNumber: 100, protocol: "-1", ruleAction: .allow, egress: isEgress,
                    cidrBlock: "0.0.0.0/0"))
        }
        #expect(try decide(.outbound, "52.94.5.10", 443).isAllowed)
        _ = try await aws.ec2.deleteNatGateway(.init(natGatewayId: nat))
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.hasSuffix("the route is a blackhole."))
    }

    @Test func longestPrefixRouteDecidesReachability() async throws {
        let tiers = try await tiers()
        _ = try aws.interfaces(of: [instance], subnet: tiers.privateSubnet)
        let nat = try await natGateway(in: tiers.publicSubnet)
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.privateTable, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat))
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.privateTable, destinationCidrBlock: "52.94.0.0/16", gatewayId: tiers.gateway))
        // A route to the internet gateway works only for an instance with a public address.
        #expect(try decide(.outbound, "52.94.5.10", 443).reason.contains("no public address"))
        #expect(try decide(.outbound, "3.5.140.2", 443).isAllowed)
    }

    @Test func secondaryVpcCidrBlockIsReachable() async throws {
        let tiers = try await tiers()
        _ = try aws.interfaces(of: [instance], subnet: tiers.privateSubnet)
        #expect(try !decide(.outbound, "10.9.1.4", 443).isAllowed)
        _ = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "10.9.0.0/16", vpcId: tiers.vpc))
        #expect(try decide(.outbound, "10.9.1.4", 443).isAllowed)
    }

    @Test func peeredVpcsNeedRoutesAtBothEnds() async throws {
        let tiers = try await tiers()
        _ = try aws.interfaces(of: [instance], subnet: tiers.privateSubnet)
        let other = try await aws.vpc("10.1.0.0/16")
        _ = try await aws.ec2.createSubnet(.init(cidrBlock: "10.1.1.0/24", vpcId: other))
        let made = try await aws.ec2.createVpcPeeringConnection(.init(vpcId: tiers.vpc, peerVpcId: other))
        let id = try #require(made.vpcPeeringConnection?.vpcPeeringConnectionId)
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: tiers.privateTable, destinationCidrBlock: "10.1.0.0/16", vpcPeeringConnectionId: id))
        #expect(try decide(.outbound, "10.1.1.9", 443).reason.hasSuffix("the route is a blackhole."))
        _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .minutes(1))
        #expect(
            try decide(.outbound, "10.1.1.9", 443).reason
                == "No route at the other end of \(id) leads from 10.1.1.9 back to the instance.")
        let main = try #require(
            try await aws.ec2.describeRouteTables(.init(filters: [Filter(name: "vpc-id", values: [other])])).routeTables?.first)
        _ = try await aws.ec2.createRoute(
            .init(
                routeTableId: main.routeTableId ?? "", destinationCidrBlock: "10.0.0.0/16", vpcPeeringConnectionId: id))
        #expect(try decide(.outbound, "10.1.1.9", 443).isAllowed)
    }

    @Test(arguments: [
        ("api.ecr.us-east-1.amazonaws.com", "ecr.api"), ("123456789012.dkr.ecr.us-east-1.amazonaws.com", "ecr.dkr"),
        ("ec2.us-east-1.amazonaws.com", "ec2"), ("prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com", "s3"),
    ]) func hostNamesMapToServiceEndpoints(host: String, service: String) {
        #expect(ServiceEndpoints.service(of: host, region: "us-east-1") == "com.amazonaws.us-east-1.\(service)")
        #expect(ServiceEndpoints.service(of: host, region: "eu-west-1") == nil)
    }
}
