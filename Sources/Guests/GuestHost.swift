import AWSCore
import Foundation
import Glibc
import OCI
public import SimulatorCore
import Synchronization

/// Plays a simulator's running instances as sandboxes of this machine: with a shell, ssh, user data, metadata and Docker.
///
/// It follows the simulator: an instance that runs has a guest, one that stops loses it and keeps its disk, one that is
/// terminated leaves nothing.
public final class GuestHost: GuestDirectory {
    private let simulator: Simulator
    private let folder: String
    private let machine: Machine
    private let blobs: any BlobStore
    private let trust: Trust
    /// What guests find beyond themselves.
    let world = GuestWorld()
    /// Where ssh listens on each instance's address: 22 if this process may.
    public let port: UInt16
    private let state = Mutex(State())
    private let limits: Sandbox.Limits

    private struct State {
        var guests: [String: Guest] = [:]
        var doors: [String: SSHDoor] = [:]
        /// Boots and halts under way, and the instances whose last boot failed.
        var busy: Set<String> = []
        var failed: [String: GuestProblem] = [:]
        /// Addresses that could not be listened on; said once.
        var refused: Set<String> = []
    }

    /// - Parameter folder: where the disks are; emptied of those whose instances are gone.
    /// - Throws: ``GuestFailure`` that tells what is missing and how to install it.
    public convenience init(_ simulator: Simulator, folder: String) throws {
        try self.init(simulator, folder: folder, limits: Sandbox.Limits())
    }

    init(_ simulator: Simulator, folder: String, limits: Sandbox.Limits) throws {
        machine = try Machine()
        self.limits = limits
        self.simulator = simulator
        self.folder = folder
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o711])
            blobs = try DiskBlobStore(root: folder + "/layers")
        } catch { throw GuestFailure("cannot keep guests in '\(folder)': \(error)") }
        trust = try Trust(folder: folder + "/trust")
        port = Self.mayBind22 ? 22 : 2222
    }

    /// Why guests cannot be played on this machine; nil if they can.
    public static var obstacle: String? {
        do {
            _ = try Machine()
            return nil
        } catch { return "\(error)" }
    }

    private static var mayBind22: Bool {
        guard let door = try? SSHDoor(address: "127.255.255.254", port: 22, connected: { socket, _ in Glibc.close(socket) })
        else {
            return false
        }
        door.close()
        return true
    }

    // MARK: Following the simulator

    /// Follows the simulator until the task is cancelled; then every guest is stopped.
    public func run() async {
        simulator.setGuests(self)
        var seen: UInt64 = .max
        var lastLook = ContinuousClock.now - .seconds(1), lastCheck = ContinuousClock.now
        while !Task.isCancelled {
            // A state changes with a request or with the time that passes.
            let requests = simulator.requestCount
            if requests != seen || ContinuousClock.now - lastLook > .milliseconds(200) {
                seen = requests
                lastLook = .now
                do { try await look() } catch {
                    FileHandle.standardError.write(Data("drydock: guests: \(error)\n".utf8))
                }
            }
            if ContinuousClock.now - lastCheck > .seconds(2) {
                for guest in state.withLock({ Array($0.guests.values) }) {
                    if let reason = await guest.checkDisk() { fail(guest.id, reason) }
                }
                lastCheck = .now
            }
            try? await Task.sleep(for: .milliseconds(25))
        }
        simulator.setGuests(nil)
        let (guests, doors) = state.withLock { (Array($0.guests.values), Array($0.doors.values)) }
        for door in doors { door.close() }
        await withTaskGroup(of: Void.self) { group in for guest in guests { group.addTask { await guest.halt() } } }
    }

    private func look() async throws {
        let instances = try simulator.instances()
        for guest in state.withLock({ Array($0.guests.values) }) { guest.checkBoot() }
        let alive = instances.filter { $0.state != "terminated" }
        for instance in alive { follow(instance) }
        let ids = Set(alive.map(\.id))
        for guest in state.withLock({ state in
            state.guests.values.filter { !ids.contains($0.id) && !state.busy.contains($0.id) }
        }) {
            work(on: guest.id) {
                await guest.destroy()
                self.state.withLock { $0.guests[guest.id] = nil }
            }
        }
        let wanted = Dictionary(
            alive.compactMap { instance in instance.publicAddress.map { ($0, instance.id) } },
            uniquingKeysWith: { first, _ in first })
        turnDoors(to: wanted)
    }

    private func follow(_ instance: GuestInstance) {
        let guest = state.withLock { state -> Guest in
            if let guest = state.guests[instance.id] { return guest }
            let guest = Guest(
                instance, folder: folder, machine: machine, limits: limits, blobs: blobs, world: world, trust: trust, simulator,
                died: { [weak self] id in self?.lose(id) })
            state.guests[instance.id] = guest
            return guest
        }
        guest.update(instance)
        if instance.state == "running", !guest.isUp {
            if state.withLock({ $0.failed[instance.id] != nil }) { return }
            work(on: instance.id) {
                do { try await guest.boot() } catch {
                    self.fail(instance.id, "\(error)")
                }
            }
        } else if instance.state != "running", instance.state != "pending" {
            state.withLock { _ = $0.failed.removeValue(forKey: instance.id) }
            if guest.isUp { work(on: instance.id) { await guest.halt() } }
        }
    }

    /// An instance without a guest, until it is stopped and started again.
    private func fail(_ id: String, _ reason: String) {
        state.withLock { $0.failed[id] = GuestProblem(since: simulator.clock.now, reason: reason) }
        FileHandle.standardError.write(Data("drydock: guest \(id): \(reason)\n".utf8))
    }

    /// A guest whose first process ended though nobody stopped it: its root may do that.
    private func lose(_ id: String) {
        fail(id, "its first process ended")
        guard let guest = state.withLock({ $0.guests[id] }) else { return }
        work(on: id) { await guest.halt() }
    }

    /// One thing at a time with each guest.
    private func work(on id: String, _ body: @escaping @Sendable () async -> Void) {
        guard state.withLock({ $0.busy.insert(id).inserted }) else { return }
        Task {
            await body()
            state.withLock { _ = $0.busy.remove(id) }
        }
    }

    /// Every public address has its door, whoever has the address at the moment.
    private func turnDoors(to wanted: [String: String]) {
        let open = state.withLock { Set($0.doors.keys) }
        for address in open where wanted[address] == nil { state.withLock { $0.doors.removeValue(forKey: address) }?.close() }
        for address in wanted.keys where !open.contains(address) {
            guard address.hasPrefix("127."), !state.withLock({ $0.refused.contains(address) }) else { continue }
            do {
                let door = try SSHDoor(address: address, port: port) { [weak self] socket, peer in
                    guard let guest = self?.guest(at: address) else {
                        Glibc.close(socket)
                        return
                    }
                    Task { await guest.connect(socket, from: peer) }
                }
                state.withLock { $0.doors[address] = door }
            } catch {
                state.withLock { _ = $0.refused.insert(address) }
                FileHandle.standardError.write(Data("drydock: \(error)\n".utf8))
            }
        }
    }

    private func guest(at address: String) -> Guest? {
        state.withLock { $0.guests.values.first { $0.instance.publicAddress == address } }
    }

    // MARK: What others may know

    public func problem(of instance: String) -> GuestProblem? {
        let (guest, failed) = state.withLock { ($0.guests[instance], $0.failed[instance]) }
        if let failed { return failed }
        guard case .timedOut(let time)? = guest?.bootState else { return nil }
        return GuestProblem(since: time, reason: "its boot took longer than it may")
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
                    .init("dockerSocket", .string(guest.disk.dockerSocket)),
                ])
            })
    }
}
