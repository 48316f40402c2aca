import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-fleet.html

extension Resource where S == SpotFleetRequestConfig {
    static let spotFleet = Resource(
        ResourceKind(
            "sfr", ids: .uuid, type: "spot-fleet-request", code: "InvalidSpotFleetRequestId",
            notFound: "The spot fleet request ID '%' does not exist."),
        id: \.spotFleetRequestId, tags: \.tags,
        life: LifeCycle(
            show: { $0.spotFleetRequestState = BatchState($1) }, initial: "submitted", deleting: nil,
            steps: [
                "submitted": .init(after: FleetGoal.start, isFixed: false) { try $0.pursue($1) },
                "modifying": .init(after: FleetGoal.start, isFixed: false) { try $0.pursue($1) },
                "active": .init(when: { shape, since, _ in shape.nextLook(since: since) }) { try $0.look($1) },
                "cancelled_running": .init(when: { _, _, _ in nil }) {
                    try $0.lookAfterCancellation("cancelled_running", $1)
                },
                "cancelled_terminating": .init(after: InstanceTimes.terminate, isFixed: false) {
                    try $0.lookAfterCancellation("cancelled_terminating", $1)
                },
                "cancelled": .init(after: .hours(48), isFixed: true) { fleet, context in
                    try fleet.members(context).forget(context)
                    return nil
                },
            ], gone: []))
}

// MARK: Handlers

extension EC2Simulation {
    public func requestSpotFleet(_ input: RequestSpotFleetRequest, _ context: Context) throws -> RequestSpotFleetResponse {
        let config = input.spotFleetRequestConfig
        let id = try context.once(
            ofToken: config.clientToken, config
        ) {
            var fleet = Resource<SpotFleetRequestConfig>.empty
            fleet.spotFleetRequestConfig = try SpotFleetRequestConfigData.checked(config, context)
            let tags = try TagSpecifications(config.tagSpecifications, allowed: Resource.spotFleet.kind)
            let id = Resource.spotFleet.kind.newId(context.ids)
            fleet.spotFleetRequestId = id
            fleet.createTime = context.now
            fleet.activityStatus = .pendingFulfillment
            Resource.spotFleet.life.show(&fleet, Resource.spotFleet.life.initial)
            try Resource.spotFleet.insert(fleet, phase: Resource.spotFleet.life.initial, context)
            try tags.apply(Resource.spotFleet.kind, to: id, context)
            try FleetEvents(id).note("fleet-change", "submitted", nil, nil, context)
            let start = max(config.validFrom ?? context.now, context.now)
            let due = start + context.transitions.duration(FleetGoal.start)
            try Due.set(Resource.spotFleet.kind.type, id, at: due, context)
            return id
        }
        return RequestSpotFleetResponse(spotFleetRequestId: id)
    }

    public func describeSpotFleetRequests(
        _ input: DescribeSpotFleetRequestsRequest, _ context: Context
    ) throws -> DescribeSpotFleetRequestsResponse {
        let page = try context.describe(
            .spotFleet, input, ids: input.spotFleetRequestIds, named: "spotFleetRequestIds"
        ) { fleet in
            let alive = try fleet.members(context).alive(context)
            fleet.spotFleetRequestConfig?.fulfilledCapacity = alive.reduce(0) { $0 + $1.weight }
            fleet.spotFleetRequestConfig?.onDemandFulfilledCapacity = alive.filter { !$0.isSpot }.reduce(0) { $0 + $1.weight }
        }
        return DescribeSpotFleetRequestsResponse(nextToken: page.nextToken, spotFleetRequestConfigs: page.items)
    }

    public func modifySpotFleetRequest(
        _ input: ModifySpotFleetRequestRequest, _ context: Context
    ) throws -> ModifySpotFleetRequestResponse {
        var stored = try Resource.spotFleet.get(input.spotFleetRequestId, context)
        guard var config = stored.shape.spotFleetRequestConfig, config.type == .maintain,
            ["active", "submitted"].contains(stored.phase)
        else {
            throw AWSError(
                "FleetNotInModifiableState",
                "The Spot Fleet request '\(input.spotFleetRequestId)' is not in a state in which it can be modified.",
                explanation: "Only a request of the type maintain can be modified, while it is active.")
        }
        if let policy = input.excessCapacityTerminationPolicy { config.excessCapacityTerminationPolicy = policy }
        if let target = input.targetCapacity { config.targetCapacity = target }
        if let target = input.onDemandTargetCapacity { config.onDemandTargetCapacity = target }
        if let configs = input.launchTemplateConfigs, !configs.isEmpty {
            config.launchTemplateConfigs = configs
            config.launchSpecifications = nil
        }
        stored.shape.spotFleetRequestConfig = try SpotFleetRequestConfigData.checked(config, isNew: false, context)
        try FleetEvents(input.spotFleetRequestId).note("fleet-change", "modify_in_progress", nil, nil, context)
        try Resource.spotFleet.move(&stored, to: "modifying", at: context.now, context)
        return ModifySpotFleetRequestResponse(return: true)
    }

    public func cancelSpotFleetRequests(
        _ input: CancelSpotFleetRequestsRequest, _ context: Context
    ) throws -> CancelSpotFleetRequestsResponse {
        guard !input.spotFleetRequestIds.isEmpty else { throw AWSError.missingParameter("spotFleetRequestId") }
        var cancelled: [CancelSpotFleetRequestsSuccessItem] = [], failed: [CancelSpotFleetRequestsErrorItem] = []
        for id in input.spotFleetRequestIds {
            let kind = Resource.spotFleet.kind
            guard kind.isWellFormed(id), var stored = try Resource.spotFleet.find(id, context) else {
                let isMalformed = !kind.isWellFormed(id)
                let error = isMalformed ? kind.malformed(id) : kind.notFound(id)
                failed.append(
                    CancelSpotFleetRequestsErrorItem(
                        error: .init(
                            code: isMalformed ? .fleetRequestIdMalformed : .fleetRequestIdDoesNotExist, message: error.message),
                        spotFleetRequestId: id))
                continue
            }
            guard ["submitted", "active", "modifying", "cancelled_running"].contains(stored.phase) else {
                failed.append(
                    CancelSpotFleetRequestsErrorItem(
                        error: .init(
                            code: .fleetRequestNotInCancellableState,
                            message: "The Spot Fleet request '\(id)' is not in a state in which it can be cancelled."),
                        spotFleetRequestId: id))
                continue
            }
            let previous = stored.shape.spotFleetRequestState
            try stored.shape.end(terminating: input.terminateInstances, context)
            let next = input.terminateInstances ? "cancelled_terminating" : "cancelled_running"
            try Resource.spotFleet.move(&stored, to: next, at: context.now, context)
            cancelled.append(
                CancelSpotFleetRequestsSuccessItem(
                    currentSpotFleetRequestState: stored.shape.spotFleetRequestState,
                    previousSpotFleetRequestState: previous, spotFleetRequestId: id))
        }
        return CancelSpotFleetRequestsResponse(successfulFleetRequests: cancelled, unsuccessfulFleetRequests: failed)
    }

    public func describeSpotFleetInstances(
        _ input: DescribeSpotFleetInstancesRequest, _ context: Context
    ) throws -> DescribeSpotFleetInstancesResponse {
        let paging = try Paging(input, context)
        let fleet = try Resource.spotFleet.get(input.spotFleetRequestId, context).shape
        let active = try fleet.members(context).alive(context).map { ActiveInstance($0.instance) }
        let page = try paging.page(active, of: .instance) { $0.instanceId }
        return DescribeSpotFleetInstancesResponse(
            activeInstances: page.items, nextToken: page.nextToken, spotFleetRequestId: input.spotFleetRequestId)
    }

    public func describeSpotFleetRequestHistory(
        _ input: DescribeSpotFleetRequestHistoryRequest, _ context: Context
    ) throws -> DescribeSpotFleetRequestHistoryResponse {
        let paging = try Paging(input, context)
        let id = try Resource.spotFleet.get(input.spotFleetRequestId, context).shape.spotFleetRequestId ?? ""
        let events = try FleetEvents(id).since(input.startTime, context).map { HistoryRecord($0) }.filter {
            input.eventType == nil || $0.eventType == input.eventType
        }
        let page = try paging.page(Array(events.enumerated())) { .number(Int64($0.offset) + 1) }
        return DescribeSpotFleetRequestHistoryResponse(
            historyRecords: page.items.map(\.element), lastEvaluatedTime: context.now, nextToken: page.nextToken,
            spotFleetRequestId: id, startTime: input.startTime)
    }
}

extension Context {
    /// Like `once`, for a request whose client token is in its configuration.
    fileprivate func once(
        ofToken token: String?, _ config: SpotFleetRequestConfigData, _ make: () throws -> String
    ) throws -> String {
        guard let token, !token.isEmpty else { return try make() }
        let fingerprint = Idempotency.fingerprint(of: config)
        if let earlier = try Idempotency.recall(token: token, fingerprint: fingerprint, self) { return earlier }
        let made = try make()
        try Idempotency.remember(made, token: token, fingerprint: fingerprint, self)
        return made
    }
}

extension HistoryRecord {
    /// Converts an event to the terms of Spot Fleets.
    fileprivate init(_ entry: HistoryRecordEntry) {
        let type: EventType =
            switch entry.eventType?.rawValue {
            case "instance-change": .instanceChange
            case "fleet-change": .fleetRequestChange
            default: .error
            }
        self.init(eventInformation: entry.eventInformation, eventType: type, timestamp: entry.timestamp)
    }
}

// MARK: Life cycle

extension SpotFleetRequestConfig {
    fileprivate func members(_ context: Context) throws -> FleetMembers {
        try FleetMembers(spotFleetRequestId ?? "", unit: spotFleetRequestConfig?.targetCapacityUnitType, context)
    }

    private var isMaintained: Bool { spotFleetRequestConfig?.type == .maintain }
    private func isOver(_ context: Context) -> Bool {
        spotFleetRequestConfig?.validUntil.map { $0 <= context.now } ?? false
    }

    fileprivate mutating func pursue(_ context: Context) throws -> String? {
        guard !isOver(context) else { return try expire(context) }
        let progress = try FleetGoal(self, context).pursue(context)
        activityStatus = ActivityStatus(progress.activity.rawValue)
        try FleetEvents(spotFleetRequestId ?? "").note("fleet-change", "active", nil, nil, context)
        return "active"
    }

    fileprivate func nextLook(since: Instant) -> Instant? {
        let retry = isMaintained && activityStatus != .fulfilled ? since + FleetGoal.retry : nil
        return [retry, spotFleetRequestConfig?.validUntil].compactMap { $0 }.min()
    }

    fileprivate mutating func look(_ context: Context) throws -> String? {
        if isOver(context) { return try expire(context) }
        guard isMaintained else { return "active" }
        activityStatus = ActivityStatus(try FleetGoal(self, context).pursue(context).activity.rawValue)
        return "active"
    }

    /// Assumed: an expired request is treated like a cancelled one.
    private mutating func expire(_ context: Context) throws -> String? {
        try FleetEvents(spotFleetRequestId ?? "").note("fleet-change", "expired", nil, nil, context)
        let isTerminating = spotFleetRequestConfig?.terminateInstancesWithExpiration ?? false
        try end(terminating: isTerminating, context)
        return isTerminating ? "cancelled_terminating" : "cancelled_running"
    }

    fileprivate mutating func end(terminating: Bool, _ context: Context) throws {
        let isTerminating = try members(context).end(terminating: terminating, as: "cancelled", context)
        activityStatus = isTerminating ? .pendingTermination : nil
    }

    fileprivate mutating func lookAfterCancellation(_ phase: String, _ context: Context) throws -> String? {
        guard try members(context).alive(context).isEmpty else { return phase }
        activityStatus = nil
        return "cancelled"
    }
}
