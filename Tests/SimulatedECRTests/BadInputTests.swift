import DrydockTesting
import HTTPTypes
import OCI
import SimulatedECR
import Testing

/// Invalid requests are rejected with the right error and change nothing.
@Suite struct InvalidRegistryRequests {
    let store = MemoryBlobStore()

    private func registry() async throws -> SpecifiedRegistry {
        try await SpecifiedRegistry(deletesAsSpecified: false, blobs: store)
    }

    private static let hex = String(repeating: "a", count: 64)

    /// Codes and status 405 from users' reports: chainguard-dev/apko#450, opcr-io/policy#149, oras-project/oras-py#54,
    /// int128/docker-manifest-create-action#63. Assumed: ECR returns them for every manifest that it rejects, and 404.
    ///
    /// Content type, manifest, status and code. `CONFIG` and `LAYER` stand for an existing configuration and layer.
    static let manifests: [(String, String, Int, String)] = [
        ("text/plain", #"{"schemaVersion":2,"config":CONFIG,"layers":[LAYER]}"#, 405, "UNSUPPORTED"),
        (
            MediaType.ociManifest.rawValue,
            #"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":CONFIG,"layers":[]}"#,
            405, "UNSUPPORTED"
        ),
        (MediaType.ociManifest.rawValue, #"{"schemaVersion":1,"config":CONFIG,"layers":[LAYER]}"#, 405, "UNSUPPORTED"),
        (MediaType.ociManifest.rawValue, #"{"schemaVersion":2,"layers":[LAYER]}"#, 405, "UNSUPPORTED"),
        (MediaType.ociManifest.rawValue, #"{"schemaVersion":2,"config":CONFIG,"layers":{}}"#, 405, "UNSUPPORTED"),
        (MediaType.ociManifest.rawValue, #"{"schemaVersion":2,"config":CONFIG,"#, 405, "UNSUPPORTED"),
        (MediaType.ociManifest.rawValue, "[]", 405, "UNSUPPORTED"),
        (MediaType.ociManifest.rawValue, "", 405, "UNSUPPORTED"),
        (MediaType.ociIndex.rawValue, #"{"schemaVersion":2,"config":CONFIG,"layers":[LAYER]}"#, 405, "UNSUPPORTED"),
        (
            MediaType.ociManifest.rawValue,
            #"{"schemaVersion":2,"config":{"mediaType":"x/y","digest":"md5:d41d8cd98f00b204e9800998ecf8427e","size":0},"layers":[]}"#,
            405, "UNSUPPORTED"
        ),
        (
            MediaType.ociManifest.rawValue,
            #"{"schemaVersion":2,"config":{"mediaType":"x/y","digest":"../../etc/passwd","size":0},"layers":[]}"#, 405,
            "UNSUPPORTED"
        ),
        (
            MediaType.ociManifest.rawValue,
            #"{"schemaVersion":2,"config":CONFIG,"layers":[{"mediaType":"x/y","digest":"sha256:\#(hex)","size":1}]}"#, 404,
            "BLOB_UPLOAD_UNKNOWN"
        ),
        (
            MediaType.ociIndex.rawValue,
            #"{"schemaVersion":2,"manifests":[{"mediaType":"x/y","digest":"sha256:\#(hex)","size":1}]}"#, 404,
            "MANIFEST_BLOB_UNKNOWN"
        ),
        // A layer is not a manifest: overhangio/tutor#1118, docker/build-push-action#858.
        (MediaType.ociIndex.rawValue, #"{"schemaVersion":2,"manifests":[LAYER]}"#, 400, "MANIFEST_INVALID"),
        // aws/containers-roadmap#2306, sigstore/sigstore-js#1058.
        (
            MediaType.ociManifest.rawValue,
            #"{"schemaVersion":2,"config":CONFIG,"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle+json;version=0.2","digest":"sha256:\#(hex)","size":1}]}"#,
            405, "UNSUPPORTED"
        ),
    ]

    /// google/go-containerregistry#681, genuinetools/reg#206.
    @Test(arguments: ["/v2/repo1/tags/list", "/v2/_catalog"])
    func registryPagesDefaultTo100AndAllow1000Names(_ list: String) async throws {
        let registry = try await registry()
        let image = try await registry.image("one")
        for number in 0..<109 { #expect(try await registry.put(image, "t\(number)").status == 201) }
        let long = try await registry.ask(.get, "\(list)?n=1001")
        #expect(long.status == 405 && long.codes == ["UNSUPPORTED"])
        #expect(try await registry.ask(.get, "\(list)?n=1000").status == 200)
        guard list.hasSuffix("tags/list") else { return }
        let page = try await registry.ask(.get, list)
        #expect(page.json?["tags"]?.elements?.count == 100)
        let link = try #require(page["Link"])
        let rest = try await registry.ask(.get, String(link.dropFirst().prefix { $0 != ">" }))
        #expect(rest.json?["tags"]?.elements?.count == 9 && rest["Link"] == nil)
        #expect(try await registry.ask(.get, "\(list)?n=109").json?["tags"]?.elements?.count == 109)
    }

    @Test(arguments: manifests)
    func invalidManifestIsRejectedWithECRCode(_ type: String, _ text: String, _ status: Int, _ code: String) async throws {
        let registry = try await registry()
        let image = try await registry.image("one")
        let manifest = text.replacing(
            "CONFIG", with: String(decoding: JSON.write(try #require(image.config).node), as: UTF8.self)
        )
        .replacing("LAYER", with: String(decoding: JSON.write(image.layers[0].node), as: UTF8.self))
        let answer = try await registry.ask(
            .put, "/v2/repo1/manifests/v1", ["Content-Type": type], body: .bytes(Bytes(manifest.utf8)))
        #expect(answer.status == status && answer.codes == [code])
        #expect(try await registry.contents().isEmpty)
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/v1").status == 404)
    }

    /// Two indexes that list each other are impossible, because each would contain the other's digest. The first one pushed lists
    /// a missing manifest.
    @Test func indexCyclesAreRejected() async throws {
        let registry = try await registry()
        func index(_ digest: Digest) -> Manifest {
            Manifest(index: [Descriptor(mediaType: .ociIndex, digest: digest, size: 1)])
        }
        let one = index(Digest(of: [1])), two = index(one.digest)
        for manifest in [two, one] {
            #expect(try await registry.put(manifest, "cycle").codes == ["MANIFEST_BLOB_UNKNOWN"])
            let refusal = await refusal {
                try await registry.aws.ecr.putImage(
                    .init(repositoryName: "repo1", imageManifest: String(decoding: manifest.bytes, as: UTF8.self)))
            }
            #expect(refusal?.code == "ReferencedImagesNotFoundException")
        }
        #expect(try await registry.contents().isEmpty)
    }

    @Test func oversizedManifestIsRejected() async throws {
        let registry = try await registry()
        let config = try #require(try await registry.image("one").config)
        let large = Manifest(
            image: config, layers: [], mediaType: .ociManifest, annotations: ["a": String(repeating: "x", count: 5 << 20)])
        // Assumed: the registry's status, which is the specification's. The limit is in the API's model.
        #expect(try await registry.put(large, "v1").status == 413)
        let refusal = await refusal {
            try await registry.aws.ecr.putImage(
                .init(repositoryName: "repo1", imageManifest: String(decoding: large.bytes, as: UTF8.self), imageTag: "v1"))
        }
        #expect(refusal?.code == "InvalidParameterException")
        #expect(try await registry.contents().isEmpty)
    }

    /// Assumed: ECR rejects SHA-512 like other algorithms. The registry accepts it only in the specification's mode.
    static let algorithms = [
        "md5:d41d8cd98f00b204e9800998ecf8427e", "sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "sha512:" + String(repeating: "a", count: 128), "sha256:abc", "sha256:" + String(repeating: "A", count: 64),
        "blake3:\(hex)", "sha256:\(hex)/..", "sha256:../../../../etc/passwd",
    ]

    @Test(arguments: algorithms)
    func unsupportedDigestsAreRejected(_ digest: String) async throws {
        let registry = try await registry()
        let place = try await registry.begin()
        for (method, path) in [
            (.get, "/v2/repo1/blobs/\(digest)"), (.head, "/v2/repo1/blobs/\(digest)"),
            (.get, "/v2/repo1/manifests/\(digest)"), (.put, "/v2/repo1/manifests/\(digest)"),
            (.delete, "/v2/repo1/manifests/\(digest)"), (.get, "/v2/repo1/referrers/\(digest)"),
            (.post, "/v2/repo1/blobs/uploads/?digest=\(digest)"), (.put, "\(place)?digest=\(digest)"),
            (.post, "/v2/repo1/blobs/uploads/?mount=\(digest)&from=repo2"),
        ] as [(HTTPRequest.Method, String)] {
            let answer = try await registry.ask(method, path, body: method == .get ? .empty : .bytes([1]))
            // A digest with slashes makes a different path, which is not a path of the registry either.
            #expect(answer.status == 400 || digest.contains("/") && [404, 405].contains(answer.status), "\(method) \(path)")
            if method != .head, answer.status == 400, !digest.contains("/") { #expect(answer.codes == ["DIGEST_INVALID"]) }
        }
        let begun = try await registry.aws.ecr.initiateLayerUpload(.init(repositoryName: "repo1"))
        let id = try #require(begun.uploadId)
        try await registry.aws.ecr.uploadLayerPart(
            .init(repositoryName: "repo1", uploadId: id, partFirstByte: 0, partLastByte: 0, layerPartBlob: [1]))
        let refusal = await refusal {
            try await registry.aws.ecr.completeLayerUpload(
                .init(repositoryName: "repo1", uploadId: id, layerDigests: [digest]))
        }
        #expect(refusal?.code == "InvalidParameterException")
        #expect(store.digests().isEmpty)
    }

    static let names = [
        "..", "../repo1", "repo1/..", "a/../repo1", "%2e%2e", "repo1%2f..", "repo1/.", "a//b", "-a", "A", "a/_b",
    ]

    @Test(arguments: names)
    func pathTraversalRepositoryNamesAreRejected(_ name: String) async throws {
        let registry = try await registry()
        for (method, path) in [
            (.post, "/v2/\(name)/blobs/uploads/"), (.get, "/v2/\(name)/tags/list"), (.put, "/v2/\(name)/manifests/v1"),
            (.get, "/v2/\(name)/blobs/\(Digest.ofNothing)"), (.get, "/v2/\(name)/blobs/uploads/x"),
        ] as [(HTTPRequest.Method, String)] {
            let answer = try await registry.ask(method, path)
            #expect(answer.status == 400 && answer.codes == ["NAME_INVALID"], "\(method) \(path)")
        }
        let decoded = name.replacing("%2e", with: ".").replacing("%2f", with: "/")
        let refusal = await refusal { try await registry.aws.ecr.createRepository(.init(repositoryName: decoded)) }
        #expect(refusal?.code == "InvalidParameterException")
        #expect(store.digests().isEmpty && store.uploadIDs().isEmpty)
    }

    @Test(arguments: ["..", "%2e%2e", ".x", "a%2f..%2fb"])
    func pathTraversalUploadIdsAreUnknown(_ id: String) async throws {
        let registry = try await registry()
        for method in [.get, .patch, .delete] as [HTTPRequest.Method] {
            let answer = try await registry.ask(method, "/v2/repo1/blobs/uploads/\(id)")
            #expect([400, 404, 405].contains(answer.status), "\(method) \(answer.codes)")
        }
        let refusal = await refusal {
            try await registry.aws.ecr.uploadLayerPart(
                .init(
                    repositoryName: "repo1", uploadId: "../\(id)", partFirstByte: 0, partLastByte: 0, layerPartBlob: [1]))
        }
        #expect(["UploadNotFoundException", "InvalidParameterException"].contains(refusal?.code))
        #expect(store.digests().isEmpty)
    }

    /// First and last byte of a part after a part of 5 MiB.
    static let parts: [(Int, Int)] = [
        (0, (5 << 20) - 1), ((5 << 20) - 1, (10 << 20) - 2), ((5 << 20) + 1, 10 << 20), (5 << 20, (10 << 20) - 2),
    ]

    @Test(arguments: parts)
    func overlappingLayerPartsAreRejected(_ first: Int, _ last: Int) async throws {
        let registry = try await registry()
        let part = Bytes(repeating: 7, count: 5 << 20), ecr = registry.aws.ecr
        let id = try #require(try await ecr.initiateLayerUpload(.init(repositoryName: "repo1")).uploadId)
        try await ecr.uploadLayerPart(
            .init(
                repositoryName: "repo1", uploadId: id, partFirstByte: 0, partLastByte: part.count - 1, layerPartBlob: part))
        let refusal = await refusal {
            try await ecr.uploadLayerPart(
                .init(repositoryName: "repo1", uploadId: id, partFirstByte: first, partLastByte: last, layerPartBlob: part))
        }
        #expect(refusal?.code == "InvalidLayerPartException")
        // A number, as in the model; otherwise Go's SDK v2 cannot decode the error.
        let last = try #require(refusal?.details.first { $0.name == "lastValidByteReceived" })
        #expect(last.isNumber && last.value == "\(part.count - 1)")
        try await ecr.uploadLayerPart(
            .init(
                repositoryName: "repo1", uploadId: id, partFirstByte: part.count, partLastByte: 2 * part.count - 1,
                layerPartBlob: part))
        try await ecr.completeLayerUpload(
            .init(repositoryName: "repo1", uploadId: id, layerDigests: [Digest(of: part + part).description]))
        #expect(store.digests() == [Digest(of: part + part)])
    }

    static let forgeries: [(String, String)] = [
        ("X-Amz-Signature=", "SignatureDoesNotMatch"), ("X-Amz-Expires=", "SignatureDoesNotMatch"),
        ("X-Amz-Credential=", "InvalidAccessKeyId"), ("path", "SignatureDoesNotMatch"), ("none", "AccessDenied"),
        ("method", "SignatureDoesNotMatch"),
    ]

    @Test(arguments: forgeries)
    func forgedStorageURLsAreRejected(_ what: String, _ code: String) async throws {
        let registry = try await registry()
        try await registry.put(registry.image("secret"), "v1")
        let layer = try await registry.push([1, 2, 3]), other = Digest(of: Bytes("secret".utf8))
        let url = try #require(try await registry.ask(.get, "/v2/repo1/blobs/\(layer)").location)
        var forged = url
        switch what {
        case "path": forged = url.replacing(layer.hex, with: other.hex)
        case "none": forged = String(url.prefix { $0 != "?" })
        case "method": break
        case "X-Amz-Credential=": forged = url.replacing(what + "A", with: what + "B")
        case "X-Amz-Expires=": forged = url.replacing(what, with: what + "9")
        default:
            let range = try #require(url.range(of: what))
            let digit = url[range.upperBound]
            forged.replaceSubrange(range.upperBound...range.upperBound, with: digit == "0" ? "1" : "0")
        }
        #expect(forged != url || what == "method")
        let answer = try await storage(registry, forged, what == "method" ? .put : .get)
        #expect(answer.contains("<Code>\(code)</Code>"), "\(answer)")
        #expect(try await storage(registry, url) == "\u{1}\u{2}\u{3}")
    }

    @Test func expiredStorageURLsAreRejected() async throws {
        let registry = try await registry()
        let layer = try await registry.push([1, 2, 3])
        let url = try #require(try await registry.ask(.get, "/v2/repo1/blobs/\(layer)").location)
        registry.aws.clock.advance(by: .seconds(3600))
        #expect(try await storage(registry, url) == "\u{1}\u{2}\u{3}")
        registry.aws.clock.advance(by: .seconds(1))
        let answer = try await storage(registry, url)
        #expect(answer.contains("<Code>AccessDenied</Code><Message>Request has expired</Message>"))
    }

    private func storage(
        _ registry: SpecifiedRegistry, _ url: String, _ method: HTTPRequest.Method = .get
    ) async throws -> String {
        let parts = url.dropFirst("https://".count).split(separator: "/", maxSplits: 1)
        let request = HTTPRequest(method: method, scheme: "https", authority: String(parts[0]), path: "/" + parts[1])
        let reply = await registry.aws.simulator.respond(to: request, body: .empty)
        return String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self)
    }
}
