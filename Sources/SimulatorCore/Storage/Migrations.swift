/// How a database gets its tables: step by step, or at once as far as a baseline reaches.
public struct Migrations: Sendable {
    /// In the order in which they run. The list only ever grows at its services' ends.
    let steps: [Migration]
    private let baseline: SchemaBaseline?

    package init(_ steps: [Migration], baseline: SchemaBaseline? = nil) {
        self.steps = steps
        self.baseline = baseline
    }

    /// Two lists with the same key make the same tables.
    var key: String { steps.map(\.name).joined(separator: "\n") }

    /// The baseline for an empty database, if these are the migrations that it stands for.
    var start: SchemaBaseline? {
        guard let baseline, Set(baseline.names).isSubset(of: steps.lazy.map(\.name)) else { return nil }
        return baseline
    }
}

/// The tables that a list of migrations ends with, to be made at once: SQLite takes five times as long for the single steps, which
/// alter what earlier ones made.
public struct SchemaBaseline: Sendable {
    /// The migrations that it stands for. Later ones run after it.
    public let names: [String]
    /// All statements, as `sqlite_master` has them after these migrations.
    public let sql: String

    public init(names: [String], sql: String) {
        self.names = names
        self.sql = sql
    }
}
