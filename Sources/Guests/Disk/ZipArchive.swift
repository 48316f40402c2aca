import AWSCore

/// A zip archive of a few small files, stored without compression.
/// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT §4.3
struct ZipArchive {
    private var files = Bytes()
    private var directory = Bytes()
    private var count: UInt16 = 0

    mutating func add(_ name: String, _ content: Bytes, mode: UInt32 = 0o100755) {
        let sum = Self.checksum(content), size = UInt32(content.count)
        let common: Bytes =
            Self.two(20) + Self.two(0) + Self.two(0) + Self.two(0) + Self.two(0x21) + Self.four(sum) + Self.four(size)
            + Self.four(size)
            + Self.two(UInt16(name.utf8.count)) + Self.two(0)
        let offset = UInt32(files.count)
        files += Self.four(0x0403_4b50) + common + Bytes(name.utf8) + content
        directory += Self.four(0x0201_4b50) + Self.two(3 << 8 | 20) + common + Self.two(0) + Self.two(0) + Self.two(0)
        directory += Self.four(mode << 16) + Self.four(offset) + Bytes(name.utf8)
        count += 1
    }

    var bytes: Bytes {
        let end = Self.four(0x0605_4b50) + Self.two(0) + Self.two(0) + Self.two(count) + Self.two(count)
        return files + directory + end + Self.four(UInt32(directory.count)) + Self.four(UInt32(files.count)) + Self.two(0)
    }

    private static func two(_ value: UInt16) -> Bytes { [UInt8(value & 255), UInt8(value >> 8)] }
    private static func four(_ value: UInt32) -> Bytes { two(UInt16(value & 0xFFFF)) + two(UInt16(value >> 16)) }

    /// The CRC-32 that zip uses.
    private static func checksum(_ bytes: Bytes) -> UInt32 {
        var sum: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
        }
        return ~sum
    }
}
