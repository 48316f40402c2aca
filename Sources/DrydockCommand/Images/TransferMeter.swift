import Foundation
import Synchronization

/// Shows a transfer's progress in one line on standard error, removed at the end. Writes nothing if standard error isn't a
/// terminal.
final class TransferMeter: Sendable {
    private struct State {
        var what = "", before = 0, current = 0, total = 0
        var shown: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let isShown = isatty(STDERR_FILENO) == 1

    /// Starts another transfer.
    /// - Parameter total: its size in bytes.
    func begin(_ what: String, total: Int) {
        state.withLock { $0 = State(what: what, total: total) }
        show(at: .now)
    }

    /// Starts a part of the transfer. Returns a function that reports the part's bytes so far.
    var part: @Sendable (Int) -> Void {
        state.withLock { state in
            state.before += state.current
            state.current = 0
        }
        return { [self] bytes in
            state.withLock { $0.current = bytes }
            show(at: .now)
        }
    }

    /// Counts a part that need not be transferred.
    func skip(_ bytes: Int) { state.withLock { $0.before += bytes } }

    private func show(at now: ContinuousClock.Instant) {
        guard isShown else { return }
        let line: String? = state.withLock { state in
            if let shown = state.shown, now - shown < .milliseconds(200) { return nil }
            state.shown = now
            let done = min(state.before + state.current, state.total)
            return "\(state.what): \(Self.megabytes(done)) of \(Self.megabytes(state.total)) MB"
        }
        if let line { FileHandle.standardError.write(Data("\r\u{1B}[K\(line.escapedForTerminal)".utf8)) }
    }

    func clear() {
        if isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }

    private static func megabytes(_ bytes: Int) -> String {
        String(format: "%.1f", locale: Locale(identifier: "en_US_POSIX"), Double(bytes) / 1e6)
    }
}
