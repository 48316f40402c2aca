import AWSClient
import AWSCore
import HTTPServing
import HTTPTypes

/// A transport behind a port: a proxy or a recording for clients of any language.
public struct TransportServer: PortServer {
    public let transport: any HTTPTransport
    public let options: Server.Options
    private let observe: @Sendable (String) -> Void

    /// - Parameter observe: is told of requests that got no answer.
    public init(
        _ transport: any HTTPTransport, _ options: Server.Options = .init(),
        observe: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.transport = transport
        self.options = options
        self.observe = observe
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled.
    /// - Throws: ``ServerError`` if the address cannot be listened on.
    public func run(handlesSignals: Bool = true, onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let port = ServedPort(
            host: options.host, port: options.port, options: .init(),
            responder: GuardedResponder(
                base: ClosureResponder { request, body in await respond(to: request, body) },
                // A page must not have its requests signed with the credentials of whoever records.
                policy: WebPagePolicy(options, registry: nil)), onReady: onReady)
        try await ServedPort.serve([port], handlesSignals: handlesSignals)
    }

    private func respond(to request: HTTPRequest, _ body: HTTPBody) async -> HTTPReply {
        do {
            // A call is taken whole, so that it can be signed anew and sent again; a layer goes through as it comes.
            let isShort = body.length.map { $0 <= Self.longestCall } ?? false
            let sent = isShort ? .bytes(try await body.collect(upTo: Self.longestCall)) : body
            var reply = try await transport.send(request, body: sent, timeout: .seconds(120))
            // What this connection says of itself is its own. A length stays: a HEAD's tells of a body that is not there.
            for name in [HTTPField.Name.connection, .transferEncoding] { reply.response.headerFields[name] = nil }
            return reply
        } catch {
            observe("\(error)")
            // An error that no client takes for a reason to try again.
            return WireFailure("NotRecorded", "\(error)", status: .badRequest).reply(to: request)
        }
    }

    /// As long as any call of an AWS API may be.
    private static let longestCall = 32 << 20
}
