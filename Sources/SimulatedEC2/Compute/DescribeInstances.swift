import AWSCore
import EC2API
import GRDB
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func describeInstances(_ input: DescribeInstancesRequest, _ context: Context) throws -> DescribeInstancesResult {
        let paging = try Paging(input, ids: input.instanceIds, named: "instancesSet", context)
        if !paging.isWhole, input.filters?.isEmpty ?? true, input.instanceIds?.isEmpty ?? true {
            let page = try paging.page(of: InstanceRecord.self)
            let instances = try InstanceRecord.shapes(page.items, context)
            return DescribeInstancesResult(
                nextToken: page.nextToken,
                reservations: InstanceRecord.reservations(Array(zip(page.items, instances)), context))
        }
        let records = try InstanceRecord.list(input.instanceIds, context)
        let test = try InstanceRecord.filters.predicate(input.filters, context)
        let known = try InstanceRecord.described(records, input.instanceIds ?? [], context)
        if input.filters?.isEmpty ?? true, paging.isWhole {
            return DescribeInstancesResult(reservations: known.reservations)
        }
        let network = try InstanceView.Network(input.filters, context)
        let matching = records.indices.filter {
            test(InstanceView(record: records[$0], instance: known.instances[$0], network: network))
        }
        let page = try paging.page(matching, of: .instance) { records[$0].id }
        return DescribeInstancesResult(
            nextToken: page.nextToken,
            reservations: InstanceRecord.reservations(page.items.map { (records[$0], known.instances[$0]) }, context))
    }
}

/// The input of the instance filters.
struct InstanceView {
    let record: InstanceRecord
    let instance: Instance
    let network: Network

    /// Data about instances' interfaces that DescribeInstances doesn't show.
    struct Network {
        private var tags = TagIndex.none
        private var addresses: [String: AddressRecord] = [:]

        /// Reads only the data that the filters need.
        init(_ filters: [Filter]?, _ context: Context) throws {
            let names = filters?.compactMap(\.name) ?? []
            if names.contains(where: { $0.hasPrefix("network-interface.tag-") }) {
                tags = try TagIndex(.networkInterface, context)
            }
            if names.contains(where: { $0.hasSuffix("allocation-id") || $0.hasSuffix("association.association-id") }) {
                for address in try AddressRecord.all(context, "AND interface_id IS NOT NULL") {
                    addresses[address.interfaceId ?? ""] = address
                }
            }
        }

        func tags(_ instance: Instance) -> [Tag] {
            (instance.networkInterfaces ?? []).flatMap { tags[$0.networkInterfaceId ?? ""] }
        }

        func addresses(_ instance: Instance) -> [AddressRecord] {
            (instance.networkInterfaces ?? []).compactMap { addresses[$0.networkInterfaceId ?? ""] }
        }
    }
}

// MARK: Rendering

extension InstanceRecord {
    fileprivate struct Described: Sendable {
        var instances: [Instance] = []
        var reservations: [Reservation] = []
    }

    /// Returns instances in the API's form, which is cached: only their states change with the time.
    /// - Parameter ids: the requested ids; empty for all instances.
    fileprivate static func described(
        _ records: [InstanceRecord], _ ids: [String], _ context: Context
    ) throws -> Described {
        let states = records.map { $0.state(context) }
        let key = ReadKey(Described.self, context, String(decoding: states.map { UInt8($0.rawValue) }, as: UTF8.self), ids)
        return try context.reading(key) {
            let instances = try shapes(records, context)
            return Described(instances: instances, reservations: reservations(Array(zip(records, instances)), context))
        }
    }

    fileprivate static func reservations(
        _ instances: [(InstanceRecord, Instance)], _ context: Context
    ) -> [Reservation] {
        var reservations: [Reservation] = []
        var places: [String: Int] = [:]
        for (record, instance) in instances {
            if let place = places[record.reservation] {
                reservations[place].instances?.append(instance)
            } else {
                places[record.reservation] = reservations.count
                reservations.append(
                    Reservation(reservationId: record.reservation, ownerId: context.account, groups: [], instances: [instance]))
            }
        }
        return reservations
    }

    /// Up to this many instances are read one by one, so that the cost doesn't depend on the account's other instances.
    private static let few = 20

    /// Returns instances in the API's form. For many instances it uses a fixed number of statements.
    static func shapes(_ records: [InstanceRecord], _ context: Context) throws -> [Instance] {
        guard !records.isEmpty else { return [] }
        if records.count > 1, records.count <= few { return try records.flatMap { try shapes([$0], context) } }
        let ids = records.map(\.id)
        let interfaces = try InstanceNetwork.interfaces(of: ids, context)
        let volumes = try VolumeRecord.attached(to: ids, context)
        let tags = try TagIndex(.instance, ids: ids, context)
        let zones = AWSRegion.current(context).zones
        return records.map { record in
            record.shape(
                interfaces: interfaces[record.id] ?? [], volumes: volumes[record.id] ?? [], tags: tags[record.id],
                zoneId: zones.first { $0.name == record.zone }?.id, context)
        }
    }

    private func shape(
        interfaces: [InstanceNetworkInterface], volumes: [VolumeRecord], tags: [Tag], zoneId: String?, _ context: Context
    ) -> Instance {
        let state = state(context)
        let isGone = state == .terminated
        var instance = Instance()
        instance.instanceId = id
        instance.imageId = image
        instance.state = state.shape
        instance.stateReason = stateReason(state)
        instance.stateTransitionReason = reason
        instance.keyName = keyName
        instance.amiLaunchIndex = launchIndex
        instance.productCodes = []
        instance.instanceType = InstanceType(type)
        instance.launchTime = launchedAt
        instance.placement = Placement(
            availabilityZoneId: zoneId, affinity: options.affinity, groupName: placementGroup,
            partitionNumber: options.partitionNumber, hostId: options.host, tenancy: Tenancy(tenancy),
            groupId: options.placementGroupId,
            availabilityZone: zone)
        instance.platform = isWindows ? "windows" : nil
        instance.monitoring = Monitoring(state: isMonitored ? "enabled" : "disabled")
        instance.architecture = ArchitectureValues(architecture)
        instance.rootDeviceType = "ebs"
        instance.rootDeviceName = rootDevice
        instance.blockDeviceMappings = volumes.map(\.mapping)
        instance.virtualizationType = "hvm"
        instance.clientToken = clientToken
        instance.tags = tags.orNone
        instance.hypervisor = "xen"
        instance.ebsOptimized = isEbsOptimized
        instance.enaSupport = options.enaSupport ?? true
        instance.iamInstanceProfile = profileArn.map { IamInstanceProfile(arn: $0, id: profileId) }
        instance.instanceLifecycle = isSpot ? "spot" : options.isBlock == true ? "capacity-block" : nil
        instance.spotInstanceRequestId = options.spotRequest
        instance.cpuOptions = CpuOptions(
            coreCount: coreCount, threadsPerCore: threadsPerCore,
            amdSevSnp: options.amdSevSnp.map { AmdSevSnpSpecification($0) },
            nestedVirtualization: options.nestedVirtualization.map { NestedVirtualizationSpecification($0) })
        instance.capacityReservationSpecification = CapacityReservationSpecificationResponse(
            capacityReservationPreference: capacityPreference.orNil.map { CapacityReservationPreference($0) },
            capacityReservationTarget: options.capacityReservation.map {
                CapacityReservationTargetResponse(capacityReservationId: $0)
            }
                ?? options.capacityReservationGroup.map {
                    CapacityReservationTargetResponse(capacityReservationResourceGroupArn: $0)
                })
        instance.capacityReservationId = reservationInUse(context)
        instance.licenses = options.licenses?.map { LicenseConfiguration(licenseConfigurationArn: $0) }
        instance.hibernationOptions = HibernationOptions(configured: hibernates)
        instance.metadataOptions = metadataOptions
        instance.enclaveOptions = EnclaveOptions(enabled: isEnclave)
        instance.bootMode = bootMode.map { BootModeValues($0) }
        instance.currentInstanceBootMode = bootMode?.hasPrefix("uefi") == true && !isXen ? "uefi" : "legacy-bios"
        instance.platformDetails = platformDetails
        instance.usageOperation = usageOperation
        instance.usageOperationUpdateTime = createdAt
        instance.maintenanceOptions = InstanceMaintenanceOptions(
            autoRecovery: InstanceAutoRecoveryState(autoRecovery),
            rebootMigration: InstanceRebootMigrationState(options.rebootMigration ?? "default"))
        instance.networkPerformanceOptions = InstanceNetworkPerformanceOptions(
            bandwidthWeighting: InstanceBandwidthWeighting(options.bandwidthWeighting ?? "default"))
        instance.tpmSupport = options.tpmSupport
        instance.operator = OperatorResponse(managed: false)
        instance.networkInterfaces = interfaces
        if isGone {
            instance.metadataOptions?.state = "pending"
            instance.privateDnsName = ""
            instance.publicDnsName = ""
            instance.securityGroups = []
            return instance
        }
        instance.privateDnsNameOptions = PrivateDnsNameOptionsResponse(
            hostnameType: HostnameType(hostnameType), enableResourceNameDnsARecord: dnsA,
            enableResourceNameDnsAAAARecord: dnsAAAA)
        let primary = interfaces.first
        instance.subnetId = subnet
        instance.vpcId = vpc
        instance.privateIpAddress = privateAddress.orNil
        instance.ipv6Address = primary?.ipv6Addresses?.first?.ipv6Address
        instance.privateDnsName = privateDnsName(context)
        instance.publicIpAddress = primary?.association?.publicIp
        instance.publicDnsName = primary?.association?.publicDnsName ?? ""
        instance.sourceDestCheck = primary?.sourceDestCheck ?? true
        instance.securityGroups = primary?.groups ?? []
        return instance
    }

    /// Older generations run on Xen, which has no UEFI.
    private var isXen: Bool {
        ["t1.", "t2.", "m1.", "m3.", "m4.", "c1.", "c3.", "c4.", "r3.", "r4."].contains { type.hasPrefix($0) }
    }

    private func privateDnsName(_ context: Context) -> String {
        if hostnameType == "resource-name" { return "\(id).\(HostNames.privateDomain(context.region))" }
        return IPv4Block.address(privateAddress).map { HostNames.privateName($0, context.region) } ?? ""
    }
}
