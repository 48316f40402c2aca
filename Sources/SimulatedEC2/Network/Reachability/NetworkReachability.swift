import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// Decides which connections to and from an instance are allowed. Uses its security groups, the network ACLs and the routes
/// as they were at creation. Doors and guests ask it for every connection.
package struct NetworkReachability: Sendable {
    package enum Direction: Sendable {
        /// A connection to the instance.
        case inbound
        /// A connection from the instance.
        case outbound
    }

    package struct Decision: Sendable, Equatable {
        package let isAllowed: Bool
        /// One sentence that names the rule, ACL or route that decided.
        package let reason: String
        /// The VPC endpoint that serves the request.
        package fileprivate(set) var endpoint: EndpointUse?
        /// The source address that a NAT gateway or instance shows to the other side.
        package fileprivate(set) var translated: String?
        /// The obstacle, for callers that explain it in their own words.
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
        /// A route whose target takes no packets.
        case closed(table: String, target: String)
        case noPublicAddress
        /// A NAT gateway or instance, which allows no incoming connections.
        case oneWay(target: String)
    }

    /// A connection: the other side's address, and the destination port.
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
    /// The ACLs of the VPC's subnets, with the subnets' blocks.
    let lists: [(block: IPv4Block, list: AclFilter)]
    let subnet: IPv4Block
    private let endpoints: ServiceEndpoints

    /// Reads the rules for an instance's first interface.
    /// - Returns: nil if the instance has no interface, because it was terminated or never launched.
    package init?(instance id: String, _ context: Context) throws {
        guard let interface = try NetworkInterfaceRecord.of(instance: id, context).first else { return nil }
        try self.init(interface, context)
    }

    /// Reads the rules for an interface.
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
    /// Returns whether a connection passes in both directions: security groups are stateful, network ACLs are not.
    ///
    /// - Parameters:
    ///   - peer: the other side's IPv4 address: the source of an inbound connection, the destination of an outbound one.
    ///   - port: the destination port.
    ///   - host: the requested host name, if any. A VPC endpoint may serve it.
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
            // The name resolves to the endpoint's address within the VPC.
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

    /// Packets pass the ACL of the subnet that they leave and of the one that they enter. Within a subnet they pass none.
    private func listRefusal(_ packet: Packet, _ direction: Direction) -> Decision? {
        if subnet.contains(packet.address) { return nil }
        let own = lists.first { $0.block == subnet }?.list
        if let refusal = own?.refusal(packet, isEgress: direction == .outbound) { return refusal }
        let other = lists.first { $0.block.contains(packet.address) }?.list
        return other?.refusal(packet.to(privateAddress), isEgress: direction == .inbound)
    }
}
