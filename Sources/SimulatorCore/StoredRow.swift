import GRDB

/// The row at which a running statement stands, its columns by position; it is gone with the next one.
///
/// GRDB's `Row` finds columns by name as well, and makes a dictionary of lower-case names for each statement that runs; a
/// request runs half a dozen. This is a column type whose value is the row itself, so that GRDB's cursors carry it. The first
/// column must not be NULL.
public struct StoredRow: DatabaseValueConvertible, StatementColumnConvertible {
    private let statement: SQLiteStatement

    public init?(sqliteStatement: SQLiteStatement, index: CInt) { statement = sqliteStatement }

    /// A column that may be NULL is read as an optional.
    public subscript<Value: StatementColumnConvertible>(index: Int) -> Value {
        guard let value = Value.fromStatement(statement, atUncheckedIndex: CInt(index)) else {
            fatalError("column \(index) is NULL or no \(Value.self): the schema and the record disagree")
        }
        return value
    }

    /// The first row's value, nil if there is no row.
    public static func first<T>(
        _ statement: Statement, _ arguments: StatementArguments, _ read: (StoredRow) throws -> T
    ) throws -> T? {
        let rows = try fetchCursor(statement, arguments: arguments)
        return try rows.next().map(read)
    }

    /// Every row's value.
    public static func all<T>(
        _ statement: Statement, _ arguments: StatementArguments, _ read: (StoredRow) throws -> T
    ) throws -> [T] {
        let rows = try fetchCursor(statement, arguments: arguments)
        var result: [T] = []
        while let row = try rows.next() { result.append(try read(row)) }
        return result
    }

    // Only statements make rows; none is ever written.
    public var databaseValue: DatabaseValue { .null }
    public static func fromDatabaseValue(_ dbValue: DatabaseValue) -> StoredRow? { nil }
}
