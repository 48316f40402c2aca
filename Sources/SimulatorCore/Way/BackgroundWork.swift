import AWSCore
import Foundation

// Work that takes longer than a few milliseconds, such as finding an RSA key's primes, must not block other requests. The request
// is authorized and validated, its transaction is rolled back, and the work runs on its own thread. Then the request starts again
// under the same number. It is authorized and validated again, because the state may have changed, and finds the result.

/// The state that a request keeps between its attempts.
struct Attempt: Sendable {
    struct Identity: Sendable {
        let number: UInt64
        let seed: UInt64
        let now: Instant
        let requestId: String
    }
    /// Nil until the request enters its transaction: numbers follow the order of transactions.
    var identity: Identity?
    let started = ContinuousClock.now
    /// The results of the work, in the order in which the handler asks for them.
    var results: [BackgroundResult] = []
}

/// Thrown out of a transaction: the work that the next attempt needs.
struct BackgroundWork: Error, Sendable {
    let run: @Sendable () -> BackgroundResult
}

struct BackgroundResult: Sendable {
    let value: any Sendable
    /// The generator's position after the work.
    let numbers: IDGenerator.Position
}

/// The finished work of a request, for its handler.
final class BackgroundResults {
    private var results: [BackgroundResult]

    init(_ results: [BackgroundResult]) { self.results = results.reversed() }

    func next() -> BackgroundResult? { results.popLast() }
}

/// The threads for such work: half of the processors, so that requests and layers have the rest.
enum BackgroundThreads {
    private static let queue = {
        let queue = OperationQueue()
        queue.name = "drydock.beside"
        queue.maxConcurrentOperationCount = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
        return queue
    }()

    static func run(_ work: BackgroundWork) async -> BackgroundResult {
        await withCheckedContinuation { continuation in queue.addOperation { continuation.resume(returning: work.run()) } }
    }
}

extension Context {
    /// Runs work that takes longer than a few milliseconds without blocking other requests.
    ///
    /// Call it after all checks and before any write. It may throw out of the handler, which is called again when the work is
    /// done. The work gets the same numbers, so that the same seed gives the same bytes.
    /// - Parameters:
    ///   - ids: generates the numbers for the work.
    ///   - work: must depend on its numbers only.
    public func inBackground<Value: Sendable>(
        _ ids: IDGenerator, _ work: @escaping @Sendable (IDGenerator) -> Value
    ) throws -> Value {
        guard let log = backgroundResults else { return work(ids) }
        if let result = log.next(), let value = result.value as? Value {
            ids.goOn(from: result.numbers)
            return value
        }
        let position = ids.position
        throw BackgroundWork {
            let ids = IDGenerator(at: position)
            return BackgroundResult(value: work(ids), numbers: ids.position)
        }
    }
}
