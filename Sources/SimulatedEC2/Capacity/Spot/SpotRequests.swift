import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-requests.html

extension Resource where S == SpotInstanceRequest {
    static let spotInstanceRequest = Resource(
        ResourceKind(
            "sir", ids: .word, type: "spot-instances-request", code: "InvalidSpotInstanceRequestID",
            notFound: "The spot instance request ID '%' does not exist"),
        id: \.spotInstanceRequestId, tags: \.tags,
        life: LifeCycle(
            show: { $0.state = SpotInstanceState($1) }, initial: "open", deleting: nil,
            steps: [
                "open": .init(when: { $0.nextAttempt(since: $1, $2) }) { try $0.attempt($1) },
                "active": .init(when: { shape, _, context in shape.nextRise(context) }) { try $0.watchPrice($1) },
                "disabled": .init(when: { shape, since, _ in shape.resumption(since: since) }) { try $0.resume($1) },
                "closed": .init(after: SpotInstanceRequest.memory, isFixed: true) { try $0.keep("closed", $1) },
                "cancelled": .init(after: SpotInstanceRequest.memory, isFixed: true) { try $0.keep("cancelled", $1) },
                "failed": .init(after: SpotInstanceRequest.memory, isFixed: true) { try $0.keep("failed", $1) },
            ], gone: []),
        filters: SpotInstanceRequest.filters)
}

// MARK: Handlers

extension EC2Simulation {
    public func requestSpotInstances(
        _ input: RequestSpotInstancesRequest, _ context: Context
    ) throws -> RequestSpotInstancesResult {
        func shown(_ ids: [String]) throws -> RequestSpotInstancesResult {
            RequestSpotInstancesResult(
                spotInstanceRequests: try ids.map {
                    try context.shown(.spotInstanceRequest, Resource.spotInstanceRequest.get($0, context))
                })
        }
        return try context.once(input, recalling: { try shown($0.split(separator: " ").map(String.init)) }) {
            let made = try SpotInstanceRequest.make(input, context)
            return (made.joined(separator: " "), try shown(made))
        }
    }

    public func describeSpotInstanceRequests(
        _ input: DescribeSpotInstanceRequestsRequest, _ context: Context
    ) throws -> DescribeSpotInstanceRequestsResult {
        let page = try context.describe(
            .spotInstanceRequest, input, ids: input.spotInstanceRequestIds, named: "spotInstanceRequestIds")
        return DescribeSpotInstanceRequestsResult(spotInstanceRequests: page.items, nextToken: page.nextToken)
    }

    public func cancelSpotInstanceRequests(
        _ input: CancelSpotInstanceRequestsRequest, _ context: Context
    ) throws -> CancelSpotInstanceRequestsResult {
        guard !input.spotInstanceRequestIds.isEmpty else { throw AWSError.missingParameter("spotInstanceRequestId") }
        let found = try Resource.spotInstanceRequest.list(input.spotInstanceRequestIds, context)
        return CancelSpotInstanceRequestsResult(
            cancelledSpotInstanceRequests: try found.map { stored in
                var stored = stored
                if ["open", "active", "disabled"].contains(stored.phase) {
                    switch stored.phase {
                    case "open": stored.shape.status = .canceledBefore(context)
                    case "active": stored.shape.status = .canceledWhileRunning(context)
                    // The status still says why the instance is stopped.
                    default: break
                    }
                    try Resource.spotInstanceRequest.move(&stored, to: "cancelled", at: context.now, context)
                }
                return CancelledSpotInstanceRequest(
                    spotInstanceRequestId: stored.shape.spotInstanceRequestId,
                    state: CancelSpotInstanceRequestState(stored.phase == "failed" ? "closed" : stored.phase))
            })
    }
}

// MARK: New requests

extension SpotInstanceRequest {
    /// How long EC2 typically evaluates a request before the launch.
    static let evaluation = Duration.seconds(5)
    /// Assumed: how long an ended request is shown, when a request without capacity is evaluated again, and when an interrupted
    /// instance starts again.
    static let memory = Duration.hours(48)
    static let retry = Duration.minutes(5)
    static let recovery = Duration.minutes(10)

    /// The request's launch, in the form of RunInstances.
    static func launch(of id: String) -> AccountDocument<RunInstancesRequest> { AccountDocument("spot-launch/\(id)") }

    /// - Returns: the ids of the new requests, one for each instance.
    fileprivate static func make(_ input: RequestSpotInstancesRequest, _ context: Context) throws -> [String] {
        guard let specification = input.launchSpecification else { throw AWSError.missingParameter("launchSpecification") }
        let count = input.instanceCount ?? 1
        guard (1...1000).contains(count) else {
            throw AWSError.invalidValue("\(count)", for: "instanceCount", "Constraints: from 1 to 1000.")
        }
        if input.launchGroup?.isEmpty == false || input.availabilityZoneGroup?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "RequestSpotInstances with a launch group or an Availability Zone group")
        }
        let from = input.validFrom
        guard from.map({ $0 > context.now }) ?? true else {
            throw AWSError.invalidValue(from?.iso8601(milliseconds: false) ?? "", for: "validFrom", "It is in the past.")
        }
        if let from, let until = input.validUntil, until <= from {
            throw AWSError.invalidValue(
                until.iso8601(milliseconds: false), for: "validUntil", "It is before the start of the request.")
        }
        let options = SpotMarketOptions(
            maxPrice: input.spotPrice, spotInstanceType: input.type, blockDurationMinutes: input.blockDurationMinutes,
            validUntil: input.validUntil, instanceInterruptionBehavior: input.instanceInterruptionBehavior)
        let terms = try SpotTerms(options, context)
        var wanted = try specification.launch
        // Launch errors are reported at once. A request whose maximum price is too low stays open.
        let tried = try Launch(wanted.onSpot(SpotMarketOptions()), isOfSpotRequest: true, context)
        wanted = wanted.onSpot(
            SpotMarketOptions(
                maxPrice: input.spotPrice, spotInstanceType: terms.type,
                instanceInterruptionBehavior: input.instanceInterruptionBehavior))
        var request = terms.request(for: tried.settings, context)
        request.validFrom = from
        // Seven days is AWS's default.
        request.validUntil = input.validUntil ?? context.now.wholeSecond + .days(7)
        request.launchSpecification = try LaunchSpecification(tried, context)
        request.launchSpecification?.subnetId = specification.subnetId
        request.launchSpecification?.placement = specification.placement
        request.status = from == nil ? .pending(context) : .notYet(context)
        let tags = try TagSpecifications(input.tagSpecifications, allowed: Resource.spotInstanceRequest.kind)
        return try (0..<count).map { _ in
            var own = request
            let id = try own.insert("open", tags, context)
            try launch(of: id).set(wanted, context)
            if let due = own.nextAttempt(since: context.now, context) {
                try Due.set(Resource.spotInstanceRequest.kind.type, id, at: due, context)
            }
            return id
        }
    }

    /// Creates the fulfilled request of an instance that RunInstances or a fleet launches.
    /// - Returns: its id.
    static func make(
        _ terms: SpotTerms, for instance: InstanceRecord, _ launch: Launch, _ tags: TagSpecifications, _ context: Context
    ) throws -> String {
        var request = terms.request(for: launch.settings, context)
        request.launchSpecification = try LaunchSpecification(launch, context)
        request.hold(instance, context)
        let id = try request.insert("active", tags, context)
        if terms.isPersistent {
            var again = launch.input
            again.minCount = 1
            again.maxCount = 1
            again.clientToken = nil
            again.launchTemplate = nil
            again.tagSpecifications = again.tagSpecifications?.filter {
                $0.resourceType?.rawValue != Resource.spotInstanceRequest.kind.type
            }
            try self.launch(of: id).set(again, context)
        }
        if let due = request.nextRise(context) {
            try Due.set(Resource.spotInstanceRequest.kind.type, id, at: due, context)
        }
        return id
    }

    /// - Returns: the new request's id.
    private mutating func insert(_ phase: String, _ tags: TagSpecifications, _ context: Context) throws -> String {
        let resource = Resource.spotInstanceRequest
        let id = resource.kind.newId(context.ids)
        spotInstanceRequestId = id
        resource.life.show(&self, phase)
        try resource.insert(self, phase: phase, context)
        try tags.apply(resource.kind, to: id, context)
        return id
    }
}

extension RunInstancesRequest {
    func onSpot(_ options: SpotMarketOptions) -> RunInstancesRequest {
        var copy = self
        copy.instanceMarketOptions = InstanceMarketOptionsRequest(marketType: .spot, spotOptions: options)
        return copy
    }
}

extension RequestSpotLaunchSpecification {
    /// The launch in the form of RunInstances.
    fileprivate var launch: RunInstancesRequest {
        get throws {
            var launch = RunInstancesRequest(maxCount: 1, minCount: 1)
            launch.imageId = imageId
            launch.instanceType = instanceType
            launch.keyName = keyName
            launch.blockDeviceMappings = blockDeviceMappings
            launch.ebsOptimized = ebsOptimized
            launch.iamInstanceProfile = iamInstanceProfile
            launch.kernelId = kernelId
            launch.ramdiskId = ramdiskId
            launch.monitoring = monitoring
            launch.networkInterfaces = networkInterfaces
            launch.securityGroupIds = securityGroupIds
            launch.securityGroups = securityGroups
            launch.subnetId = subnetId
            launch.userData = userData
            launch.placement = placement.map {
                Placement(
                    availabilityZoneId: $0.availabilityZoneId, groupName: $0.groupName, tenancy: $0.tenancy,
                    availabilityZone: $0.availabilityZone)
            }
            return launch
        }
    }
}

extension LaunchSpecification {
    /// The launch in the form that the request shows.
    init(_ launch: Launch, _ context: Context) throws {
        self.init()
        let input = launch.input
        imageId = input.imageId
        instanceType = InstanceType(launch.settings.type.name)
        keyName = input.keyName.flatMap { $0.isEmpty ? nil : $0 }
        blockDeviceMappings = input.blockDeviceMappings
        ebsOptimized = input.ebsOptimized
        iamInstanceProfile = input.iamInstanceProfile
        kernelId = input.kernelId
        ramdiskId = input.ramdiskId
        monitoring = RunInstancesMonitoringEnabled(enabled: input.monitoring?.enabled ?? false)
        userData = input.userData
        placement = SpotPlacement(
            availabilityZone: launch.network.subnet.zone, groupName: input.placement?.groupName,
            tenancy: input.placement?.tenancy)
        if let interfaces = input.networkInterfaces, !interfaces.isEmpty {
            networkInterfaces = interfaces
        } else {
            subnetId = launch.network.subnet.id
            securityGroups = try launch.network.plans.first?.groups.map {
                GroupIdentifier(groupId: $0, groupName: try SecurityGroupRecord.find($0, context)?.name)
            }
        }
    }
}

extension SpotInstanceRequest {
    fileprivate static let filters: [String: @Sendable (SpotInstanceRequest) -> [String?]] = [
        "fault-code": { [$0.fault?.code] }, "fault-message": { [$0.fault?.message] },
        "launch.block-device-mapping.delete-on-termination": { $0.disks.map { $0.deleteOnTermination?.text } },
        "launch.block-device-mapping.device-name": {
            $0.launchSpecification?.blockDeviceMappings?.map(\.deviceName) ?? []
        },
        "launch.block-device-mapping.snapshot-id": { $0.disks.map(\.snapshotId) },
        "launch.block-device-mapping.volume-size": { $0.disks.map { $0.volumeSize.map(String.init) } },
        "launch.block-device-mapping.volume-type": { $0.disks.map { $0.volumeType?.rawValue } },
        "launch.group-id": { $0.launchSpecification?.securityGroups?.map(\.groupId) ?? [] },
        "launch.group-name": { $0.launchSpecification?.securityGroups?.map(\.groupName) ?? [] },
        "launch.image-id": { [$0.launchSpecification?.imageId] },
        "launch.instance-type": { [$0.launchSpecification?.instanceType?.rawValue] },
        "launch.kernel-id": { [$0.launchSpecification?.kernelId] },
        "launch.key-name": { [$0.launchSpecification?.keyName] },
        "launch.monitoring-enabled": { [$0.launchSpecification?.monitoring?.enabled?.text] },
        "launch.ramdisk-id": { [$0.launchSpecification?.ramdiskId] },
        "network-interface.addresses.primary": {
            $0.interfaces.flatMap { $0.privateIpAddresses ?? [] }.map { $0.primary?.text }
        },
        "network-interface.delete-on-termination": { $0.interfaces.map { $0.deleteOnTermination?.text } },
        "network-interface.description": { $0.interfaces.map(\.description) },
        "network-interface.device-index": { $0.interfaces.map { $0.deviceIndex.map(String.init) } },
        "network-interface.group-id": { $0.interfaces.flatMap { $0.groups ?? [] } },
        "network-interface.network-interface-id": { $0.interfaces.map(\.networkInterfaceId) },
        "network-interface.private-ip-address": { $0.interfaces.map(\.privateIpAddress) },
        "network-interface.subnet-id": { $0.interfaces.map(\.subnetId) },
        "product-description": {
            [$0.productDescription?.rawValue, $0.productDescription?.rawValue.split(separator: " ").first.map(String.init)]
        },
        "status-code": { [$0.status?.code] }, "status-message": { [$0.status?.message] },
    ]

    private var disks: [EbsBlockDevice] { launchSpecification?.blockDeviceMappings?.compactMap(\.ebs) ?? [] }
    private var interfaces: [InstanceNetworkInterfaceSpecification] { launchSpecification?.networkInterfaces ?? [] }
}
