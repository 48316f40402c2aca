import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// The tags of users, roles and policies, stored in the shared tag table. IAM has no regions and ignores the case of
/// keys.
enum IAMTags {
    private static let region = "aws-global"
    private static let limit = 50
    /// "You cannot create a tag key or value that begins with the text aws:"
    /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
    static func isReserved(_ key: String) -> Bool { key.lowercased().hasPrefix("aws:") }
    static let reserved = "Tag keys starting with 'aws:' are reserved for system use"

    static func of(_ id: String, account: String, _ db: Database) throws -> [Tags.Tag] {
        let statement = try db.cachedStatement(
            sql: "SELECT key, value FROM tag WHERE account = ? AND region = ? AND resource = ? ORDER BY key")
        return try StoredRow.all(statement, [account, region, id]) { try Tags.Tag($0[0], $0[1]) }
    }

    /// Adds tags or replaces their values.
    static func set(_ tags: [IAMAPI.Tag]?, on id: String, _ context: Context) throws {
        guard let tags, !tags.isEmpty else { return }
        let keys = tags.map { ($0.key ?? "").lowercased() }
        guard Set(keys).count == keys.count else { throw AWSError.duplicateTagKeys }
        guard !keys.contains(where: isReserved) else { throw AWSError.invalidInput(reserved) }
        for tag in tags {
            try remove([tag.key ?? ""], from: id, context)
            try context.execute(
                "INSERT INTO tag VALUES (?, ?, ?, ?, ?)", [context.account, region, id, tag.key ?? "", tag.value ?? ""])
        }
        let count = try of(id, account: context.account, context.db).count
        guard count <= limit else { throw AWSError.quotaExceeded("TagsPerResource", limit) }
    }

    static func remove(_ keys: [String], from id: String, _ context: Context) throws {
        for key in keys {
            try context.execute(
                "DELETE FROM tag WHERE account = ? AND region = ? AND resource = ? AND key = ? COLLATE NOCASE",
                [context.account, region, id, key])
        }
    }

    static func removeAll(from id: String, _ context: Context) throws {
        try context.execute(
            "DELETE FROM tag WHERE account = ? AND region = ? AND resource = ?", [context.account, region, id])
    }

    static func shapes(_ id: String, _ context: Context) throws -> [IAMAPI.Tag] {
        try of(id, account: context.account, context.db).map { IAMAPI.Tag(key: $0.key, value: $0.value) }
    }

    /// Returns a page of a resource's tags.
    static func page(of id: String, marker: String?, maxItems: Int?, _ context: Context) throws -> IAMPage<IAMAPI.Tag> {
        try IAMPage(try shapes(id, context), by: { $0.key ?? "" }, marker: marker, maxItems: maxItems)
    }
}
