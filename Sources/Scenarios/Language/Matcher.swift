import AWSCore
import Foundation

/// A condition that a value must meet.
indirect enum Matcher: Sendable {
    case equals(Value)
    case not(Value)
    /// The whole text matches a pattern with the wildcards `*` and `?`, or a regular expression
    /// between slashes.
    case matches(Value)
    /// The text contains a part, or the list an element.
    case contains(Value)
    case present(Bool)
    case count(Value)
    case oneOf([Value])
    case above(Value)
    case below(Value)
    case all([Matcher])
    /// The list has as many elements, and each meets its own matcher.
    case list([Matcher])
    /// The members meet their expectations. Other members are allowed.
    case members([Expectation])

    static let words = ["equals", "not", "matches", "contains", "present", "absent", "count", "one_of", "above", "below"]
}

/// A path and the condition for the value there.
struct Expectation: Sendable {
    let path: Path
    let position: FilePosition
    let matcher: Matcher
}

/// An expected value and the actual one.
struct Mismatch: Sendable {
    var path: String
    var expected: String
    var actual: String
}

extension Matcher {
    /// - Returns: nil if the value meets the condition.
    func mismatch(_ actual: Node?, at path: String, _ variables: Variables) throws(UnknownVariable) -> Mismatch? {
        func verdict(_ holds: Bool, _ expected: String) -> Mismatch? {
            holds ? nil : Mismatch(path: path, expected: expected, actual: actual.map(Self.show) ?? "(nothing)")
        }
        switch self {
        case .equals(let value):
            let expected = try value.resolved(variables)
            if expected.isNull { return verdict(actual == nil, "(nothing)") }
            return verdict(actual.map { Self.equal($0, expected) } ?? false, Self.show(expected))
        case .not(let value):
            let other = try value.resolved(variables)
            return verdict(!(actual.map { Self.equal($0, other) } ?? other.isNull), "anything but \(Self.show(other))")
        case .matches(let value):
            let pattern = try value.resolved(variables).plainText
            return verdict(actual.map { Self.matches($0.plainText, pattern) } ?? false, "text that matches \(pattern)")
        case .contains(let value):
            let part = try value.resolved(variables)
            let holds =
                switch actual {
                case .list(let elements)?: elements.contains { Self.equal($0, part) }
                case let actual?: actual.plainText.contains(part.plainText)
                case nil: false
                }
            return verdict(holds, "something that contains \(Self.show(part))")
        case .present(let wanted): return verdict((actual != nil) == wanted, wanted ? "(anything)" : "(nothing)")
        case .count(let value):
            let wanted = try value.resolved(variables)
            let count = actual?.elements?.count ?? actual?.fields?.count ?? (actual == nil ? 0 : 1)
            return verdict(Self.equal(.integer(Int64(count)), wanted), "\(wanted.plainText) elements")
        case .oneOf(let values):
            var choices: [Node] = []
            for value in values { choices.append(try value.resolved(variables)) }
            let holds = actual.map { actual in choices.contains { Self.equal(actual, $0) } } ?? false
            return verdict(holds, "one of " + choices.map(Self.show).joined(separator: ", "))
        case .above(let value):
            let bound = try value.resolved(variables)
            return verdict(Self.ordered(bound, actual), "more than \(Self.show(bound))")
        case .below(let value):
            let bound = try value.resolved(variables)
            return verdict(actual.map { Self.ordered($0, bound) } ?? false, "less than \(Self.show(bound))")
        case .all(let matchers):
            for matcher in matchers { if let mismatch = try matcher.mismatch(actual, at: path, variables) { return mismatch } }
            return nil
        case .list(let matchers):
            guard let elements = actual?.elements, elements.count == matchers.count else {
                return verdict(matchers.isEmpty && actual == nil, "a list of \(matchers.count)")
            }
            for (index, matcher) in matchers.enumerated() {
                if let mismatch = try matcher.mismatch(elements[index], at: "\(path)[\(index)]", variables) { return mismatch }
            }
            return nil
        case .members(let expectations):
            guard let actual else { return verdict(false, "an object") }
            for expectation in expectations {
                if let mismatch = try expectation.mismatch(in: actual, below: path, variables) { return mismatch }
            }
            return nil
        }
    }

    /// Compares values. An integer equals a number with the same value; nothing else is converted.
    static func equal(_ a: Node, _ b: Node) -> Bool {
        switch (a, b) {
        case (.integer(let a), .number(let b)), (.number(let b), .integer(let a)): Double(a) == b
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { equal($0, $1) }
        case (.object(let a), .object(let b)):
            a.count == b.count && a.allSatisfy { field in b.contains { $0.name == field.name && equal($0.value, field.value) } }
        default: a == b
        }
    }

    /// Compares numbers by value, times by time, and everything else as text.
    private static func ordered(_ a: Node?, _ b: Node?) -> Bool {
        guard let a, let b else { return false }
        if let a = a.double, let b = b.double { return a < b }
        if let a = Instant(parsing: a.plainText), let b = Instant(parsing: b.plainText) { return a < b }
        return a.plainText < b.plainText
    }

    static func matches(_ text: String, _ pattern: String) -> Bool {
        if pattern.utf8.count > 1, pattern.hasPrefix("/"), pattern.hasSuffix("/") {
            guard let regex = try? NSRegularExpression(pattern: String(pattern.dropFirst().dropLast())) else { return false }
            return regex.firstMatch(in: text, range: NSRange(location: 0, length: text.utf16.count)) != nil
        }
        return wildcard(Array(pattern.unicodeScalars)[...], Array(text.unicodeScalars)[...])
    }

    private static func wildcard(_ pattern: ArraySlice<Unicode.Scalar>, _ text: ArraySlice<Unicode.Scalar>) -> Bool {
        var p = pattern.startIndex, t = text.startIndex
        var star: (pattern: Int, text: Int)?
        while t < text.endIndex {
            if p < pattern.endIndex, pattern[p] == "*" {
                star = (p, t)
                p += 1
            } else if p < pattern.endIndex, pattern[p] == "?" || pattern[p] == text[t] {
                p += 1
                t += 1
            } else if let last = star {
                p = last.pattern + 1
                t = last.text + 1
                star = (last.pattern, last.text + 1)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }

    /// Returns a value as the difference shows it.
    static func show(_ node: Node) -> String { String(decoding: JSON.write(node, pretty: true), as: UTF8.self) }
}

extension Expectation {
    func mismatch(in node: Node, below parent: String = "", _ variables: Variables) throws(UnknownVariable) -> Mismatch? {
        let name = parent.isEmpty || path.source.hasPrefix("[") ? parent + path.source : "\(parent).\(path.source)"
        return try matcher.mismatch(path.find(in: node), at: name, variables)
    }

    /// Returns every path that the expectation reads, from the result's root.
    func paths(below parent: Path? = nil) -> [(path: Path, position: FilePosition)] {
        let own = parent?.appending(path) ?? path
        return [(own, position)] + matcher.paths(below: own, position)
    }
}

extension Matcher {
    fileprivate func paths(below path: Path, _ position: FilePosition) -> [(path: Path, position: FilePosition)] {
        switch self {
        case .all(let matchers): matchers.flatMap { $0.paths(below: path, position) }
        case .list(let matchers):
            matchers.enumerated().flatMap { index, matcher in
                [(path.appending(index: index), position)] + matcher.paths(below: path.appending(index: index), position)
            }
        case .members(let expectations): expectations.flatMap { $0.paths(below: path) }
        default: []
        }
    }

    /// The values that the matcher compares with.
    var values: [Value] {
        switch self {
        case .equals(let value), .not(let value), .matches(let value), .contains(let value), .count(let value),
            .above(let value), .below(let value):
            [value]
        case .oneOf(let values): values
        case .present: []
        case .all(let matchers), .list(let matchers): matchers.flatMap(\.values)
        case .members(let expectations): expectations.flatMap(\.matcher.values)
        }
    }
}

extension Node {
    fileprivate var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
