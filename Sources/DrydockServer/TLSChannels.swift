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
            guard let tls else {
                return EventLoopBound(HTTP1Channel(responder: responder, configuration: .init(idleTimeout: idleTimeout)))
            }
            let base = HTTP1Channel(
                responder: responder,
                configuration: .init(additionalChannelHandlers: [SchemeHandler()], idleTimeout: idleTimeout))
            return EventLoopBound(DetectingChannel(base: base, tls: tls, requiresTLS: requiresTLS))
        }
    }
}

/// A connection that may turn out to be TLS.
private struct DetectingChannel: ServerChildChannel {
    let base: HTTP1Channel
    let tls: NIOSSLContext
    let requiresTLS: Bool

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        channel.eventLoop.makeCompletedFuture {
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
