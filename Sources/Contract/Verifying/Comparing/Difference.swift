import AWSCore

/// A difference between a response and the recording.
public struct Difference: Sendable {
    /// In which way the two differ.
    public enum Kind: String, Sendable, CaseIterable {
        /// A member that the recording has, but Drydock's re-encoded document lacks.
        case lost
        /// An empty element for a member that cannot be empty.
        case empty
        /// A member that only Drydock's re-encoded document has.
        case gained
        /// A value that differs from the recorded one.
        case changed
        /// A time that differs, relative to the request.
        case time
        /// A member or list element in the target's response that the recording lacks.
        case surplus
        /// The same value, written differently.
        case spelled
        /// A documented example misspells a member's name, or has one element in place of a list. The value is still
        /// compared.
        case misprint
        case wrongType
        /// A value missing from the model's enumeration.
        case enumeration
        case status, errorCode, errorMessage
        /// A different form of id, ARN, time or address.
        case format
        /// An id that is already bound to another one.
        case binding
        case count
        /// The same resources, but not in the order that AWS keeps.
        case order
        /// More items on a page than requested.
        case page
        /// A member of the recorded response that the target's lacks.
        case absent
        /// A member of a recorded response that no response of the target's preparation contained.
        case uncovered
        /// The target lacks a resource that the account had before the recording began.
        case state
        /// Differences in raw bytes: XML namespace and declaration, element order, JSON type, media type.
        case namespace, declaration, elementOrder, jsonType, mediaType
        /// The target returns, returns empty or omits a member where AWS never does.
        case presence
    }

    public var kind: Kind
    /// The path without list indexes, such as `Reservations.Instances.ImageId`.
    public var path: String
    public var recorded: String?
    public var found: String?
    /// The reason of the rule that allows the difference.
    public var permittedBecause: String?

    init(_ kind: Kind, _ path: String, recorded: String? = nil, found: String? = nil) {
        self.kind = kind
        self.path = path
        self.recorded = recorded.map { String($0.prefix(200)) }
        self.found = found.map { String($0.prefix(200)) }
    }
}

extension Difference: CustomStringConvertible {
    public var description: String {
        let values = [recorded.map { "recorded '\($0)'" }, found.map { "found '\($0)'" }].compactMap { $0 }
        return "\(kind.rawValue) \(path)" + (values.isEmpty ? "" : ": " + values.joined(separator: ", "))
    }
}

/// Compares a document with its decoded and re-encoded form.
struct TreeComparison {
    private(set) var differences: [Difference] = []
    private(set) var members = 0
    private(set) var covered = 0

    mutating func compare(_ recorded: Node, _ again: Node, _ path: String = "") {
        switch (recorded, again) {
        case (.object(let left), .object(let right)): objects(left, right, path)
        case (.list(let left), .list(let right)):
            for index in 0..<max(left.count, right.count) {
                if index >= right.count {
                    lost(left[index], path)
                } else if index >= left.count {
                    gained(right[index], path)
                } else {
                    compare(left[index], right[index], path)
                }
            }
        case (.object(let fields), _) where Self.isEmpty(again):
            for field in fields { lost(field.value, Self.join(path, field.name)) }
        case (_, .object(let fields)) where Self.isEmpty(recorded):
            for field in fields { gained(field.value, Self.join(path, field.name)) }
        default: scalars(recorded, again, path)
        }
    }

    static func join(_ path: String, _ name: String) -> String {
        // List indexes and item element names do not identify a member.
        if Int(name) != nil || name == "item" || name == "member" { return path }
        return path.isEmpty ? name : "\(path).\(name)"
    }

    private mutating func objects(_ left: [Node.Field], _ right: [Node.Field], _ path: String) {
        let leftByName = Dictionary(grouping: left, by: \.name), rightByName = Dictionary(grouping: right, by: \.name)
        var seen: Set<String> = []
        for field in left where seen.insert(field.name).inserted {
            var mine = leftByName[field.name] ?? [], theirs = rightByName[field.name] ?? []
            if field.name == "entry" {
                // Maps have no order.
                mine.sort { Self.key($0) < Self.key($1) }
                theirs.sort { Self.key($0) < Self.key($1) }
            }
            let path = Self.join(path, field.name)
            for index in 0..<max(mine.count, theirs.count) {
                if index >= theirs.count {
                    lost(mine[index].value, path)
                } else if index >= mine.count {
                    gained(theirs[index].value, path)
                } else {
                    compare(mine[index].value, theirs[index].value, path)
                }
            }
        }
        for field in right where !seen.contains(field.name) { gained(field.value, Self.join(path, field.name)) }
    }

    /// Returns the key of a map entry, which is its first field.
    private static func key(_ entry: Node.Field) -> String { entry.value.fields?.first?.value.string ?? "" }

    private mutating func scalars(_ recorded: Node, _ again: Node, _ path: String) {
        members += 1
        let left = Self.text(recorded), right = Self.text(again)
        if left == right || Self.trimmed(left) == Self.trimmed(right) {
            covered += 1
        } else if Self.isSame(Self.trimmed(left), Self.trimmed(right)) {
            covered += 1
            differences.append(Difference(.spelled, path, recorded: left, found: right))
        } else {
            differences.append(Difference(.changed, path, recorded: left, found: right))
        }
    }

    private mutating func lost(_ node: Node, _ path: String) {
        if node.isNull { return }
        members += 1
        let isEmpty = Self.isEmpty(node)
        differences.append(Difference(isEmpty ? .empty : .lost, path, recorded: Self.text(node)))
    }

    private mutating func gained(_ node: Node, _ path: String) {
        if !node.isNull { differences.append(Difference(.gained, path, found: Self.text(node))) }
    }

    static func isEmpty(_ node: Node) -> Bool {
        switch node {
        case .null: true
        case .string(let text): trimmed(text).isEmpty
        case .object(let fields): fields.isEmpty
        case .list(let items): items.isEmpty
        default: false
        }
    }

    static func text(_ node: Node) -> String { node.string ?? String(decoding: JSON.write(node), as: UTF8.self) }

    private static func trimmed(_ text: String) -> Substring {
        var text = text[...]
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text.drop { $0.isWhitespace }
    }

    private static func isSame(_ left: Substring, _ right: Substring) -> Bool {
        if left.lowercased() == right.lowercased(), ["true", "false"].contains(left.lowercased()) { return true }
        if let left = Double(left), let right = Double(right) { return left == right }
        if ["0", "1"].contains(left) { return (left == "1") == (right == "true") && ["true", "false"].contains(right) }
        if let left = Instant(parsing: left), let right = Instant(parsing: right) {
            return left == right || left.seconds == right.seconds
        }
        return false
    }
}
