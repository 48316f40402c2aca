public import AWSCore
public import HTTPTypes

/// Forwards requests to another transport and records the exchanges.
///
/// Bodies are streamed, and recorded when they end. For a body of more than 32 MiB, such as a layer, only size and digest are
/// recorded, so memory use stays constant.
public struct RecordingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let writer: HARWriter
    private let clock: @Sendable () -> Instant

    /// - Parameters:
    ///   - base: the transport that sends the requests.
    ///   - writer: records the redacted exchanges. The caller closes it.
    ///   - clock: gives the time at which a request starts.
    public init(_ base: any HTTPTransport, to writer: HARWriter, clock: @escaping @Sendable () -> Instant) {
        self.base = base
        self.writer = writer
        self.clock = clock
    }

    /// - Throws: errors of the base transport; ``RecordingError`` or the file's error if the exchange cannot be recorded. If
    ///   the response's body streams, its stream throws that error.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let started = clock()
        let sent = BodyTap(), received = BodyTap()
        var reply = try await base.send(request, body: try sent.body(of: body), timeout: timeout)
        // Read short responses at once, so that they are recorded even if the caller does not read them.
        if let length = reply.body.length, length <= Self.short {
            reply.body = .bytes(try await reply.body.collect(upTo: length))
        }
        let response = reply.response
        reply.body = try received.body(of: reply.body) {
            let (asked, answered) = (sent.body, received.body)
            let duration = Int((clock() - started).milliseconds)
            var exchange = RecordedExchange(
                request, asked.kept, response, answered.kept, omitted: asked.omitted, started: started,
                milliseconds: max(0, duration))
            exchange.response.omitted = answered.omitted
            try writer.write(exchange)
        }
        return reply
    }

    private static let short = 1 << 20
}

extension RecordedExchange {
    /// Creates an exchange from wire data, with notes on its meaning.
    public init(
        _ request: HTTPRequest, _ sent: Bytes, _ response: HTTPResponse, _ received: Bytes, omitted: OmittedBody? = nil,
        started: Instant = Instant(milliseconds: 0), milliseconds: Int = 0
    ) {
        let url = "\(request.scheme ?? "https")://\(request.authority ?? "")\(request.path ?? "/")"
        self.init(
            started: started, milliseconds: milliseconds,
            request: Request(
                method: request.method.rawValue, url: url,
                headers: request.headerFields.map { Header($0.name.rawName, $0.value) }, body: sent),
            response: Response(
                status: response.status.code, reason: response.status.reasonPhrase,
                headers: response.headerFields.map { Header($0.name.rawName, $0.value) }, body: received))
        self.request.omitted = omitted
        let decoded = DecodedRequest(self)
        notes.service = decoded.service
        notes.operation = decoded.operation
        notes.region = DecodedRequest.scope(request.headerFields[.authorization])?.region
    }
}
