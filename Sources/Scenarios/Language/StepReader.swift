import AWSCore
import SimulatorCore

/// Reads lists of steps.
struct StepReader {
    let mistakes: MistakeList
    let identities: [String: Scenario.Identity]
    let hosts: [String: Scenario.Host]

    init(_ mistakes: MistakeList, identities: [String: Scenario.Identity], hosts: [String: Scenario.Host]) {
        self.mistakes = mistakes
        self.identities = identities
        self.hosts = hosts
    }

    func steps(_ parent: Mapping, _ key: String, _ scope: inout Scope) -> [Step] {
        var steps: [Step] = []
        for value in parent.list(key, "steps") ?? [] {
            if let step = step(value, &scope) { steps.append(step) }
        }
        return steps
    }

    static let kinds = [
        "call", "docker", "ssh", "scp", "transfer", "wait", "clock", "faults", "console", "file", "note", "steps",
    ]

    private func step(_ value: Value, _ scope: inout Scope) -> Step? {
        guard let mapping = Mapping(value, "a step", mistakes) else { return nil }
        let given = mapping.keys.filter(Self.kinds.contains)
        let name = template(mapping, "name", "the step's name", scope)
        let question = template(mapping, "question", "a question for yes or no", scope)
        let conditions = mapping.value("when").map { self.conditions($0, scope) } ?? []
        var requirements = Set((mapping.list("requires", "words") ?? []).compactMap { Scenario.Requirement($0, mistakes) })
        guard given.count <= 1 else {
            mistakes.add(
                mapping.entry(given[1])?.position ?? value.position,
                "a step does one thing: '\(given[0])' or '\(given[1])', not both"
            )
            return nil
        }
        guard let kind = given.first else {
            let strange = mapping.keys.first { !["name", "question", "when", "requires"].contains($0) }
            let hint = strange.flatMap { Suggestion.nearest(to: $0, among: Self.kinds) }
            mistakes.add(
                value.position,
                "a step needs one of \(Suggestion.choice(Self.kinds))"
                    + (hint.map { "; did you mean '\($0)' by '\(strange ?? "")'?" } ?? ""))
            return nil
        }
        guard let (action, title) = action(kind, mapping, value.position, &scope) else { return nil }
        mapping.finish()
        if ["ssh", "scp", "transfer"].contains(kind) { requirements.insert(.guests) }
        if kind == "faults" { requirements.insert(.faults) }
        return Step(
            position: value.position, title: name ?? title, question: question, conditions: conditions,
            requirements: requirements,
            action: action)
    }

    func template(_ mapping: Mapping, _ key: String, _ expected: String, _ scope: Scope) -> Template? {
        guard let template = mapping.template(key, expected), let position = mapping.value(key)?.position else { return nil }
        scope.check(template, position, mistakes)
        return template
    }

    private func action(_ kind: String, _ mapping: Mapping, _ position: FilePosition, _ scope: inout Scope) -> (
        Step.Action, Template
    )? {
        switch kind {
        case "call": return call(mapping, &scope)
        case "docker": return docker(mapping, &scope)
        case "ssh": return remote(mapping, &scope)
        case "scp", "transfer": return transfer(mapping, kind, &scope)
        case "console": return questionStep(mapping, &scope)
        case "file": return file(mapping, scope)
        case "wait": return wait(mapping, scope)
        case "clock": return clock(mapping)
        case "faults": return faults(mapping)
        case "note": return template(mapping, "note", "text", scope).map { (.note, $0) }
        default:
            let steps = steps(mapping, "steps", &scope)
            return (.group(steps), Template(literal: ""))
        }
    }

    // MARK: Calls

    private func call(_ mapping: Mapping, _ scope: inout Scope) -> (Step.Action, Template)? {
        guard let entry = mapping.entry("call"), let name = mapping.text("call", "an operation") else { return nil }
        let caller = caller(mapping, scope)
        let rules = ResultRulesReader(mistakes)
        let operation: UntypedOperation
        do {
            operation = try ServiceCatalogue.shared.operation(name)
        } catch {
            mistakes.add(entry.value.position, error.message)
            _ = rules.rules(mapping, .unknown, &scope)
            _ = ["input", "until", "every", "attempts"].map(mapping.value)
            return nil
        }
        let input = mapping.value("input") ?? Value(position: entry.value.position, content: .object([]))
        InputCheck(mistakes, scope).check(
            input, name: name, operation, expectsError: mapping.keys.contains { $0 == "expect_error" || $0 == "allow_errors" })
        let result = ResultForm.call(name, operation)
        let repetition = repetition(mapping, result, scope)
        let read = rules.rules(mapping, result, &scope)
        let call = Call(operation: operation, input: input, caller: caller, rules: read, repetition: repetition)
        return (.call(call), Template(literal: name))
    }

    private func repetition(_ mapping: Mapping, _ form: ResultForm, _ scope: Scope) -> Call.Repetition? {
        let delay = duration(mapping, "every"), attempts = mapping.parsed("attempts", "a number of attempts") { Int($0) }
        guard let value = mapping.value("until") else {
            for key in ["every", "attempts"] {
                if let entry = mapping.entry(key), mapping.keys.contains(key) {
                    mistakes.add(entry.position, "'\(key)' needs an 'until'")
                }
            }
            return nil
        }
        let until = ResultRulesReader(mistakes).expectations(value, form, scope)
        return .init(until: until, delay: delay ?? .seconds(5), attempts: max(1, attempts ?? 40))
    }

    func duration(_ mapping: Mapping, _ key: String) -> Duration? {
        mapping.parsed(key, "a time such as 90s, 15m, 13h or 7d") { Duration(parsing: $0) }
    }

    private func caller(_ mapping: Mapping, _ scope: Scope) -> Caller {
        let region = template(mapping, "region", "a region", scope)
        guard let name = mapping.text("as", "the name of an identity"), let position = mapping.value("as")?.position else {
            return Caller(identity: nil, region: region)
        }
        if let identity = identities[name] {
            for template in [identity.accessKey, identity.secretKey, identity.sessionToken] {
                if let template { scope.check(template, position, mistakes) }
            }
        } else {
            mistakes.add(
                position, "there is no identity '\(name)'" + Suggestion.text(for: name, among: identities.keys.sorted()))
        }
        return Caller(identity: name, region: region)
    }

    // MARK: Waits and clock changes

    private func wait(_ mapping: Mapping, _ scope: Scope) -> (Step.Action, Template)? {
        guard let name = mapping.text("wait", "a waiter or a time"), let position = mapping.value("wait")?.position else {
            return nil
        }
        if name.first?.isNumber == true {
            guard let duration = duration(mapping, "wait") else { return nil }
            return (.pause(duration), Template(literal: "wait \(name)"))
        }
        let caller = caller(mapping, scope)
        let input = mapping.value("input") ?? Value(position: position, content: .object([]))
        do {
            let waiter = try ServiceCatalogue.shared.waiter(name)
            InputCheck(mistakes, scope).check(input, name: name, waiter.operation, expectsError: false)
            return (.waiter(Wait(waiter: waiter, input: input, caller: caller)), Template(literal: "wait for \(name)"))
        } catch {
            mistakes.add(position, error.message)
            return nil
        }
    }

    private func clock(_ mapping: Mapping) -> (Step.Action, Template)? {
        guard let text = mapping.text("clock", "'advance 13h' or 'set 2023-12-17T09:00:00Z'"),
            let position = mapping.value("clock")?.position
        else { return nil }
        let words = text.split(separator: " ")
        if words.count == 2, words[0] == "advance", let duration = Duration(parsing: String(words[1])) {
            return (.clock(.advance(duration)), Template(literal: "clock: \(text)"))
        }
        if words.count == 2, words[0] == "set", let instant = Instant(parsing: words[1]) {
            return (.clock(.set(instant)), Template(literal: "clock: \(text)"))
        }
        mistakes.add(
            position, "'\(text)' is not 'advance' and a time such as 13h, or 'set' and a time such as 2023-12-17T09:00:00Z")
        return nil
    }

    // MARK: Docker

    private func docker(_ mapping: Mapping, _ scope: inout Scope) -> (Step.Action, Template)? {
        guard let line = template(mapping, "docker", "a command line", scope), let position = mapping.value("docker")?.position
        else {
            return nil
        }
        do { try ShellLine(line.source).check() } catch { mistakes.add(position, error.message) }
        let input = template(mapping, "stdin", "text", scope)
        let caller = caller(mapping, scope)
        let host = mapping.keys.contains("on") ? host(mapping, position) : nil
        check(host: host, position, scope)
        let rules = ResultRulesReader(mistakes).rules(mapping, .docker, &scope)
        return (.docker(DockerLine(line: line, input: input, caller: caller, host: host, rules: rules)), line)
    }

    // MARK: Conditions

    private func conditions(_ value: Value, _ scope: Scope) -> [Expectation] {
        let conditions = ResultRulesReader(mistakes).expectations(value, .unknown, scope)
        for condition in conditions { scope.check(condition.path, condition.position, mistakes) }
        return conditions
    }
}
