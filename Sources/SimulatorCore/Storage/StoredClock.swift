import Foundation
import GRDB

/// The clock mode of a state, for callers that open it without choosing one. With another clock, everything due by that clock
/// would happen.
public enum StoredClock {
    static let migration = Migration("core.clock-in-use", "CREATE TABLE clock_in_use (mode TEXT NOT NULL)")

    /// Returns a clock in the mode of the state folder's last user; nil without a state, or for a state older than this record.
    public static func of(folder: String) -> SimulatedClock? {
        let path = folder + "/drydock.sqlite"
        guard FileKind.isFile(path) else { return nil }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        // Opening the store reports an error in the file.
        let mode = try? DatabaseQueue(path: path, configuration: configuration).read { db in
            // Every clock that isn't real is stored, so the table shows the mode of older states too.
            let table = try db.tableExists("clock_in_use") ? "clock_in_use" : "clock"
            return try String.fetchOne(db, sql: "SELECT mode FROM \(table) ORDER BY mode = 'real'")
        }
        return mode.flatMap { SimulatedClock(mode: $0) }
    }

    static func use(_ mode: String, _ db: Database) throws {
        try db.execute(sql: "DELETE FROM clock_in_use")
        try db.execute(sql: "INSERT INTO clock_in_use VALUES (?)", arguments: [mode])
    }
}
