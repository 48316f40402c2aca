import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-import-snapshot.html

extension Resource where S == ImportSnapshotTask {
    static let importSnapshotTask = Resource(
        ResourceKind(
            "import-snap", type: "import-snapshot-task", code: "InvalidConversionTaskId",
            notFound: "The conversion task ID '%' does not exist", notFoundCode: "InvalidConversionTaskId"),
        id: \.importTaskId, tags: \.tags,
        life: LifeCycle(
            show: { $0.snapshotTaskDetail?.status = $1 }, initial: "active", deleting: nil,
            steps: ["active": .init(after: ImportSnapshotTask.typicalTime, isFixed: false) { try $0.finish($1) }], gone: []))
}

// MARK: Handlers

extension EC2Simulation {
    public func importSnapshot(_ input: ImportSnapshotRequest, _ context: Context) throws -> ImportSnapshotResult {
        let task = try context.create(.importSnapshotTask, input) { task in
            guard let disk = input.diskContainer else { throw AWSError.missingParameter("DiskContainer") }
            let format = (disk.format ?? "").uppercased()
            guard ["VHD", "VHDX", "VMDK", "RAW"].contains(format) else {
                throw AWSError("InvalidParameter", "The disk format '\(disk.format ?? "")' is not supported.")
            }
            let place = try ImportPlace(disk, context)
            // If S3 is not simulated, only the caller knows the object's size. Assumed without one: 8 GiB.
            let size = input.clientData?.uploadSize ?? ImportSnapshotTask.assumedSize
            guard size > 0, size <= 16_384 else {
                throw AWSError("InvalidParameter", "The size of the disk must be between 1 byte and 16384 GiB.")
            }
            let encryption = try VolumeEncryption(input.encrypted, kmsKey: input.kmsKeyId, source: nil, context)
            var detail = SnapshotTaskDetail()
            detail.description = disk.description ?? input.description
            detail.diskImageSize = (size * 1_073_741_824).rounded()
            detail.format = format
            detail.encrypted = encryption.isEncrypted
            detail.kmsKeyId = encryption.key
            detail.progress = "3"
            detail.statusMessage = "pending"
            detail.url = disk.url
            detail.userBucket = disk.url == nil ? UserBucketDetails(s3Bucket: place.bucket, s3Key: place.key) : nil
            detail.status = "active"
            task.description = input.description
            task.snapshotTaskDetail = detail
        }
        return ImportSnapshotResult(
            description: task.description, importTaskId: task.importTaskId, snapshotTaskDetail: task.snapshotTaskDetail,
            tags: task.tags)
    }

    public func describeImportSnapshotTasks(
        _ input: DescribeImportSnapshotTasksRequest, _ context: Context
    ) throws -> DescribeImportSnapshotTasksResult {
        let page = try context.describe(.importSnapshotTask, input, ids: input.importTaskIds, named: "importTaskIds")
        return DescribeImportSnapshotTasksResult(importSnapshotTasks: page.items, nextToken: page.nextToken)
    }
}

/// The S3 location of a disk. Drydock checks the bucket as far as it can.
private struct ImportPlace {
    let bucket, key: String

    init(_ disk: SnapshotDiskContainer, _ context: Context) throws {
        switch (disk.url, disk.userBucket) {
        case (nil, nil): throw AWSError.missingParameter("DiskContainer.UserBucket")
        case (_?, _?):
            throw AWSError.invalidCombination("The parameter Url cannot be used with the parameter UserBucket")
        case (let url?, nil):
            guard let place = Self.split(url) else {
                throw AWSError("InvalidParameter", "The URL '\(url)' is not the URL of an object in Amazon S3.")
            }
            (bucket, key) = place
        case (nil, let place?):
            guard let name = place.s3Bucket, !name.isEmpty, let object = place.s3Key, !object.isEmpty else {
                throw AWSError.missingParameter("DiskContainer.UserBucket.S3Bucket")
            }
            (bucket, key) = (name, object)
        }
        _ = try context.external(
            .s3Bucket, bucket,
            malformed: AWSError("InvalidParameter", "The bucket name '\(bucket)' is not valid."),
            absent: AWSError("InvalidParameter", "The bucket '\(bucket)' does not exist."))
    }

    /// Splits `s3://bucket/key`, `https://bucket.s3.region.amazonaws.com/key` or
    /// `https://s3.region.amazonaws.com/bucket/key`.
    private static func split(_ url: String) -> (String, String)? {
        guard let scheme = url.range(of: "://") else { return nil }
        let parts = url[scheme.upperBound...].split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        if url.hasPrefix("s3://") { return (parts[0], parts[1]) }
        guard url.hasPrefix("https://"), parts[0].contains(".amazonaws.com") else { return nil }
        let host = parts[0].split(separator: ".").map(String.init)
        if let index = host.firstIndex(where: { $0 == "s3" || $0.hasPrefix("s3-") }), index > 0 {
            return (host[..<index].joined(separator: "."), parts[1])
        }
        let path = parts[1].split(separator: "/", maxSplits: 1).map(String.init)
        return path.count == 2 ? (path[0], path[1]) : nil
    }
}

// MARK: Life

extension ImportSnapshotTask {
    fileprivate static let typicalTime = Duration.seconds(600)
    /// In GiB.
    fileprivate static let assumedSize = 8.0

    /// Creates the snapshot at the end of the task.
    fileprivate mutating func finish(_ context: Context) throws -> String {
        let encryption = VolumeEncryption(of: snapshotTaskDetail?.encrypted, snapshotTaskDetail?.kmsKeyId)
        guard encryption.isAccessible(context) else {
            snapshotTaskDetail?.statusMessage = "ClientError: The KMS key is not accessible"
            return "deleted"
        }
        let id = context.ids.resource(Resource.snapshot.kind.prefix)
        let bytes = snapshotTaskDetail?.diskImageSize ?? 0
        var snapshot = Resource<Snapshot>.empty
        snapshot.snapshotId = id
        snapshot.ownerId = context.account
        snapshot.volumeId = "vol-ffffffff"
        snapshot.volumeSize = max(1, Int((bytes / 1_073_741_824).rounded(.up)))
        snapshot.begin("Created by AWS-VMImport service for \(importTaskId ?? "")", encryption, context)
        snapshot.fullSnapshotSizeInBytes = Int(bytes)
        snapshot.completionTime = context.now
        snapshot.state = .completed
        try Resource.snapshot.insert(snapshot, phase: "completed", context)
        snapshotTaskDetail?.snapshotId = id
        snapshotTaskDetail?.progress = nil
        snapshotTaskDetail?.statusMessage = nil
        return "completed"
    }
}
