import AWSCore
import Certificates
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import STSAPI
import Synchronization
import Testing

@testable import AWSClient

/// A server on a free loopback port whose response depends on the path.
private final class LocalServer: Sendable {
    let channel: any Channel
    var port: Int { channel.localAddress?.port ?? 0 }

    init() async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Answering())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    func close() async { try? await channel.close() }

    private final class Answering: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart
        private var head: HTTPRequestHead?
        private var body = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, ByteBuffer())
            case .body(let part): body.writeImmutableBuffer(part)
            case .end: if let head { answer(head, context) }
            }
        }

        private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
            var headers = HTTPHeaders(), status = HTTPResponseStatus.ok
            var text =
                "\(head.method) \(head.uri) host=\(head.headers["host"].joined()) length=\(head.headers["content-length"].joined())"
            text += " body=\(String(buffer: body))"
            switch head.uri {
            case "/silent": return
            case "/redirect": (status, headers) = (.temporaryRedirect, ["Location": "/elsewhere"])
            case "/truncated": headers = ["Content-Length": "1000"]
            case "/stops":
                headers = ["Content-Length": "1000"]
                context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: .ok, headers: headers))), promise: nil)
                return context.writeAndFlush(
                    wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: "some")))), promise: nil)
            case "/hangup": return context.close(promise: nil)
            case "/identity":
                text = """
                    <GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult>\
                    </GetCallerIdentityResponse>
                    """
            default: break
            }
            if !headers.contains(name: "Content-Length") { headers.add(name: "Content-Length", value: "\(text.utf8.count)") }
            context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
            if head.uri == "/truncated" { return context.close(promise: nil) }
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

@Suite struct NetworkTransports {
    private func withServer(_ work: (Int) async throws -> Void) async throws {
        let server = try await LocalServer()
        do { try await work(server.port) } catch {
            await server.close()
            throw error
        }
        await server.close()
    }

    private func send(
        _ method: HTTPRequest.Method = .get, _ path: String, port: Int, body: HTTPBody = .empty,
        timeout: Duration = patience
    ) async throws -> (HTTPResponse, String) {
        let request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:\(port)", path: path)
        let reply = try await NetworkTransport.shared.send(request, body: body, timeout: timeout)
        return (reply.response, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
    }

    @Test func transportSendsPathBodyAndLengthUnchanged() async throws {
        try await withServer { port in
            let get = try await send(.get, "/a%20b/?x=1+2", port: port)
            #expect(get.1 == "GET /a%20b/?x=1+2 host=127.0.0.1:\(port) length= body=")
            let post = try await send(.post, "/", port: port, body: .bytes(Bytes("hello".utf8)))
            #expect(post.1 == "POST / host=127.0.0.1:\(port) length=5 body=hello")
        }
    }

    @Test func transportSendsFileAndStreamBodies() async throws {
        let path = NSTemporaryDirectory() + "drydock-body-\(UUID().uuidString)"
        try "0123456789".write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await withServer { port in
            let file = try await send(.put, "/f", port: port, body: .file(path: path, offset: 2, length: 5))
            #expect(file.1 == "PUT /f host=127.0.0.1:\(port) length=5 body=23456")
            let pieces = HTTPBodyStream(
                AsyncStream { continuation in
                    for piece in ["ab", "cd"] { continuation.yield(Bytes(piece.utf8)) }
                    continuation.finish()
                })
            let stream = try await send(.put, "/s", port: port, body: .stream(pieces, length: nil))
            #expect(stream.1 == "PUT /s host=127.0.0.1:\(port) length= body=abcd")
        }
    }

    @Test func redirectsAreNotFollowed() async throws {
        try await withServer { port in
            let (response, _) = try await send(.get, "/redirect", port: port)
            #expect(response.status.code == 307 && response.headerFields[.location] == "/elsewhere")
        }
    }

    @Test func transportReportsTimeoutsAndTruncatedResponses() async throws {
        try await withServer { port in
            let silent = await #expect(throws: TransportError.self) {
                try await send(.get, "/silent", port: port, timeout: .milliseconds(100))
            }
            guard case .timedOut(host: "127.0.0.1:\(port)", after: .milliseconds(100)) = silent else {
                Issue.record("\(silent as Any)")
                return
            }
            for path in ["/truncated", "/hangup"] {
                let error = await #expect(throws: TransportError.self) { try await send(.get, path, port: port) }
                guard case .truncated = error else { Issue.record("\(path): \(error as Any)"); continue }
            }
        }
    }

    @Test func closedPortIsUnreachable() async throws {
        let server = try await LocalServer()
        let port = server.port
        await server.close()
        // Fails at once, without a timeout.
        let error = await #expect(throws: TransportError.self) { try await send(.get, "/", port: port) }
        guard case .unreachable(host: "127.0.0.1:\(port)", _) = error else { Issue.record("\(error as Any)"); return }
    }

    @Test func closedTransportRejectsRequests() async throws {
        try await withServer { port in
            let transport = NetworkTransport()
            var configuration = AWSClient.Configuration(
                region: "us-east-1", credentials: Fixture.credentials,
                endpoints: EndpointResolver(Endpoint(url: "http://127.0.0.1:\(port)/identity")), transport: transport)
            configuration.retry = .none
            let client = AWSClient(configuration)
            #expect(try await STSClient(client).getCallerIdentity().account == "123456789012")
            try await transport.close()
            await #expect(throws: TransportError.self) { try await STSClient(client).getCallerIdentity() }
        }
    }
}

@Suite struct TrustedCertificates {
    private func send(_ server: LoopbackServer, _ settings: SharedSettings) async throws -> Int {
        let request = HTTPRequest(method: .get, scheme: "https", authority: "localhost:\(server.port)", path: "/")
        return try await NetworkTransport.of(settings).send(request, body: .empty, timeout: patience).response.status.code
    }

    @Test func caBundleSettingIsTrusted() async throws {
        let authority = try CertificateAuthority()
        let path = NSTemporaryDirectory() + "drydock-ca-\(UUID().uuidString).pem"
        try authority.certificatePEM.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await LoopbackServer.serving(tls: ServerCertificates(authority).context, { _, _ in (200, "") }) {
            (server) async throws in
            let variable = CredentialWorld(["AWS_CA_BUNDLE": path])
            #expect(try await send(server, variable.settings()) == 200)
            let profile = CredentialWorld(config: "[default]\nca_bundle = \(path)")
            #expect(try await send(server, profile.settings()) == 200)
            let transports = try [variable, profile].map { try NetworkTransport.of($0.settings()) }
            #expect(transports[0] === transports[1])

            let error = await #expect(throws: TransportError.self) { try await send(server, CredentialWorld().settings()) }
            #expect("\(error as Any)".contains("AWS_CA_BUNDLE can name a file"))
            await #expect(throws: TransportError.self) {
                try await send(server, CredentialWorld(["AWS_CA_BUNDLE": "/no/such/file"]).settings())
            }
        }
    }
}

@Suite struct TransportTimeouts {
    /// The transport's read timeout ends a stalled body even if the call's timeout is longer.
    @Test func stalledBodyReachesReadTimeout() async throws {
        let server = try await LocalServer()
        let transport = NetworkTransport(readTimeout: .milliseconds(200), proxies: .none)
        let request = HTTPRequest(method: .get, scheme: "http", authority: "127.0.0.1:\(server.port)", path: "/stops")
        let error = await #expect(throws: TransportError.self) {
            let reply = try await transport.send(request, body: .empty, timeout: patience)
            _ = try await reply.body.collect(upTo: 1 << 16)
        }
        guard case .timedOut = error else {
            Issue.record("\(error as Any)")
            return
        }
        try await transport.close()
        await server.close()
    }

    @Test func stalledTLSHandshakeReachesConnectTimeout() async throws {
        let transport = NetworkTransport(connectTimeout: .milliseconds(100), proxies: .none)
        let listener = try SilentListener()
        defer { listener.close() }
        let request = HTTPRequest(method: .get, scheme: "https", authority: "127.0.0.1:\(listener.port)", path: "/")
        let error = await #expect(throws: TransportError.self) {
            _ = try await transport.send(request, body: .empty, timeout: patience)
        }
        guard case .timedOut = error else {
            Issue.record("\(error as Any)")
            return
        }
        try await transport.close()
    }
}
