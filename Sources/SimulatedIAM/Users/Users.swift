import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A user of an account.
struct UserRecord: IAMLimitedEntity, IAMBoundedEntity, IAMPolicyOwner {
    static let table = "iam_user", arnType = "user"
    static let columns = "id, account, name, path, arn, boundary, created_at"
    static let limit = 5000, quota = "UsersPerAccount"

    var id, account, name, path, arn: String
    var boundary: String?
    var createdAt: Instant

    init(_ row: Row) {
        id = row[0]
        account = row[1]
        name = row[2]
        path = row[3]
        arn = row[4]
        boundary = row[5]
        createdAt = Instant(column: row[6])
    }

    static var ownerKind: PolicyOwner.Kind { .user }
    static func notFound(_ name: String) -> AWSError { .noSuch("user", name: name) }
    static func nameTaken(_ name: String) -> AWSError { .alreadyExists("User with name \(name) already exists.") }

    /// Returns the named user or, without a name, the caller; nil if the caller is the account's
    /// root user.
    static func namedOrCaller(_ name: String?, _ context: Context) throws -> UserRecord? {
        if let name { return try named(name, context) }
        switch context.caller.kind {
        case .user(let name): return try named(name, context)
        case .root: return nil
        case .assumedRole, .federatedUser, .anonymous: throw AWSError.userNameNeeded
        }
    }
}

extension IAMSimulation {
    public func createUser(_ input: CreateUserRequest, _ context: Context) throws -> CreateUserResponse {
        try UserRecord.refuseTaken(input.userName, context)
        try UserRecord.refuseBeyondQuota(context)
        if let boundary = input.permissionsBoundary { _ = try ManagedPolicy.attachable(boundary, context) }
        let id = context.ids.iam("AIDA")
        let path = input.path ?? "/"
        let arn = UserRecord.arn(path: path, name: input.userName, context)
        try context.execute(
            "INSERT INTO iam_user (\(UserRecord.columns)) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [id, context.account, input.userName, path, arn, input.permissionsBoundary, context.now.milliseconds])
        try IAMTags.set(input.tags, on: id, context)
        return CreateUserResponse(user: try UserRecord.named(input.userName, context).shape(context))
    }

    public func getUser(_ input: GetUserRequest, _ context: Context) throws -> GetUserResponse {
        guard let user = try UserRecord.namedOrCaller(input.userName, context) else {
            return GetUserResponse(user: .root(context))
        }
        return GetUserResponse(user: try user.shape(context))
    }

    public func listUsers(_ input: ListUsersRequest, _ context: Context) throws -> ListUsersResponse {
        let users = try UserRecord.all(context, pathPrefix: input.pathPrefix)
        let page = try IAMPage(users, marker: input.marker, maxItems: input.maxItems)
        return ListUsersResponse(
            users: page.items.map(\.summary), isTruncated: page.isTruncated, marker: page.marker)
    }

    public func updateUser(_ input: UpdateUserRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.named(input.userName, context)
        try user.rename(to: input.newUserName, path: input.newPath, context)
        return EmptyShape()
    }

    public func deleteUser(_ input: DeleteUserRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.named(input.userName, context)
        try refuseWhileBelongingsExist(user, context)
        try PolicyOwner(user).refuseWhilePoliciesExist(context)
        let keys = try context.count("SELECT COUNT(*) FROM iam_access_key WHERE owner_id = ? AND is_deleted = 0", [user.id])
        if keys > 0 { throw AWSError.deleteConflict("Cannot delete entity, must delete access keys first.") }
        try user.delete(context)
        return EmptyShape()
    }

    /// Rejects deletion while the user still has dependent resources. The order and the rarer
    /// messages are assumed.
    private func refuseWhileBelongingsExist(_ user: UserRecord, _ context: Context) throws {
        func refuse(_ what: String) -> AWSError { .deleteConflict("Cannot delete entity, must \(what) first.") }
        if try !GroupRecord.of(user: user.id, context).isEmpty { throw refuse("remove users from group") }
        if try Passwords.profiles.find(user.id, context) != nil { throw refuse("delete login profile") }
        if try MFADevices.kind.count(owner: user.id, context) > 0 { throw refuse("delete MFA device") }
        if try SigningCertificates.kind.count(owner: user.id, context) > 0 { throw refuse("delete signing certificates") }
        if try SSHPublicKeyText.kind.count(owner: user.id, context) > 0 { throw refuse("delete SSH public keys") }
        if try ServiceCredentials.kind.count(owner: user.id, context) > 0 {
            throw refuse("delete service specific credentials")
        }
    }

    public func putUserPermissionsBoundary(_ input: PutUserPermissionsBoundaryRequest, _ context: Context) throws -> EmptyShape
    {
        try UserRecord.named(input.userName, context).put(boundary: input.permissionsBoundary, context)
        return EmptyShape()
    }

    public func deleteUserPermissionsBoundary(
        _ input: DeleteUserPermissionsBoundaryRequest, _ context: Context
    ) throws -> EmptyShape {
        try UserRecord.named(input.userName, context).put(boundary: nil, context)
        return EmptyShape()
    }

    public func tagUser(_ input: TagUserRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.set(input.tags, on: try UserRecord.named(input.userName, context).id, context)
        return EmptyShape()
    }

    public func untagUser(_ input: UntagUserRequest, _ context: Context) throws -> EmptyShape {
        try IAMTags.remove(input.tagKeys, from: try UserRecord.named(input.userName, context).id, context)
        return EmptyShape()
    }

    public func listUserTags(_ input: ListUserTagsRequest, _ context: Context) throws -> ListUserTagsResponse {
        let resource = try UserRecord.named(input.userName, context).id
        let page = try IAMTags.page(of: resource, marker: input.marker, maxItems: input.maxItems, context)
        return ListUserTagsResponse(tags: page.items, isTruncated: page.isTruncated, marker: page.marker)
    }
}

extension UserRecord {
    /// The user as lists show it, without tags and boundary.
    var summary: User { User(path: path, userName: name, userId: id, arn: arn, createDate: createdAt) }

    func shape(_ context: Context) throws -> User {
        var shape = summary
        shape.permissionsBoundary = boundary.map(AttachedPermissionsBoundary.policy)
        let tags = try IAMTags.shapes(id, context)
        shape.tags = tags.isEmpty ? nil : tags
        return shape
    }
}

extension User {
    /// Returns the account's root user, who has no name or path. The creation date is made up.
    static func root(_ context: Context) -> User {
        User(userId: context.account, arn: context.caller.arn, createDate: Instant(milliseconds: 1_577_836_800_000))
    }
}

extension AttachedPermissionsBoundary {
    static func policy(_ arn: String) -> AttachedPermissionsBoundary {
        AttachedPermissionsBoundary(permissionsBoundaryType: "Policy", permissionsBoundaryArn: arn)
    }
}
