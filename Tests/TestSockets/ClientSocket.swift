import Foundation

/// A blocking client socket, for tests that send exact bytes.
package struct ClientSocket: Sendable {
    private let descriptor: Int32

    package struct Failure: Error { let code: Int32 }

    /// Connects to a local port.
    /// - Parameter receiveBuffer: the size of the receive buffer in bytes; nil for the system's default.
    package init(_ port: Int, receiveBuffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var size = receiveBuffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failure(code: errno) }
    }

    /// Sends all of a text and reads until the server closes, outside the test's own threads.
    package static func exchange(_ port: Int, _ text: String, closesInput: Bool = false) async throws -> String {
        try await beside {
            let socket = try ClientSocket(port)
            defer { socket.close() }
            socket.send([UInt8](text.utf8))
            if closesInput { socket.closeInput() }
            return String(decoding: try socket.receiveAll(), as: UTF8.self)
        }
    }

    /// Runs blocking work on its own thread.
    package static func beside<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Sends long texts from a separate thread, because the server may respond before it has read everything.
    package func send(_ bytes: [UInt8]) {
        let descriptor = descriptor
        guard bytes.count > 1 << 16 else { return Self.write(bytes, descriptor) }
        Thread.detachNewThread { Self.write(bytes, descriptor) }
    }

    private static func write(_ bytes: [UInt8], _ descriptor: Int32) {
        var place = 0
        while place < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + place, bytes.count - place, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            place += count
        }
    }

    /// Returns the next bytes; empty once the server has closed the connection.
    package func receive(atMost count: Int = 1 << 16) throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: count)
        let received = recv(descriptor, &buffer, count, 0)
        guard received >= 0 else { throw Failure(code: errno) }
        return Array(buffer.prefix(received))
    }

    package func receiveAll() throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let next = try receive()
            if next.isEmpty { return all }
            all += next
        }
    }

    /// Waits until the server closes the connection.
    /// - Returns: false if it does not within ten seconds.
    package func waitUntilReset() -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: 0, revents: 0)]
        return poll(&descriptors, 1, 10_000) == 1
    }

    /// Returns whether the server closes the connection within the given milliseconds.
    package func isClosed(within milliseconds: Int32) -> Bool {
        var descriptors = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        guard poll(&descriptors, 1, milliseconds) == 1 else { return false }
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    package func closeInput() { shutdown(descriptor, Int32(SHUT_WR)) }
    package func close() { Glibc.close(descriptor) }
}
