public import AWSCore

extension AWSClient.Configuration {
    /// A configuration as AWS's tools make it of the environment and the shared files.
    ///
    /// - Parameters:
    ///   - settings: for example `try SharedSettings(profile: "work")`.
    ///   - region: goes before all others.
    ///   - endpoint: a URL for all services, those that credentials come from included; goes before all others.
    ///   - transport: if nil, the network, with the certificates and proxies that are set (``NetworkTransport/of(_:)``).
    ///   - context: what credentials are fetched with. Its transport and endpoints are this configuration's, unless it has some.
    /// - Throws: ``ConfigurationError`` if no region is known, or a setting has no meaning.
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
        if let text = settings.surroundings["AWS_MAX_ATTEMPTS"] ?? settings["max_attempts"] {
            guard let attempts = Int(text), attempts > 0 else {
                throw ConfigurationError("max_attempts must be a whole number of 1 or more, not '\(text)'")
            }
            retry.maximumAttempts = attempts
        }
        if let text = settings.surroundings["AWS_RETRY_MODE"] ?? settings["retry_mode"] {
            switch text.lowercased() {
            case "adaptive": retry.mode = .adaptive
            // The oldest mode of AWS's tools differs between them; a client that has none of its own takes the standard one.
            case "standard", "legacy": retry.mode = .standard
            default: throw ConfigurationError("retry_mode must be legacy, standard or adaptive, not '\(text)'")
            }
        }
    }
}
