import CGuest
import Foundation
import Glibc
import Synchronization

/// Listens on one port of one public address. An open door accepts connections. A closed door is silent like a security group:
/// the kernel drops connection attempts. The client times out, or connects with a retry if the door is open by then.
///
/// The kernel drops connections to a socket with a full queue. A closed door has a queue of one, which it fills itself.
final class PublicDoor: Sendable {
    let address: String
    let port: UInt16
    private let number: UInt32
    private let socket: Int32
    private let state: Mutex<State>
    private let connected: @Sendable (Int32, String) -> Void

    private struct State {
        var isOpen = true
        var isOver = false
        /// An event descriptor that wakes the accepting thread to check the state; -1 without a thread: a door that was never open
        /// has none.
        var bell: Int32 = -1
        /// The connection that fills a closed door's queue, and the source ports of all such connections; none is a client's.
        var filling: Int32 = -1
        var ownPorts: Set<UInt16> = []
    }

    private static let queue: Int32 = 128

    /// - Parameter connected: takes ownership of a connection's socket; also gets the peer's address.
    /// - Throws: ``GuestFailure`` if the address cannot be listened on.
    init(
        address: String, port: UInt16, isOpen: Bool = true, connected: @escaping @Sendable (Int32, String) -> Void
    ) throws {
        self.address = address
        guard let number = addressNumber(address) else { throw GuestFailure("'\(address)' is not an IPv4 address") }
        self.number = number
        socket = cguest_listen(number, port)
        guard socket >= 0 else {
            throw GuestFailure("cannot listen on \(address):\(port): \(String(cString: strerror(-socket)))")
        }
        self.port = port == 0 ? Self.boundPort(of: socket) : port
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        state = Mutex(State())
        self.connected = connected
        if isOpen { start() } else { setOpen(false) }
    }

    /// Starts the accepting thread. Waiting blocks, so the door has its own thread, which ends with the door.
    private func start() {
        let bell = state.withLock { state -> Int32? in
            guard state.bell < 0 else { return nil }
            state.bell = cguest_bell()
            return state.bell
        }
        guard let bell else { return }
        let thread = Thread { [self] in
            while wait(bell) { accept(connected) }
            release()
        }
        thread.stackSize = 128 << 10
        thread.start()
    }

    private func release() {
        // Under the lock, because the bell's number may be reused after closing.
        state.withLock { state in
            for descriptor in [state.filling, state.bell] where descriptor >= 0 { Glibc.close(descriptor) }
            state.filling = -1
            state.bell = -1
        }
        Glibc.close(socket)
    }

    func setOpen(_ isOpen: Bool) {
        state.withLock { state in
            guard !state.isOver, state.isOpen != isOpen else { return }
            state.isOpen = isOpen
            listen(socket, isOpen ? Self.queue : 0)
            if isOpen {
                if state.filling >= 0 { Glibc.close(state.filling) }
                state.filling = -1
            } else {
                var own: UInt16 = 0
                state.filling = cguest_fill(number, port, &own)
                state.ownPorts.insert(own)
            }
        }
        if isOpen { start() }
        ring()
    }

    func close() {
        let hasThread = state.withLock { state in
            state.isOver = true
            return state.bell >= 0
        }
        if hasThread { ring() } else { release() }
    }

    private func ring() {
        state.withLock { state in
            var one: UInt64 = 1
            if state.bell >= 0 { _ = write(state.bell, &one, 8) }
        }
    }

    /// Waits for a connection or a changed state.
    /// - Returns: false when the door is to close.
    private func wait(_ bell: Int32) -> Bool {
        let (isOpen, isOver) = state.withLock { ($0.isOpen, $0.isOver) }
        if isOver { return false }
        var polled = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isOpen ? socket : -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&polled, 2, -1)
        if polled[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
        }
        return true
    }

    private func accept(_ connected: (Int32, String) -> Void) {
        var peer: UInt32 = 0, port: UInt16 = 0
        let (connection, isOwn) = state.withLock { state in
            guard state.isOpen, !state.isOver else { return (-EAGAIN, false) }
            let connection = cguest_accept(socket, &peer, &port)
            return (connection, connection >= 0 && state.ownPorts.remove(port) != nil)
        }
        if isOwn {
            Glibc.close(connection)
        } else if connection >= 0 {
            connected(connection, addressText(peer))
        } else if connection == -EMFILE || connection == -ENFILE {
            usleep(50_000)
        }
    }

    /// The port that the kernel chose for port 0.
    private static func boundPort(of socket: Int32) -> UInt16 {
        var name = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        return result == 0 ? UInt16(bigEndian: name.sin_port) : 0
    }

    /// Whether a connection's peer has disconnected.
    static func isGone(_ connection: Int32) -> Bool {
        var state = pollfd(fd: connection, events: Int16(POLLRDHUP), revents: 0)
        return poll(&state, 1, 0) > 0 && Int32(state.revents) & (POLLRDHUP | Int32(POLLHUP) | Int32(POLLERR)) != 0
    }

    private static var POLLRDHUP: Int32 { 0x2000 }
}
