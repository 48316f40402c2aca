public import AWSCore
public import HTTPTypes

/// A tap: hands requests on to another transport and writes down what went through.
public struct RecordingTransport: HTTPTransport {
    private let base: any HTTPTransport
    private let writer: HARWriter
    private let clock: @Sendable () -> Instant

    /// The longest body that is recorded, in either direction.
    private static let longestBody = 512 << 20

    /// - Parameters:
    ///   - base: who answers.
    ///   - writer: keeps the exchanges, redacted. The caller closes it.
    ///   - clock: tells when a request began.
    public init(_ base: any HTTPTransport, to writer: HARWriter, clock: @escaping @Sendable () -> Instant) {
        self.base = base
        self.writer = writer
        self.clock = clock
    }

    /// - Throws: also ``RecordingError`` or the file's error, if what went through could not be written down.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let sent = try await body.collect(upTo: Self.longestBody)
        let started = clock()
        let reply = try await base.send(request, body: .bytes(sent), timeout: timeout)
        let received = try await reply.body.collect(upTo: Self.longestBody)
        let duration = Int((clock() - started).milliseconds)
        try writer.write(
            RecordedExchange(request, sent, reply.response, received, started: started, milliseconds: max(0, duration)))
        return HTTPReply(reply.response, .bytes(received))
    }
}

extension RecordedExchange {
    /// An exchange as it went over the wire, with notes of what it means.
    public init(
        _ request: HTTPRequest, _ sent: Bytes, _ response: HTTPResponse, _ received: Bytes,
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
        let decoded = DecodedRequest(self)
        notes.service = decoded.service
        notes.operation = decoded.operation
        notes.region = DecodedRequest.scope(request.headerFields[.authorization])?.region
    }
}
