import AWSCore
import HTTPTypes

/// HTTP exchanges with endpoints that issue credentials.
struct MetadataExchange {
    let transport: any HTTPTransport
    /// How long to wait for each response.
    let timeout: Duration

    /// - Throws: `TransportError` if there is no response.
    func send(
        _ method: HTTPRequest.Method, _ endpoint: Endpoint, _ path: String, headers: [(HTTPField.Name, String)] = [],
        body: Bytes = []
    ) async throws -> (status: Int, body: String) {
        let base = endpoint.path.hasSuffix("/") ? String(endpoint.path.dropLast()) : endpoint.path
        var request = HTTPRequest(
            method: method, scheme: endpoint.scheme, authority: endpoint.authority, path: base + path)
        for (name, value) in headers { request.headerFields[name] = value }
        let reply = try await transport.send(request, body: .bytes(body), timeout: timeout)
        return (reply.response.status.code, String(decoding: try await reply.body.collect(upTo: 1 << 20), as: UTF8.self))
    }
}
