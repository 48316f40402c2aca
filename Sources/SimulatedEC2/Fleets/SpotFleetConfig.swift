import AWSCore
import EC2API
import SimulatorCore

// The configuration of a Spot Fleet request. The error codes are documented. The messages are assumed where no user reports them.

extension SpotFleetRequestConfigData {
    /// Returns the configuration as it is stored and shown, with AWS's defaults.
    static func checked(
        _ config: SpotFleetRequestConfigData, isNew: Bool = true, _ context: Context
    ) throws -> SpotFleetRequestConfigData {
        var config = config
        config.type = config.type ?? .maintain
        guard [.request, .maintain].contains(config.type) else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.Type is invalid.")
        }
        let role = config.iamFleetRole ?? ""
        guard role.hasPrefix("arn:\(context.partition):iam::"), role.contains(":role/") else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.IamFleetRole is invalid.")
        }
        guard let total = config.targetCapacity else {
            throw AWSError.missingParameter("SpotFleetRequestConfig.TargetCapacity")
        }
        guard (0...10_000).contains(total) else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.TargetCapacity is invalid.")
        }
        let onDemand = config.onDemandTargetCapacity ?? 0
        guard (0...total).contains(onDemand) else {
            throw AWSError.fleetConfig("The On-Demand target capacity must not exceed the target capacity.")
        }
        config.onDemandTargetCapacity = onDemand
        if config.loadBalancersConfig != nil {
            throw AWSError.notSimulated("ec2", "RequestSpotFleet with load balancers")
        }
        let strategies: [AllocationStrategy] = [
            .lowestPrice, .diversified, .capacityOptimized, .capacityOptimizedPrioritized, .priceCapacityOptimized,
        ]
        config.allocationStrategy = config.allocationStrategy ?? .lowestPrice
        guard config.allocationStrategy.map(strategies.contains) ?? false else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.AllocationStrategy is invalid.")
        }
        config.onDemandAllocationStrategy = config.onDemandAllocationStrategy ?? .lowestPrice
        guard config.instancePoolsToUseCount == nil || config.allocationStrategy == .lowestPrice else {
            throw AWSError.fleetConfig(
                "InstancePoolsToUseCount can be specified only with the lowestPrice allocation strategy.")
        }
        if config.allocationStrategy == .lowestPrice {
            config.instancePoolsToUseCount = config.instancePoolsToUseCount ?? 1
        }
        let policy = config.excessCapacityTerminationPolicy ?? "Default"
        guard ["default", "notermination"].contains(policy.lowercased()) else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.ExcessCapacityTerminationPolicy is invalid.")
        }
        config.excessCapacityTerminationPolicy = policy
        config.instanceInterruptionBehavior = config.instanceInterruptionBehavior ?? .terminate
        guard config.instanceInterruptionBehavior == .terminate || config.type == .maintain else {
            throw AWSError.fleetConfig(
                "The interruption behaviors 'stop' and 'hibernate' are supported only for requests of type maintain.")
        }
        config.replaceUnhealthyInstances = config.replaceUnhealthyInstances ?? false
        config.terminateInstancesWithExpiration = config.terminateInstancesWithExpiration ?? false
        if isNew { try checkTimes(config, context) }
        for price in [config.spotPrice, config.spotMaxTotalPrice, config.onDemandMaxTotalPrice] {
            guard let price, !price.isEmpty else { continue }
            guard InstancePrices.price(price) != nil else { throw AWSError.fleetConfig("The price '\(price)' is invalid.") }
        }
        try config.checkLaunches(context)
        return config
    }

    private static func checkTimes(_ config: SpotFleetRequestConfigData, _ context: Context) throws {
        guard let until = config.validUntil else { return }
        guard until > context.now, config.validFrom.map({ $0 < until }) ?? true else {
            throw AWSError.fleetConfig("Parameter: SpotFleetRequestConfig.ValidUntil is invalid.")
        }
    }

    private func checkLaunches(_ context: Context) throws {
        let specifications = launchSpecifications ?? [], templates = launchTemplateConfigs ?? []
        guard specifications.isEmpty != templates.isEmpty else {
            throw AWSError.fleetConfig(
                specifications.isEmpty
                    ? "Either LaunchSpecifications or LaunchTemplateConfigs must be specified."
                    : "LaunchSpecifications and LaunchTemplateConfigs cannot be specified together.")
        }
        guard specifications.count + templates.count <= 50 else {
            throw AWSError.fleetConfig("A Spot Fleet request can have up to 50 launch specifications.")
        }
        for specification in specifications {
            guard specification.imageId?.isEmpty == false else { throw AWSError.missingParameter("ImageId") }
            for tags in specification.tagSpecifications ?? [] where tags.resourceType?.rawValue != "instance" {
                throw AWSError.fleetConfig("Launch specifications can tag instances only.")
            }
        }
        for config in templates {
            let template = config.launchTemplateSpecification
            guard let version = template?.version, !version.isEmpty else {
                throw AWSError.missingParameter("LaunchTemplateSpecification.Version")
            }
            _ = try LaunchTemplate.stored(
                id: template?.launchTemplateId, name: template?.launchTemplateName, context
            ).shape.version(version, context)
        }
        let requirements =
            specifications.compactMap(\.instanceRequirements)
            + templates.flatMap { $0.overrides ?? [] }.compactMap(\.instanceRequirements)
        for own in requirements { _ = try InstanceSelection(own) }
        let weights =
            specifications.compactMap(\.weightedCapacity)
            + templates.flatMap { $0.overrides ?? [] }.compactMap(\.weightedCapacity)
        guard weights.allSatisfy({ $0 > 0 }) else { throw AWSError.fleetConfig("A weighted capacity must be greater than 0.") }
        guard weights.isEmpty || targetCapacityUnitType ?? .units == .units else {
            throw AWSError.fleetConfig("TargetCapacityUnitType and WeightedCapacity cannot be specified together.")
        }
    }

    fileprivate var entries: [FleetEntry] {
        (launchSpecifications ?? []).map { $0.entry(spotPrice: spotPrice) }
            + (launchTemplateConfigs ?? []).flatMap { $0.entries(spotPrice: spotPrice) }
    }
}

extension SpotFleetLaunchSpecification {
    fileprivate func entry(spotPrice usual: String?) -> FleetEntry {
        var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
        launch.imageId = imageId
        launch.keyName = keyName
        launch.blockDeviceMappings = blockDeviceMappings
        launch.ebsOptimized = ebsOptimized
        launch.iamInstanceProfile = iamInstanceProfile
        launch.kernelId = kernelId
        launch.ramdiskId = ramdiskId
        launch.monitoring = monitoring.map { RunInstancesMonitoringEnabled(enabled: $0.enabled) }
        launch.networkInterfaces = networkInterfaces
        launch.securityGroupIds = securityGroups?.compactMap(\.groupId)
        launch.userData = userData
        if let placement {
            launch.placement = Placement(
                availabilityZoneId: placement.availabilityZoneId, groupName: placement.groupName, tenancy: placement.tenancy,
                availabilityZone: placement.availabilityZone)
        }
        let override = FleetLaunchTemplateOverrides(
            instanceType: instanceType, maxPrice: spotPrice ?? usual, subnetId: subnetId,
            availabilityZone: placement?.availabilityZone, weightedCapacity: weightedCapacity,
            instanceRequirements: instanceRequirements)
        return FleetEntry(
            launch: launch, shown: LaunchTemplateAndOverridesResponse(overrides: override),
            subnets: subnetId?.split(separator: ",").map { String($0.trimmingPrefix(" ")) } ?? [],
            tags: (tagSpecifications ?? []).map { TagSpecification(resourceType: $0.resourceType, tags: $0.tags) })
    }
}

extension LaunchTemplateConfig {
    fileprivate func entries(spotPrice usual: String?) -> [FleetEntry] {
        let own = overrides ?? []
        let shown = FleetLaunchTemplateConfig(
            launchTemplateSpecification: launchTemplateSpecification,
            overrides: own.isEmpty
                ? usual.map { [FleetLaunchTemplateOverrides(maxPrice: $0)] }
                : own.map {
                    FleetLaunchTemplateOverrides(
                        instanceType: $0.instanceType, maxPrice: $0.spotPrice ?? usual, subnetId: $0.subnetId,
                        availabilityZone: $0.availabilityZone, weightedCapacity: $0.weightedCapacity, priority: $0.priority,
                        instanceRequirements: $0.instanceRequirements, availabilityZoneId: $0.availabilityZoneId)
                })
        return FleetEntry.entries(shown)
    }
}

extension FleetGoal {
    init(_ fleet: SpotFleetRequestConfig, _ context: Context) throws {
        guard let config = fleet.spotFleetRequestConfig else {
            throw DamagedState("the Spot Fleet request '\(fleet.spotFleetRequestId ?? "")' has no configuration")
        }
        id = fleet.spotFleetRequestId ?? ""
        total = Double(config.targetCapacity ?? 0)
        onDemand = Double(config.onDemandTargetCapacity ?? 0)
        unit = config.targetCapacityUnitType ?? .units
        let strategy =
            switch config.allocationStrategy?.rawValue {
            case "diversified": "diversified"
            case "capacityOptimized": "capacity-optimized"
            case "capacityOptimizedPrioritized": "capacity-optimized-prioritized"
            case "priceCapacityOptimized": "price-capacity-optimized"
            default: "lowestPrice"
            }
        spotFilling = FleetFilling(
            fleet: id, strategy: strategy, poolsToUse: config.instancePoolsToUseCount ?? 1,
            maxTotalPrice: config.spotMaxTotalPrice.flatMap(Double.init),
            interruption: config.instanceInterruptionBehavior ?? .terminate, operation: "RequestSpotFleet")
        onDemandFilling = FleetFilling(
            fleet: id, strategy: config.onDemandAllocationStrategy == .prioritized ? "prioritized" : "lowestPrice",
            maxTotalPrice: config.onDemandMaxTotalPrice.flatMap(Double.init), operation: "RequestSpotFleet")
        entries = config.entries
        endsExcess = config.excessCapacityTerminationPolicy?.lowercased() != "notermination"
    }
}

extension AWSError {
    fileprivate static func fleetConfig(_ message: String) -> AWSError { AWSError("InvalidSpotFleetRequestConfig", message) }
}
