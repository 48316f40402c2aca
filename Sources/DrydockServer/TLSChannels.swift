import Certificates
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOSSL

extension HTTPServerBuilder {
    /// HTTP/1.1; with a TLS context, HTTPS on the same port too, or alone.
    static func http1(
        tls: NIOSSLContext? = nil, requiresTLS: Bool = false, idleTimeout: TimeAmount = .seconds(120)
    ) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in
            let handlers: @Sendable () -> [any RemovableChannelHandler] = { tls == nil ? [] : [SchemeHandler()] }
            let base = HTTP1Channel(
                responder: responder, configuration: .init(additionalChannelHandlers: handlers(), idleTimeout: idleTimeout))
            return EventLoopBound(DrydockChannel(base: base, tls: tls, requiresTLS: requiresTLS))
        }
    }
}

/// A connection that may turn out to be TLS, and that layers come through.
private struct DrydockChannel: ServerChildChannel {
    /// The most that is read at once: what comes in large pieces is hashed and written in large pieces.
    private static let largestRead = 256 << 10

    let base: HTTP1Channel
    let tls: NIOSSLContext?
    let requiresTLS: Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: Self.largestRead)
        return channel.setOption(ChannelOptions.recvAllocator, value: allocator).flatMapThrowing {
            guard let tls else { return }
            try channel.pipeline.syncOperations.addHandler(TLSDetection(tls, requiresTLS: requiresTLS))
        }.flatMap { base.setup(channel: channel, logger: logger) }
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }
}

/// Tells requests that came through TLS by their scheme; the codec, which was there before TLS was, takes all for plain.
private final class SchemeHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart

    private var isSecure: Bool?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isSecure =
            isSecure ?? ((try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)) != nil)
        self.isSecure = isSecure
        if isSecure { head.scheme = "https" }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
