/// Which zone offers which instance types, as AWS's regions differ in it.
enum InstanceTypeOfferings {
    private struct Offer: Sendable {
        var families: Set<Substring> = []
        var zones: [Substring: Set<Substring>] = [:]
    }

    private static let offers: [Substring: Offer] = {
        var result: [Substring: Offer] = [:]
        var region: Substring = "", zone: Substring?, isExclusive = false
        for line in table.split(separator: "\n") {
            var words = line.split(separator: " ")[...]
            if words.first == "=" {
                region = words[1]
                zone = nil
                words = words.dropFirst(2)
            } else if words.first == "+" {
                words = words.dropFirst()
            } else {
                zone = words[words.startIndex]
                isExclusive = words[words.startIndex + 1] == "only"
                words = words.dropFirst(2)
            }
            if let zone {
                var families = result[region]?.zones[zone] ?? (isExclusive ? [] : result[region]?.families ?? [])
                if isExclusive { families.formUnion(words) } else { families.subtract(words) }
                result[region]?.zones[zone] = families
            } else {
                result[region, default: Offer()].families.formUnion(words)
            }
        }
        return result
    }()

    /// What a region that the table doesn't know offers: assumed, the families that every newer region has.
    private static let fallback: Set<Substring> = [
        "t3", "t4g", "m5", "m5d", "m6g", "m6gd", "m6i", "m7g", "m7i", "c5", "c5d", "c6g", "c6gd", "c6i", "c7g", "c7i", "r5",
        "r5d",
        "r6g", "r6gd", "r6i", "r7g", "r7i", "i3en", "i4i",
    ]

    /// Whether any zone of the region offers the type.
    static func offers(_ type: InstanceTypeFigures, region: String) -> Bool {
        (offers[region[...]]?.families ?? fallback).contains(type.family)
    }

    static func offers(_ type: InstanceTypeFigures, zone: String, region: String) -> Bool {
        guard let offer = offers[region[...]] else { return fallback.contains(type.family) }
        return (offer.zones[zone[...]] ?? offer.families).contains(type.family)
    }
}
