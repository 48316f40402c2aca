import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-placement-score.html

extension EC2Simulation {
    public func getSpotPlacementScores(
        _ input: GetSpotPlacementScoresRequest, _ context: Context
    ) throws -> GetSpotPlacementScoresResult {
        let paging = try Paging(input, context)
        let requested = try SpotPlacementScore.RequestedCapacity(input, context)
        let regions = try SpotPlacementScore.regions(input.regionNames ?? [], context)
        var scores: [SpotPlacementScore] = []
        for region in regions {
            let zones = region.zones.compactMap { zone in
                requested.score(in: zone, of: region.name, context).map {
                    SpotPlacementScore(region: region.name, availabilityZoneId: zone.id, score: $0)
                }
            }
            if input.singleAvailabilityZone == true {
                scores += zones
            } else if let best = zones.compactMap(\.score).max() {
                // A region has the capacity of all its zones.
                scores.append(
                    SpotPlacementScore(region: region.name, score: requested.capped(best + (zones.count > 2 ? 1 : 0))))
            }
        }
        scores.sort {
            ($1.score ?? 0, $0.region ?? "", $0.availabilityZoneId ?? "")
                < ($0.score ?? 0, $1.region ?? "", $1.availabilityZoneId ?? "")
        }
        let page = try paging.page(Array(scores.prefix(SpotPlacementScore.most).enumerated())) { .number(Int64($0.offset)) }
        return GetSpotPlacementScoresResult(spotPlacementScores: page.items.map(\.element), nextToken: page.nextToken)
    }
}

extension SpotPlacementScore {
    /// AWS returns the top ten.
    fileprivate static let most = 10

    fileprivate static func regions(_ names: [String], _ context: Context) throws -> [AWSRegion] {
        let all = AWSRegion.all(partition: context.partition)
        guard !names.isEmpty else { return all.filter { !$0.isOptIn || $0.name == context.region } }
        return try names.map { name in
            guard let region = all.first(where: { $0.name == name }) else {
                throw AWSError.invalidValue(name, for: "RegionNames")
            }
            return region
        }
    }

    /// The requested capacity.
    ///
    /// Assumed: the scores. The seed determines them; more types and less capacity score higher.
    fileprivate struct RequestedCapacity {
        private let types: [InstanceTypeFigures]
        private let capacity: Double

        init(_ input: GetSpotPlacementScoresRequest, _ context: Context) throws {
            let names = input.instanceTypes ?? []
            if let requirements = input.instanceRequirementsWithMetadata {
                guard names.isEmpty else {
                    throw AWSError.invalidCombination(
                        "The parameters InstanceTypes and InstanceRequirementsWithMetadata cannot be used together.")
                }
                guard let own = requirements.instanceRequirements else {
                    throw AWSError.missingParameter("InstanceRequirements")
                }
                types = try InstanceSelection(
                    own, architectures: requirements.architectureTypes, virtualizations: requirements.virtualizationTypes
                ).types(of: InstanceTypeTable.all)
            } else {
                guard !names.isEmpty else { throw AWSError.missingParameter("InstanceTypes") }
                guard names.count <= 1000 else {
                    throw AWSError.invalidValue("\(names.count)", for: "InstanceTypes", "Constraints: up to 1000.")
                }
                types = try names.map { try LaunchSettings.type(named: $0) }
            }
            switch input.targetCapacityUnitType ?? .units {
            case .vcpu: capacity = Double(input.targetCapacity) / Double(max(types.map(\.vCPUs).max() ?? 1, 1))
            case .memoryMib: capacity = Double(input.targetCapacity) / Double(max(types.map(\.memory).max() ?? 1, 1))
            case .units: capacity = Double(input.targetCapacity)
            case let other: throw AWSError.invalidValue(other.rawValue, for: "TargetCapacityUnitType")
            }
        }

        /// AWS documents that one or two types always score low.
        func capped(_ score: Int) -> Int { min(max(score, 1), types.count < 3 ? 3 : 10) }

        /// Returns nil where none of the types is sold.
        func score(in zone: AWSRegion.Zone, of region: String, _ context: Context) -> Int? {
            let offered = types.filter {
                $0.usageClasses.contains("spot") && InstanceTypeOfferings.offers($0, zone: zone.name, region: region)
            }
            guard !offered.isEmpty else { return nil }
            let names = offered.map(\.name).sorted().joined(separator: " ")
            let chance = IDGenerator(seed: context.simulator.seed, scope: "spot-score/\(zone.id)/\(names)").next() % 3
            var rest = capacity / Double(offered.count), magnitude = 0
            while rest >= 10 { (rest, magnitude) = (rest / 10, magnitude + 1) }
            return capped(9 - 2 * magnitude - Int(chance))
        }
    }
}
