import HTTPServing
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Ports that are served together, until the process or the task is told to end.
struct ServedPort: Service, CustomStringConvertible {
    /// The group names its services by their descriptions: without one of its own, a port's is the whole simulator's, which costs
    /// a start several milliseconds.
    var description: String { "\(host):\(port)" }

    let host: String
    let port: Int
    let options: HTTPServer.Options
    let responder: any HTTPResponder
    /// Called with the port once connections are accepted.
    let onReady: @Sendable (Int) async -> Void
    /// Called when the end has come, before requests under way are waited for.
    var onEnd: @Sendable () -> Void = {}

    /// As many event loops as there are cores, for all ports: API calls enter the database one after the other, but requests are
    /// parsed and answers encoded outside of it. What takes long (layers, RSA keys) is done elsewhere. They outlive every
    /// server: a connection's last work may come after its server's end.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled; requests under way are finished first, within ten seconds.
    /// - Throws: ``ServerError`` if an address cannot be listened on.
    static func serve(_ ports: [ServedPort], handlesSignals: Bool) async throws {
        var logger = Logger(label: "drydock")
        logger.logLevel = .critical
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: ports, gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [], logger: logger))
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    func run() async throws {
        let server = try await ServerError.told(host, port, option: options.requiresTLS ? "--tls-port" : "--port") {
            try await HTTPServer.start(at: .address(host: host, port: port), on: Self.loops, options, responder)
        }
        await onReady(server.port)
        try? await gracefulShutdown()
        onEnd()
        await server.stop(within: .seconds(10))
    }
}
