import AWSCore
public import OCI

extension DockerEngine {
    /// The result of a pull.
    public struct Pulled: Sendable {
        public let reference: ImageReference
        /// The image's id.
        public let id: Digest
        /// The digest of the manifest, or of the list that the manifest was chosen from.
        public let digest: Digest
        /// Whether the name was new or referred to another image before.
        public let isNewer: Bool
    }

    /// Pulls an image. The default tag is `latest`. Layers that a cancelled pull already received are not fetched again.
    ///
    /// - Parameters:
    ///   - platform: selects the image of a list; nil uses the engine's platform.
    ///   - report: receives the output of `docker pull`.
    /// - Throws: ``DockerError``
    @discardableResult
    public func pull(_ text: String, platform: Platform? = nil, report: @escaping Report = { _ in }) async throws(DockerError)
        -> Pulled
    {
        let given = try Self.reference(text)
        let reference = given.withDefaultTag
        if reference != given { report(.line("Using default tag: latest")) }
        do {
            let pulled = try await pull(reference, platform, report)
            report(.line(Self.status(pulled.isNewer, reference.stored.familiar)))
            try warn(pulled, platform, report)
            report(.line(reference.description))
            return pulled
        } catch {
            throw Self.pullError(error, reference)
        }
    }

    /// Pulls every tag of a repository.
    public func pullAll(_ text: String, platform: Platform? = nil, report: @escaping Report = { _ in })
        async throws(DockerError) -> [Pulled]
    {
        let given = try Self.reference(text)
        guard given.tag == nil, given.digest == nil else { throw DockerError("tag can't be used with --all-tags/-a") }
        do {
            var all: [Pulled] = []
            for tag in try await client(for: given).tags(in: given.repository) {
                var reference = given
                reference.tag = tag
                all.append(try await pull(reference, platform, report))
            }
            report(.line(Self.status(all.contains { $0.isNewer }, given.familiarName)))
            report(.line(given.name))
            return all
        } catch {
            throw Self.pullError(error, given)
        }
    }

    private static func status(_ isNewer: Bool, _ name: String) -> String {
        "Status: \(isNewer ? "Downloaded newer image for" : "Image is up to date for") \(name)"
    }

    /// Warns if the image is for another platform. Like dockerd, the engine pulls an image without a list for any platform.
    private func warn(_ pulled: Pulled, _ platform: Platform?, _ report: Report) throws(DockerError) {
        guard let platform, let image = store.read().images[pulled.id] else { return }
        guard let mismatch = Self.mismatch(image, platform, pulled.reference.description) else { return }
        report(.line("WARNING: \(mismatch)"))
    }

    private func pull(_ reference: ImageReference, _ platform: Platform?, _ report: @escaping Report) async throws -> Pulled {
        let client = client(for: reference)
        let top = try await client.manifest(reference.manifestReference, in: reference.repository)
        let place = reference.digest == nil ? reference.tag?.description : reference.stored.description
        report(.tag(place ?? "", "Pulling from \(reference.repository)"))
        var manifest = top
        if case .index(let entries) = top.content {
            let platform = platform ?? self.platform
            guard let entry = entries.first(where: { $0.platform.map { Self.runs($0, on: platform) } ?? false }) else {
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
        report(.line("Digest: \(top.digest)"))
        return Pulled(reference: reference, id: image.id, digest: top.digest, isNewer: isNewer)
    }

    static func runs(_ platform: Platform, on wanted: Platform) -> Bool {
        platform.os == wanted.os && platform.architecture == wanted.architecture
            && (wanted.variant == nil || platform.variant == nil || platform.variant == wanted.variant)
    }

    /// Fetches a manifest's image. Blobs that the engine already has are not fetched again.
    private func fetch(
        _ manifest: Manifest, _ config: Descriptor, _ client: RegistryClient, _ reference: ImageReference,
        _ report: @escaping Report
    ) async throws -> EngineImage {
        let state = store.read()
        if let known = state.images[config.digest] { return known }
        let known = state.layers.union(state.pulled)
        for (number, layer) in manifest.layers.enumerated() {
            report(.layer(layer.digest.short, known.contains(layer.digest) ? "Already exists" : "Pulling fs layer"))
            if number >= 3, !known.contains(layer.digest) { report(.layer(layer.digest.short, "Waiting")) }
        }
        var wanted: [Descriptor] = []
        for blob in [config] + manifest.layers where !known.contains(blob.digest) && !blob.mediaType.isForeignLayer {
            // An image may contain the same layer twice.
            if !wanted.contains(where: { $0.digest == blob.digest }) { wanted.append(blob) }
        }
        try await fetch(wanted, config, client, reference, report)
        let read = try ImageConfig(parsing: try await blobs.read(config.digest))
        guard read.diffIDs.count == manifest.layers.count else {
            throw DockerError.layersDiffer
        }
        var sizes: [Int] = []
        for (layer, diffID) in zip(manifest.layers, read.diffIDs) {
            try Task.checkCancellation()
            let isNew = !known.contains(layer.digest)
            if isNew { report(.moving(layer.digest.short, "Extracting", done: 0, total: layer.size)) }
            sizes.append(try measure(layer, diffID))
            guard isNew else { continue }
            report(.moving(layer.digest.short, "Extracting", done: layer.size, total: layer.size))
            report(.layer(layer.digest.short, "Pull complete"))
        }
        return EngineImage(config: read, manifest: manifest, layerSizes: sizes)
    }

    /// Fetches blobs in order, up to ``downloads`` at once. Reports only layers.
    private func fetch(
        _ wanted: [Descriptor], _ config: Descriptor, _ client: RegistryClient, _ reference: ImageReference,
        _ report: @escaping Report
    ) async throws {
        let user = store.read().logins[Self.loginKey(reference.registry)]?.username
        let silent: Report = { _ in }
        try await withThrowingTaskGroup(of: Void.self) { (group: inout ThrowingTaskGroup<Void, any Error>) in
            for (number, blob) in wanted.enumerated() {
                if number >= downloads { try await group.next() }
                let key = LayerTransfers.Key(
                    digest: blob.digest, registry: reference.registry, repository: reference.repository, user: user)
                let isConfig = blob.digest == config.digest
                group.addTask {
                    do { try await self.join(key, blob, client, isConfig ? silent : report) } catch  where isConfig {
                        throw Self.configurationError(error)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func join(
        _ key: LayerTransfers.Key, _ blob: Descriptor, _ client: RegistryClient, _ report: @escaping Report
    ) async throws {
        try await transfers.join(key, report: report) { report in
            try await self.download(blob, from: client, key.repository, report)
        }
    }

    /// Errors in the image configuration are reported with their cause, because the pull shows no progress bar for it.
    private static func configurationError(_ error: any Error) -> any Error {
        if error is CancellationError { return error }
        let text = (error as? DockerError)?.message ?? RegistryWords.text(error, request: "")
        let attempts = mayPass(error) || error is DockerError ? 6 : 1
        return DockerError.daemon("error pulling image configuration: download failed after attempts=\(attempts): \(text)")
    }

    private func download(
        _ blob: Descriptor, from client: RegistryClient, _ repository: RepositoryName, _ report: @escaping Report
    ) async throws {
        let id = blob.digest.short
        // Another pull may have fetched it in the meantime.
        let state = store.read()
        if state.pulled.contains(blob.digest) || state.blobs.contains(blob.digest) {
            return report(.layer(id, "Download complete"))
        }
        let bar = Self.bar(id, "Downloading", total: blob.size, report)
        let upload = UploadID.random()
        try blobs.beginUpload(upload)
        do {
            try await retrying(id, times: 5, report) {
                try await self.receive(blob, into: upload, from: client, repository, bar)
            }
            report(.layer(id, "Verifying Checksum"))
            _ = try blobs.finishUpload(upload, as: blob.digest)
        } catch {
            _ = try? blobs.cancelUpload(upload)
            if case BlobError.digest(let expected, let found) = error {
                throw RegistryClientError.digestMismatch(expected: expected, found: found)
            }
            guard error is TransportError else { throw error }
            let url = "\(Self.scheme(of: client.host))://\(client.host)/v2/\(repository)/blobs/\(blob.digest)"
            throw DockerError.daemon(RegistryWords.text(error, request: "Get \"\(url)\""))
        }
        try store.update { _ = $0.pulled.insert(blob.digest) }
        report(.layer(id, "Download complete"))
    }

    /// Downloads a blob, or the rest that an earlier attempt left.
    private func receive(
        _ blob: Descriptor, into upload: UploadID, from client: RegistryClient, _ repository: RepositoryName,
        _ tell: @escaping @Sendable (Int) -> Void
    ) async throws {
        let had = try blobs.uploadedSize(upload) ?? 0
        let (body, start) = try await client.blob(blob.digest, in: repository, from: had)
        if start != had {
            _ = try blobs.cancelUpload(upload)
            try blobs.beginUpload(upload)
        }
        let size = try await blobs.receive(body.counted { tell(start + $0) }, into: upload)
        if size < blob.size { throw TransportError.truncated(host: client.host) }
        guard size == blob.size else { throw RegistryClientError.sizeMismatch(expected: blob.size, found: size) }
    }

    /// Retries temporary errors as dockerd does: after five seconds, then five seconds longer each time.
    func retrying<T: Sendable>(
        _ id: String, times: Int, _ report: Report, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        for attempt in 1...times {
            do { return try await body() } catch  where Self.mayPass(error) {
                for rest in (1...(attempt * 5)).reversed() {
                    report(.layer(id, "Retrying in \(rest) second\(rest == 1 ? "" : "s")"))
                    try await pause(.seconds(1))
                }
            }
        }
        return try await body()
    }

    private static func mayPass(_ error: any Error) -> Bool {
        switch error {
        case is TransportError: true
        case RegistryClientError.refused(let refusal), RegistryClientError.tokenRefused(let refusal): refusal.status >= 500
        default: false
        }
    }

    /// Unpacks a layer, checks it against the configuration's digest, and returns the total size of its files in bytes.
    func measure(_ layer: Descriptor, _ diffID: Digest) throws -> Int {
        guard let content = try blobs.open(layer.digest) else { return layer.mediaType.isForeignLayer ? 0 : layer.size }
        var digester = Digester(diffID.algorithm)
        try ArchiveReader.unpack(content) { digester.update($0) }
        guard digester.finish() == diffID else {
            throw DockerError.layersDiffer
        }
        // A sparse file can claim any size.
        return try ArchiveReader.entries(of: content).reduce(0) {
            min($0 + min(max(0, $1.size), Self.mostFiles), Self.mostFiles)
        }
    }

    private static let mostFiles = 1 << 45

    /// Gives the image a name. Returns false if nothing changed.
    private func register(_ image: EngineImage, _ reference: ImageReference, digest: Digest) throws -> Bool {
        try store.update { state in
            var pinned = reference
            pinned.tag = nil
            pinned.digest = digest
            let isNewer = state.references[reference.stored] != image.id
            if state.images[image.id] == nil { state.images[image.id] = image }
            state.references[reference.stored] = image.id
            state.references[pinned] = image.id
            let origin = EngineState.Origin(registry: reference.registry, repository: reference.repository)
            for layer in image.manifest.layers { state.addOrigin(layer.digest, origin) }
            state.pulled.subtract(image.manifest.blobs.map(\.digest))
            return isNewer
        }
    }

    /// Returns an error of a pull in dockerd's words.
    static func pullError(_ error: any Error, _ reference: ImageReference) -> DockerError {
        if let error = error as? DockerError { return error }
        if error is CancellationError { return .daemon("context canceled") }
        let base = "\(scheme(of: reference.registryHost))://\(reference.registryHost)/v2/"
        if let error = error as? TransportError {
            // If the connection broke, the message has the manifest's URL; if the registry is unreachable, its base URL.
            if case .truncated = error {
                let request = "Head \"\(base)\(reference.repository)/manifests/\(reference.manifestReference)\""
                return .daemon(RegistryWords.text(error, request: request))
            }
            return .daemon(RegistryWords.text(error, request: "Get \"\(base)\""))
        }
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
                "pull access denied for \(reference.familiarName), repository does not exist or may require 'docker login': \(words)",
                status: 404)
        case "MANIFEST_UNKNOWN": return .daemon("manifest for \(reference.familiar) not found: \(words)", status: 404)
        case "NAME_UNKNOWN": return .daemon("repository \(reference.familiarName) not found: \(words)", status: 404)
        default: return .daemon(words)
        }
    }
}

extension ImageReference {
    /// The name in the form that the engine stores: with either a tag or a digest. If it has both, the digest is kept.
    var stored: ImageReference {
        var copy = self
        if digest != nil { copy.tag = nil }
        return copy
    }
}
