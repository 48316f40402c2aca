import AWSCore
public import Certificates
import Foundation
import Glibc
import Logging
import OCI
public import SimulatorCore
import Synchronization

/// Runs a simulator's instances as sandboxes on this machine: with a shell, ssh, user data, metadata and Docker.
///
/// It follows the simulator's state. A running instance has a guest. A stopped instance loses the guest and keeps the disk. A
/// terminated instance leaves nothing.
public final class GuestHost: GuestDirectory {
    let simulator: Simulator
    let folder: String
    let machine: Machine
    let layers: EngineLayers
    let guestCertificates: GuestCertificates
    let identity: GuestIdentity
    let fetchesPackages: Bool
    /// The disks of images.
    let images: GuestImages
    /// The services and names that guests can reach.
    let world = GuestWorld()
    /// Where ssh listens on each instance's address: 22 if this process may.
    public let port: UInt16
    /// The doors of ssh.
    let doors: PublicDoors
    /// The doors of ports that guests listen on.
    let ports: PublicDoors
    let network: GuestNetwork
    let state: Mutex<State>
    let limits: Sandbox.Limits
    /// The results of the last look. The lock allows one look at a time, so that the latest one wins.
    let looking = Mutex(Observation())

    struct State {
        var guests: [String: Guest] = [:]
        /// Instances with a boot or halt in progress, and instances whose last boot failed.
        var busy: Set<String> = []
        var failed: [String: GuestProblem] = [:]
        /// Instances to reboot.
        var rebooting: Set<String> = []
    }

    /// What the last look saw; an unchanged state needs no work.
    struct Observation {
        var requests: UInt64?
        /// Whether shutdown has begun: no new work starts.
        var isOver = false
        var instances: [GuestInstance] = []
        /// Whether an instance's state will soon change with time alone.
        var isPassing: Bool { instances.contains { !Self.settled.contains($0.state) } }
        private static let settled: Set<String> = ["running", "stopped", "terminated"]
    }

    /// - Parameters:
    ///   - folder: the folder of the disks. Disks of instances that no longer exist are removed.
    ///   - certificates: the folder of the certificate that signs identity documents.
    ///   - fetchesPackages: whether guests may install packages from this machine's package sources.
    /// - Throws: ``GuestFailure`` that says what is missing and how to install it.
    public convenience init(
        _ simulator: Simulator, folder: String, certificates: AuthorityFolder = .standard, fetchesPackages: Bool = false
    ) throws {
        try self.init(
            simulator, folder: folder, certificates: certificates, fetchesPackages: fetchesPackages, limits: Sandbox.Limits())
    }

    init(
        _ simulator: Simulator, folder: String, certificates: AuthorityFolder, fetchesPackages: Bool = false,
        limits: Sandbox.Limits
    ) throws {
        identity = GuestIdentity(certificates)
        self.fetchesPackages = fetchesPackages
        machine = try Machine()
        self.limits = limits
        self.simulator = simulator
        self.folder = folder
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // Consoles and sockets are for their owner only, also in a folder made by an earlier version.
            chmod(folder, 0o700)
            layers = try EngineLayers(folder: folder)
        } catch { throw GuestFailure("cannot keep guests in '\(folder)': \(error)") }
        network = GuestNetwork(simulator, opensPorts: !machine.users.areApart)
        images = GuestImages(folder: folder, machine: machine)
        guestCertificates = try GuestCertificates(folder: folder + "/trust")
        port = Self.mayBind22 ? 22 : 2222
        let weakHost = Weak()
        state = Mutex(State())
        doors = PublicDoors(silence: limits.silence) { endpoint, socket, peer in
            guard let guest = weakHost.host.withLock({ $0.value })?.guest(at: endpoint.address) else {
                Glibc.close(socket)
                return
            }
            Task { await guest.connect(socket, from: peer) }
        }
        ports = PublicDoors(silence: .zero) { endpoint, socket, peer in
            guard let guest = weakHost.host.withLock({ $0.value })?.guest(at: endpoint.address) else {
                Glibc.close(socket)
                return
            }
            guest.connect(socket, from: peer, port: endpoint.port)
        }
        weakHost.host.withLock { $0.value = self }
    }

    /// Refers to the host for doors that are created before it.
    final class Weak: Sendable {
        struct Host { weak var value: GuestHost? }
        let host = Mutex(Host())
    }

    /// Why this machine cannot run guests; nil if it can.
    public static var obstacle: String? {
        do {
            _ = try Machine()
            return nil
        } catch { return "\(error)" }
    }

    static var mayBind22: Bool {
        guard let door = try? PublicDoor(address: "127.255.255.254", port: 22, connected: { socket, _ in Glibc.close(socket) })
        else {
            return false
        }
        door.close()
        return true
    }

    // MARK: Following the simulator

    /// How often to check for changes caused by time: while an instance's state is changing, and otherwise. Changes by requests
    /// are reported at once.
    static let pace = Duration.milliseconds(20)
    static let idlePace = Duration.milliseconds(200)

    /// Follows the simulator until the task is cancelled, then stops every guest.
    public func run() async {
        removeOldDisks()
        simulator.setGuests(self)
        let disks = Task { await watchDisks() }
        let collection = Task { await watchLayers() }
        let memory = Task { await watchMemory() }
        let listeners = Task { await watchPorts() }
        var last = ContinuousClock.now - Self.idlePace
        while !Task.isCancelled {
            if looking.withLock({ $0.isPassing }) || ContinuousClock.now - last >= Self.idlePace {
                last = .now
                look()
            }
            try? await Task.sleep(for: Self.pace)
        }
        simulator.setGuests(nil)
        looking.withLock { $0.isOver = true }
        disks.cancel()
        collection.cancel()
        memory.cancel()
        listeners.cancel()
        doors.close()
        ports.close()
        // A guest that finishes booting after this point would outlive the host, so wait for work in progress. The wait runs in a
        // separate task, which isn't cancelled.
        while state.withLock({ !$0.busy.isEmpty }) { await Task { try? await Task.sleep(for: Self.pace) }.value }
        let guests = state.withLock { Array($0.guests.values) }
        await withTaskGroup(of: Void.self) { group in for guest in guests { group.addTask { await guest.halt() } } }
    }

    /// Removes the disks of an earlier server's instances that no longer exist.
    func removeOldDisks() {
        guard let instances = try? simulator.instances() else { return }
        let kept = Set(instances.filter { $0.state != "terminated" }.map(\.id))
        if let known = try? simulator.ownImages() { images.removeAll(except: known) }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("i-") && !kept.contains(name) {
            machine.remove(folder + "/" + name)
        }
    }

    func look() {
        for guest in state.withLock({ Array($0.guests.values) }) { guest.checkBoot() }
        doors.sweep()
        do {
            try looking.withLock { observed in
                if observed.isOver { return }
                let requests = simulator.requestCount, instances = try simulator.instances()
                let isNew = observed.requests != requests || observed.instances != instances
                observed.requests = requests
                observed.instances = instances
                if isNew {
                    network.update(instances)
                    try turnDoors(for: instances)
                }
                follow(instances)
            }
        } catch { Logger.drydock.error("guests: \(error)") }
    }

    func follow(_ instances: [GuestInstance]) {
        let alive = instances.filter { $0.state != "terminated" }
        for instance in alive { follow(instance) }
        let ids = Set(alive.map(\.id))
        for guest in state.withLock({ $0.guests.values.filter { !ids.contains($0.id) } }) {
            work(on: guest.id) {
                await guest.destroy()
                self.state.withLock { state in
                    state.guests[guest.id] = nil
                    state.failed[guest.id] = nil
                    state.rebooting.remove(guest.id)
                }
            }
        }
    }

    func follow(_ instance: GuestInstance) {
        let guest = state.withLock { state -> Guest in
            if let guest = state.guests[instance.id] { return guest }
            let guest = Guest(
                instance, folder: folder, machine: machine, limits: limits, blobs: layers.blobs, images: images,
                world: world, network: network, guestCertificates: guestCertificates, identity: identity, sshPort: port,
                fetchesPackages: fetchesPackages, simulator,
                events: { [weak self] id, event in self?.hear(event, from: id) })
            state.guests[instance.id] = guest
            return guest
        }
        guest.update(instance)
        let isUp = guest.isUp
        switch instance.state {
        case "pending":
            // The disk is then ready when the instance runs.
            if !guest.disk.isMade { boot(guest) { try await guest.makeDisk() } }
        case "running" where isUp:
            let isAnew = state.withLock { $0.rebooting.contains(instance.id) } || guest.bootedLaunch != instance.launchedAt
            if isAnew {
                work(on: instance.id) {
                    await guest.halt()
                    self.state.withLock { _ = $0.rebooting.remove(instance.id) }
                }
            }
        case "running":
            boot(guest) { try await guest.boot() }
        default:
            state.withLock { state in
                state.failed[instance.id] = nil
                state.rebooting.remove(instance.id)
            }
            if isUp { work(on: instance.id) { await guest.halt() } }
        }
    }

    func boot(_ guest: Guest, _ body: @escaping @Sendable () async throws -> Void) {
        if state.withLock({ $0.failed[guest.id] != nil }) { return }
        work(on: guest.id) {
            do { try await body() } catch { self.fail(guest.id, "\(error)") }
        }
    }

    /// Records that an instance has no guest until it is stopped and started again.
    func fail(_ id: String, _ reason: String) {
        state.withLock { $0.failed[id] = GuestProblem(since: simulator.clock.now, reason: reason) }
        Logger.drydock.warning("guest \(id): \(reason)")
    }

    func hear(_ event: Guest.Event, from id: String) {
        guard let guest = state.withLock({ $0.guests[id] }) else { return }
        switch event {
        case .died:
            // Root inside can end the first process.
            fail(id, "its first process ended")
            work(on: id) { await guest.halt() }
        case .reboots: reboot(id)
        case .shutsDown:
            do { try simulator.shutDown(guest.instance) } catch {
                Logger.drydock.error("\(id) cannot shut down: \(error)")
            }
        }
        look()
    }

    /// Runs one piece of work at a time per guest.
    func work(on id: String, _ body: @escaping @Sendable () async -> Void) {
        guard state.withLock({ $0.busy.insert(id).inserted }) else { return }
        Task {
            await body()
            state.withLock { _ = $0.busy.remove(id) }
            look()
        }
    }

    /// Opens or closes the door of every public address, whichever instance has the address now.
    func turnDoors(for instances: [GuestInstance]) throws {
        let addressed = instances.filter { $0.state != "terminated" && $0.publicAddress != nil }
        let reachable = try simulator.reachable(addressed.filter { ["pending", "running"].contains($0.state) })
        doors.turn(
            to: Dictionary(
                addressed.map {
                    (PublicDoors.Endpoint(address: $0.publicAddress ?? "", port: port), reachable.contains($0.id))
                },
                uniquingKeysWith: { first, _ in first }))
    }

    func guest(at address: String) -> Guest? {
        state.withLock { $0.guests.values.first { $0.instance.publicAddress == address } }
    }

    // MARK: Status

    public func problem(of instance: String) -> GuestProblem? {
        let (guest, failed) = state.withLock { ($0.guests[instance], $0.failed[instance]) }
        if let failed { return failed }
        guard case .timedOut(let time)? = guest?.bootState else { return nil }
        return GuestProblem(since: time, reason: "its boot exceeded the time limit")
    }

    public func admit(publicKey: String, for user: String, to instance: String, until: Instant) {
        state.withLock { $0.guests[instance] }?.admit(publicKey, for: user, until: until)
    }

    public func declare(_ declaration: Node) throws {
        for field in declaration["internet"]?.fields ?? [] {
            guard let text = field.value.string else { throw GuestFailure("the answer of '\(field.name)' must be text") }
            try world.add(field.name, Bytes(text.utf8))
        }
        for field in declaration["packages"]?.fields ?? [] {
            guard let text = field.value.string else {
                throw GuestFailure("the package '\(field.name)' must name the program that it brings, or '-'")
            }
            try world.addPackage(field.name, bringing: text)
        }
    }

    public func console(of instance: String) -> Bytes? { state.withLock { $0.guests[instance] }?.console() }

    public var description: Node {
        let guests = state.withLock { $0.guests.values.sorted { $0.id < $1.id } }
        return .list(
            guests.map { guest in
                let instance = guest.instance
                return .object([
                    .init("instance", .string(instance.id)), .init("name", .string(instance.tags["Name"] ?? "")),
                    .init("state", .string(instance.state)), .init("up", .bool(guest.isUp)),
                    .init("address", instance.publicAddress.map { .string($0) } ?? .null), .init("port", .integer(Int64(port))),
                    .init("boot", .string(guest.bootState.description)),
                    .init("problem", problem(of: instance.id).map { .string($0.reason) } ?? .null),
                    .init("user", guest.user.map { .string($0) } ?? .null),
                    .init("key", instance.keyName.map { .string($0) } ?? .null),
                    .init("hostKey", guest.hostKey.map { .string($0) } ?? .null),
                    .init("dockerSocket", .string(guest.disk.dockerSocket)),
                ])
            })
    }
}
