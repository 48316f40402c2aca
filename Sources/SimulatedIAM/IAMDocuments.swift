import AWSCore
import GRDB
import SimulatorCore

/// A kind of resource that IAM stores as documents: rows with an id that is unique in the account, and an optional owner.
///
/// The content is an API shape. Values that the API never returns, such as a password, are stored separately.
struct IAMDocumentKind<Content: Shape>: Sendable {
    let name: String

    init(_ name: String) { self.name = name }

    struct Document {
        var id, owner: String
        var createdAt: Instant
        var content: Content
        var secret: Node
    }

    func find(_ id: String, _ context: Context) throws -> Document? {
        let sql = "SELECT \(Self.columns) FROM iam_document WHERE account = ? AND kind = ? AND id = ?"
        return try context.row(sql, [context.account, name, id]).map(found)
    }

    /// Returns the documents in the order of their creation.
    func all(owner: String? = nil, _ context: Context) throws -> [Document] {
        let sql = """
            SELECT \(Self.columns) FROM iam_document WHERE account = ?1 AND kind = ?2 AND (?3 IS NULL OR owner = ?3)
            ORDER BY created_at, id
            """
        return try context.rows(sql, [context.account, name, owner]).map(found)
    }

    func count(owner: String? = nil, _ context: Context) throws -> Int {
        let sql = "SELECT COUNT(*) FROM iam_document WHERE account = ?1 AND kind = ?2 AND (?3 IS NULL OR owner = ?3)"
        return try context.count(sql, [context.account, name, owner])
    }

    func insert(_ content: Content, id: String, owner: String = "", secret: Node = .null, _ context: Context) throws {
        try context.execute(
            "INSERT INTO iam_document (account, kind, id, owner, created_at, document, secret) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                context.account, name, id, owner, context.now.milliseconds, Self.text(content),
                String(decoding: JSON.write(secret), as: UTF8.self),
            ])
    }

    /// - Parameter newId: the new id, if it changes.
    func update(_ found: Document, newId: String? = nil, _ context: Context) throws {
        try context.execute(
            "UPDATE iam_document SET id = ?, owner = ?, document = ?, secret = ? WHERE account = ? AND kind = ? AND id = ?",
            [
                newId ?? found.id, found.owner, Self.text(found.content),
                String(decoding: JSON.write(found.secret), as: UTF8.self), context.account, name, found.id,
            ])
    }

    func delete(_ id: String, _ context: Context) throws {
        try context.execute("DELETE FROM iam_document WHERE account = ? AND kind = ? AND id = ?", [context.account, name, id])
    }

    private static var columns: String { "id, owner, created_at, document, secret" }

    private static func text(_ content: Content) -> String {
        var writer = ShapeWriter(schema: Content.schema, layout: .model)
        writer.structure(content)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private func found(_ row: Row) throws -> Document {
        let text: String = row[3], secret: String = row[4]
        do {
            let node = try JSON.parse(Bytes(text.utf8))
            let report = ShapeReader.Report()
            let content = Content(from: ShapeReader(node, schema: Content.schema, layout: .model, report: report))
            return Document(
                id: row[0], owner: row[1], createdAt: Instant(column: row[2]), content: content,
                secret: try JSON.parse(Bytes(secret.utf8)))
        } catch {
            throw DamagedState("the document of the \(name) '\(row[0] as String)' is not JSON: \(error)")
        }
    }
}

extension IAMDocumentKind where Content == EmptyShape {
    /// The ids of all documents, for kinds that store only a name.
    func names(_ context: Context) throws -> [String] { try all(context).map(\.id) }
}

enum IAMDocuments {
    static let migration = Migration(
        "iam.documents",
        """
        CREATE TABLE iam_document (
            account TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, owner TEXT NOT NULL, created_at INTEGER NOT NULL,
            document TEXT NOT NULL, secret TEXT NOT NULL, PRIMARY KEY (account, kind, id)
        ) WITHOUT ROWID;
        CREATE INDEX iam_document_owner ON iam_document (account, kind, owner);
        """)
}
