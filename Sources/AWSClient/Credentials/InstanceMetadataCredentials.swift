public import AWSCore
import HTTPTypes

/// Credentials of the EC2 instance that the process runs on, from version 2 of the instance metadata service.
///
/// Reads `AWS_EC2_METADATA_DISABLED`, `AWS_EC2_METADATA_SERVICE_ENDPOINT`, `AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE` (`IPv4`,
/// `IPv6`), `AWS_EC2_METADATA_V1_DISABLED`, `AWS_METADATA_SERVICE_TIMEOUT` (in seconds, default 1) and
/// `AWS_METADATA_SERVICE_NUM_ATTEMPTS` (default 1), and the equivalent settings of the profile.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-imds-credentials.html
public struct InstanceMetadataCredentials: CredentialsProvider {
    private static let name = "iam-role"
    private static let path = "/latest/meta-data/iam/security-credentials/"
    private let settings: SharedSettings
    private let context: CredentialContext

    public init(_ settings: SharedSettings, _ context: CredentialContext = CredentialContext()) {
        self.settings = settings
        self.context = context
    }

    /// - Returns: nil if there is no metadata service, if it is disabled, or if the instance has no role.
    /// - Throws: ``ConfigurationError`` for invalid settings, ``CredentialRetrievalError`` if the service requires version 1
    ///   while it is disabled, or if the role's credentials are incomplete.
    public func credentials() async throws -> Credentials? {
        guard settings.environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let endpoint = try endpoint()
        let exchange = MetadataExchange(
            transport: context.metadataTransport,
            timeout: .seconds(
                try number(
                    "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout")))
        let attempts = Int(try number("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts"))
        let service = Service(exchange: exchange, endpoint: endpoint, attempts: max(1, attempts))

        let token: String?
        switch try await service.token() {
        case .given(let text): token = text
        case .absent: token = nil
        case .refused: return nil
        }
        guard try token != nil || !isVersion1Disabled() else {
            throw CredentialRetrievalError(
                provider: Self.name, "Unable to retrieve token for use in IMDSv2 call and IMDSv1 has been disabled")
        }
        guard let role = await service.get(Self.path, token)?.split(whereSeparator: \.isNewline).first,
            let text = await service.get(Self.path + role, token), let node = try? JSON.parse(text)
        else { return nil }
        // EC2 cannot assume the role: the service returns a code and a message with a status of success.
        if node["AccessKeyId"] == nil, node["Code"] != nil { return nil }
        var credentials = try Credentials(
            node, token: "Token", requires: ["Token", "Expiration"], provider: Self.name)
        credentials.expiration = credentials.expiration.map(extended)
        return credentials
    }

    /// Returns a later expiration for credentials that expire soon: AWS accepts old credentials while the metadata service has
    /// no newer ones. They are fetched again some minutes later.
    private func extended(_ expiration: Instant) -> Instant {
        let patience = Duration.milliseconds(15 * 60_000 + Int64((120 + 480 * context.random()) * 1000))
        let now = context.clock()
        return now >= expiration - patience ? now + patience : expiration
    }

    private func endpoint() throws -> Endpoint {
        if let url = settings.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? settings["ec2_metadata_service_endpoint"] {
            guard let endpoint = Endpoint(url: url) else {
                throw ConfigurationError.invalidEndpoint(url, "AWS_EC2_METADATA_SERVICE_ENDPOINT")
            }
            return endpoint
        }
        let mode =
            settings.environment["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] ?? settings["ec2_metadata_service_endpoint_mode"]
        switch mode?.lowercased() {
        case nil, "ipv4": return Endpoint(scheme: "http", authority: "169.254.169.254")
        case "ipv6": return Endpoint(scheme: "http", authority: "[fd00:ec2::254]")
        default:
            throw ConfigurationError("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6, not '\(mode ?? "")'")
        }
    }

    private func isVersion1Disabled() throws -> Bool {
        try settings.flag("AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled")
    }

    private func number(_ variable: String, _ setting: String) throws -> Int64 {
        guard let text = settings.environment[variable] ?? settings[setting] else { return 1 }
        guard let number = Int64(text), (1...3600).contains(number) else {
            throw ConfigurationError("\(variable) must be a whole number of 1 or more, not '\(text)'")
        }
        return number
    }
}

extension InstanceMetadataCredentials {
    private struct Service {
        let exchange: MetadataExchange
        let endpoint: Endpoint
        let attempts: Int

        enum Token {
            case given(String)
            /// The service supports only version 1, or does not respond.
            case absent
            /// The service rejects the request as invalid.
            case refused
        }

        /// Returns a token for six hours, the maximum.
        func token() async throws -> Token {
            for _ in 0..<attempts {
                do {
                    let (status, body) = try await exchange.send(
                        .put, endpoint, "/latest/api/token", headers: [(.metadataTokenLife, "21600")])
                    switch status {
                    case 200: return .given(body.trimmingNewlines)
                    case 403, 404, 405: return .absent
                    case 400: return .refused
                    default: continue
                    }
                } catch TransportError.timedOut {
                    // In a container with a hop limit of one, the token's response is lost, but responses of version 1 arrive.
                    return .absent
                } catch is TransportError {
                    continue
                }
            }
            return .absent
        }

        /// - Returns: nil if every attempt failed.
        func get(_ path: String, _ token: String?) async -> String? {
            for _ in 0..<attempts {
                let headers = token.map { [(HTTPField.Name.metadataToken, $0)] } ?? []
                guard let (status, body) = try? await exchange.send(.get, endpoint, path, headers: headers), status == 200,
                    !body.isEmpty
                else { continue }
                return body
            }
            return nil
        }
    }
}

extension HTTPField.Name {
    fileprivate static let metadataToken = Self("x-aws-ec2-metadata-token")!
    fileprivate static let metadataTokenLife = Self("x-aws-ec2-metadata-token-ttl-seconds")!
}
