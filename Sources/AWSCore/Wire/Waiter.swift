/// When something that was asked for has come to be: an operation to repeat, and what its answers mean. Generated from
/// botocore's definitions; whoever calls operations runs it.
public struct Waiter<Input: Shape, Output: Shape>: Sendable {
    /// botocore's name: `InstanceRunning`.
    public let name: String
    public let operation: Operation<Input, Output>
    /// Between two attempts, as AWS recommends.
    public let delay: Duration
    public let maxAttempts: Int
    /// In order; the first that matches decides.
    public let acceptors: [Acceptor]

    public struct Acceptor: Sendable {
        public let state: WaiterState
        public let matcher: Matcher
        public init(_ state: WaiterState, _ matcher: Matcher) {
            self.state = state
            self.matcher = matcher
        }
    }

    public enum Matcher: Sendable {
        /// The response's HTTP status.
        case status(Int)
        /// The code of the error that the operation threw.
        case error(String)
        /// What the operation returned.
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

    /// What one attempt's outcome means: an error that no acceptor expects is a failure, any other outcome means to try again.
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

public enum WaiterState: Sendable {
    case success, failure, retry
}

extension Array where Element: Equatable {
    /// JMESPath's `pathAll`: every element is the value, and there is one.
    package func all(are value: Element) -> Bool { !isEmpty && allSatisfy { $0 == value } }
    /// JMESPath's `pathAny`.
    package func any(is value: Element) -> Bool { contains(value) }
}
