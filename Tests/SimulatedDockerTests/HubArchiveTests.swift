import AWSCore
import Foundation
import HTTPTypes
import OCI
import SimulatedDocker
import Testing

/// Importing image archives into the Hub.
@Suite struct HubArchives {
    let world: World
    let folder = FileManager.default.temporaryDirectory.path + "/hub-\(UInt32.random(in: 0...UInt32.max))"

    init() throws {
        world = try World()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func image(_ text: String, into store: any BlobStore) throws -> Manifest {
        var builder = ImageBuilder()
        builder.addLayer([.file("app", text)])
        return try builder.build(into: store).manifest
    }

    private func archive(_ images: [(String?, Manifest)], _ store: any BlobStore, _ name: String = "images.tar") async throws
        -> HTTPBody
    {
        let path = folder + "/" + name
        try await ImageArchive(images: images.map { .init(name: $0.0, manifest: $0.1) }, blobs: store).write(to: path)
        let size = try #require(FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)
        return .file(path: path, offset: 0, length: size.intValue)
    }

    private func post(_ name: String, _ body: HTTPBody) async throws -> (Int, Node) {
        let request = HTTPRequest(
            method: .post, scheme: "http", authority: "localhost:4566",
            path: "/_drydock/hub/images?name=\(QueryString.encoded(name))")
        let reply = await world.simulator.respond(to: request, body: body)
        return (reply.response.status.code, try JSON.parse(try await reply.body.collect(upTo: 1 << 20)))
    }

    @Test func hubImportAcceptsArchiveSavedByEngine() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let engine = world.machine()
        let image = try image("1", into: engine.blobs)
        try engine.add(
            .init(manifest: image, config: ImageConfig(parsing: try await engine.blobs.read(#require(image.config).digest))),
            as: "mine:v1")
        try await engine.save(["mine:v1"], to: folder + "/saved.tar")
        let bytes = try Bytes(Data(contentsOf: URL(fileURLWithPath: folder + "/saved.tar")))
        let (status, answer) = try await post("worker/app:v2", .bytes(bytes))
        #expect(status == 200)
        #expect(answer["images"]?.elements?.first?["reference"]?.string == "worker/app:v2")
        #expect(answer["images"]?.elements?.first?["digest"]?.string == image.digest.description)
        #expect(try await world.machine().pull("worker/app:v2").digest == image.digest)
        let blobs = try Set(world.hub.blobs.digests())
        _ = try await post("worker/app:v2", .bytes(bytes))
        #expect(try Set(world.hub.blobs.digests()) == blobs, "nothing but layers and configurations is kept")
    }

    @Test func hubImportKeepsArchiveTagsWithoutGivenTag() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = MemoryBlobStore()
        let images = [("v1", try image("1", into: store)), ("other/name:v2", try image("2", into: store))]
        let archive = try await archive(images.map { ($0.0, $0.1) }, store)
        let (status, answer) = try await post("worker/app", archive)
        #expect(status == 200)
        #expect(answer["images"]?.elements?.map { $0["reference"]?.string } == ["worker/app:v1", "worker/app:v2"])
        #expect(try await world.machine().pull("worker/app:v2").digest == images[1].1.digest)
        let (refused, why) = try await post("worker/app:v1", archive)
        #expect(refused == 400)
        #expect(why["message"]?.string?.hasPrefix("the archive has 2 images (v1, other/name:v2)") == true, "\(why)")
    }

    @Test func hubImportAcceptsMultiPlatformIndex() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = MemoryBlobStore()
        var children: [Descriptor] = []
        for architecture in ["amd64", "arm64"] {
            var builder = ImageBuilder()
            builder.platform = Platform(os: "linux", architecture: architecture)
            builder.addLayer([.file("app", architecture)])
            let manifest = try builder.build(into: store).manifest
            try store.store(manifest.bytes)
            var descriptor = manifest.descriptor
            descriptor.platform = builder.platform
            children.append(descriptor)
        }
        let index = Manifest(index: children)
        try store.store(index.bytes)
        let (status, answer) = try await post("worker/many:v1", try await archive([("v1", index)], store))
        #expect(status == 200, "\(answer)")
        let arm = Platform(os: "linux", architecture: "arm64")
        let engine = world.machine()
        let pulled = try await engine.pull("worker/many:v1", platform: arm)
        #expect(pulled.digest == index.digest)
        #expect(try engine.inspect("worker/many:v1", platform: arm)["Architecture"]?.string == "arm64")
        #expect(throws: DockerError.self) { try engine.inspect("worker/many:v1", platform: .linuxAMD64) }
    }

    static let mistakes: [(String, String)] = [
        ("", "the image needs a name, such as worker/app:v1"),
        ("ghcr.io/a/b:v1", "'ghcr.io/a/b:v1' is not a name of Docker Hub but of ghcr.io"),
        ("Worker:v1", "'Worker:v1': invalid reference format: repository name (library/Worker) must be lowercase"),
        ("a@sha256:\(String(repeating: "0", count: 64))", "'a@sha256:\(String(repeating: "0", count: 64))' has a digest"),
        ("worker/app:v1", "the archive cannot be read: "),
    ]

    @Test(arguments: mistakes)
    func hubImportRejectsInvalidNamesAndArchives(_ name: String, _ message: String) async throws {
        for text in ["no archive", ""] {
            let (status, answer) = try await post(name, .bytes(Bytes(text.utf8)))
            #expect(status == 400)
            #expect(answer["message"]?.string?.hasPrefix(message) == true, "\(answer)")
        }
    }

    @Test func hubImportRejectsArchiveMissingLayer() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = MemoryBlobStore()
        let whole = try image("1", into: store)
        _ = try await archive([("v1", whole)], store)
        let layer = try #require(whole.layers.first).digest
        // The same archive without the layer's file.
        let tar = Process()
        tar.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tar.arguments = ["tar", "--delete", "-f", folder + "/images.tar", "blobs/sha256/\(layer.hex)"]
        try tar.run()
        tar.waitUntilExit()
        let bytes = try Bytes(Data(contentsOf: URL(fileURLWithPath: folder + "/images.tar")))
        let (status, answer) = try await post("worker/app:v1", .bytes(bytes))
        #expect(status == 400)
        #expect(answer["message"]?.string == "the archive lacks \(layer), part of 'worker/app:v1'")
        await #expect(throws: DockerError.self) { try await world.machine().pull("worker/app:v1") }
    }
}

/// What a user can request from the Hub.
@Suite struct HubControls {
    static let mistakes: [(String, String)] = [
        ("{", "not JSON"), ("[]", "the Hub's contents must be an object"),
        (#"{"image":[]}"#, "the Hub's contents has no member 'image'; there are 'users', 'images'"),
        (#"{"users":{}}"#, "the Hub's contents: 'users' must be a list"),
        (#"{"users":[{"name":"Me","password":"x"}]}"#, "users[0]: 'Me' is not a user name"),
        (#"{"users":[{"name":"me"}]}"#, "users[0] needs 'password'"),
        (#"{"users":[{"name":"me","password":""}]}"#, "users[0]: the password is empty"),
        (#"{"images":[{"reference":"a","private":1}]}"#, "images[0]: 'private' must be true or false"),
        (#"{"images":[{"reference":"a","layers":[[]]}]}"#, "images[0]: a layer is an object of paths and texts"),
        (#"{"images":[{"reference":"a","layers":[{"b":1}]}]}"#, "images[0]: the content of 'b' is not a text"),
    ]

    @Test(arguments: mistakes)
    func hubControlRejectsInvalidContents(_ body: String, _ message: String) async throws {
        let (response, answer) = try await World().ask(.post, "localhost:4566", "/_drydock/hub", body: body)
        #expect(response.status == .badRequest)
        #expect(answer["message"]?.string?.hasPrefix(message) == true, "\(answer)")
    }

    @Test func hubControlListsUsersAndRepositories() async throws {
        let world = try World()
        try world.hub.addUser("worker", password: "secret", in: world.simulator)
        let (response, answer) = try await world.ask(.get, "localhost:4566", "/_drydock/hub")
        #expect(response.status == .ok)
        #expect(answer["users"] == .list([.string("worker")]))
        let course = answer["repositories"]?.elements?.first { $0["name"]?.string == "pedroheeger/curso084-flask" }
        #expect(course?["tags"]?.elements?.map { $0["name"]?.string } == ["v1"])
        #expect(course?["private"] == .bool(false))
        let (wrong, _) = try await world.ask(.delete, "localhost:4566", "/_drydock/hub")
        #expect(wrong.status == .methodNotAllowed)
        let (none, _) = try await world.ask(.get, "localhost:4566", "/_drydock/hub/none")
        #expect(none.status == .notFound)
    }

    @Test func searchFindsPublicRepositories() async throws {
        let world = try World()
        let engine = try await world.machine(loggedInAs: "worker")
        try await engine.pull("alpine")
        try engine.tag("alpine", "worker/alpine")
        try await engine.push("worker/alpine")
        let found = try await engine.search("ALPINE")
        #expect(Set(found.map(\.name)) == ["alpine", "worker/alpine"])
        #expect(found.first { $0.name == "alpine" }?.isOfficial == true)
        #expect(try await engine.search("alpine", limit: 1).count == 1)
        #expect(
            try await engine.search("alpine", filters: ImageFilters(parsing: #"{"is-official":["false"]}"#)).map(\.name) == [
                "worker/alpine"
            ])
        #expect(try await engine.search("flask").map(\.description) == ["A small Flask application"])
        #expect(try await engine.search("nothing of that name").isEmpty)
        await #expect {
            try await engine.search("a", limit: 101)
        } throws: { "\($0)" == "Error response from daemon: limit 101 is outside the range of [1, 100]" }
    }
}
