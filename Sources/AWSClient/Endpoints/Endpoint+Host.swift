import AWSCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Endpoint {
    /// The host without port and brackets, in lower case.
    var host: String { HostAndPort(authority).host }

    /// Whether the host is `localhost` or a loopback address.
    var isLoopback: Bool { HostAndPort(authority).isLoopback }
}

/// The parts of an authority.
struct HostAndPort: Hashable {
    let host: String
    let port: Int?

    init(_ authority: String) {
        var rest = Substring(authority.lowercased())
        if rest.first == "[", let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            port = rest.first == ":" ? Int(rest.dropFirst()) : nil
        } else if let colon = rest.lastIndex(of: ":"), rest.firstIndex(of: ":") == colon {
            host = String(rest[..<colon])
            port = Int(rest[rest.index(after: colon)...])
        } else {
            host = String(rest)
            port = nil
        }
    }

    /// The host's bytes (4 or 16) if it is an address.
    var address: [UInt8]? { Self.address(host) }

    var isLoopback: Bool {
        if host == "localhost" || host.hasSuffix(".localhost") { return true }
        guard let address else { return false }
        return address.count == 4 ? address[0] == 127 : address == Array(repeating: 0, count: 15) + [1]
    }

    static func address(_ text: String) -> [UInt8]? {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }
}
