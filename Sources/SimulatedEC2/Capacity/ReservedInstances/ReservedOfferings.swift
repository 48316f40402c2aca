import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ri-market-concepts-buying.html

/// A Reserved Instances offering: its type, product, place, term and payment option.
struct ReservedOffering: Sendable {
    let type: InstanceTypeFigures
    /// The product in the price table, and its description in EC2.
    let product: InstancePrices.Product
    let description: String
    let tenancy: Tenancy
    let offeringClass: OfferingClassType
    let years: Int
    let payment: OfferingTypeValues
    /// Nil for a regional offering.
    let zone: AWSRegion.Zone?
    let region: String
    /// Its index among the type's offerings.
    let place: Int

    private static let products: [(InstancePrices.Product, String)] = [
        (.linux, "Linux/UNIX"), (.linux, "Linux/UNIX (Amazon VPC)"), (.redHat, "Red Hat Enterprise Linux"),
        (.suse, "SUSE Linux"), (.windows, "Windows"), (.windows, "Windows (Amazon VPC)"),
    ]
    private static let tenancies: [Tenancy] = ["default", "dedicated"]
    private static let payments: [OfferingTypeValues] = ["No Upfront", "Partial Upfront", "All Upfront"]

    /// The price per hour as a share of the On-Demand price, by class, years and payment. The figures approximate those of the
    /// m5.large in AWS's price list of 2024. Assumed: all types have the same shares.
    static let shares: [[[Double]]] = [
        [[0.63, 0.60, 0.59], [0.43, 0.40, 0.38]], [[0.72, 0.69, 0.67], [0.50, 0.47, 0.46]],
    ]
    /// The price factor for dedicated tenancy; assumed.
    private static let dedicated = 1.06
    private static let hoursOfYear = 8760

    /// Returns the offerings of a type in a region, in a fixed order; empty where the type is not offered.
    static func all(of type: InstanceTypeFigures, _ context: Context) -> some Sequence<ReservedOffering> {
        let zones = AWSRegion.current(context).zones.filter {
            InstanceTypeOfferings.offers(type, zone: $0.name, region: context.region)
        }
        let count = zones.isEmpty ? 0 : (1 + zones.count) * products.count * 24
        return (0..<count).lazy.map { ReservedOffering(type, zones, context.region, $0) }
    }

    private init(_ type: InstanceTypeFigures, _ zones: [AWSRegion.Zone], _ region: String, _ place: Int) {
        var rest = place
        func next(_ count: Int) -> Int {
            defer { rest /= count }
            return rest % count
        }
        self.type = type
        self.region = region
        self.place = place
        payment = Self.payments[next(3)]
        years = next(2) == 0 ? 1 : 3
        offeringClass = next(2) == 0 ? .standard : .convertible
        tenancy = Self.tenancies[next(2)]
        (product, description) = Self.products[next(Self.products.count)]
        zone = rest == 0 ? nil : zones[rest - 1]
    }

    var duration: Int { years * Self.hoursOfYear * 3600 }
    private var hours: Double { Double(years * Self.hoursOfYear) }

    /// The total price per hour, including the licence.
    private var rate: Double {
        let share = Self.shares[offeringClass == .standard ? 0 : 1][years == 1 ? 0 : 1][
            Self.payments.firstIndex(of: payment) ?? 0]
        let machine = InstancePrices.machine(type, region: region) * (tenancy == "dedicated" ? Self.dedicated : 1)
        return machine * share + InstancePrices.licence(type, product)
    }

    /// The upfront price, in whole dollars.
    var fixedPrice: Double {
        switch payment {
        case "All Upfront": (rate * hours).rounded()
        case "Partial Upfront": (rate * hours / 2).rounded()
        default: 0
        }
    }

    /// The price of each hour, used or not.
    var hourlyCharge: Double {
        let share = payment == "All Upfront" ? 0 : payment == "Partial Upfront" ? 0.5 : 1
        return (rate * share * 100_000).rounded() / 100_000
    }

    // MARK: Ids

    private static func mark(_ type: String, _ region: String) -> UInt32 {
        var hash: UInt32 = 0x811C_9DC5
        for byte in "\(region) \(type)".utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return hash
    }

    /// A UUID, the same in every simulator. It begins with a hash of type and region, and identifies the offering.
    var id: String {
        let mark = Self.mark(type.name, region)
        let rest = IDGenerator(seed: 0, scope: "reserved \(region) \(type.name) \(place)")
        func hex(_ value: UInt32, _ digits: Int) -> String {
            let text = String(value, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return "\(hex(mark, 8))-\(hex(UInt32(place), 4))-4\(rest.hex(3))-8\(rest.hex(3))-\(rest.hex(12))"
    }

    static func find(_ id: String, _ context: Context) -> ReservedOffering? {
        let parts = id.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 5, let mark = UInt32(parts[0], radix: 16), let place = Int(parts[1], radix: 16) else {
            return nil
        }
        let types = InstanceTypeTable.all.filter { Self.mark($0.name, context.region) == mark }
        return types.lazy.compactMap { type in all(of: type, context).first { $0.place == place && $0.id == id } }.first
    }

    var shape: ReservedInstancesOffering {
        var shape = ReservedInstancesOffering()
        shape.reservedInstancesOfferingId = id
        shape.instanceType = InstanceType(type.name)
        shape.productDescription = RIProductDescription(description)
        shape.instanceTenancy = tenancy
        shape.offeringClass = offeringClass
        shape.offeringType = payment
        shape.duration = duration
        shape.currencyCode = .usd
        shape.fixedPrice = fixedPrice
        shape.usagePrice = 0
        shape.recurringCharges = [RecurringCharge(amount: hourlyCharge, frequency: .hourly)]
        shape.marketplace = false
        shape.pricingDetails = []
        shape.scope = Scope(zone == nil ? "Region" : "Availability Zone")
        shape.availabilityZone = zone?.name
        shape.availabilityZoneId = zone?.id
        return shape
    }
}

extension EC2Simulation {
    public func describeReservedInstancesOfferings(
        _ input: DescribeReservedInstancesOfferingsRequest, _ context: Context
    ) throws -> DescribeReservedInstancesOfferingsResult {
        if input.availabilityZone != nil, input.availabilityZoneId != nil {
            throw AWSError.invalidCombination(
                "The parameters AvailabilityZone and AvailabilityZoneId cannot be used together.")
        }
        if input.instanceTenancy == .host { throw AWSError.invalidValue("host", for: "instanceTenancy") }
        if let size = input.maxResults, size > 100 { throw AWSError.maxResultsTooLarge(size, maximum: 100) }
        let test = try ReservedOffering.filters.predicate(input.filters, context)
        if let ids = input.reservedInstancesOfferingIds, !ids.isEmpty {
            let found = try ids.map { try ReservedOffering.required($0, context) }
            return DescribeReservedInstancesOfferingsResult(
                reservedInstancesOfferings: found.filter { test($0) && $0.matches(input) }.map(\.shape))
        }
        let names = input.filters?.first { $0.name == "instance-type" }?.values
        let types = InstanceTypeTable.all.enumerated().filter { _, type in
            guard input.instanceType == nil || input.instanceType?.rawValue == type.name else { return false }
            return names?.contains { Wildcard.matches(type.name, $0) } ?? true
        }
        let offerings = types.lazy.flatMap { index, type in
            ReservedOffering.all(of: type, context).lazy.filter { $0.matches(input) && test($0) }
                .map { (position: Int64(index) << 16 | Int64($0.place), element: $0) }
        }
        let page = try Paging(input, usually: 100, context).page(of: offerings)
        return DescribeReservedInstancesOfferingsResult(
            nextToken: page.nextToken, reservedInstancesOfferings: page.items.map(\.shape))
    }
}

extension ReservedOffering {
    /// - Throws: AWS's error for an id of no offering. Its message is assumed.
    static func required(_ id: String, _ context: Context) throws -> ReservedOffering {
        guard let found = find(id, context) else {
            throw AWSError("InvalidReservedInstancesOfferingId", "The Reserved Instances offering '\(id)' does not exist.")
        }
        return found
    }

    fileprivate func matches(_ input: DescribeReservedInstancesOfferingsRequest) -> Bool {
        if let type = input.instanceType, type.rawValue != self.type.name { return false }
        if let name = input.availabilityZone?.orNil, name != zone?.name { return false }
        if let id = input.availabilityZoneId?.orNil, id != zone?.id { return false }
        if let product = input.productDescription, product.rawValue != description { return false }
        if let wanted = input.offeringClass, wanted != offeringClass { return false }
        if let wanted = input.offeringType, wanted != payment { return false }
        guard (input.instanceTenancy ?? .default) == tenancy else { return false }
        return duration >= input.minDuration ?? 2_592_000 && duration <= input.maxDuration ?? 94_608_000
    }

    fileprivate static let filters = FilterTable<ReservedOffering>(
        [
            "availability-zone": { [$0.zone?.name] }, "availability-zone-id": { [$0.zone?.id] },
            "duration": { ["\($0.duration)"] }, "fixed-price": { ["\($0.fixedPrice)"] },
            "instance-type": { [$0.type.name] }, "marketplace": { _ in ["false"] },
            "product-description": { [$0.description] }, "reserved-instances-offering-id": { [$0.id] },
            "scope": { [$0.zone == nil ? "Region" : "Availability Zone"] }, "usage-price": { _ in ["0.0"] },
        ], shape: { $0.shape })
}
