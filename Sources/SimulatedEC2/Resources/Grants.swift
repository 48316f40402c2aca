import AWSCore
import EC2API
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

/// The grantees that a request adds to a resource's permissions and removes from them.
///
/// Requests have two forms: a list to add and a list to remove, or one list with an operation.
struct GrantChanges {
    /// The most changes in one request.
    private static let limit = 500

    var added, removed: [String]
    var isEmpty: Bool { added.isEmpty && removed.isEmpty }

    /// - Parameters:
    ///   - named: the grantees of the form with an operation.
    ///   - needsOperation: whether such a list without an operation is an error; otherwise it is ignored.
    /// - Throws: `MissingParameter` if the operation is missing.
    init(
        adding added: [String], removing removed: [String], named: [String], _ operation: OperationType?,
        needsOperation: Bool = true
    ) throws {
        self.added = added
        self.removed = removed
        guard !named.isEmpty else { return }
        switch operation {
        case .add?: self.added += named
        case .remove?: self.removed += named
        default: if needsOperation { throw AWSError.missingParameter("operationType") }
        }
    }

    func refuseBeyondLimit() throws {
        guard added.count + removed.count <= Self.limit else {
            throw AWSError(
                "InvalidParameterValue", "At most \(Self.limit) permissions can be modified in a single request.")
        }
    }

    func apply(to resource: String, _ context: Context) throws {
        for grantee in added { try Grants.add(grantee, to: resource, context) }
        for grantee in removed { try Grants.remove(grantee, from: resource, context) }
    }
}
