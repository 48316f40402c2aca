public import AWSCore

/// Images outside of any registry: an OCI layout in a folder or a tar file, or what `docker save` writes.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
public struct ImageArchive: Sendable {
    public struct Image: Sendable {
        /// What the archive calls it: a whole reference, or a tag alone; nil if nothing.
        public var name: String?
        public var manifest: Manifest

        public init(name: String?, manifest: Manifest) {
            self.name = name
            self.manifest = manifest
        }
    }

    /// The images that the archive names, and not what their indexes refer to.
    public let images: [Image]
    /// Where the content is.
    public let blobs: any BlobStore

    public init(images: [Image], blobs: any BlobStore) {
        self.images = images
        self.blobs = blobs
    }
}

// MARK: - Reading

extension ImageArchive {
    /// Reads an archive whole into a store.
    /// - Throws: ``ArchiveError`` if there is none at `path`, or none that can be read; ``ManifestError``
    public init(reading path: String, into blobs: any BlobStore) async throws {
        let files = Files.isDirectory(path) ? try Self.folder(path, blobs) : try Self.tar(path, blobs)
        if let index = files["index.json"] {
            images = try await Self.layout(index, blobs)
        } else if let list = files["manifest.json"] {
            images = try await Self.saved(list, files, blobs)
        } else {
            throw ArchiveError("\(path) is neither an OCI layout nor an archive of 'docker save'")
        }
        self.blobs = blobs
    }

    private static func folder(_ path: String, _ blobs: any BlobStore) throws -> [String: Digest] {
        var files: [String: Digest] = [:]
        for entry in try LayerEntry.contents(of: path) {
            guard case .file(.path(let place, _)) = entry.kind else { continue }
            files[entry.path] = try store(blobs) { consume in try Files.eachPiece(of: place, consume) }
        }
        return files
    }

    private static func tar(_ path: String, _ blobs: any BlobStore) throws -> [String: Digest] {
        guard let size = Files.size(path) else { throw ArchiveError("\(path): there is no such file") }
        let reader = try ArchiveReader(.file(path: path, offset: 0, length: size))
        var files: [String: Digest] = [:], links: [(String, String)] = []
        while let entry = try reader.next() {
            switch entry.kind {
            case .file: files[entry.path] = try store(blobs) { consume in try reader.content(consume) }
            case .hardLink(let target): links.append((entry.path, target))
            case .symbolicLink(let target): links.append((entry.path, resolve(target, from: entry.path)))
            default: break
            }
        }
        for (path, target) in links { files[path] = files[target] }
        return files
    }

    /// Docker used to link the layers that images share: `../<id>/layer.tar`.
    private static func resolve(_ target: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast()
        for part in target.split(separator: "/") {
            if part == ".." { parts = parts.dropLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    private static func store(_ blobs: any BlobStore, _ produce: ((Bytes) throws -> Void) throws -> Void) throws -> Digest {
        let id = UploadID.random()
        try blobs.beginUpload(id)
        do {
            try produce { try blobs.append($0, to: id, at: nil) }
            return try blobs.finishUpload(id, as: nil).digest
        } catch {
            _ = try? blobs.cancelUpload(id)
            throw error
        }
    }

    private static func layout(_ index: Digest, _ blobs: any BlobStore) async throws -> [Image] {
        let list = try Manifest(parsing: try await blobs.read(index), contentType: .ociIndex)
        var images: [Image] = []
        for entry in list.manifests where entry.mediaType.isManifest {
            let manifest = try Manifest(
                parsing: try await blobs.read(entry.digest, upTo: Manifest.maximumSize), contentType: entry.mediaType)
            let name = entry.annotations["io.containerd.image.name"] ?? entry.annotations["org.opencontainers.image.ref.name"]
            images.append(Image(name: name, manifest: manifest))
        }
        return images
    }

    /// What `docker save` wrote before it wrote layouts: configurations, layers and a list of them.
    private static func saved(_ list: Digest, _ files: [String: Digest], _ blobs: any BlobStore) async throws -> [Image] {
        let items = try JSON.parse(try await blobs.read(list)).elements ?? []
        var images: [Image] = []
        for item in items {
            func descriptor(_ path: String?, _ type: (Digest) async throws -> MediaType) async throws -> Descriptor {
                guard let path, let digest = files[path], let size = try blobs.size(of: digest) else {
                    throw ArchiveError("the archive lacks '\(path ?? "")'")
                }
                return Descriptor(mediaType: try await type(digest), digest: digest, size: size)
            }
            let config = try await descriptor(item["Config"]?.string) { _ in .ociConfig }
            var layers: [Descriptor] = []
            for path in item["Layers"]?.elements ?? [] {
                layers.append(try await descriptor(path.string) { try await layerType($0, blobs) })
            }
            let manifest = Manifest(image: config, layers: layers, mediaType: .ociManifest)
            let names = (item["RepoTags"]?.elements ?? []).compactMap(\.string)
            images += names.isEmpty ? [Image(name: nil, manifest: manifest)] : names.map { Image(name: $0, manifest: manifest) }
        }
        return images
    }

    private static func layerType(_ digest: Digest, _ blobs: any BlobStore) async throws -> MediaType {
        guard let body = try blobs.open(digest) else { throw BlobError.missing(digest) }
        let head: Bytes
        switch body {
        case .bytes(let bytes): head = Bytes(bytes.prefix(2))
        case .file(let path, _, let length):
            head = try await HTTPBody.file(path: path, offset: 0, length: min(2, length)).collect(upTo: 2)
        case .stream: head = []
        }
        return MediaType("application/vnd.oci.image.layer.v1.tar" + (head == [0x1f, 0x8b] ? "+gzip" : ""))
    }
}

// MARK: - Writing

extension ImageArchive {
    /// Writes an OCI layout: into a tar file if the path ends with `.tar`, into a new folder otherwise. `docker load` reads
    /// the tar file too.
    /// - Throws: ``BlobError/missing(_:)`` if the store lacks something; ``ArchiveError``, ``BlobError/storage(_:)``
    public func write(to path: String) async throws {
        var entries = [LayerEntry.file("oci-layout", #"{"imageLayoutVersion":"1.0.0"}"#)]
        var done: Set<Digest> = [], list: [Descriptor] = []
        for image in images {
            var descriptor = image.manifest.descriptor
            if let name = image.name { descriptor.annotations["org.opencontainers.image.ref.name"] = name }
            list.append(descriptor)
            try await collect(image.manifest, &entries, &done)
        }
        entries.append(
            LayerEntry("index.json", .file(.bytes(Manifest(index: list).bytes))))
        entries.append(LayerEntry("manifest.json", .file(.bytes(JSON.write(dockerList)))))
        if path.hasSuffix(".tar") { try Self.tar(entries, path) } else { try Self.folder(entries, path) }
    }

    private func collect(_ manifest: Manifest, _ entries: inout [LayerEntry], _ done: inout Set<Digest>) async throws {
        guard done.insert(manifest.digest).inserted else { return }
        entries.append(LayerEntry(Self.path(manifest.digest), .file(.bytes(manifest.bytes))))
        for blob in manifest.blobs where done.insert(blob.digest).inserted {
            let content: LayerEntry.Content
            switch try blobs.open(blob.digest) {
            case .bytes(let bytes)?: content = .bytes(bytes)
            case .file(let path, _, let length)?: content = .path(path, size: length)
            default: throw BlobError.missing(blob.digest)
            }
            entries.append(LayerEntry(Self.path(blob.digest), .file(content)))
        }
        for child in manifest.manifests where try blobs.contains(child.digest) {
            let bytes = try await blobs.read(child.digest, upTo: Manifest.maximumSize)
            try await collect(try Manifest(parsing: bytes, contentType: child.mediaType), &entries, &done)
        }
    }

    private static func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    /// The list by which `docker load` finds images.
    private var dockerList: Node {
        .list(
            images.filter { $0.manifest.config != nil }.map { image in
                .object([
                    .init("Config", .string(image.manifest.config.map { Self.path($0.digest) } ?? "")),
                    .init("RepoTags", .list(image.name.map { [.string($0)] } ?? [])),
                    .init("Layers", .list(image.manifest.layers.map { .string(Self.path($0.digest)) })),
                ])
            })
    }

    private static func tar(_ entries: [LayerEntry], _ path: String) throws {
        Files.remove(path)
        let file = try OpenFile(creating: path)
        let writer = try ArchiveWriter { try file.write($0) }
        for entry in entries { try writer.add(entry) }
        try writer.close()
    }

    private static func folder(_ entries: [LayerEntry], _ path: String) throws {
        guard Files.names(path).isEmpty else { throw ArchiveError("\(path) is not empty") }
        for entry in entries {
            let place = "\(path)/\(entry.path)"
            try Files.makeDirectory(String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)]))
            guard case .file(let content) = entry.kind else { continue }
            switch content {
            case .bytes(let bytes): try Files.writeAll(bytes, to: place)
            case .path(let source, _):
                Files.remove(place)
                let file = try OpenFile(creating: place)
                try Files.eachPiece(of: source) { try file.write($0) }
            case .archived: break
            }
        }
    }
}
