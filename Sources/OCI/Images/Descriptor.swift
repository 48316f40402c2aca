public import AWSCore

/// A reference to content: its media type, digest and size.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md
public struct Descriptor: Sendable, Hashable {
    public var mediaType: MediaType
    public var digest: Digest
    public var size: Int
    public var artifactType: String?
    public var annotations: [String: String]
    public var platform: Platform?
    /// Further locations of the content.
    public var urls: [String]

    public init(
        mediaType: MediaType, digest: Digest, size: Int, artifactType: String? = nil, annotations: [String: String] = [:],
        platform: Platform? = nil, urls: [String] = []
    ) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.artifactType = artifactType
        self.annotations = annotations
        self.platform = platform
        self.urls = urls
    }
}

/// The platform of an image.
public struct Platform: Sendable, Hashable, CustomStringConvertible {
    public var os: String
    public var architecture: String
    public var variant: String?

    public init(os: String, architecture: String, variant: String? = nil) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
    }

    public static let linuxAMD64 = Platform(os: "linux", architecture: "amd64")

    /// The platform of images that run on this machine.
    public static var machine: Platform {
        #if arch(arm64)
            Platform(os: "linux", architecture: "arm64")
        #else
            .linuxAMD64
        #endif
    }

    /// `linux/amd64`, `linux/arm64/v8`
    public var description: String { "\(os)/\(architecture)" + (variant.map { "/\($0)" } ?? "") }
}

extension Descriptor {
    /// - Parameter path: the descriptor's path in the manifest, for errors.
    /// - Throws: ``ManifestError`` if media type, digest or size is missing or malformed.
    init(_ node: Node, at path: String) throws(ManifestError) {
        guard node.fields != nil else { throw ManifestError(path, "must be an object") }
        guard let type = node["mediaType"]?.string, !type.isEmpty else {
            throw ManifestError("\(path).mediaType", "is required")
        }
        guard let text = node["digest"]?.string else { throw ManifestError("\(path).digest", "is required") }
        let digest: Digest
        do { digest = try Digest(parsing: text) } catch { throw ManifestError("\(path).digest", error.description) }
        guard case .integer(let size)? = node["size"] else { throw ManifestError("\(path).size", "must be an integer") }
        guard size >= 0 else { throw ManifestError("\(path).size", "must not be negative") }
        // Sizes are summed, and the sum must not overflow.
        guard size <= Self.largestSize else { throw ManifestError("\(path).size", "must not be more than \(Self.largestSize)") }
        self.init(
            mediaType: MediaType(type), digest: digest, size: Int(size), artifactType: node["artifactType"]?.string,
            annotations: try Self.annotations(node["annotations"], at: "\(path).annotations"),
            platform: try Self.platform(node["platform"], at: "\(path).platform"),
            urls: (node["urls"]?.elements ?? []).compactMap(\.string))
    }

    /// 32 TiB: the sum of all sizes in the largest manifest stays far below `Int64.max`.
    static let largestSize: Int64 = 1 << 45

    static func annotations(_ node: Node?, at path: String) throws(ManifestError) -> [String: String] {
        guard let node, !node.isNull else { return [:] }
        guard let fields = node.fields else { throw ManifestError(path, "must be an object") }
        var annotations: [String: String] = [:]
        for field in fields {
            guard let value = field.value.string else { throw ManifestError("\(path).\(field.name)", "must be a string") }
            annotations[field.name] = value
        }
        return annotations
    }

    private static func platform(_ node: Node?, at path: String) throws(ManifestError) -> Platform? {
        guard let node, !node.isNull else { return nil }
        guard let os = node["os"]?.string else { throw ManifestError("\(path).os", "is required") }
        guard let architecture = node["architecture"]?.string else {
            throw ManifestError("\(path).architecture", "is required")
        }
        return Platform(os: os, architecture: architecture, variant: node["variant"]?.string)
    }

    /// The descriptor's JSON in a manifest.
    public var node: Node {
        var fields: [Node.Field] = [
            .init("mediaType", .string(mediaType.rawValue)), .init("size", .integer(Int64(size))),
            .init("digest", .string(digest.description)),
        ]
        if let artifactType { fields.append(.init("artifactType", .string(artifactType))) }
        if let platform {
            var parts: [Node.Field] = [
                .init("architecture", .string(platform.architecture)), .init("os", .string(platform.os)),
            ]
            if let variant = platform.variant { parts.append(.init("variant", .string(variant))) }
            fields.append(.init("platform", .object(parts)))
        }
        if !urls.isEmpty { fields.append(.init("urls", .list(urls.map { .string($0) }))) }
        if !annotations.isEmpty { fields.append(.init("annotations", Self.node(annotations))) }
        return .object(fields)
    }

    static func node(_ annotations: [String: String]) -> Node {
        .object(annotations.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })
    }
}
