import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-reserved-instances.html

extension Resource where S == ReservedInstances {
    /// Their ids are UUIDs without a prefix.
    static let reservedInstances = Resource(
        ResourceKind(
            "reserved-instances", type: "reserved-instances", code: "InvalidReservedInstancesId",
            notFound: "The Reserved Instances '%' do not exist.", notFoundCode: "InvalidReservedInstancesId",
            malformed: "InvalidReservedInstancesId", conditions: ReservedInstances.conditions),
        id: \.reservedInstancesId, tags: \.tags, life: ReservedInstances.life,
        filters: [
            "duration": { [$0.duration.map(String.init)] }, "fixed-price": { [$0.fixedPrice.map { "\($0)" }] },
            "usage-price": { [$0.usagePrice.map { "\($0)" }] },
            "start": { [$0.start?.iso8601(milliseconds: true)] }, "end": { [$0.end?.iso8601(milliseconds: true)] },
        ])
}

extension ReservedInstances {
    /// The duration of a payment is assumed. Retired ones are shown forever.
    fileprivate static let life = LifeCycle<Self>(
        show: { $0.state = ReservedInstanceState(rawValue: $1) }, initial: "payment-pending", deleting: nil,
        steps: [
            "queued": .init(until: \.start) { _, _ in "payment-pending" },
            "payment-pending": .init(after: .seconds(60), isFixed: false) { _, _ in "active" },
            "active": .init(until: \.end) { _, _ in "retired" },
        ], gone: [])

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let found = try Resource.reservedInstances.find(id, context)?.shape else { return [:] }
        var conditions: [String: [String]] = [:]
        conditions["ec2:InstanceType"] = found.instanceType.map { [$0.rawValue] }
        conditions["ec2:Tenancy"] = found.instanceTenancy.map { [$0.rawValue] }
        conditions["ec2:ReservedInstancesOfferingType"] = found.offeringType.map { [$0.rawValue] }
        conditions["ec2:AvailabilityZone"] = found.availabilityZone.map { [$0] }
        return conditions
    }

    static func required(_ id: String, _ context: Context) throws -> Stored<ReservedInstances> {
        guard let found = try Resource.reservedInstances.find(id, context) else {
            throw Resource.reservedInstances.kind.notFound(id)
        }
        return found
    }
}

extension EC2Simulation {
    public func purchaseReservedInstancesOffering(
        _ input: PurchaseReservedInstancesOfferingRequest, _ context: Context
    ) throws -> PurchaseReservedInstancesOfferingResult {
        let offering = try ReservedOffering.required(input.reservedInstancesOfferingId, context)
        guard input.instanceCount >= 1 else {
            throw AWSError.invalidValue("\(input.instanceCount)", for: "instanceCount")
        }
        if let limit = input.limitPrice?.amount, limit < offering.fixedPrice * Double(input.instanceCount) {
            throw AWSError("LimitPriceExceeded", "The cost of the total order is greater than the specified limit price.")
        }
        let time = input.purchaseTime ?? context.now
        let isQueued = time > context.now
        if isQueued {
            guard offering.zone == nil else {
                throw AWSError.invalidCombination("Only purchases of regional Reserved Instances can be queued.")
            }
            guard time <= context.now + .hours(3 * 365 * 24) else {
                throw AWSError("InvalidTime", "A purchase can be queued up to three years in advance.")
            }
        }
        try ReservedInstances.checkLimit(input.instanceCount, offering, context)
        var bought = ReservedInstances(offering, count: input.instanceCount)
        let id = context.ids.uuid()
        bought.reservedInstancesId = id
        bought.start = time
        bought.end = time + .seconds(Int64(offering.duration))
        try Resource.reservedInstances.place(bought, phase: isQueued ? "queued" : "payment-pending", context)
        return PurchaseReservedInstancesOfferingResult(reservedInstancesId: id)
    }

    public func describeReservedInstances(
        _ input: DescribeReservedInstancesRequest, _ context: Context
    ) throws -> DescribeReservedInstancesResult {
        let resource = Resource.reservedInstances
        let all =
            try input.reservedInstancesIds.flatMap { $0.isEmpty ? nil : $0 }?.map {
                try ReservedInstances.required($0, context)
            }
            ?? resource.all(context)
        let shown = try all.map { try context.shown(resource, $0) }.filter { shape in
            (input.offeringClass ?? shape.offeringClass) == shape.offeringClass
                && (input.offeringType ?? shape.offeringType) == shape.offeringType
        }
        return DescribeReservedInstancesResult(
            reservedInstances: try resource.filterTable.apply(input.filters, to: shown, context))
    }

    public func deleteQueuedReservedInstances(
        _ input: DeleteQueuedReservedInstancesRequest, _ context: Context
    ) throws -> DeleteQueuedReservedInstancesResult {
        var result = DeleteQueuedReservedInstancesResult(
            successfulQueuedPurchaseDeletions: [], failedQueuedPurchaseDeletions: [])
        for id in input.reservedInstancesIds {
            guard var stored = try Resource.reservedInstances.find(id, context) else {
                result.failedQueuedPurchaseDeletions?.append(
                    .init(
                        error: .init(
                            code: "reserved-instances-id-invalid", message: "The Reserved Instances '\(id)' do not exist."),
                        reservedInstancesId: id))
                continue
            }
            guard stored.phase == "queued" else {
                result.failedQueuedPurchaseDeletions?.append(
                    .init(
                        error: .init(
                            code: "reserved-instances-not-in-queued-state",
                            message: "The Reserved Instances '\(id)' are not queued."),
                        reservedInstancesId: id))
                continue
            }
            try Resource.reservedInstances.move(&stored, to: "queued-deleted", at: context.now, context)
            result.successfulQueuedPurchaseDeletions?.append(.init(reservedInstancesId: id))
        }
        return result
    }
}

extension ReservedInstances {
    fileprivate init(_ offering: ReservedOffering, count: Int) {
        self.init()
        let shape = offering.shape
        instanceType = shape.instanceType
        productDescription = shape.productDescription
        instanceTenancy = shape.instanceTenancy
        offeringClass = shape.offeringClass
        offeringType = shape.offeringType
        duration = shape.duration
        currencyCode = shape.currencyCode
        fixedPrice = shape.fixedPrice
        usagePrice = shape.usagePrice
        recurringCharges = shape.recurringCharges
        scope = shape.scope
        availabilityZone = shape.availabilityZone
        availabilityZoneId = shape.availabilityZoneId
        instanceCount = count
    }

    /// Checks the quota: 20 a month for the region, and 20 for each zone.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ri-limits.html
    fileprivate static func checkLimit(_ count: Int, _ offering: ReservedOffering, _ context: Context) throws {
        let month = context.now.iso8601(milliseconds: false).prefix(7)
        let others = try Resource.reservedInstances.all(context).map(\.shape).filter {
            $0.availabilityZone == offering.zone?.name && $0.state != "queued-deleted"
                && $0.start?.iso8601(milliseconds: false).hasPrefix(month) ?? false
        }
        guard others.reduce(count, { $0 + ($1.instanceCount ?? 0) }) <= 20 else {
            throw AWSError(
                "ReservedInstancesLimitExceeded",
                "Your current quota does not allow you to purchase the required number of Reserved Instances.")
        }
    }
}

extension String {
    /// Whether it is a UUID without a prefix, the form of Reserved Instances' ids.
    var isUUID: Bool {
        let parts = split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && utf8.allSatisfy { $0 == 45 || (48...57).contains($0) || (97...102).contains($0) }
    }
}
