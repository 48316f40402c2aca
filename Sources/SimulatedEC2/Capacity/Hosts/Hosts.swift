import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html

extension Resource where S == Host {
    static let host = Resource(
        ResourceKind(
            "h", type: "dedicated-host", code: "InvalidHostID", notFound: "The host ID '%' does not exist.",
            conditions: Host.conditions),
        id: \.hostId, tags: \.tags,
        life: LifeCycle(
            show: { $0.state = AllocationState($1) }, initial: "available", deleting: "released",
            steps: ["released": .init(after: InstanceTimes.memory, isFixed: true) { _, _ in nil }], gone: []),
        filters: Host.filters
    ).owned(by: \.ownerId)
}

// MARK: Handlers

extension EC2Simulation {
    public func allocateHosts(_ input: AllocateHostsRequest, _ context: Context) throws -> AllocateHostsResult {
        let ids = try context.once(input, recalling: { $0.split(separator: " ").map(String.init) }) {
            let host = try Host.asked(input, context)
            let tags = try TagSpecifications(input.tagSpecifications, allowed: Resource.host.kind)
            let count = input.quantity ?? 1
            guard count >= 1 else { throw AWSError.invalidValue("\(count)", for: "quantity") }
            let family = host.hostProperties?.instanceFamily ?? Host.family(host.hostProperties?.instanceType)
            let others = try Host.present(context).filter {
                ($0.hostProperties?.instanceFamily ?? Host.family($0.hostProperties?.instanceType)) == family
            }
            guard others.count + count <= Host.limit else {
                throw AWSError(
                    "HostLimitExceeded",
                    "You've reached the limit on the number of Dedicated Hosts that you can allocate for the family \(family).")
            }
            let made = try (0..<count).map { _ in
                var own = host
                let id = Resource.host.kind.newId(context.ids)
                own.hostId = id
                own.ownerId = context.account
                Resource.host.life.show(&own, "available")
                try Resource.host.insert(own, phase: "available", context)
                try tags.apply(Resource.host.kind, to: id, context)
                return id
            }
            return (made.joined(separator: " "), made)
        }
        return AllocateHostsResult(hostIds: ids)
    }

    public func describeHosts(_ input: DescribeHostsRequest, _ context: Context) throws -> DescribeHostsResult {
        let instances = try HostedInstances(context)
        let page = try context.describe(.host, input, ids: input.hostIds, named: "hostIdSet") { host in
            host.show(instances.on(host.hostId ?? ""), context)
        }
        return DescribeHostsResult(hosts: page.items, nextToken: page.nextToken)
    }

    public func modifyHosts(_ input: ModifyHostsRequest, _ context: Context) throws -> ModifyHostsResult {
        guard !input.hostIds.isEmpty else { throw AWSError.missingParameter("hostId") }
        guard
            input.autoPlacement != nil || input.hostRecovery != nil || input.hostMaintenance != nil || input.instanceType != nil
                || input.instanceFamily != nil
        else { throw AWSError.missingParameter("autoPlacement") }
        if input.instanceType != nil, input.instanceFamily != nil {
            throw AWSError.invalidCombination("InstanceType and InstanceFamily cannot be specified together.")
        }
        let instances = try HostedInstances(context)
        let (done, failed) = try Host.each(input.hostIds, context) { stored in
            var host = stored.shape
            if let placement = input.autoPlacement { host.autoPlacement = placement }
            if let recovery = input.hostRecovery { host.hostRecovery = recovery }
            if let maintenance = input.hostMaintenance { host.hostMaintenance = maintenance }
            if input.instanceType != nil || input.instanceFamily != nil {
                let wanted = try Host.properties(type: input.instanceType, family: input.instanceFamily)
                let family = input.instanceFamily ?? Host.family(input.instanceType)
                guard family == host.hostProperties?.instanceFamily ?? Host.family(host.hostProperties?.instanceType) else {
                    throw AWSError(
                        "InvalidHostConfiguration", "A Dedicated Host can be modified only within its instance family.")
                }
                // The existing instances must still fit after the change.
                let others = instances.on(host.hostId ?? "")
                guard input.instanceFamily != nil || others.allSatisfy({ $0.type == input.instanceType }) else {
                    throw AWSError(
                        "InvalidHostConfiguration", "The Dedicated Host has running instances of another instance type.")
                }
                host.hostProperties = wanted
                host.allowsMultipleInstanceTypes = input.instanceFamily == nil ? .off : .on
            }
            stored.shape = host
            try Resource.host.write(stored, context)
        }
        return ModifyHostsResult(successful: done, unsuccessful: failed)
    }

    public func releaseHosts(_ input: ReleaseHostsRequest, _ context: Context) throws -> ReleaseHostsResult {
        guard !input.hostIds.isEmpty else { throw AWSError.missingParameter("hostId") }
        let instances = try HostedInstances(context)
        let (done, failed) = try Host.each(input.hostIds, context) { stored in
            let id = stored.shape.hostId ?? ""
            guard instances.on(id).isEmpty else { throw AWSError.hostOccupied(id) }
            stored.shape.releaseTime = context.now.wholeSecond
            try Resource.host.move(&stored, to: "released", at: context.now, context)
        }
        return ReleaseHostsResult(successful: done, unsuccessful: failed)
    }
}

extension Host {
    /// Assumed: AWS has quotas by family; this limit is generous.
    static let limit = 100

    /// Returns the requested host.
    fileprivate static func asked(_ input: AllocateHostsRequest, _ context: Context) throws -> Host {
        if input.outpostArn?.isEmpty == false || input.assetIds?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "AllocateHosts on an Outpost")
        }
        let type = input.instanceType.flatMap { $0.isEmpty ? nil : $0 }
        let family = input.instanceFamily.flatMap { $0.isEmpty ? nil : $0 }
        guard (type == nil) != (family == nil) else {
            throw AWSError.invalidCombination("Specify either InstanceType or InstanceFamily.")
        }
        let zones = AWSRegion.current(context).zones
        let wanted = input.availabilityZone ?? input.availabilityZoneId
        guard let wanted, !wanted.isEmpty else { throw AWSError.missingParameter("availabilityZone") }
        guard let zone = zones.first(where: { $0.name == wanted || $0.id == wanted }) else {
            throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(wanted)]")
        }
        var host = Resource<Host>.empty
        host.hostProperties = try properties(type: type, family: family)
        let offered = HostCapacity.types(of: family ?? Self.family(type)).filter {
            InstanceTypeOfferings.offers($0, zone: zone.name, region: context.region)
        }
        guard !offered.isEmpty else {
            throw AWSError(
                "UnsupportedHostConfiguration",
                "The instance family \(family ?? Self.family(type)) is not supported in the Availability Zone \(zone.name).")
        }
        host.availabilityZone = zone.name
        host.availabilityZoneId = zone.id
        host.allocationTime = context.now.wholeSecond
        host.autoPlacement = input.autoPlacement ?? .off
        host.hostRecovery = input.hostRecovery ?? .off
        host.hostMaintenance = input.hostMaintenance ?? .off
        host.allowsMultipleInstanceTypes = family == nil ? .off : .on
        host.memberOfServiceLinkedResourceGroup = false
        host.clientToken = input.clientToken
        if let snp = input.cpuOptions?.amdSevSnp { host.cpuOptions = HostCpuOptions(amdSevSnp: snp) }
        return host
    }

    fileprivate static func properties(type: String?, family: String?) throws -> HostProperties {
        if let type { _ = try LaunchSettings.type(named: type) }
        let name = family ?? Self.family(type)
        let types = HostCapacity.types(of: name)
        guard !types.isEmpty, type == nil || types.contains(where: { $0.name == type }) else {
            throw AWSError(
                "UnsupportedHostConfiguration", "The \(type ?? name) instance type is not supported on Dedicated Hosts.")
        }
        let capacity = HostCapacity(name)
        return HostProperties(
            cores: capacity.cores, instanceType: type, instanceFamily: family, sockets: capacity.sockets,
            totalVCpus: capacity.vCPUs)
    }

    static func family(_ type: String?) -> String { String((type ?? "").prefix { $0 != "." }) }

    /// Returns the hosts that are not released.
    static func present(_ context: Context) throws -> [Host] {
        try Resource.host.all(context).filter { $0.phase == "available" }.map(\.shape)
    }

    /// Changes each host separately.
    /// - Returns: the ids of the changed hosts, and the errors of the others.
    fileprivate static func each(
        _ ids: [String], _ context: Context, _ change: (inout Stored<Host>) throws -> Void
    ) throws -> (done: [String], failed: [UnsuccessfulItem]) {
        var done: [String] = [], failed: [UnsuccessfulItem] = []
        for id in ids {
            do {
                var stored = try Resource.host.get(id, context)
                guard stored.phase == "available" else { throw Resource.host.kind.notFound(id) }
                try change(&stored)
                done.append(id)
            } catch let error as AWSError {
                // AWS prefixes error codes in such lists with `Client.`.
                failed.append(
                    UnsuccessfulItem(error: .init(code: "Client." + error.code, message: error.message), resourceId: id))
            }
        }
        return (done, failed)
    }

    /// Sets the fields that depend on the host's instances.
    fileprivate mutating func show(_ own: [InstanceRecord], _ context: Context) {
        let capacity = HostCapacity(hostProperties?.instanceFamily ?? Self.family(hostProperties?.instanceType))
        instances = own.map { HostInstance(instanceId: $0.id, instanceType: $0.type, ownerId: context.account) }
        guard state == .available else { return }
        let used = own.reduce(0) { $0 + HostCapacity.vCPUs(of: $1.type) }
        let left = max(capacity.vCPUs - used, 0)
        let types = HostCapacity.types(of: hostProperties?.instanceFamily ?? Self.family(hostProperties?.instanceType))
            .filter { hostProperties?.instanceType == nil || hostProperties?.instanceType == $0.name }
        availableCapacity = AvailableCapacity(
            availableInstanceCapacity: types.map {
                InstanceCapacity(
                    availableCapacity: left / max($0.vCPUs, 1), instanceType: $0.name,
                    totalCapacity: capacity.vCPUs / max($0.vCPUs, 1))
            }, availableVCpus: left)
    }

    fileprivate static let filters: [String: @Sendable (Host) -> [String?]] = [
        "instance-type": { [$0.hostProperties?.instanceType] }, "host-reservation-id": { [$0.hostReservationId] },
    ]

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let host = try Resource.host.find(id, context)?.shape else { return [:] }
        return [
            "ec2:AutoPlacement": [host.autoPlacement?.rawValue ?? ""], "ec2:AvailabilityZone": [host.availabilityZone ?? ""],
            "ec2:HostRecovery": [host.hostRecovery?.rawValue ?? ""],
            "ec2:InstanceType": [host.hostProperties?.instanceType ?? ""],
        ]
    }
}

extension AWSError {
    fileprivate static func hostOccupied(_ id: String) -> AWSError {
        AWSError("InvalidHost.Occupied", "Dedicated host '\(id)' cannot be released as it is occupied.")
    }
}
