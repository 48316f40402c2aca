import AWSCore
import OCI
import SimulatedDocker
import Testing

@Suite struct Platforms {
    let world: World
    init() throws { world = try World() }

    /// Pushes an image for each platform and an index of them as `worker/many:latest`.
    func pushIndex(_ platforms: [Platform]) async throws -> Manifest {
        let client = RegistryClient(
            host: "registry-1.docker.io", credentials: RegistryCredentials(username: "worker", password: "secret"),
            transport: Wire(simulator: world.simulator))
        let name = try #require(RepositoryName("worker/many"))
        let store = MemoryBlobStore()
        var entries: [Descriptor] = []
        for platform in platforms {
            var builder = ImageBuilder()
            builder.platform = platform
            builder.manifestType = .ociManifest
            builder.addLayer([.file("platform", platform.description)])
            let manifest = try builder.build(into: store).manifest
            for blob in manifest.blobs { try await client.push(blob, to: name, from: store) }
            try await client.putManifest(manifest, as: .digest(manifest.digest), in: name)
            var entry = manifest.descriptor
            entry.platform = platform
            entries.append(entry)
        }
        let index = Manifest(index: entries)
        try await client.putManifest(index, as: .tag(.latest), in: name)
        return index
    }

    @Test func pullChoosesEnginePlatformFromIndex() async throws {
        let index = try await pushIndex([Platform(os: "linux", architecture: "arm64", variant: "v8"), .linuxAMD64])
        let engine = world.machine()
        let pulled = try await engine.pull("worker/many")
        #expect(pulled.digest == index.digest)
        #expect(try engine.inspect("worker/many")["Architecture"]?.string == "amd64")
        #expect(try engine.images().first?.digest == index.digest)
    }

    @Test func pullRejectsIndexWithoutEnginePlatform() async throws {
        _ = try await pushIndex([Platform(os: "windows", architecture: "amd64")])
        await #expect { try await world.machine().pull("worker/many") } throws: {
            "\($0)" == "Error response from daemon: no matching manifest for linux/amd64 in the manifest list entries"
        }
    }
}
