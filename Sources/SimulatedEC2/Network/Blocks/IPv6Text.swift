import SimulatorCore

/// IPv6 addresses as RFC 5952 writes them.
enum IPv6Text {
    /// Returns the eight groups of an address, or of a block's first address.
    static func words(_ text: String) -> [UInt16]? {
        let address = text.prefix { $0 != "/" }
        guard AddressRange(String(address))?.isIPv6 == true else { return nil }
        let halves = address.split(separator: "::", omittingEmptySubsequences: false).map { half in
            half.split(separator: ":").compactMap { UInt16($0, radix: 16) }
        }
        if halves.count == 1 { return halves[0] }
        let zeros = 8 - halves[0].count - halves[1].count
        return halves[0] + [UInt16](repeating: 0, count: max(0, zeros)) + halves[1]
    }

    static func text(_ words: [UInt16]) -> String {
        canonical(words.map { String($0, radix: 16) }.joined(separator: ":"))
    }

    /// Returns the canonical form, or the text itself if it is not an address.
    static func canonical(_ text: String) -> String {
        guard let range = AddressRange(text) else { return text }
        return text.contains("/") ? range.canonicalText : String(range.canonicalText.prefix { $0 != "/" })
    }
}
