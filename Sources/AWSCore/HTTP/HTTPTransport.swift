import HTTPTypes

/// What came back: a response's head and body.
public struct HTTPReply: Sendable {
    public var response: HTTPResponse
    public var body: HTTPBody
    /// What becomes of the reply on its way; nil if nothing does.
    public var delivery: Delivery?

    public init(_ response: HTTPResponse, _ body: HTTPBody = .empty) {
        self.response = response
        self.body = body
    }

    /// A reply's misfortune, for whoever plays a bad network: a transport or a server carries it out.
    public struct Delivery: Sendable, Equatable {
        public enum End: Sendable, Equatable {
            case whole
            /// The connection closes without a reply.
            case dropped
            /// The connection closes after so many bytes of the body.
            case truncated(after: Int)
        }
        /// How long the reply is under way.
        public var delay: Duration
        public var end: End

        public init(delay: Duration = .zero, end: End = .whole) {
            self.delay = delay
            self.end = end
        }
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
