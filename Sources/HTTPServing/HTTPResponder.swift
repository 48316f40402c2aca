public import AWSCore
public import HTTPTypes

/// Answers the requests to a port.
public protocol HTTPResponder: Sendable {
    /// Answers a request with a complete body, if no waiting is needed. This runs on a thread that serves many connections, so
    /// slow requests are left to ``respond(to:body:from:)`` or finished later.
    ///
    /// - Parameter peer: the client's address.
    /// - Returns: nil if the response takes longer.
    func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer?

    /// Answers a request, whose body may still be arriving.
    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply
}

extension HTTPResponder {
    public func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? { nil }
}

/// A responder that calls a closure.
public struct ClosureResponder: HTTPResponder {
    private let answer: @Sendable (HTTPRequest, HTTPBody) async -> HTTPReply

    public init(_ answer: @escaping @Sendable (HTTPRequest, HTTPBody) async -> HTTPReply) { self.answer = answer }

    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        await answer(request, body)
    }
}
