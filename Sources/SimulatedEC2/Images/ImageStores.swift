import AWSCore
import EC2API
import SimulatorCore

// Stores images as single objects in S3 buckets. S3 is not simulated: the stored image is kept with its task.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-store-restore.html

/// The store tasks, and the stored images.
private struct StoredImages {
    static let tasks = Resource<StoreImageTaskResult>(
        ResourceKind("", type: "store-image-task", code: "", notFound: ""), identity: { $0.amiId ?? "" }, refers: [])

    static func image(_ bucket: String, _ key: String) -> AccountDocument<Image> {
        AccountDocument("stored-image/\(bucket)/\(key)")
    }

    /// How long AWS takes for a small image.
    static let typicalTime = Duration.minutes(5)
}

extension EC2Simulation {
    public func createStoreImageTask(
        _ input: CreateStoreImageTaskRequest, _ context: Context
    ) throws -> CreateStoreImageTaskResult {
        let image = try Stored.own(input.imageId, context)
        guard image.phase == "available" else { throw AWSError.imageUnavailable(input.imageId, image.phase) }
        _ = try context.external(
            .s3Bucket, input.bucket, malformed: .invalidValue(input.bucket, for: "bucket"),
            absent: AWSError("NoSuchBucket", "The specified bucket does not exist"))
        if let earlier = try StoredImages.tasks.find(input.imageId, context) {
            guard earlier.shape.progress(context) == 100 else {
                throw AWSError("InvalidRequest", "A store image task for the image '\(input.imageId)' is already in progress.")
            }
            try StoredImages.tasks.forget(input.imageId, context)
        }
        let key = "\(input.imageId).bin"
        try StoredImages.tasks.insert(
            StoreImageTaskResult(
                amiId: input.imageId, taskStartTime: context.now.wholeSecond, bucket: input.bucket, s3objectKey: key),
            phase: "", context)
        try StoredImages.image(input.bucket, key).set(image.shape, context)
        return CreateStoreImageTaskResult(objectKey: key)
    }

    public func describeStoreImageTasks(
        _ input: DescribeStoreImageTasksRequest, _ context: Context
    ) throws -> DescribeStoreImageTasksResult {
        let paging = try Paging(input, ids: input.imageIds, named: "imageIds", context)
        for id in input.imageIds ?? [] { try ResourceKind.image.check(id) }
        var tasks = try StoredImages.tasks.all(context).map(\.shape)
        if let ids = input.imageIds, !ids.isEmpty { tasks = tasks.filter { ids.contains($0.amiId ?? "") } }
        // AWS shows tasks of the last 31 days.
        tasks = tasks.filter { ($0.taskStartTime ?? context.now) + .days(31) > context.now }
        for index in tasks.indices {
            let progress = tasks[index].progress(context)
            tasks[index].progressPercentage = progress
            tasks[index].storeTaskState = progress == 100 ? "Completed" : "InProgress"
        }
        let filters = FilterTable<StoreImageTaskResult>([
            "task-state": { [$0.storeTaskState] }, "bucket": { [$0.bucket] },
        ])
        // AWS ignores filters if the request has ids.
        if input.imageIds?.isEmpty != false { tasks = try filters.apply(input.filters, to: tasks, context) }
        let page = try paging.page(tasks.sorted { ($0.amiId ?? "") < ($1.amiId ?? "") }) { .name($0.amiId ?? "") }
        return DescribeStoreImageTasksResult(storeImageTaskResults: page.items, nextToken: page.nextToken)
    }

    public func createRestoreImageTask(
        _ input: CreateRestoreImageTaskRequest, _ context: Context
    ) throws -> CreateRestoreImageTaskResult {
        _ = try context.external(
            .s3Bucket, input.bucket, malformed: .invalidValue(input.bucket, for: "bucket"),
            absent: AWSError("NoSuchBucket", "The specified bucket does not exist"))
        guard let stored = try StoredImages.image(input.bucket, input.objectKey).get(context) else {
            throw AWSError(
                "NoSuchKey", "The specified key does not exist.",
                explanation: "Only images that CreateStoreImageTask stored in this simulator can be restored.")
        }
        let name = input.name ?? stored.name ?? ""
        try Image.check(name: name, context)
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .image, Resource.snapshot.kind)
        let id = context.ids.resource("ami")
        var image = stored
        image.imageId = id
        image.deprecationTime = nil
        image.lastLaunchedTime = nil
        image.begin(name: name, description: stored.description, context)
        image.virtualizationType = stored.virtualizationType
        image.blockDeviceMappings = try (stored.blockDeviceMappings ?? []).map { mapping in
            guard mapping.ebs?.snapshotId != nil else { return mapping }
            var snapshot = Resource<Snapshot>.empty
            snapshot.volumeId = "vol-ffffffff"
            snapshot.volumeSize = mapping.ebs?.volumeSize
            let encryption =
                mapping.ebs?.encrypted == true
                ? VolumeEncryption(isEncrypted: true, stored: try VolumeEncryption.defaultKey(context)) : .none
            snapshot.begin("Created by CreateRestoreImageTask for \(id)", encryption, context)
            var mapping = mapping
            mapping.ebs?.snapshotId = try Resource.snapshot.start(snapshot, tags, context)
            return mapping
        }
        try Resource.ownImage.start(image, tags, context)
        let guests = context.simulator.guests, source = stored.imageId ?? ""
        context.afterCommit { guests?.copyImage(source, as: id) }
        return CreateRestoreImageTaskResult(imageId: id)
    }
}

extension StoreImageTaskResult {
    fileprivate func progress(_ context: Context) -> Int {
        let whole = context.transitions.duration(StoredImages.typicalTime).milliseconds
        let passed = context.now.milliseconds - (taskStartTime ?? context.now).milliseconds
        return whole <= 0 || passed >= whole ? 100 : Int(passed * 100 / whole)
    }
}
