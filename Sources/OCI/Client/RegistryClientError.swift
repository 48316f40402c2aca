import AWSCore

/// Why a registry's client did not get what it asked for.
public enum RegistryClientError: Error, Sendable, CustomStringConvertible {
    /// The registry said no.
    case refused(RegistryError)
    /// The registry wants a name and password, and the client has none.
    case noCredentials
    /// The token service said no.
    case tokenRefused(RegistryError)
    /// What came isn't what was asked for.
    case digestMismatch(expected: Digest, found: Digest)
    case sizeMismatch(expected: Int, found: Int)
    /// An answer that makes no sense in the protocol.
    case unexpected(String)

    public var description: String {
        switch self {
        case .refused(let error), .tokenRefused(let error): error.description
        case .noCredentials: "no basic auth credentials"
        case .digestMismatch(let expected, let found): "content has digest \(found) instead of \(expected)"
        case .sizeMismatch(let expected, let found): "content has \(found) bytes instead of \(expected)"
        case .unexpected(let reason): reason
        }
    }

    /// The registry's refusal, if it was one.
    public var refusal: RegistryError? {
        switch self {
        case .refused(let error), .tokenRefused(let error): error
        default: nil
        }
    }
}
