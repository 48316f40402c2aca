/// The migrations that create a database's tables. An empty database gets the tables of a baseline at once, if there is one, and
/// then the migrations after it.
public struct Migrations: Sendable {
    /// The migrations in the order in which they run. A service appends new ones to its part of the list.
    let steps: [Migration]
    private let baseline: SchemaBaseline?

    package init(_ steps: [Migration], baseline: SchemaBaseline? = nil) {
        self.steps = steps
        self.baseline = baseline
    }

    /// Two lists with the same key create the same tables.
    var key: String { steps.map(\.name).joined(separator: "\n") }

    /// The baseline for an empty database; nil if it contains migrations that are not in this list.
    var start: SchemaBaseline? {
        guard let baseline, Set(baseline.names).isSubset(of: steps.lazy.map(\.name)) else { return nil }
        return baseline
    }
}

/// The tables after a list of migrations, as statements that create them at once. The migrations themselves take SQLite five
/// times as long, because they alter tables that earlier ones created.
public struct SchemaBaseline: Sendable {
    /// The names of the migrations that it replaces. Later ones run after it.
    public let names: [String]
    /// All statements, as `sqlite_master` has them after these migrations.
    public let sql: String

    public init(names: [String], sql: String) {
        self.names = names
        self.sql = sql
    }
}
