import SimulatorCore

/// A block of IPv6 addresses in the canonical form of RFC 5952: `2600:1f18:1234:5600::/56`.
struct IPv6Block: Sendable, Hashable, CustomStringConvertible {
    let base: UInt128
    let prefix: Int

    /// Parses `x:x::/n`. Clears host bits, as AWS does.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(String(parts[0])),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) }), let prefix = Int(parts[1]), (0...128).contains(prefix)
        else { return nil }
        self.init(base: address, prefix: prefix)
    }

    init(base: UInt128, prefix: Int) {
        self.prefix = prefix
        self.base = base & Self.mask(prefix)
    }

    private static func mask(_ prefix: Int) -> UInt128 { prefix == 0 ? 0 : ~0 << UInt128(128 - prefix) }

    var description: String { "\(Self.text(base))/\(prefix)" }

    func contains(_ address: UInt128) -> Bool { address & Self.mask(prefix) == base }
    func contains(_ other: IPv6Block) -> Bool { other.prefix >= prefix && contains(other.base) }
    func overlaps(_ other: IPv6Block) -> Bool { contains(other) || other.contains(self) }

    /// Returns the address at `index`, counted from 0.
    func address(_ index: UInt128) -> UInt128 { base &+ index }

    /// Whether AWS reserves the address: the first four and the last one of a subnet.
    func isReserved(_ address: UInt128) -> Bool { address < base + 4 || address == base | ~Self.mask(prefix) }

    static func address(_ text: String) -> UInt128? {
        guard !text.contains("/"), let range = AddressRange(text), range.isIPv6 else { return nil }
        return range.bytes.reduce(0) { $0 << 8 | UInt128($1) }
    }

    static func text(_ address: UInt128) -> String {
        let bytes = stride(from: 120, through: 0, by: -8).map { UInt8(truncatingIfNeeded: address >> UInt128($0)) }
        return String(AddressRange(bytes: bytes).canonicalText.dropLast(4))
    }
}
