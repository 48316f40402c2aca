import AWSCore
import ECRAPI
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html

extension ECRSimulation {
    /// How long AWS says that it takes to bring an image back from the archive.
    static let activation = Duration.minutes(20)

    public func updateImageStorageClass(
        _ input: UpdateImageStorageClassRequest, _ context: Context
    ) throws -> UpdateImageStorageClassResponse {
        let context = try registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var image = try ImageRecord.get(input.imageId, in: repository.name, context)
        if input.targetStorageClass == "ARCHIVE" {
            guard image.isActive(context.now) else { throw AWSError.storageClassUpdateNotSupported(image, context) }
            image.archive(at: context.now)
        } else {
            guard image.isArchived else { throw AWSError.storageClassUpdateNotSupported(image, context) }
            image.isArchived = false
            image.activatedAt = context.now + context.transitions.duration(Self.activation)
        }
        try image.update(context)
        return UpdateImageStorageClassResponse(
            registryId: context.account, repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
            imageStatus: image.status(context.now))
    }
}

extension ImageRecord {
    mutating func archive(at now: Instant) {
        isArchived = true
        archivedAt = now
    }
}
