import AWSCore
import GRDB

/// What resources of one kind say of those of another: a subnet of its VPC.
///
/// One declaration gives the parent's `DependencyViolation`, what goes with it, and the condition key that policies may ask for.
public struct Reference: Sendable {
    /// What becomes of the reference when the resource that it leads to is deleted.
    public enum Deletion: Sendable {
        /// It cannot be deleted.
        case restricts
        /// Whoever refers to it is deleted with it.
        case cascades
        /// The id stays where it is, and leads nowhere: a route whose gateway is gone.
        case dangles
    }

    /// The type of the kind that is referred to: `vpc`.
    public let type: String
    /// What the reference is called where a kind has several to the same type.
    public let role: String
    /// The column of the kind's own table; nil for documents, whose references stand in the table of relations.
    let column: String?
    public let deletion: Deletion
    /// A condition upon the kind's own table: the rows that go with the parent instead of keeping it.
    let cascading: String?
    /// The key by which policies ask for the resource that is referred to: `ec2:Vpc`.
    public let conditionKey: String?

    /// - Parameter cascading: for kinds with tables, an SQL condition: `name = 'default'`.
    public static func to(
        _ type: String, role: String? = nil, column: String? = nil, _ deletion: Deletion = .restricts, cascading: String? = nil,
        key conditionKey: String? = nil
    ) -> Reference {
        Reference(
            type: type, role: role ?? type, column: column, deletion: deletion, cascading: cascading, conditionKey: conditionKey
        )
    }
}

/// The kinds of a service, found by id and by type.
public struct ResourceCatalogue: Sendable {
    public let kinds: [ResourceKind]
    private let byPrefix, byType: [String: ResourceKind]
    /// For each type, the kinds that refer to it.
    private let referring: [String: [(kind: ResourceKind, reference: Reference)]]

    public init(_ kinds: [ResourceKind]) {
        self.kinds = kinds
        byPrefix = Dictionary(kinds.map { ($0.prefix, $0) }, uniquingKeysWith: { first, _ in first })
        byType = Dictionary(kinds.map { ($0.type, $0) }, uniquingKeysWith: { first, _ in first })
        var referring: [String: [(kind: ResourceKind, reference: Reference)]] = [:]
        for kind in kinds {
            for reference in kind.references { referring[reference.type, default: []].append((kind, reference)) }
        }
        self.referring = referring
    }

    /// The kind that an id belongs to, by what stands before its last dash, or before its UUID.
    public func kind(of id: String) -> ResourceKind? {
        guard let dash = id.utf8.lastIndex(of: 45) else { return nil }
        if let kind = byPrefix[String(id[..<dash])] { return kind }
        guard id.utf8.count > 37, case let uuid = id.utf8.index(id.endIndex, offsetBy: -37), id.utf8[uuid] == 45 else {
            return nil
        }
        return byPrefix[String(id[..<uuid])]
    }

    public func kind(named type: String) -> ResourceKind? { byType[type] }
}

// MARK: Policies

extension ResourceCatalogue {
    /// What policies can ask of a resource, its tags apart: what the kind says, and what it refers to.
    public func conditions(of id: String, _ kind: ResourceKind, _ context: Context) throws -> [String: [String]] {
        var conditions = try kind.conditions(id, context)
        for reference in kind.references {
            guard let key = reference.conditionKey, conditions[key] == nil, let parent = byType[reference.type] else {
                continue
            }
            let targets = try targets(of: id, kind, reference, context)
            if !targets.isEmpty { conditions[key] = targets.map { parent.arn($0, context) } }
        }
        return conditions
    }

    private func targets(of id: String, _ kind: ResourceKind, _ reference: Reference, _ context: Context) throws -> [String] {
        switch kind.storage {
        case .elsewhere: return []
        case .documents: return try Relations.targets(of: id, kind: kind, role: reference.role, context)
        case .table(let table):
            guard let column = reference.column else { return [] }
            let statement = try context.db.cachedStatement(
                sql: "SELECT \(column) FROM \(table) WHERE account = ? AND region = ? AND id = ? AND \(column) IS NOT NULL")
            return try String.fetchAll(statement, arguments: [context.account, context.region, id])
        }
    }
}

// MARK: Deleting

extension ResourceCatalogue {
    /// Refuses to delete what others need, and deletes what goes with it. The resource itself is the caller's to delete.
    /// - Throws: the kind's `DependencyViolation`.
    public func prepareDeletion(of id: String, _ kind: ResourceKind, _ context: Context) throws {
        guard try !isNeeded(id, kind, context) else { throw kind.dependencyViolation(id) }
        for (child, reference) in referring[kind.type] ?? [] {
            for victim in try referrers(child, reference, to: id, cascades: true, context) {
                try delete(victim, child, context)
            }
        }
    }

    /// Whether somebody refers to a resource who would not be deleted with it.
    public func isNeeded(_ id: String, _ kind: ResourceKind, _ context: Context) throws -> Bool {
        for (child, reference) in referring[kind.type] ?? [] where reference.deletion == .restricts {
            if try !referrers(child, reference, to: id, cascades: false, context).isEmpty { return true }
        }
        return false
    }

    /// The ids of those that keep a resource from being deleted: of each kind, one at least.
    public func needing(_ id: String, _ kind: ResourceKind, _ context: Context) throws -> [String] {
        try (referring[kind.type] ?? []).filter { $0.reference.deletion == .restricts }.flatMap {
            try referrers($0.kind, $0.reference, to: id, cascades: false, context)
        }
    }

    /// Deletes a resource with its tags, and what goes with it.
    private func delete(_ id: String, _ kind: ResourceKind, _ context: Context) throws {
        for (child, reference) in referring[kind.type] ?? [] {
            for victim in try referrers(child, reference, to: id, cascades: true, context) {
                try delete(victim, child, context)
            }
        }
        switch kind.storage {
        case .elsewhere: break
        case .documents: try ResourceRow.delete(kind, id, context)
        case .table(let table):
            try context.db.cachedStatement(sql: "DELETE FROM \(table) WHERE account = ? AND region = ? AND id = ?")
                .execute(arguments: [context.account, context.region, id])
        }
        try Tags.removeAll(from: id, context)
    }

    /// The ids of those who refer to a resource, and would go with it or keep it.
    private func referrers(
        _ kind: ResourceKind, _ reference: Reference, to id: String, cascades: Bool, _ context: Context
    ) throws -> [String] {
        let sql: String
        switch kind.storage {
        case .elsewhere: return []
        case .documents:
            guard (reference.deletion == .cascades) == cascades else { return [] }
            return try Relations.referrers(to: id, kind: kind, role: reference.role, context)
        case .table(let table):
            guard let column = reference.column else { return [] }
            let selection = "SELECT id FROM \(table) WHERE account = ? AND region = ? AND \(column) = ?"
            switch (reference.deletion, reference.cascading) {
            case (.dangles, _): return []
            case (.cascades, _):
                guard cascades else { return [] }
                sql = selection
            case (.restricts, nil):
                guard !cascades else { return [] }
                sql = selection + " LIMIT 1"
            case (.restricts, let condition?):
                sql = selection + (cascades ? " AND \(condition)" : " AND NOT (\(condition)) LIMIT 1")
            }
        }
        let statement = try context.db.cachedStatement(sql: sql)
        return try String.fetchAll(statement, arguments: [context.account, context.region, id])
    }
}

/// The references of all documents: one table of foreign keys, whatever the kinds.
public enum Relations {
    // The key's columns come first: SQLite's quick_check takes others that stand between them for NULL.
    static let migration = Migration(
        "core.relation",
        """
        CREATE TABLE relation (
            source INTEGER NOT NULL REFERENCES resource (number) ON DELETE CASCADE, role TEXT NOT NULL, target TEXT NOT NULL,
            account TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (source, role, target)
        ) WITHOUT ROWID;
        CREATE INDEX relation_by_target ON relation (account, region, target)
        """)

    /// Says what a document refers to: these, and no others.
    public static func set(_ relations: [(role: String, target: String)], of number: Int64, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM relation WHERE source = ?").execute(arguments: [number])
        let statement = try context.db.cachedStatement(sql: "INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?, ?)")
        for relation in relations {
            try statement.execute(arguments: [number, relation.role, relation.target, context.account, context.region])
        }
    }

    /// What a document refers to.
    public static func targets(of id: String, kind: ResourceKind, role: String, _ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT l.target FROM relation l JOIN resource r ON r.number = l.source
                WHERE r.account = ? AND r.region = ? AND r.kind = ? AND r.id = ? AND l.role = ? ORDER BY l.target
                """)
        return try String.fetchAll(
            statement, arguments: [context.account, context.region, kind.type, id, role])
    }

    /// The ids of the documents of a kind that refer to a resource.
    public static func referrers(to id: String, kind: ResourceKind, role: String, _ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT r.id FROM relation l JOIN resource r ON r.number = l.source
                WHERE l.account = ? AND l.region = ? AND l.target = ? AND l.role = ? AND r.kind = ? ORDER BY r.number
                """)
        return try String.fetchAll(
            statement, arguments: [context.account, context.region, id, role, kind.type])
    }
}
