import AWSCore
import EC2API
import SimulatorCore

/// A validated CreateFleet request.
struct FleetOrder {
    private(set) var fleet = FleetData()
    let tags: TagSpecifications
    private let entries: [FleetEntry]
    private let launchTags: [TagSpecification]

    init(_ input: CreateFleetRequest, _ context: Context) throws {
        let type = input.type ?? .maintain
        guard [.instant, .request, .maintain].contains(type) else { throw AWSError.invalidValue(type.rawValue, for: "Type") }
        if input.reservedCapacityOptions != nil {
            throw AWSError.notSimulated("ec2", "CreateFleet with reserved capacity")
        }
        tags = try TagSpecifications(
            input.tagSpecifications, allowed: Resource.fleet.kind, .instance, .volume, .networkInterface,
            Resource.spotInstanceRequest.kind)
        launchTags = (input.tagSpecifications ?? []).filter { $0.resourceType?.rawValue != Resource.fleet.kind.type }
        guard type == .instant || launchTags.isEmpty else {
            let other = launchTags.first?.resourceType?.rawValue ?? ""
            throw AWSError("InvalidParameterValue", "'\(other)' is not a valid taggable resource type for this operation.")
        }
        let shown = try Self.shown(input.launchTemplateConfigs, type: type, context)
        entries = try zip(input.launchTemplateConfigs, shown).flatMap { try FleetEntry.entries($0, shown: $1) }
        try Self.checkTimes(input, context)
        fleet.createTime = context.now
        fleet.clientToken = input.clientToken
        fleet.type = type
        fleet.activityStatus = type == .instant ? .fulfilled : .pendingFulfillment
        fleet.launchTemplateConfigs = shown
        fleet.targetCapacitySpecification = try Self.target(input.targetCapacitySpecification)
        if fleet.targetCapacitySpecification?.targetCapacityUnitType ?? .units != .units,
            entries.contains(where: { $0.shown.overrides?.weightedCapacity != nil })
        {
            throw AWSError.invalidCombination(
                "The parameters TargetCapacityUnitType and WeightedCapacity cannot be used together.")
        }
        fleet.excessCapacityTerminationPolicy = input.excessCapacityTerminationPolicy ?? .termination
        fleet.terminateInstancesWithExpiration = input.terminateInstancesWithExpiration ?? false
        fleet.replaceUnhealthyInstances = input.replaceUnhealthyInstances ?? false
        guard fleet.replaceUnhealthyInstances == false || type == .maintain else {
            throw AWSError.invalidCombination("ReplaceUnhealthyInstances is supported only for fleets of type maintain.")
        }
        fleet.validFrom = input.validFrom ?? Instant(seconds: 0 as Int64)
        fleet.validUntil = input.validUntil ?? Instant(seconds: 0 as Int64)
        fleet.context = input.context
        fleet.spotOptions = try Self.options(input.spotOptions ?? SpotOptionsRequest(), type)
        fleet.onDemandOptions = try Self.options(input.onDemandOptions ?? OnDemandOptionsRequest(), type)
    }

    /// Launches an instant fleet, which launches only once, with the caller's permissions.
    func launch(_ id: String, by service: EC2Simulation, _ context: Context) throws {
        var fleet = fleet
        fleet.fleetId = id
        var goal = try FleetGoal(fleet, entries: entries, tags: launchTags, context)
        goal.spotFilling.authorize = { try service.authorizeLaunch($0, withoutTags: $1, context) }
        goal.onDemandFilling.authorize = goal.spotFilling.authorize
        var outcome = FleetFilling.FillResult()
        for (market, target, least) in [
            (FleetPool.Market.onDemand, goal.onDemand, fleet.onDemandOptions?.minTargetCapacity),
            (.spot, goal.total - goal.onDemand, fleet.spotOptions?.minTargetCapacity),
        ] where target > 1e-9 {
            do {
                let own = try context.attempt {
                    let own = try goal.fill(target, market, context)
                    if let least, own.capacity < Double(least) { throw MinimumNotReached(failures: own.failures) }
                    return own
                }
                outcome.launched += own.launched
                outcome.failures += own.failures
            } catch let error as MinimumNotReached { outcome.failures += error.failures }
        }
        var members = try FleetMembers(id, unit: goal.unit, context)
        try members.add(outcome, context)
    }

    /// The minimum target capacity is not reached, so nothing is launched.
    private struct MinimumNotReached: Error {
        let failures: [FleetFilling.Failure]
    }
}

// MARK: Checks. The codes and messages are assumed where no user reports them.

extension FleetOrder {
    private static func checkTimes(_ input: CreateFleetRequest, _ context: Context) throws {
        if let until = input.validUntil {
            guard until > context.now else {
                throw AWSError.invalidValue(until.iso8601(milliseconds: false), for: "ValidUntil", "It is in the past.")
            }
            guard input.validFrom.map({ $0 < until }) ?? true else {
                throw AWSError.invalidValue(
                    until.iso8601(milliseconds: false), for: "ValidUntil", "It is before the start of the request.")
            }
        }
    }

    /// Returns the target in the form of responses, with AWS's defaults.
    static func target(
        _ target: TargetCapacitySpecificationRequest, over earlier: TargetCapacitySpecification? = nil
    ) throws -> TargetCapacitySpecification {
        let total = target.totalTargetCapacity
        guard (0...10_000).contains(total) else {
            throw AWSError.invalidValue("\(total)", for: "TotalTargetCapacity", "Constraints: from 0 to 10000.")
        }
        // Assumed: the default is On-Demand.
        let usual = target.defaultTargetCapacityType ?? earlier?.defaultTargetCapacityType ?? .onDemand
        guard [.spot, .onDemand].contains(usual) else {
            throw AWSError.notSimulated("ec2", "a fleet with the default target capacity type '\(usual.rawValue)'")
        }
        let onDemand = target.onDemandTargetCapacity ?? earlier?.onDemandTargetCapacity ?? 0
        let spot = target.spotTargetCapacity ?? earlier?.spotTargetCapacity ?? 0
        guard onDemand >= 0, spot >= 0, onDemand + spot <= total else {
            throw AWSError.invalidCombination(
                "The On-Demand and Spot target capacities must not exceed the total target capacity.")
        }
        return TargetCapacitySpecification(
            totalTargetCapacity: total, onDemandTargetCapacity: onDemand, spotTargetCapacity: spot,
            defaultTargetCapacityType: usual,
            targetCapacityUnitType: target.targetCapacityUnitType ?? earlier?.targetCapacityUnitType)
    }

    private static func options(_ input: SpotOptionsRequest, _ type: FleetType) throws -> SpotOptions {
        var options: SpotOptions = try LaunchTemplateData.converted(input)
        let strategy = input.allocationStrategy.map { $0 == .shownLowestPrice ? .lowestPrice : $0 } ?? .lowestPrice
        let known: [SpotAllocationStrategy] = [
            .lowestPrice, .diversified, .capacityOptimized, .capacityOptimizedPrioritized, .priceCapacityOptimized,
        ]
        guard known.contains(strategy) else { throw AWSError.invalidValue(strategy.rawValue, for: "AllocationStrategy") }
        options.allocationStrategy = strategy == .lowestPrice ? .shownLowestPrice : strategy
        options.instanceInterruptionBehavior = input.instanceInterruptionBehavior ?? .terminate
        guard options.instanceInterruptionBehavior == .terminate || type == .maintain else {
            throw AWSError.invalidCombination(
                "The interruption behaviors 'stop' and 'hibernate' are supported only for fleets of type maintain.")
        }
        if let count = input.instancePoolsToUseCount {
            guard strategy == .lowestPrice else {
                throw AWSError.invalidCombination(
                    "InstancePoolsToUseCount is supported only with the allocation strategy lowest-price.")
            }
            guard count >= 1 else { throw AWSError.invalidValue("\(count)", for: "InstancePoolsToUseCount") }
        }
        options.instancePoolsToUseCount = strategy == .lowestPrice ? input.instancePoolsToUseCount ?? 1 : nil
        try checkSingle(input.singleInstanceType, input.singleAvailabilityZone, input.minTargetCapacity, type)
        if let price = input.maxTotalPrice, !price.isEmpty, InstancePrices.price(price) == nil {
            throw AWSError.invalidValue(price, for: "MaxTotalPrice")
        }
        guard input.maintenanceStrategies == nil || type == .maintain else {
            throw AWSError.invalidCombination("MaintenanceStrategies is supported only for fleets of type maintain.")
        }
        return options
    }

    private static func options(_ input: OnDemandOptionsRequest, _ type: FleetType) throws -> OnDemandOptions {
        var options: OnDemandOptions = try LaunchTemplateData.converted(input)
        let strategy = input.allocationStrategy ?? .shownLowestPrice
        guard [.lowestPrice, .shownLowestPrice, .prioritized].contains(strategy) else {
            throw AWSError.invalidValue(strategy.rawValue, for: "AllocationStrategy")
        }
        options.allocationStrategy = strategy == .lowestPrice ? .shownLowestPrice : strategy
        try checkSingle(input.singleInstanceType, input.singleAvailabilityZone, input.minTargetCapacity, type)
        if let price = input.maxTotalPrice, !price.isEmpty, InstancePrices.price(price) == nil {
            throw AWSError.invalidValue(price, for: "MaxTotalPrice")
        }
        return options
    }

    private static func checkSingle(_ type: Bool?, _ zone: Bool?, _ least: Int?, _ fleet: FleetType) throws {
        // Terraform's provider always sends a minimum, 0 if there is none.
        guard fleet == .instant || type != true && zone != true && least ?? 0 == 0 else {
            throw AWSError.invalidCombination(
                "SingleInstanceType, SingleAvailabilityZone and MinTargetCapacity are supported only for fleets of type instant."
            )
        }
        guard let least, least != 0 else { return }
        guard (0...1000).contains(least) else {
            throw AWSError.invalidValue("\(least)", for: "MinTargetCapacity", "Constraints: up to 1000.")
        }
        guard type == true || zone == true else {
            throw AWSError.invalidCombination("MinTargetCapacity requires SingleInstanceType or SingleAvailabilityZone.")
        }
    }

    /// Returns the configurations in the form of responses.
    /// - Throws: AWS's errors for absent templates and contradictory overrides.
    static func shown(
        _ configs: [FleetLaunchTemplateConfigRequest], type: FleetType, _ context: Context
    ) throws -> [FleetLaunchTemplateConfig] {
        guard !configs.isEmpty else { throw AWSError.missingParameter("LaunchTemplateConfigs") }
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/fleet-quotas.html
        guard configs.count <= 50, configs.reduce(0, { $0 + ($1.overrides?.count ?? 0) }) <= 300 else {
            throw AWSError(
                "InvalidParameterValue", "A fleet can have up to 50 launch templates with up to 300 overrides together.")
        }
        return try configs.map { config in
            guard let template = config.launchTemplateSpecification else {
                throw AWSError.missingParameter("LaunchTemplateSpecification")
            }
            guard let version = template.version, !version.isEmpty else {
                throw AWSError.missingParameter("LaunchTemplateSpecification.Version")
            }
            let stored = try LaunchTemplate.stored(
                id: template.launchTemplateId, name: template.launchTemplateName, context
            ).shape
            let found = try stored.version(version, context)
            guard found.launchTemplateData?.imageId != nil || config.overrides?.contains(where: { $0.imageId != nil }) == true
            else { throw AWSError.missingParameter("ImageId") }
            for override in config.overrides ?? [] { try check(override, type) }
            return FleetLaunchTemplateConfig(
                // AWS shows the template as it was given: by its id or by its name. Terraform's provider relies on it.
                launchTemplateSpecification: FleetLaunchTemplateSpecification(
                    launchTemplateId: template.launchTemplateId, launchTemplateName: template.launchTemplateName,
                    version: version),
                overrides: try config.overrides?.map { try LaunchTemplateData.converted($0) } ?? [])
        }
    }

    private static func check(_ override: FleetLaunchTemplateOverridesRequest, _ type: FleetType) throws {
        if let requirements = override.instanceRequirements {
            guard override.instanceType == nil else {
                throw AWSError.invalidCombination("InstanceType and InstanceRequirements cannot be specified together.")
            }
            _ = try InstanceSelection(requirements)
        }
        if override.availabilityZone != nil, override.availabilityZoneId != nil {
            throw AWSError.invalidCombination("AvailabilityZone and AvailabilityZoneId cannot be specified together.")
        }
        if let weight = override.weightedCapacity, !(weight > 0) {
            throw AWSError.invalidValue("\(weight)", for: "WeightedCapacity")
        }
        if let price = override.maxPrice, !price.isEmpty, (InstancePrices.price(price) ?? 0) < 0.001 {
            throw AWSError.invalidValue(price, for: "MaxPrice")
        }
        guard type != .instant else {
            guard override.subnetId?.contains(",") != true else {
                throw AWSError.invalidValue(override.subnetId ?? "", for: "SubnetId", "An instant fleet can have one subnet.")
            }
            return
        }
        let hasMore =
            override.keyName != nil || override.blockDeviceMappings?.isEmpty == false || override.iamInstanceProfile != nil
            || override.metadataOptions != nil
        guard !hasMore else {
            throw AWSError.invalidCombination(
                "KeyName, BlockDeviceMappings, IamInstanceProfile and MetadataOptions are supported only for fleets of type instant."
            )
        }
    }
}

// AWS's answers say "lowestPrice", also where the request said "lowest-price", and its requests may say either:
// https://docs.aws.amazon.com/cli/latest/reference/ec2/describe-fleets.html

extension SpotAllocationStrategy {
    static var shownLowestPrice: Self { "lowestPrice" }
}

extension FleetOnDemandAllocationStrategy {
    static var shownLowestPrice: Self { "lowestPrice" }
}

extension TargetCapacitySpecification {
    /// The number of On-Demand units: the requested ones and, if On-Demand is the default, those requested for neither type.
    var unitsOnDemand: Int {
        let rest = (totalTargetCapacity ?? 0) - (onDemandTargetCapacity ?? 0) - (spotTargetCapacity ?? 0)
        return (onDemandTargetCapacity ?? 0) + (defaultTargetCapacityType == .onDemand ? rest : 0)
    }
}

// MARK: Entries

extension FleetEntry {
    /// Returns the entries of a stored configuration.
    static func entries(_ config: FleetLaunchTemplateConfig) -> [FleetEntry] {
        let template = config.launchTemplateSpecification
        let overrides = config.overrides ?? []
        return (overrides.isEmpty ? [nil] : overrides.map(Optional.some)).map { given in
            let override = given ?? FleetLaunchTemplateOverrides()
            var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
            launch.launchTemplate = LaunchTemplateSpecification(
                launchTemplateId: template?.launchTemplateId, launchTemplateName: template?.launchTemplateName,
                version: template?.version)
            launch.imageId = override.imageId
            if override.availabilityZone != nil || override.availabilityZoneId != nil || override.placement?.groupName != nil {
                launch.placement = Placement(
                    availabilityZoneId: override.availabilityZoneId, groupName: override.placement?.groupName,
                    availabilityZone: override.availabilityZone)
            }
            let subnets = override.subnetId?.split(separator: ",").map { String($0.trimmingPrefix(" ")) } ?? []
            return FleetEntry(
                launch: launch,
                shown: LaunchTemplateAndOverridesResponse(
                    launchTemplateSpecification: template, overrides: given),
                subnets: subnets)
        }
    }

    /// Returns the entries of a request. For instant fleets it may contain more than responses show.
    static func entries(
        _ config: FleetLaunchTemplateConfigRequest, shown: FleetLaunchTemplateConfig
    ) throws -> [FleetEntry] {
        var entries = entries(shown)
        for (index, override) in (config.overrides ?? []).enumerated() where entries.indices.contains(index) {
            entries[index].launch.keyName = override.keyName
            entries[index].launch.blockDeviceMappings = try override.blockDeviceMappings?.map {
                try LaunchTemplateData.converted($0)
            }
            entries[index].launch.iamInstanceProfile = override.iamInstanceProfile.map { .init(arn: $0.arn, name: $0.name) }
            entries[index].launch.metadataOptions = try override.metadataOptions.map { try LaunchTemplateData.converted($0) }
            if let placement = override.placement {
                var own = placement
                own.availabilityZone = override.availabilityZone ?? placement.availabilityZone
                own.availabilityZoneId = override.availabilityZoneId ?? placement.availabilityZoneId
                entries[index].launch.placement = own
            }
        }
        if let data = config.launchTemplateSpecification?.launchTemplateSpecificationUserData {
            for index in entries.indices { entries[index].launch.userData = data }
        }
        return entries
    }
}
