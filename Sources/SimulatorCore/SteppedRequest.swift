import Synchronization

/// A request of several transactions, such as a registry's push. The steps share its number. Generated values depend on the
/// simulator's seed, the request's number and the step.
public final class SteppedRequest: Sendable {
    let number: UInt64
    package let requestId: String
    private let seed: UInt64
    private let lane: String
    private let steps = Atomic<Int>(0)

    init(number: UInt64, seed: UInt64, lane: String = "") {
        self.number = number
        self.seed = seed
        self.lane = lane
        requestId = IDGenerator(seed: seed, stream: number).uuid()
    }

    /// Returns the part of the request that runs beside its response. Its steps are numbered separately.
    public func aside(_ lane: String) -> SteppedRequest {
        SteppedRequest(number: number, seed: seed, lane: "\(self.lane)/\(lane)")
    }

    func nextStep() -> IDGenerator {
        let step = steps.add(1, ordering: .relaxed).oldValue
        guard step == 0, lane.isEmpty else { return IDGenerator(seed: seed, scope: "request \(number)\(lane) step \(step)") }
        // A request of one transaction gets the same ids as an API call.
        let ids = IDGenerator(seed: seed, stream: number)
        _ = ids.uuid()
        return ids
    }
}

extension Simulator {
    /// Starts a request that is not a call of an AWS API.
    public func beginRequest() -> SteppedRequest { SteppedRequest(number: nextRequestNumber(), seed: seed) }
}
