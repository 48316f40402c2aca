public import AWSCore

/// Builds images with reproducible digests: entries are sorted, and their times are fixed.
public struct ImageBuilder: Sendable {
    public var platform = Platform.linuxAMD64
    /// The creation time in the configuration.
    public var created = Instant(milliseconds: 0)
    /// The time of every file. Separate from ``created``, so that images created at different times can share layers.
    public var fileTime = Instant(milliseconds: 0)
    public var execution = ImageConfig.Execution()
    /// The configuration's `config` member, in place of ``execution``.
    public var executionDocument: Node?
    /// Instructions for the history that change only the configuration.
    public var instructions: [String] = []
    public var compression = LayerCompression.stored
    /// ``MediaType/dockerManifest`` or ``MediaType/ociManifest``
    public var manifestType = MediaType.dockerManifest
    private var layers: [(content: Content, createdBy: String)] = []
    private var base: (manifest: Manifest, config: ImageConfig)?

    /// The content of a layer to add.
    enum Content: Sendable {
        case entries([LayerEntry])
        /// A tar archive, compressed or not.
        case archive(HTTPBody)
    }

    public init() {}

    /// Creates a builder that adds layers to an existing image.
    public init(on manifest: Manifest, _ config: ImageConfig) {
        base = (manifest, config)
        platform = config.platform
        manifestType = manifest.mediaType
    }

    /// Adds a layer of entries, in any order. Missing parent directories are added.
    public mutating func addLayer(_ entries: [LayerEntry], createdBy: String = "ADD files / # drydock") {
        layers.append((.entries(entries), createdBy))
    }

    /// Adds a layer with everything in a folder.
    /// - Throws: ``ArchiveError`` if the folder cannot be read.
    public mutating func addLayer(folder: String, createdBy: String? = nil) throws {
        layers.append((.entries(try LayerEntry.contents(of: folder)), createdBy ?? "COPY . / # drydock"))
    }

    /// Adds a tar archive as a layer. Its entries are not changed.
    ///
    /// - Parameter archive: bytes or a file, compressed or not.
    /// - Throws: ``ArchiveError`` if it is not a tar archive.
    public mutating func addLayer(archive: HTTPBody, createdBy: String = "ADD archive / # drydock") throws {
        _ = try ArchiveReader.entries(of: archive)
        layers.append((.archive(archive), createdBy))
    }

    /// A built image; its blobs are in the store.
    public struct Image: Sendable {
        public let manifest: Manifest
        public let config: ImageConfig
        /// The added layers, without the base image's.
        public let layers: [Layer]

        public init(manifest: Manifest, config: ImageConfig, layers: [Layer] = []) {
            self.manifest = manifest
            self.config = config
            self.layers = layers
        }
    }

    /// A built layer.
    public struct Layer: Sendable, Hashable {
        public let descriptor: Descriptor
        /// The digest of the uncompressed tar archive.
        public let diffID: Digest
    }

    /// Builds layers, configuration and manifest, and stores layers and configuration. The caller stores the manifest.
    public func build(into store: any BlobStore) throws -> Image {
        let built = try layers.map { try Self.layer($0.content, fileTime, compression, manifestType, into: store) }
        var history = base?.config.history ?? []
        history += layers.map { ImageConfig.History(created: created, createdBy: $0.createdBy) }
        if !execution.command.isEmpty || !execution.entrypoint.isEmpty {
            history.append(.init(created: created, createdBy: Self.instruction(execution), emptyLayer: true))
        }
        history += instructions.map { ImageConfig.History(created: created, createdBy: $0, emptyLayer: true) }
        let config = ImageConfig(
            platform: platform, created: created, execution: executionDocument ?? execution.node,
            diffIDs: (base?.config.diffIDs ?? []) + built.map(\.diffID), history: history)
        try store.store(config.bytes)
        let type = manifestType.isOCI ? MediaType.ociConfig : .dockerConfig
        let manifest = Manifest(
            image: Descriptor(mediaType: type, digest: config.digest, size: config.bytes.count),
            layers: (base?.manifest.layers ?? []) + built.map(\.descriptor), mediaType: manifestType)
        return Image(manifest: manifest, config: config, layers: built)
    }

    private static func instruction(_ execution: ImageConfig.Execution) -> String {
        let word = execution.command.isEmpty ? "ENTRYPOINT" : "CMD"
        let words = execution.command.isEmpty ? execution.entrypoint : execution.command
        let list = words.map { String(decoding: JSON.write(.string($0)), as: UTF8.self) }.joined(separator: " ")
        return "\(word) [\(list)]"
    }

    /// Compresses and stores one layer.
    private static func layer(
        _ content: Content, _ time: Instant, _ compression: LayerCompression, _ manifestType: MediaType,
        into store: any BlobStore
    ) throws -> Layer {
        let id = UploadID.random()
        try store.beginUpload(id)
        do {
            var digester = Digester()
            var compressor = try compression.compressor { try store.append($0, to: id, at: nil) }
            let output: (Bytes) throws -> Void = { bytes in
                digester.update(bytes)
                try compressor.write(bytes)
            }
            switch content {
            case .entries(let entries): try write(entries, time, output)
            case .archive(let archive): try ArchiveReader.unpack(archive, output)
            }
            try compressor.finish()
            let blob = try store.finishUpload(id, as: nil)
            return Layer(
                descriptor: Descriptor(
                    mediaType: compression.mediaType(in: manifestType), digest: blob.digest, size: blob.size),
                diffID: digester.finish())
        } catch {
            _ = try? store.cancelUpload(id)
            throw error
        }
    }

    private static func write(_ entries: [LayerEntry], _ time: Instant, _ output: @escaping (Bytes) throws -> Void) throws {
        let writer = try ArchiveWriter(output)
        for var entry in complete(entries) {
            entry.modified = time
            try writer.add(entry)
        }
        try writer.close()
    }

    /// Returns the entries sorted by path components, with parent directories before their content. For equal paths the last
    /// entry wins.
    private static func complete(_ entries: [LayerEntry]) -> [LayerEntry] {
        var byPath: [String: LayerEntry] = [:]
        for var entry in entries {
            let parts = entry.path.split(separator: "/").filter { $0 != "." && $0 != ".." }.map(String.init)
            guard !parts.isEmpty else { continue }
            entry.path = parts.joined(separator: "/")
            for depth in 1..<max(1, parts.count) {
                let parent = parts.prefix(depth).joined(separator: "/")
                if byPath[parent] == nil { byPath[parent] = .directory(parent) }
            }
            byPath[entry.path] = entry
        }
        return byPath.values.sorted { a, b in
            a.path.split(separator: "/").lexicographicallyPrecedes(b.path.split(separator: "/")) { a, b in
                a.utf8.lexicographicallyPrecedes(b.utf8)
            }
        }
    }
}
