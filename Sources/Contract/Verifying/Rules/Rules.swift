public import AWSCore

/// The differences allowed between a recording and a target, each with its reason.
///
/// A file contains a JSON list of objects. An omitted member matches everything, except `reason`, which is required.
/// - `kinds`: a list of ``Difference/Kind``.
/// - `service`, `operation`, `path`, `recorded`, `found`, `source`, `origin`, `form`: a pattern or a list of patterns, where
///   `*` matches any text.
/// - `older`: true matches only recordings of an API version before the present one.
/// - `reason`: why the difference is allowed.
public struct Rules: Sendable {
    struct Rule: Sendable {
        var kinds: Set<Difference.Kind> = []
        var patterns: [String: [Bytes]] = [:]
        var isOlder = false
        /// Whether the rule is one of Drydock's own, not from a file.
        var isStandard = false
        let reason: String
    }

    private(set) var rules: [Rule]

    public init() { rules = [] }

    /// - Throws: ``RecordingError`` if the file is not a list of rules.
    public init(parsing bytes: Bytes, file: String) throws {
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw RecordingError(file, "the rules are not JSON: \(error)") }
        guard let items = node.elements else { throw RecordingError(file, "the rules are not a list") }
        rules = try items.enumerated().map { index, item in
            func fail(_ reason: String) -> RecordingError { RecordingError(file, "rule \(index + 1) \(reason)") }
            guard let fields = item.fields else { throw fail("is no object") }
            guard let reason = item["reason"]?.string, !reason.isEmpty else { throw fail("has no reason") }
            var rule = Rule(reason: reason)
            for field in fields where field.name != "reason" {
                switch field.name {
                case "kinds":
                    rule.kinds = try Set(
                        (field.value.elements ?? []).map { kind in
                            guard let known = kind.string.flatMap(Difference.Kind.init) else {
                                throw fail(
                                    "has an unknown kind; known are \(Difference.Kind.allCases.map(\.rawValue).joined(separator: ", "))"
                                )
                            }
                            return known
                        })
                case "older": rule.isOlder = field.value == .bool(true)
                case "service", "operation", "path", "recorded", "found", "source", "origin", "form":
                    let patterns = (field.value.elements ?? [field.value]).map(\.string)
                    guard !patterns.isEmpty, !patterns.contains(nil) else {
                        throw fail("has a \(field.name) that is neither a text nor a list of texts")
                    }
                    rule.patterns[field.name] = patterns.compactMap { $0.map { Bytes($0.utf8) } }
                default: throw fail("has the unknown member '\(field.name)'")
                }
            }
            return rule
        }
    }

    public static func + (a: Rules, b: Rules) -> Rules {
        var all = a
        all.rules += b.rules
        return all
    }

    /// The number of rules.
    public var count: Int { rules.count }
    /// Returns the reason of the rule at an index, below ``count``.
    public func reason(of index: Int) -> String { rules[index].reason }
    func isStandard(_ index: Int) -> Bool { rules[index].isStandard }

    /// Returns the same rules, marked as Drydock's own.
    func asStandard() -> Rules {
        var all = self
        for index in all.rules.indices { all.rules[index].isStandard = true }
        return all
    }

    /// Returns the index of the first rule that allows a difference, or nil.
    func index(for difference: Difference, _ exchange: RecordedExchange, service: String, operation: String, isOlder: Bool)
        -> Int?
    {
        rules.firstIndex { rule in
            guard rule.kinds.isEmpty || rule.kinds.contains(difference.kind), !rule.isOlder || isOlder else { return false }
            return rule.patterns.allSatisfy { name, patterns in
                let text: String? =
                    switch name {
                    case "service": service
                    case "operation": operation
                    case "path": difference.path
                    case "recorded": difference.recorded
                    case "found": difference.found
                    case "source": exchange.notes.source
                    case "origin": exchange.notes.origin
                    default: exchange.notes.encoding.rawValue
                    }
                let bytes = Bytes((text ?? "").utf8)
                return patterns.contains { Self.matches(bytes, $0) }
            }
        }
    }

    /// Returns the reason of the first rule that allows a difference outside of any exchange.
    func reason(for difference: Difference, service: String, operation: String) -> String? {
        var exchange = RecordedExchange(request: .init(url: ""), response: .init(status: 200))
        exchange.notes.encoding = .parsed
        return index(for: difference, exchange, service: service, operation: operation, isOlder: false).map(reason(of:))
    }

    static func matches(_ text: Bytes, _ pattern: Bytes) -> Bool {
        var t = 0, p = 0, star = -1, mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == 42 {
                star = p
                mark = t
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                t += 1
                p += 1
            } else if star >= 0 {
                p = star + 1
                mark += 1
                t = mark
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == 42 }
    }
}
