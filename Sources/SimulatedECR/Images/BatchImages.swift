import AWSCore
import ECRAPI
import OCI
import SimulatorCore

extension ECRSimulation {
    public func batchGetImage(_ input: BatchGetImageRequest, _ context: Context) throws -> BatchGetImageResponse {
        let context = try registry(input.registryId, context)
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
            guard input.acceptedMediaTypes.map({ $0.contains(image.mediaType) }) ?? true else {
                failures.append(id.failure("ImageNotFound", "Requested image not found"))
                continue
            }
            try notePull(of: image, context)
            images.append(
                Image(
                    registryId: context.account, repositoryName: repository.name,
                    imageId: ImageIdentifier(imageDigest: image.digest, imageTag: id.imageTag),
                    imageManifest: String(decoding: try image.manifest(context), as: UTF8.self),
                    imageManifestMediaType: image.mediaType))
        }
        return BatchGetImageResponse(images: images, failures: failures)
    }

    public func batchDeleteImage(_ input: BatchDeleteImageRequest, _ context: Context) throws -> BatchDeleteImageResponse {
        let context = try registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var deleted: [ImageIdentifier] = [], failures: [ImageFailure] = []
        // Lists go before what they list, so that one request can delete both.
        let ids = try input.imageIds.enumerated().map { (index: $0, id: $1, isList: try isList($1, repository, context)) }
            .sorted { ($0.isList ? 0 : 1, $0.index) < ($1.isList ? 0 : 1, $1.index) }
        for (_, id, _) in ids {
            if let failure = id.malformed {
                failures.append(failure)
                continue
            }
            guard let image = try ImageRecord.find(id, in: repository.name, context) else {
                failures.append(try id.notFound(in: repository.name, context))
                continue
            }
            let isTagOnly = id.imageDigest == nil && image.tags.count > 1
            let lists = isTagOnly ? [] : try image.lists(context)
            guard lists.isEmpty else {
                failures.append(
                    id.failure(
                        "ImageReferencedByManifestList",
                        "Requested image referenced by manifest list: [\(lists.joined(separator: ", "))]"))
                continue
            }
            if isTagOnly, let tag = id.imageTag {
                try ImageRecord.remove(tag: tag, in: repository.name, context)
                deleted.append(ImageIdentifier(imageDigest: image.digest, imageTag: tag))
            } else {
                try image.delete(context)
                deleted += image.identifiers
            }
        }
        return BatchDeleteImageResponse(imageIds: deleted, failures: failures)
    }

    private func isList(_ id: ImageIdentifier, _ repository: RepositoryRecord, _ context: Context) throws -> Bool {
        try ImageRecord.find(id, in: repository.name, context).map { MediaType($0.mediaType).isIndex } ?? false
    }
}

extension ImageRecord {
    /// One a tag; the digest alone for an untagged image.
    var identifiers: [ImageIdentifier] {
        tags.isEmpty
            ? [ImageIdentifier(imageDigest: digest)] : tags.map { ImageIdentifier(imageDigest: digest, imageTag: $0) }
    }
}

extension ImageIdentifier {
    func failure(_ code: ImageFailureCode, _ reason: String) -> ImageFailure {
        ImageFailure(imageId: self, failureCode: code, failureReason: reason)
    }

    /// Why this can't be the identifier of any image.
    var malformed: ImageFailure? {
        guard imageDigest != nil || imageTag != nil else {
            return failure("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
        }
        if let imageDigest, Digest(imageDigest.lowercased()) == nil {
            return failure(
                "InvalidImageDigest",
                "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'")
        }
        if let imageTag, OCI.Tag(imageTag) == nil {
            return failure(
                "InvalidImageTag", "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'")
        }
        return nil
    }

    func notFound(in repository: String, _ context: Context) throws -> ImageFailure {
        if let imageTag, imageDigest != nil, try ImageRecord.digest(tag: imageTag, in: repository, context) != nil {
            return failure("ImageTagDoesNotMatchDigest", "Requested image tag does not match the requested image digest")
        }
        return failure("ImageNotFound", "Requested image not found")
    }
}
