import AWSCore

/// Reads a JSON document that arrives in pieces, with at most one value in memory.
struct JSONPieces {
    struct Broken: Error {
        let offset: Int
        let reason: String
        var isCutOff = false
    }

    /// The longest value to load, in bytes.
    private static let longestValue = 512 << 20

    private let more: () throws -> Bytes?
    private var buffer = Bytes()
    private var position = 0
    /// The buffer's position in the document.
    private var base = 0
    /// Whether an object or list was just opened and none of its content has been read.
    private var isFresh = false

    init(_ more: @escaping () throws -> Bytes?) { self.more = more }

    private var cutOff: Broken { Broken(offset: base + position, reason: "the file is cut off", isCutOff: true) }
    private func unexpected(_ expected: String) -> Broken { Broken(offset: base + position, reason: "expected \(expected)") }

    private mutating func refill() throws -> Bool {
        guard position == buffer.count else { return true }
        base += buffer.count
        buffer = try more() ?? []
        position = 0
        return !buffer.isEmpty
    }

    private mutating func skipSpace() throws {
        while try refill() {
            while position < buffer.count, [32, 9, 10, 13].contains(buffer[position]) { position += 1 }
            if position < buffer.count { return }
        }
    }

    /// Skips a UTF-8 byte order mark, which some programs write.
    mutating func skipMark() throws {
        if try refill(), buffer[position...].starts(with: [0xEF, 0xBB, 0xBF]) { position += 3 }
    }

    private mutating func peek() throws -> UInt8 {
        try skipSpace()
        guard try refill() else { throw cutOff }
        return buffer[position]
    }

    private mutating func take(_ byte: UInt8, _ name: String) throws {
        guard try peek() == byte else { throw unexpected(name) }
        position += 1
    }

    /// Checks that only whitespace follows.
    mutating func end() throws {
        try skipSpace()
        if try refill() { throw unexpected("the end of the file") }
    }

    /// The position of the next byte in the document.
    var offset: Int { base + position }

    mutating func openObject() throws { try take(123, "'{'"); isFresh = true }
    mutating func openList() throws { try take(91, "'['"); isFresh = true }

    /// Returns the name of an object's next member, or nil at its end. The caller must then read the value.
    mutating func nextName() throws -> String? {
        guard try goesOn(until: 125, "',' or '}'") else { return nil }
        guard try peek() == 34 else { throw unexpected("a member's name") }
        let name = try JSON.parse(try value()).string ?? ""
        try take(58, "':'")
        return name
    }

    /// Returns whether a list has another element. If so, the caller must then read it.
    mutating func hasNextElement() throws -> Bool { try goesOn(until: 93, "',' or ']'") }

    private mutating func goesOn(until end: UInt8, _ expected: String) throws -> Bool {
        let byte = try peek()
        defer { isFresh = false }
        if byte == end { position += 1; return false }
        if isFresh { return true }
        guard byte == 44 else { throw unexpected(expected) }
        position += 1
        _ = try peek()
        return true
    }

    /// Returns the bytes of the next value.
    mutating func value() throws -> Bytes {
        var bytes = Bytes()
        try walk { piece in bytes += piece }
        return bytes
    }

    mutating func skipValue() throws { try walk { _ in } }

    /// Finds the end of a value by its brackets and quotes.
    private mutating func walk(_ take: (ArraySlice<UInt8>) -> Void) throws {
        let first = try peek()
        guard first != 44, first != 125, first != 93, first != 58 else { throw unexpected("a value") }
        var depth = 0, isInString = false, isEscaped = false, isDone = false, length = 0
        while !isDone {
            guard try refill() else {
                if depth == 0, !isInString, length > 0 { return }
                throw cutOff
            }
            let start = position
            let isLong = length > Self.longestValue
            let piece = buffer
            var index = position
            piece.withUnsafeBufferPointer { buffer in
                while index < buffer.count {
                    let byte = buffer[index]
                    if isInString {
                        if isEscaped {
                            isEscaped = false
                        } else if byte == 92 {
                            isEscaped = true
                        } else if byte == 34 {
                            isInString = false
                            if depth == 0 { index += 1; isDone = true; return }
                        }
                    } else {
                        switch byte {
                        case 34: isInString = true
                        case 123, 91: depth += 1
                        case 125, 93:
                            if depth == 0 { isDone = true; return }
                            depth -= 1
                            if depth == 0 { index += 1; isDone = true; return }
                        case 44, 32, 10, 13, 9:
                            if depth == 0 { isDone = true; return }
                        default: break
                        }
                    }
                    index += 1
                }
            }
            position = index
            if isLong { throw Broken(offset: base + position, reason: "a value is longer than \(Self.longestValue >> 20) MiB") }
            length += position - start
            take(buffer[start..<position])
        }
    }
}
