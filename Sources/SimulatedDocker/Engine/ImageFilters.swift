import AWSCore
import Foundation
import OCI

/// The filters of `docker images` and `docker image prune`.
public struct ImageFilters: Sendable {
    /// The values of each filter, in order.
    public private(set) var values: [String: [String]] = [:]

    public init() {}

    static let listing: Set = ["dangling", "label", "before", "since", "reference", "until"]
    static let pruning: Set = ["dangling", "label", "label!", "until"]

    /// Parses the Engine API's parameter: `{"label":{"a=b":true}}`, or the old form `{"label":["a=b"]}`.
    /// - Throws: ``DockerError`` for an invalid value.
    public init(parsing json: String?) throws(DockerError) {
        guard let json, !json.isEmpty else { return }
        guard let fields = (try? JSON.parse(json))?.fields else { throw .invalidFilter(json) }
        for field in fields {
            if let names = field.value.fields {
                values[field.name] = names.filter { $0.value == .bool(true) }.map(\.name)
            } else if let texts = field.value.elements {
                values[field.name] = texts.compactMap(\.string)
            } else {
                throw .invalidFilter(json)
            }
        }
    }

    /// Parses `name=value` from a command line.
    public mutating func add(_ text: String) throws(DockerError) {
        guard let equals = text.firstIndex(of: "=") else {
            throw DockerError("invalid argument \"\(text)\" for \"-f, --filter\" flag: invalid filter '\(text)'")
        }
        values[String(text[..<equals]), default: []].append(String(text[text.index(after: equals)...]))
    }

    subscript(name: String) -> [String] { values[name] ?? [] }

    func check(_ known: Set<String>) throws(DockerError) {
        for pattern in self["reference"] where !Self.isPattern(pattern) {
            throw .daemon("syntax error in pattern", status: 400)
        }
        if let unknown = values.keys.filter({ !known.contains($0) }).sorted().first { throw .invalidFilter(unknown) }
    }

    /// Returns a filter as a boolean; nil if it is not set.
    func flag(_ name: String) throws(DockerError) -> Bool? {
        let texts = self[name]
        guard !texts.isEmpty else { return nil }
        let isOn = texts.contains { ["1", "true"].contains($0) }
        guard isOn != texts.contains(where: { ["0", "false"].contains($0) }) else {
            throw .invalidFilter("\(name)=[\(texts.joined(separator: " "))]")
        }
        return isOn
    }

    /// Whether an image has all required labels and no excluded ones.
    func matchesLabels(_ labels: [String: String]) -> Bool {
        let has = { (text: String) -> Bool in
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let value = labels[String(parts[0])] else { return false }
            return parts.count == 1 || value == parts[1]
        }
        return self["label"].allSatisfy(has) && !self["label!"].contains(where: has)
    }

    /// Returns the time of the filter `until`, which is an instant, seconds since 1970, or an age.
    func until(_ now: Instant) throws(DockerError) -> Instant? {
        guard let text = self["until"].first else { return nil }
        guard self["until"].count == 1 else { throw .daemon("more than one until filter specified", status: 400) }
        if let age = Self.duration(text) { return now - age }
        if let instant = Instant(parsing: text) { return instant }
        throw .daemon("invalid value for \"until\" filter: failed to parse value as time or duration: \"\(text)\"", status: 400)
    }

    /// Parses a duration in Go's form: `1h30m`, `10s`, `1.5h`.
    private static func duration(_ text: String) -> Duration? {
        let units: [(String, Double)] = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        var rest = text[...]
        var milliseconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(number.count)
            guard let value = Double(number), let unit = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
            rest = rest.dropFirst(unit.0.count)
            milliseconds += value * unit.1
        }
        guard milliseconds < 1e15 else { return nil }
        return .milliseconds(Int64(milliseconds))
    }

    /// Whether a name, with or without its tag, matches a pattern of `reference`. `*` matches within a path component.
    func matchesReference(_ name: ImageReference) -> Bool {
        let patterns = self["reference"]
        return patterns.isEmpty || patterns.contains { Self.fits(name.familiar, $0) || Self.fits(name.familiarName, $0) }
    }

    /// Whether all brackets are closed and no escape is incomplete.
    private static func isPattern(_ text: String) -> Bool {
        var isOpen = false, isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == 92 {
                isEscaped = true
            } else if byte == 91 {
                isOpen = true
            } else if byte == 93 {
                isOpen = false
            }
        }
        return !isOpen && !isEscaped
    }

    private static func fits(_ text: String, _ pattern: String) -> Bool { fnmatch(pattern, text, FNM_PATHNAME) == 0 }
}
