/// Waits for a state: an operation to repeat, and what its results mean. Generated from botocore's definitions; the client
/// runs it.
public struct Waiter<Input: Shape, Output: Shape>: Sendable {
    /// botocore's name: `InstanceRunning`.
    public let name: String
    public let operation: Operation<Input, Output>
    /// The delay between attempts that AWS recommends.
    public let delay: Duration
    public let maxAttempts: Int
    /// In order; the first match decides.
    public let acceptors: [Acceptor]

    /// What a result means.
    public struct Acceptor: Sendable {
        public let state: WaiterState
        public let matcher: Matcher
        public init(_ state: WaiterState, _ matcher: Matcher) {
            self.state = state
            self.matcher = matcher
        }
    }

    /// Which results an acceptor is for.
    public enum Matcher: Sendable {
        /// The response's HTTP status.
        case status(Int)
        /// The code of the operation's error.
        case error(String)
        /// A test of the operation's output.
        case output(@Sendable (Output) -> Bool)
    }

    public init(
        _ name: String, _ operation: Operation<Input, Output>, delay: Duration, maxAttempts: Int, _ acceptors: [Acceptor]
    ) {
        self.name = name
        self.operation = operation
        self.delay = delay
        self.maxAttempts = maxAttempts
        self.acceptors = acceptors
    }

    /// Returns the state after one attempt. An error without an acceptor is a failure; any other result means retry.
    public func state(after outcome: Result<Output, AWSError>) -> WaiterState {
        for acceptor in acceptors where matches(acceptor.matcher, outcome) { return acceptor.state }
        if case .failure = outcome { return .failure }
        return .retry
    }

    private func matches(_ matcher: Matcher, _ outcome: Result<Output, AWSError>) -> Bool {
        switch (matcher, outcome) {
        case (.status(let status), .success): status == 200
        case (.status(let status), .failure(let error)): status == error.status
        case (.error(let code), .failure(let error)): code == error.code
        case (.output(let test), .success(let output)): test(output)
        case (.error, .success), (.output, .failure): false
        }
    }
}

/// What to do after an attempt: stop with success, stop with an error, or try again.
public enum WaiterState: Sendable {
    case success, failure, retry
}

extension Array where Element: Equatable {
    /// JMESPath's `pathAll`: true if the list is not empty and every element equals the value.
    package func all(are value: Element) -> Bool { !isEmpty && allSatisfy { $0 == value } }
    /// JMESPath's `pathAny`.
    package func any(is value: Element) -> Bool { contains(value) }
}
