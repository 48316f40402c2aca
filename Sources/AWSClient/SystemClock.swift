import AWSCore
import Foundation

/// The machine's time and random source. Only defaults of a client's configuration use it.
enum SystemClock {
    static var now: Instant { Instant(seconds: Date().timeIntervalSince1970) }
    static func randomToken() -> String { UUID().uuidString.lowercased() }
}
