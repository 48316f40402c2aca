import AWSCore
import Foundation
import OCI
import SimulatorCore
import Synchronization

/// Registries outside the simulator that pull-through cache rules may reach. Each one replaces a host that rules name.
///
///     try upstreams.add("ghcr.io=https://user:secret@mirror.example.org/ghcr")
public struct UpstreamRegistries: Sendable {
    struct RegistryLocation: Sendable {
        var scheme, authority: String
        /// The prefix of repository names in that registry.
        var prefix = ""
        var credentials: RegistryCredentials?
    }

    private var locations: [String: RegistryLocation] = [:]

    public static let none = UpstreamRegistries()
    public init() {}

    /// Adds a registry that replaces a host, written `HOST=URL`. The URL may contain a user name and password, and a path that
    /// prefixes repository names.
    /// - Throws: ``UpstreamError`` if the text is not valid.
    public mutating func add(_ text: String) throws(UpstreamError) {
        guard let sign = text.firstIndex(of: "=") else {
            throw UpstreamError("'\(text)' must be HOST=URL, such as ghcr.io=http://localhost:5000")
        }
        let host = text[..<sign].lowercased()
        guard !host.isEmpty, host.utf8.allSatisfy({ Self.isOfHost($0) }) else {
            throw UpstreamError(
                "'\(host)' is not a host such as ghcr.io; it must not have a scheme or a path")
        }
        guard locations[host] == nil else { throw UpstreamError("'\(host)' is given twice") }
        locations[host] = try Self.location(String(text[text.index(after: sign)...]), for: host)
    }

    private static func isOfHost(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || [45, 46, 58, 91, 93].contains(byte)
    }

    private static func location(_ url: String, for host: String) throws(UpstreamError) -> RegistryLocation {
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let scheme = parts.first?.lowercased(), scheme == "http" || scheme == "https" else {
            throw UpstreamError("the URL for \(host) must begin with http:// or https://")
        }
        var authority = parts[1].prefix { $0 != "/" }
        let path = parts[1].dropFirst(authority.count).split(separator: "/").joined(separator: "/")
        var credentials: RegistryCredentials?
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard user.count == 2, let name = String(user[0]).removingPercentEncoding,
                let password = String(user[1]).removingPercentEncoding, !name.isEmpty
            else { throw UpstreamError("the URL for \(host) has a name without a password; write name:password@") }
            credentials = RegistryCredentials(username: name, password: password)
            authority = authority[authority.index(after: at)...]
        }
        guard !authority.isEmpty, authority.lowercased().utf8.allSatisfy({ isOfHost($0) }) else {
            throw UpstreamError("the URL for \(host) has no host, or one that cannot be")
        }
        guard path.isEmpty || RepositoryName(path) != nil && path != "v2" && !path.hasPrefix("v2/") else {
            throw UpstreamError(
                "'\(path)' in the URL for \(host) cannot stand in front of the names of repositories; leave out /v2 and what follows"
            )
        }
        return RegistryLocation(
            scheme: scheme, authority: String(authority), prefix: path.isEmpty ? "" : path + "/", credentials: credentials)
    }

    subscript(host: String) -> RegistryLocation? { locations[host.lowercased()] }
}

/// The text of an upstream registry is not valid.
public struct UpstreamError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// The registry that serves a rule's images.
struct Upstream: Sendable {
    let client: RegistryClient
    /// The prefix of repository names in that registry.
    let prefix: String
    /// Whether the simulator itself serves the registry, so that no network is needed.
    let isPlayed: Bool
}

extension ECRSimulation {
    /// Whether the registry is reached over a network.
    func isElsewhere(_ host: String) -> Bool { upstreams[host] != nil }

    /// Returns the registry for a host, or nil if none is configured. Local ports are no exception: a caller who creates rules
    /// must not reach services on this machine unless the server's operator names them.
    /// - Parameter credentials: the login for another ECR registry.
    func reach(_ host: String, _ simulator: Simulator, credentials: RegistryCredentials? = nil) -> Upstream? {
        let played = SimulatorTransport(simulator: simulator)
        if let location = upstreams[host] {
            let client = RegistryClient(
                host: location.authority, scheme: location.scheme, credentials: location.credentials,
                transport: upstream ?? played)
            return Upstream(client: client, prefix: location.prefix, isPlayed: upstream == nil)
        }
        guard host == "registry-1.docker.io" || ECRHost(host) != nil else { return nil }
        return Upstream(
            client: RegistryClient(host: host, credentials: credentials, transport: played), prefix: "", isPlayed: true)
    }

    static func notProvided(_ host: String) -> String {
        """
        The upstream registry '\(host)' is not provided here, and nothing is fetched from the internet unasked. Name a registry \
        that replaces it: drydock serve --upstream \(host)=URL
        """
    }
}

/// The results of the last probes of upstream registries. Handlers cannot make network requests themselves.
final class UpstreamProbes: Sendable {
    private let failures = Mutex<[String: String?]>([:])

    func note(_ failure: String?, of host: String) { failures.withLock { $0[host] = .some(failure) } }

    /// Returns why a host cannot be reached, or nil if it can.
    func failure(of host: String) -> String? {
        failures.withLock { $0[host] } ?? "The upstream registry '\(host)' was not contacted."
    }
}
