/// Converts between JSON (RFC 8259) and nodes. Depth is limited, so that a small hostile message cannot exhaust the stack.
public enum JSON {
    public static let maximumDepth = 64

    /// - Throws: ``MalformedMessage`` unless the bytes are exactly one JSON value in UTF-8.
    public static func parse(_ bytes: Bytes) throws -> Node {
        try bytes.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            parser.skipSpace()
            let node = try parser.value(depth: 0)
            parser.skipSpace()
            guard parser.position == buffer.count else { throw parser.failure("unexpected text after the value") }
            return node
        }
    }

    /// Parses a JSON document.
    /// - Throws: ``MalformedMessage`` with the offset of the first error, in bytes.
    public static func parse(_ text: String) throws -> Node { try parse(Bytes(text.utf8)) }

    /// Returns a node as JSON. With `pretty`, each member has its own line and each level indents by `indentation` spaces.
    public static func write(_ node: Node, pretty: Bool = false, indentation: Int = 2) -> Bytes {
        var out = Bytes()
        append(node, to: &out, indent: pretty ? Indent(width: indentation) : nil)
        return out
    }

    private struct Indent {
        let width: Int
        var level = 0
        var deeper: Indent { Indent(width: width, level: level + 1) }
    }

    private static func append(_ node: Node, to out: inout Bytes, indent: Indent?) {
        switch node {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .number(let value): out += number(value).utf8
        case .string(let value): appendString(value, to: &out)
        case .list(let items):
            appendSequence(items, open: 91, close: 93, to: &out, indent: indent) { append($0, to: &$1, indent: $2) }
        case .object(let fields):
            appendSequence(fields, open: 123, close: 125, to: &out, indent: indent) { field, out, indent in
                appendString(field.name, to: &out)
                out.append(58)
                if indent != nil { out.append(32) }
                append(field.value, to: &out, indent: indent)
            }
        }
    }

    private static func appendSequence<T>(
        _ items: [T], open: UInt8, close: UInt8, to out: inout Bytes, indent: Indent?,
        _ element: (T, inout Bytes, Indent?) -> Void
    ) {
        out.append(open)
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(44) }
            if let indent { newline(indent.deeper, &out) }
            element(item, &out, indent?.deeper)
        }
        if let indent, !items.isEmpty { newline(indent, &out) }
        out.append(close)
    }

    private static func newline(_ indent: Indent, _ out: inout Bytes) {
        out.append(10)
        for _ in 0..<indent.level * indent.width { out.append(32) }
    }

    static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)"
    }

    static func appendString(_ value: String, to out: inout Bytes) {
        var sink = ByteSink(capacity: value.utf8.count + 2)
        sink.append(json: value)
        out += sink.bytes
    }
}

private struct JSONParser {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    func failure(_ reason: String) -> MalformedMessage { MalformedMessage(offset: position, reason: reason) }

    mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 32, 10, 13, 9: position += 1
            default: return
            }
        }
    }

    mutating func value(depth: Int) throws -> Node {
        guard depth < JSON.maximumDepth else { throw failure("more than \(JSON.maximumDepth) levels") }
        guard position < bytes.count else { throw failure("unexpected end") }
        switch bytes[position] {
        case 123: return try object(depth: depth)
        case 91: return try list(depth: depth)
        case 34: return .string(try string())
        case 116: return try literal("true", .bool(true))
        case 102: return try literal("false", .bool(false))
        case 110: return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func literal(_ text: StaticString, _ node: Node) throws -> Node {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count,
            UnsafeBufferPointer(rebasing: bytes[position..<position + count])
                .elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: count))
        else { throw failure("unexpected token") }
        position += count
        return node
    }

    private mutating func object(depth: Int) throws -> Node {
        position += 1
        var fields: [Node.Field] = []
        skipSpace()
        if take(125) { return .object(fields) }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == 34 else { throw failure("expected a member name") }
            let name = try string()
            skipSpace()
            guard take(58) else { throw failure("expected ':'") }
            skipSpace()
            fields.append(.init(name, try value(depth: depth + 1)))
            skipSpace()
            if take(44) { continue }
            if take(125) { return .object(fields) }
            throw failure("expected ',' or '}'")
        }
    }

    private mutating func list(depth: Int) throws -> Node {
        position += 1
        var items: [Node] = []
        skipSpace()
        if take(93) { return .list(items) }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(44) { continue }
            if take(93) { return .list(items) }
            throw failure("expected ',' or ']'")
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func string() throws -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != 34, bytes[position] != 92 {
            guard bytes[position] >= 32 else { throw failure("control character in a string") }
            position += 1
        }
        guard position < bytes.count else { throw failure("unterminated string") }
        if bytes[position] == 34 {
            guard let text = String(validating: bytes[start..<position], as: UTF8.self) else { throw failure("invalid UTF-8") }
            position += 1
            return text
        }
        var out = Bytes(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 34 {
                guard let text = String(validating: out, as: UTF8.self) else { throw failure("invalid UTF-8") }
                return text
            }
            guard byte >= 32 else { throw failure("control character in a string") }
            guard byte == 92 else { out.append(byte); continue }
            guard position < bytes.count else { break }
            let escape = bytes[position]
            position += 1
            switch escape {
            case 34, 92, 47: out.append(escape)
            case 98: out.append(8)
            case 102: out.append(12)
            case 110: out.append(10)
            case 114: out.append(13)
            case 116: out.append(9)
            case 117: try unicodeEscape(&out)
            default: throw failure("unknown escape")
            }
        }
        throw failure("unterminated string")
    }

    private mutating func unicodeEscape(_ out: inout Bytes) throws {
        var code = UInt32(try hex4())
        if (0xD800..<0xDC00).contains(code) {
            guard take(92), take(117) else { throw failure("lone surrogate") }
            let low = UInt32(try hex4())
            guard (0xDC00..<0xE000).contains(low) else { throw failure("lone surrogate") }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("lone surrogate") }
        out += String(Character(scalar)).utf8
    }

    private mutating func hex4() throws -> UInt16 {
        guard position + 4 <= bytes.count else { throw failure("unexpected end") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
                throw failure("expected a hex digit")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }

    private mutating func number() throws -> Node {
        let start = position
        var isInteger = true
        _ = take(45)
        let firstDigit = position
        while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
        guard position > firstDigit else { throw failure("unexpected token") }
        guard bytes[firstDigit] != 48 || position == firstDigit + 1 else { throw failure("number with a leading zero") }
        if take(46) {
            isInteger = false
            let first = position
            while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
            guard position > first else { throw failure("expected a digit") }
        }
        if take(101) || take(69) {
            isInteger = false
            _ = take(43) || take(45)
            let first = position
            while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
            guard position > first else { throw failure("expected a digit") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int64(text) { return .integer(value) }
        guard let value = Double(text), value.isFinite else { throw failure("number out of range") }
        return .number(value)
    }
}
