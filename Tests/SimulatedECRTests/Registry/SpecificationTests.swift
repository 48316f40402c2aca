import DrydockTesting
import HTTPTypes
import OCI
import Testing

/// The requirements of the OCI distribution specification 1.1.1, each by its name there, on a server that deletes as the
/// specification says. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
@Suite struct PullingAsSpecified {
    @Test("end-1: determining support") func pingReturnsRegistryVersion() async throws {
        let registry = try await SpecifiedRegistry()
        #expect(try await registry.ask(.get, "/v2/").status == 200)
        #expect(try await registry.ask(.get, "/v2/")["Docker-Distribution-Api-Version"] == "registry/2.0")
    }

    @Test("end-2: pulling blobs, and checking that they exist", arguments: Digest.Algorithm.allCases)
    func blobsArePulledAndChecked(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        for bytes in [Bytes(), Bytes("{}".utf8), Bytes(repeating: 7, count: 100_000)] {
            let digest = try await registry.push(bytes, algorithm)
            let path = "/v2/repo1/blobs/\(digest)"
            let got = try await registry.ask(.get, path)
            #expect(got.status == 200 && got.body == bytes)
            let head = try await registry.ask(.head, path)
            #expect(head.status == 200 && head.body.isEmpty)
            for answer in [got, head] {
                #expect(answer["Content-Length"] == "\(bytes.count)")
                #expect(answer["Docker-Content-Digest"] == digest.description)
            }
        }
        let missing = SpecifiedRegistry.digest([1], algorithm)
        let answer = try await registry.ask(.get, "/v2/repo1/blobs/\(missing)")
        #expect(answer.status == 404 && answer.codes == ["BLOB_UNKNOWN"])
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(missing)").status == 404)
        #expect(try await registry.ask(.get, "/v2/repo2/blobs/\(registry.push([9]))").status == 404)
    }

    static let parts: [(String, Int, Range<Int>?)] = [
        ("bytes=500-1499", 206, 500..<1500), ("bytes=500-", 206, 500..<2048), ("bytes=-500", 206, 1548..<2048),
        ("bytes=2000-5000", 206, 2000..<2048), ("bytes=500-0", 416, nil), ("bytes=5000-10000", 416, nil),
    ]

    @Test("end-2: blobs by ranges (RFC 9110)", arguments: parts)
    func blobRangesArePulled(_ range: String, _ status: Int, _ part: Range<Int>?) async throws {
        let registry = try await SpecifiedRegistry()
        let bytes = Bytes((0..<2048).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let digest = try await registry.push(bytes)
        let answer = try await registry.ask(.get, "/v2/repo1/blobs/\(digest)", ["Range": range])
        #expect(answer.status == status)
        guard let part else { return }
        #expect(answer.body == Bytes(bytes[part]))
        #expect(answer["Content-Range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/2048")
        #expect(answer["Content-Length"] == "\(part.count)")
    }

    @Test("end-3: pulling manifests, and checking that they exist") func manifestsArePulledAndChecked() async throws {
        let registry = try await SpecifiedRegistry()
        let manifest = try await registry.image("one")
        try await registry.put(manifest, "v1")
        let accept = ["Accept": "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json"]
        for reference in ["v1", manifest.digest.description] {
            let got = try await registry.ask(.get, "/v2/repo1/manifests/\(reference)", accept)
            #expect(got.status == 200 && got.body == manifest.bytes)
            let head = try await registry.ask(.head, "/v2/repo1/manifests/\(reference)", accept)
            #expect(head.status == 200 && head.body.isEmpty)
            for answer in [got, head] {
                #expect(answer["Content-Type"] == "application/vnd.oci.image.manifest.v1+json")
                #expect(answer["Content-Length"] == "\(manifest.bytes.count)")
                #expect(answer["Docker-Content-Digest"] == manifest.digest.description)
            }
        }
        for reference in ["absent", Digest(of: [1]).description] {
            let answer = try await registry.ask(.get, "/v2/repo1/manifests/\(reference)")
            #expect(answer.status == 404 && answer.codes == ["MANIFEST_UNKNOWN"])
            let head = try await registry.ask(.head, "/v2/repo1/manifests/\(reference)")
            #expect(head.status == 404 && head.body.isEmpty)
        }
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/sha256:baddigeststring").status == 400)
    }

    @Test("end-3, end-9: what cannot be a tag names no manifest", arguments: [HTTPRequest.Method.get, .head, .delete])
    func invalidTagsNameNoManifest(_ method: HTTPRequest.Method) async throws {
        let path = "/v2/repo1/manifests/.INVALID_MANIFEST_NAME"
        let answer = try await SpecifiedRegistry().ask(method, path)
        #expect(answer.status == 404 && answer.codes == (method == .head ? [] : ["MANIFEST_UNKNOWN"]))
        // ECR returns a client error: https://github.com/bazel-contrib/rules_oci/issues/720
        #expect(try await SpecifiedRegistry(deletesAsSpecified: false).ask(method, path).status == 400)
    }

    @Test("end-7: what cannot be a tag cannot be pushed to") func pushToInvalidTagIsRejected() async throws {
        let registry = try await SpecifiedRegistry()
        let put = try await registry.put(try await registry.image("one"), ".INVALID_MANIFEST_NAME")
        #expect(put.status == 400 && put.codes == ["TAG_INVALID"])
    }
}

@Suite struct RepositoriesAsSpecified {
    /// The conformance suites push to repositories that do not exist, one of them with a random name.
    @Test(arguments: ["new", "team/new"]) func pushCreatesMissingRepositories(_ name: String) async throws {
        let registry = try await SpecifiedRegistry()
        #expect(try await registry.ask(.get, "/v2/\(name)/tags/list").codes == ["NAME_UNKNOWN"])
        let digest = try await registry.push([1, 2, 3], to: name)
        #expect(try await registry.ask(.get, "/v2/\(name)/blobs/\(digest)").status == 200)
        let mounted = try await registry.ask(.post, "/v2/other/blobs/uploads/?mount=\(digest)&from=\(name)")
        #expect(mounted.status == 201)
        let made = try await registry.aws.ecr.describeRepositories(.init()).repositories?.map(\.repositoryName)
        #expect(made?.contains(name) == true && made?.contains("other") == true)
    }
}

@Suite struct ContentDiscoveryAsSpecified {
    @Test("end-8a, end-8b: listing tags in pages") func tagsAreListedInPages() async throws {
        let registry = try await SpecifiedRegistry()
        #expect(try await registry.ask(.get, "/v2/repo1/tags/list").json?["tags"]?.elements?.isEmpty == true)
        let image = try await registry.image("one")
        for tag in ["b", "C", "a", "d", "B"] { try await registry.put(image, tag) }
        let all = ["a", "B", "b", "C", "d"]
        #expect(try await tags(registry, "") == all)
        for n in 1...6 {
            var found: [String] = [], next: String? = "/v2/repo1/tags/list?n=\(n)"
            while let path = next {
                let page = try await registry.ask(.get, path)
                let names = page.json?["tags"]?.elements?.compactMap(\.string) ?? []
                #expect(names.count <= n)
                found += names
                next = page["Link"].flatMap { $0.split(separator: ">").first?.dropFirst() }.map(String.init)
                if page["Link"] != nil { #expect(page["Link"]?.hasSuffix("; rel=\"next\"") == true) }
            }
            #expect(found == all)
        }
        for (number, tag) in all.enumerated() {
            #expect(try await tags(registry, "?last=\(tag)") == Array(all[(number + 1)...]))
        }
        #expect(try await tags(registry, "?last=aa") == Array(all[1...]), "what isn't a tag has a place in the order too")
        #expect(try await tags(registry, "?n=0") == [])
        let unknown = try await registry.ask(.get, "/v2/repo9/tags/list")
        #expect(unknown.status == 404 && unknown.codes == ["NAME_UNKNOWN"])
    }

    private func tags(_ registry: SpecifiedRegistry, _ query: String) async throws -> [String] {
        let answer = try await registry.ask(.get, "/v2/repo1/tags/list\(query)")
        #expect(answer.status == 200 && answer.json?["name"]?.string == "repo1")
        return answer.json?["tags"]?.elements?.compactMap(\.string) ?? []
    }
}

@Suite struct ContentManagementAsSpecified {
    @Test("end-9: deleting tags and manifests") func manifestsAndTagsAreDeleted() async throws {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one")
        for tag in ["a", "b"] { try await registry.put(image, tag) }
        let index = Manifest(index: [image.descriptor])
        try await registry.put(index, "multi")
        #expect(try await registry.ask(.delete, "/v2/repo1/manifests/a").status == 202)
        #expect(try await registry.ask(.head, "/v2/repo1/manifests/a").status == 404)
        #expect(try await registry.ask(.delete, "/v2/repo1/manifests/a").status == 404)
        #expect(try await registry.ask(.delete, "/v2/repo1/manifests/b").status == 202)
        #expect(try await registry.ask(.get, "/v2/repo1/manifests/\(image.digest)").status == 200)
        #expect(try await registry.ask(.get, "/v2/repo1/tags/list").json?["tags"]?.elements?.compactMap(\.string) == ["multi"])
        for digest in [index.digest, image.digest] {
            #expect(try await registry.ask(.delete, "/v2/repo1/manifests/\(digest)").status == 202)
            #expect(try await registry.ask(.get, "/v2/repo1/manifests/\(digest)").status == 404)
            #expect(try await registry.ask(.delete, "/v2/repo1/manifests/\(digest)").status == 404)
        }
        #expect(try await registry.ask(.get, "/v2/repo1/tags/list").json?["tags"]?.elements?.isEmpty == true)
    }

    @Test("end-9: a deleted referrer is listed no more") func deletedReferrerIsNoLongerListed() async throws {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one")
        try await registry.put(image, "v1")
        let note = try await registry.image("note", subject: image.descriptor, artifactType: "a/b")
        try await registry.put(note, note.digest.description)
        #expect(try await registry.ask(.delete, "/v2/repo1/manifests/\(note.digest)").status == 202)
        let list = try await registry.ask(.get, "/v2/repo1/referrers/\(image.digest)")
        #expect(list.json?["manifests"]?.elements?.isEmpty == true)
    }

    @Test("end-10: deleting blobs", arguments: Digest.Algorithm.allCases)
    func blobsAreDeletedPerRepository(_ algorithm: Digest.Algorithm) async throws {
        let registry = try await SpecifiedRegistry()
        let digest = try await registry.push([1, 2, 3], algorithm)
        try await registry.push([1, 2, 3], to: "repo2", algorithm)
        #expect(try await registry.ask(.delete, "/v2/repo1/blobs/\(digest)").status == 202)
        #expect(try await registry.ask(.head, "/v2/repo1/blobs/\(digest)").status == 404)
        #expect(try await registry.ask(.delete, "/v2/repo1/blobs/\(digest)").codes == ["BLOB_UNKNOWN"])
        #expect(try await registry.ask(.get, "/v2/repo2/blobs/\(digest)").body == [1, 2, 3])
    }

    @Test("a manifest is taken with its layers alone, and layers outlive it") func layersOutliveDeletedManifest() async throws {
        let registry = try await SpecifiedRegistry()
        let image = try await registry.image("one")
        try await registry.put(image, "v1")
        #expect(try await registry.ask(.delete, "/v2/repo1/manifests/\(image.digest)").status == 202)
        #expect(try await registry.put(image, "v2").status == 201)
    }
}
