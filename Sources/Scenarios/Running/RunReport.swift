import AWSCore
import Contract

/// An event of a run.
public enum RunEvent: Sendable {
    case began(scenario: String, target: String)
    case part(String)
    case groupBegan(title: String, depth: Int)
    case stepBegan(title: String, depth: Int)
    /// An operation was called, such as `ecr.CreateRepository`. The input has the API's member names.
    case called(operation: String, input: Node)
    case stepEnded(StepReport)
    case ended(RunReport)
}

/// The result of a step.
public struct StepReport: Sendable {
    /// Whether the step's expectations were met.
    public enum Status: Sendable {
        case passed
        case skipped(reason: String)
        case failed(StepFailure)
    }
    public let title: String
    /// The step's nesting depth in groups.
    public let depth: Int
    public let status: Status
    public let duration: Duration
    /// The step's position in the file.
    public let position: FilePosition
}

/// The result of a run.
public struct RunReport: Sendable {
    public var passed = 0
    public var skipped = 0
    public var failed = 0
    public var duration = Duration.zero
    /// Whether no step failed.
    public var isSuccess: Bool { failed == 0 }
}

/// Why a step failed.
public struct StepFailure: Error, Sendable, CustomStringConvertible {
    public var message: String
    /// The position of the expectation that was not met.
    public var position: FilePosition?
    /// The difference between expected and actual, line by line.
    public var difference: [String] = []
    /// The command's output.
    public var output: [String] = []

    init(_ message: String, position: FilePosition? = nil) {
        self.message = message
        self.position = position
    }

    init(_ mismatch: Mismatch, position: FilePosition, output: [String] = []) {
        message = "\(mismatch.path) is not as expected"
        self.position = position
        difference = LineDifference(mismatch.expected, mismatch.actual).lines
        self.output = output
    }

    public var description: String { ([message] + difference).joined(separator: "\n") }
}
