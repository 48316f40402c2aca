import DrydockTesting
import Foundation
import OCI
import Testing

@testable import Guests

/// The stock docker command outside of instances, connected to their engines' sockets.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: Machine.find("docker") != nil, "docker's command is missing: apt-get install docker.io"))
struct GuestDockerEngines {
    @Test func containerCommandsFailWithReason() async throws {
        try await Playground.with { playground in
            let docker = try await Docker(playground)
            _ = try await docker.run("pull", "-q", "alpine")
            try Data("FROM alpine\n".utf8).write(to: URL(fileURLWithPath: playground.folder + "/Dockerfile"))
            for command in [
                ["run", "alpine"], ["run", "--rm", "absent"], ["create", "alpine"], ["build", playground.folder],
                ["network", "create", "net"], ["volume", "create", "disk"],
            ] {
                let answer = try await docker.run(command)
                #expect(answer.status != 0, "\(command)")
                #expect(answer.output.contains("this engine keeps images and runs no containers"), "\(answer.output)")
            }
            let swarm = try await docker.run("service", "ls")
            #expect(swarm.output.contains("This node is not a swarm manager."), "\(swarm.output)")
            let listed = try await docker.run("ps", "-a", "--format", "{{.ID}}")
            #expect(listed.status == 0 && listed.output.isEmpty)
            for (command, text) in [
                (["version"], "Drydock Image Engine"), (["info"], "this engine keeps images and runs no containers"),
                (["logs", "web"], "No such container: web"), (["exec", "web", "ls"], "No such container: web"),
            ] {
                let answer = try await docker.run(command)
                #expect(answer.output.contains(text), "\(answer.output)")
            }
        }
    }

    @Test func interruptedPullResumes() async throws {
        try await Playground.with { playground in
            let docker = try await Docker(playground)
            // The last of the image's seven layers is delayed; the configuration is the first blob.
            playground.aws.simulator.faults.set(
                FaultPlan([
                    Fault(
                        .latency(.seconds(300) ... .seconds(300)), service: "hub", operation: "FetchBlob",
                        calls: .numbers(8...8))
                ]))
            let pull = try docker.start("pull", "pedroheeger/curso084-flask:v1")
            try await pull.waitFor("Download complete", times: 6)
            pull.child.kill(SIGINT)
            _ = await pull.child.wait()
            #expect(try await docker.run("images", "-q").output == "")
            playground.aws.simulator.faults.set(nil)
            let again = try await docker.run("pull", "pedroheeger/curso084-flask:v1")
            #expect(again.status == 0)
            #expect(again.output.matches(of: /: Already exists/).count == 6, "\(again.output)")
            #expect(again.output.matches(of: /: Pull complete/).count == 1)
            #expect(again.output.contains("Status: Downloaded newer image for pedroheeger/curso084-flask:v1\n"))
        }
    }

    @Test func concurrentPullsFetchLayersOnce() async throws {
        try await Playground.with { playground in
            let docker = try await Docker(playground)
            // Counts the fetches, and delays each so that the pulls overlap.
            let faults = playground.aws.simulator.faults
            faults.set(
                FaultPlan([Fault(.latency(.milliseconds(300) ... .milliseconds(300)), service: "hub", operation: "FetchBlob")]))
            let answers = try await withThrowingTaskGroup(of: Person.Answer.self) { group in
                for _ in 1...4 { group.addTask { try await docker.run("pull", "pedroheeger/curso084-flask:v1") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for answer in answers {
                #expect(answer.status == 0)
                #expect(answer.output.hasSuffix("docker.io/pedroheeger/curso084-flask:v1\n"), "\(answer.output)")
            }
            #expect(faults.progress.first?.met == 8, "seven layers and a configuration")
            #expect(try await docker.run("images", "-q").output.split(separator: "\n").count == 1)
        }
    }

    @Test func guestsShareLayerStorage() async throws {
        try await Playground.with { playground in
            let one = try await Docker(playground), other = try await Docker(playground)
            #expect(try await one.run("pull", "-q", "pedroheeger/curso084-flask:v1").status == 0)
            let files = try Self.layers(of: playground)
            #expect(files.count == 8)
            let second = try await other.run("pull", "pedroheeger/curso084-flask:v1")
            #expect(second.output.matches(of: /: Pull complete/).count == 7, "an engine has what it pulled: \(second.output)")
            #expect(try Self.layers(of: playground) == files)
            #expect(try await one.run("rmi", "pedroheeger/curso084-flask:v1").status == 0)
            #expect(try await other.run("images", "-q").output.split(separator: "\n").count == 1)
            let saved = playground.folder + "/saved.tar"
            #expect(try await other.run("save", "-o", saved, "pedroheeger/curso084-flask:v1").status == 0)
            #expect(try await one.run("load", "-i", saved).output == "Loaded image: pedroheeger/curso084-flask:v1\n")
        }
    }

    @Test func layersAreCollectedAfterLastEngineRemovesThem() async throws {
        try await Playground.with { playground in
            let one = try await Docker(playground), other = try await Docker(playground)
            for docker in [one, other] { #expect(try await docker.run("pull", "-q", "python:3.12").status == 0) }
            #expect(try await other.run("pull", "-q", "busybox").status == 0)
            let files = try Self.layers(of: playground)
            #expect(try await one.run("rmi", "python:3.12").status == 0)
            playground.host.collectLayers(idleFor: .zero)
            #expect(try Self.layers(of: playground) == files, "the other engine has them")
            #expect(try await other.run("rmi", "python:3.12").status == 0)
            playground.host.collectLayers(idleFor: .zero)
            #expect(try Self.layers(of: playground).count == 2, "busybox is a layer and a configuration")
            #expect(try await other.run("save", "-o", playground.folder + "/busybox.tar", "busybox").status == 0)
            _ = try await playground.aws.ec2.terminateInstances(
                TerminateInstancesRequest(instanceIds: [one.person.id, other.person.id]))
            try await PlayedInstances.until {
                !FileManager.default.fileExists(atPath: playground.folder + "/guests/" + other.person.id)
            }
            playground.host.collectLayers(idleFor: .zero)
            #expect(try Self.layers(of: playground).isEmpty)
        }
    }

    @Test func engineImagesStayWithinDiskLimit() async throws {
        var limits = Sandbox.Limits()
        limits.disk = 48 << 20
        try await Playground.with(limits: limits) { playground in
            let docker = try await Docker(playground)
            let folder = playground.folder + "/rootfs"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            let tar = { (name: String, megabytes: Int, flags: String) -> String in
                try Data(count: megabytes << 20).write(to: URL(fileURLWithPath: folder + "/zeros"))
                let path = playground.folder + "/\(name)"
                #expect(try await docker.person.run("tar", [flags, path, "-C", folder, "."]).status == 0)
                return path
            }
            // A file that is small when sent and large when unpacked.
            let bomb = try await tar("bomb.tar.gz", 200, "-czf")
            let refused = try await docker.run("import", bomb, "bomb")
            #expect(refused.status == 1)
            #expect(refused.output.contains("no space left on device"), "\(refused.output)")
            let sent = try await docker.run("import", try await tar("large.tar", 60, "-cf"), "large")
            #expect(sent.status == 1)
            #expect(sent.output.contains("no space left on device"), "\(sent.output)")
            // Images are accepted until one doesn't fit.
            #expect(try await docker.run("import", try await tar("fits.tar", 20, "-cf"), "fits").status == 0)
            #expect(try await docker.run("pull", "-q", "alpine").status == 0)
            try Data("more".utf8).write(to: URL(fileURLWithPath: folder + "/other"))
            #expect(try await docker.run("import", try await tar("second.tar", 28, "-cf"), "second").status == 1)
            #expect(try await docker.run("images", "-q").output.split(separator: "\n").count == 2)
            let stored = try Self.layers(of: playground).reduce(0) { sum, path in
                let path = playground.folder + "/guests/layers/" + path
                return sum + ((try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0)
            }
            #expect(stored < 48 << 20)
        }
    }

    /// All files with layers and configurations, or parts of them.
    private static func layers(of playground: Playground) throws -> Set<String> {
        let folder = playground.folder + "/guests/layers"
        return Set(
            try FileManager.default.subpathsOfDirectory(atPath: folder).filter { path in
                try FileManager.default.attributesOfItem(atPath: folder + "/" + path)[.type] as? FileAttributeType
                    == .typeRegular
            })
    }
}

/// A user of the machine who runs the docker command against an instance's engine.
private struct Docker: Sendable {
    let person: Person
    private let environment: [String: String]

    init(_ playground: Playground) async throws {
        person = try await playground.launch(opensSSH: false)
        environment = [
            "DOCKER_HOST": "unix://\(playground.folder)/guests/\(person.id)/docker.sock",
            "DOCKER_CONFIG": playground.folder + "/docker", "HOME": playground.folder,
        ]
    }

    func run(_ arguments: String...) async throws -> Person.Answer { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> Person.Answer {
        try await person.run("docker", arguments, environment: environment)
    }

    func start(_ arguments: String...) throws -> Running {
        let pipe = try ChildProcess.pipe()
        var variables = ProcessInfo.processInfo.environment
        variables.merge(environment) { _, new in new }
        let child = try ChildProcess(
            [#require(Machine.find("docker"))] + arguments, environment: variables, descriptors: [-1, pipe.write, pipe.write])
        close(pipe.write)
        return Running(child: child, output: FileHandle(fileDescriptor: pipe.read, closeOnDealloc: true))
    }

    struct Running {
        let child: ChildProcess
        let output: FileHandle

        /// Reads until a text has occurred the given number of times.
        func waitFor(_ text: String, times: Int) async throws {
            let found = await withCheckedContinuation { continuation in
                Thread {
                    var all = ""
                    while all.ranges(of: text).count < times {
                        let data = output.availableData
                        guard !data.isEmpty else { break }
                        all += String(decoding: data, as: UTF8.self)
                    }
                    continuation.resume(returning: all)
                }.start()
            }
            #expect(found.ranges(of: text).count == times, "\(found)")
        }
    }
}
