public import AWSCore
import AWSModels
import Foundation
import HTTPTypes
import Synchronization

/// What a program asked, in canonical form: the same for every client that means the same.
///
/// Order of parameters, idempotency tokens, dates, signatures and user agents are left out; ids that the target made up have
/// names such as `<vpc 1>`; a request that is repeated at once (by who polls) counts once.
public final class RequestLog: Sendable {
    private struct State {
        var requests: [CanonicalRequest] = []
        var names = MadeUpNames()
    }

    private let state = Mutex(State())
    private let region: String
    private let isOrdered: Bool

    /// - Parameters:
    ///   - region: requests to another one say so.
    ///   - isOrdered: false sorts the requests, for programs that ask several things at once.
    public init(region: String = "us-east-1", isOrdered: Bool = true) {
        self.region = region
        self.isOrdered = isOrdered
    }

    /// A transport that writes down what goes through.
    public func transport(over base: any HTTPTransport) -> any HTTPTransport { Tap(base: base, log: self) }

    private struct Tap: HTTPTransport {
        let base: any HTTPTransport
        let log: RequestLog

        func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
            let sent = try await body.collect(upTo: 512 << 20)
            let exchange = RecordedExchange(request, sent, HTTPResponse(status: .ok), [])
            log.add(Redaction().redacted(exchange))
            let reply = try await base.send(request, body: .bytes(sent), timeout: timeout)
            let received = try await reply.body.collect(upTo: 512 << 20)
            log.state.withLock { $0.names.see(received) }
            return HTTPReply(reply.response, .bytes(received))
        }
    }

    /// Writes down what went by elsewhere.
    package func note(_ request: HTTPRequest, _ sent: Bytes, answeredWith received: Bytes) {
        add(Redaction().redacted(RecordedExchange(request, sent, HTTPResponse(status: .ok), [])))
        state.withLock { $0.names.see(received) }
    }

    private func add(_ exchange: RecordedExchange) {
        let other = exchange.notes.region.flatMap { $0 == region ? nil : $0 }
        let isGlobal = ModelTable.named(exchange.notes.service ?? "")?.model.isGlobal ?? false
        state.withLock { state in
            let request = CanonicalRequest(DecodedRequest(exchange), region: isGlobal ? nil : other, names: &state.names)
            if state.requests.last != request { state.requests.append(request) }
        }
    }

    public var count: Int { state.withLock { $0.requests.count } }

    /// All requests, a paragraph each.
    public var text: String {
        var texts = state.withLock { $0.requests.map(\.text) }
        if !isOrdered { texts.sort() }
        return texts.joined(separator: "\n")
    }
}

/// A folder's golden requests of a program: `requests.txt`, made to be read and committed.
public struct ProgramGolden: Sendable {
    public let file: String

    public enum Outcome: Sendable, Equatable {
        case same(requests: Int)
        case written(requests: Int)
        case missing
        /// Lines as ``LineDifference`` has them.
        case different([String])
    }

    public init(folder: String) { file = "\(folder)/requests.txt" }

    /// - Throws: ``RecordingError`` if the file is there and cannot be read.
    public func check(_ log: RequestLog) throws -> Outcome {
        guard FileManager.default.fileExists(atPath: file) else { return .missing }
        guard let data = FileManager.default.contents(atPath: file), let golden = String(data: data, encoding: .utf8) else {
            throw RecordingError(file, "the file cannot be read, or is not UTF-8")
        }
        let text = log.text
        return golden == text ? .same(requests: log.count) : .different(LineDifference(golden, text).lines)
    }

    /// Writes what the program asked as the golden. Nothing is left half-written.
    /// - Throws: ``RecordingError`` if the file cannot be written.
    public func update(_ log: RequestLog) throws -> Outcome {
        let url = URL(fileURLWithPath: file)
        do {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(log.text.utf8).write(to: url, options: .atomic)
        } catch { throw RecordingError(file, "the file cannot be written: \(error.localizedDescription)") }
        return .written(requests: log.count)
    }
}
