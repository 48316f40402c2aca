import DrydockTesting
import Foundation
import Glibc
import Testing

@testable import Guests

/// The built program with `serve --guests`, and stock clients.
@Suite(
    .serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"),
    .enabled(if: GuestServer.program != nil, "build the product drydock"))
struct ServedGuests {
    @Test(
        .enabled(if: Machine.find("docker") != nil && Machine.find("aws") != nil, "install docker's command and the AWS CLI"),
        .enabled(if: GuestServer.hasBoto3, "pip install boto3, or run tools/test, which does"))
    func courseCommandsSucceedAgainstServedGuests() async throws {
        try await GuestServer.with { server in
            let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Programs/course.sh"
            let answer = try await server.run("bash", ["-c", "cd \(server.folder) && exec bash \(script)"])
            #expect(answer.status == 0 && answer.output.hasSuffix("the document is done\n"), "\(answer.output)")
        }
    }

    @Test(
        .enabled(if: Machine.find("aws") != nil, "install the AWS CLI"),
        .enabled(if: GuestServer.canBeAnother, "needs root, and a build folder that others may read"))
    func unprivilegedServerRunsGuestsOnAnotherPort() async throws {
        try await GuestServer.with(user: GuestServer.nobody) { server in
            let person = try await server.launch()
            let console = try await server.aws("ec2 get-console-output --instance-id \(person.id) --output text")
            #expect(
                person.port != 22 && console.contains("drydock: ssh to \(person.address) is at port \(person.port)"),
                "\(console)")
            // Drydock sets no tags: Terraform would see them as changes.
            #expect(try await server.aws("ec2 describe-tags --query Tags --output text") == "")
            let answer = try await person.ssh("id -un; sudo id -un; sudo touch /usr/bin/x 2>/dev/null || echo no; hostname")
            #expect(answer.output.hasPrefix("ubuntu\nroot\n") && answer.output.contains("no\nip-172-31-"), "\(answer.output)")
            let config = try await server.drydock("ssh-config")
            #expect(config.contains("HostName \(person.address)\n    Port \(person.port)\n    User ubuntu\n"), "\(config)")
        }
    }

    /// Logs in by id. The server reports the host key, so ssh asks nothing and would reject another host.
    @Test(.enabled(if: Machine.find("aws") != nil, "install the AWS CLI"))
    func sshCommandLogsInByInstanceId() async throws {
        try await GuestServer.with { server in
            let person = try await server.launch()
            let program = try #require(GuestServer.program)
            let data = server.folder + "/data"
            func ssh(_ arguments: String...) async throws -> Person.Answer {
                try await Person.run(
                    "env",
                    ["XDG_DATA_HOME=\(data)", program, "ssh", "--endpoint", server.url, "-i", person.keyFile] + arguments)
            }
            let answer = try await ssh(person.id, "--", "id -un; exit 7")
            #expect(answer.output == "ubuntu\n" && answer.status == 7, "\(answer.output)")
            let known = try String(contentsOfFile: data + "/drydock/known_hosts", encoding: .utf8)
            #expect(known.hasPrefix("\(person.id) ssh-ed25519 "), "\(known)")
            let none = try await ssh("web", "--", "true")
            #expect(none.output.contains("no running guest of \(server.url) has the id, name or address 'web'"))
            #expect(none.output.contains(person.id))
            let config = try await server.drydock("ssh-config")
            #expect(config.contains("HostKeyAlias \(person.id)\n") && config.contains("StrictHostKeyChecking yes"), "\(config)")
        }
    }

    /// Runs in a user namespace that forbids further ones.
    @Test func serveReportsMissingUserNamespaces() async throws {
        let program = try #require(GuestServer.program)
        let answer = try await Person.run(
            "unshare",
            [
                "--user", "--map-root-user", "sh", "-c",
                "echo 0 > /proc/sys/user/max_user_namespaces; exec \(program) serve --guests --port 0",
            ])
        #expect(answer.status == 2)
        #expect(
            answer.output.hasPrefix("Error: guests need user namespaces, which this machine does not allow Drydock to create (")
        )
        #expect(answer.output.hasSuffix("Allow them with: sudo sysctl user.max_user_namespaces=15000\n"), "\(answer.output)")
    }

    /// A state folder keeps the disks, except those of terminated instances.
    @Test(.enabled(if: Machine.find("aws") != nil, "install the AWS CLI"))
    func serverRestartRebootsGuestsAndKeepsDisks() async throws {
        try await GuestServer.with(keepsState: true) { server in
            let person = try await server.launch(userData: "#!/bin/sh\necho ran >> /runs\n")
            _ = try await person.ssh("cloud-init status --wait; echo kept > note; sudo sh -c 'echo gone > /run/note'")
            let orphan = server.folder + "/state/guests/i-00000000000000000"
            try FileManager.default.createDirectory(atPath: orphan, withIntermediateDirectories: false)
            await server.end(SIGKILL)
            let again = try await server.again()
            try await PlayedInstances.until { (try? await again.drydock("ssh-config").contains(person.address)) == true }
            let answer = try await person.ssh("cat note /runs; cat /run/note 2>/dev/null")
            #expect(answer.output == "kept\nran\n", "\(answer.output)")
            #expect(!FileManager.default.fileExists(atPath: orphan))
            await again.end(SIGTERM)
        }
    }

    @Test(.enabled(if: Machine.find("aws") != nil, "install the AWS CLI"), arguments: [SIGTERM, SIGKILL])
    func guestsEndWithServer(signal: Int32) async throws {
        let mounts = GuestServer.mounts
        try await GuestServer.with { server in
            // Processes with a unique argument: from user data, detached by setsid and nohup; and in a login session.
            let mark = UInt32.random(in: 1_000_000_000 ... .max)
            let person = try await server.launch(
                userData: "#!/bin/sh\n(setsid nohup sleep \(mark) > /dev/null 2>&1 < /dev/null &)\n")
            async let session = person.ssh("sudo setsid sleep \(mark) & sleep \(mark)")
            try await PlayedInstances.until { GuestServer.processes(with: "\(mark)") >= 4 }
            await server.end(signal)
            try await PlayedInstances.until { GuestServer.processes(with: "\(mark)") == 0 }
            #expect(try await session.status == 255)
            try await PlayedInstances.until { GuestServer.processes(with: server.folder) == 0 }
            if signal == SIGTERM { #expect(try server.leftFiles() == []) }
        }
        #expect(GuestServer.mounts == mounts)
    }
}
