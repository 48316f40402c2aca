import AWSCore
import CGuest
import Foundation
import Glibc
import SimulatorCore
import Synchronization

/// Connects guests of one VPC, and of VPCs that routes connect. Each guest has an interface with its private address. Packets
/// between guests pass through here, if security groups, network ACLs and routes allow the connection when it begins.
///
/// No packet leaves the guests: those with a foreign source address or a target that is no guest are dropped.
final class GuestNetwork: Sendable {
    private let simulator: Simulator
    private let state = Mutex(State())

    private struct State {
        var instances: [String: GuestInstance] = [:]
        /// Instances by VPC and private address.
        var ids: [VPCAddress: String] = [:]
        /// Private addresses by VPC and name, and by region and private name.
        var names: [Name: UInt32] = [:]
        /// Instances by public name.
        var publicNames: [String: String] = [:]
        var wires: [String: GuestWire] = [:]
        /// Instances of all VPCs by private address.
        var everywhere: [UInt32: [String]] = [:]
        /// The instances of other VPCs that an instance has reached, or was reached from.
        var beyond: [Way: String] = [:]
    }

    private struct Way: Hashable {
        let instance: String
        let target: UInt32
    }

    private struct VPCAddress: Hashable {
        let vpc: String
        let address: UInt32
    }

    /// A name, and the VPC or region that knows it.
    private struct Name: Hashable {
        let scope, name: String
    }

    /// Whether every user inside may listen at ports below 1024.
    private let opensPorts: Bool

    init(_ simulator: Simulator, opensPorts: Bool) {
        self.simulator = simulator
        self.opensPorts = opensPorts
    }

    /// Updates the instances and their names.
    func update(_ instances: [GuestInstance]) {
        let alive = instances.filter { $0.state != "terminated" && !$0.privateAddress.isEmpty }
        var ids: [VPCAddress: String] = [:], names: [Name: UInt32] = [:], everywhere: [UInt32: [String]] = [:]
        var publicNames: [String: String] = [:]
        for instance in alive {
            guard let address = addressNumber(instance.privateAddress) else { continue }
            ids[VPCAddress(vpc: instance.vpc, address: address)] = instance.id
            everywhere[address, default: []].append(instance.id)
            // Within the VPC, a public name resolves to the private address.
            for name in [instance.privateName, instance.publicName ?? ""] where !name.isEmpty {
                names[Name(scope: instance.vpc, name: name)] = address
            }
            if instance.isNamedInRegion { names[Name(scope: instance.region, name: instance.privateName)] = address }
            if let name = instance.publicName, !name.isEmpty { publicNames[name] = instance.id }
        }
        let byId = Dictionary(alive.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        state.withLock { [ids, names, everywhere, publicNames] state in
            state.instances = byId
            state.ids = ids
            state.names = names
            state.publicNames = publicNames
            state.everywhere = everywhere
            state.beyond = state.beyond.filter { byId[$0.key.instance] != nil && byId[$0.value] != nil }
        }
    }

    /// Resolves an instance's name as the resolver of another instance's VPC does; nil if no instance has the name.
    func resolve(_ name: String, for own: GuestInstance) -> GuestResolution? {
        let name = name.lowercased()
        let (address, other) = state.withLock { state in
            let address = state.names[Name(scope: own.vpc, name: name)] ?? state.names[Name(scope: own.region, name: name)]
            return (address, state.publicNames[name].flatMap { state.instances[$0] })
        }
        if let address { return .address(address) }
        guard let other else { return nil }
        // AWS returns the public address, which guests cannot reach.
        guard simulator.resolvesPublicNames(of: other, for: own), let address = addressNumber(other.privateAddress) else {
            return .unknown
        }
        return .address(address)
    }

    /// Connects a guest.
    /// - Returns: nil if this machine can't give sandboxes interfaces; the guest then has only its address.
    func connect(_ instance: GuestInstance, process: pid_t) -> GuestWire? {
        guard let ranges = try? simulator.ranges(of: instance),
            let wire = GuestWire.connect(
                instance, ranges, process: process, opensPorts: opensPorts,
                received: { [weak self] packet, wire in
                    self?.pass(&packet, from: wire)
                })
        else { return nil }
        state.withLock { $0.wires[instance.id] = wire }
        return wire
    }

    func disconnect(_ id: String) { state.withLock { $0.wires.removeValue(forKey: id) }?.close() }

    /// Forwards a packet to its target guest.
    private func pass(_ packet: inout GuestPacket, from wire: GuestWire) {
        guard packet.source == wire.address, packet.target != wire.address, !GuestWorld.isService(packet.target) else { return }
        let (own, near) = state.withLock { state -> (GuestInstance?, GuestInstance?) in
            let own = state.instances[wire.id]
            let id = own.flatMap { state.ids[VPCAddress(vpc: $0.vpc, address: packet.target)] }
            return (own, id.flatMap { state.instances[$0] })
        }
        guard let own, let flow = packet.flow else { return }
        // A TCP connection that starts again from the same port counts as a new one.
        let isNew = packet.begins && (flow.kind == .tcp || !wire.knows(flow))
        if isNew {
            let isAllowed = wire.may(flow, at: simulator.requestCount) {
                if let near { return simulator.admits(flow, from: own, to: near) }
                return find(flow, from: own)
            }
            guard isAllowed else { return }
        } else if !wire.knows(flow) {
            return
        }
        let way = state.withLock { state in
            (near?.id ?? state.beyond[Way(instance: own.id, target: flow.other)]).flatMap { state.wires[$0] }
        }
        guard let way else { return }
        if isNew {
            wire.note(flow)
            way.note(flow.reversed)
        }
        way.send(&packet, from: wire.mac)
    }

    /// Finds the instance of another VPC that routes lead to, over a peering connection or transit gateways, and notes it.
    private func find(_ flow: GuestFlow, from own: GuestInstance) -> Bool {
        let candidates = state.withLock { state in
            (state.everywhere[flow.other] ?? []).compactMap { state.instances[$0] }.filter { $0.vpc != own.vpc }
        }
        guard let other = candidates.first(where: { simulator.admits(flow, from: own, to: $0) }) else { return false }
        state.withLock { state in
            state.beyond[Way(instance: own.id, target: flow.other)] = other.id
            state.beyond[Way(instance: other.id, target: flow.own)] = own.id
        }
        return true
    }
}

/// The endpoints of a connection, seen from one side.
struct GuestFlow: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case icmp = 1
        case tcp = 6
        case udp = 17

        /// The protocol's name in rules.
        var name: String { self == .icmp ? "icmp" : self == .tcp ? "tcp" : "udp" }
    }

    let kind: Kind
    let own, other: UInt32
    let ownPort, otherPort: UInt16

    var reversed: GuestFlow {
        GuestFlow(kind: kind, own: other, other: own, ownPort: otherPort, otherPort: ownPort)
    }
}

/// An IPv4 packet in an Ethernet frame. Parsed defensively, because guests can send anything.
struct GuestPacket {
    /// The length of the Ethernet header, in bytes.
    static let head = 14
    private(set) var bytes: [UInt8]
    let source, target: UInt32
    /// Its connection; nil for other protocols, fragments and truncated packets.
    let flow: GuestFlow?
    /// Whether it can be the first packet of a connection.
    let begins: Bool

    /// - Returns: nil if the frame holds no IPv4 packet.
    init?(_ frame: ArraySlice<UInt8>) {
        let bytes = Array(frame), start = Self.head
        guard bytes.count >= start + 20, bytes[12] == 8, bytes[13] == 0, bytes[start] >> 4 == 4 else { return nil }
        func number(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
        let length = Int(bytes[start] & 15) * 4, total = Int(number(start + 2))
        guard length >= 20, total >= length, bytes.count >= start + total else { return nil }
        self.bytes = bytes
        source = UInt32(number(start + 12)) << 16 | UInt32(number(start + 14))
        target = UInt32(number(start + 16)) << 16 | UInt32(number(start + 18))
        let body = start + length, size = total - length, isFragment = number(start + 6) & 0x3FFF != 0
        switch isFragment ? nil : GuestFlow.Kind(rawValue: bytes[start + 9]) {
        case .tcp where size >= 20:
            flow = GuestFlow(kind: .tcp, own: source, other: target, ownPort: number(body), otherPort: number(body + 2))
            begins = bytes[body + 13] & 0x12 == 0x02  // SYN without ACK
        case .udp where size >= 8:
            flow = GuestFlow(kind: .udp, own: source, other: target, ownPort: number(body), otherPort: number(body + 2))
            begins = true
        case .icmp where size >= 8:
            // An error such as "port unreachable" has no connection of its own.
            let isEcho = bytes[body] == 8 || bytes[body] == 0
            flow =
                isEcho || bytes[body] == 3
                ? GuestFlow(
                    kind: .icmp, own: source, other: target, ownPort: isEcho ? number(body + 4) : 0,
                    otherPort: isEcho ? number(body + 4) : 0)
                : nil
            begins = bytes[body] == 8
        default:
            flow = nil
            begins = false
        }
    }

    mutating func address(to target: [UInt8], from source: [UInt8]) { bytes.replaceSubrange(0..<12, with: target + source) }
}

/// A guest's interface and the thread that receives its packets.
final class GuestWire: Sendable {
    let id: String
    let address: UInt32
    let mac: [UInt8]
    /// The listening sockets of ``GuestWorld/services``, which the caller of ``connect(_:_:process:received:)`` owns.
    let services: [Int32]
    private let socket: Int32
    private let bell: Int32
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        /// Connections, and when each last had a packet.
        var flows: [GuestFlow: ContinuousClock.Instant] = [:]
        /// Recent decisions of the rules, and the request count and time that they are valid for.
        var decisions: [GuestFlow: Bool] = [:]
        var decidedAt: (requests: UInt64, time: ContinuousClock.Instant)?
    }

    /// AWS's timeout for idle connections.
    private static let idle = Duration.seconds(350)
    private static let mostFlows = 16384
    /// AWS's MTU within a VPC.
    static let mtu: UInt32 = 9001

    private init(_ id: String, _ address: UInt32, _ mac: [UInt8], _ socket: Int32, _ services: [Int32]) {
        self.id = id
        self.services = services
        self.address = address
        self.mac = mac
        self.socket = socket
        bell = cguest_bell()
    }

    /// - Parameter received: called for each packet that the guest sends, on the wire's own thread.
    /// - Returns: nil if this machine can't give the guest an interface.
    static func connect(
        _ instance: GuestInstance, _ ranges: GuestRanges, process: pid_t, opensPorts: Bool,
        received: @escaping @Sendable (inout GuestPacket, GuestWire) -> Void
    ) -> GuestWire? {
        let mac = instance.mac.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        guard let address = addressNumber(instance.privateAddress), mac.count == 6 else { return nil }
        var settings = cguest_wire()
        withUnsafeMutableBytes(of: &settings.mac) { $0.copyBytes(from: mac) }
        settings.mtu = mtu
        settings.address = address
        settings.prefix = Int32(ranges.subnetPrefix)
        let blocks = Array((ranges.blocks + GuestRanges.others).prefix(16))
        settings.blocks = Int32(blocks.count)
        withUnsafeMutableBytes(of: &settings.block) { $0.copyBytes(from: blocks.map(\.base).withUnsafeBytes(Array.init)) }
        withUnsafeMutableBytes(of: &settings.block_prefix) {
            $0.copyBytes(from: blocks.map { Int32($0.prefix) }.withUnsafeBytes(Array.init))
        }
        let services = GuestWorld.services
        settings.services = Int32(services.count)
        settings.opens_ports = opensPorts ? 1 : 0
        withUnsafeMutableBytes(of: &settings.service) {
            $0.copyBytes(from: services.map(\.address).withUnsafeBytes(Array.init))
        }
        withUnsafeMutableBytes(of: &settings.service_port) {
            $0.copyBytes(from: services.map(\.port).withUnsafeBytes(Array.init))
        }
        var sockets = [Int32](repeating: -1, count: services.count)
        let socket = cguest_wire_up(process, instance.interfaceName, &settings, &sockets)
        guard socket >= 0 else { return nil }
        let wire = GuestWire(instance.id, address, mac, socket, sockets)
        // Waiting blocks, so it has its own thread, which ends with the wire.
        let thread = Thread { wire.receive(received) }
        thread.stackSize = 256 << 10
        thread.start()
        return wire
    }

    private func receive(_ received: (inout GuestPacket, GuestWire) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 16384), isConnected = true
        while wait(isConnected) {
            var count = cguest_receive_packet(socket, &buffer, buffer.count)
            // Check the state after 64 packets, even if more are waiting.
            for _ in 0..<64 where count > 0 {
                if var packet = GuestPacket(buffer[0..<count]) { received(&packet, self) }
                count = cguest_receive_packet(socket, &buffer, buffer.count)
            }
            // The guest's network ends before the wire does; the rest of the wait is for the wire's end.
            if [ENETDOWN, ENODEV, ENXIO].contains(Int32(-count)) { isConnected = false }
        }
        // Closed under the lock, because senders use this descriptor.
        state.withLock { _ in _ = Glibc.close(socket) }
        Glibc.close(bell)
    }

    private func wait(_ isConnected: Bool) -> Bool {
        if state.withLock({ $0.isOver }) { return false }
        var polled = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            pollfd(fd: isConnected ? socket : -1, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&polled, 2, -1)
        return true
    }

    func close() {
        state.withLock { $0.isOver = true }
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// Whether a connection has begun and hasn't timed out.
    func knows(_ flow: GuestFlow) -> Bool {
        state.withLock { state in
            let now = ContinuousClock.now
            guard let last = state.flows[flow], now - last < Self.idle else { return false }
            state.flows[flow] = now
            return true
        }
    }

    func note(_ flow: GuestFlow) {
        state.withLock { state in
            let now = ContinuousClock.now
            if state.flows.count >= Self.mostFlows {
                state.flows = state.flows.filter { now - $0.value < Self.idle }
                if state.flows.count >= Self.mostFlows { state.flows = [:] }
            }
            state.flows[flow] = now
        }
    }

    /// Returns the rules' decision, evaluated once per port until a request may have changed the rules. A guest that scans all
    /// ports then costs the server little.
    func may(_ flow: GuestFlow, at requests: UInt64, _ decide: () -> Bool) -> Bool {
        let question = GuestFlow(
            kind: flow.kind, own: flow.own, other: flow.other, ownPort: 0, otherPort: flow.kind == .icmp ? 0 : flow.otherPort)
        let cached = state.withLock { state -> Bool? in
            let now = ContinuousClock.now
            if let since = state.decidedAt, since.requests == requests, now - since.time < .milliseconds(500) {
                return state.decisions[question]
            }
            state.decisions = [:]
            state.decidedAt = (requests, now)
            return nil
        }
        if let cached { return cached }
        let answer = decide()
        state.withLock { $0.decisions[question] = answer }
        return answer
    }

    fileprivate func send(_ packet: inout GuestPacket, from other: [UInt8]) {
        packet.address(to: mac, from: other)
        state.withLock { state in
            if state.isOver { return }
            packet.bytes.withUnsafeBytes { _ = Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT)) }
        }
    }
}

/// The address blocks of an instance's subnet and VPC.
struct GuestRanges: Sendable {
    var subnetPrefix: Int
    var blocks: [(base: UInt32, prefix: Int)]
    /// In the API's notation.
    var subnet: String
    var vpc: [String]
    var subnetOfSix, vpcOfSix: [String]
    var zoneId: String?

    /// The blocks of other VPCs. Guests route to them always: routes between VPCs come and go while a guest runs.
    static let others = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"].compactMap(block)

    static func block(_ text: String) -> (base: UInt32, prefix: Int)? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let base = addressNumber(String(parts[0])), let prefix = Int(parts[1]) else { return nil }
        return (base, prefix)
    }
}

extension GuestInstance {
    /// Whether the instance type is on Nitro, which determines device and interface names.
    var isNitro: Bool {
        let xen: Set<Substring> = [
            "t1", "t2", "m1", "m2", "m3", "m4", "c1", "c3", "c4", "r3", "r4", "i2", "i3", "d2", "x1", "x1e", "p2", "p3", "g2",
            "g3",
            "f1", "h1", "cc2", "cr1", "hs1",
        ]
        return !xen.contains(type.prefix { $0 != "." }) || type.hasSuffix(".metal")
    }

    /// The interface's name in the operating system.
    var interfaceName: String { isNitro ? "ens5" : "eth0" }
}
