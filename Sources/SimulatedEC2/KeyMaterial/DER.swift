import AWSCore

/// The parts of ASN.1's DER (distinguished encoding rules) that keys need.
enum DER {
    static func sequence(_ parts: Bytes...) -> Bytes { element(0x30, parts.flatMap { $0 }) }
    static func octets(_ content: Bytes) -> Bytes { element(0x04, content) }
    static func bits(_ content: Bytes) -> Bytes { element(0x03, [0] + content) }

    /// Encodes a non-negative integer, given its big-endian bytes.
    static func integer(_ magnitude: Bytes) -> Bytes {
        let trimmed = Bytes(magnitude.drop { $0 == 0 })
        return element(0x02, trimmed.first.map { $0 < 0x80 } == true ? trimmed : [0] + trimmed)
    }

    /// The algorithm identifier of RSA keys: rsaEncryption with NULL.
    static let rsaEncryption: Bytes = sequence([0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1], [0x05, 0])

    private static func element(_ tag: UInt8, _ content: Bytes) -> Bytes {
        var length = Bytes()
        if content.count < 0x80 {
            length = [UInt8(content.count)]
        } else {
            var rest = content.count
            while rest > 0 {
                length.insert(UInt8(rest & 255), at: 0)
                rest >>= 8
            }
            length.insert(0x80 | UInt8(length.count), at: 0)
        }
        return [tag] + length + content
    }

    /// Reads one element after another. Returns nil if the bytes are not the expected element.
    struct Reader {
        private var bytes: ArraySlice<UInt8>
        init(_ bytes: some Sequence<UInt8>) { self.bytes = Bytes(bytes)[...] }

        mutating func element(_ tag: UInt8) -> Bytes? {
            guard bytes.popFirst() == tag, let first = bytes.popFirst() else { return nil }
            var length = Int(first)
            if first >= 0x80 {
                let count = Int(first & 0x7F)
                guard count <= 3 else { return nil }
                length = 0
                for _ in 0..<count {
                    guard let next = bytes.popFirst() else { return nil }
                    length = length << 8 | Int(next)
                }
            }
            guard length <= bytes.count else { return nil }
            defer { bytes = bytes.dropFirst(length) }
            return Bytes(bytes.prefix(length))
        }

        mutating func sequence() -> Reader? { element(0x30).map { Reader($0) } }
    }
}
