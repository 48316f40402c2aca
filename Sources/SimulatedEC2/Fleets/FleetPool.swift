import AWSCore
import EC2API
import SimulatorCore

/// One way to launch in a fleet's configuration, before its types and zones are resolved.
struct FleetEntry {
    /// Has no instance type and no place, unless the template sets them.
    var launch: RunInstancesRequest
    /// The entry in the form of responses.
    var shown: LaunchTemplateAndOverridesResponse
    /// The subnets to choose from.
    var subnets: [String] = []
    /// Additional tags of the instances.
    var tags: [TagSpecification] = []
    var requirements: InstanceRequirements? { shown.overrides?.instanceRequirements }
}

/// An instance type in a zone that a fleet can launch from.
struct FleetPool {
    let launch: RunInstancesRequest
    let type: InstanceTypeFigures
    let zone: String
    /// The units that an instance counts for.
    let weight: Double
    let priority: Double
    let maxPrice: String?
    let shown: LaunchTemplateAndOverridesResponse
    let tags: [TagSpecification]
    private let onDemand, spot: Double

    enum Market: String, Sendable {
        case spot
        case onDemand = "on-demand"
    }

    private init(
        _ entry: FleetEntry, _ launch: RunInstancesRequest, _ type: InstanceTypeFigures, zone: String,
        unit: TargetCapacityUnitType, _ context: Context
    ) {
        self.launch = launch
        self.type = type
        self.zone = zone
        weight = Self.weight(of: type, entry.shown.overrides?.weightedCapacity, unit)
        // Lower numbers come first; those without a number come last.
        priority = entry.shown.overrides?.priority ?? .infinity
        maxPrice = entry.shown.overrides?.maxPrice
        shown = entry.shown
        tags = entry.tags
        onDemand = InstancePrices.onDemand(type, .linux, region: context.region)
        spot = SpotMarket(type, .linux, zone: zone, context)?.price(at: context.now) ?? onDemand
    }

    /// The names by which a fault plan can mean this pool.
    var names: [String] { [type.name, zone] + (launch.subnetId.map { [$0] } ?? []) }

    /// Returns the price per hour.
    func price(_ market: Market) -> Double { market == .spot ? spot : onDemand }

    /// Returns how much Spot capacity there is, which allocation strategies compare. Assumed: the seed determines it.
    func capacity(_ context: Context) -> Int {
        Int(
            IDGenerator(seed: context.simulator.seed, scope: "spot-capacity/\(context.region)/\(zone)/\(type.name)").next()
                % 100)
    }

    static func weight(of type: InstanceTypeFigures, _ given: Double?, _ unit: TargetCapacityUnitType) -> Double {
        switch unit {
        case .vcpu: Double(max(type.vCPUs, 1))
        case .memoryMib: Double(max(type.memory, 1))
        default: given ?? 1
        }
    }
}

// MARK: Resolving entries

extension FleetPool {
    /// Returns the pools of an entry: one for each of its types in each place.
    /// - Throws: AWS's errors for absent templates, types and subnets.
    static func pools(
        _ entry: FleetEntry, unit: TargetCapacityUnitType, isOnDemand: Bool, _ context: Context
    ) throws -> [FleetPool] {
        let (resolved, _) = try entry.launch.resolved(context)
        let types = try types(entry, resolved, unit: unit, isOnDemand: isOnDemand, context)
        return try types.flatMap { type in
            try places(entry, resolved, type, context).map { launch, zone in
                FleetPool(entry, launch, type, zone: zone, unit: unit, context)
            }
        }
    }

    private static func types(
        _ entry: FleetEntry, _ resolved: RunInstancesRequest, unit: TargetCapacityUnitType, isOnDemand: Bool,
        _ context: Context
    ) throws -> [InstanceTypeFigures] {
        guard let requirements = entry.requirements else {
            let name = entry.shown.overrides?.instanceType?.rawValue ?? resolved.instanceType?.rawValue ?? "m1.small"
            return [try LaunchSettings.type(named: name)]
        }
        let image = try ImageParameter.resolve(resolved.imageId, context).map { try VisibleImage.launchable($0, context) }
        let selection = try InstanceSelection(
            requirements, architectures: image?.shape.architecture.map { [ArchitectureType($0.rawValue)] },
            virtualizations: image?.shape.virtualizationType.map { [$0] })
        let found = selection.types(
            of: InstanceTypeTable.all.filter {
                InstanceTypeOfferings.offers($0, region: context.region)
                    && $0.usageClasses.contains(isOnDemand ? "on-demand" : "spot")
            })
        return PriceProtection(requirements, unit: unit, isOnDemand: isOnDemand).types(found, context)
    }

    /// Returns the possible launches of a type, with their zones.
    private static func places(
        _ entry: FleetEntry, _ resolved: RunInstancesRequest, _ type: InstanceTypeFigures, _ context: Context
    ) throws -> [(RunInstancesRequest, String)] {
        var launch = entry.launch
        launch.instanceType = InstanceType(type.name)
        if !entry.subnets.isEmpty {
            return try entry.subnets.map { id in
                let subnet = try SubnetRecord.get(id, context)
                // The fleet's subnet replaces that of the template's new interfaces.
                if var interfaces = resolved.networkInterfaces, !interfaces.isEmpty {
                    for index in interfaces.indices where interfaces[index].networkInterfaceId == nil {
                        interfaces[index].subnetId = id
                    }
                    launch.networkInterfaces = interfaces
                } else {
                    launch.subnetId = id
                }
                return (launch, subnet.zone)
            }
        }
        if let id = resolved.subnetId ?? resolved.networkInterfaces?.first?.subnetId, !id.isEmpty {
            return [(launch, try SubnetRecord.get(id, context).zone)]
        }
        let zones = AWSRegion.current(context).zones
        if let zone = launch.placement?.availabilityZone ?? resolved.placement?.availabilityZone, !zone.isEmpty {
            return [(launch, zone)]
        }
        if let id = launch.placement?.availabilityZoneId, let zone = zones.first(where: { $0.id == id }) {
            return [(launch, zone.name)]
        }
        // The zone is free to choose.
        let offered = try SubnetRecord.all(context, "AND is_default").map(\.zone).filter {
            InstanceTypeOfferings.offers(type, zone: $0, region: context.region)
        }
        guard !offered.isEmpty else { return [(launch, zones.first?.name ?? "")] }
        return offered.map { zone in
            var launch = launch
            var placement = launch.placement ?? resolved.placement ?? Placement()
            placement.availabilityZone = zone
            launch.placement = placement
            return (launch, zone)
        }
    }
}

/// Excludes types from an attribute-based selection that cost much more than the others.
///
/// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-attribute-based-instance-type-selection.html#ec2fleet-abs-price-protection
struct PriceProtection {
    private let requirements: InstanceRequirements
    private let unit: TargetCapacityUnitType
    private let isOnDemand: Bool

    init(_ requirements: InstanceRequirements, unit: TargetCapacityUnitType, isOnDemand: Bool) {
        self.requirements = requirements
        self.unit = unit
        self.isOnDemand = isOnDemand
    }

    func types(_ types: [InstanceTypeFigures], _ context: Context) -> [InstanceTypeFigures] {
        let zones = AWSRegion.current(context).zones
        func onDemand(_ type: InstanceTypeFigures) -> Double {
            InstancePrices.onDemand(type, .linux, region: context.region) / FleetPool.weight(of: type, nil, unit)
        }
        func spot(_ type: InstanceTypeFigures) -> Double {
            let prices = zones.compactMap { SpotMarket(type, .linux, zone: $0.name, context)?.price(at: context.now) }
            return (prices.min() ?? .infinity) / FleetPool.weight(of: type, nil, unit)
        }
        // Compare with the cheapest of the current C, M and R families, or else of all current types, or else of all types.
        let current = types.filter(\.isCurrentGeneration)
        let usual = current.filter { ["c", "m", "r"].contains($0.family.first) }
        let compared = usual.isEmpty ? (current.isEmpty ? types : current) : usual
        if isOnDemand {
            let share = Double(requirements.onDemandMaxPricePercentageOverLowestPrice ?? 20) / 100
            let most = (compared.map(onDemand).min() ?? .infinity) * (1 + share) + 1e-9
            return types.filter { onDemand($0) <= most }
        }
        if let percentage = requirements.maxSpotPriceAsPercentageOfOptimalOnDemandPrice {
            let most = (compared.map(onDemand).min() ?? .infinity) * Double(percentage) / 100 + 1e-9
            return types.filter { spot($0) <= most }
        }
        // The default of 100 percent is assumed: AWS says only that it then applies the best threshold.
        let share = Double(requirements.spotMaxPricePercentageOverLowestPrice ?? 100) / 100
        let most = (compared.map(spot).min() ?? .infinity) * (1 + share) + 1e-9
        return types.filter { spot($0) <= most }
    }
}
