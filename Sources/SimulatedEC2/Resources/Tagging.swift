import AWSCore
import EC2API
import SimulatorCore

/// The tags of one kind of resource, read in one statement for all resources.
struct TagIndex: Sendable {
    private let tags: [String: [Tags.Tag]]

    static let none = TagIndex(tags: [:])
    private init(tags: [String: [Tags.Tag]]) { self.tags = tags }

    init(_ kind: ResourceKind, _ context: Context) throws { tags = try Tags.all(prefix: kind.prefix + "-", context) }

    /// Reads the tags of a few resources, with one statement each.
    init(of ids: [String], _ context: Context) throws {
        var tags: [String: [Tags.Tag]] = [:]
        for id in ids { tags[id] = try Tags.of(id, context) }
        self.tags = tags
    }

    /// Chooses the cheaper of the two ways to read.
    init(_ kind: ResourceKind, ids: [String], _ context: Context) throws {
        if ids.count <= 2 { try self.init(of: ids, context) } else { try self.init(kind, context) }
    }

    /// Returns the tags; empty if there are none. Use ``Swift/Array/orNone`` where AWS omits the member.
    subscript(id: String) -> [Tag] { tags[id]?.map { Tag(key: $0.key, value: $0.value) } ?? [] }
}

extension [Tag] {
    /// The tags; nil if there are none. AWS omits the member so for instances, volumes, VPCs, subnets, groups, addresses and
    /// new key pairs. In recordings it returns an empty set for interfaces, gateways, ACLs, route tables, key pairs in lists
    /// and new VPCs.
    var orNone: [Tag]? { isEmpty ? nil : self }
}

/// The rules for all tags.
enum TagRules {
    static let limit = 50

    /// - Throws: AWS's errors for keys and values that are reserved, too long or duplicate.
    static func check(_ tags: [Tag]) throws -> [Tags.Tag] {
        var seen: Set<String> = []
        return try tags.map { tag in
            guard let key = tag.key, !key.isEmpty else {
                throw AWSError("InvalidParameterValue", "Tag key cannot be empty")
            }
            guard key.unicodeScalars.count <= 128 else {
                throw AWSError("InvalidParameterValue", "Tag key exceeds the maximum length of 128 characters")
            }
            let value = tag.value ?? ""
            guard value.unicodeScalars.count <= 256 else {
                throw AWSError("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw AWSError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            }
            guard seen.insert(key).inserted else {
                throw AWSError("InvalidParameterValue", "Duplicate tag key '\(key)' specified.")
            }
            return Tags.Tag(key, value)
        }
    }

    static func checkLimit(_ tags: some Collection<String>) throws {
        guard tags.count <= limit else {
            throw AWSError("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.")
        }
    }
}

/// A request's TagSpecifications, by resource type.
struct TagSpecifications {
    private var tags: [String: [Tags.Tag]] = [:]

    /// - Parameter allowed: the kinds that the operation creates.
    init(_ specifications: [TagSpecification]?, allowed: ResourceKind...) throws {
        for specification in specifications ?? [] {
            guard let type = specification.resourceType?.rawValue, !type.isEmpty else {
                throw AWSError("MissingParameter", "Tag specification resource type must have a value")
            }
            guard allowed.contains(where: { $0.type == type }) else {
                throw AWSError("InvalidParameterValue", "'\(type)' is not a valid taggable resource type for this operation.")
            }
            guard let given = specification.tags, !given.isEmpty else {
                throw AWSError("InvalidParameterValue", "Tag specification must have at least one tag")
            }
            guard tags[type] == nil else {
                throw AWSError("InvalidParameterValue", "Duplicate tag specification for resource type '\(type)'.")
            }
            let checked = try TagRules.check(given)
            try TagRules.checkLimit(checked.map(\.key))
            tags[type] = checked
        }
    }

    subscript(kind: ResourceKind) -> [Tag] {
        (tags[kind.type] ?? []).sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
    }

    /// Sets the request's tags for this kind on a new resource.
    func apply(_ kind: ResourceKind, to id: String, _ context: Context) throws {
        guard let tags = tags[kind.type] else { return }
        try Tags.set(tags, on: id, context)
    }
}
