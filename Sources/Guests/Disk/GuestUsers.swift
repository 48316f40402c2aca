import CGuest
import Foundation
import Glibc

/// Maps the users inside guests to users of this machine.
enum GuestUsers: Sendable, Equatable {
    /// All guest users are Drydock's own user, so the kernel doesn't separate them.
    case one
    /// Each guest has its own range of user ids that no machine assigns. Only root can use these.
    case own
    /// Root is Drydock's own user. The others use the ids that `/etc/subuid` and `/etc/subgid` lend it, from these numbers on.
    case lent(users: UInt32, groups: UInt32)

    /// The first user id of the first guest's range, for `own`.
    static let first: UInt32 = 1_900_000_000
    /// The number of user ids per guest.
    static let count: UInt32 = 65536

    /// Whether the kernel separates the users of a guest from each other.
    var areApart: Bool { self != .one }

    /// The user of this machine that is a guest's root; nil if it is Drydock's own user.
    func root(of instance: String) -> UInt32? {
        guard self == .own else { return nil }
        return Self.first + (UInt32(instance.suffix(7), radix: 16) ?? 0) % 30_000 * Self.count
    }

    /// Determines the mapping for this machine. Root can use any id, unless it is root of a container with few ids; other users
    /// can use the ids that `newuidmap` allows.
    static func found() -> GuestUsers {
        if getuid() == 0 {
            if isMapped(first) { return .own }
            return isMapped(count - 1) ? .lent(users: 1, groups: 1) : .one
        }
        guard Machine.find("newuidmap") != nil, Machine.find("newgidmap") != nil,
            let users = lent("/etc/subuid"), let groups = lent("/etc/subgid")
        else { return .one }
        return .lent(users: users, groups: groups)
    }

    /// Whether a user id is mapped in this process's user namespace.
    private static func isMapped(_ user: UInt32) -> Bool {
        guard let map = FileManager.default.contents(atPath: "/proc/self/uid_map") else { return true }
        return String(decoding: map, as: UTF8.self).split(separator: "\n").contains { line in
            let numbers = line.split(separator: " ").compactMap { UInt64($0) }
            return numbers.count == 3 && numbers[0] <= user && UInt64(user) < numbers[0] + numbers[2]
        }
    }

    /// Returns the first of enough ids for this user from a file with lines `NAME-OR-NUMBER:FIRST:COUNT`.
    private static func lent(_ path: String) -> UInt32? {
        guard let text = FileManager.default.contents(atPath: path) else { return nil }
        return lent(String(decoding: text, as: UTF8.self), to: [NSUserName(), "\(getuid())"])
    }

    static func lent(_ text: String, to names: [String]) -> UInt32? {
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, names.contains(String(fields[0])), let first = UInt32(fields[1]),
                let number = UInt32(fields[2]), number >= count - 1
            else { continue }
            return first
        }
        return nil
    }

    /// Maps the users of a new user namespace.
    /// - Parameter root: the user of this machine that becomes its root.
    /// - Throws: ``GuestFailure``
    func map(into process: pid_t, root: UInt32?) throws {
        switch self {
        case .one: return
        case .own:
            for file in ["uid_map", "gid_map"] { try Self.write("0 \(root ?? Self.first) \(Self.count)\n", process, file) }
        case .lent(let users, let groups) where getuid() == 0:
            try Self.write("0 0 1\n1 \(users) \(Self.count - 1)\n", process, "uid_map")
            try Self.write("0 0 1\n1 \(groups) \(Self.count - 1)\n", process, "gid_map")
        case .lent(let users, let groups):
            for (program, own, first) in [("newuidmap", getuid(), users), ("newgidmap", getgid(), groups)] {
                let (status, words) = Machine.run(
                    [Machine.find(program) ?? program, "\(process)", "0", "\(own)", "1", "1", "\(first)", "\(Self.count - 1)"])
                guard status == 0 else { throw GuestFailure("\(program) failed: \(words)") }
            }
        }
    }

    /// The kernel accepts a map only once and in a single write.
    private static func write(_ text: String, _ process: pid_t, _ name: String) throws {
        let file = open("/proc/\(process)/\(name)", O_WRONLY | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        guard file >= 0, Glibc.write(file, text, text.utf8.count) == text.utf8.count else {
            throw GuestFailure("cannot map the guest's users: \(String(cString: strerror(errno)))")
        }
    }
}

// With lent user ids, only the guests' own root can read and remove files that guest users left.
extension Machine {
    var needsRootOfGuests: Bool {
        if case .lent = users { getuid() != 0 } else { false }
    }

    /// Runs a program with full access to the files of guests and waits for its end.
    /// - Returns: its exit status.
    func run(onFiles arguments: [String]) async throws -> Int32 { try await start(onFiles: arguments).wait() }

    private func start(onFiles arguments: [String]) throws -> ChildProcess {
        guard needsRootOfGuests else { return try ChildProcess(arguments, descriptors: [-1, -1, -1]) }
        let info = try ChildProcess.pipe(), block = try ChildProcess.pipe()
        defer { for end in [info.read, block.write] { close(end) } }
        let rights = ["CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID"].flatMap { ["--cap-add", "CAP_\($0)"] }
        let child: ChildProcess
        do {
            child = try ChildProcess(
                [bubblewrap, "--unshare-user", "--uid", "0", "--gid", "0"] + rights
                    + ["--info-fd", "3", "--userns-block-fd", "4", "--dev-bind", "/", "/"] + arguments,
                descriptors: [-1, -1, -1, info.write, block.read])
        } catch {
            for end in [info.write, block.read] { close(end) }
            throw error
        }
        for end in [info.write, block.read] { close(end) }
        if let process = Sandbox.child(in: Sandbox.read(info.read, until: "}")) {
            try? users.map(into: process, root: nil)
            _ = Glibc.write(block.write, "\n\n", 2)
        }
        return child
    }

    /// Removes the files that guests left, as far as possible.
    func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        guard needsRootOfGuests, FileManager.default.fileExists(atPath: path) else { return }
        if let child = try? start(onFiles: ["/bin/rm", "-rf", "--", path]) { _ = cguest_wait(child.pid) }
    }
}

extension GuestHost {
    /// Removes a folder that contains guests' files.
    public static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        guard FileManager.default.fileExists(atPath: path), let machine = try? Machine() else { return }
        machine.remove(path)
    }
}
