import AWSCore
import GRDB
import SimulatorCore

/// A record of one of EC2's tables. Every table has `number INTEGER PRIMARY KEY` (the order of creation), `account`,
/// `region` and `id`. Requests see only rows of their own account and region; the protocol adds that condition to its
/// statements.
protocol StoredResource: Sendable {
    static var kind: ResourceKind { get }
    static var table: String { get }
    /// The columns after `account` and `region`, `id` first, in the order of ``init(_:)`` and ``values``.
    static var columns: ColumnList { get }
    /// Reads the columns by position.
    init(_ row: StoredRow) throws
    var values: [(any DatabaseValueConvertible)?] { get }
    var id: String { get }
}

/// A table's columns, joined once for all statements.
struct ColumnList: Sendable, ExpressibleByArrayLiteral {
    /// `id, name, created_at`
    let list: String
    /// `?, ?, ?`
    let marks: String
    let count: Int

    init(arrayLiteral names: String...) {
        count = names.count
        list = names.joined(separator: ", ")
        marks = repeatElement("?", count: names.count).joined(separator: ", ")
    }
}

extension StoredResource {
    static var table: String { if case .table(let name) = kind.storage { name } else { "" } }

    private static func selection(_ condition: String) -> String {
        "SELECT \(columns.list) FROM \(table) WHERE account = ? AND region = ? \(condition) ORDER BY number"
    }

    /// Returns the rows that match a condition, in order of creation. The condition begins with `AND` and has `?` for its
    /// values.
    static func all(
        _ context: Context, _ condition: String = "", _ arguments: [(any DatabaseValueConvertible)?] = []
    ) throws -> [Self] {
        try context.reading(ReadKey(Self.self, context, condition, arguments)) {
            let statement = try context.db.cachedStatement(sql: selection(condition))
            return try StoredRow.all(statement, StatementArguments([context.account, context.region] + arguments)) {
                try Self($0)
            }
        }
    }

    /// Returns the rows created after the given number, with their numbers.
    /// - Parameter limit: the maximum number of rows; negative for all.
    static func after(_ number: Int64, limit: Int, _ context: Context) throws -> [(number: Int64, record: Self)] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT \(columns.list), number FROM \(table) WHERE account = ? AND region = ? AND number > ?
                ORDER BY number LIMIT ?
                """)
        let last = columns.count
        return try StoredRow.all(statement, [context.account, context.region, number, limit]) {
            (number: try $0[last], record: try Self($0))
        }
    }

    static func first(
        _ context: Context, _ condition: String, _ arguments: [(any DatabaseValueConvertible)?] = []
    ) throws -> Self? {
        try all(context, condition, arguments).first
    }

    static func count(
        _ context: Context, _ condition: String = "", _ arguments: [(any DatabaseValueConvertible)?] = []
    ) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT COUNT(*) FROM \(table) WHERE account = ? AND region = ? \(condition)")
        return try Int.fetchOne(
            statement, arguments: StatementArguments([context.account, context.region] + arguments)) ?? 0
    }

    static func exists(_ context: Context, _ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE account = ? AND region = ? \(condition))")
        return try Bool.fetchOne(
            statement, arguments: StatementArguments([context.account, context.region] + arguments)) ?? false
    }

    static func find(_ id: String, _ context: Context) throws -> Self? { try all(context, "AND id = ?", [id]).first }

    /// Returns the resource with an id.
    /// - Throws: the kind's errors for a malformed or unknown id.
    static func get(_ id: String, _ context: Context) throws -> Self {
        try kind.check(id)
        guard let found = try find(id, context) else { throw kind.notFound(id) }
        return found
    }

    /// Returns the resources of these ids, or all: the first step of a Describe operation.
    /// - Parameter inOrder: whether to return them in the order of the ids.
    static func list(_ ids: [String]?, _ context: Context, inOrder: Bool = false) throws -> [Self] {
        guard let ids, !ids.isEmpty else { return try all(context) }
        for id in ids { try kind.check(id) }
        var found: [Self] = []
        if ids.count <= 8 {
            let marks = repeatElement("?", count: ids.count).joined(separator: ", ")
            found = try all(context, "AND id IN (\(marks))", ids)
        } else {
            let wanted = Set(ids)
            found = try all(context).filter { wanted.contains($0.id) }
        }
        let known = Set(found.map(\.id))
        let missing = ids.filter { !known.contains($0) }
        if !missing.isEmpty { throw kind.notFound(missing) }
        guard inOrder else { return found }
        let byId = Dictionary(found.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        return ids.compactMap { byId[$0] }
    }

    func insert(_ context: Context) throws { try Self.insert([self], context) }

    /// Inserts many rows with one prepared statement.
    static func insert(_ records: [Self], _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "INSERT INTO \(table) (account, region, \(columns.list)) VALUES (?, ?, \(columns.marks))")
        for record in records {
            try statement.execute(arguments: StatementArguments([context.account, context.region] + record.values))
        }
    }

    /// Writes all columns of the row with this id.
    func update(_ context: Context) throws {
        try context.db.cachedStatement(
            sql:
                "UPDATE \(Self.table) SET (\(Self.columns.list)) = (\(Self.columns.marks)) WHERE account = ? AND region = ? AND id = ?"
        ).execute(arguments: StatementArguments(values + [context.account, context.region, id]))
    }

    /// Deletes the resource and what is deleted with it.
    /// - Throws: the kind's `DependencyViolation` if other resources need it.
    func deleteUnlessNeeded(_ context: Context) throws {
        try EC2Simulation.kinds.prepareDeletion(of: id, Self.kind, context)
        try delete(context)
    }

    /// Deletes the row and the resource's tags.
    func delete(_ context: Context) throws {
        try Self.delete(context, "AND id = ?", [id])
        try Tags.removeAll(from: id, context)
    }

    static func delete(_ context: Context, _ condition: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
        try context.db.cachedStatement(sql: "DELETE FROM \(table) WHERE account = ? AND region = ? \(condition)")
            .execute(arguments: StatementArguments([context.account, context.region] + arguments))
    }
}
