import Certificates
public import NIOCore
import NIOHTTP1
import NIOPosix
public import NIOSSL
import Synchronization

/// An HTTP/1.1 server on a port, or on a socket that already listens. With a TLS context it also serves HTTPS on the same
/// port, or only HTTPS.
public final class HTTPServer: Sendable {
    /// Where a server listens.
    public enum ListenAddress: Sendable {
        /// Port 0 selects a free port.
        case address(host: String, port: Int)
        /// The descriptor of a listening socket. The server closes it.
        case socket(Int32)
    }

    /// TLS and time limits.
    public struct Options: Sendable {
        public var tls: NIOSSLContext?
        /// Whether to close connections that start in plain text.
        public var requiresTLS: Bool
        /// Whether to cancel work for clients that have disconnected.
        public var cancelsAbandoned: Bool
        /// How long a client may be silent before its connection is closed.
        public var idleTimeout: TimeAmount
        /// The minimum rate in bytes per second, for request bodies and for responses, measured over ``paceWindow``.
        public var slowestPace = 1 << 10
        public var paceWindow = TimeAmount.seconds(60)
        /// The maximum number of open connections; others wait until one closes.
        public var mostConnections = AcceptGate.usualLimit

        var limits: ConnectionPace.Limits { .init(idle: idleTimeout, window: paceWindow, slowest: slowestPace) }

        public init(
            tls: NIOSSLContext? = nil, requiresTLS: Bool = false, cancelsAbandoned: Bool = false,
            idleTimeout: TimeAmount = .seconds(120)
        ) {
            self.tls = tls
            self.requiresTLS = requiresTLS
            self.cancelsAbandoned = cancelsAbandoned
            self.idleTimeout = idleTimeout
        }
    }

    /// The largest read in bytes: large pieces are hashed and written in large pieces.
    private static let largestRead = 256 << 10

    private let channel: any Channel
    private let connections: OpenConnections

    /// The port that the server listens on; 0 for a socket without ports.
    public var port: Int { channel.localAddress?.port ?? 0 }

    private init(_ channel: any Channel, _ connections: OpenConnections) {
        self.channel = channel
        self.connections = connections
    }

    /// Starts to listen and to answer requests, until ``stop(within:)``.
    /// - Throws: NIO's error if the server cannot listen on the address.
    public static func start(
        at listenAddress: ListenAddress, on group: any EventLoopGroup, _ options: Options = Options(),
        _ responder: any HTTPResponder
    ) async throws -> HTTPServer {
        let connections = OpenConnections()
        let turns = TurnTable()
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptGate(limit: options.mostConnections))
                }
            }
            .childChannelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: largestRead)
            )
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = options.tls {
                        try pipeline.addHandler(TLSDetection(tls, requiresTLS: options.requiresTLS))
                    }
                    // The connection handles the codec's errors, because it knows whether a response is already in progress.
                    // Headers are not validated here: they are well-formed by construction.
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: false, withOutboundHeaderValidation: false)
                    try pipeline.addHandler(HTTPConnection(responder, options, turns.turns(of: channel.eventLoop)))
                    connections.add(channel)
                }
            }
        let channel =
            switch listenAddress {
            case .address(let host, let port):
                try await bootstrap.serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                    .childChannelOption(.tcpOption(.tcp_nodelay), value: 1).bind(host: host, port: port).get()
            case .socket(let descriptor): try await bootstrap.withBoundSocket(descriptor).get()
            }
        return HTTPServer(channel, connections)
    }

    /// Accepts no more connections, lets current requests finish, and closes the rest after `grace`.
    public func stop(within grace: TimeAmount = .zero) async {
        try? await channel.close()
        await connections.close(within: grace, on: channel.eventLoop)
    }
}

/// The open connections of a server.
private final class OpenConnections: Sendable {
    private let state = Mutex<(channels: [ObjectIdentifier: any Channel], isClosing: Bool)>(([:], false))

    func add(_ channel: any Channel) {
        let key = ObjectIdentifier(channel)
        let isClosing = state.withLock { state in
            state.channels[key] = channel
            return state.isClosing
        }
        channel.closeFuture.whenComplete { _ in self.state.withLock { _ = $0.channels.removeValue(forKey: key) } }
        if isClosing { Self.quiesce(channel) }
    }

    func close(within grace: TimeAmount, on eventLoop: any EventLoop) async {
        let open = state.withLock { state in
            state.isClosing = true
            return Array(state.channels.values)
        }
        for channel in open { if grace > .zero { Self.quiesce(channel) } else { channel.close(promise: nil) } }
        let end = eventLoop.scheduleTask(in: grace) { for channel in open { channel.close(promise: nil) } }
        try? await EventLoopFuture.andAllComplete(open.map(\.closeFuture), on: eventLoop).get()
        end.cancel()
    }

    private static func quiesce(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
}
