import AWSCore

/// An image as listed in an archive.
struct ListedImage {
    var manifest: Manifest
    /// The full names, from containerd's annotation or the list of `docker save`.
    var names: [String] = []
    /// The name in OCI's annotation: a full name or only a tag.
    var tag: String?

    static let nameAnnotation = "io.containerd.image.name"
    static let tagAnnotation = "org.opencontainers.image.ref.name"
}

/// The files of an archive or a folder by path, with their content in a blob store.
///
/// https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md
struct ArchiveFiles {
    private var files: [String: StoredBlob] = [:]
    private let blobs: any BlobStore

    /// Reads a tar archive into a store. A file at a blob's path must have the digest in that path.
    /// - Throws: ``BlobError/digest(expected:found:)``, `CancellationError`
    init(tar archive: HTTPBody, into blobs: any BlobStore) throws {
        self.blobs = blobs
        let reader = try ArchiveReader(archive)
        var links: [(String, String)] = []
        while let entry = try reader.next() {
            switch entry.kind {
            case .file:
                files[entry.path] = try Self.store(blobs, as: Self.blob(entry.path)) { try reader.content($0) }
            // Old versions of Docker replaced a repeated layer by a link.
            case .hardLink(let target): links.append((entry.path, target))
            case .symbolicLink(let target): links.append((entry.path, Self.resolve(target, from: entry.path)))
            case .directory, .other: break
            }
        }
        for (path, target) in links where files[path] == nil { files[path] = files[target] }
    }

    /// Reads a folder into a store. A file at a blob's path must have the digest in that path.
    /// - Throws: ``BlobError/digest(expected:found:)``, `CancellationError`
    init(folder: String, into blobs: any BlobStore) throws {
        self.blobs = blobs
        for entry in try LayerEntry.contents(of: folder) {
            guard case .file(.path(let place, let size)) = entry.kind else { continue }
            let named = Self.blob(entry.path)
            if let named, try blobs.size(of: named) == size, try blobs.touch(named) {
                files[entry.path] = StoredBlob(digest: named, size: size)
            } else {
                files[entry.path] = try Self.store(blobs, as: named) { try Files.eachPiece(of: place, $0) }
            }
        }
    }

    /// Returns the digest in a blob's path; nil for other paths.
    private static func blob(_ path: String) -> Digest? {
        let parts = path.split(separator: "/")
        return parts.count == 3 && parts[0] == "blobs" ? Digest("\(parts[1]):\(parts[2])") : nil
    }

    private static func store(
        _ blobs: any BlobStore, as digest: Digest?, _ produce: ((Bytes) throws -> Void) throws -> Void
    ) throws -> StoredBlob {
        let id = UploadID.random()
        try blobs.beginUpload(id)
        do {
            try produce {
                try Task.checkCancellation()
                try blobs.append($0, to: id, at: nil)
            }
            return try blobs.finishUpload(id, as: digest)
        } catch {
            _ = try? blobs.cancelUpload(id)
            throw error
        }
    }

    /// Resolves a link such as `../<id>/layer.tar`, relative to the link's own path.
    private static func resolve(_ target: String, from path: String) -> String {
        var parts = path.split(separator: "/").dropLast()
        for part in target.split(separator: "/") {
            if part == ".." { parts = parts.dropLast() } else if part != "." { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    subscript(path: String) -> StoredBlob? { files[path] }

    /// Returns the images listed in the archive: an OCI layout, or the older format of `docker save`.
    /// - Throws: ``ArchiveError`` for any other archive, ``ManifestError``, ``BlobError`` for missing or damaged blobs.
    func images() async throws -> [ListedImage] {
        if let index = files["index.json"] { return try await Self.images(in: try await blobs.read(index.digest), blobs) }
        guard let list = files["manifest.json"] else {
            throw ArchiveError("neither an OCI layout nor an archive of 'docker save': there is no index.json or manifest.json")
        }
        var images: [ListedImage] = []
        guard let items = try JSON.parse(try await blobs.read(list.digest)).elements else {
            throw ArchiveError(
                "neither an OCI layout nor an archive of 'docker save': its manifest.json is not a list of images")
        }
        for item in items { images.append(try await saved(item)) }
        return images
    }

    /// Returns the images listed in an index, including nested indexes.
    static func images(in index: Bytes, _ blobs: any BlobStore) async throws -> [ListedImage] {
        var images: [ListedImage] = []
        for entry in try Manifest(parsing: index, contentType: .ociIndex).manifests where entry.mediaType.isManifest {
            let manifest = try Manifest(
                parsing: try await blobs.read(entry.digest, upTo: Manifest.maximumSize), contentType: entry.mediaType)
            images.append(
                ListedImage(
                    manifest: manifest, names: entry.annotations[ListedImage.nameAnnotation].map { [$0] } ?? [],
                    tag: entry.annotations[ListedImage.tagAnnotation]))
        }
        return images
    }

    /// Returns an image of an archive that has no manifests, only a list of files.
    private func saved(_ item: Node) async throws -> ListedImage {
        guard let path = item["Config"]?.string, let config = files[path] else {
            throw ArchiveError("manifest.json names a configuration that is missing")
        }
        let read = try ImageConfig(parsing: try await blobs.read(config.digest))
        let paths = (item["Layers"]?.elements ?? []).compactMap(\.string)
        guard paths.count == read.diffIDs.count else { throw ArchiveError("layers don't match the configuration of \(path)") }
        var layers: [Descriptor] = []
        for (path, diffID) in zip(paths, read.diffIDs) {
            guard let layer = files[path] else { throw ArchiveError("layer \(path) is missing") }
            let type = layer.digest == diffID ? MediaType.ociLayer : .ociLayerGzip
            layers.append(Descriptor(mediaType: type, digest: layer.digest, size: layer.size))
        }
        let manifest = Manifest(
            image: Descriptor(mediaType: .ociConfig, digest: config.digest, size: config.size), layers: layers,
            mediaType: .ociManifest)
        return ListedImage(manifest: manifest, names: (item["RepoTags"]?.elements ?? []).compactMap(\.string))
    }
}
