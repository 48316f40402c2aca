extension Endpoint {
    /// Parses `https://host:port/path`: http or https only, without user, query and fragment. Lower-cases the host and drops
    /// the scheme's default port, as the `Host` header does.
    ///
    /// - Returns: nil for anything else.
    public init?(url: String) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = url[separator.upperBound...]
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var authority = rest[..<slash].lowercased()
        let path = String(rest[slash...])
        guard path.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != 63 && $0 != 35 }), !authority.isEmpty else { return nil }

        let afterHost: Substring
        if authority.hasPrefix("[") {
            guard let bracket = authority.firstIndex(of: "]") else { return nil }
            guard
                authority[authority.index(after: authority.startIndex)..<bracket].utf8.allSatisfy({
                    hexValue($0) != nil || $0 == 58 || $0 == 46
                })
            else { return nil }
            afterHost = authority[authority.index(after: bracket)...]
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            guard colon > authority.startIndex,
                authority[..<colon].utf8.allSatisfy({
                    (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0)
                })
            else { return nil }
            afterHost = authority[colon...]
        }
        if !afterHost.isEmpty {
            guard afterHost.first == ":", let port = UInt16(afterHost.dropFirst()), port > 0 else { return nil }
            if port == (scheme == "https" ? 443 : 80) { authority = String(authority[..<afterHost.startIndex]) }
        }
        self.init(scheme: scheme, authority: authority, path: path)
    }

    /// The endpoint as a URL, without a trailing slash.
    public var url: String { "\(scheme)://\(authority)\(path == "/" ? "" : path)" }
}
