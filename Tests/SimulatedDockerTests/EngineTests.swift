import AWSCore
import Foundation
import OCI
import SimulatedDocker
import Testing

@Suite struct Pulls {
    let world: World
    init() throws { world = try World() }

    @Test func pullPrintsDockerOutput() async throws {
        let lines = Lines()
        let engine = world.machine()
        let pulled = try await engine.pull("hello-world", report: lines.report)
        let layer = try #require(lines.all.first { $0.hasSuffix("Pulling fs layer") }).prefix(12)
        #expect(
            lines.all == [
                "Using default tag: latest", "latest: Pulling from library/hello-world", "\(layer): Pulling fs layer",
                "\(layer): Verifying Checksum", "\(layer): Download complete", "\(layer): Pull complete",
                "Digest: \(pulled.digest)", "Status: Downloaded newer image for hello-world:latest",
                "docker.io/library/hello-world:latest",
            ])
        let again = Lines()
        #expect(try await !engine.pull("hello-world:latest", report: again.report).isNewer)
        #expect(
            again.all == [
                "latest: Pulling from library/hello-world", "Digest: \(pulled.digest)",
                "Status: Image is up to date for hello-world:latest", "docker.io/library/hello-world:latest",
            ])
    }

    @Test func existingLayersAreNotPulledAgain() async throws {
        let engine = world.machine()
        try await engine.pull("python:3.12")
        let lines = Lines()
        try await engine.pull("pedroheeger/curso084-flask:v1", report: lines.report)
        #expect(lines.all.first == "v1: Pulling from pedroheeger/curso084-flask")
        #expect(lines.all.filter { $0.hasSuffix("Already exists") }.count == 4)
        #expect(lines.all.filter { $0.hasSuffix("Pulling fs layer") }.count == 3)
    }

    @Test func pullByDigestGivesSameImage() async throws {
        let engine = world.machine()
        let first = try await engine.pull("alpine")
        let lines = Lines()
        let second = try await engine.pull("alpine@\(first.digest)", report: lines.report)
        #expect(second.id == first.id)
        #expect(lines.all.first == "docker.io/library/alpine@\(first.digest): Pulling from library/alpine")
        #expect(lines.all.last == "docker.io/library/alpine@\(first.digest)")
    }

    @Test func pullAllFetchesEveryTag() async throws {
        let engine = world.machine()
        #expect(
            try await engine.pullAll("ubuntu").map { $0.reference.familiar } == [
                "ubuntu:20.04", "ubuntu:22.04", "ubuntu:latest",
            ])
    }

    static let failures: [(String, String)] = [
        (
            "nobody/nothing",
            "Error response from daemon: pull access denied for nobody/nothing, repository does not exist or may require "
                + "'docker login': denied: requested access to the resource is denied"
        ),
        ("alpine:9", "Error response from daemon: manifest for alpine:9 not found: manifest unknown: manifest unknown"),
        ("Alpine", "invalid reference format: repository name (library/Alpine) must be lowercase"),
    ]

    @Test(arguments: failures)
    func failedPullReportsDockerMessage(_ name: String, _ text: String) async {
        await #expect { try await world.machine().pull(name) } throws: { "\($0)" == text }
    }

    @Test func hubImagesAreIdenticalAcrossSimulators() async throws {
        let here = try await world.machine().pull("pedroheeger/curso084-flask:v1")
        let there = try await World().machine().pull("pedroheeger/curso084-flask:v1")
        #expect(here.digest == there.digest)
        #expect(here.id == there.id)
    }
}

@Suite struct Pushes {
    let world: World
    init() throws { world = try World() }

    @Test func pushMountsLayersFromOtherRepository() async throws {
        let engine = try await world.machine(loggedInAs: "pedroheeger")
        let pulled = try await engine.pull("pedroheeger/curso084-flask:v1")
        try engine.tag("pedroheeger/curso084-flask:v1", "pedroheeger/test1:v1")
        let lines = Lines()
        let pushed = try await engine.push("pedroheeger/test1:v1", report: lines.report)
        #expect(lines.all.first == "The push refers to repository [docker.io/pedroheeger/test1]")
        #expect(lines.all.filter { $0.hasSuffix(": Preparing") }.count == 7)
        #expect(lines.all.filter { $0.hasSuffix(": Mounted from pedroheeger/curso084-flask") }.count == 7)
        #expect(lines.all.last == "v1: digest: \(pushed.digest) size: \(pushed.size)")
        #expect(pushed.digest == pulled.digest)

        let again = Lines()
        try await engine.push("pedroheeger/test1:v1", report: again.report)
        #expect(again.all.filter { $0.hasSuffix(": Layer already exists") }.count == 7)

        let images = try engine.images()
        #expect(images.map { "\($0.repository):\($0.tag)" } == ["pedroheeger/curso084-flask:v1", "pedroheeger/test1:v1"])
        #expect(Set(images.map(\.id)) == [pulled.id])

        let other = try await world.machine().pull("pedroheeger/test1:v1")
        #expect(other.id == pulled.id)
        #expect(other.digest == pulled.digest)
    }

    @Test func pushUploadsBuiltImage() async throws {
        let engine = try await world.machine(loggedInAs: "worker")
        var builder = ImageBuilder()
        builder.addLayer([.file("app", "1")])
        try engine.add(try builder.build(into: engine.blobs), as: "worker/app")
        let lines = Lines()
        try await engine.push("worker/app", report: lines.report)
        #expect(lines.all.first == "Using default tag: latest")
        #expect(lines.all.filter { $0.hasSuffix(": Pushed") }.count == 1)
    }

    private static let denied = "denied: requested access to the resource is denied"
    /// If all layers exist already, the registry rejects the manifest, and dockerd prints all errors of that response.
    static let strangers = [
        ("pedroheeger/test1:v1", denied), ("nobody/x:v1", denied),
        ("library/alpine:latest", "errors:\n\(denied)\nunauthorized: authentication required\n"),
    ]

    @Test(arguments: strangers)
    func pushIntoForeignNamespaceIsDenied(_ name: String, _ text: String) async throws {
        for engine in [try await world.machine(loggedInAs: "worker"), world.machine()] {
            try await engine.pull("alpine")
            if name != "library/alpine:latest" { try engine.tag("alpine", name) }
            await #expect { try await engine.push(name) } throws: { "\($0)" == text }
        }
    }

    @Test func pushOfMissingImageOrTagFails() async throws {
        let engine = world.machine()
        let lines = Lines()
        await #expect { try await engine.push("a/b", report: lines.report) } throws: {
            "\($0)" == "An image does not exist locally with the tag: a/b"
        }
        #expect(lines.all == ["Using default tag: latest", "The push refers to repository [docker.io/a/b]"])
        try await engine.pull("alpine")
        await #expect { try await engine.push("alpine:other") } throws: { "\($0)" == "tag does not exist: alpine:other" }
    }

    /// Errors of Amazon ECR, and what Docker prints for them.
    static let refusals: [(Int, String, String, String)] = [
        (
            404,
            #"{"errors":[{"code":"NAME_UNKNOWN","message":"The repository with name 'x' does not exist in the registry with id '1'"}]}"#,
            "name unknown: The repository with name 'x' does not exist in the registry with id '1'",
            "Error response from daemon: repository registry.test/x not found: name unknown: The repository with name 'x' does not "
                + "exist in the registry with id '1'"
        ),
        (
            403,
            #"{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}"#,
            "denied: Your authorization token has expired. Reauthenticate and try again.",
            "Error response from daemon: pull access denied for registry.test/x, repository does not exist or may require "
                + "'docker login': denied: Your authorization token has expired. Reauthenticate and try again."
        ),
        (
            404, #"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"Requested image not found"}]}"#,
            "manifest unknown: Requested image not found",
            "Error response from daemon: manifest for registry.test/x:v1 not found: manifest unknown: Requested image not found"
        ),
    ]

    @Test(arguments: refusals)
    func registryErrorsUseDockerMessages(_ status: Int, _ body: String, _ push: String, _ pull: String)
        async throws
    {
        let engine = DockerEngine(
            transport: StubbornRegistry(status: status, body: body), clock: { Instant(milliseconds: 0) })
        try await engine.login("registry.test", RegistryCredentials(username: "AWS", password: "token"))
        var builder = ImageBuilder()
        builder.addLayer([.file("app", "1")])
        try engine.add(try builder.build(into: engine.blobs), as: "registry.test/x:v1")
        await #expect { try await engine.push("registry.test/x:v1") } throws: { "\($0)" == push }
        await #expect { try await engine.pull("registry.test/x:v1") } throws: { "\($0)" == pull }
    }

    @Test func pushAndPullWithoutLoginFail() async throws {
        let engine = DockerEngine(transport: StubbornRegistry(status: 200, body: ""), clock: { Instant(milliseconds: 0) })
        var builder = ImageBuilder()
        builder.addLayer([.file("app", "1")])
        try engine.add(try builder.build(into: engine.blobs), as: "registry.test/x:v1")
        await #expect { try await engine.push("registry.test/x:v1") } throws: { "\($0)" == "no basic auth credentials" }
        await #expect { try await engine.pull("registry.test/x:v1") } throws: {
            "\($0)" == "Error response from daemon: Head \"https://registry.test/v2/x/manifests/v1\": no basic auth credentials"
        }
    }

    @Test func unreachableRegistryReportsTimeout() async {
        let engine = DockerEngine(
            transport: StubbornRegistry(status: 0, body: "", error: .timedOut(host: "registry.test", after: .seconds(15))),
            clock: { Instant(milliseconds: 0) })
        await #expect { try await engine.pull("registry.test/x") } throws: {
            "\($0)"
                == "Error response from daemon: Get \"https://registry.test/v2/\": net/http: request canceled while waiting for "
                + "connection (Client.Timeout exceeded while awaiting headers)"
        }
    }
}

@Suite struct Removals {
    let world: World
    init() throws { world = try World() }

    @Test func removingLastTagDeletesImage() async throws {
        let engine = world.machine()
        let pulled = try await engine.pull("hello-world")
        try engine.tag("hello-world", "mine:v1")
        #expect(
            try engine.remove("hello-world").map(\.description)
                == ["Untagged: hello-world:latest", "Untagged: hello-world@\(pulled.digest)"])
        let last = try engine.remove("mine:v1").map(\.description)
        #expect(last.prefix(2) == ["Untagged: mine:v1", "Deleted: \(pulled.id)"])
        #expect(last.count == 3)
        #expect(try engine.images().isEmpty)
        #expect { try engine.remove("mine:v1") } throws: { "\($0)" == "Error response from daemon: No such image: mine:v1" }
    }

    @Test func removalKeepsSharedLayers() async throws {
        let engine = world.machine()
        try await engine.pull("python:3.12")
        try await engine.pull("node:20")
        let removed = try engine.remove("python:3.12").filter { if case .deleted = $0 { true } else { false } }
        #expect(removed.count == 4)
        let shared = try engine.remove("node:20").filter { if case .deleted = $0 { true } else { false } }
        #expect(shared.count == 3)
    }

    @Test func removalByIdRequiresSingleRepository() async throws {
        let engine = world.machine()
        let pulled = try await engine.pull("alpine")
        try engine.tag("alpine", "alpine:mine")
        try engine.tag("alpine", "other:v1")
        #expect { try engine.remove(pulled.id.short) } throws: {
            "\($0)" == "Error response from daemon: conflict: unable to delete \(pulled.id.short) (must be forced) - image is "
                + "referenced in multiple repositories"
        }
        #expect(try engine.images().count == 3)
        try engine.remove("other:v1")
        let removed = try engine.remove(pulled.id.short).map(\.description)
        #expect(removed.prefix(3) == ["Untagged: alpine:latest", "Untagged: alpine:mine", "Untagged: alpine@\(pulled.digest)"])
        #expect(try engine.images().isEmpty)
    }

    @Test func pruneRemovesUntaggedImages() async throws {
        let engine = world.machine()
        try await engine.pull("alpine")
        let other = try await engine.pull("busybox")
        try engine.tag("alpine", "busybox:latest")
        #expect(try engine.images().contains { $0.id == other.id && $0.tag == "<none>" })
        #expect(try engine.prune().removals.contains(.deleted(other.id)))
        #expect(try engine.images().map(\.tag) == ["latest", "latest"])
        #expect(try engine.prune(ImageFilters(parsing: #"{"dangling":["false"]}"#)).reclaimed > 0)
        #expect(try engine.images().isEmpty)
    }
}

@Suite struct Descriptions {
    @Test func inspectAndHistoryDescribePulledImage() async throws {
        let engine = try World().machine()
        let pulled = try await engine.pull("pedroheeger/curso084-flask:v1")
        let node = try engine.inspect(String(pulled.id.hex.prefix(8)))
        #expect(node["Id"]?.string == pulled.id.description)
        #expect(node["RepoTags"]?.elements == [.string("pedroheeger/curso084-flask:v1")])
        #expect(node["RepoDigests"]?.elements == [.string("pedroheeger/curso084-flask@\(pulled.digest)")])
        #expect(node["RootFS"]?["Layers"]?.elements?.count == 7)
        #expect(node["Config"]?["WorkingDir"]?.string == "/app")
        let history = try engine.history("pedroheeger/curso084-flask:v1")
        #expect(history.first?.createdBy == #"CMD ["python" "app.py"]"#)
        #expect(history.first?.id == pulled.id)
        #expect(history.count == 8)
    }
}

@Suite struct ImagesInFiles {
    let folder = NSTemporaryDirectory() + "engine-\(UUID().uuidString)"

    @Test func folderBuildIsReproducible() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createDirectory(atPath: folder + "/app", withIntermediateDirectories: true)
        try Data("print(1)".utf8).write(to: URL(fileURLWithPath: folder + "/app/main.py"))
        let first = try World().machine()
        let second = try World().machine()
        let id = try first.build(folder: folder, as: "mine:v1", command: ["python", "app/main.py"])
        #expect(try second.build(folder: folder, as: "other", command: ["python", "app/main.py"]) == id)
        #expect(try first.images().map(\.size) == [8])
    }

    @Test func savedImageCanBeLoaded() async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let world = try World()
        let engine = world.machine()
        let pulled = try await engine.pull("alpine")
        let save = await DockerCommandLine(engine).run(["save", "-o", folder + "/image.tar", "alpine"])
        #expect(save == DockerCommandLine.Result())
        let other = world.machine()
        let load = await DockerCommandLine(other).run(["load", "-i", folder + "/image.tar"])
        #expect(load.output == "Loaded image: alpine:latest\n")
        #expect(try other.images().map(\.id) == [pulled.id])
        let missing = await DockerCommandLine(other).run(["load", "-i", folder + "/nothing.tar"])
        #expect(missing.errors == "open \(folder)/nothing.tar: no such file or directory\n")
    }
}
