public import AWSClient
public import AWSCore
import AWSModels
import HTTPTypes

/// Plays recorded requests against a target, and remembers which of the target's ids stand for which recorded ones.
public final class Playback {
    let transport: any HTTPTransport
    let endpoint: Endpoint?
    private let credentials: any CredentialsProvider
    private let clock: @Sendable () -> Instant
    private let advance: (@Sendable (Duration) throws -> Void)?
    private var lastStart: Instant?
    var bindings = Bindings()
    /// What the target gave out where the recording's exchanges gave something, by its name there.
    private(set) var issued: [String: IssuedCredential] = [:]
    /// Where the target's responses led, by where the recorded ones did.
    var locations: [String: String] = [:]
    var images = PlayedImages()
    private let prepared: PreparedAnswers?

    /// - Parameters:
    ///   - transport: reaches the target.
    ///   - endpoint: nil gives requests AWS's own host names, as a simulator within the process wants them.
    ///   - advance: moves the target's clock on, as far as the recording's moved between two requests. Nil for a target whose
    ///     clock goes by itself.
    ///   - prepared: what the target answered before, for recordings without requests.
    public init(
        _ transport: any HTTPTransport, endpoint: Endpoint? = nil, credentials: any CredentialsProvider,
        prepared: PreparedAnswers? = nil, advance: (@Sendable (Duration) throws -> Void)? = nil,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.advance = advance
        self.prepared = prepared
        self.transport = transport
        self.endpoint = endpoint
        self.credentials = credentials
        self.clock = clock
    }

    /// The time by the target's clock.
    var now: Instant { clock() }

    /// A playback that knows the same and goes on with another transport, without moving anybody's clock.
    package func copy(
        _ transport: any HTTPTransport, credentials: any CredentialsProvider, clock: @escaping @Sendable () -> Instant
    ) -> Playback {
        let copy = Playback(transport, endpoint: endpoint, credentials: credentials, prepared: prepared, clock: clock)
        copy.lastStart = lastStart
        copy.bindings = bindings
        copy.issued = issued
        copy.locations = locations
        copy.images = images
        return copy
    }

    /// What the target answered to the operation while it was prepared.
    func preparedOutputs(_ codec: DynamicCodec, _ operation: ModelTable.Operation) -> [DynamicStructure] {
        prepared?.outputs(codec, operation) ?? []
    }

    /// Lets as much time go by as went by in the recording before this exchange.
    func keepTime(_ exchange: RecordedExchange) throws {
        guard let advance, exchange.notes.hasRequest, exchange.started.milliseconds > 0 else { return }
        defer { lastStart = max(exchange.started, lastStart ?? exchange.started) }
        if let lastStart, lastStart < exchange.started { try advance(exchange.started - lastStart) }
    }

    /// Keeps what the target gave out, for the requests that were made with what the recording's gave.
    func note(_ exchange: RecordedExchange, _ response: RecordedExchange.Response) {
        guard let name = exchange.notes.gives else { return }
        issued[name] = IssuedCredential(givenBy: exchange.notes.operation, response)
    }

    /// Sends the recorded request, with the target's ids in place of the recorded ones.
    func answer(to exchange: RecordedExchange, _ model: ServiceModel) async throws -> RecordedExchange.Response {
        let region =
            exchange.notes.region ?? DecodedRequest.scope(exchange.request.headers["Authorization"])?.region ?? "us-east-1"
        let resolved = try EndpointResolver(endpoint).resolve(model, region: region)
        var path = "/"
        if exchange.request.method == "GET" {
            let query = bindings.applied(to: Self.unsigned(RecordedExchange.query(of: exchange.request.url)))
            if !query.isEmpty { path += "?" + String(decoding: query, as: UTF8.self) }
        }
        var request = HTTPRequest(
            method: .init(rawValue: exchange.request.method) ?? .post, scheme: resolved.endpoint.scheme,
            authority: resolved.endpoint.authority, path: path)
        for name in ["Content-Type", "X-Amz-Target"] {
            if let value = exchange.request.headers[name], let field = HTTPField.Name(name) {
                request.headerFields[field] = value
            }
        }
        let body = bindings.applied(to: Self.unsigned(exchange.request.body))
        var signing = try await credentials.credentials()
        if case .keys(let keys)? = exchange.notes.caller.flatMap({ issued[$0] }) { signing = keys }
        // The recorder did not keep the wrong secret, nor does it need to be the same one.
        if exchange.response.status == 403, exchange.response.body.contains(Bytes("SignatureDoesNotMatch".utf8)) {
            signing?.secretAccessKey += "-"
        }
        if let credentials = signing {
            SigV4Signer(credentials: credentials, region: resolved.signingRegion, service: model.signingName)
                .sign(&request, body: body, at: clock())
        }
        let reply = try await transport.send(request, body: .bytes(body), timeout: .seconds(60))
        let response = RecordedExchange.Response(
            status: reply.response.status.code, reason: reply.response.status.reasonPhrase,
            headers: reply.response.headerFields.map { .init($0.name.rawName, $0.value) },
            body: try await reply.body.collect(upTo: 256 << 20))
        note(exchange, response)
        return response
    }

    /// A form without the signature that it was sent with: presigned, or of version 2.
    private static func unsigned(_ form: Bytes) -> Bytes {
        guard form.first != 123, let pairs = try? QueryString.pairs(form) else { return form }
        let kept = pairs.filter { !DecodedRequest.isOfSignature($0.name) }
        guard kept.count < pairs.count else { return form }
        return Bytes(
            kept.map { "\(QueryString.encoded($0.name))=\(QueryString.encoded($0.value))" }.joined(separator: "&").utf8)
    }
}

extension ValueComparison.Moment {
    /// Now, for what is about to be asked.
    init(of exchange: RecordedExchange, _ playback: Playback) {
        self.init(recorded: exchange.requested, given: playback.now)
    }
}

extension RecordedExchange {
    /// When the request was made, as far as the recording tells.
    package var requested: Instant? {
        if started.milliseconds > 0 { return started }
        return (request.headers["X-Amz-Date"] ?? response.headers["Date"]).flatMap { Instant(parsing: $0) }
    }
}

extension Verification {
    /// Plays the request against a target and compares the responses by their structure. What was recorded without a request
    /// is verified by shape, and its members are looked for in what the target answered while it was prepared.
    /// - Throws: what the transport throws if the target cannot be reached.
    public mutating func verify(_ exchange: RecordedExchange, _ playback: Playback) async throws {
        try playback.keepTime(exchange)
        if exchange.notes.hasRequest, exchange.notes.form == .wire,
            let request = RegistryRequest(exchange, isKnownLocation: { playback.locations[$0] != nil })
        {
            return try await verify(exchange, request, playback)
        }
        let place = place(of: exchange)
        guard case .known(let table, let operation) = place.kind else { return skip(exchange, place) }
        guard exchange.notes.hasRequest, exchange.notes.form == .wire else { return verifyShape(exchange, playback) }
        let moment = ValueComparison.Moment(of: exchange, playback)
        let response = try await playback.answer(to: exchange, table.model)
        var finding = VerifyReport.Finding(service: place.service, operation: place.operation, source: place.source)
        var comparison = ResponseComparison(
            codec: DynamicCodec(table: table), operation: operation, request: DecodedRequest(exchange), playback: playback,
            at: moment)
        do {
            if try comparison.compare(exchange.response, response) == .notSimulated {
                return skip(
                    exchange,
                    Place(
                        service: place.service, operation: place.operation, source: place.source,
                        kind: .unknown(reason: "the target does not have the operation")))
            }
            finding.differences = comparison.differences
            finding.members = comparison.members
            finding.covered = comparison.covered
            finding.comparisons = comparison.comparisons
            finding.differences += bytes(exchange, response, operation, table.model)
        } catch {
            finding.differences = [Difference(.wrongType, "", recorded: "\(error)")]
        }
        add(finding, exchange, isOlder: exchange.isOlder(than: table.model.apiVersion))
    }
}
