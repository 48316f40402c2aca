import AWSCore
import EC2API
import SimulatorCore

/// A kind of resource stored as a document, in the shape that the API shows. Everything regular about the kind is defined
/// once here.
///
/// From it follow creation, deletion, description, tags, filters, pages, client tokens, states, dependency violations and
/// the conditions of policies; see `Context.create`, `delete` and `describe`. Special behaviour of AWS is code in the kind's
/// file. `CONTRIBUTING.md` has the steps.
struct Resource<S: Shape>: Sendable {
    let kind: ResourceKind
    /// Returns the key of a resource: its id.
    let identity: @Sendable (S) -> String
    let identify: @Sendable (inout S, String) -> Void
    private(set) var owner: (any WritableKeyPath<S, String?> & Sendable)?
    /// Nil for resources that cannot be tagged.
    let tags: (any WritableKeyPath<S, [Tag]?> & Sendable)?
    /// Whether AWS returns an empty set of tags if there are none, or omits the member.
    let showsNoTags: Bool
    let relations: [Relation<S>]
    let life: LifeCycle<S>
    /// The member with the name, for kinds that have names.
    private(set) var name: (any KeyPath<S, String?> & Sendable)?
    /// The values of documented filters that do not match the path of a member.
    let filters: [String: @Sendable (S) -> [String?]]

    init(
        _ kind: ResourceKind, id: any WritableKeyPath<S, String?> & Sendable,
        tags: any WritableKeyPath<S, [Tag]?> & Sendable, showsNoTags: Bool = true,
        refers relations: [Relation<S>] = [], life: LifeCycle<S> = .simple,
        filters: [String: @Sendable (S) -> [String?]] = [:]
    ) {
        // The kind keeps the part of the relations that needs no shape.
        self.kind = kind.referring(to: relations.map(\.reference))
        identity = { $0[keyPath: id] ?? "" }
        identify = { $0[keyPath: id] = $1 }
        self.tags = tags
        self.showsNoTags = showsNoTags
        self.relations = relations
        self.life = life
        self.filters = filters
    }

    /// Creates a kind that has an id and cannot be tagged.
    init(
        _ kind: ResourceKind, untagged id: any WritableKeyPath<S, String?> & Sendable, refers relations: [Relation<S>] = [],
        life: LifeCycle<S> = .simple, filters: [String: @Sendable (S) -> [String?]] = [:]
    ) {
        self.kind = kind.referring(to: relations.map(\.reference))
        identity = { $0[keyPath: id] ?? "" }
        identify = { $0[keyPath: id] = $1 }
        tags = nil
        showsNoTags = false
        self.relations = relations
        self.life = life
        self.filters = filters
    }

    /// Sets the member that shows the owner.
    func owned(by path: any WritableKeyPath<S, String?> & Sendable) -> Resource {
        var copy = self
        copy.owner = path
        return copy
    }

    /// Sets the member that holds the name, unique in an account and region.
    func named(by path: any KeyPath<S, String?> & Sendable) -> Resource {
        var copy = self
        copy.name = path
        return copy
    }

    /// Creates a kind for parts of another resource. Several members together form its key; it has no tags.
    init(
        _ kind: ResourceKind, identity: @escaping @Sendable (S) -> String, refers relations: [Relation<S>],
        life: LifeCycle<S> = .simple, filters: [String: @Sendable (S) -> [String?]] = [:]
    ) {
        self.kind = kind.referring(to: relations.map(\.reference))
        self.identity = identity
        identify = { _, _ in }
        tags = nil
        showsNoTags = false
        self.relations = relations
        self.life = life
        self.filters = filters
    }

    /// The filters of its Describe operation: the documented ones, resolved by the members' paths.
    var filterTable: FilterTable<S> {
        guard let tags else { return FilterTable(filters) }
        return FilterTable(filters, tags: { $0[keyPath: tags] })
    }
}

/// A reference from a document to other resources.
struct Relation<S: Shape>: Sendable {
    let reference: Reference
    let targets: @Sendable (S) -> [String]

    /// - Parameters:
    ///   - type: the type of the referenced kind: `vpc`.
    ///   - key: the condition key in policies: `ec2:Vpc`.
    static func to(
        _ type: String, _ target: any KeyPath<S, String?> & Sendable, _ deletion: Reference.Deletion = .restricts,
        role: String? = nil, key: String? = nil
    ) -> Relation {
        Relation(reference: .to(type, role: role, deletion, key: key)) { $0[keyPath: target].map { [$0] } ?? [] }
    }

    static func toEach(
        _ type: String, _ deletion: Reference.Deletion = .restricts, role: String? = nil, key: String? = nil,
        _ targets: @escaping @Sendable (S) -> [String]
    ) -> Relation {
        Relation(reference: .to(type, role: role, deletion, key: key), targets: targets)
    }
}

/// A kind of documents without its shape, for operations that all kinds share.
protocol DocumentKind: Sendable {
    var kind: ResourceKind { get }
    /// Runs the life cycle steps that are due.
    func settle(_ due: [Due], _ context: Context) throws
}

extension Resource: DocumentKind {}

/// A document as stored in the database.
struct Stored<S: Shape>: Sendable {
    let number: Int64
    var phase: String
    var shape: S
}
