import AWSCore
import AWSModels

/// STS's operations that hand out a role's credentials.
struct RoleCalls {
    let client: AWSClient
    let provider: String

    /// - Throws: `AWSError` as STS answered, ``CredentialRetrievalError`` if the answer has no credentials.
    func call(_ operation: String, _ members: [(String, Node?)]) async throws -> Credentials {
        let input = Node.object(members.compactMap { name, value in value.map { Node.Field(name, $0) } })
        let output = try await client.call("sts", operation, input)
        guard let node = output["Credentials"] else {
            throw CredentialRetrievalError(provider: provider, "\(operation) gave no credentials")
        }
        return try Credentials(
            node, token: "SessionToken", requires: ["SessionToken", "Expiration"], provider: provider)
    }

    /// A session's name for CloudTrail, where the profile has none.
    static func sessionName(_ clock: Instant) -> String { "drydock-session-\(clock.seconds)" }
}
