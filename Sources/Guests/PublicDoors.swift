import AWSCore
import Foundation
import Logging
import Synchronization

/// The doors of guests: each takes the connections to one port of one public address.
///
/// A closed door is silent. A place that is not wanted any more stays silent for a while, as AWS's addresses do for good; then
/// there is no door, and the machine refuses.
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
        /// Since when nobody has wanted these.
        var idle: [Place: ContinuousClock.Instant] = [:]
        /// Places that could not be listened on; said once.
        var refused: Set<Place> = []
        var isOver = false
    }

    /// - Parameters:
    ///   - silence: how long a place that nobody wants stays silent before the machine refuses connections to it.
    ///   - connected: takes over a connection's socket; gets the place that was connected to and its peer's address.
    init(
        silence: Duration,
        connected: @escaping @Sendable (_ place: Place, _ socket: Int32, _ peer: String) -> Void
    ) {
        self.silence = silence
        self.connected = connected
    }

    /// Lets each of these places be open or closed; all others are closed.
    func turn(to wanted: [Place: Bool]) {
        state.withLock { state in
            guard !state.isOver else { return }
            for (place, door) in state.doors where wanted[place] == nil && state.idle[place] == nil {
                door.setOpen(false)
                state.idle[place] = .now
            }
            // Whether somebody else still listens there is asked again when the place is wanted anew.
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

    /// Gives up the doors that nobody has wanted for long enough.
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
