import AWSCore
import Contract

/// What a run tells while it goes on.
public enum RunEvent: Sendable {
    case began(scenario: String, target: String)
    case part(String)
    case groupBegan(title: String, depth: Int)
    case stepBegan(title: String, depth: Int)
    /// An operation was called, such as `ecr.CreateRepository`; its input has the names of the API's documentation.
    case called(operation: String, input: Node)
    case stepEnded(StepReport)
    case ended(RunReport)
}

/// What became of one step.
public struct StepReport: Sendable {
    public enum Status: Sendable {
        case held
        case skipped(reason: String)
        case failed(StepFailure)
    }
    public let title: String
    /// How deep in groups the step stands.
    public let depth: Int
    public let status: Status
    public let duration: Duration
    /// Where the step stands in the file.
    public let place: Place
}

/// What became of the whole run.
public struct RunReport: Sendable {
    public var held = 0
    public var skipped = 0
    public var failed = 0
    public var duration = Duration.zero
    /// Whether everything held.
    public var isSuccess: Bool { failed == 0 }
}

/// Why a step failed.
public struct StepFailure: Error, Sendable, CustomStringConvertible {
    public var message: String
    /// Where in the file stands what did not hold.
    public var place: Place?
    /// What was expected and what came, line by line.
    public var difference: [String] = []
    /// What the command printed.
    public var output: [String] = []

    init(_ message: String, place: Place? = nil) {
        self.message = message
        self.place = place
    }

    init(_ mismatch: Mismatch, place: Place, output: [String] = []) {
        message = "\(mismatch.path) is not as expected"
        self.place = place
        difference = LineDifference(mismatch.expected, mismatch.actual).lines
        self.output = output
    }

    public var description: String { ([message] + difference).joined(separator: "\n") }
}
