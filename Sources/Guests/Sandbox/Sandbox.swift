import CGuest
import Foundation
import Glibc
import Synchronization

/// A running sandbox: its own processes, users, files, host name and network, and one process outside that holds it.
///
/// The sandbox lives as long as Drydock holds a pipe open. When Drydock ends for any reason, the kernel closes the pipe. The
/// process outside then kills the sandbox's first process, and the kernel ends all others. Processes inside can neither close the
/// pipe nor reach the process that waits for it.
final class Sandbox: Sendable {
    /// The pid of the first process inside, as seen from outside.
    let process: pid_t
    private let child: ChildProcess
    private let hold: Int32
    private let input: Int32
    private let limits: Limits
    private let machine: Machine
    private let group: ControlGroup?
    private let isOver = Mutex(false)
    private let kills = Mutex(0)

    struct Limits: Sendable {
        /// For each user inside.
        var processes = 300
        /// Additional processes for logins only, so that a user can log in and end a fork bomb.
        var spareProcesses = 40
        var fileSize = 2 << 30
        /// For all users inside together, if the guest has its own user ids.
        var allProcesses: Int { 2 * processes + spareProcesses }
        /// For each process, in bytes: writable memory, and reserved address space.
        var memory = 2 << 30
        var addresses = 16 << 30
        /// For all processes together, including files in memory. Beyond the limit, the largest process is killed.
        var totalMemory: Int64 = 3 << 30
        /// For each file system in memory.
        var memoryFiles = 256 << 20
        var disk: Int64 = 4 << 30
        /// The time limit of a boot by the simulator's clock, and the minimum by the machine's clock: the simulator's clock can
        /// leap.
        var boot = Duration.minutes(60)
        var leastBoot = Duration.seconds(20)
        /// How long the address of a removed instance stays silent.
        var silence = Duration.seconds(60)
    }

    /// A file or folder of the machine that the guest sees.
    struct SharedPath: Sendable {
        let source, mountPoint: String
        var isWritable = false
    }

    /// Starts the sandbox. Returns when `/opt/drydock/first` reports on descriptor 4 that it runs.
    ///
    /// - Parameters:
    ///   - root: the folder that is the sandbox's root.
    ///   - user: the user of this machine that is root inside; nil if Drydock's own user is.
    ///   - console: the output of the first process.
    ///   - group: the control group that counts all processes inside; nil if there is none.
    /// - Throws: ``GuestFailure``
    init(
        _ machine: Machine, root: String, hostName: String, user: UInt32?, sharedPaths: [SharedPath], console: Int32,
        limits: Limits,
        group: ControlGroup? = nil
    ) throws {
        self.machine = machine
        self.group = group
        self.limits = limits
        let info = try ChildProcess.pipe(), ready = try ChildProcess.pipe(), input = try ChildProcess.pipe()
        let errors = try ChildProcess.pipe(), holding = try ChildProcess.pipe(), block = try ChildProcess.pipe()
        defer { for end in [info.read, errors.read, ready.read, block.write] { close(end) } }
        let all =
            [
                SharedPath(source: root, mountPoint: "/", isWritable: true), SharedPath(source: "/usr", mountPoint: "/usr"),
                SharedPath(source: root + "/usr/local", mountPoint: "/usr/local", isWritable: true),
            ] + sharedPaths
        var binds: [String: String] = [:]
        for shared in all where binds[shared.source] == nil {
            binds[shared.source] = user == nil ? shared.source : "/mnt/\(binds.count)"
        }
        var command = [
            machine.bubblewrap, "--die-with-parent", "--as-pid-1", "--unshare-user", "--unshare-all", "--uid", "0", "--gid",
            "0", "--hostname",
            hostName,
            "--info-fd", "3",
        ]
        if machine.users.areApart { command += ["--userns-block-fd", "7"] }
        command += [
            "--clearenv",
            "--setenv", "PATH", Self.path, "--setenv", "HOME", "/root", "--setenv", "LANG", "C.UTF-8",
        ]
        for shared in all {
            let source = binds[shared.source] ?? shared.source
            command += [shared.isWritable ? "--bind" : "--ro-bind", source, shared.mountPoint]
            guard shared.mountPoint == "/" else { continue }
            let size = ["--size", "\(limits.memoryFiles)"]
            // Files in `/dev` use memory too, so every writable part has a size limit.
            command += size + ["--tmpfs", "/run", "--dev", "/dev"] + size + ["--perms", "1777", "--tmpfs", "/dev/shm"]
            for (mountPoint, target) in [("log", "/run/systemd/journal/dev-log"), ("console", "/run/console")] {
                command += ["--symlink", target, "/dev/" + mountPoint]
            }
            command += ["--remount-ro", "/dev", "--proc", "/proc"]
        }
        command += ["--chdir", "/", machine.prlimit] + Self.limits(limits) + ["--", "/bin/sh", "/opt/drydock/first"]
        if let user {
            // The creator of the namespace is charged for the processes of all its users.
            command = [machine.prlimit, "--nproc=\(limits.allProcesses)", "--"] + command
            // Folders that the sandbox's user can't reach, such as below /root, are mounted where it can.
            var script = "set -e; mount -t tmpfs -o mode=755 tmpfs /mnt\n"
            for (source, mountPoint) in binds {
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(atPath: source, isDirectory: &isFolder)
                script +=
                    "\(isFolder.boolValue ? "mkdir" : "touch") \(mountPoint); mount --bind \(Self.quoted(source)) \(mountPoint)\n"
            }
            script += "exec \"$@\""
            command =
                [
                    machine.unshare, "-m", "--propagation", "private", "/bin/sh", "-c", script, "sh", machine.setpriv,
                    "--reuid", "\(user)", "--regid", "\(user)", "--clear-groups",
                ] + command
        }
        do {
            child = try ChildProcess(
                ["/bin/sh", "-c", Self.holder, "drydock-guest"] + command,
                descriptors: [-1, console, errors.write, info.write, ready.write, holding.read, input.read, block.read],
                reach: .filtered, group: group)
        } catch {
            for end in [input, holding].flatMap({ [$0.read, $0.write] }) { close(end) }
            for end in [errors.write, info.write, ready.write, block.read] { close(end) }
            throw error
        }
        for end in [input.read, holding.read, errors.write, info.write, ready.write, block.read] { close(end) }
        hold = holding.write
        self.input = input.write
        let process = Self.child(in: Self.read(info.read, until: "}"))
        var problem: (any Error)?
        if let process, machine.users.areApart {
            do {
                try machine.users.map(into: process, root: user)
                _ = write(block.write, "\n\n", 2)
            } catch { problem = error }
        }
        guard problem == nil, let process, Self.read(ready.read, until: "\n").hasPrefix("ready") else {
            for end in [hold, self.input] { close(end) }
            let reason = problem.map { "\($0)" } ?? Self.read(errors.read, until: "\n")
            _ = cguest_wait(child.pid)
            throw GuestFailure("the sandbox did not start: \(reason)")
        }
        self.process = process
    }

    /// The process id in bubblewrap's report: `{"child-pid": 7, …}`
    static func child(in info: String) -> pid_t? {
        info.split(separator: "\"child-pid\":").last.flatMap { pid_t($0.drop { $0 == " " }.prefix(while: \.isNumber)) }
    }

    /// The process outside: kills the sandbox when the other end of descriptor 5 closes, and ends with the sandbox.
    private static let holder = """
        "$@" 5<&- <&6 6<&- &
        child=$!
        exec >&- 2>&- 3>&- 4>&- 6<&- 7<&-
        (read -r line <&5; kill -0 $$ 2>/dev/null && kill -KILL $child) &
        exec 5<&-
        wait $child
        """

    static let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin"

    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    private static func limits(_ limits: Limits, isLogin: Bool = false) -> [String] {
        [
            "--nproc=\(limits.processes + (isLogin ? limits.spareProcesses : 0))", "--fsize=\(limits.fileSize)",
            "--data=\(limits.memory)",
            "--as=\(limits.addresses)", "--core=0", "--nofile=4096",
        ]
    }

    static func read(_ descriptor: Int32, until end: Character) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 512)
        while !bytes.contains(where: { Character(UnicodeScalar($0)) == end }) {
            let count = Glibc.read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += piece.prefix(count)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The capabilities that a guest's root has, like root of a container.
    private static let privileges = [
        "chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service", "sys_chroot",
        "setfcap", "audit_write",
    ]

    /// Starts a program in the sandbox as root. If the kernel doesn't separate users, a login runs as user 1000.
    func start(
        _ arguments: [String], environment: [String: String] = [:], descriptors: [Int32], isLogin: Bool = false
    ) throws -> ChildProcess {
        var command = [machine.prlimit] + Self.limits(limits, isLogin: isLogin) + ["--"]
        if isLogin, !machine.users.areApart {
            command += [machine.unshare, "--map-user=1000", "--map-group=1000"]
        } else {
            command += [machine.setpriv, "--bounding-set=-all," + Self.privileges.map { "+" + $0 }.joined(separator: ",")]
        }
        return try enter(command + arguments, environment: environment, descriptors: descriptors)
    }

    /// Starts a program in the sandbox with all privileges over it.
    private func enter(
        _ arguments: [String], environment: [String: String] = [:], descriptors: [Int32]
    ) throws -> ChildProcess {
        var variables = ["PATH": Self.path, "LANG": "C.UTF-8", "HOME": "/root"]
        variables.merge(environment) { _, new in new }
        return try ChildProcess(
            [machine.nsenter, "-t", "\(process)", "-m", "-n", "-p", "-u", "-i", "--"] + arguments, environment: variables,
            descriptors: descriptors, reach: .within(process, closesUsers: machine.users.areApart), group: group)
    }

    /// Sets up, before anybody logs in, what needs more privileges than root inside has.
    /// - Parameter token: identifies root inside to Drydock.
    /// - Throws: ``GuestFailure``
    func setUp(token: String) throws {
        let input = try ChildProcess.pipe(), errors = try ChildProcess.pipe()
        defer { for end in [input.write, errors.read] { close(end) } }
        let child: ChildProcess
        do {
            defer { for end in [input.read, errors.write] { close(end) } }
            child = try enter(
                ["/bin/sh", "/opt/drydock/set-up", machine.users.areApart ? "apart" : "one"] + (machine.aws?.folders ?? []),
                environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], descriptors: [input.read, -1, errors.write])
        }
        _ = write(input.write, token + "\n", token.utf8.count + 1)
        let words = Self.read(errors.read, until: "\n")
        let status = cguest_wait(child.pid)
        guard status == 0 else { throw GuestFailure("the guest cannot be set up (\(status)): \(words)") }
        guard machine.users.areApart else { return }
        // The limit is the namespace's own and must be written from within it.
        let closing = try ChildProcess(
            ["/bin/sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces"], descriptors: [-1, -1, -1],
            reach: .within(process, closesUsers: true))
        let closed = cguest_wait(closing.pid)
        guard closed == 0 else { throw GuestFailure("the guest's user namespaces cannot be closed (\(closed))") }
    }

    /// Opens listening sockets in the sandbox's network, which this process serves.
    func listen(_ binds: [(address: String, port: UInt16, isUDP: Bool)]) throws -> [Int32] {
        var sockets = [Int32](repeating: -1, count: binds.count)
        let failure = cguest_listen_within(
            process, binds.map { addressNumber($0.address) ?? 0 }, binds.map(\.port), binds.map { $0.isUDP ? 1 : 0 },
            Int32(binds.count), &sockets)
        guard failure == 0 else {
            throw GuestFailure("cannot open sockets in the sandbox: \(String(cString: strerror(failure)))")
        }
        return sockets
    }

    /// Waits for the sandbox to end, then removes its group.
    func wait() async {
        _ = await child.wait()
        await group?.remove()
    }

    /// Returns how many processes the kernel has killed for memory since the last call; nil if the kernel doesn't count the
    /// sandbox's memory.
    func killedByKernel() -> Int? {
        guard let count = group?.kills else { return nil }
        return kills.withLock { known in
            defer { known = count }
            return count - known
        }
    }

    /// Ends the sandbox and all its processes.
    func end() {
        let isFirst = isOver.withLock { isOver in
            defer { isOver = true }
            return !isOver
        }
        guard isFirst else { return }
        close(hold)
        close(input)
    }
}

/// Returns an IPv4 address as a number; nil if the text isn't one.
func addressNumber(_ text: String) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    guard parts.count == 4 else { return nil }
    return parts.reduce(UInt32?(0)) { sum, part in sum.flatMap { sum in part.map { sum << 8 | UInt32($0) } } }
}

func addressText(_ number: UInt32) -> String {
    [24, 16, 8, 0].map { String(number >> UInt32($0) & 255) }.joined(separator: ".")
}
