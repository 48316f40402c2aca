import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/route-server-tutorial-associate.html

extension Resource where S == RouteServerAssociation {
    /// A route server has at most one VPC, so the server's id is the key.
    static let routeServerAssociation = Resource(
        ResourceKind("rs-assoc", type: "route-server-association", code: "", notFound: ""),
        identity: { $0.routeServerId ?? "" },
        refers: [.to("route-server", \.routeServerId), .to("vpc", \.vpcId)],
        // All durations are assumed.
        life: LifeCycle(
            show: { $0.state = RouteServerAssociationState(rawValue: $1) }, initial: "associating", deleting: "disassociating",
            steps: [
                "associating": .init(after: .seconds(30), isFixed: false) { _, _ in "associated" },
                "disassociating": .init(after: .seconds(30), isFixed: false) { _, _ in nil },
            ], gone: []))

    /// Returns the id of the VPC that the route server is associated with.
    static func vpc(of server: String, _ context: Context) throws -> String? {
        guard let found = try routeServerAssociation.find(server, context), found.phase == "associated" else { return nil }
        return found.shape.vpcId
    }
}

extension Resource where S == RouteServerPropagation {
    static let routeServerPropagation = Resource(
        ResourceKind("rs-propagation", type: "route-server-propagation", code: "", notFound: ""),
        identity: { key($0.routeServerId ?? "", $0.routeTableId ?? "") },
        refers: [.to("route-server", \.routeServerId), .to("route-table", \.routeTableId)],
        // All durations are assumed.
        life: LifeCycle(
            show: { $0.state = RouteServerPropagationState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(20), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(20), isFixed: false) { _, _ in nil },
            ], gone: []))

    static func key(_ server: String, _ table: String) -> String { "\(server)/\(table)" }

    static func all(of server: String, _ context: Context) throws -> [Stored<RouteServerPropagation>] {
        try routeServerPropagation.all(context).filter { $0.shape.routeServerId == server }
    }
}

extension AWSError {
    /// The code is AWS's; the message is assumed.
    static func notAssociated(_ server: String, with vpc: String) -> AWSError {
        AWSError("InvalidRouteServerId.NotAssociated", "The route server '\(server)' is not associated with the VPC '\(vpc)'.")
    }
}

extension EC2Simulation {
    public func associateRouteServer(
        _ input: AssociateRouteServerRequest, _ context: Context
    ) throws -> AssociateRouteServerResult {
        let id = input.routeServerId, associations = Resource.routeServerAssociation
        _ = try Resource.routeServer.available(id, context)
        let vpc = try VpcRecord.get(input.vpcId, context)
        // AWS documents both quotas. The errors are assumed.
        if let present = try associations.find(id, context) {
            throw AWSError(
                "Resource.AlreadyAssociated",
                "The route server '\(id)' is already associated with the VPC '\(present.shape.vpcId ?? "")'.")
        }
        guard try associations.all(context).count(where: { $0.shape.vpcId == vpc.id }) < 5 else {
            throw AWSError("ResourceLimitExceeded", "The maximum number of route servers of '\(vpc.id)' has been reached.")
        }
        let made = try associations.place(RouteServerAssociation(routeServerId: id, vpcId: vpc.id), context)
        return AssociateRouteServerResult(routeServerAssociation: made.shape)
    }

    public func disassociateRouteServer(
        _ input: DisassociateRouteServerRequest, _ context: Context
    ) throws -> DisassociateRouteServerResult {
        let id = input.routeServerId
        _ = try Resource.routeServer.available(id, orIn: ["modifying"], context)
        try ResourceKind.vpc.check(input.vpcId)
        guard var stored = try Resource.routeServerAssociation.find(id, context), stored.shape.vpcId == input.vpcId else {
            throw AWSError.notAssociated(id, with: input.vpcId)
        }
        guard stored.phase == "associated" else {
            throw AWSError("IncorrectState", "The association of '\(id)' is in the state '\(stored.phase)'.")
        }
        // Assumed: the parts in the VPC must go first.
        let endpoints = try Resource.routeServerEndpoint.remaining(context).filter { $0.shape.routeServerId == id }
        guard try endpoints.isEmpty && Resource<RouteServerPropagation>.all(of: id, context).isEmpty else {
            throw Resource.routeServer.kind.dependencyViolation(id)
        }
        try Resource.routeServerAssociation.move(&stored, to: "disassociating", at: context.now, context)
        return DisassociateRouteServerResult(routeServerAssociation: stored.shape)
    }

    public func getRouteServerAssociations(
        _ input: GetRouteServerAssociationsRequest, _ context: Context
    ) throws -> GetRouteServerAssociationsResult {
        _ = try Resource.routeServer.get(input.routeServerId, context)
        let found = try Resource.routeServerAssociation.find(input.routeServerId, context)
        return GetRouteServerAssociationsResult(routeServerAssociations: found.map { [$0.shape] } ?? [])
    }

    public func enableRouteServerPropagation(
        _ input: EnableRouteServerPropagationRequest, _ context: Context
    ) throws -> EnableRouteServerPropagationResult {
        let id = input.routeServerId, table = try Resource.routeTable.get(input.routeTableId, context).shape
        _ = try Resource.routeServer.available(id, context)
        guard let vpcId = table.vpcId, try Resource<RouteServerAssociation>.vpc(of: id, context) == vpcId else {
            throw AWSError.notAssociated(id, with: table.vpcId ?? "")
        }
        guard table.associations?.contains(where: { $0.gatewayId?.hasPrefix("vgw-") == true }) != true else {
            throw AWSError(
                "InvalidParameterValue",
                "The route table '\(input.routeTableId)' is associated with a virtual private gateway.")  // assumed
        }
        let key = Resource<RouteServerPropagation>.key(id, input.routeTableId)
        guard try Resource.routeServerPropagation.find(key, context) == nil else {
            throw AWSError(
                "InvalidParameterValue", "The route server '\(id)' propagates to '\(input.routeTableId)' already.")  // assumed
        }
        let made = try Resource.routeServerPropagation.place(
            RouteServerPropagation(routeServerId: id, routeTableId: input.routeTableId), context)
        return EnableRouteServerPropagationResult(routeServerPropagation: made.shape)
    }

    public func disableRouteServerPropagation(
        _ input: DisableRouteServerPropagationRequest, _ context: Context
    ) throws -> DisableRouteServerPropagationResult {
        let id = input.routeServerId, propagations = Resource.routeServerPropagation
        _ = try Resource.routeServer.available(id, orIn: ["modifying"], context)
        _ = try Resource.routeTable.get(input.routeTableId, context)
        guard var stored = try propagations.find(Resource<RouteServerPropagation>.key(id, input.routeTableId), context) else {
            // The code is AWS's; the message is assumed.
            throw AWSError(
                "InvalidRouteServerId.NotPropagated", "The route server '\(id)' does not propagate to '\(input.routeTableId)'.")
        }
        if stored.phase != "deleting" { try propagations.move(&stored, to: "deleting", at: context.now, context) }
        return DisableRouteServerPropagationResult(routeServerPropagation: stored.shape)
    }

    public func getRouteServerPropagations(
        _ input: GetRouteServerPropagationsRequest, _ context: Context
    ) throws -> GetRouteServerPropagationsResult {
        _ = try Resource.routeServer.get(input.routeServerId, context)
        if let table = input.routeTableId { _ = try Resource.routeTable.get(table, context) }
        let found = try Resource<RouteServerPropagation>.all(of: input.routeServerId, context).map(\.shape).filter {
            input.routeTableId == nil || $0.routeTableId == input.routeTableId
        }
        return GetRouteServerPropagationsResult(routeServerPropagations: found)
    }

    /// Returns no routes: peers would have to announce them.
    public func getRouteServerRoutingDatabase(
        _ input: GetRouteServerRoutingDatabaseRequest, _ context: Context
    ) throws -> GetRouteServerRoutingDatabaseResult {
        let paging = try Paging(input, context)
        _ = try Resource.routeServer.get(input.routeServerId, context)
        let routes = try FilterTable<RouteServerRoute>([
            "prefix": { [$0.prefix] }, "route-server-endpoint-id": { [$0.routeServerEndpointId] },
            "route-server-peer-id": { [$0.routeServerPeerId] }, "route-status": { [$0.routeStatus?.rawValue] },
        ]).apply(input.filters, to: [], context)
        let page = try paging.page(fixed: routes)
        return GetRouteServerRoutingDatabaseResult(
            areRoutesPersisted: false, routes: page.items, nextToken: page.nextToken)
    }
}
