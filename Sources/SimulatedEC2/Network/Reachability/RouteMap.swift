import EC2API
import SimulatorCore

/// The routes of a subnet's packets: its route table, and where each target leads.
struct RouteMap: Sendable {
    /// Where a target leads.
    private enum Way: Sendable {
        case local
        /// The internet gateway, and the account's public access block there.
        case internet(InternetGatewayBlockMode)
        /// A NAT gateway or instance: the ACL of its subnet, and the address that it shows to the internet.
        case translated(AclFilter?, as: String?)
        /// Another VPC: the subnets that have a route back, with their ACLs.
        case peer([(block: IPv4Block, list: AclFilter?)])
        /// A transit gateway.
        case transit(TransitWay)
        /// Nowhere, with the reason.
        case closed(String)
    }

    let tableId: String
    private let ways: [(block: IPv4Block, target: String, way: Way)]
    private let hasPublicAddress: Bool
    private let vpcId: String

    init(of interface: NetworkInterfaceRecord, in subnet: SubnetRecord, of vpc: VpcRecord, _ context: Context) throws {
        vpcId = vpc.id
        hasPublicAddress = try interface.shownAddress(context) != nil
        let table = try Resource.routeTable.governing(subnet: subnet, context)?.shape
        tableId = table?.routeTableId ?? "the route table"
        let routes = table?.routes ?? []
        let lists = try PrefixListBlocks(routes.compactMap(\.destinationPrefixListId), context)
        let blocking = try PublicAccessBlock(context)
        ways = try routes.flatMap { route -> [(block: IPv4Block, target: String, way: Way)] in
            let blocks: [IPv4Block]
            switch route.destination {
            case .ipv4(let block): blocks = [block]
            case .prefixList(let id): blocks = lists[id]
            case .ipv6, nil: blocks = []
            }
            if blocks.isEmpty { return [] }
            let way = try Self.way(route.target, from: interface, of: vpc, blocking, context)
            return blocks.map { ($0, route.target.id, way) }
        }
    }

    private static func way(
        _ target: RouteTarget, from interface: NetworkInterfaceRecord, of vpc: VpcRecord, _ blocking: PublicAccessBlock,
        _ context: Context
    ) throws -> Way {
        guard try RouteTargets(context).takesPackets(target, of: vpc.id) else {
            if case .gateway(let id) = target { return .closed("\(id), which is not attached to \(vpc.id)") }
            return .closed("\(target.id), which is gone or takes no packets: the route is a blackhole")
        }
        switch target {
        case .local: return .local
        case .gateway(let id) where ResourceKind.of(id)?.type == "internet-gateway":
            return .internet(blocking.mode(of: vpc.id, subnet: interface.subnetId))
        case .gateway(let id): return .closed("\(id), behind which nothing is simulated")
        case .natGateway(let id):
            guard let gateway = try Resource.natGateway.find(id, context)?.shape else { return .closed("\(id), which is gone") }
            guard gateway.connectivityType != .private else { return .closed("\(id), which is a private NAT gateway") }
            guard gateway.state == .available else { return .closed("\(id), which is not available yet") }
            let address = gateway.natGatewayAddresses?.first { $0.isPrimary == true } ?? gateway.natGatewayAddresses?.first
            return try translated(
                by: id, as: address?.publicIp, in: gateway.subnetId ?? "", from: interface, blocking, context)
        case .interface(let id):
            guard let appliance = try NetworkInterfaceRecord.find(id, context) else { return .closed("\(id), which is gone") }
            guard !appliance.checksSource else { return .closed("\(id), which checks source and destination") }
            guard let address = try appliance.shownAddress(context) else {
                return .closed("\(id), which has no public address")
            }
            return try translated(
                by: id, as: IPv4Block.text(address), in: appliance.subnetId, from: interface, blocking, context)
        case .peering(let id): return try peer(id, from: interface, of: vpc, context)
        case .transitGateway(let id): return .transit(try TransitWay(from: interface, by: id, context))
        case .egressOnlyGateway(let id), .carrierGateway(let id): return .closed("\(id), behind which nothing is simulated")
        }
    }

    /// Returns the way through a NAT gateway or instance. It works only in a subnet with a route to the internet.
    private static func translated(
        by id: String, as address: String?, in subnetId: String, from interface: NetworkInterfaceRecord,
        _ blocking: PublicAccessBlock, _ context: Context
    ) throws -> Way {
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
        _ id: String, from interface: NetworkInterfaceRecord, of vpc: VpcRecord, _ context: Context
    ) throws -> Way {
        guard let connection = try Resource.vpcPeeringConnection.find(id, context)?.shape else {
            return .closed("\(id), which is gone")
        }
        let ends = [connection.requesterVpcInfo, connection.accepterVpcInfo].compactMap(\.self)
        guard let other = ends.first(where: { $0.vpcId != vpc.id }), let otherId = other.vpcId else {
            return .closed("\(id), which leads back")
        }
        let there = other.home(context)
        let lists = try AclFilter.all(of: otherId, there)
        let subnets = try SubnetRecord.all(there, "AND vpc_id = ?", [otherId]).filter { subnet in
            let routes = try Resource.routeTable.governing(subnet: subnet, there)?.shape.routes ?? []
            let back = routes.compactMap { route in route.destinationCidrBlock.flatMap(IPv4Block.init).map { ($0, route) } }
                .filter { $0.0.contains(interface.privateAddress) }.max { $0.0.prefix < $1.0.prefix }
            return back?.1.vpcPeeringConnectionId == id
        }
        return .peer(subnets.map { subnet in (subnet.block, lists.first { $0.block == subnet.block }?.list) })
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
    func step(to address: UInt32) -> (block: IPv4Block, target: String)? {
        route(to: address).map { ($0.block, $0.target) }
    }

    /// Returns the blocks of the routes to a target.
    func blocks(to target: String) -> [IPv4Block] { ways.filter { $0.target == target }.map(\.block) }

    private func route(to address: UInt32) -> (block: IPv4Block, target: String, way: Way)? {
        ways.filter { $0.block.contains(address) }.max { $0.block.prefix < $1.block.prefix }
    }

    /// Returns the source address that `address` sees if a NAT gateway or instance is on the way; otherwise nil.
    func translation(to address: UInt32) -> String? {
        guard case .translated(_, let shown)? = route(to: address)?.way else { return nil }
        return shown
    }

    /// Returns why no route connects the instance and its peer; nil if one does.
    func refusal(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction, from own: UInt32
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
            guard block == .off else {
                return .no(
                    "VPC Block Public Access (\(block.rawValue)) keeps \(vpcId) and the internet apart.",
                    .closed(table: tableId, target: route.target))
            }
            guard hasPublicAddress else {
                return .no(
                    "The instance has no public address, and \(packet.text) is outside of \(vpcId).", .noPublicAddress)
            }
            return nil
        case .translated(let list, _):
            guard direction == .outbound else {
                return .no(
                    "The route of \(tableId) to \(packet.text) leads to \(route.target), through which nobody connects to the instance.",
                    .oneWay(target: route.target))
            }
            // Traffic from the instance enters the NAT's subnet and leaves it again.
            return list?.refusal(packet.to(own), isEgress: false) ?? list?.refusal(packet, isEgress: true)
        case .transit(let way): return way.refusal(packet, direction, from: own)
        case .peer(let subnets):
            guard let subnet = subnets.first(where: { $0.block.contains(packet.address) }) else {
                return .no(
                    "No route at the other end of \(route.target) leads from \(packet.text) back to the instance.",
                    .closed(table: tableId, target: route.target))
            }
            return subnet.list?.refusal(packet.to(own), isEgress: direction == .inbound)
        }
    }
}
