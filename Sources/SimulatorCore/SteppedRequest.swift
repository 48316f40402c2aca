import Synchronization

/// A request that takes several transactions, such as a registry's push. They share its number, and made-up values differ from
/// step to step: all are a function of the simulator's seed, the request's number and the step.
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

    /// The part of the request that is carried out beside its answer: its steps are counted apart, whichever comes first.
    public func aside(_ lane: String) -> SteppedRequest {
        SteppedRequest(number: number, seed: seed, lane: "\(self.lane)/\(lane)")
    }

    func nextStep() -> IDGenerator {
        let step = steps.add(1, ordering: .relaxed).oldValue
        guard step == 0, lane.isEmpty else { return IDGenerator(seed: seed, scope: "request \(number)\(lane) step \(step)") }
        // Who takes one transaction has what a call of an API has.
        let ids = IDGenerator(seed: seed, stream: number)
        _ = ids.uuid()
        return ids
    }
}

extension Simulator {
    /// Begins a request that doesn't come as a call of an AWS API.
    public func beginRequest() -> SteppedRequest { SteppedRequest(number: nextRequestNumber(), seed: seed) }
}
