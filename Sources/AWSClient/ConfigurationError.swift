/// The configuration is wrong, so a client cannot be created, or a request cannot be addressed or signed.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, and how to fix it where that is known.
    public let message: String
    public var description: String { message }
    public init(_ message: String) { self.message = message }
}

extension ConfigurationError {
    /// No source had credentials.
    public static let noCredentials = ConfigurationError(
        """
        Unable to locate credentials. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them to \
        ~/.aws/credentials ("aws configure" does).
        """)
    static let noRegion = ConfigurationError("You must specify a region: set AWS_REGION, or 'region' in ~/.aws/config.")
    static func partialCredentials(_ source: String, missing: String) -> ConfigurationError {
        ConfigurationError("Partial credentials found in \(source), missing: \(missing)")
    }
    static func profileNotFound(_ name: String) -> ConfigurationError {
        ConfigurationError("The config profile (\(name)) could not be found")
    }
    static func invalidEndpoint(_ url: String, _ source: String) -> ConfigurationError {
        ConfigurationError(
            "Invalid endpoint: \(url) (\(source)); expected http:// or https://, a host, and perhaps a port and a path")
    }
}
