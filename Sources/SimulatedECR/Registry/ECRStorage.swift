import AWSCore
import ECRAPI
import GRDB
import OCI
import SimulatorCore

/// The registry's storage, on the same tables as the API. Each method is one transaction.
struct ECRStorage: RegistryStorage {
    let session: RegistrySession
    /// Whether cached tags are served without asking the upstream, because it has just been asked.
    var servesStaleTags = false

    private var service: ECRSimulation { session.service }
    var blobs: any BlobStore { service.blobs }

    private func perform<T>(
        _ name: RepositoryName, _ caller: RegistryCaller, _ body: (RepositoryRecord, SimulatorCore.Context) throws -> T
    ) throws -> T {
        try session.perform(for: caller) { context in
            if caller.operation.createsRepositories { try service.createOnPush(name.description, context) }
            return try body(try RepositoryRecord.get(name.description, context), context)
        }
    }

    // MARK: Blobs

    func blobSize(_ digest: Digest, in repository: RepositoryName, for caller: RegistryCaller) throws -> Int? {
        try perform(repository, caller) { repository, context in
            guard let layer = try LayerRecord.find(digest.description, in: repository.name, context),
                try service.verifier.has(digest, size: layer.size, in: blobs)
            else { return nil }
            return layer.size
        }
    }

    func blob(_ digest: Digest, in repository: RepositoryName, for caller: RegistryCaller) throws -> BlobSource? {
        if service.deletesAsSpecified {
            let layer = try perform(repository, caller) { try LayerRecord.find(digest.description, in: $0.name, $1) }
            guard layer != nil, try !service.verifier.isKnownDamaged(digest, in: blobs) else { return nil }
            // Outside the transaction, because the blob may have to be hashed first.
            return try service.verifier.open(digest, in: blobs).map { .content($0) }
        }
        return try perform(repository, caller) { repository, context in
            guard let layer = try LayerRecord.find(digest.description, in: repository.name, context),
                try !layer.isArchived(in: repository.name, context)
            else { return nil }
            let url = StorageURL(digest: layer.digest, account: context.account, region: context.region)
            // If clients use another name for the registry, the URL is relative to that name.
            var configuration = context.configuration
            if configuration.registryHost != nil { configuration.registryHost = "" }
            return .redirect(url.presigned(configuration, at: context.now))
        }
    }

    func mountBlob(
        _ digest: Digest, from source: RepositoryName?, in repository: RepositoryName, for caller: RegistryCaller
    ) throws -> Bool {
        try perform(repository, caller) { repository, context in
            guard try service.deletesAsSpecified || service.mountsBlobs(context) else { return false }
            // Without a source in the request, the specification lets the registry search for the blob. ECR does not search.
            var sources = source.map { [$0.description] } ?? []
            if source == nil, service.deletesAsSpecified {
                sources = try LayerRecord.repositories(having: digest.description, context)
            }
            for source in sources where try mayPull(from: source, context) {
                guard let layer = try LayerRecord.find(digest.description, in: source, context),
                    try service.verifier.has(digest, size: layer.size, in: blobs)
                else { continue }
                // ECR mounts only layers that belong to an image.
                guard try service.deletesAsSpecified || layer.isAssociated(in: source, context) else { continue }
                try layer.insert(in: repository.name, context)
                return true
            }
            return false
        }
    }

    private func mayPull(from repository: String, _ context: SimulatorCore.Context) throws -> Bool {
        for action in ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer"] {
            do {
                try context.authorize(try service.target(action, repository, context), service)
            } catch is AWSError { return false }
        }
        return true
    }

    func deleteBlob(_ digest: Digest, in repository: RepositoryName, for caller: RegistryCaller) throws -> Bool {
        guard service.deletesAsSpecified else { throw RegistryError.methodNotAllowed }
        return try perform(repository, caller) { repository, context in
            guard try LayerRecord.find(digest.description, in: repository.name, context) != nil else { return false }
            try LayerRecord.remove(digest.description, in: repository.name, context)
            return true
        }
    }

    // MARK: Uploads

    func startUpload(in repository: RepositoryName, for caller: RegistryCaller) throws -> UploadID {
        try perform(repository, caller) { try service.beginUpload(in: $0.name, $1) }
    }

    func hasUpload(_ id: UploadID, in repository: RepositoryName, for caller: RegistryCaller) throws -> Bool {
        try perform(repository, caller) { try UploadRecord.find(id.description, in: $0.name, $1) != nil }
    }

    func noteChunk(of size: Int, in upload: UploadID, of repository: RepositoryName, for caller: RegistryCaller) throws {
        guard !service.deletesAsSpecified, size < ECRSimulation.smallestPart else { return }
        try perform(repository, caller) { repository, context in
            guard let end = try blobs.uploadedSize(upload) else { return }
            try service.notePart(of: size, endingAt: end, upload.description, in: repository.name, context)
        }
    }

    func checkParts(of upload: UploadID, in repository: RepositoryName, for caller: RegistryCaller) throws {
        // The specification has no minimum chunk size and allows empty uploads.
        guard !service.deletesAsSpecified else { return }
        try perform(repository, caller) { repository, context in
            guard let record = try UploadRecord.find(upload.description, in: repository.name, context),
                let size = try blobs.uploadedSize(upload)
            else { throw AWSError.uploadNotFound(upload.description, repository.name, context) }
            try service.checkParts(of: record, size: size, in: repository.name, context)
        }
    }

    func finishUpload(_ id: UploadID, as blob: StoredBlob, in repository: RepositoryName, for caller: RegistryCaller) throws {
        do {
            try perform(repository, caller) { try service.enter(blob, upload: id.description, in: $0.name, $1) }
        } catch {
            // The repository may be deleted by now, which would leave the blob without a reference.
            try? service.collector.suspect(blob.digest, session.simulator)
            throw error
        }
    }

    func cancelUpload(_ id: UploadID, in repository: RepositoryName, for caller: RegistryCaller) throws {
        try perform(repository, caller) { try UploadRecord.remove(id.description, in: $0.name, $1) }
    }

    // MARK: Manifests

    func manifest(
        _ reference: ManifestReference, in repository: RepositoryName, for caller: RegistryCaller
    ) throws -> StoredManifest? {
        try perform(repository, caller) { repository, context in
            if !servesStaleTags, case .tag(let tag) = reference,
                try CachedTag.isStale(tag.description, in: repository.name, context) == true
            {
                throw RegistryError.imageNotFound
            }
            guard let image = try ImageRecord.find(reference, in: repository.name, context) else {
                throw RegistryError.imageNotFound
            }
            guard image.isActive(context.now) else { throw RegistryError.imageArchived }
            guard let digest = Digest(image.digest) else { throw RegistryError.imageNotFound }
            if case .fetchManifest = caller.operation { try service.notePull(of: image, context) }
            return StoredManifest(
                bytes: try image.manifest(context), mediaType: MediaType(image.mediaType), digest: digest)
        }
    }

    func putManifest(
        _ manifest: Manifest, as digest: Digest, tags: [OCI.Tag], in repository: RepositoryName, for caller: RegistryCaller
    ) throws {
        try perform(repository, caller) { repository, context in
            for tag in tags.isEmpty ? [nil] : tags.map(\.description) {
                do {
                    _ = try service.store(manifest, tag: tag, digest: digest, in: repository, context)
                } catch let error as AWSError where error.code == "ImageAlreadyExistsException" {
                    // Repeating a push changes nothing and is not an error in a registry.
                }
            }
        }
    }

    func deleteManifest(
        _ reference: ManifestReference, in repository: RepositoryName, for caller: RegistryCaller
    ) throws -> Bool {
        try perform(repository, caller) { repository, context in
            guard let image = try ImageRecord.find(reference, in: repository.name, context) else {
                throw RegistryError.imageNotFound
            }
            if case .tag(let tag) = reference, image.tags.count > 1 || service.deletesAsSpecified {
                try ImageRecord.remove(tag: tag.description, in: repository.name, context)
                return true
            }
            let lists = try image.lists(context)
            guard lists.isEmpty || service.deletesAsSpecified else {
                throw RegistryError.denied("Requested image referenced by manifest list: [\(lists.joined(separator: ", "))]")
            }
            try image.delete(context, keepsLayers: service.deletesAsSpecified)
            return true
        }
    }

    // MARK: Lists

    func tags(in repository: RepositoryName, after last: String?, limit: Int, for caller: RegistryCaller) throws -> [OCI.Tag] {
        try perform(repository, caller) { repository, context in
            // Like ListImages, omits images that are archived or being restored.
            try String.fetchAll(
                context.db,
                sql: """
                    SELECT tag FROM ecr_image_tag JOIN ecr_image USING (account, region, repository, digest)
                    WHERE account = ?1 AND region = ?2 AND repository = ?3 AND (lower(tag), tag) > (lower(?4), ?4)
                    AND storage = 'STANDARD' AND coalesce(activated_at, 0) <= ?6 ORDER BY lower(tag), tag LIMIT ?5
                    """,
                arguments: [
                    context.account, context.region, repository.name, last ?? "", limit, context.now.milliseconds,
                ]
            ).compactMap { OCI.Tag($0) }
        }
    }

    func referrers(of digest: Digest, in repository: RepositoryName, for caller: RegistryCaller) throws -> [Descriptor] {
        try perform(repository, caller) { repository, context in
            try ImageRecord.referrers(of: digest.description, in: repository.name, context)
                .filter { $0.isActive(context.now) }
                .map { image in
                    let manifest = try Manifest(
                        parsing: try image.manifest(context), contentType: MediaType(image.mediaType))
                    var descriptor = manifest.descriptor
                    descriptor.digest = Digest(image.digest) ?? manifest.digest
                    descriptor.annotations = manifest.annotations
                    return descriptor
                }
        }
    }

    func repositories(after last: String?, limit: Int, for caller: RegistryCaller) throws -> [RepositoryName] {
        try session.perform(for: caller) { context in
            try String.fetchAll(
                context.db,
                sql: "SELECT name FROM ecr_repository WHERE account = ? AND region = ? AND name > ? ORDER BY name LIMIT ?",
                arguments: [context.account, context.region, last ?? "", limit]
            ).compactMap { RepositoryName($0) }
        }
    }
}

extension RegistryOperation {
    /// Whether the operation begins or ends a push, for which a template may create the repository.
    fileprivate var createsRepositories: Bool {
        switch self {
        case .startUpload, .mountBlob, .putManifest: true
        default: false
        }
    }
}

extension ECRSimulation {
    /// Creates a missing repository on push if a template for that matches its name. In specification mode, always creates it.
    fileprivate func createOnPush(_ name: String, _ context: Context) throws {
        guard try RepositoryRecord.find(name, context) == nil,
            try deletesAsSpecified || template(for: name, "CREATE_ON_PUSH", context) != nil
        else { return }
        try context.authorize(try target("ecr:CreateRepository", name, context), self)
        try create(name, for: "CREATE_ON_PUSH", context)
    }
}
