import AWSCore
public import Certificates
import Drydock
import Foundation
import HTTPServing
import NIOCore
import NIOPosix
import SimulatorCore
import Synchronization

/// Serves a simulator on a port: AWS's APIs, the registry and the control plane.
public struct Server: PortServer {
    /// Where and how to serve.
    public struct Options: Sendable {
        public var host: String
        /// 0 uses any free port; ``run(onReady:)`` reports it.
        public var port: Int
        /// Accepts HTTPS too, on the same port; nil accepts only plain HTTP.
        public var certificates: ServerCertificates?
        /// Another port that accepts only HTTPS; needs ``certificates``.
        public var tlsPort: Int?
        /// Another port that serves only a mirror of the simulated Docker Hub.
        public var hubPort: Int?
        /// The origins of web pages that may send requests; other pages are rejected.
        public var allowedOrigins: [WebOrigin] = []
        /// Host names that the server accepts besides this machine's, AWS's and Docker Hub's. `*.example.com` matches all names
        /// below it, `*` every name.
        public var allowedHosts: [String] = []
        /// The folder of snapshots that are written and read over HTTP. Nil uses a folder in the state folder, or in the user's
        /// data folder if the state is in memory.
        public var snapshotFolder: String?

        public init(
            host: String = "127.0.0.1", port: Int = 4566, certificates: ServerCertificates? = nil, tlsPort: Int? = nil
        ) {
            self.host = host
            self.port = port
            self.certificates = certificates
            self.tlsPort = tlsPort
        }
    }

    public let simulator: Simulator
    public let options: Options

    /// Shared by a server and the forks that it serves.
    private let copies: ServedCopies
    private let isFork: Bool

    public init(_ simulator: Simulator, _ options: Options = Options()) {
        self.simulator = simulator
        self.options = options
        copies = ServedCopies(
            SnapshotFolder(chosen: options.snapshotFolder, stateFolder: simulator.configuration.stateFolder))
        isFork = false
    }

    init(_ simulator: Simulator, _ options: Options, copies: ServedCopies) {
        self.simulator = simulator
        self.options = options
        self.copies = copies
        isFork = true
    }

    /// Serves until SIGTERM or SIGINT, or until the task is cancelled; requests in progress finish first.
    ///
    /// - Parameters:
    ///   - handlesSignals: false within a program that handles signals itself.
    ///   - onReady: called with the port once connections are accepted.
    /// - Throws: ``ServerError`` if the server cannot listen on the address.
    public func run(handlesSignals: Bool = true, onReady: @escaping @Sendable (Int) async -> Void) async throws {
        let control = ControlPlane(simulator: simulator, options: options, copies: copies)
        let responder = GuardedResponder(
            base: SimulatorResponder(simulator: simulator, control: control),
            policy: WebPagePolicy(
                options, registry: simulator.configuration.registryHost,
                isPage: { control.answers($0) || WelcomePage.isRequested(by: $0) }))
        simulator.journal.serve(true)
        let tlsPort = options.certificates == nil ? nil : options.tlsPort
        let ready = Readiness(of: [options.port, tlsPort, options.hubPort].count { $0 != nil })
        func served(
            _ port: Int, by responder: any HTTPResponder, option: String, requiresTLS: Bool = false
        ) -> ServedPort {
            ServedPort(
                host: options.host, port: port, options: .init(tls: options.certificates?.context, requiresTLS: requiresTLS),
                option: option, responder: responder,
                onReady: { bound in if let port = ready.note(bound, isMain: option == "--port") { await onReady(port) } },
                onEnd: { [simulator] in simulator.journal.serve(false) })
        }
        var ports = [served(options.port, by: responder, option: "--port")]
        if let tlsPort { ports.append(served(tlsPort, by: responder, option: "--tls-port", requiresTLS: true)) }
        if let hubPort = options.hubPort {
            let mirror = GuardedResponder(
                base: MirrorResponder(simulator: simulator), policy: WebPagePolicy(options, registry: nil))
            ports.append(served(hubPort, by: mirror, option: "--hub-port"))
        }
        let result: Result<Void, any Error>
        do {
            result = .success(try await ServedPort.serve(ports, handlesSignals: handlesSignals))
        } catch { result = .failure(error) }
        if !isFork { await copies.stopAll() }
        try result.get()
    }

    /// Reports the main port once all ports accept connections.
    private final class Readiness: Sendable {
        private let state: Mutex<(left: Int, port: Int?)>

        init(of count: Int) { state = Mutex((count, nil)) }

        func note(_ port: Int, isMain: Bool) -> Int? {
            state.withLock { state in
                state.left -= 1
                if isMain { state.port = port }
                return state.left == 0 ? state.port : nil
            }
        }
    }
}

extension Server {
    /// Returns a free port, for callers that must know it before serving starts.
    /// - Throws: ``ServerError`` if the server cannot listen on the address.
    public static func freePort(on host: String) async throws -> Int {
        try await ServerError.reportingListenErrors(host, 0) {
            let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(host: host, port: 0)
                .get()
            let port = channel.localAddress?.port ?? 0
            try await channel.close()
            return port
        }
    }
}

/// An address that the server cannot listen on. The one-line description says why and what to do.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public let description: String

    init(description: String) { self.description = description }

    /// Runs code that binds an address; converts its failure to a ``ServerError``.
    /// - Parameter option: the option that set the port.
    static func reportingListenErrors<T>(_ host: String, _ port: Int, option: String = "--port", _ body: () async throws -> T)
        async throws -> T
    {
        do {
            return try await body()
        } catch let error as IOError {
            throw ServerError(host: host, port: port, option: option, error)
        } catch is SocketAddressError.UnknownHost {
            throw ServerError(description: "'\(host)' is not an address or a name of this machine. Choose another with --host.")
        }
    }

    init(host: String, port: Int, option: String, _ error: IOError) {
        switch error.errnoCode {
        case EADDRINUSE:
            description = "port \(port) on \(host) is in use. Choose another with \(option), or stop what listens there."
        case EACCES: description = "this user may not listen on port \(port). Choose one above 1023 with \(option)."
        case EADDRNOTAVAIL: description = "\(host) is not an address of this machine. Choose another with --host."
        default: description = "cannot listen on \(host):\(port): \(error.localizedDescription)"
        }
    }
}
