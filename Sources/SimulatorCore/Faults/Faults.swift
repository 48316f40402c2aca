import AWSCore
import Synchronization

/// A simulator's fault plan and its progress. Without a plan, a request only checks one flag.
public final class Faults: Sendable {
    /// A fault and its counts so far.
    public struct Progress: Sendable {
        public let fault: Fault
        /// The number of matching requests.
        public internal(set) var met = 0
        /// The number of requests that the fault affected.
        public internal(set) var struck = 0
    }

    private struct State {
        var seed: UInt64 = 1
        var progress: [Progress] = []
        var earlier = EarlierStates()
    }
    private let state = Mutex(State())
    private let flag = Atomic(false)

    init() {}

    public var isActive: Bool { flag.load(ordering: .relaxed) }

    /// Replaces the plan; nil removes it. Counting starts again.
    public func set(_ plan: FaultPlan?) {
        state.withLock { state in
            state = State(seed: plan?.seed ?? 1, progress: (plan?.faults ?? []).map { Progress(fault: $0) })
            flag.store(!state.progress.isEmpty, ordering: .relaxed)
        }
    }

    /// The plan's faults in order; empty without a plan.
    public var progress: [Progress] { state.withLock { $0.progress } }

    /// A request as fault plans see it.
    struct Subject {
        var service: String
        var operation: String
        /// All names that the request contains.
        var resources: [String]
        /// Returns the caller's names that a plan can match. Called only if a fault names a caller.
        var callers: () -> [String]
    }

    struct Hit {
        var effect: Fault.Effect
        /// The fault's name for explanations.
        var name: String
        var resource: String?
        /// A random number for choices within the effect.
        var randomFraction: Double
    }

    /// Counts the request, and returns the faults that affect it.
    /// - Parameter isMeant: whether an effect can apply to the request. Other faults do not count it.
    func hits(on subject: Subject, where isMeant: (Fault.Effect) -> Bool = { _ in true }) -> [Hit] {
        state.withLock { state in
            var callers: [String]?
            var hits: [Hit] = []
            for index in state.progress.indices {
                let fault = state.progress[index].fault
                guard isMeant(fault.effect), Wildcard.matches(subject.service, fault.service),
                    Wildcard.matches(subject.operation, fault.operation)
                else { continue }
                if let pattern = fault.resource, !subject.resources.contains(where: { Wildcard.matches($0, pattern) }) {
                    // For a Spot interruption, the resource selects the instances, not the requests.
                    guard case .interruptSpot = fault.effect else { continue }
                }
                if let pattern = fault.caller {
                    let known = callers ?? subject.callers()
                    callers = known
                    guard known.contains(where: { Wildcard.matches($0, pattern) }) else { continue }
                }
                state.progress[index].met += 1
                let number = state.progress[index].met
                guard fault.calls.contains(number) else { continue }
                let numbers = IDGenerator(seed: state.seed, scope: "fault \(index) call \(number)")
                guard Self.randomFraction(numbers) < fault.probability else { continue }
                state.progress[index].struck += 1
                hits.append(
                    Hit(
                        effect: fault.effect, name: fault.name ?? "number \(index + 1)", resource: fault.resource,
                        randomFraction: Self.randomFraction(numbers)))
            }
            return hits
        }
    }

    /// Returns a number from 0 up to, but not including, 1.
    private static func randomFraction(_ ids: IDGenerator) -> Double { Double(ids.next() >> 11) / Double(1 << 53) }

    // MARK: Earlier states

    /// The longest lag of reads; nil if no fault has one.
    var longestLag: Duration? {
        state.withLock { state in
            state.progress.compactMap { if case .stale(let lag) = $0.fault.effect { lag } else { nil } }.max()
        }
    }

    /// Stores the state from just before a write.
    func keep(_ version: Simulator, at now: Instant, atMost lag: Duration) {
        state.withLock { $0.earlier.keep(version, at: now, atMost: lag) }
    }

    /// Returns the state of `lag` ago; nil if nothing was written since.
    func version(_ lag: Duration, before now: Instant) -> Simulator? {
        state.withLock { $0.earlier.version(lag, before: now) }
    }

    private struct EarlierStates {
        private var versions: [(writtenAt: Instant, before: Simulator)] = []
        /// Enough for any test, and a forgotten plan must not fill a busy server's memory.
        private static let limit = 64

        mutating func keep(_ version: Simulator, at now: Instant, atMost lag: Duration) {
            versions.removeAll { $0.writtenAt + lag <= now }
            if versions.count >= Self.limit { versions.removeFirst() }
            versions.append((now, version))
        }

        func version(_ lag: Duration, before now: Instant) -> Simulator? {
            versions.first { $0.writtenAt + lag > now }?.before
        }
    }
}
