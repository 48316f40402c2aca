import DrydockTesting
import EC2API
import Testing

/// Imports, exports and stored images.
@Suite(.simulator(transitions: .aws)) struct ImageTasks {
    private let aws = AWS.current

    @Test func importImageCreatesImage() async throws {
        let request = ImportImageRequest(
            description: "from afar",
            diskContainers: [.init(format: "VMDK", userBucket: .init(s3Bucket: "disks-of-ours", s3Key: "web.vmdk"))],
            platform: "Linux")
        let task = try await aws.ec2.importImage(request)
        let id = try #require(task.importTaskId)
        #expect(id.hasPrefix("import-ami-") && task.status == "active" && task.progress != nil)
        aws.clock.advance(by: .minutes(30))
        let done = try #require(
            try await aws.ec2.describeImportImageTasks(.init(importTaskIds: [id])).importImageTasks?.first)
        #expect(done.status == "completed" && done.snapshotDetails?.first?.status == "completed")
        aws.clock.advance(by: .minutes(5))
        let image = try await aws.describe(image: done.imageId ?? "")
        #expect(image.state == .available && image.name == id && image.architecture == "x86_64")
        try await aws.run { $0.imageId = image.imageId }
        await refused("IncorrectState") { try await aws.ec2.cancelImportTask(.init(importTaskId: id)) }
        let other = try #require(try await aws.ec2.importImage(request).importTaskId)
        #expect(try await aws.ec2.cancelImportTask(.init(importTaskId: other)).state == "deleting")
        let active = try await aws.ec2.describeImportImageTasks(
            .init(filters: [Filter(name: "task-state", values: ["completed"])]))
        #expect(active.importImageTasks?.map(\.importTaskId) == [id])
        await refused("InvalidParameterValue") {
            try await aws.ec2.importImage(.init(diskContainers: [.init(format: "FLOPPY", url: "s3://disks-of-ours/a")]))
        }
        await refused("MissingParameter") { try await aws.ec2.importImage(.init()) }
        await refused("InvalidConversionTaskId") {
            try await aws.ec2.describeImportImageTasks(.init(importTaskIds: ["import-ami-0123456789abcdef0"]))
        }
    }

    @Test func exportImageCompletes() async throws {
        let id = try await aws.image()
        let task = try await aws.ec2.exportImage(
            .init(diskImageFormat: .vmdk, imageId: id, s3ExportLocation: .init(s3Bucket: "disks-of-ours", s3Prefix: "out/")))
        #expect(task.status == "active" && task.s3ExportLocation?.s3Bucket == "disks-of-ours")
        aws.clock.advance(by: .minutes(30))
        let tasks = try await aws.ec2.describeExportImageTasks(.init()).exportImageTasks
        #expect(tasks?.map(\.status) == ["completed"])
        let amazons = try await aws.ubuntu()
        await refused("AuthFailure") {
            try await aws.ec2.exportImage(
                .init(diskImageFormat: .raw, imageId: amazons, s3ExportLocation: .init(s3Bucket: "disks-of-ours")))
        }
        await refused("InvalidParameter") {
            try await aws.ec2.exportImage(.init(diskImageFormat: .raw, imageId: id, s3ExportLocation: .init(s3Bucket: "A")))
        }
    }

    @Test func storedImageIsRestored() async throws {
        let id = try await aws.image()
        let key = try #require(
            try await aws.ec2.createStoreImageTask(.init(imageId: id, bucket: "disks-of-ours")).objectKey)
        #expect(key == "\(id).bin")
        await refused("InvalidRequest") {
            try await aws.ec2.createStoreImageTask(.init(imageId: id, bucket: "disks-of-ours"))
        }
        #expect(try await aws.ec2.describeStoreImageTasks(.init()).storeImageTaskResults?.first?.storeTaskState == "InProgress")
        aws.clock.advance(by: .minutes(10))
        #expect(try await aws.ec2.describeStoreImageTasks(.init()).storeImageTaskResults?.first?.progressPercentage == 100)
        await refused("InvalidAMIName.Duplicate") {
            try await aws.ec2.createRestoreImageTask(.init(bucket: "disks-of-ours", objectKey: key))
        }
        let restored = try #require(
            try await aws.ec2.createRestoreImageTask(.init(bucket: "disks-of-ours", objectKey: key, name: "again")).imageId)
        aws.clock.advance(by: .minutes(10))
        #expect(try await aws.describe(image: restored).state == .available)
        await refused("NoSuchKey") {
            try await aws.ec2.createRestoreImageTask(.init(bucket: "disks-of-ours", objectKey: "ami-0.bin", name: "none"))
        }
    }

    @Test func fastLaunchIsLimitedToWindowsImages() async throws {
        let id = try await aws.image()
        await refused("InvalidRequest") { try await aws.ec2.enableFastLaunch(.init(imageId: id)) }
        let windows = try #require(
            try await aws.ec2.describeImages(
                .init(owners: ["801119661308"], filters: [Filter(name: "platform", values: ["windows"])])
            ).images?.last?.imageId)
        let instance = try #require(try await aws.run { $0.imageId = windows }.first?.instanceId)
        aws.clock.advance(by: .minutes(1))
        let own = try await aws.image("windows", of: instance)
        #expect(try await aws.ec2.enableFastLaunch(.init(imageId: own)).state == .enabling)
        aws.clock.advance(by: .minutes(30))
        #expect(try await aws.ec2.describeFastLaunchImages(.init()).fastLaunchImages?.map(\.state) == [.enabled])
        #expect(try await aws.ec2.disableFastLaunch(.init(imageId: own)).state == .disabling)
        #expect(try await aws.ec2.describeFastLaunchImages(.init()).fastLaunchImages?.isEmpty == true)
    }

    @Test func bundleAndConversionTasksAreEmpty() async throws {
        #expect(try await aws.ec2.describeBundleTasks(.init()).bundleTasks?.isEmpty != false)
        #expect(try await aws.ec2.describeConversionTasks(.init()).conversionTasks?.isEmpty != false)
        #expect(try await aws.ec2.describeExportTasks(.init()).exportTasks?.isEmpty != false)
        #expect(try await aws.ec2.describeFpgaImages(.init()).fpgaImages?.isEmpty != false)
        #expect(try await aws.ec2.listImagesInRecycleBin(.init()).images?.isEmpty != false)
        await refused("InvalidBundleID.NotFound") { try await aws.ec2.cancelBundleTask(.init(bundleId: "bun-1234")) }
        await refused("InvalidAMIID.NotFound") {
            try await aws.ec2.restoreImageFromRecycleBin(.init(imageId: "ami-0123456789abcdef0"))
        }
    }

    @Test func runInstancesLimitsClientTokenTo64Characters() async throws {
        await refused("InvalidParameterValue") {
            try await aws.run { $0.clientToken = String(repeating: "x", count: 65) }
        }
        try await aws.run { $0.clientToken = String(repeating: "x", count: 64) }
    }

    @Test func runInstancesMergesTemplateAndRequestTags() async throws {
        let image = try await aws.ubuntu()
        _ = try await aws.ec2.createLaunchTemplate(
            .init(
                launchTemplateName: "tagged",
                launchTemplateData: .init(
                    imageId: image, instanceType: "t3.micro",
                    tagSpecifications: [
                        .init(resourceType: "instance", tags: [Tag(key: "a", value: "1"), Tag(key: "b", value: "1")])
                    ])))
        let run = try await aws.ec2.runInstances(
            .init(
                maxCount: 1, minCount: 1,
                tagSpecifications: [
                    .init(resourceType: "instance", tags: [Tag(key: "b", value: "2"), Tag(key: "c", value: "2")])
                ], launchTemplate: .init(launchTemplateName: "tagged")))
        let tags = run.instances?.first?.tags?.filter { $0.key?.hasPrefix("aws:") == false } ?? []
        #expect(tags.map { "\($0.key ?? "")=\($0.value ?? "")" } == ["a=1", "b=2", "c=2"])
    }
}
