import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A long-term access key of a user or of the account's root user, whose owner id is the account's.
struct AccessKeyRecord {
    static let columns = "id, owner_id, status, created_at, used_at, used_service, used_region"
    static let limit = 2

    var id, ownerId, status: String
    var createdAt: Instant
    var lastUse: (at: Instant, service: String, region: String)?

    init(_ row: Row) {
        id = row[0]
        ownerId = row[1]
        status = row[2]
        createdAt = Instant(column: row[3])
        if let at: Int64 = row[4] { lastUse = (Instant(column: at), row[5], row[6]) }
    }

    static func of(_ ownerId: String, _ context: Context) throws -> [AccessKeyRecord] {
        let sql = "SELECT \(columns) FROM iam_access_key WHERE owner_id = ? AND is_deleted = 0 ORDER BY created_at, id"
        return try context.rows(sql, [ownerId]).map(AccessKeyRecord.init)
    }

    static func find(_ id: String, _ context: Context) throws -> AccessKeyRecord? {
        let sql = "SELECT \(columns) FROM iam_access_key WHERE id = ? AND account = ? AND is_deleted = 0"
        return try context.row(sql, [id, context.account]).map(AccessKeyRecord.init)
    }

    /// Returns the key with this id and owner.
    static func find(_ id: String, ownedBy ownerId: String, _ context: Context) throws -> AccessKeyRecord {
        guard let key = try find(id, context), key.ownerId == ownerId else { throw AWSError.noSuchAccessKey(id) }
        return key
    }
}

extension IAMSimulation {
    public func createAccessKey(_ input: CreateAccessKeyRequest, _ context: Context) throws -> CreateAccessKeyResponse {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let owner = user?.id ?? context.account
        guard try AccessKeyRecord.of(owner, context).count < AccessKeyRecord.limit else {
            throw AWSError.quotaExceeded("AccessKeysPerUser", AccessKeyRecord.limit)
        }
        let id = AccessKeyId.make("AKIA", account: context.account, context.ids)
        let secret = AccessKeyId.secret(context)
        try context.execute(
            "INSERT INTO iam_access_key (id, account, owner_id, secret, status, created_at) VALUES (?, ?, ?, ?, 'Active', ?)",
            [id, context.account, owner, secret, context.now.milliseconds])
        return CreateAccessKeyResponse(
            accessKey: AccessKey(
                userName: user?.name, accessKeyId: id, status: "Active", secretAccessKey: secret, createDate: context.now))
    }

    public func listAccessKeys(_ input: ListAccessKeysRequest, _ context: Context) throws -> ListAccessKeysResponse {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let keys = try AccessKeyRecord.of(user?.id ?? context.account, context)
        let page = try IAMPage(keys, by: \.sortKey, marker: input.marker, maxItems: input.maxItems)
        return ListAccessKeysResponse(
            accessKeyMetadata: page.items.map { $0.shape(userName: user?.name) }, isTruncated: page.isTruncated,
            marker: page.marker)
    }

    public func updateAccessKey(_ input: UpdateAccessKeyRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let key = try AccessKeyRecord.find(input.accessKeyId, ownedBy: user?.id ?? context.account, context)
        // The model also has Expired, which no caller can set.
        guard input.status == .active || input.status == .inactive else {
            throw AWSError.validation("Status \(input.status) is not valid: it must be Active or Inactive.")
        }
        try context.execute("UPDATE iam_access_key SET status = ? WHERE id = ?", [input.status.rawValue, key.id])
        return EmptyShape()
    }

    /// Marks the key as deleted. The row stays, because a deleted key must not be treated as an
    /// unknown one.
    public func deleteAccessKey(_ input: DeleteAccessKeyRequest, _ context: Context) throws -> EmptyShape {
        let user = try UserRecord.namedOrCaller(input.userName, context)
        let key = try AccessKeyRecord.find(input.accessKeyId, ownedBy: user?.id ?? context.account, context)
        try context.execute("UPDATE iam_access_key SET is_deleted = 1 WHERE id = ?", [key.id])
        return EmptyShape()
    }

    public func getAccessKeyLastUsed(
        _ input: GetAccessKeyLastUsedRequest, _ context: Context
    ) throws -> GetAccessKeyLastUsedResponse {
        guard let key = try AccessKeyRecord.find(input.accessKeyId, context) else {
            throw AWSError.noSuchAccessKey(input.accessKeyId)
        }
        let name: String? = try context.row("SELECT name FROM iam_user WHERE id = ?", [key.ownerId])?[0]
        return GetAccessKeyLastUsedResponse(userName: name, accessKeyLastUsed: key.lastUseShape)
    }
}

extension AccessKeyRecord {
    /// Sorts the oldest key first.
    var sortKey: String {
        let time = String(createdAt.milliseconds)
        return String(repeating: "0", count: max(0, 16 - time.count)) + time + id
    }

    func shape(userName: String?) -> AccessKeyMetadata {
        AccessKeyMetadata(userName: userName, accessKeyId: id, status: StatusType(status), createDate: createdAt)
    }

    /// The key's last use; for an unused key, no date and `N/A` for service and region.
    var lastUseShape: AccessKeyLastUsed {
        AccessKeyLastUsed(
            lastUsedDate: lastUse?.at, serviceName: lastUse?.service ?? "N/A", region: lastUse?.region ?? "N/A")
    }
}
