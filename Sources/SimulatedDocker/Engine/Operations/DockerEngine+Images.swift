public import AWSCore
public import OCI

extension DockerEngine {
    /// Adds a name to an image.
    /// - Throws: ``DockerError``
    public func tag(_ source: String, _ target: String) throws {
        let name: ImageReference
        do { name = try ImageReference(parsing: target) } catch {
            throw DockerError("Error parsing reference: \"\(target)\" is not a valid repository/tag: \(error)", status: 400)
        }
        guard name.digest == nil else { throw DockerError.digestTag }
        let now = clock()
        try store.update { state in
            let (id, _) = try find(source, in: state)
            state.references[name.withDefaultTag] = id
            state.images[id]?.lastTagged = now
        }
    }

    /// Adds an image that was built or loaded. Its blobs must be in ``blobs``.
    public func add(_ image: ImageBuilder.Image, as name: String? = nil) throws {
        let reference = try name.map { try Self.reference($0).withDefaultTag }
        guard image.manifest.layers.count == image.config.diffIDs.count else { throw DockerError.layersDiffer }
        var sizes: [Int] = []
        for (layer, diffID) in zip(image.manifest.layers, image.config.diffIDs) { sizes.append(try measure(layer, diffID)) }
        let measured = sizes
        try store.update { state in
            if state.images[image.config.digest] == nil {
                state.images[image.config.digest] = EngineImage(
                    config: image.config, manifest: image.manifest, layerSizes: measured)
            }
            if let reference { state.references[reference] = image.config.digest }
        }
    }

    /// Returns dockerd's message if an image is not for a platform; nil if it is.
    static func mismatch(_ image: EngineImage, _ wanted: Platform, _ name: String) -> String? {
        let own = image.config.platform
        guard !runs(own, on: wanted) else { return nil }
        return
            "image with reference \(name) was found but its platform (\(own)) does not match the specified platform (\(wanted))"
    }

    /// Returns the image with this name or id, if it is for the platform.
    func image(_ text: String, _ platform: Platform?, in state: EngineState) throws(DockerError) -> EngineImage {
        let (id, _) = try find(text, in: state)
        guard let image = state.images[id] else { throw .noSuchImage(text) }
        if let platform, let mismatch = Self.mismatch(image, platform, text) { throw .daemon(mismatch, status: 404) }
        return image
    }

    /// A line of `docker history`.
    public struct Step: Sendable, Hashable {
        /// The image id; only the topmost step has one.
        public let id: Digest?
        public let created: Instant
        public let createdBy: String
        public let size: Int
        public let comment: String
        /// The image's names; only the topmost step has them.
        public let names: [ImageReference]
    }

    /// Returns the steps that created an image, last step first.
    /// - Throws: ``DockerError``
    public func history(_ text: String, platform: Platform? = nil) throws(DockerError) -> [Step] {
        let state = store.read()
        let image = try image(text, platform, in: state)
        var sizes = image.layerSizes[...]
        var steps: [Step] = []
        for (number, entry) in image.config.history.enumerated() {
            let size = entry.emptyLayer ? 0 : sizes.popFirst() ?? 0
            let isTop = number == image.config.history.count - 1
            steps.append(
                Step(
                    id: isTop ? image.id : nil, created: entry.created ?? Instant(milliseconds: 0),
                    createdBy: entry.createdBy, size: size, comment: entry.comment,
                    names: isTop ? state.names(of: image.id).filter { $0.tag != nil } : []))
        }
        return steps.reversed()
    }
}
