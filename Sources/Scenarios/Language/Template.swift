import AWSCore

/// Text in which `${name.path[0]}` inserts a variable's value; `$${` is a literal `${`.
struct Template: Sendable {
    enum Part: Sendable {
        case text(String)
        case variable(Path)
    }
    let parts: [Part]
    let source: String

    /// - Throws: ``TemplateError`` if `${` is not closed or does not contain a path.
    init(_ source: String) throws(TemplateError) {
        self.source = source
        var parts: [Part] = []
        var text = ""
        var rest = Substring(source)
        while let dollar = rest.firstIndex(of: "$") {
            text += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                text += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw TemplateError("'${' has no '}'; write '$${' for a literal '${'")
                }
                let inside = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
                let path: Path
                do { path = try Path(inside) } catch { throw TemplateError("'${\(inside)}': \(error.message)") }
                guard path.root != nil else { throw TemplateError("'${\(inside)}' must begin with a variable's name") }
                if !text.isEmpty { parts.append(.text(text)) }
                text = ""
                parts.append(.variable(path))
                rest = rest[rest.index(after: end)...]
            } else {
                text += "$"
                rest = rest.dropFirst()
            }
        }
        text += rest
        if !text.isEmpty || parts.isEmpty { parts.append(.text(text)) }
        self.parts = parts
    }

    init(literal: String) {
        source = literal
        parts = [.text(literal)]
    }

    /// Creates a template with text added at the start.
    init(prefix: String, _ template: Template) {
        source = prefix + template.source
        parts = [.text(prefix)] + template.parts
    }

    /// The text, or nil if it contains a variable.
    var literal: String? { if parts.count == 1, case .text(let text) = parts[0] { text } else { nil } }

    var variables: [Path] { parts.compactMap { if case .variable(let path) = $0 { path } else { nil } } }

    /// Returns the value. A single variable keeps its type; anything else becomes text.
    func resolved(_ variables: Variables) throws(UnknownVariable) -> Node {
        if parts.count == 1, case .variable(let path) = parts[0] { return try variables.value(path) }
        return .string(try text(variables))
    }

    func text(_ variables: Variables) throws(UnknownVariable) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .variable(let path): result += try variables.value(path).plainText
            }
        }
        return result
    }
}

struct TemplateError: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

/// The values of variables from the file and from steps.
struct Variables: Sendable {
    private(set) var values: [String: Node]

    init(_ values: [String: Node] = [:]) { self.values = values }

    var names: [String] { values.keys.sorted() }

    mutating func set(_ name: String, _ value: Node) { values[name] = value }
    mutating func forget(_ name: String) { values[name] = nil }

    func value(_ path: Path) throws(UnknownVariable) -> Node {
        guard let value = find(path) else { throw UnknownVariable(path: path.source) }
        return value
    }

    /// Returns the value, or nil if the variable or the path has none.
    func find(_ path: Path) -> Node? {
        guard let root = path.root, let value = values[root] else { return nil }
        return path.afterRoot.find(in: value)
    }
}

/// A variable that has no value, or not yet.
struct UnknownVariable: Error, CustomStringConvertible {
    let path: String
    var description: String { "${\(path)} has no value" }
}

extension Node {
    /// A scalar as plain text; lists and objects as JSON.
    var plainText: String {
        if case .string(let text) = self { return text }
        return String(decoding: JSON.write(self), as: UTF8.self)
    }
}
