public import AWSCore
public import HTTPTypes

/// A tap: hands requests on to another transport and writes down what went through.
///
/// Bodies go through as they come, and are written down when they are through. Of one of more than 32 MiB, such as a layer, size
/// and digest are kept: memory stays flat.
public struct RecordingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let writer: HARWriter
    private let clock: @Sendable () -> Instant

    /// - Parameters:
    ///   - base: who answers.
    ///   - writer: keeps the exchanges, redacted. The caller closes it.
    ///   - clock: tells when a request began.
    public init(_ base: any HTTPTransport, to writer: HARWriter, clock: @escaping @Sendable () -> Instant) {
        self.base = base
        self.writer = writer
        self.clock = clock
    }

    /// - Throws: also ``RecordingError`` or the file's error, if what went through could not be written down; where the answer's
    ///   body streams, its stream throws that.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let started = clock()
        let sent = BodyTap(), received = BodyTap()
        var reply = try await base.send(request, body: try sent.body(of: body), timeout: timeout)
        // Short answers are through at once: their readers need not be patient.
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
    /// An exchange as it went over the wire, with notes of what it means.
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
