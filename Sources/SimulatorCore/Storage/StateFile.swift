import Foundation
import GRDB

/// Marks in the header that distinguish a Drydock file from other SQLite databases.
enum StateFile {
    /// `DRYD`, in SQLite's `application_id`.
    static let applicationID: Int32 = 0x4452_5944
    /// The version of the whole file format, in `user_version`; tables have their own migrations.
    static let formatVersion: Int32 = 1

    /// Rejects a database that is not Drydock's, or that a newer Drydock wrote. States older than the marks are recognized by
    /// their tables.
    static func check(_ db: Database, path: String) throws {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        if application == applicationID {
            guard version <= formatVersion else {
                throw StateError(
                    "'\(path)' was written by a newer Drydock (format \(version); this version reads up to \(formatVersion)). "
                        + "Use that version or another file.")
            }
            return
        }
        let tables = try Set(String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'"))
        guard application == 0, tables.isEmpty || tables.isSuperset(of: ["migration", "counter", "prepared"]) else {
            throw StateError(
                "'\(path)' is an SQLite database of another program. It was not changed. "
                    + "Move it away or choose another --state.")
        }
    }

    static func mark(_ db: Database) throws {
        try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(formatVersion)")
    }
}
