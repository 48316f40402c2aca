import EC2API
import SimulatorCore

/// The way through transit gateways for packets of an attached VPC, as it was at creation.
indirect enum TransitPath: Sendable {
    /// A VPC: the subnets with a route back to the instance, with their ACLs.
    case vpc(String, [(subnet: SubnetBlocks, list: AclFilter?)])
    /// The route table that decides.
    case table(String, [(block: AddressBlock, way: TransitPath)])
    /// Nowhere, with the reason.
    case closed(String)
}

extension TransitPath {
    /// Returns the attachment by which a VPC sends to a gateway.
    static func attachment(
        of vpcId: String, to gateway: String, _ context: Context
    ) throws -> Stored<TransitGatewayAttachment>? {
        try Resource.transitGatewayAttachment.ofGateway(gateway, context).first {
            $0.shape.resourceType == .vpc && $0.shape.resourceId == vpcId
                && ["available", "modifying"].contains($0.phase)
        }
    }

    /// Returns the way of packets from an interface's address to a gateway.
    init(from interface: NetworkInterfaceRecord, at address: IPAddress, by gateway: String, _ context: Context) throws {
        guard let entry = try Self.attachment(of: interface.vpcId, to: gateway, context)?.shape,
            let id = entry.transitGatewayAttachmentId
        else {
            self = .closed("\(gateway), which \(interface.vpcId) is not attached to")
            return
        }
        guard try Self.isIn(zone: interface.zone, id, context) else {
            self = .closed("\(id), which has no subnet in \(interface.zone)")
            return
        }
        guard try !address.isIPv6 || Self.takesIPv6(id, context) else {
            self = .closed("\(id), which has no IPv6 support")
            return
        }
        let origin = Origin(address: address, attachment: id, account: context.account, region: context.region)
        self = try Self.way(behind: entry, origin, depth: 0, context)
    }

    /// The sender, to which replies must return.
    private struct Origin {
        let address: IPAddress
        let attachment, account, region: String
    }

    /// Whether the attachment has a subnet in the zone: it serves only such zones.
    private static func isIn(zone: String, _ attachment: String, _ context: Context) throws -> Bool {
        let subnets = try Resource.transitGatewayVpcDetails.find(attachment, context)?.shape.subnetIds ?? []
        return try subnets.contains { try SubnetRecord.find($0, context)?.zone == zone }
    }

    private static func takesIPv6(_ attachment: String, _ context: Context) throws -> Bool {
        try Resource.transitGatewayVpcDetails.find(attachment, context)?.shape.options?.ipv6Support == .enable
    }

    /// Returns the way of packets that arrive by an attachment, according to its route table.
    private static func way(
        behind entry: TransitGatewayAttachment, _ origin: Origin, depth: Int, _ context: Context
    ) throws -> TransitPath {
        let id = entry.transitGatewayAttachmentId ?? ""
        // Gateways that route in a loop drop the packets.
        guard depth < 8 else { return .closed("\(id), behind which packets go in a circle") }
        guard let table = try table(of: id, context) else {
            return .closed("\(id), which is associated with no route table")
        }
        let ways = try TransitGatewayRoutes(table: table, context: context).all().compactMap {
            route -> (block: AddressBlock, way: TransitPath)? in
            guard let block = route.destinationCidrBlock.flatMap({ AddressBlock($0) }),
                block.isIPv6 == origin.address.isIPv6
            else { return nil }
            guard route.state == .active, let target = route.transitGatewayAttachments?.first?.transitGatewayAttachmentId,
                let next = try Resource.transitGatewayAttachment.find(target, context)?.shape
            else { return (block, .closed("a blackhole")) }
            return (block, try way(to: next, origin, depth: depth, context))
        }
        return .table(table, ways)
    }

    private static func table(of attachment: String, _ context: Context) throws -> String? {
        guard let association = try Resource.transitGatewayAssociation.find(attachment, context),
            association.phase == "associated"
        else { return nil }
        return association.shape.transitGatewayRouteTableId
    }

    private static func way(
        to next: TransitGatewayAttachment, _ origin: Origin, depth: Int, _ context: Context
    ) throws -> TransitPath {
        let id = next.transitGatewayAttachmentId ?? ""
        switch next.resourceType {
        case .peering?:
            guard let (other, there) = try next.peer(context), other.phase == "available" else {
                return .closed("\(id), whose peer attachment is not available")
            }
            return try way(behind: other.shape, origin, depth: depth + 1, there)
        case .vpc?:
            guard try !origin.address.isIPv6 || takesIPv6(id, context) else {
                return .closed("\(id), which has no IPv6 support")
            }
            guard try leadsBack(next, origin, depth: 0, context) else {
                return .closed("\(id), whose route table does not lead back to the instance")
            }
            return .vpc(id, try subnets(of: next, origin, context))
        default: return .closed("\(id), behind which nothing is simulated")
        }
    }

    /// Whether packets for the sender that arrive by an attachment reach it.
    private static func leadsBack(
        _ entry: TransitGatewayAttachment, _ origin: Origin, depth: Int, _ context: Context
    ) throws -> Bool {
        guard depth < 8, let table = try table(of: entry.transitGatewayAttachmentId ?? "", context) else { return false }
        let routes = try TransitGatewayRoutes(table: table, context: context).all()
        let fitting = routes.compactMap { route in route.destinationCidrBlock.flatMap { AddressBlock($0) }.map { ($0, route) } }
            .filter { $0.0.contains(origin.address) }
        guard let route = fitting.max(by: { $0.0.prefix < $1.0.prefix })?.1, route.state == .active,
            let target = route.transitGatewayAttachments?.first?.transitGatewayAttachmentId
        else { return false }
        if target == origin.attachment, context.account == origin.account, context.region == origin.region { return true }
        guard let next = try Resource.transitGatewayAttachment.find(target, context)?.shape,
            let (other, there) = try next.peer(context), other.phase == "available"
        else { return false }
        return try leadsBack(other.shape, origin, depth: depth + 1, there)
    }

    /// Returns the subnets with a route back to the sender, in zones that the attachment serves.
    private static func subnets(
        of attachment: TransitGatewayAttachment, _ origin: Origin, _ context: Context
    ) throws -> [(subnet: SubnetBlocks, list: AclFilter?)] {
        let vpcId = attachment.resourceId ?? ""
        let lists = try AclFilter.all(of: vpcId, context)
        return try SubnetRecord.all(context, "AND vpc_id = ?", [vpcId]).filter { subnet in
            guard try isIn(zone: subnet.zone, attachment.transitGatewayAttachmentId ?? "", context) else { return false }
            let table = try Resource.routeTable.governing(subnet: subnet, context)?.shape
            return try table?.route(for: origin.address, context)?.transitGatewayId == attachment.transitGatewayId
        }.map { subnet in
            (try SubnetBlocks(subnet, context), lists.first { $0.subnet.id == subnet.id }?.list)
        }
    }
}

// MARK: Decisions

extension TransitPath {
    /// Returns why no route connects the instance and its peer; nil if one does.
    func refusal(
        _ packet: NetworkReachability.Packet, _ direction: NetworkReachability.Direction, from own: IPAddress
    ) -> NetworkReachability.Decision? {
        switch self {
        case .closed(let reason): return .no("The transit gateway's route to \(packet.text) leads to \(reason).")
        case .table(let id, let ways):
            guard let next = ways.filter({ $0.block.contains(packet.address) }).max(by: { $0.block.prefix < $1.block.prefix })
            else { return .no("\(id) has no route to \(packet.text).") }
            if case .closed(let reason) = next.way {
                return .no("The route of \(id) to \(packet.text) leads to \(reason).")
            }
            return next.way.refusal(packet, direction, from: own)
        case .vpc(let id, let subnets):
            guard let subnet = subnets.first(where: { $0.subnet.contains(packet.address) }) else {
                return .no("No route of a subnet behind \(id) leads from \(packet.text) back to the instance.")
            }
            return subnet.list?.refusal(packet.to(own), isEgress: direction == .inbound)
        }
    }
}
