import AWSCore

/// Reads a mapping. Keys that the reader never asks for are mistakes.
final class Mapping {
    let position: FilePosition
    private let what: String
    private let entries: [Value.Entry]
    private var known: [String] = []
    let mistakes: MistakeList

    /// - Parameter what: the thing being read, for messages, such as `a step`.
    init?(_ value: Value, _ what: String, _ mistakes: MistakeList) {
        guard let entries = value.entries else {
            mistakes.add(value.position, "\(what) must be a mapping of keys to values, not \(value.kind)")
            return nil
        }
        position = value.position
        self.what = what
        self.entries = entries
        self.mistakes = mistakes
    }

    var keys: [String] { entries.map(\.key) }

    func entry(_ key: String) -> Value.Entry? {
        known.append(key)
        return entries.first { $0.key == key }
    }

    func value(_ key: String) -> Value? { entry(key)?.value }

    /// Returns plain text without variables.
    func text(_ key: String, _ expected: String) -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.text else {
            mistakes.add(
                value.position, "'\(key)' must be \(expected), not \(value.template == nil ? value.kind : "a variable")")
            return nil
        }
        return text
    }

    /// Returns text that may contain variables.
    func template(_ key: String, _ expected: String) -> Template? {
        guard let value = value(key) else { return nil }
        if let template = value.template { return template }
        if let text = value.text { return Template(literal: text) }
        mistakes.add(value.position, "'\(key)' must be \(expected), not \(value.kind)")
        return nil
    }

    func boolean(_ key: String) -> Bool? {
        guard let value = value(key) else { return nil }
        if case .bool(let flag) = value.content { return flag }
        mistakes.add(value.position, "'\(key)' must be true or false, not \(value.kind)")
        return nil
    }

    func list(_ key: String, _ expected: String) -> [Value]? {
        guard let value = value(key), !value.isNull else { return nil }
        if let elements = value.elements { return elements }
        mistakes.add(value.position, "'\(key)' must be a list of \(expected), not \(value.kind)")
        return nil
    }

    func texts(_ key: String, _ expected: String) -> [String]? {
        list(key, expected)?.compactMap { element in
            if element.text == nil { mistakes.add(element.position, "\(expected) must be text, not \(element.kind)") }
            return element.text
        }
    }

    func parsed<T>(_ key: String, _ expected: String, _ parse: (String) -> T?) -> T? {
        guard let text = text(key, expected) else { return nil }
        if let parsed = parse(text) { return parsed }
        mistakes.add(value(key)?.position ?? position, "'\(text)' is not \(expected)")
        return nil
    }

    /// Returns a word of an enumeration.
    func word<E: RawRepresentable & CaseIterable>(_ key: String, _: E.Type) -> E? where E.RawValue == String {
        guard let text = text(key, Suggestion.choice(E.allCases.map(\.rawValue))) else { return nil }
        if let word = E(rawValue: text) { return word }
        mistakes.add(
            value(key)?.position ?? position,
            "'\(text)' is not known as '\(key)'" + Suggestion.text(for: text, among: E.allCases.map(\.rawValue)))
        return nil
    }

    func mapping(_ key: String, _ what: String) -> Mapping? {
        value(key).flatMap { $0.isNull ? nil : Mapping($0, what, mistakes) }
    }

    /// Reports every key that the reader did not ask for.
    func finish() {
        for entry in entries where !known.contains(entry.key) {
            mistakes.add(
                entry.position, "'\(entry.key)' is not known in \(what)" + Suggestion.text(for: entry.key, among: known.unique))
        }
    }
}

extension Array where Element: Hashable {
    /// The elements in order, without duplicates.
    var unique: [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
