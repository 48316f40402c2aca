import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A role of an account.
struct RoleRecord: IAMLimitedEntity, IAMBoundedEntity, IAMPolicyOwner {
    static let table = "iam_role", arnType = "role"
    static let limit = 1000, quota = "RolesPerAccount"
    static let columns =
        "id, account, name, path, arn, trust, description, session_seconds, boundary, created_at, used_at, used_region, trust_ids"

    static let trustMigration = Migration("iam.roles.trustIds", "ALTER TABLE iam_role ADD COLUMN trust_ids TEXT")

    /// The maximum size of a trust policy, in characters without whitespace.
    static let trustLimit = 2048

    var id, account, name, path, arn: String
    /// The trust policy, which says who may assume the role.
    var trust: String
    /// The unique ids, by ARN, of the users and roles that the trust policy named when it was saved.
    var trustIds: [String: String] = [:]
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
        if let text: String = row[12], let node = try? JSON.parse(Bytes(text.utf8)) {
            for field in node.fields ?? [] { trustIds[field.name] = field.value.string }
        }
    }

    static var ownerKind: PolicyOwner.Kind { .role }
    static func notFound(_ name: String) -> AWSError { .noSuch("role", name: name) }
    static func nameTaken(_ name: String) -> AWSError { .alreadyExists("Role with name \(name) already exists.") }

    /// Rejects a trust policy that is malformed, too long, or names missing users or roles of the account.
    /// - Returns: the unique ids of the named principals as JSON by ARN; nil if there are none. They keep a later
    ///   principal of the same name from being trusted.
    static func check(trust text: String, _ context: Context) throws -> String? {
        let document = try PolicyDocument.checked(text, as: .trust, context)
        guard text.policySize <= trustLimit else { throw AWSError.quotaExceeded("ACLSizePerRole", trustLimit) }
        let own = "arn:\(context.partition):iam::\(context.account):"
        var ids: [Node.Field] = []
        for arn in document.principalArns {
            let id = try Self.principalId(arn, context)
            if let id { ids.append(.init(arn, .string(id))) }
            // Assumed: an unresolved unique id is rejected. AWS documents that such a policy cannot be saved again.
            let isId = !arn.hasPrefix("arn:")
            guard id != nil || !isId && (!arn.hasPrefix(own) || arn.contains(":assumed-role/")) else {
                throw AWSError.malformed(
                    PolicySyntaxError(
                        message: "Invalid principal in policy: \"AWS\":\"\(arn)\"",
                        explanation: "There is no such user or role in the account."))
            }
        }
        return ids.isEmpty ? nil : String(decoding: JSON.write(.object(ids)), as: UTF8.self)
    }
}

extension RoleRecord {
    /// Returns the unique id of the user or role with this ARN, in any account.
    private static func principalId(_ arn: String, _ context: Context) throws -> String? {
        let sql = "SELECT id FROM iam_user WHERE ?1 IN (arn, id) UNION ALL SELECT id FROM iam_role WHERE ?1 IN (arn, id)"
        return try context.row(sql, [arn])?[0]
    }

    /// Returns the trust policy for evaluation, bound to the unique ids.
    func trustPolicy() throws -> NamedPolicy {
        let document = try PolicyDocument.checked(trust, as: .trust)
        return NamedPolicy(
            "trust policy of role '\(name)'", trustIds.isEmpty ? document : document.bound(to: trustIds))
    }

    /// Returns the trust policy as AWS shows it: a renamed principal by its new name, a deleted one by its unique id.
    func shownTrust(_ context: Context) throws -> String {
        var changed: [String: String] = [:]
        for (arn, id) in trustIds {
            let sql = "SELECT arn FROM iam_user WHERE id = ?1 UNION ALL SELECT arn FROM iam_role WHERE id = ?1"
            let present: String? = try context.row(sql, [id])?[0]
            if present != arn { changed[arn] = present ?? id }
        }
        guard !changed.isEmpty, let node = try? JSON.parse(Bytes(trust.utf8)) else { return trust }
        return String(decoding: JSON.write(Self.renaming(changed, in: node, isPrincipal: false)), as: UTF8.self)
    }

    private static func renaming(_ names: [String: String], in node: Node, isPrincipal: Bool) -> Node {
        switch node {
        case .string(let text): .string(isPrincipal ? names[text] ?? text : text)
        case .list(let items): .list(items.map { renaming(names, in: $0, isPrincipal: isPrincipal) })
        case .object(let fields):
            .object(
                fields.map {
                    let isHere = isPrincipal || $0.name == "Principal" || $0.name == "NotPrincipal"
                    return .init($0.name, renaming(names, in: $0.value, isPrincipal: isHere))
                })
        default: node
        }
    }
}

extension IAMSimulation {
    public func createRole(_ input: CreateRoleRequest, _ context: Context) throws -> CreateRoleResponse {
        try RoleRecord.refuseTaken(input.roleName, context)
        guard !(input.path ?? "/").hasPrefix("/aws-service-role/") else {
            throw AWSError.invalidInput("Roles with a path of /aws-service-role/ are made by CreateServiceLinkedRole.")
        }
        try RoleRecord.refuseBeyondQuota(context)
        let trustIds = try RoleRecord.check(trust: input.assumeRolePolicyDocument, context)
        if let boundary = input.permissionsBoundary { _ = try ManagedPolicy.attachable(boundary, context) }
        let id = context.ids.iam("AROA")
        let path = input.path ?? "/"
        try context.execute(
            "INSERT INTO iam_role (\(RoleRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)",
            [
                id, context.account, input.roleName, path, RoleRecord.arn(path: path, name: input.roleName, context),
                input.assumeRolePolicyDocument, input.description, input.maxSessionDuration ?? 3600,
                input.permissionsBoundary, context.now.milliseconds, trustIds,
            ])
        try IAMTags.set(input.tags, on: id, context)
        let role = try RoleRecord.named(input.roleName, context)
        var shape = try role.details(context)
        // AWS returns the session duration from GetRole, not from CreateRole.
        shape.maxSessionDuration = input.maxSessionDuration
        shape.roleLastUsed = nil
        return CreateRoleResponse(role: shape)
    }

    public func getRole(_ input: GetRoleRequest, _ context: Context) throws -> GetRoleResponse {
        GetRoleResponse(role: try RoleRecord.named(input.roleName, context).details(context))
    }

    public func listRoles(_ input: ListRolesRequest, _ context: Context) throws -> ListRolesResponse {
        let roles = try RoleRecord.all(context, pathPrefix: input.pathPrefix)
        let page = try IAMPage(roles, marker: input.marker, maxItems: input.maxItems)
        return ListRolesResponse(
            roles: try page.items.map { try $0.summary(context) }, isTruncated: page.isTruncated, marker: page.marker)
    }

    public func updateAssumeRolePolicy(_ input: UpdateAssumeRolePolicyRequest, _ context: Context) throws -> EmptyShape {
        let role = try RoleRecord.changeable(input.roleName, context)
        let trustIds = try RoleRecord.check(trust: input.policyDocument, context)
        try context.execute(
            "UPDATE iam_role SET trust = ?, trust_ids = ? WHERE id = ?", [input.policyDocument, trustIds, role.id])
        return EmptyShape()
    }

    public func deleteRole(_ input: DeleteRoleRequest, _ context: Context) throws -> EmptyShape {
        let role = try RoleRecord.changeable(input.roleName, context)
        guard try InstanceProfileRecord.all(context, "role_id = ?", [role.id]).isEmpty else { throw AWSError.rolesInProfile }
        try PolicyOwner(role).refuseWhilePoliciesExist(context)
        try role.delete(context)
        return EmptyShape()
    }
}

extension IAMSimulation {
    /// As in AWS, members that the request omits return to their defaults.
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
        return UpdateRoleDescriptionResponse(role: try RoleRecord.named(input.roleName, context).summary(context))
    }

    public func putRolePermissionsBoundary(_ input: PutRolePermissionsBoundaryRequest, _ context: Context) throws -> EmptyShape
    {
        try RoleRecord.changeable(input.roleName, context).put(boundary: input.permissionsBoundary, context)
        return EmptyShape()
    }

    public func deleteRolePermissionsBoundary(
        _ input: DeleteRolePermissionsBoundaryRequest, _ context: Context
    ) throws -> EmptyShape {
        try RoleRecord.changeable(input.roleName, context).put(boundary: nil, context)
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
        let resource = try RoleRecord.named(input.roleName, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListRoleTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}

extension RoleRecord {
    /// The role as lists show it, without tags, boundary and last use.
    func summary(_ context: Context) throws -> Role {
        Role(
            path: path, roleName: name, roleId: id, arn: arn, createDate: createdAt,
            assumeRolePolicyDocument: QueryString.encoded(try shownTrust(context)), description: description,
            maxSessionDuration: maxSessionSeconds)
    }

    func details(_ context: Context) throws -> Role {
        var shape = try summary(context)
        shape.permissionsBoundary = boundary.map(AttachedPermissionsBoundary.policy)
        let tags = try IAMTags.shapes(id, context)
        shape.tags = tags.isEmpty ? nil : tags
        shape.roleLastUsed = RoleLastUsed(lastUsedDate: lastUse?.at, region: lastUse?.region)
        return shape
    }
}
