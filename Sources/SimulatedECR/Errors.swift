import AWSCore
import ECRAPI
import SimulatorCore

// ECR's errors, with AWS's messages. A registry's id is the id of its account.

extension AWSError {
    /// A value that the model allows but the service rejects. `member` is the name in AWS's message, which may differ
    /// from the model's.
    static func invalidParameter(_ member: String, _ constraint: String, explanation: String? = nil) -> AWSError {
        AWSError(
            "InvalidParameterException", "Invalid parameter at '\(member)' failed to satisfy constraint: '\(constraint)'",
            explanation: explanation)
    }

    static let invalidToken = invalidParameter("nextToken", "Invalid next token")

    static func validation(_ message: String, explanation: String? = nil) -> AWSError {
        AWSError("ValidationException", message, explanation: explanation)
    }

    // MARK: Repositories

    static func repositoryNotFound(_ name: String, _ context: Context, explanation: String? = nil) -> AWSError {
        AWSError(
            "RepositoryNotFoundException",
            "The repository with name '\(name)' does not exist in the registry with id '\(context.account)'",
            explanation: explanation ?? "The request is for region \(context.region).")
    }

    static func repositoryAlreadyExists(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryAlreadyExistsException",
            "The repository with name '\(name)' already exists in the registry with id '\(context.account)'")
    }

    static func repositoryNotEmpty(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryNotEmptyException",
            """
            The repository with name '\(name)' in registry with id '\(context.account)' cannot be deleted because it still \
            contains images
            """)
    }

    static func tooManyRepositories(limit: Int, _ context: Context) -> AWSError {
        AWSError(
            "LimitExceededException",
            """
            The registry with id '\(context.account)' already has the maximum allowed number of repositories which is '\(limit)'
            """)
    }

    static func repositoryPolicyNotFound(_ name: String, _ context: Context) -> AWSError {
        AWSError(
            "RepositoryPolicyNotFoundException",
            """
            Repository policy does not exist for the repository with name '\(name)' in the registry with id \
            '\(context.account)'
            """)
    }

    static func tooManyTags(_ limit: Int) -> AWSError {
        AWSError("TooManyTagsException", "The maximum number of tags per repository is \(limit).")
    }

    static func invalidTag(_ reason: String) -> AWSError {
        AWSError("InvalidTagParameterException", "Tag parameters are invalid", explanation: reason)
    }
}

// MARK: Images

extension AWSError {
    static func imageNotFound(_ id: ImageIdentifier, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "ImageNotFoundException",
            """
            The image with imageId \(id.text) does not exist within the repository with name '\(repository)' in the registry \
            with id '\(context.account)'
            """)
    }

    static func imageAlreadyExists(_ digest: String, _ tag: String?, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "ImageAlreadyExistsException",
            """
            Image with digest '\(digest)' and tag '\(tag ?? "null")' already exists in the repository with name \
            '\(repository)' in registry with id '\(context.account)'
            """)
    }

    static func imageTagAlreadyExists(_ tag: String, _ repository: String) -> AWSError {
        AWSError(
            "ImageTagAlreadyExistsException",
            """
            The image tag '\(tag)' already exists in the '\(repository)' repository and cannot be overwritten because the \
            tag is immutable.
            """)
    }

    static func imageDigestDoesNotMatch(
        _ claimed: String, _ found: String, _ repository: String, account: String
    ) -> AWSError {
        AWSError(
            "ImageDigestDoesNotMatchException",
            """
            The image with digest '\(claimed)' in repository '\(repository)' and registry ID '\(account)' does not match the \
            image digest that Amazon ECR has calculated.
            """, explanation: "The received bytes have the digest \(found).")
    }

    /// ECR's error for a body that is not a valid manifest. `reason` is Drydock's.
    static func invalidManifest(_ reason: String) -> AWSError {
        invalidParameter("ImageManifest", "Invalid JSON syntax", explanation: "The manifest was rejected: \(reason).")
    }

    static let layersInIndex = invalidManifest("an index must list images, but this one lists layers")

    static func tooManyImageTags(_ tag: String, _ repository: String, limit: Int, _ context: Context) -> AWSError {
        AWSError(
            "LimitExceededException",
            """
            Adding tag '\(tag)' to an image in the repository with name '\(repository)' in registry with id \
            '\(context.account)' exceeds the maximum allowed number of tags per image which is '\(limit)'
            """)
    }

    static func tooManyImages(_ repository: String, limit: Int, _ context: Context) -> AWSError {
        AWSError(
            "LimitExceededException",
            """
            The repository with name '\(repository)' in registry with id '\(context.account)' already has the maximum allowed \
            number of images which is '\(limit)'
            """)
    }

    static func layersMissing(_ digests: [String], _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "LayersNotFoundException",
            """
            Layers with digests '[\(digests.joined(separator: ", "))]' required for pushing image into repository with name \
            '\(repository)' in the registry with id '\(context.account)' do not exist
            """)
    }

    static func referencedImagesMissing(_ digests: [String], _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "ReferencedImagesNotFoundException",
            """
            Images with digests '[\(digests.joined(separator: ", "))]' required for pushing image into repository with name \
            '\(repository)' in the registry with id '\(context.account)' do not exist
            """)
    }

    static func storageClassUpdateNotSupported(_ image: ImageRecord, _ context: Context) -> AWSError {
        AWSError(
            "ImageStorageClassUpdateNotSupportedException",
            "The storage class of an image with status \(image.status(context.now)) cannot be updated as requested.")
    }
}

extension ImageIdentifier {
    /// The identifier as AWS writes it in messages.
    var text: String { "{imageDigest:'\(imageDigest ?? "null")', imageTag:'\(imageTag ?? "null")'}" }
}

// MARK: Layers

extension AWSError {
    static func layerNotFound(_ digest: String, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "LayersNotFoundException",
            """
            The layer with digest '\(digest)' does not exist within the repository with name '\(repository)' in the registry \
            with id '\(context.account)'
            """)
    }

    static func layerInaccessible(_ digest: String, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "LayerInaccessibleException",
            """
            The layer with digest '\(digest)' is not associated with an image in the repository with name '\(repository)' in \
            the registry with id '\(context.account)'
            """)
    }

    static func uploadNotFound(_ id: String, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "UploadNotFoundException",
            """
            The upload with id '\(id)' in the repository with name '\(repository)' in registry with id '\(context.account)' \
            does not exist
            """)
    }

    static func emptyUpload(_ id: String, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "EmptyUploadException",
            """
            The upload with id '\(id)' in the repository with name '\(repository)' in registry with id '\(context.account)' \
            cannot be completed because it does not have any parts
            """)
    }

    /// The error for a part that does not begin where the last one ended.
    static func outOfOrder(_ first: Int, insteadOf expected: Int) -> String {
        "First byte of the layer part is \(first) instead of \(expected)"
    }

    static func invalidLayerPart(
        _ reason: String, upload: String, lastByte: Int, _ repository: String, _ context: Context
    ) -> AWSError {
        AWSError(
            "InvalidLayerPartException", reason,
            details: [
                .init("registryId", context.account), .init("repositoryName", repository), .init("uploadId", upload),
                .init("lastValidByteReceived", lastByte),
            ])
    }

    static let layerPartTooSmall = AWSError(
        "LayerPartTooSmallException", "All layer parts except the last part should be at least 5MB")

    static func invalidLayer(_ found: String) -> AWSError {
        AWSError(
            "InvalidLayerException", "None of the provided layer digests match the calculated layer digest",
            explanation: "The received bytes have the digest \(found).")
    }

    static func layerAlreadyExists(_ digest: String, _ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "LayerAlreadyExistsException",
            """
            The layer with digest '\(digest)' already exists in the repository with name '\(repository)' in registry with id \
            '\(context.account)'
            """)
    }
}
