import Foundation
import Logging
import Synchronization

extension Logger {
    /// Drydock's log. A program that embeds Drydock chooses its destination through swift-log; `drydock` writes to standard error.
    package static let drydock = Logger(label: "drydock")
}

/// Writes log lines to standard error, with control characters escaped.
package struct TerminalLog: LogHandler {
    private static let chosen = Mutex(Logger.Level.notice)

    /// The least severe level that any logger writes.
    package static var level: Logger.Level {
        get { chosen.withLock { $0 } }
        set { chosen.withLock { $0 = newValue } }
    }

    package var metadata: Logger.Metadata = [:]
    /// The level of this logger alone.
    private var own = Logger.Level.trace
    /// The more severe of the logger's own level and ``level``.
    package var logLevel: Logger.Level {
        get { max(own, Self.level) }
        set { own = newValue }
    }

    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) { StandardError.tell("drydock: \(event.message)") }
}
