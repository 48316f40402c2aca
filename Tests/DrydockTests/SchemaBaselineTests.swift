import Drydock
import Foundation
import GRDB
import Testing

@testable import SimulatorCore

/// A new state's tables are made at once as far as `SchemaBaseline` reaches; they are those that all migrations would make.
@Suite struct SchemaBaselineTests {
    @Test func schemaBaselineEqualsAllMigrations() throws {
        let all = Simulator.allMigrations
        #expect(all.start != nil)
        let (quick, slow) = (try DatabaseQueue(), try DatabaseQueue())
        try Store.migrate(quick, all, path: nil)
        try Store.migrate(slow, Migrations(all.steps), path: nil)
        #expect(try contents(quick) == contents(slow))
    }

    /// Every statement and every row, as text.
    private func contents(_ queue: DatabaseQueue) throws -> [String] {
        try queue.read { db in
            let schema = try String.fetchAll(db, sql: "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY sql")
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            let rows = try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map { "\(table) \($0)" }
            }
            return schema + rows.sorted()
        }
    }
}
