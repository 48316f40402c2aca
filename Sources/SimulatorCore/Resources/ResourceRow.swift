public import AWSCore
import GRDB

/// A resource in the table of all resources: a document in the model's JSON, with its search columns.
public struct ResourceRow: Sendable {
    static let migration = Migration(
        "core.resource",
        """
        CREATE TABLE resource (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL,
            name TEXT, phase TEXT NOT NULL, document TEXT NOT NULL CHECK (document LIKE '{%'), UNIQUE (account, region, kind, id)
        );
        CREATE INDEX resource_in_order ON resource (account, region, kind);
        CREATE UNIQUE INDEX resource_by_name ON resource (account, region, kind, name) WHERE name IS NOT NULL
        """)

    /// Increases with each new resource.
    public var number: Int64
    public var id: String
    /// Unique in its kind, account and region, for kinds with names.
    public var name: String?
    /// The resource's lifecycle state.
    public var phase: String
    public var document: Node

    private static let columns = "id, number, name, phase, document"

    private init(_ row: StoredRow) throws {
        id = try row[0]
        number = try row[1]
        name = try row[2]
        phase = try row[3]
        let text: String = try row[4]
        do {
            document = try JSON.parse(Bytes(text.utf8))
        } catch {
            throw DamagedState("the document of '\(id)' is not JSON: \(error)")
        }
    }

    /// Returns all resources of a kind in the request's account and region, in the order of their creation.
    public static func all(_ kind: ResourceKind, _ context: Context) throws -> [ResourceRow] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM resource WHERE account = ? AND region = ? AND kind = ? ORDER BY number")
        return try StoredRow.all(statement, [context.account, context.region, kind.type]) { try ResourceRow($0) }
    }

    /// Returns the resource with an id in the request's account and region; nil if there is none.
    public static func find(_ kind: ResourceKind, _ id: String, _ context: Context) throws -> ResourceRow? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM resource WHERE account = ? AND region = ? AND kind = ? AND id = ?")
        return try StoredRow.first(statement, [context.account, context.region, kind.type, id]) { try ResourceRow($0) }
    }

    /// Returns the resource with a name in the request's account and region; nil if there is none.
    public static func find(_ kind: ResourceKind, named name: String, _ context: Context) throws -> ResourceRow? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM resource WHERE account = ? AND region = ? AND kind = ? AND name = ?")
        return try StoredRow.first(statement, [context.account, context.region, kind.type, name]) { try ResourceRow($0) }
    }

    /// Returns the number of resources of a kind.
    public static func count(_ kind: ResourceKind, _ context: Context) throws -> Int {
        let statement = try context.db.cachedStatement(
            sql: "SELECT COUNT(*) FROM resource WHERE account = ? AND region = ? AND kind = ?")
        return try Int.fetchOne(statement, arguments: [context.account, context.region, kind.type]) ?? 0
    }

    /// Adds a resource to the request's account and region.
    /// - Parameter document: the members in the model's JSON.
    /// - Returns: the new row's number.
    public static func insert(
        _ kind: ResourceKind, _ id: String, name: String? = nil, phase: String, document: Bytes, _ context: Context
    ) throws -> Int64 {
        let statement = try context.db.cachedStatement(
            sql: "INSERT INTO resource (account, region, kind, id, name, phase, document) VALUES (?, ?, ?, ?, ?, ?, ?)")
        try statement.execute(arguments: [
            context.account, context.region, kind.type, id, name, phase, String(decoding: document, as: UTF8.self),
        ])
        return context.db.lastInsertedRowID
    }

    /// Writes the columns of the row with this number.
    /// - Parameter document: the members in the model's JSON.
    public static func update(_ number: Int64, name: String?, phase: String, document: Bytes, _ context: Context) throws {
        try context.db.cachedStatement(sql: "UPDATE resource SET name = ?, phase = ?, document = ? WHERE number = ?")
            .execute(arguments: [name, phase, String(decoding: document, as: UTF8.self), number])
    }

    /// Deletes the row, and with it its relations. The caller deletes the tags.
    public static func delete(_ kind: ResourceKind, _ id: String, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM resource WHERE account = ? AND region = ? AND kind = ? AND id = ?")
            .execute(arguments: [context.account, context.region, kind.type, id])
        try Due.clear(kind.type, id, context)
    }
}

extension ResourceRow {
    /// Whether a resource with this id exists in any account of the request's region.
    public static func existsAnywhere(_ kind: ResourceKind, _ id: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM resource WHERE region = ? AND kind = ? AND id = ?)")
        return try Bool.fetchOne(statement, arguments: [context.region, kind.type, id]) ?? false
    }
}
