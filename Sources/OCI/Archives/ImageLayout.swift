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

/// Images in files as an engine has them, each with the names it goes by: a folder in OCI image layout, and the tar archive of
/// `docker save`, which since Docker 25 is the same layout with a `manifest.json` beside it. ``ImageArchive`` is what registries
/// have: tags, and indexes as they are.
public enum ImageLayout {
    /// Writes images to a folder; what is in it already stays, but for its index.
    /// - Throws: ``BlobError/missing(_:)`` if the store lacks a blob.
    public static func write(_ images: [NamedImage], from store: any BlobStore, to folder: String) async throws {
        try await ArchiveEntries(listed(images), from: store).write(toFolder: folder)
    }

    /// Writes images as `docker save` does. The same images give the same bytes.
    public static func save(_ images: [NamedImage], from store: any BlobStore, to path: String) async throws {
        try await ArchiveEntries(listed(images), from: store).writeTar(to: path)
    }

    /// Reads the images of a folder into a store; of an index within the index, all of its images.
    ///
    /// - Throws: ``ArchiveError`` if it isn't a layout, ``ManifestError``, ``BlobError`` for what is missing or damaged.
    public static func read(_ folder: String, into store: any BlobStore) async throws -> [NamedImage] {
        let files = try ArchiveFiles(folder: folder, into: store)
        guard files["oci-layout"] != nil else { throw ArchiveError("\(folder): not an OCI image layout") }
        return try await named(try await files.images(), store)
    }

    /// Reads what `docker save` wrote, of any age, into a store.
    ///
    /// - Throws: ``ArchiveError`` if it isn't such an archive, ``ManifestError``, ``BlobError``.
    public static func load(_ archive: HTTPBody, into store: any BlobStore) async throws -> [NamedImage] {
        try await named(try await ArchiveFiles(tar: archive, into: store).images(), store)
    }

    private static func listed(_ images: [NamedImage]) -> [ListedImage] {
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
