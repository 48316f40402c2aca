import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// Who reaches an instance, and what it reaches: its security groups, the network ACLs and the routes on the way decide, as
/// they stood when this was made. Doors and guests ask it for every connection.
package struct NetworkReachability: Sendable {
    package enum Direction: Sendable {
        /// Somebody connects to the instance.
        case inbound
        /// The instance connects to somebody.
        case outbound
    }

    package struct Decision: Sendable, Equatable {
        package let isAllowed: Bool
        /// One sentence that names what decided.
        package let reason: String
        /// The endpoint of the VPC that serves the request.
        package fileprivate(set) var endpoint: EndpointUse?
        /// The address that a NAT gateway or instance shows to the other side.
        package fileprivate(set) var translated: String?
        /// What stands in the way, for those who explain it in other words.
        private(set) var obstacle: Obstacle?

        static func yes(_ reason: String) -> Self { Self(isAllowed: true, reason: reason) }
        static func no(_ reason: String, _ obstacle: Obstacle? = nil) -> Self {
            var decision = Self(isAllowed: false, reason: reason)
            decision.obstacle = obstacle
            return decision
        }
    }

    enum Obstacle: Sendable, Equatable {
        case groups(Direction)
        case list(id: String, rule: Int?, isEgress: Bool)
        case noRoute(table: String)
        /// A route that leads to what takes no packets.
        case closed(table: String, target: String)
        case noPublicAddress
        /// A translator, through which nobody connects.
        case oneWay(target: String)
    }

    /// A connection: the other side's address, the port that is connected to.
    struct Packet {
        let address: UInt32
        let text: String
        let port: Int
        let name: String
        var label: String { "\(name.uppercased()) port \(port)" }

        func to(_ other: UInt32) -> Packet { Packet(address: other, text: IPv4Block.text(other), port: port, name: name) }
    }

    let privateAddress: UInt32
    let groups: GroupFilter
    let routes: RouteMap
    /// The lists of the VPC's subnets, by the subnets' blocks.
    let lists: [(block: IPv4Block, list: AclFilter)]
    let subnet: IPv4Block
    private let endpoints: ServiceEndpoints

    /// Reads what decides about an instance's first interface.
    /// - Returns: nil if the instance has none, being terminated or never launched.
    package init?(instance id: String, _ context: Context) throws {
        guard let interface = try NetworkInterfaceRecord.of(instance: id, context).first else { return nil }
        try self.init(interface, context)
    }

    /// The same of an interface.
    init?(_ interface: NetworkInterfaceRecord, _ context: Context) throws {
        guard let subnet = try SubnetRecord.find(interface.subnetId, context),
            let vpc = try VpcRecord.find(interface.vpcId, context)
        else { return nil }
        privateAddress = interface.privateAddress
        self.subnet = subnet.block
        groups = try GroupFilter(interface.groups(context), context)
        routes = try RouteMap(of: interface, in: subnet, of: vpc, context)
        lists = try AclFilter.all(of: vpc.id, context)
        endpoints = try ServiceEndpoints(
            of: vpc, table: routes.tableId, source: interface.privateAddress, context)
    }
}

// MARK: Decisions

extension NetworkReachability {
    /// Whether a connection gets through in both directions: a security group remembers connections, an ACL does not.
    ///
    /// - Parameters:
    ///   - peer: the other side's IPv4 address: the source of what comes in, the destination of what goes out.
    ///   - port: the port that is connected to.
    ///   - host: the name that is asked for, where there is one: an endpoint of the VPC may serve it.
    package func decide(
        _ direction: Direction, peer: String, port: Int, protocol name: String = "tcp", host: String? = nil
    ) -> Decision {
        guard let address = IPv4Block.address(peer) else { return .no("'\(peer)' is not an IPv4 address.") }
        if IPv4Block(base: 169 << 24 | 254 << 16, prefix: 16).contains(address) {
            return .yes("Link-local addresses are not filtered.")
        }
        var packet = Packet(address: address, text: peer, port: port, name: name)
        let way = direction == .outbound ? host.flatMap(endpoints.way) : nil
        if let face = way?.face {
            // The name leads to the endpoint's address within the VPC.
            packet = packet.to(face.address)
            if let refusal = face.groups.refusal(packet.to(privateAddress), .inbound) { return refusal }
        }
        let isRouted = way == nil || way?.face != nil
        if isRouted, let refusal = routes.refusal(packet, direction, from: privateAddress) { return refusal }
        if let refusal = groups.refusal(packet, direction) ?? listRefusal(packet, direction) { return refusal }
        var decision = Decision.yes(groups.allowance(packet, direction))
        decision.endpoint = way?.use
        if direction == .outbound, way == nil { decision.translated = routes.translation(to: packet.address) }
        return decision
    }

    /// Packets pass the list of the subnet that they leave, and of the one that they enter; within a subnet they pass none.
    private func listRefusal(_ packet: Packet, _ direction: Direction) -> Decision? {
        if subnet.contains(packet.address) { return nil }
        let own = lists.first { $0.block == subnet }?.list
        if let refusal = own?.refusal(packet, isEgress: direction == .outbound) { return refusal }
        let other = lists.first { $0.block.contains(packet.address) }?.list
        return other?.refusal(packet.to(privateAddress), isEgress: direction == .inbound)
    }
}
