import CGuest
import Foundation
import Glibc
import Synchronization

/// Creates control groups (cgroup v2), one per guest, so that the kernel counts memory and processes of all of a guest's users
/// together.
///
/// This works in two cases: Drydock's own group is delegated to it and holds no other process (a systemd unit with
/// `Delegate=yes`, a container with its own group), or Drydock is root at the top of the hierarchy. Otherwise only the limits per
/// process and per user apply, and Drydock itself checks the total memory.
/// https://docs.kernel.org/admin-guide/cgroup-v2.html
struct ControlGroups: Sendable {
    /// The parent folder of the guests' groups; its controllers are enabled for them.
    let folder: String
    /// Those of `memory` and `pids` that the kernel provides.
    let controllers: Set<String>

    /// Those of this process, determined once.
    static let own = ControlGroups(controllers: ["memory", "pids"])

    /// - Returns: nil if no group can be created, or none of the controllers is available.
    init?(controllers wanted: [String]) {
        guard let mount = Self.hierarchy(in: Self.text("/proc/self/mounts")),
            let own = Self.ownGroup(in: Self.text("/proc/self/cgroup"))
        else { return nil }
        // A group that holds processes cannot enable controllers for its children, so this process first moves into a child
        // group.
        let ownGroup = own == "/" ? mount : mount + own
        if own != "/", Self.text(ownGroup + "/cgroup.procs").split(separator: "\n") == ["\(getpid())"],
            let made = Self.make(ownGroup + "/drydock-guests", below: ownGroup, leaving: ownGroup + "/drydock", wanted)
        {
            self = made
            return
        }
        guard getuid() == 0 else { return nil }
        Self.removeAbandoned(mount)
        guard
            let made = Self.make(
                "\(mount)/drydock-\(getpid())", below: mount, leaving: nil, wanted)
        else { return nil }
        self = made
    }

    private init(folder: String, controllers: Set<String>) {
        self.folder = folder
        self.controllers = controllers
    }

    /// - Parameter leaving: the group that this process moves to first; nil if it need not move.
    private static func make(_ folder: String, below parent: String, leaving: String?, _ wanted: [String]) -> ControlGroups? {
        let given = Set(text(parent + "/cgroup.controllers").split { $0 == " " || $0 == "\n" }.map(String.init))
        let controllers = wanted.filter(given.contains)
        guard !controllers.isEmpty else { return nil }
        if let leaving {
            guard mkdir(leaving, 0o755) == 0 || errno == EEXIST, write("\(getpid())", to: leaving + "/cgroup.procs") else {
                return nil
            }
        }
        func giveOn(_ group: String) -> Bool {
            controllers.allSatisfy { write("+" + $0, to: group + "/cgroup.subtree_control") }
        }
        guard giveOn(parent), mkdir(folder, 0o755) == 0 || errno == EEXIST else { return nil }
        guard giveOn(folder) else {
            rmdir(folder)
            return nil
        }
        return ControlGroups(folder: folder, controllers: Set(controllers))
    }

    /// Removes the groups of servers that no longer run: the kernel keeps an empty group until it is removed.
    private static func removeAbandoned(_ mount: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: mount)) ?? [] where name.hasPrefix("drydock-") {
            guard let process = pid_t(name.dropFirst("drydock-".count)), kill(process, 0) != 0, errno == ESRCH else { continue }
            let folder = mount + "/" + name
            for guest in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] { rmdir(folder + "/" + guest) }
            rmdir(folder)
        }
    }

    /// Distinguishes the groups of an instance's boots: processes of the previous boot may still be ending.
    private static let boots = Atomic(0)

    /// Creates the group for one boot of a guest. Returns nil if the kernel refuses the group or one of its limits.
    func group(of instance: String, _ limits: Sandbox.Limits) -> ControlGroup? {
        let path = "\(folder)/\(instance)-\(Self.boots.wrappingAdd(1, ordering: .relaxed).newValue)"
        guard mkdir(path, 0o755) == 0 else { return nil }
        var settings: [(String, String)] = []
        if controllers.contains("pids") { settings.append(("pids.max", "\(limits.allProcesses)")) }
        if controllers.contains("memory") {
            settings += [("memory.max", "\(limits.totalMemory)"), ("memory.swap.max", "0")]
        }
        for (name, value) in settings {
            let isTaken = Self.write(value, to: path + "/" + name)
            // A kernel without swap support has no `memory.swap.max`.
            guard isTaken || name == "memory.swap.max" else {
                rmdir(path)
                return nil
            }
        }
        return ControlGroup(path: path)
    }

    /// The mount point of cgroup v2, from a line such as `cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0`.
    static func hierarchy(in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 2, words[2] == "cgroup2" { return String(words[1]) }
        }
        return nil
    }

    /// The group of a process, from a line such as `0::/user.slice/session-2.scope`.
    static func ownGroup(in membership: String) -> String? {
        membership.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) }
    }

    private static func text(_ path: String) -> String {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    private static func write(_ text: String, to path: String) -> Bool {
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return false }
        defer { close(file) }
        return Glibc.write(file, text, text.utf8.count) == text.utf8.count
    }
}

/// The control group of one guest's processes.
struct ControlGroup: Sendable {
    let path: String

    /// Opens the file that adds processes to the group.
    /// - Throws: ``GuestFailure``
    func open() throws -> Int32 {
        let file = Glibc.open(path + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw GuestFailure("cannot open the control group \(path): \(String(cString: strerror(errno)))")
        }
        return file
    }

    /// How many of its processes the kernel has killed for lack of memory; nil if the group doesn't count memory.
    var kills: Int? {
        guard let events = FileManager.default.contents(atPath: path + "/memory.events") else { return nil }
        let line = String(decoding: events, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
    }

    /// Removes the group when it is empty. It polls, because the kernel releases the last process late and without notice.
    func remove() async {
        for _ in 0..<50 {
            guard rmdir(path) != 0, errno == EBUSY else { return }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
