public import AWSCore

/// An image and its names, to be written to or read from a file.
public struct NamedImage: Sendable {
    public var manifest: Manifest
    public var names: [ImageReference]

    public init(_ manifest: Manifest, names: [ImageReference] = []) {
        self.manifest = manifest
        self.names = names
    }
}

/// Images in files with their names, as an engine has them. The formats are a folder in OCI image layout, and the tar archive of
/// `docker save`, which since Docker 25 is that layout with a `manifest.json`. ``ImageArchive`` keeps what registries have: tags
/// and indexes.
public enum ImageLayout {
    /// Writes images to a folder. Existing files stay, except the index.
    /// - Throws: ``BlobError/missing(_:)`` if a required blob is missing.
    public static func write(_ images: [NamedImage], from store: any BlobStore, to folder: String) async throws {
        try await ArchiveEntries(listed(images), from: store).write(toFolder: folder)
    }

    /// Writes images as `docker save` does. Equal images give equal bytes.
    public static func save(_ images: [NamedImage], from store: any BlobStore, to path: String) async throws {
        try await ArchiveEntries(listed(images), from: store).writeTar(to: path)
    }

    /// Reads the images of a folder into a store, including all images of nested indexes.
    ///
    /// - Throws: ``ArchiveError`` if the folder is not a layout, ``ManifestError``, ``BlobError`` for missing or damaged blobs.
    public static func read(_ folder: String, into store: any BlobStore) async throws -> [NamedImage] {
        let files = try ArchiveFiles(folder: folder, into: store)
        guard files["oci-layout"] != nil else { throw ArchiveError("\(folder): not an OCI image layout") }
        return try await named(try await files.images(), store)
    }

    /// Reads an archive of any version of `docker save` into a store.
    ///
    /// - Throws: ``ArchiveError`` for any other archive, ``ManifestError``, ``BlobError``.
    public static func load(_ archive: HTTPBody, into store: any BlobStore) async throws -> [NamedImage] {
        try await named(try await ArchiveFiles(tar: archive, into: store).images(), store)
    }

    static func listed(_ images: [NamedImage]) -> [ListedImage] {
        images.flatMap { image -> [ListedImage] in
            if image.names.isEmpty { return [ListedImage(manifest: image.manifest)] }
            return image.names.map {
                ListedImage(manifest: image.manifest, names: [$0.description], tag: $0.tag?.description)
            }
        }
    }

    private static func named(_ listed: [ListedImage], _ store: any BlobStore) async throws -> [NamedImage] {
        var images: [NamedImage] = []
        for entry in listed {
            if case .index = entry.manifest.content {
                images += try await named(try await ArchiveFiles.images(in: entry.manifest.bytes, store), store)
                continue
            }
            let names = entry.names.compactMap { try? ImageReference(parsing: $0) }
            if let place = images.firstIndex(where: { $0.manifest == entry.manifest }) {
                images[place].names += names
            } else {
                images.append(NamedImage(entry.manifest, names: names))
            }
        }
        return images
    }
}
