import AWSCore
import AWSModels

/// STS's operations that return a role's credentials.
struct RoleCalls {
    let client: AWSClient
    let provider: String

    /// - Throws: `AWSError` from STS, ``CredentialRetrievalError`` if the response has no credentials.
    func call(_ operation: String, _ members: [(String, Node?)]) async throws -> Credentials {
        let input = Node.object(members.compactMap { name, value in value.map { Node.Field(name, $0) } })
        let output = try await client.call("sts", operation, input)
        guard let node = output["Credentials"] else {
            throw CredentialRetrievalError(provider: provider, "\(operation) returned no credentials")
        }
        return try Credentials(
            node, token: "SessionToken", requires: ["SessionToken", "Expiration"], provider: provider)
    }

    /// Returns a session name for CloudTrail, for profiles without one.
    static func sessionName(_ clock: Instant) -> String { "drydock-session-\(clock.seconds)" }
}
