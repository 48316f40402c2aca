extension Bytes {
    /// Appends the two hexadecimal digits of a byte.
    @inlinable
    public mutating func append(hex byte: UInt8, uppercase: Bool = false) {
        let letters: UInt8 = uppercase ? 55 : 87
        let (high, low) = (byte >> 4, byte & 15)
        append(high + (high < 10 ? 48 : letters))
        append(low + (low < 10 ? 48 : letters))
    }

    /// Appends two lower-case hexadecimal digits per byte.
    @inlinable
    public mutating func append(hexOf bytes: some Sequence<UInt8>) {
        for byte in bytes { append(hex: byte) }
    }
}

extension String {
    /// The bytes in lower-case hexadecimal.
    @inlinable
    public init(hexOf bytes: some Sequence<UInt8>) {
        var digits = Bytes()
        digits.reserveCapacity(2 * bytes.underestimatedCount)
        digits.append(hexOf: bytes)
        self.init(decoding: digits, as: UTF8.self)
    }

    /// Formats sixteen random bytes as a UUID of version 4 (RFC 9562).
    public init(uuidOf bytes: Bytes) {
        var text = Bytes()
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(45) }
            switch index {
            case 6: text.append(hex: byte & 0x0F | 0x40)
            case 8: text.append(hex: byte & 0x3F | 0x80)
            default: text.append(hex: byte)
            }
        }
        self.init(decoding: text, as: UTF8.self)
    }
}
