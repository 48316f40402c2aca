import AWSCore
import CSQLite
import Foundation
import GRDB
import Logging
import Synchronization

/// One simulator's database: in memory, or a file that survives `kill -9`.
public final class Store: Sendable {
    private let queue: DatabaseQueue
    let cache = ReadCache()
    /// The database's path; nil in memory.
    public let path: String?
    /// The file that was opened. If the path later holds another file, it is not this store's.
    private let file: FileIdentity?
    /// Whether the last write failed because of the machine; reported once.
    private let isFailing = Atomic(false)

    /// Opens the database and migrates its tables.
    /// - Throws: ``StateError`` if the folder is not writable, or holds something other than a state of this or an older version.
    init(folder: String?, migrations: Migrations) throws {
        let configuration = Self.configuration
        guard let folder else {
            path = nil
            file = nil
            queue = try DatabaseQueue(configuration: configuration)
            try StoreTemplate.copy(migrations, to: queue)
            return
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw StateError("cannot create the state folder '\(folder)': \(Self.reason(error))")
        }
        let path = folder + "/drydock.sqlite"
        self.path = path
        switch FileKind(at: path, followsLinks: true) {
        case .absent: FileKind.reserve(path)
        case .regular: break
        case .folder, .other: throw StateError("'\(path)' is not a regular file. Move it away or choose another --state.")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            // Check the owner first: a file that is not Drydock's stays unchanged.
            try queue.read { try StateFile.check($0, path: path) }
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -8000")
            }
            try Self.migrate(queue, migrations, path: path)
            try queue.read { try StateCheck(path: path).check($0, migrations: migrations) }
            file = FileIdentity(path)
        } catch let error as DatabaseError {
            if Self.isFull(error, path) {
                throw StateError("cannot open '\(path)': no space left on device. Free disk space, and start again.")
            }
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT:
                throw StateError(
                    "'\(path)' is not a Drydock state (\(error.message ?? "")). Move it away or choose another --state.")
            case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
                throw StateError("cannot write '\(path)': \(error.message ?? ""). Check the folder's permissions.")
            case .SQLITE_BUSY: throw StateError("'\(path)' is in use by another process.")
            // For example, a table that already exists.
            default:
                throw StateError(
                    "'\(path)' is damaged: \(error.message ?? "\(error)"). Go back to a copy of it, or choose another --state.")
            }
        }
    }

    private init(queue: DatabaseQueue) {
        self.queue = queue
        path = nil
        file = nil
    }

    /// Runs `body` in one transaction, synchronously and on the caller's thread. GRDB's own `write` compiles BEGIN and COMMIT
    /// anew each time.
    func transaction<T>(_ body: (Database) throws -> T) throws -> T {
        try queue.writeWithoutTransaction { db in
            try db.cachedStatement(sql: "BEGIN IMMEDIATE TRANSACTION").execute()
            let changes = db.totalChangesCount
            do {
                let result = try body(db)
                let hasWritten = db.totalChangesCount != changes
                // SQLite keeps writing to a deleted file, whose contents are then lost.
                if hasWritten, let path, let file, FileIdentity(path) != file { throw StorageFailure.gone(path) }
                try db.cachedStatement(sql: "COMMIT TRANSACTION").execute()
                if hasWritten { isFailing.store(false, ordering: .relaxed) }
                return result
            } catch {
                // Cached reads stay valid if nothing was written.
                if db.totalChangesCount != changes { cache.forget() }
                // Some errors, such as a full disk, have already rolled back.
                if db.isInsideTransaction { try? db.cachedStatement(sql: "ROLLBACK TRANSACTION").execute() }
                throw failure(error)
            }
        }
    }

    /// Converts an error that the machine causes to a `StorageFailure`, and reports its first occurrence on standard error.
    private func failure(_ error: any Error) -> any Error {
        guard let path else { return error }
        var failure = error as? StorageFailure
        if let error = error as? DatabaseError, Self.isFull(error, path) { failure = .full(path) }
        if let error = error as? DatabaseError, error.extendedResultCode == .SQLITE_READONLY_DBMOVED { failure = .gone(path) }
        guard let failure else { return error }
        tell(failure)
        return failure
    }

    /// Reports a failure on standard error, once until a write succeeds again.
    func tell(_ failure: StorageFailure) {
        if isFailing.exchange(true, ordering: .relaxed) { return }
        Logger.drydock.error("\(failure). Requests that write fail until this is fixed.")
    }

    /// SQLite reports a full disk as such only when it writes. Where it maps memory, it reports an I/O error.
    private static func isFull(_ error: DatabaseError, _ path: String) -> Bool {
        error.resultCode == .SQLITE_FULL
            || [.SQLITE_IOERR, .SQLITE_CANTOPEN].contains(error.resultCode) && StorageFailure.isFull(path)
    }

    /// Moves everything written into the database's main file.
    func checkpoint() throws {
        guard path != nil else { return }
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    }

    /// Returns an independent copy, in memory.
    func copy() throws -> Store {
        let target = try DatabaseQueue(configuration: queue.configuration)
        try queue.backup(to: target)
        return Store(queue: target)
    }

    /// Replaces the contents with those of another store.
    func replace(with other: Store) throws {
        defer { cache.forget() }
        try other.queue.backup(to: queue)
    }

    /// Writes the whole database to a file, atomically.
    /// - Parameter finish: adds data to the file that the database itself does not have.
    func write(to path: String, _ finish: (Database) throws -> Void) throws {
        // A unique name, so that cleanup never removes another program's file.
        let part = "\(path).\(UUID().uuidString).part"
        FileKind.reserve(part)
        do {
            let target = try DatabaseQueue(path: part, configuration: queue.configuration)
            try queue.backup(to: target)
            try target.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
            try target.write(finish)
            try target.close()
            guard rename(part, path) == 0 else {
                throw StateError("cannot write '\(path)': \(String(cString: strerror(errno)))")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: part)
            if let error = error as? DatabaseError, Self.isFull(error, path) {
                throw StateError("cannot write '\(path)': no space left on device.")
            }
            throw error
        }
    }

    /// Returns a store in memory with a file's contents, migrated. The file is only read.
    /// - Parameter inspect: reads what does not belong in the store from the file, before the copy.
    /// - Throws: ``StateError`` if the file isn't a Drydock database, or a newer version wrote it.
    static func reading<T>(_ path: String, migrations: Migrations, _ inspect: (Database) throws -> T) throws -> (Store, T) {
        try opening(path) { source in
            let found = try source.read(inspect)
            let memory = Store(queue: try DatabaseQueue(configuration: Self.configuration))
            try source.backup(to: memory.queue)
            try migrate(memory.queue, migrations, path: path)
            try memory.queue.read { try StateCheck(path: path).check($0, migrations: migrations) }
            return (memory, found)
        }
    }

    /// Reads from a file.
    static func inspecting<T>(_ path: String, _ inspect: (Database) throws -> T) throws -> T {
        try opening(path) { try $0.read(inspect) }
    }

    private static func opening<T>(_ path: String, _ body: (DatabaseQueue) throws -> T) throws -> T {
        switch FileKind(at: path, followsLinks: true) {
        case .regular: break
        case .absent: throw StateError("there is no file '\(path)'.")
        case .folder, .other: throw StateError("'\(path)' is not a regular file.")
        }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        do {
            let source = try DatabaseQueue(path: path, configuration: configuration)
            try source.read { try StateFile.check($0, path: path) }
            return try body(source)
        } catch let error as DatabaseError {
            throw StateError("'\(path)' is not a file of Drydock (\(error.message ?? "it cannot be read")).")
        } catch let error as RowDecodingError {
            throw StateError("'\(path)' is damaged (\(error)).")
        }
    }

    /// Settings of SQLite for the whole process. To have an effect, they precede the first connection.
    static let processSettings: Void = csqlite_skip_memory_statistics()

    private static var configuration: GRDB.Configuration {
        _ = processSettings
        var configuration = GRDB.Configuration()
        configuration.label = "drydock"
        configuration.foreignKeysEnabled = true
        return configuration
    }

    /// Deletes all rows and keeps the tables.
    func erase() throws {
        defer { cache.forget() }
        try queue.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA foreign_keys = OFF")
            try db.inTransaction {
                let names = try String.fetchAll(
                    db,
                    sql: """
                        SELECT name FROM sqlite_master
                        WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN ('migration', 'owner')
                        """)
                // Triggers record deletions in other tables. Once more, then, if more rows changed than these statements deleted.
                var isEmpty = false
                while !isEmpty {
                    let before = db.totalChangesCount
                    var deleted = 0
                    for name in names {
                        try db.execute(sql: "DELETE FROM \(name)")
                        deleted += db.changesCount
                    }
                    isEmpty = db.totalChangesCount - before == deleted
                }
                return .commit
            }
            try db.execute(sql: "PRAGMA foreign_keys = ON")
        }
    }

    func close() throws { try queue.close() }

    /// Runs the missing migrations in one transaction.
    /// - Throws: ``StateError`` if a newer version wrote the database.
    static func migrate(_ queue: DatabaseQueue, _ migrations: Migrations, path: String?) throws {
        try queue.write { db in
            try StateFile.mark(db)
            try db.execute(sql: "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY) WITHOUT ROWID")
            var done = try Set(String.fetchAll(db, sql: "SELECT name FROM migration"))
            let known = Set(migrations.steps.map(\.name))
            if let newer = done.subtracting(known).min() {
                throw StateError(
                    "'\(path ?? "")' was written by a newer Drydock (it has '\(newer)'). Use that version or another --state.")
            }
            let note = try db.cachedStatement(sql: "INSERT INTO migration VALUES (?)")
            if done.isEmpty, let start = migrations.start {
                try db.execute(sql: start.sql)
                for name in start.names { try note.execute(arguments: [name]) }
                done = Set(start.names)
            }
            for migration in migrations.steps where !done.contains(migration.name) {
                try db.execute(sql: migration.sql)
                try note.execute(arguments: [migration.name])
            }
        }
    }

    static func reason(_ error: any Error) -> String {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError
        return (cause ?? error).localizedDescription
    }
}

/// An unusable state folder. The one-line description says why and what to do.
public struct StateError: Error, Sendable, CustomStringConvertible {
    public let description: String
    package init(_ description: String) { self.description = description }
}

/// The identity (device and inode) of the file at a path.
private struct FileIdentity: Equatable {
    private let device, inode: UInt64

    /// Nil if there is no file.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(truncatingIfNeeded: status.st_ino)
    }
}
