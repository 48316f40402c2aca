import DrydockTesting
import HTTPTypes
import OCI
import Testing

/// The requirements for pushing; see ``PullingAsSpecified``.
@Suite struct PushingAsSpecified {
    @Test("end-4a, end-6: POST then PUT", arguments: Digest.Algorithm.allCases)
    func postThenPutUploadsBlob(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        let place = try await registry.begin()
        let bytes = Bytes("a blob".utf8), digest = SpecifiedRegistry.digest(bytes, algorithm)
        let put = try await registry.ask(
            .put, "\(place)?digest=\(digest)", ["Content-Type": "application/octet-stream", "Content-Length": "6"],
            body: .bytes(bytes))
        #expect(put.status == 201 && put["Docker-Content-Digest"] == digest.description)
        #expect(try await registry.ask(.get, try #require(put.location)).body == bytes)
        #expect(try await registry.ask(.get, place).status == 404, "a finished session is over")
    }

    @Test("end-4b: single POST", arguments: Digest.Algorithm.allCases)
    func singlePostUploadsBlob(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        let digest = SpecifiedRegistry.digest([1, 2], algorithm)
        let post = try await registry.ask(.post, "/v2/repo1/blobs/uploads/?digest=\(digest)", body: .bytes([1, 2]))
        #expect(post.status == 201)
        #expect(try await registry.ask(.get, try #require(post.location)).body == [1, 2])
    }

    @Test(
        "end-4a, end-5, end-6: in chunks, the last one by PATCH or by PUT", arguments: [false, true], Digest.Algorithm.allCases)
    func chunkedUploadEndsByPatchOrPut(lastByPut: Bool, _ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        var place = try await registry.begin()
        let bytes = Bytes((0..<3067).map { UInt8(truncatingIfNeeded: $0 &* 17) })
        let digest = SpecifiedRegistry.digest(bytes, algorithm)
        for (number, first) in [0, 1024, 2048].enumerated() {
            let chunk = Bytes(bytes[first..<min(first + 1024, bytes.count)])
            let isLast = number == 2 && lastByPut
            let answer = try await registry.ask(
                isLast ? .put : .patch, isLast ? "\(place)?digest=\(digest)" : place,
                ["Content-Range": "\(first)-\(first + chunk.count - 1)"], body: .bytes(chunk))
            #expect(answer.status == (isLast ? 201 : 202))
            if !isLast { #expect(answer["Range"] == "0-\(first + chunk.count - 1)") }
            place = try #require(answer.location)
        }
        if !lastByPut {
            let closed = try await registry.ask(.put, "\(place)?digest=\(digest)")
            #expect(closed.status == 201)
            place = try #require(closed.location)
        }
        #expect(try await registry.ask(.get, place).body == bytes)
    }

    /// The Content-Range of a chunk that follows one of 1,024 bytes.
    static let misplaced = ["0-1023", "1023-2046", "1025-2048", "2048-3071", "0-0"]

    @Test("end-5, end-6, end-13: stale, overlapping and skipping chunks", arguments: misplaced, [false, true])
    func outOfOrderChunksAreRejected(_ range: String, byPut: Bool) async throws {
        let registry = try await SpecifiedRegistry()
        let bytes = Bytes(repeating: 3, count: 2048), digest = Digest(of: bytes)
        var place = try await registry.begin()
        let first = try await registry.ask(.patch, place, ["Content-Range": "0-1023"], body: .bytes(Bytes(bytes[..<1024])))
        place = try #require(first.location)
        let count = range.split(separator: "-").compactMap { Int($0) }
        let wrong = try await registry.ask(
            byPut ? .put : .patch, byPut ? "\(place)?digest=\(digest)" : place, ["Content-Range": range],
            body: .bytes(Bytes(repeating: 3, count: count[1] - count[0] + 1)))
        #expect(wrong.status == 416)
        let status = try await registry.ask(.get, place)
        #expect(status.status == 204 && status["Range"] == "0-1023" && status.location != nil)
        let last = try await registry.ask(
            .put, "\(try #require(status.location))?digest=\(digest)", ["Content-Range": "1024-2047"],
            body: .bytes(Bytes(bytes[1024...])))
        #expect(last.status == 201)
        #expect(try await registry.ask(.get, try #require(last.location)).body == bytes)
    }

    @Test("end-5: the first chunk must begin with the first byte") func firstChunkMustStartAtZero() async throws {
        let registry = try await SpecifiedRegistry()
        let place = try await registry.begin()
        #expect(
            try await registry.ask(
                .patch, place, ["Content-Range": "1024-2047"], body: .bytes(Bytes(repeating: 0, count: 1024))
            ).status == 416)
        let status = try await registry.ask(.get, place)
        #expect(status.status == 204 && status["Range"]?.hasPrefix("0-") == true)
    }

    @Test("end-5: a chunk of another length than its range leaves nothing") func chunkLengthMustMatchContentRange() async throws
    {
        let registry = try await SpecifiedRegistry()
        let place = try await registry.begin()
        let answer = try await registry.ask(.patch, place, ["Content-Range": "0-9"], body: .bytes([1, 2]))
        #expect(answer.status == 400 && answer.codes == ["SIZE_INVALID"])
        #expect(try await registry.ask(.patch, place, ["Content-Range": "0-1"], body: .bytes([1, 2])).status == 202)
    }

    @Test("end-5: streamed in one PATCH without a length") func streamedPatchUploadsBlob() async throws {
        let registry = try await SpecifiedRegistry()
        let place = try await registry.begin()
        let pieces = AsyncThrowingStream<Bytes, any Error> { continuation in
            for piece in [[1, 2], [3]] as [Bytes] { continuation.yield(piece) }
            continuation.finish()
        }
        let patch = try await registry.ask(.patch, place, body: .stream(HTTPBodyStream(pieces), length: nil))
        #expect(patch.status == 202 && patch["Range"] == "0-2")
        #expect(try await registry.ask(.put, "\(try #require(patch.location))?digest=\(Digest(of: [1, 2, 3]))").status == 201)
    }

    @Test("content that isn't what its digest says is refused and forgotten", arguments: Digest.Algorithm.allCases)
    func uploadsWithWrongDigestAreRejected(_ algorithm: Digest.Algorithm) async throws {
        let store = MemoryBlobStore()
        let registry = try await SpecifiedRegistry(blobs: store)
        let digest = SpecifiedRegistry.digest([1], algorithm), other = HTTPBody.bytes([1, 2])
        #expect(
            try await registry.ask(.post, "/v2/repo1/blobs/uploads/?digest=\(digest)", body: other).codes == ["DIGEST_INVALID"])
        var place = try await registry.begin()
        #expect(try await registry.ask(.put, "\(place)?digest=\(digest)", body: other).status == 400)
        #expect(try await registry.ask(.get, place).status == 404)
        place = try await registry.begin()
        #expect(try await registry.ask(.patch, place, ["Content-Range": "0-1"], body: other).status == 202)
        #expect(try await registry.ask(.put, "\(place)?digest=\(digest)").status == 400)
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 404)
        #expect(store.digests().isEmpty)
    }

    @Test("cancelling an upload") func deleteCancelsUpload() async throws {
        let registry = try await SpecifiedRegistry()
        let place = try await registry.begin()
        #expect(try await registry.ask(.delete, place).status == 204)
        #expect(try await registry.ask(.get, place).codes == ["BLOB_UPLOAD_UNKNOWN"])
        #expect(try await registry.ask(.delete, place).status == 404)
    }

    @Test("end-11: mounting, from a repository, from anywhere, and of what isn't there")
    func mountCopiesBlobFromOtherRepository() async throws {
        let registry = try await SpecifiedRegistry()
        for (number, from) in ["&from=repo2", ""].enumerated() {
            let digest = try await registry.push([UInt8(number)], to: "repo2")
            let answer = try await registry.ask(.post, "/v2/repo1/blobs/uploads/?mount=\(digest)\(from)")
            #expect(answer.status == 201 && answer.location == "/v2/repo1/blobs/\(digest)")
            #expect(try await registry.ask(.get, "/v2/repo1/blobs/\(digest)").body == [UInt8(number)])
        }
        let absent = try await registry.ask(.post, "/v2/repo1/blobs/uploads/?mount=\(Digest(of: [9]))&from=repo2")
        #expect(absent.status == 202)
        let put = try await registry.ask(.put, "\(try #require(absent.location))?digest=\(Digest(of: [9]))", body: .bytes([9]))
        #expect(put.status == 201)
    }

    @Test("end-7: pushing manifests by tag and by digest", arguments: Digest.Algorithm.allCases)
    func manifestsArePushedByTagAndDigest(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one", algorithm)
        let digest = SpecifiedRegistry.digest(image.bytes, algorithm)
        let pushed = try await registry.put(image, digest.description)
        #expect(pushed.status == 201 && pushed["Docker-Content-Digest"] == digest.description)
        let back = try await registry.ask(.get, try #require(pushed.location))
        #expect(back.body == image.bytes && back["Docker-Content-Digest"] == digest.description)
        var entry = image.descriptor
        entry.digest = digest
        let index = Manifest(index: [entry])
        let indexDigest = SpecifiedRegistry.digest(index.bytes, algorithm)
        #expect(try await registry.put(index, indexDigest.description).status == 201)
        let nested = Manifest(index: [Descriptor(mediaType: .ociIndex, digest: indexDigest, size: index.bytes.count)])
        #expect(try await registry.put(nested, "nested").status == 201)
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/nested").body == nested.bytes)
        let other = try await registry.image("two", algorithm)
        #expect(try await registry.put(other, digest.description).codes == ["DIGEST_INVALID"])
    }

    @Test("end-7: unusual manifests that are allowed") func unusualManifestsAreAccepted() async throws {
        let registry = try await SpecifiedRegistry()
        let config = Descriptor(mediaType: .ociConfig, digest: try await registry.push(Bytes("{}".utf8)), size: 2)
        #expect(try await registry.put(Manifest(image: config, layers: [], mediaType: .ociManifest), "no-layers").status == 201)
        #expect(try await registry.put(Manifest(index: []), "empty-index").status == 201)
        let foreign = Descriptor(
            mediaType: MediaType("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"), digest: Digest(of: [1]),
            size: 123_456)
        #expect(
            try await registry.put(Manifest(image: config, layers: [foreign], mediaType: .ociManifest), "foreign").status == 201
        )
        let large = Manifest(
            image: config, layers: [], mediaType: .ociManifest,
            annotations: Dictionary(
                uniqueKeysWithValues: (0..<390).map { ("large-\($0)", String(repeating: "A", count: 10_000)) }))
        #expect(try await registry.put(large, "large").status == 201)
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/large").body == large.bytes)
        let custom = Bytes(
            """
            {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest.rawValue)","config":{"mediaType":"\
            \(MediaType.ociConfig.rawValue)","digest":"\(config.digest)","size":2,"data":"e30="},"layers":[],"x-unknown":[1]}
            """.utf8)
        #expect(try await registry.put(try Manifest(parsing: custom), "custom").status == 201)
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/custom").body == custom)
    }

    @Test("end-7: a manifest whose content isn't there is refused with MANIFEST_BLOB_UNKNOWN")
    func manifestsWithMissingBlobsAreRejected()
        async throws
    {
        let registry = try await SpecifiedRegistry()
        let config = Descriptor(mediaType: .ociConfig, digest: try await registry.push(Bytes("{}".utf8)), size: 2)
        let absent = Descriptor(mediaType: .ociLayer, digest: Digest(of: [1]), size: 1)
        let image = Manifest(image: config, layers: [absent], mediaType: .ociManifest)
        let configless = Manifest(image: absent, layers: [], mediaType: .ociManifest)
        for manifest in [image, configless, Manifest(index: [image.descriptor])] {
            let answer = try await registry.put(manifest, "sparse")
            #expect(answer.status == 404 && answer.codes == ["MANIFEST_BLOB_UNKNOWN"])
        }
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/sparse").status == 404)
    }

    @Test("end-7: manifests of more than 4 MiB are refused") func manifestOverFourMiBIsRejected() async throws {
        let registry = try await SpecifiedRegistry()
        let answer = try await registry.ask(
            .put, "/v2/repo1/manifests/v1", ["Content-Type": MediaType.ociManifest.rawValue],
            body: .bytes(Bytes(repeating: 32, count: (4 << 20) + 1)))
        #expect(answer.status == 413 && answer.codes == ["MANIFEST_INVALID"])
        #expect(try await registry.contents().isEmpty)
    }

    @Test("end-7, end-12: subjects, there or not, and their referrers") func referrersAreListedForPresentAndMissingSubjects()
        async throws
    {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one")
        try await registry.put(image, "v1")
        let absent = Descriptor(mediaType: .ociManifest, digest: Digest(of: [5]), size: 123)
        let types = ["application/vnd.example.v1", "application/vnd.example.v2"]
        for subject in [image.descriptor, absent] {
            var made: [Manifest] = []
            for type in types {
                made.append(
                    try await registry.image(
                        "about \(subject.digest) \(type)", subject: subject, artifactType: type, annotations: ["note": type]))
            }
            made.append(try await registry.image("plain \(subject.digest)", subject: subject))
            made.append(Manifest(index: [], artifactType: types[0], subject: subject, annotations: ["of": "\(subject.digest)"]))
            for manifest in made {
                let put = try await registry.put(manifest, manifest.digest.description)
                #expect(put.status == 201 && put["OCI-Subject"] == subject.digest.description)
            }
            let all = try await registry.ask(.get, "/v2/repo1/referrers/\(subject.digest)")
            #expect(all.status == 200 && all["Content-Type"] == MediaType.ociIndex.rawValue)
            #expect(all["OCI-Filters-Applied"] == nil)
            let listed = try Manifest(parsing: all.body).manifests
            for manifest in made {
                let entry = try #require(listed.first { $0.digest == manifest.digest })
                #expect(entry.mediaType == manifest.mediaType && entry.size == manifest.bytes.count)
                #expect(entry.annotations == manifest.annotations)
                #expect(entry.artifactType == manifest.effectiveArtifactType)
            }
            #expect(listed.count == made.count)
            let some = try await registry.ask(.get, "/v2/repo1/referrers/\(subject.digest)?artifactType=\(types[0])")
            #expect(some["OCI-Filters-Applied"] == "artifactType")
            #expect(
                Set(try Manifest(parsing: some.body).manifests.map(\.digest))
                    == Set(made.filter { $0.artifactType == types[0] }.map(\.digest)))
        }
        let none = try await registry.ask(.get, "/v2/repo1/referrers/\(Digest(of: [6]))")
        #expect(none.status == 200)
        #expect(none.json?["schemaVersion"] == .integer(2) && none.json?["manifests"]?.elements?.isEmpty == true)
        #expect(try await registry.ask(.get, "/v2/repo1/referrers/sha256:x").status == 400)
    }

    @Test("1.1+dev: tags that a push by digest brings along", arguments: Digest.Algorithm.allCases)
    func tagParametersTagManifestPushedByDigest(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one", algorithm)
        let digest = SpecifiedRegistry.digest(image.bytes, algorithm)
        let put = try await registry.put(image, "\(digest)?tag=a&tag=b")
        #expect(put.status == 201 && put["OCI-Tag"] == "a, b")
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/b")["Docker-Content-Digest"] == digest.description)
        #expect(try await registry.put(image, "\(digest)?tag=-").codes == ["TAG_INVALID"])
    }
}
