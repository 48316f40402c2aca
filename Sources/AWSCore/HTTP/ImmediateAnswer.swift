/// The answer to a request that must not block: the reply itself, or the work that is left to produce it.
public enum ImmediateAnswer: Sendable {
    case reply(HTTPReply)
    /// The request was accepted in its order; the reply needs more time.
    case later(@Sendable () async -> HTTPReply)

    /// Returns the same answer with its reply changed.
    public func map(_ change: @escaping @Sendable (HTTPReply) -> HTTPReply) -> ImmediateAnswer {
        switch self {
        case .reply(let reply): .reply(change(reply))
        case .later(let finish): .later { change(await finish()) }
        }
    }
}
