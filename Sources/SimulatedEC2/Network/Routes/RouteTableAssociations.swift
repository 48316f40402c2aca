import AWSCore
import EC2API
import SimulatorCore

// Associations of route tables with subnets, and with gateways for incoming traffic.

extension EC2Simulation {
    public func associateRouteTable(_ input: AssociateRouteTableRequest, _ context: Context) throws -> AssociateRouteTableResult
    {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        if input.publicIpv4Pool != nil { throw AWSError.notSimulated("ec2", "AssociateRouteTable with a public IPv4 pool") }
        var association = RouteTableAssociation(
            main: false, routeTableId: input.routeTableId, associationState: RouteTableAssociationState(state: .associated))
        let earlier: Stored<RouteTable>?
        switch (input.subnetId.flatMap(\.orNil), input.gatewayId.flatMap(\.orNil)) {
        case (let subnetId?, nil):
            let subnet = try SubnetRecord.get(subnetId, context)
            guard subnet.vpcId == table.shape.vpcId else {
                throw AWSError.differentNetworks("Route table \(input.routeTableId) and subnet \(subnetId)")
            }
            association.subnetId = subnetId
            earlier = try Resource.routeTable.associated(subnet: subnetId, context)
        case (nil, let gatewayId?):
            try table.shape.checkServes(gateway: gatewayId, context)
            association.gatewayId = gatewayId
            earlier = try Resource.routeTable.associated(gateway: gatewayId, context)
        case (nil, nil): throw AWSError.missingParameter("subnetId or gatewayId")
        default: throw AWSError.invalidCombination("The parameter gatewayId cannot be used with the parameter subnetId")
        }
        if let earlier {
            // Repeating an existing association changes nothing.
            guard earlier.number == table.number, let same = earlier.shape.association(like: association) else {
                throw AWSError(
                    "Resource.AlreadyAssociated",
                    "the specified association for route table \(input.routeTableId) conflicts with an existing association")
            }
            return AssociateRouteTableResult(
                associationId: same.routeTableAssociationId, associationState: same.associationState)
        }
        association.routeTableAssociationId = context.ids.resource("rtbassoc")
        table.shape.associations = (table.shape.associations ?? []) + [association]
        try Resource.routeTable.write(table, context)
        return AssociateRouteTableResult(
            associationId: association.routeTableAssociationId, associationState: association.associationState)
    }

    public func disassociateRouteTable(_ input: DisassociateRouteTableRequest, _ context: Context) throws -> EmptyShape {
        var (table, association) = try Resource.routeTable.having(association: input.associationId, context)
        guard association.main != true else {
            throw AWSError(
                "InvalidParameterValue", "cannot disassociate the main route table association \(input.associationId)")
        }
        table.shape.associations?.removeAll { $0.routeTableAssociationId == input.associationId }
        try Resource.routeTable.write(table, context)
        return EmptyShape()
    }

    public func replaceRouteTableAssociation(
        _ input: ReplaceRouteTableAssociationRequest, _ context: Context
    ) throws -> ReplaceRouteTableAssociationResult {
        var (old, association) = try Resource.routeTable.having(association: input.associationId, context)
        var new = try Resource.routeTable.get(input.routeTableId, context)
        guard old.shape.vpcId == new.shape.vpcId else {
            throw AWSError.differentNetworks(
                "Route table \(input.routeTableId) and "
                    + (association.subnetId.map { "subnet \($0)" } ?? association.gatewayId.map { "gateway \($0)" }
                        ?? "network \(old.shape.vpcId ?? "")"))
        }
        if old.number != new.number {
            if let gatewayId = association.gatewayId { try new.shape.checkServes(gateway: gatewayId, context) }
            association.routeTableId = input.routeTableId
            association.routeTableAssociationId = context.ids.resource("rtbassoc")
            old.shape.associations?.removeAll { $0.routeTableAssociationId == input.associationId }
            let others = new.shape.associations ?? []
            new.shape.associations = association.main == true ? [association] + others : others + [association]
            try Resource.routeTable.write(old, context)
            try Resource.routeTable.write(new, context)
        }
        return ReplaceRouteTableAssociationResult(
            newAssociationId: association.routeTableAssociationId, associationState: association.associationState)
    }
}

extension Resource where S == RouteTable {
    /// Returns an association and the table that has it.
    /// - Throws: AWS's errors for a malformed or unknown id.
    func having(association id: String, _ context: Context) throws -> (Stored<RouteTable>, RouteTableAssociation) {
        guard ResourceKind.isWellFormed(id, prefix: "rtbassoc") else {
            throw AWSError("InvalidRouteTableAssociationId.Malformed", "Invalid id: \"\(id)\" (expecting \"rtbassoc-...\")")
        }
        for table in try all(context) {
            if let found = table.shape.associations?.first(where: { $0.routeTableAssociationId == id }) {
                return (table, found)
            }
        }
        throw AWSError("InvalidAssociationID.NotFound", "The association ID '\(id)' does not exist")
    }

    /// Removes the association of a deleted subnet, or of a deleted or detached gateway.
    func dissociate(subnet: String? = nil, gateway: String? = nil, _ context: Context) throws {
        let found =
            try subnet.flatMap { try associated(subnet: $0, context) }
            ?? gateway.flatMap { try associated(gateway: $0, context) }
        guard var table = found else { return }
        table.shape.associations?.removeAll { association in
            association.subnetId.map { $0 == subnet } ?? association.gatewayId.map { $0 == gateway } ?? false
        }
        try write(table, context)
    }
}

extension RouteTable {
    fileprivate func association(like wanted: RouteTableAssociation) -> RouteTableAssociation? {
        associations?.first { $0.main != true && $0.subnetId == wanted.subnetId && $0.gatewayId == wanted.gatewayId }
    }

    /// Checks that the table can route traffic from a gateway: its routes may lead only to interfaces within the VPC.
    /// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html#gateway-route-tables
    fileprivate func checkServes(gateway id: String, _ context: Context) throws {
        guard let kind = ResourceKind.of(id), ["internet-gateway", "vpn-gateway"].contains(kind.type) else {
            throw AWSError.gatewayNotFound(id)
        }
        guard try kind.exists(id, context) else { throw AWSError.gatewayNotFound(id) }
        guard let vpcId, try RouteTargets(context).isAttached(id, to: vpcId) else {
            throw AWSError.differentNetworks("route table \(routeTableId ?? "") and network gateway \(id)")
        }
        guard propagatingVgws?.isEmpty ?? true else {
            throw AWSError(
                "InvalidParameterValue",
                "Route table \(routeTableId ?? "") has route propagation enabled and cannot be associated with gateway \(id).")
        }
        for route in routes ?? [] {
            if case .local = route.target { continue }
            if case .interface = route.target { continue }
            throw AWSError(
                "RouteNotSupported",
                "Route table contains unsupported route target: \(route.target.id). Route targets of this type cannot be used with gateway \(id)."
            )
        }
    }
}

extension String {
    /// Nil if empty, because EC2 treats an empty text as absent.
    var orNil: String? { isEmpty ? nil : self }
}

extension ResourceKind {
    /// Whether the text is a well-formed id with this prefix, for ids that name no resource, such as associations.
    static func isWellFormed(_ id: String, prefix: String) -> Bool {
        ResourceKind(prefix, type: "", code: "", notFound: "").isWellFormed(id)
    }
}

extension AWSError {
    /// - Parameter what: both resources: `Route table rtb-… and subnet subnet-…`.
    static func differentNetworks(_ what: String) -> AWSError {
        AWSError("InvalidParameterValue", "\(what) belong to different networks")
    }

    static func gatewayNotFound(_ id: String) -> AWSError {
        AWSError("InvalidGatewayID.NotFound", "The gateway ID '\(id)' does not exist")
    }
}
