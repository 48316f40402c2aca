import AWSCore
import OCI
import Testing

@Suite struct AuthenticationChallenges {
    static let headers: [(String, [RegistryChallenge])] = [
        (#"Basic realm="x""#, [RegistryChallenge(scheme: "basic", parameters: ["realm": "x"])]),
        (
            #"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#,
            [
                RegistryChallenge(
                    scheme: "bearer",
                    parameters: [
                        "realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                        "scope": "repository:a/b:pull,push",
                    ])
            ]
        ),
        (
            #"Digest realm="a\"b", nonce=1, Basic realm=y"#,
            [
                RegistryChallenge(scheme: "digest", parameters: ["realm": "a\"b", "nonce": "1"]),
                RegistryChallenge(scheme: "basic", parameters: ["realm": "y"]),
            ]
        ),
        ("", []),
        (#"Bearer realm="unterminated"#, [RegistryChallenge(scheme: "bearer", parameters: ["realm": "unterminated"])]),
    ]

    @Test(arguments: headers)
    func challengeHeadersAreParsed(_ header: String, _ challenges: [RegistryChallenge]) {
        #expect(RegistryChallenge.parse(header) == challenges)
    }
}

@Suite struct OCIRegistryClients {
    let registry = MemoryRegistry()
    let local = MemoryBlobStore()
    let name = RepositoryName("team/app")!

    static let styles: [RegistryClient.PushStyle] = [.streamed, .monolithic, .chunked(size: 700)]

    @Test(arguments: styles)
    func pushedImagesCanBePulled(_ style: RegistryClient.PushStyle) async throws {
        let image = try image(in: local)
        let client = registry.client()
        for blob in image.manifest.blobs {
            #expect(try await client.push(blob, to: name, from: local, style: style) == .pushed)
            #expect(try await client.push(blob, to: name, from: local, style: style) == .existed)
        }
        let tag = try #require(ManifestReference("v1"))
        #expect(try await client.putManifest(image.manifest, as: tag, in: name) == image.manifest.digest)
        #expect(try await client.tags(in: name) == [Tag("v1")])
        #expect(try await client.manifestDescriptor(tag, in: name) == image.manifest.descriptor)

        let other = MemoryBlobStore()
        let pulled = try await client.manifest(tag, in: name)
        #expect(pulled == image.manifest)
        for blob in pulled.blobs {
            #expect(try await client.pull(blob, from: name, into: other))
            #expect(try await !client.pull(blob, from: name, into: other))
        }
        #expect(other.digests() == local.digests())
    }

    @Test func pushMountsBlobsOfSameRegistry() async throws {
        let image = try image(layers: 1, in: local)
        let client = registry.client()
        let other = try #require(RepositoryName("team/other"))
        try await client.push(image.manifest.layers[0], to: name, from: local)
        #expect(
            try await client.push(image.manifest.layers[0], to: other, from: local, mountingFrom: name) == .mounted(from: name))
    }

    @Test func redirectsDropAuthorizationHeader() async throws {
        registry.state.withLock {
            $0.redirects = true
            $0.credentials = "me:secret"
        }
        let image = try image(layers: 1, in: local)
        let client = registry.client(RegistryCredentials(username: "me", password: "secret"))
        let layer = image.manifest.layers[0]
        try await client.push(layer, to: name, from: local)
        let other = MemoryBlobStore()
        try await client.pull(layer, from: name, into: other)
        #expect(other.size(of: layer.digest) == layer.size)
        #expect(registry.state.withLock(\.requests).last == "GET storage.test/\(layer.digest)")
    }

    @Test func pullRejectsDamagedBlobs() async throws {
        registry.state.withLock {
            $0.redirects = true
            $0.damagesBlobs = true
        }
        let image = try image(layers: 1, in: local)
        let client = registry.client()
        try await client.push(image.manifest.layers[0], to: name, from: local)
        let other = MemoryBlobStore()
        await #expect(throws: RegistryClientError.self) {
            try await client.pull(image.manifest.layers[0], from: name, into: other)
        }
        #expect(other.digests().isEmpty)
    }

    @Test func pingReportsMissingAndWrongCredentials() async throws {
        registry.state.withLock { $0.credentials = "me:secret" }
        try await registry.client(RegistryCredentials(username: "me", password: "secret")).ping()
        await #expect { try await registry.client().ping() } throws: { error in
            (error as? RegistryClientError)?.description == "no basic auth credentials"
        }
        await #expect { try await registry.client(RegistryCredentials(username: "me", password: "x")).ping() } throws: {
            error in
            (error as? RegistryClientError)?.refusal?.status == 401
        }
    }

    @Test func clientErrorKeepsRegistryErrorCode() async throws {
        await #expect { try await registry.client().manifest(.tag(.latest), in: name) } throws: { error in
            (error as? RegistryClientError)?.refusal?.code == "NAME_UNKNOWN"
        }
        #expect(try await registry.client().manifestDescriptor(.tag(.latest), in: name) == nil)
    }
}
