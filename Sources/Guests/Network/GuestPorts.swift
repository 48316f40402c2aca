import AWSCore
import CGuest
import Foundation
import Glibc
import Synchronization

/// Connects sockets outside to programs that listen inside one guest.
final class GuestPorts: Sendable {
    private let process: pid_t
    private let state: Mutex<State>
    /// Serializes requests to the connector.
    private let asking = Mutex(())
    /// The kernel's list of the sockets inside; -1 if there is none.
    private let diagnosis: Mutex<Int32>
    private static let mostPorts = 4096

    private struct State {
        var connector: Int32
        var helper: pid_t
        var connections = 0
        var isOver = false
    }

    /// The maximum number of connections from outside to a guest.
    private static let mostConnections = 1024

    /// The instance's private address.
    private let own: UInt32

    /// - Parameters:
    ///   - process: the guest's first process.
    ///   - address: the instance's private address, which the guest also gets.
    ///   - isWired: whether the guest already has that address on an interface.
    /// - Throws: ``GuestFailure``
    init(_ process: pid_t, address: String, isWired: Bool) throws {
        self.process = process
        own = addressNumber(address) ?? 0
        var helper: pid_t = 0
        let connector = cguest_connector(process, isWired ? 0 : own, &helper)
        guard connector >= 0 else {
            throw GuestFailure("cannot connect to the sandbox's ports: \(String(cString: strerror(-connector)))")
        }
        state = Mutex(State(connector: connector, helper: helper))
        var socket = cguest_connect_within(connector, 0, 0, CGUEST_DIAGNOSIS)
        var ports = [UInt16](repeating: 0, count: Self.mostPorts)
        if socket >= 0, cguest_listeners(socket, 0, own, &ports, Int32(Self.mostPorts)) < 0 {
            Glibc.close(socket)
            socket = -1
        }
        diagnosis = Mutex(socket)
    }

    /// Returns the TCP ports that guest programs listen on, at every address or at the private one.
    func listening() -> Set<UInt16> { ports(isUDP: false) }

    /// Returns the UDP ports that guest programs receive at, from anybody.
    func receiving() -> Set<UInt16> { ports(isUDP: true) }

    private func ports(isUDP: Bool) -> Set<UInt16> {
        diagnosis.withLock { socket in
            guard socket >= 0 else { return isOver ? [] : portsInTables(isUDP: isUDP) }
            let found = [UInt16](unsafeUninitializedCapacity: Self.mostPorts) { ports, count in
                count = max(0, Int(cguest_listeners(socket, isUDP ? 1 : 0, own, ports.baseAddress, Int32(Self.mostPorts))))
            }
            return Set(found)
        }
    }

    private var isOver: Bool { state.withLock { $0.isOver } }

    /// Reads the kernel's tables, where it has no list of sockets (`CONFIG_INET_DIAG`).
    private func portsInTables(isUDP: Bool) -> Set<UInt16> {
        var ports: Set<UInt16> = []
        for name in isUDP ? ["udp", "udp6"] : ["tcp", "tcp6"] {
            guard let table = FileManager.default.contents(atPath: "/proc/\(process)/net/\(name)") else { continue }
            for (address, port) in Self.listeners(String(decoding: table, as: UTF8.self), state: isUDP ? "07" : "0A") {
                if address == 0 || address == own { ports.insert(port) }
            }
        }
        return ports
    }

    /// Connects a socket to a program at a port inside. Returns it, or minus an errno.
    func connectWithin(_ port: UInt16, _ kind: cguest_socket) -> Int32 {
        asking.withLock { _ in
            let connector = state.withLock { $0.isOver ? -1 : $0.connector }
            return connector < 0 ? -EPIPE : cguest_connect_within(connector, own, port, kind)
        }
    }

    /// Returns the listening IPv4 addresses and ports in the kernel's table; address 0 means every address, also for IPv6.
    /// https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt
    /// - Parameter state: the code of a listener: `0A` for TCP, `07` for UDP without a peer.
    static func listeners(_ table: String, state: String = "0A") -> [(address: UInt32, port: UInt16)] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ", maxSplits: 4)
            guard fields.count > 3, fields[3] == state, state != "07" || fields[2].allSatisfy({ $0 == "0" || $0 == ":" }) else {
                return nil
            }
            let endpoint = fields[1].split(separator: ":")
            guard endpoint.count == 2, let port = UInt16(endpoint[1], radix: 16) else { return nil }
            if endpoint[0].count > 8 { return endpoint[0].allSatisfy({ $0 == "0" }) ? (0, port) : nil }
            return UInt32(endpoint[0], radix: 16).map { ($0.byteSwapped, port) }
        }
    }

    /// Connects a socket to the program that listens on a port, until the connection ends. Takes ownership of the socket.
    func connect(_ socket: Int32, to port: UInt16) {
        let isFree = state.withLock { state in
            guard !state.isOver, state.connections < Self.mostConnections else { return false }
            state.connections += 1
            return true
        }
        guard isFree else {
            Glibc.close(socket)
            return
        }
        // Copying blocks, so it has its own thread, which ends with the connection or the guest.
        let thread = Thread { [self] in
            let inside = connectWithin(port, CGUEST_TCP)
            if inside >= 0 {
                cguest_pump(socket, inside)
                Glibc.close(inside)
            } else {
                Self.reset(socket)
            }
            Glibc.close(socket)
            state.withLock { $0.connections -= 1 }
        }
        thread.stackSize = 256 << 10
        thread.start()
    }

    /// Makes closing the socket send a reset.
    private static func reset(_ socket: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    func close() {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        guard isFirst else { return }
        diagnosis.withLock { socket in
            if socket >= 0 { Glibc.close(socket) }
            socket = -1
        }
        // Wait for a request in progress: the descriptor's number may be reused after closing.
        let helper = asking.withLock { _ in
            state.withLock { state in
                Glibc.close(state.connector)
                return state.helper
            }
        }
        _ = cguest_wait(helper)
    }
}
