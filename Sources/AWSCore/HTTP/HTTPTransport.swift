import HTTPTypes

/// A response: head and body.
public struct HTTPReply: Sendable {
    public var response: HTTPResponse
    public var body: HTTPBody
    /// A network fault to apply when the reply is sent; nil for none.
    public var delivery: Delivery?

    public init(_ response: HTTPResponse, _ body: HTTPBody = .empty) {
        self.response = response
        self.body = body
    }

    /// A simulated network fault of a reply. A transport or a server applies it.
    public struct Delivery: Sendable, Equatable {
        /// Whether and where the reply is cut off.
        public enum End: Sendable, Equatable {
            case whole
            /// The connection closes without a reply.
            case dropped
            /// The connection closes after this many bytes of the body.
            case truncated(after: Int)
        }
        /// How long to delay the reply.
        public var delay: Duration
        public var end: End

        public init(delay: Duration = .zero, end: End = .whole) {
            self.delay = delay
            self.end = end
        }
    }
}

/// Sends requests to a server: over the network, within the process, or to a recording.
public protocol HTTPTransport: Sendable {
    /// Sends one request and returns its response. The body may still be arriving.
    ///
    /// - Parameter request: with scheme, authority and path set.
    /// - Parameter timeout: how long to wait for the response's head.
    /// - Throws: ``TransportError`` if no response arrived.
    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply
}

/// The request got no complete response.
public enum TransportError: Error, Sendable, CustomStringConvertible {
    case timedOut(host: String, after: Duration)
    case unreachable(host: String, reason: String)
    /// The connection closed before the response was whole.
    case truncated(host: String)
    /// The recording or configuration has no response for this request.
    case unanswered(String)

    public var description: String {
        switch self {
        case .timedOut(let host, let after): "\(host) did not answer within \(after)"
        case .unreachable(let host, let reason): "\(host) cannot be reached: \(reason)"
        case .truncated(let host): "\(host) closed the connection before its response was complete"
        case .unanswered(let reason): reason
        }
    }
}
