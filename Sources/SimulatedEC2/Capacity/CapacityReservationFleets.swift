import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-fleets.html

extension Resource where S == CapacityReservationFleet {
    static let capacityReservationFleet = Resource(
        ResourceKind(
            "crf", type: "capacity-reservation-fleet", code: "InvalidCapacityReservationFleetId",
            notFound: "The Capacity Reservation Fleet ID '%' does not exist."),
        id: \.capacityReservationFleetId, tags: \.tags,
        // AWS documents only that a fleet expires within an hour after its end. All durations are assumed.
        life: LifeCycle(
            show: { $0.state = CapacityReservationFleetState(rawValue: $1) }, initial: "submitted", deleting: nil,
            steps: [
                "submitted": .init(after: .seconds(5), isFixed: false) { try $0.pursue($1) },
                "modifying": .init(after: .seconds(5), isFixed: false) { try $0.pursue($1) },
                "active": .init(until: \.endDate) { _, _ in "expiring" },
                "partially_fulfilled": .init(when: { fleet, since, _ in
                    min(since + .minutes(5), fleet.endDate ?? since + .minutes(5))
                }) {
                    try $0.pursue($1)
                },
                "expiring": .init(after: .minutes(1), isFixed: false) {
                    try $0.end($1)
                    return "expired"
                },
                "cancelling": .init(after: .seconds(5), isFixed: false) {
                    try $0.end($1)
                    return "cancelled"
                },
                "expired": .init(after: .hours(1), isFixed: true) { _, _ in nil },
                "cancelled": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["expired", "cancelled"]))
}

extension EC2Simulation {
    public func createCapacityReservationFleet(
        _ input: CreateCapacityReservationFleetRequest, _ context: Context
    ) throws -> CreateCapacityReservationFleetResult {
        let fleet = try context.create(.capacityReservationFleet, input) { try $0.fill(input, context) }
        return CreateCapacityReservationFleetResult(
            capacityReservationFleetId: fleet.capacityReservationFleetId, state: fleet.state,
            totalTargetCapacity: fleet.totalTargetCapacity, totalFulfilledCapacity: fleet.totalFulfilledCapacity,
            instanceMatchCriteria: fleet.instanceMatchCriteria, allocationStrategy: fleet.allocationStrategy,
            createTime: fleet.createTime, endDate: fleet.endDate, tenancy: fleet.tenancy,
            fleetCapacityReservations: fleet.instanceTypeSpecifications?.filter { $0.capacityReservationId != nil },
            tags: fleet.tags)
    }

    public func describeCapacityReservationFleets(
        _ input: DescribeCapacityReservationFleetsRequest, _ context: Context
    ) throws -> DescribeCapacityReservationFleetsResult {
        let page = try context.describe(
            .capacityReservationFleet, input, ids: input.capacityReservationFleetIds, named: "capacityReservationFleetIds"
        ) { try $0.count(context) }
        return DescribeCapacityReservationFleetsResult(capacityReservationFleets: page.items, nextToken: page.nextToken)
    }

    public func modifyCapacityReservationFleet(
        _ input: ModifyCapacityReservationFleetRequest, _ context: Context
    ) throws -> ModifyCapacityReservationFleetResult {
        let id = input.capacityReservationFleetId, fleets = Resource.capacityReservationFleet
        var stored = try fleets.get(id, context)
        guard ["active", "partially_fulfilled"].contains(stored.phase) else {
            throw AWSError.wrongFleetState(id, stored.phase, "modified")
        }
        let removesEnd = input.removeEndDate == true
        guard input.totalTargetCapacity != nil || input.endDate != nil || removesEnd else {
            throw AWSError.missingParameter("TotalTargetCapacity")
        }
        guard input.endDate == nil || !removesEnd else {
            throw AWSError.invalidCombination("EndDate and RemoveEndDate cannot be specified together.")
        }
        if let target = input.totalTargetCapacity {
            stored.shape.totalTargetCapacity = try CapacityReservationFleet.checked(target: target)
        }
        if let end = input.endDate { stored.shape.endDate = try CapacityReservationFleet.checked(end: end, context) }
        if removesEnd { stored.shape.endDate = nil }
        try fleets.move(&stored, to: "modifying", at: context.now, context)
        return ModifyCapacityReservationFleetResult(return: true)
    }

    public func cancelCapacityReservationFleets(
        _ input: CancelCapacityReservationFleetsRequest, _ context: Context
    ) throws -> CancelCapacityReservationFleetsResult {
        guard !input.capacityReservationFleetIds.isEmpty else { throw AWSError.missingParameter("CapacityReservationFleetId") }
        let fleets = Resource.capacityReservationFleet
        var cancelled: [CapacityReservationFleetCancellationState] = []
        var failed: [FailedCapacityReservationFleetCancellationResult] = []
        for id in input.capacityReservationFleetIds {
            do {
                var stored = try fleets.get(id, context)
                guard ["submitted", "modifying", "active", "partially_fulfilled"].contains(stored.phase) else {
                    throw AWSError.wrongFleetState(id, stored.phase, "cancelled")
                }
                let previous = stored.shape.state
                try fleets.move(&stored, to: "cancelling", at: context.now, context)
                cancelled.append(
                    CapacityReservationFleetCancellationState(
                        currentFleetState: stored.shape.state, previousFleetState: previous, capacityReservationFleetId: id))
            } catch let error as AWSError {
                failed.append(
                    FailedCapacityReservationFleetCancellationResult(
                        capacityReservationFleetId: id,
                        cancelCapacityReservationFleetError: CancelCapacityReservationFleetError(
                            code: error.code, message: error.message)))
            }
        }
        return CancelCapacityReservationFleetsResult(successfulFleetCancellations: cancelled, failedFleetCancellations: failed)
    }
}

extension AWSError {
    fileprivate static func wrongFleetState(_ id: String, _ state: String, _ participle: String) -> AWSError {
        AWSError(
            "IncorrectState", "The Capacity Reservation Fleet '\(id)' is in the state '\(state)' and cannot be \(participle).")
    }
}

// MARK: Requested capacity

extension CapacityReservationFleet {
    fileprivate static func checked(target: Int) throws -> Int {
        // Assumed: the upper bound.
        guard (1...25_000).contains(target) else {
            throw AWSError.invalidValue("\(target)", for: "TotalTargetCapacity", "The valid range is 1 - 25000.")
        }
        return target
    }

    fileprivate static func checked(end: Instant, _ context: Context) throws -> Instant {
        guard end > context.now else {
            throw AWSError.invalidValue(end.iso8601(milliseconds: false), for: "EndDate", "It must be in the future.")
        }
        return end
    }

    fileprivate mutating func fill(_ input: CreateCapacityReservationFleetRequest, _ context: Context) throws {
        if input.instanceRequirements != nil || input.availabilityZone != nil || input.availabilityZoneId != nil {
            throw AWSError.notSimulated("ec2", "CreateCapacityReservationFleet with parameters for AWS's internal use")
        }
        if let strategy = input.allocationStrategy.flatMap(\.orNil), strategy != "prioritized" {
            throw AWSError.invalidValue(strategy, for: "AllocationStrategy", "The only supported value is prioritized.")
        }
        guard let given = input.instanceTypeSpecifications, !given.isEmpty else {
            throw AWSError.missingParameter("InstanceTypeSpecifications")
        }
        let types = try given.map { specification in
            guard let name = specification.instanceType?.rawValue else { throw AWSError.missingParameter("InstanceType") }
            guard specification.instancePlatform != nil else { throw AWSError.missingParameter("InstancePlatform") }
            if let weight = specification.weight, !(0.001...99.999).contains(weight) {
                throw AWSError.invalidValue("\(weight)", for: "Weight", "The valid range is 0.001 - 99.999.")
            }
            if let priority = specification.priority, priority < 0 {
                throw AWSError.invalidValue("\(priority)", for: "Priority")
            }
            return try LaunchSettings.type(named: name)
        }
        guard Set(types.map(\.name)).count == types.count else {
            throw AWSError.invalidValue("InstanceTypeSpecifications", for: "InstanceType", "A type is specified twice.")
        }
        let zone = try Self.zone(given, types, context)
        totalTargetCapacity = try Self.checked(target: input.totalTargetCapacity)
        endDate = try input.endDate.map { try Self.checked(end: $0, context) }
        capacityReservationFleetArn = Resource.capacityReservationFleet.kind.arn(capacityReservationFleetId ?? "", context)
        totalFulfilledCapacity = 0
        tenancy = .default
        createTime = context.now
        instanceMatchCriteria = .open
        allocationStrategy = "prioritized"
        instanceTypeSpecifications = zip(given, types).map { specification, type in
            FleetCapacityReservation(
                availabilityZoneId: zone.id, instanceType: InstanceType(type.name),
                instancePlatform: specification.instancePlatform, availabilityZone: zone.name, totalInstanceCount: 0,
                fulfilledCapacity: 0, ebsOptimized: specification.ebsOptimized ?? false, weight: specification.weight ?? 1,
                priority: specification.priority)
        }
    }

    /// Returns the zone of all specifications. Without any, AWS chooses. Assumed: the first one that offers all types.
    private static func zone(
        _ given: [ReservationFleetInstanceSpecification], _ types: [InstanceTypeFigures], _ context: Context
    ) throws -> AWSRegion.Zone {
        let zones = AWSRegion.current(context).zones
        let named = try Set(
            given.compactMap { $0.availabilityZone?.orNil ?? $0.availabilityZoneId?.orNil }.map { name in
                guard let zone = zones.first(where: { $0.name == name || $0.id == name }) else {
                    throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(name)]")
                }
                return zone.name
            })
        guard named.count <= 1 else {
            throw AWSError.invalidCombination("A Capacity Reservation Fleet cannot span Availability Zones.")
        }
        let offering = zones.first { zone in
            (named.isEmpty || named.contains(zone.name))
                && types.allSatisfy { InstanceTypeOfferings.offers($0, zone: zone.name, region: context.region) }
        }
        guard let offering else {
            throw AWSError("Unsupported", "No Availability Zone of the request supports all of the requested instance types.")
        }
        return offering
    }
}

// MARK: Reservations

extension CapacityReservationFleet {
    /// Shows how much its reservations hold.
    fileprivate mutating func count(_ context: Context) throws {
        for index in (instanceTypeSpecifications ?? []).indices {
            let own = try reservation(index, context)?.shape.totalInstanceCount ?? 0
            let weight = instanceTypeSpecifications?[index].weight ?? 1
            instanceTypeSpecifications?[index].totalInstanceCount = own
            instanceTypeSpecifications?[index].fulfilledCapacity = Double(own) * weight
        }
        totalFulfilledCapacity = instanceTypeSpecifications?.reduce(0) { $0 + ($1.fulfilledCapacity ?? 0) }
    }

    /// Returns the active reservation of a specification.
    private func reservation(_ index: Int, _ context: Context) throws -> Stored<CapacityReservation>? {
        guard let id = instanceTypeSpecifications?[index].capacityReservationId,
            let stored = try Resource.capacityReservation.find(id, context), stored.phase == "active"
        else { return nil }
        return stored
    }

    /// The specifications' places, most preferred first. Types without a priority come last, in the order of the request.
    private var preferred: [Int] {
        let all = instanceTypeSpecifications ?? []
        return all.indices.sorted { (all[$0].priority ?? .max, $0) < (all[$1].priority ?? .max, $1) }
    }

    /// Creates, changes or cancels reservations so that they reach the target.
    /// - Returns: the state after it.
    fileprivate mutating func pursue(_ context: Context) throws -> String {
        if let endDate, endDate <= context.now { return "expiring" }
        try count(context)
        let target = Double(totalTargetCapacity ?? 0)
        for index in preferred.reversed() { try shrink(index, by: (totalFulfilledCapacity ?? 0) - target, context) }
        for index in preferred { try grow(index, by: target - (totalFulfilledCapacity ?? 0), context) }
        for index in preferred { try setEnd(index, context) }
        return (totalFulfilledCapacity ?? 0) >= target - 1e-9 ? "active" : "partially_fulfilled"
    }

    /// Reserves up to `missing` units more. The last instance may exceed them.
    private mutating func grow(_ index: Int, by missing: Double, _ context: Context) throws {
        guard missing > 1e-9, let own = instanceTypeSpecifications?[index],
            let type = InstanceTypeTable.figures(of: own.instanceType?.rawValue ?? "")
        else { return }
        let wanted = Int((missing / (own.weight ?? 1) - 1e-9).rounded(.up))
        guard !context.lacksCapacity(for: "CreateCapacityReservationFleet", in: [type.name, own.availabilityZone ?? ""]),
            let count = try? VcpuLimits.admit(type, minimum: 1, maximum: min(wanted, 1000), context)
        else { return }
        if var present = try reservation(index, context) {
            present.shape.totalInstanceCount = (present.shape.totalInstanceCount ?? 0) + count
            try Resource.capacityReservation.write(present, context)
            try present.shape.takeIn(context)
        } else {
            let id = try reserve(count, own, context)
            instanceTypeSpecifications?[index].capacityReservationId = id
            instanceTypeSpecifications?[index].createDate = context.now.wholeSecond
        }
        try self.count(context)
    }

    private func reserve(_ count: Int, _ own: FleetCapacityReservation, _ context: Context) throws -> String {
        let resource = Resource.capacityReservation, id = resource.kind.newId(context.ids)
        var made = CapacityReservation()
        made.capacityReservationId = id
        made.ownerId = context.account
        try made.fill(
            CreateCapacityReservationRequest(
                instanceType: own.instanceType?.rawValue ?? "", instancePlatform: own.instancePlatform ?? "Linux/UNIX",
                availabilityZone: own.availabilityZone, instanceCount: count, ebsOptimized: own.ebsOptimized,
                endDate: endDate), context)
        made.capacityReservationFleetId = capacityReservationFleetId
        let stored = try resource.place(made, context)
        try Tags.set(Tags.of(capacityReservationFleetId ?? "", context), on: id, context)
        try stored.shape.takeIn(context)
        return id
    }

    /// Gives up to `excess` units back, but no instance that is used.
    private mutating func shrink(_ index: Int, by excess: Double, _ context: Context) throws {
        guard excess > 1e-9, var present = try reservation(index, context),
            let id = present.shape.capacityReservationId
        else { return }
        let weight = instanceTypeSpecifications?[index].weight ?? 1
        let total = present.shape.totalInstanceCount ?? 0, used = try CapacityReservation.used(context)[id] ?? 0
        let count = min(Int((excess / weight + 1e-9).rounded(.down)), total - used)
        guard count > 0 else { return }
        if count == total {
            try context.delete(.capacityReservation, id)
            instanceTypeSpecifications?[index].capacityReservationId = nil
            instanceTypeSpecifications?[index].createDate = nil
        } else {
            present.shape.totalInstanceCount = total - count
            try Resource.capacityReservation.write(present, context)
        }
        try self.count(context)
    }

    /// Gives the reservation the fleet's end.
    private func setEnd(_ index: Int, _ context: Context) throws {
        guard var present = try reservation(index, context), present.shape.endDate != endDate else { return }
        present.shape.endDate = endDate
        present.shape.endDateType = endDate == nil ? .unlimited : .limited
        try Resource.capacityReservation.move(&present, to: "active", at: context.now, context)
    }

    /// Cancels the reservations. Their instances keep running.
    fileprivate mutating func end(_ context: Context) throws {
        for index in (instanceTypeSpecifications ?? []).indices {
            guard let present = try reservation(index, context) else { continue }
            try present.shape.setFree(context)
            try context.delete(.capacityReservation, present.shape.capacityReservationId ?? "")
        }
        try count(context)
    }
}
