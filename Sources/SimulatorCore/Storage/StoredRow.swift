public import GRDB
import GRDBSQLite

/// The current row of a running statement, with columns by position; the next step invalidates it.
///
/// GRDB's `Row` also finds columns by name, and builds a dictionary of lower-case names for each statement; a request runs half a
/// dozen. This type is a column whose value is the row itself, so that GRDB's cursors carry it. The first column must not be
/// NULL.
public struct StoredRow: DatabaseValueConvertible, StatementColumnConvertible {
    @usableFromInline let statement: SQLiteStatement

    public init?(sqliteStatement: SQLiteStatement, index: CInt) { statement = sqliteStatement }

    /// - Throws: ``DamagedState`` if the column is NULL or has another type than requested: Drydock did not write this file.
    @_disfavoredOverload @inlinable
    public subscript<Value: StatementColumnConvertible>(index: Int) -> Value {
        get throws {
            guard isOf(Value.self, CInt(index)), let value = Value.fromStatement(statement, atUncheckedIndex: CInt(index))
            else {
                throw damage(index, "\(Value.self)")
            }
            return value
        }
    }

    /// A column that may be NULL.
    @inlinable
    public subscript<Value: StatementColumnConvertible>(index: Int) -> Value? {
        get throws {
            if sqlite3_column_type(statement, CInt(index)) == SQLITE_NULL { return nil }
            let value: Value = try self[index]
            return value
        }
    }

    /// SQLite converts any type to any other on request; a stored value must have the type that it is read as.
    @inlinable
    func isOf<Value>(_: Value.Type, _ index: CInt) -> Bool {
        let type = sqlite3_column_type(statement, index)
        if Value.self == String.self { return type == SQLITE_TEXT }
        if Value.self == Double.self { return type == SQLITE_FLOAT || type == SQLITE_INTEGER }
        if Value.self == StoredRow.self { return true }
        return type == SQLITE_INTEGER
    }

    @usableFromInline
    func damage(_ index: Int, _ type: String) -> DamagedState {
        let column = sqlite3_column_name(statement, CInt(index)).map { String(cString: $0) } ?? "\(index)"
        let found = sqlite3_column_type(statement, CInt(index)) == SQLITE_NULL ? "is NULL" : "is no \(type)"
        return DamagedState(
            "column '\(column)' \(found) in a row of: \(sqlite3_sql(statement).map { String(cString: $0) } ?? "")")
    }

    /// Returns the first row's value; nil if there is no row.
    public static func first<T>(
        _ statement: Statement, _ arguments: StatementArguments, _ read: (StoredRow) throws -> T
    ) throws -> T? {
        let rows = try fetchCursor(statement, arguments: arguments)
        return try rows.next().map(read)
    }

    /// Returns the values of all rows.
    public static func all<T>(
        _ statement: Statement, _ arguments: StatementArguments, _ read: (StoredRow) throws -> T
    ) throws -> [T] {
        let rows = try fetchCursor(statement, arguments: arguments)
        var result: [T] = []
        while let row = try rows.next() { result.append(try read(row)) }
        return result
    }

    // Only statements create rows; rows are never written.
    public var databaseValue: DatabaseValue { .null }
    public static func fromDatabaseValue(_ dbValue: DatabaseValue) -> StoredRow? { nil }
}

/// The database holds a value that Drydock does not write. It is reported, never reinterpreted.
public struct DamagedState: Error, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}
