import AWSCore
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// An HTTPS GET from a server without a trusted certificate. The answer includes the server's thumbprint, so that the caller
/// can decide whether to trust it.
public enum PinnedFetch {
    /// The response, with the server's thumbprint.
    public struct Response: Sendable {
        public let status: Int
        public let body: Bytes
        /// The SHA-1 hash of the last certificate in the server's chain, in lower-case hex: IAM's thumbprint of a provider.
        /// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html
        public let thumbprint: String
    }

    /// Sends the request and reads the whole response.
    /// - Parameter url: `https://host[:port]/path`.
    /// - Parameter timeout: the limit for the whole exchange.
    /// - Parameter limit: the largest accepted body, in bytes.
    /// - Throws: NIO's error if the server cannot be reached; `TransportError.truncated` if it closes early.
    public static func get(_ url: URLComponents, timeout: Duration, limit: Int) async throws -> Response {
        guard url.scheme == "https", let host = url.host else {
            throw TransportError.unreachable(host: url.host ?? "", reason: "its address is not one of HTTPS")
        }
        let thumbprint = Mutex("")
        let context = try NIOSSLContext(configuration: .makeClientConfiguration())
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: NIOHTTPClientResponseFull.self)
        let channel = try await ClientBootstrap(group: loop)
            .connectTimeout(.milliseconds(timeout.milliseconds))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let isName = (try? SocketAddress(ipAddress: host, port: 0)) == nil
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        NIOSSLClientHandler(
                            context: context, serverHostname: isName ? host : nil,
                            customVerificationCallback: { chain, verdict in
                                if let last = try? chain.last?.toDERBytes() {
                                    thumbprint.withLock { $0 = String(hexOf: Insecure.SHA1.hash(data: last)) }
                                }
                                verdict.succeed(.certificateVerified)
                            }))
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandlers(
                        NIOHTTPClientResponseAggregator(maxContentLength: limit), ResponseTaker(answer: answer, host: host))
                }
            }
            .connect(host: host, port: url.port ?? 443).get()
        defer { channel.close(promise: nil) }
        let deadline = loop.scheduleTask(in: .milliseconds(timeout.milliseconds)) {
            answer.fail(TransportError.timedOut(host: host, after: timeout))
        }
        defer { deadline.cancel() }
        var head = HTTPRequestHead(
            version: .http1_1, method: .GET, uri: url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath)
        head.headers.add(name: "Host", value: url.port.map { "\(host):\($0)" } ?? host)
        head.headers.add(name: "Connection", value: "close")
        channel.write(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        let response = try await answer.futureResult.get()
        return Response(
            status: Int(response.head.status.code), body: response.body.map { Bytes($0.readableBytesView) } ?? [],
            thumbprint: thumbprint.withLock { $0 })
    }
}

/// Delivers a connection's one response, or the error.
private final class ResponseTaker: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull
    let answer: EventLoopPromise<NIOHTTPClientResponseFull>
    let host: String

    init(answer: EventLoopPromise<NIOHTTPClientResponseFull>, host: String) {
        self.answer = answer
        self.host = host
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { answer.succeed(unwrapInboundIn(data)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.fail(TransportError.truncated(host: host))
        context.fireChannelInactive()
    }
}
