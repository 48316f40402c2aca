import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    public func batchGetImage(_ input: BatchGetImageRequest, _ context: Context) throws -> BatchGetImageResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var images: [Image] = [], failures: [ImageFailure] = []
        for id in input.imageIds {
            if let failure = id.malformed {
                failures.append(failure)
                continue
            }
            guard let image = try ImageRecord.find(id, in: repository.name, context) else {
                failures.append(try id.notFound(in: repository.name, context))
                continue
            }
            guard image.isActive(context.now) else {
                failures.append(
                    ImageFailure(imageId: id, failureCode: "ImageInaccessible", failureReason: "Requested image is archived"))
                continue
            }
            guard let form = try form(of: image, for: id, accepting: input.acceptedMediaTypes, context) else {
                failures.append(id.failure("ImageNotFound", "Requested image not found"))
                continue
            }
            try notePull(of: image, context)
            images.append(
                Image(
                    registryId: context.account, repositoryName: repository.name,
                    imageId: ImageIdentifier(imageDigest: image.digest, imageTag: id.imageTag),
                    imageManifest: String(decoding: form.bytes, as: UTF8.self), imageManifestMediaType: form.type))
        }
        return BatchGetImageResponse(images: images, failures: failures)
    }

    /// Returns the manifest in a media type that the caller accepts. Only an image requested by tag alone is translated.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html
    private func form(
        of image: ImageRecord, for id: ImageIdentifier, accepting types: [String]?, _ context: Context
    ) throws -> (bytes: Bytes, type: String)? {
        let bytes = try image.manifest(context)
        guard let types, !types.contains(image.mediaType), id.imageDigest == nil else { return (bytes, image.mediaType) }
        let manifest = try Manifest(parsing: bytes, contentType: MediaType(image.mediaType))
        for type in types.map({ MediaType($0) }) {
            if let form = manifest.translated(to: type) { return (form.bytes, type.rawValue) }
            if type == .dockerManifestV1 || type == .dockerManifestV1Signed, let name = RepositoryName(image.repository),
                let tag = id.imageTag.flatMap({ OCI.Tag($0) }),
                let form = try manifest.schemaOne(from: blobs, name: name, tag: tag)
            {
                return (form.bytes, form.mediaType.rawValue)
            }
        }
        return nil
    }

    public func batchDeleteImage(_ input: BatchDeleteImageRequest, _ context: Context) throws -> BatchDeleteImageResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var meant: [(id: ImageIdentifier, image: ImageRecord)] = [], failures: [ImageFailure] = []
        for id in input.imageIds {
            if let failure = id.malformed {
                failures.append(failure)
            } else if let image = try ImageRecord.find(id, in: repository.name, context) {
                meant.append((id, image))
            } else {
                failures.append(try id.notFound(in: repository.name, context))
            }
        }
        var deleted: [ImageIdentifier] = []
        // Delete indexes before their images, so that one request can delete both.
        for (id, image) in meant.filter(\.image.isList) + meant.filter({ !$0.image.isList }) {
            let result = try delete(id, image.digest, in: repository.name, context)
            deleted += result.deleted
            failures += result.failures
        }
        return BatchDeleteImageResponse(imageIds: deleted, failures: failures)
    }

    /// Removes the tag that the identifier names. Deletes the image if the identifier names no tag or its last one. What the same
    /// request already removed is not a failure.
    private func delete(
        _ id: ImageIdentifier, _ digest: String, in repository: String, _ context: Context
    ) throws -> (deleted: [ImageIdentifier], failures: [ImageFailure]) {
        guard let image = try ImageRecord.find(digest: digest, in: repository, context) else { return ([], []) }
        if let tag = id.imageTag {
            guard image.tags.contains(tag) else { return ([], []) }
            if image.tags.count > 1 {
                try ImageRecord.remove(tag: tag, in: repository, context)
                return ([ImageIdentifier(imageDigest: digest, imageTag: tag)], [])
            }
        }
        let lists = try image.lists(context)
        guard lists.isEmpty else {
            let reason = "Requested image referenced by manifest list: [\(lists.joined(separator: ", "))]"
            return ([], [id.failure("ImageReferencedByManifestList", reason)])
        }
        try image.delete(context)
        return (image.identifiers, [])
    }
}

extension ImageRecord {
    fileprivate var isList: Bool { MediaType(mediaType).isIndex }

    /// One identifier for each tag, or the digest alone for an untagged image.
    var identifiers: [ImageIdentifier] {
        tags.isEmpty
            ? [ImageIdentifier(imageDigest: digest)] : tags.map { ImageIdentifier(imageDigest: digest, imageTag: $0) }
    }
}
