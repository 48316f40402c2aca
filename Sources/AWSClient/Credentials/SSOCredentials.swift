public import AWSCore
import Foundation
import HTTPTypes

/// Credentials of an IAM Identity Center permission set, fetched with the token that `aws sso login` saved in `~/.aws/sso/cache`.
///
/// The profile has `sso_account_id` and `sso_role_name`. It also has either `sso_session` (a section of the config file with
/// `sso_region` and `sso_start_url`) or those two settings themselves. A session's token is renewed and saved when less than
/// 15 minutes of it are left.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-sso-credentials.html
public struct SSOCredentials: CredentialsProvider {
    static let name = "sso"
    private let settings: SharedSettings
    private let context: CredentialContext

    public init(_ settings: SharedSettings, _ context: CredentialContext = CredentialContext()) {
        self.settings = settings
        self.context = context
    }

    /// - Throws: ``ConfigurationError`` for a profile with missing settings, ``CredentialRetrievalError`` if the login has
    ///   expired, `AWSError` from the service.
    public func credentials() async throws -> Credentials? {
        guard let configuration = try Configuration(settings) else { return nil }
        let service = SSOService(settings: settings, context: context, region: configuration.region)
        let token = try await SSOToken(configuration, settings.environment).current(service, at: context.clock())
        let node = try await service.roleCredentials(
            account: configuration.account, role: configuration.role, token: token)
        guard let key = node["accessKeyId"]?.string, let secret = node["secretAccessKey"]?.string,
            let session = node["sessionToken"]?.string, case .integer(let milliseconds)? = node["expiration"]
        else { throw CredentialRetrievalError(provider: Self.name, "GetRoleCredentials returned no credentials") }
        return Credentials(
            accessKeyId: key, secretAccessKey: secret, sessionToken: session,
            expiration: Instant(milliseconds: milliseconds))
    }

    /// The profile's settings.
    struct Configuration {
        let account, role, region, startURL: String
        /// The session's name; nil if the profile itself has start URL and region.
        let session: String?

        /// - Returns: nil if the profile does not use IAM Identity Center.
        init?(_ settings: SharedSettings) throws {
            guard settings["sso_account_id"] != nil || settings["sso_role_name"] != nil else { return nil }
            session = settings["sso_session"]
            var shared: [String: String] = [:]
            if let session {
                guard let section = settings.ssoSession(session) else {
                    throw ConfigurationError("The specified sso-session does not exist: \"\(session)\"")
                }
                shared = section
            }
            for (name, value) in shared.sorted(by: { $0.key < $1.key }) {
                if let own = settings[name], own != value {
                    throw ConfigurationError(
                        "The value for \(name) is inconsistent between profile (\(own)) and sso-session (\(value)).")
                }
            }
            let names = ["sso_role_name", "sso_account_id", "sso_start_url", "sso_region"]
            let values = names.map { settings[$0] ?? shared[$0] }
            guard let role = values[0], let account = values[1], let startURL = values[2], let region = values[3] else {
                let missing = zip(names, values).filter { $1 == nil }.map(\.0).joined(separator: ", ")
                throw ConfigurationError(
                    "The profile \"\(settings.profile)\" is configured to use SSO but is missing required configuration: \(missing)"
                )
            }
            (self.role, self.account, self.startURL, self.region) = (role, account, startURL, region)
        }
    }
}

/// The two operations for credentials: one of the IAM Identity Center portal, one of its OpenID Connect service.
struct SSOService {
    let settings: SharedSettings
    let context: CredentialContext
    let region: String

    func roleCredentials(account: String, role: String, token: String) async throws -> Node {
        let query = "role_name=\(role.percentEncoded)&account_id=\(account.percentEncoded)"
        let (status, node) = try await send(
            "SSO", "portal.sso", .get, "/federation/credentials?\(query)", [(.ssoBearerToken, token)])
        if status == 401 { throw CredentialRetrievalError.ssoSessionExpired }
        guard status == 200, let credentials = node["roleCredentials"] else {
            throw failure("GetRoleCredentials", status, node)
        }
        return credentials
    }

    /// - Returns: nil if the service refuses; the caller then uses the old token.
    func newToken(_ refreshToken: String, clientId: String, clientSecret: String) async throws -> Node? {
        let body = Node.object([
            .init("grantType", .string("refresh_token")), .init("clientId", .string(clientId)),
            .init("clientSecret", .string(clientSecret)), .init("refreshToken", .string(refreshToken)),
        ])
        let (status, node) = try await send(
            "SSO OIDC", "oidc", .post, "/token", [(.contentType, "application/json")], JSON.write(body))
        return status == 200 ? node : nil
    }

    private func send(
        _ serviceId: String, _ prefix: String, _ method: HTTPRequest.Method, _ path: String,
        _ headers: [(HTTPField.Name, String)], _ body: Bytes = []
    ) async throws -> (Int, Node) {
        let model = ServiceModel(
            id: serviceId.lowercased(), signingName: prefix, endpointPrefix: prefix, serviceId: serviceId, apiVersion: "",
            wire: .awsJson1_1, operationNames: "")
        let endpoint = try (context.endpoints ?? EndpointResolver(settings)).resolve(model, region: region).endpoint
        let exchange = MetadataExchange(transport: context.transport ?? NetworkTransport.of(settings), timeout: .seconds(60))
        let (status, text) = try await exchange.send(method, endpoint, path, headers: headers, body: body)
        return (status, (try? JSON.parse(text)) ?? .null)
    }

    private func failure(_ operation: String, _ status: Int, _ node: Node) -> CredentialRetrievalError {
        CredentialRetrievalError(
            provider: SSOCredentials.name, "\(operation): \(status) \((node["message"] ?? node["Message"])?.string ?? "")")
    }
}

extension CredentialRetrievalError {
    static let ssoSessionExpired = CredentialRetrievalError(
        provider: SSOCredentials.name,
        "The SSO session associated with this profile has expired or is otherwise invalid. To refresh this SSO session run "
            + "aws sso login with the corresponding profile.")
}

extension HTTPField.Name {
    fileprivate static let ssoBearerToken = Self("x-amz-sso_bearer_token")!
}

extension String {
    /// The text encoded as a query value.
    fileprivate var percentEncoded: String {
        utf8.map { byte in
            switch byte {
            case 48...57, 65...90, 97...122, 45, 46, 95, 126: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
