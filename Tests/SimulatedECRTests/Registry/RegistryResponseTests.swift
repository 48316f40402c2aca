import DrydockTesting
import ECRAPI
import OCI
import Testing

/// Responses of the registry that are ECR's own: statuses, conversions of manifests, messages.
@Suite(.simulator) struct RegistryResponses {
    /// ECR returns 201 for a chunk (aws/containers-roadmap#2831). It returns a manifest's digest for HEAD but not for GET
    /// (aws/containers-roadmap#1931).
    @Test func registryResponsesMatchECR() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        let chunk = try await registry.ask(.patch, registry.begin(), body: .bytes([1, 2, 3]))
        #expect(chunk.status == 201 && chunk["Range"] == "0-2")
        let image = try await registry.image("one")
        #expect(try await registry.put(image, "v1")["Docker-Content-Digest"] == image.digest.description)
        let head = try await registry.ask(.head, "/v2/repo1/manifests/v1")
        #expect(head["Docker-Content-Digest"] == image.digest.description)
        let get = try await registry.ask(.get, "/v2/repo1/manifests/v1")
        #expect(get.status == 200 && get.body == image.bytes && get["Docker-Content-Digest"] == nil)
    }

    /// Only for requests by tag: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-manifest-formats.html and
    /// aws/containers-roadmap#1075. Assumed: the registry converts manifests as the API does.
    @Test func manifestsAreConvertedToAcceptedMediaType() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        let image = try await registry.image("one")
        try await registry.put(image, "v1")
        let docker = MediaType.dockerManifest, accept = ["Accept": docker.rawValue]
        let got = try await registry.ask(.get, "/v2/repo1/manifests/v1", accept)
        #expect(got.status == 200 && got["Content-Type"] == docker.rawValue)
        let translation = try Manifest(parsing: got.body)
        #expect(translation.mediaType == docker && translation.config?.mediaType == .dockerConfig)
        #expect(translation.blobs.map(\.digest) == image.blobs.map(\.digest))
        let head = try await registry.ask(.head, "/v2/repo1/manifests/v1", accept)
        #expect(head["Docker-Content-Digest"] == translation.digest.description)
        let stored = try await registry.ask(.get, "/v2/repo1/manifests/\(image.digest)", accept)
        #expect(stored.status == 200 && stored.body == image.bytes)

        func batch(_ id: ImageIdentifier, _ type: MediaType) async throws -> ECRAPI.Image? {
            try await registry.aws.ecr.batchGetImage(
                .init(repositoryName: "repo1", imageIds: [id], acceptedMediaTypes: [type.rawValue])
            ).images?.first
        }
        let tagged = try await batch(.init(imageTag: "v1"), docker)
        #expect(tagged?.imageManifestMediaType == docker.rawValue && tagged?.imageManifest.map { Bytes($0.utf8) } == got.body)
        let named = try await batch(.init(imageDigest: image.digest.description), docker)
        #expect(named?.imageManifestMediaType == MediaType.ociManifest.rawValue)
        // An artifact cannot be converted.
        let note = try await registry.image("note", artifactType: "application/x.note")
        try await registry.put(note, "note")
        #expect(try await batch(.init(imageTag: "note"), docker) == nil)
    }

    /// Many tools read labels this way: aws/containers-roadmap#178 and #1075. Assumed: there is no signature.
    @Test func schemaOneManifestContainsConfigurationHistory() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        let text =
            #"{"architecture":"arm64","os":"linux","config":{"Labels":{"team":"a"}},"rootfs":{"type":"layers"},"#
            + #""history":[{"created":"2024-01-01T00:00:00Z","created_by":"ADD"},{"created_by":"ENV","empty_layer":true}]}"#
        let config = try await registry.push(Bytes(text.utf8)), layer = try await registry.push([1, 2, 3])
        let image = Manifest(
            image: Descriptor(mediaType: .dockerConfig, digest: config, size: text.utf8.count),
            layers: [Descriptor(mediaType: .dockerLayer, digest: layer, size: 3)])
        try await registry.put(image, "v1")
        let asked = try await registry.aws.ecr.batchGetImage(
            .init(
                repositoryName: "repo1", imageIds: [.init(imageTag: "v1")],
                acceptedMediaTypes: [MediaType.dockerManifestV1.rawValue]))
        let answer = try #require(asked.images?.first)
        #expect(answer.imageManifestMediaType == MediaType.dockerManifestV1.rawValue)
        let old = try JSON.parse(answer.imageManifest ?? "")
        #expect(old["name"]?.string == "repo1" && old["tag"]?.string == "v1" && old["architecture"]?.string == "arm64")
        let sums = old["fsLayers"]?.elements?.compactMap { $0["blobSum"]?.string }
        #expect(sums?.count == 2 && sums?.last == layer.description)
        let history = try old["history"]?.elements?.map { try JSON.parse($0["v1Compatibility"]?.string ?? "") }
        #expect(history?.first?["config"]?["Labels"]?["team"]?.string == "a" && history?.first?["rootfs"] == nil)
        #expect(history?.first?["throwaway"] == .bool(true))
        #expect(history?.first?["parent"]?.string == history?.last?["id"]?.string)
        #expect(history?.last?["container_config"]?["Cmd"]?.elements == [.string("ADD")])
        let pulled = try await registry.ask(
            .get, "/v2/repo1/manifests/v1", ["Accept": MediaType.dockerManifestV1Signed.rawValue])
        #expect(pulled["Content-Type"] == MediaType.dockerManifestV1.rawValue)
        #expect(pulled.body == answer.imageManifest.map { Bytes($0.utf8) })
    }

    /// An upload can begin in the API and end in the registry, and the other way round.
    @Test func uploadContinuesThroughAPIOrRegistry() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false), ecr = registry.aws.ecr
        let first = Bytes(repeating: 1, count: 5 << 20), second = Bytes(repeating: 2, count: 3)
        let begun = try #require(try await ecr.initiateLayerUpload(.init(repositoryName: "repo1")).uploadId)
        let place = "/v2/repo1/blobs/uploads/\(begun)"
        #expect(try await registry.ask(.patch, place, body: .bytes(first)).status == 201)
        try await ecr.uploadLayerPart(
            .init(
                repositoryName: "repo1", uploadId: begun, partFirstByte: first.count, partLastByte: first.count + 2,
                layerPartBlob: second))
        #expect(try await registry.ask(.put, "\(place)?digest=\(Digest(of: first + second))").status == 201)
        let other = try #require(try await registry.begin().split(separator: "/").last.map(String.init))
        #expect(try await registry.ask(.patch, "/v2/repo1/blobs/uploads/\(other)", body: .bytes(second)).status == 201)
        let digest = Digest(of: second).description
        try await ecr.completeLayerUpload(.init(repositoryName: "repo1", uploadId: other, layerDigests: [digest]))
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 200)
    }

    /// Quoted in apple/container#1895 (416), dotnet/sdk-container-builds#472 (the digest), radius-project/radius#7855 (an empty
    /// upload) and dotnet/sdk-container-builds#424 (small parts). The last is CloudTrail's message; the registry's is assumed to
    /// be the same.
    @Test func rejectedUploadsReportECRMessages() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        func error(_ answer: SpecifiedRegistry.Answer) -> String? {
            let error = answer.json?["errors"]?.elements?.first
            return "\(answer.status) \(error?["code"]?.string ?? "") \(error?["message"]?.string ?? "")"
        }
        let three = Digest(of: [1, 2, 3])
        var place = try await registry.begin()
        #expect(try await registry.ask(.patch, place, ["Content-Range": "0-1"], body: .bytes([1, 2])).status == 201)
        let again = try await registry.ask(.patch, place, ["Content-Range": "0-1"], body: .bytes([1, 2]))
        #expect(error(again) == "416 BLOB_UPLOAD_INVALID First byte of the layer part is 0 instead of 2")
        #expect(again["Range"] == "0-1" && again.location == place)
        let small = try await registry.ask(.put, "\(place)?digest=\(three)", ["Content-Range": "2-2"], body: .bytes([3]))
        #expect(error(small) == "400 BLOB_UPLOAD_INVALID All layer parts except the last part should be at least 5MB")
        place = try await registry.begin()
        let other = try await registry.ask(.put, "\(place)?digest=\(three)", body: .bytes([4]))
        #expect(
            error(other)
                == "400 BLOB_UPLOAD_INVALID None of the provided layer digests match the calculated layer digest")
        place = try await registry.begin()
        let id = place.split(separator: "/").last ?? ""
        let nothing = try await registry.ask(.put, "\(place)?digest=\(Digest.ofNothing)")
        #expect(
            error(nothing)
                == "400 BLOB_UPLOAD_INVALID The upload with id '\(id)' in the repository with name 'repo1' in registry with id "
                + "'123456789012' cannot be completed because it does not have any parts")
        let image = try await registry.image("one")
        let mistaken = try await registry.put(image, three.description)
        #expect(
            error(mistaken)
                == "400 MANIFEST_INVALID The image with digest '\(three)' in repository 'repo1' and registry ID '123456789012' "
                + "does not match the image digest that Amazon ECR has calculated.")
        let journal = registry.aws.simulator.journal.entries(from: 0).entries.compactMap(\.error?.code)
        #expect(
            journal == [
                "InvalidLayerPartException", "LayerPartTooSmallException", "InvalidLayerException", "EmptyUploadException",
                "ImageDigestDoesNotMatchException",
            ])
    }

    /// A mount also needs an image that has the blob: aws/containers-roadmap#2860.
    @Test func blobMountRequiresAccountSetting() async throws {
        let registry = try await SpecifiedRegistry(deletesAsSpecified: false)
        let image = try await registry.image("one"), layer = image.layers[0].digest
        let mount = "/v2/repo2/blobs/uploads/?mount=\(layer)&from=repo1"
        try await registry.put(image, "v1")
        #expect(try await registry.ask(.post, mount).status == 202)
        try await registry.aws.ecr.putAccountSetting(.init(name: "BLOB_MOUNTING", value: "ENABLED"))
        #expect(try await registry.ask(.post, mount).status == 201)
        #expect(try await registry.ask(.head, "/v2/repo2/blobs/\(layer)").status == 200)
        let other = try await registry.push([1, 2, 3])
        #expect(try await registry.ask(.post, "/v2/repo2/blobs/uploads/?mount=\(other)&from=repo1").status == 202)
    }
}
