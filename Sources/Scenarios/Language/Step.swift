import AWSCore

/// One step of a scenario.
struct Step: Sendable {
    let position: FilePosition
    /// The title in the step list.
    let title: Template
    /// A question asked before the step; the answer "no" skips the step.
    let question: Template?
    /// Conditions on variables; the step is skipped if one is not met.
    let conditions: [Expectation]
    /// The abilities the target needs; the step is skipped without them.
    let requirements: Set<Scenario.Requirement>
    let action: Action

    indirect enum Action: Sendable {
        case call(Call)
        case waiter(Wait)
        case pause(Duration)
        case clock(ClockChange)
        /// Replaces the current faults.
        case faults(Node)
        case docker(DockerLine)
        case remote(RemoteLine)
        case transfer(Transfer)
        case ask(QuestionStep)
        case file(LocalFile)
        case note
        case group([Step])
    }
}

/// An AWS operation with its parameters.
struct Call: Sendable {
    let operation: UntypedOperation
    let input: Value
    let caller: Caller
    let rules: ResultRules
    /// Repeats the call until the expectations are met.
    let repetition: Repetition?

    struct Repetition: Sendable {
        let until: [Expectation]
        let delay: Duration
        let attempts: Int
    }
}

/// A waiter with its parameters.
struct Wait: Sendable {
    let waiter: UntypedWaiter
    let input: Value
    let caller: Caller
}

/// The identity and region of a call; nil uses the scenario's own.
struct Caller: Sendable {
    var identity: String?
    var region: Template?
}

/// The expectations of a call or command, and the values saved from its result.
struct ResultRules: Sendable {
    var expectations: [Expectation] = []
    /// The expected error.
    var error: [Expectation]?
    /// Codes of errors that are also accepted.
    var allowedErrors: [String] = []
    var saves: [Save] = []

    struct Save: Sendable {
        let name: String
        let path: Path
        let position: FilePosition
    }
}

/// A shell line: `docker …`, or a pipe that ends in `docker login`.
struct DockerLine: Sendable {
    let line: Template
    let input: Template?
    let caller: Caller
    /// The host that runs the line, if the target has guests.
    let host: String?
    let rules: ResultRules
}

/// A command line for an instance's shell.
struct RemoteLine: Sendable {
    let line: Template
    let input: Template?
    let host: String
    /// How long to retry the connection.
    let patience: Duration
    let rules: ResultRules
}

/// Files to copy to an instance.
struct Transfer: Sendable {
    enum Source: Sendable {
        /// A file or folder on this machine.
        case path(Template)
        /// A folder with these files.
        case files([(name: String, content: Template)])
    }
    let source: Source
    let target: Template
    /// Whether existing files are kept.
    let isOnlyIfAbsent: Bool
    let host: String
    let rules: ResultRules
}

/// A question whose answer is saved.
struct QuestionStep: Sendable {
    let question: Template
    let rules: ResultRules
}

/// A file on this machine to write, readable by its owner only, or to remove.
struct LocalFile: Sendable {
    let path: Template
    /// The content; nil removes the file.
    let content: Template?
}

enum ClockChange: Sendable {
    case advance(Duration)
    case set(Instant)
}
