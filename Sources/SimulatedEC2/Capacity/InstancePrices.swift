import SimulatorCore

/// On-Demand prices of instances, in USD per hour.
enum InstancePrices {
    /// The operating system, by the name in AWS's price lists.
    enum Product: String, CaseIterable, Sendable {
        case linux = "Linux/UNIX"
        case redHat = "Red Hat Enterprise Linux"
        case suse = "SUSE Linux"
        case windows = "Windows"

        /// Reads a product description, with or without ` (Amazon VPC)`.
        init?(description: String) {
            let end = " (Amazon VPC)"
            self.init(rawValue: description.hasSuffix(end) ? String(description.dropLast(end.utf8.count)) : description)
        }
    }

    /// A family's prices: that of its xlarge, or one for each size.
    private enum Family: Sendable {
        case proportional(Double)
        case sizes([Substring: Double])
    }

    private static let families: [Substring: Family] = {
        var families: [Substring: Family] = [:]
        let text = table.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count > 1 else { continue }
            if let price = Double(words[1]) {
                families[words[0]] = .proportional(price)
            } else {
                let sizes = words.dropFirst().map { $0.split(separator: "=") }.filter { $0.count == 2 }
                families[words[0]] = .sizes(
                    Dictionary(sizes.map { ($0[0], Double($0[1]) ?? 0) }, uniquingKeysWith: { first, _ in first }))
            }
        }
        return families
    }()

    /// Returns the Linux price in us-east-1. For a type that the table lacks, the assumed price is that of a general-purpose type
    /// with the same vCPUs and memory.
    private static func base(_ type: InstanceTypeFigures) -> Double {
        let size = type.name.drop { $0 != "." }.dropFirst()
        switch families[type.family] {
        case .sizes(let sizes)?: if let price = sizes[size] { return price }
        case .proportional(let price)?:
            return type.isBurstable ? price * Double(type.memory) / 16384 : price * Double(type.vCPUs) / 4
        case nil: break
        }
        return Double(type.vCPUs) * 0.035 + Double(type.memory) / 1024 * 0.0035
    }

    /// Returns the price of the operating system's licence. The figures for Red Hat and SUSE are assumed.
    static func licence(_ type: InstanceTypeFigures, _ product: Product) -> Double {
        let cpus = Double(type.vCPUs)
        switch product {
        case .linux: return 0
        case .redHat: return 0.0144 * cpus
        case .suse: return type.vCPUs <= 2 ? 0.05625 : type.vCPUs <= 4 ? 0.1 : 0.125
        case .windows: return type.isBurstable ? 0.0092 * Double(type.memory) / 1024 : 0.046 * cpus
        }
    }

    /// Returns the price without the licence.
    static func machine(_ type: InstanceTypeFigures, region: String) -> Double {
        // The factor for regions that the table lacks is assumed.
        base(type) * (regions[region] ?? 1.2)
    }

    static func onDemand(_ type: InstanceTypeFigures, _ product: Product, region: String) -> Double {
        machine(type, region: region) + licence(type, product)
    }

    /// Returns a price in EC2's format: `0.032000`.
    static func text(_ price: Double, decimals: Int = 6) -> String {
        let unit = (0..<decimals).reduce(1) { power, _ in power * 10 }
        let parts = Int((price * Double(unit)).rounded()), fraction = String(parts % unit)
        return "\(parts / unit)." + String(repeating: "0", count: decimals - fraction.utf8.count) + fraction
    }

    /// Reads a price from a request; nil if it is not a number above 0 and below a million.
    static func price(_ text: String) -> Double? {
        guard let value = Double(text), value.isFinite, value > 0, value < 1_000_000 else { return nil }
        return value
    }
}
