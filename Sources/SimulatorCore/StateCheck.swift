import AWSCore
import GRDB

/// Checks that a file's contents could come from Drydock. Records read their columns unchecked, so a text where a number belongs
/// would crash the process, now or at a later request.
struct StateCheck {
    /// The largest accepted request number; it leaves room for the numbers that follow.
    static let mostRequests = UInt64(1) << 62
    private let path: String

    /// - Parameter path: the file's path in errors.
    init(path: String) { self.path = path }

    /// Checks a database whose tables are migrated.
    /// - Throws: ``StateError`` with the first problem.
    func check(_ db: Database, migrations: Migrations) throws {
        try checkSchema(db, migrations)
        if let problem = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), problem != "ok" { throw damaged(problem) }
        if let row = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
            throw damaged("a row of '\(text(row[0]))' refers to nothing")
        }
        for table in try Self.tables(db) { try checkValues(db, table) }
    }

    private func damaged(_ reason: String) -> StateError {
        StateError("'\(path)' is damaged: \(reason). Restore a copy of it, or choose another file or folder.")
    }

    // MARK: Tables

    private struct Column: Equatable {
        let name, type: String
        let isRequired: Bool
        let key: Int
    }

    private struct Table {
        let name: String
        let columns: [Column]
    }

    private static func tables(_ db: Database) throws -> [Table] {
        let names = try String.fetchAll(
            db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
        return try names.map { name in
            let columns = try Row.fetchAll(
                db, sql: "SELECT name, type, \"notnull\", pk FROM pragma_table_info(?)", arguments: [name]
            ).map { Column(name: $0[0], type: $0[1], isRequired: $0[2], key: $0[3]) }
            return Table(name: name, columns: columns)
        }
    }

    /// Checks that the tables are those of the migrations, and that there are no other triggers or views.
    private func checkSchema(_ db: Database, _ migrations: Migrations) throws {
        let template = try DatabaseQueue()
        try StoreTemplate.copy(migrations, to: template)
        let (wanted, programs) = try template.read { (try Self.tables($0), try Self.programs($0)) }
        let found = try Self.tables(db)
        for table in wanted {
            guard let same = found.first(where: { $0.name == table.name }) else {
                throw damaged("the table '\(table.name)' is missing")
            }
            guard same.columns == table.columns else { throw damaged("the table '\(table.name)' has other columns") }
        }
        if let foreign = try Self.programs(db).subtracting(programs).min() { throw damaged("'\(foreign)' is not Drydock's") }
    }

    private static func programs(_ db: Database) throws -> Set<String> {
        try Set(String.fetchAll(db, sql: "SELECT name || ' ' || sql FROM sqlite_master WHERE type IN ('trigger', 'view')"))
    }

    // MARK: Values

    private func checkValues(_ db: Database, _ table: Table) throws {
        let conditions = table.columns.map { (name: $0.name, sql: Self.condition($0, in: table.name)) }
        let all = conditions.map { "(\($0.sql))" }.joined(separator: " OR ")
        guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM \"\(table.name)\" WHERE \(all))") == true else { return }
        for condition in conditions
        where try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM \"\(table.name)\" WHERE \(condition.sql))") == true {
            throw damaged("the column '\(condition.name)' of '\(table.name)' has a value that it cannot have")
        }
    }

    /// Returns the SQL condition that is true for a wrong value.
    private static func condition(_ column: Column, in table: String) -> String {
        let name = "\"\(column.name)\""
        let type = "typeof(\(name)) NOT IN ('\(column.type.lowercased())', 'null')"
        guard column.type == "INTEGER", let range = range(of: column.name, in: table) else { return type }
        return "\(type) OR \(name) NOT BETWEEN \(range.lowerBound) AND \(range.upperBound)"
    }

    /// Times, sizes and counts stay within years of four digits, so that their sums cannot overflow.
    private static func range(of column: String, in table: String) -> ClosedRange<Int64>? {
        switch (table, column) {
        // The bits of an unsigned number.
        case ("owner", "seed"): nil
        case ("counter", "value"): 0...Int64(mostRequests)
        case (_, "private_address"), (_, "public_address"): 0...Int64(UInt32.max)
        default: Instant.calendar.lowerBound.milliseconds...Instant.calendar.upperBound.milliseconds
        }
    }

    private func text(_ value: DatabaseValue) -> String { String.fromDatabaseValue(value) ?? "?" }
}
