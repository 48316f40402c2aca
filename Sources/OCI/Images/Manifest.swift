public import AWSCore

/// The manifest of an image or index: its bytes, which identify it, and its parsed content.
///
/// A parsed manifest keeps the received bytes and is never encoded again, so its digest stays the same.
public struct Manifest: Sendable, Hashable {
    public let bytes: Bytes
    /// The SHA-256 digest of ``bytes``.
    public let digest: Digest
    public let mediaType: MediaType
    public let content: Content
    /// The manifest that this one describes, such as the image that a signature signs.
    public let subject: Descriptor?
    public let artifactType: String?
    public let annotations: [String: String]

    /// What the manifest refers to.
    public enum Content: Sendable, Hashable {
        /// An image: its configuration and its layers, lowest first.
        case image(config: Descriptor, layers: [Descriptor])
        /// A list of manifests, one per platform.
        case index([Descriptor])
    }

    /// The largest manifest that a registry accepts, in bytes.
    public static let maximumSize = 4 << 20

    public static func == (a: Manifest, b: Manifest) -> Bool { a.digest == b.digest && a.mediaType == b.mediaType }
    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }
}

extension Manifest {
    public var config: Descriptor? { if case .image(let config, _) = content { config } else { nil } }
    /// The layers of an image, lowest first; empty for an index.
    public var layers: [Descriptor] { if case .image(_, let layers) = content { layers } else { [] } }
    /// The manifests of an index; empty for an image.
    public var manifests: [Descriptor] { if case .index(let manifests) = content { manifests } else { [] } }

    /// The blobs that must exist before the manifest is pushed: configuration and layers, without foreign layers.
    public var blobs: [Descriptor] {
        (config.map { [$0] } ?? []) + layers.filter { !$0.mediaType.isForeignLayer }
    }

    /// The size of an image in bytes as registries count it: configuration and layers. An index has 0.
    public var imageSize: Int { blobs.reduce(0) { $0 + $1.size } }

    /// The descriptor for references to this manifest.
    public var descriptor: Descriptor {
        Descriptor(mediaType: mediaType, digest: digest, size: bytes.count, artifactType: effectiveArtifactType)
    }

    /// The artifact type, or else the configuration's media type, as in lists of referrers.
    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
    public var effectiveArtifactType: String? {
        if let artifactType, !artifactType.isEmpty { return artifactType }
        return mediaType == .ociManifest ? config?.mediaType.rawValue : nil
    }
}

/// An error in a manifest, with its location.
public struct ManifestError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The invalid member, such as `layers[2].digest`; empty for the whole manifest.
    public let path: String
    public let reason: String

    public init(_ path: String, _ reason: String) {
        self.path = path
        self.reason = reason
    }

    public var description: String { path.isEmpty ? reason : "\(path) \(reason)" }
}

extension Manifest {
    /// Parses a manifest.
    ///
    /// - Parameter contentType: the media type in the message with the manifest. If the manifest also has a media type, both
    ///   must be equal. If there is neither, its structure decides. ECR's API also accepts a Docker manifest whose type only the
    ///   request states.
    /// - Throws: ``ManifestError`` with the invalid member.
    public init(parsing bytes: Bytes, contentType: MediaType? = nil) throws(ManifestError) {
        guard bytes.count <= Self.maximumSize else {
            throw ManifestError("", "manifest is larger than \(Self.maximumSize) bytes")
        }
        let node: Node
        do { node = try JSON.parse(bytes) } catch { throw ManifestError("", "\(error)") }
        guard node.fields != nil else { throw ManifestError("", "manifest must be an object") }
        let type = try Self.mediaType(of: node, contentType: contentType)
        guard case .integer(2)? = node["schemaVersion"] else { throw ManifestError("schemaVersion", "must be 2") }
        self.bytes = bytes
        digest = Digest(of: bytes)
        mediaType = type
        content = type.isIndex ? try Self.index(node) : try Self.image(node)
        subject = if let node = node["subject"], !node.isNull { try Descriptor(node, at: "subject") } else { nil }
        artifactType = node["artifactType"]?.string
        annotations = try Descriptor.annotations(node["annotations"], at: "annotations")
    }

    private static func mediaType(of node: Node, contentType: MediaType?) throws(ManifestError) -> MediaType {
        if case .integer(1)? = node["schemaVersion"] {
            throw ManifestError("schemaVersion", "1 is not supported any more; push the image with a current client")
        }
        let given = contentType == .json || contentType == .octetStream ? nil : contentType
        let own = node["mediaType"]?.string.map { MediaType($0) }
        if let own, let given, own != given {
            throw ManifestError("", "mediaType in manifest should be '\(given)' not '\(own)'")
        }
        let type = own ?? given ?? (node["manifests"] != nil ? .ociIndex : .ociManifest)
        guard type.isManifest else { throw ManifestError("mediaType", "\(type) is not supported") }
        return type
    }

    private static func index(_ node: Node) throws(ManifestError) -> Content {
        guard node["config"] == nil, node["layers"] == nil else { throw ManifestError("", "index has members of an image") }
        guard let items = node["manifests"]?.elements else { throw ManifestError("manifests", "must be a list") }
        var manifests: [Descriptor] = []
        for (number, item) in items.enumerated() { manifests.append(try Descriptor(item, at: "manifests[\(number)]")) }
        return .index(manifests)
    }

    private static func image(_ node: Node) throws(ManifestError) -> Content {
        guard node["manifests"] == nil else { throw ManifestError("", "image has members of an index") }
        guard let config = node["config"], !config.isNull else { throw ManifestError("config", "is required") }
        guard let items = node["layers"]?.elements else { throw ManifestError("layers", "must be a list") }
        var layers: [Descriptor] = []
        for (number, item) in items.enumerated() { layers.append(try Descriptor(item, at: "layers[\(number)]")) }
        return .image(config: try Descriptor(config, at: "config"), layers: layers)
    }
}

extension Manifest {
    /// Creates an image manifest, with the order and indentation that dockerd uses.
    public init(
        image config: Descriptor, layers: [Descriptor], mediaType: MediaType = .dockerManifest, artifactType: String? = nil,
        subject: Descriptor? = nil, annotations: [String: String] = [:]
    ) {
        var fields: [Node.Field] = [.init("config", config.node), .init("layers", .list(layers.map(\.node)))]
        Self.appendOptional(artifactType, subject, annotations, to: &fields)
        self.init(
            mediaType, .image(config: config, layers: layers), fields, artifactType: artifactType, subject: subject,
            annotations: annotations)
    }

    /// Creates a list of manifests.
    public init(
        index manifests: [Descriptor], mediaType: MediaType = .ociIndex, artifactType: String? = nil,
        subject: Descriptor? = nil, annotations: [String: String] = [:]
    ) {
        var fields: [Node.Field] = [.init("manifests", .list(manifests.map(\.node)))]
        Self.appendOptional(artifactType, subject, annotations, to: &fields)
        self.init(
            mediaType, .index(manifests), fields, artifactType: artifactType, subject: subject, annotations: annotations)
    }

    private static func appendOptional(
        _ artifactType: String?, _ subject: Descriptor?, _ annotations: [String: String], to fields: inout [Node.Field]
    ) {
        if let artifactType { fields.insert(.init("artifactType", .string(artifactType)), at: 0) }
        if let subject { fields.append(.init("subject", subject.node)) }
        if !annotations.isEmpty { fields.append(.init("annotations", Descriptor.node(annotations))) }
    }

    private init(
        _ mediaType: MediaType, _ content: Content, _ fields: [Node.Field], artifactType: String?, subject: Descriptor?,
        annotations: [String: String]
    ) {
        let head: [Node.Field] = [
            .init("schemaVersion", .integer(2)), .init("mediaType", .string(mediaType.rawValue)),
        ]
        // dockerd's format, so that an image keeps its digest when it is pulled and pushed again.
        bytes = JSON.write(.object(head + fields), pretty: true, indentation: 3)
        digest = Digest(of: bytes)
        self.mediaType = mediaType
        self.content = content
        self.subject = subject
        self.artifactType = artifactType
        self.annotations = annotations
    }
}
