public import AWSCore

/// Credentials of a profile's role: `role_arn` with `source_profile` or `credential_source`. Optional settings are
/// `external_id`, `duration_seconds` (in seconds), `role_session_name` and `mfa_serial`.
///
/// https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
public struct AssumedRoleCredentials: CredentialsProvider {
    private static let name = "assume-role"
    private let settings: SharedSettings
    private let context: CredentialContext
    /// The profiles visited so far, to detect loops.
    private let visited: [String]

    public init(_ settings: SharedSettings, _ context: CredentialContext = CredentialContext()) {
        self.init(settings, context, visited: [settings.profile])
    }

    private init(_ settings: SharedSettings, _ context: CredentialContext, visited: [String]) {
        self.settings = settings
        self.context = context
        self.visited = visited
    }

    /// - Throws: ``ConfigurationError`` for an inconsistent profile, a missing source, or an MFA device without a callback for
    ///   its code; `AWSError` from STS; what the source of the credentials throws.
    public func credentials() async throws -> Credentials? {
        guard Self.hasRole(settings), let role = settings["role_arn"] else { return nil }
        let source = try source()
        var duration: Node?
        if let text = settings["duration_seconds"] {
            guard let seconds = Int64(text) else {
                throw ConfigurationError(
                    "duration_seconds of the profile (\(settings.profile)) must be a whole number, not '\(text)'")
            }
            duration = .integer(seconds)
        }
        guard let credentials = try await source.credentials() else {
            throw CredentialRetrievalError(
                provider: settings["credential_source"] ?? Self.name,
                "No credentials found in credential_source referenced in profile \(settings.profile)")
        }
        let device = settings["mfa_serial"]
        return try await RoleCalls(client: context.client(settings, credentials), provider: Self.name).call(
            "AssumeRole",
            [
                ("RoleArn", .string(role)),
                ("RoleSessionName", .string(settings["role_session_name"] ?? RoleCalls.sessionName(context.clock()))),
                ("ExternalId", settings["external_id"].map(Node.string)), ("DurationSeconds", duration),
                ("SerialNumber", device.map(Node.string)), ("TokenCode", try await device.asyncMap { try await code(of: $0) }),
            ])
    }

    private func code(of device: String) async throws -> Node {
        guard let ask = context.tokenCode else {
            throw ConfigurationError(
                "The role of the profile (\(settings.profile)) needs a code of the MFA device \(device), "
                    + "and CredentialContext.tokenCode, which returns it, is not set.")
        }
        return .string(try await ask(device))
    }

    /// A profile with a web identity belongs to that provider, also as a source profile.
    private static func hasRole(_ settings: SharedSettings) -> Bool {
        settings["role_arn"] != nil && settings["web_identity_token_file"] == nil
    }

    private static func hasKeys(_ settings: SharedSettings) -> Bool {
        settings["aws_access_key_id"] != nil || settings["aws_secret_access_key"] != nil
    }

    private func source() throws -> any CredentialsProvider {
        switch (settings["source_profile"], settings["credential_source"]) {
        case (.some, .some):
            throw ConfigurationError("The profile \"\(settings.profile)\" contains both source_profile and credential_source.")
        case (nil, nil):
            throw ConfigurationError.partialCredentials(Self.name, missing: "source_profile or credential_source")
        case (nil, let place?): return try named(place)
        case (let profile?, nil): return try ofProfile(profile)
        }
    }

    private func named(_ place: String) throws -> any CredentialsProvider {
        switch place.lowercased() {
        case "environment": return EnvironmentCredentials(settings.environment)
        case "ecscontainer": return ContainerCredentials(settings.environment, context)
        case "ec2instancemetadata": return InstanceMetadataCredentials(settings, context)
        default:
            throw ConfigurationError(
                "The credential source \"\(place)\" referenced in profile \"\(settings.profile)\" is not valid.")
        }
    }

    private func ofProfile(_ name: String) throws -> any CredentialsProvider {
        guard let other = try settings.other(name) else {
            throw ConfigurationError(
                "The source_profile \"\(name)\" referenced in the profile \"\(settings.profile)\" does not exist.")
        }
        // A profile may name itself if it has keys: they are the credentials that assume the role.
        if visited.contains(name), name != settings.profile || !Self.hasKeys(other) {
            throw ConfigurationError(
                "Infinite loop in credential configuration detected. Attempting to load from profile \(name) which has already "
                    + "been visited. Visited profiles: \(visited.joined(separator: ", "))")
        }
        if Self.hasRole(other), !Self.hasKeys(other) {
            return AssumedRoleCredentials(other, context, visited: visited + [name])
        }
        return FirstCredentials(
            providers: CredentialsChain.ofProfile(other, context, usesEnvironment: false), profile: name)
    }
}

/// The first credentials that a source profile has.
private struct FirstCredentials: CredentialsProvider {
    let providers: [any CredentialsProvider]
    let profile: String

    func credentials() async throws -> Credentials? {
        for provider in providers {
            if let credentials = try await provider.credentials() { return credentials }
        }
        throw ConfigurationError("The source profile \"\(profile)\" must have credentials.")
    }
}

extension Optional {
    fileprivate func asyncMap<T>(_ transform: (Wrapped) async throws -> T) async throws -> T? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
