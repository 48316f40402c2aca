public import AWSCore
public import HTTPTypes

/// Whoever answers the requests that come to a port.
public protocol HTTPResponder: Sendable {
    /// Answers a request whose body is in hand, if nothing has to be waited for. It is called on a thread that serves many
    /// connections: a request that takes more than a moment is left to ``respond(to:body:from:)``, or finished later.
    ///
    /// - Parameter peer: the client's address.
    /// - Returns: nil if the answer takes longer.
    func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer?

    /// Answers a request, whose body may still be arriving.
    func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply
}

extension HTTPResponder {
    public func respondAtOnce(to request: HTTPRequest, body: Bytes, from peer: String) -> ImmediateAnswer? { nil }
}

/// A responder made of a function.
public struct ClosureResponder: HTTPResponder {
    private let answer: @Sendable (HTTPRequest, HTTPBody) async -> HTTPReply

    public init(_ answer: @escaping @Sendable (HTTPRequest, HTTPBody) async -> HTTPReply) { self.answer = answer }

    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String) async -> HTTPReply {
        await answer(request, body)
    }
}
