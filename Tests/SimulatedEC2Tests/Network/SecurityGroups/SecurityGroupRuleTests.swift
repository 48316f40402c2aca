import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct SecurityGroupRules {
    private let aws = AWS.current

    private func rules(_ group: String) async throws -> [SecurityGroupRule] {
        try await aws.ec2.describeSecurityGroupRules(.init(filters: [Filter(name: "group-id", values: [group])]))
            .securityGroupRules ?? []
    }

    @Test func authorizeIngressAcceptsPermissionsAndLegacyParameters() async throws {
        let id = try await aws.group()
        let added = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(
                groupId: id,
                ipPermissions: [
                    IpPermission(
                        ipProtocol: "6", fromPort: 22, toPort: 22,
                        ipRanges: [IpRange(description: "office", cidrIp: "203.0.113.9/24"), IpRange(cidrIp: "0.0.0.0/0")],
                        ipv6Ranges: [Ipv6Range(cidrIpv6: "2001:DB8:0:0::1/64")])
                ]))
        #expect(added.return == true)
        #expect(added.securityGroupRules?.map(\.cidrIpv4) == ["203.0.113.0/24", "0.0.0.0/0", nil])
        #expect(added.securityGroupRules?.last?.cidrIpv6 == "2001:db8::/64")
        #expect(added.securityGroupRules?.first?.description == "office")
        #expect(added.securityGroupRules?.first?.isEgress == false)
        #expect(added.securityGroupRules?.first?.groupOwnerId == "123456789012")
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(cidrIp: "0.0.0.0/0", fromPort: 80, groupName: "web", ipProtocol: "tcp", toPort: 80))
        let group = try await aws.group(id: id)
        #expect(group.ipPermissions?.map(\.fromPort) == [22, 80])
        #expect(group.ipPermissions?.first?.ipRanges?.map(\.cidrIp) == ["203.0.113.0/24", "0.0.0.0/0"])
        #expect(group.ipPermissions?.first?.ipv6Ranges?.map(\.cidrIpv6) == ["2001:db8::/64"])
        #expect(try await rules(id).count == 5)
    }

    @Test(
        arguments: [
            ("tcp", 22, 22, "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW"),
            ("udp", 53, 60, "peer: 0.0.0.0/0, UDP, from port: 53, to port: 60, ALLOW"),
            ("-1", nil, nil, "peer: 0.0.0.0/0, ALL, ALLOW"),
        ] as [(String, Int?, Int?, String)])
    func duplicateSecurityGroupRulesAreRejected(name: String, from: Int?, to: Int?, sentence: String) async throws {
        let id = try await aws.group()
        let permission = IpPermission(ipProtocol: name, fromPort: from, toPort: to, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [permission]))
        await refused("InvalidPermission.Duplicate", "the specified rule \"\(sentence)\" already exists") {
            try await aws.ec2.authorizeSecurityGroupIngress(
                .init(groupId: id, ipPermissions: [.tcp(443, "0.0.0.0/0"), permission]))
        }
        // A rejected request adds no rules.
        #expect(try await aws.group(id: id).ipPermissions?.count == 1)
        await refused("InvalidParameterValue", "The same permission must not appear multiple times") {
            try await aws.ec2.authorizeSecurityGroupEgress(
                .init(groupId: id, ipPermissions: [.tcp(443, "10.0.0.0/8"), .tcp(443, "10.0.0.1/8")]))
        }
    }

    @Test(
        arguments: [
            (
                IpPermission(ipProtocol: "tcp", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")]), "InvalidParameterValue",
                "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange."
            ),
            (
                IpPermission(ipProtocol: "tcp", fromPort: 443, toPort: 80, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")]),
                "InvalidParameterValue",
                // Assumed: the message for ports in the wrong order.
                "Invalid TCP/UDP port range (443:80)"
            ),
            (
                IpPermission(ipProtocol: "tcp", fromPort: 443, toPort: 70000, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")]),
                "InvalidParameterValue", nil
            ),
            (
                IpPermission(ipProtocol: "smoke", fromPort: 1, toPort: 1, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")]),
                "InvalidParameterValue",
                "Invalid value 'smoke' for IP protocol. Unknown protocol."
            ),
            (IpPermission.tcp(22, "1.2.3.4"), "InvalidParameterValue", "CIDR block 1.2.3.4 is malformed"),
            (
                IpPermission.tcp(22), "MissingParameter",
                "Missing source specification: include source security group or CIDR information"
            ),
            (
                IpPermission(fromPort: 22, toPort: 22, ipRanges: [IpRange(cidrIp: "0.0.0.0/0")]), "InvalidParameterValue",
                "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly."
            ),
        ] as [(IpPermission, String, String?)])
    func invalidIpPermissionsAreRejected(permission: IpPermission, code: String, message: String?) async throws {
        let id = try await aws.group()
        await refused(code, message) {
            try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [permission]))
        }
    }

    @Test func securityGroupRuleLimitIsSixty() async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: id, ipPermissions: (1...60).map { .tcp($0, "0.0.0.0/0") }))
        await refused("RulesPerSecurityGroupLimitExceeded") {
            try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, ipPermissions: [.tcp(61, "0.0.0.0/0")]))
        }
    }

    @Test func securityGroupRulesAreRevokedByValueOrId() async throws {
        let id = try await aws.group()
        let added = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: id, ipPermissions: [.tcp(22, "0.0.0.0/0"), .tcp(80, "0.0.0.0/0"), .tcp(443, "0.0.0.0/0")]))
        let last = try #require(added.securityGroupRules?.last?.securityGroupRuleId)
        let byId = try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: id, securityGroupRuleIds: [last]))
        #expect(byId.return == true)
        #expect(byId.revokedSecurityGroupRules?.map(\.fromPort) == [443])
        let byValue = try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: id, ipPermissions: [.tcp(80, "0.0.0.0/0")]))
        #expect(byValue.revokedSecurityGroupRules?.map(\.fromPort) == [80])
        #expect(try await aws.group(id: id).ipPermissions?.map(\.fromPort) == [22])
        await refused("InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '\(last)' does not exist") {
            try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: id, securityGroupRuleIds: [last]))
        }
        await refused("MissingParameter") { try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: id)) }
        let all = IpPermission(ipProtocol: "-1", ipRanges: [IpRange(cidrIp: "0.0.0.0/0")])
        try await aws.ec2.revokeSecurityGroupEgress(.init(groupId: id, ipPermissions: [all]))
        #expect(try await aws.group(id: id).ipPermissionsEgress?.isEmpty == true)
    }

    /// As the documentation of RevokeSecurityGroupIngress says.
    @Test func revokeUnknownRuleFailsOnlyOutsideDefaultVpc() async throws {
        let here = try await aws.group()
        let answer = try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: here, ipPermissions: [.tcp(22, "0.0.0.0/0")]))
        #expect(answer.unknownIpPermissions?.map(\.fromPort) == [22])
        #expect(answer.revokedSecurityGroupRules?.isEmpty == true)
        let there = try await aws.group(vpc: try await aws.vpc())
        await refused("InvalidPermission.NotFound", "The specified rule does not exist in this security group.") {
            try await aws.ec2.revokeSecurityGroupIngress(.init(groupId: there, ipPermissions: [.tcp(22, "0.0.0.0/0")]))
        }
    }

    @Test func ruleCannotReferenceSecurityGroupOfOtherVpc() async throws {
        let here = try await aws.group(), there = try await aws.group(vpc: try await aws.vpc())
        await refused("InvalidGroup.NotFound", "You have specified two resources that belong to different networks.") {
            try await aws.ec2.authorizeSecurityGroupIngress(
                .init(
                    groupId: here,
                    ipPermissions: [IpPermission(ipProtocol: "-1", userIdGroupPairs: [UserIdGroupPair(groupId: there)])]))
        }
    }

    @Test func sourceSecurityGroupNameAllowsTcpUdpAndIcmp() async throws {
        let id = try await aws.group()
        try await aws.ec2.authorizeSecurityGroupIngress(.init(groupId: id, sourceSecurityGroupName: "default"))
        #expect(try await aws.group(id: id).ipPermissions?.map(\.ipProtocol) == ["tcp", "udp", "icmp"])
    }

    @Test func securityGroupRulesAreModifiedAndDescribed() async throws {
        let id = try await aws.group()
        let added = try await aws.ec2.authorizeSecurityGroupIngress(
            .init(groupId: id, ipPermissions: [.tcp(22, "0.0.0.0/0"), .tcp(80, "0.0.0.0/0")]))
        let ids = (added.securityGroupRules ?? []).compactMap(\.securityGroupRuleId)
        // The two rules exchange their values.
        let changed = try await aws.ec2.modifySecurityGroupRules(
            .init(
                groupId: id,
                securityGroupRules: zip(ids, [80, 22] as [Int]).map { (rule: String, port: Int) in
                    SecurityGroupRuleUpdate(
                        securityGroupRuleId: rule,
                        securityGroupRule: SecurityGroupRuleRequest(
                            ipProtocol: "tcp", fromPort: port, toPort: port, cidrIpv4: "0.0.0.0/0", description: "to \(port)"))
                }))
        #expect(changed.return == true)
        let after = try await aws.ec2.describeSecurityGroupRules(.init(securityGroupRuleIds: ids)).securityGroupRules
        #expect(after?.map(\.fromPort) == [80, 22])
        #expect(after?.map(\.description) == ["to 80", "to 22"])
        await refused("InvalidPermission.Duplicate") {
            try await aws.ec2.modifySecurityGroupRules(
                .init(
                    groupId: id,
                    securityGroupRules: [
                        SecurityGroupRuleUpdate(
                            securityGroupRuleId: ids[0],
                            securityGroupRule: SecurityGroupRuleRequest(
                                ipProtocol: "tcp", fromPort: 22, toPort: 22, cidrIpv4: "0.0.0.0/0"))
                    ]))
        }
        try await aws.ec2.updateSecurityGroupRuleDescriptionsIngress(
            .init(
                groupId: id,
                securityGroupRuleDescriptions: [SecurityGroupRuleDescription(securityGroupRuleId: ids[0], description: "x")]))
        try await aws.ec2.updateSecurityGroupRuleDescriptionsIngress(.init(groupId: id, ipPermissions: [.tcp(22, "0.0.0.0/0")]))
        #expect(try await rules(id).filter { $0.isEgress == false }.map(\.description) == ["x", nil])
    }

    @Test func allProtocolRuleReportsPortsAsMinusOne() async throws {
        let id = try await aws.group()
        let rule = try #require(try await rules(id).first)
        #expect(rule.isEgress == true)
        #expect(rule.ipProtocol == "-1")
        #expect(rule.fromPort == -1)
        #expect(rule.toPort == -1)
        #expect(
            rule.securityGroupRuleArn
                == "arn:aws:ec2:us-east-1:123456789012:security-group-rule/\(rule.securityGroupRuleId ?? "")")
    }
}
