import AWSClient
import AWSCore
import HTTPServing
import HTTPTypes

/// Serves a transport on a port: a proxy or a recording for clients of any language.
public struct TransportServer: PortServer {
    public let transport: any HTTPTransport
    public let options: Server.Options
    private let observe: @Sendable (String) -> Void

    /// - Parameter observe: called with the error of each request that failed.
    public init(
        _ transport: any HTTPTransport, _ options: Server.Options = .init(),
        observe: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.transport = transport
        self.options = options
        self.observe = observe
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled.
    /// - Throws: ``ServerError`` if the server cannot listen on the address.
    public func run(handlesSignals: Bool = true, onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let port = ServedPort(
            host: options.host, port: options.port, options: .init(),
            responder: GuardedResponder(
                base: ClosureResponder { request, body in await respond(to: request, body) },
                // A web page must not get requests signed with the recording user's credentials.
                policy: WebPagePolicy(options, registry: nil)), onReady: onReady)
        try await ServedPort.serve([port], handlesSignals: handlesSignals)
    }

    private func respond(to request: HTTPRequest, _ body: HTTPBody) async -> HTTPReply {
        do {
            // Reads a call whole, so that it can be signed and sent again; streams a layer.
            let isShort = body.length.map { $0 <= Self.longestCall } ?? false
            let sent = isShort ? .bytes(try await body.collect(upTo: Self.longestCall)) : body
            var reply = try await transport.send(request, body: sent, timeout: .seconds(120))
            // The connection headers belong to this connection. Keep the length: for HEAD, it describes a body that is not sent.
            for name in [HTTPField.Name.connection, .transferEncoding] { reply.response.headerFields[name] = nil }
            return reply
        } catch {
            observe("\(error)")
            // A status that no client retries.
            return WireFailure("NotRecorded", "\(error)", status: .badRequest).reply(to: request)
        }
    }

    /// The maximum length of an AWS API call, in bytes.
    private static let longestCall = 32 << 20
}
