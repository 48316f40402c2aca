import CGuest
import Foundation
import Glibc

/// A child process that inherits only the given descriptors.
struct ChildProcess: Sendable {
    let pid: pid_t

    enum Reach: Sendable {
        case whole
        /// A seccomp filter blocks the system calls that guests may not make. The process and its children gain no privileges.
        case filtered
        /// The same filter, but the process is root in the user namespace of this pid. With `closesUsers`, calls that create
        /// further user namespaces are blocked too.
        case within(pid_t, closesUsers: Bool)
    }

    /// - Parameters:
    ///   - arguments: the program's path, then its arguments.
    ///   - descriptors: become 0, 1, 2 …; -1 opens `/dev/null`.
    ///   - reach: the privileges and the filter that the process gets.
    ///   - group: the control group that limits the process and its children.
    /// - Throws: ``GuestFailure``
    init(
        _ arguments: [String], environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
        descriptors: [Int32], reach: Reach = .whole, group: ControlGroup? = nil
    ) throws {
        let door = try group?.open() ?? -1
        defer { if door >= 0 { close(door) } }
        let argv = arguments.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let count = Int32(descriptors.count)
        let failure =
            switch reach {
            case .whole: cguest_spawn(argv, envp, descriptors, count, door, &pid)
            case .filtered: cguest_spawn_filtered(argv, envp, descriptors, count, door, &pid)
            case .within(let target, let closesUsers):
                cguest_spawn_within(target, closesUsers ? 1 : 0, argv, envp, descriptors, count, door, &pid)
            }
        guard failure == 0 else { throw GuestFailure("cannot start \(arguments[0]): \(String(cString: strerror(failure)))") }
        self.pid = pid
    }

    /// Waits on a separate thread for the process to end. Returns the exit status, or 128 plus the signal's number.
    func wait() async -> Int32 {
        let pid = pid
        return await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: cguest_wait(pid)) }
            thread.stackSize = 128 << 10
            thread.start()
        }
    }

    func kill(_ signal: Int32 = SIGKILL) { _ = Glibc.kill(pid, signal) }

    /// Returns a pipe's read end and write end.
    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        let failure = cguest_pipe(&ends)
        guard failure == 0 else { throw GuestFailure("cannot create a pipe: \(String(cString: strerror(failure)))") }
        return (ends[0], ends[1])
    }
}

/// The reason why a guest could not be started or run.
public struct GuestFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
