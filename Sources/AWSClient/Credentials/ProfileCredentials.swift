public import AWSCore

/// A profile's keys in the shared credentials and config files.
public struct ProfileCredentials: CredentialsProvider {
    private let settings: SharedSettings
    private let file: SharedSettings.File?

    /// Uses the keys of either file; if both have keys, those of the credentials file.
    public init(_ settings: SharedSettings) { self.init(settings, in: nil) }

    init(_ settings: SharedSettings, in file: SharedSettings.File?) {
        self.settings = settings
        self.file = file
    }

    /// - Throws: ``ConfigurationError`` for a key without its secret.
    public func credentials() async throws -> Credentials? {
        guard let key = setting("aws_access_key_id") else { return nil }
        guard let secret = setting("aws_secret_access_key") else {
            throw ConfigurationError.partialCredentials("profile (\(settings.profile))", missing: "aws_secret_access_key")
        }
        return Credentials(accessKeyId: key, secretAccessKey: secret, sessionToken: setting("aws_session_token"))
    }

    private func setting(_ name: String) -> String? { file.map { settings.setting(name, in: $0) } ?? settings[name] }
}

/// Reports that credentials from `aws login` are not supported, instead of "none found".
struct LoginCredentials: CredentialsProvider {
    let settings: SharedSettings

    init(_ settings: SharedSettings) { self.settings = settings }

    /// - Throws: ``ConfigurationError`` if the profile has a `login_session`.
    func credentials() async throws -> Credentials? {
        guard settings["login_session"] != nil else { return nil }
        throw ConfigurationError(
            """
            The profile (\(settings.profile)) gets its credentials from 'aws login' (login_session), which is not supported. \
            A profile with "credential_process = aws configure export-credentials --profile \(settings.profile) --format \
            process" has them.
            """)
    }
}
