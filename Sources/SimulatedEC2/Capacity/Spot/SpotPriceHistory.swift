import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    /// Returns the newest price first. It computes only the prices of the page: three months of all markets have millions.
    public func describeSpotPriceHistory(
        _ input: DescribeSpotPriceHistoryRequest, _ context: Context
    ) throws -> DescribeSpotPriceHistoryResult {
        let paging = try Paging(input, usually: SpotPrice.usualPage, context)
        let window = try SpotPrice.window(input, context)
        let (ofMarkets, ofPrices) = try SpotPrice.split(input.filters ?? [], context)
        let markets = try SpotPrice.markets(input, context, where: ofMarkets)
        let token = try Pagination.number(
            token: input.nextToken, of: context.question, invalidToken: .invalidNextToken(input.nextToken ?? ""))
        let first = token.map { SpotPrice.lastPeriod - $0 / SpotPrice.room } ?? window.end.milliseconds / SpotMarket.period
        let last = window.start.milliseconds / SpotMarket.period - 1
        let wanted = (input.maxResults ?? SpotPrice.usualPage) + 1
        var found: [(number: Int64, price: SpotPrice)] = []
        var examined = 0
        for period in stride(from: first, through: last, by: -1) {
            if found.count >= wanted { break }
            // A filter that few prices pass ends a page early, as AWS's pages may: a request must not hold up the others.
            guard examined < SpotPrice.mostExamined else {
                let end = (SpotPrice.lastPeriod - period) * SpotPrice.room - 1
                return DescribeSpotPriceHistoryResult(
                    nextToken: Pagination.token(after: end, of: context.question), spotPriceHistory: found.map(\.price))
            }
            examined += markets.count
            let changes = markets.map { ($0, $0.change(in: period)) }.sorted { $0.1 > $1.1 }
            for (index, (market, time)) in changes.enumerated() where time <= window.end {
                let number = (SpotPrice.lastPeriod - period) * SpotPrice.room + Int64(index)
                // The price at the window's start belongs to the window, although it changed earlier.
                guard number > token ?? 0, time >= window.start || market.change(in: period + 1) > window.start else {
                    continue
                }
                let price = SpotPrice(market, in: period, at: time)
                if ofPrices(price) { found.append((number, price)) }
            }
        }
        let page = try paging.page(found) { .number($0.number) }
        return DescribeSpotPriceHistoryResult(nextToken: page.nextToken, spotPriceHistory: page.items.map(\.price))
    }
}

extension SpotPrice {
    fileprivate static let usualPage = 1000
    /// A position's number counts down from a period in the far future. Each period has room for all markets.
    fileprivate static let lastPeriod = Int64(1_000_000)
    fileprivate static let room = Int64(100_000)
    /// The most prices that are computed for a page.
    fileprivate static let mostExamined = 20_000

    /// The members that are the same for all prices of a market.
    fileprivate init(_ type: InstanceTypeFigures, _ product: InstancePrices.Product, _ zone: AWSRegion.Zone) {
        self.init(
            availabilityZone: zone.name, availabilityZoneId: zone.id, instanceType: InstanceType(type.name),
            productDescription: RIProductDescription(product.rawValue))
    }

    /// Returns the test of the filters that concern whole markets, and that of the others.
    fileprivate static func split(
        _ given: [Filter], _ context: Context
    ) throws -> (ofMarkets: (SpotPrice) -> Bool, ofPrices: (SpotPrice) -> Bool) {
        func changes(_ filter: Filter) -> Bool { ["spot-price", "timestamp"].contains(filter.name ?? "") }
        return (
            try filters.predicate(given.filter { !changes($0) }, context), try filters.predicate(given.filter(changes), context)
        )
    }

    fileprivate init(_ market: SpotMarket, in period: Int64, at time: Instant) {
        self.init(market.type, market.product, market.zone)
        spotPrice = InstancePrices.text(market.price(in: period))
        timestamp = time
    }

    fileprivate static func window(
        _ input: DescribeSpotPriceHistoryRequest, _ context: Context
    ) throws -> (start: Instant, end: Instant) {
        let earliest = context.now + .days(-90)
        let end = min(input.endTime ?? context.now, context.now)
        let start = max(input.startTime ?? earliest, earliest)
        // The message is assumed.
        guard input.startTime.map({ $0 <= input.endTime ?? $0 }) ?? true else {
            throw AWSError.invalidValue(
                input.startTime?.iso8601(milliseconds: false) ?? "", for: "startTime", "It is after the end time.")
        }
        return (min(start, end), end)
    }

    fileprivate static func markets(
        _ input: DescribeSpotPriceHistoryRequest, _ context: Context, where isWanted: (SpotPrice) -> Bool
    ) throws -> [SpotMarket] {
        let zones = AWSRegion.current(context).zones
        let name = input.availabilityZone.flatMap { $0.isEmpty ? nil : $0 }
        let id = input.availabilityZoneId.flatMap { $0.isEmpty ? nil : $0 }
        if name != nil, id != nil {
            throw AWSError.invalidCombination("Either AvailabilityZone or AvailabilityZoneId can be specified, but not both.")
        }
        if let name, !zones.contains(where: { $0.name == name }) {
            throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(name)]")
        }
        if let id, !zones.contains(where: { $0.id == id }) {
            throw AWSError("InvalidParameterValue", "Invalid availability zone-id: [\(id)]")
        }
        let asked = input.instanceTypes ?? []
        let types = try asked.isEmpty ? InstanceTypeTable.all : asked.map { try LaunchSettings.type(named: $0.rawValue) }
        let descriptions = input.productDescriptions ?? []
        // Assumed: an unknown description matches no prices.
        let products = InstancePrices.Product.allCases.filter { product in
            descriptions.isEmpty || descriptions.contains { InstancePrices.Product(description: $0) == product }
        }
        return SpotMarket.all(types, products, context) { type, product, zone in
            (name == nil || zone.name == name) && (id == nil || zone.id == id) && isWanted(SpotPrice(type, product, zone))
        }
    }

    fileprivate static let filters = FilterTable<SpotPrice>([
        "availability-zone": { [$0.availabilityZone] }, "availability-zone-id": { [$0.availabilityZoneId] },
        "instance-type": { [$0.instanceType?.rawValue] },
        "product-description": {
            [$0.productDescription?.rawValue, $0.productDescription.map { $0.rawValue + " (Amazon VPC)" }]
        },
        "spot-price": { [$0.spotPrice] }, "timestamp": { [$0.timestamp?.iso8601(milliseconds: true)] },
    ])
}
