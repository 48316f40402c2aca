public import AWSCore
import Synchronization

/// Asks several places in turn and keeps the first credentials found, until shortly before they expire.
public final class CredentialsChain: CredentialsProvider {
    private let providers: [any CredentialsProvider]
    private let clock: @Sendable () -> Instant
    private let found = Mutex<Credentials?>(nil)

    /// - Parameter providers: in the order in which they are asked.
    public init(_ providers: [any CredentialsProvider], clock: (@Sendable () -> Instant)? = nil) {
        self.providers = providers
        self.clock = clock ?? { SystemClock.now }
    }

    /// The order of AWS's tools: the environment, then the profile.
    public convenience init(_ settings: SharedSettings) {
        self.init([
            EnvironmentCredentials(settings.surroundings), ProfileCredentials(settings),
            UnsupportedCredentials(settings.surroundings),
        ])
    }

    /// - Throws: ``ConfigurationError/noCredentials`` if no place has any, or what a place throws.
    public func credentials() async throws -> Credentials? {
        if let credentials = found.withLock({ $0 }), isFresh(credentials) { return credentials }
        for provider in providers {
            guard let credentials = try await provider.credentials() else { continue }
            found.withLock { $0 = credentials }
            return credentials
        }
        throw ConfigurationError.noCredentials
    }

    private func isFresh(_ credentials: Credentials) -> Bool {
        guard let expiration = credentials.expiration else { return true }
        return clock() + .minutes(5) < expiration
    }
}
