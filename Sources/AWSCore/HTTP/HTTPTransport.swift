import HTTPTypes

/// What came back: a response's head and body.
public struct HTTPReply: Sendable {
    public var response: HTTPResponse
    public var body: HTTPBody

    public init(_ response: HTTPResponse, _ body: HTTPBody = .empty) {
        self.response = response
        self.body = body
    }
}

/// How a request gets to whoever answers it: over the network, within the process, or from a recording.
public protocol HTTPTransport: Sendable {
    /// Sends one request and returns its response; the body may still be arriving.
    ///
    /// - Parameter request: with scheme, authority and path set.
    /// - Parameter timeout: how long to wait for the response's head.
    /// - Throws: ``TransportError`` if no response arrived.
    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply
}

/// No response arrived.
public enum TransportError: Error, Sendable, CustomStringConvertible {
    case timedOut(host: String, after: Duration)
    case unreachable(host: String, reason: String)
    /// The connection closed before the response was whole.
    case truncated(host: String)
    /// The recording or configuration that should answer has nothing for this request.
    case unanswered(String)

    public var description: String {
        switch self {
        case .timedOut(let host, let after): "\(host) did not answer within \(after)"
        case .unreachable(let host, let reason): "\(host) cannot be reached: \(reason)"
        case .truncated(let host): "\(host) closed the connection before its answer was whole"
        case .unanswered(let reason): reason
        }
    }
}
