import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/dedicated-hosts-overview.html#dedicated-hosts-billing

/// A Dedicated Host Reservation that can be bought: for a family of instance types, with a term and a payment option.
private struct HostOfferingForSale: Sendable {
    let family: String
    let years: Int
    let payment: PaymentOption
    /// The On-Demand price of the host per hour.
    private let onDemand: Double

    private static let payments: [PaymentOption] = [.noUpfront, .partialUpfront, .allUpfront]
    private static let hoursOfYear = 8760

    /// A host costs ten percent more than its family's largest size.
    private static let premium = 1.1

    private static let kind = ResourceKind(
        "hro", type: "host-reservation-offering",
        in: .elsewhere { id, context in HostOfferingForSale.all(context).contains { $0.id(context) == id } },
        code: "InvalidHostReservationOfferingId", notFound: "The offering ID '%' does not exist.")

    /// Returns all offerings. AWS lists them for all families, also those that the region lacks.
    static func all(_ context: Context) -> [HostOfferingForSale] {
        var largest: [Substring: InstanceTypeFigures] = [:], families: [Substring] = []
        for type in InstanceTypeTable.all where type.has("d") {
            guard let present = largest[type.family] else {
                families.append(type.family)
                largest[type.family] = type
                continue
            }
            if type.vCPUs > present.vCPUs { largest[type.family] = type }
        }
        return families.flatMap { family in
            let price = largest[family].map { InstancePrices.machine($0, region: context.region) * premium } ?? 0
            return [1, 3].flatMap { years in
                payments.map { HostOfferingForSale(family: String(family), years: years, payment: $0, onDemand: price) }
            }
        }
    }

    static func required(_ id: String, _ context: Context) throws -> HostOfferingForSale {
        try kind.check(id)
        guard let found = all(context).first(where: { $0.id(context) == id }) else { throw kind.notFound(id) }
        return found
    }

    /// The same id in every simulator.
    func id(_ context: Context) -> String {
        "hro-0" + IDGenerator(seed: 0, scope: "host \(context.region) \(family) \(years) \(payment.rawValue)").hex(16)
    }

    var duration: Int { years * Self.hoursOfYear * 3600 }

    private var rate: Double {
        onDemand * ReservedOffering.shares[0][years == 1 ? 0 : 1][Self.payments.firstIndex(of: payment) ?? 0]
    }
    private var upfrontShare: Double { payment == .allUpfront ? 1 : payment == .partialUpfront ? 0.5 : 0 }
    var hourly: Double { (rate * (1 - upfrontShare) * 1000).rounded() / 1000 }
    var upfront: Double { (rate * upfrontShare * Double(years * Self.hoursOfYear)).rounded() }

    /// Returns a price in EC2's format for hosts: `1.499`.
    static func text(_ price: Double) -> String { InstancePrices.text(price, decimals: 3) }

    func shape(_ context: Context) -> HostOffering {
        HostOffering(
            currencyCode: .usd, duration: duration, hourlyPrice: Self.text(hourly), instanceFamily: family,
            offeringId: id(context), paymentOption: payment, upfrontPrice: Self.text(upfront))
    }

    func purchase(of hosts: [String], reservation: String? = nil) -> Purchase {
        Purchase(
            currencyCode: .usd, duration: duration, hostIdSet: hosts, hostReservationId: reservation,
            hourlyPrice: Self.text(hourly), instanceFamily: family, paymentOption: payment, upfrontPrice: Self.text(upfront))
    }
}

extension Resource where S == HostReservation {
    static let hostReservation = Resource(
        ResourceKind(
            "hr", type: "host-reservation", code: "InvalidHostReservationId",
            notFound: "The host reservation ID '%' does not exist."),
        id: \.hostReservationId, tags: \.tags,
        refers: [.toEach("dedicated-host", .dangles) { $0.hostIdSet ?? [] }],
        // The duration of a payment is assumed. Retired ones are shown forever.
        life: LifeCycle(
            show: { $0.state = ReservationState(rawValue: $1) }, initial: "payment-pending", deleting: nil,
            steps: [
                "payment-pending": .init(after: .seconds(60), isFixed: false) { _, _ in "active" },
                "active": .init(until: \.end) { reservation, context in
                    try reservation.cover(with: nil, context)
                    return "retired"
                },
            ], gone: []))
}

extension HostReservation {
    /// Sets the reservation that the hosts show.
    fileprivate func cover(with reservation: String?, _ context: Context) throws {
        for id in hostIdSet ?? [] {
            guard var host = try Resource.host.find(id, context) else { continue }
            host.shape.hostReservationId = reservation
            try Resource.host.write(host, context)
        }
    }
}

extension EC2Simulation {
    public func describeHostReservationOfferings(
        _ input: DescribeHostReservationOfferingsRequest, _ context: Context
    ) throws -> DescribeHostReservationOfferingsResult {
        for (value, name) in [(input.minDuration, "MinDuration"), (input.maxDuration, "MaxDuration")] {
            guard let value, value != 31_536_000, value != 94_608_000 else { continue }
            throw AWSError.invalidValue("\(value)", for: name, "It must be the seconds of one year or three years.")
        }
        let paging = try Paging(input, context)
        let all =
            try input.offeringId.flatMap(\.orNil).map { [try HostOfferingForSale.required($0, context)] }
            ?? HostOfferingForSale.all(context)
        let meant = all.filter { $0.duration >= input.minDuration ?? 0 && $0.duration <= input.maxDuration ?? .max }
        let shown = try FilterTable<HostOffering>([
            "instance-family": { [$0.instanceFamily] }, "payment-option": { [$0.paymentOption?.rawValue] },
        ]).apply(input.filter, to: meant.map { $0.shape(context) }, context)
        let page = try paging.page(fixed: shown)
        return DescribeHostReservationOfferingsResult(nextToken: page.nextToken, offeringSet: page.items)
    }

    public func getHostReservationPurchasePreview(
        _ input: GetHostReservationPurchasePreviewRequest, _ context: Context
    ) throws -> GetHostReservationPurchasePreviewResult {
        let offering = try HostOfferingForSale.required(input.offeringId, context)
        try Self.check(hosts: input.hostIdSet, for: offering, context)
        let count = Double(input.hostIdSet.count)
        return GetHostReservationPurchasePreviewResult(
            currencyCode: .usd, purchase: [offering.purchase(of: input.hostIdSet)],
            totalHourlyPrice: HostOfferingForSale.text(offering.hourly * count),
            totalUpfrontPrice: HostOfferingForSale.text(offering.upfront * count))
    }

    public func purchaseHostReservation(
        _ input: PurchaseHostReservationRequest, _ context: Context
    ) throws -> PurchaseHostReservationResult {
        let offering = try HostOfferingForSale.required(input.offeringId, context)
        if let currency = input.currencyCode, currency != .usd {
            throw AWSError.invalidValue(currency.rawValue, for: "CurrencyCode")
        }
        let count = input.hostIdSet.count, upfront = offering.upfront * Double(count)
        let made = try context.create(.hostReservation, input) { reservation in
            try Self.check(hosts: input.hostIdSet, for: offering, context)
            if let text = input.limitPrice.flatMap(\.orNil) {
                guard let limit = Double(text), limit >= 0 else { throw AWSError.invalidValue(text, for: "LimitPrice") }
                guard upfront <= limit else {
                    throw AWSError(
                        "LimitPriceExceeded", "The cost of the total order is greater than the specified limit price.")
                }
            }
            reservation.count = count
            reservation.currencyCode = .usd
            reservation.duration = offering.duration
            reservation.start = context.now.wholeSecond
            reservation.end = context.now.wholeSecond + .seconds(Int64(offering.duration))
            reservation.hostIdSet = input.hostIdSet
            reservation.hourlyPrice = HostOfferingForSale.text(offering.hourly)
            reservation.instanceFamily = offering.family
            reservation.offeringId = input.offeringId
            reservation.paymentOption = offering.payment
            reservation.upfrontPrice = HostOfferingForSale.text(offering.upfront)
            try reservation.cover(with: reservation.hostReservationId, context)
        }
        return PurchaseHostReservationResult(
            clientToken: input.clientToken, currencyCode: .usd,
            purchase: [offering.purchase(of: made.hostIdSet ?? [], reservation: made.hostReservationId)],
            totalHourlyPrice: HostOfferingForSale.text(offering.hourly * Double(count)),
            totalUpfrontPrice: HostOfferingForSale.text(upfront))
    }

    public func describeHostReservations(
        _ input: DescribeHostReservationsRequest, _ context: Context
    ) throws -> DescribeHostReservationsResult {
        let page = try context.describe(
            .hostReservation, input, ids: input.hostReservationIdSet, named: "hostReservationIdSet")
        return DescribeHostReservationsResult(hostReservationSet: page.items, nextToken: page.nextToken)
    }

    /// Checks that the hosts are the account's, of the offering's family, and not covered by another reservation.
    private static func check(hosts ids: [String], for offering: HostOfferingForSale, _ context: Context) throws {
        guard !ids.isEmpty else { throw AWSError.missingParameter("HostIdSet") }
        guard Set(ids).count == ids.count else {
            throw AWSError.invalidValue(ids.joined(separator: ", "), for: "HostIdSet", "It names a host twice.")
        }
        for id in ids {
            let host = try Resource.host.present(id, context).shape
            let family = host.hostProperties?.instanceFamily ?? Host.family(host.hostProperties?.instanceType)
            guard family == offering.family else {
                throw AWSError(
                    "InvalidHostConfiguration",
                    "The Dedicated Host '\(id)' is of the family '\(family)', the offering for '\(offering.family)'.")
            }
            guard host.hostReservationId == nil else {
                throw AWSError(
                    "HostAlreadyCoveredByReservation", "The Dedicated Host '\(id)' is already covered by a reservation.")
            }
        }
    }
}
