import AWSCore

/// A QR code (ISO/IEC 18004) with error correction level L, as phones scan it for IAM's virtual MFA devices.
struct QRCode {
    private var modules: [[Bool]]
    private var isFixed: [[Bool]]
    let size: Int

    /// For versions 1 to 10 at level L: data bytes of each block, error-correction bytes per block, and alignment
    /// positions.
    private static let versions: [(blocks: [Int], correction: Int, alignment: [Int])] = [
        ([19], 7, []), ([34], 10, [6, 18]), ([55], 15, [6, 22]), ([80], 20, [6, 26]), ([108], 26, [6, 30]),
        ([68, 68], 18, [6, 34]), ([78, 78], 20, [6, 22, 38]), ([97, 97], 24, [6, 24, 42]), ([116, 116], 30, [6, 26, 46]),
        ([68, 68, 69, 69], 18, [6, 28, 50]),
    ]

    /// - Returns: nil if the text is too long for version 10, which holds 271 bytes.
    init?(_ text: String) {
        let bytes = Bytes(text.utf8)
        guard
            let number = Self.versions.indices.first(where: { index in
                Self.versions[index].blocks.reduce(0, +) >= bytes.count + (index < 9 ? 2 : 3)
            })
        else { return nil }
        let version = Self.versions[number]
        size = 21 + 4 * number
        modules = Array(repeating: Array(repeating: false, count: size), count: size)
        isFixed = modules
        drawPatterns(alignment: version.alignment, version: number + 1)
        place(Self.codewords(bytes, version.blocks, version.correction, longCount: number >= 9))
        // Mask 0: modules whose row and column have an even sum.
        for y in 0..<size { for x in 0..<size where !isFixed[y][x] && (x + y) % 2 == 0 { modules[y][x].toggle() } }
        drawFormat()
    }

    // MARK: Data

    private static func codewords(_ bytes: Bytes, _ blocks: [Int], _ correction: Int, longCount: Bool) -> Bytes {
        var bits: [Bool] = []
        func append(_ value: Int, _ count: Int) { for shift in (0..<count).reversed() { bits.append(value >> shift & 1 == 1) } }
        append(4, 4)
        append(bytes.count, longCount ? 16 : 8)
        for byte in bytes { append(Int(byte), 8) }
        let capacity = blocks.reduce(0, +) * 8
        append(0, min(4, capacity - bits.count))
        while bits.count % 8 != 0 { bits.append(false) }
        var data = stride(from: 0, to: bits.count, by: 8).map { start in
            bits[start..<start + 8].reduce(UInt8(0)) { $0 << 1 | ($1 ? 1 : 0) }
        }
        var padding: [UInt8] = [0xEC, 0x11]
        while data.count * 8 < capacity {
            data.append(padding[0])
            padding.reverse()
        }
        var parts: [Bytes] = [], start = 0
        for length in blocks {
            parts.append(Array(data[start..<start + length]))
            start += length
        }
        let remainders = parts.map { remainder($0, correction) }
        var out: Bytes = []
        for index in 0..<(blocks.max() ?? 0) { for part in parts where index < part.count { out.append(part[index]) } }
        for index in 0..<correction { for remainder in remainders { out.append(remainder[index]) } }
        return out
    }

    /// Returns the Reed-Solomon remainder over GF(256) with the polynomial 0x11D.
    private static func remainder(_ data: Bytes, _ count: Int) -> Bytes {
        var generator: Bytes = Array(repeating: 0, count: count)
        generator[count - 1] = 1
        var root: UInt8 = 1
        for _ in 0..<count {
            for index in 0..<count {
                generator[index] = multiply(generator[index], root)
                if index + 1 < count { generator[index] ^= generator[index + 1] }
            }
            root = multiply(root, 2)
        }
        var result: Bytes = Array(repeating: 0, count: count)
        for byte in data {
            let factor = byte ^ result.removeFirst()
            result.append(0)
            for index in 0..<count { result[index] ^= multiply(generator[index], factor) }
        }
        return result
    }

    private static func multiply(_ a: UInt8, _ b: UInt8) -> UInt8 {
        var value = 0
        for shift in (0..<8).reversed() {
            value = value << 1 ^ (value >> 7) * 0x11D
            value ^= (Int(b) >> shift & 1) * Int(a)
        }
        return UInt8(value & 0xFF)
    }

    // MARK: Drawing

    private mutating func set(_ x: Int, _ y: Int, _ dark: Bool) {
        modules[y][x] = dark
        isFixed[y][x] = true
    }

    private mutating func drawPatterns(alignment: [Int], version: Int) {
        for index in 0..<size {
            set(6, index, index % 2 == 0)
            set(index, 6, index % 2 == 0)
        }
        for (cx, cy) in [(3, 3), (size - 4, 3), (3, size - 4)] {
            for dy in -4...4 {
                for dx in -4...4 where (0..<size).contains(cx + dx) && (0..<size).contains(cy + dy) {
                    let distance = max(abs(dx), abs(dy))
                    set(cx + dx, cy + dy, distance != 2 && distance != 4)
                }
            }
        }
        let last = alignment.last ?? 0
        for cy in alignment {
            for cx in alignment where !(cx == 6 && cy == 6 || cx == 6 && cy == last || cx == last && cy == 6) {
                for dy in -2...2 { for dx in -2...2 { set(cx + dx, cy + dy, max(abs(dx), abs(dy)) != 1) } }
            }
        }
        drawFormat()
        guard version >= 7 else { return }
        var rest = version
        for _ in 0..<12 { rest = rest << 1 ^ (rest >> 11) * 0x1F25 }
        let bits = version << 12 | rest
        for index in 0..<18 {
            let dark = bits >> index & 1 == 1, a = size - 11 + index % 3, b = index / 3
            set(a, b, dark)
            set(b, a, dark)
        }
    }

    /// Draws the format bits for level L, mask 0.
    private mutating func drawFormat() {
        let data = 1 << 3
        var rest = data
        for _ in 0..<10 { rest = rest << 1 ^ (rest >> 9) * 0x537 }
        let bits = (data << 10 | rest) ^ 0x5412
        func bit(_ index: Int) -> Bool { bits >> index & 1 == 1 }
        for index in 0...5 { set(8, index, bit(index)) }
        set(8, 7, bit(6))
        set(8, 8, bit(7))
        set(7, 8, bit(8))
        for index in 9..<15 { set(14 - index, 8, bit(index)) }
        for index in 0..<8 { set(size - 1 - index, 8, bit(index)) }
        for index in 8..<15 { set(8, size - 15 + index, bit(index)) }
        set(8, size - 8, true)
    }

    private mutating func place(_ data: Bytes) {
        var index = 0, right = size - 1
        while right >= 1 {
            if right == 6 { right = 5 }
            for step in 0..<size {
                for column in 0..<2 {
                    let x = right - column
                    let y = (right + 1) & 2 == 0 ? size - 1 - step : step
                    guard !isFixed[y][x], index < data.count * 8 else { continue }
                    modules[y][x] = data[index >> 3] >> UInt8(7 - index & 7) & 1 == 1
                    index += 1
                }
            }
            right -= 2
        }
    }

    // MARK: PNG

    /// The PNG image: four pixels per module, with the margin of four modules that readers need.
    var png: Bytes {
        let scale = 4, width = (size + 8) * scale
        var rows: Bytes = []
        for y in 0..<width {
            rows.append(0)
            var byte: UInt8 = 0
            for x in 0..<(width + 7) / 8 * 8 {
                let mx = x / scale - 4, my = y / scale - 4
                let isDark = (0..<size).contains(mx) && (0..<size).contains(my) && modules[my][mx]
                byte = byte << 1 | (isDark ? 0 : 1)
                if x % 8 == 7 {
                    rows.append(byte)
                    byte = 0
                }
            }
        }
        let side = Self.bigEndian(UInt32(width))
        return [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] + Self.chunk("IHDR", side + side + [1, 0, 0, 0, 0])
            + Self.chunk("IDAT", Self.stored(rows)) + Self.chunk("IEND", [])
    }

    /// Wraps bytes as stored blocks in zlib format (RFC 1950).
    private static func stored(_ bytes: Bytes) -> Bytes {
        var out: Bytes = [0x78, 0x01], start = 0
        repeat {
            let end = min(start + 65_535, bytes.count), length = UInt16(end - start)
            out += [end == bytes.count ? 1 : 0, UInt8(length & 255), UInt8(length >> 8)]
            out += [UInt8(~length & 255), UInt8(~length >> 8)]
            out += bytes[start..<end]
            start = end
        } while start < bytes.count
        var a: UInt32 = 1, b: UInt32 = 0
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return out + bigEndian(b << 16 | a)
    }

    private static func chunk(_ type: String, _ data: Bytes) -> Bytes {
        let body = Bytes(type.utf8) + data
        var checksum = UInt32.max
        for byte in body {
            checksum ^= UInt32(byte)
            for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
        }
        return bigEndian(UInt32(data.count)) + body + bigEndian(~checksum)
    }

    private static func bigEndian(_ value: UInt32) -> Bytes { withUnsafeBytes(of: value.bigEndian) { Bytes($0) } }
}
