import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A role of an account.
struct RoleRecord {
    static let columns =
        "id, account, name, path, arn, trust, description, session_seconds, boundary, created_at, used_at, used_region"
    /// The characters that a trust policy may have, white space apart.
    static let trustLimit = 2048

    var id, account, name, path, arn: String
    /// The trust policy: who may assume the role.
    var trust: String
    var description: String?
    var maxSessionSeconds: Int
    var boundary: String?
    var createdAt: Instant
    var lastUse: (at: Instant, region: String)?

    init(_ row: Row) {
        id = row[0]
        account = row[1]
        name = row[2]
        path = row[3]
        arn = row[4]
        trust = row[5]
        description = row[6]
        maxSessionSeconds = row[7]
        boundary = row[8]
        createdAt = Instant(column: row[9])
        if let at: Int64 = row[10] { lastUse = (Instant(column: at), row[11]) }
    }

    static func find(_ name: String, _ context: Context) throws -> RoleRecord? {
        try context.row("SELECT \(columns) FROM iam_role WHERE account = ? AND name = ?", [context.account, name])
            .map(RoleRecord.init)
    }

    /// A role of any account.
    static func find(arn: String, _ context: Context) throws -> RoleRecord? {
        try context.row("SELECT \(columns) FROM iam_role WHERE arn = ?", [arn]).map(RoleRecord.init)
    }

    static func named(_ name: String, _ context: Context) throws -> RoleRecord {
        guard let role = try find(name, context) else { throw AWSError.noSuch("role", name: name) }
        return role
    }

    /// Refuses a trust policy that is malformed, too long, or names users or roles of the account that do not exist.
    static func check(trust text: String, _ context: Context) throws {
        let document = try PolicyDocument.checked(text, as: .trust)
        guard text.policySize <= trustLimit else { throw AWSError.quotaExceeded("ACLSizePerRole", trustLimit) }
        let own = "arn:\(context.partition):iam::\(context.account):"
        for arn in document.principalArns where arn.hasPrefix(own) {
            guard try IAMDirectory().hasPrincipal(arn, context.db) else {
                throw AWSError.malformed(
                    PolicySyntaxError(
                        message: "Invalid principal in policy: \"AWS\":\"\(arn)\"",
                        explanation: "There is no such user or role in the account."))
            }
        }
    }
}

extension IAMSimulation {
    public func createRole(_ input: CreateRoleRequest, _ context: Context) throws -> CreateRoleResponse {
        if try RoleRecord.find(input.roleName, context) != nil {
            throw AWSError.alreadyExists("Role with name \(input.roleName) already exists.")
        }
        try RoleRecord.check(trust: input.assumeRolePolicyDocument, context)
        if let boundary = input.permissionsBoundary { _ = try ManagedPolicy.attachable(boundary, context) }
        let id = context.ids.iam("AROA")
        let path = input.path ?? "/"
        try context.execute(
            "INSERT INTO iam_role (\(RoleRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            [
                id, context.account, input.roleName, path, context.iamArn("role", path: path, name: input.roleName),
                input.assumeRolePolicyDocument, input.description, input.maxSessionDuration ?? 3600,
                input.permissionsBoundary, context.now.milliseconds,
            ])
        try IAMTags.set(input.tags, on: id, context)
        let role = try RoleRecord.named(input.roleName, context)
        var shape = try role.details(context)
        // AWS tells the session's duration when asked for the role, not when it makes it.
        shape.maxSessionDuration = input.maxSessionDuration
        shape.roleLastUsed = nil
        return CreateRoleResponse(role: shape)
    }

    public func getRole(_ input: GetRoleRequest, _ context: Context) throws -> GetRoleResponse {
        GetRoleResponse(role: try RoleRecord.named(input.roleName, context).details(context))
    }

    public func listRoles(_ input: ListRolesRequest, _ context: Context) throws -> ListRolesResponse {
        let roles = try context.rows(
            "SELECT \(RoleRecord.columns) FROM iam_role WHERE account = ? ORDER BY name", [context.account]
        )
        .map(RoleRecord.init).filter { $0.path.hasPrefix(input.pathPrefix ?? "/") }
        let page = try IAMPage(roles, by: { $0.name.lowercased() }, marker: input.marker, maxItems: input.maxItems)
        return ListRolesResponse(
            roles: page.items.map(\.summary), isTruncated: page.nextToken != nil, marker: page.nextToken)
    }

    public func updateAssumeRolePolicy(_ input: UpdateAssumeRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        let role = try RoleRecord.named(input.roleName, context)
        try RoleRecord.check(trust: input.policyDocument, context)
        try context.execute("UPDATE iam_role SET trust = ? WHERE id = ?", [input.policyDocument, role.id])
        return EmptyShape()
    }

    public func deleteRole(_ input: DeleteRoleRequest, _ context: Context) throws -> EmptyShape {
        let role = try RoleRecord.named(input.roleName, context)
        guard try InstanceProfileRecord.all(context, "role_id = ?", [role.id]).isEmpty else { throw AWSError.rolesInProfile }
        try PolicyOwner(role).refuseWhilePoliciesExist(context)
        try IAMTags.removeAll(from: role.id, context)
        try context.execute("DELETE FROM iam_role WHERE id = ?", [role.id])
        return EmptyShape()
    }
}

extension IAMSimulation {
    /// What the request leaves out goes back to its default, as in AWS.
    public func updateRole(_ input: UpdateRoleRequest, _ context: Context) throws -> UpdateRoleResponse {
        let role = try RoleRecord.named(input.roleName, context)
        try context.execute(
            "UPDATE iam_role SET description = ?, session_seconds = ? WHERE id = ?",
            [input.description, input.maxSessionDuration ?? 3600, role.id])
        return UpdateRoleResponse()
    }

    public func updateRoleDescription(
        _ input: UpdateRoleDescriptionRequest, _ context: Context
    ) throws -> UpdateRoleDescriptionResponse {
        let role = try RoleRecord.named(input.roleName, context)
        try context.execute("UPDATE iam_role SET description = ? WHERE id = ?", [input.description, role.id])
        return UpdateRoleDescriptionResponse(role: try RoleRecord.named(input.roleName, context).summary)
    }

    public func putRolePermissionsBoundary(_ input: PutRolePermissionsBoundaryRequest, _ context: Context) throws -> EmptyShape
    {
        let role = try RoleRecord.named(input.roleName, context)
        let policy = try ManagedPolicy.attachable(input.permissionsBoundary, context)
        try context.execute("UPDATE iam_role SET boundary = ? WHERE id = ?", [policy.arn, role.id])
        return EmptyShape()
    }

    public func deleteRolePermissionsBoundary(
        _ input: DeleteRolePermissionsBoundaryRequest, _ context: Context
    ) throws -> EmptyShape {
        let role = try RoleRecord.named(input.roleName, context)
        try context.execute("UPDATE iam_role SET boundary = NULL WHERE id = ?", [role.id])
        return EmptyShape()
    }

    public func tagRole(_ input: TagRoleRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try RoleRecord.named(input.roleName, context).id, context)
        return EmptyShape()
    }

    public func untagRole(_ input: UntagRoleRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try RoleRecord.named(input.roleName, context).id, context)
        return EmptyShape()
    }

    public func listRoleTags(_ input: ListRoleTagsRequest, _ context: Context) throws -> ListRoleTagsResponse {
        let tags = try IAMTags.shapes(try RoleRecord.named(input.roleName, context).id, context)
        let page = try IAMPage(tags, by: { $0.key ?? "" }, marker: input.marker, maxItems: input.maxItems)
        return ListRoleTagsResponse(tags: page.items, isTruncated: page.nextToken != nil, marker: page.nextToken)
    }
}

extension RoleRecord {
    /// As lists show it: without tags, boundary and last use.
    var summary: Role {
        Role(
            path: path, roleName: name, roleId: id, arn: arn, createDate: createdAt,
            assumeRolePolicyDocument: QueryString.encoded(trust), description: description,
            maxSessionDuration: maxSessionSeconds)
    }

    func details(_ context: Context) throws -> Role {
        var shape = summary
        shape.permissionsBoundary = boundary.map(AttachedPermissionsBoundary.policy)
        let tags = try IAMTags.shapes(id, context)
        shape.tags = tags.isEmpty ? nil : tags
        shape.roleLastUsed = RoleLastUsed(lastUsedDate: lastUse?.at, region: lastUse?.region)
        return shape
    }
}
