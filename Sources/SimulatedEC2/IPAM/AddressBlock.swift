import SimulatorCore

/// A CIDR block, IPv4 or IPv6.
struct AddressBlock: Sendable, Hashable, CustomStringConvertible {
    let isIPv6: Bool
    let base: UInt128
    let prefix: Int

    /// Reads `10.0.0.0/8` or `2001:db8::/32`. Host bits are cleared.
    init?(_ text: String) {
        if let block = IPv4Block(text) {
            self.init(block)
        } else if let block = IPv6Block(text) {
            self.init(block)
        } else {
            return nil
        }
    }

    init(_ block: IPv4Block) { self.init(isIPv6: false, base: UInt128(block.base), prefix: block.prefix) }
    init(_ block: IPv6Block) { self.init(isIPv6: true, base: block.base, prefix: block.prefix) }
    init(_ address: IPAddress) {
        self.init(isIPv6: address.isIPv6, base: address.number, prefix: address.isIPv6 ? 128 : 32)
    }

    private init(isIPv6: Bool, base: UInt128, prefix: Int) {
        self.isIPv6 = isIPv6
        self.base = base
        self.prefix = prefix
    }

    private var width: Int { isIPv6 ? 128 : 32 }
    private var last: UInt128 { base | Self.hostBits(prefix, width) }

    private static func hostBits(_ prefix: Int, _ width: Int) -> UInt128 {
        prefix == 0 ? (width == 128 ? ~0 : (1 << UInt128(width)) - 1) : (1 << UInt128(width - prefix)) - 1
    }

    var ipv4: IPv4Block? { isIPv6 ? nil : IPv4Block(base: UInt32(truncatingIfNeeded: base), prefix: prefix) }
    var ipv6: IPv6Block? { isIPv6 ? IPv6Block(base: base, prefix: prefix) : nil }
    var description: String { ipv4?.description ?? ipv6?.description ?? "" }

    /// The block's second address, which a host can have; the only one of a block of one.
    var second: IPAddress {
        let number = prefix == width ? base : base + 1
        return isIPv6 ? IPAddress(number) : IPAddress(UInt32(truncatingIfNeeded: number))
    }

    func contains(_ address: IPAddress) -> Bool {
        isIPv6 == address.isIPv6 && base <= address.number && address.number <= last
    }
    func contains(_ other: AddressBlock) -> Bool {
        isIPv6 == other.isIPv6 && base <= other.base && other.last <= last
    }
    func overlaps(_ other: AddressBlock) -> Bool {
        isIPv6 == other.isIPv6 && base <= other.last && other.base <= last
    }

    /// Returns the lowest block of a size within this one that overlaps none of the `taken` blocks.
    func firstFree(_ prefix: Int, besides taken: [AddressBlock]) -> AddressBlock? {
        guard prefix >= self.prefix, prefix <= width else { return nil }
        let hostBits = Self.hostBits(prefix, width)
        var candidate = AddressBlock(isIPv6: isIPv6, base: base, prefix: prefix)
        for other in taken.filter(overlaps).sorted(by: { $0.base < $1.base }) where candidate.overlaps(other) {
            let (next, isBeyond) = (other.last | hostBits).addingReportingOverflow(1)
            guard !isBeyond, next <= last else { return nil }
            candidate = AddressBlock(isIPv6: isIPv6, base: next, prefix: prefix)
        }
        return candidate
    }
}
