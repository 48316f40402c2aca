import AWSCore
import CGuest
import Foundation
import Glibc
import SimulatorCore
import Synchronization

/// What connects the guests of a VPC: each has an interface with its private address, and packets between two of them go through
/// here, as far as security groups, network ACLs and routes let a connection begin at that moment.
///
/// Nothing leaves: a packet whose source isn't its guest's own address, or that is for nobody of the VPC, is dropped.
final class GuestNetwork: Sendable {
    private let simulator: Simulator
    private let state = Mutex(State())

    private struct State {
        var instances: [String: GuestInstance] = [:]
        /// Instances by VPC and private address, and by VPC and name.
        var ids: [Place: String] = [:]
        var names: [Name: UInt32] = [:]
        var wires: [String: GuestWire] = [:]
    }

    private struct Place: Hashable {
        let vpc: String
        let address: UInt32
    }

    private struct Name: Hashable {
        let vpc, name: String
    }

    init(_ simulator: Simulator) { self.simulator = simulator }

    /// Notes who is there.
    func update(_ instances: [GuestInstance]) {
        let alive = instances.filter { $0.state != "terminated" && !$0.privateAddress.isEmpty }
        var ids: [Place: String] = [:], names: [Name: UInt32] = [:]
        for instance in alive {
            guard let address = addressNumber(instance.privateAddress) else { continue }
            ids[Place(vpc: instance.vpc, address: address)] = instance.id
            // A public name leads to the private address within the VPC.
            for name in [instance.privateName, instance.publicName ?? ""] where !name.isEmpty {
                names[Name(vpc: instance.vpc, name: name)] = address
            }
        }
        let byId = Dictionary(alive.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        state.withLock { [ids, names] state in
            state.instances = byId
            state.ids = ids
            state.names = names
        }
    }

    /// Where a name leads within an instance's VPC; nil for what is no instance's name there.
    func address(of name: String, for instance: GuestInstance) -> UInt32? {
        state.withLock { $0.names[Name(vpc: instance.vpc, name: name.lowercased())] }
    }

    /// Connects a guest.
    /// - Returns: nil where this machine gives sandboxes no interfaces; then the guest has its address alone.
    func connect(_ instance: GuestInstance, process: pid_t) -> GuestWire? {
        guard let ranges = try? simulator.ranges(of: instance),
            let wire = GuestWire.connect(
                instance, ranges, process: process,
                received: { [weak self] packet, wire in
                    self?.pass(&packet, from: wire)
                })
        else { return nil }
        state.withLock { $0.wires[instance.id] = wire }
        return wire
    }

    func disconnect(_ id: String) { state.withLock { $0.wires.removeValue(forKey: id) }?.close() }

    /// Brings a packet to the guest that it is for.
    private func pass(_ packet: inout GuestPacket, from wire: GuestWire) {
        guard packet.source == wire.address, packet.target != wire.address else { return }
        let (own, other, way) = state.withLock { state -> (GuestInstance?, GuestInstance?, GuestWire?) in
            let own = state.instances[wire.id]
            let id = own.flatMap { state.ids[Place(vpc: $0.vpc, address: packet.target)] }
            return (own, id.flatMap { state.instances[$0] }, id.flatMap { state.wires[$0] })
        }
        guard let own, let other, let way, let flow = packet.flow else { return }
        // A connection of TCP that begins anew, from the same port, is one more.
        if packet.begins, flow.kind == .tcp || !wire.knows(flow) {
            guard wire.may(flow, at: simulator.requestCount, { simulator.admits(flow, from: own, to: other) }) else { return }
            wire.note(flow)
            way.note(flow.reversed)
        } else if !wire.knows(flow) {
            return
        }
        way.send(&packet, from: wire.mac)
    }
}

/// What the two ends of a connection are, as one of them sees it.
struct GuestFlow: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case icmp = 1
        case tcp = 6
        case udp = 17

        /// As rules name it.
        var name: String { self == .icmp ? "icmp" : self == .tcp ? "tcp" : "udp" }
    }

    let kind: Kind
    let own, other: UInt32
    let ownPort, otherPort: UInt16

    var reversed: GuestFlow {
        GuestFlow(kind: kind, own: other, other: own, ownPort: otherPort, otherPort: ownPort)
    }
}

/// A packet of IPv4 in a frame of Ethernet, read with care: guests can send anything.
struct GuestPacket {
    /// What Ethernet puts before it.
    static let head = 14
    private(set) var bytes: [UInt8]
    let source, target: UInt32
    /// The connection that it belongs to; nil for other protocols, fragments and what is cut off.
    let flow: GuestFlow?
    /// Whether it may be a connection's first.
    let begins: Bool

    /// - Returns: nil for what is no packet of IPv4.
    init?(_ frame: ArraySlice<UInt8>) {
        let bytes = Array(frame), start = Self.head
        guard bytes.count >= start + 20, bytes[12] == 8, bytes[13] == 0, bytes[start] >> 4 == 4 else { return nil }
        func number(_ place: Int) -> UInt16 { UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]) }
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
            // What tells of an unreachable port belongs to no connection of its own.
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

/// A guest's interface, and who takes its packets.
final class GuestWire: Sendable {
    let id: String
    let address: UInt32
    let mac: [UInt8]
    private let socket: Int32
    private let bell: Int32
    private let state = Mutex(State())

    private struct State {
        var isOver = false
        /// Connections, and when something of them was last seen.
        var flows: [GuestFlow: ContinuousClock.Instant] = [:]
        /// What the rules said lately, and as of which request.
        var decisions: [GuestFlow: Bool] = [:]
        var decidedAt: (requests: UInt64, time: ContinuousClock.Instant)?
    }

    /// As AWS has it for connections that nothing is heard of.
    private static let idle = Duration.seconds(350)
    private static let mostFlows = 16384
    /// AWS's within a VPC.
    static let mtu: UInt32 = 9001

    private init(_ id: String, _ address: UInt32, _ mac: [UInt8], _ socket: Int32) {
        self.id = id
        self.address = address
        self.mac = mac
        self.socket = socket
        bell = cguest_bell()
    }

    /// - Parameter received: gets each packet that the guest sends, on a thread of the wire's own.
    /// - Returns: nil where this machine gives no interface.
    static func connect(
        _ instance: GuestInstance, _ ranges: GuestRanges, process: pid_t,
        received: @escaping @Sendable (inout GuestPacket, GuestWire) -> Void
    ) -> GuestWire? {
        let mac = instance.mac.split(separator: ":").compactMap { UInt8($0, radix: 16) }
        guard let address = addressNumber(instance.privateAddress), mac.count == 6 else { return nil }
        var settings = cguest_wire()
        withUnsafeMutableBytes(of: &settings.mac) { $0.copyBytes(from: mac) }
        settings.mtu = mtu
        settings.address = address
        settings.prefix = Int32(ranges.subnetPrefix)
        let blocks = Array(ranges.blocks.prefix(16))
        settings.blocks = Int32(blocks.count)
        withUnsafeMutableBytes(of: &settings.block) { $0.copyBytes(from: blocks.map(\.base).withUnsafeBytes(Array.init)) }
        withUnsafeMutableBytes(of: &settings.block_prefix) {
            $0.copyBytes(from: blocks.map { Int32($0.prefix) }.withUnsafeBytes(Array.init))
        }
        let socket = cguest_wire_up(process, instance.interfaceName, &settings)
        guard socket >= 0 else { return nil }
        let wire = GuestWire(instance.id, address, mac, socket)
        // Waiting blocks, so it has a thread of its own, which ends with the wire.
        let thread = Thread { wire.receive(received) }
        thread.stackSize = 256 << 10
        thread.start()
        return wire
    }

    private func receive(_ received: (inout GuestPacket, GuestWire) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 16384)
        while wait() {
            var count = cguest_receive_packet(socket, &buffer, buffer.count)
            // A look at the state again now and then, however much there is.
            for _ in 0..<64 where count > 0 {
                if var packet = GuestPacket(buffer[0..<count]) { received(&packet, self) }
                count = cguest_receive_packet(socket, &buffer, buffer.count)
            }
            // The guest's network ends before the wire does.
            if count < 0, count != -Int(EAGAIN) { usleep(20_000) }
        }
        // Under the lock, since whoever sends uses the socket's number.
        state.withLock { _ in Glibc.close(socket) }
        Glibc.close(bell)
    }

    private func wait() -> Bool {
        if state.withLock({ $0.isOver }) { return false }
        var places = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0), pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&places, 2, -1)
        return true
    }

    func close() {
        state.withLock { $0.isOver = true }
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    /// Whether a connection has begun, and is not forgotten.
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

    /// What the rules say, asked once for each port as long as no request may have changed them: a guest that knocks at every
    /// port costs the server little.
    func may(_ flow: GuestFlow, at requests: UInt64, _ decide: () -> Bool) -> Bool {
        let question = GuestFlow(
            kind: flow.kind, own: flow.own, other: flow.other, ownPort: 0, otherPort: flow.kind == .icmp ? 0 : flow.otherPort)
        let known = state.withLock { state -> Bool? in
            let now = ContinuousClock.now
            if let since = state.decidedAt, since.requests == requests, now - since.time < .milliseconds(500) {
                return state.decisions[question]
            }
            state.decisions = [:]
            state.decidedAt = (requests, now)
            return nil
        }
        if let known { return known }
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

/// The blocks that an instance's interface is in.
struct GuestRanges: Sendable {
    var subnetPrefix: Int
    var blocks: [(base: UInt32, prefix: Int)]
    /// As the API writes them.
    var subnet: String
    var vpc: [String]
    var subnetOfSix, vpcOfSix: [String]
    var zoneId: String?

    static func block(_ text: String) -> (base: UInt32, prefix: Int)? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let base = addressNumber(String(parts[0])), let prefix = Int(parts[1]) else { return nil }
        return (base, prefix)
    }
}

extension GuestInstance {
    /// Whether its type is of Nitro, and its devices and interface are named so.
    var isNitro: Bool {
        let xen: Set<Substring> = [
            "t1", "t2", "m1", "m2", "m3", "m4", "c1", "c3", "c4", "r3", "r4", "i2", "i3", "d2", "x1", "x1e", "p2", "p3", "g2",
            "g3",
            "f1", "h1", "cc2", "cr1", "hs1",
        ]
        return !xen.contains(type.prefix { $0 != "." }) || type.hasSuffix(".metal")
    }

    /// As the system names it.
    var interfaceName: String { isNitro ? "ens5" : "eth0" }
}
