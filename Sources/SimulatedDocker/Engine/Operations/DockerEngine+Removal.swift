public import OCI

extension DockerEngine {
    /// A line in the output of `docker image rm`.
    public enum Removal: Sendable, Hashable, CustomStringConvertible {
        case untagged(String)
        /// The id of an image, or of a layer that is no longer needed.
        case deleted(Digest)

        public var description: String {
            switch self {
            case .untagged(let name): "Untagged: \(name)"
            case .deleted(let digest): "Deleted: \(digest)"
            }
        }
    }

    /// Removes a name, and the image with its last name. With an id, removes the image and all its names, if they are of one
    /// repository or `force` is given.
    ///
    /// - Throws: ``DockerError``
    @discardableResult
    public func remove(_ text: String, force: Bool = false) throws -> [Removal] {
        try store.update { state in
            let (id, name) = try find(text, in: state)
            var removals: [Removal] = []
            if let name {
                Self.untag(name, &state, &removals)
                // A repository's digests are removed with its last tag.
                let rest = state.names(of: id)
                if name.tag != nil, !rest.contains(where: { $0.name == name.name && $0.tag != nil }) {
                    for pinned in rest where pinned.name == name.name { Self.untag(pinned, &state, &removals) }
                }
                guard state.names(of: id).isEmpty else { return removals }
            } else {
                let names = state.names(of: id)
                let tags = names.filter { $0.tag != nil }
                let isOneRepository = tags.count <= 1 && Set(names.map(\.name)).count <= 1 || Set(names.map(\.name)).count == 1
                guard force || isOneRepository else { throw DockerError.referencedRepeatedly(id) }
                for name in names { Self.untag(name, &state, &removals) }
            }
            Self.delete(id, &state, &removals)
            return removals
        }
    }

    /// Removes images without a tag, or all images if the filter `dangling` is false (there are no containers here). The other
    /// filters apply too. Also removes what cancelled pulls left.
    /// - Returns: the removed items, and the total size of their files in bytes.
    /// - Throws: ``DockerError``
    public func prune(_ filters: ImageFilters = ImageFilters()) throws -> (removals: [Removal], reclaimed: Int) {
        try filters.check(ImageFilters.pruning)
        let isAll = try filters.flag("dangling") == false
        let until = try filters.until(clock())
        return try store.update { state in
            var removals: [Removal] = []
            let before = Self.layerSizes(state)
            for image in state.images.values.sorted(by: { $0.id < $1.id }) {
                if let until, image.config.created ?? until > until { continue }
                guard filters.matchesLabels(image.config.labels) else { continue }
                let names = state.names(of: image.id)
                guard isAll || !names.contains(where: { $0.tag != nil }) else { continue }
                for name in names { Self.untag(name, &state, &removals) }
                Self.delete(image.id, &state, &removals)
            }
            state.pulled = []
            let after = Self.layerSizes(state)
            let reclaimed = before.filter { after[$0.key] == nil }.values.reduce(0, +)
            return (removals, reclaimed)
        }
    }

    private static func untag(_ name: ImageReference, _ state: inout EngineState, _ removals: inout [Removal]) {
        state.references[name] = nil
        removals.append(.untagged(name.familiar))
    }

    /// Deletes an image and its layers, topmost first, except layers that other images are based on.
    private static func delete(_ id: Digest, _ state: inout EngineState, _ removals: inout [Removal]) {
        guard let image = state.images.removeValue(forKey: id) else { return }
        removals.append(.deleted(id))
        let needed = layerSizes(state)
        for layer in image.chainIDs.reversed() where needed[layer] == nil { removals.append(.deleted(layer)) }
    }

    static func layerSizes(_ state: EngineState) -> [Digest: Int] {
        var sizes: [Digest: Int] = [:]
        for image in state.images.values {
            for (layer, size) in zip(image.chainIDs, image.layerSizes) { sizes[layer] = size }
        }
        return sizes
    }
}
