import AWSClient
import AWSCore

/// How a scenario's questions are answered.
public enum Answers: Sendable {
    case yes, no
    /// Asks the user; returns nil if there is no answer.
    case ask(@Sendable (String) async -> Bool?)
}

/// One run of a scenario against a target.
public final class ScenarioRun {
    let scenario: Scenario
    let target: Target
    let answers: Answers
    let observe: @Sendable (RunEvent) -> Void
    var variables: Variables
    private var report = RunReport()
    /// Whether the run has set faults, which must be removed at its end.
    private var planned = false

    /// - Parameters:
    ///   - settings: values that replace those of the file's variables.
    ///   - observe: called with each event as it happens.
    public init(
        _ scenario: Scenario, on target: Target, answers: Answers = .yes, settings: [String: String] = [:],
        observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) {
        self.scenario = scenario
        self.target = target
        self.answers = answers
        self.observe = observe
        variables = Variables([
            "account": .string(target.account), "region": .string(target.region),
            "registry": .string(target.registry),
            "run": .string(String(UInt64(bitPattern: target.clock.now.milliseconds), radix: 36)),
        ])
        for (name, value) in scenario.variables {
            if let text = settings[name] {
                variables.set(name, .string(text))
            } else if let node = try? value.resolved(variables) {
                variables.set(name, node)
            }
        }
    }

    /// Runs the parts in order until the first failure, then the clean-up.
    public func run(_ parts: [Scenario.Part] = Scenario.Part.allCases) async -> RunReport {
        observe(.began(scenario: scenario.name, target: target.name))
        let started = ContinuousClock.now
        if let faults = scenario.faults {
            let step = Step(
                position: .start, title: Template(literal: "faults"), question: nil, conditions: [], requirements: [],
                action: .faults(faults))
            _ = await run([step], depth: 0)
        }
        for (title, failure) in [("what Docker Hub has", await fillHub()), ("what guests find", await declareToGuests())] {
            guard let failure else { continue }
            report.failed += 1
            let duration = ContinuousClock.now - started
            observe(
                .stepEnded(
                    StepReport(title: title, depth: 0, status: .failed(failure), duration: duration, position: .start)))
        }
        for part in parts {
            let steps = part == .up ? scenario.up : scenario.down
            guard !steps.isEmpty, report.isSuccess else { continue }
            observe(.part(part.rawValue))
            _ = await run(steps, depth: 0)
        }
        if planned { try? await target.setFaults?(.list([])) }
        if !scenario.cleanup.isEmpty {
            observe(.part("cleanup"))
            // Each clean-up step runs even if another one failed.
            for step in scenario.cleanup { _ = await run([step], depth: 0, isCleanup: true) }
        }
        report.duration = ContinuousClock.now - started
        observe(.ended(report))
        return report
    }

    private func fillHub() async -> StepFailure? {
        guard let contents = scenario.hub, let fill = target.fillHub else { return nil }
        do {
            try await fill(contents)
            return nil
        } catch { return StepFailure("the target's Docker Hub cannot be filled: \(error)") }
    }

    /// Sends the scenario's `internet` and `packages` to the target, if it has guests.
    private func declareToGuests() async -> StepFailure? {
        guard let declare = target.declare, !(scenario.internet.isEmpty && scenario.packages.isEmpty) else { return nil }
        do {
            let internet = try scenario.internet.map { Node.Field($0.url, .string(try $0.answer.text(variables))) }
            let packages = scenario.packages.map { Node.Field($0.name, .string($0.program)) }
            try await declare(.object([.init("internet", .object(internet)), .init("packages", .object(packages))]))
            return nil
        } catch { return StepFailure("the target does not accept 'internet' and 'packages' for its guests: \(error)") }
    }

    /// - Returns: false if a step failed; the remaining steps were not run.
    private func run(_ steps: [Step], depth: Int, isCleanup: Bool = false) async -> Bool {
        for step in steps where await !run(step, depth: depth, isCleanup: isCleanup) { return false }
        return true
    }

    private func run(_ step: Step, depth: Int, isCleanup: Bool) async -> Bool {
        let title = (try? step.title.text(variables)) ?? step.title.source
        let started = ContinuousClock.now
        func end(_ status: StepReport.Status) -> Bool {
            switch status {
            case .passed: report.passed += 1
            case .skipped: report.skipped += 1
            case .failed: report.failed += 1
            }
            observe(
                .stepEnded(
                    StepReport(
                        title: title, depth: depth, status: status, duration: ContinuousClock.now - started,
                        position: step.position))
            )
            if case .failed = status { return false }
            return true
        }
        do {
            if let reason = try await reasonToSkip(step) { return end(.skipped(reason: reason)) }
            if case .group(let steps) = step.action {
                if !title.isEmpty { observe(.groupBegan(title: title, depth: depth)) }
                return await run(steps, depth: title.isEmpty ? depth : depth + 1, isCleanup: isCleanup)
            }
            observe(.stepBegan(title: title, depth: depth))
            try await perform(step.action, at: step.position)
            return end(.passed)
        } catch let failure as StepFailure {
            return end(.failed(failure))
        } catch let error as UnknownVariable {
            // A resource that was never created needs no clean-up.
            return end(isCleanup ? .skipped(reason: "\(error)") : .failed(StepFailure("\(error)", position: step.position)))
        } catch {
            return end(.failed(StepFailure("\(error)", position: step.position)))
        }
    }

    private func reasonToSkip(_ step: Step) async throws -> String? {
        for condition in step.conditions {
            let value = variables.find(condition.path)
            if let mismatch = try condition.matcher.mismatch(value, at: condition.path.source, variables) {
                return "\(mismatch.path) is \(Self.brief(mismatch.actual)), not \(Self.brief(mismatch.expected))"
            }
        }
        let missing = step.requirements.subtracting(target.abilities)
        guard missing.isEmpty else {
            return "needs \(missing.map(\.rawValue).sorted().joined(separator: ", ")), which \(target.name) does not offer"
        }
        if let host = absentHost(step) { return "there is no instance for '\(host)'" }
        guard let question = step.question else { return nil }
        return try await answer(question) ? nil : "answered no"
    }

    func answer(_ question: Template) async throws -> Bool {
        let text = try question.text(variables)
        switch answers {
        case .yes: return true
        case .no: return false
        case .ask(let ask):
            guard let answer = await ask(text) else {
                throw StepFailure(
                    "there was no answer to '\(text)'; use --yes or --no, or pipe in a line with y or n for each question")
            }
            return answer
        }
    }

    private static func brief(_ text: String) -> String {
        let line = text.split(separator: "\n").joined(separator: " ")
        return line.count > 60 ? "\(line.prefix(57))…" : line
    }

    private func perform(_ action: Step.Action, at position: FilePosition) async throws {
        switch action {
        case .call(let call): try await perform(call, at: position)
        case .waiter(let wait): try await perform(wait, at: position)
        case .pause(let duration): try await target.clock.wait(duration)
        case .clock(let change): try await target.clock.move(change)
        case .faults(let plan): try await self.plan(faults: plan)
        case .docker(let line): try await perform(line, at: position)
        case .remote(let line): try await perform(line, at: position)
        case .transfer(let transfer): try await perform(transfer, at: position)
        case .ask(let questionStep):
            try check(.object([.init("answer", .bool(try await answer(questionStep.question)))]), questionStep.rules)
        case .file(let file): try perform(file, at: position)
        case .note, .group: break
        }
    }

    private func plan(faults plan: Node) async throws {
        guard let setFaults = target.setFaults else {
            throw StepFailure("this target does not inject faults")
        }
        try await setFaults(plan)
        planned = true
    }

    /// Returns the client for a step's identity and region.
    func client(_ caller: Caller) throws -> AWSClient {
        let region = try caller.region?.text(variables) ?? target.region
        guard let identity = caller.identity.flatMap({ scenario.identities[$0] }) else { return target.client(nil, region) }
        return target.client(
            Credentials(
                accessKeyId: try identity.accessKey.text(variables), secretAccessKey: try identity.secretKey.text(variables),
                sessionToken: try identity.sessionToken?.text(variables)),
            region)
    }

    /// Checks a result against the expectations and saves its values.
    func check(_ result: Node, _ rules: ResultRules, output: [String] = []) throws {
        for expectation in rules.expectations {
            if let mismatch = try expectation.mismatch(in: result, variables) {
                throw StepFailure(mismatch, position: expectation.position, output: output)
            }
        }
        for save in rules.saves {
            // A missing value leaves the variable undefined, which later steps can test with `when`.
            if let value = save.path.find(in: result) { variables.set(save.name, value) } else { variables.forget(save.name) }
        }
    }
}
