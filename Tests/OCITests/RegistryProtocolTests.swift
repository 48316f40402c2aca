import AWSCore
import HTTPTypes
import OCI
import Testing

@Suite struct RegistryPaths {
    static let digest = Digest(of: [1])
    static let name = RepositoryName("a/blobs/b")!
    static let upload = UploadID("u-1")!

    static let read: [(HTTPRequest.Method, String, RegistryOperation)] = [
        (.get, "/v2/", .ping),
        (.get, "/v2", .ping),
        (.get, "/v2/_catalog?n=5&last=x", .listRepositories(.init(limit: 5, last: "x"))),
        (.head, "/v2/a/blobs/b/blobs/\(digest)", .checkBlob(name, digest)),
        (.get, "/v2/a/blobs/b/blobs/sha256%3A\(digest.hex)", .fetchBlob(name, digest)),
        (.post, "/v2/a/blobs/b/blobs/uploads/", .startUpload(name, whole: nil)),
        (.post, "/v2/a/blobs/b/blobs/uploads?digest=\(digest)", .startUpload(name, whole: digest)),
        (.post, "/v2/a/blobs/b/blobs/uploads/?mount=\(digest)&from=x/y", .mountBlob(name, digest, from: RepositoryName("x/y"))),
        (.patch, "/v2/a/blobs/b/blobs/uploads/u-1", .appendToUpload(name, upload)),
        (.put, "/v2/a/blobs/b/blobs/uploads/u-1?digest=\(digest)", .finishUpload(name, upload, digest)),
        (.get, "/v2/a/blobs/b/manifests/v1", .fetchManifest(name, .tag(Tag("v1")!))),
        (.delete, "/v2/a/blobs/b/manifests/\(digest)", .deleteManifest(name, .digest(digest))),
        (.get, "/v2/manifests/manifests/latest", .fetchManifest(RepositoryName("manifests")!, .tag(.latest))),
        (.get, "/v2/a/blobs/b/tags/list", .listTags(name, .init())),
        (.get, "/v2/a/blobs/b/referrers/\(digest)?artifactType=x%2Fy", .listReferrers(name, digest, artifactType: "x/y")),
    ]

    @Test(arguments: read)
    func registryPathsParseToOperations(_ method: HTTPRequest.Method, _ path: String, _ operation: RegistryOperation) throws {
        let request = HTTPRequest(method: method, scheme: "https", authority: "r", path: path)
        #expect(try RegistryOperation(request) == operation)
    }

    static let refused: [(HTTPRequest.Method, String, Int, String)] = [
        (.get, "/", 404, "NOT_FOUND"), (.get, "/v3/", 404, "NOT_FOUND"), (.get, "/v2/x", 404, "NOT_FOUND"),
        (.get, "/v2/UPPER/manifests/v1", 400, "NAME_INVALID"), (.get, "/v2//manifests/v1", 400, "NAME_INVALID"),
        (.get, "/v2/x/manifests/-v", 400, "TAG_INVALID"), (.get, "/v2/x/manifests/sha256:1", 400, "DIGEST_INVALID"),
        (.get, "/v2/x/blobs/sha256:xyz", 400, "DIGEST_INVALID"), (.get, "/v2/x/tags/other", 404, "NOT_FOUND"),
        (.put, "/v2/x/blobs/uploads/u", 400, "DIGEST_INVALID"),
        (.get, "/v2/x/blobs/uploads/%2e%2e", 404, "BLOB_UPLOAD_UNKNOWN"),
        (.post, "/v2/x/manifests/v1", 405, "UNSUPPORTED"), (.get, "/v2/x/tags/list?n=x", 400, "PAGINATION_NUMBER_INVALID"),
        (.get, "/v2/%zz/tags/list", 404, "NOT_FOUND"), (.get, "/v2/x/tags/list?n=%zz", 400, "UNSUPPORTED"),
    ]

    @Test(arguments: refused)
    func invalidRegistryPathsAreRejected(_ method: HTTPRequest.Method, _ path: String, _ status: Int, _ code: String) {
        let request = HTTPRequest(method: method, scheme: "https", authority: "r", path: path)
        do throws(RegistryError) {
            Issue.record("read as \(try RegistryOperation(request))")
        } catch {
            #expect(error.status == status)
            #expect(error.code == code)
        }
    }
}

@Suite struct RegistryUploads {
    let registry = MemoryRegistry()

    func start() async throws -> String {
        let (response, _) = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/")
        #expect(response.status == .accepted)
        #expect(response.headerFields[.dockerUploadUUID] != nil)
        return try #require(response.headerFields[.location])
    }

    @Test func chunksInOrderFormBlob() async throws {
        let place = try await start()
        var (response, _) = try await registry.handler.ask(
            .patch, place, [.contentRange: "0-1"], body: .bytes([1, 2]))
        #expect(response.status == .accepted)
        #expect(response.headerFields[.range] == "0-1")
        (response, _) = try await registry.handler.ask(.get, place)
        #expect(response.status == .noContent)
        #expect(response.headerFields[.range] == "0-1")
        let digest = Digest(of: [1, 2, 3])
        (response, _) = try await registry.handler.ask(
            .put, "\(place)?digest=\(digest)", [.contentRange: "bytes 2-2/*"], body: .bytes([3]))
        #expect(response.status == .created)
        #expect(response.headerFields[.location] == "/v2/x/blobs/\(digest)")
        #expect(response.headerFields[.dockerContentDigest] == digest.description)
        (response, _) = try await registry.handler.ask(.head, "/v2/x/blobs/\(digest)")
        #expect(response.headerFields[.contentLength] == "3")
        #expect(response.headerFields[.dockerAPIVersion] == "registry/2.0")
        (response, _) = try await registry.handler.ask(.get, place)
        #expect(response.status == .notFound)
    }

    @Test(arguments: ["1-2", "5-6", "x", "3-1"])
    func chunksOutOfOrderAreRejected(_ range: String) async throws {
        let place = try await start()
        _ = try await registry.handler.ask(.patch, place, [.contentRange: "0-1"], body: .bytes([1, 2]))
        let (response, _) = try await registry.handler.ask(.patch, place, [.contentRange: range], body: .bytes([3, 4]))
        #expect(response.status.code == 416)
        let (status, _) = try await registry.handler.ask(.get, place)
        #expect(status.headerFields[.range] == "0-1")
    }

    @Test func chunkSizeMustMatchContentRange() async throws {
        let place = try await start()
        let (response, body) = try await registry.handler.ask(.patch, place, [.contentRange: "0-5"], body: .bytes([1, 2]))
        #expect(response.status == .badRequest)
        #expect(RegistryError.errors(in: response, body)[0].code == "SIZE_INVALID")
    }

    @Test func uploadWithWrongDigestIsRejectedAndDeleted() async throws {
        let place = try await start()
        let (response, body) = try await registry.handler.ask(
            .put, "\(place)?digest=\(Digest(of: [9]))", body: .bytes([1]))
        #expect(response.status == .badRequest)
        #expect(RegistryError.errors(in: response, body)[0].code == "DIGEST_INVALID")
        #expect(try registry.blobs.digests().isEmpty)
        #expect(try await registry.handler.ask(.get, place).0.status == .notFound)
    }

    @Test func interruptedChunkCanBeContinued() async throws {
        let place = try await start()
        let (broken, _) = try await registry.handler.ask(.patch, place, body: OCITests.body([[1], [2]], breaksOff: true))
        #expect(broken.status == .badRequest)
        let (status, _) = try await registry.handler.ask(.get, place)
        #expect(status.headerFields[.range] == "0-1")
        let (done, _) = try await registry.handler.ask(
            .put, "\(place)?digest=\(Digest(of: [1, 2, 3]))", [.contentRange: "2-2"], body: .bytes([3]))
        #expect(done.status == .created)
    }

    @Test func singleRequestUploadCreatesBlob() async throws {
        let digest = Digest(of: [1, 2])
        let (response, _) = try await registry.handler.ask(
            .post, "/v2/x/blobs/uploads/?digest=\(digest)", body: OCITests.body([[1], [2]]))
        #expect(response.status == .created)
        #expect(try registry.blobs.size(of: digest) == 2)
    }

    @Test func failedSingleRequestUploadLeavesNothing() async throws {
        let digest = Digest(of: [1, 2])
        for content in [OCITests.body([[1]], breaksOff: true), .bytes([1])] {
            let (response, _) = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(digest)", body: content)
            #expect(response.status == .badRequest)
        }
        #expect(try registry.blobs.uploadIDs().isEmpty && registry.blobs.digests().isEmpty)
        #expect(registry.state.withLock { $0.repositories[RepositoryName("x")!]?.uploads.isEmpty } == true)
    }

    @Test func cancelledUploadIsUnknown() async throws {
        let place = try await start()
        #expect(try await registry.handler.ask(.delete, place).0.status == .noContent)
        #expect(try await registry.handler.ask(.patch, place, body: .bytes([1])).0.status == .notFound)
        #expect(try await registry.handler.ask(.delete, place).0.status == .notFound)
    }

    @Test func uploadOfOtherRepositoryIsUnknown() async throws {
        let place = try await start()
        _ = try await registry.handler.ask(.post, "/v2/y/blobs/uploads/")
        let other = place.replacing("/v2/x/", with: "/v2/y/")
        #expect(try await registry.handler.ask(.patch, other, body: .bytes([1])).0.status == .notFound)
    }

    @Test func mountRequiresBlobInSourceRepository() async throws {
        let digest = Digest(of: [1])
        _ = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(digest)", body: .bytes([1]))
        let mount = "/v2/y/blobs/uploads/?mount=\(digest)&from="
        #expect(try await registry.handler.ask(.post, mount + "z").0.status == .accepted)
        #expect(try await registry.handler.ask(.post, mount + "x").0.status == .created)
        #expect(try await registry.handler.ask(.head, "/v2/y/blobs/\(digest)").0.status == .ok)
    }
}

@Suite struct RegistryBlobs {
    let registry = MemoryRegistry()

    static let ranges: [(String?, Int, Bytes, String?)] = [
        (nil, 200, [0, 1, 2, 3, 4], nil), ("bytes=1-2", 206, [1, 2], "bytes 1-2/5"), ("bytes=3-", 206, [3, 4], "bytes 3-4/5"),
        ("bytes=-2", 206, [3, 4], "bytes 3-4/5"), ("bytes=0-99", 206, [0, 1, 2, 3, 4], "bytes 0-4/5"),
        ("bytes=-99", 206, [0, 1, 2, 3, 4], "bytes 0-4/5"), ("bytes=0-0,2-3", 200, [0, 1, 2, 3, 4], nil),
        ("rows=1-2", 200, [0, 1, 2, 3, 4], nil), ("bytes=2-1", 200, [0, 1, 2, 3, 4], nil),
    ]

    @Test(arguments: ranges)
    func blobRangesAreServed(_ range: String?, _ status: Int, _ content: Bytes, _ contentRange: String?) async throws {
        let digest = Digest(of: [0, 1, 2, 3, 4])
        _ = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(digest)", body: .bytes([0, 1, 2, 3, 4]))
        var fields: HTTPFields = [:]
        fields[.range] = range
        let (response, body) = try await registry.handler.ask(.get, "/v2/x/blobs/\(digest)", fields)
        #expect(response.status.code == status)
        #expect(body == content)
        #expect(response.headerFields[.contentRange] == contentRange)
        #expect(response.headerFields[.contentLength] == String(content.count))
    }

    @Test(arguments: ["bytes=5-", "bytes=9-10", "bytes=-0"])
    func blobRangesBeyondEndAreRejected(_ range: String) async throws {
        let digest = Digest(of: [0, 1, 2, 3, 4])
        _ = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(digest)", body: .bytes([0, 1, 2, 3, 4]))
        let (response, _) = try await registry.handler.ask(.get, "/v2/x/blobs/\(digest)", [.range: range])
        #expect(response.status.code == 416)
        #expect(response.headerFields[.contentRange] == "bytes */5")
    }

    @Test func blobOfUnknownRepositoryReturnsNameUnknown() async throws {
        let (response, body) = try await registry.handler.ask(.get, "/v2/x/blobs/\(Digest(of: [1]))")
        #expect(response.status == .notFound)
        #expect(RegistryError.errors(in: response, body)[0].code == "NAME_UNKNOWN")
        #expect(try await registry.handler.ask(.head, "/v2/x/blobs/\(Digest(of: [1]))").1.isEmpty)
        // In a known repository the blob is unknown.
        _ = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(Digest(of: [2]))", body: .bytes([2]))
        let (unknown, text) = try await registry.handler.ask(.get, "/v2/x/blobs/\(Digest(of: [1]))")
        #expect(unknown.status == .notFound)
        #expect(RegistryError.errors(in: unknown, text).map(\.code) == ["BLOB_UNKNOWN"])
    }
}

@Suite struct RegistryManifests {
    let registry = MemoryRegistry()

    func push(_ image: ImageBuilder.Image, _ reference: String) async throws -> HTTPResponse {
        for blob in image.manifest.blobs {
            let content = try #require(try registry.blobs.open(blob.digest))
            _ = try await registry.handler.ask(.post, "/v2/x/blobs/uploads/?digest=\(blob.digest)", body: content)
        }
        return try await put(image.manifest, reference).0
    }

    func put(_ manifest: Manifest, _ reference: String) async throws -> (HTTPResponse, Bytes) {
        try await registry.handler.ask(
            .put, "/v2/x/manifests/\(reference)", [.contentType: manifest.mediaType.rawValue], body: .bytes(manifest.bytes))
    }

    @Test func manifestsAreServedUnchanged() async throws {
        let image = try image(in: registry.blobs)
        let response = try await push(image, "v1")
        #expect(response.status == .created)
        #expect(response.headerFields[.location] == "/v2/x/manifests/\(image.manifest.digest)")
        for reference in ["v1", image.manifest.digest.description] {
            let (response, body) = try await registry.handler.ask(.get, "/v2/x/manifests/\(reference)")
            #expect(body == image.manifest.bytes)
            #expect(response.headerFields[.contentType] == MediaType.dockerManifest.rawValue)
            let (head, none) = try await registry.handler.ask(.head, "/v2/x/manifests/\(reference)")
            #expect(none.isEmpty)
            #expect(head.headerFields[.contentLength] == String(body.count))
            #expect(head.headerFields[.dockerContentDigest] == image.manifest.digest.description)
        }
    }

    @Test func manifestRequiresItsBlobs() async throws {
        let image = try image(in: MemoryBlobStore())
        let (response, body) = try await put(image.manifest, "v1")
        #expect(response.status == .notFound)
        #expect(RegistryError.errors(in: response, body)[0].code == "MANIFEST_BLOB_UNKNOWN")
        #expect(try await registry.handler.ask(.get, "/v2/x/manifests/v1").0.status == .notFound)
    }

    @Test func manifestDigestMustMatchReference() async throws {
        let image = try image(in: registry.blobs)
        #expect(try await push(image, Digest(of: [1]).description).status == .badRequest)
        #expect(try await push(image, image.manifest.digest.description).status == .created)
    }

    /// Media type, bytes, repetitions of the bytes (test arguments are printed, so they stay short), and status.
    static let broken: [(String, Bytes, Int, Int)] = [
        (MediaType.dockerManifest.rawValue, Bytes("{}".utf8), 1, 400),
        (MediaType.dockerManifest.rawValue, Bytes([0xff, 0xfe]), 1, 400),
        ("text/plain", Bytes(#"{"schemaVersion":2}"#.utf8), 1, 400),
        (MediaType.ociManifest.rawValue, [32], (4 << 20) + 1, 413),
    ]

    @Test(arguments: broken)
    func invalidManifestsAreRejected(_ type: String, _ bytes: Bytes, _ times: Int, _ status: Int) async throws {
        let all = Bytes(repeatElement(bytes, count: times).joined())
        let (response, body) = try await registry.handler.ask(
            .put, "/v2/x/manifests/v1", [.contentType: type], body: .bytes(all))
        #expect(response.status.code == status)
        #expect(RegistryError.errors(in: response, body)[0].code == "MANIFEST_INVALID")
    }

    @Test func acceptHeaderSelectsManifest() async throws {
        let image = try image(in: registry.blobs)
        _ = try await push(image, "image")
        var entry = image.manifest.descriptor
        entry.platform = .linuxAMD64
        let list = Manifest(index: [entry], mediaType: .dockerManifestList)
        #expect(try await put(list, "list").0.status == .created)
        let fields: HTTPFields = [.accept: MediaType.dockerManifest.rawValue]
        let (response, body) = try await registry.handler.ask(.get, "/v2/x/manifests/list", fields)
        #expect(body == image.manifest.bytes)
        #expect(response.headerFields[.contentType] == MediaType.dockerManifest.rawValue)
        let index = Manifest(index: [entry])
        _ = try await put(index, "index")
        #expect(try await registry.handler.ask(.get, "/v2/x/manifests/index", fields).0.status == .notFound)
        #expect(try await registry.handler.ask(.get, "/v2/x/manifests/index", [.accept: "*/*"]).1 == index.bytes)
    }

    @Test func deletingManifestDeletesItsTags() async throws {
        let image = try image(in: registry.blobs)
        _ = try await push(image, "a")
        _ = try await push(image, "b")
        #expect(try await registry.handler.ask(.delete, "/v2/x/manifests/a").0.status == .accepted)
        #expect(try await registry.handler.ask(.get, "/v2/x/manifests/b").0.status == .ok)
        #expect(try await registry.handler.ask(.delete, "/v2/x/manifests/\(image.manifest.digest)").0.status == .accepted)
        #expect(try await registry.handler.ask(.get, "/v2/x/manifests/b").0.status == .notFound)
        #expect(try await registry.handler.ask(.delete, "/v2/x/manifests/b").0.status == .notFound)
    }

    @Test func referrersAreListedByType() async throws {
        let image = try image(in: registry.blobs)
        _ = try await push(image, "v1")
        let config = try #require(image.manifest.config)
        for type in ["a/sbom", "a/signature"] {
            let artifact = Manifest(
                image: config, layers: [], mediaType: .ociManifest, artifactType: type, subject: image.manifest.descriptor)
            let (response, _) = try await put(artifact, artifact.digest.description)
            #expect(response.headerFields[.ociSubject] == image.manifest.digest.description)
        }
        let path = "/v2/x/referrers/\(image.manifest.digest)"
        let (all, list) = try await registry.handler.ask(.get, path)
        #expect(all.headerFields[.contentType] == MediaType.ociIndex.rawValue)
        #expect(try Manifest(parsing: list).manifests.count == 2)
        let (some, filtered) = try await registry.handler.ask(.get, path + "?artifactType=a%2Fsbom")
        #expect(some.headerFields[.ociFiltersApplied] == "artifactType")
        #expect(try Manifest(parsing: filtered).manifests.map(\.artifactType) == ["a/sbom"])
        let (none, empty) = try await registry.handler.ask(.get, "/v2/x/referrers/\(Digest(of: [1]))")
        #expect(none.status == .ok)
        #expect(try Manifest(parsing: empty).manifests.isEmpty)
    }

    @Test func tagsArePaginated() async throws {
        let image = try image(in: registry.blobs)
        for tag in ["c", "a", "b"] { _ = try await push(image, tag) }
        var (response, body) = try await registry.handler.ask(.get, "/v2/x/tags/list?n=2")
        #expect(String(decoding: body, as: UTF8.self) == #"{"name":"x","tags":["a","b"]}"#)
        #expect(response.headerFields[HTTPField.Name("Link")!] == #"</v2/x/tags/list?last=b&n=2>; rel="next""#)
        (response, body) = try await registry.handler.ask(.get, "/v2/x/tags/list?n=2&last=b")
        #expect(String(decoding: body, as: UTF8.self) == #"{"name":"x","tags":["c"]}"#)
        #expect(response.headerFields[HTTPField.Name("Link")!] == nil)
        #expect(try await registry.handler.ask(.get, "/v2/nothing/tags/list").0.status == .notFound)
    }
}
