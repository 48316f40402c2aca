public import AWSCore
public import HTTPTypes
import Synchronization

/// Answers from a recording: requests are matched by what they mean, in the order in which they were recorded. One that is
/// repeated more often than it was recorded gets its last answer again, as whoever polls expects it.
public final class RecordedTransport: HTTPTransport {
    private struct Recorded: Sendable {
        let request: DecodedRequest
        let response: RecordedExchange.Response
    }

    private let recorded: [Recorded]
    private let byMeaning: [String: [Int]]
    private let position = Mutex<[String: Int]>([:])

    /// - Throws: ``RecordingError`` if the file cannot be read.
    public convenience init(file: String) throws { self.init(try HARReader(path: file).exchanges()) }

    public init(_ exchanges: [RecordedExchange]) {
        let playable = exchanges.filter { $0.notes.hasRequest && $0.notes.form == .wire && $0.notes.skip == nil }
        recorded = playable.map { Recorded(request: DecodedRequest($0), response: $0.response) }
        byMeaning = Dictionary(grouping: recorded.indices) { [recorded] in recorded[$0].request.key }
    }

    /// How many exchanges can be answered from.
    public var count: Int { recorded.count }

    /// - Throws: ``TransportError/unanswered(_:)`` with the nearest recorded request and how it differs.
    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let bytes = try await body.collect(upTo: 512 << 20)
        // What was redacted in the recording must be so here to be the same.
        let live = Redaction().redacted(RecordedExchange(request, bytes, HTTPResponse(status: .ok), []))
        let decoded = DecodedRequest(live)
        let key = decoded.key
        guard let matches = byMeaning[key] else { throw TransportError.unanswered(explanation(of: decoded)) }
        let turn = position.withLock { positions in
            let turn = positions[key, default: 0]
            positions[key] = turn + 1
            return turn
        }
        return Self.reply(recorded[matches[min(turn, matches.count - 1)]].response)
    }

    /// Headers that belonged to the connection, or that a body as it was recorded would belie.
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

    // MARK: What is not recorded

    /// What is missing, with the nearest recorded request, field by field.
    private func explanation(of request: DecodedRequest) -> String {
        let same = recorded.filter { $0.request.place == request.place && $0.request.operation == request.operation }
        let nearest = same.map { ($0.request, request.differences(from: $0.request)) }.min { $0.1.count < $1.1.count }
        guard let nearest else {
            let names = Set(recorded.map(\.request.name)).sorted()
            return "The recording has no \(request.name). It has: \(names.isEmpty ? "nothing" : names.joined(separator: ", "))."
        }
        return "The recording has no \(request.name) like this. The nearest of \(same.count):\n"
            + nearest.1.map { "  \($0)" }.joined(separator: "\n")
    }
}

extension DecodedRequest {
    /// Where the request goes: a service of AWS, or any HTTP server, whose name may have been another when it was recorded.
    var place: String { ModelTable.named(service) == nil ? "http" : service }

    /// Equal for requests that mean the same.
    var key: String { "\(place) \(operation) \(String(decoding: JSON.write(parameters), as: UTF8.self))" }

    /// How this request differs from a recorded one, a line a field.
    func differences(from recorded: DecodedRequest) -> [String] {
        let mine = parameters.leaves, theirs = recorded.parameters.leaves
        return Set(mine.keys).union(theirs.keys).sorted().compactMap { path in
            let asked = mine[path], had = theirs[path]
            guard asked != had else { return nil }
            return "\(path): recorded \(had ?? "nothing"), asked for \(asked ?? "nothing")"
        }
    }
}

extension Node {
    /// Every scalar by its path.
    var leaves: [String: String] {
        var result: [String: String] = [:]
        func walk(_ node: Node, _ path: String) {
            switch node {
            case .object(let fields):
                for field in fields { walk(field.value, path.isEmpty ? field.name : "\(path).\(field.name)") }
            case .list(let items): for (index, item) in items.enumerated() { walk(item, "\(path)[\(index)]") }
            default: result[path] = String(decoding: JSON.write(node), as: UTF8.self)
            }
        }
        walk(self, "")
        return result
    }
}
