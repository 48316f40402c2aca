import AWSCore
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Handles one client's connection: assembles requests, has them answered and writes the responses.
///
/// Requests that need no waiting are answered within the call that read their last byte; others are answered by a task. The
/// pipeline delivers the next request after the last one is answered. ``ConnectionState`` decides what happens next.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// The largest body held in memory, in bytes. The responder reads longer ones (layer parts) outside the event loop's thread.
    private static let largestInHand = 256 << 10

    /// A request ready to be answered. `pieces` delivers its body if that is still arriving.
    private struct Ready {
        let request: HTTPRequest
        let body: HTTPBody
        let pieces: RequestPieces?
    }

    private let responder: any HTTPResponder
    private let options: HTTPServer.Options
    private let turns: Turns

    private var state: ConnectionState
    private var request: HTTPRequest?
    private var body = Bytes()
    private var pieces: RequestPieces?
    /// The request that waits for its turn.
    private var held: Ready?
    private var fields = RequestFields()
    private var work: Task<Void, Never>?
    private var form = ResponseForm()
    /// The number of body bytes written so far.
    private var sent = 0
    private var isSecure: Bool?
    private var peer = ""
    private var watch: Scheduled<Void>?

    init(_ responder: any HTTPResponder, _ options: HTTPServer.Options, _ turns: Turns) {
        self.responder = responder
        self.options = options
        self.turns = turns
        state = ConnectionState(options.limits, at: .now())
    }

    // MARK: Lifetime

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { look(context) } }

    func channelActive(context: ChannelHandlerContext) {
        look(context)
        context.fireChannelActive()
    }

    /// Checks the client's pace, and schedules the next check. This is cheaper than a timer for each request.
    private func look(_ context: ChannelHandlerContext) {
        watch?.cancel()
        let unsent = unsent(context)
        guard let next = state.look(sent: sent, unsent: unsent, at: .now()) else {
            // With no linger time, the system also drops unsent data for a client that receives nothing.
            if unsent > 0, let socket = context.channel as? any SocketOptionProvider {
                _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
            }
            return context.close(promise: nil)
        }
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let here = NIOLoopBound(context, eventLoop: context.eventLoop)
        watch = context.eventLoop.scheduleTask(deadline: next) { this.value.look(here.value) }
    }

    /// Returns the number of bytes that the channel has not sent yet.
    private func unsent(_ context: ChannelHandlerContext) -> Int {
        (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if state.writability(isWritable, sent: sent, unsent: unsent(context), at: .now()) { askForTurn(context) }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer):
            state.bodyCame(buffer.readableBytes, at: .now())
            switch state.reading {
            case .whole: body.append(contentsOf: buffer.readableBytesView)
            case .pieces:
                pieces?.arrived(buffer)
                state.piecesAreFull(pieces?.isFull == true, at: .now())
            case .head, .discarding: break
            }
        case .end:
            switch state.requestEnded(at: .now()) {
            case .answer:
                guard let request else { return }
                let body = body
                (self.request, self.body) = (nil, [])
                respondInTurn(Ready(request: request, body: .bytes(body), pieces: nil), context)
            case .endPieces:
                pieces?.end()
                pieces = nil
            case .close: context.close(promise: nil)
            case .nothing: break
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        state.turnEnded()
        context.fireChannelReadComplete()
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let length = Self.length(head)
        let isWhole = length.map { $0 <= Self.largestInHand } ?? false
        guard state.begin(isWhole ? .whole : .pieces(isFull: false), isKept: head.isKeepAlive, at: .now()) else { return }
        if peer.isEmpty { peer = context.channel.remoteAddress?.ipAddress ?? "127.0.0.1" }
        // The codec cannot tell, because it was created before TLS started.
        let isSecure = isSecure ?? ((try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)) != nil)
        self.isSecure = isSecure
        form = ResponseForm(to: head)
        if let status = Self.refusal(of: head) { return refuse(status, context) }
        guard let request = fields.request(head, scheme: isSecure ? "https" : "http") else {
            return refuse(.badRequest, context)
        }
        if isWhole {
            self.request = request
            body = Bytes()
            body.reserveCapacity(length ?? 0)
        } else {
            let (pieces, stream) = RequestPieces.make(for: self, on: context)
            self.pieces = pieces
            respondInTurn(Ready(request: request, body: .stream(stream, length: length), pieces: pieces), context)
        }
        if length != 0, head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    /// Returns the body's length in bytes; nil if it is chunked.
    private static func length(_ head: HTTPRequestHead) -> Int? {
        if let announced = head.headers.first(name: "Content-Length") { return Int(announced) }
        return head.headers.contains(name: "Transfer-Encoding") ? nil : 0
    }

    /// Rejects a request. A task responds, because the previous response may not have been sent yet.
    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        state.refuse()
        form.isKept = false
        let (form, channel) = (form, context.channel)
        work = Task { await ResponseWriter(channel: channel, form: form).write(HTTPReply(HTTPResponse(status: status))) }
    }

    /// Rejects what the codec accepts and RFC 9112 forbids: no host, or several (§3.2), and transfer codings besides chunked
    /// (§6.1).
    private static func refusal(of head: HTTPRequestHead) -> HTTPResponse.Status? {
        var hosts = 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.lowercased() == "host": hosts += 1
            case 17 where name.lowercased() == "transfer-encoding":
                if value.lowercased() != "chunked" { return .notImplemented }
            default: break
            }
        }
        return hosts == 1 || hosts == 0 && head.version != .http1_1 ? nil : .badRequest
    }

    func read(context: ChannelHandlerContext) { if state.mayRead() { context.read() } }

    /// Handles a demand from the body's reader: more, or no more at all.
    func bodyIsWanted(_ isWanted: Bool, _ pieces: RequestPieces, _ context: ChannelHandlerContext) {
        if self.pieces === pieces {
            if isWanted { state.piecesAreFull(false, at: .now()) } else { state.piecesAreUnwanted(at: .now()) }
        }
        releaseRead(context)
    }

    private func releaseRead(_ context: ChannelHandlerContext) { if state.releaseRead() { context.read() } }

    // MARK: Answering

    private func respondInTurn(_ ready: Ready, _ context: ChannelHandlerContext) {
        switch state.turn() {
        case .now: respondNow(ready, context)
        case .waitsForTurn:
            held = ready
            askForTurn(context)
        case .waitsForClient: held = ready
        }
    }

    private func askForTurn(_ context: ChannelHandlerContext) {
        turns.ask { [self] in
            guard state.turnCame(), let ready = held else { return false }
            held = nil
            respondNow(ready, context)
            state.turnEnded()
            return true
        }
    }

    private func respondNow(_ ready: Ready, _ context: ChannelHandlerContext) {
        if case .bytes(let body) = ready.body,
            let answer = responder.respondAtOnce(to: ready.request, body: body, from: peer)
        {
            switch answer {
            case .reply(let reply):
                if reply.delivery == nil, case .bytes = reply.body { return write(reply, context) }
                return respondLater(ready.pieces, context) { reply }
            case .later(let finish): return respondLater(ready.pieces, context, finish)
            }
        }
        let (responder, peer, request, body) = (responder, peer, ready.request, ready.body)
        respondLater(ready.pieces, context) { await responder.respond(to: request, body: body, from: peer) }
    }

    private func respondLater(
        _ pieces: RequestPieces?, _ context: ChannelHandlerContext, _ answer: @escaping @Sendable () async -> HTTPReply
    ) {
        let channel = context.channel
        let form = form
        let bodyStatus = pieces?.bodyStatus
        work = Task {
            var reply = await answer(), form = form
            // A body that HTTP cannot parse is the client's error (400), not the handler's.
            if bodyStatus?.isBroken == true {
                form.isKept = false
                if reply.response.status.code >= 500 { reply = HTTPReply(HTTPResponse(status: .badRequest)) }
            }
            await ResponseWriter(channel: channel, form: form).write(reply)
        }
    }

    private func write(_ reply: HTTPReply, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(form.head(of: reply))), promise: nil)
        if !form.isHead, case .bytes(let bytes) = reply.body, !bytes.isEmpty {
            sent += bytes.count
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }
        end(context, nil, atOnce: true)
        context.flush()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .end: return end(context, promise, atOnce: false)
        case .body(let body): sent += body.readableBytes
        case .head: break
        }
        context.write(data, promise: promise)
    }

    /// Ends a response. The pipeline delivers the next request at once, so this request's state is cleared first.
    private func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?, atOnce: Bool) {
        work = nil
        var promise = promise
        let ending = state.answered(atOnce: atOnce)
        if ending != .staysOpen {
            promise = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            promise?.futureResult.whenComplete { _ in
                if ending == .closesSlowly { Self.closeSlowly(channel) } else { channel.close(promise: nil) }
            }
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
        releaseRead(context)
    }

    /// Closes output first. If data still arrives at a closed socket, the client may lose a response that it has not read yet.
    private static func closeSlowly(_ channel: any Channel) {
        channel.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event, state.inputClosed() { context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch state.broke(isParserError: error is HTTPParserError) {
        case .nothing: break
        case .failPieces: pieces?.fail(error)
        case .answerBadRequest:
            form.isKept = false
            write(HTTPReply(HTTPResponse(status: .badRequest)), context)
        case .close: context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .pieces = state.reading { pieces?.fail(ChannelError.eof) }
        state.closed()
        held = nil
        pieces = nil
        watch?.cancel()
        if options.cancelsAbandoned { work?.cancel() }
        context.fireChannelInactive()
    }
}
