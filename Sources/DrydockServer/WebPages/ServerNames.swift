import HTTPTypes
import SimulatorCore

/// The host names that a server accepts.
///
/// By DNS rebinding, a web page can point its own name at a server on this machine. It cannot do so with an address, with names
/// that only this machine or its network resolves, or with names that AWS owns.
struct ServerNames: Sendable {
    /// Additional names in lower case, without ports. `*.example.com` matches all names below it, `*` every name.
    private let others: [String]
    /// The registry's host and port, if a flag sets them.
    private let registry: String?

    init(allowed: [String], listening: String, registry: String?) {
        let registry = registry?.lowercased()
        others = ([listening] + allowed).map { $0.lowercased() } + (registry.map { [String(Self.host(of: $0[...]))] } ?? [])
        self.registry = registry
    }

    /// Whether a request may use this host name for the server.
    func contains(authority: String) -> Bool {
        let host = Self.host(of: authority[...])
        if Self.isLocal(host) { return true }
        let name = host.lowercased()
        return Self.isPlayed(name[...]) || others.contains { Self.matches(name, $0) }
    }

    /// Whether a page or redirection at `authority` belongs to this server.
    func isOwn(_ authority: Substring, of request: HTTPRequest) -> Bool {
        let asked = (request.authority ?? "").lowercased()
        if authority == asked || registry.map({ authority == $0 }) == true { return true }
        // Names of this machine, with the port of the request.
        return Self.port(of: authority) == Self.port(of: asked[...]) && Self.isLoopback(Self.host(of: authority))
            && Self.isLoopback(Self.host(of: asked[...]))
    }

    /// Whether a simulated registry redirects from there: Go's HTTP client sends the redirecting page as referer.
    static func redirects(_ authority: Substring) -> Bool {
        let host = host(of: authority)
        if ["registry-1.docker.io", "auth.docker.io"].contains(host) { return true }
        guard amazon.contains(where: host.hasSuffix) else { return false }
        return host.contains(".dkr.ecr.") || host.contains("-starport-layer-bucket.s3.")
    }

    /// An address, or a name that no foreign name server resolves. By bytes, because every request is checked.
    private static func isLocal(_ host: Substring) -> Bool {
        var host = host
        if host.utf8.last == UInt8(ascii: ".") { host = host.dropLast() }
        if host.utf8.first == UInt8(ascii: "[") { return true }
        var hasDot = false, isNumeric = true
        for byte in host.utf8 {
            switch byte {
            case UInt8(ascii: "."): hasDot = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            default: isNumeric = false
            }
        }
        if !hasDot || isNumeric { return true }
        let name = host.lowercased()
        return name.hasSuffix(".localhost") || name == "host.docker.internal"
    }

    private static func isLoopback(_ host: Substring) -> Bool {
        host == "localhost" || host == "[::1]"
            || host.hasPrefix("127.") && host.utf8.allSatisfy { $0 == 46 || (48...57).contains($0) }
    }

    private static let amazon = [
        ".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu", ".c2s.ic.gov", ".sc2s.sgov.gov", ".cloud.adc-e.uk",
        ".csp.hci.ic.gov",
    ]
    private static let hub: Set<Substring> = [
        "docker.io", "registry-1.docker.io", "auth.docker.io", "index.docker.io", "hub.docker.com",
    ]

    /// A name of AWS or Docker Hub that this server simulates.
    private static func isPlayed(_ host: Substring) -> Bool { amazon.contains(where: host.hasSuffix) || hub.contains(host) }

    private static func matches(_ name: String, _ pattern: String) -> Bool {
        if pattern == "*" || name == pattern { return true }
        return pattern.hasPrefix("*.") && name.hasSuffix(pattern.dropFirst())
    }

    private static func host(of text: Substring) -> Substring {
        if text.utf8.first == UInt8(ascii: "["), let end = text.utf8.firstIndex(of: UInt8(ascii: "]")) { return text[...end] }
        return text[..<(text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex)]
    }

    private static func port(of authority: Substring) -> Substring {
        let host = host(of: authority)
        return authority[host.endIndex...]
    }
}
