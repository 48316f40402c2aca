public import AWSCore

/// Asks several providers in turn and caches the first credentials until shortly before they expire.
public final class CredentialsChain: CredentialsProvider {
    private let providers: [any CredentialsProvider]
    private let cache: CredentialsCache

    /// - Parameter providers: in the order in which they are asked.
    /// - Parameter clock: the clock for expiry. If nil, the machine's.
    public init(_ providers: [any CredentialsProvider], clock: (@Sendable () -> Instant)? = nil) {
        self.providers = providers
        cache = CredentialsCache(clock: clock ?? { SystemClock.now })
    }

    /// Creates the chain of AWS's tools, in botocore's order. The environment comes first, unless the program named the profile.
    /// Then come the profile's role, web identity, single sign-on, keys in the credentials file, program and keys in the config
    /// file. The container and the instance that the process runs in are last.
    ///
    /// - Parameter settings: the environment and the profile.
    /// - Parameter context: the providers' dependencies, for example a callback for MFA codes.
    public convenience init(_ settings: SharedSettings, _ context: CredentialContext = CredentialContext()) {
        var providers: [any CredentialsProvider] = []
        if !settings.isExplicit { providers.append(EnvironmentCredentials(settings.environment)) }
        providers.append(AssumedRoleCredentials(settings, context))
        providers += Self.ofProfile(settings, context, usesEnvironment: !settings.isExplicit)
        providers.append(ContainerCredentials(settings.environment, context))
        providers.append(InstanceMetadataCredentials(settings, context))
        self.init(providers, clock: context.clock)
    }

    /// Returns a chain of keys stored in the environment or the files. It runs no program and calls no service.
    public static func stored(_ settings: SharedSettings) -> CredentialsChain {
        CredentialsChain([EnvironmentCredentials(settings.environment), ProfileCredentials(settings)])
    }

    /// Returns a profile's own providers, without a role that needs other credentials.
    static func ofProfile(
        _ settings: SharedSettings, _ context: CredentialContext, usesEnvironment: Bool
    ) -> [any CredentialsProvider] {
        [
            WebIdentityCredentials(settings, context, usesEnvironment: usesEnvironment),
            SSOCredentials(settings, context), ProfileCredentials(settings, in: .credentials),
            LoginCredentials(settings), ProcessCredentials(settings), ProfileCredentials(settings, in: .config),
        ]
    }

    /// - Throws: ``ConfigurationError/noCredentials`` if no provider has any; what a provider throws.
    public func credentials() async throws -> Credentials? {
        try await cache.credentials { [providers] in
            for provider in providers {
                if let credentials = try await provider.credentials() { return credentials }
            }
            throw ConfigurationError.noCredentials
        }
    }
}
