public import AWSCore

/// Credentials of a role that the process assumes with a token from a file, for example in Kubernetes. Settings are
/// `AWS_WEB_IDENTITY_TOKEN_FILE`, `AWS_ROLE_ARN` and `AWS_ROLE_SESSION_NAME`, or a profile's `web_identity_token_file`,
/// `role_arn` and `role_session_name`.
///
/// The file is read each time. The call to STS is not signed.
public struct WebIdentityCredentials: CredentialsProvider {
    private static let name = "assume-role-with-web-identity"
    private let settings: SharedSettings
    private let context: CredentialContext
    private let usesEnvironment: Bool

    public init(_ settings: SharedSettings, _ context: CredentialContext = CredentialContext(), usesEnvironment: Bool = true) {
        self.settings = settings
        self.context = context
        self.usesEnvironment = usesEnvironment
    }

    /// - Throws: ``ConfigurationError`` for a file without a role or a missing file, `AWSError` from STS.
    public func credentials() async throws -> Credentials? {
        guard let file = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else { return nil }
        guard let role = value("AWS_ROLE_ARN", "role_arn") else {
            throw ConfigurationError(
                "The provided profile or the current environment is configured to assume role with web identity but has no role "
                    + "ARN configured. Ensure that the profile has the role_arn configuration set or the AWS_ROLE_ARN env var is set."
            )
        }
        guard let token = try settings.environment.read(settings.environment.expanded(file)) else {
            throw ConfigurationError("\(file): no such file (web identity token)")
        }
        let session = value("AWS_ROLE_SESSION_NAME", "role_session_name") ?? RoleCalls.sessionName(context.clock())
        return try await RoleCalls(client: context.client(settings, nil), provider: Self.name).call(
            "AssumeRoleWithWebIdentity",
            [
                ("RoleArn", .string(role)), ("RoleSessionName", .string(session)),
                ("WebIdentityToken", .string(token.trimmingNewlines)),
            ])
    }

    private func value(_ variable: String, _ setting: String) -> String? {
        (usesEnvironment ? settings.environment[variable] : nil) ?? settings[setting]
    }
}

extension String {
    /// The text without trailing line breaks, which one-line files usually have.
    var trimmingNewlines: String {
        var text = Substring(self)
        while text.last?.isNewline == true { text.removeLast() }
        return String(text)
    }
}
