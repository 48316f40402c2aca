import AWSCore
import GRDB

/// The table of tags for every service: EC2 identifies resources by id, other services by ARN.
public enum Tags {
    public static let migration = Migration(
        "core.tags",
        """
        CREATE TABLE tag (
            account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
            PRIMARY KEY (account, region, resource, key)
        ) WITHOUT ROWID
        """)

    /// A key and its value.
    public struct Tag: Sendable, Hashable {
        public var key: String
        public var value: String
        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// Returns a resource's tags, sorted by key.
    public static func of(_ resource: String, _ context: Context) throws -> [Tag] {
        try context.reading(ReadKey(Tag.self, context, resource)) {
            let statement = try context.db.cachedStatement(
                sql: "SELECT key, value FROM tag WHERE account = ? AND region = ? AND resource = ? ORDER BY key")
            return try StoredRow.all(statement, [context.account, context.region, resource]) { try Tag($0[0], $0[1]) }
        }
    }

    /// Returns the tags of all tagged resources whose id begins with `prefix`, in one statement.
    public static func all(prefix: String, _ context: Context) throws -> [String: [Tag]] {
        try context.reading(ReadKey(Tags.self, context, prefix)) {
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT resource, key, value FROM tag WHERE account = ? AND region = ? AND resource >= ? AND resource < ?
                    ORDER BY resource, key
                    """)
            var result: [String: [Tag]] = [:]
            let rows = try StoredRow.fetchCursor(
                statement, arguments: [context.account, context.region, prefix, prefix + "\u{10FFFF}"])
            while let row = try rows.next() { try result[row[0], default: []].append(Tag(row[1], row[2])) }
            return result
        }
    }

    /// Adds tags; replaces tags with the same key.
    public static func set(_ tags: [Tag], on resource: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO tag VALUES (?, ?, ?, ?, ?)")
        for tag in tags {
            try statement.execute(arguments: [context.account, context.region, resource, tag.key, tag.value])
        }
    }

    /// Removes a tag by key; with a value, only if the tag has that value.
    public static func remove(key: String, value: String? = nil, from resource: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM tag WHERE account = ? AND region = ? AND resource = ? AND key = ? AND (? IS NULL OR value = ?)")
        try statement.execute(arguments: [context.account, context.region, resource, key, value, value])
    }

    /// Removes all tags of a deleted resource.
    public static func removeAll(from resource: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "DELETE FROM tag WHERE account = ? AND region = ? AND resource = ?")
        try statement.execute(arguments: [context.account, context.region, resource])
    }
}
