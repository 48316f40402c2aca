import GRDB
import Synchronization

/// Empty databases, created once for each list of migrations. A new simulator copies one page by page instead of running every
/// migration.
enum StoreTemplate {
    private static let made = Mutex<[String: DatabaseQueue]>([:])

    /// Creates the tables in an empty in-memory database.
    static func copy(_ migrations: Migrations, to queue: DatabaseQueue) throws {
        try template(migrations).backup(to: queue)
    }

    /// Creates the template in advance. An error here occurs again, and is reported, when the template is used.
    static func preload(_ migrations: Migrations) { _ = try? template(migrations) }

    private static func template(_ migrations: Migrations) throws -> DatabaseQueue {
        let key = migrations.key
        return try made.withLock { made in
            if let template = made[key] { return template }
            _ = Store.processSettings
            let template = try DatabaseQueue()
            try Store.migrate(template, migrations, path: nil)
            made[key] = template
            return template
        }
    }
}
