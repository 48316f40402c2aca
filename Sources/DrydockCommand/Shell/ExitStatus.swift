import ArgumentParser

/// How Drydock's commands end. 0 says that all is done, or that the answer is yes; a command line that isn't understood ends with 64;
/// a signal with 128 and its number. Commands that run another program end with that program's code.
enum ExitStatus {
    /// The answer is no: a check, a comparison, a step or a decision says so.
    static let no = ExitCode(1)
    /// It could not be carried out, for the reason that is told on standard error.
    static let failed = ExitCode(2)
}

/// A failure that is told in one line; the command ends with ``ExitStatus/failed``.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description.escapedForTerminal }
}
