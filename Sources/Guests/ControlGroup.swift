import CGuest
import Foundation
import Glibc
import Synchronization

/// The control groups that this process may make (cgroup v2), one for each guest: the kernel then counts memory and processes
/// of all users of a guest together.
///
/// A group may be made where this process's own group was delegated to it and nobody else is in it (a systemd unit with
/// `Delegate=yes`, a container with a group of its own), and by root at the top of the hierarchy. Elsewhere the limits are
/// those of processes and users, and Drydock looks at the sum of memory itself.
/// https://docs.kernel.org/admin-guide/cgroup-v2.html
struct ControlGroups: Sendable {
    /// Holds the groups of guests; its controllers are given on to them.
    let folder: String
    /// Of `memory` and `pids`, those that the kernel gives.
    let controllers: Set<String>

    /// This process's, found once.
    static let own = ControlGroups(controllers: ["memory", "pids"])

    /// - Returns: nil where no group can be made, or none with one of the controllers.
    init?(controllers wanted: [String]) {
        guard let mount = Self.hierarchy(in: Self.text("/proc/self/mounts")),
            let own = Self.ownGroup(in: Self.text("/proc/self/cgroup"))
        else { return nil }
        // A group with processes cannot give its controllers on: this process first moves into one of its own below.
        let place = own == "/" ? mount : mount + own
        if own != "/", Self.text(place + "/cgroup.procs").split(separator: "\n") == ["\(getpid())"],
            let made = Self.make(place + "/drydock-guests", below: place, leaving: place + "/drydock", wanted)
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

    /// - Parameter leaving: the group that this process moves to first; nil if it may stay where it is.
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

    /// Groups of servers that are gone: the kernel keeps an empty group until somebody removes it.
    private static func removeAbandoned(_ mount: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: mount)) ?? [] where name.hasPrefix("drydock-") {
            guard let process = pid_t(name.dropFirst("drydock-".count)), kill(process, 0) != 0, errno == ESRCH else { continue }
            let folder = mount + "/" + name
            for guest in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] { rmdir(folder + "/" + guest) }
            rmdir(folder)
        }
    }

    /// Tells apart the groups of an instance's boots: the one before may still be leaving.
    private static let boots = Atomic(0)

    /// A group for one boot of a guest; nil if the kernel makes none or takes a limit badly.
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
            // A kernel without swap has no limit of it.
            guard isTaken || name == "memory.swap.max" else {
                rmdir(path)
                return nil
            }
        }
        return ControlGroup(path: path)
    }

    /// Where the hierarchy of cgroup v2 is mounted: `cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0`.
    static func hierarchy(in mounts: String) -> String? {
        for line in mounts.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 2, words[2] == "cgroup2" { return String(words[1]) }
        }
        return nil
    }

    /// The group of a process: `0::/user.slice/session-2.scope`.
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

/// One guest's processes, as the kernel counts them.
struct ControlGroup: Sendable {
    let path: String

    /// The file that takes processes in.
    /// - Throws: ``GuestFailure``
    func open() throws -> Int32 {
        let file = Glibc.open(path + "/cgroup.procs", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw GuestFailure("no control group \(path): \(String(cString: strerror(errno)))") }
        return file
    }

    /// How many of its processes the kernel has ended for memory; nil where memory isn't counted.
    var kills: Int? {
        guard let events = FileManager.default.contents(atPath: path + "/memory.events") else { return nil }
        let line = String(decoding: events, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
        return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
    }

    /// Removes it, once nobody is in it. The kernel takes a moment to let go of the last process, and tells nobody of its end.
    func remove() async {
        for _ in 0..<50 {
            guard rmdir(path) != 0, errno == EBUSY else { return }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}
