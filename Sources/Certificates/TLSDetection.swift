public import NIOCore
public import NIOSSL

/// Detects TLS by a connection's first byte, for ports with both TLS and plain text. TLS starts with byte 22, which starts no
/// HTTP method. The handler removes itself afterwards.
public final class TLSDetection: ChannelInboundHandler, RemovableChannelHandler {
    public typealias InboundIn = ByteBuffer
    public typealias InboundOut = ByteBuffer

    private static let handshake: UInt8 = 22
    private let context: NIOSSLContext
    private let requiresTLS: Bool

    /// - Parameter requiresTLS: whether to close connections that start in plain text.
    public init(_ context: NIOSSLContext, requiresTLS: Bool = false) {
        self.context = context
        self.requiresTLS = requiresTLS
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard let first = buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) else { return }
        let pipeline = context.pipeline.syncOperations
        if first == Self.handshake {
            do {
                try pipeline.addHandler(NIOSSLServerHandler(context: self.context), position: .after(self))
            } catch {
                context.fireErrorCaught(error)
                return context.close(promise: nil)
            }
        } else if requiresTLS {
            return context.close(promise: nil)
        }
        context.fireChannelRead(data)
        pipeline.removeHandler(context: context, promise: nil)
    }
}
