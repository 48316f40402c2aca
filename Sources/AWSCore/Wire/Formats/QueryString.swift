/// Converts `application/x-www-form-urlencoded` to pairs and nodes.
public enum QueryString {
    /// Returns the decoded pairs in their order. `+` is a space.
    /// - Throws: ``MalformedMessage`` for broken percent escapes and invalid UTF-8.
    public static func pairs(_ bytes: some Collection<UInt8>) throws -> [(name: String, value: String)] {
        if let pairs = try bytes.withContiguousStorageIfAvailable({ try self.pairs($0) }) { return pairs }
        return try Bytes(bytes).withUnsafeBufferPointer { try self.pairs($0) }
    }

    private static func pairs(_ bytes: UnsafeBufferPointer<UInt8>) throws -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        var start = 0
        while start < bytes.count {
            var end = start, equals: Int?
            while end < bytes.count, bytes[end] != 38 {
                if bytes[end] == 61, equals == nil { equals = end }
                end += 1
            }
            if end > start {
                let name = try decode(bytes, start..<(equals ?? end))
                pairs.append((name, try equals.map { try decode(bytes, $0 + 1..<end) } ?? ""))
            }
            start = end + 1
        }
        return pairs
    }

    /// Groups pairs by the dot-separated parts of their names: `Filter.1.Name=x` becomes `Filter → 1 → Name`.
    /// - Throws: ``MalformedMessage`` for more than 16 parts, or for a name that is both a value and a group.
    public static func tree(_ pairs: [(name: String, value: String)]) throws -> Node {
        let root = Branch()
        for (name, value) in pairs {
            if !name.utf8.contains(46) {
                let leaf = root.child(name)
                guard leaf.order.isEmpty else { throw bothValueAndGroup(name) }
                leaf.value = value
                continue
            }
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
        MalformedMessage(offset: 0, reason: "parameter \(name) is both a value and a structure")
    }

    private final class Branch {
        var value: String?
        var order: [(name: String, branch: Branch)] = []
        /// Used only for large groups; a linear search is faster in small ones.
        private var index: [String: Branch] = [:]

        func child(_ name: String) -> Branch {
            if order.count <= 16 {
                for (known, branch) in order where known == name { return branch }
            } else {
                if index.isEmpty {
                    index = Dictionary(order.map { ($0.name, $0.branch) }, uniquingKeysWith: { first, _ in first })
                }
                if let branch = index[name] { return branch }
            }
            let branch = Branch()
            order.append((name, branch))
            if !index.isEmpty { index[name] = branch }
            return branch
        }

        var node: Node {
            order.isEmpty ? .string(value ?? "") : .object(order.map { Node.Field($0.name, $0.branch.node) })
        }
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        guard slice.contains(where: { $0 == 37 || $0 == 43 }) else { return try text(slice, at: range.lowerBound) }
        var out = Bytes()
        out.reserveCapacity(slice.count)
        var index = 0
        while index < slice.count {
            let byte = slice[index]
            index += 1
            if byte == 37 {
                guard index + 1 < slice.count, let high = hex(slice[index]), let low = hex(slice[index + 1]) else {
                    throw MalformedMessage(offset: range.lowerBound + index - 1, reason: "broken percent escape")
                }
                out.append(high << 4 | low)
                index += 2
            } else {
                out.append(byte == 43 ? 32 : byte)
            }
        }
        return try out.withUnsafeBufferPointer { try text($0, at: range.lowerBound) }
    }

    private static func text(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
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

    /// Appends `text` and percent-encodes everything except unreserved characters (RFC 3986).
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
        out.append(hex: byte, uppercase: true)
    }

    /// Returns `text` percent-encoded for SigV4 and query strings.
    public static func encoded(_ text: String) -> String {
        var out = Bytes()
        appendEncoded(text.utf8, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}
