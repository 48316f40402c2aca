/// Images outside of any registry, as a registry has them: an OCI layout in a folder or a tar file, or what `docker save`
/// writes. Indexes stay what they are.
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

    /// Reads an archive whole into a store.
    /// - Throws: ``ArchiveError`` if there is none at `path`, or none that can be read; ``ManifestError``, ``BlobError``
    public init(reading path: String, into blobs: any BlobStore) async throws {
        let files: ArchiveFiles
        if Files.isDirectory(path) {
            files = try ArchiveFiles(folder: path, into: blobs)
        } else {
            guard let size = Files.size(path) else { throw ArchiveError("\(path): there is no such file") }
            files = try ArchiveFiles(tar: .file(path: path, offset: 0, length: size), into: blobs)
        }
        images = try await files.images().flatMap { image -> [Image] in
            let names: [String?] = image.names.isEmpty ? [image.tag] : image.names
            return names.map { Image(name: $0, manifest: image.manifest) }
        }
        self.blobs = blobs
    }

    /// Writes an OCI layout: into a tar file if the path ends with `.tar`, into a new folder otherwise. `docker load` reads
    /// the tar file too.
    /// - Throws: ``BlobError/missing(_:)`` if the store lacks something; ``ArchiveError``, ``BlobError/storage(_:)``
    public func write(to path: String) async throws {
        let entries = try await ArchiveEntries(
            images.map { ListedImage(manifest: $0.manifest, tag: $0.name) }, from: blobs)
        if path.hasSuffix(".tar") { return try entries.writeTar(to: path) }
        guard Files.names(path).isEmpty else { throw ArchiveError("\(path) is not empty") }
        try entries.write(toFolder: path)
    }
}
