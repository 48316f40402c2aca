import Foundation
import NIOCore

/// Limits the number of open connections, and stops accepting when descriptors run out. Otherwise the system would report
/// the pending connection again and again. Further clients wait in the system's queue.
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
            this.value.updateAccepting(here.value)
        }
        updateAccepting(context)
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? IOError, [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(error.errnoCode) else {
            return context.fireErrorCaught(error)
        }
        isPausing = true
        updateAccepting(context)
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let here = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: Self.pause) {
            this.value.isPausing = false
            this.value.updateAccepting(here.value)
        }
    }

    /// Starts or stops accepting. NIO's AcceptBackoffHandler only delays reads, and a failed read stays pending until `autoRead`
    /// is off.
    private func updateAccepting(_ context: ChannelHandlerContext) {
        let shallBeOpen = !isPausing && count < limit
        guard shallBeOpen != isOpen, context.channel.isActive else { return }
        isOpen = shallBeOpen
        try? context.channel.syncOptions?.setOption(.autoRead, value: shallBeOpen)
    }

    /// The default limit: three quarters of the process's descriptors, at most 4096 because connections need memory.
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
