import AWSCore

/// One step of a scenario.
struct Step: Sendable {
    let place: Place
    /// What the step list shows.
    let title: Template
    /// Asked before the step; "no" skips it.
    let question: Template?
    /// What must hold of the variables, or the step is skipped.
    let conditions: [Expectation]
    /// What the target must be able to do, or the step is skipped.
    let requirements: Set<Scenario.Requirement>
    let action: Action

    indirect enum Action: Sendable {
        case call(Call)
        case waiter(Wait)
        case pause(Duration)
        case clock(ClockChange)
        /// What goes wrong from here on, in place of what went wrong so far.
        case faults(Node)
        case docker(DockerLine)
        case remote(RemoteLine)
        case transfer(Transfer)
        case ask(Inquiry)
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
    let outcome: Outcome
    /// Repeats the call until the expectations hold.
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

/// In whose name a call is made, and in which region; nil for the scenario's own.
struct Caller: Sendable {
    var identity: String?
    var region: Template?
}

/// What is expected of a call or of a docker command, and kept of it.
struct Outcome: Sendable {
    var expectations: [Expectation] = []
    /// The error that must come.
    var error: [Expectation]?
    /// Codes of errors that are all right too.
    var allowedErrors: [String] = []
    var saves: [Save] = []

    struct Save: Sendable {
        let name: String
        let path: Path
        let place: Place
    }
}

/// A line of the shell: `docker …`, or a pipe that ends in `docker login`.
struct DockerLine: Sendable {
    let line: Template
    let input: Template?
    let caller: Caller
    /// The host that carries it out, where the target has guests.
    let host: String?
    let outcome: Outcome
}

/// A command line for an instance's shell.
struct RemoteLine: Sendable {
    let line: Template
    let input: Template?
    let host: String
    /// How long to try to connect.
    let patience: Duration
    let outcome: Outcome
}

/// Files that are copied to an instance.
struct Transfer: Sendable {
    enum Source: Sendable {
        /// A file or folder of the machine.
        case path(Template)
        /// A folder of these files.
        case files([(name: String, content: Template)])
    }
    let source: Source
    let target: Template
    /// Whether what is there already stays as it is.
    let isOnlyIfAbsent: Bool
    let host: String
    let outcome: Outcome
}

/// A question whose answer is kept.
struct Inquiry: Sendable {
    let question: Template
    let outcome: Outcome
}

/// A file of the machine that is written, for its owner alone, or removed.
struct LocalFile: Sendable {
    let path: Template
    /// Nil removes it.
    let content: Template?
}

enum ClockChange: Sendable {
    case advance(Duration)
    case set(Instant)
}
