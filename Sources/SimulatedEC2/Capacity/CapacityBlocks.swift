import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-blocks.html

/// A Capacity Block offering: instances of a type in a zone, starting at 11:30 UTC of a day.
private struct OfferedBlock {
    let type: InstanceTypeFigures
    let zone: AWSRegion.Zone
    let count, days: Int
    /// Days since 1970.
    let firstDay: Int

    private static let sizes: Set<Int> = [1, 2, 4, 8, 16, 32, 64]
    /// The price of a block as a share of its instances' On-Demand price. Assumed; close to the share of the p5.48xlarge in 2025.
    private static let share = 0.57
    private static let day: Int64 = 86_400
    /// Seconds from midnight UTC to 11:30, when blocks begin and end.
    private static let hour: Int64 = 41_400

    var start: Instant { Instant(seconds: Int64(firstDay) * Self.day + Self.hour) }
    var end: Instant { Instant(seconds: Int64(firstDay + days) * Self.day + Self.hour) }

    private func fee(_ region: String) -> String {
        let price = InstancePrices.machine(type, region: region) * Self.share * Double(count * days * 24)
        let cents = Int((price * 100).rounded())
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    // MARK: Ids

    /// Encodes all properties of an offering in 64 bits, so that its id alone identifies it.
    private static func number(_ type: Int, _ zone: Int, _ count: Int, _ days: Int, _ day: Int, _ region: String) -> UInt64 {
        let fields =
            UInt64(type & 0xFFF) << 40 | UInt64(zone & 0xF) << 36 | UInt64(count & 0xFF) << 28
            | UInt64(days & 0xFF) << 20 | UInt64(day & 0xFFFFF)
        return fields << 12 | (IDGenerator(seed: fields, scope: region).next() & 0xFFF)
    }

    func id(_ context: Context) -> String {
        let index = InstanceTypeTable.all.firstIndex { $0.name == type.name } ?? 0
        let place = AWSRegion.current(context).zones.firstIndex { $0.id == zone.id } ?? 0
        let text = String(Self.number(index, place, count, days, firstDay, context.region), radix: 16)
        return "cb-0" + String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    static func find(_ id: String, _ context: Context) -> OfferedBlock? {
        guard id.hasPrefix("cb-0"), id.utf8.count == 20, let number = UInt64(id.dropFirst(4), radix: 16) else { return nil }
        func field(_ shift: UInt64, _ mask: UInt64) -> Int { Int(number >> (shift + 12) & mask) }
        let types = InstanceTypeTable.all, zones = AWSRegion.current(context).zones
        guard types.indices.contains(field(40, 0xFFF)), zones.indices.contains(field(36, 0xF)) else { return nil }
        let found = OfferedBlock(
            type: types[field(40, 0xFFF)], zone: zones[field(36, 0xF)], count: field(28, 0xFF), days: field(20, 0xFF),
            firstDay: field(0, 0xFFFFF))
        return found.id(context) == id && found.isOffered(context) ? found : nil
    }

    private func isOffered(_ context: Context) -> Bool {
        type.usageClasses.contains("capacity-block")
            && InstanceTypeOfferings.offers(type, zone: zone.name, region: context.region)
    }

    /// Returns the recommended offering, or none: the earliest within the requested dates, up to eight weeks ahead, in the first
    /// zone that offers it. It returns at most one, because Terraform's data source accepts only one.
    static func all(_ input: DescribeCapacityBlockOfferingsRequest, _ context: Context) throws -> [OfferedBlock] {
        let name = input.instanceType?.orNil ?? input.instanceTypePreferences?.first?.instanceType?.orNil
        guard let name else { throw AWSError.missingParameter("InstanceType") }
        let type = try LaunchSettings.type(named: name)
        guard type.usageClasses.contains("capacity-block") else { throw AWSError.unsupportedOption("A Capacity Block", type) }
        let count = input.instanceCount ?? 1
        guard sizes.contains(count) else {
            throw AWSError.invalidValue(
                "\(count)", for: "InstanceCount", "A Capacity Block has 1, 2, 4, 8, 16, 32 or 64 instances.")
        }
        let hours = input.capacityDurationHours, days = hours / 24
        guard hours % 24 == 0, (1...14).contains(days) || ((1...182).contains(days) && days % 7 == 0) else {
            throw AWSError.invalidValue(
                "\(hours)", for: "CapacityDurationHours",
                "It must be in 1-day increments up to 14 days, and in 7-day increments up to 182 days.")
        }
        let earliest = max(input.startDateRange ?? context.now, context.now + .seconds(1800))
        let firstDay = Int((earliest.seconds - hour + day - 1) / day)
        let all = AWSRegion.current(context).zones.lazy.map {
            OfferedBlock(type: type, zone: $0, count: count, days: days, firstDay: firstDay)
        }.filter { offering in
            offering.isOffered(context) && offering.start <= context.now + .hours(56 * 24)
                && offering.end <= input.endDateRange ?? offering.end
        }
        return Array(all.prefix(1))
    }

    func shape(_ context: Context) -> CapacityBlockOffering {
        var shape = CapacityBlockOffering()
        shape.capacityBlockOfferingId = id(context)
        shape.instanceType = type.name
        shape.availabilityZone = zone.name
        shape.instanceCount = count
        shape.startDate = start
        shape.endDate = end
        shape.capacityBlockDurationHours = days * 24
        shape.capacityBlockDurationMinutes = 0
        shape.upfrontFee = fee(context.region)
        shape.currencyCode = "USD"
        shape.tenancy = .default
        return shape
    }
}

extension EC2Simulation {
    public func describeCapacityBlockOfferings(
        _ input: DescribeCapacityBlockOfferingsRequest, _ context: Context
    ) throws -> DescribeCapacityBlockOfferingsResult {
        if input.ultraserverType != nil || input.ultraserverCount != nil {
            throw AWSError.notSimulated("ec2", "DescribeCapacityBlockOfferings of UltraServers")
        }
        let all = try OfferedBlock.all(input, context).map { $0.shape(context) }
        let page = try Paging(input, context).page(all) { .name($0.availabilityZone ?? "") }
        return DescribeCapacityBlockOfferingsResult(capacityBlockOfferings: page.items, nextToken: page.nextToken)
    }

    public func purchaseCapacityBlock(
        _ input: PurchaseCapacityBlockRequest, _ context: Context
    ) throws -> PurchaseCapacityBlockResult {
        guard let offering = OfferedBlock.find(input.capacityBlockOfferingId, context) else {
            throw AWSError.invalidValue(
                input.capacityBlockOfferingId, for: "CapacityBlockOfferingId", "There is no such offering.")
        }
        guard offering.start > context.now else {
            throw AWSError.invalidValue(
                input.capacityBlockOfferingId, for: "CapacityBlockOfferingId", "The offering has expired.")
        }
        let made = try context.create(.capacityReservation, input) { block in
            block.capacityReservationArn = Resource.capacityReservation.kind.arn(block.capacityReservationId ?? "", context)
            block.instanceType = offering.type.name
            block.instancePlatform = input.instancePlatform
            block.availabilityZone = offering.zone.name
            block.availabilityZoneId = offering.zone.id
            block.tenancy = .default
            block.totalInstanceCount = offering.count
            block.ebsOptimized = true
            block.ephemeralStorage = false
            block.instanceMatchCriteria = .targeted
            block.createDate = context.now.wholeSecond
            block.startDate = offering.start
            block.endDate = offering.end
            block.endDateType = .limited
            block.reservationType = .capacityBlock
        }
        let id = made.capacityReservationId ?? ""
        var stored = try Resource.capacityReservation.get(id, context)
        try Resource.capacityReservation.move(&stored, to: "payment-pending", at: context.now, context)
        return PurchaseCapacityBlockResult(capacityReservation: try .shown(id, context))
    }
}

extension CapacityReservation {
    var isBlock: Bool { reservationType == .capacityBlock }

    /// The end of the reservation for instances. AWS terminates a block's instances half an hour before the block ends.
    var closing: Instant? { endDate.map { isBlock ? $0 - .seconds(1800) : $0 } }

    /// Frees or terminates the reservation's instances when it closes.
    /// - Returns: the reservation's next state.
    func close(_ context: Context) throws -> String {
        guard isBlock else {
            try setFree(context)
            return "expired"
        }
        for var instance in try InstanceRecord.within(self, context) where instance.phase != .terminate {
            instance.terminate(context)
            try instance.update(context)
            try instance.noteDue(context)
        }
        return "closing"
    }

    /// - Throws: AWS's error for operations that a Capacity Block doesn't support. Its code and message are assumed.
    func refuseBlock(_ participle: String) throws {
        guard isBlock else { return }
        throw AWSError(
            "OperationNotPermitted", "The Capacity Block '\(capacityReservationId ?? "")' can't be \(participle).")
    }
}
