import Foundation
import NIOCore

/// Lets in no more connections than a server can hold, and waits where there are no descriptors: a socket that can be
/// accepted, and isn't, would be told of without end. Clients that are not let in wait in the system's queue.
final class AcceptGate: ChannelInboundHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel

    private static let pause = TimeAmount.milliseconds(250)
    private let limit: Int
    private var count = 0
    private var isPausing = false
    private var isOpen = true

    init(limit: Int) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += 1
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let here = NIOLoopBound(context, eventLoop: context.eventLoop)
        unwrapInboundIn(data).closeFuture.hop(to: context.eventLoop).whenComplete { _ in
            this.value.count -= 1
            this.value.settle(here.value)
        }
        settle(context)
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        isPausing = true
        settle(context)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let here = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            this.value.isPausing = false
            this.value.settle(here.value)
        }
    }

    /// NIO's own AcceptBackoffHandler holds reads back, but a read that failed is still wanted: only this ends it.
    private func settle(_ context: ChannelHandlerContext) {
        let shallBeOpen = !isPausing && count < limit
        guard shallBeOpen != isOpen, context.channel.isActive else { return }
        isOpen = shallBeOpen
        try? context.channel.syncOptions?.setOption(.autoRead, value: shallBeOpen)
    }

    /// What a process may well hold: most of its descriptors, and the memory of some thousand connections.
    static var usualLimit: Int {
        var limits = rlimit()
        #if os(Linux)
            let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let kind = RLIMIT_NOFILE
        #endif
        guard getrlimit(kind, &limits) == 0 else { return 512 }
        return Int(min(4096, max(16, limits.rlim_cur / 4 * 3)))
    }
}
