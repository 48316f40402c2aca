import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-reservations.html

extension Resource where S == CapacityReservation {
    static let capacityReservation = Resource(
        ResourceKind(
            "cr", type: "capacity-reservation", code: "InvalidCapacityReservationId",
            notFound: "The capacity reservation ID '%' does not exist.", conditions: CapacityReservation.conditions),
        id: \.capacityReservationId, tags: \.tags, life: CapacityReservation.life
    ).owned(by: \.ownerId)
}

extension CapacityReservation {
    /// How long an ended reservation is still shown. AWS documents this for failed ones only; for others it is assumed.
    private static let memory = Duration.hours(1)
    /// How long AWS assesses a request for a future date. Assumed: AWS says "within five days".
    private static let assessment = Duration.hours(24)

    fileprivate static let life = LifeCycle<CapacityReservation>(
        show: { $0.state = CapacityReservationState(rawValue: $1 == "closing" ? "active" : $1) }, initial: "active",
        deleting: "cancelled",
        steps: [
            "assessing": .init(after: assessment, isFixed: false) { _, _ in "scheduled" },
            "scheduled": .init(until: \.startDate) {
                try $0.takeIn($1)
                return "active"
            },
            "payment-pending": .init(after: .seconds(60), isFixed: false) { _, _ in "scheduled" },
            "active": .init(until: \.closing) { try $0.close($1) },
            // The last half hour of a Capacity Block.
            "closing": .init(until: \.endDate) {
                try $0.setFree($1)
                return "expired"
            },
            "expired": .init(after: memory, isFixed: true) { _, _ in nil },
            "cancelled": .init(after: memory, isFixed: true) { _, _ in nil },
        ], gone: ["expired", "cancelled"])

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let found = try Resource.capacityReservation.find(id, context)?.shape else { return [:] }
        var conditions = found.conditions
        conditions["ec2:CapacityReservationFleet"] = found.capacityReservationFleetId.map {
            [Resource.capacityReservationFleet.kind.arn($0, context)]
        }
        conditions["ec2:CreateDate"] = found.createDate.map { [$0.iso8601(milliseconds: false)] }
        return conditions
    }

    /// The values of the condition keys, also for a reservation that doesn't exist yet.
    private var conditions: [String: [String]] {
        var conditions: [String: [String]] = [
            "ec2:EbsOptimized": [(ebsOptimized ?? false).text], "ec2:Tenancy": [tenancy?.rawValue ?? "default"],
            "ec2:InstanceMatchCriteria": [instanceMatchCriteria?.rawValue ?? "open"],
            "ec2:EndDateType": [endDateType?.rawValue ?? "unlimited"],
        ]
        conditions["ec2:InstanceType"] = instanceType.map { [$0] }
        conditions["ec2:InstancePlatform"] = instancePlatform.map { [$0.rawValue] }
        conditions["ec2:AvailabilityZone"] = availabilityZone.map { [$0] }
        conditions["ec2:InstanceCount"] = totalInstanceCount.map { ["\($0)"] }
        conditions["ec2:EndDate"] = endDate.map { [$0.iso8601(milliseconds: false)] }
        conditions["ec2:PlacementGroup"] = placementGroupArn.map { [$0] }
        return conditions
    }

    static func conditions(ofNew input: CreateCapacityReservationRequest) -> [String: [String]] {
        var wanted = CapacityReservation()
        wanted.ebsOptimized = input.ebsOptimized
        wanted.tenancy = input.tenancy
        wanted.instanceMatchCriteria = input.instanceMatchCriteria
        wanted.endDateType = input.endDateType
        wanted.instanceType = input.instanceType
        wanted.instancePlatform = input.instancePlatform
        wanted.availabilityZone = input.availabilityZone
        wanted.totalInstanceCount = input.instanceCount
        wanted.endDate = input.endDate
        wanted.placementGroupArn = input.placementGroupArn
        var conditions = wanted.conditions
        conditions["ec2:AvailabilityZoneId"] = input.availabilityZoneId.map { [$0] }
        conditions["ec2:EphemeralStorage"] = [(input.ephemeralStorage ?? false).text]
        return conditions
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createCapacityReservation(
        _ input: CreateCapacityReservationRequest, _ context: Context
    ) throws -> CreateCapacityReservationResult {
        if input.outpostArn != nil { throw AWSError.notSimulated("ec2", "CreateCapacityReservation on an Outpost") }
        let made = try context.create(.capacityReservation, input) { try $0.fill(input, context) }
        let id = made.capacityReservationId ?? ""
        var stored = try Resource.capacityReservation.get(id, context)
        // A repeated client token finds a reservation that has left this phase.
        if stored.phase == "active", let start = made.startDate, start > context.now {
            try Resource.capacityReservation.move(&stored, to: "assessing", at: context.now, context)
        }
        if stored.phase == "active" { try stored.shape.takeIn(context) }
        return CreateCapacityReservationResult(capacityReservation: try CapacityReservation.shown(id, context))
    }

    public func describeCapacityReservations(
        _ input: DescribeCapacityReservationsRequest, _ context: Context
    ) throws -> DescribeCapacityReservationsResult {
        let used = try CapacityReservation.used(context)
        let page = try context.describe(
            .capacityReservation, input, ids: input.capacityReservationIds, named: "capacityReservationIds"
        ) { $0.show(used: used[$0.capacityReservationId ?? ""] ?? 0) }
        return DescribeCapacityReservationsResult(nextToken: page.nextToken, capacityReservations: page.items)
    }

    public func cancelCapacityReservation(
        _ input: CancelCapacityReservationRequest, _ context: Context
    ) throws -> CancelCapacityReservationResult {
        if input.applyCancellationCharges != nil || input.quoteId != nil {
            throw AWSError.notSimulated("ec2", "CancelCapacityReservation with a quote")
        }
        let stored = try Resource.capacityReservation.get(input.capacityReservationId, context)
        try stored.shape.refuseBlock("cancelled")
        guard ["assessing", "active"].contains(stored.phase) else {
            throw AWSError.wrongReservationState(input.capacityReservationId, stored.phase, "cancelled")
        }
        if let end = stored.shape.commitmentInfo?.commitmentEndDate, stored.phase == "active", end > context.now {
            throw AWSError(
                "OperationNotPermitted",
                "The Capacity Reservation '\(input.capacityReservationId)' can't be cancelled before its commitment duration ends."
            )
        }
        try stored.shape.setFree(context)
        try context.delete(.capacityReservation, input.capacityReservationId)
        return CancelCapacityReservationResult(return: true)
    }

    public func modifyCapacityReservation(
        _ input: ModifyCapacityReservationRequest, _ context: Context
    ) throws -> ModifyCapacityReservationResult {
        if input.quoteId != nil || input.startDate != nil || input.acceptModificationTerms != nil {
            throw AWSError.notSimulated("ec2", "ModifyCapacityReservation with a quote")
        }
        var stored = try Resource.capacityReservation.get(input.capacityReservationId, context)
        try stored.shape.refuseBlock("modified")
        guard stored.phase == "active" else {
            throw AWSError.wrongReservationState(input.capacityReservationId, stored.phase, "modified")
        }
        guard
            input.instanceCount != nil || input.endDate != nil || input.endDateType != nil
                || input.instanceMatchCriteria != nil || input.accept != nil
        else { throw AWSError.missingParameter("InstanceCount") }
        try stored.shape.change(input, context)
        try Resource.capacityReservation.move(&stored, to: "active", at: context.now, context)
        try stored.shape.takeIn(context)
        return ModifyCapacityReservationResult(return: true)
    }

    public func getCapacityReservationUsage(
        _ input: GetCapacityReservationUsageRequest, _ context: Context
    ) throws -> GetCapacityReservationUsageResult {
        let found = try CapacityReservation.shown(input.capacityReservationId, context)
        let used = try CapacityReservation.used(context)[input.capacityReservationId] ?? 0
        let usages = used == 0 ? [] : [InstanceUsage(accountId: context.account, usedInstanceCount: used)]
        let page = try Paging(input, context).page(usages) { .name($0.accountId ?? "") }
        var result = GetCapacityReservationUsageResult()
        result.nextToken = page.nextToken
        result.capacityReservationId = found.capacityReservationId
        result.instanceType = found.instanceType
        result.totalInstanceCount = found.totalInstanceCount
        result.availableInstanceCount = found.availableInstanceCount
        result.state = found.state
        result.instanceUsages = page.items
        return result
    }
}

// MARK: Requested capacity

extension CapacityReservation {
    mutating func fill(_ input: CreateCapacityReservationRequest, _ context: Context) throws {
        let type = try LaunchSettings.type(named: input.instanceType)
        let zone = try Self.zone(input, context)
        guard InstanceTypeOfferings.offers(type, zone: zone.name, region: context.region) else {
            throw AWSError(
                "Unsupported",
                "Your requested instance type (\(type.name)) is not supported in your requested Availability Zone (\(zone.name))."
            )
        }
        guard (1...1000).contains(input.instanceCount) else {
            throw AWSError.invalidValue("\(input.instanceCount)", for: "InstanceCount", "The valid range is 1 - 1000.")
        }
        if input.ebsOptimized == true, type.ebsOptimizedSupport == "unsupported" {
            throw AWSError.unsupportedOption("EBS optimization", type)
        }
        capacityReservationArn = Resource.capacityReservation.kind.arn(capacityReservationId ?? "", context)
        instanceType = type.name
        instancePlatform = input.instancePlatform
        availabilityZone = zone.name
        availabilityZoneId = zone.id
        tenancy = input.tenancy ?? .default
        totalInstanceCount = input.instanceCount
        ebsOptimized = input.ebsOptimized ?? false
        ephemeralStorage = input.ephemeralStorage ?? false
        instanceMatchCriteria = input.instanceMatchCriteria ?? .open
        createDate = context.now.wholeSecond
        startDate = createDate
        reservationType = .default
        try setEnd(input.endDateType, input.endDate, context)
        placementGroupArn = try input.placementGroupArn.map { try Self.checkGroup($0, type, context) }
        if input.startDate != nil || input.commitmentDuration != nil || input.deliveryPreference != nil {
            try commit(input, type, context)
        }
        _ = try VcpuLimits.admit(type, minimum: input.instanceCount, maximum: input.instanceCount, context)
    }

    private static func zone(_ input: CreateCapacityReservationRequest, _ context: Context) throws -> AWSRegion.Zone {
        let zones = AWSRegion.current(context).zones
        switch (input.availabilityZone.flatMap(\.orNil), input.availabilityZoneId.flatMap(\.orNil)) {
        case (nil, nil): throw AWSError.missingParameter("AvailabilityZone")
        case (_?, _?):
            throw AWSError.invalidCombination(
                "The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.")
        case (let name?, nil):
            guard let zone = zones.first(where: { $0.name == name }) else {
                throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(name)]")
            }
            return zone
        case (nil, let id?):
            guard let zone = zones.first(where: { $0.id == id }) else {
                throw AWSError("InvalidParameterValue", "Invalid availability zone-id: [\(id)]")
            }
            return zone
        }
    }

    /// Sets the end. A date makes the reservation limited, unless the request says otherwise.
    private mutating func setEnd(_ type: EndDateType?, _ date: Instant?, _ context: Context) throws {
        let wanted = type ?? (date == nil ? .unlimited : .limited)
        guard wanted == .limited else {
            guard date == nil else {
                throw AWSError.invalidCombination("An EndDate cannot be specified with the EndDateType 'unlimited'.")
            }
            endDateType = .unlimited
            endDate = nil
            return
        }
        guard let date else { throw AWSError.missingParameter("EndDate") }
        guard date > context.now else {
            throw AWSError.invalidValue(date.iso8601(milliseconds: false), for: "EndDate", "It must be in the future.")
        }
        endDateType = .limited
        endDate = date
    }

    private static func checkGroup(_ arn: String, _ type: InstanceTypeFigures, _ context: Context) throws -> String {
        let start = context.arn("ec2", "placement-group/")
        guard arn.hasPrefix(start) else { throw AWSError.invalidValue(arn, for: "PlacementGroupArn") }
        let group = try PlacementGroup.named(String(arn.dropFirst(start.count)), context)
        guard group.strategy == .cluster, type["pg"]?.contains("c") ?? false else {
            throw AWSError.invalidCombination(
                "Capacity Reservations can be created only in cluster placement groups, for instance types that these support.")
        }
        return arn
    }

    /// Makes it a reservation for a future date, which commits the customer for a while.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cr-concepts.html
    private mutating func commit(
        _ input: CreateCapacityReservationRequest, _ type: InstanceTypeFigures, _ context: Context
    ) throws {
        guard let start = input.startDate else { throw AWSError.missingParameter("StartDate") }
        guard let duration = input.commitmentDuration else { throw AWSError.missingParameter("CommitmentDuration") }
        guard let delivery = input.deliveryPreference else { throw AWSError.missingParameter("DeliveryPreference") }
        guard delivery == .incremental else {
            throw AWSError.invalidValue(
                delivery.rawValue, for: "DeliveryPreference", "The only supported value is incremental.")
        }
        guard start >= context.now + .hours(5 * 24), start <= context.now + .hours(120 * 24) else {
            throw AWSError.invalidValue(
                start.iso8601(milliseconds: false), for: "StartDate", "It must be between 5 and 120 days in advance.")
        }
        guard instanceMatchCriteria == .targeted else {
            throw AWSError.invalidCombination(
                "A future-dated Capacity Reservation must have the InstanceMatchCriteria 'targeted'.")
        }
        guard placementGroupArn == nil else {
            throw AWSError.invalidCombination("A future-dated Capacity Reservation cannot be created in a placement group.")
        }
        guard let family = type.family.first, "cmrtig".contains(family), !type.family.hasPrefix("inf") else {
            throw AWSError.unsupportedOption("A future-dated Capacity Reservation", type)
        }
        guard input.instanceCount * type.vCPUs >= 32 else {
            throw AWSError.invalidValue(
                "\(input.instanceCount)", for: "InstanceCount",
                "A future-dated Capacity Reservation has a minimum of 32 vCPUs.")
        }
        let committedUntil = start + .seconds(Int64(duration))
        guard duration >= 14 * 86_400 else {
            throw AWSError.invalidValue("\(duration)", for: "CommitmentDuration", "The minimum is 14 days (1209600 seconds).")
        }
        if let endDate, endDate < committedUntil {
            throw AWSError.invalidValue(
                endDate.iso8601(milliseconds: false), for: "EndDate", "It must not be within the commitment duration.")
        }
        startDate = start
        deliveryPreference = .incremental
        commitmentInfo = CapacityReservationCommitmentInfo(
            committedInstanceCount: input.instanceCount, commitmentEndDate: committedUntil, commitmentDuration: duration)
    }

    fileprivate mutating func change(_ input: ModifyCapacityReservationRequest, _ context: Context) throws {
        let used = try Self.used(context)[capacityReservationId ?? ""] ?? 0
        let commitmentEnd = commitmentInfo?.commitmentEndDate.flatMap { $0 > context.now ? $0 : nil }
        if input.endDate != nil || input.endDateType != nil {
            try setEnd(input.endDateType, input.endDate, context)
            if let end = endDate, let commitmentEnd, end < commitmentEnd {
                throw AWSError.invalidValue(
                    end.iso8601(milliseconds: false), for: "EndDate", "It must not be within the commitment duration.")
            }
        }
        if let criteria = input.instanceMatchCriteria, criteria != instanceMatchCriteria {
            guard used == 0 else {
                throw AWSError(
                    "OperationNotPermitted",
                    "The instance eligibility of the Capacity Reservation can be modified only while no instance uses it.")
            }
            instanceMatchCriteria = criteria
        }
        guard let count = input.instanceCount else { return }
        let before = totalInstanceCount ?? 0
        guard count >= 1, abs(count - before) <= 1000 else {
            throw AWSError.invalidValue(
                "\(count)", for: "InstanceCount", "It can't be increased or decreased by more than 1000 in a single request.")
        }
        guard count >= used else {
            throw AWSError.invalidValue(
                "\(count)", for: "InstanceCount", "\(used) instances are running in the Capacity Reservation.")
        }
        if commitmentEnd != nil, count < before {
            throw AWSError.invalidValue(
                "\(count)", for: "InstanceCount", "It can't be decreased before the commitment duration ends.")
        }
        if count > before {
            let type = try LaunchSettings.type(named: instanceType ?? "")
            _ = try VcpuLimits.admit(type, minimum: count - before, maximum: count - before, context)
        }
        totalInstanceCount = count
    }
}

extension AWSError {
    static func wrongReservationState(_ id: String, _ state: String, _ participle: String) -> AWSError {
        AWSError(
            "IncorrectState", "The Capacity Reservation '\(id)' is in the state '\(state)' and cannot be \(participle).")
    }
}
