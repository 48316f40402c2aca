import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct SecurityGroupRecord: StoredResource {
    static let kind = ResourceKind.securityGroup
    static let columns: ColumnList = ["id", "vpc_id", "name", "description"]
    static let migration = Migration(
        "ec2.security_group",
        """
        CREATE TABLE ec2_security_group (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
            name TEXT NOT NULL, description TEXT NOT NULL, UNIQUE (account, region, id), UNIQUE (account, region, vpc_id, name),
            FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
        )
        """)

    var id, vpcId, name, description: String

    init(id: String, vpcId: String, name: String, description: String) {
        self.id = id
        self.vpcId = vpcId
        self.name = name
        self.description = description
    }

    init(_ row: StoredRow) throws { id = try row[0]; vpcId = try row[1]; name = try row[2]; description = try row[3] }
    var values: [(any DatabaseValueConvertible)?] { [id, vpcId, name, description] }

    var isDefault: Bool { name == "default" }

    /// Creates a VPC's default group. Its members may reach each other, and any destination.
    static func createDefault(of vpc: VpcRecord, _ context: Context) throws {
        let group = SecurityGroupRecord(
            id: context.ids.resource("sg"), vpcId: vpc.id, name: "default", description: "default VPC security group")
        try group.insert(context)
        let itself = RuleKey(protocol: "-1", peer: .group(group.id, owner: context.account))
        try SecurityGroupRuleRecord(group.id, isEgress: false, itself, context).insert(context)
        try group.allowAllEgress(context)
    }

    private static let allEgress = RuleKey(protocol: "-1", peer: .ipv4("0.0.0.0/0"))
    private static let allEgress6 = RuleKey(protocol: "-1", peer: .ipv6("::/0"))

    /// Adds the egress rules with which every new group starts; the one for IPv6 only if the VPC has an IPv6 block.
    func allowAllEgress(_ context: Context) throws {
        try SecurityGroupRuleRecord(id, isEgress: true, Self.allEgress, context).insert(context)
        guard try VpcRecord.find(vpcId, context)?.hasIPv6(context) == true else { return }
        try SecurityGroupRuleRecord(id, isEgress: true, Self.allEgress6, context).insert(context)
    }

    /// Lets a VPC's default group send IPv6 too, once the VPC has a block. Assumed: not if its egress rules were changed before, as
    /// AWS documents for the default network ACL.
    /// https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    static func allowIPv6Egress(of vpc: VpcRecord, _ context: Context) throws {
        guard let group = try find(name: "default", in: vpc.id, context) else { return }
        let rules = try SecurityGroupRuleRecord.all(context, "AND group_id = ?", [group.id]).filter(\.isEgress)
        guard rules.map(\.key) == [allEgress] else { return }
        try SecurityGroupRuleRecord(group.id, isEgress: true, allEgress6, context).insert(context)
    }

    /// Returns the group that a request names: by id in any VPC, by name in the default VPC.
    static func find(id: String?, name: String?, _ context: Context) throws -> SecurityGroupRecord {
        if let id { return try get(id, context) }
        guard let name else { throw AWSError.missingParameter("groupName or groupId") }
        guard let vpc = try VpcRecord.findDefault(context) else { throw AWSError.noDefaultVpc }
        guard let group = try find(name: name, in: vpc.id, context) else {
            throw AWSError.groupNotFound(name, inDefault: vpc.id)
        }
        return group
    }

    static func find(name: String, in vpcId: String, _ context: Context) throws -> SecurityGroupRecord? {
        try first(context, "AND vpc_id = ? AND name = ?", [vpcId, name])
    }

    /// Returns the groups of a new instance or interface: the named ones, or the VPC's default group.
    static func resolve(
        ids: [String]?, names: [String]?, subnet: SubnetRecord, _ context: Context
    ) throws -> [String] {
        var result: [String] = []
        for group in try ids.map({ try $0.isEmpty ? [] : list($0, context, inOrder: true) }) ?? [] {
            guard try group.vpcId == subnet.vpcId || SecurityGroupVpcAssociation.lets(group.id, into: subnet.vpcId, context)
            else {
                throw AWSError(
                    "InvalidParameter", "Security group \(group.id) and subnet \(subnet.id) belong to different networks.")
            }
            result.append(group.id)
        }
        for name in names ?? [] {
            guard let group = try find(name: name, in: subnet.vpcId, context) else {
                throw AWSError.groupNotFound(name, inDefault: subnet.vpcId)
            }
            result.append(group.id)
        }
        if result.isEmpty, let standard = try find(name: "default", in: subnet.vpcId, context) { result.append(standard.id) }
        return result.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    func delete(_ context: Context) throws {
        try SecurityGroupRuleRecord.deleteAll(of: id, context)
        try Self.delete(context, "AND id = ?", [id])
        try Tags.removeAll(from: id, context)
    }
}

extension EC2Simulation {
    public func createSecurityGroup(_ input: CreateSecurityGroupRequest, _ context: Context) throws -> CreateSecurityGroupResult
    {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .securityGroup)
        try SecurityGroupRecord.check(name: input.groupName, description: input.description)
        let vpc: VpcRecord
        if let id = input.vpcId, !id.isEmpty {
            vpc = try VpcRecord.get(id, context)
        } else {
            guard let standard = try VpcRecord.findDefault(context) else { throw AWSError.noDefaultVpc }
            vpc = standard
        }
        guard try SecurityGroupRecord.find(name: input.groupName, in: vpc.id, context) == nil else {
            throw AWSError.groupExists(input.groupName, vpc.id)
        }
        guard try SecurityGroupRecord.count(context) < 2500 else {
            throw AWSError("SecurityGroupLimitExceeded", "The maximum number of security groups has been reached.")
        }
        let group = SecurityGroupRecord(
            id: context.ids.resource("sg"), vpcId: vpc.id, name: input.groupName, description: input.description)
        try group.insert(context)
        try group.allowAllEgress(context)
        try tags.apply(.securityGroup, to: group.id, context)
        return CreateSecurityGroupResult(
            groupId: group.id, tags: tags[.securityGroup].orNone,
            securityGroupArn: ResourceKind.securityGroup.arn(group.id, context))
    }

    public func deleteSecurityGroup(_ input: DeleteSecurityGroupRequest, _ context: Context) throws -> DeleteSecurityGroupResult
    {
        let group = try SecurityGroupRecord.find(id: input.groupId, name: input.groupName, context)
        guard !group.isDefault else {
            throw AWSError(
                "CannotDelete", "the specified group: \"\(group.id)\" name: \"\(group.name)\" cannot be deleted by a user")
        }
        guard try !group.isInUse(context) else {
            throw ResourceKind.securityGroup.dependencyViolation(group.id)
        }
        guard try !EC2Simulation.kinds.isNeeded(group.id, .securityGroup, context) else {
            throw ResourceKind.securityGroup.dependencyViolation(group.id)
        }
        try group.delete(context)
        return DeleteSecurityGroupResult(return: true, groupId: group.id)
    }

    public func describeSecurityGroups(
        _ input: DescribeSecurityGroupsRequest, _ context: Context
    ) throws -> DescribeSecurityGroupsResult {
        let paging = try Paging(input, ids: input.groupIds, named: "groupIds", context)
        var records = try SecurityGroupRecord.list(input.groupIds, context)
        if let names = input.groupNames, !names.isEmpty {
            let standard = try VpcRecord.findDefault(context)?.id ?? ""
            records.removeAll { $0.vpcId != standard || !names.contains($0.name) }
            if let missing = names.first(where: { name in !records.contains { $0.name == name } }) {
                throw AWSError.groupNotFound(missing, inDefault: standard)
            }
        }
        let tags = try TagIndex(.securityGroup, ids: records.map(\.id), context)
        let rules = try SecurityGroupRuleRecord.byGroup(records.count == 1 ? records[0].id : nil, context)
        let shapes = records.map { $0.shape(tags[$0.id], rules[$0.id] ?? [], context) }
        let page = try paging.page(
            SecurityGroupRecord.filters.apply(input.filters, to: shapes, context), of: .securityGroup, id: \.groupId)
        return DescribeSecurityGroupsResult(nextToken: page.nextToken, securityGroups: page.items)
    }
}

extension SecurityGroupRecord {
    static let filters = FilterTable<SecurityGroup>(
        ruleFilters("ip-permission", { $0.ipPermissions }).merging(
            ruleFilters("egress.ip-permission", { $0.ipPermissionsEgress }), uniquingKeysWith: { first, _ in first }
        ).merging(
            [
                "group-id": { [$0.groupId] }, "group-name": { [$0.groupName] }, "description": { [$0.description] },
                "owner-id": { [$0.ownerId] }, "vpc-id": { [$0.vpcId] },
            ], uniquingKeysWith: { first, _ in first }),
        tags: { $0.tags })

    private static func ruleFilters(
        _ prefix: String, _ permissions: @escaping @Sendable (SecurityGroup) -> [IpPermission]?
    ) -> [String: FilterTable<SecurityGroup>.Values] {
        func each(_ values: @escaping @Sendable (IpPermission) -> [String?]) -> FilterTable<SecurityGroup>.Values {
            { permissions($0)?.flatMap(values) ?? [] }
        }
        return [
            "\(prefix).cidr": each { $0.ipRanges?.map(\.cidrIp) ?? [] },
            "\(prefix).ipv6-cidr": each { $0.ipv6Ranges?.map(\.cidrIpv6) ?? [] },
            "\(prefix).prefix-list-id": each { $0.prefixListIds?.map(\.prefixListId) ?? [] },
            "\(prefix).from-port": each { [$0.fromPort.map(String.init)] },
            "\(prefix).to-port": each { [$0.toPort.map(String.init)] },
            "\(prefix).protocol": each { [$0.ipProtocol] },
            "\(prefix).group-id": each { $0.userIdGroupPairs?.map(\.groupId) ?? [] },
            "\(prefix).group-name": each { $0.userIdGroupPairs?.map(\.groupName) ?? [] },
            "\(prefix).user-id": each { $0.userIdGroupPairs?.map(\.userId) ?? [] },
        ]
    }

    func shape(_ tags: [Tag], _ rules: [SecurityGroupRuleRecord], _ context: Context) -> SecurityGroup {
        SecurityGroup(
            groupId: id, ipPermissionsEgress: SecurityGroupRuleRecord.permissions(rules.filter(\.isEgress)), tags: tags.orNone,
            vpcId: vpcId, securityGroupArn: Self.kind.arn(id, context), ownerId: context.account, groupName: name,
            description: description, ipPermissions: SecurityGroupRuleRecord.permissions(rules.filter { !$0.isEgress }))
    }

    /// Whether an interface uses the group, or another group's rule refers to it.
    fileprivate func isInUse(_ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM ec2_network_interface_group WHERE account = ? AND region = ? AND group_id = ?)")
        if try Bool.fetchOne(statement, arguments: [context.account, context.region, id]) == true { return true }
        return try SecurityGroupRuleRecord.exists(
            context, "AND peer_kind = 'group' AND peer = ? AND group_id <> ?", [id, id])
    }

    /// Checks a new group's name and description.
    fileprivate static func check(name: String, description: String) throws {
        guard !name.isEmpty else { throw AWSError.missingParameter("GroupName") }
        guard !description.isEmpty else { throw AWSError.missingParameter("GroupDescription") }
        guard name.unicodeScalars.count <= 255 else {
            throw AWSError.invalidValue(name, for: "GroupName", "Group names may not be longer than 255 characters.")
        }
        guard !name.hasPrefix("sg-") else {
            throw AWSError.invalidValue(name, for: "GroupName", "Group names may not be in the format sg-*.")
        }
        guard name.lowercased() != "default" else {
            throw AWSError("InvalidParameterValue", "Cannot use reserved security group name: \(name)")
        }
        guard name.utf8.allSatisfy({ (32..<127).contains($0) }) else {
            throw AWSError.invalidValue(name, for: "GroupName", "Character sets beyond ASCII are not supported.")
        }
        guard description.utf8.allSatisfy({ (32..<127).contains($0) }) else {
            throw AWSError.invalidValue(description, for: "GroupDescription", "Character sets beyond ASCII are not supported.")
        }
        guard RuleDescription.isValid(description) else {
            throw AWSError(
                "InvalidParameterValue",
                "Invalid security group description. Valid descriptions are strings less than 256 characters from the following set:  \(RuleDescription.alphabet)"
            )
        }
    }
}

/// The characters allowed in descriptions of groups and rules.
enum RuleDescription {
    static let alphabet = "a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*"
    private static let punctuation = Set(". _-:/()#,@[]+=&;{}!$*".utf8)

    static func isValid(_ text: String) -> Bool {
        text.utf8.count <= 255
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || punctuation.contains($0)
            }
    }

    static func check(_ text: String?) throws -> String? {
        guard let text, !text.isEmpty else { return nil }
        guard isValid(text) else {
            throw AWSError(
                "InvalidParameterValue",
                "Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  \(alphabet)"
            )
        }
        return text
    }
}

extension AWSError {
    static let noDefaultVpc = AWSError("VPCIdNotSpecified", "No default VPC for this user")

    static func groupNotFound(_ name: String, inDefault vpcId: String) -> AWSError {
        AWSError("InvalidGroup.NotFound", "The security group '\(name)' does not exist in default VPC '\(vpcId)'")
    }

    static func groupExists(_ name: String, _ vpcId: String) -> AWSError {
        AWSError("InvalidGroup.Duplicate", "The security group '\(name)' already exists for VPC '\(vpcId)'")
    }
}
