import AWSCore
import Foundation
import Glibc
import Logging
import SimulatorCore
import Synchronization

// Connections to the guest's ports, and logins.
extension Guest {
    /// The TCP ports that guest programs listen on, at every address or at the private one.
    nonisolated var listening: Set<UInt16> { state.withLock { $0.ports }?.listening() ?? [] }

    /// The UDP ports that guest programs receive at, from anybody.
    nonisolated var receiving: Set<UInt16> { state.withLock { $0.ports }?.receiving() ?? [] }

    /// Receives UDP for the guest at these places, and no longer at others.
    nonisolated func turnDatagrams(to places: Set<PublicDoors.Endpoint>) {
        state.withLock { $0.datagrams }?.turn(to: places)
    }

    /// Connects a socket to the program that listens on a port, if the rules allow it now. Takes ownership of the socket.
    nonisolated func connect(_ socket: Int32, from peer: String, port: UInt16) {
        guard let ports = state.withLock({ $0.ports }), ports.listening().contains(port),
            simulator.admits(instance, from: peer, port: Int(port))
        else {
            close(socket)
            return
        }
        ports.connect(socket, to: port)
    }

    // MARK: SSH

    /// Connects a socket to ssh once the guest runs and the rules allow it; until then the client gets no answer. Gives up after
    /// 180 seconds.
    nonisolated func connect(_ socket: Int32, from peer: String) async {
        defer { close(socket) }
        let patience = ContinuousClock.now + .seconds(180)
        do {
            try await simulator.untilChange {
                if ContinuousClock.now > patience || PublicDoor.isGone(socket) { throw CancellationError() }
                return isUp && simulator.admits(instance, from: peer, port: 22)
            }
        } catch { return }
        if let sandbox = state.withLock({ $0.sandbox }) { await login(sandbox, socket) }
    }

    /// Allows a key to log in until the given time.
    nonisolated func admit(_ key: String, for user: String, until: Instant) {
        state.withLock { $0.passes.append((user, key, until)) }
    }

    nonisolated func login(_ sandbox: Sandbox, _ socket: Int32) async {
        do {
            let now = simulator.clock.now
            let passes = state.withLock { state in
                state.passes.removeAll { $0.until <= now }
                return state.passes
            }
            try disk.writePasses(Dictionary(grouping: passes, by: \.user).mapValues { $0.map(\.key) })
            let child = try sandbox.start(
                ["/bin/sh", "/opt/drydock/login", machine.sshd], environment: ["HOME": "/"], descriptors: [socket, socket, -1],
                isLogin: true)
            _ = await child.wait()
        } catch {
            Logger.drydock.error("cannot start an ssh session in \(id): \(error)")
        }
    }

    /// The last 64 KiB of the serial console.
    nonisolated func console() -> Bytes? {
        guard let file = FileHandle(forReadingAtPath: disk.console) else { return nil }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 65536 ? end - 65536 : 0)
        return (try? file.readToEnd()).map { Bytes($0) } ?? []
    }
}
