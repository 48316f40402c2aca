public import AWSCore
public import OCI

extension DockerEngine {
    /// Builds an image from everything in a folder. Equal content always gives an equal image.
    ///
    /// - Parameter command: the command that the image runs.
    /// - Returns: the image's id.
    /// - Throws: ``DockerError`` for an invalid name, `ArchiveError` for an unreadable folder.
    @discardableResult
    public func build(folder: String, as name: String, command: [String] = []) throws -> Digest {
        var builder = ImageBuilder()
        builder.platform = platform
        builder.execution.command = command
        try builder.addLayer(folder: folder)
        let image = try builder.build(into: blobs)
        try add(image, as: name)
        return image.config.digest
    }

    /// Writes images with their names to an archive, as `docker save` does. A repository without a tag means all its tags.
    /// - Throws: ``DockerError``, ``BlobError``
    public func save(_ names: [String], to path: String) async throws {
        let state = store.read()
        var images: [NamedImage] = []
        for (id, name) in try names.flatMap({ try chosen($0, state) }) {
            guard let image = state.images[id] else { continue }
            if let place = images.firstIndex(where: { $0.manifest == image.manifest }) {
                if let name, !images[place].names.contains(name) { images[place].names.append(name) }
            } else {
                images.append(NamedImage(image.manifest, names: name.map { [$0] } ?? []))
            }
        }
        try await ImageLayout.save(images, from: blobs, to: path)
    }

    /// Returns the images that a text selects in `docker save`: for a bare name, all of its tags.
    private func chosen(_ text: String, _ state: EngineState) throws(DockerError) -> [(Digest, ImageReference?)] {
        let given = Digest(text) == nil ? try? ImageReference(parsing: text) : nil
        let isBare = given.map { $0.tag == nil && $0.digest == nil } ?? true
        if isBare, let name = given?.name {
            let tags = state.references.filter { $0.key.name == name && $0.key.tag != nil }
            if !tags.isEmpty { return tags.sorted { $0.key.description < $1.key.description }.map { ($0.value, $0.key) } }
        }
        do {
            let (id, reference) = try find(text, in: state)
            return [(id, reference?.tag == nil ? nil : reference)]
        } catch  where error.status == 404 {
            throw isBare ? .noSuchImage(text) : .daemon("reference does not exist", status: 404)
        }
    }

    /// Adds the images of an archive. Their names move from other images that have them.
    ///
    /// - Parameters:
    ///   - archive: bytes or a file.
    ///   - report: receives progress on layers, and the lines that `docker load` prints.
    /// - Throws: ``DockerError`` if the archive has no images.
    public func load(_ archive: HTTPBody, report: @escaping Report = { _ in }) async throws(DockerError) {
        do {
            for image in try await ImageLayout.load(archive, into: blobs) { try await take(image, report) }
        } catch let error as DockerError {
            throw error
        } catch is CancellationError {
            throw DockerError("context canceled")
        } catch {
            // dockerd unpacks the whole archive before it validates it.
            throw DockerError(error is ArchiveError ? "\(error)" : "invalid archive: \(error)")
        }
    }

    private func take(_ image: NamedImage, _ report: @escaping Report) async throws {
        guard let descriptor = image.manifest.config else { return }
        let config = try ImageConfig(parsing: try await blobs.read(descriptor.digest))
        let known = Set(Self.layerSizes(store.read()).keys)
        let built = EngineImage(config: config, manifest: image.manifest, layerSizes: [])
        for (layer, id) in zip(image.manifest.layers, built.chainIDs) where !known.contains(id) {
            guard try blobs.contains(layer.digest) else { throw BlobError.missing(layer.digest) }
            for done in [0, layer.size] {
                report(.moving(layer.digest.short, "Loading layer", done: done, total: layer.size))
            }
        }
        let names = image.names.filter { $0.tag != nil }
        let before = store.read().references
        try add(ImageBuilder.Image(manifest: image.manifest, config: config))
        if names.isEmpty { report(.line("Loaded image ID: \(config.digest)")) }
        for name in names {
            if let old = before[name], old != config.digest {
                report(
                    .line(
                        "The image \(name.familiar) already exists, renaming the old one with ID \(old) to empty string"))
            }
            try store.update { $0.references[name] = config.digest }
            report(.line("Loaded image: \(name.familiar)"))
        }
    }
}
