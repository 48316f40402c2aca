public import AWSCore

/// The end of the chain: says so where the surroundings offer credentials in a way that this client does not know, instead of
/// "none found".
public struct UnsupportedCredentials: CredentialsProvider {
    private let surroundings: Surroundings

    public init(_ surroundings: Surroundings = .process) { self.surroundings = surroundings }

    /// - Throws: ``ConfigurationError`` if a variable of such a way is set.
    public func credentials() async throws -> Credentials? {
        for (variable, source) in Self.ways where surroundings[variable] != nil {
            throw ConfigurationError(
                "Unable to locate credentials. \(variable) is set, but credentials from \(source) are not supported yet.")
        }
        return nil
    }

    private static let ways = [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "a web identity"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "a container's endpoint"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "a container's endpoint"),
    ]
}
