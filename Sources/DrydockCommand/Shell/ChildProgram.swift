import AWSCore
import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import Subprocess

/// A program that a command runs against a Drydock endpoint.
struct ChildProgram {
    let command: [String]
    /// Variables that override the environment.
    var environment: [String: String] = [:]
    /// Variables for names that are unset or empty in the environment.
    var defaults: [String: String] = [:]

    /// Runs the program with this program's standard input and outputs. Signals that ask this program to end are forwarded; then
    /// it waits for the child's end.
    /// - Returns: the exit code by a shell's rules: 127 if the program doesn't exist, 128 plus the signal's number if a signal
    ///   ended it.
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

/// Forwards signals while a child runs.
private final class ForwardedSignals: Sendable {
    private let sources: [any DispatchSourceSignal]

    init(_ forward: @escaping @Sendable (Int32) -> Void) {
        sources = [SIGTERM, SIGHUP, SIGINT].map { number in
            // Not ignored, because the child would inherit that. A dispatch source alone doesn't stop the signal from ending this
            // program.
            signal(number) { _ in }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // A terminal sends SIGINT to the child itself.
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
