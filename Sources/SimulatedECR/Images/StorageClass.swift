import AWSCore
import ECRAPI
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive_restore_image.html

extension ECRSimulation {
    /// The time to restore an image from the archive, as AWS documents it.
    static let activation = Duration.minutes(20)

    public func updateImageStorageClass(
        _ input: UpdateImageStorageClassRequest, _ context: Context
    ) throws -> UpdateImageStorageClassResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        var image = try ImageRecord.get(input.imageId, in: repository.name, context)
        if input.targetStorageClass == "ARCHIVE" {
            guard image.isActive(context.now) else { throw AWSError.storageClassUpdateNotSupported(image, context) }
            try image.archive(context)
        } else {
            guard image.isArchived else { throw AWSError.storageClassUpdateNotSupported(image, context) }
            try restore(&image, in: repository, after: context.transitions.duration(Self.activation), context)
        }
        return UpdateImageStorageClassResponse(
            registryId: context.account, repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
            imageStatus: image.status(context.now))
    }

    /// Restores an image from the archive. ECR scans and replicates it like a pushed image.
    func restore(
        _ image: inout ImageRecord, in repository: RepositoryRecord, after time: Duration = .zero, _ context: Context,
        isReplica: Bool = false
    ) throws {
        let active = context.now + time
        image.isArchived = false
        image.activatedAt = active
        try image.update(context)
        try scanOnPush(image, repository, at: active, context)
        guard !isReplica else { return }
        for tag in image.tags.isEmpty ? [nil] : image.tags.map(Optional.some) {
            try scheduleReplication(of: image, tag: tag, at: active, context)
        }
    }
}

extension ImageRecord {
    /// Archives the image and deletes its scan results.
    mutating func archive(_ context: Context) throws {
        isArchived = true
        archivedAt = context.now
        try update(context)
        try ScanRecord.remove(digest, in: repository, context)
    }
}
