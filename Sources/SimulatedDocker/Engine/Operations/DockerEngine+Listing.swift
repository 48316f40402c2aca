public import AWSCore
public import OCI

extension DockerEngine {
    /// An image in a list, with those of its names that match the filters.
    public struct Summary: Sendable {
        public let image: EngineImage
        /// Names with tags.
        public let names: [ImageReference]
        /// Names with digests.
        public let digests: [ImageReference]
    }

    /// Returns the images that match the filters, newest first.
    /// - Throws: ``DockerError``
    public func summaries(_ filters: ImageFilters = ImageFilters()) throws(DockerError) -> [Summary] {
        try filters.check(ImageFilters.listing)
        let state = store.read()
        let isDangling = try filters.flag("dangling")
        var before = try filters.until(clock()), since: Instant?
        for text in filters["before"] {
            let time = try created(text, state)
            before = min(before ?? time, time)
        }
        for text in filters["since"] {
            let time = try created(text, state)
            since = max(since ?? time, time)
        }
        var found: [Summary] = []
        for image in Self.sorted(state) {
            let time = image.config.created ?? Instant(milliseconds: 0)
            if let before, time >= before { continue }
            if let since, time <= since { continue }
            guard filters.matchesLabels(image.config.labels) else { continue }
            let all = state.names(of: image.id)
            let names = all.filter(filters.matchesReference)
            let hasTag = names.contains { $0.tag != nil }
            if names.isEmpty, !filters["reference"].isEmpty { continue }
            if let isDangling, isDangling == hasTag { continue }
            found.append(
                Summary(image: image, names: names.filter { $0.tag != nil }, digests: names.filter { $0.tag == nil }))
        }
        return found
    }

    private func created(_ text: String, _ state: EngineState) throws(DockerError) -> Instant {
        let (id, _) = try find(text, in: state)
        return state.images[id]?.config.created ?? Instant(milliseconds: 0)
    }

    static func sorted(_ state: EngineState) -> [EngineImage] {
        state.images.values.sorted { a, b in
            let first = a.config.created ?? Instant(milliseconds: 0), second = b.config.created ?? Instant(milliseconds: 0)
            return first == second ? a.id < b.id : first > second
        }
    }

    /// A line of `docker images`.
    public struct Listed: Sendable, Hashable {
        /// The name in short form; `<none>` for an image without a name.
        public let repository: String
        public let tag: String
        public let digest: Digest?
        public let id: Digest
        public let created: Instant
        public let size: Int
    }

    /// Returns images with one line for each name. `filter` selects a repository, a name or a pattern.
    public func images(_ filter: String? = nil, _ filters: ImageFilters = ImageFilters()) throws(DockerError) -> [Listed] {
        var filters = filters
        if let filter { try filters.add("reference=\(filter)") }
        return try summaries(filters).flatMap { summary -> [Listed] in
            let line = { (repository: String, tag: String, digest: Digest?) in
                Listed(
                    repository: repository, tag: tag, digest: digest, id: summary.image.id,
                    created: summary.image.config.created ?? Instant(milliseconds: 0), size: summary.image.size)
            }
            var lines = summary.names.map { name in
                let digest = summary.digests.first { $0.name == name.name }?.digest
                return line(name.familiarName, name.tag?.description ?? "", digest)
            }
            for name in summary.digests where !summary.names.contains(where: { $0.name == name.name }) {
                lines.append(line(name.familiarName, "<none>", name.digest))
            }
            return lines.isEmpty ? [line("<none>", "<none>", nil)] : lines
        }
    }

    /// The total size of the files in all layers, each layer counted once, in bytes.
    public var layersSize: Int { Self.layerSizes(store.read()).values.reduce(0, +) }
}
