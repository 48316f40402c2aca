import Foundation
import Synchronization

/// A structure of an AWS API: typed members that a ``ShapeReader`` fills and a ``ShapeWriter`` writes, whatever the wire
/// protocol. Generated types conform; nobody writes one by hand.
public protocol Shape: Sendable {
    /// Names, types and constraints of the members, in the model's order; readers and writers address them by index.
    static var schema: Schema { get }
    init(from reader: ShapeReader)
    func write(to writer: inout ShapeWriter)
}

/// The open set of strings that a model names. Unknown values are kept, as AWS adds values without notice.
public protocol StringEnumeration: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension StringEnumeration {
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    public init(_ rawValue: String) { self.init(rawValue: rawValue) }
    public var description: String { rawValue }
}

/// The compact description of one shape, parsed from the generator's text at first use.
///
/// One line a member: `Name type wire query options…`, where type is one of `s i d b t x S L M` (string, integer, double,
/// boolean, timestamp, blob, structure, list, map), `wire` is the name in JSON and XML and `query` in query strings (`=`
/// repeats the name before it), and options are `!` (required), `*` (idempotency token), `f` (flattened), `n:` (name of a
/// list's items), `k:` and `v:` (names in a map's entries), `t:` (timestamp format), `min:` `max:` (length or range), `emin:`
/// `emax:` (the same of a list's elements), `enum:a|b`, `eenum:a|b`, and last `~pattern` or `e~pattern`.
public final class Schema: Sendable {
    public let name: String
    public let members: [Member]

    public init(_ name: String, _ text: StaticString) {
        self.name = name
        let text = text.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        members = text.split(separator: "\n").map { Member(line: $0) }
    }
}

extension Schema {
    public enum Kind: Character, Sendable {
        case string = "s", integer = "i", double = "d", boolean = "b", timestamp = "t", blob = "x"
        case structure = "S", list = "L", map = "M"
    }

    /// Bounds of a value, as the service model states them.
    public struct Constraint: Sendable {
        public var minimum: Int?
        public var maximum: Int?
        public var values: [String]?
        public var pattern: Pattern?
        var isEmpty: Bool { minimum == nil && maximum == nil && values == nil && pattern == nil }
    }

    /// A regular expression that a value must match whole; compiled once, at its first use.
    public final class Pattern: Sendable {
        public let text: String
        private let compiled = Mutex<NSRegularExpression?>(nil)
        init(_ text: String) { self.text = text }

        public func matches(_ value: String) -> Bool {
            let expression = compiled.withLock { cached in
                if cached == nil { cached = try? NSRegularExpression(pattern: "^(?:\(Self.ascii(text)))$") }
                return cached
            }
            // A pattern that this engine cannot compile is the model's, not the caller's: it constrains nothing.
            guard let expression else { return true }
            let range = NSRange(location: 0, length: value.utf16.count)
            return expression.firstMatch(in: value, range: range)?.range == range
        }

        /// The models are written for an engine whose `\w` and `\d` are ASCII; here they would take all of Unicode's letters.
        private static func ascii(_ pattern: String) -> String {
            var out = ""
            var isEscaped = false, isInClass = false
            for character in pattern {
                switch (character, isEscaped) {
                case ("w", true): out += isInClass ? "a-zA-Z0-9_" : "[a-zA-Z0-9_]"
                case ("d", true): out += isInClass ? "0-9" : "[0-9]"
                case (_, true): out += "\\\(character)"
                case ("\\", false): break
                case ("[", false):
                    isInClass = true
                    out.append(character)
                case ("]", false):
                    isInClass = false
                    out.append(character)
                default: out.append(character)
                }
                isEscaped = character == "\\" && !isEscaped
            }
            return out
        }
    }

    public struct Member: Sendable {
        public let name: String
        public let kind: Kind
        public let wire: String
        public let query: String
        public internal(set) var isRequired = false
        public internal(set) var isIdempotencyToken = false
        public internal(set) var isFlattened = false
        public internal(set) var itemName = "member"
        public internal(set) var keyName = "key"
        public internal(set) var valueName = "value"
        public internal(set) var timestampFormat: String?
        public internal(set) var constraint: Constraint?
        public internal(set) var elementConstraint: Constraint?

        init(line: Substring) {
            var rest = line
            func token() -> Substring {
                let end = rest.firstIndex(of: " ") ?? rest.endIndex
                defer { rest = end < rest.endIndex ? rest[rest.index(after: end)...] : "" }
                return rest[..<end]
            }
            name = String(token())
            kind = token().first.flatMap(Kind.init) ?? .string
            let wire = token(), query = token()
            self.wire = wire == "=" ? name : String(wire)
            self.query = query == "=" ? self.wire : String(query)
            var own = Constraint(), element = Constraint()
            while let first = rest.first {
                if first == "~" {
                    own.pattern = Pattern(String(rest.dropFirst()))
                    break
                }
                if rest.hasPrefix("e~") {
                    element.pattern = Pattern(String(rest.dropFirst(2)))
                    break
                }
                let option = token()
                let parts = option.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let value = parts.count > 1 ? String(parts[1]) : ""
                switch parts[0] {
                case "!": isRequired = true
                case "*": isIdempotencyToken = true
                case "f": isFlattened = true
                case "n": itemName = value
                case "k": keyName = value
                case "v": valueName = value
                case "t": timestampFormat = value
                case "min": own.minimum = Int(value)
                case "max": own.maximum = Int(value)
                case "emin": element.minimum = Int(value)
                case "emax": element.maximum = Int(value)
                case "enum": own.values = value.split(separator: "|").map(String.init)
                case "eenum": element.values = value.split(separator: "|").map(String.init)
                default: break
                }
            }
            constraint = own.isEmpty ? nil : own
            elementConstraint = element.isEmpty ? nil : element
        }
    }
}

/// One way in which a request does not fit its shape.
public struct Violation: Sendable, Equatable {
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
    }
    /// Where, as AWS writes it: `Filter.1.Name` in query protocols, `tags.1.member.key` in JSON and IAM.
    public var path: String
    /// The offending value as text, nil where there is none.
    public var value: String?
    public var kind: Kind
    /// For an unknown member in the layout that people write: the members that there are.
    public var known: [String] = []
}
