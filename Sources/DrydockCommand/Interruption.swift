import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import Synchronization

/// Lets a command clean up when it is told to end.
final class Interruption: Sendable {
    private let caught = Mutex<Int32?>(nil)
    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// Runs `body`, whose task the first SIGINT, SIGTERM or SIGHUP cancels; the second one ends the program as ever.
    /// - Throws: `ExitCode` as a shell tells it, 128 and the signal's number, if a signal kept `body` from its end.
    static func cancels(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let interruption = Interruption()
        let task = Task { try await body() }
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                for number in signals { signal(number, SIG_DFL) }
                interruption.caught.withLock { $0 = number }
                task.cancel()
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        do {
            try await task.value
        } catch {
            guard let number = interruption.caught.withLock({ $0 }) else { throw error }
            throw ExitCode(128 + number)
        }
    }
}
