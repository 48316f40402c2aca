import CGuest
import Foundation
import Glibc

/// A program that was started, with exactly the descriptors that it was given.
struct ChildProcess: Sendable {
    let pid: pid_t

    enum Reach: Sendable {
        case whole
        /// The system calls are closed that guests don't have, and neither it nor its children gain privileges.
        case filtered
        /// The same calls are closed, but it is root of a process's user namespace. `closesUsers`: also the calls that make
        /// further user namespaces.
        case within(pid_t, closesUsers: Bool)
    }

    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - descriptors: become 0, 1, 2 …; -1 becomes `/dev/null`.
    ///   - reach: what it may do to this machine.
    ///   - group: whose limits hold for it and all that it starts.
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

    /// Waits for its end, on a thread of its own: the exit status, or 128 and the signal's number.
    func wait() async -> Int32 {
        let pid = pid
        return await withCheckedContinuation { continuation in
            let thread = Thread { continuation.resume(returning: cguest_wait(pid)) }
            thread.stackSize = 128 << 10
            thread.start()
        }
    }

    func kill(_ signal: Int32 = SIGKILL) { _ = Glibc.kill(pid, signal) }

    /// Two ends of a pipe: to read from and to write to.
    static func pipe() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        let failure = cguest_pipe(&ends)
        guard failure == 0 else { throw GuestFailure("no pipe: \(String(cString: strerror(failure)))") }
        return (ends[0], ends[1])
    }
}

/// Why a guest could not be had.
public struct GuestFailure: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
