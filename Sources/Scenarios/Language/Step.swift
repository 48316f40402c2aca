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
    let action: Action

    indirect enum Action: Sendable {
        case call(Call)
        case waiter(Wait)
        case pause(Duration)
        case clock(ClockChange)
        case docker(DockerLine)
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
    let outcome: Outcome
}

enum ClockChange: Sendable {
    case advance(Duration)
    case set(Instant)
}
