import CGuest
import DrydockTesting
import Foundation
import Testing

@testable import Guests

/// The limits of a whole guest.
@Suite(.serialized, .enabled(if: Playground.obstacle == nil, "apt-get install bubblewrap openssh-server openssh-client"))
struct GuestLimits {
    /// Skipped on machines where Drydock can create no control groups: see docs/guests.md.
    @Test(
        .enabled(
            if: ControlGroups.own?.controllers.contains("pids") == true, "this process may make no control groups with pids"))
    func controlGroupLimitsProcessesOfGuest() async throws {
        let groups = try #require(ControlGroups.own)
        var limits = Sandbox.Limits()
        limits.processes = 60
        try await Playground.with(limits: limits) { playground in
            let person = try await playground.launch()
            _ = try await person.ssh("sleep 100 > /dev/null 2>&1 &")
            let mine = {
                try FileManager.default.contentsOfDirectory(atPath: groups.folder).filter { $0.hasPrefix(person.id + "-") }
            }
            let name = try #require(try mine().first)
            let path = groups.folder + "/" + name
            #expect(try String(contentsOfFile: path + "/pids.max", encoding: .utf8) == "\(limits.allProcesses)\n")
            // A login's processes are in the group too.
            let inside = try String(contentsOfFile: path + "/cgroup.procs", encoding: .utf8).split(separator: "\n")
            #expect(inside.contains { Self.command(of: $0) == "sleep" }, "\(inside.map(Self.command))")
            _ = try await playground.aws.ec2.terminateInstances(TerminateInstancesRequest(instanceIds: [person.id]))
            try await PlayedInstances.until { (try? mine().isEmpty) == true }
        }
    }

    private static func command(of process: Substring) -> String {
        ((try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? "").trimmingCharacters(in: .newlines)
    }

    /// Any controller that this machine gives root will do: joining a group is the same for all.
    @Test(.enabled(if: anyGroups != nil, "this process may make no control groups"))
    func childProcessStartsInItsControlGroup() async throws {
        let groups = try #require(Self.anyGroups)
        let group = try #require(groups.group(of: "i-0123456789abcdef0", Sandbox.Limits()))
        let output = try ChildProcess.pipe()
        let child = try ChildProcess(
            ["/bin/sh", "-c", "sed -n s/^0:://p /proc/self/cgroup"], descriptors: [-1, output.write, -1], group: group)
        close(output.write)
        defer { close(output.read) }
        #expect(group.path.hasSuffix(Sandbox.read(output.read, until: "\n").trimmingCharacters(in: .newlines)))
        #expect(cguest_wait(child.pid) == 0)
        await group.remove()
        #expect(!FileManager.default.fileExists(atPath: group.path))
        rmdir(groups.folder)
    }

    private static let anyGroups = ControlGroups(controllers: ["memory", "pids", "cpu", "io", "hugetlb"])

    @Test func controlGroupPathsAreParsedFromProc() {
        let mounts = """
            tmpfs /sys/fs/cgroup tmpfs rw 0 0
            cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0
            cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nosuid 0 0
            """
        #expect(ControlGroups.hierarchy(in: mounts) == "/sys/fs/cgroup/unified")
        #expect(ControlGroups.hierarchy(in: "cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0") == nil)
        #expect(ControlGroups.ownGroup(in: "4:memory:/x\n0::/user.slice/session-2.scope\n") == "/user.slice/session-2.scope")
        #expect(ControlGroups.ownGroup(in: "4:memory:/x\n") == nil)
    }

    @Test func memoryFileSystemsAreLimited() async throws {
        var limits = Sandbox.Limits()
        limits.memoryFiles = 16 << 20
        try await Playground.with(limits: limits) { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                head -c 50000000 /dev/zero > /dev/shm/large; stat -c %s /dev/shm/large; rm /dev/shm/large
                sudo sh -c 'head -c 50000000 /dev/zero > /run/large; stat -c %s /run/large; rm /run/large'
                sudo touch /dev/large && echo writes beside devices
                echo x > /dev/null && echo > /dev/shm/small && echo devices work
                """)
            #expect(answer.output.components(separatedBy: "No space left on device").count == 3, "\(answer.output)")
            #expect(
                !answer.output.contains("writes beside devices") && answer.output.contains("devices work"), "\(answer.output)")
        }
    }

    @Test func memoryLimitKillsLargestProcess() async throws {
        var limits = Sandbox.Limits()
        limits.totalMemory = 300 << 20
        try await Playground.with(limits: limits) { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                python3 -c 'import time; x = b"x" * (120 << 20); time.sleep(8)' & small=$!
                python3 -c 'import time; x = b"x" * (220 << 20); time.sleep(8)' & large=$!
                wait $large; echo large $?; wait $small; echo small $?
                """)
            #expect(answer.output.contains("large 137") && answer.output.contains("small 0"), "\(answer.output)")
            #expect(try await playground.console(of: person.id).contains("Out of memory: Killed process"))
        }
    }

    @Test func deletedOpenFilesCountTowardDiskLimit() async throws {
        var limits = Sandbox.Limits()
        limits.disk = 64 << 20
        limits.fileSize = 32 << 20
        try await Playground.with(limits: limits) { playground in
            let person = try await playground.launch()
            async let hoard = person.ssh(
                "for i in 3 4 5; do eval \"exec $i> file\"; rm file; head -c 30000000 /dev/zero >&$i; done; sleep 20")
            try await PlayedInstances.until { (try? await playground.status(of: person.id)) == "impaired" }
            #expect(playground.host.problem(of: person.id)?.reason.contains("disk is full") == true)
            _ = try? await hoard
        }
    }

    @Test func dangerousSystemCallsReturnENOSYS() async throws {
        let probe = """
            import ctypes, os
            libc = ctypes.CDLL(None, use_errno=True)
            for name, number in (("keyctl", 250), ("bpf", 321), ("io_uring_setup", 425), ("kexec_load", 246), ("getpid", 39)):
                libc.syscall(number, 0, 0, 0, 0, 0)
                print(name, ctypes.get_errno() if name != "getpid" else os.getpid() > 0)
                ctypes.set_errno(0)
            """
        #if arch(x86_64)
            try await Playground.with { playground in
                let person = try await playground.launch(userData: "#!/bin/sh\npython3 - <<'EOF'\n\(probe)\nEOF\n")
                let answer = try await person.ssh("python3 - <<'EOF'\n\(probe)\nEOF")
                for name in ["keyctl", "bpf", "io_uring_setup", "kexec_load"] {
                    #expect(answer.output.contains("\(name) 38\n"), "\(answer.output)")
                }
                #expect(answer.output.contains("getpid True"))
                try await PlayedInstances.until {
                    (try? await playground.console(of: person.id))?.contains("getpid True") == true
                }
                #expect(try await playground.console(of: person.id).contains("keyctl 38"))
            }
        #endif
    }

    @Test func loginCanKillForkBomb() async throws {
        try await Playground.with { playground in
            let victim = try await playground.launch()
            _ = try await victim.ssh(
                "(bomb() { bomb | bomb & }; setsid bash -c 'bomb() { bomb | bomb & }; bomb' &) < /dev/null > /dev/null 2>&1; sleep 1"
            )
            // One login still fits; its kill ends all processes including itself.
            _ = try? await victim.ssh("kill -9 -1")
            try await PlayedInstances.until { (try? await victim.ssh("echo in").output) == "in\n" }
        }
    }

    @Test func guestCannotReachControlPlaneAndFilesArePrivate() async throws {
        try await Playground.with { playground in
            let person = try await playground.launch()
            let answer = try await person.ssh(
                """
                for host in hub.docker.com ec2.us-east-1.amazonaws.com registry-1.docker.io; do
                  for path in /_drydock/hub /%5Fdrydock/hub //_drydock/hub; do
                    bash -c "exec 3<>/dev/tcp/$host/80; printf 'GET $path HTTP/1.1\\r\\nHost: $host\\r\\nConnection: close\\r\\n\\r\\n' >&3; head -1 <&3"
                  done
                done
                """)
            let lines = answer.output.split(whereSeparator: \.isNewline)
            #expect(lines.count == 9 && lines.allSatisfy { !$0.contains(" 200 ") }, "\(answer.output)")
            let folder = playground.folder + "/guests"
            func rights(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try rights(folder) == 0o700)
            #expect(try rights("\(folder)/\(person.id)/console.log") == 0o600)
        }
    }
}
