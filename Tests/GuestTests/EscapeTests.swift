import DrydockTesting
import Foundation
import Glibc
import Testing

@testable import Guests

/// Attempts by a user in a guest that must fail.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct GuestEscapes {
    @Test func forkBombIsLimitedAndEndsWithGuest() async throws {
        try await Playground.with { playground in
            let victim = try await playground.launch(), other = try await playground.launch()
            async let bomb = victim.ssh("(bomb() { bomb | bomb & }; bomb) < /dev/null > /dev/null 2>&1; sleep 2")
            #expect(try await other.ssh("echo in").output == "in\n")
            _ = try await bomb
            let identity = try #require(Self.owner(of: playground.folder + "/guests/\(victim.id)/root"))
            if getuid() == 0 { #expect(Self.processes(of: identity) <= 320) }
            _ = try await playground.aws.ec2.terminateInstances(TerminateInstancesRequest(instanceIds: [victim.id]))
            let disk = playground.folder + "/guests/" + victim.id
            try await PlayedInstances.until { !FileManager.default.fileExists(atPath: disk) }
            if getuid() == 0 { try await PlayedInstances.until { Self.processes(of: identity) == 0 } }
        }
    }

    @Test func fullDiskStopsGuest() async throws {
        var limits = Sandbox.Limits()
        limits.disk = 64 << 20
        limits.fileSize = 32 << 20
        try await Playground.with(limits: limits) { playground in
            let person = try await playground.launch()
            let large = try await person.ssh("head -c 100000000 /dev/zero > large; stat -c %s large")
            #expect(large.output.contains("File too large") || large.output.contains("33554432"), "\(large.output)")
            _ = try await person.ssh("for i in 1 2 3; do head -c 30000000 /dev/zero > file$i; done")
            try await PlayedInstances.until { (try? await playground.status(of: person.id)) == "impaired" }
            #expect(playground.host.problem(of: person.id)?.reason.contains("disk is full") == true)
            try await PlayedInstances.until { await !playground.isUp(person.id) }
        }
    }

    @Test func guestProcessMemoryIsLimited() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh("python3 -c 'x = bytearray(3 << 30)' 2>&1 | tail -1")
            #expect(answer.output == "MemoryError\n")
        }
    }

    @Test func guestCannotReachOtherGuestsOrHostNetwork() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(), other = try await playground.launch()
            // A listener on the machine's loopback, such as a database.
            let door = try PublicDoor(address: "127.0.0.1", port: 0) { socket, _ in
                _ = write(socket, "machine\n", 8)
                close(socket)
            }
            defer { door.close() }
            let port = door.port
            let answer = try await person.ssh(
                """
                ls \(playground.folder) 2>/dev/null && echo sees the folder
                sudo ls \(playground.folder)/guests/\(other.id) 2>/dev/null && echo sees the disk
                timeout 2 bash -c 'cat < /dev/tcp/127.0.0.1/\(port)' 2>/dev/null && echo reaches the machine
                timeout 2 bash -c 'cat < /dev/tcp/\(other.address)/\(other.port)' 2>/dev/null && echo reaches the other
                timeout 2 bash -c 'cat < /dev/tcp/10.0.0.1/80' 2>/dev/null && echo reaches a network
                for host in 198.18.0.1 169.254.169.254; do
                  timeout 2 bash -c "cat < /dev/tcp/$host/\(port)" 2>/dev/null && echo reaches the machine by $host
                done
                sudo kill -9 -1 2>/dev/null; sudo ip link 2>/dev/null | grep -v 'lo:' | grep -q '^[0-9]' && echo sees interfaces
                echo end
                """)
            #expect(!answer.output.contains("sees") && !answer.output.contains("reaches"), "\(answer.output)")
            #expect(try await other.ssh("echo in").output == "in\n")
        }
    }

    @Test func scpDoesNotFollowSymlinksOutOfGuest() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let outside = playground.folder + "/outside"
            try Data("machine\n".utf8).write(to: URL(fileURLWithPath: outside))
            _ = try await person.ssh("ln -s \(outside) in; ln -s \(outside) out; ln -s /etc/passwd passwd; ln -s / root")
            let file = playground.folder + "/file"
            try Data("guest\n".utf8).write(to: URL(fileURLWithPath: file))
            for flags in [[], ["-O"]] {
                _ = try await person.scp(flags, file, "GUEST:out")
                #expect(try String(contentsOfFile: outside, encoding: .utf8) == "machine\n")
                let copy = playground.folder + "/copy"
                _ = try await person.scp(flags, "GUEST:in", copy)
                #expect((try? String(contentsOfFile: copy, encoding: .utf8)) != "machine\n")
                _ = try await person.scp(flags, "GUEST:passwd", copy)
                #expect(try String(contentsOfFile: copy, encoding: .utf8).contains("ubuntu:x:1000:"))
            }
        }
    }

    /// The guest can't reach the files that Drydock writes for it, so its links can't redirect them.
    @Test func guestSymlinksDoNotRedirectHostWrites() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                sudo rm -rf /opt/drydock/keys 2>/dev/null; sudo touch /opt/drydock/x 2>/dev/null && echo written
                sudo rm -f /etc/ssl/certs/ca-certificates.crt 2>/dev/null && echo removed
                echo end
                """)
            // The guest trusts its own copy; Drydock's stays.
            #expect(answer.output == "removed\nend\n")
            #expect(FileManager.default.fileExists(atPath: playground.folder + "/guests/trust/certs/ca-certificates.crt"))
            // Links at the mount points of the next boot; the first leads out of the root that is being set up.
            let outside = playground.folder + "/outside"
            try FileManager.default.createDirectory(
                atPath: outside, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o777])
            _ = try await person.ssh(
                """
                sudo rm -rf /var/log /home/ubuntu/.bashrc; sudo ln -s /etc /var/log
                sudo mv /opt /opt2; sudo ln -s /oldroot\(outside) /opt; sudo mv /root /root2; sudo ln -s /oldroot\(outside) /root
                """)
            _ = try await playground.aws.ec2.stopInstances(StopInstancesRequest(instanceIds: [person.id]))
            try await PlayedInstances.until { await !playground.isUp(person.id) }
            _ = try await playground.aws.ec2.startInstances(StartInstancesRequest(instanceIds: [person.id]))
            try await PlayedInstances.until { await playground.isUp(person.id) }
            let again = Person(
                id: person.id, address: try await playground.address(of: person.id), port: person.port, keyFile: person.keyFile)
            let inside = try await again.ssh("echo in; ls /opt").output
            #expect(inside == "in\ndrydock\n", "\(inside)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: outside) == [])
        }
    }

    /// The kernel denies an ordinary user of a guest root's rights, other users' files, and changes to the whole machine.
    @Test(.enabled(if: GuestUsers.found().areApart, "needs root, or apt-get install uidmap and a line in /etc/subuid"))
    func unprivilegedGuestUserLacksRootRights() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch(
                userData: """
                    #!/bin/sh
                    useradd -m -s /bin/bash reader
                    install -d -o reader /home/reader/.ssh
                    install -o reader -m 600 /home/ubuntu/.ssh/authorized_keys /home/reader/.ssh
                    """)
            _ = try await person.ssh("cloud-init status --wait; echo mine > note; chmod 600 note; sudo touch /etc/own")
            let wish = { (name: String) in
                #"bash -c 'exec 3<>/dev/tcp/169.254.169.254/80; printf "PUT /drydock/\#(name) HTTP/1.1\r\nHost: 169.254.169.254\r\n"#
                    + #"Content-Length: 0\r\nConnection: close\r\n\r\n" >&3; head -1 <&3'"#
            }
            let tried = try await person.ssh(
                """
                id -un; \(wish("power-off")); \(wish("reboot")); \(wish("host-name/mine"))
                cat /run/drydock/token && echo got the token
                sudo id; /run/drydock/become --reuid 0 id && echo is root
                unshare --map-root-user id && echo is root; unshare --mount true && echo mounts; hostname mine && echo renamed
                cat /home/ubuntu/note && echo reads; echo x > /etc/sudoers.d/mine && echo writes sudoers
                echo x >> /etc/passwd && echo writes users; rm -f /etc/own && echo removes; ls /root && echo lists
                touch /usr/local/bin/ls && echo writes programs; docker ps && echo uses docker
                kill -9 1 && echo kills
                """, user: "reader")
            #expect(tried.output.hasPrefix("reader\n"), "\(tried.output)")
            #expect(tried.output.components(separatedBy: "HTTP/1.1 403 Forbidden").count == 4, "\(tried.output)")
            for gain in [
                "got the token", "is root", "mounts", "renamed", "reads", "writes", "removes", "lists", "uses docker", "kills",
                "uid=0",
            ] {
                #expect(!tried.output.split(whereSeparator: \.isNewline).contains { $0.hasPrefix(gain) }, "\(tried.output)")
            }
            // A user with sudo gets the rights of the guest's root.
            let root = try await person.ssh(
                """
                sudo id -un; sudo cat /home/ubuntu/note; sudo unshare --user true || echo no users
                sudo unshare --mount true || echo no mounts
                sudo sh -c 'echo 9 > /proc/sys/user/max_user_namespaces' || echo stays closed
                sudo hostnamectl set-hostname web; hostname
                """)
            #expect(root.output.hasPrefix("root\nmine\n"), "\(root.output)")
            for line in ["no users\n", "no mounts\n", "stays closed\n", "web\n"] {
                #expect(root.output.contains(line), "\(root.output)")
            }
            #expect(await playground.isUp(person.id))
        }
    }

    /// The server's descriptors, threads and processes before and after many logins.
    @Test func loginsLeakNoDescriptorsOrProcesses() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            _ = try await person.ssh("true")
            let before = Self.descriptors()
            for _ in 0..<10 {
                try await withThrowingTaskGroup(of: Int32.self) { group in
                    for _ in 0..<4 { group.addTask { try await person.ssh("true").status } }
                    for try await status in group { #expect(status == 0) }
                }
            }
            try await PlayedInstances.until { Self.descriptors() <= before + 2 }
            let inside = try await person.ssh("ps -e -o comm= | grep -c sshd")
            // The session itself has two.
            #expect(inside.output.trimmingCharacters(in: .whitespacesAndNewlines) == "2", "\(inside.output)")
        }
    }

    private static func descriptors() -> Int {
        (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    }

    private static func owner(of path: String) -> UInt32? {
        (try? FileManager.default.attributesOfItem(atPath: path)[.ownerAccountID] as? NSNumber)?.uint32Value
    }

    /// The number of processes of a guest's users; `root` is the machine's user that is the guest's root.
    private static func processes(of root: UInt32) -> Int {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).filter {
            $0.first?.isNumber == true && owner(of: "/proc/" + $0).map { $0 >= root && $0 - root < GuestUsers.count } == true
        }.count
    }
}
