import AWSCore
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One client's connection: puts requests together, has them answered and sees to it that the answers are written.
///
/// What can be answered at once is, within the very call that read the request's last byte; a task is for what has to wait.
/// The pipeline before it lets the next request through when the last one is answered.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Longer bodies (parts of layers) are read by whoever answers, apart from the thread that others wait for.
    private static let largestInHand = 256 << 10

    private let responder: any HTTPResponder
    private let options: HTTPServer.Options

    private enum Reading {
        case nothing
        case whole(HTTPRequest, body: Bytes)
        case pieces(RequestPieces)
        /// The rest of a body whose request is answered already, or whose reader doesn't want it.
        case discarding
    }
    private var reading = Reading.nothing
    private var fields = RequestFields()
    private var work: Task<Void, Never>?
    private var form = ResponseForm()
    private var isAnswering = false
    /// A read that waits until a body's reader asks for more.
    private var heldRead = false
    private var isInputClosed = false
    /// Whether something came that is not HTTP.
    private var isBroken = false
    /// Whether the last answer has been written: what comes behind its request is not looked at.
    private var isOver = false
    private var isSecure: Bool?
    private var peer = ""

    /// When the client was last heard, and the timer that looks at it now and then.
    private var lastRead = NIODeadline.uptimeNanoseconds(0)
    private var idleTimer: Scheduled<Void>?

    init(_ responder: any HTTPResponder, _ options: HTTPServer.Options) {
        self.responder = responder
        self.options = options
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { watch(context) } }

    func channelActive(context: ChannelHandlerContext) {
        watch(context)
        context.fireChannelActive()
    }

    private func watch(_ context: ChannelHandlerContext) {
        lastRead = .now()
        if idleTimer == nil { lookAgain(at: lastRead + options.idleTimeout, context) }
    }

    /// A timer that is set anew with each request would cost more than looking once at the end of its time.
    private func lookAgain(at deadline: NIODeadline, _ context: ChannelHandlerContext) {
        let this = NIOLoopBound(self, eventLoop: context.eventLoop)
        let here = NIOLoopBound(context, eventLoop: context.eventLoop)
        idleTimer = context.eventLoop.scheduleTask(deadline: deadline) { this.value.closeIfIdle(here.value) }
    }

    private func closeIfIdle(_ context: ChannelHandlerContext) {
        let end = lastRead + options.idleTimeout
        if end > .now() { return lookAgain(at: end, context) }
        // A client that stopped within its request, or that has nothing more to ask.
        if work == nil || isReadingPieces { return context.close(promise: nil) }
        lookAgain(at: .now() + options.idleTimeout, context)
    }

    // MARK: Reading

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = .now()
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer):
            switch reading {
            case .whole(let request, var body):
                reading = .nothing
                body.append(contentsOf: buffer.readableBytesView)
                reading = .whole(request, body: body)
            case .pieces(let pieces): pieces.arrived(buffer)
            case .nothing, .discarding: break
            }
        case .end:
            let ended = reading
            reading = .nothing
            switch ended {
            case .whole(let request, let body): answer(request, body, context)
            case .pieces(let pieces): pieces.end()
            // It was answered before all of it had come.
            case .discarding: if !isAnswering, isLast { context.close(promise: nil) }
            case .nothing: break
            }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if isOver { return }
        isAnswering = true
        if peer.isEmpty { peer = context.channel.remoteAddress?.ipAddress ?? "127.0.0.1" }
        // The codec, which was there before TLS was, can't tell.
        let isSecure = isSecure ?? ((try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)) != nil)
        self.isSecure = isSecure
        form = ResponseForm(to: head)
        let isChunked = head.headers.contains(name: "Transfer-Encoding")
        let announced = head.headers.first(name: "Content-Length")
        let length = announced.map { Int($0) } ?? (isChunked ? nil : 0)
        if let status = Self.refusal(of: head) { return refuse(status, context) }
        guard let request = fields.request(head, scheme: isSecure ? "https" : "http") else {
            return refuse(.badRequest, context)
        }
        if let length, length <= Self.largestInHand {
            var body = Bytes()
            body.reserveCapacity(length)
            reading = .whole(request, body: body)
        } else {
            let (pieces, stream) = RequestPieces.make(for: self, on: context)
            reading = .pieces(pieces)
            answerLater(request, .stream(stream, length: length), pieces, context)
        }
        if length != 0, head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    /// Answered apart from here: the answer to the request before may not have been sent yet.
    private func refuse(_ status: HTTPResponse.Status, _ context: ChannelHandlerContext) {
        reading = .discarding
        form.isKept = false
        let (form, channel) = (form, context.channel)
        work = Task { await ResponseWriter(channel: channel, form: form).write(HTTPReply(HTTPResponse(status: status))) }
    }

    /// What the codec lets pass and RFC 9112 does not: no host, or several (§3.2), and transfer codings besides chunks (§6.1).
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

    func read(context: ChannelHandlerContext) {
        if case .pieces(let pieces) = reading, pieces.isFull { heldRead = true } else { context.read() }
    }

    /// A body's reader wants more, or nothing more at all.
    func bodyIsWanted(_ isWanted: Bool, _ pieces: RequestPieces, _ context: ChannelHandlerContext) {
        if !isWanted, case .pieces(let current) = reading, current === pieces { reading = .discarding }
        releaseRead(context)
    }

    private func releaseRead(_ context: ChannelHandlerContext) {
        guard heldRead else { return }
        heldRead = false
        context.read()
    }

    // MARK: Answering

    private func answer(_ request: HTTPRequest, _ body: Bytes, _ context: ChannelHandlerContext) {
        if let reply = responder.respondAtOnce(to: request, body: body, from: peer), reply.delivery == nil,
            case .bytes = reply.body
        {
            return write(reply, context)
        }
        answerLater(request, .bytes(body), nil, context)
    }

    private func answerLater(
        _ request: HTTPRequest, _ body: HTTPBody, _ pieces: RequestPieces?, _ context: ChannelHandlerContext
    ) {
        let (responder, peer, channel) = (responder, peer, context.channel)
        let form = form
        let fate = pieces?.fate
        work = Task {
            var reply = await responder.respond(to: request, body: body, from: peer), form = form
            // Whoever reads a body takes an error of it for one of their own; one that HTTP can't read is the client's mistake.
            if fate?.isBroken == true {
                form.isKept = false
                if reply.response.status.code >= 500 { reply = HTTPReply(HTTPResponse(status: .badRequest)) }
            }
            await ResponseWriter(channel: channel, form: form).write(reply)
        }
    }

    private func write(_ reply: HTTPReply, _ context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(form.head(of: reply))), promise: nil)
        if !form.isHead, case .bytes(let bytes) = reply.body, !bytes.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: bytes)))), promise: nil)
        }
        end(context, nil)
        context.flush()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) { end(context, promise) } else { context.write(data, promise: promise) }
    }

    /// The end of an answer. The pipeline lets the next request through at once: what is known of this one is forgotten first.
    private func end(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        work = nil
        isAnswering = false
        var promise = promise
        switch reading {
        case .nothing where isLast:
            isOver = true
            promise = promise ?? context.eventLoop.makePromise()
            let channel = context.channel
            promise?.futureResult.whenComplete { [isBroken] _ in
                if isBroken { Self.closeSlowly(channel) } else { channel.close(promise: nil) }
            }
        case .pieces: reading = .discarding
        case .nothing, .whole, .discarding: break
        }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
        releaseRead(context)
    }

    /// Closed at once, a connection that more is sent over would take back an answer that the client has not read yet.
    private static func closeSlowly(_ channel: any Channel) {
        channel.close(mode: .output).whenFailure { _ in channel.close(promise: nil) }
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }

    /// Whether the connection ends with the request that is over.
    private var isLast: Bool { isInputClosed || !form.isKept }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event {
            isInputClosed = true
            if !isAnswering { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    private var isReadingPieces: Bool {
        if case .pieces(let pieces) = reading { return !pieces.isFull }
        return false
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The codec complains of everything that comes behind what it could not read.
        if isBroken { return }
        let broken = reading
        // Nothing that comes after it can be read.
        reading = .nothing
        form.isKept = false
        isBroken = true
        if case .pieces(let pieces) = broken {
            // Its reader learns of it, and answers.
            pieces.fail(error)
        } else if case .discarding = broken, isAnswering {
            // The answer is on its way, and the end comes with it.
        } else if error is HTTPParserError, work == nil {
            write(HTTPReply(HTTPResponse(status: .badRequest)), context)
        } else {
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .pieces(let pieces) = reading { pieces.fail(ChannelError.eof) }
        reading = .discarding
        idleTimer?.cancel()
        if options.cancelsAbandoned { work?.cancel() }
        context.fireChannelInactive()
    }
}
