import GRDB
import Synchronization

/// Empty databases, made once for each list of migrations: a new simulator gets a copy of one, page by page, instead of
/// running every migration again.
enum StoreTemplate {
    private static let made = Mutex<[String: DatabaseQueue]>([:])

    /// Gives an empty database in memory its tables.
    static func copy(_ migrations: [Migration], to queue: DatabaseQueue) throws {
        let key = migrations.map(\.name).joined(separator: "\n")
        let template = try made.withLock { made in
            if let template = made[key] { return template }
            let template = try DatabaseQueue()
            try Store.migrate(template, migrations, path: nil)
            made[key] = template
            return template
        }
        try template.backup(to: queue)
    }
}
