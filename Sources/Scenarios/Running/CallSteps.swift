import AWSClient
import AWSCore

// Steps that call AWS.

extension ScenarioRun {
    func perform(_ call: Call, at position: FilePosition) async throws {
        let client = try client(call.caller)
        let input = try call.input.resolved(variables)
        let name = "\(call.operation.service.id).\(call.operation.name)"
        observe(.called(operation: name, input: input.isNull ? .object([]) : input))
        do {
            let result = try await result(of: call, client, input.isNull ? .object([]) : input)
            if let expected = call.rules.error {
                throw StepFailure(
                    Mismatch(
                        path: name, expected: "an error" + (expected.first.map { Self.phrase($0, variables) } ?? ""),
                        actual: Matcher.show(result)), position: expected.first?.position ?? position)
            }
            try check(result, call.rules)
        } catch let error as AWSError {
            try check(error, name, call.rules, at: position)
        } catch let error as UnencodableInput {
            throw StepFailure("\(name): \(error)", position: call.input.position)
        } catch let error as TransportError {
            throw StepFailure("\(name): \(error)", position: position)
        }
    }

    private static func phrase(_ expectation: Expectation, _ variables: Variables) -> String {
        guard let mismatch = try? expectation.mismatch(in: .object([]), variables) else { return "" }
        return " with \(mismatch.path) \(mismatch.expected)"
    }

    private func result(of call: Call, _ client: AWSClient, _ input: Node) async throws -> Node {
        guard let repetition = call.repetition else { return try await call.operation(client, input) }
        let interval = max(.milliseconds(10), target.clock.interval(repetition.delay))
        // With shorter intervals, make more attempts, so that the total time stays the same.
        let attempts = Int((repetition.delay * Double(repetition.attempts) / interval).rounded(.up))
        var last: (Mismatch, FilePosition)?
        for attempt in 1...max(1, attempts) {
            let result = try await call.operation(client, input)
            last = nil
            for expectation in repetition.until where last == nil {
                last = try expectation.mismatch(in: result, variables).map { ($0, expectation.position) }
            }
            guard last != nil else { return result }
            if attempt < attempts { try await target.clock.pause(interval) }
        }
        guard let (mismatch, position) = last else { return .null }
        var failure = StepFailure(mismatch, position: position)
        failure.message = "\(mismatch.path) did not reach the expected value in \(attempts) attempts"
        throw failure
    }

    /// Handles an error: accepts an expected or allowed one, and fails for any other.
    private func check(_ error: AWSError, _ name: String, _ rules: ResultRules, at position: FilePosition) throws {
        if let expected = rules.error {
            let node = Node.object([
                .init("code", .string(error.code)), .init("message", .string(error.message)),
                .init("status", .integer(Int64(error.status))),
            ])
            for expectation in expected {
                if let mismatch = try expectation.mismatch(in: node, variables) {
                    var failure = StepFailure(mismatch, position: expectation.position)
                    failure.message = "the error's \(mismatch.path) is not as expected"
                    failure.output = ["\(error)"] + (error.explanation.map { [$0] } ?? [])
                    throw failure
                }
            }
            return
        }
        for save in rules.saves { variables.forget(save.name) }
        if rules.allowedErrors.contains(error.code) { return }
        var failure = StepFailure("\(name) failed: \(error)", position: position)
        if let explanation = error.explanation { failure.output = [explanation] }
        throw failure
    }

    func perform(_ wait: Wait, at position: FilePosition) async throws {
        let client = try client(wait.caller)
        let input = try wait.input.resolved(variables)
        observe(.called(operation: "\(wait.waiter.operation.service.id).\(wait.waiter.operation.name)", input: input))
        let interval = max(.milliseconds(10), target.clock.interval(wait.waiter.delay))
        let attempts = Int((wait.waiter.delay * Double(wait.waiter.maxAttempts) / interval).rounded(.up))
        for attempt in 1...max(1, attempts) {
            let state: WaiterState
            do {
                state = try await wait.waiter(client, input)
            } catch let error as AWSError {
                throw StepFailure("\(wait.waiter.name): \(wait.waiter.operation.name) failed: \(error)", position: position)
            }
            switch state {
            case .success: return
            case .failure:
                throw StepFailure(
                    "\(wait.waiter.name): it reached a state that it cannot leave (attempt \(attempt))", position: position)
            case .retry: if attempt < attempts { try await target.clock.pause(interval) }
            }
        }
        throw StepFailure("\(wait.waiter.name): not reached after \(attempts) attempts", position: position)
    }
}
