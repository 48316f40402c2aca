import AWSCore
import Crypto

/// An IAM Identity Center token in the cache that AWS's tools share. The file is named after the session or the start URL.
struct SSOToken {
    /// A token is renewed when less than this is left.
    private static let window = Duration.minutes(15)
    private let configuration: SSOCredentials.Configuration
    private let environment: ProcessEnvironment

    init(_ configuration: SSOCredentials.Configuration, _ environment: ProcessEnvironment) {
        self.configuration = configuration
        self.environment = environment
    }

    private var path: String {
        let name = Insecure.SHA1.hash(data: Bytes((configuration.session ?? configuration.startURL).utf8))
        return environment.expanded("~/.aws/sso/cache/")
            + name.map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined() + ".json"
    }

    /// Returns the cached token. A session's token is renewed first if it expires soon.
    ///
    /// - Throws: ``CredentialRetrievalError`` if there is no valid token.
    func current(_ service: SSOService, at now: Instant) async throws -> String {
        guard let text = try environment.read(path), let kept = try? JSON.parse(text), let token = kept["accessToken"]?.string,
            let end = kept["expiresAt"]?.string.flatMap(Self.time)
        else {
            throw CredentialRetrievalError(
                provider: SSOCredentials.name,
                "Error loading SSO Token: Token for \(configuration.session ?? configuration.startURL) does not exist")
        }
        if configuration.session != nil, end - now < Self.window, let renewed = try await renewed(kept, service, now) {
            return renewed
        }
        guard end > now else { throw CredentialRetrievalError.ssoSessionExpired }
        return token
    }

    private func renewed(_ kept: Node, _ service: SSOService, _ now: Instant) async throws -> String? {
        guard let refresh = kept["refreshToken"]?.string, let id = kept["clientId"]?.string,
            let secret = kept["clientSecret"]?.string, let registration = kept["registrationExpiresAt"]?.string,
            let registrationEnd = Self.time(registration), registrationEnd > now
        else { return nil }
        let answer: Node?
        // Without a response, use the old token until it expires.
        do { answer = try await service.newToken(refresh, clientId: id, clientSecret: secret) } catch is TransportError {
            return nil
        }
        guard let answer, let token = answer["accessToken"]?.string, case .integer(let seconds)? = answer["expiresIn"] else {
            return nil
        }
        var fields: [Node.Field] = [
            .init("startUrl", .string(configuration.startURL)), .init("region", .string(configuration.region)),
            .init("accessToken", .string(token)),
            .init("expiresAt", .string((now + .seconds(seconds)).iso8601(milliseconds: false))),
            .init("clientId", .string(id)), .init("clientSecret", .string(secret)),
            .init("registrationExpiresAt", .string(registration)),
        ]
        if let next = answer["refreshToken"]?.string { fields.append(.init("refreshToken", .string(next))) }
        try environment.write(path, String(decoding: JSON.write(.object(fields)), as: UTF8.self))
        return token
    }

    /// Parses a time. Old versions of the AWS CLI wrote `UTC` instead of `Z`.
    private static func time(_ text: String) -> Instant? { Instant(parsing: text.replacing("UTC", with: "Z")) }
}
