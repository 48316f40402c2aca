import AWSModels
import CCatalogue
import Synchronization

/// The instance types that each zone offers, which differ between AWS's regions. tools/catalogue writes the text; a region is
/// parsed at its first use.
enum InstanceTypeOfferings {
    /// The offered families, and the types that are not offered although their family is.
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

    private static let texts = SortedText(embedded: catalogue_instance_type_offerings())
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
            // A zone that lacks many of its region's families lists its own.
            if words.dropFirst().first == "=" { offer.families = Set(words.dropFirst(2).filter { !$0.hasPrefix("-") }) }
            for word in words where word.hasPrefix("-") {
                let name = String(word.dropFirst())
                if name.contains(".") { offer.missing.insert(name) } else { offer.families.remove(name) }
            }
            region.zones[zone] = offer
        }
        return region
    }

    /// The families of a region that the table lacks. Assumed: the families that every newer region has.
    private static let fallback: Set<String> = [
        "t3", "t4g", "m5", "m5d", "m6g", "m6gd", "m6i", "m7g", "m7i", "c5", "c5d", "c6g", "c6gd", "c6i", "c7g", "c7i", "r5",
        "r5d",
        "r6g", "r6gd", "r6i", "r7g", "r7i", "i3en", "i4i",
    ]

    /// Returns whether any zone of the region offers the type.
    static func offers(_ type: InstanceTypeFigures, region: String) -> Bool { self.region(region).offer.contains(type) }

    static func offers(_ type: InstanceTypeFigures, zone: String, region: String) -> Bool {
        let region = self.region(region)
        return (region.zones[zone] ?? region.offer).contains(type)
    }
}
