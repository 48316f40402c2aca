import AWSCore
import EC2API

/// What AWS's instance types are made of, as figures. The tables of the extensions are text that is looked at only when a
/// type is asked for: a family's line (`= m5 key=value …`) holds what most of its sizes share, a size's line (`large vCPUs
/// cores MiB key=value …`) holds what is its own and wins, and a line that begins with `+` goes on with the one before it.
enum InstanceTypeTable {
    /// A type's place in the tables.
    struct Entry: Sendable {
        let name: String
        let family: [Substring]
        let own: [Substring]
    }

    static let entries: [Entry] = [generalPurpose, computeOptimized, memoryOptimized, storageAndAccelerated].flatMap(read)
    private static let places: [String: Int] = Dictionary(
        uniqueKeysWithValues: entries.indices.map { (entries[$0].name, $0) })

    static func figures(of type: String) -> InstanceTypeFigures? { places[type].map { InstanceTypeFigures(entries[$0]) } }

    private static func read(_ table: String) -> [Entry] {
        var result: [Entry] = []
        var name: Substring = "", family: [Substring] = [], size: [Substring] = []
        var isFamily = true
        func flush() {
            guard let first = size.first else { return }
            let end = first.firstIndex(of: " ") ?? first.endIndex
            result.append(Entry(name: "\(name).\(first[..<end])", family: family, own: size))
        }
        for line in table.split(separator: "\n") {
            if line.hasPrefix("+ ") {
                if isFamily { family.append(line.dropFirst(2)) } else { size.append(line.dropFirst(2)) }
                continue
            }
            if !isFamily { flush() }
            isFamily = line.hasPrefix("= ")
            if isFamily {
                let rest = line.dropFirst(2)
                let end = rest.firstIndex(of: " ") ?? rest.endIndex
                name = rest[..<end]
                family = [rest[end...]]
                size = []
            } else {
                size = [line]
            }
        }
        if !isFamily { flush() }
        return result
    }
}

/// The figures of one instance type. Keys of the tables, in the order in which they are read below:
///
/// `vc` valid cores (`2-48/2` is every second from 2 to 48), `vt` valid threads per core, `th` threads per core, `cpu`
/// manufacturer, GHz and architectures, `pf` processor features, `fl` flags, `hv` hypervisor, `eb` EBS-optimised support, NVMe
/// support and attachment limit with its number, `bw` EBS baseline Mbit/s and IOPS (then the maximum, if it is another), `np`
/// network performance, `ni` interfaces, IPv4 and IPv6 addresses per interface, `ena` ENA support, `nc` network cards and their
/// interfaces, baseline and peak Gbit/s and ENA queues, `ncp` a card's performance, `efa` EFA interfaces, `tcp` the
/// established-connection time-out, `nw` bandwidth weightings, `ds` disks and their NVMe and encryption support, `gpu` `fpga`
/// `acc` `med` `neu` devices (`manufacturer:name:count:MiB:…=total MiB`), `pg` placement strategies, `uc` usage classes, `bm`
/// boot modes, `rd` root devices, `vi` virtualization.
struct InstanceTypeFigures: Sendable {
    let name: String
    let vCPUs, cores, memory: Int
    private let values: [Substring: Substring]

    init(_ entry: InstanceTypeTable.Entry) {
        name = entry.name
        var values: [Substring: Substring] = [:]
        var numbers: [Int] = []
        for line in entry.family + entry.own {
            for word in line.split(separator: " ") {
                if let equals = word.firstIndex(of: "=") {
                    values[word[..<equals]] = word[word.index(after: equals)...]
                } else if let number = Int(word) {
                    numbers.append(number)
                }
            }
        }
        self.values = values
        vCPUs = numbers.first ?? 0
        cores = numbers.count > 1 ? numbers[1] : 0
        memory = numbers.count > 2 ? numbers[2] : 0
    }

    /// A value of the tables; nil if the type has none.
    subscript(key: Substring) -> Substring? { values[key].flatMap { $0.isEmpty ? nil : $0 } }

    func list(_ key: Substring) -> [Substring] { self[key]?.split(separator: ",", omittingEmptySubsequences: false) ?? [] }

    /// The numbers of a list, with `first-last/step` spelt out.
    func numbers(_ key: Substring) -> [Int]? {
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
    var family: Substring { name.prefix { $0 != "." } }
    func has(_ flag: Character) -> Bool { values["fl"]?.contains(flag) ?? false }
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
    /// How many volumes can be attached, and whether further interfaces count with them.
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
    /// Sizes in GiB of the disks that come with the instance.
    var disks: [(count: Int, size: Int, type: String)] {
        guard let text = self["ds"]?.split(separator: ":").first else { return [] }
        return text.split(separator: "+").compactMap { disk in
            guard let x = disk.firstIndex(of: "x"), let count = Int(disk[..<x]) else { return nil }
            let rest = disk[disk.index(after: x)...]
            guard let size = Int(rest.prefix { $0.isNumber }) else { return nil }
            return (count, size, String(rest.drop { $0.isNumber }))
        }
    }

    /// AWS's words for the initials `r`, `s`, `u`, `d`.
    static func support(_ initial: Character?) -> String {
        switch initial {
        case "r": "required"
        case "s": "supported"
        case "d": "default"
        default: "unsupported"
        }
    }
}
