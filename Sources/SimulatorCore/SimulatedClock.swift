import AWSCore
import Foundation
import Synchronization

/// The simulator's only source of time: real, manual or scaled. It can be set in every mode.
public final class SimulatedClock: Sendable {
    private struct State {
        /// The simulated time at `anchor`.
        var origin: Instant
        /// The machine's time when `origin` was set.
        var anchor: Instant
        var scale: Double
    }
    private let state: Mutex<State>
    /// `real`, `manual` or `scaled:N`, as given.
    public let mode: String

    private init(mode: String, origin: Instant, scale: Double) {
        self.mode = mode
        state = Mutex(State(origin: origin, anchor: Instant.machineTime, scale: scale))
    }

    /// A clock that follows the machine's.
    public static func real() -> SimulatedClock { SimulatedClock(mode: "real", origin: .machineTime, scale: 1) }

    /// The day of the course "Introduction to Amazon ECR" (`Scenarios/ecr-course.yaml`).
    public static let courseDay = Instant(milliseconds: 1_702_803_600_000)

    /// A clock that advances only when it is moved. It starts on the course's day by default.
    public static func manual(at start: Instant = courseDay) -> SimulatedClock {
        SimulatedClock(mode: "manual", origin: start, scale: 0)
    }

    /// A clock that runs `factor` times as fast as the machine's.
    public static func scaled(_ factor: Double) -> SimulatedClock {
        SimulatedClock(mode: "scaled:\(factor)", origin: .machineTime, scale: factor)
    }

    /// Creates a clock of that ``mode``; nil for an unknown mode.
    convenience init?(mode: String) {
        switch mode {
        case "real": self.init(mode: mode, origin: .machineTime, scale: 1)
        case "manual": self.init(mode: mode, origin: Self.courseDay, scale: 0)
        default:
            guard mode.hasPrefix("scaled:"), let factor = Double(mode.dropFirst(7)), factor > 0, factor <= 1_000_000 else {
                return nil
            }
            self.init(mode: mode, origin: .machineTime, scale: factor)
        }
    }

    /// Returns an independent clock with the same time and speed.
    public func copy() -> SimulatedClock {
        let state = state.withLock { $0 }
        let copy = SimulatedClock(mode: mode, origin: state.origin, scale: state.scale)
        copy.resume((state.origin, state.anchor))
        return copy
    }

    public var now: Instant {
        state.withLock { state in
            if state.scale == 0 { return state.origin }
            let elapsed = Double((Instant.machineTime - state.anchor).milliseconds) * state.scale
            // In floating point, because a fast clock can leave the calendar; it then stops at the calendar's end.
            let time = Double(state.origin.milliseconds) + elapsed
            let last = Instant.calendar.upperBound
            if time >= Double(last.milliseconds) { return last }
            return max(Instant.calendar.lowerBound, Instant(milliseconds: state.origin.milliseconds + Int64(elapsed)))
        }
    }

    /// Moves the clock forward (or back, with a negative duration), within the calendar.
    public func advance(by duration: Duration) { set(now.advanced(by: duration)) }

    /// Sets the clock; a time outside the years 1 to 9999 is set to the nearest limit.
    public func set(_ instant: Instant) {
        let instant = min(max(instant, Instant.calendar.lowerBound), Instant.calendar.upperBound)
        state.withLock {
            $0.origin = instant
            $0.anchor = Instant.machineTime
        }
    }

    /// The simulated time that was set, and the machine's time then. With the mode, this is the clock's whole state.
    var setting: (origin: Instant, anchor: Instant) { state.withLock { ($0.origin, $0.anchor) } }

    /// Continues from an earlier process's setting, as if the clock had run all the time.
    func resume(_ setting: (origin: Instant, anchor: Instant)) {
        state.withLock {
            $0.origin = setting.origin
            $0.anchor = setting.anchor
        }
    }
}

extension Duration {
    /// Reads `90s`, `15m`, `48h`, `7d`, `250ms` and sums such as `1h30m`.
    public init?(parsing text: String) {
        var total = Duration.zero
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            guard let value = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let factors: [Substring: Double] = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
            guard let factor = factors[unit], value * factor < 1e15 else { return nil }
            total += .milliseconds(Int64(value * factor))
            guard total < .milliseconds(Int64(1e15)) else { return nil }
        }
        self = total
    }
}
