import AWSCore
import Certificates
import Foundation
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// HTTP on a socket that listens already: on a Unix socket, or in a sandbox's own network.
struct SocketServer: Sendable {
    typealias Responder = @Sendable (HTTPRequest, HTTPBody) async -> HTTPReply

    private let channel: any Channel

    /// Takes over the socket and answers until ``close()``.
    /// - Parameter tls: nil for plain HTTP.
    static func start(
        _ socket: Int32, tls: NIOSSLContext? = nil, _ respond: @escaping Responder
    ) async throws -> SocketServer {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(TLSDetection(tls, requiresTLS: true)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                    try channel.pipeline.syncOperations.addHandler(
                        RequestReader(scheme: tls == nil ? "http" : "https", respond))
                }
            }
            .withBoundSocket(socket).get()
        return SocketServer(channel: channel)
    }

    func close() async { try? await channel.close() }
}

/// Gathers a request and has it answered; the pipeline lets the next one through when the answer is written.
private final class RequestReader: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private static let mostBytes = 1 << 30
    private let scheme: String
    private let respond: SocketServer.Responder
    private var head: HTTPRequestHead?
    private var body = Bytes()
    private var work: Task<Void, Never>?

    init(scheme: String, _ respond: @escaping SocketServer.Responder) {
        self.scheme = scheme
        self.respond = respond
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
            if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
                context.writeAndFlush(
                    wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
            }
        case .body(let buffer):
            guard body.count + buffer.readableBytes <= Self.mostBytes else { return context.close(promise: nil) }
            body.append(contentsOf: buffer.readableBytesView)
        case .end:
            guard let head, let method = HTTPRequest.Method(rawValue: head.method.rawValue) else {
                return context.close(promise: nil)
            }
            var request = HTTPRequest(
                method: method, scheme: scheme, authority: head.headers.first(name: "Host") ?? "localhost", path: head.uri)
            for (name, value) in head.headers {
                if let name = HTTPField.Name(name), name.canonicalName != "host" {
                    request.headerFields.append(HTTPField(name: name, value: value))
                }
            }
            let bytes = body
            body = []
            work = Self.answer(request, bytes, isKept: head.isKeepAlive, respond, on: context.channel)
        }
    }

    private static func answer(
        _ request: HTTPRequest, _ body: Bytes, isKept: Bool, _ respond: @escaping SocketServer.Responder,
        on channel: any Channel
    ) -> Task<Void, Never> {
        Task {
            let reply = await respond(request, .bytes(body))
            do {
                try await write(reply, isHead: request.method == .head, isKept: isKept, to: channel)
            } catch { try? await channel.close() }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        work?.cancel()
        context.fireChannelInactive()
    }

    private static func write(_ reply: HTTPReply, isHead: Bool, isKept: Bool, to channel: any Channel) async throws {
        var headers = HTTPHeaders(reply.response.headerFields.map { ($0.name.rawName, $0.value) })
        if !headers.contains(name: "Content-Length") {
            if let length = reply.body.length {
                headers.add(name: "Content-Length", value: "\(length)")
            } else if !isHead {
                headers.add(name: "Transfer-Encoding", value: "chunked")
            }
        }
        if !isKept { headers.replaceOrAdd(name: "Connection", value: "close") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: reply.response.status.code), headers: headers)
        try await channel.writeAndFlush(HTTPServerResponsePart.head(head))
        if !isHead {
            for try await piece in HTTPBodyStream(pieces: reply.body) {
                try await channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: piece))))
            }
        }
        try await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
        if !isKept { try await channel.close() }
    }
}
