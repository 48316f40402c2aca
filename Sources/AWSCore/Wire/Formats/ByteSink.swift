/// A growing buffer for the message being written. It avoids the checks that an array makes at every append.
struct ByteSink: ~Copyable {
    private var start: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private(set) var count = 0

    init(capacity: Int = 4096) {
        start = .allocate(capacity: capacity)
        self.capacity = capacity
    }

    deinit { start.deallocate() }

    private var all: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }
    var bytes: Bytes { Bytes(all) }

    /// Returns the text that `write` appends.
    static func text(_ write: (inout ByteSink) -> Void) -> String {
        var sink = ByteSink(capacity: 32)
        write(&sink)
        return String(decoding: sink.all, as: UTF8.self)
    }

    /// Removes everything after the first `count` bytes.
    mutating func truncate(to count: Int) { self.count = min(self.count, count) }

    @inline(__always)
    private mutating func makeRoom(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: start, count: count)
        start.deallocate()
        start = larger
    }

    // MARK: Plain bytes

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        makeRoom(1)
        start[count] = byte
        count += 1
    }

    @inline(__always)
    mutating func append(_ piece: UnsafeBufferPointer<UInt8>) {
        guard let base = piece.baseAddress else { return }
        makeRoom(piece.count)
        (start + count).update(from: base, count: piece.count)
        count += piece.count
    }

    mutating func append(_ other: borrowing ByteSink) { append(other.all) }

    mutating func append(_ bytes: Bytes) { bytes.withUnsafeBufferPointer { append($0) } }

    mutating func append(_ text: StaticString) {
        append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ append($0) }) == nil { append(Bytes(text.utf8)) }
    }

    // MARK: Numbers and times

    mutating func append(decimal value: Int) {
        if (0..<10).contains(value) { append(48 + UInt8(value)) } else { append(String(value)) }
    }

    /// Appends a non-negative number with `width` digits, padded with zeros.
    mutating func append(_ value: Int, width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            append(48 + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }

    /// `2023-12-17T09:30:10.000Z`.
    mutating func append(_ instant: Instant, milliseconds: Bool) {
        let f = instant.fields
        append(f.year, width: 4); append(45); append(f.month, width: 2); append(45); append(f.day, width: 2)
        append(84)
        append(f.hour, width: 2); append(58); append(f.minute, width: 2); append(58); append(f.second, width: 2)
        if milliseconds { append(46); append(f.millisecond, width: 3) }
        append(90)
    }

    // MARK: Escaped text

    /// Appends text and escapes its special bytes.
    /// - Parameters:
    ///   - special: one bit for each byte below 128; set if the byte must be escaped.
    ///   - escape: writes the escape of a byte.
    @inline(__always)
    private mutating func append(
        _ text: String, special: (low: UInt64, high: UInt64), _ escape: (inout ByteSink, UInt8) -> Void
    ) {
        let isDone: Void? = text.utf8.withContiguousStorageIfAvailable { buffer in
            makeRoom(buffer.count)
            for byte in buffer {
                let isSpecial = byte < 128 && (byte < 64 ? special.low : special.high) &>> UInt64(byte & 63) & 1 == 1
                if isSpecial { escape(&self, byte) } else { append(byte) }
            }
        }
        if isDone == nil {
            for byte in text.utf8 {
                let isSpecial = byte < 128 && (byte < 64 ? special.low : special.high) &>> UInt64(byte & 63) & 1 == 1
                if isSpecial { escape(&self, byte) } else { append(byte) }
            }
        }
    }

    /// Appends text with XML escapes.
    mutating func append(xml text: String) {
        append(text, special: (XML.escaped, 0)) { sink, byte in
            switch byte {
            case 38: sink.append("&amp;" as StaticString)
            case 60: sink.append("&lt;" as StaticString)
            case 62: sink.append("&gt;" as StaticString)
            case 13: sink.append("&#xD;" as StaticString)
            default: sink.append("\u{FFFD}" as StaticString)  // not allowed in XML 1.0
            }
        }
    }

    /// Appends a JSON string with its quotes.
    mutating func append(json text: String) {
        append(34)
        append(text, special: (0xFFFF_FFFF | 1 << 34, 1 << (92 - 64))) { sink, byte in
            sink.append(92)
            switch byte {
            case 34, 92: sink.append(byte)
            case 10: sink.append(110)
            case 13: sink.append(114)
            case 9: sink.append(116)
            default:
                // Only control characters get here.
                sink.append("u00" as StaticString)
                let (high, low) = (byte >> 4, byte & 15)
                sink.append(high + 48)
                sink.append(low + (low < 10 ? 48 : 87))
            }
        }
        append(34)
    }
}
