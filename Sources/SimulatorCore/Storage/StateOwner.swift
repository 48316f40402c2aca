import Foundation
import GRDB

/// Whom a state was made for: the account that unknown keys act for, and the seed of its ids. A state keeps both.
public struct StateOwner: Sendable, Equatable {
    public var account: String
    public var seed: UInt64

    static let migration = Migration("core.owner", "CREATE TABLE owner (account TEXT NOT NULL, seed INTEGER NOT NULL)")

    /// Whose state a folder has; nil if there is none yet, or one from before this was kept.
    ///
    /// For whoever opens the folder without having an account or a seed in mind.
    public static func of(folder: String) -> StateOwner? {
        let path = folder + "/drydock.sqlite"
        guard FileKind.isFile(path) else { return nil }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        // What is wrong with the file is told by who opens it for good.
        return try? DatabaseQueue(path: path, configuration: configuration).read { try find($0) }
    }

    public init(account: String, seed: UInt64) {
        self.account = account
        self.seed = seed
    }

    /// Whom a snapshot's file was made for.
    /// - Throws: ``StateError`` if it is no snapshot.
    public init(ofSnapshot path: String) throws {
        let file = try SnapshotFile.describing(path)
        self.init(account: file.account, seed: file.seed)
    }

    static func find(_ db: Database) throws -> StateOwner? {
        guard try db.tableExists("owner"), let row = try Row.fetchOne(db, sql: "SELECT account, seed FROM owner") else {
            return nil
        }
        guard let account = String.fromDatabaseValue(row[0]), let seed = Int64.fromDatabaseValue(row[1]) else { return nil }
        return StateOwner(account: account, seed: UInt64(bitPattern: seed))
    }

    func save(_ db: Database) throws {
        try db.execute(sql: "DELETE FROM owner")
        try db.execute(sql: "INSERT INTO owner VALUES (?, ?)", arguments: [account, Int64(bitPattern: seed)])
    }

    /// Makes the state this one's, or refuses if it is another's.
    func settle(_ db: Database, path: String) throws {
        guard let found = try Self.find(db) else { return try save(db) }
        guard found.account == account else {
            throw StateError(
                """
                '\(path)' was made for account \(found.account); as account \(account) nothing in it would be seen. \
                Leave the account out, or choose another --state.
                """)
        }
        guard found.seed == seed else {
            throw StateError(
                """
                '\(path)' was made with seed \(found.seed); with seed \(seed) its ids would not go on as they began. \
                Leave the seed out, or choose another --state.
                """)
        }
    }
}
