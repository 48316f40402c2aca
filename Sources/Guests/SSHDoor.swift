import CGuest
import Foundation
import Glibc

/// Port 22 of one public address.
final class SSHDoor: Sendable {
    let address: String
    let port: UInt16
    private let socket: Int32

    /// - Parameter connected: takes over a connection's socket; gets its peer's address.
    /// - Throws: ``GuestFailure`` if the address cannot be listened on.
    init(address: String, port: UInt16, connected: @escaping @Sendable (Int32, String) -> Void) throws {
        self.address = address
        self.port = port
        guard let number = addressNumber(address) else { throw GuestFailure("'\(address)' is not an IPv4 address") }
        let socket = cguest_listen(number, port)
        guard socket >= 0 else {
            throw GuestFailure("cannot listen on \(address):\(port): \(String(cString: strerror(-socket)))")
        }
        self.socket = socket
        // Accepting blocks a thread of its own until the socket is shut down.
        let thread = Thread {
            while true {
                var peer: UInt32 = 0
                let connection = cguest_accept(socket, &peer)
                if connection == -EINTR || connection == -ECONNABORTED { continue }
                if connection == -EMFILE || connection == -ENFILE {
                    usleep(50_000)
                    continue
                }
                guard connection >= 0 else { break }
                connected(connection, addressText(peer))
            }
            Glibc.close(socket)
        }
        thread.stackSize = 128 << 10
        thread.start()
    }

    /// The port that the machine chose for port 0.
    var boundPort: UInt16? {
        var name = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
        }
        return result == 0 ? UInt16(bigEndian: name.sin_port) : nil
    }

    func close() { shutdown(socket, Int32(SHUT_RDWR)) }

    /// Whether a connection's other side has gone.
    static func isGone(_ connection: Int32) -> Bool {
        var state = pollfd(fd: connection, events: Int16(POLLRDHUP), revents: 0)
        return poll(&state, 1, 0) > 0 && Int32(state.revents) & (POLLRDHUP | Int32(POLLHUP) | Int32(POLLERR)) != 0
    }

    private static var POLLRDHUP: Int32 { 0x2000 }
}
