/// An IPv4 or IPv6 address, or a range of addresses with a common prefix: `203.0.113.0/24`, `2001:db8::/32`, `203.0.113.7`.
package struct AddressRange: Sendable, Equatable {
    private var groups: [UInt8]
    private var prefix: Int

    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let groups = parts[0].contains(":") ? Self.ipv6(parts[0]) : Self.ipv4(parts[0]) else { return nil }
        self.groups = groups
        prefix = groups.count * 8
        if parts.count == 2 {
            guard let length = Int(parts[1]), (0...prefix).contains(length) else { return nil }
            prefix = length
        }
    }

    /// A single address of four or sixteen bytes.
    package init(bytes: [UInt8]) {
        groups = bytes
        prefix = bytes.count * 8
    }

    package var isIPv6: Bool { groups.count == 16 }
    /// The address as given, in network byte order.
    package var bytes: [UInt8] { groups }

    /// The block without host bits; IPv6 follows RFC 5952: `2001:db8::/32`.
    package var canonicalText: String {
        var masked = groups
        for index in masked.indices {
            let kept = min(8, max(0, prefix - index * 8))
            masked[index] &= kept == 0 ? 0 : 0xFF << UInt8(8 - kept)
        }
        guard isIPv6 else { return masked.map(String.init).joined(separator: ".") + "/\(prefix)" }
        let words = stride(from: 0, to: 16, by: 2).map { UInt16(masked[$0]) << 8 | UInt16(masked[$0 + 1]) }
        // Leave out the longest run of at least two zeros.
        var best = 0..<0, start = 0
        for index in 0...8 where index == 8 || words[index] != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        func text(_ words: ArraySlice<UInt16>) -> String { words.map { String($0, radix: 16) }.joined(separator: ":") }
        let address = best.isEmpty ? text(words[...]) : text(words[..<best.lowerBound]) + "::" + text(words[best.upperBound...])
        return address + "/\(prefix)"
    }

    package func contains(_ other: AddressRange) -> Bool {
        guard groups.count == other.groups.count, prefix <= other.prefix else { return false }
        let whole = prefix / 8, rest = prefix % 8
        guard groups[..<whole] == other.groups[..<whole] else { return false }
        return rest == 0 || (groups[whole] ^ other.groups[whole]) >> (8 - rest) == 0
    }

    private static func ipv4(_ text: Substring) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        let bytes = parts.compactMap { $0.count <= 3 ? UInt8($0) : nil }
        return bytes.count == 4 ? bytes : nil
    }

    private static func ipv6(_ text: Substring) -> [UInt8]? {
        var halves: [[UInt8]] = []
        for half in text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false) {
            var bytes: [UInt8] = []
            for group in half.split(separator: ":", omittingEmptySubsequences: half.isEmpty) {
                if group.contains("."), let last = ipv4(group) {
                    bytes += last
                } else {
                    guard group.count <= 4, let value = UInt16(group, radix: 16) else { return nil }
                    bytes += [UInt8(value >> 8), UInt8(value & 255)]
                }
            }
            halves.append(bytes)
        }
        if halves.count == 1 { return halves[0].count == 16 ? halves[0] : nil }
        let given = halves[0].count + halves[1].count
        guard given <= 14 else { return nil }
        return halves[0] + [UInt8](repeating: 0, count: 16 - given) + halves[1]
    }
}
