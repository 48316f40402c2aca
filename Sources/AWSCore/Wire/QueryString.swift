/// `application/x-www-form-urlencoded` to and from nodes and pairs.
public enum QueryString {
    /// Decoded pairs in their order. `+` is a space.
    /// - Throws: ``MalformedMessage`` for broken percent escapes and for what is not UTF-8.
    public static func pairs(_ bytes: some Collection<UInt8>) throws -> [(name: String, value: String)] {
        var pairs: [(String, String)] = []
        var offset = 0
        for part in bytes.split(separator: 38) {
            let split = part.split(separator: 61, maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(split[0], at: offset)
            pairs.append((name, split.count > 1 ? try decode(split[1], at: offset) : ""))
            offset += part.count + 1
        }
        return pairs
    }

    /// Groups pairs by the parts of their names between dots: `Filter.1.Name=x` becomes `Filter → 1 → Name`.
    /// - Throws: ``MalformedMessage`` for more than 16 parts, or a name that is both a value and a group.
    public static func tree(_ pairs: [(name: String, value: String)]) throws -> Node {
        let root = Branch()
        for (name, value) in pairs {
            var branch = root
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count <= 16 else { throw MalformedMessage(offset: 0, reason: "parameter \(name) has too many parts") }
            for part in parts {
                guard branch.value == nil else { throw bothValueAndGroup(name) }
                branch = branch.child(String(part))
            }
            let leaf = branch
            guard leaf.order.isEmpty else { throw bothValueAndGroup(name) }
            leaf.value = value
        }
        return root.node
    }

    private static func bothValueAndGroup(_ name: String) -> MalformedMessage {
        MalformedMessage(offset: 0, reason: "parameter \(name) is both value and group")
    }

    private final class Branch {
        var value: String?
        var children: [String: Branch] = [:]
        var order: [String] = []

        func child(_ name: String) -> Branch {
            if let child = children[name] { return child }
            let child = Branch()
            children[name] = child
            order.append(name)
            return child
        }

        var node: Node {
            if order.isEmpty { return .string(value ?? "") }
            return .object(order.compactMap { name in children[name].map { Node.Field(name, $0.node) } })
        }
    }

    private static func decode(_ bytes: some Sequence<UInt8>, at offset: Int) throws -> String {
        var out = Bytes()
        var pending: [UInt8] = []
        for byte in bytes {
            if !pending.isEmpty {
                pending.append(byte)
                if pending.count == 3 {
                    guard let high = hex(pending[1]), let low = hex(pending[2]) else {
                        throw MalformedMessage(offset: offset, reason: "broken percent escape")
                    }
                    out.append(high << 4 | low)
                    pending = []
                }
            } else if byte == 37 {
                pending = [byte]
            } else {
                out.append(byte == 43 ? 32 : byte)
            }
        }
        guard pending.isEmpty else { throw MalformedMessage(offset: offset, reason: "broken percent escape") }
        guard let text = String(validating: out, as: UTF8.self) else {
            throw MalformedMessage(offset: offset, reason: "parameter is not UTF-8")
        }
        return text
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 48...57: byte - 48
        case 65...70: byte - 55
        case 97...102: byte - 87
        default: nil
        }
    }

    /// Appends `text` with everything but unreserved characters (RFC 3986) percent-encoded.
    public static func appendEncoded(_ text: some Sequence<UInt8>, to out: inout Bytes) {
        let done: Void? = text.withContiguousStorageIfAvailable { buffer in
            var start = 0
            for (index, byte) in buffer.enumerated() where !isUnreserved(byte) {
                out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start..<index]))
                appendEscape(byte, to: &out)
                start = index + 1
            }
            out.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start...]))
        }
        if done != nil { return }
        for byte in text { if isUnreserved(byte) { out.append(byte) } else { appendEscape(byte, to: &out) } }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, 45, 46, 95, 126: true
        default: false
        }
    }

    private static func appendEscape(_ byte: UInt8, to out: inout Bytes) {
        out.append(37)
        out.append(upperHex[Int(byte >> 4)])
        out.append(upperHex[Int(byte & 15)])
    }

    /// `text` percent-encoded as SigV4 and query strings want it.
    public static func encoded(_ text: String) -> String {
        var out = Bytes()
        appendEncoded(text.utf8, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static let upperHex = Bytes("0123456789ABCDEF".utf8)
}
