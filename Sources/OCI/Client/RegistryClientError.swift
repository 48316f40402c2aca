import AWSCore

/// Why a registry request failed.
public enum RegistryClientError: Error, Sendable, CustomStringConvertible {
    /// The registry returned an error.
    case refused(RegistryError)
    /// The registry requires credentials, and the client has none.
    case noCredentials
    /// The token service returned an error.
    case tokenRefused(RegistryError)
    /// The content does not match the request.
    case digestMismatch(expected: Digest, found: Digest)
    case sizeMismatch(expected: Int, found: Int)
    /// The response does not follow the protocol.
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

    /// The error that the registry returned, if any.
    public var refusal: RegistryError? {
        switch self {
        case .refused(let error), .tokenRefused(let error): error
        default: nil
        }
    }
}
