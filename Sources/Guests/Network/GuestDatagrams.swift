import CGuest
import Foundation
import Glibc
import Logging
import Synchronization

/// Carries UDP between this machine and one guest: from the guest's public address to the programs that receive there.
///
/// The rules decide when a peer sends for the first time, and again after a pause. Forbidden datagrams are dropped.
final class GuestDatagrams: Sendable {
    private let ports: GuestPorts
    private let admits: @Sendable (_ peer: String, _ port: UInt16) -> Bool
    /// An event descriptor that wakes the thread to check the state.
    private let bell = cguest_bell()
    private let state = Mutex(State())

    private struct State {
        var doors: [PublicDoors.Endpoint: Int32] = [:]
        /// Sockets to close; only the thread closes them, because it waits for them.
        var unwanted: [Int32] = []
        /// Places that could not be opened; each is logged once.
        var refused: Set<PublicDoors.Endpoint> = []
        var hasThread = false
        var isOver = false
    }

    /// A peer's datagrams to one port, and the socket inside that they go through.
    private struct Flow {
        let door: Int32
        let peer: UInt32
        let peerPort: UInt16
        let port: UInt16
        var last: ContinuousClock.Instant
    }

    private struct Peer: Hashable {
        let door: Int32
        let address: UInt32
        let port: UInt16
    }

    private static let mostFlows = 256
    private static let idle = Duration.seconds(30)

    init(_ ports: GuestPorts, admits: @escaping @Sendable (_ peer: String, _ port: UInt16) -> Bool) {
        self.ports = ports
        self.admits = admits
    }

    /// Opens these places and closes all others.
    func turn(to wanted: Set<PublicDoors.Endpoint>) {
        let isFirst = state.withLock { state -> Bool in
            guard !state.isOver else { return false }
            for (place, door) in state.doors where !wanted.contains(place) {
                state.doors[place] = nil
                state.unwanted.append(door)
            }
            state.refused.formIntersection(wanted)
            for place in wanted where state.doors[place] == nil && !state.refused.contains(place) {
                guard let address = addressNumber(place.address) else { continue }
                let door = cguest_open_datagrams(address, place.port)
                if door >= 0 {
                    state.doors[place] = door
                } else {
                    state.refused.insert(place)
                    Logger.drydock.error(
                        "cannot receive at \(place.address):\(place.port) (UDP): \(String(cString: strerror(-door)))")
                }
            }
            defer { state.hasThread = state.hasThread || !state.doors.isEmpty }
            return !state.hasThread && !state.doors.isEmpty
        }
        if isFirst {
            // Waiting blocks, so it has its own thread, which ends with the guest.
            let thread = Thread { [self] in carry() }
            thread.stackSize = 256 << 10
            thread.start()
        } else {
            ring()
        }
    }

    func close() {
        let hasThread = state.withLock { state in
            state.isOver = true
            return state.hasThread
        }
        if hasThread { ring() } else { Glibc.close(bell) }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func carry() {
        var flows: [Int32: Flow] = [:], known: [Peer: Int32] = [:]
        var buffer = [UInt8](repeating: 0, count: 65536)
        func drop(_ socket: Int32) {
            guard let flow = flows.removeValue(forKey: socket) else { return }
            known[Peer(door: flow.door, address: flow.peer, port: flow.peerPort)] = nil
            Glibc.close(socket)
        }
        while true {
            let (doors, unwanted, isOver) = state.withLock { state in
                defer { state.unwanted = [] }
                return (state.doors, state.unwanted, state.isOver)
            }
            for (socket, flow) in flows
            where isOver || unwanted.contains(flow.door) || ContinuousClock.now - flow.last > Self.idle {
                drop(socket)
            }
            for door in unwanted { Glibc.close(door) }
            if isOver {
                for door in doors.values { Glibc.close(door) }
                return _ = Glibc.close(bell)
            }
            let places = Array(doors), sockets = Array(flows.keys)
            var ends = ([bell] + places.map(\.value) + sockets).map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            _ = poll(&ends, UInt(ends.count), flows.isEmpty ? -1 : 10_000)
            if ends[0].revents != 0 {
                var count: UInt64 = 0
                _ = read(bell, &count, 8)
            }
            for (number, (place, door)) in places.enumerated() where ends[1 + number].revents != 0 {
                var peer: UInt32 = 0, port: UInt16 = 0
                // Check the state after 64 datagrams, even if more are waiting.
                for _ in 0..<64 {
                    let count = cguest_receive_datagram(door, &buffer, buffer.count, &peer, &port)
                    guard count >= 0 else { break }
                    let key = Peer(door: door, address: peer, port: port)
                    if known[key] == nil {
                        guard flows.count < Self.mostFlows, admits(addressText(peer), place.port) else { continue }
                        let socket = ports.connectWithin(place.port, CGUEST_UDP)
                        guard socket >= 0 else { continue }
                        known[key] = socket
                        flows[socket] = Flow(door: door, peer: peer, peerPort: port, port: place.port, last: .now)
                    }
                    guard let socket = known[key] else { continue }
                    flows[socket]?.last = .now
                    _ = send(socket, &buffer, count, Int32(MSG_DONTWAIT))
                }
            }
            for (number, socket) in sockets.enumerated() where ends[1 + places.count + number].revents != 0 {
                guard let flow = flows[socket] else { continue }
                for _ in 0..<64 {
                    let count = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                    if count < 0, errno == EAGAIN || errno == EINTR { break }
                    // The program inside no longer receives.
                    guard count >= 0 else {
                        drop(socket)
                        break
                    }
                    flows[socket]?.last = .now
                    _ = cguest_send_datagram(flow.door, &buffer, count, flow.peer, flow.peerPort)
                }
            }
        }
    }
}
