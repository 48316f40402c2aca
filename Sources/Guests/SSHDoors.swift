import AWSCore
import Foundation
import Synchronization

/// The doors of all public addresses. An address that nobody has any more stays silent for a while, as AWS's do for good.
final class SSHDoors: Sendable {
    let port: UInt16
    private let silence: Duration
    private let connected: @Sendable (String, Int32, String) -> Void
    private let state = Mutex(State())

    private struct State {
        var doors: [String: SSHDoor] = [:]
        /// Since when nobody has had these addresses.
        var idle: [String: ContinuousClock.Instant] = [:]
        /// Addresses that could not be listened on; said once.
        var refused: Set<String> = []
        var isOver = false
    }

    /// - Parameters:
    ///   - silence: how long an address that nobody has stays silent before the machine refuses connections to it.
    ///   - connected: takes over a connection's socket; gets the address that was connected to and its peer's.
    init(
        port: UInt16, silence: Duration,
        connected: @escaping @Sendable (_ address: String, _ socket: Int32, _ peer: String) -> Void
    ) {
        self.port = port
        self.silence = silence
        self.connected = connected
    }

    /// Lets each of these addresses be open or closed; all others are closed.
    func turn(to wanted: [String: Bool]) {
        state.withLock { state in
            guard !state.isOver else { return }
            for (address, door) in state.doors where wanted[address] == nil && state.idle[address] == nil {
                door.setOpen(false)
                state.idle[address] = .now
            }
            for (address, isOpen) in wanted where address.hasPrefix("127.") && !state.refused.contains(address) {
                state.idle[address] = nil
                if let door = state.doors[address] {
                    door.setOpen(isOpen)
                    continue
                }
                do {
                    state.doors[address] = try SSHDoor(address: address, port: port, isOpen: isOpen) {
                        [connected] socket, peer in connected(address, socket, peer)
                    }
                } catch {
                    state.refused.insert(address)
                    StandardError.tell("drydock: \(error)")
                }
            }
        }
    }

    /// Gives up the doors that nobody has had for long enough.
    func sweep() {
        let end = ContinuousClock.now - silence
        state.withLock { state in
            for (address, since) in state.idle where since <= end {
                state.idle[address] = nil
                state.doors.removeValue(forKey: address)?.close()
            }
        }
    }

    func close() {
        let doors = state.withLock { state in
            defer { state.doors = [:] }
            state.isOver = true
            return state.doors.values
        }
        for door in doors { door.close() }
    }
}
