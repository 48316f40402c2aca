import AWSCore
import EC2API
import SimulatorCore

/// Launches a fleet's instances: chooses the pools, and how many instances come from each.
struct FleetFilling {
    let fleet: String
    /// `lowestPrice`, `diversified`, `prioritized` and so on, as EC2 Fleets show them, the same for both kinds of fleets.
    var strategy: String
    var poolsToUse = 1
    var singleType = false
    var singleZone = false
    var maxTotalPrice: Double?
    var interruption: InstanceInterruptionBehavior = .terminate
    /// The tags of instances and volumes at launch.
    var tags: [TagSpecification] = []
    /// The operation that made the fleet, by which fault plans choose its launches.
    var operation = "CreateFleet"
    /// Checks whether the caller may launch; its argument has the fleet's tags. Fleets that launch later do so by AWS's
    /// service-linked role, which may launch everything.
    var authorize: (RunInstancesRequest, _ withoutTags: RunInstancesRequest) throws -> Void = { _, _ in }

    struct Launched {
        let pool: FleetPool
        let market: FleetPool.Market
        let instances: [InstanceRecord]
    }
    struct Failure {
        let shown: LaunchTemplateAndOverridesResponse
        let market: FleetPool.Market
        let error: AWSError
    }
    struct FillResult {
        var launched: [Launched] = []
        var failures: [Failure] = []
        var capacity: Double { launched.reduce(0) { $0 + Double($1.instances.count) * $1.pool.weight } }
    }

    /// Launches until the capacity reaches `target` units, or no pool is left.
    func fill(_ target: Double, _ market: FleetPool.Market, from pools: [FleetPool], _ context: Context) throws -> FillResult {
        var result = FillResult()
        var candidates = ranked(pools, market, context)
        var remaining = target, price = 0.0
        while remaining > 1e-9, !candidates.isEmpty {
            let width = min(width(market, candidates.count), candidates.count)
            for (index, wanted) in shares(remaining, candidates.prefix(width)).enumerated().reversed() where wanted > 0 {
                let pool = candidates[index]
                var count = wanted
                if let maxTotalPrice {
                    count = min(count, Int(((maxTotalPrice - price) / pool.price(market)).rounded(.down)))
                    guard count > 0 else {
                        result.failures.append(Failure(shown: pool.shown, market: market, error: .maxTotalPrice))
                        candidates.remove(at: index)
                        continue
                    }
                }
                do {
                    let instances = try launch(count, pool, market, context)
                    result.launched.append(Launched(pool: pool, market: market, instances: instances))
                    remaining -= Double(instances.count) * pool.weight
                    price += Double(instances.count) * pool.price(market)
                    if instances.count < wanted { candidates.remove(at: index) }
                } catch let error as AWSError {
                    result.failures.append(Failure(shown: pool.shown, market: market, error: error))
                    candidates.remove(at: index)
                }
            }
            if let first = result.launched.first?.pool {
                candidates.removeAll {
                    singleType && $0.type.name != first.type.name || singleZone && $0.zone != first.zone
                }
            }
        }
        return result
    }

    /// Returns the number of pools to launch from at once.
    private func width(_ market: FleetPool.Market, _ count: Int) -> Int {
        if singleType || singleZone { return 1 }
        switch strategy {
        case "diversified": return count
        case "lowestPrice" where market == .spot: return max(poolsToUse, 1)
        default: return 1
        }
    }

    /// Returns the number of instances from each pool, shared evenly. The last instance may exceed the target.
    private func shares(_ target: Double, _ pools: ArraySlice<FleetPool>) -> [Int] {
        var counts = Array(repeating: 0, count: pools.count), rest = target, index = 0
        while rest > 1e-9, !pools.isEmpty {
            counts[index] += 1
            rest -= pools[pools.startIndex + index].weight
            index = (index + 1) % pools.count
        }
        return counts
    }

    /// Returns the pools, the best one first.
    private func ranked(_ pools: [FleetPool], _ market: FleetPool.Market, _ context: Context) -> [FleetPool] {
        let numbered = pools.enumerated().map { (pool: $1, number: $0, capacity: $1.capacity(context)) }
        typealias Numbered = (pool: FleetPool, number: Int, capacity: Int)
        func unitPrice(_ one: Numbered) -> Double { one.pool.price(market) / one.pool.weight }
        let key: (Numbered) -> (Double, Double) =
            switch strategy {
            case "prioritized": { ($0.pool.priority, unitPrice($0)) }
            case "capacity-optimized": { (Double(-$0.capacity), unitPrice($0)) }
            // Capacity is more important than priority. Assumed: priority decides between pools in the same half of the capacity
            // range.
            case "capacity-optimized-prioritized": { (Double(-($0.capacity / 50)), $0.pool.priority) }
            // Assumed: the cheapest pool with much capacity is best.
            case "price-capacity-optimized": { ($0.capacity >= 30 ? 0 : 1, unitPrice($0)) }
            default: { (unitPrice($0), 0) }
            }
        return numbered.map { ($0.pool, key($0), $0.number) }.sorted { ($0.1.0, $0.1.1, $0.2) < ($1.1.0, $1.1.1, $1.2) }
            .map(\.0)
    }

    private func launch(
        _ count: Int, _ pool: FleetPool, _ market: FleetPool.Market, _ context: Context
    ) throws -> [InstanceRecord] {
        var request = pool.launch
        request.minCount = 1
        request.maxCount = count
        if market == .spot {
            request = request.onSpot(
                SpotMarketOptions(
                    maxPrice: pool.maxPrice, spotInstanceType: interruption == .terminate ? .oneTime : .persistent,
                    instanceInterruptionBehavior: interruption))
        } else {
            request.instanceMarketOptions = InstanceMarketOptionsRequest(marketType: "on-demand")
        }
        let untagged = request, tags = self.tags + pool.tags
        request.tagSpecifications = tags.isEmpty ? nil : tags
        try authorize(request, untagged)
        if context.lacksCapacity(for: operation, in: pool.names) {
            throw market == .spot
                ? AWSError.noSpotCapacity : .noCapacity(for: pool.type.name, zone: pool.zone, region: context.region)
        }
        return try context.attempt {
            try Launch(request, isOfSpotRequest: true, context).carryOut(of: fleet, context).instances
        }
    }
}

extension AWSError {
    /// The code is assumed.
    fileprivate static let maxTotalPrice = AWSError(
        "LimitPriceExceeded", "The launch would exceed the maximum total price of the fleet.")
}
