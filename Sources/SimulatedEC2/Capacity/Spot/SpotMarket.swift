import AWSCore
import SimulatorCore

/// The market for Spot capacity of a type: a zone and an operating system. The seed and the time determine the price, so that
/// there is a price history from before the simulator's start.
///
/// Assumed: a Spot Instance costs from 25 to 65 percent of the On-Demand price. The price drifts over weeks, and changes once in
/// eight hours.
struct SpotMarket: Sendable {
    let type: InstanceTypeFigures
    let product: InstancePrices.Product
    let zone: AWSRegion.Zone
    let region: String
    private let seed: UInt64
    private let hash: UInt64
    private let scale: Double
    private let licence: Double
    private let base: Double

    /// The time in milliseconds in which a price changes once.
    static let period = Duration.hours(8).milliseconds
    private static let week = Duration.days(7).milliseconds

    init(_ type: InstanceTypeFigures, _ product: InstancePrices.Product, _ zone: AWSRegion.Zone, _ context: Context) {
        self.type = type
        self.product = product
        self.zone = zone
        region = context.region
        seed = context.simulator.seed
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ seed
        for byte in "\(zone.id)/\(type.name)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        self.hash = hash
        scale = InstancePrices.machine(type, region: context.region)
        licence = InstancePrices.licence(type, product)
        base = 0.33 + 0.22 * Self.noise(hash, 0)
    }

    /// The market in a named zone; nil if the zone doesn't sell the type as Spot capacity.
    init?(_ type: InstanceTypeFigures, _ product: InstancePrices.Product, zone name: String, _ context: Context) {
        guard let zone = AWSRegion.current(context).zones.first(where: { $0.name == name }),
            type.usageClasses.contains("spot"),
            InstanceTypeOfferings.offers(type, zone: name, region: context.region)
        else { return nil }
        self.init(type, product, zone, context)
    }

    /// Returns the markets of some types in the region for which `isWanted` is true.
    static func all(
        _ types: [InstanceTypeFigures], _ products: [InstancePrices.Product], _ context: Context,
        where isWanted: (InstanceTypeFigures, InstancePrices.Product, AWSRegion.Zone) -> Bool = { _, _, _ in true }
    ) -> [SpotMarket] {
        let zones = AWSRegion.current(context).zones
        var found: [SpotMarket] = []
        for type in types where type.usageClasses.contains("spot") {
            for zone in zones {
                for product in products where isWanted(type, product, zone) {
                    guard product == .linux || type.architectures.contains("x86_64"),
                        InstanceTypeOfferings.offers(type, zone: zone.name, region: context.region)
                    else { continue }
                    found.append(SpotMarket(type, product, zone, context))
                }
            }
        }
        return found
    }

    /// Returns a pseudorandom number from 0 to 1 for a market's `question`.
    private static func noise(_ hash: UInt64, _ question: Int64) -> Double {
        var z = hash &+ UInt64(bitPattern: question &+ 1) &* 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) / Double(UInt64(1) << 53)
    }

    /// Returns the time of the price change within a period, in whole seconds.
    func change(in period: Int64) -> Instant {
        let offset = Int64(Self.noise(hash, period &* 2) * Double(Self.period / 1000))
        return Instant(milliseconds: period * Self.period + offset * 1000)
    }

    /// Returns the period of the last change at or before a time.
    func period(at time: Instant) -> Int64 {
        let period = time.milliseconds / Self.period
        return change(in: period) <= time ? period : period - 1
    }

    /// Returns the price from a period's change to the next change.
    func price(in period: Int64) -> Double {
        let start = period * Self.period
        let week = start / Self.week
        let part = Double(start % Self.week) / Double(Self.week)
        let drift = Self.noise(hash, -week - 7) * (1 - part) + Self.noise(hash, -week - 8) * part
        let jitter = Self.noise(hash, period &* 2 &+ 1)
        let share = base + 0.14 * (drift - 0.5) + 0.02 * (jitter - 0.5)
        return max(((scale * share) * 10_000).rounded() / 10_000, 0.0001) + licence
    }

    func price(at time: Instant) -> Double { price(in: period(at: time)) }

    var onDemandPrice: Double { scale + licence }

    /// Returns when the price is next above `limit`, or no longer above it; nil if not within 90 days.
    func next(isAbove: Bool, _ limit: Double, after time: Instant) -> Instant? {
        let first = period(at: time)
        if (price(in: first) > limit) == isAbove { return time }
        return (1...270).lazy.map { first + $0 }.first { (price(in: $0) > limit) == isAbove }.map { change(in: $0) }
    }
}
