import ArgumentParser
@preconcurrency import Dispatch
import Foundation
import Synchronization

/// Lets a command clean up when it is interrupted.
final class Interruption: Sendable {
    private let caught = Mutex<(signal: Int32, at: ContinuousClock.Instant)?>(nil)

    /// Runs `body` as the last step of a command. The first SIGINT, SIGTERM or SIGHUP cancels its task. Another one ends the
    /// program at once.
    /// - Throws: `ExitCode` of 128 plus the signal's number, if a signal interrupted `body`.
    static func cancels(_ body: @escaping @Sendable () async throws -> Void) async throws {
        let interruption = Interruption()
        let task = Task { try await body() }
        let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            // A dispatch source alone doesn't stop the signal from ending this program.
            signal(number) { _ in }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                interruption.note(number)
                task.cancel()
            }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            try await task.value
        } catch {
            guard let number = interruption.caught.withLock({ $0?.signal }) else { throw error }
            throw ExitCode(128 + number)
        }
    }

    private func note(_ number: Int32) {
        caught.withLock { first in
            // One signal may be reported twice.
            if let first, ContinuousClock.now - first.at > .milliseconds(300) { _exit(128 + number) }
            if first == nil { first = (number, .now) }
        }
    }
}
