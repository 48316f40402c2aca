import AWSCore
import AWSModels

/// Verifies recordings, one exchange at a time, and counts the results.
public struct Verification: Sendable {
    public private(set) var report: VerifyReport
    let rules: Rules
    /// The operations whose raw bytes have been compared.
    var comparedBytes: Set<String> = []

    public init(rules: Rules = .standard) {
        self.rules = rules
        report = VerifyReport(rules: rules)
    }

    /// Verifies by shape alone: decoding with the client's codec and re-encoding with the simulator's must give the
    /// same document.
    public mutating func verifyShape(_ exchange: RecordedExchange) { verifyShape(exchange, nil) }

    mutating func verifyShape(_ exchange: RecordedExchange, _ playback: Playback?) {
        let identity = identity(of: exchange)
        guard case .known(let table, let operation) = identity.kind else { return skip(exchange, identity) }
        var shape = ShapeVerification(table, operation)
        var finding = VerifyReport.Finding(service: identity.service, operation: identity.operation, source: identity.source)
        do {
            try shape.verify(exchange)
            finding.differences = shape.differences
            finding.members = shape.members
            finding.covered = shape.covered
            finding.comparisons = [.shape: shape.members]
            if let playback { try cover(exchange, table, operation, playback, &finding) }
        } catch {
            finding.differences = [Difference(.wrongType, "", recorded: "\(error)")]
        }
        add(finding, exchange, isOlder: exchange.isOlder(than: table.model.apiVersion))
    }

    /// Counts the members of a recorded response that the target's responses to the same operation contain.
    private func cover(
        _ exchange: RecordedExchange, _ table: ModelTable, _ operation: ModelTable.Operation, _ playback: Playback,
        _ finding: inout VerifyReport.Finding
    ) throws {
        finding.members = 0
        finding.covered = 0
        let codec = DynamicCodec(table: table)
        guard exchange.response.status < 300, !exchange.notes.isInput, exchange.notes.shape == nil,
            case let given = playback.preparedOutputs(codec, operation), !given.isEmpty
        else { return }
        let shape = table.shape(operation.output)
        let recorded: DynamicStructure
        if exchange.notes.encoding == .parsed {
            var conforming = ConformingNode(codec: codec)
            recorded = codec.read(conforming.structure(try JSON.parse(exchange.response.body), shape, ""), shape, .model)
        } else {
            recorded = codec.read(try codec.content(operation, exchange.response.body), shape, codec.layout)
        }
        var comparison = ResponseComparison(
            codec: codec, operation: operation, request: DecodedRequest(exchange), playback: playback,
            at: .init(recorded: nil, given: playback.now))
        comparison.cover(recorded, given)
        finding.members = comparison.members
        finding.covered = comparison.covered
        finding.differences += comparison.differences
    }

    // MARK: An exchange's service and operation

    struct CallIdentity {
        enum Kind {
            case known(ModelTable, ModelTable.Operation)
            case unknown(reason: String)
        }

        var service: String
        var operation: String
        var source: String
        var kind: Kind
    }

    func identity(of exchange: RecordedExchange) -> CallIdentity {
        let decoded = DecodedRequest(exchange)
        var identity = CallIdentity(
            service: decoded.service, operation: decoded.operation, source: exchange.notes.source ?? exchange.request.url,
            kind: .unknown(reason: exchange.notes.skip ?? ""))
        if exchange.notes.skip != nil { return identity }
        if exchange.request.omitted != nil || exchange.response.omitted != nil {
            identity.kind = .unknown(reason: RegistryObstacle.noBody.rawValue)
            return identity
        }
        guard let table = ModelTable.named(decoded.service) else {
            identity.kind = .unknown(reason: "the service '\(decoded.service)' is none of ec2, ecr, iam, sts")
            return identity
        }
        if let operation = table.operation(decoded.operation) {
            identity.operation = operation.name
            identity.kind = .known(table, operation)
        } else if exchange.response.status >= 300, exchange.notes.operation == nil, !exchange.notes.hasRequest {
            // An error has the same form for every operation.
            identity.operation = "(error)"
            identity.kind = .known(table, .init(name: "", input: nil, output: nil, resultWrapper: nil))
        } else {
            identity.kind = .unknown(
                reason: "\(table.model.serviceId) has no operation '\(decoded.operation)' in \(table.model.apiVersion)")
        }
        return identity
    }

    mutating func skip(_ exchange: RecordedExchange, _ identity: CallIdentity) {
        guard case .unknown(let reason) = identity.kind else { return }
        report.add(
            .init(service: identity.service, operation: identity.operation, source: identity.source, skipReason: reason))
    }

    mutating func add(_ finding: VerifyReport.Finding, _ exchange: RecordedExchange, isOlder: Bool) {
        var finding = finding
        for index in finding.differences.indices {
            let rule = rules.index(
                for: finding.differences[index], exchange, service: finding.service, operation: finding.operation,
                isOlder: isOlder)
            if let rule {
                report.ruleUses[rule] += 1
                finding.differences[index].permittedBecause = rules.reason(of: rule)
            }
        }
        report.add(finding)
    }
}

extension RecordedExchange {
    /// Whether the recording is of an earlier API version than this one.
    func isOlder(than present: String) -> Bool { version.map { $0 < present } ?? false }

    /// The API version that the response or request names.
    var version: String? {
        if let version = notes.version { return version }
        if let version = Self.version(in: response.body) { return version }
        return (try? QueryString.pairs(request.body))?.first { $0.name == "Version" }?.value
    }

    /// Returns the date in `xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"`.
    static func version(in body: Bytes) -> String? {
        let head = String(decoding: body.prefix(600), as: UTF8.self)
        guard let range = head.firstRange(of: ".amazonaws.com/doc/") else { return nil }
        let date = head[range.upperBound...].prefix { $0.isNumber || $0 == "-" }
        return date.count == 10 ? String(date) : nil
    }
}
