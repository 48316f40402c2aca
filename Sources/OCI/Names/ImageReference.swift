/// An image reference, `[registry/]repository[:tag][@digest]`, normalised as in `docker pull`, `tag` and `push`.
///
/// `ubuntu` is `docker.io/library/ubuntu`; the first component is a registry if it has a dot, a colon or an upper-case
/// letter, or is `localhost`. https://github.com/distribution/reference
public struct ImageReference: Sendable, Hashable {
    /// The registry's host, with its port if any; `docker.io` for Docker Hub.
    public var registry: String
    public var repository: RepositoryName
    public var tag: Tag?
    public var digest: Digest?

    public static let dockerHub = "docker.io"

    public init(registry: String = dockerHub, repository: RepositoryName, tag: Tag? = nil, digest: Digest? = nil) {
        self.registry = registry
        self.repository = repository
        self.tag = tag
        self.digest = digest
    }

    /// Parses a reference. Tag and digest are nil if the text has none.
    /// - Throws: ``ReferenceError`` with Docker's message.
    public init(parsing text: String) throws(ReferenceError) {
        if text.utf8.count == 64, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }) {
            throw .identifier(text)
        }
        var (registry, rest) = Self.split(text)
        var digestText: Substring?
        if let at = rest.firstIndex(of: "@") {
            digestText = rest[rest.index(after: at)...]
            rest = rest[..<at]
        }
        var tagText: Substring?
        if let colon = rest.lastIndex(of: ":"), rest[colon...].firstIndex(of: "/") == nil {
            tagText = rest[rest.index(after: colon)...]
            rest = rest[..<colon]
        }
        if registry == Self.dockerHub, !rest.contains("/"), !rest.isEmpty { rest = "library/" + rest }
        guard !rest.contains(where: { $0.isASCII && $0.isUppercase }) else { throw .uppercase(String(rest)) }
        guard Self.isHost(registry) else { throw .format }
        let repository = try RepositoryName(parsing: rest)
        let tag: Tag? = if let tagText { try Tag(parsing: tagText) } else { nil }
        var digest: Digest?
        if let digestText {
            guard Self.looksLikeDigest(digestText) else { throw .format }
            do { digest = try Digest(parsing: digestText) } catch { throw .digest(error) }
        }
        self.init(registry: registry, repository: repository, tag: tag, digest: digest)
    }

    /// The same reference, with the tag `latest` if it has neither tag nor digest.
    public var withDefaultTag: ImageReference {
        guard tag == nil, digest == nil else { return self }
        var copy = self
        copy.tag = .latest
        return copy
    }

    /// The host that serves the registry protocol.
    public var registryHost: String { registry == Self.dockerHub ? "registry-1.docker.io" : registry }

    /// The reference for requesting the manifest: the digest, else the tag, else `latest`.
    public var manifestReference: ManifestReference { digest.map { .digest($0) } ?? .tag(tag ?? .latest) }

    /// The full name of registry and repository: `docker.io/library/ubuntu`.
    public var name: String { "\(registry)/\(repository)" }

    /// The short name of registry and repository: `ubuntu`.
    public var familiarName: String {
        guard registry == Self.dockerHub else { return name }
        let path = repository.description
        guard path.hasPrefix("library/") else { return path }
        let rest = path.dropFirst("library/".count)
        return rest.contains("/") ? path : String(rest)
    }

    /// The reference in short form: `ubuntu:latest`.
    public var familiar: String { familiarName + suffix }

    private var suffix: String { (tag.map { ":\($0)" } ?? "") + (digest.map { "@\($0)" } ?? "") }
}

extension ImageReference: CustomStringConvertible {
    /// `docker.io/library/ubuntu:latest`
    public var description: String { name + suffix }
}

extension ImageReference {
    private static func split(_ text: String) -> (registry: String, rest: Substring) {
        guard let slash = text.firstIndex(of: "/") else { return (dockerHub, text[...]) }
        let first = text[..<slash]
        guard first.contains(where: { $0 == "." || $0 == ":" || ($0.isASCII && $0.isUppercase) }) || first == "localhost" else {
            return (dockerHub, text[...])
        }
        let rest = text[text.index(after: slash)...]
        return (first == "index.docker.io" ? dockerHub : String(first), rest)
    }

    /// Labels of letters, digits and inner hyphens, or an address in brackets, with an optional port.
    private static func isHost(_ text: String) -> Bool {
        var host = text[...]
        if let colon = text.lastIndex(of: ":"), !text.hasSuffix("]") {
            let port = text[text.index(after: colon)...]
            guard !port.isEmpty, port.utf8.allSatisfy({ (48...57).contains($0) }) else { return false }
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            return host.dropFirst().dropLast().utf8.allSatisfy { $0 == 58 || isHexDigit($0) } && host.utf8.count > 2
        }
        return host.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
            !label.isEmpty && label.utf8.first != 45 && label.utf8.last != 45
                && label.utf8.allSatisfy { $0 == 45 || isLetterOrDigit($0) }
        }
    }

    /// Whether the text has an algorithm and at least 32 hexadecimal digits, which Docker first treats as a digest.
    private static func looksLikeDigest(_ text: Substring) -> Bool {
        guard let colon = text.firstIndex(of: ":"), let first = text.utf8.first, isLetterOrDigit(first), first > 57 else {
            return false
        }
        let hex = text[text.index(after: colon)...]
        return hex.utf8.count >= 32 && hex.utf8.allSatisfy(isHexDigit)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte) || (65...70).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...122).contains(byte) || (65...90).contains(byte)
    }
}

/// The error for a text that is not a reference, with Docker 28's message.
public enum ReferenceError: Error, Sendable, Equatable, CustomStringConvertible {
    case format
    case uppercase(String)
    case nameTooLong(String)
    /// 64 hexadecimal digits are an image id, never a name.
    case identifier(String)
    case digest(DigestError)

    public var description: String {
        switch self {
        case .format: "invalid reference format"
        case .uppercase(let name): "invalid reference format: repository name (\(name)) must be lowercase"
        case .nameTooLong: "repository name must not be more than 255 characters"
        case .identifier(let text):
            "invalid repository name (\(text)), cannot specify 64-byte hexadecimal strings"
        case .digest(let error): error.description
        }
    }
}
