import AWSCore
import AsyncHTTPClient
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// Sends requests over the network unchanged. It follows no redirects, leaves paths alone and decompresses nothing.
public final class NetworkTransport: HTTPTransport {
    /// The default transport. It need not be closed: its connections last as long as the process. It also trusts the certificates
    /// in `AWS_CA_BUNDLE`, and uses the environment's proxies.
    public static let shared = NetworkTransport(trusting: bundle)

    /// A transport that never uses a proxy, for local endpoints. It need not be closed.
    public static let direct = NetworkTransport(connectTimeout: .seconds(1), proxies: .none)

    /// The certificate file that AWS's clients use (`AWS_CA_BUNDLE`), as a list of at most one.
    public static var bundle: [String] {
        ProcessInfo.processInfo.environment["AWS_CA_BUNDLE"].flatMap { $0.isEmpty ? nil : [$0] } ?? []
    }

    /// Returns the transport for a profile. It also trusts the certificates in `AWS_CA_BUNDLE` or else the profile's `ca_bundle`,
    /// and uses the settings' proxies. The same settings share one transport, which need not be closed.
    public static func of(_ settings: SharedSettings) -> NetworkTransport {
        let environment = settings.environment
        let bundle = (environment["AWS_CA_BUNDLE"] ?? settings["ca_bundle"]).map { [environment.expanded($0)] } ?? []
        let proxies = ProxySettings(environment)
        if bundle == Self.bundle, proxies == .process { return shared }
        return cached.withLock { cached in
            let key = CacheKey(bundle: bundle, proxies: proxies)
            if let transport = cached[key] { return transport }
            let transport = NetworkTransport(trusting: bundle, proxies: proxies)
            cached[key] = transport
            return transport
        }
    }

    private struct CacheKey: Hashable {
        let bundle: [String]
        let proxies: ProxySettings
    }
    private static let cached = Mutex<[CacheKey: NetworkTransport]>([:])

    private let configuration: HTTPClient.Configuration
    private let proxies: ProxySettings
    /// One client for each proxy in use, and one without a proxy.
    private let clients = Mutex<(open: [Proxy?: HTTPClient], isClosed: Bool)>(([:], false))

    /// - Parameter connectTimeout: the limit for connecting, including TLS.
    /// - Parameter readTimeout: the limit for each next piece of a response's body.
    /// - Parameter files: certificate files (PEM) to trust in addition to the system's.
    /// - Parameter proxies: defaults to the environment's.
    public init(
        connectTimeout: Duration = .seconds(10), readTimeout: Duration = .seconds(60), trusting files: [String] = [],
        proxies: ProxySettings = .process
    ) {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.httpVersion = .http1Only
        configuration.decompression = .disabled
        configuration.timeout = .init(
            connect: .milliseconds(connectTimeout.milliseconds), read: .milliseconds(readTimeout.milliseconds))
        if !files.isEmpty {
            var tls = TLSConfiguration.makeClientConfiguration()
            tls.additionalTrustRoots = files.map { .file($0) }
            configuration.tlsConfiguration = tls
        }
        // Report a refused connection at once; the caller's retry policy decides what to do.
        configuration.connectionPool.retryConnectionEstablishment = false
        self.configuration = configuration
        self.proxies = proxies
    }

    /// Closes all connections. Call it once before releasing a transport that you created.
    public func close() async throws {
        let open = clients.withLock { clients in
            defer { clients = ([:], true) }
            return clients.open.values
        }
        for client in open { try await client.shutdown() }
    }

    private func client(for proxy: Proxy?) throws -> HTTPClient {
        try clients.withLock { clients in
            if clients.isClosed { throw HTTPClientError.alreadyShutdown }
            if let client = clients.open[proxy] { return client }
            var configuration = configuration
            if let proxy {
                configuration.proxy =
                    if let user = proxy.user {
                        .server(
                            host: proxy.host, port: proxy.port,
                            authorization: .basic(username: user, password: proxy.password ?? ""))
                    } else {
                        .server(host: proxy.host, port: proxy.port)
                    }
            }
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients.open[proxy] = client
            return client
        }
    }

    /// - Throws: `TransportError` if there is no response; ``ConfigurationError`` if the configured proxy is invalid.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let host = request.authority ?? ""
        var outgoing = HTTPClientRequest(url: "\(request.scheme ?? "https")://\(host)\(request.path ?? "/")")
        outgoing.method = .init(rawValue: request.method.rawValue)
        for field in request.headerFields { outgoing.headers.add(name: field.name.rawName, value: field.value) }
        outgoing.body = Self.body(body, of: request)
        let proxy = try proxies.proxy(for: request.scheme ?? "https", host)
        do {
            let response = try await client(for: proxy).execute(outgoing, timeout: .milliseconds(max(1, timeout.milliseconds)))
            return Self.reply(response, host: host)
        } catch {
            throw Self.failure(error, host: host, proxy: proxy, timeout: timeout)
        }
    }

    private static func body(_ body: HTTPBody, of request: HTTPRequest) -> HTTPClientRequest.Body? {
        switch body {
        case .bytes(let bytes):
            // Without a body, a GET must have no Content-Length, but a POST has a length of 0.
            return bytes.isEmpty && [.get, .head].contains(request.method) ? nil : .bytes(ByteBuffer(bytes: bytes))
        case .stream(let stream, let length):
            return .stream(Buffers(source: stream), length: length.map { .known(Int64($0)) } ?? .unknown)
        case .file(_, _, let length):
            return .stream(Buffers(source: HTTPBodyStream(pieces: body)), length: .known(Int64(length)))
        }
    }

    private static func reply(_ incoming: HTTPClientResponse, host: String) -> HTTPReply {
        var response = HTTPResponse(
            status: .init(code: Int(incoming.status.code), reasonPhrase: incoming.status.reasonPhrase))
        for (name, value) in incoming.headers {
            guard let name = HTTPField.Name(name) else { continue }
            response.headerFields.append(HTTPField(name: name, value: value))
        }
        let length = response.headerFields[.contentLength].flatMap { Int($0) }
        return HTTPReply(response, .stream(HTTPBodyStream(Pieces(source: incoming.body, host: host)), length: length))
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? IOError { return String(cString: strerror(error.errnoCode)) }
        guard let error = error as? NIOSSLError else { return String(describing: error) }
        switch error {
        case .handshakeFailed(let cause) where "\(cause)".contains("CERTIFICATE_VERIFY_FAILED"):
            return "its certificate is not signed by a trusted authority; AWS_CA_BUNDLE can name a file of trusted ones"
        case .handshakeFailed(let cause) where "\(cause)".contains("WRONG_VERSION_NUMBER"):
            return "it does not speak HTTPS there"
        case .unableToValidateCertificate: return "its certificate is not for this name"
        case .failedToLoadCertificate: return "AWS_CA_BUNDLE does not name a file of certificates"
        default: return String(describing: error)
        }
    }

    private static func isOfProxy(_ error: any Error) -> Bool {
        guard let error = error as? HTTPClientError else { return false }
        return [.proxyAuthenticationRequired, .invalidProxyResponse, .httpProxyHandshakeTimeout].contains(error)
    }

    fileprivate static func failure(
        _ error: any Error, host: String, proxy: Proxy? = nil, timeout: Duration?
    ) -> any Error {
        if error is CancellationError || Task.isCancelled { return CancellationError() }
        if let proxy, error is NIOConnectionError || isOfProxy(error) {
            let cause = (error as? NIOConnectionError)?.connectionErrors.first.map { reason($0.error) }
            let status = (error as? HTTPClientError)?.description
            return TransportError.unreachable(
                host: host,
                reason: "the proxy \(proxy.host):\(proxy.port): \(cause ?? status ?? "its name cannot be resolved")")
        }
        if let error = error as? NIOConnectionError {
            let cause = error.connectionErrors.first.map { reason($0.error) }
            return TransportError.unreachable(host: host, reason: cause ?? "its name cannot be resolved")
        }
        guard let error = error as? HTTPClientError else {
            return TransportError.unreachable(host: host, reason: reason(error))
        }
        switch error {
        case .readTimeout, .writeTimeout, .deadlineExceeded, .connectTimeout, .tlsHandshakeTimeout,
            .getConnectionFromPoolTimeout:
            return TransportError.timedOut(host: host, after: timeout ?? .zero)
        case .remoteConnectionClosed, .uncleanShutdown: return TransportError.truncated(host: host)
        case .cancelled: return CancellationError()
        default: return TransportError.unreachable(host: host, reason: error.description)
        }
    }
}

/// A request's body as the HTTP client's buffers.
private struct Buffers: AsyncSequence, Sendable {
    let source: HTTPBodyStream

    struct AsyncIterator: AsyncIteratorProtocol {
        var source: HTTPBodyStream.AsyncIterator
        mutating func next() async throws -> ByteBuffer? { try await source.next().map { ByteBuffer(bytes: $0) } }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source.makeAsyncIterator()) }
}

/// A response's body as bytes.
private struct Pieces: AsyncSequence, Sendable {
    let source: HTTPClientResponse.Body
    let host: String

    struct AsyncIterator: AsyncIteratorProtocol {
        var source: HTTPClientResponse.Body.AsyncIterator
        let host: String
        mutating func next() async throws -> Bytes? {
            do {
                return try await source.next().map { Bytes($0.readableBytesView) }
            } catch {
                let failure = NetworkTransport.failure(error, host: host, timeout: nil)
                // The head already arrived, so any failure now leaves the body incomplete.
                if case TransportError.unreachable = failure { throw TransportError.truncated(host: host) }
                throw failure
            }
        }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(source: source.makeAsyncIterator(), host: host) }
}
