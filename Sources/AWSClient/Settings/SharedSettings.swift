/// One profile of AWS's shared configuration, and the environment variables that override it.
///
/// The files are `~/.aws/config` and `~/.aws/credentials`, or those in `AWS_CONFIG_FILE` and `AWS_SHARED_CREDENTIALS_FILE`.
public struct SharedSettings: Sendable {
    /// The profile's name.
    public let profile: String
    /// Whether the program chose the profile, not the environment or the default.
    let isExplicit: Bool
    let environment: ProcessEnvironment
    private let files: Files
    private let settings: [String: INIFile.Setting]
    private let services: [String: INIFile.Setting]

    private struct Files {
        let config: INIFile?
        let credentials: INIFile?

        /// In the config file, all profiles except `default` need the prefix "profile"; in the credentials file none has it.
        func inConfig(_ profile: String) -> [String: INIFile.Setting]? {
            config?.sections["profile \(profile)"] ?? (profile == "default" ? config?.sections[profile] : nil)
        }
        func inCredentials(_ profile: String) -> [String: INIFile.Setting]? { credentials?.sections[profile] }
    }

    /// One of the two files.
    enum File { case config, credentials }

    /// Reads the files. A setting in the credentials file overrides the one in the config file.
    ///
    /// - Parameter profile: if nil, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE` or `default`.
    /// - Parameter environment: provides the environment, which can name the files, and the home folder.
    /// - Throws: ``ConfigurationError`` for an unreadable file, a syntax error (with its line), or a requested profile that
    ///   neither file has.
    public init(profile: String? = nil, _ environment: ProcessEnvironment = .process) throws {
        let chosen = profile ?? environment["AWS_PROFILE"] ?? environment["AWS_DEFAULT_PROFILE"]
        let files = Files(
            config: try Self.file(environment["AWS_CONFIG_FILE"] ?? "~/.aws/config", environment),
            credentials: try Self.file(environment["AWS_SHARED_CREDENTIALS_FILE"] ?? "~/.aws/credentials", environment))
        try self.init(
            chosen ?? "default", files, environment, isExplicit: profile != nil, mayBeAbsent: chosen == nil)
    }

    private init(
        _ name: String, _ files: Files, _ environment: ProcessEnvironment, isExplicit: Bool, mayBeAbsent: Bool
    ) throws {
        let inConfig = files.inConfig(name), inCredentials = files.inCredentials(name)
        guard mayBeAbsent || inConfig != nil || inCredentials != nil else { throw ConfigurationError.profileNotFound(name) }
        profile = name
        self.isExplicit = isExplicit
        self.environment = environment
        self.files = files
        settings = (inConfig ?? [:]).merging(inCredentials ?? [:]) { $1 }
        if let services = settings["services"]?.value, !services.isEmpty {
            guard let section = files.config?.sections["services \(services)"] else {
                throw ConfigurationError(
                    "The profile (\(name)) refers to [services \(services)], which is not in the config file")
            }
            self.services = section
        } else {
            services = [:]
        }
    }

    private static func file(_ path: String, _ environment: ProcessEnvironment) throws -> INIFile? {
        let path = environment.expanded(path)
        return try environment.read(path).map { try INIFile($0, path: path) }
    }

    /// Returns another profile of the same files; nil if neither file has it.
    func other(_ profile: String) throws -> SharedSettings? {
        guard files.inConfig(profile) != nil || files.inCredentials(profile) != nil else { return nil }
        return try SharedSettings(profile, files, environment, isExplicit: true, mayBeAbsent: false)
    }

    /// Returns the section `[sso-session NAME]` of the config file; nil if there is none.
    func ssoSession(_ name: String) -> [String: String]? {
        files.config?.sections["sso-session \(name)"]?.mapValues(\.value).filter { !$1.isEmpty }
    }

    /// Returns the profile's setting in one of the files; nil if it is absent or empty there.
    func setting(_ name: String, in file: File) -> String? {
        let section = file == .config ? files.inConfig(profile) : files.inCredentials(profile)
        guard let value = section?[name]?.value, !value.isEmpty else { return nil }
        return value
    }

    /// The profile's setting; nil if it is absent or empty.
    public subscript(name: String) -> String? {
        guard let value = settings[name]?.value, !value.isEmpty else { return nil }
        return value
    }

    /// Returns a service's setting in the profile's `services` section.
    func setting(_ name: String, ofService service: String) -> String? { services[service]?.nested[name] }

    /// `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile's.
    public var region: String? { environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? self["region"] }

    /// Returns a flag from an environment variable, or else from the profile's setting. Defaults to false.
    ///
    /// - Throws: ``ConfigurationError`` if the value is neither `true` nor `false`.
    func flag(_ variable: String, _ setting: String) throws -> Bool {
        guard let text = environment[variable] ?? self[setting] else { return false }
        switch text.lowercased() {
        case "true": return true
        case "false": return false
        default:
            throw ConfigurationError(
                "\(environment[variable] != nil ? variable : setting) must be true or false, not '\(text)'")
        }
    }
}
