public import AWSCore

/// Credentials in `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`.
public struct EnvironmentCredentials: CredentialsProvider {
    private let surroundings: ProcessEnvironment

    public init(_ surroundings: ProcessEnvironment = .process) { self.surroundings = surroundings }

    /// - Throws: ``ConfigurationError`` for a key without its secret.
    public func credentials() async throws -> Credentials? {
        guard let key = surroundings["AWS_ACCESS_KEY_ID"] else { return nil }
        guard let secret = surroundings["AWS_SECRET_ACCESS_KEY"] else {
            throw ConfigurationError.partialCredentials("env", missing: "AWS_SECRET_ACCESS_KEY")
        }
        return Credentials(
            accessKeyId: key, secretAccessKey: secret,
            sessionToken: surroundings["AWS_SESSION_TOKEN"] ?? surroundings["AWS_SECURITY_TOKEN"],
            expiration: surroundings["AWS_CREDENTIAL_EXPIRATION"].flatMap { Instant(parsing: $0) })
    }
}
