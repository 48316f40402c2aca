import DrydockTesting
import Foundation
import Glibc
import Testing

@testable import Guests

/// What a stock OpenSSH client does with an instance, besides running commands.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct Logins {
    @Test func sftpTransfersFilesBothWays() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let file = playground.folder + "/file", batch = playground.folder + "/batch"
            try Data("content\n".utf8).write(to: URL(fileURLWithPath: file))
            let commands = "mkdir sub\nput \(file) sub/file\nrename sub/file sub/other\nget sub/other \(file).back\nls -l sub\n"
            try Data(commands.utf8).write(to: URL(fileURLWithPath: batch))
            let answer = try await person.run(
                "sftp",
                Person.options + ["-b", batch, "-i", person.keyFile, "-P", "\(person.port)", "ubuntu@\(person.address)"])
            #expect(answer.status == 0, "\(answer.output)")
            #expect(try String(contentsOfFile: file + ".back", encoding: .utf8) == "content\n")
        }
    }

    @Test(.enabled(if: Machine.find("rsync") != nil, "apt-get install rsync"))
    func rsyncSynchronizesFolders() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let folder = playground.folder + "/tree"
            try FileManager.default.createDirectory(atPath: folder + "/a/b", withIntermediateDirectories: true)
            for name in ["one", "a/two", "a/b/three"] {
                try Data(name.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            let shell = (["ssh"] + Person.options + ["-i", person.keyFile, "-p", "\(person.port)"]).joined(separator: " ")
            func synchronise(_ words: [String]) async throws -> Person.Answer {
                try await person.run("rsync", ["-a", "--delete", "--stats", "-e", shell] + words)
            }
            #expect(try await synchronise([folder + "/", "ubuntu@\(person.address):tree/"]).status == 0)
            unlink(folder + "/one")
            let again = try await synchronise([folder + "/", "ubuntu@\(person.address):tree/"])
            #expect(again.output.contains("Number of regular files transferred: 0"), "\(again.output)")
            let back = try await synchronise(["ubuntu@\(person.address):tree/", folder + "2/"])
            #expect(back.status == 0, "\(back.output)")
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder + "2").sorted()
            #expect(files == ["a", "a/b", "a/b/three", "a/two"])
        }
    }

    /// `-L` forwards into the instance's network, `-R` to the client's.
    @Test func sshForwardsPortsBothWays() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let free = try PublicDoor(address: "127.0.0.1", port: 0) { socket, _ in close(socket) }
            free.close()
            let local = "\(free.port):169.254.169.254:80"
            async let session = person.ssh(
                "until [ -e told ]; do sleep 0.05; done",
                flags: ["-o", "ExitOnForwardFailure=yes", "-L", "127.0.0.1:" + local])
            var told = ""
            try await PlayedInstances.until {
                let url = "http://127.0.0.1:\(free.port)/latest/meta-data/instance-id"
                told = (try? await person.run("curl", ["-s", "-m", "2", url]).output) ?? ""
                return !told.isEmpty
            }
            #expect(told == person.id)
            // The session keeps the forwarding open until this file exists.
            _ = try await person.ssh("touch told")
            _ = try await session

            let door = try PublicDoor(address: "127.0.0.1", port: 0) { socket, _ in
                _ = write(socket, "the person's\n", 13)
                close(socket)
            }
            defer { door.close() }
            let answer = try await person.ssh(
                "timeout 5 bash -c 'cat < /dev/tcp/127.0.0.1/18080'",
                flags: ["-o", "ExitOnForwardFailure=yes", "-R", "18080:127.0.0.1:\(door.port)"])
            #expect(answer.output == "the person's\n")
        }
    }

    @Test func sshAllocatesTerminal() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                "tty; stty size; test -t 0 && test -t 1 && echo terminal; sudo -i tty", flags: ["-tt"])
            #expect(answer.output.contains("/dev/pts/") && answer.output.contains("terminal\r\n"), "\(answer.output)")
            // An interactive shell, as at a keyboard.
            let typed = try await person.run(
                "bash",
                [
                    "-c",
                    "printf 'echo $((6 * 7))\nexit 3\n' | ssh \(Person.options.joined(separator: " ")) -tt -i \(person.keyFile) "
                        + "-p \(person.port) ubuntu@\(person.address)",
                ])
            #expect(typed.status == 3)
            #expect(typed.output.contains("Welcome to Ubuntu 22.04") && typed.output.contains("ubuntu@ip-172-31-"))
            #expect(typed.output.contains("42\r\n"), "\(typed.output)")
        }
    }

    /// Stopping the host during boots leaves no guest.
    @Test func stoppingHostEndsBootsInProgress() async throws {
        let playground = try Playground()
        let request = RunInstancesRequest(
            imageId: "ami-0c7217cdde317cfec", instanceType: "t2.micro", maxCount: 4, minCount: 4,
            userData: Base64.encode(Bytes("#!/bin/sh\nexec sleep 1000\n".utf8)))
        _ = try await playground.aws.ec2.runInstances(request)
        await playground.end()
        #expect(GuestServer.processes(with: playground.folder) == 0)
        #expect(!FileManager.default.fileExists(atPath: playground.folder))
        #expect(playground.host.description.elements?.contains { $0["up"] == .bool(true) } == false)
    }

    /// Many instances and logins, in sequence and in parallel, leave nothing behind.
    @Test func manyInstancesAndLoginsLeakNoResources() async throws {
        var limits = Sandbox.Limits()
        limits.silence = .zero
        try await Playground.with(limits: limits) { playground in
            let first = try await playground.launch()
            _ = try await first.ssh("true")
            let before = Remains(of: playground)
            let people = try await playground.launch(6, like: first)
            try await withThrowingTaskGroup(of: Person.Answer.self) { group in
                for person in people { for _ in 0..<5 { group.addTask { try await person.ssh("hostname") } } }
                var names: [String: Int] = [:]
                for try await answer in group { names[answer.output, default: 0] += 1 }
                #expect(names.count == 6 && names.values.allSatisfy { $0 == 5 }, "\(names)")
            }
            _ = try await playground.aws.ec2.terminateInstances(TerminateInstancesRequest(instanceIds: people.map(\.id)))
            // Other suites start and end processes meanwhile.
            var after = Remains(of: playground)
            try await PlayedInstances.until {
                after = Remains(of: playground)
                return after.isWithin(before)
            }
            #expect(after.isWithin(before), "before: \(before), after: \(after)")
            #expect(try await first.ssh("echo in").output == "in\n")
        }
    }
}

/// Counts of the resources that this process and its playground use.
struct Remains: CustomStringConvertible {
    let descriptors, processes, mounts, listeners: Int
    let files: [String]

    init(of playground: Playground) {
        func list(_ path: String) -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] }
        func lines(_ path: String) -> [Substring] {
            String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).split(separator: "\n")
        }
        descriptors = list("/proc/self/fd").count
        let parent = "PPid:\t\(getpid())"
        processes =
            list("/proc").filter { $0.first?.isNumber == true && lines("/proc/\($0)/status").contains { $0 == parent } }.count
        mounts = lines("/proc/self/mountinfo").count
        // Listeners: TCP sockets in state 0A, and Unix sockets in the playground's folder.
        listeners =
            lines("/proc/self/net/tcp").filter { $0.contains(" 00000000:0000 0A ") }.filter { !$0.contains(" 0100007F:") }.count
            + lines("/proc/self/net/unix").filter { $0.contains(playground.folder) }.count
        files = list(playground.folder + "/guests").sorted()
    }

    /// Other tests' threads and pools change the count by a few descriptors.
    func isWithin(_ other: Remains) -> Bool {
        descriptors <= other.descriptors + 3 && processes <= other.processes && mounts == other.mounts
            && listeners <= other.listeners && files == other.files
    }

    var description: String {
        "\(descriptors) descriptors, \(processes) processes, \(mounts) mounts, \(listeners) listeners, \(files)"
    }
}
