import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct IPv6Reachability {
    private let aws = AWS.current
    private let instance = "i-00000000000000001"
    private let far = "2001:db8::9"

    private func decide(
        _ direction: NetworkReachability.Direction, _ peer: String, _ port: Int = 443, protocol name: String = "tcp"
    ) throws -> NetworkReachability.Decision {
        try aws.within { context in
            try #require(try NetworkReachability(instance: instance, context))
                .decide(direction, peer: peer, port: port, protocol: name)
        }
    }

    private func decide(host: String) throws -> NetworkReachability.Decision {
        try aws.within { context in
            try #require(try NetworkReachability(instance: instance, context)).decide(host: host, port: 443)
        }
    }

    /// Returns the first IPv6 address of an instance's interface.
    private func address(of instance: String) async throws -> String {
        let found = try await aws.ec2.describeNetworkInterfaces(
            .init(filters: [Filter(name: "attachment.instance-id", values: [instance])]))
        return try #require(found.networkInterfaces?.first?.ipv6Addresses?.first?.ipv6Address)
    }

    private func route(
        _ table: String, _ cidr: String, _ change: (inout CreateRouteRequest) -> Void
    ) async throws {
        var request = CreateRouteRequest(routeTableId: table)
        request.destinationIpv6CidrBlock = cidr
        change(&request)
        _ = try await aws.ec2.createRoute(request)
    }

    // MARK: Gateways

    @Test func internetGatewayAllowsIPv6InBothDirections() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1), table = try await vpc.table(of: subnet)
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        #expect(try decide(.outbound, far).reason == "\(table) has no route to 2001:db8::9.")
        let gateway = try await vpc.internetGateway()
        try await route(table, "::/0") { $0.gatewayId = gateway }
        let own = try await address(of: instance), out = try decide(.outbound, far)
        #expect(out.isAllowed && out.translated == own)
        // Groups of a VPC with an IPv6 block start with an egress rule for each family.
        let all = IpPermission(ipProtocol: "-1", ipv6Ranges: [Ipv6Range(cidrIpv6: "::/0")])
        try await aws.ec2.revokeSecurityGroupEgress(.init(groupId: group, ipPermissions: [all]))
        #expect(try decide(.outbound, far).reason == "No outbound rule of \(group) (web) allows TCP port 443 to 2001:db8::9.")
        #expect(
            try decide(.inbound, far, 22).reason == "No inbound rule of \(group) (web) allows TCP port 22 from 2001:db8::9.")
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: group, ipPermissions: [.tcp6(22, "2001:db8::/32")]))
        #expect(try decide(.inbound, far, 22).isAllowed)
        #expect(try !decide(.inbound, "2001:db9::9", 22).isAllowed)
        // It has no IPv4 address, whatever the rules allow.
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [.tcp(22, "0.0.0.0/0")]))
        #expect(try decide(.inbound, "203.0.113.9", 22).reason == "The instance has no IPv4 address.")
        // This machine, from which guests are reached, is IPv6's loopback address for it.
        #expect(try !decide(.inbound, "127.0.0.1", 22).isAllowed)
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [.tcp6(22, "::1/128")]))
        #expect(try decide(.inbound, "127.0.0.1", 22).isAllowed)
        #expect(try decide(.outbound, "2001:db8::9%eth0").reason == "'2001:db8::9%eth0' is not an IP address.")
        #expect(try decide(.outbound, "fd00:ec2::254", 80).isAllowed)
        try await aws.ec2.detachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc.id))
        #expect(try decide(.outbound, far).reason.contains("which is not attached to \(vpc.id)"))
    }

    @Test func egressOnlyInternetGatewayAllowsOnlyOutboundIPv6() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1, "10.0.1.0/24"), table = try await vpc.table(of: subnet)
        let group = try await aws.group(vpc: vpc.id)
        try await aws.ec2.modifySubnetAttribute(
            .init(assignIpv6AddressOnCreation: AttributeBooleanValue(value: true), subnetId: subnet))
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: group, ipPermissions: [.tcp6(22, "::/0")]))
        let gateway = try await vpc.egressOnlyGateway()
        try await route(table, "::/0") { $0.egressOnlyInternetGatewayId = gateway }
        #expect(try decide(.outbound, far).isAllowed)
        #expect(
            try decide(.inbound, far, 22).reason
                == "The route of \(table) to 2001:db8::9 leads to \(gateway), which accepts no connections to the instance.")
        // IPv4 does not use it, and a more specific route takes precedence over it.
        #expect(try decide(.outbound, "52.94.5.10").reason == "\(table) has no route to 52.94.5.10.")
        let internet = try await vpc.internetGateway()
        try await route(table, "2001:db8::/32") { $0.gatewayId = internet }
        #expect(try decide(.inbound, far, 22).isAllowed)
        #expect(try !decide(.inbound, "2001:db9::9", 22).isAllowed)
        try await aws.ec2.deleteRoute(.init(routeTableId: table, destinationIpv6CidrBlock: "2001:db8::/32"))
        _ = try await aws.ec2.deleteEgressOnlyInternetGateway(.init(egressOnlyInternetGatewayId: gateway))
        #expect(try decide(.outbound, far).reason.hasSuffix("the route is a blackhole."))
    }

    /// https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
    @Test func blockPublicAccessAppliesToInternetAndEgressGateways() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1), table = try await vpc.table(of: subnet)
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let egress = try await vpc.egressOnlyGateway(), internet = try await vpc.internetGateway()
        try await route(table, "::/0") { $0.egressOnlyInternetGatewayId = egress }
        try await route(table, "2001:db9::/32") { $0.gatewayId = internet }
        func reached() throws -> [Bool] {
            [try decide(.outbound, far).isAllowed, try decide(.outbound, "2001:db9::9").isAllowed]
        }
        #expect(try reached() == [true, true])
        _ = try await aws.ec2.modifyVpcBlockPublicAccessOptions(.init(internetGatewayBlockMode: .blockIngress))
        #expect(try reached() == [true, false])
        _ = try await aws.ec2.modifyVpcBlockPublicAccessOptions(.init(internetGatewayBlockMode: .blockBidirectional))
        #expect(try reached() == [false, false])
        #expect(try decide(.outbound, far).reason.contains("VPC Block Public Access (block-bidirectional)"))
        _ = try await aws.ec2.createVpcBlockPublicAccessExclusion(
            .init(subnetId: subnet, internetGatewayExclusionMode: .allowBidirectional))
        aws.clock.advance(by: .minutes(30))
        #expect(try reached() == [true, true])
    }

    /// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
    @Test func natGatewayTranslatesIPv6ToIPv4() async throws {
        let vpc = try await DualStackVpc()
        let open = try await vpc.subnet(1, "10.0.1.0/24"), only = try await vpc.subnet(2)
        let outside = try await vpc.table(of: open), table = try await vpc.table(of: only)
        let internet = try await vpc.internetGateway()
        _ = try await aws.ec2.createRoute(
            .init(routeTableId: outside, destinationCidrBlock: "0.0.0.0/0", gatewayId: internet))
        let allocation = try await aws.ec2.allocateAddress(.init())
        let made = try await aws.ec2.createNatGateway(.init(allocationId: allocation.allocationId, subnetId: open))
        let nat = try #require(made.natGateway?.natGatewayId)
        aws.clock.advance(by: .minutes(5))
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: only)
        let host = "api.ecr.us-east-1.amazonaws.com"
        try await route(table, "64:ff9b::/96") { $0.natGatewayId = nat }
        let translated = try decide(.outbound, "64:ff9b::345e:50a")
        #expect(translated.isAllowed && translated.translated == allocation.publicIp)
        #expect(try !decide(.inbound, "64:ff9b::345e:50a").isAllowed)
        // Without DNS64, names of IPv4 hosts do not resolve to addresses that the instance can use.
        #expect(try decide(host: host).reason == "The instance has no IPv4 address.")
        try await aws.ec2.modifySubnetAttribute(.init(subnetId: only, enableDns64: AttributeBooleanValue(value: true)))
        #expect(try decide(host: host).isAllowed)
        #expect(try !decide(host: "deb.debian.org").isAllowed)
        try await route(table, "::/0") { $0.natGatewayId = nat }
        #expect(try decide(.outbound, far).reason.contains("translates only IPv6 addresses of 64:ff9b::/96"))
    }

    @Test func dualStackHostsAreReachableOverIPv6() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1, "10.0.1.0/24"), table = try await vpc.table(of: subnet)
        let group = try await aws.group(vpc: vpc.id)
        try await aws.ec2.modifySubnetAttribute(
            .init(assignIpv6AddressOnCreation: AttributeBooleanValue(value: true), subnetId: subnet))
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let gateway = try await vpc.egressOnlyGateway()
        #expect(try decide(host: "deb.debian.org").reason.contains("has no route to 3.5.140.2"))
        try await route(table, "::/0") { $0.egressOnlyInternetGatewayId = gateway }
        let own = try await address(of: instance)
        #expect(try decide(host: "deb.debian.org").translated == own)
        #expect(try decide(host: "ecr.us-east-1.api.aws").isAllowed)
        #expect(try decide(host: "s3.dualstack.us-east-1.amazonaws.com").isAllowed)
        #expect(try !decide(host: "api.ecr.us-east-1.amazonaws.com").isAllowed)
    }

    // MARK: Rules

    @Test func networkAclsMatchIPv6Entries() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1), table = try await vpc.table(of: subnet)
        let internet = try await vpc.internetGateway()
        try await route(table, "::/0") { $0.gatewayId = internet }
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let list = try #require(
            try await aws.ec2.describeNetworkAcls(.init(filters: [Filter(name: "vpc-id", values: [vpc.id])])).networkAcls?
                .first?.networkAclId)
        // IPv4 entries are no matter of IPv6 packets.
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 40, protocol: "-1", ruleAction: .deny, egress: true, cidrBlock: "0.0.0.0/0"))
        #expect(try decide(.outbound, far).isAllowed)
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 50, protocol: "6", ruleAction: .deny, egress: true,
                ipv6CidrBlock: "2001:db8::/32", portRange: .init(from: 443, to: 443)))
        #expect(try decide(.outbound, far).reason == "The outbound entry 50 of \(list) denies TCP port 443.")
        #expect(try decide(.outbound, far, 80).isAllowed && decide(.outbound, "2001:db9::9").isAllowed)
        // Replies need an entry too.
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 60, protocol: "6", ruleAction: .deny, egress: false, ipv6CidrBlock: "::/0",
                portRange: .init(from: 1024, to: 65535)))
        #expect(try decide(.outbound, "2001:db9::9").reason.hasPrefix("The inbound entry 60 of \(list)"))
        // ICMP over IPv6 is a protocol of its own.
        #expect(try decide(.outbound, far, protocol: "icmp").isAllowed)
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 55, protocol: "58", ruleAction: .deny, egress: true, ipv6CidrBlock: "::/0",
                icmpTypeCode: .init(code: -1, type: -1)))
        #expect(try decide(.outbound, far, protocol: "icmp").reason.contains("denies ICMPV6"))
    }

    @Test func ipv6RulesMatchSecurityGroupsAndPrefixLists() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1)
        let group = try await aws.group(vpc: vpc.id), stranger = try await aws.group("other", vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        _ = try aws.interfaces(of: ["i-00000000000000002"], groups: [group], subnet: subnet)
        _ = try aws.interfaces(of: ["i-00000000000000003"], groups: [stranger], subnet: subnet)
        let member = try await address(of: "i-00000000000000002"), other = try await address(of: "i-00000000000000003")
        #expect(try !decide(.inbound, member, 8080).isAllowed)
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group,
                ipPermissions: [
                    IpPermission(
                        ipProtocol: "tcp", fromPort: 8080, toPort: 8080, userIdGroupPairs: [.init(groupId: group)])
                ]))
        #expect(try decide(.inbound, member, 8080).isAllowed)
        #expect(try !decide(.inbound, other, 8080).isAllowed)
        let list = try #require(
            try await aws.ec2.createManagedPrefixList(
                .init(
                    prefixListName: "six", entries: [AddPrefixListEntry(cidr: "\(other)/128")], maxEntries: 3,
                    addressFamily: "IPv6")
            ).prefixList?.prefixListId)
        aws.clock.advance(by: .minutes(1))
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: group,
                ipPermissions: [
                    IpPermission(
                        ipProtocol: "tcp", fromPort: 8080, toPort: 8080, prefixListIds: [.init(prefixListId: list)])
                ]))
        #expect(try decide(.inbound, other, 8080).isAllowed)
    }

    @Test func routesSupportIPv6PrefixLists() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1), table = try await vpc.table(of: subnet)
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let gateway = try await vpc.egressOnlyGateway()
        let list = try #require(
            try await aws.ec2.createManagedPrefixList(
                .init(
                    prefixListName: "six", entries: [AddPrefixListEntry(cidr: "2001:db8::/32")], maxEntries: 3,
                    addressFamily: "IPv6")
            ).prefixList?.prefixListId)
        aws.clock.advance(by: .minutes(1))
        var request = CreateRouteRequest(routeTableId: table)
        request.destinationPrefixListId = list
        request.egressOnlyInternetGatewayId = gateway
        _ = try await aws.ec2.createRoute(request)
        #expect(try decide(.outbound, far).isAllowed)
        #expect(try decide(.outbound, "2001:db9::9").reason.contains("has no route"))
    }

    // MARK: Other networks

    @Test func peeredVpcsNeedIPv6RoutesAtBothEnds() async throws {
        let vpc = try await DualStackVpc(), other = try await DualStackVpc(.current, "10.1.0.0/16")
        let subnet = try await vpc.subnet(1), table = try await vpc.table(of: subnet)
        let there = try await other.subnet(1), back = try await other.table(of: there)
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let made = try await aws.ec2.createVpcPeeringConnection(.init(vpcId: vpc.id, peerVpcId: other.id))
        let id = try #require(made.vpcPeeringConnection?.vpcPeeringConnectionId)
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .minutes(1))
        let peer = other.address(1, 9)
        try await route(table, other.block.description) { $0.vpcPeeringConnectionId = id }
        #expect(
            try decide(.outbound, peer).reason
                == "No route at the other end of \(id) leads from \(peer) back to the instance.")
        try await route(back, vpc.part(1).description) { $0.vpcPeeringConnectionId = id }
        #expect(try decide(.outbound, peer).isAllowed)
        let list = try #require(
            try await aws.ec2.describeNetworkAcls(.init(filters: [Filter(name: "vpc-id", values: [other.id])])).networkAcls?
                .first?.networkAclId)
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: 50, protocol: "-1", ruleAction: .deny, egress: false,
                ipv6CidrBlock: vpc.block.description))
        #expect(try decide(.outbound, peer).reason.hasPrefix("The inbound entry 50 of \(list)"))
    }

    @Test func transitGatewaysNeedIPv6Support() async throws {
        let gateway = try #require(
            try await aws.ec2.createTransitGateway(.init()).transitGateway?.transitGatewayId)
        aws.clock.advance(by: .minutes(5))
        let vpc = try await DualStackVpc(), other = try await DualStackVpc(.current, "10.1.0.0/16")
        // Attachments need subnets with IPv4; AWS supports none in IPv6-only subnets.
        func attach(_ vpc: DualStackVpc, _ cidr: String, ipv6: Ipv6SupportValue) async throws -> String {
            let subnet = try await vpc.subnet(2, cidr, zone: "us-east-1a")
            let made = try await aws.ec2.createTransitGatewayVpcAttachment(
                .init(transitGatewayId: gateway, vpcId: vpc.id, subnetIds: [subnet], options: .init(ipv6Support: ipv6)))
            aws.clock.advance(by: .minutes(5))
            return try #require(made.transitGatewayVpcAttachment?.transitGatewayAttachmentId)
        }
        let subnet = try await vpc.subnet(1, zone: "us-east-1a"), table = try await vpc.table(of: subnet)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createTransitGatewayVpcAttachment(
                .init(transitGatewayId: gateway, vpcId: vpc.id, subnetIds: [subnet]))
        }
        let near = try await attach(vpc, "10.0.2.0/24", ipv6: .enable)
        let far = try await attach(other, "10.1.2.0/24", ipv6: .disable)
        let there = try await other.subnet(1, zone: "us-east-1a"), back = try await other.table(of: there)
        let group = try await aws.group(vpc: vpc.id)
        _ = try aws.interfaces(of: [instance], groups: [group], subnet: subnet)
        let peer = other.address(1, 9)
        try await route(table, "::/0") { $0.transitGatewayId = gateway }
        #expect(try decide(.outbound, peer).reason.hasSuffix("leads to \(far), which has no IPv6 support."))
        _ = try await aws.ec2.modifyTransitGatewayVpcAttachment(
            .init(transitGatewayAttachmentId: far, options: .init(ipv6Support: .enable)))
        aws.clock.advance(by: .minutes(5))
        #expect(
            try decide(.outbound, peer).reason
                == "No route of a subnet behind \(far) leads from \(peer) back to the instance.")
        try await route(back, vpc.block.description) { $0.transitGatewayId = gateway }
        #expect(try decide(.outbound, peer).isAllowed)
        _ = try await aws.ec2.modifyTransitGatewayVpcAttachment(
            .init(transitGatewayAttachmentId: near, options: .init(ipv6Support: .disable)))
        aws.clock.advance(by: .minutes(5))
        #expect(try decide(.outbound, peer).reason.hasSuffix("leads to \(near), which has no IPv6 support."))
    }
}
