import EC2API
import SimulatorCore

/// The routes of a subnet's packets: its route table, and where each target leads.
struct RouteMap: Sendable {
    /// Where a target leads.
    private enum NextHop: Sendable {
        case local
        /// The internet gateway, and the account's public access block there.
        case internet(InternetGatewayBlockMode)
        /// An egress-only internet gateway, which only IPv6 packets use, and the public access block there.
        case egressOnly(InternetGatewayBlockMode)
        /// A NAT gateway or instance: the ACL of its subnet, and the address that it shows to the internet.
        case translated(AclFilter?, as: String?)
        /// Another VPC: the subnets that have a route back, with their ACLs.
        case peer([(subnet: SubnetBlocks, list: AclFilter?)])
        /// A transit gateway.
        case transit(TransitPath)
        /// Nowhere, with the reason.
        case closed(String)
    }

    let tableId: String
    private let ways: [(block: AddressBlock, target: String, way: NextHop)]
    private let hasPublicAddress: Bool
    private let vpcId: String

    /// - Parameter addresses: the interface's addresses.
    init(
        of interface: NetworkInterfaceRecord, _ addresses: [IPAddress], in subnet: SubnetRecord, of vpc: VpcRecord,
        _ context: Context
    ) throws {
        vpcId = vpc.id
        hasPublicAddress = try interface.shownAddress(context) != nil
        let table = try Resource.routeTable.governing(subnet: subnet, context)?.shape
        tableId = table?.routeTableId ?? "the route table"
        let routes = table?.routes ?? []
        let lists = try PrefixListBlocks(routes.compactMap(\.destinationPrefixListId), context)
        let blocking = try PublicAccessBlock(context)
        ways = try routes.flatMap { route -> [(block: AddressBlock, target: String, way: NextHop)] in
            // All blocks of a route are of one family. Without an address of it, no packet takes the route.
            let blocks = route.blocks(lists)
            guard let isIPv6 = blocks.first?.isIPv6, let own = addresses.first(where: { $0.isIPv6 == isIPv6 }) else {
                return []
            }
            let way = try Self.way(route.target, from: interface, at: own, of: vpc, blocking, context)
            return blocks.map { ($0, route.target.id, way) }
        }
    }

    private static func way(
        _ target: RouteTarget, from interface: NetworkInterfaceRecord, at own: IPAddress, of vpc: VpcRecord,
        _ blocking: PublicAccessBlock, _ context: Context
    ) throws -> NextHop {
        guard try RouteTargets(context).acceptsPackets(target, of: vpc.id) else {
            if case .gateway(let id) = target { return .closed("\(id), which is not attached to \(vpc.id)") }
            return .closed("\(target.id), which does not exist or accepts no packets: the route is a blackhole")
        }
        switch target {
        case .local: return .local
        case .gateway(let id) where ResourceKind.of(id)?.type == "internet-gateway":
            return .internet(blocking.mode(of: vpc.id, subnet: interface.subnetId))
        case .gateway(let id): return .closed("\(id), behind which nothing is simulated")
        case .natGateway(let id):
            guard let gateway = try Resource.natGateway.find(id, context)?.shape else {
                return .closed("\(id), which does not exist")
            }
            guard gateway.connectivityType != .private else { return .closed("\(id), which is a private NAT gateway") }
            guard gateway.state == .available else { return .closed("\(id), which is not available yet") }
            let address = gateway.natGatewayAddresses?.first { $0.isPrimary == true } ?? gateway.natGatewayAddresses?.first
            return try translated(
                by: id, as: address?.publicIp, in: gateway.subnetId ?? "", from: interface, blocking, context)
        case .interface(let id) where own.isIPv6: return .closed("\(id), behind which IPv6 is not simulated")
        case .interface(let id):
            guard let appliance = try NetworkInterfaceRecord.find(id, context) else {
                return .closed("\(id), which does not exist")
            }
            guard !appliance.checksSource else { return .closed("\(id), which checks source and destination") }
            guard let address = try appliance.shownAddress(context) else {
                return .closed("\(id), which has no public address")
            }
            return try translated(
                by: id, as: IPv4Block.text(address), in: appliance.subnetId, from: interface, blocking, context)
        case .peering(let id): return try peer(id, from: own, of: vpc, context)
        case .transitGateway(let id): return .transit(try TransitPath(from: interface, at: own, by: id, context))
        case .egressOnlyGateway: return .egressOnly(blocking.mode(of: vpc.id, subnet: interface.subnetId))
        case .carrierGateway(let id): return .closed("\(id), behind which nothing is simulated")
        }
    }

    /// Returns the way through a NAT gateway or instance. It works only in a subnet with a route to the internet.
    private static func translated(
        by id: String, as address: String?, in subnetId: String, from interface: NetworkInterfaceRecord,
        _ blocking: PublicAccessBlock, _ context: Context
    ) throws -> NextHop {
        guard let subnet = try SubnetRecord.find(subnetId, context),
            let table = try Resource.routeTable.governing(subnet: subnet, context)?.shape
        else { return .closed("\(id), which is in no subnet") }
        let leadsOut = try (table.routes ?? []).contains { route in
            guard case .gateway(let gateway) = route.target, ResourceKind.of(gateway)?.type == "internet-gateway" else {
                return false
            }
            return try RouteTargets(context).isAttached(gateway, to: subnet.vpcId)
        }
        guard leadsOut else {
            return .closed(
                "\(id), whose subnet \(subnetId) is not public: \(table.routeTableId ?? "") has no route to an internet gateway"
            )
        }
        // Connections through it start inside the VPC, so `block-ingress` allows them.
        guard blocking.mode(of: subnet.vpcId, subnet: subnetId) != .blockBidirectional else {
            return .closed("\(id), which VPC Block Public Access (block-bidirectional) keeps from the internet")
        }
        if subnetId == interface.subnetId { return .translated(nil, as: address) }
        let list = try Resource.networkAcl.governing(subnet: subnetId, context).map { AclFilter($0.shape) }
        return .translated(list, as: address)
    }

    /// Returns the way to a peered VPC, which needs routes at both ends.
    private static func peer(
        _ id: String, from own: IPAddress, of vpc: VpcRecord, _ context: Context
    ) throws -> NextHop {
        guard let connection = try Resource.vpcPeeringConnection.find(id, context)?.shape else {
            return .closed("\(id), which does not exist")
        }
        let ends = [connection.requesterVpcInfo, connection.accepterVpcInfo].compactMap(\.self)
        guard let other = ends.first(where: { $0.vpcId != vpc.id }), let otherId = other.vpcId else {
            return .closed("\(id), which leads back")
        }
        let there = other.home(context)
        let lists = try AclFilter.all(of: otherId, there)
        let subnets = try SubnetRecord.all(there, "AND vpc_id = ?", [otherId]).filter { subnet in
            let table = try Resource.routeTable.governing(subnet: subnet, there)?.shape
            return try table?.route(for: own, there)?.vpcPeeringConnectionId == id
        }
        return .peer(
            try subnets.map { subnet in
                (try SubnetBlocks(subnet, there), lists.first { $0.subnet.id == subnet.id }?.list)
            })
    }
}

extension Route {
    /// Returns the blocks of the destination.
    fileprivate func blocks(_ lists: PrefixListBlocks) -> [AddressBlock] {
        switch destination {
        case .ipv4(let block): [AddressBlock(block)]
        case .ipv6(let block): [AddressBlock(block)]
        case .prefixList(let id): lists[id]
        case nil: []
        }
    }
}

extension RouteTable {
    /// Returns the route for an address: the one with the longest prefix.
    func route(for address: IPAddress, _ context: Context) throws -> Route? {
        let lists = try PrefixListBlocks((routes ?? []).compactMap(\.destinationPrefixListId), context)
        let fitting = (routes ?? []).flatMap { route in
            route.blocks(lists).filter { $0.contains(address) }.map { (prefix: $0.prefix, route: route) }
        }
        return fitting.max { $0.prefix < $1.prefix }?.route
    }
}

extension NetworkInterfaceRecord {
    /// The interface's public address.
    fileprivate func shownAddress(_ context: Context) throws -> UInt32? {
        try AddressRecord.primary(of: self, context)?.publicAddress ?? publicAddress
    }
}

// MARK: Decisions

extension RouteMap {
    /// Returns the block and the target of the route for an address.
    func step(to address: IPAddress) -> (block: AddressBlock, target: String)? {
        route(to: address).map { ($0.block, $0.target) }
    }

    /// Returns the blocks of the routes to a target.
    func blocks(to target: String) -> [AddressBlock] { ways.filter { $0.target == target }.map(\.block) }

    private func route(to address: IPAddress) -> (block: AddressBlock, target: String, way: NextHop)? {
        ways.filter { $0.block.contains(address) }.max { $0.block.prefix < $1.block.prefix }
    }

    /// Returns the source address that `address` sees if a NAT gateway or instance is on the way; otherwise nil.
    func translation(to address: IPAddress) -> String? {
        guard case .translated(_, let shown)? = route(to: address)?.way else { return nil }
        return shown
    }

    /// Returns why no route connects the instance and its peer; nil if one does.
    func refusal(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction, from own: IPAddress
    ) -> NetworkReachability.Decision? {
        // The longest prefix decides, also for inbound packets, because their replies take that route.
        guard let route = route(to: packet.address) else {
            return .no("\(tableId) has no route to \(packet.text).", .noRoute(table: tableId))
        }
        switch route.way {
        case .local: return nil
        case .closed(let reason):
            return .no(
                "The route of \(tableId) to \(packet.text) leads to \(reason).",
                .closed(table: tableId, target: route.target))
        case .internet(let block):
            guard block == .off else { return blocked(block, to: route.target) }
            guard own.isIPv6 ? !own.isUniqueLocal : hasPublicAddress else { return withoutPublicAddress(packet) }
            return nil
        case .egressOnly(let block):
            // Connections through it start inside the VPC, so `block-ingress` allows them.
            guard block != .blockBidirectional else { return blocked(block, to: route.target) }
            guard !own.isUniqueLocal else { return withoutPublicAddress(packet) }
            return direction == .outbound ? nil : oneWay(packet, to: route.target)
        case .translated(let list, _):
            guard direction == .outbound else { return oneWay(packet, to: route.target) }
            var outside = packet
            if packet.address.isIPv6 {
                guard let address = packet.address.translatedByNAT64 else {
                    return .no(
                        "The route of \(tableId) to \(packet.text) leads to \(route.target), which translates only IPv6 addresses of 64:ff9b::/96.",
                        .closed(table: tableId, target: route.target))
                }
                outside = packet.to(address)
            }
            // Traffic from the instance enters the NAT's subnet and leaves it again.
            return list?.refusal(packet.to(own), isEgress: false) ?? list?.refusal(outside, isEgress: true)
        case .transit(let way): return way.refusal(packet, direction, from: own)
        case .peer(let subnets):
            guard let subnet = subnets.first(where: { $0.subnet.contains(packet.address) }) else {
                return .no(
                    "No route at the other end of \(route.target) leads from \(packet.text) back to the instance.",
                    .closed(table: tableId, target: route.target))
            }
            return subnet.list?.refusal(packet.to(own), isEgress: direction == .inbound)
        }
    }

    private func blocked(_ block: InternetGatewayBlockMode, to target: String) -> NetworkReachability.Decision {
        .no(
            "VPC Block Public Access (\(block.rawValue)) keeps \(vpcId) and the internet apart.",
            .closed(table: tableId, target: target))
    }

    private func withoutPublicAddress(_ packet: NetworkReachability.Packet) -> NetworkReachability.Decision {
        .no("The instance has no public address, and \(packet.text) is outside of \(vpcId).", .noPublicAddress)
    }

    private func oneWay(_ packet: NetworkReachability.Packet, to target: String) -> NetworkReachability.Decision {
        .no(
            "The route of \(tableId) to \(packet.text) leads to \(target), which accepts no connections to the instance.",
            .oneWay(target: target))
    }
}
