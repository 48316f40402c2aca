import AWSCore
import Foundation

// Work of a request that takes longer than a few milliseconds, such as the search for an RSA key's primes, is carried out beside
// the requests of others: the request is authorised and validated, its transaction is taken back, the work is done on a thread of
// its own, and the request begins anew under the same number. It is authorised and validated again, as things may have changed,
// and finds the work done.

/// What a request that is carried out in several attempts keeps from one to the next.
struct Attempt: Sendable {
    struct Identity: Sendable {
        let number: UInt64
        let seed: UInt64
        let now: Instant
        let requestId: String
    }
    /// Nil until the request comes to its transaction: numbers are given in the order of transactions.
    var identity: Identity?
    let started = ContinuousClock.now
    /// What was done beside the transaction, in the order in which the handler asks for it.
    var results: [BesideResult] = []
}

/// Thrown out of a transaction: what is to be done before the next attempt.
struct BesideWork: Error, Sendable {
    let run: @Sendable () -> BesideResult
}

struct BesideResult: Sendable {
    let value: any Sendable
    /// Where the numbers that the work was given went on.
    let numbers: IDGenerator.Position
}

/// What was done for a request so far, as its handler finds it.
final class BesideLog {
    private var results: [BesideResult]

    init(_ results: [BesideResult]) { self.results = results.reversed() }

    func next() -> BesideResult? { results.popLast() }
}

/// The threads on which such work is done: so few that requests and layers have the others.
enum BesideThreads {
    private static let queue = {
        let queue = OperationQueue()
        queue.name = "drydock.beside"
        queue.maxConcurrentOperationCount = max(1, ProcessInfo.processInfo.activeProcessorCount / 2)
        return queue
    }()

    static func run(_ work: BesideWork) async -> BesideResult {
        await withCheckedContinuation { continuation in queue.addOperation { continuation.resume(returning: work.run()) } }
    }
}

extension Context {
    /// Carries out work that takes longer than a few milliseconds, beside the requests of others.
    ///
    /// The handler calls it when everything is checked and nothing is written. It may be left here, and called anew when the work
    /// is done, with the same numbers: the same seed gives the same bytes.
    /// - Parameters:
    ///   - ids: the numbers that the work needs.
    ///   - work: needs nothing but its numbers.
    public func beside<Value: Sendable>(
        _ ids: IDGenerator, _ work: @escaping @Sendable (IDGenerator) -> Value
    ) throws -> Value {
        guard let log = besideLog else { return work(ids) }
        if let result = log.next(), let value = result.value as? Value {
            ids.goOn(from: result.numbers)
            return value
        }
        let position = ids.position
        throw BesideWork {
            let ids = IDGenerator(at: position)
            return BesideResult(value: work(ids), numbers: ids.position)
        }
    }
}
