public import AWSCore

/// Credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
public struct EnvironmentCredentials: CredentialsProvider {
    private let environment: ProcessEnvironment

    public init(_ environment: ProcessEnvironment = .process) { self.environment = environment }

    /// - Throws: ``ConfigurationError`` for a key without its secret.
    public func credentials() async throws -> Credentials? {
        guard let key = environment["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = environment["AWS_SECRET_ACCESS_KEY"] else {
            throw ConfigurationError.partialCredentials("env", missing: "AWS_SECRET_ACCESS_KEY")
        }
        return Credentials(
            accessKeyId: key, secretAccessKey: secret,
            sessionToken: environment["AWS_SESSION_TOKEN"] ?? environment["AWS_SECURITY_TOKEN"],
            expiration: environment["AWS_CREDENTIAL_EXPIRATION"].flatMap { Instant(parsing: $0) })
    }
}
