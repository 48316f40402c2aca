import AWSCore
public import OCI

extension DockerEngine {
    /// What a pull brought.
    public struct Pulled: Sendable {
        public let reference: ImageReference
        /// The image's id.
        public let id: Digest
        /// The digest of the manifest, or of the list it was chosen from.
        public let digest: Digest
        /// Whether the name stood for another image, or none, before.
        public let isNewer: Bool
    }

    /// Pulls an image, the tag `latest` unless another or a digest is named.
    ///
    /// - Parameter report: receives what `docker pull` prints.
    /// - Throws: ``DockerError``
    @discardableResult
    public func pull(_ text: String, report: Report = { _ in }) async throws(DockerError) -> Pulled {
        let given = try Self.reference(text)
        let reference = given.withDefaultTag
        if reference != given { report("Using default tag: latest") }
        do {
            let pulled = try await pull(reference, report)
            report(reference.description)
            return pulled
        } catch {
            throw Self.pullError(error, reference)
        }
    }

    /// Pulls every tag of a repository.
    public func pullAll(_ text: String, report: Report = { _ in }) async throws(DockerError) -> [Pulled] {
        let given = try Self.reference(text)
        guard given.tag == nil, given.digest == nil else { throw DockerError("tag can't be used with --all-tags/-a") }
        do {
            var all: [Pulled] = []
            for tag in try await client(for: given).tags(in: given.repository) {
                var reference = given
                reference.tag = tag
                all.append(try await pull(reference, report))
            }
            report(given.name)
            return all
        } catch {
            throw Self.pullError(error, given)
        }
    }

    private func pull(_ reference: ImageReference, _ report: Report) async throws -> Pulled {
        let client = client(for: reference)
        let top = try await client.manifest(reference.manifestReference, in: reference.repository)
        let place = reference.digest?.description ?? reference.tag?.description ?? ""
        report(
            "\(place): Pulling from \(reference.repository)"
        )
        var manifest = top
        if case .index(let entries) = top.content {
            guard let entry = entries.first(where: { $0.platform.map(runs) ?? false }) else {
                throw DockerError.noPlatform(platform)
            }
            manifest = try await client.manifest(.digest(entry.digest), in: reference.repository)
        }
        guard let config = manifest.config, [.dockerConfig, .ociConfig].contains(config.mediaType) else {
            throw DockerError.daemon(
                "unsupported media type \(manifest.config?.mediaType.rawValue ?? manifest.mediaType.rawValue)")
        }
        let image = try await fetch(manifest, config, client, reference, report)
        let isNewer = try register(image, reference, digest: top.digest)
        report("Digest: \(top.digest)")
        let status = isNewer ? "Downloaded newer image for" : "Image is up to date for"
        report("Status: \(status) \(reference.familiar)")
        return Pulled(reference: reference, id: image.id, digest: top.digest, isNewer: isNewer)
    }

    private func runs(_ platform: Platform) -> Bool {
        platform.os == self.platform.os && platform.architecture == self.platform.architecture
    }

    /// The image of a manifest; what the engine has already is not fetched again.
    private func fetch(
        _ manifest: Manifest, _ config: Descriptor, _ client: RegistryClient, _ reference: ImageReference, _ report: Report
    ) async throws -> EngineImage {
        let state = store.read()
        if let known = state.images[config.digest] { return known }
        let known = Set(state.images.values.flatMap { $0.manifest.layers.map(\.digest) })
        for (number, layer) in manifest.layers.enumerated() {
            report("\(layer.digest.short): \(known.contains(layer.digest) ? "Already exists" : "Pulling fs layer")")
            if number >= 3, !known.contains(layer.digest) { report("\(layer.digest.short): Waiting") }
        }
        let repository = reference.repository
        for blob in [config] + manifest.layers where !known.contains(blob.digest) && !blob.mediaType.isForeignLayer {
            let body = try await client.blob(blob.digest, in: repository)
            do {
                let stored = try await blobs.store(body, as: blob.digest)
                guard stored.size == blob.size else {
                    throw RegistryClientError.sizeMismatch(expected: blob.size, found: stored.size)
                }
            } catch BlobError.digest(let expected, let found) {
                throw RegistryClientError.digestMismatch(expected: expected, found: found)
            }
            guard blob != config else { continue }
            report("\(blob.digest.short): Verifying Checksum")
            report("\(blob.digest.short): Download complete")
        }
        let read = try ImageConfig(parsing: try await blobs.read(config.digest))
        guard read.diffIDs.count == manifest.layers.count else {
            throw DockerError.layersDiffer
        }
        var sizes: [Int] = []
        for (layer, diffID) in zip(manifest.layers, read.diffIDs) {
            sizes.append(try measure(layer, diffID))
            if !known.contains(layer.digest) { report("\(layer.digest.short): Pull complete") }
        }
        return EngineImage(config: read, manifest: manifest, layerSizes: sizes)
    }

    /// Unpacks a layer in passing: checks that it is the one that the configuration means, and counts its files' bytes.
    func measure(_ layer: Descriptor, _ diffID: Digest) throws -> Int {
        guard let content = try blobs.open(layer.digest) else { return layer.mediaType.isForeignLayer ? 0 : layer.size }
        var digester = Digester(diffID.algorithm)
        try ArchiveReader.unpack(content) { digester.update($0) }
        guard digester.finish() == diffID else {
            throw DockerError.layersDiffer
        }
        return try ArchiveReader.entries(of: content).reduce(0) { $0 + $1.size }
    }

    /// Names the image. Returns false if nothing changed by it.
    private func register(_ image: EngineImage, _ reference: ImageReference, digest: Digest) throws -> Bool {
        let now = clock()
        return try store.update { state in
            var pinned = reference
            pinned.tag = nil
            pinned.digest = digest
            let isNewer = state.references[reference] != image.id
            if state.images[image.id] == nil { state.images[image.id] = image }
            if isNewer { state.images[image.id]?.lastTagged = now }
            state.references[reference] = image.id
            state.references[pinned] = image.id
            let origin = EngineState.Origin(registry: reference.registry, repository: reference.repository)
            for layer in image.manifest.layers { state.addOrigin(layer.digest, origin) }
            return isNewer
        }
    }

    /// As dockerd words a pull's failure.
    static func pullError(_ error: any Error, _ reference: ImageReference) -> DockerError {
        if let error = error as? DockerError { return error }
        let base = "\(scheme(of: reference.registryHost))://\(reference.registryHost)/v2/"
        if error is TransportError { return .daemon(RegistryWords.text(error, request: "Get \"\(base)\"")) }
        guard case RegistryClientError.refused(let refused) = error else {
            let request = "Head \"\(base)\(reference.repository)/manifests/\(reference.manifestReference)\""
            let text = RegistryWords.text(error, request: request)
            if case RegistryClientError.digestMismatch = error { return .daemon(text) }
            return .daemon("\(request): \(text)")
        }
        let refusal = RegistryWords.understood(refused)
        let words = RegistryWords.text(refusal)
        switch refusal.code {
        case "DENIED":
            return .daemon(
                "pull access denied for \(reference.familiarName), repository does not exist or may require 'docker login': \(words)"
            )
        case "MANIFEST_UNKNOWN": return .daemon("manifest for \(reference.familiar) not found: \(words)")
        case "NAME_UNKNOWN": return .daemon("repository \(reference.familiarName) not found: \(words)")
        default: return .daemon(words)
        }
    }
}
