import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// A request's permissions: a list, or the older parameters for a single rule.
private struct RequestedPermissions {
    var list: [IpPermission]?
    var ipProtocol: String?
    var fromPort, toPort: Int?
    var cidrIp: String?
    var sourceGroup, sourceOwner: String?

    private var isLegacy: Bool { ipProtocol != nil || cidrIp != nil || sourceGroup != nil || fromPort != nil || toPort != nil }

    var isEmpty: Bool { (list ?? []).isEmpty && !isLegacy }

    func permissions() throws -> [IpPermission] {
        if let list, !list.isEmpty {
            guard !isLegacy else {
                throw AWSError.invalidCombination("The parameter ipPermissions cannot be used with the parameter ipProtocol")
            }
            return list
        }
        guard isLegacy else { throw AWSError.missingParameter("ipPermissions") }
        if let sourceGroup {
            let pair = UserIdGroupPair(
                userId: sourceOwner, groupName: sourceGroup.hasPrefix("sg-") ? nil : sourceGroup,
                groupId: sourceGroup.hasPrefix("sg-") ? sourceGroup : nil)
            if let ipProtocol {
                return [IpPermission(ipProtocol: ipProtocol, fromPort: fromPort, toPort: toPort, userIdGroupPairs: [pair])]
            }
            // A source group alone allows all TCP, UDP and ICMP.
            return [
                IpPermission(ipProtocol: "tcp", fromPort: 0, toPort: 65535, userIdGroupPairs: [pair]),
                IpPermission(ipProtocol: "udp", fromPort: 0, toPort: 65535, userIdGroupPairs: [pair]),
                IpPermission(ipProtocol: "icmp", fromPort: -1, toPort: -1, userIdGroupPairs: [pair]),
            ]
        }
        return [
            IpPermission(
                ipProtocol: ipProtocol, fromPort: fromPort, toPort: toPort, ipRanges: cidrIp.map { [IpRange(cidrIp: $0)] })
        ]
    }
}

// MARK: Authorize

extension EC2Simulation {
    public func authorizeSecurityGroupIngress(
        _ input: AuthorizeSecurityGroupIngressRequest, _ context: Context
    ) throws -> AuthorizeSecurityGroupIngressResult {
        let group = try SecurityGroupRecord.find(id: input.groupId, name: input.groupName, context)
        let stated = RequestedPermissions(
            list: input.ipPermissions, ipProtocol: input.ipProtocol, fromPort: input.fromPort, toPort: input.toPort,
            cidrIp: input.cidrIp, sourceGroup: input.sourceSecurityGroupName, sourceOwner: input.sourceSecurityGroupOwnerId)
        let rules = try Self.authorize(stated, input.tagSpecifications, group, isEgress: false, context)
        return AuthorizeSecurityGroupIngressResult(return: true, securityGroupRules: rules)
    }

    public func authorizeSecurityGroupEgress(
        _ input: AuthorizeSecurityGroupEgressRequest, _ context: Context
    ) throws -> AuthorizeSecurityGroupEgressResult {
        let group = try SecurityGroupRecord.get(input.groupId, context)
        let stated = RequestedPermissions(
            list: input.ipPermissions, ipProtocol: input.ipProtocol, fromPort: input.fromPort, toPort: input.toPort,
            cidrIp: input.cidrIp, sourceGroup: input.sourceSecurityGroupName, sourceOwner: input.sourceSecurityGroupOwnerId)
        let rules = try Self.authorize(stated, input.tagSpecifications, group, isEgress: true, context)
        return AuthorizeSecurityGroupEgressResult(return: true, securityGroupRules: rules)
    }

    /// Adds all the rules, or none.
    private static func authorize(
        _ stated: RequestedPermissions, _ specifications: [TagSpecification]?, _ group: SecurityGroupRecord, isEgress: Bool,
        _ context: Context
    ) throws -> [SecurityGroupRule] {
        let tags = try TagSpecifications(specifications, allowed: .securityGroupRule)
        let wanted = try RequestedRule.all(of: stated.permissions(), group: group, context)
        guard Set(wanted.map(\.key)).count == wanted.count else {
            throw AWSError("InvalidParameterValue", "The same permission must not appear multiple times")
        }
        let present = try SecurityGroupRuleRecord.of(group.id, isEgress: isEgress, context).map(\.key)
        let known = Set(present)
        if let twice = wanted.first(where: { known.contains($0.key) }) { throw AWSError.ruleExists(twice.key) }
        try SecurityGroupRuleRecord.checkLimit(present + wanted.map(\.key), context)
        return try wanted.map { wanted in
            let rule = SecurityGroupRuleRecord(
                group.id, isEgress: isEgress, wanted.key, description: wanted.description, context)
            try rule.insert(context)
            try tags.apply(.securityGroupRule, to: rule.id, context)
            return rule.shape(tags[.securityGroupRule], context)
        }
    }
}

// MARK: Revoke

extension EC2Simulation {
    public func revokeSecurityGroupIngress(
        _ input: RevokeSecurityGroupIngressRequest, _ context: Context
    ) throws -> RevokeSecurityGroupIngressResult {
        let group = try SecurityGroupRecord.find(id: input.groupId, name: input.groupName, context)
        let stated = RequestedPermissions(
            list: input.ipPermissions, ipProtocol: input.ipProtocol, fromPort: input.fromPort, toPort: input.toPort,
            cidrIp: input.cidrIp, sourceGroup: input.sourceSecurityGroupName, sourceOwner: input.sourceSecurityGroupOwnerId)
        let (revoked, unknown) = try Self.revoke(stated, input.securityGroupRuleIds, group, isEgress: false, context)
        return RevokeSecurityGroupIngressResult(
            return: true, unknownIpPermissions: unknown.isEmpty ? nil : unknown, revokedSecurityGroupRules: revoked)
    }

    public func revokeSecurityGroupEgress(
        _ input: RevokeSecurityGroupEgressRequest, _ context: Context
    ) throws -> RevokeSecurityGroupEgressResult {
        let group = try SecurityGroupRecord.get(input.groupId, context)
        let stated = RequestedPermissions(
            list: input.ipPermissions, ipProtocol: input.ipProtocol, fromPort: input.fromPort, toPort: input.toPort,
            cidrIp: input.cidrIp, sourceGroup: input.sourceSecurityGroupName, sourceOwner: input.sourceSecurityGroupOwnerId)
        let (revoked, unknown) = try Self.revoke(stated, input.securityGroupRuleIds, group, isEgress: true, context)
        return RevokeSecurityGroupEgressResult(
            return: true, unknownIpPermissions: unknown.isEmpty ? nil : unknown, revokedSecurityGroupRules: revoked)
    }

    /// - Returns: the removed rules, and those that never existed. The default VPC ignores the latter; elsewhere they are an
    ///   error.
    private static func revoke(
        _ stated: RequestedPermissions, _ ids: [String]?, _ group: SecurityGroupRecord, isEgress: Bool, _ context: Context
    ) throws -> ([RevokedSecurityGroupRule], [IpPermission]) {
        let present = try SecurityGroupRuleRecord.of(group.id, isEgress: isEgress, context)
        var revoked: [SecurityGroupRuleRecord] = []
        var unknown: [RequestedRule] = []
        if let ids, !ids.isEmpty {
            guard stated.isEmpty else {
                throw AWSError.invalidCombination(
                    "The parameter securityGroupRuleIds cannot be used with the parameter ipPermissions")
            }
            revoked = try ids.map { id in
                try ResourceKind.securityGroupRule.check(id)
                guard let rule = present.first(where: { $0.id == id }) else {
                    throw ResourceKind.securityGroupRule.notFound(id)
                }
                return rule
            }
        } else {
            guard !stated.isEmpty else {
                throw AWSError("MissingParameter", "Either 'ipPermissions' or 'securityGroupRuleIds' should be provided.")
            }
            for wanted in try RequestedRule.all(of: stated.permissions(), group: group, context) {
                if let rule = present.first(where: { $0.key == wanted.key }) {
                    revoked.append(rule)
                } else {
                    unknown.append(wanted)
                }
            }
            if !unknown.isEmpty, try VpcRecord.find(group.vpcId, context)?.isDefault != true {
                throw AWSError.ruleNotFound
            }
        }
        for rule in revoked { try rule.delete(context) }
        let unknownRecords = unknown.map {
            SecurityGroupRuleRecord(group.id, isEgress: isEgress, $0.key, description: $0.description, context)
        }
        return (revoked.map(\.revokedShape), SecurityGroupRuleRecord.permissions(unknownRecords))
    }
}

// MARK: Modify

extension EC2Simulation {
    public func modifySecurityGroupRules(
        _ input: ModifySecurityGroupRulesRequest, _ context: Context
    ) throws -> ModifySecurityGroupRulesResult {
        let group = try SecurityGroupRecord.get(input.groupId, context)
        guard !input.securityGroupRules.isEmpty else { throw AWSError.missingParameter("SecurityGroupRule") }
        let present = try SecurityGroupRuleRecord.byGroup(group.id, context)[group.id] ?? []
        var rules = Dictionary(uniqueKeysWithValues: present.map { ($0.id, $0) })
        for update in input.securityGroupRules {
            try ResourceKind.securityGroupRule.check(update.securityGroupRuleId)
            guard var rule = rules[update.securityGroupRuleId] else {
                throw ResourceKind.securityGroupRule.notFound(update.securityGroupRuleId)
            }
            guard let wanted = update.securityGroupRule else { throw AWSError.missingParameter("SecurityGroupRule") }
            try rule.change(to: wanted, group, context)
            rules[rule.id] = rule
        }
        for isEgress in [false, true] {
            let keys = rules.values.filter { $0.isEgress == isEgress }.map(\.key)
            if let twice = Dictionary(grouping: keys, by: \.self).first(where: { $0.value.count > 1 }) {
                throw AWSError.ruleExists(twice.key)
            }
            try SecurityGroupRuleRecord.checkLimit(keys, context)
        }
        // Two rules may swap values. First give each one a temporary peer, then write the changed rules in the old order.
        let changed = Set(input.securityGroupRules.map(\.securityGroupRuleId))
        for id in changed {
            try context.db.cachedStatement(
                sql: "UPDATE ec2_security_group_rule SET peer = id WHERE account = ? AND region = ? AND id = ?"
            ).execute(arguments: [context.account, context.region, id])
        }
        for id in changed { try rules[id]?.update(context) }
        return ModifySecurityGroupRulesResult(return: true)
    }

    public func updateSecurityGroupRuleDescriptionsIngress(
        _ input: UpdateSecurityGroupRuleDescriptionsIngressRequest, _ context: Context
    ) throws -> UpdateSecurityGroupRuleDescriptionsIngressResult {
        let group = try SecurityGroupRecord.find(id: input.groupId, name: input.groupName, context)
        try Self.describe(group, isEgress: false, input.ipPermissions, input.securityGroupRuleDescriptions, context)
        return UpdateSecurityGroupRuleDescriptionsIngressResult(return: true)
    }

    public func updateSecurityGroupRuleDescriptionsEgress(
        _ input: UpdateSecurityGroupRuleDescriptionsEgressRequest, _ context: Context
    ) throws -> UpdateSecurityGroupRuleDescriptionsEgressResult {
        let group = try SecurityGroupRecord.find(id: input.groupId, name: input.groupName, context)
        try Self.describe(group, isEgress: true, input.ipPermissions, input.securityGroupRuleDescriptions, context)
        return UpdateSecurityGroupRuleDescriptionsEgressResult(return: true)
    }

    /// Sets or removes the rules' descriptions.
    private static func describe(
        _ group: SecurityGroupRecord, isEgress: Bool, _ permissions: [IpPermission]?,
        _ descriptions: [SecurityGroupRuleDescription]?, _ context: Context
    ) throws {
        let present = try SecurityGroupRuleRecord.of(group.id, isEgress: isEgress, context)
        if let descriptions, !descriptions.isEmpty {
            guard (permissions ?? []).isEmpty else {
                throw AWSError.invalidCombination(
                    "The parameter securityGroupRuleDescriptions cannot be used with the parameter ipPermissions")
            }
            for wanted in descriptions {
                let id = wanted.securityGroupRuleId ?? ""
                try ResourceKind.securityGroupRule.check(id)
                guard var rule = present.first(where: { $0.id == id }) else {
                    throw ResourceKind.securityGroupRule.notFound(id)
                }
                rule.description = try RuleDescription.check(wanted.description)
                try rule.update(context)
            }
            return
        }
        guard let permissions, !permissions.isEmpty else { throw AWSError.missingParameter("ipPermissions") }
        for wanted in try RequestedRule.all(of: permissions, group: group, context) {
            guard var rule = present.first(where: { $0.key == wanted.key }) else { throw AWSError.ruleNotFound }
            rule.description = wanted.description
            try rule.update(context)
        }
    }
}

extension SecurityGroupRuleRecord {
    /// Changes the rule; fields that the request omits keep their values.
    fileprivate mutating func change(to wanted: SecurityGroupRuleRequest, _ group: SecurityGroupRecord, _ context: Context)
        throws
    {
        guard let name = wanted.ipProtocol, !name.isEmpty else {
            throw AWSError(
                "InvalidParameterValue",
                "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.")
        }
        let ports = try RequestedRule.ports(name, wanted.fromPort, wanted.toPort)
        key.protocol = ports.name
        key.fromPort = ports.from
        key.toPort = ports.to
        var peers: [RuleKey.Peer] = []
        if let text = wanted.cidrIpv4 { peers.append(.ipv4(try RequestedRule.block(text))) }
        if let text = wanted.cidrIpv6 { peers.append(.ipv6(try RequestedRule.block6(text))) }
        if let id = wanted.prefixListId { peers.append(.prefixList(try RequestedRule.prefixList(id, context))) }
        if let id = wanted.referencedGroupId {
            let pair = IpPermission(ipProtocol: "-1", userIdGroupPairs: [UserIdGroupPair(groupId: id)])
            peers += try RequestedRule.all(of: [pair], group: group, context).map(\.key.peer)
        }
        guard peers.count <= 1 else {
            throw AWSError(
                "InvalidParameterValue", "Only one of cidrIpv4, cidrIpv6, prefixListId and referencedGroupId may be specified")
        }
        if let peer = peers.first { key.peer = peer }
        description = try RuleDescription.check(wanted.description)
    }
}

extension AWSError {
    static func ruleExists(_ key: RuleKey) -> AWSError {
        AWSError("InvalidPermission.Duplicate", "the specified rule \"\(key.sentence)\" already exists")
    }

    static let ruleNotFound = AWSError(
        "InvalidPermission.NotFound", "The specified rule does not exist in this security group.")
}
