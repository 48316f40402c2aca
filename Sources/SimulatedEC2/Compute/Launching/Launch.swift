import AWSCore
import EC2API
import SimulatorCore

/// A validated launch of RunInstances, a Spot request or a fleet.
struct Launch {
    private(set) var input: RunInstancesRequest
    let settings: LaunchSettings
    let network: LaunchNetwork
    let count: Int
    /// The Spot terms; nil for an On-Demand launch.
    let spot: SpotTerms?
    private let template: LaunchTemplateVersion?
    private let tags: TagSpecifications
    private let placement: GroupPlacement?
    private let hosts: HostPlacement?
    private let devices: BlockDevices
    private let reserved: ReservedCapacity

    /// Validates the launch without changing anything.
    /// - Parameter isOfSpotRequest: whether a Spot request or a fleet launches, not RunInstances.
    /// - Throws: AWS's errors for launches that are not possible.
    init(_ request: RunInstancesRequest, isOfSpotRequest: Bool = false, _ context: Context) throws {
        (input, template) = try request.resolved(context)
        input.imageId = try ImageParameter.resolve(input.imageId, context)
        try input.checkCounts()
        tags = try TagSpecifications(
            input.tagSpecifications, allowed: .instance, .volume, .networkInterface, Resource.spotInstanceRequest.kind)
        settings = try LaunchSettings(input, context)
        placement = try GroupPlacement(input.placement, context)
        input.follow(zone: placement?.zone)
        try input.followHost(context)
        devices = try BlockDevices(settings.visible, input.blockDeviceMappings, context)
        network = try LaunchNetwork(input, settings.type, context)
        spot = try SpotTerms(input, settings, zone: network.subnet.zone, isOfRequest: isOfSpotRequest, context)
        reserved = try ReservedCapacity(
            ReservedCapacity.Wanted(input, settings, network, placementGroup: placement?.name ?? ""), context)
        count = try VcpuLimits.admit(
            settings.type, isSpot: spot != nil, minimum: input.minCount,
            maximum: try reserved.most(of: input.maxCount, minimum: input.minCount),
            reserved: reserved.places.count, context)
        let tenancy = input.placement?.tenancy?.rawValue ?? network.tenancy
        try placement?.check(settings.type, zone: network.subnet.zone, count: count, tenancy: tenancy)
        hosts = try HostPlacement(
            input.placement, tenancy: tenancy, settings.type, zone: network.subnet.zone, count: count, context)
        try devices.checkQuota(instances: count, context)
    }

    /// Creates the instances, their interfaces and volumes.
    /// - Parameters:
    ///   - request: the Spot request of the only instance; without it, each Spot Instance gets its own request.
    ///   - fleet: the fleet that launches.
    func carryOut(
        for request: String? = nil, of fleet: String? = nil, _ context: Context
    ) throws -> (reservation: String, instances: [InstanceRecord]) {
        let partitions = placement?.partitions(count)
        let reservation = context.ids.resource("r")
        let ids = (0..<count).map { _ in context.ids.resource("i") }
        let addresses = try network.create(for: ids, tags, context)
        var instances = ids.indices.map { index in
            var instance = InstanceRecord(
                input, settings, network, id: ids[index], reservation: reservation, index: index, address: addresses[index],
                context)
            instance.placementGroup = placement?.name ?? ""
            instance.options.placementGroupId = placement?.group.groupId
            instance.options.partitionNumber = partitions?[index]
            instance.options.runsIn = index < reserved.places.count ? reserved.places[index] : nil
            instance.options.host = hosts?.hosts[index]
            instance.options.affinity = hosts?.affinity
            instance.options.fleet = fleet
            return instance
        }
        if let spot {
            for index in instances.indices {
                instances[index].options.spotRequest =
                    try request ?? SpotInstanceRequest.make(spot, for: instances[index], self, tags, context)
                instances[index].options.spotIsPersistent = spot.isPersistent ? true : nil
                instances[index].options.spotInterruption = spot.interruption == .terminate ? nil : spot.interruption.rawValue
            }
        }
        let volumes = instances.flatMap { instance in devices.disks.map { VolumeRecord($0, of: instance, context) } }
        try InstanceRecord.insert(instances, context)
        try VolumeRecord.insert(volumes, context)
        try settings.visible.noteLaunch(context)
        for instance in instances { try tags.apply(.instance, to: instance.id, context) }
        if let template { try template.mark(instances.map(\.id), context) }
        if let fleet {
            for instance in instances { try Tags.set([Tags.Tag("aws:ec2:fleet-id", fleet)], on: instance.id, context) }
        }
        for volume in volumes { try tags.apply(.volume, to: volume.id, context) }
        return (reservation, instances)
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
    /// Sets the zone of a cluster group's instances, or of the host, unless the request specifies a place.
    fileprivate mutating func follow(zone: String?) {
        guard let zone, subnetId?.isEmpty ?? true, networkInterfaces?.isEmpty ?? true,
            placement?.availabilityZone?.isEmpty ?? true, placement?.availabilityZoneId?.isEmpty ?? true
        else { return }
        placement?.availabilityZone = zone
    }

    /// Sets the host's zone, and by default its tenancy, if the request names a host.
    fileprivate mutating func followHost(_ context: Context) throws {
        guard let id = placement?.hostId, !id.isEmpty else { return }
        let host = try Resource.host.present(id, context).shape
        if placement?.tenancy == nil { placement?.tenancy = .host }
        follow(zone: host.availabilityZone)
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
