public import AWSCore

/// A wait failed.
public enum WaiterError: Error, Sendable, CustomStringConvertible {
    /// All attempts were made. `last` is the last attempt's error, if any.
    case timedOut(waiter: String, attempts: Int, last: AWSError?)
    /// The resource reached a final state from which the wait cannot succeed, or an attempt failed with an unexpected error.
    case failed(waiter: String, attempts: Int, error: AWSError?)

    public var description: String {
        switch self {
        case .timedOut(let waiter, let attempts, let last):
            "Waiter \(waiter) failed: Max attempts exceeded (\(attempts))\(last.map { ". Last answer: \($0)" } ?? "")"
        case .failed(let waiter, let attempts, let error):
            if let error {
                "Waiter \(waiter) failed: An error occurred at attempt \(attempts): \(error)"
            } else {
                "Waiter \(waiter) failed: Waiter encountered a terminal failure state at attempt \(attempts)"
            }
        }
    }
}

extension AWSClient {
    /// Repeats an operation until its results show that the wait succeeded.
    ///
    /// - Parameters:
    ///   - waiter: for example `EC2.Waiters.instanceRunning`.
    ///   - input: the operation's input, the same for each attempt.
    ///   - delay: the delay between attempts. Defaults to the waiter's.
    ///   - maximumAttempts: defaults to the waiter's.
    /// - Returns: the output of the last attempt; nil if the wait ended with an expected error.
    /// - Throws: ``WaiterError``, or the error of a call without a response.
    @discardableResult
    public func wait<Input: Shape, Output: Shape>(
        until waiter: Waiter<Input, Output>, _ input: Input, delay: Duration? = nil, maximumAttempts: Int? = nil
    ) async throws -> Output? {
        try await wait(waiter.name, delay ?? waiter.delay, maximumAttempts ?? waiter.maxAttempts) {
            do {
                let output = try await invoke(waiter.operation, input)
                return (waiter.state(after: .success(output)), output, nil)
            } catch let error as AWSError {
                return (waiter.state(after: .failure(error)), nil, error)
            }
        }
    }

    /// Repeats an untyped operation; see ``wait(until:_:delay:maximumAttempts:)``.
    ///
    /// - Throws: the same, and `UnencodableInput`.
    public func wait(
        until waiter: UntypedWaiter, _ input: Node, delay: Duration? = nil, maximumAttempts: Int? = nil
    ) async throws {
        let _: Void? = try await wait(waiter.name, delay ?? waiter.delay, maximumAttempts ?? waiter.maxAttempts) {
            do { return (try await waiter(self, input), (), nil) } catch let error as AWSError { return (.failure, nil, error) }
        }
    }

    private func wait<Output>(
        _ name: String, _ delay: Duration, _ limit: Int, _ ask: () async throws -> (WaiterState, Output?, AWSError?)
    ) async throws -> Output? {
        var attempt = 1
        while true {
            let (state, output, error) = try await ask()
            switch state {
            case .success: return output
            case .failure: throw WaiterError.failed(waiter: name, attempts: attempt, error: error)
            case .retry where attempt >= limit: throw WaiterError.timedOut(waiter: name, attempts: attempt, last: error)
            case .retry: try await configuration.sleep(delay)
            }
            attempt += 1
        }
    }
}
