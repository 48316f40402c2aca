public import AWSCore

/// The dependencies of credential providers. The defaults suit everything except tests.
public struct CredentialContext: Sendable {
    /// Sends requests to STS and IAM Identity Center. If nil, the network with the settings' proxies and certificates.
    public var transport: (any HTTPTransport)?
    /// Sends requests to metadata endpoints of containers and instances. They are local, so no proxy is used.
    public var metadataTransport: any HTTPTransport
    /// The endpoints of STS and IAM Identity Center. If nil, those from the settings.
    public var endpoints: EndpointResolver?
    /// The region of STS. If nil, the settings' region, or else STS's global endpoint.
    public var region: String?
    /// Returns a code of the MFA device with this serial number or ARN, for roles whose profile has an `mfa_serial`. If nil,
    /// such profiles have no credentials.
    public var tokenCode: (@Sendable (_ device: String) async throws -> String)?
    public var clock: @Sendable () -> Instant
    /// Waits between attempts.
    public var sleep: @Sendable (Duration) async throws -> Void
    /// A number from 0 to 1.
    public var random: @Sendable () -> Double

    public init(
        transport: (any HTTPTransport)? = nil, metadataTransport: any HTTPTransport = NetworkTransport.direct,
        tokenCode: (@Sendable (_ device: String) async throws -> String)? = nil
    ) {
        self.transport = transport
        self.metadataTransport = metadataTransport
        self.tokenCode = tokenCode
        clock = { SystemClock.now }
        sleep = { try await Task.sleep(for: $0) }
        random = { .random(in: 0...1) }
    }

    /// Returns a client for the services that issue credentials.
    func client(_ settings: SharedSettings, _ credentials: (any CredentialsProvider)?) throws -> AWSClient {
        var configuration = AWSClient.Configuration(
            region: region ?? settings.region ?? "aws-global", credentials: credentials ?? AnonymousCredentials(),
            endpoints: try endpoints ?? EndpointResolver(settings), transport: transport ?? NetworkTransport.of(settings))
        configuration.clock = clock
        configuration.sleep = sleep
        configuration.jitter = random
        return AWSClient(configuration)
    }
}

/// No credentials, for operations that are not signed.
struct AnonymousCredentials: CredentialsProvider {
    func credentials() async throws -> Credentials? { nil }
}

/// A credential source is configured but did not return credentials.
public struct CredentialRetrievalError: Error, Sendable, Equatable, CustomStringConvertible {
    /// botocore's name of the source: `custom-process`, `container-role`, `iam-role`, `sso`, `assume-role`.
    public let provider: String
    public let reason: String
    public var description: String { "Error when retrieving credentials from \(provider): \(reason)" }

    public init(provider: String, _ reason: String) {
        self.provider = provider
        self.reason = reason
    }
}

extension Credentials {
    /// Parses the output of programs, containers and instances: `AccessKeyId`, `SecretAccessKey`, `Token` or `SessionToken`,
    /// `Expiration`.
    ///
    /// - Throws: ``CredentialRetrievalError`` that names a missing member or an invalid time.
    init(_ node: Node, token: String, requires: [String], provider: String) throws {
        let missing = (["AccessKeyId", "SecretAccessKey"] + requires).filter { (node[$0]?.string ?? "").isEmpty }
        guard missing.isEmpty, let key = node["AccessKeyId"]?.string, let secret = node["SecretAccessKey"]?.string else {
            throw CredentialRetrievalError(
                provider: provider, "Missing required key in response: \(missing.joined(separator: ", "))")
        }
        var expiration: Instant?
        if let text = node["Expiration"]?.string, !text.isEmpty {
            guard let instant = Instant(parsing: text) else {
                throw CredentialRetrievalError(provider: provider, "'\(text)' is not a time (Expiration)")
            }
            expiration = instant
        }
        self.init(accessKeyId: key, secretAccessKey: secret, sessionToken: node[token]?.string, expiration: expiration)
    }
}
