import AWSCore
import HTTPTypes

/// An instance's way to the world: as far as its rules and routes let it, and into silence otherwise.
struct EgressTransport: HTTPTransport {
    let base: any HTTPTransport
    /// Whether port 443 of any address is reached at this moment.
    let isOpen: @Sendable () -> Bool

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        guard isOpen() else {
            try await Task.sleep(for: timeout)
            throw TransportError.timedOut(host: request.authority ?? "", after: timeout)
        }
        return try await base.send(request, body: body, timeout: timeout)
    }
}
