import AWSCore
import HTTPServing
import HTTPTypes
import NIOPosix
import NIOSSL
import Synchronization

/// Drydock's HTTP server on a free loopback port. Responds as the test says and records the requests.
final class LoopbackServer: Sendable {
    struct Asked: Sendable {
        let request: HTTPRequest
        let body: String
        var line: String { "\(request.method) \(request.path ?? "")" }
        subscript(_ header: String) -> String? { HTTPField.Name(header).flatMap { request.headerFields[$0] } }
    }
    typealias Answer = @Sendable (Asked, _ number: Int) -> (Int, String)?

    private let log: Log
    private let server: HTTPServer
    var port: Int { server.port }
    var url: String { "http://127.0.0.1:\(port)" }
    var asked: [Asked] { log.asked.withLock { $0 } }

    private final class Log: Sendable {
        let asked = Mutex<[Asked]>([])
    }

    private init(_ server: HTTPServer, _ log: Log) {
        self.server = server
        self.log = log
    }

    /// Serves while `work` runs. If `answer` returns nil, the response does not come (504 after 60 seconds).
    static func serving(
        tls: NIOSSLContext? = nil, _ answer: @escaping Answer, _ work: (LoopbackServer) async throws -> Void
    ) async throws {
        let log = Log()
        let responder = ClosureResponder { request, body in
            let text = (try? await body.collect(upTo: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let asked = Asked(request: request, body: text)
            let number = log.asked.withLock { asks in
                asks.append(asked)
                return asks.count
            }
            guard let (status, text) = answer(asked, number) else {
                try? await Task.sleep(for: .seconds(60))
                return HTTPReply(HTTPResponse(status: .gatewayTimeout))
            }
            return HTTPReply(HTTPResponse(status: .init(code: status)), .bytes(Bytes(text.utf8)))
        }
        let server = try await HTTPServer.start(
            at: .address(host: "127.0.0.1", port: 0), on: MultiThreadedEventLoopGroup.singleton,
            HTTPServer.Options(tls: tls, requiresTLS: tls != nil, cancelsAbandoned: true), responder)
        do { try await work(LoopbackServer(server, log)) } catch {
            await server.stop()
            throw error
        }
        await server.stop()
    }
}

/// A clock for credential providers that the test moves.
final class TestClock: Sendable {
    private let state: Mutex<(now: Instant, slept: [Duration])>
    init(_ now: Instant = Fixture.now) { state = Mutex((now, [])) }
    var now: Instant { state.withLock { $0.now } }
    var slept: [Duration] { state.withLock { $0.slept } }
    func advance(by duration: Duration) { state.withLock { $0.now = $0.now + duration } }
    /// Advances the clock instead of waiting.
    func sleep(_ duration: Duration) {
        state.withLock { state in
            state.now = state.now + duration
            state.slept.append(duration)
        }
    }
}

/// Files in memory.
final class MemoryFiles: Sendable {
    private let texts: Mutex<[String: String]>
    init(_ texts: [String: String]) { self.texts = Mutex(texts) }
    subscript(_ path: String) -> String? {
        get { texts.withLock { $0[path] } }
        set { texts.withLock { $0[path] = newValue } }
    }
}
