/// A parsed message without a shape: the common form of JSON, XML and query strings.
///
/// An XML element without children is a `.string`; one with children is an `.object`, where a name may occur repeatedly.
/// A query string is an `.object` whose names are the parts of the parameter names between dots.
public indirect enum Node: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case list([Node])
    case object([Field])

    /// A member of an object.
    public struct Field: Sendable, Equatable {
        public var name: String
        public var value: Node
        public init(_ name: String, _ value: Node) {
            self.name = name
            self.value = value
        }
    }

    /// The first member with that name; nil if there is none or this is not an object.
    public subscript(name: String) -> Node? {
        guard case .object(let fields) = self else { return nil }
        for field in fields where field.name == name { return field.value }
        return nil
    }

    /// All members with that name, in order.
    public func all(_ name: String) -> [Node] {
        guard case .object(let fields) = self else { return [] }
        return fields.compactMap { $0.name == name ? $0.value : nil }
    }

    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var elements: [Node]? { if case .list(let value) = self { value } else { nil } }
    public var fields: [Field]? { if case .object(let value) = self { value } else { nil } }
    public var isNull: Bool { if case .null = self { true } else { false } }
}

/// A message that could not be parsed.
public struct MalformedMessage: Error, Sendable, CustomStringConvertible {
    /// The position in the message, in bytes.
    public let offset: Int
    public let reason: String
    public var description: String { "\(reason) at byte \(offset)" }
    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

// Nodes can be written as literals: `["MaxResults": 5, "Filters": [["Name": "vpc-id", "Values": ["vpc-1"]]]]`.
extension Node: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByStringInterpolation
{
    public init(stringLiteral value: String) { self = .string(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(arrayLiteral elements: Node...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, Node)...) { self = .object(elements.map { Field($0, $1) }) }
}
