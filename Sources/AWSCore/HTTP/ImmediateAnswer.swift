/// What a request is answered with without waiting: the reply, or what is still to be done for it.
public enum ImmediateAnswer: Sendable {
    case reply(HTTPReply)
    /// The request was taken in, in its order; its answer takes longer.
    case later(@Sendable () async -> HTTPReply)

    /// The same with another reply.
    public func map(_ change: @escaping @Sendable (HTTPReply) -> HTTPReply) -> ImmediateAnswer {
        switch self {
        case .reply(let reply): .reply(change(reply))
        case .later(let finish): .later { change(await finish()) }
        }
    }
}
