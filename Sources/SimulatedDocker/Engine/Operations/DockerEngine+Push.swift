import AWSCore
public import OCI

extension DockerEngine {
    /// The result of a push.
    public struct Pushed: Sendable {
        public let reference: ImageReference
        public let digest: Digest
        /// The manifest's size.
        public let size: Int
    }

    /// Pushes an image by its name. The default tag is `latest`.
    ///
    /// - Parameter report: receives the output of `docker push`.
    /// - Throws: ``DockerError``
    @discardableResult
    public func push(_ text: String, report: @escaping Report = { _ in }) async throws(DockerError) -> Pushed {
        let given = try Self.reference(text)
        guard given.digest == nil else { throw .digestPush }
        let reference = given.withDefaultTag
        if reference != given { report(.line("Using default tag: latest")) }
        return try await push(tags: [reference], report)[0]
    }

    /// Pushes every tag that the engine has of a repository.
    public func pushAll(_ text: String, report: @escaping Report = { _ in }) async throws(DockerError) -> [Pushed] {
        let given = try Self.reference(text)
        guard given.tag == nil, given.digest == nil else { throw DockerError("tag can't be used with --all-tags/-a") }
        let tags = store.read().references.keys.filter { $0.name == given.name && $0.tag != nil }
        guard !tags.isEmpty else {
            report(.line("The push refers to repository [\(given.name)]"))
            throw .nothingToPush(given.familiarName)
        }
        return try await push(tags: tags.sorted { $0.description < $1.description }, report)
    }

    private func push(tags: [ImageReference], _ report: @escaping Report) async throws(DockerError) -> [Pushed] {
        var all: [Pushed] = []
        report(.line("The push refers to repository [\(tags[0].name)]"))
        let client = client(for: tags[0])
        for reference in tags {
            let state = store.read()
            guard state.references.keys.contains(where: { $0.name == reference.name && $0.tag != nil }) else {
                throw .nothingToPush(reference.familiarName)
            }
            guard let id = state.references[reference], let image = state.images[id] else {
                throw .noSuchTag(reference.familiar)
            }
            do {
                all.append(try await push(image, reference, client, report))
            } catch let error as DockerError {
                throw error
            } catch is CancellationError {
                throw DockerError("context canceled")
            } catch {
                let request = "Get \"\(Self.scheme(of: client.host))://\(client.host)/v2/\""
                throw DockerError(RegistryWords.text(error, request: request))
            }
        }
        return all
    }

    private func push(
        _ image: EngineImage, _ reference: ImageReference, _ client: RegistryClient, _ report: @escaping Report
    ) async throws -> Pushed {
        // Here Docker shows layers by their uncompressed digests, topmost first.
        var layers: [(blob: Descriptor, id: String)] = []
        for (blob, diffID) in zip(image.manifest.layers, image.config.diffIDs).reversed()
        where !layers.contains(where: { $0.blob.digest == blob.digest }) { layers.append((blob, diffID.short)) }
        for (number, layer) in layers.enumerated() {
            report(.layer(layer.id, "Preparing"))
            if number >= 5 { report(.layer(layer.id, "Waiting")) }
        }
        for layer in layers {
            if layer.blob.mediaType.isForeignLayer {
                report(.layer(layer.id, "Skipped foreign layer"))
                continue
            }
            let source = store.read().origins[layer.blob.digest]?.last {
                $0.registry == reference.registry && $0.repository != reference.repository
            }
            let result = try await retrying(layer.id, times: 4, report) { [blobs] in
                try await client.push(
                    layer.blob, to: reference.repository, from: blobs, mountingFrom: source?.repository,
                    sent: Self.bar(layer.id, "Pushing", total: layer.blob.size, report))
            }
            switch result {
            case .pushed: report(.layer(layer.id, "Pushed"))
            case .existed: report(.layer(layer.id, "Layer already exists"))
            case .mounted(let source): report(.layer(layer.id, "Mounted from \(source)"))
            }
        }
        if let config = image.manifest.config { try await client.push(config, to: reference.repository, from: blobs) }
        let digest: Digest
        do {
            digest = try await client.putManifest(
                image.manifest, as: reference.manifestReference, in: reference.repository)
        } catch RegistryClientError.refused(let refusal) {
            throw DockerError(RegistryWords.all(refusal))
        }
        let size = image.manifest.bytes.count
        try remember(image, reference, digest)
        let tag = (reference.tag ?? .latest).description
        report(.line("\(tag): digest: \(digest) size: \(size)"))
        report(.pushed(tag: tag, digest: digest, size: size))
        return Pushed(reference: reference, digest: digest, size: size)
    }

    private func remember(_ image: EngineImage, _ reference: ImageReference, _ digest: Digest) throws {
        try store.update { state in
            var pinned = reference
            pinned.tag = nil
            pinned.digest = digest
            state.references[pinned] = image.id
            let origin = EngineState.Origin(registry: reference.registry, repository: reference.repository)
            for layer in image.manifest.layers { state.addOrigin(layer.digest, origin) }
        }
    }
}
