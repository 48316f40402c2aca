import AWSClient
import AWSCore
import Contract
import HTTPTypes
import Synchronization

/// What a test's clients sent and were answered, as it was. It is read only where somebody asks for it.
final class SentRequests: Sendable {
    private struct Exchange {
        var request: HTTPRequest
        var sent, received: Bytes
    }
    private let exchanges = Mutex<[Exchange]>([])
    /// No golden file has so many; a test that runs in circles must not fill the memory.
    private static let limit = 5000

    fileprivate func note(_ request: HTTPRequest, _ sent: Bytes, _ received: Bytes) {
        exchanges.withLock { exchanges in
            if exchanges.count < Self.limit {
                exchanges.append(Exchange(request: request, sent: sent, received: received))
            }
        }
    }

    /// In the canonical form that golden files have for every client.
    func text(region: String) -> String {
        let log = RequestLog(region: region)
        for exchange in exchanges.withLock({ $0 }) {
            log.note(exchange.request, exchange.sent, answeredWith: exchange.received)
        }
        return log.text
    }
}

extension AWSClient {
    /// The same client, whose requests are noted.
    func noting(in sent: SentRequests) -> AWSClient {
        var configuration = configuration
        configuration.transport = NotingTransport(base: configuration.transport, sent: sent)
        return AWSClient(configuration)
    }
}

private struct NotingTransport: HTTPTransport {
    let base: any HTTPTransport
    let sent: SentRequests

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        // Calls of an API are in hand, and so are a simulator's answers. What streams is somebody else's.
        guard case .bytes(let bytes) = body else { return try await base.send(request, body: body, timeout: timeout) }
        do {
            var reply = try await base.send(request, body: body, timeout: timeout)
            let received = try await reply.body.collect(upTo: 256 << 20)
            reply.body = .bytes(received)
            sent.note(request, bytes, received)
            return reply
        } catch {
            // It was sent, whatever became of the answer.
            sent.note(request, bytes, [])
            throw error
        }
    }
}
