import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct SecurityGroupRuleRecord: StoredResource {
    static let kind = ResourceKind.securityGroupRule
    static let columns: ColumnList = [
        "id", "group_id", "is_egress", "protocol", "from_port", "to_port", "peer_kind", "peer", "peer_owner", "description",
    ]
    static let migration = Migration(
        "ec2.security_group_rule",
        """
        CREATE TABLE ec2_security_group_rule (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, group_id TEXT NOT NULL,
            is_egress INTEGER NOT NULL, protocol TEXT NOT NULL, from_port INTEGER NOT NULL, to_port INTEGER NOT NULL,
            peer_kind TEXT NOT NULL CHECK (peer_kind IN ('ipv4', 'ipv6', 'prefix-list', 'group')), peer TEXT NOT NULL,
            peer_owner TEXT NOT NULL, description TEXT, UNIQUE (account, region, id),
            UNIQUE (account, region, group_id, is_egress, protocol, from_port, to_port, peer_kind, peer),
            FOREIGN KEY (account, region, group_id) REFERENCES ec2_security_group (account, region, id)
        );
        CREATE INDEX ec2_security_group_rule_by_peer ON ec2_security_group_rule (account, region, peer)
        """)

    var id, groupId: String
    var isEgress: Bool
    var key: RuleKey
    var description: String?

    init(_ groupId: String, isEgress: Bool, _ key: RuleKey, description: String? = nil, _ context: Context) {
        id = context.ids.resource("sgr")
        self.groupId = groupId
        self.isEgress = isEgress
        self.key = key
        self.description = description
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; groupId = try row[1]; isEgress = try row[2]; description = try row[9]
        let text: String = try row[7]
        let kind: String = try row[6]
        let peer: RuleKey.Peer =
            switch kind {
            case "ipv4": .ipv4(text)
            case "ipv6": .ipv6(text)
            case "prefix-list": .prefixList(text)
            case "group": .group(text, owner: try row[8])
            default: throw DamagedState("'\(kind)' is not the kind of a security group rule's peer")
            }
        key = try RuleKey(protocol: row[3], fromPort: row[4], toPort: row[5], peer: peer)
    }

    var values: [(any DatabaseValueConvertible)?] {
        let owner = if case .group(_, let owner) = key.peer { owner } else { "" }
        return [
            id, groupId, isEgress, key.protocol, key.fromPort, key.toPort, key.peer.kind, key.peer.text, owner, description,
        ]
    }

    static func of(_ groupId: String, isEgress: Bool, _ context: Context) throws -> [SecurityGroupRuleRecord] {
        try all(context, "AND group_id = ? AND is_egress = ?", [groupId, isEgress])
    }

    /// Returns the rules of one group or of all groups, by group, read in one statement.
    static func byGroup(_ groupId: String?, _ context: Context) throws -> [String: [SecurityGroupRuleRecord]] {
        let rules = try groupId.map { try all(context, "AND group_id = ?", [$0]) } ?? all(context)
        return Dictionary(grouping: rules, by: \.groupId)
    }

    static func deleteAll(of groupId: String, _ context: Context) throws {
        for rule in try all(context, "AND group_id = ?", [groupId]) { try rule.delete(context) }
    }

    /// Checks AWS's default quota, for IPv4 and IPv6 rules separately. A reference to a group counts for both; a prefix list
    /// counts as its maximum number of entries.
    static func checkLimit(_ keys: some Sequence<RuleKey>, _ context: Context) throws {
        var ipv4 = 0, ipv6 = 0
        for key in keys {
            switch key.peer {
            case .ipv4: ipv4 += 1
            case .ipv6: ipv6 += 1
            case .group:
                ipv4 += 1
                ipv6 += 1
            case .prefixList(let id):
                let weight = try ManagedPrefixList.weight(of: id, context)
                ipv4 += weight
                ipv6 += weight
            }
        }
        guard ipv4 <= 60, ipv6 <= 60 else {
            throw AWSError(
                "RulesPerSecurityGroupLimitExceeded", "The maximum number of rules per security group has been reached.")
        }
    }
}

// MARK: Rendering

extension SecurityGroupRuleRecord {
    /// Groups rules into permissions: one for each protocol and port range, in the order of first appearance.
    static func permissions(_ rules: [SecurityGroupRuleRecord]) -> [IpPermission] {
        struct Ports: Hashable {
            let name: String
            let from, to: Int
        }
        var places: [Ports: Int] = [:]
        var result: [IpPermission] = []
        for rule in rules {
            let ports = Ports(name: rule.key.protocol, from: rule.key.fromPort, to: rule.key.toPort)
            let place = places[ports] ?? result.count
            if place == result.count {
                places[ports] = place
                result.append(rule.emptyPermission)
            }
            rule.add(to: &result[place])
        }
        return result
    }

    private var emptyPermission: IpPermission {
        IpPermission(
            ipProtocol: key.protocol, fromPort: key.hasPorts ? key.fromPort : nil, toPort: key.hasPorts ? key.toPort : nil,
            userIdGroupPairs: [], ipRanges: [], ipv6Ranges: [], prefixListIds: [])
    }

    private func add(to permission: inout IpPermission) {
        switch key.peer {
        case .ipv4(let text): permission.ipRanges?.append(IpRange(description: description, cidrIp: text))
        case .ipv6(let text): permission.ipv6Ranges?.append(Ipv6Range(description: description, cidrIpv6: text))
        case .prefixList(let id): permission.prefixListIds?.append(PrefixListId(description: description, prefixListId: id))
        case .group(let id, let owner):
            permission.userIdGroupPairs?.append(UserIdGroupPair(description: description, userId: owner, groupId: id))
        }
    }

    func shape(_ tags: [Tag], _ context: Context) -> SecurityGroupRule {
        var shape = SecurityGroupRule(
            securityGroupRuleId: id, groupId: groupId, groupOwnerId: context.account, isEgress: isEgress,
            ipProtocol: key.protocol, fromPort: key.fromPort, toPort: key.toPort, description: description, tags: tags,
            securityGroupRuleArn: Self.kind.arn(id, context))
        switch key.peer {
        case .ipv4(let text): shape.cidrIpv4 = text
        case .ipv6(let text): shape.cidrIpv6 = text
        case .prefixList(let id): shape.prefixListId = id
        case .group(let id, let owner): shape.referencedGroupInfo = ReferencedSecurityGroup(groupId: id, userId: owner)
        }
        return shape
    }

    var revokedShape: RevokedSecurityGroupRule {
        var shape = RevokedSecurityGroupRule(
            securityGroupRuleId: id, groupId: groupId, isEgress: isEgress, ipProtocol: key.protocol, fromPort: key.fromPort,
            toPort: key.toPort, description: description)
        switch key.peer {
        case .ipv4(let text): shape.cidrIpv4 = text
        case .ipv6(let text): shape.cidrIpv6 = text
        case .prefixList(let id): shape.prefixListId = id
        case .group(let id, _): shape.referencedGroupId = id
        }
        return shape
    }

    static let filters = FilterTable<SecurityGroupRule>(
        ["group-id": { [$0.groupId] }, "security-group-rule-id": { [$0.securityGroupRuleId] }], tags: { $0.tags })
}

extension EC2Simulation {
    public func describeSecurityGroupRules(
        _ input: DescribeSecurityGroupRulesRequest, _ context: Context
    ) throws -> DescribeSecurityGroupRulesResult {
        let paging = try Paging(input, ids: input.securityGroupRuleIds, named: "securityGroupRuleIds", context)
        for filter in input.filters ?? [] where filter.name == "group-id" {
            if let wrong = filter.values?.first(where: { !ResourceKind.securityGroup.isWellFormed($0) && !$0.contains("*") }) {
                throw AWSError(
                    ResourceKind.securityGroup.malformedCode, "The security group ID '\(wrong)' is malformed")
            }
        }
        let records = try SecurityGroupRuleRecord.list(input.securityGroupRuleIds, context)
        let tags = try TagIndex(.securityGroupRule, ids: records.map(\.id), context)
        let shapes = records.map { $0.shape(tags[$0.id], context) }
        let page = try paging.page(
            SecurityGroupRuleRecord.filters.apply(input.filters, to: shapes, context), of: .securityGroupRule,
            id: \.securityGroupRuleId)
        return DescribeSecurityGroupRulesResult(securityGroupRules: page.items, nextToken: page.nextToken)
    }
}
