public import AWSCore
import AWSModels
import Foundation
import HTTPTypes
import Synchronization

/// Records a program's requests in canonical form, which is the same for equivalent clients.
///
/// The log omits the order of parameters, idempotency tokens, dates, signatures and user agents. Ids that the target
/// generated have names such as `<vpc 1>`. Immediate repetitions, such as polling, count once.
public final class RequestLog: Sendable {
    private struct State {
        var requests: [CanonicalRequest] = []
        var names = MadeUpNames()
    }

    private let state = Mutex(State())
    private let region: String
    private let isOrdered: Bool

    /// - Parameters:
    ///   - region: the default region; requests to another region show it.
    ///   - isOrdered: false sorts the requests, for programs that send several at once.
    public init(region: String = "us-east-1", isOrdered: Bool = true) {
        self.region = region
        self.isOrdered = isOrdered
    }

    /// Returns a transport that records its requests.
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

    /// Records a request that was sent through another transport.
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

    /// All requests, one paragraph each.
    public var text: String {
        var texts = state.withLock { $0.requests.map(\.text) }
        if !isOrdered { texts.sort() }
        return texts.joined(separator: "\n")
    }
}

/// A program's golden requests in a folder: the file `requests.txt`, to be read and committed.
public struct ProgramGolden: Sendable {
    public let file: String

    /// The result of a comparison with the file.
    public enum CheckResult: Sendable, Equatable {
        case same(requests: Int)
        case written(requests: Int)
        case missing
        /// The differing lines, in the form of ``LineDifference``.
        case different([String])
    }

    public init(folder: String) { file = "\(folder)/requests.txt" }

    /// Compares a log with the file.
    /// - Throws: ``RecordingError`` if the file exists but cannot be read.
    public func check(_ log: RequestLog) throws -> CheckResult {
        guard FileManager.default.fileExists(atPath: file) else { return .missing }
        guard let data = FileManager.default.contents(atPath: file), let golden = String(data: data, encoding: .utf8) else {
            throw RecordingError(file, "the file cannot be read, or is not UTF-8")
        }
        let text = log.text
        return golden == text ? .same(requests: log.count) : .different(LineDifference(golden, text).lines)
    }

    /// Writes the program's requests as the golden file, atomically.
    /// - Throws: ``RecordingError`` if the file cannot be written.
    public func update(_ log: RequestLog) throws -> CheckResult {
        let url = URL(fileURLWithPath: file)
        do {
            try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(log.text.utf8).write(to: url, options: .atomic)
        } catch { throw RecordingError(file, "the file cannot be written: \(error.localizedDescription)") }
        return .written(requests: log.count)
    }
}
