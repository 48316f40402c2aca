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

#if canImport(Glibc)
    import Glibc
#endif

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

/// A limit that is not reached even where a thousand other tests run beside this one.
private let patience: Duration = .minutes(10)

@Suite struct Network {
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

    @Test func requestsArriveAsTheyAre() async throws {
        try await withServer { port in
            let get = try await send(.get, "/a%20b/?x=1+2", port: port)
            #expect(get.1 == "GET /a%20b/?x=1+2 host=127.0.0.1:\(port) length= body=")
            let post = try await send(.post, "/", port: port, body: .bytes(Bytes("hello".utf8)))
            #expect(post.1 == "POST / host=127.0.0.1:\(port) length=5 body=hello")
        }
    }

    @Test func bodiesAreStreamed() async throws {
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

    @Test func failuresAreNamed() async throws {
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

    @Test func aClosedPortIsUnreachable() async throws {
        let server = try await LocalServer()
        let port = server.port
        await server.close()
        // Fails at once, without a timeout.
        let error = await #expect(throws: TransportError.self) { try await send(.get, "/", port: port) }
        guard case .unreachable(host: "127.0.0.1:\(port)", _) = error else { Issue.record("\(error as Any)"); return }
    }

    @Test func aTransportOfOnesOwnIsClosed() async throws {
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

@Suite struct Proxies {
    private func proxy(_ variables: [String: String], _ url: String) throws -> Proxy? {
        let parts = url.split(separator: "://")
        return try ProxySettings(ProcessEnvironment(variables: variables)).proxy(for: String(parts[0]), String(parts[1]))
    }

    @Test func theSchemeChooses() throws {
        let both = ["HTTP_PROXY": "http://plain:3128", "HTTPS_PROXY": "secure:8080"]
        #expect(try proxy(both, "http://example.com") == Proxy("http://plain:3128"))
        #expect(try proxy(both, "https://example.com") == Proxy("http://secure:8080/"))
        #expect(try proxy(["ALL_PROXY": "p"], "https://example.com")?.port == 80)
        #expect(try proxy(["HTTP_PROXY": "p"], "https://example.com") == nil)
        // Lower case takes precedence. In a CGI program, a client's header can set HTTP_PROXY.
        #expect(try proxy(["HTTP_PROXY": "big", "http_proxy": "small"], "http://example.com")?.host == "small")
        #expect(try proxy(["HTTP_PROXY": "p", "REQUEST_METHOD": "GET"], "http://example.com") == nil)
        let named = try proxy(["HTTPS_PROXY": "http://me%40x:pa%3Ass@p:1"], "https://example.com")
        #expect(named?.user == "me@x" && named?.password == "pa:ss" && named?.host == "p" && named?.port == 1)
    }

    @Test(arguments: ["https://p:1", "socks5://p:1", "http://", "http://p:port", "http://a b"])
    func invalidProxiesAreRefusedWhenUsed(_ url: String) throws {
        #expect(throws: ConfigurationError.self) { try proxy(["HTTPS_PROXY": url], "https://example.com") }
        #expect(try proxy(["HTTPS_PROXY": url], "http://example.com") == nil)
    }

    @Test(arguments: [
        ("*", "http://example.com", false), ("example.com", "http://example.com", false),
        ("example.com", "http://api.example.com:8080", false), (".example.com", "http://api.example.com", false),
        (".example.com", "http://example.com", false), ("*.example.com", "http://api.example.com", false),
        ("EXAMPLE.com", "http://example.COM", false), ("example.com", "http://notexample.com", true),
        ("a.org, example.com", "http://example.com", false), ("example.com:80", "http://example.com", false),
        ("example.com:8080", "http://example.com", true), ("example.com:443", "http://example.com", true),
        ("10.1.2.3", "http://10.1.2.3:80", false), ("10.1.2.3", "http://10.1.2.30", true),
        ("10.0.0.0/8", "http://10.200.0.1", false), ("10.0.0.0/8", "http://11.0.0.1", true),
        ("192.168.128.0/17", "http://192.168.127.255", true), ("192.168.128.0/17", "http://192.168.129.0", false),
        ("fd00::/8", "http://[fd00:ec2::254]", false), ("fd00::/8", "http://[fe80::1]", true),
        ("0.0.0.0/0", "http://example.com", true), ("169.254.169.254", "http://169.254.169.254", false),
        ("", "http://example.com", true), (",.", "http://example.com", true), ("10.0.0.0/33", "http://10.0.0.1", true),
        ("", "http://localhost:4566", false), ("", "http://127.0.0.9", false), ("", "http://[::1]:80", false),
        ("", "http://api.localhost", false),
    ]) func exceptions(_ list: String, _ url: String, _ isProxied: Bool) throws {
        let found = try proxy(["HTTP_PROXY": "p", "NO_PROXY": list], url)
        #expect((found != nil) == isProxied)
    }

    private func send(_ url: String, _ variables: [String: String]) async throws -> String {
        let transport = NetworkTransport(
            connectTimeout: patience, proxies: ProxySettings(ProcessEnvironment(variables: variables)))
        let parts = url.split(separator: "://")
        let request = HTTPRequest(
            method: .get, scheme: String(parts[0]), authority: String(parts[1]), path: "/path?x=1")
        let result: Result<String, any Error>
        do {
            let reply = try await transport.send(request, body: .empty, timeout: patience)
            result = .success(String(decoding: try await reply.body.collect(upTo: 1 << 16), as: UTF8.self))
        } catch { result = .failure(error) }
        try await transport.close()
        return try result.get()
    }

    /// The client opens a tunnel to an AWS host name without resolving it. TLS runs between the client and the far server.
    @Test func requestsGoThroughTheProxy() async throws {
        let authority = try CertificateAuthority()
        let path = NSTemporaryDirectory() + "drydock-ca-\(UUID().uuidString).pem"
        try authority.certificatePEM.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let answer: LoopbackServer.Answer = { asked, _ in (200, asked.request.authority ?? "") }
        try await LoopbackServer.serving(tls: ServerCertificates(authority).context, answer) { (far) async throws in
            let proxy = try TunnelProxy(to: far.port)
            let settings = ProxySettings(
                ProcessEnvironment(variables: ["HTTPS_PROXY": "http://me:se%3Acret@127.0.0.1:\(proxy.port)"]))
            let transport = NetworkTransport(connectTimeout: patience, trusting: [path], proxies: settings)
            let request = HTTPRequest(method: .get, scheme: "https", authority: "ec2.eu-west-1.amazonaws.com", path: "/")
            let result: Result<String, any Error>
            do {
                let reply = try await transport.send(request, body: .empty, timeout: patience)
                result = .success(String(decoding: try await reply.body.collect(upTo: 1 << 16), as: UTF8.self))
            } catch { result = .failure(error) }
            try await transport.close()
            proxy.close()
            #expect(try result.get() == "ec2.eu-west-1.amazonaws.com")
            #expect(proxy.head.hasPrefix("CONNECT ec2.eu-west-1.amazonaws.com:443 HTTP/1.1\r\n"))
            // The output of `printf me:se:cret | base64`, in lower case.
            #expect(proxy.head.lowercased().contains("proxy-authorization: basic bwu6c2u6y3jlda=="))
        }
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        for scheme in ["http", "https"] {
            let error = await #expect(throws: TransportError.self) {
                try await send("\(scheme)://ec2.eu-west-1.amazonaws.com", ["ALL_PROXY": "127.0.0.1:1"])
            }
            #expect("\(error as Any)".contains("the proxy 127.0.0.1:1: Connection refused"))
        }
    }

    @Test func aProxyThatRefusesTheTunnelIsNamed() async throws {
        try await LoopbackServer.serving({ _, _ in (407, "who are you?") }) { (server) async throws in
            let error = await #expect(throws: TransportError.self) {
                try await send("https://ec2.eu-west-1.amazonaws.com", ["HTTPS_PROXY": "127.0.0.1:\(server.port)"])
            }
            guard case .unreachable(host: "ec2.eu-west-1.amazonaws.com", let reason) = error else {
                Issue.record("\(error as Any)")
                return
            }
            #expect(reason.hasPrefix("the proxy 127.0.0.1:\(server.port): "))
        }
    }
}

@Suite struct TrustedCertificates {
    private func send(_ server: LoopbackServer, _ settings: SharedSettings) async throws -> Int {
        let request = HTTPRequest(method: .get, scheme: "https", authority: "localhost:\(server.port)", path: "/")
        return try await NetworkTransport.of(settings).send(request, body: .empty, timeout: patience).response.status.code
    }

    @Test func theBundleOfTheSettingsIsTrusted() async throws {
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

@Suite struct TimeOuts {
    /// The transport's read timeout ends a stalled body even if the call's timeout is longer.
    @Test func aBodyThatStopsIsNotWaitedFor() async throws {
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

    @Test func connectionsAreNotWaitedForLonger() async throws {
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
private final class TunnelProxy: Sendable {
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
private final class SilentListener {
    private let descriptor: Int32
    let port: Int

    init() throws { (descriptor, port) = try listen() }

    func close() { _ = Glibc.close(descriptor) }
}
