import AWSCore
import GRDB

/// A snapshot file's data other than the state itself.
package struct SnapshotFile: Sendable {
    package var account: String
    package var region: String
    package var seed: UInt64
    package var requests: UInt64
    package var now: Instant
    /// The layers in the folder beside the file, by digest.
    package var layers: [String]

    package init(_ simulator: Simulator, layers: [String]) {
        let configuration = simulator.configuration
        account = configuration.account
        region = configuration.region
        seed = simulator.seed
        requests = simulator.requestCount
        now = simulator.clock.now
        self.layers = layers
    }

    private init(_ db: Database, path: String) throws {
        guard try db.tableExists("snapshot") else {
            throw StateError("'\(path)' is a state of Drydock, but not a snapshot; serve it with --state and its folder.")
        }
        let rows = try Row.fetchAll(db, sql: "SELECT name, value FROM snapshot")
        let values = Dictionary(
            rows.compactMap { row -> (String, String)? in
                guard let name = String.fromDatabaseValue(row[0]), let value = String.fromDatabaseValue(row[1]) else {
                    return nil
                }
                return (name, value)
            }, uniquingKeysWith: { first, _ in first })
        guard let account = values["account"], let region = values["region"], let seed = values["seed"].flatMap({ UInt64($0) }),
            let requests = values["requests"].flatMap({ UInt64($0) }), let now = values["now"].flatMap({ Int64($0) })
        else { throw StateError("the snapshot '\(path)' is incomplete: it lacks its simulator's settings.") }
        guard Instant.calendar.contains(Instant(milliseconds: now)), requests <= StateCheck.mostRequests,
            RegionName.isWellFormed(region),
            account.isAccountId
        else { throw StateError("the snapshot '\(path)' is damaged: its simulator's settings are invalid.") }
        self.account = account
        self.region = region
        self.seed = seed
        self.requests = requests
        self.now = Instant(milliseconds: now)
        layers = try String.fetchAll(db, sql: "SELECT digest FROM snapshot_layer ORDER BY digest")
    }

    /// Writes the simulator's state and this data to a file, atomically.
    package func write(_ simulator: Simulator, to path: String) throws {
        do {
            try simulator.store.write(to: path) { db in
                try db.execute(
                    sql: """
                        CREATE TABLE snapshot (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                        CREATE TABLE snapshot_layer (digest TEXT PRIMARY KEY) WITHOUT ROWID;
                        """)
                for (name, value) in [
                    ("account", account), ("region", region), ("seed", String(seed)), ("requests", String(requests)),
                    ("now", String(now.milliseconds)),
                ] {
                    try db.execute(sql: "INSERT INTO snapshot VALUES (?, ?)", arguments: [name, value])
                }
                for layer in layers { try db.execute(sql: "INSERT INTO snapshot_layer VALUES (?)", arguments: [layer]) }
            }
        } catch let error as DatabaseError {
            throw StateError("cannot write '\(path)': \(error.message ?? "\(error)").")
        }
    }

    /// Checks that a path is free or holds a snapshot, because only snapshots may be replaced.
    /// - Throws: ``StateError`` that says what to do.
    package static func checkPlace(_ path: String) throws {
        switch FileKind(at: path, followsLinks: false) {
        case .absent: return
        case .regular: if (try? describing(path)) != nil { return }
        case .folder, .other: break
        }
        throw StateError("'\(path)' is not a snapshot of Drydock. It was not changed; choose another file.")
    }

    /// Returns a file's snapshot data.
    static func describing(_ path: String) throws -> SnapshotFile {
        try Store.inspecting(path) { try SnapshotFile($0, path: path) }
    }

    /// Reads a file: the state into memory, and the snapshot data. The file stays unchanged.
    /// - Throws: ``StateError`` if the file is not a snapshot, or is from a newer Drydock.
    package static func read(_ path: String, migrations: Migrations) throws -> (Store, SnapshotFile) {
        let (store, file) = try Store.reading(path, migrations: migrations) { try SnapshotFile($0, path: path) }
        try store.transaction { try $0.execute(sql: "DROP TABLE snapshot; DROP TABLE snapshot_layer") }
        return (store, file)
    }
}
