public import AWSCore
import HTTPTypes
import Synchronization

/// A client for one registry. It authenticates as the registry requires, and pulls and pushes manifests and blobs.
///
/// Every method throws ``RegistryClientError``, or the transport's error if there is no response.
public final class RegistryClient: Sendable {
    /// Host and port.
    public let host: String
    let scheme: String
    let credentials: RegistryCredentials?
    let transport: any HTTPTransport
    let timeout: Duration
    private let session = Mutex(Session())

    /// What the client has learned about the registry. `challenge` is nil before the first request, and `.some(nil)` if the
    /// registry requires no authentication.
    private struct Session {
        var challenge: RegistryChallenge??
        var tokens: [String: String] = [:]
    }

    public init(
        host: String, scheme: String = "https", credentials: RegistryCredentials? = nil, transport: any HTTPTransport,
        timeout: Duration = .seconds(60)
    ) {
        self.host = host
        self.scheme = scheme
        self.credentials = credentials
        self.transport = transport
        self.timeout = timeout
    }

    /// Checks that the host is a registry and accepts the credentials, if any.
    public func ping() async throws {
        let challenge = try await challenge()
        guard challenge != nil else { return }
        let reply = try await send(request(.get, "/v2/"), scope: nil)
        _ = try await Self.expect([200], reply)
    }

    // MARK: Requests

    func request(_ method: HTTPRequest.Method, _ path: String) -> HTTPRequest {
        HTTPRequest(method: method, scheme: scheme, authority: host, path: path)
    }

    /// Sends a request with the authorization that the registry requires.
    func send(_ request: HTTPRequest, body: HTTPBody = .empty, scope: String?) async throws -> HTTPReply {
        var request = request
        request.headerFields[.authorization] = try await authorization(scope: scope)
        if let length = body.length, length > 0 || request.method == .put || request.method == .post || request.method == .patch
        {
            request.headerFields[.contentLength] = String(length)
        }
        return try await transport.send(request, body: body, timeout: timeout)
    }

    /// Returns the reply if its status is one of `statuses`.
    /// - Throws: ``RegistryClientError/refused(_:)`` with the registry's error for any other status.
    static func expect(_ statuses: Set<Int>, _ reply: HTTPReply) async throws -> HTTPReply {
        if statuses.contains(reply.response.status.code) { return reply }
        let body = try await reply.body.collect(upTo: 1 << 20)
        throw RegistryClientError.refused(RegistryError.errors(in: reply.response, body)[0])
    }

    // MARK: Authorization

    /// Returns the registry's challenge, requested once; nil if it requires no authentication.
    private func challenge() async throws -> RegistryChallenge? {
        if let known = session.withLock({ $0.challenge }) { return known }
        let reply = try await transport.send(request(.get, "/v2/"), body: .empty, timeout: timeout)
        var challenge: RegistryChallenge?
        if reply.response.status.code == 401 {
            let offered = RegistryChallenge.parse(reply.response.headerFields[.wwwAuthenticate] ?? "")
            challenge = offered.first { $0.scheme == "bearer" } ?? offered.first { $0.scheme == "basic" }
            if challenge == nil { _ = try await Self.expect([200], reply) }
        } else {
            _ = try await Self.expect([200], reply)
        }
        session.withLock { $0.challenge = .some(challenge) }
        return challenge
    }

    private func authorization(scope: String?) async throws -> String? {
        guard let challenge = try await challenge() else { return nil }
        if challenge.scheme == "basic" {
            guard let credentials else { throw RegistryClientError.noCredentials }
            return Self.basic(credentials)
        }
        return "Bearer \(try await token(challenge, scope: scope))"
    }

    private static func basic(_ credentials: RegistryCredentials) -> String {
        "Basic " + Base64.encode(Bytes("\(credentials.username):\(credentials.password)".utf8))
    }

    /// Returns a token from the registry's token service. Without credentials, the token is anonymous.
    /// https://distribution.github.io/distribution/spec/auth/token/
    private func token(_ challenge: RegistryChallenge, scope: String?) async throws -> String {
        if let known = session.withLock({ $0.tokens[scope ?? ""] }) { return known }
        guard let realm = challenge["realm"], let (realmScheme, authority, path) = URLParts.split(realm) else {
            throw RegistryClientError.unexpected("\(host) did not name a token service in its challenge")
        }
        var query: [String] = []
        if let service = challenge["service"] { query.append("service=\(QueryString.encoded(service))") }
        for part in (scope ?? "").split(separator: " ") { query.append("scope=\(QueryString.encoded(String(part)))") }
        if let credentials { query.append("account=\(QueryString.encoded(credentials.username))") }
        let separator = path.contains("?") ? "&" : "?"
        var request = HTTPRequest(
            method: .get, scheme: realmScheme, authority: authority, path: path + separator + query.joined(separator: "&"))
        if let credentials { request.headerFields[.authorization] = Self.basic(credentials) }
        let reply = try await transport.send(request, body: .empty, timeout: timeout)
        let body = try await reply.body.collect(upTo: 1 << 20)
        guard reply.response.status.code == 200 else {
            throw RegistryClientError.tokenRefused(Self.tokenError(reply.response, body))
        }
        let node = try? JSON.parse(body)
        guard let token = node?["token"]?.string ?? node?["access_token"]?.string else {
            throw RegistryClientError.unexpected("\(authority) returned no token")
        }
        session.withLock { $0.tokens[scope ?? ""] = token }
        return token
    }

    /// Parses an error of a token service: `{"details": …}` or the registry's own error document.
    private static func tokenError(_ response: HTTPResponse, _ body: Bytes) -> RegistryError {
        var error = RegistryError.errors(in: response, body)[0]
        if let details = (try? JSON.parse(body))?["details"]?.string { error.message = details }
        return error
    }

    /// `repository:library/ubuntu:pull`
    static func scope(_ repository: RepositoryName, _ actions: String) -> String { "repository:\(repository):\(actions)" }
}

/// Splits an absolute URL into the parts of a request.
enum URLParts {
    static func split(_ url: String) -> (scheme: String, authority: String, path: String)? {
        guard let range = url.firstRange(of: "://") else { return nil }
        let rest = url[range.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        guard !authority.isEmpty else { return nil }
        let path = rest.dropFirst(authority.count).prefix { $0 != "#" }
        return (
            String(url[..<range.lowerBound]).lowercased(), String(authority), path.hasPrefix("/") ? String(path) : "/" + path
        )
    }
}
