import AWSCore
import Foundation
import Logging
import Synchronization

/// The doors of guests: each accepts connections to one port of one public address.
///
/// A closed door is silent. A place that is no longer wanted stays silent for a while; addresses of AWS stay silent forever. Then
/// the door is removed, and the machine refuses connections.
final class PublicDoors: Sendable {
    struct Endpoint: Hashable, Sendable {
        let address: String
        let port: UInt16
    }

    private let silence: Duration
    private let connected: @Sendable (Endpoint, Int32, String) -> Void
    private let state = Mutex(State())

    private struct State {
        var doors: [Endpoint: PublicDoor] = [:]
        /// The places that are no longer wanted, and since when.
        var idle: [Endpoint: ContinuousClock.Instant] = [:]
        /// Places that could not be listened on, and whether that was logged: once, when somebody may connect there.
        var refused: [Endpoint: Bool] = [:]
        var isOver = false
    }

    /// - Parameters:
    ///   - silence: how long an unwanted place stays silent before the machine refuses connections.
    ///   - connected: takes ownership of a connection's socket; also gets the place and the peer's address.
    init(
        silence: Duration,
        connected: @escaping @Sendable (_ endpoint: Endpoint, _ socket: Int32, _ peer: String) -> Void
    ) {
        self.silence = silence
        self.connected = connected
    }

    /// Opens or closes the door of each of these places, and closes all others.
    func turn(to wanted: [Endpoint: Bool]) {
        state.withLock { state in
            guard !state.isOver else { return }
            for (endpoint, door) in state.doors where wanted[endpoint] == nil && state.idle[endpoint] == nil {
                door.setOpen(false)
                state.idle[endpoint] = .now
            }
            // A refused place is tried again once it has been unwanted.
            state.refused = state.refused.filter { wanted[$0.key] != nil }
            for (endpoint, isOpen) in wanted where endpoint.address.hasPrefix("127.") {
                if let wasLogged = state.refused[endpoint], wasLogged || !isOpen { continue }
                state.idle[endpoint] = nil
                if let door = state.doors[endpoint] {
                    door.setOpen(isOpen)
                    continue
                }
                do {
                    state.doors[endpoint] = try PublicDoor(address: endpoint.address, port: endpoint.port, isOpen: isOpen) {
                        [connected] socket, peer in connected(endpoint, socket, peer)
                    }
                } catch {
                    state.refused[endpoint] = isOpen
                    if isOpen { Logger.drydock.error("\(error)") }
                }
            }
        }
    }

    /// Removes the doors that have been unwanted for long enough.
    func sweep() {
        let end = ContinuousClock.now - silence
        state.withLock { state in
            for (endpoint, since) in state.idle where since <= end {
                state.idle[endpoint] = nil
                state.doors.removeValue(forKey: endpoint)?.close()
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
