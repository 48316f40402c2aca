import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet.html

extension Resource where S == FleetData {
    static let fleet = Resource(
        ResourceKind(
            "fleet", ids: .uuid, type: "fleet", code: "InvalidFleetId", notFound: "The fleet ID '%' does not exist."),
        id: \.fleetId, tags: \.tags,
        life: LifeCycle(
            show: { $0.fleetState = FleetStateCode($1) }, initial: "submitted", deleting: nil,
            steps: [
                "submitted": .init(after: FleetGoal.start, isFixed: false) { try $0.pursue($1) },
                "modifying": .init(after: FleetGoal.start, isFixed: false) { try $0.pursue($1) },
                "active": .init(when: { shape, since, _ in shape.nextLook(since: since) }) { try $0.look($1) },
                "deleted_running": .init(when: { _, _, _ in nil }) { try $0.lookAfterDeletion("deleted_running", $1) },
                "deleted_terminating": .init(after: InstanceTimes.terminate, isFixed: false) {
                    try $0.lookAfterDeletion("deleted_terminating", $1)
                },
                "deleted": .init(after: .hours(48), isFixed: true) { fleet, context in
                    try fleet.members(context).forget(context)
                    return nil
                },
            ], gone: []),
        filters: FleetData.filters)
}

// MARK: Handlers

extension EC2Simulation {
    public func createFleet(_ input: CreateFleetRequest, _ context: Context) throws -> CreateFleetResult {
        func shown(_ id: String) throws -> CreateFleetResult {
            try Resource.fleet.get(id, context).shape.result(context)
        }
        return try context.once(input, recalling: shown) {
            let order = try FleetOrder(input, context)
            var fleet = order.fleet
            let id = Resource.fleet.kind.newId(context.ids)
            fleet.fleetId = id
            let isInstant = fleet.type == .instant
            let phase = isInstant ? "active" : Resource.fleet.life.initial
            Resource.fleet.life.show(&fleet, phase)
            try Resource.fleet.insert(fleet, phase: phase, context)
            try order.tags.apply(Resource.fleet.kind, to: id, context)
            try FleetEvents(id).note("fleet-change", isInstant ? "active" : "submitted", nil, nil, context)
            if isInstant {
                try order.launch(id, by: self, context)
            } else {
                let start = max(fleet.validFrom ?? context.now, context.now)
                let due = start + context.transitions.duration(FleetGoal.start)
                try Due.set(Resource.fleet.kind.type, id, at: due, context)
            }
            return (id, try shown(id))
        }
    }

    public func describeFleets(_ input: DescribeFleetsRequest, _ context: Context) throws -> DescribeFleetsResult {
        let page = try context.describe(.fleet, input, ids: input.fleetIds, named: "fleetIds") { fleet in
            try fleet.complete(context)
        }
        // AWS shows an instant fleet only to requests for its id.
        let isAsked = input.fleetIds?.isEmpty == false
        return DescribeFleetsResult(
            nextToken: page.nextToken, fleets: page.items.filter { isAsked || $0.type != .instant })
    }

    public func modifyFleet(_ input: ModifyFleetRequest, _ context: Context) throws -> ModifyFleetResult {
        var stored = try Resource.fleet.get(input.fleetId, context)
        guard stored.shape.type == .maintain, ["active", "submitted"].contains(stored.phase) else {
            throw AWSError(
                "FleetNotInModifiableState", "The fleet '\(input.fleetId)' is not in a state in which it can be modified.",
                explanation: "Only a fleet of the type maintain can be modified, while it is active.")
        }
        if let policy = input.excessCapacityTerminationPolicy { stored.shape.excessCapacityTerminationPolicy = policy }
        if let configs = input.launchTemplateConfigs, !configs.isEmpty {
            stored.shape.launchTemplateConfigs = try FleetOrder.shown(configs, type: .maintain, context)
        }
        if let target = input.targetCapacitySpecification {
            stored.shape.targetCapacitySpecification = try FleetOrder.target(
                target, over: stored.shape.targetCapacitySpecification)
        }
        try FleetEvents(input.fleetId).note("fleet-change", "modify_in_progress", nil, nil, context)
        try Resource.fleet.move(&stored, to: "modifying", at: context.now, context)
        return ModifyFleetResult(return: true)
    }

    public func deleteFleets(_ input: DeleteFleetsRequest, _ context: Context) throws -> DeleteFleetsResult {
        guard !input.fleetIds.isEmpty else { throw AWSError.missingParameter("FleetId") }
        var deleted: [DeleteFleetSuccessItem] = [], failed: [DeleteFleetErrorItem] = []
        for id in input.fleetIds {
            let kind = Resource.fleet.kind
            guard kind.isWellFormed(id), var stored = try Resource.fleet.find(id, context) else {
                let error = kind.isWellFormed(id) ? kind.notFound(id) : kind.malformed(id)
                let code: DeleteFleetErrorCode = kind.isWellFormed(id) ? .fleetIdDoesNotExist : .fleetIdMalformed
                failed.append(DeleteFleetErrorItem(error: .init(code: code, message: error.message), fleetId: id))
                continue
            }
            guard stored.shape.type != .instant || input.terminateInstances else {
                throw AWSError(
                    "NoTerminateInstancesNotSupported", "NoTerminateInstances option is not supported for instant fleet")
            }
            guard ["submitted", "active", "modifying", "deleted_running"].contains(stored.phase) else {
                failed.append(
                    DeleteFleetErrorItem(
                        error: .init(
                            code: .fleetNotInDeletableState,
                            message: "The fleet '\(id)' is not in a state in which it can be deleted."), fleetId: id))
                continue
            }
            let previous = stored.shape.fleetState
            try stored.shape.end(terminating: input.terminateInstances, context)
            try Resource.fleet.move(
                &stored, to: input.terminateInstances ? "deleted_terminating" : "deleted_running", at: context.now, context)
            deleted.append(
                DeleteFleetSuccessItem(
                    currentFleetState: stored.shape.fleetState, previousFleetState: previous, fleetId: id))
        }
        return DeleteFleetsResult(successfulFleetDeletions: deleted, unsuccessfulFleetDeletions: failed)
    }

    public func describeFleetInstances(
        _ input: DescribeFleetInstancesRequest, _ context: Context
    ) throws -> DescribeFleetInstancesResult {
        let paging = try Paging(input, context)
        let fleet = try FleetData.lasting(input.fleetId, context)
        let active = try fleet.members(context).alive(context).map { ActiveInstance($0.instance) }
        let filters = FilterTable<ActiveInstance>(["instance-type": { [$0.instanceType] }])
        let page = try paging.page(filters.apply(input.filters, to: active, context), of: .instance) { $0.instanceId }
        return DescribeFleetInstancesResult(
            activeInstances: page.items, nextToken: page.nextToken, fleetId: input.fleetId)
    }

    public func describeFleetHistory(
        _ input: DescribeFleetHistoryRequest, _ context: Context
    ) throws -> DescribeFleetHistoryResult {
        let paging = try Paging(input, context)
        _ = try FleetData.lasting(input.fleetId, context)
        let events = try FleetEvents(input.fleetId).since(input.startTime, context).filter {
            input.eventType == nil || $0.eventType == input.eventType
        }
        let page = try paging.page(Array(events.enumerated())) { .number(Int64($0.offset) + 1) }
        return DescribeFleetHistoryResult(
            historyRecords: page.items.map(\.element), lastEvaluatedTime: context.now, nextToken: page.nextToken,
            fleetId: input.fleetId, startTime: input.startTime)
    }
}

extension ActiveInstance {
    init(_ instance: InstanceRecord) {
        self.init(
            instanceId: instance.id, instanceType: instance.type, spotInstanceRequestId: instance.options.spotRequest,
            instanceHealth: .healthy)
    }
}

// MARK: Life cycle

extension FleetData {
    fileprivate func members(_ context: Context) throws -> FleetMembers {
        try FleetMembers(fleetId ?? "", unit: targetCapacitySpecification?.targetCapacityUnitType, context)
    }

    /// Returns a fleet whose instances and history can be listed.
    fileprivate static func lasting(_ id: String, _ context: Context) throws -> FleetData {
        let fleet = try Resource.fleet.get(id, context).shape
        // AWS documents that instant fleets are not supported. The error code is assumed.
        guard fleet.type != .instant else {
            throw AWSError("UnsupportedOperation", "The operation is not supported for fleets of type instant.")
        }
        return fleet
    }

    /// Sets the fields that depend on the fleet's instances.
    fileprivate mutating func complete(_ context: Context) throws {
        let members = try members(context), alive = try members.alive(context)
        fulfilledCapacity = alive.reduce(0) { $0 + $1.weight }
        fulfilledOnDemandCapacity = alive.filter { !$0.isSpot }.reduce(0) { $0 + $1.weight }
        guard type == .instant else { return }
        instances = members.launched
        errors = members.errors
    }

    /// Returns the result of CreateFleet.
    fileprivate func result(_ context: Context) throws -> CreateFleetResult {
        guard type == .instant else { return CreateFleetResult(fleetId: fleetId) }
        let members = try members(context)
        return CreateFleetResult(
            fleetId: fleetId,
            errors: members.errors.map {
                CreateFleetError(
                    launchTemplateAndOverrides: $0.launchTemplateAndOverrides, lifecycle: $0.lifecycle,
                    errorCode: $0.errorCode, errorMessage: $0.errorMessage)
            },
            instances: try members.launched.map { group in
                let first = try group.instanceIds?.first.flatMap { try InstanceRecord.find($0, context) }
                return CreateFleetInstance(
                    launchTemplateAndOverrides: group.launchTemplateAndOverrides, lifecycle: group.lifecycle,
                    instanceIds: group.instanceIds, instanceType: group.instanceType, platform: group.platform,
                    availabilityZoneId: AWSRegion.current(context).zones.first { $0.name == first?.zone }?.id,
                    availabilityZone: first?.zone, subnetId: first?.subnet)
            })
    }

    private func goal(_ context: Context) throws -> FleetGoal { try FleetGoal(self, context) }

    fileprivate mutating func pursue(_ context: Context) throws -> String? {
        guard !isOver(context) else { return try expire(context) }
        let progress = try goal(context).pursue(context)
        activityStatus = progress.activity
        let event = progress.activity == .fulfilled ? "fulfilled" : "active"
        try FleetEvents(fleetId ?? "").note("fleet-change", event, nil, nil, context)
        return "active"
    }

    private var end: Instant? { validUntil.flatMap { $0 > Self.never ? $0 : nil } }
    /// The time that AWS shows for an absent time.
    fileprivate static let never = Instant(seconds: 0 as Int64)
    private func isOver(_ context: Context) -> Bool { end.map { $0 <= context.now } ?? false }

    fileprivate func nextLook(since: Instant) -> Instant? {
        let isMissing = type == .maintain && activityStatus != .fulfilled
        let retry = isMissing ? since + FleetGoal.retry : nil
        return [retry, end].compactMap { $0 }.min()
    }

    /// Checks a fleet when an instance has ended, when there may be capacity again, or when the fleet expires.
    fileprivate mutating func look(_ context: Context) throws -> String? {
        if isOver(context) { return try expire(context) }
        guard type == .maintain else { return "active" }
        let before = activityStatus
        let progress = try goal(context).pursue(context)
        activityStatus = progress.activity
        if before != .fulfilled, progress.activity == .fulfilled {
            try FleetEvents(fleetId ?? "").note("fleet-change", "fulfilled", nil, nil, context)
        }
        return "active"
    }

    /// Assumed: an expired fleet is treated like a deleted one.
    private mutating func expire(_ context: Context) throws -> String? {
        try FleetEvents(fleetId ?? "").note("fleet-change", "expired", nil, nil, context)
        let isTerminating = terminateInstancesWithExpiration ?? false
        try end(terminating: isTerminating, context)
        return isTerminating ? "deleted_terminating" : "deleted_running"
    }

    fileprivate mutating func end(terminating: Bool, _ context: Context) throws {
        let isTerminating = try members(context).end(terminating: terminating, as: "deleted", context)
        if type != .instant { activityStatus = isTerminating ? .pendingTermination : nil }
    }

    /// A deleted fleet stays in its phase until its last instance has ended.
    fileprivate mutating func lookAfterDeletion(_ phase: String, _ context: Context) throws -> String? {
        guard try members(context).alive(context).isEmpty else { return phase }
        activityStatus = nil
        return "deleted"
    }

    fileprivate static let filters: [String: @Sendable (FleetData) -> [String?]] = [
        // The documentation writes the values with hyphens; responses have underscores.
        "activity-status": { [$0.activityStatus?.rawValue.replacing("_", with: "-"), $0.activityStatus?.rawValue] },
        "fleet-state": { [$0.fleetState?.rawValue.replacing("_", with: "-"), $0.fleetState?.rawValue] },
        "excess-capacity-termination-policy": { [($0.excessCapacityTerminationPolicy == .termination).text] },
        "replace-unhealthy-instances": { [($0.replaceUnhealthyInstances ?? false).text] },
        "type": { [$0.type?.rawValue] },
    ]
}

extension FleetGoal {
    /// - Parameter tags: the tags of instances and volumes, which only instant fleets have.
    init(
        _ fleet: FleetData, entries: [FleetEntry]? = nil, tags: [TagSpecification] = [], _ context: Context
    ) throws {
        let target = fleet.targetCapacitySpecification
        id = fleet.fleetId ?? ""
        total = Double(target?.totalTargetCapacity ?? 0)
        onDemand = Double(target?.unitsOnDemand ?? 0)
        unit = target?.targetCapacityUnitType ?? .units
        let spot = fleet.spotOptions, other = fleet.onDemandOptions
        spotFilling = FleetFilling(
            fleet: id, strategy: spot?.allocationStrategy?.rawValue ?? "lowestPrice",
            poolsToUse: spot?.instancePoolsToUseCount ?? 1, singleType: spot?.singleInstanceType ?? false,
            singleZone: spot?.singleAvailabilityZone ?? false, maxTotalPrice: spot?.maxTotalPrice.flatMap(Double.init),
            interruption: InstanceInterruptionBehavior(spot?.instanceInterruptionBehavior?.rawValue ?? "terminate"), tags: tags)
        onDemandFilling = FleetFilling(
            fleet: id, strategy: other?.allocationStrategy?.rawValue ?? "lowestPrice",
            singleType: other?.singleInstanceType ?? false, singleZone: other?.singleAvailabilityZone ?? false,
            maxTotalPrice: other?.maxTotalPrice.flatMap(Double.init), tags: tags)
        self.entries = entries ?? (fleet.launchTemplateConfigs ?? []).flatMap { FleetEntry.entries($0) }
        endsExcess = fleet.excessCapacityTerminationPolicy != .noTermination
    }
}
