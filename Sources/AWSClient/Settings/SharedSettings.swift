public import AWSCore

/// One profile of AWS's shared configuration, with the environment variables that go before it.
///
/// The files are `~/.aws/config` and `~/.aws/credentials`, or what `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE` name.
public struct SharedSettings: Sendable {
    /// The profile's name.
    public let profile: String
    let surroundings: Surroundings
    private let settings: [String: INIFile.Setting]
    private let services: [String: INIFile.Setting]

    /// Reads the files. Where the credentials file and the config file both have a setting, the former's holds.
    ///
    /// - Parameter profile: if nil, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE` or `default`.
    /// - Throws: ``ConfigurationError`` for a file that cannot be read, a mistake in one (with its line), or a profile that was
    ///   asked for and is in neither.
    public init(profile: String? = nil, _ surroundings: Surroundings = .process) throws {
        let chosen = profile ?? surroundings["AWS_PROFILE"] ?? surroundings["AWS_DEFAULT_PROFILE"]
        let name = chosen ?? "default"
        let config = try Self.file(surroundings["AWS_CONFIG_FILE"] ?? "~/.aws/config", surroundings)
        let credentials = try Self.file(surroundings["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials", surroundings)
        // `[default]` needs no "profile" in front of it, the others do; in the credentials file none has it.
        let inConfig = config?.sections["profile \(name)"] ?? (name == "default" ? config?.sections[name] : nil)
        let inCredentials = credentials?.sections[name]
        if chosen != nil, inConfig == nil, inCredentials == nil { throw ConfigurationError.profileNotFound(name) }

        self.profile = name
        self.surroundings = surroundings
        settings = (inConfig ?? [:]).merging(inCredentials ?? [:]) { $1 }
        if let services = settings["services"]?.value, !services.isEmpty {
            guard let section = config?.sections["services \(services)"] else {
                throw ConfigurationError(
                    "The profile (\(name)) refers to [services \(services)], which is not in the config file")
            }
            self.services = section
        } else {
            services = [:]
        }
    }

    private static func file(_ path: String, _ surroundings: Surroundings) throws -> INIFile? {
        let path = path.hasPrefix("~/") ? surroundings.home + path.dropFirst() : path
        return try surroundings.read(path).map { try INIFile($0, path: path) }
    }

    /// A setting of the profile; nil if it is absent or empty.
    public subscript(name: String) -> String? {
        guard let value = settings[name]?.value, !value.isEmpty else { return nil }
        return value
    }

    /// A setting below a service's name in the profile's `services` section.
    func setting(_ name: String, ofService service: String) -> String? { services[service]?.nested[name] }

    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's.
    public var region: String? { surroundings["AWS_REGION"] ?? surroundings["AWS_DEFAULT_REGION"] ?? self["region"] }

    /// An environment variable before the profile's setting of the same meaning.
    ///
    /// - Throws: ``ConfigurationError`` unless it is `true` or `false`.
    func flag(_ variable: String, _ setting: String) throws -> Bool {
        guard let text = surroundings[variable] ?? self[setting] else { return false }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw ConfigurationError(
                "\(surroundings[variable] != nil ? variable : setting) must be true or false, not '\(text)'")
        }
    }
}

extension AWSClient.Configuration {
    /// A configuration as AWS's tools make it of the environment and the shared files.
    ///
    /// - Parameters:
    ///   - settings: for example `try SharedSettings(profile: "work")`.
    ///   - region: goes before all others.
    ///   - endpoint: a URL for all services; goes before all others.
    /// - Throws: ``ConfigurationError`` if no region is known, or a setting has no meaning.
    public init(
        _ settings: SharedSettings, region: String? = nil, endpoint: String? = nil,
        transport: any HTTPTransport = NetworkTransport.shared
    ) throws {
        guard let region = region ?? settings.region else { throw ConfigurationError.noRegion }
        self.init(
            region: region, credentials: CredentialsChain(settings),
            endpoints: try EndpointResolver(settings, explicit: endpoint), transport: transport)
        if let text = settings.surroundings["AWS_MAX_ATTEMPTS"] ?? settings["max_attempts"] {
            guard let attempts = Int(text), attempts > 0 else {
                throw ConfigurationError("max_attempts must be a whole number of 1 or more, not '\(text)'")
            }
            retry.maximumAttempts = attempts
        }
    }
}
