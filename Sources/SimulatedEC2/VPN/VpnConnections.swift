import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpn/latest/s2svpn/VPC_VPN.html

extension Resource where S == VpnConnection {
    static let vpnConnection = Resource(
        ResourceKind(
            "vpn", type: "vpn-connection", code: "InvalidVpnConnectionID",
            notFound: "The vpnConnection ID '%' does not exist", malformed: "InvalidVpnConnectionID.Malformed"),
        id: \.vpnConnectionId, tags: \.tags,
        refers: [
            .to("customer-gateway", \.customerGatewayId), .to("vpn-gateway", \.vpnGatewayId),
            .to("transit-gateway", \.transitGatewayId, .dangles),
        ],
        // AWS documents "a few minutes". All durations are assumed, including the hour for deleted connections.
        life: LifeCycle(
            show: { connection, phase in
                connection.state = VpnState(rawValue: phase)
                guard ["deleting", "deleted"].contains(phase) else { return }
                connection.customerGatewayConfiguration = nil
                connection.routes = []
            },
            initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .minutes(4), isFixed: false) { _, _ in "available" },
                "modifying": .init(after: .minutes(4), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .minutes(1), isFixed: false) { _, _ in "deleted" },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]),
        filters: [
            "option.static-routes-only": { [$0.options?.staticRoutesOnly?.text] },
            "route.destination-cidr-block": { $0.routes?.map(\.destinationCidrBlock) ?? [] },
            // The customer gateway's ASN, which only the configuration contains.
            "bgp-asn": { [$0.customerGatewayConfiguration.flatMap { VpnConfiguration.asn(in: $0) }] },
        ])

    /// Returns a connection that accepts changes.
    /// - Throws: the kind's errors for ids, `InvalidVpnConnection.InvalidState`.
    func available(_ id: String, _ context: Context) throws -> Stored<VpnConnection> {
        let connection = try present(id, context)
        guard connection.phase == "available" else {
            throw AWSError(
                "InvalidVpnConnection.InvalidState",
                "The VPN connection '\(id)' must be in the available state to complete the request.")
        }
        return connection
    }
}

/// The AWS end of a connection: none, a virtual private gateway or a transit gateway.
private struct VpnEnd {
    let vpnGateway: String?
    let transit: TransitGateway?

    init(vpnGateway: String?, transitGateway: String?, _ context: Context) throws {
        let (vpnGateway, transitGateway) = (vpnGateway.flatMap(\.orNil), transitGateway.flatMap(\.orNil))
        if vpnGateway != nil, transitGateway != nil {
            throw AWSError.invalidCombination("The parameter transitGatewayId cannot be used with the parameter vpnGatewayId")
        }
        if let vpnGateway { _ = try Resource.vpnGateway.present(vpnGateway, context) }
        self.vpnGateway = vpnGateway
        transit = try transitGateway.map { try Resource.transitGateway.usable($0, context).shape }
    }

    /// Returns the connections with the same AWS end.
    func same(_ connections: [Stored<VpnConnection>]) -> [Stored<VpnConnection>] {
        let own = VpnConnection(transitGatewayId: transit?.transitGatewayId, vpnGatewayId: vpnGateway)
        return connections.filter { $0.shape.hasSameEnd(as: own) }
    }
}

extension VpnConnection {
    /// Whether both connections end at the same gateway of AWS.
    fileprivate func hasSameEnd(as other: VpnConnection) -> Bool {
        (vpnGatewayId != nil || transitGatewayId != nil) && vpnGatewayId == other.vpnGatewayId
            && transitGatewayId == other.transitGatewayId
    }
}

extension EC2Simulation {
    public func createVpnConnection(
        _ input: CreateVpnConnectionRequest, _ context: Context
    ) throws -> CreateVpnConnectionResult {
        guard input.type == "ipsec.1" else { throw AWSError.invalidValue(input.type, for: "type") }
        if input.vpnConcentratorId?.orNil != nil {
            throw AWSError.notSimulated("ec2", "CreateVpnConnection with a VPN concentrator")
        }
        try Self.requireStandardStorage(input.preSharedKeyStorage, context)
        _ = try Resource.customerGateway.present(input.customerGatewayId, context)
        let end = try VpnEnd(vpnGateway: input.vpnGatewayId, transitGateway: input.transitGatewayId, context)
        let others = try Resource.vpnConnection.all(context).filter { $0.phase != "deleted" }
        // AWS documents "an idempotent operation". This excludes transit gateways, where several connections share the load
        // (ECMP).
        if end.vpnGateway != nil,
            let same = end.same(others).first(where: {
                $0.shape.customerGatewayId == input.customerGatewayId && $0.phase != "deleting"
            })
        {
            return CreateVpnConnectionResult(vpnConnection: try context.shown(.vpnConnection, same))
        }
        // AWS's default quotas: 50 per region, 10 per virtual private gateway.
        guard others.count < 50, end.vpnGateway == nil || end.same(others).count < 10 else {
            throw AWSError("VpnConnectionLimitExceeded", "The maximum number of VPN connections has been reached.")
        }
        let options = try VpnConnectionOptions(
            input.options, isTransit: end.transit != nil, taken: VpnTunnels.blocks(of: end.same(others)), context)
        let made = try context.create(.vpnConnection, input) { connection in
            connection.type = .ipsec1
            connection.category = "VPN"
            connection.customerGatewayId = input.customerGatewayId
            connection.vpnGatewayId = end.vpnGateway
            connection.transitGatewayId = end.transit?.transitGatewayId
            let isFree = end.vpnGateway == nil && end.transit == nil
            connection.gatewayAssociationState = isFree ? .notAssociated : .associated
            connection.options = options
            connection.routes = []
            // Tunnels are down, because no device is at the other end.
            connection.vgwTelemetry = options.tunnelOptions?.map {
                VgwTelemetry(
                    acceptedRouteCount: 0, lastStatusChange: context.now.wholeSecond, outsideIpAddress: $0.outsideIpAddress,
                    status: .down, statusMessage: "")
            }
            try connection.configure(context)
        }
        if let gateway = end.transit { try Self.attach(made, to: gateway, context) }
        return CreateVpnConnectionResult(vpnConnection: made)
    }

    private static func requireStandardStorage(_ storage: String?, _ context: Context) throws {
        guard let storage = storage.flatMap(\.orNil), storage != "Standard" else { return }
        guard storage == "SecretsManager" else { throw AWSError.invalidValue(storage, for: "preSharedKeyStorage") }
        throw AWSError.notSimulated("ec2", "\(context.operation) with keys in Secrets Manager")
    }

    private static func attach(_ connection: VpnConnection, to gateway: TransitGateway, _ context: Context) throws {
        try Resource.transitGatewayAttachment.place(
            TransitGatewayAttachment(
                transitGatewayAttachmentId: context.ids.resource("tgw-attach"), transitGatewayId: gateway.transitGatewayId,
                transitGatewayOwnerId: gateway.ownerId, resourceOwnerId: context.account, resourceType: .vpn,
                resourceId: connection.vpnConnectionId, creationTime: context.now.wholeSecond), context)
    }

    private static func detach(_ connection: String, _ context: Context) throws {
        let attachments = Resource.transitGatewayAttachment
        for var attachment in try attachments.all(context)
        where attachment.shape.resourceType == .vpn && attachment.shape.resourceId == connection
            && attachment.phase != "deleting" && !attachments.life.gone.contains(attachment.phase)
        {
            try attachments.move(&attachment, to: "deleting", at: context.now, context)
        }
    }

    public func deleteVpnConnection(_ input: DeleteVpnConnectionRequest, _ context: Context) throws -> EmptyShape {
        try context.delete(.vpnConnection, input.vpnConnectionId)
        try Self.detach(input.vpnConnectionId, context)
        return EmptyShape()
    }

    public func describeVpnConnections(
        _ input: DescribeVpnConnectionsRequest, _ context: Context
    ) throws -> DescribeVpnConnectionsResult {
        let page = try context.describe(.vpnConnection, input, ids: input.vpnConnectionIds, named: "vpnConnectionIds")
        return DescribeVpnConnectionsResult(vpnConnections: page.items)
    }

    // MARK: Changes

    public func modifyVpnConnection(
        _ input: ModifyVpnConnectionRequest, _ context: Context
    ) throws -> ModifyVpnConnectionResult {
        var stored = try Resource.vpnConnection.available(input.vpnConnectionId, context)
        let end = try VpnEnd(vpnGateway: input.vpnGatewayId, transitGateway: input.transitGatewayId, context)
        let customer = input.customerGatewayId.flatMap(\.orNil)
        guard customer != nil || end.vpnGateway != nil || end.transit != nil else {
            throw AWSError.missingParameter("customerGatewayId")  // assumed
        }
        if let customer {
            stored.shape.customerGatewayId = try Resource.customerGateway.present(customer, context).shape.customerGatewayId
        }
        if end.vpnGateway != nil || end.transit != nil { try Self.move(&stored.shape, to: end, context) }
        try stored.shape.configure(context)
        try Resource.vpnConnection.move(&stored, to: "modifying", at: context.now, context)
        return ModifyVpnConnectionResult(vpnConnection: try context.shown(.vpnConnection, stored))
    }

    private static func move(_ connection: inout VpnConnection, to end: VpnEnd, _ context: Context) throws {
        let transit = end.transit?.transitGatewayId
        guard connection.vpnGatewayId != end.vpnGateway || connection.transitGatewayId != transit else { return }
        if transit != nil, connection.routes?.isEmpty == false {
            // AWS documents that they must be deleted first.
            throw AWSError(
                "InvalidVpnConnection.InvalidState",
                "The static routes of the VPN connection '\(connection.vpnConnectionId ?? "")' must be deleted first.")
        }
        try detach(connection.vpnConnectionId ?? "", context)
        connection.vpnGatewayId = end.vpnGateway
        connection.transitGatewayId = transit
        connection.gatewayAssociationState = .associated
        if let gateway = end.transit { try attach(connection, to: gateway, context) }
    }

    public func modifyVpnConnectionOptions(
        _ input: ModifyVpnConnectionOptionsRequest, _ context: Context
    ) throws -> ModifyVpnConnectionOptionsResult {
        var stored = try Resource.vpnConnection.available(input.vpnConnectionId, context)
        var options = stored.shape.options ?? VpnConnectionOptions()
        try options.change(input, isTransit: stored.shape.transitGatewayId != nil)
        stored.shape.options = options
        try Resource.vpnConnection.move(&stored, to: "modifying", at: context.now, context)
        return ModifyVpnConnectionOptionsResult(vpnConnection: try context.shown(.vpnConnection, stored))
    }

    public func modifyVpnTunnelOptions(
        _ input: ModifyVpnTunnelOptionsRequest, _ context: Context
    ) throws -> ModifyVpnTunnelOptionsResult {
        let id = input.vpnConnectionId
        var stored = try Resource.vpnConnection.available(id, context)
        try Self.requireStandardStorage(input.preSharedKeyStorage, context)
        var tunnels = stored.shape.options?.tunnelOptions ?? []
        guard let index = tunnels.firstIndex(where: { $0.outsideIpAddress == input.vpnTunnelOutsideIpAddress }) else {
            throw AWSError.invalidValue(
                input.vpnTunnelOutsideIpAddress, for: "vpnTunnelOutsideIpAddress", "'\(id)' has no such tunnel.")
        }
        let others = try Resource.vpnConnection.all(context).filter {
            $0.number != stored.number && $0.phase != "deleted" && $0.shape.hasSameEnd(as: stored.shape)
        }
        let taken = VpnTunnels.blocks(of: others) + tunnels.indices.filter { $0 != index }.flatMap { tunnels[$0].blocks }
        try tunnels[index].change(VpnTunnelOptionsSpecification(input.tunnelOptions), taken: taken, context)
        stored.shape.options?.tunnelOptions = tunnels
        try stored.shape.configure(context)
        try Resource.vpnConnection.move(&stored, to: "modifying", at: context.now, context)
        return ModifyVpnTunnelOptionsResult(vpnConnection: try context.shown(.vpnConnection, stored))
    }

    // MARK: Static routes

    public func createVpnConnectionRoute(_ input: CreateVpnConnectionRouteRequest, _ context: Context) throws -> EmptyShape {
        var stored = try Resource.vpnConnection.available(input.vpnConnectionId, context)
        guard stored.shape.options?.staticRoutesOnly == true, stored.shape.vpnGatewayId != nil else {
            throw AWSError(
                "InvalidVpnConnection.InvalidType", "The specified VPN connection does not support static routes.")
        }
        guard let block = IPv4Block(input.destinationCidrBlock) else {
            throw AWSError.invalidValue(
                input.destinationCidrBlock, for: "destinationCidrBlock", "This is not a valid CIDR block.")
        }
        let routes = stored.shape.routes ?? []
        // Creating an existing route again changes nothing (assumed).
        if routes.contains(where: { $0.destinationCidrBlock == block.description }) { return EmptyShape() }
        // AWS's quota: 100 routes that a gateway learns; its error is assumed.
        guard routes.count < 100 else {
            throw AWSError("RouteLimitExceeded", "The maximum number of routes has been reached.")
        }
        stored.shape.routes =
            routes + [VpnStaticRoute(destinationCidrBlock: block.description, source: .static, state: .available)]
        try Resource.vpnConnection.write(stored, context)
        return EmptyShape()
    }

    public func deleteVpnConnectionRoute(_ input: DeleteVpnConnectionRouteRequest, _ context: Context) throws -> EmptyShape {
        var stored = try Resource.vpnConnection.present(input.vpnConnectionId, context)
        let text = IPv4Block(input.destinationCidrBlock)?.description ?? input.destinationCidrBlock
        guard let index = stored.shape.routes?.firstIndex(where: { $0.destinationCidrBlock == text }) else {
            throw AWSError(
                "InvalidRoute.NotFound",
                "The route '\(text)' of the VPN connection '\(input.vpnConnectionId)' does not exist")
        }
        stored.shape.routes?.remove(at: index)
        try Resource.vpnConnection.write(stored, context)
        return EmptyShape()
    }
}
