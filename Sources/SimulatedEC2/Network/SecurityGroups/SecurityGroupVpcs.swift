import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/security-group-assoc.html

extension Resource where S == SecurityGroupVpcAssociation {
    /// The association of a security group with a further VPC.
    static let securityGroupVpc = Resource(
        ResourceKind(
            "sg-vpc", type: "security-group-vpc-association", code: "InvalidSecurityGroupVpcAssociation",
            notFound: "The security group VPC association '%' does not exist"),
        identity: { SecurityGroupVpcAssociation.identity($0.groupId ?? "", $0.vpcId ?? "") },
        refers: [.to("security-group", \.groupId), .to("vpc", \.vpcId)],
        life: LifeCycle(
            show: { $0.state = SecurityGroupVpcAssociationState($1) }, initial: "associating", deleting: "disassociating",
            steps: [
                "associating": .init(after: .seconds(5), isFixed: false) { _, _ in "associated" },
                "disassociating": .init(after: .seconds(5), isFixed: false) { _, _ in nil },
            ], gone: []))
}

extension SecurityGroupVpcAssociation {
    fileprivate static func identity(_ group: String, _ vpc: String) -> String { "\(group) \(vpc)" }

    /// Whether interfaces in the VPC may use a group of another VPC.
    static func lets(_ group: String, into vpc: String, _ context: Context) throws -> Bool {
        try Resource.securityGroupVpc.find(identity(group, vpc), context)?.phase == "associated"
    }
}

extension EC2Simulation {
    public func associateSecurityGroupVpc(
        _ input: AssociateSecurityGroupVpcRequest, _ context: Context
    ) throws -> AssociateSecurityGroupVpcResult {
        let group = try SecurityGroupRecord.get(input.groupId, context)
        let vpc = try VpcRecord.get(input.vpcId, context)
        guard group.vpcId != vpc.id else {
            throw AWSError("InvalidParameterValue", "The security group '\(group.id)' was created in the VPC '\(vpc.id)'.")
        }
        guard !group.isDefault, try VpcRecord.find(group.vpcId, context)?.isDefault != true else {
            throw AWSError(
                "InvalidParameterValue", "The security group '\(group.id)' cannot be associated with another VPC.",
                explanation: "Default security groups and groups of a default VPC cannot be associated with other VPCs.")
        }
        let resource = Resource.securityGroupVpc
        let id = SecurityGroupVpcAssociation.identity(group.id, vpc.id)
        guard try resource.find(id, context) == nil else {
            throw AWSError(
                "InvalidParameterValue", "The security group '\(group.id)' is already associated with the VPC '\(vpc.id)'.")
        }
        guard try SecurityGroupRecord.find(name: group.name, in: vpc.id, context) == nil else {
            throw AWSError.groupExists(group.name, vpc.id)
        }
        var shape = SecurityGroupVpcAssociation()
        shape.groupId = group.id
        shape.groupOwnerId = context.account
        shape.vpcId = vpc.id
        shape.vpcOwnerId = context.account
        resource.life.show(&shape, resource.life.initial)
        try resource.insert(shape, phase: resource.life.initial, context)
        if let due = resource.life.due(resource.life.initial, since: context.now, context) {
            try Due.set(resource.kind.type, id, at: due, context)
        }
        return AssociateSecurityGroupVpcResult(state: shape.state)
    }

    public func disassociateSecurityGroupVpc(
        _ input: DisassociateSecurityGroupVpcRequest, _ context: Context
    ) throws -> DisassociateSecurityGroupVpcResult {
        try ResourceKind.securityGroup.require(input.groupId, context)
        try ResourceKind.vpc.check(input.vpcId)
        let resource = Resource.securityGroupVpc
        let id = SecurityGroupVpcAssociation.identity(input.groupId, input.vpcId)
        guard var stored = try resource.find(id, context) else {
            // Assumed: the error code.
            throw AWSError(
                "InvalidSecurityGroupVpcAssociation.NotFound",
                "The security group '\(input.groupId)' is not associated with the VPC '\(input.vpcId)'.")
        }
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM ec2_network_interface_group m JOIN ec2_network_interface n
                    ON n.account = m.account AND n.region = m.region AND n.id = m.interface_id
                    WHERE m.account = ? AND m.region = ? AND m.group_id = ? AND n.vpc_id = ?)
                """)
        if try Bool.fetchOne(statement, arguments: [context.account, context.region, input.groupId, input.vpcId]) == true {
            throw ResourceKind.securityGroup.dependencyViolation(input.groupId)
        }
        try resource.move(&stored, to: "disassociating", at: context.now, context)
        return DisassociateSecurityGroupVpcResult(state: stored.shape.state)
    }

    public func describeSecurityGroupVpcAssociations(
        _ input: DescribeSecurityGroupVpcAssociationsRequest, _ context: Context
    ) throws -> DescribeSecurityGroupVpcAssociationsResult {
        let page = try context.describe(.securityGroupVpc, input, ids: nil, named: "")
        return DescribeSecurityGroupVpcAssociationsResult(securityGroupVpcAssociations: page.items, nextToken: page.nextToken)
    }

    public func getSecurityGroupsForVpc(
        _ input: GetSecurityGroupsForVpcRequest, _ context: Context
    ) throws -> GetSecurityGroupsForVpcResult {
        let paging = try Paging(input, context)
        try ResourceKind.vpc.require(input.vpcId, context)
        let groups = try SecurityGroupRecord.all(context).filter {
            try $0.vpcId == input.vpcId || SecurityGroupVpcAssociation.lets($0.id, into: input.vpcId, context)
        }
        let tags = try TagIndex(.securityGroup, ids: groups.map(\.id), context)
        let shapes = groups.map { group in
            SecurityGroupForVpc(
                description: group.description, groupName: group.name, ownerId: context.account, groupId: group.id,
                tags: tags[group.id], primaryVpcId: group.vpcId)
        }
        let found = try FilterTable<SecurityGroupForVpc>(
            ["group-id": { [$0.groupId] }, "group-name": { [$0.groupName] }], tags: { $0.tags }
        ).apply(input.filters, to: shapes, context)
        let page = try paging.page(found, of: .securityGroup, id: \.groupId)
        return GetSecurityGroupsForVpcResult(nextToken: page.nextToken, securityGroupForVpcs: page.items)
    }

    /// Returns the other VPCs whose groups have rules that refer to these groups.
    public func describeSecurityGroupReferences(
        _ input: DescribeSecurityGroupReferencesRequest, _ context: Context
    ) throws -> DescribeSecurityGroupReferencesResult {
        guard !input.groupId.isEmpty else { throw AWSError.missingParameter("GroupId") }
        let groups = try SecurityGroupRecord.list(input.groupId, context, inOrder: true)
        let owners = try Dictionary(
            SecurityGroupRecord.all(context).map { ($0.id, $0.vpcId) }, uniquingKeysWith: { first, _ in first })
        let references = try groups.flatMap { group in
            let rules = try SecurityGroupRuleRecord.all(context, "AND peer_kind = 'group' AND peer = ?", [group.id])
            return Set(rules.compactMap { owners[$0.groupId] }).filter { $0 != group.vpcId }.sorted().map { vpc in
                SecurityGroupReference(groupId: group.id, referencingVpcId: vpc)
            }
        }
        return DescribeSecurityGroupReferencesResult(securityGroupReferenceSet: references)
    }

    /// Returns the rules of a VPC's groups that refer to deleted or unreachable groups.
    public func describeStaleSecurityGroups(
        _ input: DescribeStaleSecurityGroupsRequest, _ context: Context
    ) throws -> DescribeStaleSecurityGroupsResult {
        let paging = try Paging(input, context)
        try ResourceKind.vpc.require(input.vpcId, context)
        let groups = try SecurityGroupRecord.all(context, "AND vpc_id = ?", [input.vpcId])
        let known = try Set(SecurityGroupRecord.all(context).map(\.id))
        let stale: [StaleSecurityGroup] = try groups.compactMap { group in
            let rules = try SecurityGroupRuleRecord.all(context, "AND group_id = ?", [group.id]).filter { rule in
                guard case .group(let id, let owner) = rule.key.peer else { return false }
                return owner == context.account && !known.contains(id)
            }
            guard !rules.isEmpty else { return nil }
            return StaleSecurityGroup(
                description: group.description, groupId: group.id, groupName: group.name,
                staleIpPermissions: rules.filter { !$0.isEgress }.map(\.stale),
                staleIpPermissionsEgress: rules.filter(\.isEgress).map(\.stale), vpcId: group.vpcId)
        }
        let page = try paging.page(stale, of: .securityGroup, id: \.groupId)
        return DescribeStaleSecurityGroupsResult(nextToken: page.nextToken, staleSecurityGroupSet: page.items)
    }
}

extension SecurityGroupRuleRecord {
    fileprivate var stale: StaleIpPermission {
        var permission = StaleIpPermission()
        permission.ipProtocol = key.protocol
        permission.fromPort = key.hasPorts ? key.fromPort : nil
        permission.toPort = key.hasPorts ? key.toPort : nil
        if case .group(let id, let owner) = key.peer {
            permission.userIdGroupPairs = [UserIdGroupPair(userId: owner, groupId: id)]
        }
        return permission
    }
}
