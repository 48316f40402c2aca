import AWSCore
import Logging
import Synchronization

/// A log of requests and responses, most recent last. Limited in bytes, so that a long-running server stays small.
public final class Journal: Sendable {
    /// One request, in CloudTrail's terms.
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
        /// The wire layout of the parameters.
        var layout = WireLayout.json
        /// The output of a call that changes state.
        var output: (any Shape)?
        /// The size of the response in bytes. `parametersSize` is the memory of the parameters, in bytes.
        var outputSize = 0
        var parametersSize = 0
        /// The policy decision; nil if no policy was evaluated, as for root.
        var decision: Decision?
        /// The permissions that were checked.
        public var asked: [AskedPermission] = []
        /// The resource of an event that a service caused itself; the parameters describe the event. Nil for a request.
        var serviceEvent: EventResource?
        /// The ARNs of services that are not simulated, which the request named and which were not checked.
        var uncheckedReferences: [String] = []
    }

    /// A resource as CloudTrail names it.
    struct EventResource: Sendable {
        var arn, type: String
    }

    /// Entries from a position on.
    public struct Page: Sendable {
        public var entries: [Entry]
        /// The position after the last of them, where the next page begins.
        public var next: Int
        /// The position after the journal's last entry.
        public var end: Int
        /// The number of entries from the position on that the journal dropped for lack of room.
        public var lost: Int
    }

    private struct State {
        var store: JournalStore
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextFollower = 0
        var isOver = false
    }
    private let state: Mutex<State>

    private let isLogged: Bool

    /// - Parameters:
    ///   - limit: the approximate memory limit of the entries, in bytes.
    ///   - isLogged: whether each entry is also logged.
    init(limit: Int, isLogged: Bool) {
        state = Mutex(State(store: JournalStore(limit: limit)))
        self.isLogged = isLogged
    }

    func append(_ entry: Entry) {
        let entry = entry.bounded()
        if isLogged { Logger.drydock.notice("\(entry.line)") }
        state.withLock { state in
            state.store.append(entry)
            if !state.followers.isEmpty { for follower in state.followers.values { follower.yield() } }
        }
    }

    public var entries: [Entry] { entries(from: 0).entries }

    package func clear() { state.withLock { $0.store.clear() } }

    /// Returns the entries from a position on. Positions count all entries ever made.
    /// - Parameter count: the maximum number of entries.
    public func entries(from position: Int, atMost count: Int = .max) -> Page {
        state.withLock { $0.store.page(from: position, atMost: count) }
    }

    /// The position after the last entry.
    package var end: Int { state.withLock { $0.store.end } }

    /// The number of waits for entries.
    package var followerCount: Int { state.withLock { $0.followers.count } }

    /// Waits for an entry at a position, at most for `time` by the machine's clock.
    public func wait(for position: Int, atMost time: Duration) async {
        guard !isOver else { return }
        let (news, number) = follow()
        defer { state.withLock { _ = $0.followers.removeValue(forKey: number) } }
        if end > position { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: time) }
            group.addTask { [self] in
                for await _ in news where end > position { return }
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// Called when a server starts or stops; a stop ends all waits.
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
    /// Records a request that is not an AWS API call, such as a registry's push, under the action that it needed.
    /// - Parameter time: the time of the request by the simulator's clock; `started` is the machine's.
    package func enterIntoJournal(
        _ request: SteppedRequest, _ service: String, _ operation: String, region: String, caller: Caller?, from peer: String,
        userAgent: String?, parameters: Node, status: Int, error: AWSError?, decision: Decision?, at time: Instant,
        started: ContinuousClock.Instant
    ) {
        journal.append(
            Journal.Entry(
                number: request.number, time: time, service: service, operation: operation, region: region, caller: caller,
                sourceAddress: peer, userAgent: userAgent, requestId: request.requestId, parameters: parameters,
                status: status, error: error,
                duration: (ContinuousClock.now - started).microseconds, decision: decision))
    }

    /// Records an event that a service caused itself in an account.
    package func enterIntoJournal(
        event: String, of service: String, account: String, region: String, resource: (arn: String, type: String),
        details: Node,
        at time: Instant
    ) {
        let number = requestCount
        let entryNumber = journal.end
        journal.append(
            Journal.Entry(
                number: number, time: time, service: service, operation: event, region: region,
                caller: .root(of: account, accessKeyId: ""), sourceAddress: "AWS Internal", userAgent: "AWS Internal",
                requestId: IDGenerator(seed: seed, scope: "\(service) event \(number) entry \(entryNumber)").uuid(),
                parameters: details, status: 200, error: nil, duration: 0,
                serviceEvent: .init(arn: resource.arn, type: resource.type)))
    }

    /// Whether an operation only reads, judged by its name.
    static func isReadOnly(_ operation: String) -> Bool {
        readingVerbs.contains { operation.hasPrefix($0) }
    }

    private static let readingVerbs = [
        "Describe", "List", "Get", "BatchGet", "BatchCheck", "Simulate", "Search", "Decode", "Ping",
    ]
}

extension Journal.Entry {
    /// `2024-01-01T00:00:00.000Z 200 ec2:RunInstances by arn:aws:iam::123456789012:root, 1.4 ms`.
    fileprivate var line: String {
        let who = caller.map { " by \($0.arn)" } ?? ""
        let code = error.map { " \($0.code)" } ?? ""
        return "\(time) \(status)\(code) \(service):\(operation)\(who), \(duration / 1000).\(duration / 100 % 10) ms"
    }
}
