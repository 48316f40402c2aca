import AWSCore
import HTTPTypes
import SimulatorCore

/// Passes a client's bytes to the simulator's parser, without a socket.
public struct InProcessTransport: HTTPTransport {
    public let simulator: Simulator
    /// The address that the simulator sees as the client's.
    public let address: String

    public init(_ simulator: Simulator, address: String = "127.0.0.1") {
        self.simulator = simulator
        self.address = address
    }

    public func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let reply = await simulator.respond(to: request, body: body, from: address)
        guard let delivery = reply.delivery else { return reply }
        return try await deliver(reply, delivery, host: request.authority ?? "", timeout: timeout)
    }

    /// Applies a fault's delay and cut to the reply. A manual clock moves on instead of waiting.
    private func deliver(_ reply: HTTPReply, _ delivery: HTTPReply.Delivery, host: String, timeout: Duration) async throws
        -> HTTPReply
    {
        let wait = min(delivery.delay, timeout)
        if simulator.clock.mode == "manual" { simulator.clock.advance(by: wait) } else { try await Task.sleep(for: wait) }
        guard delivery.delay <= timeout else { throw TransportError.timedOut(host: host, after: timeout) }
        var whole = reply
        whole.delivery = nil
        switch delivery.end {
        case .whole: return whole
        case .dropped: throw TransportError.truncated(host: host)
        case .truncated(let count):
            let stream = HTTPBodyStream(BodyCut(pieces: HTTPBodyStream(pieces: reply.body), rest: count, host: host))
            whole.body = .stream(stream, length: reply.body.length)
            return whole
        }
    }
}

/// The beginning of a body, followed by a closed connection.
private struct BodyCut: AsyncSequence, Sendable {
    let pieces: HTTPBodyStream
    let rest: Int
    let host: String

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: HTTPBodyStream.AsyncIterator
        var rest: Int
        let host: String

        mutating func next() async throws -> Bytes? {
            guard rest > 0, let piece = try await pieces.next() else { throw TransportError.truncated(host: host) }
            let part = Bytes(piece.prefix(rest))
            rest -= part.count
            return part
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(pieces: pieces.makeAsyncIterator(), rest: rest, host: host)
    }
}
