import AWSClient
import AWSCore
import Contract
import HTTPTypes
import Synchronization

/// The unmodified requests and responses of a test's clients. They are parsed only on demand.
final class SentRequests: Sendable {
    private struct Exchange {
        var request: HTTPRequest
        var sent, received: Bytes
    }
    private let exchanges = Mutex<[Exchange]>([])
    /// A limit on recorded requests, so that an endless loop in a test does not fill the memory.
    private static let limit = 5000

    fileprivate func note(_ request: HTTPRequest, _ sent: Bytes, _ received: Bytes) {
        exchanges.withLock { exchanges in
            if exchanges.count < Self.limit {
                exchanges.append(Exchange(request: request, sent: sent, received: received))
            }
        }
    }

    /// Returns the requests in the canonical form of golden files.
    func text(region: String) -> String {
        let log = RequestLog(region: region)
        for exchange in exchanges.withLock({ $0 }) {
            log.note(exchange.request, exchange.sent, answeredWith: exchange.received)
        }
        return log.text
    }
}

extension AWSClient {
    /// Returns a copy of the client that records its requests.
    func noting(in sent: SentRequests) -> AWSClient {
        var configuration = configuration
        configuration.transport = LoggingTransport(base: configuration.transport, sent: sent)
        return AWSClient(configuration)
    }
}

private struct LoggingTransport: HTTPTransport {
    let base: any HTTPTransport
    let sent: SentRequests

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        // API requests and the simulator's responses are in memory. Streamed requests are not recorded.
        guard case .bytes(let bytes) = body else { return try await base.send(request, body: body, timeout: timeout) }
        do {
            var reply = try await base.send(request, body: body, timeout: timeout)
            let received = try await reply.body.collect(upTo: 256 << 20)
            reply.body = .bytes(received)
            sent.note(request, bytes, received)
            return reply
        } catch {
            // The request was sent even if it failed.
            sent.note(request, bytes, [])
            throw error
        }
    }
}
