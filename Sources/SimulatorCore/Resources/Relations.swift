import AWSCore
import GRDB

/// A reference from resources of one kind to another, such as a subnet's VPC.
///
/// One declaration defines the parent's `DependencyViolation`, what is deleted with it, and the condition key for policies.
public struct Reference: Sendable {
    /// What happens to the reference when its target is deleted.
    public enum Deletion: Sendable {
        /// The target cannot be deleted.
        case restricts
        /// The referring resource is deleted with the target.
        case cascades
        /// The id stays and refers to nothing, such as a route whose gateway was deleted.
        case dangles
    }

    /// The type of the target: `vpc`.
    public let type: String
    /// The reference's name if a kind has several to the same type.
    public let role: String
    /// The column in the kind's own table; nil for documents, whose references are in the table of relations.
    let column: String?
    public let deletion: Deletion
    /// An SQL condition on the kind's own table: the rows that are deleted with the parent instead of blocking its deletion.
    let cascading: String?
    /// The condition key of the target in policies: `ec2:Vpc`.
    public let conditionKey: String?

    /// Returns a reference to one resource of a type.
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

/// The resource kinds of a service, by id and by type.
public struct ResourceCatalogue: Sendable {
    public let kinds: [ResourceKind]
    private let byPrefix, byType: [String: ResourceKind]
    /// The kinds that refer to each type.
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

    /// Returns the kind of an id, from the text before its last dash or before its UUID.
    public func kind(of id: String) -> ResourceKind? {
        guard let dash = id.utf8.lastIndex(of: 45) else { return nil }
        if let kind = byPrefix[String(id[..<dash])] { return kind }
        guard id.utf8.count > 37, case let uuid = id.utf8.index(id.endIndex, offsetBy: -37), id.utf8[uuid] == 45 else {
            return nil
        }
        return byPrefix[String(id[..<uuid])]
    }

    /// Returns the kind of a type: `security-group`.
    public func kind(named type: String) -> ResourceKind? { byType[type] }
}

// MARK: Policies

extension ResourceCatalogue {
    /// Returns a resource's condition keys, without tags: those of its kind and those of its references.
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
    /// Rejects the deletion of a resource that others need, and deletes its dependents. The caller deletes the resource itself.
    /// - Throws: the kind's `DependencyViolation`.
    public func prepareDeletion(of id: String, _ kind: ResourceKind, _ context: Context) throws {
        guard try !isNeeded(id, kind, context) else { throw kind.dependencyViolation(id) }
        for (child, reference) in referring[kind.type] ?? [] {
            for victim in try referrers(child, reference, to: id, cascades: true, context) {
                try delete(victim, child, context)
            }
        }
    }

    /// Whether a resource is referenced by another one that would not be deleted with it.
    public func isNeeded(_ id: String, _ kind: ResourceKind, _ context: Context) throws -> Bool {
        for (child, reference) in referring[kind.type] ?? [] where reference.deletion == .restricts {
            if try !referrers(child, reference, to: id, cascades: false, context).isEmpty { return true }
        }
        return false
    }

    /// Returns the ids of resources that block a deletion, at least one of each kind.
    public func needing(_ id: String, _ kind: ResourceKind, _ context: Context) throws -> [String] {
        try (referring[kind.type] ?? []).filter { $0.reference.deletion == .restricts }.flatMap {
            try referrers($0.kind, $0.reference, to: id, cascades: false, context)
        }
    }

    /// Deletes a resource with its tags and dependents.
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

    /// Returns the ids of the resources that refer to a resource: those that are deleted with it, or those that block its
    /// deletion.
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

/// The references of all documents, of every kind, in one table of foreign keys.
public enum Relations {
    // The key's columns come first: SQLite's quick_check reports columns between them as NULL.
    static let migration = Migration(
        "core.relation",
        """
        CREATE TABLE relation (
            source INTEGER NOT NULL REFERENCES resource (number) ON DELETE CASCADE, role TEXT NOT NULL, target TEXT NOT NULL,
            account TEXT NOT NULL, region TEXT NOT NULL, PRIMARY KEY (source, role, target)
        ) WITHOUT ROWID;
        CREATE INDEX relation_by_target ON relation (account, region, target)
        """)

    /// Replaces a document's references with these.
    public static func set(_ relations: [(role: String, target: String)], of number: Int64, _ context: Context) throws {
        try context.db.cachedStatement(sql: "DELETE FROM relation WHERE source = ?").execute(arguments: [number])
        let statement = try context.db.cachedStatement(sql: "INSERT OR IGNORE INTO relation VALUES (?, ?, ?, ?, ?)")
        for relation in relations {
            try statement.execute(arguments: [number, relation.role, relation.target, context.account, context.region])
        }
    }

    /// Returns the targets of a document's references.
    public static func targets(of id: String, kind: ResourceKind, role: String, _ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT l.target FROM relation l JOIN resource r ON r.number = l.source
                WHERE r.account = ? AND r.region = ? AND r.kind = ? AND r.id = ? AND l.role = ? ORDER BY l.target
                """)
        return try String.fetchAll(
            statement, arguments: [context.account, context.region, kind.type, id, role])
    }

    /// Returns the ids of the documents of a kind that refer to a resource.
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
