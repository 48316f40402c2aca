import Foundation
import OCI
import SimulatedDocker
import Testing

/// An engine's images, stored in a file.
@Suite struct EnginesInFiles {
    let world: World
    let path = FileManager.default.temporaryDirectory.path + "/engine-\(UInt32.random(in: 0...UInt32.max)).json"

    init() throws { world = try World() }

    private func engine(_ blobs: MemoryBlobStore) -> DockerEngine {
        DockerEngine(
            transport: Wire(simulator: world.simulator), blobs: blobs, store: FileEngineStore(path: path),
            clock: { [world] in world.clock.now })
    }

    @Test func engineStateSurvivesReopening() async throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        let blobs = MemoryBlobStore()
        let first = engine(blobs)
        let pulled = try await first.pull("pedroheeger/curso084-flask:v1")
        try first.tag("pedroheeger/curso084-flask:v1", "worker/mine:v1")
        try await first.pull("alpine@\(first.pull("alpine").digest)")
        try first.remove("alpine:latest")
        let second = engine(blobs)
        #expect(try second.images() == first.images())
        #expect(try second.inspect("worker/mine:v1") == first.inspect("worker/mine:v1"))
        #expect(try second.history("worker/mine:v1").map(\.size) == first.history("worker/mine:v1").map(\.size))
        // The file also stores the known repositories: nothing is uploaded again, and the digest stays the same.
        try await second.login("", RegistryCredentials(username: "worker", password: "secret"))
        let lines = Lines()
        #expect(try await second.push("worker/mine:v1", report: lines.report).digest == pulled.digest)
        #expect(lines.all.filter { $0.hasSuffix(": Mounted from pedroheeger/curso084-flask") }.count == 7)
        #expect(FileEngineStore.blobs(ofFile: path).isSuperset(of: second.store.read().blobs))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(!text.contains("secret"), "logins are the command's, not the engine's")
    }

    @Test(arguments: ["", "{", #"{"images":[{"config":"{}"}]}"#, #"{"names":{"A B":"x"}}"#])
    func damagedEngineFileStartsEmpty(_ text: String) throws {
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        let store = FileEngineStore(path: path)
        #expect(store.problem?.hasPrefix("\(path) does not hold an engine's images: ") == true)
        #expect(store.read().images.isEmpty)
    }

    @Test func failedStoreWriteChangesNothing() async throws {
        let store = FileEngineStore(path: path + "/no/such/folder")
        #expect(throws: (any Error).self) { try store.update { $0.pulled.insert(Digest.ofNothing) } }
        #expect(store.read().pulled.isEmpty)
    }
}
