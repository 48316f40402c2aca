import AWSCore
import Foundation

/// The proxies for requests: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Lower-case names take precedence.
///
/// Every request uses a tunnel (`CONNECT`), also to hosts without TLS. The connection to the proxy itself has no TLS.
///
/// `NO_PROXY` is a comma-separated list. Entries are `*` for everything, a host name (`example.com`, `.example.com` and
/// `*.example.com` include its subdomains), an address, or a network (`10.0.0.0/8`). All except networks may have a port.
/// Loopback hosts never use a proxy. CGI programs ignore `HTTP_PROXY`, because a client could set it.
public struct ProxySettings: Sendable, Hashable {
    private var http: Source?
    private var https: Source?
    private var exceptions: [Exception] = []

    private struct Source: Hashable {
        let variable: String
        let url: String
    }

    /// No proxies.
    public static let none = ProxySettings(ProcessEnvironment(variables: [:]))
    /// The proxies of this process's environment.
    public static var process: ProxySettings { ProxySettings(.process) }

    public init(_ environment: ProcessEnvironment) {
        func source(_ names: String...) -> Source? {
            for name in names {
                if let url = environment[name.lowercased()] { return Source(variable: name.lowercased(), url: url) }
                if name == "HTTP_PROXY", environment["REQUEST_METHOD"] != nil { continue }
                if let url = environment[name] { return Source(variable: name, url: url) }
            }
            return nil
        }
        http = source("HTTP_PROXY", "ALL_PROXY")
        https = source("HTTPS_PROXY", "ALL_PROXY")
        let list = environment["no_proxy"] ?? environment["NO_PROXY"] ?? ""
        exceptions = list.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map { Exception(String($0)) }
    }

    /// Returns the proxy for an authority; nil for a direct connection.
    ///
    /// - Throws: ``ConfigurationError`` if the configured proxy is invalid.
    func proxy(for scheme: String, _ authority: String) throws -> Proxy? {
        guard let source = scheme == "https" ? https : http else { return nil }
        let target = HostAndPort(authority)
        guard !target.isLoopback, !exceptions.contains(where: { $0.matches(target, scheme) }) else { return nil }
        guard let proxy = Proxy(source.url) else {
            throw ConfigurationError(
                "\(source.variable) must be the URL of an HTTP proxy, such as http://proxy.example.com:3128, not '\(source.url)'"
            )
        }
        return proxy
    }
}

/// An HTTP proxy.
struct Proxy: Hashable, Sendable {
    let host: String
    let port: Int
    var user: String?
    var password: String?

    /// Parses `http://user:password@host:port/`, of which only the host is required.
    init?(_ url: String) {
        var rest = Substring(url)
        if let scheme = rest.firstRange(of: "://") {
            guard rest[..<scheme.lowerBound].lowercased() == "http" else { return nil }
            rest = rest[scheme.upperBound...]
        }
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = String(parts[0]).removingPercentEncoding,
                let password = parts.count == 2 ? String(parts[1]).removingPercentEncoding : ""
            else { return nil }
            (self.user, self.password) = (user, password)
            rest = rest[rest.index(after: at)...]
        }
        guard let endpoint = Endpoint(url: "http://\(rest)") else { return nil }
        let target = HostAndPort(endpoint.authority)
        (host, port) = (target.host, target.port ?? 80)
    }
}

extension ProxySettings {
    /// An entry of `NO_PROXY`.
    private struct Exception: Hashable {
        private enum HostPattern: Hashable {
            case everything
            case network([UInt8], bits: Int)
            case address([UInt8])
            case name(String)
        }
        private let pattern: HostPattern
        private let port: Int?

        init(_ text: String) {
            let slash = text.split(separator: "/", maxSplits: 1)
            if slash.count == 2, let base = HostAndPort.address(String(slash[0])), let bits = Int(slash[1]),
                (0...base.count * 8).contains(bits)
            {
                (pattern, port) = (.network(base, bits: bits), nil)
                return
            }
            let entry = HostAndPort(text)
            port = entry.port
            if entry.host == "*" {
                pattern = .everything
            } else if let address = entry.address {
                pattern = .address(address)
            } else {
                let name = entry.host.hasPrefix("*.") ? entry.host.dropFirst(2) : entry.host.drop { $0 == "." }
                pattern = .name(String(name))
            }
        }

        func matches(_ target: HostAndPort, _ scheme: String) -> Bool {
            if let port, port != target.port ?? (scheme == "https" ? 443 : 80) { return false }
            switch pattern {
            case .everything: return true
            case .address(let address): return target.address == address
            case .network(let base, let bits):
                guard let address = target.address, address.count == base.count else { return false }
                return (0..<bits).allSatisfy { bit in (address[bit / 8] ^ base[bit / 8]) & (128 >> UInt8(bit % 8)) == 0 }
            case .name(let name): return !name.isEmpty && (target.host == name || target.host.hasSuffix(".\(name)"))
            }
        }
    }
}
