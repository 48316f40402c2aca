/// The type of content in a descriptor or message.
public struct MediaType: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public init(_ text: String) { rawValue = text }
    public var description: String { rawValue }

    public static let dockerManifest = MediaType("application/vnd.docker.distribution.manifest.v2+json")
    public static let dockerManifestList = MediaType("application/vnd.docker.distribution.manifest.list.v2+json")
    public static let dockerManifestV1 = MediaType("application/vnd.docker.distribution.manifest.v1+json")
    public static let dockerManifestV1Signed = MediaType("application/vnd.docker.distribution.manifest.v1+prettyjws")
    public static let dockerConfig = MediaType("application/vnd.docker.container.image.v1+json")
    public static let dockerLayer = MediaType("application/vnd.docker.image.rootfs.diff.tar.gzip")
    public static let dockerLayerPlain = MediaType("application/vnd.docker.image.rootfs.diff.tar")
    public static let dockerForeignLayer = MediaType("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip")

    public static let ociManifest = MediaType("application/vnd.oci.image.manifest.v1+json")
    public static let ociIndex = MediaType("application/vnd.oci.image.index.v1+json")
    public static let ociConfig = MediaType("application/vnd.oci.image.config.v1+json")
    public static let ociLayer = MediaType("application/vnd.oci.image.layer.v1.tar")
    public static let ociLayerGzip = MediaType("application/vnd.oci.image.layer.v1.tar+gzip")
    public static let ociLayerZstd = MediaType("application/vnd.oci.image.layer.v1.tar+zstd")
    public static let ociForeignLayer = MediaType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip")

    public static let json = MediaType("application/json")
    public static let octetStream = MediaType("application/octet-stream")

    /// The manifest types that this module supports, in a client's order of preference.
    public static let manifests: [MediaType] = [.dockerManifest, .dockerManifestList, .ociManifest, .ociIndex]

    public var isManifest: Bool { Self.manifests.contains(self) }
    /// A manifest that lists manifests.
    public var isIndex: Bool { self == .dockerManifestList || self == .ociIndex }
    public var isOCI: Bool { rawValue.hasPrefix("application/vnd.oci.") }
    /// Whether it is an image layer in Docker's or OCI's format.
    public var isLayer: Bool {
        rawValue.hasPrefix("application/vnd.docker.image.rootfs.") || rawValue.hasPrefix("application/vnd.oci.image.layer.")
    }

    /// Whether it is a layer whose bytes are stored elsewhere and are never pushed.
    public var isForeignLayer: Bool { self == .dockerForeignLayer || rawValue.contains(".nondistributable.") }

    /// Creates a media type from a `Content-Type`, in lower case and without parameters.
    public init(contentType: String) {
        let type = contentType.prefix { $0 != ";" }
        self.init(type.split(separator: " ").joined().lowercased())
    }
}
