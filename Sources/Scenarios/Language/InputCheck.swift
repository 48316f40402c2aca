import AWSCore

/// Checks a call's input against the operation's schema before the scenario runs.
struct InputCheck {
    let mistakes: MistakeList
    let scope: Scope

    init(_ mistakes: MistakeList, _ scope: Scope) {
        self.mistakes = mistakes
        self.scope = scope
    }

    /// - Parameter expectsError: whether the input may break the service's rules on purpose. Its form must still be
    ///   correct.
    func check(_ input: Value, name: String, _ operation: UntypedOperation, expectsError: Bool) {
        for (template, position) in input.templates { scope.check(template, position, mistakes) }
        guard input.entries != nil || input.isNull else {
            mistakes.add(input.position, "'input' must be a mapping of \(name)'s members to values, not \(input.kind)")
            return
        }
        var open: Set<String> = []
        let node = sample(input, "", &open)
        for violation in operation.violations(input: node.isNull ? .object([]) : node) {
            if violation.kind != .unknown, open.contains(violation.path) { continue }
            if !violation.isOfForm, expectsError { continue }
            report(violation, input, name)
        }
    }

    /// Returns the input as far as its values are known. Adds the paths of unknown values to `open`.
    private func sample(_ value: Value, _ path: String, _ open: inout Set<String>) -> Node {
        func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        switch value.content {
        case .list(let elements):
            return .list(elements.enumerated().map { sample($1, below("\($0)"), &open) })
        case .object(let entries):
            return .object(entries.map { .init($0.key, sample($0.value, below($0.key), &open)) })
        case .string(let template):
            if let node = try? template.resolved(scope.constants) { return node }
            open.insert(path)
            return .string(template.source)
        default: return (try? value.resolved(scope.constants)) ?? .null
        }
    }

    private func report(_ violation: Violation, _ input: Value, _ name: String) {
        let path = violation.path[...]
        let member = path.split(separator: ".").last.map(String.init) ?? violation.path
        switch violation.kind {
        case .unknown:
            let position = input.find(path)?.key ?? input.position
            mistakes.add(
                position, "\(name) has no member '\(violation.path)'" + Suggestion.text(for: member, among: violation.known))
        case .missing:
            let parent = path.lastIndex(of: ".").map { path[..<$0] } ?? ""
            mistakes.add(input.find(parent)?.value.position ?? input.position, "\(name) needs '\(violation.path)'")
        case .wrongType(let expected):
            let found = input.find(path)
            let hint = expected == "String" && found?.value.text != nil ? "; put it in quotes" : ""
            mistakes.add(
                found?.value.position ?? input.position,
                "'\(violation.path)' of \(name) must be \(Self.words[expected] ?? expected), not \(found?.value.kind ?? "this")\(hint)"
            )
        case .notInEnumeration(let values):
            mistakes.add(
                input.find(path)?.value.position ?? input.position,
                "'\(violation.value ?? "")' is no value of '\(violation.path)'"
                    + Suggestion.text(for: violation.value ?? "", among: values))
        default:
            mistakes.add(
                input.find(path)?.value.position ?? input.position, "'\(violation.path)' of \(name) \(violation.kind.phrase)")
        }
    }

    private static let words = [
        "String": "text", "Integer": "a whole number", "Double": "a number", "Boolean": "true or false",
        "Timestamp": "a time such as 2023-12-17T09:00:00Z", "Blob": "base64", "Structure": "a mapping", "List": "a list",
        "Map": "a mapping",
    ]
}
