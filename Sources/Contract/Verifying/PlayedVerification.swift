public import AWSClient
public import AWSCore
import HTTPTypes

/// Plays recorded requests against a target, and remembers which of the target's ids stand for which recorded ones.
public final class Playback {
    private let transport: any HTTPTransport
    private let endpoint: Endpoint?
    private let credentials: any CredentialsProvider
    private let clock: @Sendable () -> Instant
    /// Recorded ids and those that the target gave instead.
    private var bindings: [String: String] = [:]

    /// - Parameters:
    ///   - transport: reaches the target.
    ///   - endpoint: nil gives requests AWS's own host names, as a simulator within the process wants them.
    public init(
        _ transport: any HTTPTransport, endpoint: Endpoint? = nil, credentials: any CredentialsProvider,
        clock: @escaping @Sendable () -> Instant
    ) {
        self.transport = transport
        self.endpoint = endpoint
        self.credentials = credentials
        self.clock = clock
    }

    /// Sends the recorded request, with the target's ids in place of the recorded ones.
    func answer(to exchange: RecordedExchange, _ model: ServiceModel) async throws -> RecordedExchange.Response {
        let region =
            exchange.notes.region ?? DecodedRequest.scope(exchange.request.headers["Authorization"])?.region ?? "us-east-1"
        let resolved = try EndpointResolver(endpoint).resolve(model, region: region)
        var path = "/" + exchange.request.url.split(separator: "?", maxSplits: 1).dropFirst().map { "?\($0)" }.joined()
        if exchange.request.method != "GET" { path = "/" }
        var request = HTTPRequest(
            method: .init(rawValue: exchange.request.method) ?? .post, scheme: resolved.endpoint.scheme,
            authority: resolved.endpoint.authority, path: bound(path))
        for name in ["Content-Type", "X-Amz-Target"] {
            if let value = exchange.request.headers[name], let field = HTTPField.Name(name) {
                request.headerFields[field] = value
            }
        }
        let body = Bytes(bound(String(decoding: exchange.request.body, as: UTF8.self)).utf8)
        if let credentials = try await credentials.credentials() {
            SigV4Signer(credentials: credentials, region: resolved.signingRegion, service: model.signingName)
                .sign(&request, body: body, at: clock())
        }
        let reply = try await transport.send(request, body: .bytes(body), timeout: .seconds(60))
        return .init(
            status: reply.response.status.code, reason: reply.response.status.reasonPhrase,
            headers: reply.response.headerFields.map { .init($0.name.rawName, $0.value) },
            body: try await reply.body.collect(upTo: 256 << 20))
    }

    private func bound(_ text: String) -> String {
        var text = text
        for (recorded, given) in bindings.sorted(by: { $0.key.count > $1.key.count }) {
            text = text.replacing(recorded, with: given)
        }
        return text
    }

    /// Binds a recorded id to the target's at first sight.
    /// - Returns: the id that should have stood there, if it is another.
    func bind(_ recorded: String, _ given: String) -> String? {
        guard let known = bindings[recorded] else {
            bindings[recorded] = given
            return nil
        }
        return known == given ? nil : known
    }
}

extension Verification {
    /// Plays the request against a target and compares the responses by their structure. What was recorded without a request
    /// is verified by shape.
    public mutating func verify(_ exchange: RecordedExchange, _ playback: Playback) async throws {
        let place = place(of: exchange)
        guard case .known(let table, let operation) = place.kind else { return skip(exchange, place) }
        guard exchange.notes.hasRequest, exchange.notes.form == .wire else { return verifyShape(exchange) }
        let response = try await playback.answer(to: exchange, table.model)
        var finding = VerifyReport.Finding(service: place.service, operation: place.operation, source: place.source)
        var comparison = ResponseComparison(codec: DynamicCodec(table: table), operation: operation, playback: playback)
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
        } catch {
            finding.differences = [Difference(.wrongType, "", recorded: "\(error)")]
        }
        add(finding, exchange, table)
    }
}

/// Compares a target's response with the recorded one: what is there and of what form, not what exactly it says.
struct ResponseComparison {
    enum Outcome { case compared, notSimulated }

    let codec: DynamicCodec
    let operation: ModelTable.Operation
    let playback: Playback
    private(set) var differences: [Difference] = []
    private(set) var members = 0
    private(set) var covered = 0

    init(codec: DynamicCodec, operation: ModelTable.Operation, playback: Playback) {
        self.codec = codec
        self.operation = operation
        self.playback = playback
    }

    mutating func compare(_ recorded: RecordedExchange.Response, _ given: RecordedExchange.Response) throws -> Outcome {
        let error = given.status >= 300 ? Self.error(given, codec) : nil
        if error?.isNotSimulated == true { return .notSimulated }
        guard recorded.status < 300, given.status < 300 else {
            let expected = recorded.status >= 300 ? Self.error(recorded, codec).code : "success"
            let found = error?.code ?? "success"
            members += 1
            if expected == found { covered += 1 }
            // A role that does not exist may not be assumed, as AWS says it.
            let isMissing =
                found.contains("NotFound") || found == "NoSuchEntity"
                || found == "AccessDenied" && operation.name.hasPrefix("AssumeRole")
            let lacksState = recorded.status < 300 && isMissing
            if expected != found {
                differences.append(Difference(lacksState ? .state : .errorCode, "Error.Code", recorded: expected, found: found))
            }
            if recorded.status != given.status, !lacksState {
                differences.append(Difference(.status, "status", recorded: "\(recorded.status)", found: "\(given.status)"))
            }
            return .compared
        }
        let shape = codec.table.shape(operation.output)
        let left = codec.read(try codec.content(operation, recorded.body), shape, codec.layout)
        let right = codec.read(try codec.content(operation, given.body), shape, codec.layout)
        structures([left], [right], "")
        return .compared
    }

    private static func error(_ response: RecordedExchange.Response, _ codec: DynamicCodec) -> AWSError {
        var head = HTTPResponse(status: .init(code: response.status))
        for header in response.headers {
            if let name = HTTPField.Name(header.name) { head.headerFields.append(HTTPField(name: name, value: header.value)) }
        }
        return codec.table.model.error(head, response.body)
    }

    /// Compares what the elements of two lists have in common: each member that any of them has.
    private mutating func structures(_ recorded: [DynamicStructure], _ given: [DynamicStructure], _ path: String) {
        guard let shape = recorded.first?.shape else { return }
        guard !given.isEmpty else {
            differences.append(Difference(.count, path, recorded: "\(recorded.count)", found: "0"))
            return
        }
        let arePaired = recorded.count == given.count
        for (index, member) in shape.schema.members.enumerated() {
            let left = recorded.map { $0[index] }, right = given.map { $0[index] }
            let mine = left.compactMap { $0 }, theirs = right.compactMap { $0 }
            guard !mine.isEmpty else { continue }
            let path = TreeComparison.join(path, member.name)
            members += 1
            guard !theirs.isEmpty else {
                differences.append(Difference(.absent, path, recorded: mine[0].sample))
                continue
            }
            covered += 1
            let nestedLeft = mine.flatMap(\.nested), nestedRight = theirs.flatMap(\.nested)
            if !nestedLeft.isEmpty { structures(nestedLeft, nestedRight, path) }
            scalars(left, right, member, path, arePaired: arePaired)
        }
    }

    private mutating func scalars(
        _ left: [DynamicValue?], _ right: [DynamicValue?], _ member: Schema.Member, _ path: String, arePaired: Bool
    ) {
        let mine = left.compactMap { $0?.text }, theirs = right.compactMap { $0?.text }
        guard let first = mine.first, !theirs.isEmpty else { return }
        let forms = Set(mine.map(ValueForm.init)).subtracting([.text])
        if let found = theirs.first(where: { !forms.isEmpty && !forms.contains(ValueForm($0)) }),
            mine.allSatisfy({ ValueForm($0) != .text })
        {
            differences.append(Difference(.format, path, recorded: first, found: found))
        }
        if let values = member.constraint?.values,
            let found = theirs.first(where: { !values.contains($0) && !mine.contains($0) })
        {
            differences.append(Difference(.enumeration, path, recorded: first, found: found))
        }
        guard arePaired else { return }
        for (mine, theirs) in zip(left, right) {
            guard let mine = mine?.text, let theirs = theirs?.text, case .id = ValueForm(mine), case .id = ValueForm(theirs)
            else { continue }
            if let known = playback.bind(mine, theirs) {
                differences.append(Difference(.binding, path, recorded: "\(mine), which is \(known)", found: theirs))
            }
        }
    }
}

/// The form of a value that a service makes up.
enum ValueForm: Hashable {
    case id(prefix: String)
    case arn(service: String)
    case account, uuid, address, block, text

    init(_ value: String) {
        let parts = value.split(separator: ":", omittingEmptySubsequences: false)
        if parts.count >= 6, parts[0] == "arn" { self = .arn(service: String(parts[2])); return }
        if let dash = value.lastIndex(of: "-") {
            let digits = value[value.index(after: dash)...]
            if digits.count == 17 || digits.count == 8, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) {
                self = .id(prefix: String(value[..<dash]))
                return
            }
        }
        if value.utf8.count == 12, value.utf8.allSatisfy({ (48...57).contains($0) }) { self = .account; return }
        let groups = value.split(separator: "-").map(\.count)
        if groups == [8, 4, 4, 4, 12] { self = .uuid; return }
        let halves = value.split(separator: "/")
        let octets = (halves.first ?? "").split(separator: ".")
        if octets.count == 4, octets.allSatisfy({ UInt8($0) != nil }) { self = halves.count == 2 ? .block : .address; return }
        self = .text
    }
}

extension DynamicStructure {
    subscript(index: Int) -> DynamicValue? { values.first { $0.index == index }?.value }
}

extension DynamicValue {
    var nested: [DynamicStructure] {
        switch self {
        case .structure(let value): [value]
        case .structures(let values): values
        case .structureMap(let values): values.sorted { $0.key < $1.key }.map(\.value)
        default: []
        }
    }

    var text: String? { if case .string(let value) = self { value } else { nil } }

    /// For a report.
    var sample: String {
        switch self {
        case .string(let value): value
        case .int(let value): "\(value)"
        case .double(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .instant(let value): "\(value)"
        case .blob: "bytes"
        case .structure, .structureMap, .stringMap, .intMap: "{…}"
        case .structures, .strings, .ints: "[…]"
        }
    }
}
