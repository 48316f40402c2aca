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
    }

    private let state = Mutex<[Entry]>([])
    private let limit: Int

    init(limit: Int = 2000) { self.limit = limit }

    func append(_ entry: Entry) {
        state.withLock { entries in
            // Dropping a quarter at once keeps the cost of forgetting per entry constant.
            if entries.count >= limit { entries.removeFirst(limit / 4) }
            entries.append(entry)
        }
    }

    public var entries: [Entry] { state.withLock { $0 } }
    package func clear() { state.withLock { $0.removeAll() } }
}

extension Simulator {
    /// Enters what didn't come as a call of an AWS API: a registry's push, say, under the action that it needed.
    /// - Parameter time: when it came, by the simulator's clock; `started` is the same by the machine's.
    package func enterIntoJournal(
        _ service: String, _ operation: String, region: String, caller: Caller?, from peer: String, userAgent: String?,
        parameters: Node, status: Int, error: AWSError?, at time: Instant, started: ContinuousClock.Instant
    ) {
        let number = requestCount
        journal.append(
            Journal.Entry(
                number: number, time: time, service: service, operation: operation, region: region, caller: caller,
                sourceAddress: peer, userAgent: userAgent,
                requestId: IDGenerator(seed: seed, scope: "\(service) request \(number)").uuid(),
                parameters: parameters, status: status, error: error,
                duration: (ContinuousClock.now - started).microseconds))
    }

    /// Whether an operation, by its name, only looks.
    static func isReadOnly(_ operation: String) -> Bool {
        readingVerbs.contains { operation.hasPrefix($0) }
    }

    private static let readingVerbs = [
        "Describe", "List", "Get", "BatchGet", "BatchCheck", "Simulate", "Search", "Decode",
    ]
}
