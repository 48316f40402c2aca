public import AWSCore
public import OCI

extension DockerEngine {
    /// Creates an image from a root file system.
    ///
    /// - Parameters:
    ///   - archive: a tar archive, compressed or not: bytes or a file.
    ///   - name: the image's name; nil for none.
    ///   - message: the image's comment.
    ///   - changes: Dockerfile instructions that set how the image is run.
    /// - Returns: the image's id.
    /// - Throws: ``DockerError``
    @discardableResult
    public func importRoot(
        _ archive: HTTPBody, as name: String? = nil, message: String, changes: [String] = [], platform: Platform? = nil
    ) throws(DockerError) -> Digest {
        let execution = try ConfigChanges(changes).node
        do {
            let layer = try storeLayer(archive)
            let platform = platform ?? self.platform
            let created = Node.string(clock().iso8601(milliseconds: true))
            var fields: [Node.Field] = [
                .init("architecture", .string(platform.architecture)), .init("comment", .string(message)),
                .init("config", execution), .init("created", created),
                .init("docker_version", .string(Self.version)),
                .init("history", .list([.object([.init("created", created), .init("comment", .string(message))])])),
                .init("os", .string(platform.os)),
                .init(
                    "rootfs",
                    .object([
                        .init("type", .string("layers")), .init("diff_ids", .list([.string(layer.diffID.description)])),
                    ])),
            ]
            if let variant = platform.variant { fields.append(.init("variant", .string(variant))) }
            let bytes = JSON.write(.object(fields))
            let config = try ImageConfig(parsing: bytes)
            try blobs.store(bytes)
            let manifest = Manifest(
                image: Descriptor(mediaType: .dockerConfig, digest: config.digest, size: bytes.count), layers: [layer.blob])
            try add(ImageBuilder.Image(manifest: manifest, config: config), as: name)
            let now = clock()
            if name != nil { try store.update { $0.images[config.digest]?.lastTagged = now } }
            return config.digest
        } catch let error as DockerError {
            throw error
        } catch {
            throw .daemon("\(error)")
        }
    }

    /// The Docker version that this engine simulates.
    public static let version = "28.2.2"

    /// Stores a root file system as a layer: the unchanged archive in gzip format.
    private func storeLayer(_ archive: HTTPBody) throws -> (blob: Descriptor, diffID: Digest) {
        // Rejects anything that is not a tar archive before it is stored.
        _ = try ArchiveReader.entries(of: archive)
        let id = UploadID.random()
        try blobs.beginUpload(id)
        do {
            var digester = Digester()
            var packer = try LayerPacker { try self.blobs.append($0, to: id, at: nil) }
            try ArchiveReader.unpack(archive) { piece in
                digester.update(piece)
                try packer.write(piece)
            }
            try packer.finish()
            let blob = try blobs.finishUpload(id, as: nil)
            return (Descriptor(mediaType: .dockerLayer, digest: blob.digest, size: blob.size), digester.finish())
        } catch {
            _ = try? blobs.cancelUpload(id)
            throw error
        }
    }
}
