import GRDB
import Synchronization

/// Empty databases, made once for each list of migrations: a new simulator gets a copy of one, page by page, instead of
/// running every migration again.
enum StoreTemplate {
    private static let made = Mutex<[String: DatabaseQueue]>([:])

    /// Gives an empty database in memory its tables.
    static func copy(_ migrations: Migrations, to queue: DatabaseQueue) throws {
        try template(migrations).backup(to: queue)
    }

    /// Makes the template beforehand. What fails here fails again where it is told.
    static func prepare(_ migrations: Migrations) { _ = try? template(migrations) }

    private static func template(_ migrations: Migrations) throws -> DatabaseQueue {
        let key = migrations.key
        return try made.withLock { made in
            if let template = made[key] { return template }
            let template = try DatabaseQueue()
            try Store.migrate(template, migrations, path: nil)
            made[key] = template
            return template
        }
    }
}
