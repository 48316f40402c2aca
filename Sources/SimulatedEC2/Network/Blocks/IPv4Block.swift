import SimulatorCore

/// A block of IPv4 addresses in canonical form: `172.31.16.0/20`.
struct IPv4Block: Sendable, Hashable, CustomStringConvertible {
    let base: UInt32
    let prefix: Int

    /// Parses `a.b.c.d/n`. Clears host bits, as AWS does: `100.68.0.18/18` becomes `100.68.0.0/18`.
    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = Self.address(parts[0]), parts[1].utf8.allSatisfy({ (48...57).contains($0) }),
            let prefix = Int(parts[1]), (0...32).contains(prefix)
        else { return nil }
        self.init(base: address, prefix: prefix)
    }

    /// Parses a block from the database, which holds only canonical ones.
    init(stored text: String) throws {
        guard let block = IPv4Block(text), block.description == text else {
            throw DamagedState("'\(text)' is not an IPv4 block")
        }
        self = block
    }

    init(base: UInt32, prefix: Int) {
        self.prefix = prefix
        self.base = base & Self.mask(prefix)
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }

    var count: Int { 1 << (32 - prefix) }
    var description: String { "\(Self.text(base))/\(prefix)" }

    func contains(_ address: UInt32) -> Bool { address & Self.mask(prefix) == base }
    func contains(_ other: IPv4Block) -> Bool { other.prefix >= prefix && contains(other.base) }
    func overlaps(_ other: IPv4Block) -> Bool { contains(other) || other.contains(self) }

    /// Returns the address at `index`, counted from 0.
    func address(_ index: Int) -> UInt32 { base &+ UInt32(truncatingIfNeeded: index) }

    /// Whether AWS reserves the address: the first four and the last one of a subnet.
    func isReserved(_ address: UInt32) -> Bool { address < base + 4 || address == base + UInt32(count - 1) }

    static func address(_ text: some StringProtocol) -> UInt32? {
        var result: UInt32 = 0, part: UInt32 = 0, digits = 0, parts = 0
        for byte in text.utf8 {
            switch byte {
            case 48...57:
                part = part * 10 + UInt32(byte - 48)
                digits += 1
                guard digits <= 3, part <= 255 else { return nil }
            case 46:
                guard digits > 0, parts < 3 else { return nil }
                result = result << 8 | part
                part = 0
                digits = 0
                parts += 1
            default: return nil
            }
        }
        guard digits > 0, parts == 3 else { return nil }
        return result << 8 | part
    }

    static func text(_ address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }

    /// Formats an address as in host names: `172-31-0-4`.
    static func dashed(_ address: UInt32) -> String {
        "\(address >> 24)-\(address >> 16 & 255)-\(address >> 8 & 255)-\(address & 255)"
    }
}
