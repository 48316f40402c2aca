/// Images in files, with the structure they have in a registry. The files are an OCI layout in a folder or a tar file, or an
/// archive of `docker save`. Indexes are kept.
public struct ImageArchive: Sendable {
    /// An image of an archive.
    public struct Image: Sendable {
        /// The image's name in the archive: a full reference or only a tag; nil if it has none.
        public var name: String?
        public var manifest: Manifest

        public init(name: String?, manifest: Manifest) {
            self.name = name
            self.manifest = manifest
        }
    }

    /// The images that the archive names, without those in their indexes.
    public let images: [Image]
    /// The store with the content.
    public let blobs: any BlobStore

    public init(images: [Image], blobs: any BlobStore) {
        self.images = images
        self.blobs = blobs
    }

    /// Reads a whole archive into a store.
    /// - Throws: ``ArchiveError`` if `path` has no archive or an unreadable one; ``ManifestError``, ``BlobError``
    public init(reading path: String, into blobs: any BlobStore) async throws {
        let files: ArchiveFiles
        if Files.isDirectory(path) {
            files = try ArchiveFiles(folder: path, into: blobs)
        } else {
            guard let size = Files.size(path) else { throw ArchiveError("no such file") }
            files = try ArchiveFiles(tar: .file(path: path, offset: 0, length: size), into: blobs)
        }
        images = try await files.images().flatMap { image -> [Image] in
            let names: [String?] = image.names.isEmpty ? [image.tag] : image.names
            return names.map { Image(name: $0, manifest: image.manifest) }
        }
        self.blobs = blobs
    }

    /// Writes an OCI layout atomically: as a tar file if the path ends in `.tar`, compressed with gzip for `.tar.gz` and `.tgz`,
    /// otherwise as a new folder. `docker load` can read the files.
    /// - Throws: ``BlobError/missing(_:)`` if a required blob is missing; ``ArchiveError``, ``BlobError/storage(_:)``,
    ///   `CancellationError`
    public func write(to path: String) async throws {
        try await Self.write(images.map { ListedImage(manifest: $0.manifest, tag: $0.name) }, from: blobs, to: path)
    }

    /// Writes images with an engine's names to the same kinds of files as ``write(to:)``.
    /// - Throws: as ``write(to:)``.
    public static func write(_ images: [NamedImage], from blobs: any BlobStore, to path: String) async throws {
        try await write(ImageLayout.listed(images), from: blobs, to: path)
    }

    private static func write(_ images: [ListedImage], from blobs: any BlobStore, to path: String) async throws {
        try checkTarget(path)
        let entries = try await ArchiveEntries(images, from: blobs)
        if let isPacked = isPackedFile(path) { return try entries.writeTar(to: path, isPacked: isPacked) }
        try entries.write(toNewFolder: path)
    }

    /// Checks in advance whether an archive can be written to a path.
    /// - Throws: ``ArchiveError`` with the reason if it cannot.
    public static func checkTarget(_ path: String) throws {
        guard !path.isEmpty else { throw ArchiveError("the path is empty") }
        if isPackedFile(path) != nil {
            guard !Files.isDirectory(path) else { throw ArchiveError("\(path) is a folder") }
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
            guard Files.isDirectory(String(folder)) else { throw ArchiveError("\(path): no such folder") }
            return
        }
        for suffix in [".tar.zst", ".tar.xz", ".tar.bz2", ".txz", ".tbz2", ".gz", ".zst", ".xz", ".zip"]
        where path.hasSuffix(suffix) {
            throw ArchiveError("\(path): archives are written as .tar, .tar.gz or .tgz, not as \(suffix)")
        }
        guard !Files.exists(path) || Files.isDirectory(path) else {
            throw ArchiveError("\(path) is a file; a layout is written to a folder, or to a name that ends with .tar")
        }
        guard Files.names(path).isEmpty else { throw ArchiveError("\(path) is not empty") }
    }

    /// Whether an archive at this path is a file, not a folder.
    public static func isFile(_ path: String) -> Bool { isPackedFile(path) != nil }

    /// Whether a tar file is compressed; nil if the path is a folder's.
    private static func isPackedFile(_ path: String) -> Bool? {
        if path.hasSuffix(".tar") { return false }
        return path.hasSuffix(".tar.gz") || path.hasSuffix(".tgz") ? true : nil
    }
}
