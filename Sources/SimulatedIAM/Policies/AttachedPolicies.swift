import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

extension PolicyOwner {
    /// Attaches a policy. Attaching it again succeeds.
    func attach(_ arn: String, _ context: Context) throws {
        let policy = try ManagedPolicy.attachable(arn, context)
        try context.execute(
            "INSERT OR IGNORE INTO iam_attachment VALUES (?, ?, ?, ?)", [id, policy.arn, context.account, kind.rawValue])
        guard try context.count("SELECT COUNT(*) FROM iam_attachment WHERE owner_id = ?", [id]) <= Self.attachmentLimit else {
            throw AWSError.quotaExceeded(attachmentQuota, Self.attachmentLimit)
        }
    }

    func detach(_ arn: String, _ context: Context) throws {
        guard arn.isARN else { throw AWSError.validation("Invalid ARN:  Could not be parsed!") }
        let sql = "SELECT COUNT(*) FROM iam_attachment WHERE owner_id = ? AND policy_arn = ?"
        guard try context.count(sql, [id, arn]) == 1 else { throw AWSError.noSuchPolicy(arn) }
        try context.execute("DELETE FROM iam_attachment WHERE owner_id = ? AND policy_arn = ?", [id, arn])
    }

    func attached(pathPrefix: String?, _ context: Context) throws -> [AttachedPolicy] {
        try context.rows("SELECT policy_arn FROM iam_attachment WHERE owner_id = ?", [id])
            .compactMap { try ManagedPolicy.find($0[0], context) }
            .filter { $0.path.hasPrefix(pathPrefix ?? "/") }
            .map { AttachedPolicy(policyName: $0.name, policyArn: $0.arn) }
    }

    func attachedPage(
        pathPrefix: String?, marker: String?, maxItems: Int?, _ context: Context
    ) throws -> IAMPage<AttachedPolicy> {
        let policies = try attached(pathPrefix: pathPrefix, context)
        return try IAMPage(
            policies, by: { "\($0.policyName ?? "") \($0.policyArn ?? "")" }, marker: marker, maxItems: maxItems)
    }
}

extension IAMSimulation {
    public func attachUserPolicy(_ input: AttachUserPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(UserRecord.named(input.userName, context)).attach(input.policyArn, context)
        return EmptyShape()
    }

    public func detachUserPolicy(_ input: DetachUserPolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(UserRecord.named(input.userName, context)).detach(input.policyArn, context)
        return EmptyShape()
    }

    public func listAttachedUserPolicies(
        _ input: ListAttachedUserPoliciesRequest, _ context: Context
    ) throws -> ListAttachedUserPoliciesResponse {
        let page = try PolicyOwner(UserRecord.named(input.userName, context))
            .attachedPage(pathPrefix: input.pathPrefix, marker: input.marker, maxItems: input.maxItems, context)
        return ListAttachedUserPoliciesResponse(
            attachedPolicies: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func attachRolePolicy(_ input: AttachRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(RoleRecord.changeable(input.roleName, context)).attach(input.policyArn, context)
        return EmptyShape()
    }

    public func detachRolePolicy(_ input: DetachRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        try PolicyOwner(RoleRecord.changeable(input.roleName, context)).detach(input.policyArn, context)
        return EmptyShape()
    }

    public func listAttachedRolePolicies(
        _ input: ListAttachedRolePoliciesRequest, _ context: Context
    ) throws -> ListAttachedRolePoliciesResponse {
        let page = try PolicyOwner(RoleRecord.named(input.roleName, context))
            .attachedPage(pathPrefix: input.pathPrefix, marker: input.marker, maxItems: input.maxItems, context)
        return ListAttachedRolePoliciesResponse(
            attachedPolicies: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func listEntitiesForPolicy(
        _ input: ListEntitiesForPolicyRequest, _ context: Context
    ) throws -> ListEntitiesForPolicyResponse {
        let policy = try ManagedPolicy.existing(input.policyArn, context)
        let entities = try AttachedEntity.all(policy.arn, context).filter { entity in
            if !entity.path.hasPrefix(input.pathPrefix ?? "/") { return false }
            if input.policyUsageFilter == "PermissionsPolicy", entity.isBoundary { return false }
            if input.policyUsageFilter == "PermissionsBoundary", !entity.isBoundary { return false }
            switch input.entityFilter {
            case nil, "LocalManagedPolicy"?, "AWSManagedPolicy"?: return true
            case "User"?: return entity.kind == .user
            case "Role"?: return entity.kind == .role
            case "Group"?: return entity.kind == .group
            default: return false
            }
        }
        let page = try IAMPage(entities, by: \.sortKey, marker: input.marker, maxItems: input.maxItems)
        return ListEntitiesForPolicyResponse(
            policyGroups: page.items.filter { $0.kind == .group }.map { PolicyGroup(groupName: $0.name, groupId: $0.id) },
            policyUsers: page.items.filter { $0.kind == .user }.map { PolicyUser(userName: $0.name, userId: $0.id) },
            policyRoles: page.items.filter { $0.kind == .role }.map { PolicyRole(roleName: $0.name, roleId: $0.id) },
            isTruncated: page.isTruncated, marker: page.marker)
    }
}

/// A user, group or role to which a managed policy applies.
private struct AttachedEntity {
    var kind: PolicyOwner.Kind
    var id, name, path: String
    var isBoundary: Bool
    /// Sorts groups first, then users, then roles, each by name.
    var sortKey: String {
        let place =
            switch kind {
            case .group: 0
            case .user: 1
            case .role: 2
            }
        return "\(place) \(name.lowercased()) \(isBoundary)"
    }

    static func all(_ arn: String, _ context: Context) throws -> [AttachedEntity] {
        let sql = """
            SELECT 'user', id, name, path, 0 FROM iam_user WHERE account = ?1
                AND id IN (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?2 AND account = ?1)
            UNION ALL SELECT 'role', id, name, path, 0 FROM iam_role WHERE account = ?1
                AND id IN (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?2 AND account = ?1)
            UNION ALL SELECT 'group', id, name, path, 0 FROM iam_group WHERE account = ?1
                AND id IN (SELECT owner_id FROM iam_attachment WHERE policy_arn = ?2 AND account = ?1)
            UNION ALL SELECT 'user', id, name, path, 1 FROM iam_user WHERE account = ?1 AND boundary = ?2
            UNION ALL SELECT 'role', id, name, path, 1 FROM iam_role WHERE account = ?1 AND boundary = ?2
            """
        return try context.rows(sql, [context.account, arn]).map { row in
            AttachedEntity(
                kind: PolicyOwner.Kind(rawValue: row[0]) ?? .role, id: row[1], name: row[2], path: row[3], isBoundary: row[4])
        }
    }
}
