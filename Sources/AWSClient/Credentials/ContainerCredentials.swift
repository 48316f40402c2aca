public import AWSCore
import HTTPTypes

/// Credentials of the container that the process runs in, for ECS tasks and EKS pods.
///
/// `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is a path at http://169.254.170.2. `AWS_CONTAINER_CREDENTIALS_FULL_URI` is a URL,
/// which must be HTTPS, on the loopback, or one of 169.254.170.2, 169.254.170.23 and fd00:ec2::23. The `Authorization` header
/// has the value from `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` or `AWS_CONTAINER_AUTHORIZATION_TOKEN`.
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
public struct ContainerCredentials: CredentialsProvider {
    private static let name = "container-role"
    private static let hosts = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"]
    private let environment: ProcessEnvironment
    private let context: CredentialContext

    public init(_ environment: ProcessEnvironment = .process, _ context: CredentialContext = CredentialContext()) {
        self.environment = environment
        self.context = context
    }

    /// - Throws: ``ConfigurationError`` for a URL that is not allowed or a token that is not a valid header value,
    ///   ``CredentialRetrievalError`` if three attempts, one second apart, fail.
    public func credentials() async throws -> Credentials? {
        guard let endpoint = try endpoint() else { return nil }
        let headers = try headers()
        let exchange = MetadataExchange(transport: context.metadataTransport, timeout: .seconds(2))
        var attempt = 1
        while true {
            do {
                return try await Self.fetch(exchange, endpoint, headers)
            } catch let error as CredentialRetrievalError {
                guard attempt < 3 else { throw error }
                try await context.sleep(.seconds(1))
                attempt += 1
            }
        }
    }

    private static func fetch(
        _ exchange: MetadataExchange, _ endpoint: Endpoint, _ headers: [(HTTPField.Name, String)]
    ) async throws -> Credentials {
        let status: Int, body: String
        do {
            // The endpoint's path is the full path, including the query.
            var root = endpoint
            root.path = "/"
            (status, body) = try await exchange.send(.get, root, endpoint.path, headers: headers)
        } catch let error as TransportError {
            throw CredentialRetrievalError(
                provider: name, "Received error when attempting to retrieve container metadata: \(error)")
        }
        guard status == 200 else {
            throw CredentialRetrievalError(
                provider: name, "Received non 200 response \(status) from container metadata: \(body)")
        }
        guard let node = try? JSON.parse(body) else {
            throw CredentialRetrievalError(
                provider: name, "Unable to parse JSON returned from container metadata services")
        }
        return try Credentials(node, token: "Token", requires: ["Token", "Expiration"], provider: name)
    }

    private func endpoint() throws -> Endpoint? {
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] {
            guard path.hasPrefix("/"), Self.isPath(path) else {
                throw ConfigurationError(
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must be a path that begins with /, not '\(path)'")
            }
            return Endpoint(scheme: "http", authority: "169.254.170.2", path: path)
        }
        guard let url = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] else { return nil }
        // `Endpoint` does not accept a query, but this URL may have one.
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard var endpoint = Endpoint(url: String(parts[0])), parts.count == 1 || Self.isPath(parts[1]) else {
            throw ConfigurationError.invalidEndpoint(url, "AWS_CONTAINER_CREDENTIALS_FULL_URI")
        }
        guard endpoint.scheme == "https" || endpoint.isLoopback || Self.hosts.contains(endpoint.host) else {
            throw ConfigurationError(
                "Unsupported host '\(endpoint.host)'.  Can only retrieve metadata from a loopback address or one of these hosts: "
                    + Self.hosts.joined(separator: ", "))
        }
        if parts.count == 2 { endpoint.path += "?\(parts[1])" }
        return endpoint
    }

    private static func isPath(_ text: some StringProtocol) -> Bool { text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != 35 } }

    private func headers() throws -> [(HTTPField.Name, String)] {
        var headers = [(HTTPField.Name.accept, "application/json")]
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let file = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            guard let text = try environment.read(file) else {
                throw ConfigurationError("\(file): no such file (AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)")
            }
            token = text
        }
        if let token {
            guard !token.contains(where: \.isNewline) else {
                throw ConfigurationError("Auth token value is not a legal header value")
            }
            headers.append((.authorization, token))
        }
        return headers
    }
}
