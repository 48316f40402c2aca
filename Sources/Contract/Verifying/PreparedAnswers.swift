import AWSClient
public import AWSCore
import AWSModels
import HTTPTypes
import Synchronization

/// The target's responses during its preparation, by operation. Recordings without requests are compared with them.
public final class PreparedAnswers: Sendable {
    private let answers = Mutex<[String: [Bytes]]>([:])

    /// The maximum number of responses per operation; more would add nothing new.
    private static let mostKept = 128

    public init() {}

    /// Returns a transport that keeps the responses of another one.
    public func transport(over base: any HTTPTransport) -> any HTTPTransport { Tap(base: base, answers: self) }

    private struct Tap: HTTPTransport {
        let base: any HTTPTransport
        let answers: PreparedAnswers

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            let sent = try await body.collect(upTo: 64 << 20)
            let reply = try await base.send(request, body: .bytes(sent), timeout: timeout)
            let received = try await reply.body.collect(upTo: 256 << 20)
            if reply.response.status.code < 300 { answers.keep(received, of: DecodedRequest(request, sent).name) }
            return HTTPReply(reply.response, .bytes(received))
        }
    }

    private func keep(_ body: Bytes, of operation: String) {
        answers.withLock { answers in
            if answers[operation, default: []].count < Self.mostKept { answers[operation, default: []].append(body) }
        }
    }

    /// Returns the responses to an operation, decoded.
    func outputs(_ codec: DynamicCodec, _ operation: ModelTable.Operation) -> [DynamicStructure] {
        let bodies = answers.withLock { $0["\(codec.table.model.id) \(operation.name)"] ?? [] }
        let shape = codec.table.shape(operation.output)
        return bodies.compactMap { body in
            (try? codec.content(operation, body)).map { codec.read($0, shape, codec.layout) }
        }
    }
}
