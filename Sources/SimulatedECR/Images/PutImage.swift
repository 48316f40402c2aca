import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
    static let tagsPerImage = 1000
    static let imagesPerRepository = 20_000

    public func putImage(_ input: PutImageRequest, _ context: Context) throws -> PutImageResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        try ECRForm.check(digest: input.imageDigest)
        try ECRForm.check(tag: input.imageTag)
        let manifest = try Self.manifest(input)
        if let claimed = input.imageDigest, claimed != manifest.digest.description {
            throw AWSError.imageDigestDoesNotMatch(
                claimed, manifest.digest.description, repository.name, account: context.account)
        }
        let image = try store(manifest, tag: input.imageTag, in: repository, context)
        return PutImageResponse(
            image: Image(
                registryId: context.account, repositoryName: repository.name,
                imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageTag),
                imageManifest: input.imageManifest,
                imageManifestMediaType: image.mediaType))
    }

    private static func manifest(_ input: PutImageRequest) throws -> Manifest {
        let node = try? JSON.parse(input.imageManifest)
        if let node, node.fields != nil, node["mediaType"]?.string == nil, input.imageManifestMediaType == nil {
            throw AWSError.invalidManifest("it has no mediaType, and imageManifestMediaType is not given")
        }
        do {
            return try Manifest(
                parsing: Bytes(input.imageManifest.utf8), contentType: input.imageManifestMediaType.map { MediaType($0) })
        } catch { throw AWSError.invalidManifest("\(error)") }
    }

    /// Stores an image whose layers are present, and points a tag to it. Both the API and the registry use it.
    ///
    /// - Parameter digest: the image's digest; nil takes the manifest's SHA-256 digest.
    /// - Parameter isReplica: whether the image arrived by replication. Replicas are not replicated again.
    /// - Parameter isPartial: whether an index may be stored before its images, as a pull-through cache does.
    /// - Throws: ECR's errors. The registry treats `ImageAlreadyExistsException` as success.
    func store(
        _ manifest: Manifest, tag: String?, digest: Digest? = nil, in repository: RepositoryRecord, _ context: Context,
        isReplica: Bool = false, isPartial: Bool = false
    ) throws -> ImageRecord {
        let digest = (digest ?? manifest.digest).description
        let existing = try ImageRecord.find(digest: digest, in: repository.name, context)
        let isAway = existing.map { !$0.isActive(context.now) } ?? false
        if let existing, !isAway, tag.map({ existing.tags.contains($0) }) ?? true {
            // An immutable tag is rejected even if it already points to this image. Replication and caching may
            // repeat it.
            if let tag, repository.isImmutable(tag), !isReplica, !isPartial {
                throw AWSError.imageTagAlreadyExists(tag, repository.name)
            }
            throw AWSError.imageAlreadyExists(digest, tag, repository.name, context)
        }
        try checkLayers(of: manifest, repository, context)
        if !isPartial { try checkImages(of: manifest, repository, context) }
        if let tag, repository.isImmutable(tag), let there = try ImageRecord.digest(tag: tag, in: repository.name, context),
            there != digest
        {
            throw AWSError.imageTagAlreadyExists(tag, repository.name)
        }
        if existing == nil, try ImageRecord.count(in: repository.name, reaches: Self.imagesPerRepository, context) {
            throw AWSError.tooManyImages(repository.name, limit: Self.imagesPerRepository, context)
        }
        var image = try existing ?? insert(manifest, digest, repository, context)
        if let tag, !image.tags.contains(tag) {
            guard image.tags.count < Self.tagsPerImage else {
                throw AWSError.tooManyImageTags(tag, repository.name, limit: Self.tagsPerImage, context)
            }
            try image.point(tag: tag, context)
            image.tags = (image.tags + [tag]).sorted()
        }
        // Pushing an archived image restores it at once.
        if isAway {
            try restore(&image, in: repository, context, isReplica: isReplica)
            return image
        }
        if existing == nil {
            try scanOnPush(image, repository, at: context.now, context)
            if !isReplica { try sign(image, context) }
        }
        if !isReplica { try scheduleReplication(of: image, tag: tag, context) }
        return image
    }

    private func insert(
        _ manifest: Manifest, _ digest: String, _ repository: RepositoryRecord, _ context: Context
    ) throws -> ImageRecord {
        let children = try manifest.manifests.compactMap {
            try ImageRecord.find(digest: $0.digest.description, in: repository.name, context)
        }
        let artifactType = manifest.artifactType.flatMap { $0.isEmpty ? nil : $0 } ?? manifest.config?.mediaType.rawValue
        let image = ImageRecord(
            repository: repository.name, digest: digest,
            number: try ImageRecord.nextNumber(in: repository.name, context), mediaType: manifest.mediaType.rawValue,
            artifactType: artifactType, size: children.map(\.size).max() ?? manifest.imageSize, pushedAt: context.now,
            subject: manifest.subject?.digest.description)
        let parts =
            manifest.blobs.map { ($0.digest.description, false) } + manifest.manifests.map { ($0.digest.description, true) }
        try image.insert(manifest: manifest.bytes, parts: parts, context)
        for blob in manifest.blobs {
            try LayerRecord.note(mediaType: blob.mediaType.rawValue, of: blob.digest.description, in: repository.name, context)
        }
        return image
    }

    /// Checks that every layer the manifest names is in the repository. A subject may arrive later.
    private func checkLayers(of manifest: Manifest, _ repository: RepositoryRecord, _ context: Context) throws {
        // ECR accepts no parameters in media types: https://github.com/aws/containers-roadmap/issues/2306
        if let layer = manifest.layers.first(where: { $0.mediaType.rawValue.contains(";") }) {
            throw AWSError.invalidManifest("the layer's media type '\(layer.mediaType)' has a parameter")
        }
        let layers = try manifest.blobs.map(\.digest).filter { digest in
            guard let layer = try LayerRecord.find(digest.description, in: repository.name, context) else { return true }
            return try !verifier.has(digest, size: layer.size, in: blobs)
        }.map(\.description)
        guard layers.isEmpty else { throw AWSError.layersMissing(layers, repository.name, context) }
    }

    private func checkImages(of manifest: Manifest, _ repository: RepositoryRecord, _ context: Context) throws {
        // BuildKit's old cache format: https://github.com/docker/build-push-action/issues/858
        if manifest.manifests.contains(where: { $0.mediaType.isLayer }) { throw AWSError.layersInIndex }
        let images = try manifest.manifests.map(\.digest.description).filter {
            try ImageRecord.find(digest: $0, in: repository.name, context) == nil
        }
        guard images.isEmpty else { throw AWSError.referencedImagesMissing(images, repository.name, context) }
    }
}
