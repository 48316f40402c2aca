public import AWSCore
import AWSModels
import Crypto
public import HTTPTypes
import Synchronization

/// Replays a recording. Requests match by their meaning, in recorded order. A request repeated more often than recorded gets
/// its last response again, which suits polling.
public final class RecordedTransport: HTTPTransport {
    private enum Source: Sendable {
        case exchanges([RecordedExchange])
        /// Entries stay in the file, so a long recording uses no more memory than a short one.
        case file(HARReader, [Range<Int>])

        func exchange(_ index: Int) throws -> RecordedExchange {
            switch self {
            case .exchanges(let exchanges): exchanges[index]
            case .file(let reader, let ranges): try reader.entry(at: ranges[index])
            }
        }
    }

    private let source: Source
    /// The recorded exchanges by service and operation.
    private let byOperation: [String: [Int]]
    private let byMeaning: [String: [Int]]
    /// The recorded operations, such as `ec2 DescribeVpcs`, sorted.
    private let names: [String]
    private let position = Mutex<[String: Int]>([:])
    /// The number of exchanges that can be replayed.
    public let count: Int

    /// - Throws: ``RecordingError`` if the file cannot be read.
    public init(file: String) throws {
        let reader = HARReader(path: file)
        let entries = try reader.entries()
        var index = Index(), ranges: [Range<Int>] = []
        while let exchange = try entries.next() {
            if index.add(exchange, ranges.count) { ranges.append(entries.range) }
        }
        source = .file(reader, ranges)
        (byOperation, byMeaning, names, count) = (index.byOperation, index.byMeaning, index.names.sorted(), ranges.count)
    }

    public init(_ exchanges: [RecordedExchange]) {
        var index = Index(), kept: [RecordedExchange] = []
        for exchange in exchanges where index.add(exchange, kept.count) { kept.append(exchange) }
        source = .exchanges(kept)
        (byOperation, byMeaning, names, count) = (index.byOperation, index.byMeaning, index.names.sorted(), kept.count)
    }

    private struct Index {
        var byOperation: [String: [Int]] = [:]
        var byMeaning: [String: [Int]] = [:]
        var names: Set<String> = []

        /// - Returns: whether the exchange can be replayed.
        mutating func add(_ exchange: RecordedExchange, _ number: Int) -> Bool {
            guard exchange.notes.hasRequest, exchange.notes.encoding == .wire, exchange.notes.skip == nil else { return false }
            let request = DecodedRequest(exchange)
            names.insert(request.name)
            byOperation[request.operationKey, default: []].append(number)
            byMeaning[request.key, default: []].append(number)
            return true
        }
    }

    /// - Throws: ``TransportError/unanswered(_:)`` with the nearest recorded request and the differences; ``RecordingError`` if
    ///   the file has changed.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let sent = try await body.tapped()
        // Redact the request like the recording, so that both can match.
        let live = Redaction().redacted(
            RecordedExchange(request, sent.kept, HTTPResponse(status: .ok), [], omitted: sent.omitted))
        let decoded = DecodedRequest(live)
        let key = decoded.key
        guard let matches = byMeaning[key] else { throw TransportError.unanswered(try explanation(of: decoded)) }
        let turn = position.withLock { positions in
            let turn = positions[key, default: 0]
            positions[key] = turn + 1
            return turn
        }
        let recorded = try source.exchange(matches[min(turn, matches.count - 1)]).response
        if let omitted = recorded.omitted {
            throw TransportError.unanswered(
                "The answer to \(decoded.name) had \(omitted.size) bytes, of which the recording has only the digest: \(omitted.digest)."
            )
        }
        return Self.reply(recorded)
    }

    /// Headers of the original connection, and headers that do not fit the body as recorded.
    private static let dropped: Set<String> = [
        "connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection", "upgrade", "trailer",
    ]

    private static func reply(_ recorded: RecordedExchange.Response) -> HTTPReply {
        var response = HTTPResponse(status: .init(code: recorded.status, reasonPhrase: recorded.reason))
        for header in recorded.headers where !dropped.contains(header.name.lowercased()) {
            if let name = HTTPField.Name(header.name) {
                response.headerFields.append(HTTPField(name: name, value: header.value))
            }
        }
        return HTTPReply(response, .bytes(recorded.body))
    }

    // MARK: Requests that are not recorded

    /// How many recorded requests to compare to find the nearest.
    private static let mostCompared = 200

    /// Describes the unmatched request and its differences from the nearest recorded one.
    private func explanation(of request: DecodedRequest) throws -> String {
        let same = byOperation[request.operationKey] ?? []
        guard !same.isEmpty else {
            return "The recording has no \(request.name). It has: \(names.isEmpty ? "nothing" : names.joined(separator: ", "))."
        }
        var nearest: [String]?
        for index in same.prefix(Self.mostCompared) {
            let differences = request.differences(from: DecodedRequest(try source.exchange(index)))
            if differences.count < nearest?.count ?? .max { nearest = differences }
        }
        return "The recording has no \(request.name) like this. The nearest of \(same.count):\n"
            + (nearest ?? []).map { "  \($0)" }.joined(separator: "\n")
    }
}

extension DecodedRequest {
    /// The service and operation. For other HTTP servers, only the operation, because the server's name may have changed.
    var operationKey: String { ModelTable.named(service) == nil ? "http \(operation)" : name }

    /// A key that is equal for equivalent requests.
    var key: String { "\(operationKey) \(Self.digest(JSON.write(parameters)))" }

    static func digest(_ bytes: Bytes) -> String { String(hexOf: SHA256.hash(data: bytes)) }

    /// Returns the differences from a recorded request, one line per field.
    func differences(from recorded: DecodedRequest) -> [String] {
        let mine = parameters.leaves, theirs = recorded.parameters.leaves
        return Set(mine.keys).union(theirs.keys).sorted().compactMap { path in
            let asked = mine[path], had = theirs[path]
            guard asked != had else { return nil }
            return "\(path): recorded \(Self.shortened(had)), requested \(Self.shortened(asked))"
        }
    }

    private static func shortened(_ value: String?) -> String {
        guard let value else { return "nothing" }
        return value.utf8.count <= 200 ? value : value.prefix(160) + "… (\(value.utf8.count) bytes)"
    }
}

extension Node {
    /// All scalars, empty lists and empty objects, by path.
    var leaves: [String: String] {
        var result: [String: String] = [:]
        func walk(_ node: Node, _ path: String) {
            switch node {
            case .object(let fields) where !fields.isEmpty:
                for field in fields { walk(field.value, path.isEmpty ? field.name : "\(path).\(field.name)") }
            case .list(let items) where !items.isEmpty:
                for (index, item) in items.enumerated() { walk(item, "\(path)[\(index)]") }
            case .object where path.isEmpty: break
            default: result[path] = String(decoding: JSON.write(node), as: UTF8.self)
            }
        }
        walk(self, "")
        return result
    }
}
