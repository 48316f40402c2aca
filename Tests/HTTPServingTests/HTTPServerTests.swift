import AWSCore
import Foundation
import HTTPServing
import HTTPTypes
import NIOCore
import NIOPosix
import Synchronization
import TestSockets
import Testing

/// What clients may send over a connection, byte by byte: https://www.rfc-editor.org/rfc/rfc9112
@Suite struct HTTPServers {
    /// Responds with the request's method, path and body length.
    private struct Teller: HTTPResponder {
        let atOnce: Bool

        func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? {
            atOnce ? .reply(tell(request, body.count)) : nil
        }

        func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
            if request.path == "/early" { return tell(request, 0) }
            if request.path == "/stream" {
                let pieces = Mutex([Bytes("a".utf8), Bytes("bc".utf8)])
                let stream = HTTPBodyStream { pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
                return HTTPReply(HTTPResponse(status: .ok), .stream(stream, length: nil))
            }
            guard let bytes = try? await body.collect(upTo: 64 << 20) else {
                return HTTPReply(HTTPResponse(status: .internalServerError))
            }
            return tell(request, bytes.count)
        }

        private func tell(_ request: HTTPRequest, _ count: Int) -> HTTPReply {
            HTTPReply(
                HTTPResponse(status: .ok),
                .bytes(Bytes("\(request.method) \(request.path ?? "") \(request.authority ?? "") \(count)\n".utf8)))
        }
    }

    private func serving<T>(
        atOnce: Bool = true, _ options: HTTPServer.Options = .init(), _ body: (Int) async throws -> T
    ) async throws -> T {
        let server = try await HTTPServer.start(
            at: .address(host: "127.0.0.1", port: 0), on: .singletonMultiThreadedEventLoopGroup, options,
            Teller(atOnce: atOnce))
        do {
            let result = try await body(server.port)
            await server.stop(within: .seconds(5))
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    private func exchange(_ port: Int, _ text: String, closesInput: Bool = false) async throws -> String {
        try await ClientSocket.exchange(port, text, closesInput: closesInput)
    }

    private func bodies(_ answer: String) -> [Substring] {
        answer.split(whereSeparator: \.isNewline).filter { $0.contains(" / ") || $0.contains(" /e") || $0.contains(" /x") }
    }

    @Test(arguments: [true, false]) func pipelinedRequestsAreAnsweredInOrder(_ atOnce: Bool) async throws {
        let answer = try await serving(atOnce: atOnce) { port in
            try await exchange(
                port,
                "GET /x1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /x2 HTTP/1.1\r\nHost: b:1\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /x3 HTTP/1.1\r\nHost: c\r\nConnection: close\r\n\r\n")
        }
        #expect(bodies(answer) == ["GET /x1 a 0", "POST /x2 b:1 3", "GET /x3 c 0"])
        #expect(answer.components(separatedBy: "Connection: close").count == 2)
        #expect(answer.components(separatedBy: "\r\nDate: ").count == 4)
    }

    @Test(arguments: [true, false]) func requestHeadersDoNotCarryOver(_ atOnce: Bool) async throws {
        let answer = try await serving(atOnce: atOnce) { port in
            try await exchange(
                port,
                "GET /x1 HTTP/1.1\r\nHost: one\r\nX-A: 1\r\n\r\nGET /x2 HTTP/1.1\r\nX-A: 1\r\nHost: two\r\n\r\n"
                    + "GET /x3 HTTP/1.1\r\nHost: three\r\nConnection: close\r\n\r\n")
        }
        #expect(bodies(answer) == ["GET /x1 one 0", "GET /x2 two 0", "GET /x3 three 0"])
    }

    /// A streamed body must not be read as the next request.
    @Test func largeBodiesShareOneConnection() async throws {
        let sizes = (0..<60).map { [300_000, 600_000, 3_900_000][$0 % 3] }
        let answer = try await serving(atOnce: false) { port in
            try await exchange(
                port,
                sizes.map { "PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: \($0)\r\n\r\n" + String(repeating: "A", count: $0) }
                    .joined() + "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(bodies(answer) == sizes.map { "PUT /x a \($0)" } + ["GET /x a 0"])
    }

    @Test func earlyResponseKeepsConnectionUsable() async throws {
        let answer = try await serving(atOnce: false) { port in
            try await exchange(
                port,
                "PUT /early HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + String(repeating: "A", count: 5_000_000)
                    + "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(bodies(answer) == ["PUT /early a 0", "GET /x a 0"])
    }

    @Test(arguments: [true, false]) func chunkedBodiesAreDecoded(_ atOnce: Bool) async throws {
        let answer = try await serving(atOnce: atOnce) { port in
            try await exchange(
                port,
                "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            )
        }
        #expect(bodies(answer) == ["POST /x a 5"])
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n", "nonsense\r\n\r\n",
        "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
        "GET /x HTTP/1.1\r\n\r\n", "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ]) func invalidHTTPGetsBadRequest(_ text: String) async throws {
        let answer = try await serving { port in try await exchange(port, text) }
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
        #expect(answer.contains("Connection: close\r\n"))
    }

    /// A request line as clients send it to a proxy: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    @Test(arguments: [
        ("http://b:1/x", "/x b:1"), ("HTTPS://b/x?y=http://c", "/x?y=http://c b"), ("http://b", "/ b"), ("http://b?x", "/?x b"),
    ])
    func absoluteTargetOverridesHostHeader(_ target: String, _ told: String) async throws {
        let answer = try await serving { port in
            try await exchange(port, "GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(answer.hasSuffix("\r\n\r\nGET \(told) 0\n"), "\(answer)")
    }

    @Test(arguments: ["ftp://b/x", "http:///x", "http://user@b/x", "x"]) func invalidRequestTargetsAreRejected(_ target: String)
        async throws
    {
        let answer = try await serving { port in
            try await exchange(port, "GET \(target) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
    }

    @Test(arguments: ["gzip, chunked", "identity"]) func unsupportedTransferCodingsAreRejected(_ coding: String) async throws {
        let answer = try await serving { port in
            try await exchange(
                port, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \(coding)\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                closesInput: true)
        }
        #expect(answer.hasPrefix("HTTP/1.1 501 Not Implemented\r\n"), "\(answer)")
        #expect(answer.contains("Connection: close\r\n"))
    }

    /// The server sends the responses to earlier requests and ignores later ones.
    @Test(arguments: [true, false]) func badRequestFollowsEarlierResponses(_ atOnce: Bool) async throws {
        let answer = try await serving(atOnce: atOnce) { port in
            try await exchange(
                port,
                "GET /x1 HTTP/1.1\r\nHost: a\r\n\r\nGET /x2 HTTP/1.1\r\n\r\nGET /x3 HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(bodies(answer) == ["GET /x1 a 0"])
        #expect(answer.contains("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
    }

    /// The client gets the response although it is still sending.
    @Test func oversizedHeaderIsRejectedWhileClientSends() async throws {
        let text = "GET /x HTTP/1.1\r\nHost: a\r\nX-Huge: " + String(repeating: "h", count: 4 << 20) + "\r\n\r\n"
        let answer = try await serving { port in try await exchange(port, text) }
        #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"), "\(answer)")
    }

    @Test(arguments: [true, false]) func halfClosedClientGetsResponse(_ atOnce: Bool) async throws {
        let answer = try await serving(atOnce: atOnce) { port in
            try await exchange(port, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n", closesInput: true)
        }
        #expect(bodies(answer) == ["GET /x a 0"])
    }

    @Test func http10RequestsGetHTTP10Responses() async throws {
        let (plain, kept, streamed) = try await serving(atOnce: false) { port in
            (
                try await exchange(port, "GET /x HTTP/1.0\r\n\r\n"),
                try await exchange(
                    port, "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /x HTTP/1.0\r\n\r\n"),
                try await exchange(port, "GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            )
        }
        #expect(plain.hasPrefix("HTTP/1.0 200 OK\r\n") && plain.contains("Connection: close\r\n"))
        #expect(kept.contains("Connection: keep-alive\r\n") && bodies(kept).count == 2)
        #expect(streamed.hasSuffix("\r\n\r\nabc") && !streamed.contains("chunked"))
    }

    @Test func headResponseHasLengthAndNoBody() async throws {
        let answer = try await serving { port in
            try await exchange(port, "HEAD /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        }
        #expect(answer.contains("Content-Length: 12\r\n") && answer.hasSuffix("\r\n\r\n"))
    }

    @Test func expect100GetsContinue() async throws {
        let answer = try await serving { port in
            try await exchange(
                port,
                "PUT /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab")
        }
        #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(answer)")
        #expect(bodies(answer) == ["PUT /x a 2"])
    }

    @Test func idleConnectionIsClosedAfterTimeout() async throws {
        let answer = try await serving(.init(idleTimeout: .milliseconds(200))) { port in
            try await exchange(port, "GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET /unfinished HTTP/1.1\r\n")
        }
        #expect(bodies(answer) == ["GET /x a 0"])
    }
}
