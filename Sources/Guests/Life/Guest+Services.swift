import AWSCore
import CGuest
import Glibc
import HTTPServing
import HTTPTypes
import NIOPosix
import NIOSSL
import SimulatorCore
import Synchronization

// The services inside the guest: metadata, names, AWS's hosts and Docker's socket.
extension Guest {
    /// Serves metadata, names, and everything that guests reach outside.
    /// - Parameter wire: the guest's interface; nil if the machine allows none.
    func openDoors(_ sandbox: Sandbox, _ wire: GuestWire?, _ docker: Int32, _ token: String) async throws {
        let inner = wire == nil ? GuestWorld.innerAddress : nil
        var places: [(address: String, port: UInt16, isUDP: Bool)] = [(GuestWorld.nameServer, 53, true)]
        if let inner { places += [(GuestWorld.metadataAddress, 80, false), (inner, 443, false), (inner, 80, false)] }
        let listeners = try sandbox.listen(places)
        let sockets = wire?.services ?? Array(listeners.dropFirst())
        let currentInstance = currentInstance, simulator = simulator
        let metadata = InstanceMetadata(
            clock: simulator.clock, instance: { currentInstance.instance },
            launch: { try? simulator.launch(of: currentInstance.instance) },
            interruption: { simulator.spotInterruption(of: $0) }, ranges: { try? simulator.ranges(of: $0) },
            identity: { [documents] in documents.signer }, role: { simulator.roleCredentials(for: $0) })
        let packages = packages, weakSelf = Weak(self)
        let control = GuestControl(token: token) { action in
            await weakSelf.guest?.perform(action) ?? false
        }
        let time = simulator.clock
        try await serve(
            sockets[0],
            ClosureResponder { request, _ in
                // Jobs inside follow the simulator's clock.
                if request.pathOnly == "/drydock/clock" {
                    let seconds = Double(time.now.milliseconds) / 1000
                    return HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes("\(seconds)".utf8)))
                }
                if request.pathOnly == "/drydock/volumes" {
                    guard let volumes = try? simulator.volumes(of: currentInstance.instance) else {
                        return HTTPReply(HTTPResponse(status: .serviceUnavailable))
                    }
                    return HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes(JSON.write(volumes))))
                }
                if let packages, request.pathOnly.hasPrefix(GuestPackages.prefix) {
                    guard control.comesFromRoot(request) else { return HTTPReply(HTTPResponse(status: .forbidden)) }
                    let system = weakSelf.guest?.state.withLock { $0.launch?.system } ?? GuestSystem(imageName: "")
                    return await packages.respond(to: request, system)
                }
                return await control.respond(to: request) ?? metadata.respond(to: request)
            })
        let world = world, network = network, drydock = addressNumber(inner ?? GuestWorld.address)
        names = try await NameServer.start(listeners[0]) { name in
            let instance = currentInstance.instance
            guard simulator.hasResolver(instance) else { return .failure }
            if let resolution = network.resolve(name, for: instance) { return resolution }
            if world.knows(name), let drydock { return .address(drydock) }
            weakSelf.guest?.report(unknownName: name)
            return .unknown
        }
        try await serve(sockets[1], tls: guestCertificates.certificates.context, responder(port: 443))
        try await serve(sockets[2], responder(port: 80))
        let clock = simulator.clock
        let api = DockerSocket(
            engine: engine, hostName: instance.hostName, clock: { clock.now }, layerStore: layerStore)
        try await serve(docker, ClosureResponder { request, body in await api.respond(to: request, body: body) })
    }

    /// Serves HTTP on one of the guest's sockets until the guest ends.
    func serve(_ socket: Int32, tls: NIOSSLContext? = nil, _ responder: ClosureResponder) async throws {
        servers.append(
            try await HTTPServer.start(
                at: .socket(socket), on: .singletonMultiThreadedEventLoopGroup,
                .init(tls: tls, requiresTLS: tls != nil, cancelsAbandoned: true), responder))
    }

    /// Passes requests to the outside if the instance's rules and routes allow them; otherwise they time out.
    func responder(port: Int) -> ClosureResponder {
        let currentInstance = currentInstance, simulator = simulator, world = world, weakSelf = Weak(self)
        return ClosureResponder { request, body in
            var way: GuestEgress?
            do {
                try await simulator.untilChange {
                    way = simulator.passage(currentInstance.instance, to: String(request.hostOnly), port: port)
                    return way != nil
                }
            } catch { return HTTPReply(HTTPResponse(status: .gatewayTimeout)) }
            if let answer = world.answer(to: request) { return answer }
            if request.hostOnly == "checkip.amazonaws.com", let way {
                return HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes((way.source + "\n").utf8)))
            }
            guard let way else { return HTTPReply(HTTPResponse(status: .gatewayTimeout)) }
            let reply = await EndpointUse.$current.withValue(way.endpoint) {
                await simulator.respond(to: request, body: body, from: way.source)
            }
            let host = request.hostOnly.lowercased()
            guard reply.response.status == .badRequest, Self.isStorage(host) else { return reply }
            weakSelf.guest?.report(
                host,
                "'\(host)' is not simulated: declare the URL under 'internet:' of a scenario, or put the file in the user data")
            return Self.notStored
        }
    }

    /// Whether a host is S3's. Layers of images have such hosts, too; Drydock serves those.
    private static func isStorage(_ host: String) -> Bool {
        host.hasSuffix(".amazonaws.com") && host.split(separator: ".").contains { $0 == "s3" || $0.hasPrefix("s3-") }
    }

    /// S3's answer, in its own protocol.
    private static var notStored: HTTPReply {
        let text =
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NotImplemented</Code><Message>Drydock does not simulate Amazon S3.</Message></Error>"
        var response = HTTPResponse(status: .notImplemented)
        response.headerFields[.contentType] = "application/xml"
        return HTTPReply(response, .bytes(Bytes(text.utf8)))
    }

    /// Tells the console and the journal that a host doesn't exist for guests: programs often hide the failure.
    nonisolated func report(unknownName name: String) {
        let name = name.lowercased()
        // Names within the VPC and addresses are the guest's own matter.
        guard name.contains("."), ![".internal", ".arpa", ".local", ".localdomain"].contains(where: name.hasSuffix),
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || [45, 46, 95].contains($0) })
        else { return }
        report(
            name,
            "the name '\(name)' does not resolve: guests reach AWS, Docker Hub and the hosts that a scenario declares under 'internet:'"
        )
    }

    /// Writes a text about a host to the console and the journal, once per host.
    private nonisolated func report(_ name: String, _ text: String) {
        let sandbox = state.withLock { state -> Sandbox? in
            guard state.unknownNames.count < Self.mostUnknownNames, state.unknownNames.insert(name).inserted else { return nil }
            return state.sandbox
        }
        guard let sandbox else { return }
        let console = open(disk.console, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        if console >= 0 {
            let line = "drydock: \(text)\n"
            _ = write(console, line, line.utf8.count)
            close(console)
        }
        Task {
            let child = try? sandbox.start(
                ["/usr/bin/logger", "-t", "drydock", "-p", "user.warning", text], descriptors: [-1, -1, -1])
            _ = await child?.wait()
        }
    }

    /// The maximum number of names that a guest's console mentions.
    private static let mostUnknownNames = 64

    /// Does for the guest what only a process outside can do.
    /// - Returns: whether it succeeded.
    func perform(_ action: GuestControl.Action) -> Bool {
        guard let sandbox = state.withLock({ $0.sandbox }) else { return false }
        switch action {
        case .reboot: events(id, .reboots)
        case .powerOff: events(id, .shutsDown)
        case .hostName(let name):
            guard cguest_rename_host(sandbox.process, name) == 0 else { return false }
            return (try? disk.write(hostName: name)) != nil
        }
        return true
    }
}
