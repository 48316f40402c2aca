public import AWSCore

// Credentials provide themselves: `AWSClient.Configuration(region: …, credentials: Credentials(…))`.
extension Credentials: CredentialsProvider {
    public func credentials() async throws -> Credentials? { self }
}
