import SimulatorCore

/// An IPv4 or IPv6 address.
struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    let isIPv6: Bool
    let number: UInt128

    init(_ ipv4: UInt32) {
        isIPv6 = false
        number = UInt128(ipv4)
    }

    init(_ ipv6: UInt128) {
        isIPv6 = true
        number = ipv6
    }

    init?(_ text: String) {
        if let ipv4 = IPv4Block.address(text) {
            self.init(ipv4)
        } else if let ipv6 = IPv6Block.address(text) {
            self.init(ipv6)
        } else {
            return nil
        }
    }

    /// The canonical form; IPv6 follows RFC 5952.
    var description: String {
        isIPv6 ? IPv6Block.text(number) : IPv4Block.text(UInt32(truncatingIfNeeded: number))
    }

    /// The block of this address alone: `10.0.0.4/32`.
    var block: AddressBlock { AddressBlock(self) }

    /// Whether it is an IPv6 address for private networks, which the internet does not route.
    var isUniqueLocal: Bool { isIPv6 && number >> 121 == 0xfc >> 1 }

    /// The IPv4 address behind an address of NAT64: `64:ff9b::a00:4` stands for 10.0.0.4.
    var translatedByNAT64: IPAddress? {
        isIPv6 && Self.nat64.contains(number) ? IPAddress(UInt32(truncatingIfNeeded: number)) : nil
    }

    /// The address by which DNS64 makes an IPv4 address reachable over IPv6.
    var synthesizedByDNS64: IPAddress { IPAddress(Self.nat64.base | (number & UInt128(UInt32.max))) }

    /// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-nat64-dns64.html
    private static let nat64 = IPv6Block(base: 0x0064_ff9b << 96, prefix: 96)
}
