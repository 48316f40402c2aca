import AWSCore
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import SimulatorCore
import Synchronization

/// Hummingbird's server around one function: what every port of Drydock's has in common.
struct HTTPListener: Sendable {
    let host: String
    let port: Int
    let channels: HTTPServerBuilder
    /// Called with the port once connections are accepted.
    let onReady: @Sendable (Int) async -> Void
    /// Throws once the connection was closed, if that is how the response ends.
    let respond: @Sendable (Request, any Channel) async throws -> Response

    /// There is one event loop for all ports, and connections' tasks run on it: requests enter the database one after the other
    /// anyway, so that more threads would only wait for each other. What takes long (layers) leaves the loop by itself. It
    /// outlives every server: a connection's last task may come after its server's end.
    private static let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled; requests under way are finished first, within ten seconds.
    /// - Throws: ``ServerError`` if an address cannot be listened on.
    static func run(_ listeners: [HTTPListener], handlesSignals: Bool) async throws {
        var logger = Logger(label: "drydock")
        logger.logLevel = .critical
        let services = try listeners.map { try $0.service(on: loop, logger) }
        var configuration = ServiceGroupConfiguration(
            services: services, gracefulShutdownSignals: handlesSignals ? [.sigterm, .sigint] : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(10)
        let group = ServiceGroup(configuration: configuration)
        // A cancelled server would drop connections that it has just accepted, which NIO takes for a mistake and traps: one
        // that is told to stop closes its door first.
        let serving = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
    }

    private func service(on loop: MultiThreadedEventLoopGroup, _ logger: Logger) throws -> any Service {
        let date = DateHeader()
        let (respond, onReady, port) = (respond, onReady, port)
        let server = try channels.buildServer(
            configuration: ServerConfiguration(address: .hostname(host, port: port), backlog: 1024), eventLoopGroup: loop,
            logger: logger,
            responder: { request, writer, channel in
                do {
                    var response = try await respond(request, channel)
                    response.headers[.date] = date.value
                    try await writer.write(response: response.head, body: response.body)
                } catch {
                    // A parser's error would be answered, and half of an answer may be on its way.
                    throw BrokenResponse(cause: error)
                }
            },
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? port) })
        return Listening(host: host, port: port, server: server)
    }

    /// A failure to listen tells which port it was.
    private struct Listening: Service {
        let host: String
        let port: Int
        let server: any Service

        func run() async throws { try await ServerError.told(host, port) { try await server.run() } }
    }
}

/// A response that could not be written to its end.
private struct BrokenResponse: Error {
    let cause: any Error
}

/// The machine's time as HTTP writes it, made once a second. Clients that correct their clocks by it must not be sent to the
/// simulator's time, which may be moved.
private final class DateHeader: Sendable {
    private let last = Mutex<(second: Int64, text: String)>((0, ""))

    var value: String {
        let now = SimulatedClock.machineTime
        let second = now.milliseconds / 1000
        return last.withLock { last in
            if last.second != second { last = (second, now.httpDate) }
            return last.text
        }
    }
}

/// Handles a connection on its own event loop: from its bytes to the database and back, a request changes no thread.
struct EventLoopBound<Base: ServerChildChannel>: ServerChildChannel {
    let base: Base
    init(_ base: Base) { self.base = base }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Base.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: Base.Value, logger: Logger) async {
        await withTaskExecutorPreference(EventLoopExecutor(eventLoop: value.channel.eventLoop)) {
            await base.handle(value: value, logger: logger)
        }
    }
}

private final class EventLoopExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
