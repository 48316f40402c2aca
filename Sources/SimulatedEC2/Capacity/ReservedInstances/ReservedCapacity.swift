import AWSCore
import EC2API
import SimulatorCore

// Assigns instances to Capacity Reservations.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-launch.html

/// The free reserved capacity that instances can use, or must use, when they are launched or started.
struct ReservedCapacity {
    /// The reservation's id for each free place, in the order of use.
    let places: [String]
    /// Whether the instances must run in reserved capacity.
    let isOnly: Bool
    private let isTargeted: Bool

    /// The properties that a reservation must share with the instances.
    struct Wanted {
        var type, platform, zone, tenancy, preference: String
        var target: String?
        /// A resource group of reservations. Its members are unknown, because AWS Resource Groups is not simulated.
        var group: String?
        var placementGroup: String
        var isSpot: Bool
        /// Whether the launch is for a Capacity Block.
        var isBlock: Bool
    }

    init(_ wanted: Wanted, _ context: Context) throws {
        isTargeted = wanted.target != nil
        isOnly = isTargeted || (wanted.preference == "capacity-reservations-only" && wanted.group == nil)
        guard !wanted.isSpot, isOnly || wanted.preference == "open" else {
            places = []
            return
        }
        let candidates = try Resource.capacityReservation.all(context).filter { stored in
            guard stored.phase == "active", stored.shape.fits(wanted, context) else { return false }
            return wanted.target.map { $0 == stored.shape.capacityReservationId }
                ?? (stored.shape.instanceMatchCriteria == .open)
        }
        let used = candidates.isEmpty ? [:] : try CapacityReservation.used(context)
        places = candidates.flatMap { stored in
            let id = stored.shape.capacityReservationId ?? ""
            return repeatElement(id, count: max(0, (stored.shape.totalInstanceCount ?? 0) - (used[id] ?? 0)))
        }
    }

    /// Returns how many of the requested instances can be launched.
    /// - Throws: AWS's errors if the instances need reserved capacity and there is too little.
    func most(of maximum: Int, minimum: Int) throws -> Int {
        guard isOnly else { return maximum }
        guard places.count >= minimum else {
            throw isTargeted ? AWSError.reservationCapacityExceeded : AWSError.noOpenReservation
        }
        return min(maximum, places.count)
    }
}

extension InstanceRecord {
    func wantedCapacity(_ context: Context) -> ReservedCapacity.Wanted {
        ReservedCapacity.Wanted(
            type: type, platform: reservationPlatform, zone: zone, tenancy: tenancy, preference: capacityPreference,
            target: options.capacityReservation, group: options.capacityReservationGroup, placementGroup: placementGroup,
            isSpot: isSpot, isBlock: options.isBlock ?? false)
    }

    /// The instance's platform, by the name that reservations use.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/billing-info-fields.html
    fileprivate var reservationPlatform: String { Self.reservationPlatform(platformDetails) }

    static func reservationPlatform(_ details: String) -> String {
        let enterprise = "Red Hat Enterprise Linux with "
        switch details {
        case "Red Hat BYOL Linux": return "Linux/UNIX"
        case enterprise + "High Availability": return "RHEL with HA"
        case _ where details.hasPrefix("SQL Server "): return "Linux with " + details
        case _ where details.hasPrefix(enterprise + "SQL Server ") && details.hasSuffix(" and HA"):
            return "RHEL with HA and " + details.dropFirst(enterprise.count).dropLast(7)
        case _ where details.hasPrefix(enterprise): return "RHEL with " + details.dropFirst(enterprise.count)
        default: return details
        }
    }

    /// Returns the reservation whose capacity the instance uses; nil once it has stopped or is terminated.
    func reservationInUse(_ context: Context) -> String? {
        guard let id = options.runsIn else { return nil }
        return [.stopped, .terminated].contains(state(context)) ? nil : id
    }

    /// Returns the instances that use a reservation's capacity.
    static func within(_ reservation: CapacityReservation, _ context: Context) throws -> [InstanceRecord] {
        try inReservations(context).filter { $0.reservationInUse(context) == reservation.capacityReservationId }
    }

    /// Returns the instances that were assigned to reservations at their last launch or start.
    fileprivate static func inReservations(_ context: Context) throws -> [InstanceRecord] {
        try all(context, "AND options IS NOT NULL AND json_extract(options, '$.runsIn') IS NOT NULL")
    }
}

extension CapacityReservation {
    /// Returns the number of used places of each reservation.
    static func used(_ context: Context) throws -> [String: Int] {
        guard try ResourceRow.count(Resource.capacityReservation.kind, context) > 0 else { return [:] }
        var used: [String: Int] = [:]
        for instance in try InstanceRecord.inReservations(context) {
            if let id = instance.reservationInUse(context) { used[id, default: 0] += 1 }
        }
        return used
    }

    /// Returns the number of free places in active reservations, by instance type.
    static func unused(_ context: Context) throws -> [String: Int] {
        let reservations = try Resource.capacityReservation.all(context).filter { $0.phase == "active" && !$0.shape.isBlock }
        guard !reservations.isEmpty else { return [:] }
        let used = try used(context)
        var unused: [String: Int] = [:]
        for stored in reservations {
            let taken = used[stored.shape.capacityReservationId ?? ""] ?? 0
            unused[stored.shape.instanceType ?? "", default: 0] += max(0, (stored.shape.totalInstanceCount ?? 0) - taken)
        }
        return unused
    }

    /// Returns the reservation in the API's form, with its free capacity.
    static func shown(_ id: String, _ context: Context) throws -> CapacityReservation {
        let stored = try Resource.capacityReservation.get(id, context)
        var shape = try context.shown(.capacityReservation, stored)
        shape.show(used: try used(context)[id] ?? 0)
        return shape
    }

    mutating func show(used: Int) {
        // Assumed: a reservation that isn't active has no available capacity.
        availableInstanceCount = state == .active ? max(0, (totalInstanceCount ?? 0) - used) : 0
        capacityAllocations = used == 0 ? [] : [CapacityAllocation(allocationType: .used, count: used)]
    }

    func fits(_ wanted: ReservedCapacity.Wanted, _ context: Context) -> Bool {
        guard
            instanceType == wanted.type, availabilityZone == wanted.zone, instancePlatform?.rawValue == wanted.platform,
            tenancy?.rawValue == wanted.tenancy, isBlock == wanted.isBlock
        else { return false }
        guard let placementGroupArn else { return true }
        return placementGroupArn == context.arn("ec2", "placement-group/\(wanted.placementGroup)")
    }

    /// Assigns running instances that match to an open reservation.
    func takeIn(_ context: Context) throws {
        guard instanceMatchCriteria == .open, let id = capacityReservationId, let total = totalInstanceCount else { return }
        var free = total - (try Self.used(context)[id] ?? 0)
        guard free > 0 else { return }
        let running = try InstanceRecord.all(
            context, "AND phase = 'start' AND type = ? AND zone = ? AND capacity_preference = 'open'",
            [instanceType ?? "", availabilityZone ?? ""])
        for var instance in running where free > 0 {
            let wanted = instance.wantedCapacity(context)
            guard instance.reservationInUse(context) == nil, !instance.isSpot, fits(wanted, context) else { continue }
            instance.options.runsIn = id
            try instance.update(context)
            free -= 1
        }
    }

    /// Removes the instances from the reservation. They keep running.
    func setFree(_ context: Context) throws {
        for var instance in try InstanceRecord.inReservations(context)
        where instance.options.runsIn == capacityReservationId {
            instance.options.runsIn = nil
            try instance.update(context)
        }
    }
}

extension AWSError {
    /// https://github.com/scylladb/scylla-cluster-tests/issues/8839
    static let reservationCapacityExceeded = AWSError(
        "ReservationCapacityExceeded",
        "The requested reservation does not have sufficient compatible and available capacity for this request.")

    static let noOpenReservation = AWSError(
        "InsufficientInstanceCapacity", status: 500,
        "There is no open Capacity Reservation with matching attributes and sufficient available capacity for this request.")
}
