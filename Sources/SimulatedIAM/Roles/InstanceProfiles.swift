import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// An instance profile, which gives a role to instances.
struct InstanceProfileRecord: IAMEntity {
    static let table = "iam_instance_profile", arnType = "instance-profile"
    static let columns = "id, account, name, path, arn, role_id, created_at"

    static let migration = Migration(
        "iam.instanceProfiles",
        """
        CREATE TABLE iam_instance_profile (
            id TEXT PRIMARY KEY, account TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE, path TEXT NOT NULL,
            arn TEXT NOT NULL UNIQUE, role_id TEXT REFERENCES iam_role, created_at INTEGER NOT NULL, UNIQUE (account, name)
        ) WITHOUT ROWID;
        CREATE INDEX iam_instance_profile_role ON iam_instance_profile (role_id);
        """)

    var id, account, name, path, arn: String
    /// The profile's role; a profile has at most one.
    var roleId: String?
    var createdAt: Instant

    init(_ row: Row) {
        id = row[0]
        account = row[1]
        name = row[2]
        path = row[3]
        arn = row[4]
        roleId = row[5]
        createdAt = Instant(column: row[6])
    }

    static func notFound(_ name: String) -> AWSError { .noSuchEntity("Instance Profile \(name) cannot be found.") }
    static func nameTaken(_ name: String) -> AWSError { .alreadyExists("Instance Profile \(name) already exists.") }

    func role(_ context: Context) throws -> RoleRecord? {
        try roleId.flatMap { try RoleRecord.find(id: $0, context) }
    }

    func put(role: RoleRecord?, _ context: Context) throws {
        try context.execute("UPDATE iam_instance_profile SET role_id = ? WHERE id = ?", [role?.id, id])
    }
}

extension IAMSimulation {
    public func createInstanceProfile(
        _ input: CreateInstanceProfileRequest, _ context: Context
    ) throws -> CreateInstanceProfileResponse {
        let name = input.instanceProfileName, path = input.path ?? "/"
        try InstanceProfileRecord.refuseTaken(name, context)
        let id = context.ids.iam("AIPA")
        try context.execute(
            "INSERT INTO iam_instance_profile (\(InstanceProfileRecord.columns)) VALUES (?, ?, ?, ?, ?, NULL, ?)",
            [
                id, context.account, name, path, InstanceProfileRecord.arn(path: path, name: name, context),
                context.now.milliseconds,
            ])
        try IAMTags.set(input.tags, on: id, context)
        return CreateInstanceProfileResponse(
            instanceProfile: try InstanceProfileRecord.named(name, context).shape(context, withTags: true))
    }

    public func getInstanceProfile(_ input: GetInstanceProfileRequest, _ context: Context) throws -> GetInstanceProfileResponse
    {
        GetInstanceProfileResponse(
            instanceProfile: try InstanceProfileRecord.named(input.instanceProfileName, context).shape(context, withTags: true))
    }

    public func listInstanceProfiles(
        _ input: ListInstanceProfilesRequest, _ context: Context
    ) throws -> ListInstanceProfilesResponse {
        let profiles = try InstanceProfileRecord.all(context, pathPrefix: input.pathPrefix)
        let page = try IAMPage(profiles, marker: input.marker, maxItems: input.maxItems)
        return ListInstanceProfilesResponse(
            instanceProfiles: try page.items.map { try $0.shape(context) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }

    public func listInstanceProfilesForRole(
        _ input: ListInstanceProfilesForRoleRequest, _ context: Context
    ) throws -> ListInstanceProfilesForRoleResponse {
        let role = try RoleRecord.named(input.roleName, context)
        let profiles = try InstanceProfileRecord.all(context, "role_id = ?", [role.id])
        let page = try IAMPage(profiles, marker: input.marker, maxItems: input.maxItems)
        return ListInstanceProfilesForRoleResponse(
            instanceProfiles: try page.items.map { try $0.shape(context) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }

    public func deleteInstanceProfile(_ input: DeleteInstanceProfileRequest, _ context: Context) throws -> EmptyShape {
        let profile = try InstanceProfileRecord.named(input.instanceProfileName, context)
        guard profile.roleId == nil else { throw AWSError.rolesInProfile }
        try profile.delete(context)
        return EmptyShape()
    }

    public func addRoleToInstanceProfile(_ input: AddRoleToInstanceProfileRequest, _ context: Context) throws -> EmptyShape {
        let profile = try InstanceProfileRecord.named(input.instanceProfileName, context)
        let role = try RoleRecord.named(input.roleName, context)
        guard profile.roleId == nil else { throw AWSError.quotaExceeded("InstanceSessionsPerInstanceProfile", 1) }
        try profile.put(role: role, context)
        return EmptyShape()
    }

    public func removeRoleFromInstanceProfile(
        _ input: RemoveRoleFromInstanceProfileRequest, _ context: Context
    ) throws -> EmptyShape {
        let profile = try InstanceProfileRecord.named(input.instanceProfileName, context)
        let role = try RoleRecord.named(input.roleName, context)
        guard profile.roleId == role.id else {
            throw AWSError.noSuchEntity("Role with name \(role.name) cannot be found in Instance Profile \(profile.name).")
        }
        try profile.put(role: nil, context)
        return EmptyShape()
    }

    public func tagInstanceProfile(_ input: TagInstanceProfileRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try InstanceProfileRecord.named(input.instanceProfileName, context).id, context)
        return EmptyShape()
    }

    public func untagInstanceProfile(_ input: UntagInstanceProfileRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try InstanceProfileRecord.named(input.instanceProfileName, context).id, context)
        return EmptyShape()
    }

    public func listInstanceProfileTags(
        _ input: ListInstanceProfileTagsRequest, _ context: Context
    ) throws -> ListInstanceProfileTagsResponse {
        let profile = try InstanceProfileRecord.named(input.instanceProfileName, context)
        let page = try IAMTags.page(of: profile.id, marker: input.marker, maxItems: input.maxItems, context)
        return ListInstanceProfileTagsResponse(
            tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}

extension InstanceProfileRecord {
    /// Returns the profile as an API shape; lists omit the tags.
    func shape(_ context: Context, withTags: Bool = false) throws -> InstanceProfile {
        let tags = withTags ? try IAMTags.shapes(id, context) : []
        var role = try role(context)?.summary(context)
        role?.description = nil
        role?.maxSessionDuration = nil
        return InstanceProfile(
            path: path, instanceProfileName: name, instanceProfileId: id, arn: arn, createDate: createdAt,
            roles: role.map { [$0] } ?? [], tags: tags.isEmpty ? nil : tags)
    }
}

// MARK: Interface for other services

extension IAMDirectory: InstanceRoleProvider {
    public var roles: (any InstanceRoleProvider)? { self }

    public func profile(_ profile: RoleProfile.Name, _ context: Context) throws -> RoleProfile? {
        let record =
            switch profile {
            case .name(let name): try InstanceProfileRecord.find(name, context)
            case .arn(let arn): try InstanceProfileRecord.find(arn: arn, context)
            }
        guard let record else { return nil }
        return RoleProfile(arn: record.arn, id: record.id, roleArn: try record.role(context)?.arn)
    }

    /// Creates a session of the profile's role, if the role's trust policy allows the service to
    /// assume it.
    public func credentials(
        forRoleOf profileArn: String, to service: String, session name: String, seconds: Int, _ context: Context
    ) throws -> InstanceRole? {
        guard let profile = try InstanceProfileRecord.find(arn: profileArn, context), let role = try profile.role(context)
        else {
            return nil
        }
        let trust = try role.trustPolicy()
        let request = AuthorizationRequest(
            principal: .service(service), action: "sts:AssumeRole", resource: role.arn,
            resourceAccount: role.account, now: context.now, region: context.region, context: [:])
        let policies = PolicySet(resource: [trust], needsResourcePolicy: true)
        guard policies.evaluate(request).isAllowed else { return InstanceRole(role: role.name, credentials: nil) }
        let session = SessionRecord(
            account: role.account, principalId: role.id, sessionName: name, seconds: seconds, context)
        try session.insert(context)
        return InstanceRole(
            role: role.name,
            credentials: Credentials(
                accessKeyId: session.accessKeyId, secretAccessKey: session.secret, sessionToken: session.token,
                expiration: session.expiresAt))
    }
}
