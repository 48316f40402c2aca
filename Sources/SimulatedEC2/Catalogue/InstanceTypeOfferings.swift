import AWSModels
import Synchronization

/// Which zone offers which instance types, as AWS's regions differ in it: a text that tools/catalogue writes, of which a region
/// is read when it is first asked for.
enum InstanceTypeOfferings {
    /// Families, and types that are missing though their family is there.
    private struct Offer: Sendable {
        var families: Set<String>
        var missing: Set<String> = []

        func contains(_ type: InstanceTypeFigures) -> Bool {
            families.contains(String(type.family)) && !missing.contains(type.name)
        }
    }

    private struct Region: Sendable {
        var offer: Offer
        var zones: [String: Offer] = [:]
    }

    private static let texts = SortedText(data)
    private static let regions = Mutex<[String: Region]>([:])

    private static func region(_ name: String) -> Region {
        regions.withLock { regions in
            if let region = regions[name] { return region }
            let region = read(name)
            regions[name] = region
            return region
        }
    }

    private static func read(_ name: String) -> Region {
        guard let record = texts.record(name) else { return Region(offer: Offer(families: fallback)) }
        let words = record.words
        var region = Region(offer: Offer(families: Set(words.filter { !$0.hasPrefix("-") })))
        region.offer.missing = Set(words.filter { $0.hasPrefix("-") }.map { String($0.dropFirst()) })
        for words in record.wordsOfLines {
            guard let zone = words.first else { continue }
            var offer = region.offer
            // A zone that has few of its region's families says which.
            if words.dropFirst().first == "=" { offer.families = Set(words.dropFirst(2).filter { !$0.hasPrefix("-") }) }
            for word in words where word.hasPrefix("-") {
                let name = String(word.dropFirst())
                if name.contains(".") { offer.missing.insert(name) } else { offer.families.remove(name) }
            }
            region.zones[zone] = offer
        }
        return region
    }

    /// What a region that the table doesn't know offers: assumed, the families that every newer region has.
    private static let fallback: Set<String> = [
        "t3", "t4g", "m5", "m5d", "m6g", "m6gd", "m6i", "m7g", "m7i", "c5", "c5d", "c6g", "c6gd", "c6i", "c7g", "c7i", "r5",
        "r5d",
        "r6g", "r6gd", "r6i", "r7g", "r7i", "i3en", "i4i",
    ]

    /// Whether any zone of the region offers the type.
    static func offers(_ type: InstanceTypeFigures, region: String) -> Bool { self.region(region).offer.contains(type) }

    static func offers(_ type: InstanceTypeFigures, zone: String, region: String) -> Bool {
        let region = self.region(region)
        return (region.zones[zone] ?? region.offer).contains(type)
    }
}
