import AWSCore
import EC2API
import SimulatorCore

// Options that have their own operations to change them.

extension EC2Simulation {
    public func modifyInstanceCpuOptions(
        _ input: ModifyInstanceCpuOptionsRequest, _ context: Context
    ) throws -> ModifyInstanceCpuOptionsResult {
        var instance = try InstanceRecord.changeable(input.instanceId, stopped: true, context)
        guard let type = InstanceTypeTable.figures(of: instance.type) else {
            throw DamagedState("instance '\(instance.id)' has the unknown type '\(instance.type)'")
        }
        guard input.coreCount != nil || input.threadsPerCore != nil || input.nestedVirtualization != nil else {
            throw AWSError.missingParameter("CoreCount")
        }
        if input.coreCount != nil || input.threadsPerCore != nil {
            (instance.coreCount, instance.threadsPerCore) = try LaunchSettings.cpu(
                CpuOptionsRequest(coreCount: input.coreCount, threadsPerCore: input.threadsPerCore), type)
        }
        if let nested = input.nestedVirtualization {
            try InstanceOptions.checkNested(nested, type)
            instance.options.nestedVirtualization = nested.rawValue
        }
        try instance.update(context)
        return ModifyInstanceCpuOptionsResult(
            instanceId: instance.id, coreCount: instance.coreCount, threadsPerCore: instance.threadsPerCore,
            nestedVirtualization: instance.options.nestedVirtualization.map { NestedVirtualizationSpecification($0) })
    }

    public func modifyInstanceMaintenanceOptions(
        _ input: ModifyInstanceMaintenanceOptionsRequest, _ context: Context
    ) throws -> ModifyInstanceMaintenanceOptionsResult {
        var instance = try InstanceRecord.changeable(input.instanceId, context)
        guard input.autoRecovery != nil || input.rebootMigration != nil else {
            throw AWSError.missingParameter("AutoRecovery")
        }
        instance.autoRecovery = input.autoRecovery?.rawValue ?? instance.autoRecovery
        if let migration = input.rebootMigration {
            instance.options.rebootMigration = migration == .default ? nil : migration.rawValue
        }
        try instance.update(context)
        return ModifyInstanceMaintenanceOptionsResult(
            instanceId: instance.id, autoRecovery: InstanceAutoRecoveryState(instance.autoRecovery),
            rebootMigration: InstanceRebootMigrationState(instance.options.rebootMigration ?? "default"))
    }

    public func modifyInstanceNetworkPerformanceOptions(
        _ input: ModifyInstanceNetworkPerformanceRequest, _ context: Context
    ) throws -> ModifyInstanceNetworkPerformanceResult {
        var instance = try InstanceRecord.changeable(input.instanceId, stopped: true, context)
        if let type = InstanceTypeTable.figures(of: instance.type) {
            try InstanceOptions.checkWeighting(input.bandwidthWeighting, type)
        }
        instance.options.bandwidthWeighting =
            input.bandwidthWeighting == .default ? nil : input.bandwidthWeighting.rawValue
        try instance.update(context)
        return ModifyInstanceNetworkPerformanceResult(
            instanceId: instance.id, bandwidthWeighting: input.bandwidthWeighting)
    }

    public func modifyPrivateDnsNameOptions(
        _ input: ModifyPrivateDnsNameOptionsRequest, _ context: Context
    ) throws -> ModifyPrivateDnsNameOptionsResult {
        guard
            input.privateDnsHostnameType != nil || input.enableResourceNameDnsARecord != nil
                || input.enableResourceNameDnsAAAARecord != nil
        else { throw AWSError.missingParameter("PrivateDnsHostnameType") }
        var instance = try InstanceRecord.changeable(input.instanceId, context)
        try SubnetRecord.find(instance.subnet, context)?.checkNames(
            type: input.privateDnsHostnameType, hasARecord: input.enableResourceNameDnsARecord)
        if let type = input.privateDnsHostnameType?.rawValue, type != instance.hostnameType {
            guard instance.state(context) == .stopped else { throw AWSError.notStopped(instance.id) }
            instance.hostnameType = type
        }
        instance.dnsA = input.enableResourceNameDnsARecord ?? instance.dnsA
        instance.dnsAAAA = input.enableResourceNameDnsAAAARecord ?? instance.dnsAAAA
        try instance.update(context)
        return ModifyPrivateDnsNameOptionsResult(return: true)
    }

    public func modifyInstanceCapacityReservationAttributes(
        _ input: ModifyInstanceCapacityReservationAttributesRequest, _ context: Context
    ) throws -> ModifyInstanceCapacityReservationAttributesResult {
        var instance = try InstanceRecord.changeable(input.instanceId, stopped: true, context)
        let specification = input.capacityReservationSpecification
        guard specification.capacityReservationPreference != nil || specification.capacityReservationTarget != nil else {
            throw AWSError.missingParameter("CapacityReservationSpecification")
        }
        let (id, group) = try InstanceOptions.reservation(specification, context)
        instance.options.capacityReservation = id
        instance.options.capacityReservationGroup = group
        instance.capacityPreference = InstanceOptions.preference(specification)
        try instance.update(context)
        return ModifyInstanceCapacityReservationAttributesResult(return: true)
    }

    public func modifyInstancePlacement(
        _ input: ModifyInstancePlacementRequest, _ context: Context
    ) throws -> ModifyInstancePlacementResult {
        guard
            input.affinity != nil || input.hostId != nil || input.tenancy != nil || input.groupName != nil
                || input.groupId != nil || input.partitionNumber != nil || input.hostResourceGroupArn != nil
        else {
            throw AWSError(
                "MissingParameter",
                "At least one attribute for affinity, host ID, tenancy, or placement group name must be specified in the request."
            )
        }
        // Only the affinity may change while the instance runs.
        let isMoved =
            input.hostId != nil || input.tenancy != nil || input.groupName != nil || input.groupId != nil
            || input.partitionNumber != nil || input.hostResourceGroupArn != nil
        var instance = try InstanceRecord.changeable(input.instanceId, stopped: isMoved, context)
        let host = try input.hostId.flatMap { $0.isEmpty ? nil : try Resource.host.present($0, context).shape }
        if input.hostResourceGroupArn?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "ModifyInstancePlacement to a host resource group")
        }
        if let tenancy = input.tenancy?.rawValue, tenancy != instance.tenancy {
            let isAllowed = ["dedicated", "host"].contains(instance.tenancy) && ["dedicated", "host"].contains(tenancy)
            guard isAllowed else {
                throw AWSError(
                    "InvalidRequest", "The tenancy of an instance can't be changed from \(instance.tenancy) to \(tenancy).")
            }
            instance.tenancy = tenancy
            instance.options.host = nil
            instance.options.affinity = tenancy == "host" ? "default" : nil
        }
        if let host {
            guard instance.tenancy == "host" else {
                throw AWSError.invalidCombination("A host ID can be specified only with a tenancy of host.")
            }
            instance.options.host = try HostPlacement.find(
                host.hostId, LaunchSettings.type(named: instance.type), zone: instance.zone, count: 1, context
            ).first
        }
        if let affinity = input.affinity {
            guard instance.tenancy == "host" else {
                throw AWSError.invalidCombination("Affinity can be set only for instances with a tenancy of host.")
            }
            instance.options.affinity = affinity.rawValue
        }
        if input.groupName != nil || input.groupId != nil || input.partitionNumber != nil {
            try instance.move(to: input, context)
        }
        try instance.update(context)
        return ModifyInstancePlacementResult(return: true)
    }
}

extension InstanceRecord {
    /// Moves it into a placement group or partition. An empty group name removes it from its group.
    fileprivate mutating func move(to input: ModifyInstancePlacementRequest, _ context: Context) throws {
        var wanted = Placement(
            groupName: input.groupName, partitionNumber: input.partitionNumber, groupId: input.groupId)
        // A partition without a group refers to the instance's current group.
        if input.groupName == nil, input.groupId == nil { wanted.groupName = placementGroup }
        let target = try GroupPlacement(wanted, moving: id, context)
        try target?.check(try LaunchSettings.type(named: type), zone: zone, count: 1, tenancy: tenancy)
        placementGroup = target?.name ?? ""
        options.placementGroupId = target?.group.groupId
        options.partitionNumber = target?.partitions(1).first ?? nil
    }
}
