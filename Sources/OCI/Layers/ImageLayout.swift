public import AWSCore

/// An image and what it is called, on its way to or from a file.
public struct NamedImage: Sendable {
    public var manifest: Manifest
    public var names: [ImageReference]

    public init(_ manifest: Manifest, names: [ImageReference] = []) {
        self.manifest = manifest
        self.names = names
    }
}

/// The two forms in which images lie in files: a folder in OCI image layout, and the tar archive of `docker save`, which since
/// Docker 25 is the same layout with a `manifest.json` beside it.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
public enum ImageLayout {
    private static let marker = Bytes(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)
    static let nameAnnotation = "io.containerd.image.name"
    static let tagAnnotation = "org.opencontainers.image.ref.name"

    // MARK: Folder

    /// Writes images to a folder; what is in it already stays, but for its index.
    /// - Throws: ``BlobError/missing(_:)`` if the store lacks a blob.
    public static func write(_ images: [NamedImage], from store: any BlobStore, to folder: String) async throws {
        try Files.makeDirectory("\(folder)/blobs/sha256")
        for image in images {
            try Files.writeAll(image.manifest.bytes, to: path(of: image.manifest.digest, in: folder))
            for blob in image.manifest.blobs {
                guard let content = try store.open(blob.digest) else { throw BlobError.missing(blob.digest) }
                let target = path(of: blob.digest, in: folder)
                if Files.size(target) == blob.size { continue }
                try Files.makeDirectory("\(folder)/blobs/\(blob.digest.algorithm.rawValue)")
                let file = try OpenFile(creating: target + ".part")
                try await content.forEachPiece { try file.write($0) }
                try Files.rename(target + ".part", to: target)
            }
        }
        try Files.writeAll(index(images).bytes, to: "\(folder)/index.json")
        try Files.writeAll(marker, to: "\(folder)/oci-layout")
    }

    /// Reads the images of a folder into a store; of an index within the index, all of its images.
    ///
    /// - Throws: ``ArchiveError`` if it isn't a layout, ``ManifestError``, ``BlobError`` for what is missing or damaged.
    public static func read(_ folder: String, into store: any BlobStore) async throws -> [NamedImage] {
        guard Files.size("\(folder)/oci-layout") != nil else { throw ArchiveError("\(folder): not an OCI image layout") }
        for algorithm in Digest.Algorithm.allCases {
            for name in Files.names("\(folder)/blobs/\(algorithm.rawValue)") {
                guard let digest = Digest("\(algorithm.rawValue):\(name)") else { continue }
                let path = path(of: digest, in: folder)
                guard let size = Files.size(path), try !store.contains(digest) else { continue }
                try await store.store(.file(path: path, offset: 0, length: size), as: digest)
            }
        }
        return try await images(in: try Files.readAll("\(folder)/index.json"), store)
    }

    private static func path(of digest: Digest, in folder: String) -> String {
        "\(folder)/blobs/\(digest.algorithm.rawValue)/\(digest.hex)"
    }

    // MARK: Archive

    /// Writes images as `docker save` does. The same images give the same bytes.
    public static func save(_ images: [NamedImage], from store: any BlobStore, to path: String) async throws {
        let file = try OpenFile(creating: path + ".part")
        let writer = try ArchiveWriter { try file.write($0) }
        var entries: [String: LayerEntry] = [
            "index.json": .init("index.json", .file(.bytes(index(images).bytes))),
            "oci-layout": .init("oci-layout", .file(.bytes(marker))),
            "manifest.json": .init("manifest.json", .file(.bytes(JSON.write(.list(images.map(listing)))))),
            "blobs": .directory("blobs"), "blobs/sha256": .directory("blobs/sha256"),
        ]
        for image in images {
            let manifest = blobPath(image.manifest.digest)
            entries[manifest] = LayerEntry(manifest, .file(.bytes(image.manifest.bytes)))
            for blob in image.manifest.blobs {
                let place = blobPath(blob.digest)
                switch try store.open(blob.digest) {
                case .file(let path, 0, let size)?: entries[place] = LayerEntry(place, .file(.path(path, size: size)))
                case let content?:
                    entries[place] = LayerEntry(place, .file(.bytes(try await content.collect(upTo: .max))))
                case nil: throw BlobError.missing(blob.digest)
                }
            }
        }
        for entry in entries.sorted(by: { $0.key < $1.key }) { try writer.add(entry.value) }
        try writer.close()
        try Files.rename(path + ".part", to: path)
    }

    /// Reads what `docker save` wrote, of any age, into a store.
    ///
    /// - Throws: ``ArchiveError`` if it isn't such an archive, ``ManifestError``, ``BlobError``.
    public static func load(_ archive: HTTPBody, into store: any BlobStore) async throws -> [NamedImage] {
        let reader = try ArchiveReader(archive)
        var stored: [String: StoredBlob] = [:]
        var links: [String: String] = [:]
        while let entry = try reader.next() {
            switch entry.kind {
            case .file:
                let id = UploadID.random()
                try store.beginUpload(id)
                do {
                    try reader.content { try store.append($0, to: id, at: nil) }
                    stored[entry.path] = try store.finishUpload(id, as: nil)
                } catch {
                    _ = try? store.cancelUpload(id)
                    throw error
                }
            // Docker of old replaced a layer that occurs twice by a link.
            case .symbolicLink(let target): links[entry.path] = resolve(target, from: entry.path)
            case .hardLink(let target): links[entry.path] = target
            case .directory, .other: break
            }
        }
        for (path, target) in links where stored[path] == nil { stored[path] = stored[target] }
        if let index = stored["index.json"] { return try await images(in: try await store.read(index.digest), store) }
        guard let list = stored["manifest.json"] else { throw ArchiveError("not an image archive: it has no manifest.json") }
        let items = try JSON.parse(try await store.read(list.digest)).elements ?? []
        var images: [NamedImage] = []
        for item in items { images.append(try await image(item, stored, store)) }
        return images
    }

    /// An image of an archive that has no manifests, only a list of files: the layers are bare tar archives.
    private static func image(_ item: Node, _ stored: [String: StoredBlob], _ store: any BlobStore) async throws -> NamedImage {
        guard let path = item["Config"]?.string, let config = stored[path] else {
            throw ArchiveError("manifest.json names a configuration that isn't there")
        }
        let read = try ImageConfig(parsing: try await store.read(config.digest))
        let paths = (item["Layers"]?.elements ?? []).compactMap(\.string)
        guard paths.count == read.diffIDs.count else { throw ArchiveError("layers don't match the configuration of \(path)") }
        var layers: [Descriptor] = []
        for (path, diffID) in zip(paths, read.diffIDs) {
            guard let layer = stored[path] else { throw ArchiveError("layer \(path) is missing") }
            let type = layer.digest == diffID ? MediaType.ociLayer : .ociLayerGzip
            layers.append(Descriptor(mediaType: type, digest: layer.digest, size: layer.size))
        }
        let manifest = Manifest(
            image: Descriptor(mediaType: .ociConfig, digest: config.digest, size: config.size), layers: layers,
            mediaType: .ociManifest)
        let names = (item["RepoTags"]?.elements ?? []).compactMap { $0.string.flatMap { try? ImageReference(parsing: $0) } }
        return NamedImage(manifest, names: names)
    }

    private static func resolve(_ target: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in target.split(separator: "/") {
            if part == ".." { _ = parts.popLast() } else if part != "." { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    private static func blobPath(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    private static func listing(_ image: NamedImage) -> Node {
        .object([
            .init("Config", image.manifest.config.map { .string(blobPath($0.digest)) } ?? .null),
            .init("RepoTags", .list(image.names.filter { $0.tag != nil }.map { .string($0.familiar) })),
            .init("Layers", .list(image.manifest.layers.map { .string(blobPath($0.digest)) })),
        ])
    }

    // MARK: Index

    private static func index(_ images: [NamedImage]) -> Manifest {
        Manifest(
            index: images.flatMap { image -> [Descriptor] in
                let plain = image.manifest.descriptor
                if image.names.isEmpty { return [plain] }
                return image.names.map { name in
                    var named = plain
                    named.annotations[nameAnnotation] = name.description
                    named.annotations[tagAnnotation] = name.tag?.description
                    return named
                }
            })
    }

    private static func images(in index: Bytes, _ store: any BlobStore) async throws -> [NamedImage] {
        var images: [NamedImage] = []
        for entry in try Manifest(parsing: index).manifests {
            let manifest = try Manifest(
                parsing: try await store.read(entry.digest, upTo: Manifest.maximumSize), contentType: entry.mediaType)
            let name = entry.annotations[nameAnnotation].flatMap { try? ImageReference(parsing: $0) }
            if case .index = manifest.content {
                images += try await Self.images(in: manifest.bytes, store)
            } else if let place = images.firstIndex(where: { $0.manifest == manifest }) {
                if let name { images[place].names.append(name) }
            } else {
                images.append(NamedImage(manifest, names: name.map { [$0] } ?? []))
            }
        }
        return images
    }
}
