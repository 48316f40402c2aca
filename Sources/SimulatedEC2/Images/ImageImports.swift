import AWSCore
import EC2API
import SimulatorCore

// Imports images from disks in S3, and exports them. S3 is not simulated: the objects in a bucket are not read.
// https://docs.aws.amazon.com/vm-import/latest/userguide/vmimport-image-import.html

extension Resource where S == ImportImageTask {
    static let importImageTask = Resource(
        ResourceKind(
            "import-ami", type: "import-image-task", code: "InvalidConversionTaskId",
            notFound: "The import task ID '%' does not exist", notFoundCode: "InvalidConversionTaskId"),
        id: \.importTaskId, tags: \.tags, showsNoTags: false,
        life: LifeCycle(
            show: { $0.status = $1 }, initial: "active", deleting: nil,
            steps: [
                "active": .init(after: .minutes(15), isFixed: false) { task, context in
                    try task.complete(context)
                    return "completed"
                },
                "deleting": .init(after: .seconds(30), isFixed: false) { _, _ in "deleted" },
                // AWS shows tasks for a week.
                "completed": .init(after: .days(7), isFixed: true) { _, _ in nil },
                "deleted": .init(after: .days(7), isFixed: true) { _, _ in nil },
            ], gone: []),
        filters: ["task-state": { [$0.status] }])
}

extension Resource where S == ExportImageTask {
    static let exportImageTask = Resource(
        ResourceKind(
            "export-ami", type: "export-image-task", code: "InvalidExportTaskID",
            notFound: "The export task ID '%' does not exist"),
        id: \.exportImageTaskId, tags: \.tags, showsNoTags: false,
        life: LifeCycle(
            show: { $0.status = $1 }, initial: "active", deleting: nil,
            steps: [
                "active": .init(after: .minutes(15), isFixed: false) { task, _ in
                    task.progress = nil
                    task.statusMessage = nil
                    return "completed"
                },
                "completed": .init(after: .days(7), isFixed: true) { _, _ in nil },
            ], gone: []),
        filters: ["task-state": { [$0.status] }])
}

// MARK: Import

extension EC2Simulation {
    public func importImage(_ input: ImportImageRequest, _ context: Context) throws -> ImportImageResult {
        guard let containers = input.diskContainers, !containers.isEmpty else {
            throw AWSError.missingParameter("diskContainer")
        }
        for (value, allowed, name) in [
            (input.architecture, ["i386", "x86_64", "arm64"], "architecture"),
            (input.platform, ["Windows", "Linux"], "platform"),
            (input.hypervisor, ["xen"], "hypervisor"), (input.licenseType, ["AWS", "BYOL"], "licenseType"),
        ] {
            if let value, !value.isEmpty, !allowed.contains(value) { throw AWSError.invalidValue(value, for: name) }
        }
        let encryption = try VolumeEncryption(input.encrypted, kmsKey: input.kmsKeyId, source: nil, context)
        let details = try containers.map { try Self.detail($0, context) }
        let task = try context.create(.importImageTask, input) { task in
            task.architecture = input.architecture ?? "x86_64"
            task.description = input.description
            task.encrypted = encryption.isEncrypted
            task.kmsKeyId = encryption.key
            task.hypervisor = input.hypervisor
            task.licenseType = input.licenseType
            task.platform = input.platform ?? "Linux"
            task.bootMode = input.bootMode
            task.usageOperation = input.usageOperation
            task.progress = "1"
            task.statusMessage = "pending"
            task.snapshotDetails = details
        }
        return ImportImageResult(
            architecture: task.architecture, description: task.description, encrypted: task.encrypted,
            hypervisor: task.hypervisor, importTaskId: task.importTaskId, kmsKeyId: task.kmsKeyId,
            licenseType: task.licenseType, platform: task.platform, progress: task.progress,
            snapshotDetails: task.snapshotDetails, status: task.status, statusMessage: task.statusMessage, tags: task.tags,
            usageOperation: task.usageOperation)
    }

    private static func detail(_ container: ImageDiskContainer, _ context: Context) throws -> SnapshotDetail {
        var detail = SnapshotDetail(description: container.description, deviceName: container.deviceName)
        detail.diskImageSize = 0
        if let snapshot = container.snapshotId, !snapshot.isEmpty {
            detail.diskImageSize = Double(try SnapshotSource(snapshot, context).size) * 1_073_741_824
            detail.snapshotId = snapshot
            detail.status = "completed"
            return detail
        }
        guard ["OVA", "VHD", "VHDX", "VMDK", "RAW"].contains(container.format?.uppercased() ?? "") else {
            throw AWSError.invalidValue(
                container.format ?? "", for: "format", "Supported formats are OVA, VHD, VHDX, VMDK and RAW.")
        }
        detail.format = container.format?.uppercased()
        if let bucket = container.userBucket {
            try checkBucket(bucket.s3Bucket ?? "", context)
            detail.userBucket = UserBucketDetails(s3Bucket: bucket.s3Bucket, s3Key: bucket.s3Key)
        } else if let url = container.url, !url.isEmpty {
            let parts = url.hasPrefix("s3://") ? url.dropFirst(5).split(separator: "/", maxSplits: 1) : []
            guard url.hasPrefix("https://") || parts.count == 2 else { throw AWSError.invalidValue(url, for: "url") }
            if let bucket = parts.first { try checkBucket(String(bucket), context) }
            detail.url = url
        } else {
            throw AWSError.missingParameter("diskContainer.url or diskContainer.userBucket")
        }
        detail.status = "active"
        return detail
    }

    static func checkBucket(_ name: String, _ context: Context) throws {
        _ = try context.external(
            .s3Bucket, name, malformed: AWSError("InvalidParameter", "The S3 bucket name '\(name)' is not valid"),
            absent: AWSError("InvalidParameter", "The given S3 object is not accessible: the bucket '\(name)' does not exist"))
    }

    public func describeImportImageTasks(
        _ input: DescribeImportImageTasksRequest, _ context: Context
    ) throws -> DescribeImportImageTasksResult {
        let page = try context.describe(.importImageTask, input, ids: input.importTaskIds, named: "importTaskIds")
        return DescribeImportImageTasksResult(importImageTasks: page.items, nextToken: page.nextToken)
    }

    public func cancelImportTask(_ input: CancelImportTaskRequest, _ context: Context) throws -> CancelImportTaskResult {
        guard let id = input.importTaskId, !id.isEmpty else { throw AWSError.missingParameter("importTaskId") }
        var task = try Resource.importImageTask.get(id, context)
        guard task.phase == "active" else {
            throw AWSError("IncorrectState", "The import task '\(id)' is in the state '\(task.phase)' and can't be cancelled.")
        }
        task.shape.statusMessage = input.cancelReason
        task.shape.progress = nil
        try Resource.importImageTask.move(&task, to: "deleting", at: context.now, context)
        return CancelImportTaskResult(importTaskId: id, previousState: "active", state: "deleting")
    }
}

extension ImportImageTask {
    /// Creates the imported image, with a snapshot for each disk. A disk of unknown size gets 8 GiB, because its contents are not
    /// read.
    fileprivate mutating func complete(_ context: Context) throws {
        progress = nil
        statusMessage = nil
        let id = context.ids.resource("ami"), none = try TagSpecifications(nil, allowed: .image)
        var image = Resource<Image>.empty
        image.imageId = id
        image.ownerId = context.account
        image.begin(
            name: importTaskId ?? id,
            description: "AWS-VMImport service: \(platform ?? "Linux") - \(description ?? "")", context)
        image.architecture = architecture.map { ArchitectureValues($0) }
        let isWindows = platform == "Windows"
        image.platform = isWindows ? Image.windows : nil
        image.platformDetails = isWindows ? "Windows" : "Linux/UNIX"
        image.usageOperation = usageOperation ?? (isWindows ? "RunInstances:0002" : "RunInstances")
        image.rootDeviceName = "/dev/sda1"
        image.enaSupport = true
        image.bootMode = bootMode
        var details = snapshotDetails ?? []
        image.blockDeviceMappings = try details.indices.map { index in
            var snapshot = details[index].snapshotId
            if snapshot == nil {
                var made = Resource<Snapshot>.empty
                made.volumeId = "vol-ffffffff"
                made.volumeSize = 8
                made.begin(
                    "Created by AWS-VMImport service for \(importTaskId ?? "")",
                    VolumeEncryption(isEncrypted: encrypted ?? false, stored: kmsKeyId), context)
                snapshot = try Resource.snapshot.start(made, none, context)
            }
            let letter = index == 0 ? "a1" : String(UnicodeScalar(UInt8(97 + index % 26)))
            details[index].snapshotId = snapshot
            details[index].deviceName = details[index].deviceName ?? "/dev/sd\(letter)"
            details[index].status = "completed"
            var ebs = EbsBlockDevice()
            ebs.snapshotId = snapshot
            ebs.volumeSize = Int((details[index].diskImageSize ?? 0) / 1_073_741_824)
            if ebs.volumeSize == 0 { ebs.volumeSize = 8 }
            ebs.volumeType = .gp2
            ebs.deleteOnTermination = true
            ebs.encrypted = encrypted ?? false
            return BlockDeviceMapping(ebs: ebs, deviceName: index == 0 ? "/dev/sda1" : "/dev/sd\(letter)")
        }
        snapshotDetails = details
        imageId = id
        try Resource.ownImage.start(image, none, context)
    }
}

// MARK: Export

extension EC2Simulation {
    public func exportImage(_ input: ExportImageRequest, _ context: Context) throws -> ExportImageResult {
        let image = try Stored.own(input.imageId, context)
        guard image.phase == "available" else { throw AWSError.imageUnavailable(input.imageId, image.phase) }
        try Self.checkBucket(input.s3ExportLocation.s3Bucket, context)
        let task = try context.create(.exportImageTask, input) { task in
            task.description = input.description
            task.imageId = input.imageId
            task.progress = "0"
            task.statusMessage = "validating"
            task.s3ExportLocation = ExportTaskS3Location(
                s3Bucket: input.s3ExportLocation.s3Bucket, s3Prefix: input.s3ExportLocation.s3Prefix)
        }
        return ExportImageResult(
            description: task.description, diskImageFormat: input.diskImageFormat, exportImageTaskId: task.exportImageTaskId,
            imageId: task.imageId, roleName: input.roleName ?? "vmimport", progress: task.progress,
            s3ExportLocation: task.s3ExportLocation, status: task.status, statusMessage: task.statusMessage, tags: task.tags)
    }

    public func describeExportImageTasks(
        _ input: DescribeExportImageTasksRequest, _ context: Context
    ) throws -> DescribeExportImageTasksResult {
        let page = try context.describe(
            .exportImageTask, input, ids: input.exportImageTaskIds, named: "exportImageTaskIds")
        return DescribeExportImageTasksResult(exportImageTasks: page.items, nextToken: page.nextToken)
    }

    /// Always returns an empty list: the simulator has no operation that exports instances.
    public func describeExportTasks(
        _ input: DescribeExportTasksRequest, _ context: Context
    ) throws -> DescribeExportTasksResult {
        if let id = input.exportTaskIds?.first {
            throw AWSError("InvalidExportTaskID.NotFound", "The export task ID '\(id)' does not exist")
        }
        return DescribeExportTasksResult(exportTasks: [])
    }
}
