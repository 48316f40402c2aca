public import AWSCore
public import OCI
import Synchronization

/// The state of an image engine: images, their names, its logins. Bytes are in the blob store.
public struct EngineState: Sendable {
    /// Images by id.
    public var images: [Digest: EngineImage] = [:]
    /// The image id of each name. A name has either a tag or a digest.
    public var references: [ImageReference: Digest] = [:]
    /// Credentials by server address, with the keys of `config.json`.
    public var logins: [String: RegistryCredentials] = [:]
    /// Pulled blobs whose image is not here: its pull was cancelled or is still running.
    public var pulled: Set<Digest> = []
    /// Repositories known to have a blob, latest last. A registry can mount the blob from there.
    public var origins: [Digest: [Origin]] = [:]

    /// A repository of a registry.
    public struct Origin: Sendable, Hashable {
        public let registry: String
        public let repository: RepositoryName
    }

    public init() {}

    /// Returns an image's names in order: tags, then digests.
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

    /// The digests of the layers of all images, as pulled.
    var layers: Set<Digest> { Set(images.values.flatMap { $0.manifest.layers.map(\.digest) }) }

    mutating func addOrigin(_ blob: Digest, _ origin: Origin) {
        origins[blob, default: []].removeAll { $0 == origin }
        origins[blob, default: []].append(origin)
    }
}

/// An image in the engine.
public struct EngineImage: Sendable {
    public let config: ImageConfig
    /// The manifest it was pulled with. It is pushed unchanged, so that its digest stays the same.
    public let manifest: Manifest
    /// The total size of the files in each layer in bytes, lowest layer first.
    public let layerSizes: [Int]
    public var lastTagged: Instant?

    /// The configuration's digest.
    public var id: Digest { config.digest }
    public var size: Int { layerSizes.reduce(0, +) }

    /// The ids of the stacked layers: each depends on all layers below it.
    /// https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md#layer-chainid
    public var chainIDs: [Digest] {
        var chain: [Digest] = []
        for diffID in config.diffIDs {
            chain.append(chain.last.map { Digest(of: "\($0) \(diffID)".utf8) } ?? diffID)
        }
        return chain
    }
}

/// Stores an engine's state. Changes are atomic.
public protocol EngineStore: Sendable {
    /// Returns the current state.
    func read() -> EngineState
    /// Changes the state and returns the closure's result.
    /// - Throws: the closure's error, or the storage's. The state is then unchanged.
    func update<T>(_ change: (inout EngineState) throws -> T) throws -> T
}

/// State in memory only.
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
