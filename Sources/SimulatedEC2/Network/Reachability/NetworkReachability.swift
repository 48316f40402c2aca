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
        /// The source address that the other side sees, unless it is the instance's public IPv4 address: that of a NAT gateway
        /// or instance, or the instance's IPv6 address.
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
        /// A NAT gateway or instance or an egress-only internet gateway, which allow no incoming connections.
        case oneWay(target: String)
    }

    /// A connection: the other side's address, and the destination port.
    struct Packet {
        let address: IPAddress
        let port: Int
        /// `tcp`, `udp`, `icmp`, or `icmpv6` over IPv6.
        let name: String
        var text: String { address.description }
        var label: String { "\(name.uppercased()) port \(port)" }

        init(address: IPAddress, port: Int, name: String) {
            self.address = address
            self.port = port
            self.name = address.isIPv6 && name == "icmp" ? "icmpv6" : name
        }

        func to(_ other: IPAddress) -> Packet { Packet(address: other, port: port, name: name) }
    }

    /// The interface's first private IPv4 address, and its IPv6 addresses.
    private let addresses: [IPAddress]
    let groups: GroupFilter
    let routes: RouteMap
    /// The ACLs of the VPC's subnets.
    let lists: [(subnet: SubnetBlocks, list: AclFilter)]
    let subnet: SubnetBlocks
    private let endpoints: ServiceEndpoints
    private let hasDns64: Bool

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
        addresses = try interface.ipAddresses(context)
        self.subnet = try SubnetBlocks(subnet, context)
        hasDns64 = subnet.hasDns64
        groups = try GroupFilter(interface.groups(context), context)
        routes = try RouteMap(of: interface, addresses, in: subnet, of: vpc, context)
        lists = try AclFilter.all(of: vpc.id, context)
        endpoints = try ServiceEndpoints(
            of: vpc, table: routes.tableId, source: addresses.first, context)
    }
}

// MARK: Decisions

extension NetworkReachability {
    /// Returns whether a connection passes in both directions: security groups are stateful, network ACLs are not.
    ///
    /// - Parameters:
    ///   - peer: the other side's address: the source of an inbound connection, the destination of an outbound one.
    ///   - port: the destination port.
    ///   - host: the requested host name, if any. A VPC endpoint may serve it.
    package func decide(
        _ direction: Direction, peer: String, port: Int, protocol name: String = "tcp", host: String? = nil
    ) -> Decision {
        guard var address = IPAddress(peer) else { return .no("'\(peer)' is not an IP address.") }
        // Doors of guests are on this machine's IPv4 loopback address, also those of instances without an IPv4 address.
        if direction == .inbound, address == Self.loopback, own(isIPv6: false) == nil { address = Self.loopback6 }
        return decide(direction, address, port: port, protocol: name, host: host)
    }

    func decide(
        _ direction: Direction, _ address: IPAddress, port: Int, protocol name: String, host: String? = nil
    ) -> Decision {
        if Self.unfiltered.contains(where: { $0.contains(address) }) {
            return .yes("Link-local addresses are not filtered.")
        }
        var packet = Packet(address: address, port: port, name: name)
        var way = direction == .outbound ? host.flatMap(endpoints.way) : nil
        if let endpointInterface = way?.endpointInterface {
            // The name resolves to the endpoint's address within the VPC.
            packet = packet.to(endpointInterface.address)
        } else if address.isIPv6 {
            // Gateway endpoints take IPv4 packets only.
            way = nil
        }
        guard let own = own(isIPv6: packet.address.isIPv6) else {
            return .no("The instance has no \(packet.address.isIPv6 ? "IPv6" : "IPv4") address.")
        }
        if let refusal = way?.endpointInterface?.groups.refusal(packet.to(own), .inbound) { return refusal }
        let isRouted = way == nil || way?.endpointInterface != nil
        if isRouted, let refusal = routes.refusal(packet, direction, from: own) { return refusal }
        if let refusal = groups.refusal(packet, direction) ?? listRefusal(packet, direction, from: own) { return refusal }
        var decision = Decision.yes(groups.allowance(packet, direction))
        decision.endpoint = way?.use
        if direction == .outbound, way == nil {
            decision.translated = routes.translation(to: packet.address) ?? (own.isIPv6 ? own.description : nil)
        }
        return decision
    }

    private static let loopback = IPAddress(127 << 24 | 1 as UInt32)
    private static let loopback6 = IPAddress(1 as UInt128)

    /// The addresses that no rule concerns: link-local ones, and those of AWS's services within every VPC, such as metadata.
    private static let unfiltered = [
        AddressBlock(IPv4Block(base: 169 << 24 | 254 << 16, prefix: 16)),
        AddressBlock(IPv6Block(base: 0xfe80 << 112, prefix: 10)), AddressBlock(IPv6Block(base: 0xfd00_0ec2 << 96, prefix: 32)),
    ]

    /// Returns the interface's first address of a family.
    func own(isIPv6: Bool) -> IPAddress? { addresses.first { $0.isIPv6 == isIPv6 } }

    /// Packets pass the ACL of the subnet that they leave and of the one that they enter. Within a subnet they pass none.
    private func listRefusal(_ packet: Packet, _ direction: Direction, from own: IPAddress) -> Decision? {
        if subnet.contains(packet.address) { return nil }
        if let refusal = list?.refusal(packet, isEgress: direction == .outbound) { return refusal }
        let other = lists.first { $0.subnet.contains(packet.address) }?.list
        return other?.refusal(packet.to(own), isEgress: direction == .inbound)
    }

    /// The ACL of the interface's own subnet.
    var list: AclFilter? { lists.first { $0.subnet.id == subnet.id }?.list }
}

// MARK: Public hosts

extension NetworkReachability {
    /// Returns whether a connection to a public host passes over one of the address families in which its name resolves.
    ///
    /// - Parameters:
    ///   - host: the name. A VPC endpoint may serve it.
    ///   - port: the destination port.
    package func decide(host: String, port: Int) -> Decision {
        let decisions = candidates(host).map { decide(.outbound, $0, port: port, protocol: "tcp", host: host) }
        return decisions.first(where: \.isAllowed) ?? decisions.first ?? .no("The instance has no address.")
    }

    /// Arbitrary public addresses to evaluate rules with.
    private static let anywhere = IPAddress(3 << 24 | 5 << 16 | 140 << 8 | 2 as UInt32)
    private static let anywhere6 = IPAddress(0x2600_9000 << 96 | 2 as UInt128)

    /// Returns public addresses that stand for the host's.
    private func candidates(_ host: String) -> [IPAddress] {
        let usesIPv4 = own(isIPv6: false) != nil, usesIPv6 = own(isIPv6: true) != nil
        var candidates = usesIPv4 || !usesIPv6 ? [Self.anywhere] : []
        guard usesIPv6 else { return candidates }
        if Self.isDualStack(host) {
            candidates.append(Self.anywhere6)
        } else if hasDns64 {
            candidates.append(Self.anywhere.synthesizedByDNS64)
        } else if candidates.isEmpty {
            // The name resolves to IPv4 addresses only, so the decision names the missing address.
            candidates = [Self.anywhere]
        }
        return candidates
    }

    /// Whether a host has IPv6 addresses too. AWS's names with `dualstack` or below `api.aws` and `on.aws` have, its other
    /// names have not. Assumed: all other hosts have.
    static func isDualStack(_ host: String) -> Bool {
        let labels = host.lowercased().split(separator: ".")
        guard labels.suffix(2) == ["amazonaws", "com"] || labels.suffix(3) == ["amazonaws", "com", "cn"] else { return true }
        return labels.contains("dualstack")
    }
}

extension NetworkInterfaceRecord {
    /// Returns the interface's addresses: the first private IPv4 one, then the IPv6 ones, the primary first.
    func ipAddresses(_ context: Context) throws -> [IPAddress] {
        let further = try InterfaceAddress.all(of: id, context)
        var addresses: [IPAddress] = []
        if let privateAddress { addresses.append(IPAddress(privateAddress)) }
        for isPrimary in [true, false] {
            for address in further where address.form == .ipv6 && address.isPrimary == isPrimary {
                if let address = IPAddress(address.text) { addresses.append(address) }
            }
        }
        return addresses
    }
}
