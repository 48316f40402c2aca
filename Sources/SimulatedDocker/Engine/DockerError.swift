import AWSCore
import OCI

/// An error in Docker's words. Errors of the engine start with `Error response from daemon: `.
public struct DockerError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    /// The status of the Engine API's response.
    public let status: Int

    /// Creates an error of the command line or of a push, which has no prefix.
    init(_ text: String, status: Int = 500) {
        description = text
        self.status = status
    }

    static func daemon(_ text: String, status: Int = 500) -> DockerError {
        DockerError(Self.prefix + text, status: status)
    }

    private static let prefix = "Error response from daemon: "

    /// The engine's message without the prefix.
    public var message: String {
        description.hasPrefix(Self.prefix) ? String(description.dropFirst(Self.prefix.count)) : description
    }
}

extension DockerError {
    static func noSuchImage(_ name: String) -> DockerError { .daemon("No such image: \(name)", status: 404) }
    static func ambiguousID(_ prefix: String) -> DockerError {
        .daemon("multiple IDs found with provided prefix: \(prefix)", status: 409)
    }
    static func referencedRepeatedly(_ id: Digest) -> DockerError {
        .daemon(
            "conflict: unable to delete \(id.short) (must be forced) - image is referenced in multiple repositories",
            status: 409)
    }
    static func nothingToPush(_ name: String) -> DockerError {
        DockerError("An image does not exist locally with the tag: \(name)")
    }
    static func noSuchTag(_ name: String) -> DockerError { DockerError("tag does not exist: \(name)") }
    static let layersDiffer = DockerError.daemon("layers from manifest don't match image configuration")
    static let digestPush = DockerError("cannot push a digest reference")
    static let digestTag = DockerError.daemon("refusing to create a tag with a digest reference", status: 400)
    static func invalidFilter(_ text: String) -> DockerError { .daemon("invalid filter '\(text)'", status: 400) }
    static func noPlatform(_ platform: Platform) -> DockerError {
        .daemon("no matching manifest for \(platform) in the manifest list entries", status: 404)
    }
}

/// dockerd's messages for errors of registries and the network.
enum RegistryWords {
    /// Returns the message for an error of a registry request.
    /// - Parameter request: method and URL of the request, as Go's client names it: `Head "https://…"`.
    static func text(_ error: any Error, request: String) -> String {
        switch error {
        case let error as DockerError: return error.description
        case RegistryClientError.noCredentials: return "no basic auth credentials"
        case RegistryClientError.tokenRefused(let refusal): return "unauthorized: \(refusal.message)"
        case RegistryClientError.refused(let refusal): return text(refusal)
        case RegistryClientError.digestMismatch(let expected, _):
            return "filesystem layer verification failed for digest \(expected)"
        case let error as TransportError: return text(error, request: request)
        case let error as ManifestError: return "invalid manifest: \(error)"
        default: return "\(error)"
        }
    }

    /// Returns a registry's error: `name unknown: The repository with name …`
    static func text(_ refusal: RegistryError) -> String {
        if refusal.status >= 500 { return "received unexpected HTTP status: \(status(refusal.status))" }
        let refusal = understood(refusal)
        if refusal.code == "BLOB_UNKNOWN", refusal.status == 404 { return "unknown blob" }
        let code = refusal.code.lowercased().replacing("_", with: " ")
        return "\(code): \(refusal.message.isEmpty ? code : refusal.message)"
    }

    /// Returns a status in Go's form.
    static func status(_ code: Int) -> String {
        let phrases = [
            400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests",
            500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
        ]
        return phrases[code].map { "\(code) \($0)" } ?? String(code)
    }

    /// Returns an error with all details, as Docker shows it: the challenge's error, and the message of the registry's document.
    static func all(_ refusal: RegistryError) -> String {
        let first = text(refusal)
        let own = RegistryError(refusal.code, status: refusal.status, refusal.message)
        guard refusal.status == 401, refusal.plainText == nil, text(own) != first else { return first }
        return "errors:\n\(first)\n\(text(own))\n"
    }

    /// Returns an error in which the challenge's OAuth error takes precedence, as in Docker.
    static func understood(_ refusal: RegistryError) -> RegistryError {
        let bearer = RegistryChallenge.parse(refusal.challenge ?? "").first { $0.scheme == "bearer" }
        switch bearer?["error"] {
        case "invalid_token": return RegistryError("UNAUTHORIZED", status: refusal.status, "authentication required")
        case "insufficient_scope":
            return RegistryError("DENIED", status: refusal.status, "requested access to the resource is denied")
        default: break
        }
        if refusal.status == 401, refusal.plainText != nil {
            return RegistryError("UNAUTHORIZED", status: 401, "authentication required")
        }
        return refusal
    }

    private static func text(_ error: TransportError, request: String) -> String {
        switch error {
        case .timedOut:
            "\(request): net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)"
        case .unreachable(_, let reason): "\(request): \(reason)"
        case .truncated: request.isEmpty ? "unexpected EOF" : "\(request): EOF"
        case .unanswered(let reason): "\(request): \(reason)"
        }
    }
}
