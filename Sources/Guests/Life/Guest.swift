import AWSCore
import CGuest
import Foundation
import Glibc
import HTTPServing
import Logging
import OCI
import SimulatedDocker
import SimulatorCore
import Synchronization

/// Runs one instance: a disk and, while the instance runs, a sandbox on it with connections to Drydock.
actor Guest {
    nonisolated let id: String
    nonisolated let disk: GuestDisk
    nonisolated let simulator: Simulator
    let machine: Machine
    nonisolated let limits: Sandbox.Limits
    let world: GuestWorld
    let network: GuestNetwork
    let sshPort: UInt16
    let guestCertificates: GuestCertificates
    let documents: GuestIdentity
    let images: GuestImages
    /// Fetches packages from this machine's sources; nil unless the server allows that.
    let packages: GuestPackages?
    var names: NameServer?
    /// Ends when the sandbox has ended.
    var end: Task<Void, Never>?
    let events: @Sendable (String, Event) -> Void

    /// An event that starts inside a guest.
    enum Event: Sendable {
        /// Its first process ended.
        case died
        case reboots
        case shutsDown
    }

    nonisolated let state: Mutex<State>
    var servers: [HTTPServer] = []

    struct State {
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
        /// Hosts that programs asked for and that do not exist here, as the console says.
        var unknownNames: Set<String> = []
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
    nonisolated let engine: DockerEngine
    nonisolated let layerStore: LimitedBlobStore
    nonisolated let egress: EgressTransport

    init(
        _ instance: GuestInstance, folder: String, machine: Machine, limits: Sandbox.Limits, blobs: any BlobStore,
        images: GuestImages, world: GuestWorld, network: GuestNetwork, guestCertificates: GuestCertificates,
        identity: GuestIdentity, sshPort: UInt16,
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
        self.guestCertificates = guestCertificates
        documents = identity
        self.images = images
        self.events = events
        let state = CurrentInstance(instance)
        packages =
            fetchesPackages
            ? GuestPackages(folder: folder + "/" + instance.id + "/packages") { host, port in
                simulator.passage(state.instance, to: host, port: port) != nil
            } : nil
        self.state = Mutex(State())
        currentInstance = state
        egress = EgressTransport(
            simulator: simulator, passage: { simulator.passage(state.instance, to: $0, port: 443) },
            knows: { simulator.hasResolver(state.instance) && world.knows($0) })
        let clock = simulator.clock
        // An unfinished disk has no images either.
        if !disk.isMade {
            try? FileManager.default.removeItem(atPath: disk.images)
            images.giveEngine(of: instance.image, to: disk)
        }
        let store = FileEngineStore(path: disk.images)
        if let problem = store.problem { Logger.drydock.warning("\(problem)") }
        layerStore = LimitedBlobStore(blobs, limit: Int(limits.disk)) { store.read().blobSizes }
        engine = DockerEngine(transport: egress, blobs: layerStore, store: store, downloads: 3) { clock.now }
    }

    /// The instance as last seen, for closures that are created before the guest.
    final class CurrentInstance: Sendable {
        private let value: Mutex<GuestInstance>
        init(_ instance: GuestInstance) { value = Mutex(instance) }
        var instance: GuestInstance {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }
    nonisolated let currentInstance: CurrentInstance

    nonisolated var instance: GuestInstance { currentInstance.instance }
    nonisolated var user: String? { state.withLock { $0.launch?.system.user } }

    /// The host key of its ssh: type and key, without a comment.
    nonisolated var hostKey: String? {
        state.withLock { $0.launch?.hostKey.publicKey.split(separator: " ").prefix(2).joined(separator: " ") }
    }
    nonisolated var bootState: Boot { state.withLock { $0.boot } }
    nonisolated var isUp: Bool { state.withLock { $0.sandbox != nil } }
    /// The launch of the instance that it was booted for.
    nonisolated var bootedLaunch: Instant? { state.withLock { $0.launchedAt } }

    nonisolated func update(_ instance: GuestInstance) { currentInstance.instance = instance }

    /// The user of this machine that is the guest's root; nil unless Drydock runs as root.
    nonisolated var identity: UInt32? { machine.users.root(of: id) }

    // MARK: Life

    /// Makes the disk, with user data and key, if it doesn't exist.
    func makeDisk() async throws {
        var launch = try simulator.launch(of: instance)
        let image = disk.isMade ? nil : await images.captured(instance.image)
        launch.imageName = disk.systemName ?? image?.systemName ?? launch.imageName
        state.withLock { [launch] in $0.launch = launch }
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
        try await makeDisk()
        let launchedAt = instance.launchedAt
        // A disk from an earlier version has other programs and belongs to another user.
        try disk.makePrograms(instance, machine, catalogue: world.catalogue)
        if let size = try? simulator.size(of: instance) { try disk.write(size) }
        if let identity, !disk.belongs(to: identity) { try disk.give(to: identity, from: disk.root) }
        try disk.restoreMountPoints(of: disk.sharedPaths(machine, guestCertificates))
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
            let wire = try await onThread {
                try sandbox.setUp(token: token)
                return network.connect(instance, process: sandbox.process)
            }
            try await openDoors(sandbox, wire, docker, token)
            let ports = try await onThread {
                try GuestPorts(sandbox.process, address: instance.privateAddress, isWired: wire != nil)
            }
            let currentInstance = currentInstance, simulator = simulator
            let datagrams = GuestDatagrams(ports) { peer, port in
                simulator.admits(currentInstance.instance, from: peer, port: Int(port), protocol: "udp")
            }
            state.withLock { state in
                state.ports = ports
                state.datagrams = datagrams
            }
        } catch {
            network.disconnect(id)
            sandbox.end()
            throw error
        }
        end = Task { [id, events, weakSelf = Weak(self)] in
            await sandbox.wait()
            sandbox.end()
            let isUp = weakSelf.guest?.state.withLock { $0.sandbox === sandbox } ?? false
            if isUp { events(id, .died) }
        }
        state.withLock { state in
            state.sandbox = sandbox
            state.launchedAt = launchedAt
            state.boot = .running(since: simulator.clock.now, begun: .now)
        }
        try begin(sandbox, console)
    }

    /// Runs cloud-init and waits for its end on a separate thread.
    func begin(_ sandbox: Sandbox, _ console: Int32) throws {
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
        let weakSelf = Weak(self)
        let thread = Thread {
            let told = Sandbox.read(report.read, until: "\n")
            close(report.read)
            guard let guest = weakSelf.guest else { return }
            guest.state.withLock { state in
                guard state.sandbox === sandbox, case .running = state.boot else { return }
                state.boot = told.hasPrefix("done") ? .done : told.hasPrefix("degraded") ? .degraded : .error
            }
        }
        thread.stackSize = 128 << 10
        thread.start()
    }

    struct Weak: Sendable {
        weak let guest: Guest?
        init(_ guest: Guest) { self.guest = guest }
    }

    /// Ends a boot that exceeds its time limit.
    nonisolated func checkBoot() {
        guard case .running(let since, let begun) = bootState, simulator.clock.now > since + limits.boot,
            ContinuousClock.now > begun + limits.leastBoot
        else { return }
        let now = simulator.clock.now
        let sandbox = state.withLock { state -> Sandbox? in
            state.boot = .timedOut(at: now)
            return state.sandbox
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
    func start(_ console: Int32) async throws -> Sandbox {
        let machine = machine, disk = disk, limits = limits, guestCertificates = guestCertificates, identity = identity,
            id = instance.id,
            host = disk.hostName ?? instance.hostName
        return try await onThread {
            try Sandbox(
                machine, root: disk.root, hostName: host, user: identity,
                sharedPaths: disk.sharedPaths(machine, guestCertificates), console: console,
                limits: limits, group: machine.groups?.group(of: id, limits))
        }
    }

    /// Stops the guest: all its processes end, the disk stays.
    func halt() async {
        let (sandbox, ports, datagrams) = state.withLock { state in
            defer {
                state.sandbox = nil
                state.ports = nil
                state.datagrams = nil
                state.boot = .none
            }
            return (state.sandbox, state.ports, state.datagrams)
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
        await images.finishCopies()
        machine.remove(disk.folder)
    }

    /// Checks whether the disk exceeds its limit. Nothing else keeps a guest from filling the machine's disk.
    /// - Returns: the reason to stop the guest; nil if the disk has room.
    func checkDisk() -> String? {
        guard let sandbox = state.withLock({ $0.sandbox }) else { return nil }
        var use = cguest_use()
        // A deleted file takes space as long as a process has it open.
        let deleted = cguest_census(sandbox.process, &use) == 0 ? use.deleted : 0
        let files =
            machine.needsRootOfGuests
            ? cguest_usage_within(sandbox.process, disk.root, limits.disk) : cguest_usage(disk.root, limits.disk)
        guard !layerStore.hasRoom(for: Int(files + deleted)) else { return nil }
        return "its disk is full (\(limits.disk >> 20) MiB)"
    }

    /// Kills the largest process of a guest whose total memory exceeds the limit.
    nonisolated func checkMemory() {
        guard let sandbox = state.withLock({ $0.sandbox }) else { return }
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
}
