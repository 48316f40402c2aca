import AWSClient
import AWSCore
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A limit that is not reached even where a thousand other tests run beside this one.
let patience: Duration = .minutes(10)

/// Opens a listening socket on a free loopback port.
private func listen() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 && getsockname(descriptor, $0, &length) == 0
        }
    }
    guard isListening else { throw ConfigurationError("cannot listen") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// A proxy that accepts one tunnel and connects it to a loopback port, whatever host the client names.
final class TunnelProxy: Sendable {
    private let descriptor: Int32
    let port: Int
    private let asked = Mutex("")
    /// The CONNECT request.
    var head: String { asked.withLock { $0 } }

    init(to target: Int) throws {
        (descriptor, port) = try listen()
        let thread = Thread { [self] in
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { return }
            var text = "", byte: UInt8 = 0
            while !text.hasSuffix("\r\n\r\n"), read(client, &byte, 1) == 1 { text.append(Character(UnicodeScalar(byte))) }
            asked.withLock { $0 = text }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            address.sin_port = UInt16(target).bigEndian
            let isConnected = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            let answer = isConnected ? "HTTP/1.1 200 OK\r\n\r\n" : "HTTP/1.1 502 Bad Gateway\r\n\r\n"
            _ = answer.withCString { write(client, $0, strlen($0)) }
            Thread { Self.pump(client, server) }.start()
            Self.pump(server, client)
        }
        thread.start()
    }

    private static func pump(_ source: Int32, _ target: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(source, &buffer, buffer.count)
            guard count > 0, write(target, buffer, count) == count else { break }
        }
        shutdown(target, Int32(SHUT_WR))
    }

    func close() { _ = Glibc.close(descriptor) }
}

/// A port where the kernel accepts connections but nothing answers, so that the TLS handshake never completes.
final class SilentListener {
    private let descriptor: Int32
    let port: Int

    init() throws { (descriptor, port) = try listen() }

    func close() { _ = Glibc.close(descriptor) }
}
