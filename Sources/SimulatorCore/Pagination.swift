import AWSCore

/// Splits results into pages. A token says where the next page begins, and for which query it was made.
public struct Page<Element> {
    public let items: [Element]
    /// What the client sends to get the next page; nil at the end.
    public let nextToken: String?
}

public enum Pagination {
    /// - Parameters:
    ///   - maximum: the most items on this page; nil gives all that are left.
    ///   - token: as an earlier page gave it.
    ///   - invalidToken: the service's own error for a token that was not made here.
    public static func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, invalidToken: @autoclosure () -> AWSError
    ) throws -> Page<Element> {
        var start = 0
        if let token, !token.isEmpty {
            guard let offset = decode(token), offset <= all.count else { throw invalidToken() }
            start = offset
        }
        guard let maximum, start + maximum < all.count else { return Page(items: Array(all[start...]), nextToken: nil) }
        return Page(items: Array(all[start..<start + maximum]), nextToken: encode(start + maximum))
    }

    /// Opaque to clients, as AWS's tokens are; not a secret.
    public static func encode(_ offset: Int) -> String { Base64.encode(Bytes("drydock-page:\(offset)".utf8)) }

    public static func decode(_ token: String) -> Int? {
        guard let bytes = Base64.decode(token) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix("drydock-page:"), let offset = Int(text.dropFirst(13)), offset >= 0 else { return nil }
        return offset
    }
}
