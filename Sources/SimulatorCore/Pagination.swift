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
    ///   - query: what is asked: a token is good for its own query alone.
    ///   - invalidToken: the service's own error for a token that was not made here.
    public static func page<Element>(
        _ all: [Element], maximum: Int?, token: String?, of query: String = "", invalidToken: @autoclosure () -> AWSError
    ) throws -> Page<Element> {
        var start = 0
        if let token, !token.isEmpty {
            guard let offset = decode(token, of: query), offset <= all.count else { throw invalidToken() }
            start = offset
        }
        guard let maximum, start + maximum < all.count else { return Page(items: Array(all[start...]), nextToken: nil) }
        return Page(items: Array(all[start..<start + maximum]), nextToken: encode(start + maximum, of: query))
    }

    /// Opaque to clients, as AWS's tokens are; not a secret.
    public static func encode(_ offset: Int, of query: String = "") -> String {
        Base64.encode(Bytes("drydock-page:\(offset):\(query)".utf8))
    }

    public static func decode(_ token: String, of query: String = "") -> Int? {
        guard let bytes = Base64.decode(token) else { return nil }
        let parts = String(decoding: bytes, as: UTF8.self).split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "drydock-page", parts[2] == query, let offset = Int(parts[1]), offset >= 0 else {
            return nil
        }
        return offset
    }
}
