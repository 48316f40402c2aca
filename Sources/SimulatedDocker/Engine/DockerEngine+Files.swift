public import AWSCore
public import OCI

extension DockerEngine {
    /// Makes an image of everything below a folder. The same content gives the same image, wherever and whenever.
    ///
    /// - Parameter command: what the image runs.
    /// - Returns: the image's id.
    /// - Throws: ``DockerError`` for the name, `ArchiveError` for the folder.
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

    /// Writes images with their names to an archive, as `docker save` does.
    public func save(_ names: [String], to path: String) async throws {
        let state = store.read()
        var images: [NamedImage] = []
        for text in names {
            let (id, name) = try find(text, in: state)
            guard let image = state.images[id] else { throw DockerError.noSuchImage(text) }
            if let place = images.firstIndex(where: { $0.manifest == image.manifest }) {
                if let name { images[place].names.append(name) }
            } else {
                images.append(NamedImage(image.manifest, names: name.map { [$0] } ?? []))
            }
        }
        try await ImageLayout.save(images, from: blobs, to: path)
    }

    /// Takes in the images of an archive; what is there under the same name loses it.
    /// - Returns: the lines that `docker load` prints.
    public func load(_ archive: HTTPBody) async throws -> [String] {
        var lines: [String] = []
        for image in try await ImageLayout.load(archive, into: blobs) {
            guard let descriptor = image.manifest.config else { continue }
            let config = try ImageConfig(parsing: try await blobs.read(descriptor.digest))
            let built = ImageBuilder.Image(manifest: image.manifest, config: config)
            let names = image.names.filter { $0.tag != nil }
            if names.isEmpty {
                try add(built)
                lines.append("Loaded image ID: \(config.digest)")
            }
            for name in names {
                try add(built, as: name.description)
                lines.append("Loaded image: \(name.familiar)")
            }
        }
        return lines
    }
}
