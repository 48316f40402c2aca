import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    public func runInstances(_ request: RunInstancesRequest, _ context: Context) throws -> Reservation {
        try context.once(request, recalling: { try reservation($0, context) }) { try launch(request, context) }
    }

    /// - Returns: the reservation's id, and the reservation.
    private func launch(_ request: RunInstancesRequest, _ context: Context) throws -> (String, Reservation) {
        var (input, template) = try request.resolved(context)
        input.imageId = try ImageParameter.resolve(input.imageId, context)
        try input.checkCounts()
        let tags = try TagSpecifications(
            input.tagSpecifications, allowed: .instance, .volume, .networkInterface)
        let settings = try LaunchSettings(input, context)
        let placement = try GroupPlacement(input.placement, context)
        input.follow(placement)
        let devices = try BlockDevices(settings.visible, input.blockDeviceMappings, context)
        let network = try LaunchNetwork(input, settings.type, context)
        let reserved = try ReservedCapacity(
            ReservedCapacity.Wanted(input, settings, network, placementGroup: placement?.name ?? ""), context)
        let count = try VcpuLimits.admit(
            settings.type, minimum: input.minCount,
            maximum: try reserved.most(of: input.maxCount, minimum: input.minCount),
            reserved: reserved.places.count, context)
        try placement?.check(
            settings.type, zone: network.subnet.zone, count: count,
            tenancy: input.placement?.tenancy?.rawValue ?? network.tenancy)
        let partitions = placement?.partitions(count)

        try devices.checkQuota(instances: count, context)

        let reservation = context.ids.resource("r")
        let ids = (0..<count).map { _ in context.ids.resource("i") }
        let addresses = try network.create(for: ids, tags, context)
        let instances = ids.indices.map { index in
            var instance = InstanceRecord(
                input, settings, network, id: ids[index], reservation: reservation, index: index, address: addresses[index],
                context)
            instance.placementGroup = placement?.name ?? ""
            instance.options.placementGroupId = placement?.group.groupId
            instance.options.partitionNumber = partitions?[index]
            instance.options.runsIn = index < reserved.places.count ? reserved.places[index] : nil
            return instance
        }
        let volumes = instances.flatMap { instance in devices.disks.map { VolumeRecord($0, of: instance, context) } }
        try InstanceRecord.insert(instances, context)
        try VolumeRecord.insert(volumes, context)
        try settings.visible.noteLaunch(context)
        for instance in instances { try tags.apply(.instance, to: instance.id, context) }
        if let template { try template.mark(instances.map(\.id), context) }
        for volume in volumes { try tags.apply(.volume, to: volume.id, context) }
        var shapes = try InstanceRecord.shapes(instances, context)
        for index in shapes.indices { shapes[index].becomeNewborn() }
        return (
            reservation, Reservation(reservationId: reservation, ownerId: context.account, groups: [], instances: shapes)
        )
    }

    /// What an earlier launch made, as it is now.
    private func reservation(_ id: String, _ context: Context) throws -> Reservation {
        let instances = try InstanceRecord.all(context, "AND reservation = ?", [id])
        // https://github.com/boto/boto3/issues/4406
        guard instances.contains(where: { $0.phase != .terminate }) else {
            throw AWSError(
                "IdempotentInstanceTerminated",
                "The client token you have provided is associated with a terminated instance. Please use a different client token."
            )
        }
        return Reservation(
            reservationId: id, ownerId: context.account, groups: [], instances: try InstanceRecord.shapes(instances, context))
    }
}

extension RunInstancesRequest {
    fileprivate func checkCounts() throws {
        for (value, name) in [(minCount, "minCount"), (maxCount, "maxCount")] where value < 1 {
            throw AWSError(
                "InvalidParameterValue",
                "Value ( \(value) ) for parameter \(name) is invalid. Expecting a value greater than or equal to 1.")
        }
        guard minCount <= maxCount else {
            throw AWSError("InvalidParameterCombination", "The parameter MinCount may not exceed MaxCount.")
        }
    }
}

extension RunInstancesRequest {
    /// Launches into a cluster group go to the zone of its instances, unless they say where.
    fileprivate mutating func follow(_ group: GroupPlacement?) {
        guard let zone = group?.zone, subnetId?.isEmpty ?? true, networkInterfaces?.isEmpty ?? true,
            placement?.availabilityZone?.isEmpty ?? true, placement?.availabilityZoneId?.isEmpty ?? true
        else { return }
        placement?.availabilityZone = zone
    }
}

extension ReservedCapacity.Wanted {
    fileprivate init(
        _ input: RunInstancesRequest, _ settings: LaunchSettings, _ network: LaunchNetwork, placementGroup: String
    ) {
        self.init(
            type: settings.type.name,
            platform: InstanceRecord.reservationPlatform(settings.image.platformDetails ?? "Linux/UNIX"),
            zone: network.subnet.zone, tenancy: input.placement?.tenancy?.rawValue ?? network.tenancy,
            preference: InstanceOptions.preference(input.capacityReservationSpecification),
            target: settings.options.capacityReservation, group: settings.options.capacityReservationGroup,
            placementGroup: placementGroup, isSpot: input.instanceMarketOptions?.marketType == "spot",
            isBlock: settings.options.isBlock ?? false)
    }
}

extension Instance {
    /// At launch AWS doesn't know the public address and the volumes yet.
    fileprivate mutating func becomeNewborn() {
        state = LifeState.pending.shape
        stateReason = StateReason(code: "pending", message: "pending")
        publicIpAddress = nil
        publicDnsName = ""
        blockDeviceMappings = []
        metadataOptions?.state = "pending"
        if monitoring?.state == "enabled" { monitoring?.state = "pending" }
        for index in (networkInterfaces ?? []).indices {
            networkInterfaces?[index].association = nil
            networkInterfaces?[index].attachment?.status = "attaching"
            for address in (networkInterfaces?[index].privateIpAddresses ?? []).indices {
                networkInterfaces?[index].privateIpAddresses?[address].association = nil
            }
        }
    }
}

extension InstanceRecord {
    fileprivate init(
        _ input: RunInstancesRequest, _ settings: LaunchSettings, _ network: LaunchNetwork, id: String, reservation: String,
        index: Int, address: String, _ context: Context
    ) {
        let subnet = network.subnet
        self.init(
            id: id, reservation: reservation, launchIndex: index, image: input.imageId ?? "",
            type: settings.type.name, keyName: input.keyName.flatMap { $0.isEmpty ? nil : $0 }, zone: subnet.zone,
            vpc: subnet.vpcId, subnet: subnet.id, privateAddress: address,
            createdAt: context.now.wholeSecond, phase: .start, phaseAt: context.now, previousState: LifeState.pending.rawValue,
            doomedAt: nil,
            isReleased: false, reason: "", launchedAt: context.now.wholeSecond,
            architecture: settings.image.architecture?.rawValue ?? "",
            rootDevice: settings.image.rootDeviceName ?? "", isWindows: settings.image.isWindows,
            platformDetails: settings.image.platformDetails ?? "Linux/UNIX",
            usageOperation: settings.image.usageOperation ?? "RunInstances",
            bootMode: settings.image.bootMode?.rawValue,
            tenancy: input.placement?.tenancy?.rawValue ?? network.tenancy,
            coreCount: settings.coreCount, threadsPerCore: settings.threadsPerCore, credits: settings.credits,
            isMonitored: input.monitoring?.enabled ?? false, isEbsOptimized: settings.isEbsOptimized,
            isSpot: input.instanceMarketOptions?.marketType == "spot", clientToken: input.clientToken ?? "",
            profileArn: settings.profile?.arn, profileId: settings.profile?.id, userData: settings.userData,
            protectsTermination: input.disableApiTermination ?? false, protectsStop: input.disableApiStop ?? false,
            shutdownBehavior: input.instanceInitiatedShutdownBehavior?.rawValue ?? "stop",
            httpTokens: settings.metadata.tokens, httpHopLimit: settings.metadata.hopLimit,
            httpEndpoint: settings.metadata.endpoint, httpIPv6: settings.metadata.ipv6, httpTags: settings.metadata.tags,
            isEnclave: input.enclaveOptions?.enabled ?? false, hibernates: input.hibernationOptions?.configured ?? false,
            hostnameType: input.privateDnsNameOptions?.hostnameType?.rawValue ?? subnet.hostnameType,
            dnsA: input.privateDnsNameOptions?.enableResourceNameDnsARecord ?? subnet.hasDnsARecord,
            dnsAAAA: input.privateDnsNameOptions?.enableResourceNameDnsAAAARecord ?? subnet.hasDnsAAAARecord,
            autoRecovery: input.maintenanceOptions?.autoRecovery?.rawValue ?? "default",
            placementGroup: "",
            capacityPreference: InstanceOptions.preference(input.capacityReservationSpecification),
            options: settings.options)
    }
}

extension VolumeRecord {
    fileprivate init(_ disk: BlockDevices.Disk, of instance: InstanceRecord, _ context: Context) {
        self.init(
            id: context.ids.resource("vol"), zone: instance.zone, size: disk.size, type: disk.type, iops: disk.iops,
            throughput: disk.throughput, snapshot: disk.snapshot, isEncrypted: disk.isEncrypted, kmsKey: disk.kmsKey,
            createdAt: context.now, instance: instance.id, device: disk.device, attachedAt: context.now.wholeSecond,
            deletesOnTermination: disk.deletesOnTermination, state: .inUse, attachmentState: .attached)
    }
}
