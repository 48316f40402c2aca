import AWSCore
import Foundation
import HTTPServing
import HTTPTypes
import NIOPosix
import Synchronization
import TestSockets
import Testing

/// Clients that read less than they request, or send less than they announce, over real sockets.
@Suite struct SlowClients {
    /// Responds at once with the number of bytes in the path, after the milliseconds of work in the path: `/5000000/2`.
    private final class Sizes: HTTPResponder {
        private let counts = Mutex<[String: Int]>([:])

        func count(_ path: String) -> Int { counts.withLock { $0[path] ?? 0 } }

        func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? {
            let path = request.path ?? ""
            counts.withLock { $0[path, default: 0] += 1 }
            let numbers = path.split(separator: "/").compactMap { Int($0) }
            if numbers.count > 1 {
                let end = ContinuousClock.now + .milliseconds(numbers[1])
                while ContinuousClock.now < end {}
            }
            return .reply(HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes(repeating: 65, count: numbers.first ?? 0))))
        }

        func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
            _ = try? await body.collect(upTo: 64 << 20)
            return HTTPReply(HTTPResponse(status: .ok))
        }
    }

    private func serving(
        _ options: HTTPServer.Options = .init(), _ body: @escaping @Sendable (Int, Sizes) throws -> Void
    ) async throws {
        // A separate event loop, because shutdown would also wait for other users of a shared one.
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let sizes = Sizes()
        let server = try await HTTPServer.start(at: .address(host: "127.0.0.1", port: 0), on: group, options, sizes)
        let port = server.port
        let result: Result<Void, any Error>
        do { result = .success(try await ClientSocket.beside { try body(port, sizes) }) } catch { result = .failure(error) }
        await server.stop()
        try await group.shutdownGracefully()
        try result.get()
    }

    private static func request(_ path: String) -> Bytes { Bytes("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8) }

    /// Returns a response up to the end of its head.
    private static func answer(_ socket: ClientSocket) throws -> String {
        var text = Bytes()
        while !text.suffix(4).elementsEqual(Bytes("\r\n\r\n".utf8)) {
            let next = try socket.receive(atMost: 1)
            if next.isEmpty { break }
            text += next
        }
        return String(decoding: text, as: UTF8.self)
    }

    @Test func unreadResponsesDelayFurtherRequests() async throws {
        try await serving { port, sizes in
            let greedy = try ClientSocket(port, receiveBuffer: 65536)
            defer { greedy.close() }
            for _ in 0..<200 { greedy.send(Self.request("/4000000")) }
            let other = try ClientSocket(port)
            defer { other.close() }
            for _ in 0..<50 {
                other.send(Self.request("/0"))
                #expect(try Self.answer(other).hasPrefix("HTTP/1.1 200 OK"))
            }
            // The first response exceeds the system's buffers; the server holds only its rest.
            #expect(sizes.count("/4000000") <= 3)
            var received = 0
            while received < 200 * 4_000_000 {
                let next = try greedy.receive(atMost: 1 << 20)
                if next.isEmpty { break }
                received += next.count
            }
            #expect(received >= 200 * 4_000_000)
            #expect(sizes.count("/4000000") == 200)
        }
    }

    @Test func pipelinedRequestsAlternateWithOtherConnections() async throws {
        try await serving { port, sizes in
            let greedy = try ClientSocket(port)
            defer { greedy.close() }
            greedy.send(Bytes((0..<500).map { _ in Self.request("/0/2") }.joined()))
            #expect(try Self.answer(greedy).hasPrefix("HTTP/1.1 200 OK"))
            let other = try ClientSocket(port)
            defer { other.close() }
            for _ in 0..<10 {
                other.send(Self.request("/0"))
                #expect(try Self.answer(other).hasPrefix("HTTP/1.1 200 OK"))
            }
            #expect(sizes.count("/0/2") < 250, "a second of work had to be waited for")
            for _ in 1..<500 { _ = try Self.answer(greedy) }
            #expect(sizes.count("/0/2") == 500)
        }
    }

    @Test func stalledReaderIsDisconnected() async throws {
        var options = HTTPServer.Options()
        options.paceWindow = .milliseconds(200)
        options.slowestPace = 1 << 20
        try await serving(options) { port, sizes in
            let socket = try ClientSocket(port, receiveBuffer: 65536)
            defer { socket.close() }
            socket.send(Self.request("/60000000"))
            #expect(socket.waitUntilReset())
        }
    }

    @Test(arguments: ["Content-Length: 100000", "Content-Length: 10000000", "Transfer-Encoding: chunked"])
    func slowBodyIsDisconnected(_ header: String) async throws {
        var options = HTTPServer.Options()
        options.paceWindow = .milliseconds(300)
        options.slowestPace = 1 << 20
        try await serving(options) { port, sizes in
            let socket = try ClientSocket(port)
            defer { socket.close() }
            socket.send(Bytes("POST /0 HTTP/1.1\r\nHost: a\r\n\(header)\r\n\r\n".utf8))
            let piece = header.hasPrefix("T") ? "1\r\na\r\n" : "a"
            // The other tests of a run may keep the server's handler waiting for a minute.
            let end = Date() + 180
            while Date() < end, !socket.isClosed(within: 20) { socket.send(Bytes(piece.utf8)) }
            #expect(Date() < end)
        }
    }

    @Test func connectionsOverLimitWait() async throws {
        var options = HTTPServer.Options()
        options.mostConnections = 2
        try await serving(options) { port, sizes in
            let first = try ClientSocket(port), second = try ClientSocket(port)
            defer { second.close() }
            for socket in [first, second] {
                socket.send(Self.request("/0"))
                #expect(try Self.answer(socket).hasPrefix("HTTP/1.1 200 OK"))
            }
            let third = try ClientSocket(port)
            defer { third.close() }
            third.send(Self.request("/1"))
            for _ in 0..<10 {
                second.send(Self.request("/0"))
                _ = try Self.answer(second)
            }
            #expect(sizes.count("/1") == 0)
            first.close()
            #expect(try Self.answer(third).hasPrefix("HTTP/1.1 200 OK"))
        }
    }
}
