import AWSCore
import Foundation
import Logging
import Synchronization

/// The doors of guests: each accepts connections to one port of one public address.
///
/// A closed door is silent. A place that is no longer wanted stays silent for a while; addresses of AWS stay silent forever. Then
/// the door is removed, and the machine refuses connections.
final class PublicDoors: Sendable {
    struct Place: Hashable, Sendable {
        let address: String
        let port: UInt16
    }

    private let silence: Duration
    private let connected: @Sendable (Place, Int32, String) -> Void
    private let state = Mutex(State())

    private struct State {
        var doors: [Place: PublicDoor] = [:]
        /// The places that are no longer wanted, and since when.
        var idle: [Place: ContinuousClock.Instant] = [:]
        /// Places that could not be listened on; each is logged once.
        var refused: Set<Place> = []
        var isOver = false
    }

    /// - Parameters:
    ///   - silence: how long an unwanted place stays silent before the machine refuses connections.
    ///   - connected: takes ownership of a connection's socket; also gets the place and the peer's address.
    init(
        silence: Duration,
        connected: @escaping @Sendable (_ place: Place, _ socket: Int32, _ peer: String) -> Void
    ) {
        self.silence = silence
        self.connected = connected
    }

    /// Opens or closes the door of each of these places, and closes all others.
    func turn(to wanted: [Place: Bool]) {
        state.withLock { state in
            guard !state.isOver else { return }
            for (place, door) in state.doors where wanted[place] == nil && state.idle[place] == nil {
                door.setOpen(false)
                state.idle[place] = .now
            }
            // A refused place is tried again once it has been unwanted.
            state.refused.formIntersection(wanted.keys)
            for (place, isOpen) in wanted where place.address.hasPrefix("127.") && !state.refused.contains(place) {
                state.idle[place] = nil
                if let door = state.doors[place] {
                    door.setOpen(isOpen)
                    continue
                }
                do {
                    state.doors[place] = try PublicDoor(address: place.address, port: place.port, isOpen: isOpen) {
                        [connected] socket, peer in connected(place, socket, peer)
                    }
                } catch {
                    state.refused.insert(place)
                    Logger.drydock.error("\(error)")
                }
            }
        }
    }

    /// Removes the doors that have been unwanted for long enough.
    func sweep() {
        let end = ContinuousClock.now - silence
        state.withLock { state in
            for (place, since) in state.idle where since <= end {
                state.idle[place] = nil
                state.doors.removeValue(forKey: place)?.close()
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
