public import AWSClient
public import AWSCore
import AWSModels
import HTTPTypes

/// Replays recorded requests to a target and maps recorded ids to the target's.
public final class Playback {
    let transport: any HTTPTransport
    let endpoint: Endpoint?
    private let credentials: any CredentialsProvider
    private let clock: @Sendable () -> Instant
    private let advance: (@Sendable (Duration) throws -> Void)?
    private var lastStart: Instant?
    var bindings = Bindings()
    /// The credentials that the target issued, by their names in the recording.
    private(set) var issued: [String: IssuedCredential] = [:]
    /// The target's redirect locations, by the recorded ones.
    var locations: [String: String] = [:]
    var images = PlayedImages()
    private let prepared: PreparedAnswers?

    /// - Parameters:
    ///   - transport: sends the requests to the target.
    ///   - endpoint: nil keeps AWS's host names, which a simulator in this process needs.
    ///   - advance: advances the target's clock by the time between two recorded requests; nil if the clock runs by itself.
    ///   - prepared: the target's earlier responses, for recordings without requests.
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

    /// The target's current time.
    var now: Instant { clock() }

    /// Returns a playback with the same state that uses another transport and does not move the clock.
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

    /// Returns the target's responses to the operation from its preparation.
    func preparedOutputs(_ codec: DynamicCodec, _ operation: ModelTable.Operation) -> [DynamicStructure] {
        prepared?.outputs(codec, operation) ?? []
    }

    /// Advances the clock by the recorded time before this exchange.
    func keepTime(_ exchange: RecordedExchange) throws {
        guard let advance, exchange.notes.hasRequest, exchange.started.milliseconds > 0 else { return }
        defer { lastStart = max(exchange.started, lastStart ?? exchange.started) }
        if let lastStart, lastStart < exchange.started { try advance(exchange.started - lastStart) }
    }

    /// Stores the credential that the target issued, for later requests that use it.
    func note(_ exchange: RecordedExchange, _ response: RecordedExchange.Response) {
        guard let name = exchange.notes.gives else { return }
        issued[name] = IssuedCredential(givenBy: exchange.notes.operation, response)
    }

    /// Sends the recorded request with recorded ids replaced by the target's.
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
        // The recorder did not keep the wrong secret; any other wrong one has the same effect.
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

    /// Removes the parameters of a presigned or version 2 signature from a form.
    private static func unsigned(_ form: Bytes) -> Bytes {
        guard form.first != 123, let pairs = try? QueryString.pairs(form) else { return form }
        let kept = pairs.filter { !DecodedRequest.isSignatureParameter($0.name) }
        guard kept.count < pairs.count else { return form }
        return Bytes(
            kept.map { "\(QueryString.encoded($0.name))=\(QueryString.encoded($0.value))" }.joined(separator: "&").utf8)
    }
}

extension ValueComparison.Moment {
    /// The moment at which the request is about to be sent.
    init(of exchange: RecordedExchange, _ playback: Playback) {
        self.init(recorded: exchange.requested, given: playback.now)
    }
}

extension RecordedExchange {
    /// When the request was sent, or nil if the recording does not say.
    package var requested: Instant? {
        if started.milliseconds > 0 { return started }
        return (request.headers["X-Amz-Date"] ?? response.headers["Date"]).flatMap { Instant(parsing: $0) }
    }
}

extension Verification {
    /// Replays the request to a target and compares the structure of the responses. An exchange without a request is verified
    /// by shape, and its members are looked up in the responses of the target's preparation.
    /// - Throws: the transport's error if the target cannot be reached.
    public mutating func verify(_ exchange: RecordedExchange, _ playback: Playback) async throws {
        try playback.keepTime(exchange)
        if exchange.notes.hasRequest, exchange.notes.encoding == .wire,
            let request = RegistryRequest(exchange, isKnownLocation: { playback.locations[$0] != nil })
        {
            return try await verify(exchange, request, playback)
        }
        let identity = identity(of: exchange)
        guard case .known(let table, let operation) = identity.kind else { return skip(exchange, identity) }
        guard exchange.notes.hasRequest, exchange.notes.encoding == .wire else { return verifyShape(exchange, playback) }
        let moment = ValueComparison.Moment(of: exchange, playback)
        let response = try await playback.answer(to: exchange, table.model)
        var finding = VerifyReport.Finding(service: identity.service, operation: identity.operation, source: identity.source)
        var comparison = ResponseComparison(
            codec: DynamicCodec(table: table), operation: operation, request: DecodedRequest(exchange), playback: playback,
            at: moment)
        do {
            if try comparison.compare(exchange.response, response) == .notSimulated {
                return skip(
                    exchange,
                    CallIdentity(
                        service: identity.service, operation: identity.operation, source: identity.source,
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
