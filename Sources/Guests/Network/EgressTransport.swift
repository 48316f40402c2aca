import AWSCore
import Drydock
import HTTPTypes
import SimulatorCore

/// Sends an instance's outbound requests if its rules and routes allow them; otherwise they time out.
struct EgressTransport: HTTPTransport {
    let simulator: Simulator
    /// How port 443 of a host is reached now; nil if it is unreachable.
    let passage: @Sendable (String) -> GuestEgress?
    /// Whether a host's name resolves.
    let knows: @Sendable (String) -> Bool

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        let host = String(request.hostOnly)
        guard knows(host) else {
            throw TransportError.unreachable(
                host: host, reason: "dial tcp: lookup \(host) on \(GuestWorld.nameServer):53: no such host")
        }
        guard !GuestWorld.isSteering(request) else {
            return HTTPReply(HTTPResponse(status: .notFound), .bytes(Bytes("404 Not Found\n".utf8)))
        }
        guard let passage = passage(host) else {
            try await Task.sleep(for: timeout)
            throw TransportError.timedOut(host: request.authority ?? "", after: timeout)
        }
        return try await EndpointUse.$current.withValue(passage.endpoint) {
            try await InProcessTransport(simulator, address: passage.source).send(request, body: body, timeout: timeout)
        }
    }
}
