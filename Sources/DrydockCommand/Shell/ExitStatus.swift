import ArgumentParser

/// The exit codes of Drydock's commands. 0: success, or the answer is yes. 64: an invalid command line. 128 plus the number: a
/// signal. Commands that run another program return that program's code.
enum ExitStatus {
    /// The answer is no: a check, comparison, step or decision failed.
    static let checkFailed = ExitCode(1)
    /// The command could not be carried out; standard error has the reason.
    static let failed = ExitCode(2)
}

/// A one-line error message; the command ends with ``ExitStatus/failed``.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description.escapedForTerminal }
}
