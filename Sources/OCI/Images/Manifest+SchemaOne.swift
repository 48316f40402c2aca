import AWSCore

extension Manifest {
    /// Returns a Docker image as an unsigned manifest of schema 1, for clients before 1.10.
    ///
    /// Schema 1 lists the history layer by layer, highest first. Each entry is an image with a parent; the first has the
    /// configuration. https://github.com/distribution/distribution/blob/v2.8.3/docs/spec/manifest-v2-1.md
    ///
    /// - Parameter configuration: the content of the blob ``config``.
    /// - Returns: nil if this is not an image in Docker's format, or if its configuration is invalid.
    public func schemaOne(configuration: Bytes, name: RepositoryName, tag: Tag) -> StoredManifest? {
        guard mediaType == .dockerManifest, let config, let node = try? JSON.parse(configuration), let members = node.fields,
            let levels = Self.levels(layers, history: node["history"]?.elements)
        else { return nil }
        var entries: [(blob: String, text: String)] = [], parent: String?
        for (index, level) in levels.enumerated() {
            let isTop = index == levels.count - 1
            let blob = level.layer?.description ?? Self.nothing
            let id = Digest(of: "\(blob) \(parent ?? "") \(isTop ? config.digest.description : "")".utf8).hex
            var fields = isTop ? members.filter { !["history", "rootfs"].contains($0.name) } : Self.image(of: level.history)
            fields.append(.init("id", .string(id)))
            if let parent { fields.append(.init("parent", .string(parent))) }
            if level.layer == nil { fields.append(.init("throwaway", .bool(true))) }
            entries.append((blob, String(decoding: JSON.write(.object(fields)), as: UTF8.self)))
            parent = id
        }
        entries.reverse()
        let manifest = Node.object([
            .init("schemaVersion", .integer(1)), .init("name", .string(name.description)),
            .init("tag", .string(tag.description)),
            .init("architecture", node["architecture"] ?? .string("amd64")),
            .init("fsLayers", .list(entries.map { .object([.init("blobSum", .string($0.blob))]) })),
            .init("history", .list(entries.map { .object([.init("v1Compatibility", .string($0.text))]) })),
        ])
        let bytes = JSON.write(manifest, pretty: true, indentation: 3)
        return StoredManifest(bytes: bytes, mediaType: .dockerManifestV1, digest: Digest(of: bytes))
    }

    /// The same, with the configuration read from the image's blobs.
    package func schemaOne(from blobs: any BlobStore, name: RepositoryName, tag: Tag) throws -> StoredManifest? {
        guard let config, let configuration = try blobs.contents(of: config.digest, upTo: Self.maximumSize) else { return nil }
        return schemaOne(configuration: configuration, name: name, tag: tag)
    }

    /// The layer that schema 1 uses for steps without a layer: an empty, compressed archive.
    private static let nothing = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"

    /// Returns the history's steps with their layers, lowest first. Without a history, each layer is a step.
    private static func levels(_ layers: [Descriptor], history: [Node]?) -> [(layer: Digest?, history: Node)]? {
        guard let history else { return layers.isEmpty ? nil : layers.map { ($0.digest, .null) } }
        var rest = layers[...], levels: [(layer: Digest?, history: Node)] = []
        for step in history {
            if case .bool(true)? = step["empty_layer"] {
                levels.append((nil, step))
            } else {
                guard let layer = rest.popFirst() else { return nil }
                levels.append((layer.digest, step))
            }
        }
        return rest.isEmpty && !levels.isEmpty ? levels : nil
    }

    private static func image(of step: Node) -> [Node.Field] {
        var fields = ["created", "author", "comment"].compactMap { name in step[name].map { Node.Field(name, $0) } }
        if let command = step["created_by"] {
            fields.append(.init("container_config", .object([.init("Cmd", .list([command]))])))
        }
        return fields
    }
}
