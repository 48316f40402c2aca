public import AWSCore
public import OCI
import Synchronization

/// What an image engine knows: images, their names, its logins. Bytes are in the blob store.
public struct EngineState: Sendable {
    /// Images by their ids.
    public var images: [Digest: EngineImage] = [:]
    /// Names, each with either a tag or a digest, and the ids of the images they stand for.
    public var references: [ImageReference: Digest] = [:]
    /// Names and passwords by the server's address, as `config.json` keys them.
    public var logins: [String: RegistryCredentials] = [:]
    /// Blobs that a pull brought whose image isn't here: the pull was cancelled, or goes on still.
    public var pulled: Set<Digest> = []
    /// Repositories known to hold a blob, the latest last: from there a registry can mount it.
    public var origins: [Digest: [Origin]] = [:]

    public struct Origin: Sendable, Hashable {
        public let registry: String
        public let repository: RepositoryName
    }

    public init() {}

    /// The names of an image in their order: tags, then digests.
    public func names(of id: Digest) -> [ImageReference] {
        references.filter { $0.value == id }.map(\.key).sorted {
            ($0.tag == nil ? 1 : 0, $0.description) < ($1.tag == nil ? 1 : 0, $1.description)
        }
    }

    /// The layers and configurations of all images.
    public var blobs: Set<Digest> { Set(images.values.flatMap { $0.manifest.blobs.map(\.digest) }) }

    /// The sizes of the layers and configurations of all images.
    public var blobSizes: [Digest: Int] {
        var sizes: [Digest: Int] = [:]
        for image in images.values { for blob in image.manifest.blobs { sizes[blob.digest] = blob.size } }
        return sizes
    }

    /// The layers of all images, as they were pulled.
    var layers: Set<Digest> { Set(images.values.flatMap { $0.manifest.layers.map(\.digest) }) }

    mutating func addOrigin(_ blob: Digest, _ origin: Origin) {
        origins[blob, default: []].removeAll { $0 == origin }
        origins[blob, default: []].append(origin)
    }
}

/// An image that the engine has.
public struct EngineImage: Sendable {
    public let config: ImageConfig
    /// The manifest it came with; pushed as it is, so that its digest stays the same everywhere.
    public let manifest: Manifest
    /// The bytes of files in each layer, lowest first.
    public let layerSizes: [Int]
    public var lastTagged: Instant?

    /// The configuration's digest.
    public var id: Digest { config.digest }
    public var size: Int { layerSizes.reduce(0, +) }

    /// The ids of the layers as stacked: each depends on all below it.
    /// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
    public var chainIDs: [Digest] {
        var chain: [Digest] = []
        for diffID in config.diffIDs {
            chain.append(chain.last.map { Digest(of: "\($0) \(diffID)".utf8) } ?? diffID)
        }
        return chain
    }
}

/// Keeps an engine's state. A change is whole or not at all.
public protocol EngineStore: Sendable {
    func read() -> EngineState
    func update<T>(_ change: (inout EngineState) throws -> T) throws -> T
}

/// State that ends with the engine.
public final class MemoryEngineStore: EngineStore {
    private let state = Mutex(EngineState())

    public init() {}

    public func read() -> EngineState { state.withLock { $0 } }

    public func update<T>(_ change: (inout EngineState) throws -> T) throws -> T {
        var copy = read()
        let result = try change(&copy)
        let changed = copy
        state.withLock { $0 = changed }
        return result
    }
}
