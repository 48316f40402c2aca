public import AWSCore
public import OCI

extension DockerEngine {
    /// A line of `docker images`.
    public struct Listed: Sendable, Hashable {
        /// As a person writes it; `<none>` for an image without a name.
        public let repository: String
        public let tag: String
        public let digest: Digest?
        public let id: Digest
        public let created: Instant
        public let size: Int
    }

    /// Images with their names, the newest first; those of one repository, or of one name, if `filter` is given.
    public func images(_ filter: String? = nil) throws(DockerError) -> [Listed] {
        let state = store.read()
        let wanted: ImageReference? = if let filter { try Self.reference(filter) } else { nil }
        let images = state.images.values.sorted { a, b in
            let first = a.config.created ?? Instant(milliseconds: 0)
            let second = b.config.created ?? Instant(milliseconds: 0)
            return first == second ? a.id < b.id : first > second
        }
        return images.flatMap { image -> [Listed] in
            let names = state.names(of: image.id)
            let line = { (repository: String, tag: String, digest: Digest?) in
                Listed(
                    repository: repository, tag: tag, digest: digest, id: image.id,
                    created: image.config.created ?? Instant(milliseconds: 0), size: image.size)
            }
            let digests = names.filter { $0.tag == nil }
            var lines: [(name: ImageReference?, line: Listed)] = names.filter { $0.tag != nil }.map { name in
                let digest = digests.first { $0.name == name.name }?.digest
                return (name, line(name.familiarName, name.tag?.description ?? "", digest))
            }
            for name in digests where !lines.contains(where: { $0.name?.name == name.name }) {
                lines.append((name, line(name.familiarName, "<none>", name.digest)))
            }
            if lines.isEmpty { lines = [(nil, line("<none>", "<none>", nil))] }
            return lines.filter { entry in
                guard let wanted else { return true }
                return entry.name?.name == wanted.name && (wanted.tag == nil || wanted.tag == entry.name?.tag)
            }.map(\.line)
        }
    }

    /// Gives an image another name.
    /// - Throws: ``DockerError``
    public func tag(_ source: String, _ target: String) throws {
        let name: ImageReference
        do { name = try ImageReference(parsing: target) } catch {
            throw DockerError("Error parsing reference: \"\(target)\" is not a valid repository/tag: \(error)")
        }
        guard name.digest == nil else { throw DockerError.digestTag }
        let now = clock()
        try store.update { state in
            let (id, _) = try find(source, in: state)
            state.references[name.withDefaultTag] = id
            state.images[id]?.lastTagged = now
        }
    }

    /// Adds an image that was built or loaded; its blobs are in ``blobs``.
    public func add(_ image: ImageBuilder.Image, as name: String? = nil) throws {
        let reference = try name.map { try Self.reference($0).withDefaultTag }
        guard image.manifest.layers.count == image.config.diffIDs.count else { throw DockerError.layersDiffer }
        var sizes: [Int] = []
        for (layer, diffID) in zip(image.manifest.layers, image.config.diffIDs) { sizes.append(try measure(layer, diffID)) }
        let measured = sizes
        let now = clock()
        try store.update { state in
            if state.images[image.config.digest] == nil {
                state.images[image.config.digest] = EngineImage(
                    config: image.config, manifest: image.manifest, layerSizes: measured)
            }
            guard let reference else { return }
            state.references[reference] = image.config.digest
            state.images[image.config.digest]?.lastTagged = now
        }
    }

    /// All there is to say of an image, as `docker image inspect` says it.
    /// - Throws: ``DockerError``
    public func inspect(_ text: String) throws(DockerError) -> Node {
        let state = store.read()
        let (id, _) = try find(text, in: state)
        guard let image = state.images[id] else { throw .noSuchImage(text) }
        let names = state.names(of: id)
        let strings = { (texts: [String]) -> Node in .list(texts.map { .string($0) }) }
        let config = image.config
        var fields: [Node.Field] = [
            .init("Id", .string(id.description)),
            .init("RepoTags", strings(names.filter { $0.tag != nil }.map(\.familiar))),
            .init("RepoDigests", strings(names.filter { $0.tag == nil }.map(\.familiar))),
            .init("Parent", .string("")), .init("Comment", config.node["comment"] ?? .string("")),
            .init("Created", config.node["created"] ?? .null), .init("DockerVersion", .string("")),
            .init("Author", config.node["author"] ?? .string("")), .init("Config", config.node["config"] ?? .object([])),
            .init("Architecture", .string(config.platform.architecture)),
        ]
        if let variant = config.platform.variant { fields.append(.init("Variant", .string(variant))) }
        fields += [
            .init("Os", .string(config.platform.os)), .init("Size", .integer(Int64(image.size))),
            .init(
                "RootFS",
                .object([
                    .init("Type", .string("layers")), .init("Layers", strings(config.diffIDs.map(\.description))),
                ])),
            .init(
                "Metadata",
                .object([
                    .init("LastTagTime", .string((image.lastTagged ?? Instant(milliseconds: 0)).iso8601(milliseconds: true)))
                ])),
        ]
        return .object(fields)
    }

    /// A line of `docker history`.
    public struct Step: Sendable, Hashable {
        /// Only the topmost has one.
        public let id: Digest?
        public let created: Instant
        public let createdBy: String
        public let size: Int
        public let comment: String
    }

    /// How an image came to be, the last step first.
    /// - Throws: ``DockerError``
    public func history(_ text: String) throws(DockerError) -> [Step] {
        let state = store.read()
        let (id, _) = try find(text, in: state)
        guard let image = state.images[id] else { throw .noSuchImage(text) }
        var sizes = image.layerSizes[...]
        var steps: [Step] = []
        for (number, entry) in image.config.history.enumerated() {
            let size = entry.emptyLayer ? 0 : sizes.popFirst() ?? 0
            steps.append(
                Step(
                    id: number == image.config.history.count - 1 ? id : nil,
                    created: entry.created ?? Instant(milliseconds: 0), createdBy: entry.createdBy, size: size,
                    comment: entry.comment))
        }
        return steps.reversed()
    }
}
