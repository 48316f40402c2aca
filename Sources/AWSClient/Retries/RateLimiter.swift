import AWSCore
import Foundation
import Synchronization

/// Limits the request rate in adaptive mode, with a token bucket whose rate follows the service's throttling.
///
/// The constants are botocore's (`retries/adaptive.py`, `throttling.py`, `bucket.py`). A throttled call sets the rate to 0.7 of
/// the measured rate. The rate then grows by a cubic function of the elapsed time, to at most twice the measured rate. Before
/// the first throttled call nothing is delayed. All times are in seconds.
final class RateLimiter: Sendable {
    private static let smoothing = 0.8
    /// How often the measured rate is updated.
    private static let measuringInterval = 0.5
    private static let scale = 0.4
    private static let beta = 0.7
    private static let slowest = 0.5

    private struct State {
        var isEnabled = false
        // Token bucket.
        var rate = 1.0
        var capacity = 1.0
        var available = 0.0
        var filledAt: Double?
        // Measured rate.
        var measured = 0.0
        var measuredAt: Double
        var count = 0.0
        // Cubic function.
        var lastRate = 0.0
        var lastThrottled: Double
    }
    private let state: Mutex<State>

    init(startingAt start: Instant) {
        let start = Self.seconds(start)
        state = Mutex(State(measuredAt: start.rounded(.down), lastThrottled: start))
    }

    private static func seconds(_ instant: Instant) -> Double { Double(instant.milliseconds) / 1000 }

    /// Takes a token for a request. Later requests get theirs after the requests that are already waiting.
    ///
    /// - Returns: how long to wait before sending; nil to send at once.
    func wait(at now: Instant) -> Duration? {
        state.withLock { state in
            guard state.isEnabled else { return nil }
            Self.fill(&state, Self.seconds(now))
            state.available -= 1
            guard state.available < 0 else { return nil }
            // Rounded up, because a clock in milliseconds would otherwise wake up too early.
            return .milliseconds(Int64((-state.available / state.rate * 1000).rounded(.up)))
        }
    }

    /// Records the outcome of an attempt.
    func record(isThrottled: Bool, at now: Instant) {
        let now = Self.seconds(now)
        state.withLock { state in
            Self.measure(&state, now)
            var rate: Double
            if isThrottled {
                let current = state.isEnabled ? min(state.measured, state.rate) : state.measured
                state.lastRate = current
                state.lastThrottled = now
                state.isEnabled = true
                rate = current * Self.beta
            } else {
                let zero = cbrt(state.lastRate * (1 - Self.beta) / Self.scale)
                rate = Self.scale * pow(now - state.lastThrottled - zero, 3) + state.lastRate
            }
            rate = min(rate, 2 * state.measured)
            Self.fill(&state, now)
            state.rate = max(rate, Self.slowest)
            state.capacity = max(rate, 1)
            state.available = min(state.available, state.capacity)
        }
    }

    private static func measure(_ state: inout State, _ now: Double) {
        let bucket = (now / measuringInterval).rounded(.down) * measuringInterval
        state.count += 1
        guard bucket > state.measuredAt else { return }
        let rate = state.count / (bucket - state.measuredAt)
        state.measured = rate * smoothing + state.measured * (1 - smoothing)
        state.count = 0
        state.measuredAt = bucket
    }

    private static func fill(_ state: inout State, _ now: Double) {
        if let filledAt = state.filledAt {
            state.available = min(state.capacity, state.available + max(0, now - filledAt) * state.rate)
        }
        state.filledAt = now
    }

    /// For tests: tokens per second.
    var rate: Double { state.withLock { $0.rate } }
    var measuredRate: Double { state.withLock { $0.measured } }
}
