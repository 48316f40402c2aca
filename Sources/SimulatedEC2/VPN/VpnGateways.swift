import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/s2svpn/how_it_works.html

extension Resource where S == VpnGateway {
    /// A gateway is attached to at most one VPC: its phase covers both its own state and the attachment's.
    static let vpnGateway = Resource(
        ResourceKind(
            "vgw", type: "vpn-gateway", code: "InvalidVpnGatewayID", notFound: "The vpnGateway ID '%' does not exist",
            malformed: "InvalidVpnGatewayId.Malformed"),
        id: \.vpnGatewayId, tags: \.tags, refers: [.toEach("vpc") { $0.presentAttachment.flatMap(\.vpcId).map { [$0] } ?? [] }],
        life: LifeCycle(
            show: { gateway, phase in
                let isOfAttachment = ["attaching", "detaching", "detached"].contains(phase)
                gateway.state = isOfAttachment ? .available : VpnState(rawValue: phase)
                guard gateway.presentAttachment != nil else { return }
                gateway.vpcAttachments?[0].state = isOfAttachment ? .init(rawValue: phase) : .attached
            },
            initial: "available", deleting: "deleting",
            steps: [
                "attaching": .init(after: .seconds(10), isFixed: false) { _, _ in "available" },
                "detaching": .init(after: .seconds(20), isFixed: false) { gateway, _ in
                    gateway.vpcAttachments?[0].state = .detached
                    return "detached"
                },
                // AWS shows a detached attachment for a while, and clients wait for it. Assumed: the duration.
                "detached": .init(after: .hours(1), isFixed: true) { gateway, _ in
                    gateway.vpcAttachments = []
                    return "available"
                },
                "deleting": .init(after: .seconds(5), isFixed: false) { _, _ in "deleted" },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]),
        filters: [
            "attachment.state": { $0.vpcAttachments?.map { $0.state?.rawValue } ?? [] },
            "attachment.vpc-id": { $0.vpcAttachments?.map(\.vpcId) ?? [] },
        ])

    /// Returns the gateway that is attached to a VPC.
    func attached(to vpcId: String, _ context: Context) throws -> Stored<VpnGateway>? {
        try Relations.referrers(to: vpcId, kind: kind, role: "vpc", context).first.flatMap { try find($0, context) }
    }
}

extension VpnGateway {
    /// The attachment; nil if it is detached.
    var presentAttachment: VpcAttachment? { vpcAttachments?.first.flatMap { $0.state == .detached ? nil : $0 } }
}

extension EC2Simulation {
    public func createVpnGateway(_ input: CreateVpnGatewayRequest, _ context: Context) throws -> CreateVpnGatewayResult {
        guard input.type == "ipsec.1" else { throw AWSError.invalidValue(input.type.rawValue, for: "type") }
        let asn = input.amazonSideAsn ?? 64512
        guard (64512...65534).contains(asn) || (4_200_000_000...4_294_967_294).contains(asn) else {
            throw AWSError.invalidValue(
                "\(asn)", for: "amazonSideAsn", "It must be in the range 64512-65534 or 4200000000-4294967294.")
        }
        if let zone = input.availabilityZone.flatMap(\.orNil),
            !AWSRegion.current(context).zones.contains(where: { $0.name == zone })
        {
            throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(zone)]")
        }
        let others = try Resource.vpnGateway.all(context).filter { $0.phase != "deleted" }
        guard others.count < 5 else {
            throw AWSError("VpnGatewayLimitExceeded", "The maximum number of virtual private gateways has been reached.")
        }
        let gateway = try context.create(.vpnGateway, input) { gateway in
            gateway.type = input.type
            gateway.amazonSideAsn = asn
            gateway.availabilityZone = input.availabilityZone
            gateway.vpcAttachments = []
        }
        return CreateVpnGatewayResult(vpnGateway: gateway)
    }

    public func deleteVpnGateway(_ input: DeleteVpnGatewayRequest, _ context: Context) throws -> EmptyShape {
        let gateway = try Resource.vpnGateway.get(input.vpnGatewayId, context)
        if let vpcId = gateway.shape.presentAttachment?.vpcId, gateway.phase != "deleted" {
            throw AWSError(
                "IncorrectState", "The vpnGateway '\(input.vpnGatewayId)' is attached to \(vpcId) and cannot be deleted.")
        }
        let connections = try Relations.referrers(
            to: input.vpnGatewayId, kind: Resource.vpnConnection.kind, role: "vpn-gateway", context)
        guard connections.isEmpty else {
            throw AWSError("IncorrectState", "The vpnGateway '\(input.vpnGatewayId)' is in use.")  // assumed
        }
        try context.delete(.vpnGateway, input.vpnGatewayId)
        return EmptyShape()
    }

    public func attachVpnGateway(_ input: AttachVpnGatewayRequest, _ context: Context) throws -> AttachVpnGatewayResult {
        var gateway = try Resource.vpnGateway.present(input.vpnGatewayId, context)
        let vpc = try VpcRecord.get(input.vpcId, context)
        if let attachment = gateway.shape.presentAttachment {
            // Attaching again to the same VPC changes nothing.
            if attachment.vpcId == vpc.id, gateway.phase != "detaching" {
                return AttachVpnGatewayResult(vpcAttachment: attachment)
            }
            throw AWSError(
                "VpnGatewayAttachmentLimitExceeded",
                "The vpnGateway '\(input.vpnGatewayId)' is already attached to \(attachment.vpcId ?? "").")
        }
        if let other = try Resource.vpnGateway.attached(to: vpc.id, context)?.shape.vpnGatewayId {
            throw AWSError("InvalidParameterValue", "Network \(vpc.id) already has the VPN gateway \(other) attached")
        }
        gateway.shape.vpcAttachments = [VpcAttachment(vpcId: vpc.id)]
        try Resource.vpnGateway.move(&gateway, to: "attaching", at: context.now, context)
        return AttachVpnGatewayResult(vpcAttachment: gateway.shape.vpcAttachments?.first)
    }

    public func detachVpnGateway(_ input: DetachVpnGatewayRequest, _ context: Context) throws -> EmptyShape {
        var gateway = try Resource.vpnGateway.present(input.vpnGatewayId, context)
        try ResourceKind.vpc.check(input.vpcId)
        guard gateway.shape.presentAttachment?.vpcId == input.vpcId else {
            throw AWSError(
                "InvalidVpnGatewayAttachment.NotFound",
                "The attachment with vpn gateway ID '\(input.vpnGatewayId)' and vpc ID '\(input.vpcId)' does not exist")
        }
        if gateway.phase == "detaching" { return EmptyShape() }
        // Assumed: the routes that the gateway propagated are removed with the attachment.
        for var table in try Resource.routeTable.tables(of: input.vpcId, context) {
            guard table.shape.propagatingVgws?.contains(where: { $0.gatewayId == input.vpnGatewayId }) == true else { continue }
            table.shape.propagatingVgws?.removeAll { $0.gatewayId == input.vpnGatewayId }
            try Resource.routeTable.write(table, context)
        }
        try Resource.routeTable.dissociate(gateway: input.vpnGatewayId, context)
        try Resource.vpnGateway.move(&gateway, to: "detaching", at: context.now, context)
        return EmptyShape()
    }

    public func describeVpnGateways(_ input: DescribeVpnGatewaysRequest, _ context: Context) throws -> DescribeVpnGatewaysResult
    {
        let page = try context.describe(.vpnGateway, input, ids: input.vpnGatewayIds, named: "vpnGatewayIds")
        return DescribeVpnGatewaysResult(vpnGateways: page.items)
    }
}

// MARK: Propagation

extension EC2Simulation {
    public func enableVgwRoutePropagation(_ input: EnableVgwRoutePropagationRequest, _ context: Context) throws -> EmptyShape {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        try Self.requireGateway(input.gatewayId, context)
        guard let vpcId = table.shape.vpcId, try RouteTargets(context).isAttached(input.gatewayId, to: vpcId) else {
            throw AWSError(
                "Gateway.NotAttached", "resource \(input.gatewayId) is not attached to network \(table.shape.vpcId ?? "")")
        }
        guard table.shape.propagatingVgws?.contains(where: { $0.gatewayId == input.gatewayId }) != true else {
            return EmptyShape()
        }
        table.shape.propagatingVgws = (table.shape.propagatingVgws ?? []) + [PropagatingVgw(gatewayId: input.gatewayId)]
        try Resource.routeTable.write(table, context)
        return EmptyShape()
    }

    public func disableVgwRoutePropagation(_ input: DisableVgwRoutePropagationRequest, _ context: Context) throws -> EmptyShape
    {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        try Self.requireGateway(input.gatewayId, context)
        table.shape.propagatingVgws?.removeAll { $0.gatewayId == input.gatewayId }
        try Resource.routeTable.write(table, context)
        return EmptyShape()
    }

    private static func requireGateway(_ id: String, _ context: Context) throws {
        guard let gateway = try Resource.vpnGateway.find(id, context), gateway.phase != "deleted" else {
            throw AWSError.gatewayNotFound(id)
        }
    }
}
