import AWSCore

/// The form of a step's result, which allows checking paths into it before the run.
enum ResultForm {
    case call(String, UntypedOperation)
    case docker
    /// The result of a command line in an instance.
    case command
    case transfer
    case answer
    case error
    case unknown

    private static let errorMembers = ["code", "message", "status"]
    static let commandMembers = ["exit", "output", "lines"]
    static let dockerMembers = commandMembers + ["digest", "images"]

    /// Returns why a path is not valid in such a result, or nil if it is valid.
    func objection(to path: Path) -> String? {
        switch self {
        case .unknown: return nil
        case .error: return Self.objection(to: path, Self.errorMembers, "an error")
        case .docker: return Self.objection(to: path, Self.dockerMembers, "a docker command's result")
        case .command: return Self.objection(to: path, Self.commandMembers, "a command's result")
        case .transfer: return Self.objection(to: path, Self.commandMembers + ["copied"], "a transfer's result")
        case .answer: return Self.objection(to: path, ["answer"], "an answer")
        case .call(let name, let operation):
            let leaf = path.steps.map { step in
                switch step {
                case .member(let name): name
                case .index, .all, .first: "0"
                }
            }.joined(separator: ".")
            for violation in operation.violations(output: path.probe(.string(""))) {
                switch violation.kind {
                case .unknown:
                    let member = violation.path.split(separator: ".").last.map(String.init) ?? violation.path
                    return "the result of \(name) has no '\(violation.path)'"
                        + Suggestion.text(for: member, among: violation.known)
                case .wrongType(let expected) where violation.path != leaf && leaf.hasPrefix(violation.path):
                    return "in the result of \(name), '\(violation.path)' is a \(expected.lowercased())"
                default: continue
                }
            }
            return nil
        }
    }

    private static func objection(to path: Path, _ members: [String], _ what: String) -> String? {
        guard let root = path.root, members.contains(root) else {
            return "\(what) has no '\(path.source)'" + Suggestion.text(for: path.root ?? path.source, among: members)
        }
        return nil
    }
}

/// Reads a step's expectations and the values it saves.
struct ResultRulesReader {
    let mistakes: MistakeList
    init(_ mistakes: MistakeList) { self.mistakes = mistakes }

    func rules(_ mapping: Mapping, _ form: ResultForm, _ scope: inout Scope) -> ResultRules {
        var rules = ResultRules()
        if let value = mapping.value("expect") { rules.expectations = expectations(value, form, scope) }
        let isCall =
            switch form {
            case .docker, .command, .transfer, .answer: false
            case .call, .error, .unknown: true
            }
        if isCall {
            if let entry = mapping.entry("expect_error") {
                rules.error = error(entry.value, scope)
                if !rules.expectations.isEmpty {
                    mistakes.add(
                        entry.position, "a call that must fail has no result; 'expect' and 'expect_error' don't go together")
                }
            }
            rules.allowedErrors = mapping.texts("allow_errors", "an error's code") ?? []
        }
        for entry in mapping.value("save")?.entries ?? [] { rules.saves += save(entry, form, &scope) }
        if let value = mapping.value("save"), value.entries == nil {
            mistakes.add(value.position, "'save' must be a mapping of names to paths, not \(value.kind)")
        }
        return rules
    }

    private func save(_ entry: Value.Entry, _ form: ResultForm, _ scope: inout Scope) -> [ResultRules.Save] {
        guard ScenarioReader.isName(entry.key) else {
            mistakes.add(entry.position, "'\(entry.key)' is not a name; names have letters, digits and '_'")
            return []
        }
        scope.define(entry.key)
        guard let text = entry.value.text else {
            mistakes.add(
                entry.value.position, "a path such as repositories[0].repositoryUri was expected, not \(entry.value.kind)")
            return []
        }
        guard let path = path(text, entry.value.position, form) else { return [] }
        return [.init(name: entry.key, path: path, position: entry.value.position)]
    }

    private func path(_ text: String, _ position: FilePosition, _ form: ResultForm) -> Path? {
        do {
            let path = try Path(text)
            if let objection = form.objection(to: path) { mistakes.add(position, objection) }
            return path
        } catch {
            mistakes.add(position, error.message)
            return nil
        }
    }

    private func error(_ value: Value, _ scope: Scope) -> [Expectation] {
        if value.template != nil {
            guard let path = try? Path("code") else { return [] }
            check(value, scope)
            return [Expectation(path: path, position: value.position, matcher: .equals(value))]
        }
        return expectations(value, .error, scope)
    }

    func expectations(_ value: Value, _ form: ResultForm, _ scope: Scope) -> [Expectation] {
        guard let entries = value.entries else {
            mistakes.add(value.position, "a mapping of paths to expected values was expected, not \(value.kind)")
            return []
        }
        let expectations = self.expectations(entries, scope)
        for (path, position) in expectations.flatMap({ $0.paths() }) {
            if let objection = form.objection(to: path) { mistakes.add(position, objection) }
        }
        return expectations
    }

    private func expectations(_ entries: [Value.Entry], _ scope: Scope) -> [Expectation] {
        entries.compactMap { entry in
            guard let path = path(entry.key, entry.position, .unknown) else { return nil }
            return Expectation(path: path, position: entry.position, matcher: matcher(entry.value, scope))
        }
    }

    private func check(_ value: Value, _ scope: Scope) {
        for (template, position) in value.templates { scope.check(template, position, mistakes) }
    }

    private func matcher(_ value: Value, _ scope: Scope) -> Matcher {
        switch value.content {
        case .object(let entries):
            let words = entries.filter { Matcher.words.contains($0.key) }
            if words.isEmpty || entries.isEmpty { return .members(expectations(entries, scope)) }
            for entry in entries where !Matcher.words.contains(entry.key) {
                mistakes.add(
                    entry.position, "'\(entry.key)' is not a matcher" + Suggestion.text(for: entry.key, among: Matcher.words))
            }
            let matchers = words.compactMap { self.word($0, scope) }
            return matchers.count == 1 ? matchers[0] : .all(matchers)
        case .list(let elements): return .list(elements.map { matcher($0, scope) })
        default:
            check(value, scope)
            return .equals(value)
        }
    }

    private func word(_ entry: Value.Entry, _ scope: Scope) -> Matcher? {
        let value = entry.value
        check(value, scope)
        func flag() -> Bool? {
            if case .bool(let flag) = value.content { return flag }
            mistakes.add(value.position, "'\(entry.key)' must be true or false, not \(value.kind)")
            return nil
        }
        switch entry.key {
        case "equals": return .equals(value)
        case "not": return .not(value)
        case "matches": return .matches(value)
        case "contains": return .contains(value)
        case "present": return flag().map { .present($0) }
        case "absent": return flag().map { .present(!$0) }
        case "count": return .count(value)
        case "one_of":
            guard let elements = value.elements else {
                mistakes.add(value.position, "'one_of' must be a list, not \(value.kind)")
                return nil
            }
            return .oneOf(elements)
        case "above": return .above(value)
        default: return .below(value)
        }
    }
}
