/// The processors and memory of an instance's type, formatted for the files of `/proc`.
struct GuestSize: Sendable {
    var processors: Int
    /// In MiB.
    var memory: Int
    var manufacturer: String

    /// `/proc/cpuinfo`
    var processorList: String {
        (0..<processors).map { number in
            """
            processor\t: \(number)
            vendor_id\t: \(manufacturer == "AMD" ? "AuthenticAMD" : "GenuineIntel")
            model name\t: \(manufacturer) processor of a guest of Drydock
            siblings\t: \(processors)
            core id\t\t: \(number)
            cpu cores\t: \(processors)


            """
        }.joined()
    }

    /// `/proc/meminfo`. The memory used by the kernel and the system at rest is assumed.
    var memoryList: String {
        let total = memory * 1000, cached = total / 8
        return [
            ("MemTotal", total), ("MemFree", total * 3 / 4), ("MemAvailable", total * 7 / 8), ("Buffers", 0),
            ("Cached", cached),
            ("SwapCached", 0), ("Active", cached), ("Inactive", 0), ("SwapTotal", 0), ("SwapFree", 0), ("Dirty", 0),
            ("Shmem", 0), ("Slab", 0), ("SReclaimable", 0), ("SUnreclaim", 0),
        ].map { name, kilobytes in "\(name):\(String(repeating: " ", count: 15 - name.count))\(kilobytes) kB\n" }.joined()
    }
}

extension GuestDisk {
    /// Writes the processors and memory of the instance's type for the next boot.
    func write(_ size: GuestSize) throws {
        try write("programs/processors", "\(size.processors)\n")
        try write("programs/cpuinfo", size.processorList)
        try write("programs/meminfo", size.memoryList)
    }
}
