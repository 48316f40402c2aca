import GRDB
import SimulatorCore

/// The accounts with which owners share snapshots and images: an account's id, or `all` for everyone.
enum Grants {
    static let migration = Migration(
        "ec2.grant",
        """
        CREATE TABLE ec2_grant (
            account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL, grantee TEXT NOT NULL,
            PRIMARY KEY (account, region, resource, grantee)
        ) WITHOUT ROWID;
        CREATE INDEX ec2_grant_by_grantee ON ec2_grant (region, grantee)
        """)

    static let everybody = "all"

    /// Returns the grantees of a resource of the request's account, sorted.
    static func of(_ resource: String, _ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT grantee FROM ec2_grant WHERE account = ? AND region = ? AND resource = ? ORDER BY grantee")
        return try String.fetchAll(statement, arguments: [context.account, context.region, resource])
    }

    static func add(_ grantee: String, to resource: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "INSERT OR IGNORE INTO ec2_grant VALUES (?, ?, ?, ?)")
            .execute(arguments: [context.account, context.region, resource, grantee])
    }

    static func remove(_ grantee: String, from resource: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_grant WHERE account = ? AND region = ? AND resource = ? AND grantee = ?"
        ).execute(arguments: [context.account, context.region, resource, grantee])
    }

    static func removeAll(from resource: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM ec2_grant WHERE account = ? AND region = ? AND resource = ?")
            .execute(arguments: [context.account, context.region, resource])
    }

    /// Returns the account's resources that are shared with a grantee, by the prefix of their ids.
    static func own(_ prefix: String, sharedWith grantee: String, _ context: Context) throws -> Set<String> {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT resource FROM ec2_grant WHERE account = ? AND region = ? AND grantee = ? AND resource LIKE ? || '-%'
                """)
        return try Set(String.fetchAll(statement, arguments: [context.account, context.region, grantee, prefix]))
    }

    /// Returns what other accounts share with everyone, or with the request's account.
    static func received(_ prefix: String, _ context: Context) throws -> [(owner: String, resource: String, isPublic: Bool)] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT account, resource, MAX(grantee = 'all') FROM ec2_grant
                WHERE region = ? AND grantee IN (?, 'all') AND account <> ? AND resource LIKE ? || '-%'
                GROUP BY account, resource ORDER BY account, resource
                """)
        return try StoredRow.all(statement, [context.region, context.account, context.account, prefix]) {
            try ($0[0], $0[1], $0[2])
        }
    }
}
