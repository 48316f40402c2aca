import AWSCore
import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import Subprocess

/// A program that a command runs between its own beginning and end, pointed at an endpoint of ours.
struct ChildProgram {
    let command: [String]
    /// Variables that it has whatever the environment says.
    var environment: [String: String] = [:]
    /// Variables that it has if the environment does not say them.
    var defaults: [String: String] = [:]

    /// Runs it on this program's own input and outputs. Signals that ask this program to end go to the child, whose end is waited
    /// for.
    /// - Returns: its exit code as a shell tells it: 127 if there is no such program, 128 and the signal's number if one ended it.
    func run() async throws -> Int32 {
        guard let name = command.first else { return 0 }
        var variables: [Environment.Key: String?] = [:]
        for (key, value) in defaults where ProcessInfo.processInfo.environment[key, default: ""].isEmpty {
            variables[Environment.Key(stringLiteral: key)] = value
        }
        for (key, value) in environment { variables[Environment.Key(stringLiteral: key)] = value }
        do {
            let outcome = try await Subprocess.run(
                name.contains("/") ? .path(.init(name)) : .name(name), arguments: Arguments(Array(command.dropFirst())),
                environment: .inherit.updating(variables),
                input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(.standardOutput, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false)
            ) { execution in
                let signals = ForwardedSignals { signal in kill(execution.processIdentifier.value, signal) }
                return signals
            }
            outcome.closureResult.end()
            switch outcome.terminationStatus {
            case .exited(let code): return code
            case .signaled(let signal): return 128 + signal
            }
        } catch let error as SubprocessError {
            StandardError.tell("\(name) cannot be run: \(error)")
            return error.code == .executableNotFound ? 127 : 126
        }
    }
}

/// Hands signals on while a child runs.
private final class ForwardedSignals: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ forward: @escaping @Sendable (Int32) -> Void) {
        sources = [SIGTERM, SIGHUP, SIGINT].map { number in
            // Not ignored, which the child would inherit; a source alone does not keep the signal from ending this program.
            signal(number) { _ in }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // A terminal sends its interrupts to the child too.
            source.setEventHandler { if number != SIGINT || isatty(STDIN_FILENO) == 0 { forward(number) } }
            source.resume()
            return source
        }
    }

    func end() {
        for source in sources { source.cancel() }
        for number in [SIGTERM, SIGHUP, SIGINT] { signal(number, SIG_DFL) }
    }
}
