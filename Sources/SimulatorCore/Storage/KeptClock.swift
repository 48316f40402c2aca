import Foundation
import GRDB

/// Which clock a state goes by, for whoever opens it without having one in mind: looked at with another, all that is due by that
/// one would happen.
public enum KeptClock {
    static let migration = Migration("core.clock-in-use", "CREATE TABLE clock_in_use (mode TEXT NOT NULL)")

    /// The clock of a state folder's last user, of the same mode; nil if there is no state, or one from before this was kept.
    public static func of(folder: String) -> SimulatedClock? {
        let path = folder + "/drydock.sqlite"
        guard FileKind.isFile(path) else { return nil }
        var configuration = GRDB.Configuration()
        configuration.readonly = true
        // What is wrong with the file is told by who opens it for good.
        let mode = try? DatabaseQueue(path: path, configuration: configuration).read { db in
            // Every clock that isn't real is kept, so that one in older states tells its mode.
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
