import AWSCore
import GRDB
import IAMAPI
import SimulatorCore

/// A user, group, role or instance profile: an entity whose name is unique in its account, regardless of case.
///
/// Each kind has a table of its own with the columns `id`, `account`, `name`, `path` and `arn`.
protocol IAMEntity {
    static var table: String { get }
    /// The columns that ``init(_:)`` reads, in its order.
    static var columns: String { get }
    /// The kind's name in ARNs, such as `instance-profile`.
    static var arnType: String { get }

    /// Returns the error for a name that no entity of the kind has.
    static func notFound(_ name: String) -> AWSError
    /// Returns the error for a name that another entity of the kind has.
    static func nameTaken(_ name: String) -> AWSError

    var id: String { get }
    var name: String { get }
    var path: String { get }
    var arn: String { get }

    init(_ row: Row)
}

/// A kind of entity of which an account has a limited number.
protocol IAMLimitedEntity: IAMEntity {
    /// The maximum number in an account.
    static var limit: Int { get }
    /// The quota's name in the error message.
    static var quota: String { get }
}

/// A kind of entity that can have a permissions boundary: users and roles.
protocol IAMBoundedEntity: IAMEntity {
    /// The ARN of the managed policy that is the permissions boundary.
    var boundary: String? { get }
}

extension IAMEntity {
    /// Returns the entities of any account that meet an SQL condition, sorted by name.
    static func all(_ context: Context, _ condition: String, _ arguments: StatementArguments) throws -> [Self] {
        try context.rows("SELECT \(columns) FROM \(table) WHERE \(condition) ORDER BY name", arguments).map(Self.init)
    }

    /// Returns the account's entities whose path begins with `pathPrefix`, sorted by name.
    static func all(_ context: Context, pathPrefix: String? = nil) throws -> [Self] {
        let all = try all(context, "account = ?", [context.account])
        guard let pathPrefix else { return all }
        return all.filter { $0.path.hasPrefix(pathPrefix) }
    }

    static func find(_ name: String, _ context: Context) throws -> Self? {
        try context.row("SELECT \(columns) FROM \(table) WHERE account = ? AND name = ?", [context.account, name])
            .map(Self.init)
    }

    /// Finds an entity of any account.
    static func find(arn: String, _ context: Context) throws -> Self? {
        try context.row("SELECT \(columns) FROM \(table) WHERE arn = ?", [arn]).map(Self.init)
    }

    /// Finds an entity of any account by its unique id.
    static func find(id: String, _ context: Context) throws -> Self? {
        try context.row("SELECT \(columns) FROM \(table) WHERE id = ?", [id]).map(Self.init)
    }

    /// Returns the entity with this name, or throws ``notFound(_:)``.
    static func named(_ name: String, _ context: Context) throws -> Self {
        guard let entity = try find(name, context) else { throw notFound(name) }
        return entity
    }

    /// Returns the ARN that an entity with this path and name has.
    static func arn(path: String, name: String, _ context: Context) -> String {
        context.iamArn(arnType, path: path, name: name)
    }

    /// Rejects a name that another entity of the kind has.
    static func refuseTaken(_ name: String, except id: String? = nil, _ context: Context) throws {
        if let other = try find(name, context), other.id != id { throw nameTaken(name) }
    }

    /// Changes the entity's name and path, and therefore its ARN. nil keeps the value.
    func rename(to newName: String?, path newPath: String?, _ context: Context) throws {
        let name = newName ?? name, path = newPath ?? path
        try Self.refuseTaken(name, except: id, context)
        try context.execute(
            "UPDATE \(Self.table) SET name = ?, path = ?, arn = ? WHERE id = ?",
            [name, path, Self.arn(path: path, name: name, context), id])
    }

    /// Deletes the entity and its tags.
    func delete(_ context: Context) throws {
        try IAMTags.removeAll(from: id, context)
        try context.execute("DELETE FROM \(Self.table) WHERE id = ?", [id])
    }
}

extension IAMBoundedEntity {
    /// Sets or removes the permissions boundary, a managed policy.
    func put(boundary arn: String?, _ context: Context) throws {
        let policy = try arn.map { try ManagedPolicy.attachable($0, context) }
        try context.execute("UPDATE \(Self.table) SET boundary = ? WHERE id = ?", [policy?.arn, id])
    }
}

extension IAMLimitedEntity {
    static func refuseBeyondQuota(_ context: Context) throws {
        let sql = "SELECT COUNT(*) FROM \(table) WHERE account = ?"
        guard try context.count(sql, [context.account]) < limit else { throw AWSError.quotaExceeded(quota, limit) }
    }
}

extension IAMPage where Element: IAMEntity {
    /// A page of entities, sorted by name.
    init(_ all: [Element], marker: String?, maxItems: Int?) throws {
        try self.init(all, by: { $0.name.lowercased() }, marker: marker, maxItems: maxItems)
    }
}
