public import AWSCore

extension AWSClient.Configuration {
    /// Creates a configuration from the environment and the shared files, as AWS's tools do.
    ///
    /// - Parameters:
    ///   - settings: for example `try SharedSettings(profile: "work")`.
    ///   - region: overrides all other settings.
    ///   - endpoint: a URL for all services, including those that issue credentials. Overrides all other settings.
    ///   - transport: if nil, the network with the configured certificates and proxies (``NetworkTransport/of(_:)``).
    ///   - context: the credential providers' dependencies. Its transport and endpoints default to this configuration's.
    /// - Throws: ``ConfigurationError`` for a missing region or an invalid setting.
    public init(
        _ settings: SharedSettings, region: String? = nil, endpoint: String? = nil, transport: (any HTTPTransport)? = nil,
        context: CredentialContext = CredentialContext()
    ) throws {
        guard let region = region ?? settings.region else { throw ConfigurationError.noRegion }
        let transport = transport ?? NetworkTransport.of(settings)
        let endpoints = try EndpointResolver(settings, explicit: endpoint)
        var context = context
        context.transport = context.transport ?? transport
        context.endpoints = context.endpoints ?? endpoints
        context.region = context.region ?? region
        self.init(
            region: region, credentials: CredentialsChain(settings, context), endpoints: endpoints, transport: transport)
        clock = context.clock
        sleep = context.sleep
        jitter = context.random
        if let text = settings.environment["AWS_MAX_ATTEMPTS"] ?? settings["max_attempts"] {
            guard let attempts = Int(text), attempts > 0 else {
                throw ConfigurationError("max_attempts must be a whole number of 1 or more, not '\(text)'")
            }
            retry.maximumAttempts = attempts
        }
        if let text = settings.environment["AWS_RETRY_MODE"] ?? settings["retry_mode"] {
            switch text.lowercased() {
            case "adaptive": retry.mode = .adaptive
            // AWS's tools differ in their legacy modes. This client has none, so it uses the standard mode.
            case "standard", "legacy": retry.mode = .standard
            default: throw ConfigurationError("retry_mode must be legacy, standard or adaptive, not '\(text)'")
            }
        }
    }
}
