import AWSCore
import Synchronization

/// What came in and what went out, most recent last. Bounded, so that a long-running server stays small.
public final class Journal: Sendable {
    /// One request, in the terms of CloudTrail.
    public struct Entry: Sendable {
        public var number: UInt64
        public var time: Instant
        public var service: String
        public var operation: String
        public var region: String
        public var caller: Caller?
        public var sourceAddress: String
        public var userAgent: String?
        public var requestId: String
        public var parameters: Node
        public var status: Int
        public var error: AWSError?
        /// How long the simulator took, in microseconds of the machine's time.
        public var duration: Int64
        /// How the parameters are laid out.
        var layout = WireLayout.json
        /// What a call that changes something was answered with.
        var output: (any Shape)?
        /// What policies said; nil where none was asked, as for root.
        var decision: Decision?
        /// Upon what a service did something by itself; the parameters are what it did then. Nil for a request.
        var serviceEvent: EventResource?
    }

    /// A resource as CloudTrail names it.
    struct EventResource: Sendable {
        var arn, type: String
    }

    private struct State {
        var entries: [Entry] = []
        /// How many entries there were before these.
        var forgotten = 0
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextFollower = 0
        var isOver = false
    }
    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int = 2000) { self.limit = limit }

    func append(_ entry: Entry) {
        state.withLock { state in
            // Dropping a quarter at once keeps the cost of forgetting per entry constant.
            if state.entries.count >= limit {
                state.entries.removeFirst(limit / 4)
                state.forgotten += limit / 4
            }
            state.entries.append(entry)
            if !state.followers.isEmpty { for follower in state.followers.values { follower.yield() } }
        }
    }

    public var entries: [Entry] { state.withLock { $0.entries } }

    package func clear() {
        state.withLock { state in
            state.forgotten += state.entries.count
            state.entries.removeAll()
        }
    }

    /// The entries from a position on, and the position behind the last: where to go on next time. Positions count all
    /// entries that there ever were.
    public func entries(from position: Int) -> (entries: ArraySlice<Entry>, next: Int) {
        state.withLock { state in
            let end = state.forgotten + state.entries.count
            return (state.entries.dropFirst(max(0, min(position, end) - state.forgotten)), end)
        }
    }

    /// Waits until there is an entry at a position, for no longer than `time` of the machine's.
    public func wait(for position: Int, atMost time: Duration) async {
        guard !isOver else { return }
        let (news, number) = follow()
        defer { state.withLock { _ = $0.followers.removeValue(forKey: number) } }
        if entries(from: position).next > position { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { [self] in
                for await _ in news where entries(from: position).next > position { return }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// A server begins, or ends: nobody waits any more then.
    package func serve(_ isServed: Bool) {
        let followers = state.withLock { state in
            state.isOver = !isServed
            return isServed ? [] : state.followers.values.map { $0 }
        }
        for follower in followers { follower.finish() }
    }

    package var isOver: Bool { state.withLock { $0.isOver } }

    private func follow() -> (AsyncStream<Void>, Int) {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        return state.withLock { state in
            defer { state.nextFollower += 1 }
            state.followers[state.nextFollower] = continuation
            return (stream, state.nextFollower)
        }
    }
}

extension Simulator {
    /// Enters what didn't come as a call of an AWS API: a registry's push, say, under the action that it needed.
    /// - Parameter time: when it came, by the simulator's clock; `started` is the same by the machine's.
    package func enterIntoJournal(
        _ service: String, _ operation: String, region: String, caller: Caller?, from peer: String, userAgent: String?,
        parameters: Node, status: Int, error: AWSError?, decision: Decision?, at time: Instant, started: ContinuousClock.Instant
    ) {
        let number = requestCount
        // Requests of a door need not have a number of their own, but an id.
        let place = journal.entries(from: .max).next
        journal.append(
            Journal.Entry(
                number: number, time: time, service: service, operation: operation, region: region, caller: caller,
                sourceAddress: peer, userAgent: userAgent,
                requestId: IDGenerator(seed: seed, scope: "\(service) request \(number) entry \(place)").uuid(),
                parameters: parameters, status: status, error: error,
                duration: (ContinuousClock.now - started).microseconds, decision: decision))
    }

    /// Enters what a service did by itself in an account.
    package func enterIntoJournal(
        event: String, of service: String, account: String, region: String, resource: (arn: String, type: String),
        details: Node,
        at time: Instant
    ) {
        let number = requestCount
        let place = journal.entries(from: .max).next
        journal.append(
            Journal.Entry(
                number: number, time: time, service: service, operation: event, region: region,
                caller: .root(of: account, accessKeyId: ""), sourceAddress: "AWS Internal", userAgent: "AWS Internal",
                requestId: IDGenerator(seed: seed, scope: "\(service) event \(number) entry \(place)").uuid(),
                parameters: details, status: 200, error: nil, duration: 0,
                serviceEvent: .init(arn: resource.arn, type: resource.type)))
    }

    /// Whether an operation, by its name, only looks.
    static func isReadOnly(_ operation: String) -> Bool {
        readingVerbs.contains { operation.hasPrefix($0) }
    }

    private static let readingVerbs = [
        "Describe", "List", "Get", "BatchGet", "BatchCheck", "Simulate", "Search", "Decode", "Ping",
    ]
}
