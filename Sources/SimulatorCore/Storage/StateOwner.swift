import Foundation
import GRDB

/// The owner of a state: the account of unknown keys, and the seed of its ids. Both are stored in the state.
public struct StateOwner: Sendable, Equatable {
    public var account: String
    public var seed: UInt64

    static let migration = Migration("core.owner", "CREATE TABLE owner (account TEXT NOT NULL, seed INTEGER NOT NULL)")

    /// Returns the owner of a folder's state, for callers that open it without an account or a seed.
    ///
    /// Returns nil if there is no state, or one older than this record.
    public static func of(folder: String) -> StateOwner? {
        let path = folder + "/drydock.sqlite"
        guard FileKind.isFile(path) else { return nil }
        _ = Store.processSettings
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        // Opening the store reports an error in the file.
        return try? DatabaseQueue(path: path, configuration: configuration).read { try find($0) }
    }

    public init(account: String, seed: UInt64) {
        self.account = account
        self.seed = seed
    }

    /// Reads the owner of a snapshot file.
    /// - Throws: ``StateError`` if the file is not a snapshot.
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

    /// Stores this owner in a new state; throws if the state has another owner.
    func claim(_ db: Database, path: String) throws {
        guard let found = try Self.find(db) else { return try save(db) }
        guard found.account == account else {
            throw StateError(
                """
                '\(path)' was made for account \(found.account); account \(account) would see nothing in it. \
                Omit the account, or choose another --state.
                """)
        }
        guard found.seed == seed else {
            throw StateError(
                """
                '\(path)' was made with seed \(found.seed); with seed \(seed) its ids would not continue. \
                Omit the seed, or choose another --state.
                """)
        }
    }
}
