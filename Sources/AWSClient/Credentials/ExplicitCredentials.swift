public import AWSCore

// Credentials provide themselves: `AWSClient.Configuration(region: …, credentials: Credentials(…))`.
extension Credentials: CredentialsProvider {
    /// Returns these credentials.
    public func credentials() async throws -> Credentials? { self }
}
