import AWSCore
import AWSModels
import CCatalogue
import EC2API

/// The figures of AWS's instance types. tools/catalogue writes the text, and lookups read it in place. A family's line (`m5
/// key=value …`) holds what most of its sizes share. A size's line below it (`large vCPUs cores MiB key=value …`) holds the
/// size's own values, which take precedence.
enum InstanceTypeTable {
    private static let families = SortedText(embedded: catalogue_instance_types())

    static func figures(of type: String) -> InstanceTypeFigures? {
        guard let dot = type.utf8.firstIndex(of: 46), let record = families.record(String(type[..<dot])),
            let line = record.line(String(type[type.utf8.index(after: dot)...]))
        else { return nil }
        return InstanceTypeFigures(family: String(type[..<dot]), Line(record.line), Line(line))
    }

    /// Every type, by family. Holds only positions in the text.
    static let all: [InstanceTypeFigures] = families.names.flatMap { family -> [InstanceTypeFigures] in
        guard let record = families.record(family) else { return [] }
        return record.lines.map { InstanceTypeFigures(family: family, Line(record.line), Line($0)) }
    }

    /// Words of the text. Words with `=` are looked up in place.
    struct Line: @unchecked Sendable {  // the program's constants
        private let bytes: UnsafeBufferPointer<UInt8>
        init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        /// Returns the first `count` words.
        func words(_ count: Int) -> [String] {
            bytes.split(separator: 32, maxSplits: count).prefix(count).map { String(decoding: $0, as: UTF8.self) }
        }

        /// Returns the value of a key; empty if the line sets it to nothing, nil if the line lacks the key.
        func value(_ key: String) -> Substring? {
            let key = key.utf8
            var start = bytes.startIndex
            while start < bytes.endIndex {
                var end = start
                while end < bytes.endIndex, bytes[end] != 32 { end += 1 }
                let equals = start + key.count
                if equals < end, bytes[equals] == 61, bytes[start..<equals].elementsEqual(key) {
                    return String(decoding: UnsafeBufferPointer(rebasing: bytes[(equals + 1)..<end]), as: UTF8.self)[...]
                }
                start = end + 1
            }
            return nil
        }
    }
}

/// The figures of one instance type. The tables' keys, in the order in which the code below reads them:
///
/// - `vc`: valid cores (`2-48/2` is every second from 2 to 48)
/// - `vt`: valid threads per core
/// - `th`: threads per core
/// - `cpu`: manufacturer, GHz and architectures
/// - `pf`: processor features
/// - `fl`: flags
/// - `hv`: hypervisor
/// - `eb`: EBS-optimised support, NVMe support and attachment limit with its number
/// - `bw`: EBS baseline Mbit/s and IOPS (then the maximum, if it differs)
/// - `ec`: EBS cards with the same
/// - `np`: network performance
/// - `ni`: interfaces, IPv4 and IPv6 addresses per interface
/// - `si`: IPv4 addresses per secondary interface
/// - `ena`: ENA support
/// - `nc`: network cards (`count x interfaces, baseline and peak Gbit/s and ENA queues:interface types:performance`)
/// - `efa`: EFA interfaces
/// - `tcp`: the established-connection time-out
/// - `nw`: bandwidth weightings
/// - `ds`: disks and their NVMe and encryption support
/// - `gpu`, `fpga`, `acc`, `med`, `neu`: devices (`manufacturer:name:count:MiB:…=total MiB`)
/// - `pg`: placement strategies
/// - `uc`: usage classes
/// - `bm`: boot modes
/// - `rd`: root devices
/// - `vi`: virtualization
struct InstanceTypeFigures: Sendable {
    let name: String
    let family: Substring
    let vCPUs, cores, memory: Int
    /// The family's line, and the size's line, which takes precedence.
    private let shared, own: InstanceTypeTable.Line

    init(family: String, _ shared: InstanceTypeTable.Line, _ own: InstanceTypeTable.Line) {
        self.shared = shared
        self.own = own
        let words = own.words(4)
        self.family = family[...]
        name = "\(family).\(words.first ?? "")"
        let numbers = words.dropFirst().map { Int($0) ?? 0 }
        vCPUs = numbers.first ?? 0
        cores = numbers.count > 1 ? numbers[1] : 0
        memory = numbers.count > 2 ? numbers[2] : 0
    }

    private func text(_ key: String) -> Substring? { own.value(key) ?? shared.value(key) }

    /// Returns a value of the tables; nil if the type has none.
    subscript(key: String) -> Substring? { text(key).flatMap { $0.isEmpty ? nil : $0 } }

    func list(_ key: String) -> [Substring] { self[key]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] }

    /// Returns the numbers of a list, with each `first-last/step` expanded.
    func numbers(_ key: String) -> [Int]? {
        guard let text = self[key] else { return nil }
        if let slash = text.firstIndex(of: "/"), let dash = text.firstIndex(of: "-"), let first = Int(text[..<dash]),
            let last = Int(text[text.index(after: dash)..<slash]), let step = Int(text[text.index(after: slash)...])
        {
            return Array(stride(from: first, through: last, by: step))
        }
        return text.split(separator: ",").compactMap { Int($0) }
    }

    var threadsPerCore: Int { self["th"].flatMap { Int($0) } ?? 1 }
    var architectures: [String] {
        self["cpu"]?.split(separator: ":", omittingEmptySubsequences: false).last?.split(separator: ",").map(String.init) ?? []
    }
    func has(_ flag: Character) -> Bool { text("fl")?.contains(flag) ?? false }
    var isBurstable: Bool { has("B") }
    var isBareMetal: Bool { has("b") }
    var isCurrentGeneration: Bool { has("g") }
    var hypervisor: String? { self["hv"].map(String.init) }
    var enaSupport: String { Self.support(self["ena"]?.first) }
    /// `default`, `supported` or `unsupported`.
    var ebsOptimizedSupport: String {
        switch self["eb"]?.first {
        case "d": "default"
        case "s": "supported"
        default: "unsupported"
        }
    }
    /// The number of volumes that can be attached, and whether further interfaces count towards it.
    var attachmentLimit: (isShared: Bool, limit: Int) {
        let text = Array(self["eb"] ?? "")
        let limit = text.count > 3 ? Int(String(text[3...])) : nil
        return (hypervisor != "xen" && text.count > 2 && text[2] == "s", limit ?? 27)
    }
    var maximumNetworkInterfaces: Int { list("ni").first.flatMap { Int($0) } ?? 1 }
    var bootModes: [String] { (self["bm"] ?? "").map { $0 == "u" ? "uefi" : "legacy-bios" } }
    var usageClasses: [String] {
        (self["uc"] ?? "").map { $0 == "o" ? "on-demand" : $0 == "s" ? "spot" : "capacity-block" }
    }
    var virtualizationTypes: [String] { (self["vi"] ?? "").map { $0 == "h" ? "hvm" : "paravirtual" } }
    /// The disks that come with the instance; sizes in GiB.
    var disks: [(count: Int, size: Int, type: String)] {
        guard let text = self["ds"]?.split(separator: ":").first else { return [] }
        return text.split(separator: "+").compactMap { disk in
            guard let x = disk.firstIndex(of: "x"), let count = Int(disk[..<x]) else { return nil }
            let rest = disk[disk.index(after: x)...]
            guard let size = Int(rest.prefix { $0.isNumber }) else { return nil }
            return (count, size, String(rest.drop { $0.isNumber }))
        }
    }

    /// Returns AWS's word for the initial `r`, `s`, `u` or `d`.
    static func support(_ initial: Character?) -> String {
        switch initial {
        case "r": "required"
        case "s": "supported"
        case "d": "default"
        default: "unsupported"
        }
    }
}

extension SortedText {
    /// A text in a file that is part of the program.
    init(embedded file: CatalogueFile) { self.init(UnsafeBufferPointer(start: file.start, count: file.count)) }
}
