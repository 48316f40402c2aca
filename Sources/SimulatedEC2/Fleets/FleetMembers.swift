import AWSCore
import EC2API
import SimulatorCore

/// The instances that a fleet launched, stored apart from the fleet. Both kinds of fleets use it.
struct FleetMembers {
    let fleet: String
    let unit: TargetCapacityUnitType
    private var document: FleetData

    private static func store(_ fleet: String) -> AccountDocument<FleetData> { AccountDocument("fleet-members/\(fleet)") }

    init(_ fleet: String, unit: TargetCapacityUnitType?, _ context: Context) throws {
        self.fleet = fleet
        self.unit = unit ?? .units
        document = try Self.store(fleet).get(context) ?? FleetData()
    }

    /// An instance that is not terminated or shutting down.
    struct Member {
        let instance: InstanceRecord
        let weight: Double
        var isSpot: Bool { instance.isSpot }
    }

    /// Ends a fleet: terminates its live instances, or leaves them running. A fleet that has none left is looked at soon.
    /// - Returns: whether instances are being terminated.
    func end(terminating: Bool, as event: String, _ context: Context) throws -> Bool {
        let alive = try alive(context)
        if terminating {
            for member in alive {
                var instance = member.instance
                try instance.endForFleet(context)
            }
        } else if alive.isEmpty, let kind = ResourceKind.of(fleet) {
            try Due.set(kind.type, fleet, at: context.now + .seconds(1), context)
        }
        try FleetEvents(fleet).note("fleet-change", event, nil, nil, context)
        return terminating && !alive.isEmpty
    }

    /// The launched instances, grouped by launch.
    var launched: [DescribeFleetsInstances] { document.instances ?? [] }
    var errors: [DescribeFleetError] { document.errors ?? [] }

    /// Returns the fleet's live instances, in launch order.
    func alive(_ context: Context) throws -> [Member] {
        try launched.flatMap { group in
            try (group.instanceIds ?? []).compactMap { id in
                guard let instance = try InstanceRecord.find(id, context), instance.phase != .terminate,
                    let type = InstanceTypeTable.figures(of: instance.type)
                else { return nil }
                let weight = group.launchTemplateAndOverrides?.overrides?.weightedCapacity
                return Member(instance: instance, weight: FleetPool.weight(of: type, weight, unit))
            }
        }
    }

    /// Adds launched instances, and records their events.
    mutating func add(_ outcome: FleetFilling.FillResult, _ context: Context) throws {
        let events = FleetEvents(fleet)
        for launch in outcome.launched {
            let shape = DescribeFleetsInstances(
                launchTemplateAndOverrides: launch.pool.shown, lifecycle: InstanceLifecycle(launch.market.rawValue),
                instanceIds: launch.instances.map(\.id), instanceType: InstanceType(launch.pool.type.name),
                platform: launch.instances.first?.isWindows == true ? "Windows" : nil)
            document.instances = (document.instances ?? []) + [shape]
            for instance in launch.instances {
                try events.note(
                    "instance-change", "launched",
                    #"{"instanceType":"\#(instance.type)","image":"\#(instance.image)","productDescription":"Linux/UNIX","#
                        + #""availabilityZone":"\#(instance.zone)"}"#, instance.id, context)
            }
        }
        document.errors = outcome.failures.map { failure in
            DescribeFleetError(
                launchTemplateAndOverrides: failure.shown, lifecycle: InstanceLifecycle(failure.market.rawValue),
                errorCode: failure.error.code, errorMessage: failure.error.message)
        }
        for failure in outcome.failures {
            let subtype =
                failure.error.code == "MaxSpotInstanceCountExceeded"
                ? "spotInstanceCountLimitExceeded" : "launchSpecTemporarilyBlacklisted"
            try events.note("service-error", subtype, "\(failure.error.code): \(failure.error.message)", nil, context)
        }
        try Self.store(fleet).set(document, context)
    }

    func forget(_ context: Context) throws {
        try Self.store(fleet).clear(context)
        try FleetEvents(fleet).forget(context)
    }
}

/// The events in a fleet's history.
struct FleetEvents {
    private let fleet: String
    init(_ fleet: String) { self.fleet = fleet }

    private var store: AccountDocument<DescribeFleetHistoryResult> { AccountDocument("fleet-history/\(fleet)") }
    /// AWS keeps events for 48 hours.
    private static let memory = Duration.hours(48)

    func note(
        _ type: String, _ subtype: String, _ description: String? = nil, _ instance: String? = nil, _ context: Context
    ) throws {
        var document = try store.get(context) ?? DescribeFleetHistoryResult()
        let earliest = context.now - Self.memory
        document.historyRecords =
            (document.historyRecords ?? []).filter { ($0.timestamp ?? earliest) >= earliest } + [
                HistoryRecordEntry(
                    eventInformation: EventInformation(
                        eventDescription: description, eventSubType: subtype, instanceId: instance),
                    eventType: FleetEventType(type), timestamp: context.now)
            ]
        try store.set(document, context)
    }

    /// Returns the events since a time, oldest first, as far as they are still kept.
    func since(_ time: Instant, _ context: Context) throws -> [HistoryRecordEntry] {
        let earliest = max(time, context.now - Self.memory)
        return (try store.get(context)?.historyRecords ?? []).filter { ($0.timestamp ?? earliest) >= earliest }
    }

    func forget(_ context: Context) throws { try store.clear(context) }
}

// MARK: Reaching the target

/// The target of a fleet of either kind, and the launches that fulfil it.
struct FleetGoal {
    let id: String
    var total: Double
    var onDemand: Double
    let unit: TargetCapacityUnitType
    var spotFilling, onDemandFilling: FleetFilling
    let entries: [FleetEntry]
    /// Whether instances above the target are terminated.
    var endsExcess: Bool

    struct Progress {
        var outcome = FleetFilling.FillResult()
        var activity: FleetActivityStatus
    }

    /// How long a fleet typically takes to start, and when it tries again.
    static let start = Duration.seconds(5)
    static let retry = Duration.minutes(5)

    /// Launches the missing instances, and terminates those above the target.
    func pursue(_ context: Context) throws -> Progress {
        var members = try FleetMembers(id, unit: unit, context)
        let alive = try members.alive(context)
        func capacity(_ isSpot: Bool) -> Double { alive.filter { $0.isSpot == isSpot }.reduce(0) { $0 + $1.weight } }
        var outcome = FleetFilling.FillResult()
        for (market, target) in [(FleetPool.Market.onDemand, onDemand), (.spot, total - onDemand)] {
            let missing = target - capacity(market == .spot)
            if missing > 1e-9 {
                let more = try fill(missing, market, context)
                outcome.launched += more.launched
                outcome.failures += more.failures
            } else if missing < -1e-9, endsExcess {
                try shrink(alive.filter { $0.isSpot == (market == .spot) }, by: -missing, market, context)
            }
        }
        try members.add(outcome, context)
        let there = try members.alive(context).reduce(0) { $0 + $1.weight }
        if there >= total - 1e-9 { return Progress(outcome: outcome, activity: .fulfilled) }
        return Progress(outcome: outcome, activity: outcome.failures.isEmpty ? .pendingFulfillment : .error)
    }

    /// Launches up to `amount` units.
    /// - Returns: the launches and the failures, including the errors of entries without pools.
    func fill(_ amount: Double, _ market: FleetPool.Market, _ context: Context) throws -> FleetFilling.FillResult {
        var pools: [FleetPool] = [], failures: [FleetFilling.Failure] = []
        for entry in entries {
            do {
                let own = try FleetPool.pools(entry, unit: unit, isOnDemand: market == .onDemand, context)
                if own.isEmpty {
                    failures.append(.init(shown: entry.shown, market: market, error: .noMatchingTypes))
                }
                pools += own
            } catch let error as AWSError {
                failures.append(.init(shown: entry.shown, market: market, error: error))
            }
        }
        let filling = market == .spot ? spotFilling : onDemandFilling
        var outcome = try filling.fill(amount, market, from: pools, context)
        outcome.failures = failures + outcome.failures
        return outcome
    }

    /// Terminates instances above the target, but never below it. Assumed: the newest are terminated first.
    private func shrink(
        _ members: [FleetMembers.Member], by excess: Double, _ market: FleetPool.Market, _ context: Context
    ) throws {
        var excess = excess
        for member in members.reversed() where member.weight <= excess + 1e-9 {
            excess -= member.weight
            var instance = member.instance
            try instance.endForFleet(context)
        }
    }
}

extension AWSError {
    /// The message is assumed.
    static let noMatchingTypes = AWSError(
        "InvalidFleetConfiguration", "No instance types match the instance requirements, after price protection.")
}

extension InstanceRecord {
    /// Terminates the instance on behalf of its fleet, unless it is already terminated.
    mutating func endForFleet(_ context: Context) throws {
        guard phase != .terminate else { return }
        terminate(context)
        try update(context)
        try noteDue(context)
        try ended(.terminatedByUser(context), context)
    }

    /// Notifies the instance's Spot request and its fleet, which may launch a replacement.
    func ended(_ status: SpotInstanceStatus, _ context: Context) throws {
        try SpotInstanceRequest.ended(self, status, context)
        guard let fleet = options.fleet, let kind = ResourceKind.of(fleet) else { return }
        guard try kind.exists(fleet, context) else { return }
        try FleetEvents(fleet).note("instance-change", "terminated", nil, id, context)
        let soon = context.now + context.transitions.duration(FleetGoal.start)
        try Due.set(kind.type, fleet, at: soon, context)
    }
}
