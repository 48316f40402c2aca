/// The origin of web pages that may send requests: `http://localhost:3000`, `null` for pages without one, `*` for every page.
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
    /// In lower case, without the scheme's default port, as browsers send it.
    public let description: String

    /// Every page of the web.
    public static let any = WebOrigin(normal: "*")

    private init(normal: String) { description = normal }

    /// Parses an origin that a user wrote.
    /// - Throws: ``WebOriginError`` if the text is not an origin.
    public init(parsing text: String) throws(WebOriginError) {
        let normal = Self.normal(text)
        guard normal != "*", normal != "null" else {
            description = normal
            return
        }
        guard let range = normal.range(of: "://"), Self.isScheme(normal[..<range.lowerBound]) else {
            throw WebOriginError(text: text, reason: "has no scheme")
        }
        let authority = normal[range.upperBound...]
        guard !authority.contains(where: { "/?#@".contains($0) || $0.isWhitespace }) else {
            throw WebOriginError(text: text, reason: "has more than a scheme, a host and a port")
        }
        guard !authority.isEmpty || normal == "file://" else { throw WebOriginError(text: text, reason: "has no host") }
        description = normal
    }

    /// The value of an `Origin` header. Browsers send well-formed ones; any other text equals no allowed origin.
    init(header: String) { description = Self.normal(header) }

    /// The origin of a `Referer` header's URL.
    init(referer: String) {
        guard let scheme = referer.range(of: "://") else {
            self.init(header: referer)
            return
        }
        let end = referer[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? referer.endIndex
        self.init(header: String(referer[..<end]))
    }

    /// Host and port; nil for an origin without them.
    var authority: Substring? {
        guard let scheme = description.range(of: "://"), scheme.upperBound < description.endIndex else { return nil }
        return description[scheme.upperBound...]
    }

    /// Whether the origin's scheme is HTTP or HTTPS.
    var isWeb: Bool { description.hasPrefix("http://") || description.hasPrefix("https://") }

    private static func normal(_ text: String) -> String {
        let lower = text.lowercased()
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where lower.hasPrefix(scheme) && lower.hasSuffix(port)
        {
            return String(lower.dropLast(port.count))
        }
        return lower
    }

    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.first, first.isLetter else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
    }
}

/// A text that is not an origin.
public struct WebOriginError: Error, Sendable, CustomStringConvertible {
    let text: String
    let reason: String

    public var description: String {
        "'\(text)' is not an origin: it \(reason). Write scheme://host:port, such as http://localhost:3000."
    }
}
