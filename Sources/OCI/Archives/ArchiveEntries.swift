import AWSCore

/// The files of an OCI layout, with the `manifest.json` in which every version of `docker load` finds images. Equal images give
/// equal files, sorted by path.
struct ArchiveEntries {
    private var entries: [String: LayerEntry] = [:]
    /// The available images of each index.
    private var children: [Digest: [(platform: Platform?, manifest: Manifest)]] = [:]
    private let blobs: any BlobStore

    /// - Throws: ``BlobError/missing(_:)`` if a required blob is missing.
    init(_ images: [ListedImage], from blobs: any BlobStore) async throws {
        self.blobs = blobs
        add("oci-layout", Bytes(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
        add("index.json", Self.index(images).bytes)
        for folder in ["blobs", "blobs/sha256"] { entries[folder] = .directory(folder) }
        for image in images { try await add(image.manifest) }
        add("manifest.json", JSON.write(listing(images)))
    }

    private mutating func add(_ path: String, _ bytes: Bytes) { entries[path] = LayerEntry(path, .file(.bytes(bytes))) }

    private mutating func add(_ manifest: Manifest) async throws {
        let place = Self.path(manifest.digest)
        guard entries[place] == nil else { return }
        add(place, manifest.bytes)
        for blob in manifest.blobs {
            let place = Self.path(blob.digest)
            switch try blobs.open(blob.digest) {
            case .file(let path, 0, let size)?: entries[place] = LayerEntry(place, .file(.path(path, size: size)))
            case let content?: add(place, try await content.collect(upTo: .max))
            case nil: throw BlobError.missing(blob.digest)
            }
        }
        // An index may list images of platforms that were not added.
        for child in manifest.manifests where try blobs.contains(child.digest) {
            let bytes = try await blobs.read(child.digest, upTo: Manifest.maximumSize)
            let image = try Manifest(parsing: bytes, contentType: child.mediaType)
            children[manifest.digest, default: []].append((child.platform, image))
            try await add(image)
        }
    }

    private static func path(_ digest: Digest) -> String { "blobs/\(digest.algorithm.rawValue)/\(digest.hex)" }

    /// Returns the index. It lists an image once for each of its names.
    private static func index(_ images: [ListedImage]) -> Manifest {
        Manifest(
            index: images.map { image in
                var descriptor = image.manifest.descriptor
                descriptor.annotations[ListedImage.nameAnnotation] = image.names.first
                descriptor.annotations[ListedImage.tagAnnotation] = image.tag
                return descriptor
            })
    }

    /// Returns Docker's list: each image once, with all of its names in short form. Docker's list has no indexes, so an index
    /// is listed as the image that this machine would run.
    private func listing(_ images: [ListedImage]) -> Node {
        var names: [Digest: [String]] = [:], order: [Manifest] = []
        for image in images {
            guard let manifest = image.manifest.config == nil ? runnable(of: image.manifest) : image.manifest else { continue }
            if names[manifest.digest] == nil { order.append(manifest) }
            let own = image.names.compactMap { name -> String? in
                guard let reference = try? ImageReference(parsing: name) else { return name }
                return reference.tag == nil ? nil : reference.familiar
            }
            names[manifest.digest, default: []] += image.names.isEmpty ? image.tag.map { [$0] } ?? [] : own
        }
        return .list(
            order.map { manifest in
                .object([
                    .init("Config", manifest.config.map { .string(Self.path($0.digest)) } ?? .null),
                    .init("RepoTags", .list((names[manifest.digest] ?? []).map { .string($0) })),
                    .init("Layers", .list(manifest.layers.map { .string(Self.path($0.digest)) })),
                ])
            })
    }

    /// Returns the image of an index for this machine, else for Linux on AMD64, else the first.
    private func runnable(of index: Manifest) -> Manifest? {
        let images = (children[index.digest] ?? []).filter { $0.manifest.config != nil && $0.platform?.os != "unknown" }
        let best = [Platform.machine, .linuxAMD64].lazy.compactMap { wanted in
            images.first { $0.platform?.os == wanted.os && $0.platform?.architecture == wanted.architecture }
        }
        return (best.first ?? images.first)?.manifest
    }

    private var sorted: [LayerEntry] { entries.sorted { $0.key < $1.key }.map(\.value) }

    /// Writes a tar file atomically.
    func writeTar(to path: String, isPacked: Bool = false) throws {
        let part = path + ".part"
        do {
            let file = try OpenFile(creating: part)
            let writer = try ArchiveWriter(isPacked: isPacked) {
                try Task.checkCancellation()
                try file.write($0)
            }
            for entry in sorted { try writer.add(entry) }
            try writer.close()
            try Files.rename(part, to: path)
        } catch {
            Files.remove(part)
            throw error
        }
    }

    /// Writes into a folder that is empty or does not exist. Restores that state on failure.
    func write(toNewFolder folder: String) throws {
        let isNew = !Files.exists(folder)
        do {
            try Files.makeDirectory(folder)
            try write(toFolder: folder)
        } catch {
            for entry in sorted.reversed() {
                let place = "\(folder)/\(entry.path)"
                if entry.kind == .directory {
                    Files.removeDirectory(place)
                } else {
                    for path in [place, place + ".part"] { Files.remove(path) }
                }
            }
            if isNew { Files.removeDirectory(folder) }
            throw error
        }
    }

    /// Writes into a folder. Existing files stay, except the index.
    func write(toFolder folder: String) throws {
        for entry in sorted {
            try Task.checkCancellation()
            let place = "\(folder)/\(entry.path)"
            guard case .file(let content) = entry.kind else { continue }
            try Files.makeDirectory(String(place[..<(place.lastIndex(of: "/") ?? place.endIndex)]))
            switch content {
            case .bytes(let bytes): try Files.writeAll(bytes, to: place)
            case .path(let source, let size):
                if Files.size(place) == size { continue }
                let file = try OpenFile(creating: place + ".part")
                try Files.eachPiece(of: source) {
                    try Task.checkCancellation()
                    try file.write($0)
                }
                try Files.rename(place + ".part", to: place)
            case .archived: break
            }
        }
    }
}
