import AWSCore
import GRDB
import SimulatorCore

/// Settings of a registry by repository prefix: repository creation templates and pull-through cache rules.
///
/// Each setting is stored as a document, with a ``RepositoryPrefix``.
struct PrefixedSettings<Setting: Shape>: Sendable {
    let table: String
    /// The column of the documents.
    let column: String
    /// Reads a setting's prefix.
    let prefix: @Sendable (Setting) -> String?

    /// Creates the table.
    func migration(_ name: String) -> Migration {
        Migration(
            name,
            """
            CREATE TABLE \(table) (
                account TEXT NOT NULL, region TEXT NOT NULL, prefix TEXT NOT NULL, \(column) TEXT NOT NULL,
                PRIMARY KEY (account, region, prefix)
            ) WITHOUT ROWID
            """)
    }

    /// Returns the registry's settings, sorted by prefix.
    func all(_ context: Context) throws -> [Setting] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(column) FROM \(table) WHERE account = ? AND region = ? ORDER BY prefix")
        return try String.fetchAll(statement, arguments: [context.account, context.region]).map { try StoredShape.read($0) }
    }

    /// - Parameter prefix: the prefix as ``RepositoryPrefix/normal(_:)`` returns it.
    func find(_ prefix: String, _ context: Context) throws -> Setting? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(column) FROM \(table) WHERE account = ? AND region = ? AND prefix = ?")
        return try String.fetchOne(statement, arguments: [context.account, context.region, prefix])
            .map { try StoredShape.read($0) }
    }

    /// Returns the settings with a prefix in all registries.
    func everywhere(_ prefix: String, _ db: Database) throws -> [Setting] {
        try String.fetchAll(db, sql: "SELECT \(column) FROM \(table) WHERE prefix = ?", arguments: [prefix])
            .map { try StoredShape.read($0) }
    }

    /// Stores a setting and replaces the one with its prefix.
    func put(_ setting: Setting, _ context: Context) throws {
        try context.db.execute(
            sql: "INSERT OR REPLACE INTO \(table) VALUES (?, ?, ?, ?)",
            arguments: [context.account, context.region, prefix(setting), StoredShape.text(setting)])
    }

    func delete(_ prefix: String, _ context: Context) throws {
        try context.db.execute(
            sql: "DELETE FROM \(table) WHERE account = ? AND region = ? AND prefix = ?",
            arguments: [context.account, context.region, prefix])
    }

    /// Returns the setting for a repository: among those that `isCandidate` accepts, the one with the longest matching prefix.
    func longestMatch(
        _ repository: String, where isCandidate: (Setting) -> Bool = { _ in true }, _ context: Context
    ) throws -> Setting? {
        try all(context)
            .filter { isCandidate($0) && RepositoryPrefix.matches(repository, prefix($0) ?? "") }
            .max { RepositoryPrefix.rank(prefix($0) ?? "") < RepositoryPrefix.rank(prefix($1) ?? "") }
    }
}

/// The prefix of repository names that a setting applies to. It matches whole path components; `ROOT` matches every name and
/// ranks last.
enum RepositoryPrefix {
    /// Returns a prefix without its final slash, as AWS stores it.
    static func normal(_ prefix: String) -> String { prefix.hasSuffix("/") ? String(prefix.dropLast()) : prefix }

    fileprivate static func matches(_ name: String, _ prefix: String) -> Bool {
        prefix == "ROOT" || name.hasPrefix(prefix + "/")
    }

    fileprivate static func rank(_ prefix: String) -> Int { prefix == "ROOT" ? 0 : prefix.utf8.count }
}
