import AWSCore
import NIOCore
import Synchronization

/// A request's body on its way from the connection to its reader.
final class RequestPieces {
    typealias Producer = NIOThrowingAsyncSequenceProducer<
        Bytes, any Error, NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark, Demand
    >

    /// Whether the body ended with an error: bad chunks, or the connection broke.
    final class BodyStatus: Sendable {
        private let broken = Atomic(false)
        var isBroken: Bool { broken.load(ordering: .relaxed) }
        fileprivate func breaks() { broken.store(true, ordering: .relaxed) }
    }

    /// Passes the reader's demand to the connection.
    final class Demand: NIOAsyncSequenceProducerDelegate {
        private let eventLoop: any EventLoop
        private let tell: @Sendable (Bool) -> Void

        init(on eventLoop: any EventLoop, _ tell: @escaping @Sendable (Bool) -> Void) {
            self.eventLoop = eventLoop
            self.tell = tell
        }
        func produceMore() { eventLoop.execute { [tell] in tell(true) } }
        func didTerminate() { eventLoop.execute { [tell] in tell(false) } }
    }

    let bodyStatus = BodyStatus()
    /// Whether the reader is full.
    private(set) var isFull = false
    private let source: Producer.Source

    private init(_ source: Producer.Source) { self.source = source }

    static func make(
        for connection: HTTPConnection, on context: ChannelHandlerContext
    ) -> (pieces: RequestPieces, stream: HTTPBodyStream) {
        let connection = NIOLoopBound(connection, eventLoop: context.eventLoop)
        let context = NIOLoopBound(context, eventLoop: context.eventLoop)
        let made = NIOLoopBoundBox<RequestPieces?>(nil, eventLoop: context.value.eventLoop)
        let demand = Demand(on: context.value.eventLoop) { isWanted in
            guard let pieces = made.value else { return }
            pieces.isFull = false
            connection.value.bodyIsWanted(isWanted, pieces, context.value)
            if !isWanted { made.value = nil }
        }
        let sequence = Producer.makeSequence(
            backPressureStrategy: .init(lowWatermark: 2, highWatermark: 8), finishOnDeinit: true, delegate: demand)
        let pieces = RequestPieces(sequence.source)
        made.value = pieces
        return (pieces, HTTPBodyStream(sequence.sequence))
    }

    func arrived(_ buffer: ByteBuffer) {
        switch source.yield(buffer.withUnsafeReadableBytes { Bytes($0) }) {
        case .produceMore: isFull = false
        case .stopProducing: isFull = true
        case .dropped: isFull = false
        }
    }

    func end() { source.finish() }

    func fail(_ error: any Error) {
        bodyStatus.breaks()
        source.finish(error)
    }
}
