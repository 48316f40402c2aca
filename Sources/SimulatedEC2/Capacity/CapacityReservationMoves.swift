import AWSCore
import EC2API
import SimulatorCore

// Moves unused capacity from one reservation to another.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-move.html

extension EC2Simulation {
    public func createCapacityReservationBySplitting(
        _ input: CreateCapacityReservationBySplittingRequest, _ context: Context
    ) throws -> CreateCapacityReservationBySplittingResult {
        let source = try CapacityReservation.active(input.sourceCapacityReservationId, context)
        let made = try context.create(.capacityReservation, input) { part in
            let id = part.capacityReservationId
            guard input.instanceCount < source.totalInstanceCount ?? 0 else {
                throw AWSError.invalidValue(
                    "\(input.instanceCount)", for: "InstanceCount", "The source Capacity Reservation must keep an instance.")
            }
            try CapacityReservation.take(input.instanceCount, from: input.sourceCapacityReservationId, context)
            part = source
            part.tags = nil
            part.capacityReservationId = id
            part.capacityReservationArn = Resource.capacityReservation.kind.arn(id ?? "", context)
            part.createDate = context.now.wholeSecond
            part.startDate = part.createDate
            part.totalInstanceCount = input.instanceCount
            part.commitmentInfo = nil
        }
        return CreateCapacityReservationBySplittingResult(
            sourceCapacityReservation: try .shown(input.sourceCapacityReservationId, context),
            destinationCapacityReservation: try .shown(made.capacityReservationId ?? "", context),
            instanceCount: input.instanceCount)
    }

    public func moveCapacityReservationInstances(
        _ input: MoveCapacityReservationInstancesRequest, _ context: Context
    ) throws -> MoveCapacityReservationInstancesResult {
        func answer() throws -> MoveCapacityReservationInstancesResult {
            MoveCapacityReservationInstancesResult(
                sourceCapacityReservation: try .shown(input.sourceCapacityReservationId, context),
                destinationCapacityReservation: try .shown(input.destinationCapacityReservationId, context),
                instanceCount: input.instanceCount)
        }
        return try context.once(input, recalling: { _ in try answer() }) {
            let source = try CapacityReservation.active(input.sourceCapacityReservationId, context)
            var destination = try CapacityReservation.active(input.destinationCapacityReservationId, context)
            guard source.capacityReservationId != destination.capacityReservationId, source.isAlike(destination) else {
                throw AWSError.invalidCombination(
                    "The source and the destination Capacity Reservation must be two that share instance type, platform, "
                        + "Availability Zone, tenancy, placement group and end time.")
            }
            try CapacityReservation.take(input.instanceCount, from: input.sourceCapacityReservationId, context)
            destination.totalInstanceCount = (destination.totalInstanceCount ?? 0) + input.instanceCount
            try destination.store(context)
            // A reservation that has no instances left is cancelled.
            if source.totalInstanceCount == input.instanceCount {
                try context.delete(.capacityReservation, input.sourceCapacityReservationId)
            }
            return (input.destinationCapacityReservationId, try answer())
        }
    }
}

extension CapacityReservation {
    fileprivate static func active(_ id: String, _ context: Context) throws -> CapacityReservation {
        let stored = try Resource.capacityReservation.get(id, context)
        try stored.shape.refuseBlock("split or moved")
        guard stored.phase == "active" else { throw AWSError.wrongReservationState(id, stored.phase, "modified") }
        return stored.shape
    }

    /// - Throws: AWS's error if `count` exceeds the unused capacity.
    fileprivate static func take(_ count: Int, from id: String, _ context: Context) throws {
        var source = try active(id, context)
        guard count >= 1 else { throw AWSError.invalidValue("\(count)", for: "InstanceCount") }
        let total = source.totalInstanceCount ?? 0
        guard count <= total - (try used(context)[id] ?? 0) else { throw AWSError.reservationCapacityExceeded }
        if let end = source.commitmentInfo?.commitmentEndDate, end > context.now {
            throw AWSError(
                "OperationNotPermitted", "Capacity can't be moved out of '\(id)' before its commitment duration ends.")
        }
        source.totalInstanceCount = total - count
        try source.store(context)
    }

    fileprivate func store(_ context: Context) throws {
        var stored = try Resource.capacityReservation.get(capacityReservationId ?? "", context)
        stored.shape = self
        try Resource.capacityReservation.write(stored, context)
    }

    fileprivate func isAlike(_ other: CapacityReservation) -> Bool {
        instanceType == other.instanceType && instancePlatform == other.instancePlatform
            && availabilityZone == other.availabilityZone && tenancy == other.tenancy
            && placementGroupArn == other.placementGroupArn && endDateType == other.endDateType && endDate == other.endDate
    }
}
