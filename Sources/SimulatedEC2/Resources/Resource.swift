import AWSCore
import EC2API
import SimulatorCore

/// A kind of resource that is kept as a document, the shape that the API shows: everything that is regular about it, said once.
///
/// What it says gives creation, deletion, description, tags, filters, pages, client tokens, states, dependency violations and
/// the conditions of policies; see `Context.create`, `delete` and `describe`. What AWS does particularly stays code in the
/// kind's file. `CONTRIBUTING.md` has the steps.
struct Resource<S: Shape>: Sendable {
    let kind: ResourceKind
    /// By what it is known: its id.
    let identity: @Sendable (S) -> String
    let identify: @Sendable (inout S, String) -> Void
    private(set) var owner: (any WritableKeyPath<S, String?> & Sendable)?
    /// Nil for what cannot be tagged.
    let tags: (any WritableKeyPath<S, [Tag]?> & Sendable)?
    /// Whether AWS writes an empty set of tags where there are none, or leaves the member out.
    let showsNoTags: Bool
    let relations: [Relation<S>]
    let life: LifeCycle<S>
    /// The member that names it, for kinds that have names.
    private(set) var name: (any KeyPath<S, String?> & Sendable)?
    /// The values of documented filters whose names are no member's path.
    let filters: [String: @Sendable (S) -> [String?]]

    init(
        _ kind: ResourceKind, id: any WritableKeyPath<S, String?> & Sendable,
        tags: any WritableKeyPath<S, [Tag]?> & Sendable, showsNoTags: Bool = true,
        refers relations: [Relation<S>] = [], life: LifeCycle<S> = .simple,
        filters: [String: @Sendable (S) -> [String?]] = [:]
    ) {
        // The kind knows of its relations what belongs to no shape.
        self.kind = kind.referring(to: relations.map(\.reference))
        identity = { $0[keyPath: id] ?? "" }
        identify = { $0[keyPath: id] = $1 }
        self.tags = tags
        self.showsNoTags = showsNoTags
        self.relations = relations
        self.life = life
        self.filters = filters
    }

    /// One that has an id and cannot be tagged.
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

    /// The member that shows whose it is.
    func owned(by path: any WritableKeyPath<S, String?> & Sendable) -> Resource {
        var copy = self
        copy.owner = path
        return copy
    }

    /// The member that names it, unique in an account and region.
    func named(by path: any KeyPath<S, String?> & Sendable) -> Resource {
        var copy = self
        copy.name = path
        return copy
    }

    /// A part of another resource, which is known by several members together, and has no tags.
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

    /// The filters of its Describe operation: what is documented, by the members' paths.
    var filterTable: FilterTable<S> {
        guard let tags else { return FilterTable(filters) }
        return FilterTable(filters, tags: { $0[keyPath: tags] })
    }
}

/// What a document refers to.
struct Relation<S: Shape>: Sendable {
    let reference: Reference
    let targets: @Sendable (S) -> [String]

    /// - Parameters:
    ///   - type: of the kind that is referred to: `vpc`.
    ///   - key: the condition key by which policies ask for it: `ec2:Vpc`.
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

/// A kind of documents without its shape, for what is the same for all of them.
protocol DocumentKind: Sendable {
    var kind: ResourceKind { get }
    /// Goes on with lives whose next step is due.
    func settle(_ due: [Due], _ context: Context) throws
}

extension Resource: DocumentKind {}

/// A document as it stands in the database.
struct Stored<S: Shape>: Sendable {
    let number: Int64
    var phase: String
    var shape: S
}
