import AWSCore
import Foundation

/// The world outside: its time and its chance. Only the defaults of a client's configuration reach for it.
enum SystemClock {
    static var now: Instant { Instant(seconds: Date().timeIntervalSince1970) }
    static func randomToken() -> String { UUID().uuidString.lowercased() }
}
