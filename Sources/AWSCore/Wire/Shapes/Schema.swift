/// A structure of an AWS API. A ``ShapeReader`` fills its typed members and a ``ShapeWriter`` writes them in every wire
/// protocol. Only generated types conform.
public protocol Shape: Sendable {
    /// Names, types and constraints of the members, in the model's order; readers and writers address them by index.
    static var schema: Schema { get }
    /// Reads the members. Violations are in the reader's report.
    init(from reader: ShapeReader)
    /// Writes the members that are not nil.
    func write(to writer: inout ShapeWriter)
}

/// A string enumeration of a model. It keeps unknown values, because AWS adds values without notice.
public protocol StringEnumeration: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    /// Accepts every text, unlike a Swift enumeration.
    init(rawValue: String)
}

extension StringEnumeration {
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public init(_ rawValue: String) { self.init(rawValue: rawValue) }
    public var description: String { rawValue }
}

/// The compact description of one shape, parsed from the text of the generated table on first use.
///
/// Each line is a member: `Name type wire query options…`. The type is one of `s i d b t x S L M` (string, integer, double,
/// boolean, timestamp, blob, structure, list, map). `wire` is the name in JSON and XML, `query` the name in query strings;
/// `=` repeats the name before it.
///
/// The options are `!` (required), `*` (idempotency token), `f` (flattened), `n:` (name of list items), `k:` and `v:` (names
/// in map entries), `t:` (timestamp format), `min:` `max:` (length or range), `emin:` `emax:` (the same for list elements),
/// `enum:a|b`, `eenum:a|b`, and last `~pattern` or `e~pattern`. Other options belong to `ModelTable` and are ignored.
public final class Schema: Sendable {
    public let name: String
    public let members: [Member]
    /// The members' names in JSON and XML, in query strings, and in the documentation, for lookups in messages.
    private let wireNames, queryNames, modelNames: [String]
    /// The text that writers put around the members' values. This memory is not changed after initialisation.
    nonisolated(unsafe) let forms: WireForm.Table
    nonisolated(unsafe) private let formTexts: UnsafeMutablePointer<UInt8>

    public convenience init(_ name: String, _ text: StaticString) {
        self.init(name, lines: text.withUTF8Buffer { $0.split(separator: 10).map { Member(line: $0) } })
    }

    /// For models that are only known at run time.
    package convenience init(_ name: String, text: String) {
        self.init(name, lines: Bytes(text.utf8).withUnsafeBufferPointer { $0.split(separator: 10).map { Member(line: $0) } })
    }

    /// Parses part of a larger text without keeping the text.
    /// - Parameter isConstrained: whether to keep the constraints; false if nothing checks them.
    package convenience init(_ name: String, bytes: UnsafeBufferPointer<UInt8>, isConstrained: Bool) {
        self.init(name, lines: bytes.split(separator: 10).map { Member(line: $0, isConstrained: isConstrained) })
    }

    private init(_ name: String, lines members: [Member]) {
        self.name = name
        self.members = members
        wireNames = members.map(\.wire)
        queryNames = members.map(\.query)
        modelNames = members.map(\.name)
        (forms, formTexts) = WireForm.table(members)
    }

    deinit {
        forms.deallocate()
        formTexts.deallocate()
    }

    func names(in layout: WireLayout) -> [String] {
        switch layout {
        case .json, .xml: wireNames
        case .ec2Query, .awsQuery: queryNames
        case .model: modelNames
        }
    }
}

extension Schema {
    /// The type of a member.
    public enum Kind: Character, Sendable {
        case string = "s", integer = "i", double = "d", boolean = "b", timestamp = "t", blob = "x"
        case structure = "S", list = "L", map = "M"
    }

    /// How a time is written.
    public enum TimestampFormat: String, Sendable {
        case seconds = "unixTimestamp", httpDate = "rfc822", iso8601
    }

    /// Limits on a value, from the service model.
    public struct Constraint: Sendable {
        public var minimum: Int?
        public var maximum: Int?
        public var values: [String]?
        public var pattern: Pattern?
        var isEmpty: Bool { minimum == nil && maximum == nil && values == nil && pattern == nil }
    }

    /// A member of a structure, with its names on the wire and its limits.
    public final class Member: Sendable {
        public let name: String
        public let kind: Kind
        public let wire: String
        public let query: String
        public let isRequired, isIdempotencyToken, isFlattened: Bool
        public let itemName, keyName, valueName: String
        public let timestampFormat: TimestampFormat?
        public let constraint: Constraint?
        public let elementConstraint: Constraint?

        init(line: Slice<UnsafeBufferPointer<UInt8>>, isConstrained: Bool = true) {
            var parser = MemberLine(line)
            parser.parse(isConstrained)
            name = parser.name
            kind = parser.kind
            wire = parser.wire
            query = parser.query
            isRequired = parser.isRequired
            isIdempotencyToken = parser.isIdempotencyToken
            isFlattened = parser.isFlattened
            itemName = parser.itemName
            keyName = parser.keyName
            valueName = parser.valueName
            timestampFormat = parser.timestampFormat
            constraint = parser.own.isEmpty ? nil : parser.own
            elementConstraint = parser.element.isEmpty ? nil : parser.element
        }
    }
}

/// Parses one line of a schema's text.
private struct MemberLine {
    var name = "", wire = "", query = ""
    var kind = Schema.Kind.string
    var isRequired = false, isIdempotencyToken = false, isFlattened = false
    var itemName = "member", keyName = "key", valueName = "value"
    var timestampFormat: Schema.TimestampFormat?
    var own = Schema.Constraint(), element = Schema.Constraint()
    private var rest: Slice<UnsafeBufferPointer<UInt8>>

    init(_ line: Slice<UnsafeBufferPointer<UInt8>>) { rest = line.drop { $0 == 32 } }

    private typealias Text = Slice<UnsafeBufferPointer<UInt8>>

    private mutating func word() -> Text {
        let end = rest.firstIndex(of: 32) ?? rest.endIndex
        defer { rest = rest[end...].dropFirst() }
        return rest[..<end]
    }

    mutating func parse(_ isConstrained: Bool) {
        name = Self.string(word())
        kind = word().first.flatMap { Schema.Kind(rawValue: Character(Unicode.Scalar($0))) } ?? .string
        let wire = word(), query = word()
        self.wire = wire.elementsEqual("=".utf8) ? name : Self.string(wire)
        self.query = query.elementsEqual("=".utf8) ? self.wire : Self.string(query)
        while let first = rest.first {
            if first == 126 {
                if isConstrained { own.pattern = Schema.Pattern(Self.string(rest.dropFirst())) }
                return
            }
            if rest.starts(with: "e~".utf8) {
                if isConstrained { element.pattern = Schema.Pattern(Self.string(rest.dropFirst(2))) }
                return
            }
            let option = word(), colon = option.firstIndex(of: 58) ?? option.endIndex
            let key = option[..<colon], value = option[colon...].dropFirst()
            if key.count == 1 { mark(key[key.startIndex], value) } else if isConstrained { constrain(Self.string(key), value) }
        }
    }

    private mutating func mark(_ key: UInt8, _ value: Text) {
        switch key {
        case UInt8(ascii: "!"): isRequired = true
        case UInt8(ascii: "*"): isIdempotencyToken = true
        case UInt8(ascii: "f"): isFlattened = true
        case UInt8(ascii: "n"): itemName = Self.string(value)
        case UInt8(ascii: "k"): keyName = Self.string(value)
        case UInt8(ascii: "v"): valueName = Self.string(value)
        case UInt8(ascii: "t"): timestampFormat = .init(rawValue: Self.string(value))
        default: break
        }
    }

    private mutating func constrain(_ key: String, _ value: Text) {
        switch key {
        case "min": own.minimum = Int(Self.string(value))
        case "max": own.maximum = Int(Self.string(value))
        case "emin": element.minimum = Int(Self.string(value))
        case "emax": element.maximum = Int(Self.string(value))
        case "enum": own.values = value.split(separator: 124).map(Self.string)
        case "eenum": element.values = value.split(separator: 124).map(Self.string)
        default: break
        }
    }

    private static func string(_ text: Text) -> String { String(decoding: text, as: UTF8.self) }
}

extension Schema.Constraint {
    /// All constraints on a text, in AWS's order.
    var sentences: [String] {
        var kinds: [Violation.Kind] = []
        if let maximum { kinds.append(.tooLong(maximum: maximum)) }
        if let minimum { kinds.append(.tooShort(minimum: minimum)) }
        if let values { kinds.append(.notInEnumeration(values)) }
        if let pattern { kinds.append(.patternMismatch(pattern.text)) }
        return kinds.map { Violation(path: "", value: nil, kind: $0).constraint }
    }
}

/// One violation of a request's shape.
public struct Violation: Sendable, Equatable {
    /// Which rule is violated, with the limit.
    public enum Kind: Sendable, Equatable {
        case missing
        case unknown
        case wrongType(expected: String)
        case tooShort(minimum: Int)
        case tooLong(maximum: Int)
        case tooSmall(minimum: Int)
        case tooLarge(maximum: Int)
        case tooFew(minimum: Int)
        case tooMany(maximum: Int)
        case patternMismatch(String)
        case notInEnumeration([String])

        /// Whether a text is present but violates a constraint.
        var isOfText: Bool {
            switch self {
            case .tooShort, .tooLong, .patternMismatch, .notInEnumeration: true
            default: false
            }
        }
    }
    /// A list whose items all have the same constraints.
    public struct List: Sendable, Equatable {
        public var path, value: String
        /// All constraints on an item, including those that hold.
        public var sentences: [String]
    }
    /// The location in AWS's notation: `Filter.1.Name` in query protocols, `tags.1.member.key` in JSON and IAM.
    public var path: String
    /// The rejected value as text; nil if there is none.
    public var value: String?
    public var kind: Kind
    /// For an item of a list of texts: the list, which AWS's message names instead of the item.
    public var list: List?
    /// For an unknown member in the `model` layout: the names of the known members.
    public var known: [String] = []
}

extension Violation {
    /// The message of AWS's common validation framework.
    package var constraint: String {
        switch kind {
        case .missing: "Member must not be null"
        case .unknown: "Member is not recognized"
        case .wrongType(let expected): "Member must be of type \(expected)"
        case .tooShort(let minimum), .tooFew(let minimum): "Member must have length greater than or equal to \(minimum)"
        case .tooLong(let maximum), .tooMany(let maximum): "Member must have length less than or equal to \(maximum)"
        case .tooSmall(let minimum): "Member must have value greater than or equal to \(minimum)"
        case .tooLarge(let maximum): "Member must have value less than or equal to \(maximum)"
        case .patternMismatch(let pattern): "Member must satisfy regular expression pattern: \(pattern)"
        case .notInEnumeration(let values): Self.enumeration(values)
        }
    }

    package static func enumeration(_ values: [String]) -> String {
        "Member must satisfy enum value set: [\(values.joined(separator: ", "))]"
    }
}

extension Violation.List {
    public var constraint: String { "Member must satisfy constraint: [\(sentences.joined(separator: ", "))]" }
}
