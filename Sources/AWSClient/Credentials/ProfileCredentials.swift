public import AWSCore

/// Credentials of a profile in the shared credentials and config files.
public struct ProfileCredentials: CredentialsProvider {
    private let settings: SharedSettings

    public init(_ settings: SharedSettings) { self.settings = settings }

    /// - Throws: ``ConfigurationError`` if the profile has a key without its secret, or gets its credentials in a way that
    ///   this client does not know.
    public func credentials() async throws -> Credentials? {
        for (setting, way) in Self.otherWays where settings[setting] != nil {
            throw ConfigurationError(
                """
                The profile (\(settings.profile)) gets its credentials from \(way) (\(setting)), which is not supported. Put the \
                credentials themselves into AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; \
                "aws configure export-credentials" prints them.
                """)
        }
        guard let key = settings["aws_access_key_id"] else { return nil }
        guard let secret = settings["aws_secret_access_key"] else {
            throw ConfigurationError.partialCredentials("profile (\(settings.profile))", missing: "aws_secret_access_key")
        }
        return Credentials(accessKeyId: key, secretAccessKey: secret, sessionToken: settings["aws_session_token"])
    }

    /// In a profile these come before its static keys, as `source_profile` may name the profile itself.
    private static let otherWays = [
        ("role_arn", "a role"), ("credential_process", "a program"), ("sso_session", "single sign-on"),
        ("sso_start_url", "single sign-on"), ("web_identity_token_file", "a web identity"),
    ]
}
