import DrydockTesting
import HTTPTypes
import OCI
import SimulatedECR
import SimulatedIAM
import Testing

@Suite(.simulator) struct Images {
    let aws = AWS.current

    @Test func describeImagesReportsSizeTagsAndPullTime() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let manifest = try await aws.manifest("layer", in: "app")
        let digest = try await aws.putImage("layer", tag: "v1", to: "app")
        #expect(digest == manifest.digest.description)
        let detail = try #require(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.first)
        #expect(detail.imageSizeInBytes == manifest.imageSize && detail.imageTags == ["v1"] && detail.imageDigest == digest)
        #expect(detail.imageManifestMediaType == "application/vnd.docker.distribution.manifest.v2+json")
        #expect(detail.artifactMediaType == "application/vnd.docker.container.image.v1+json")
        #expect(detail.imagePushedAt == aws.clock.now && detail.lastRecordedPullTime == nil)
        aws.clock.advance(by: .hours(1))
        let got = try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(got.images?.first?.imageManifest == String(decoding: manifest.bytes, as: UTF8.self))
        let pulled = try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.first?.lastRecordedPullTime
        #expect(pulled == aws.clock.now)
    }

    @Test func movedTagLeavesPreviousImageUntagged() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let first = try await aws.putImage("one", tag: "latest", to: "app")
        let second = try await aws.putImage("two", tag: "latest", to: "app")
        let ids = try #require(try await aws.ecr.listImages(.init(repositoryName: "app")).imageIds)
        #expect(ids.count == 2)
        #expect(ids.first { $0.imageDigest == first }?.imageTag == nil)
        #expect(ids.first { $0.imageDigest == second }?.imageTag == "latest")
        let untagged = try await aws.ecr.listImages(.init(repositoryName: "app", filter: .init(tagStatus: "UNTAGGED"))).imageIds
        #expect(untagged?.map(\.imageDigest) == [first])
        let tagged = try await aws.ecr.describeImages(.init(repositoryName: "app", filter: .init(tagStatus: "TAGGED")))
            .imageDetails
        #expect(tagged?.map(\.imageDigest) == [second])
    }

    @Test func putImageRejectsExistingDigestAndTag() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        let again = await refusal { try await aws.putImage("one", tag: "v1", to: "app") }
        #expect(again?.code == "ImageAlreadyExistsException")
        #expect(
            again?.message
                == "Image with digest '\(digest)' and tag 'v1' already exists in the repository with name 'app' in registry with id '123456789012'"
        )
        #expect(try await aws.putImage("one", tag: "v2", to: "app") == digest)
        #expect(try await aws.tags("app") == ["v1", "v2"])
    }

    @Test func putImageRequiresItsLayers() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.ecr.createRepository(.init(repositoryName: "other"))
        let manifest = try await aws.manifest("one", in: "other")
        let text = String(decoding: manifest.bytes, as: UTF8.self)
        let error = await refusal {
            try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: text, imageTag: "v1"))
        }
        #expect(error?.code == "LayersNotFoundException")
        #expect(
            error?.message.hasSuffix(
                "required for pushing image into repository with name 'app' in the registry with id '123456789012' do not exist"
            )
                == true)
        let index = Manifest(index: [manifest.descriptor])
        let missing = await refusal {
            try await aws.ecr.putImage(
                .init(repositoryName: "app", imageManifest: String(decoding: index.bytes, as: UTF8.self), imageTag: "v1"))
        }
        #expect(missing?.code == "ReferencedImagesNotFoundException")
        #expect(try await aws.ecr.listImages(.init(repositoryName: "app")).imageIds?.isEmpty == true)
    }

    @Test(arguments: [
        "", "{", "[]", #"{"schemaVersion":1,"mediaType":"application/vnd.docker.distribution.manifest.v1+json"}"#,
    ])
    func putImageRejectsInvalidManifests(text: String) async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let error = await refusal { try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: text)) }
        #expect(error?.code == "InvalidParameterException")
    }

    /// "If you push an image manifest that does not contain the mediaType field, you must specify the imageManifestMediaType in
    /// the request." (PutImage)
    @Test func putImageAcceptsMediaTypeFromRequest() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let manifest = try await aws.manifest("one", in: "app")
        let text = String(decoding: manifest.bytes, as: UTF8.self)
        let type = try #require(text.firstRange(of: /"mediaType":\s*"[^"]*",\s*/))
        var untyped = text
        untyped.removeSubrange(type)
        let error = await refusal { try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: untyped)) }
        #expect(error?.code == "InvalidParameterException")
        let put = try await aws.ecr.putImage(
            .init(
                repositoryName: "app", imageManifest: untyped, imageManifestMediaType: manifest.mediaType.rawValue,
                imageTag: "v1"))
        #expect(put.image?.imageManifestMediaType == manifest.mediaType.rawValue)
        let found = try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(found.images?.first?.imageManifest == untyped)
    }

    @Test func immutableTagsCannotBeOverwritten() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app", imageTagMutability: .immutable))
        try await aws.putImage("one", tag: "v1", to: "app")
        let error = await refusal { try await aws.putImage("two", tag: "v1", to: "app") }
        #expect(error?.code == "ImageTagAlreadyExistsException")
        #expect(
            error?.message
                == "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable."
        )
        // https://github.com/aws/containers-roadmap/issues/2179: the same digest gives the same error.
        let same = await refusal { try await aws.putImage("one", tag: "v1", to: "app") }
        #expect(same?.code == "ImageTagAlreadyExistsException")
        try await aws.ecr.putImageTagMutability(
            .init(
                repositoryName: "app", imageTagMutability: .immutableWithExclusion,
                imageTagMutabilityExclusionFilters: [.init(filterType: "WILDCARD", filter: "dev-*")]))
        try await aws.putImage("one", tag: "dev-1", to: "app")
        try await aws.putImage("two", tag: "dev-1", to: "app")
        #expect(
            await refusal { try await aws.putImage("three", tag: "v1", to: "app") }?.code == "ImageTagAlreadyExistsException")
        let refused = await refusal {
            try await aws.ecr.putImageTagMutability(.init(repositoryName: "app", imageTagMutability: .mutableWithExclusion))
        }
        #expect(refused?.code == "InvalidParameterException")
    }

    @Test func batchDeleteImageKeepsImageUntilLastTag() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("one", tag: "v2", to: "app")
        let one = try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v1")]))
        #expect(
            one.imageIds?.first?.imageDigest == digest && one.imageIds?.first?.imageTag == "v1" && one.failures?.isEmpty == true
        )
        #expect(try await aws.tags("app") == ["v2"])
        try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [.init(imageTag: "v2")]))
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.isEmpty == true)
        // Its layers are gone too. Assumed: at once.
        let layers = try await aws.ecr.batchCheckLayerAvailability(
            .init(repositoryName: "app", layerDigests: [Digest(of: Bytes("one".utf8)).description]))
        #expect(layers.layers?.first?.layerAvailability == "UNAVAILABLE")
    }

    /// Image lists contain both tag and digest of each image. Deleting all of them must not fail half-way. LocalStack's tests of
    /// ECR check the same.
    @Test func batchDeleteImageWithTagAndDigestDeletesTag() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        for tag in ["v2", "v3"] { try await aws.putImage("one", tag: tag, to: "app") }
        func delete(_ ids: [ImageIdentifier]) async throws -> BatchDeleteImageResponse {
            try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: ids))
        }
        let one = try await delete([.init(imageDigest: digest, imageTag: "v1")])
        #expect(one.imageIds?.map(\.imageTag) == ["v1"])
        #expect(try await aws.tags("app") == ["v2", "v3"])
        let rest = try await delete([.init(imageDigest: digest), .init(imageTag: "v2"), .init(imageTag: "v2")])
        #expect(rest.imageIds?.map(\.imageTag) == ["v2", "v3"] && rest.failures?.isEmpty == true)
        for tag in ["v1", "v2"] { try await aws.putImage("one", tag: tag, to: "app") }
        let listed = try #require(try await aws.ecr.listImages(.init(repositoryName: "app")).imageIds)
        let all = try await delete(listed)
        #expect(all.imageIds?.map(\.imageTag) == ["v1", "v2"] && all.failures?.isEmpty == true)
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.isEmpty == true)
    }

    @Test func batchGetImageReportsFailurePerImage() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.putImage("one", tag: "v1", to: "app")
        try await aws.putImage("two", tag: "v2", to: "app")
        let result = try await aws.ecr.batchGetImage(
            .init(
                repositoryName: "app",
                imageIds: [
                    .init(imageTag: "absent"), .init(imageDigest: "sha256:nonsense"), .init(),
                    .init(imageDigest: digest, imageTag: "v2"), .init(imageDigest: digest, imageTag: "v1"),
                ]))
        #expect(
            result.failures?.map(\.failureCode?.rawValue) == [
                "ImageNotFound", "InvalidImageDigest", "MissingDigestAndTag", "ImageTagDoesNotMatchDigest",
            ])
        // The message is the one that LocalStack's tests of ECR expect.
        #expect(
            result.failures?.map(\.failureReason) == [
                "Requested image not found",
                "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
                "Invalid request parameters: both tag and digest cannot be null",
                "Invalid request parameters: given tag does not map to the given digest",
            ])
        #expect(result.images?.count == 1)
        let error = await refusal {
            _ = try await aws.ecr.describeImages(.init(repositoryName: "app", imageIds: [.init(imageTag: "v9")]))
        }
        #expect(error?.code == "ImageNotFoundException")
        #expect(
            error?.message
                == "The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name 'app' in the registry with id '123456789012'"
        )
    }

    @Test func batchDeleteImageKeepsImagesOfIndex() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let child = try await aws.manifest("one", in: "app")
        try await aws.putImage("one", tag: nil, to: "app")
        let index = Manifest(index: [child.descriptor])
        try await aws.ecr.putImage(
            .init(repositoryName: "app", imageManifest: String(decoding: index.bytes, as: UTF8.self), imageTag: "multi"))
        let size = try await aws.ecr.describeImages(.init(repositoryName: "app", imageIds: [.init(imageTag: "multi")]))
            .imageDetails?.first?.imageSizeInBytes
        #expect(size == child.imageSize)
        let id = ImageIdentifier(imageDigest: child.digest.description)
        let refused = try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [id]))
        #expect(refused.failures?.first?.failureCode == "ImageReferencedByManifestList")
        #expect(refused.failures?.first?.failureReason == "Requested image referenced by manifest list: [\(index.digest)]")
        let both = try await aws.ecr.batchDeleteImage(.init(repositoryName: "app", imageIds: [id, .init(imageTag: "multi")]))
        #expect(both.failures?.isEmpty == true && both.imageIds?.count == 2)
    }

    @Test func archivedImagesCannotBePulled() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        let id = ImageIdentifier(imageTag: "v1")
        let archived = try await aws.ecr.updateImageStorageClass(
            .init(repositoryName: "app", imageId: id, targetStorageClass: "ARCHIVE"))
        #expect(archived.imageStatus == "ARCHIVED")
        let got = try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [id]))
        #expect(got.failures?.first?.failureCode == "ImageInaccessible")
        #expect(try await aws.ecr.describeImages(.init(repositoryName: "app")).imageDetails?.isEmpty == true)
        let shown = try await aws.ecr.describeImages(.init(repositoryName: "app", filter: .init(imageStatus: "ARCHIVED")))
        #expect(shown.imageDetails?.first?.lastArchivedAt == aws.clock.now)
        try await aws.ecr.updateImageStorageClass(.init(repositoryName: "app", imageId: id, targetStorageClass: "STANDARD"))
        #expect(try await aws.ecr.batchGetImage(.init(repositoryName: "app", imageIds: [id])).images?.count == 1)
    }

    @Test func listImageReferrersReturnsReferrersOfSubject() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let subject = try await aws.manifest("one", in: "app")
        try await aws.putImage("one", tag: "v1", to: "app")
        let note = try await aws.manifest("note", in: "app", subject: subject.descriptor)
        try await aws.ecr.putImage(.init(repositoryName: "app", imageManifest: String(decoding: note.bytes, as: UTF8.self)))
        let listed = try await aws.ecr.listImageReferrers(
            .init(repositoryName: "app", subjectId: .init(imageDigest: subject.digest.description)))
        #expect(listed.referrers?.map(\.digest) == [note.digest.description])
        #expect(
            listed.referrers?.first?.artifactType == "application/x.note" && listed.referrers?.first?.size == note.bytes.count)
        let client = try await aws.registry()
        let found = try await client.referrers(of: subject.digest, in: RepositoryName(parsing: "app"))
        #expect(found.map(\.digest) == [note.digest])
        let detail = try await aws.ecr.describeImages(
            .init(repositoryName: "app", imageIds: [.init(imageDigest: note.digest.description)]))
        #expect(detail.imageDetails?.first?.subjectManifestDigest == subject.digest.description)
    }
}

@Suite(.simulator) struct Layers {
    let aws = AWS.current

    @Test func layerPartsMustBeContiguous() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let id = try #require(try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app")).uploadId)
        func part(_ first: Int, _ last: Int, _ count: Int) async -> AWSError? {
            await refusal {
                try await aws.ecr.uploadLayerPart(
                    .init(
                        repositoryName: "app", uploadId: id, partFirstByte: first, partLastByte: last,
                        layerPartBlob: Bytes(repeating: 7, count: count)))
            }
        }
        #expect(
            await refusal {
                try await aws.ecr.completeLayerUpload(
                    .init(repositoryName: "app", uploadId: id, layerDigests: [Digest.ofNothing.description]))
            }?.message
                == "The upload with id '\(id)' in the repository with name 'app' in registry with id '123456789012' cannot be "
                + "completed because it does not have any parts")
        let elsewhere = await part(5, 9, 5)
        #expect(elsewhere?.code == "InvalidLayerPartException")
        #expect(elsewhere?.message == "First byte of the layer part is 5 instead of 0")
        #expect(await part(0, 9, 5)?.code == "InvalidLayerPartException")
        #expect(await part(0, (5 << 20) - 1, 5 << 20) == nil)
        #expect(await part(5 << 20, (5 << 20) + 9, 10) == nil)
        let wrong = await refusal {
            try await aws.ecr.completeLayerUpload(
                .init(repositoryName: "app", uploadId: id, layerDigests: [Digest.ofNothing.description]))
        }
        #expect(wrong?.code == "InvalidLayerException")
        #expect(wrong?.message == "None of the provided layer digests match the calculated layer digest")
        let digest = Digest(of: Bytes(repeating: 7, count: (5 << 20) + 10)).description
        try await aws.ecr.completeLayerUpload(.init(repositoryName: "app", uploadId: id, layerDigests: [digest]))
        // Failed builds' logs quote this message without the registry's part, which is taken from EmptyUploadException's message.
        let gone = await part(0, 4, 5)
        #expect(gone?.code == "UploadNotFoundException")
        #expect(
            gone?.message == """
                The upload with id '\(id)' in the repository with name 'app' in registry with id '123456789012' does not exist
                """)
        let layer = try await aws.ecr.batchCheckLayerAvailability(.init(repositoryName: "app", layerDigests: [digest])).layers?
            .first
        #expect(layer?.layerAvailability == "AVAILABLE" && layer?.layerSize == (5 << 20) + 10)
        #expect(
            await refusal { _ = try await aws.upload(Bytes(repeating: 7, count: (5 << 20) + 10), to: "app") }?.code
                == "LayerAlreadyExistsException")
    }

    /// The small part is accepted and the upload fails: only CompleteLayerUpload has LayerPartTooSmallException. The message is
    /// from dotnet/sdk-container-builds#424.
    @Test func onlyLastLayerPartMayBeSmall() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let id = try #require(try await aws.ecr.initiateLayerUpload(.init(repositoryName: "app")).uploadId)
        for first in [0, 10] {
            try await aws.ecr.uploadLayerPart(
                .init(
                    repositoryName: "app", uploadId: id, partFirstByte: first, partLastByte: first + 9,
                    layerPartBlob: Bytes(repeating: 7, count: 10)))
        }
        let digest = Digest(of: Bytes(repeating: 7, count: 20)).description
        let refusal = await refusal {
            try await aws.ecr.completeLayerUpload(.init(repositoryName: "app", uploadId: id, layerDigests: [digest]))
        }
        #expect(refusal?.code == "LayerPartTooSmallException")
        #expect(refusal?.message == "All layer parts except the last part should be at least 5MB")
    }

    @Test func layerDownloadURLsAreSignedAndExpire() async throws {
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        let digest = try await aws.upload(Bytes("one".utf8), to: "app")
        let request = GetDownloadUrlForLayerRequest(repositoryName: "app", layerDigest: digest)
        #expect(await refusal { _ = try await aws.ecr.getDownloadUrlForLayer(request) }?.code == "LayerInaccessibleException")
        try await aws.putImage("one", tag: "v1", to: "app")
        let url = try #require(try await aws.ecr.getDownloadUrlForLayer(request).downloadUrl)
        #expect(url.hasPrefix("https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/"))
        let (status, body) = try await get(url)
        #expect(status == 200 && body == "one")
        let forged = url.replacing("X-Amz-Expires=3600", with: "X-Amz-Expires=9999")
        #expect(try await get(forged).0 == 403)
        aws.clock.advance(by: .seconds(3601))
        let (late, error) = try await get(url)
        #expect(late == 403 && error.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"))
        let absent = await refusal {
            _ = try await aws.ecr.getDownloadUrlForLayer(
                .init(repositoryName: "app", layerDigest: Digest.ofNothing.description))
        }
        #expect(
            absent?.message
                == "The layer with digest '\(Digest.ofNothing)' does not exist within the repository with name 'app' in the registry with id '123456789012'"
        )
    }

    @Test func damagedLayerIsNotServed() async throws {
        let blobs = MemoryBlobStore()
        let ecr = ECRSimulation(blobs: blobs)
        let aws = AWS(
            try Simulator(
                Configuration(), services: [ecr, IAMSimulation(), STSSimulation()], doors: ecr.doors, directory: IAMDirectory())
        )
        try await aws.ecr.createRepository(.init(repositoryName: "app"))
        try await aws.putImage("one", tag: "v1", to: "app")
        let digest = Digest(of: Bytes("one".utf8))
        let url = try #require(
            try await aws.ecr.getDownloadUrlForLayer(.init(repositoryName: "app", layerDigest: digest.description)).downloadUrl)
        #expect(try await get(url, aws).0 == 200)
        blobs.damage(digest)
        let (status, body) = try await get(url, aws)
        #expect(status == 500 && body.contains("damaged"))
    }

    private func get(_ url: String, _ other: AWS? = nil) async throws -> (Int, String) {
        let rest = url.dropFirst("https://".count)
        let slash = try #require(rest.firstIndex(of: "/"))
        let request = HTTPRequest(
            method: .get, scheme: "https", authority: String(rest[..<slash]), path: String(rest[slash...]))
        let reply = await (other ?? aws).simulator.respond(to: request, body: .empty)
        return (reply.response.status.code, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
    }
}
