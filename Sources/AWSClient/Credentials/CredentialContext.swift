public import AWSCore

/// What credential providers need to fetch credentials. Every part has a default that works outside of tests.
public struct CredentialContext: Sendable {
    /// Reaches STS and IAM Identity Center. If nil, the network as the settings describe it.
    public var transport: (any HTTPTransport)?
    /// Reaches the endpoints of containers and instances, which are on the machine or beside it: no proxy is asked.
    public var metadataTransport: any HTTPTransport
    /// Where STS and IAM Identity Center are. If nil, as the settings say.
    public var endpoints: EndpointResolver?
    /// Where STS is called. If nil, the settings' region, or else STS's global endpoint.
    public var region: String?
    /// Asked for a code of the MFA device with this serial number or ARN, for roles whose profile has an `mfa_serial`. Without
    /// it, such profiles have no credentials.
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

    /// A client for the services that hand out credentials.
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

/// Nobody's credentials, for operations that are not signed.
struct AnonymousCredentials: CredentialsProvider {
    func credentials() async throws -> Credentials? { nil }
}

/// A place that should have credentials did not give them.
public struct CredentialRetrievalError: Error, Sendable, Equatable, CustomStringConvertible {
    /// botocore's name of the place: `custom-process`, `container-role`, `iam-role`, `sso`, `assume-role`.
    public let provider: String
    public let reason: String
    public var description: String { "Error when retrieving credentials from \(provider): \(reason)" }

    public init(provider: String, _ reason: String) {
        self.provider = provider
        self.reason = reason
    }
}

extension Credentials {
    /// Reads what programs, containers and instances write: `AccessKeyId`, `SecretAccessKey`, `Token` or `SessionToken`,
    /// `Expiration`.
    ///
    /// - Throws: ``CredentialRetrievalError`` that names what is missing or no time.
    init(_ node: Node, token: String, requires: [String], provider: String) throws {
        let missing = (["AccessKeyId", "SecretAccessKey"] + requires).filter { (node[$0]?.string ?? "").isEmpty }
        guard missing.isEmpty, let key = node["AccessKeyId"]?.string, let secret = node["SecretAccessKey"]?.string else {
            throw CredentialRetrievalError(
                provider: provider, "Missing required key in response: \(missing.joined(separator: ", "))")
        }
        var expiration: Instant?
        if let text = node["Expiration"]?.string, !text.isEmpty {
            guard let instant = Instant(parsing: text) else {
                throw CredentialRetrievalError(provider: provider, "'\(text)' is no time (Expiration)")
            }
            expiration = instant
        }
        self.init(accessKeyId: key, secretAccessKey: secret, sessionToken: node[token]?.string, expiration: expiration)
    }
}
