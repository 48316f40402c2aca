import DrydockTesting
import OCI
import Testing

/// https://docs.aws.amazon.com/AmazonECR/latest/userguide/archive-image.html
@Suite(.simulator(transitions: .aws)) struct ArchivedImages {
    let aws = AWS.current
    private let id = ImageIdentifier(imageTag: "v1")

    private func move(to target: TargetStorageClass) async throws -> ImageStatus? {
        try await aws.ecr.updateImageStorageClass(
            .init(repositoryName: "app", imageId: id, targetStorageClass: target)
        ).imageStatus
    }

    private func detail(in region: String = "us-east-1") async throws -> ImageDetail? {
        let ecr = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: region).ecr
        return try await ecr.describeImages(.init(repositoryName: "app", filter: .init(imageStatus: "ANY"))).imageDetails?.first
    }

    @Test func archivedImageRestoresAfterTwentyMinutes() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let built = try BuiltImage("one")
        let client = try await aws.registry()
        try await built.push(to: "app", tag: "v1", client)
        let name = try RepositoryName(parsing: "app")
        #expect(try await move(to: "ARCHIVE") == "ARCHIVED")
        let archived = aws.clock.now
        #expect(await refusal { _ = try await move(to: "ARCHIVE") }?.code == "ImageStorageClassUpdateNotSupportedException")
        // The status is AWS's; the code and message are assumed.
        let gone = await registryRefusal { _ = try await client.manifest(.tag(OCI.Tag("v1")!), in: name) }
        #expect(gone?.status == 404 && gone?.code == "MANIFEST_UNKNOWN" && gone?.message == "Requested image is archived")
        // Assumed: its tags and layers are gone too.
        #expect(try await client.tags(in: name).isEmpty)
        let layer = try #require(built.image.manifest.layers.first)
        #expect(await registryRefusal { _ = try await client.blob(layer.digest, in: name) }?.status == 404)
        aws.clock.advance(by: .hours(1))
        #expect(try await move(to: "STANDARD") == "ACTIVATING")
        #expect(await refusal { _ = try await move(to: "ARCHIVE") }?.code == "ImageStorageClassUpdateNotSupportedException")
        #expect(await registryRefusal { _ = try await client.manifest(.tag(OCI.Tag("v1")!), in: name) }?.status == 404)
        let listed = try await aws.ecr.describeImages(.init(repositoryName: "app", filter: .init(imageStatus: "ACTIVATING")))
        #expect(listed.imageDetails?.count == 1 && listed.imageDetails?.first?.lastActivatedAt == nil)
        aws.clock.advance(by: .minutes(20))
        #expect(try await client.manifest(.tag(OCI.Tag("v1")!), in: name).digest == built.image.manifest.digest)
        #expect(try await client.tags(in: name) == [OCI.Tag("v1")!])
        _ = try await client.blob(layer.digest, in: name)
        let restored = try await detail()
        #expect(restored?.imageStatus == "ACTIVE" && restored?.lastArchivedAt == archived)
        #expect(restored?.lastActivatedAt == aws.clock.now)
    }

    @Test func pushRestoresArchivedImageAtOnce() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app", imageTagMutability: .immutable))
        let built = try BuiltImage("one")
        try await built.push(to: "app", tag: "v1", aws.registry())
        _ = try await move(to: "ARCHIVE")
        try await built.push(to: "app", tag: "v1", aws.registry())
        #expect(try await detail()?.imageStatus == "ACTIVE")
        _ = try await move(to: "ARCHIVE")
        try await aws.ecr.putImage(
            .init(
                repositoryName: "app", imageManifest: String(decoding: built.image.manifest.bytes, as: UTF8.self),
                imageTag: "v1"))
        #expect(try await detail()?.imageStatus == "ACTIVE")
    }

    /// Assumed: the description of the scan status of an archived image.
    @Test func restoredImageIsScannedAgain() async throws {
        try await aws.ecr.createRepository(
            .init(repositoryName: "app", imageScanningConfiguration: .init(scanOnPush: true)))
        try await BuiltImage("one").push(to: "app", tag: "v1", aws.registry())
        func status() async throws -> ScanStatus? {
            try await aws.ecr.describeImageScanFindings(.init(repositoryName: "app", imageId: id)).imageScanStatus?.status
        }
        aws.clock.advance(by: .minutes(1))
        #expect(try await status() == .failed)
        _ = try await move(to: "ARCHIVE")
        #expect(try await status() == "IMAGE_ARCHIVED")
        #expect(
            await refusal { _ = try await aws.ecr.startImageScan(.init(repositoryName: "app", imageId: id)) }?.code
                == "ImageArchivedException")
        _ = try await move(to: "STANDARD")
        #expect(try await status() == .inProgress)
        aws.clock.advance(by: .minutes(21))
        #expect(try await status() == .failed)
    }

    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html
    @Test func restoredImageIsReplicated() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        _ = try await move(to: "ARCHIVE")
        try await aws.ecr.putReplicationConfiguration(
            .init(
                replicationConfiguration: .init(rules: [
                    .init(destinations: [.init(region: "eu-west-1", registryId: "123456789012")])
                ])))
        _ = try await move(to: "STANDARD")
        aws.clock.advance(by: .minutes(30))
        #expect(try await detail(in: "eu-west-1")?.imageTags == ["v1"])
        // Replicating the image again restores the destination's archived copy. Archiving the source does not archive the copy.
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ecr
        try await there.updateImageStorageClass(.init(repositoryName: "app", imageId: id, targetStorageClass: "ARCHIVE"))
        _ = try await move(to: "ARCHIVE")
        #expect(try await detail(in: "eu-west-1")?.imageStatus == "ARCHIVED")
        _ = try await move(to: "STANDARD")
        aws.clock.advance(by: .minutes(30))
        #expect(try await detail(in: "eu-west-1")?.imageStatus == "ACTIVE")
        try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [id]))
        aws.clock.advance(by: .minutes(30))
        #expect(try await detail(in: "eu-west-1")?.imageStatus == "ACTIVE")
    }
}
