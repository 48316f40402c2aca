import AWSCore

/// A value in a scenario file with its position. Its strings may contain `${…}`.
struct Value: Sendable {
    let position: FilePosition
    let content: Content

    indirect enum Content: Sendable {
        case null
        case bool(Bool)
        case integer(Int64)
        case number(Double)
        case string(Template)
        case list([Value])
        case object([Entry])
    }

    struct Entry: Sendable {
        let key: String
        let position: FilePosition
        let value: Value
    }

    /// The kind of value, for messages.
    var kind: String {
        switch content {
        case .null: "nothing"
        case .bool: "true or false"
        case .integer, .number: "a number"
        case .string: "text"
        case .list: "a list"
        case .object: "a mapping"
        }
    }

    var entries: [Entry]? { if case .object(let entries) = content { entries } else { nil } }
    var elements: [Value]? { if case .list(let elements) = content { elements } else { nil } }
    var template: Template? { if case .string(let template) = content { template } else { nil } }
    var isNull: Bool { if case .null = content { true } else { false } }

    /// The value as plain text, if it is a scalar without `${…}`.
    var text: String? {
        switch content {
        case .string(let template): template.literal
        case .integer(let value): String(value)
        case .number(let value): "\(value)"
        case .bool(let value): value ? "true" : "false"
        case .null, .list, .object: nil
        }
    }

    /// Returns the value with variables inserted.
    /// - Throws: ``UnknownVariable`` if a variable has no value.
    func resolved(_ variables: Variables) throws(UnknownVariable) -> Node {
        switch content {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let template): return try template.resolved(variables)
        case .list(let elements):
            var nodes: [Node] = []
            for element in elements { nodes.append(try element.resolved(variables)) }
            return .list(nodes)
        case .object(let entries):
            var fields: [Node.Field] = []
            for entry in entries { fields.append(.init(entry.key, try entry.value.resolved(variables))) }
            return .object(fields)
        }
    }

    /// All templates in the value, with their positions.
    var templates: [(template: Template, position: FilePosition)] {
        switch content {
        case .string(let template): [(template, position)]
        case .list(let elements): elements.flatMap(\.templates)
        case .object(let entries): entries.flatMap(\.value.templates)
        default: []
        }
    }

    /// Returns the value at a path of names and indexes, as schema violations give it, and the position of its
    /// key.
    func find(_ path: Substring) -> (value: Value, key: FilePosition)? {
        var current = self, key = position
        var rest = path
        while !rest.isEmpty {
            switch current.content {
            case .object(let entries):
                // Keys may contain dots, so the longest matching key counts.
                let fitting = entries.filter { rest == $0.key || rest.hasPrefix($0.key + ".") }
                guard let entry = fitting.max(by: { $0.key.utf8.count < $1.key.utf8.count }) else { return nil }
                (current, key) = (entry.value, entry.position)
                rest = rest.dropFirst(entry.key.count + 1)
            case .list(let elements):
                let head = rest.prefix { $0 != "." }
                guard let index = Int(head), elements.indices.contains(index) else { return nil }
                (current, key) = (elements[index], elements[index].position)
                rest = rest.dropFirst(head.count + 1)
            default: return nil
            }
        }
        return (current, key)
    }
}
