import Foundation
import Logging
import Synchronization

extension Logger {
    /// What Drydock tells whoever runs it, besides its answers. A program that uses it as a library chooses where this goes, as
    /// swift-log has it; `drydock` writes it to standard error.
    package static let drydock = Logger(label: "drydock")
}

/// Lines on standard error, without control characters that somebody put into them.
package struct TerminalLog: LogHandler {
    private static let chosen = Mutex(Logger.Level.notice)

    /// The least level that is written.
    package static var level: Logger.Level {
        get { chosen.withLock { $0 } }
        set { chosen.withLock { $0 = newValue } }
    }

    package var metadata: Logger.Metadata = [:]
    /// The level of this logger alone.
    private var own = Logger.Level.trace
    /// The more severe of the logger's own level and the level of all.
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
