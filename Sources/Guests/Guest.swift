import AWSCore
import CGuest
import Drydock
import Foundation
import Glibc
import HTTPServing
import HTTPTypes
import Logging
import NIOPosix
import NIOSSL
import OCI
import SimulatedDocker
import SimulatorCore
import Synchronization

/// Runs one instance: a disk and, while the instance runs, a sandbox on it with connections to Drydock.
actor Guest {
    nonisolated let id: String
    nonisolated let disk: GuestDisk
    private nonisolated let simulator: Simulator
    private let machine: Machine
    private nonisolated let limits: Sandbox.Limits
    private let world: GuestWorld
    private let network: GuestNetwork
    private let sshPort: UInt16
    private let trust: Trust
    private let documents: GuestIdentity
    private let images: GuestImages
    /// Fetches packages from this machine's sources; nil unless the server allows that.
    private let packages: GuestPackages?
    private var names: NameServer?
    /// Ends when the sandbox has ended.
    private var end: Task<Void, Never>?
    private let events: @Sendable (String, Event) -> Void

    /// An event that starts inside a guest.
    enum Event: Sendable {
        /// Its first process ended.
        case died
        case reboots
        case shutsDown
    }

    private nonisolated let known: Mutex<Known>
    private var servers: [HTTPServer] = []

    private struct Known {
        var launch: GuestLaunch?
        var sandbox: Sandbox?
        /// The launch that the sandbox was started for.
        var launchedAt: Instant?
        var boot = Boot.none
        /// Connects to ports that guest programs listen on, over TCP and UDP.
        var ports: GuestPorts?
        var datagrams: GuestDatagrams?
        /// Temporary keys for login, by user.
        var passes: [(user: String, key: String, until: Instant)] = []
    }

    /// The progress of cloud-init.
    enum Boot: Sendable, Equatable {
        case none
        case running(since: Instant, begun: ContinuousClock.Instant)
        case done
        /// A part failed; the instance runs anyway.
        case error
        /// cloud-init found a problem and continued, such as an unknown key in a cloud-config.
        case degraded
        case timedOut(at: Instant)

        var description: String {
            switch self {
            case .none: "none"
            case .running: "running"
            case .done: "done"
            case .error: "error"
            case .degraded: "degraded"
            case .timedOut: "timed out"
            }
        }
    }

    /// One engine per instance. Its images are recorded beside the disk, so both survive a restart of Drydock.
    private nonisolated let engine: DockerEngine
    private nonisolated let room: EngineRoom
    private nonisolated let egress: EgressTransport

    init(
        _ instance: GuestInstance, folder: String, machine: Machine, limits: Sandbox.Limits, blobs: any BlobStore,
        images: GuestImages, world: GuestWorld, network: GuestNetwork, trust: Trust, identity: GuestIdentity, sshPort: UInt16,
        fetchesPackages: Bool, _ simulator: Simulator,
        events: @escaping @Sendable (String, Event) -> Void
    ) {
        id = instance.id
        disk = GuestDisk(folder: folder + "/" + instance.id)
        self.machine = machine
        self.simulator = simulator
        self.limits = limits
        self.world = world
        self.network = network
        self.sshPort = sshPort
        self.trust = trust
        documents = identity
        self.images = images
        self.events = events
        let known = Place(instance)
        packages =
            fetchesPackages
            ? GuestPackages(folder: folder + "/" + instance.id + "/packages") { host, port in
                simulator.passage(known.instance, to: host, port: port) != nil
            } : nil
        self.known = Mutex(Known())
        place = known
        egress = EgressTransport(
            simulator: simulator, passage: { simulator.passage(known.instance, to: $0, port: 443) },
            knows: world.knows)
        let clock = simulator.clock
        // An unfinished disk has no images either.
        if !disk.isMade {
            try? FileManager.default.removeItem(atPath: disk.images)
            images.giveEngine(of: instance.image, to: disk)
        }
        let store = FileEngineStore(path: disk.images)
        if let problem = store.problem { Logger.drydock.warning("\(problem)") }
        room = EngineRoom(blobs, limit: Int(limits.disk)) { store.read().blobSizes }
        engine = DockerEngine(transport: egress, blobs: room, store: store, downloads: 3) { clock.now }
    }

    /// The instance as last seen, for closures that are created before the guest.
    private final class Place: Sendable {
        private let value: Mutex<GuestInstance>
        init(_ instance: GuestInstance) { value = Mutex(instance) }
        var instance: GuestInstance {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }
    private nonisolated let place: Place

    nonisolated var instance: GuestInstance { place.instance }
    nonisolated var user: String? { known.withLock { $0.launch?.system.user } }

    /// The host key of its ssh: type and key, without a comment.
    nonisolated var hostKey: String? {
        known.withLock { $0.launch?.hostKey.publicKey.split(separator: " ").prefix(2).joined(separator: " ") }
    }
    nonisolated var bootState: Boot { known.withLock { $0.boot } }
    nonisolated var isUp: Bool { known.withLock { $0.sandbox != nil } }
    /// The launch of the instance that it was booted for.
    nonisolated var bootedLaunch: Instant? { known.withLock { $0.launchedAt } }

    nonisolated func update(_ instance: GuestInstance) { place.instance = instance }

    /// The user of this machine that is the guest's root; nil unless Drydock runs as root.
    private nonisolated var identity: UInt32? { machine.users.root(of: id) }

    // MARK: Life

    /// Makes the disk, with user data and key, if it doesn't exist.
    func prepare() async throws {
        var launch = try simulator.launch(of: instance)
        let image = disk.isMade ? nil : await images.captured(instance.image)
        launch.imageName = disk.systemName ?? image?.systemName ?? launch.imageName
        known.withLock { [launch] in $0.launch = launch }
        guard !disk.isMade else { return }
        if let image {
            try await disk.make(from: image, instance, launch, machine, catalogue: world.catalogue)
        } else {
            try disk.make(instance, launch, machine, catalogue: world.catalogue)
        }
        try disk.note(systemName: launch.imageName)
        if let identity { try disk.give(to: identity, from: image?.root) }
        try disk.finish()
    }

    func boot() async throws {
        guard !isUp else { return }
        try await prepare()
        let launchedAt = instance.launchedAt
        // A disk from an earlier version has other programs and belongs to another user.
        try disk.makePrograms(instance, machine, catalogue: world.catalogue)
        if let size = try? simulator.size(of: instance) { try disk.write(size) }
        if let identity, !disk.belongs(to: identity) { try disk.give(to: identity, from: disk.root) }
        try disk.restorePlaces(of: disk.loans(machine, trust))
        let docker = cguest_listen_unix(disk.dockerSocket)
        guard docker >= 0 else {
            throw GuestFailure("cannot listen on \(disk.dockerSocket): \(String(cString: strerror(-docker)))")
        }
        if let identity { lchown(disk.dockerSocket, identity, identity) }
        let console = open(disk.console, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        defer { if console >= 0 { close(console) } }
        // No tag shows the port: Terraform's next plan would remove the tag.
        if console >= 0, sshPort != 22 {
            let line = "drydock: ssh to \(instance.publicAddress ?? instance.privateAddress) is at port \(sshPort)\n"
            _ = write(console, line, line.utf8.count)
        }
        let sandbox: Sandbox
        do { sandbox = try await start(console) } catch {
            close(docker)
            throw error
        }
        let token = UUID().uuidString
        do {
            let instance = instance, network = network
            let wire = try await Self.onThread {
                try sandbox.setUp(token: token)
                return network.connect(instance, process: sandbox.process)
            }
            try await openDoors(sandbox, wire, docker, token)
            let ports = try await Self.onThread {
                try GuestPorts(sandbox.process, address: instance.privateAddress, isWired: wire != nil)
            }
            let place = place, simulator = simulator
            let datagrams = GuestDatagrams(ports) { peer, port in
                simulator.admits(place.instance, from: peer, port: Int(port), protocol: "udp")
            }
            known.withLock { known in
                known.ports = ports
                known.datagrams = datagrams
            }
        } catch {
            network.disconnect(id)
            sandbox.end()
            throw error
        }
        end = Task { [id, events, known = Weak(self)] in
            await sandbox.wait()
            sandbox.end()
            let isUp = known.guest?.known.withLock { $0.sandbox === sandbox } ?? false
            if isUp { events(id, .died) }
        }
        known.withLock { known in
            known.sandbox = sandbox
            known.launchedAt = launchedAt
            known.boot = .running(since: simulator.clock.now, begun: .now)
        }
        try begin(sandbox, console)
    }

    /// Runs cloud-init and waits for its end on a separate thread.
    private func begin(_ sandbox: Sandbox, _ console: Int32) throws {
        let report = try ChildProcess.pipe()
        let child: ChildProcess
        do {
            defer { close(report.write) }
            child = try sandbox.start(
                ["/usr/bin/setsid", "/bin/sh", "/opt/drydock/cloud-boot"],
                descriptors: [-1, console, console, -1, report.write])
        } catch {
            close(report.read)
            throw error
        }
        Task { await child.wait() }
        let known = Weak(self)
        let thread = Thread {
            let told = Sandbox.read(report.read, until: "\n")
            close(report.read)
            guard let guest = known.guest else { return }
            guest.known.withLock { known in
                guard known.sandbox === sandbox, case .running = known.boot else { return }
                known.boot = told.hasPrefix("done") ? .done : told.hasPrefix("degraded") ? .degraded : .error
            }
        }
        thread.stackSize = 128 << 10
        thread.start()
    }

    private struct Weak: Sendable {
        weak let guest: Guest?
        init(_ guest: Guest) { self.guest = guest }
    }

    /// Ends a boot that exceeds its time limit.
    nonisolated func checkBoot() {
        guard case .running(let since, let begun) = bootState, simulator.clock.now > since + limits.boot,
            ContinuousClock.now > begun + limits.leastBoot
        else { return }
        let now = simulator.clock.now
        let sandbox = known.withLock { known -> Sandbox? in
            known.boot = .timedOut(at: now)
            return known.sandbox
        }
        let console = open(disk.console, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        defer { if console >= 0 { close(console) } }
        guard let sandbox,
            let child = try? sandbox.start(
                ["/bin/sh", "-c", StandIns.endBoot], descriptors: [-1, console, console])
        else { return }
        Task { await child.wait() }
    }

    /// Runs on a separate thread, because the setup blocks on pipes.
    private func start(_ console: Int32) async throws -> Sandbox {
        let machine = machine, disk = disk, limits = limits, trust = trust, identity = identity, id = instance.id,
            host = disk.hostName ?? instance.hostName
        return try await Self.onThread {
            try Sandbox(
                machine, root: disk.root, hostName: host, user: identity, loans: disk.loans(machine, trust), console: console,
                limits: limits, group: machine.groups?.group(of: id, limits))
        }
    }

    private static func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try body() }) }
            thread.stackSize = 512 << 10
            thread.start()
        }
    }

    /// Serves metadata, names, and everything that guests reach outside.
    /// - Parameter wire: the guest's interface; nil if the machine allows none.
    private func openDoors(_ sandbox: Sandbox, _ wire: GuestWire?, _ docker: Int32, _ token: String) async throws {
        let inner = wire == nil ? GuestWorld.innerAddress : nil
        var places: [(address: String, port: UInt16, isUDP: Bool)] = [(GuestWorld.nameServer, 53, true)]
        if let inner { places += [(GuestWorld.metadataAddress, 80, false), (inner, 443, false), (inner, 80, false)] }
        let listeners = try sandbox.listen(places)
        let sockets = wire?.services ?? Array(listeners.dropFirst())
        let place = place, simulator = simulator
        let metadata = InstanceMetadata(
            clock: simulator.clock, instance: { place.instance }, launch: { try? simulator.launch(of: place.instance) },
            interruption: { simulator.spotInterruption(of: $0) }, ranges: { try? simulator.ranges(of: $0) },
            identity: { [documents] in documents.signer }, role: { simulator.roleCredentials(for: $0) })
        let packages = packages
        let wishes = GuestWishes(token: token) { [known = Weak(self)] wish in await known.guest?.grant(wish) ?? false }
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
                    guard let volumes = try? simulator.volumes(of: place.instance) else {
                        return HTTPReply(HTTPResponse(status: .serviceUnavailable))
                    }
                    return HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes(JSON.write(volumes))))
                }
                if let packages, request.pathOnly.hasPrefix(GuestPackages.prefix) {
                    guard wishes.comesFromRoot(request) else { return HTTPReply(HTTPResponse(status: .forbidden)) }
                    let system = (try? simulator.launch(of: place.instance))?.system ?? GuestSystem(imageName: "")
                    return await packages.respond(to: request, system)
                }
                return await wishes.respond(to: request) ?? metadata.respond(to: request)
            })
        let world = world, network = network, drydock = addressNumber(inner ?? GuestWorld.address)
        names = try await NameServer.start(listeners[0]) { name in
            network.address(of: name, for: place.instance) ?? (world.knows(name) ? drydock : nil)
        }
        try await serve(sockets[1], tls: trust.certificates.context, responder(port: 443))
        try await serve(sockets[2], responder(port: 80))
        let clock = simulator.clock
        let api = DockerSocket(
            engine: engine, hostName: instance.hostName, clock: { clock.now }, room: room)
        try await serve(docker, ClosureResponder { request, body in await api.respond(to: request, body: body) })
    }

    /// Serves HTTP on one of the guest's sockets until the guest ends.
    private func serve(_ socket: Int32, tls: NIOSSLContext? = nil, _ responder: ClosureResponder) async throws {
        servers.append(
            try await HTTPServer.start(
                at: .socket(socket), on: .singletonMultiThreadedEventLoopGroup,
                .init(tls: tls, requiresTLS: tls != nil, cancelsAbandoned: true), responder))
    }

    /// Passes requests to the outside if the instance's rules and routes allow them; otherwise they time out.
    private func responder(port: Int) -> ClosureResponder {
        let place = place, simulator = simulator, world = world
        return ClosureResponder { request, body in
            var way: GuestPassage?
            do {
                try await simulator.untilChange {
                    way = simulator.passage(place.instance, to: String(request.hostOnly), port: port)
                    return way != nil
                }
            } catch { return HTTPReply(HTTPResponse(status: .gatewayTimeout)) }
            if let answer = world.answer(to: request) { return answer }
            if request.hostOnly == "checkip.amazonaws.com", let way {
                return HTTPReply(HTTPResponse(status: .ok), .bytes(Bytes((way.source + "\n").utf8)))
            }
            guard let way else { return HTTPReply(HTTPResponse(status: .gatewayTimeout)) }
            return await EndpointUse.$current.withValue(way.endpoint) {
                await simulator.respond(to: request, body: body, from: way.source)
            }
        }
    }

    /// Does for the guest what only a process outside can do.
    /// - Returns: whether it succeeded.
    private func grant(_ wish: GuestWishes.Wish) -> Bool {
        guard let sandbox = known.withLock({ $0.sandbox }) else { return false }
        switch wish {
        case .reboot: events(id, .reboots)
        case .powerOff: events(id, .shutsDown)
        case .hostName(let name):
            guard cguest_rename_host(sandbox.process, name) == 0 else { return false }
            return (try? disk.write(hostName: name)) != nil
        }
        return true
    }

    /// Stops the guest: all its processes end, the disk stays.
    func halt() async {
        let (sandbox, ports, datagrams) = known.withLock { known in
            defer {
                known.sandbox = nil
                known.ports = nil
                known.datagrams = nil
                known.boot = .none
            }
            return (known.sandbox, known.ports, known.datagrams)
        }
        network.disconnect(id)
        datagrams?.close()
        ports?.close()
        for server in servers { await server.stop() }
        servers = []
        await names?.close()
        names = nil
        guard let sandbox, let end else { return }
        sandbox.end()
        await end.value
        unlink(disk.dockerSocket)
    }

    /// Stops the guest and removes everything it left.
    func destroy() async {
        await halt()
        // An image may still be copied from the disk.
        await images.settle()
        machine.remove(disk.folder)
    }

    /// Checks whether the disk exceeds its limit. Nothing else keeps a guest from filling the machine's disk.
    /// - Returns: the reason to stop the guest; nil if the disk has room.
    func checkDisk() -> String? {
        guard let sandbox = known.withLock({ $0.sandbox }) else { return nil }
        var use = cguest_use()
        // A deleted file takes space as long as a process has it open.
        let deleted = cguest_census(sandbox.process, &use) == 0 ? use.deleted : 0
        let files =
            machine.needsRootOfGuests
            ? cguest_usage_within(sandbox.process, disk.root, limits.disk) : cguest_usage(disk.root, limits.disk)
        guard !room.hasRoom(for: Int(files + deleted)) else { return nil }
        return "its disk is full (\(limits.disk >> 20) MiB)"
    }

    /// Kills the largest process of a guest whose total memory exceeds the limit.
    nonisolated func checkMemory() {
        guard let sandbox = known.withLock({ $0.sandbox }) else { return }
        let line: String
        if let killed = sandbox.killedByKernel() {
            // The kernel counts the memory and has killed a process itself.
            guard killed > 0 else { return }
            line = "Out of memory: Killed process\n"
        } else {
            var use = cguest_use()
            guard cguest_census(sandbox.process, &use) == 0, use.memory > limits.totalMemory, use.largest > 0,
                kill(use.largest, SIGKILL) == 0
            else { return }
            line = "Out of memory: Killed process (\(use.largest_memory >> 20) MiB of \(use.memory >> 20) MiB)\n"
        }
        let console = open(disk.console, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW)
        guard console >= 0 else { return }
        defer { close(console) }
        _ = write(console, line, line.utf8.count)
    }

    // MARK: Ports

    /// The TCP ports that guest programs listen on, at every address or at the private one.
    nonisolated var listening: Set<UInt16> { known.withLock { $0.ports }?.listening() ?? [] }

    /// The UDP ports that guest programs receive at, from anybody.
    nonisolated var receiving: Set<UInt16> { known.withLock { $0.ports }?.receiving() ?? [] }

    /// Receives UDP for the guest at these places, and no longer at others.
    nonisolated func turnDatagrams(to places: Set<PublicDoors.Place>) {
        known.withLock { $0.datagrams }?.turn(to: places)
    }

    /// Connects a socket to the program that listens on a port, if the rules allow it now. Takes ownership of the socket.
    nonisolated func connect(_ socket: Int32, from peer: String, port: UInt16) {
        guard let ports = known.withLock({ $0.ports }), ports.listening().contains(port),
            simulator.admits(instance, from: peer, port: Int(port))
        else {
            close(socket)
            return
        }
        ports.connect(socket, to: port)
    }

    // MARK: SSH

    /// Connects a socket to ssh once the guest runs and the rules allow it; until then the client gets no answer. Gives up after
    /// 180 seconds.
    nonisolated func connect(_ socket: Int32, from peer: String) async {
        defer { close(socket) }
        let patience = ContinuousClock.now + .seconds(180)
        do {
            try await simulator.untilChange {
                if ContinuousClock.now > patience || PublicDoor.isGone(socket) { throw CancellationError() }
                return isUp && simulator.admits(instance, from: peer, port: 22)
            }
        } catch { return }
        if let sandbox = known.withLock({ $0.sandbox }) { await login(sandbox, socket) }
    }

    /// Allows a key to log in until the given time.
    nonisolated func admit(_ key: String, for user: String, until: Instant) {
        known.withLock { $0.passes.append((user, key, until)) }
    }

    private nonisolated func login(_ sandbox: Sandbox, _ socket: Int32) async {
        do {
            let now = simulator.clock.now
            let passes = known.withLock { known in
                known.passes.removeAll { $0.until <= now }
                return known.passes
            }
            try disk.writePasses(Dictionary(grouping: passes, by: \.user).mapValues { $0.map(\.key) })
            let child = try sandbox.start(
                ["/bin/sh", "/opt/drydock/login", machine.sshd], environment: ["HOME": "/"], descriptors: [socket, socket, -1],
                isLogin: true)
            _ = await child.wait()
        } catch {
            Logger.drydock.error("no ssh to \(id): \(error)")
        }
    }

    /// The last 64 KiB of the serial console.
    nonisolated func console() -> Bytes? {
        guard let file = FileHandle(forReadingAtPath: disk.console) else { return nil }
        defer { try? file.close() }
        let end = (try? file.seekToEnd()) ?? 0
        try? file.seek(toOffset: end > 65536 ? end - 65536 : 0)
        return (try? file.readToEnd()).map { Bytes($0) } ?? []
    }
}
