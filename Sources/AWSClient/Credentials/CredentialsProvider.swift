public import AWSCore

/// A source of credentials.
public protocol CredentialsProvider: Sendable {
    /// Returns the credentials to sign with now, or nil if this source has none.
    ///
    /// - Throws: ``ConfigurationError`` if the credentials cannot be used.
    func credentials() async throws -> Credentials?
}
