import HTTPServing
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// A port that is served together with others until the process or the task is stopped.
struct ServedPort: Service, CustomStringConvertible {
    /// The service group names its services by their descriptions. The default description would print the whole simulator, which
    /// adds several milliseconds to a start.
    var description: String { "\(host):\(port)" }

    let host: String
    let port: Int
    let options: HTTPServer.Options
    /// The command-line option that sets the port, for errors.
    var option = "--port"
    let responder: any HTTPResponder
    /// Called with the port once connections are accepted.
    let onReady: @Sendable (Int) async -> Void
    /// Called when the server stops, before it waits for requests in progress.
    var onEnd: @Sendable () -> Void = {}

    /// One event loop per core, for all ports. API calls enter the database one at a time, but requests are parsed and responses
    /// encoded outside of it. Slow work (layers, RSA keys) runs elsewhere. The loops outlive every server, because a connection's
    /// last work may come after its server stops.
    private static let loops = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled. Requests in progress finish first, within ten seconds.
    /// - Throws: ``ServerError`` if a server cannot listen on an address.
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
        let server = try await ServerError.reportingListenErrors(host, port, option: option) {
            try await HTTPServer.start(at: .address(host: host, port: port), on: Self.loops, options, responder)
        }
        await onReady(server.port)
        try? await gracefulShutdown()
        onEnd()
        await server.stop(within: .seconds(10))
    }
}
