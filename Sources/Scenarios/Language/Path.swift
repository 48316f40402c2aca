import AWSCore

/// The path to a value in a result: `Reservations[0].Instances[*].State.Name`, `SecurityGroups[GroupName=default].GroupId`.
struct Path: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case member(String)
        /// An index; negative indexes count from the end.
        case index(Int)
        /// All elements; the result is a list.
        case all
        /// The first element whose member equals this text.
        case first(where: String, is: String)
    }

    let steps: [Step]
    let source: String

    init(steps: [Step], source: String) {
        self.steps = steps
        self.source = source
    }

    /// - Throws: ``TemplateError`` with the expected form.
    init(_ source: String) throws(TemplateError) {
        self.source = source
        var steps: [Step] = []
        var rest = Substring(source)
        guard !rest.isEmpty else { throw TemplateError("a path such as 'repositories[0].repositoryUri' was expected") }
        while !rest.isEmpty {
            if rest.first == "[" {
                guard let end = rest.firstIndex(of: "]") else { throw TemplateError("'[' has no ']' in the path '\(source)'") }
                steps.append(try Self.selection(String(rest[rest.index(after: rest.startIndex)..<end]), source))
                rest = rest[rest.index(after: end)...]
            } else {
                if !steps.isEmpty {
                    guard rest.first == "." else {
                        throw TemplateError("'.' or '[' was expected before '\(rest)' in the path '\(source)'")
                    }
                    rest = rest.dropFirst()
                }
                let name = rest.prefix { $0 != "." && $0 != "[" }
                guard !name.isEmpty, !name.contains(" ") else {
                    throw TemplateError("a member's name is missing in the path '\(source)'")
                }
                steps.append(.member(String(name)))
                rest = rest[name.endIndex...]
            }
        }
        self.steps = steps
    }

    private static func selection(_ text: String, _ source: String) throws(TemplateError) -> Step {
        if text == "*" { return .all }
        if let index = Int(text) { return .index(index) }
        if text.hasPrefix("\""), text.hasSuffix("\""), text.utf8.count > 2 {
            return .member(String(text.dropFirst().dropLast()))
        }
        if let equals = text.firstIndex(of: "="), equals > text.startIndex {
            return .first(where: String(text[..<equals]), is: String(text[text.index(after: equals)...]))
        }
        throw TemplateError(
            "'[\(text)]' in the path '\(source)' is not an index ([0], [-1]), [*], [member=value] or [\"name\"]")
    }

    /// The first name, or nil if the path does not begin with one.
    var root: String? { if case .member(let name)? = steps.first { name } else { nil } }
    var afterRoot: Path { Path(steps: Array(steps.dropFirst()), source: source) }

    func appending(_ path: Path) -> Path {
        Path(
            steps: steps + path.steps,
            source: path.steps.first.map { if case .member = $0 { true } else { false } } ?? false
                ? "\(source).\(path.source)" : source + path.source)
    }

    func appending(index: Int) -> Path { Path(steps: steps + [.index(index)], source: "\(source)[\(index)]") }

    /// Returns the value at the path, or nil if there is none.
    func find(in node: Node) -> Node? { Self.find(steps[...], in: node) }

    private static func find(_ steps: ArraySlice<Step>, in node: Node) -> Node? {
        guard let step = steps.first else { return node.isNull ? nil : node }
        let rest = steps.dropFirst()
        switch step {
        case .member(let name): return node[name].flatMap { find(rest, in: $0) }
        case .index(let index):
            guard let elements = node.elements else { return nil }
            let position = index < 0 ? elements.count + index : index
            return elements.indices.contains(position) ? find(rest, in: elements[position]) : nil
        case .all:
            guard let elements = node.elements else { return nil }
            var found = elements.compactMap { find(rest, in: $0) }
            if rest.contains(.all) { found = found.flatMap { $0.elements ?? [$0] } }
            return .list(found)
        case .first(let member, let value):
            let match = (node.elements ?? []).first { $0[member]?.plainText == value }
            return match.flatMap { find(rest, in: $0) }
        }
    }

    /// Returns a node that contains only this path, for a check against a schema.
    func probe(_ leaf: Node) -> Node {
        steps.reversed().reduce(leaf) { inner, step in
            switch step {
            case .member(let name): .object([.init(name, inner)])
            case .index, .all: .list([inner])
            case .first(let member, let value):
                .list([.object([.init(member, .string(value))] + (inner.fields ?? []))])
            }
        }
    }
}
