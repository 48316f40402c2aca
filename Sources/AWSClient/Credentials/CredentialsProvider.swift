public import AWSCore

/// A place where credentials may come from.
public protocol CredentialsProvider: Sendable {
    /// The credentials to sign with now, or nil if this place has none.
    ///
    /// - Throws: ``ConfigurationError`` if it has some that cannot be used.
    func credentials() async throws -> Credentials?
}
