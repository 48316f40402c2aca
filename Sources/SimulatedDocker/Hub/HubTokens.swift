import AWSCore
import Crypto
import GRDB
import HTTPTypes
import OCI
import SimulatorCore

/// The permissions of a token of `auth.docker.io`, valid for five minutes: a user name, if any, and actions on repositories.
///
/// Tokens are signed with the simulator's key, or with one derived from its seed. They are not stored.
/// https://distribution.github.io/distribution/spec/auth/jwt/
struct HubToken: Sendable, Equatable {
    static let service = "registry.docker.io"
    static let lifetime = 300

    /// Nil for an anonymous caller.
    var user: String?
    var access: [Grant]
    var issuedAt: Instant

    struct Grant: Sendable, Equatable {
        var repository: RepositoryName
        var actions: [String]
    }

    var expiresAt: Instant { issuedAt + .seconds(Self.lifetime) }

    func allows(_ action: RegistryAction, on repository: RepositoryName) -> Bool {
        access.contains { $0.repository == repository && ($0.actions.contains(action.rawValue) || $0.actions.contains("*")) }
    }

    // MARK: Format

    func text(_ configuration: SimulatorCore.Configuration) -> String {
        let grants = access.map { grant in
            Node.object([
                .init("type", .string("repository")), .init("name", .string(grant.repository.description)),
                .init("actions", .list(grant.actions.map { .string($0) })),
            ])
        }
        let claims = Node.object([
            .init("access", .list(grants)), .init("aud", .string(Self.service)), .init("exp", .integer(expiresAt.seconds)),
            .init("iat", .integer(issuedAt.seconds)), .init("iss", .string("auth.docker.io")),
            .init("sub", .string(user ?? "")),
        ])
        let head = Self.base64URL(Bytes(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "." + Self.base64URL(JSON.write(claims))
        return head + "." + Self.base64URL(Self.code(of: head, configuration))
    }

    /// Returns nil if this Hub did not issue the token.
    init?(_ text: String, _ configuration: SimulatorCore.Configuration) {
        guard let dot = text.lastIndex(of: ".") else { return nil }
        let head = String(text[..<dot])
        let claimed = Self.bytes(text[text.index(after: dot)...])
        guard HMAC<SHA256>.isValidAuthenticationCode(claimed, authenticating: Bytes(head.utf8), using: Self.key(configuration)),
            let middle = head.split(separator: ".").last,
            let claims = try? JSON.parse(Self.bytes(middle)), case .integer(let issued)? = claims["iat"]
        else { return nil }
        let name = claims["sub"]?.string ?? ""
        user = name.isEmpty ? nil : name
        issuedAt = Instant(milliseconds: issued * 1000)
        access = (claims["access"]?.elements ?? []).compactMap { grant in
            guard let repository = RepositoryName(grant["name"]?.string ?? "") else { return nil }
            return Grant(repository: repository, actions: (grant["actions"]?.elements ?? []).compactMap(\.string))
        }
    }

    init(user: String?, access: [Grant], issuedAt: Instant) {
        self.user = user
        self.access = access
        self.issuedAt = issuedAt
    }

    private static func key(_ configuration: SimulatorCore.Configuration) -> SymmetricKey {
        configuration.key(for: .hubToken, else: Bytes("docker hub \(configuration.seed)".utf8))
    }

    private static func code(of text: String, _ configuration: SimulatorCore.Configuration) -> Bytes {
        Bytes(HMAC<SHA256>.authenticationCode(for: Bytes(text.utf8), using: key(configuration)))
    }

    private static func base64URL(_ bytes: Bytes) -> String {
        Base64.encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func bytes(_ text: Substring) -> Bytes {
        Base64.decode(String(text).replacing("-", with: "+").replacing("_", with: "/")) ?? []
    }
}

// MARK: auth.docker.io

extension HubSession {
    /// Handles `GET /token`, and the same as an OAuth 2 form with POST.
    /// https://distribution.github.io/distribution/spec/auth/token/
    func tokenReply(_ request: HTTPRequest, _ body: HTTPBody) async throws -> HTTPReply {
        let target = request.path ?? "/"
        let path = target.prefix { $0 != "?" }
        guard path == "/token", request.method == .get || request.method == .post else { return RegistryError.notFound.reply }
        var pairs = (try? QueryString.pairs(target.dropFirst(path.count + 1).utf8)) ?? []
        if request.method == .post { pairs += (try? QueryString.pairs(await body.collect(upTo: 64 << 10))) ?? [] }
        let value = { (name: String) in pairs.first { $0.name == name }?.value }

        var credentials = Self.basicCredentials(request)
        if let name = value("username"), let password = value("password") {
            credentials = RegistryCredentials(username: name, password: password)
        }
        if let credentials, try !isUser(credentials) {
            return Self.details("incorrect username or password", status: .unauthorized)
        }

        let scopes = pairs.filter { $0.name == "scope" }.flatMap { $0.value.split(separator: " ").map(String.init) }
        let user = credentials?.username
        let access = try transact { db, _ in try scopes.compactMap { try grant($0, to: user, db) } }
        let token = HubToken(user: user, access: access, issuedAt: now)
        let text = token.text(simulator.configuration)
        return Self.json(
            .object([
                .init("token", .string(text)), .init("access_token", .string(text)),
                .init("expires_in", .integer(Int64(HubToken.lifetime))),
                .init("issued_at", .string(now.iso8601(milliseconds: true))),
            ]))
    }

    /// Returns the actions of `repository:<name>:<actions>` that the user may carry out: at most the requested ones.
    private func grant(_ scope: String, to user: String?, _ db: Database) throws -> HubToken.Grant? {
        let parts = scope.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "repository" || parts[0] == "repository(plugin)",
            let name = RepositoryName(parts[1])
        else { return nil }
        let owns = user != nil && name.namespace == user
        let repository = try HubRepository.find(name, db)
        let pulls = owns || repository?.isPrivate == false
        let actions = parts[2].split(separator: ",").map(String.init).filter { $0 == "pull" ? pulls : owns }
        return actions.isEmpty ? nil : HubToken.Grant(repository: name, actions: actions)
    }

    static func basicCredentials(_ request: HTTPRequest) -> RegistryCredentials? {
        guard let header = request.headerFields[.authorization], header.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(String(header.dropFirst(6))), let text = String(validating: bytes, as: UTF8.self),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        return RegistryCredentials(username: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
    }

    static func json(_ node: Node, status: HTTPResponse.Status = .ok) -> HTTPReply {
        let bytes = JSON.write(node)
        return HTTPReply(
            HTTPResponse(
                status: status, headerFields: [.contentType: "application/json", .contentLength: String(bytes.count)]),
            .bytes(bytes))
    }

    static func details(_ text: String, status: HTTPResponse.Status) -> HTTPReply {
        json(.object([.init("details", .string(text))]), status: status)
    }
}
