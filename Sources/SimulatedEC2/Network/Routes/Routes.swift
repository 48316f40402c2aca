import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/route-table-options.html

extension EC2Simulation {
    public func createRoute(_ input: CreateRouteRequest, _ context: Context) throws -> CreateRouteResult {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        let destination = try RouteDestination(
            ipv4: input.destinationCidrBlock, ipv6: input.destinationIpv6CidrBlock, prefixList: input.destinationPrefixListId,
            context)
        let target = try RouteTarget(input, in: table.shape, context)
        try table.shape.check(destination, to: target, context)
        guard table.shape.route(to: destination) == nil else {
            throw AWSError("RouteAlreadyExists", "The route identified by \(destination.text) already exists.")
        }
        try table.shape.checkRouteLimit(with: destination, context)
        table.shape.routes = (table.shape.routes ?? []) + [Route(destination, to: target)]
        try Resource.routeTable.write(table, context)
        return CreateRouteResult(return: true)
    }

    public func replaceRoute(_ input: ReplaceRouteRequest, _ context: Context) throws -> EmptyShape {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        let destination = try RouteDestination(
            ipv4: input.destinationCidrBlock, ipv6: input.destinationIpv6CidrBlock, prefixList: input.destinationPrefixListId,
            context)
        let target = try RouteTarget(input, isLocal: input.localTarget == true, in: table.shape, context)
        guard let index = table.shape.route(to: destination), let route = table.shape.routes?[index] else {
            throw AWSError(
                "InvalidParameterValue",
                "There is no route defined for '\(destination.text)' in the route table. Use CreateRoute instead.")
        }
        try table.shape.checkIsNotEndpointRoute(route, destination, "replace")
        if case .local = target, !route.isLocal {
            throw AWSError("InvalidParameterValue", "The route \(destination.text) is not a local route.")
        }
        try table.shape.check(destination, to: target, context)
        table.shape.routes?[index].setTarget(target)
        try Resource.routeTable.write(table, context)
        return EmptyShape()
    }

    public func deleteRoute(_ input: DeleteRouteRequest, _ context: Context) throws -> EmptyShape {
        var table = try Resource.routeTable.get(input.routeTableId, context)
        let destination = try RouteDestination(
            ipv4: input.destinationCidrBlock, ipv6: input.destinationIpv6CidrBlock, prefixList: input.destinationPrefixListId,
            context)
        guard let index = table.shape.route(to: destination), let route = table.shape.routes?[index] else {
            throw AWSError(
                "InvalidRoute.NotFound",
                "no route with \(destination.parameter) \(destination.text) in route table \(input.routeTableId)")
        }
        guard !route.isLocal else {
            throw AWSError(
                "InvalidParameterValue", "cannot remove local route \(destination.text) in route table \(input.routeTableId)")
        }
        try table.shape.checkIsNotEndpointRoute(route, destination, "remove")
        table.shape.routes?.remove(at: index)
        try Resource.routeTable.write(table, context)
        return EmptyShape()
    }
}

extension RouteTable {
    func route(to destination: RouteDestination) -> Int? {
        routes?.firstIndex { $0.destination == destination }
    }

    /// Rejects a change to a route of a gateway endpoint, because only the endpoint adds and removes its routes.
    fileprivate func checkIsNotEndpointRoute(_ route: Route, _ destination: RouteDestination, _ verb: String) throws {
        guard case .gateway(let id) = route.target, ResourceKind.of(id)?.type == "vpc-endpoint" else { return }
        throw AWSError(
            "InvalidParameterValue",
            "cannot \(verb) VPC endpoint route \(destination.text) in route table \(routeTableId ?? "")")
    }

    /// Checks AWS's default quota of 50 routes, for IPv4 and IPv6 separately. A prefix list counts as its maximum number of
    /// entries. Assumed: local routes don't count, which AWS does not document.
    fileprivate func checkRouteLimit(with destination: RouteDestination, _ context: Context) throws {
        func weight(_ destination: RouteDestination?) throws -> Int {
            if case .prefixList(let id) = destination { return try ManagedPrefixList.weight(of: id, context) }
            return 1
        }
        let isIPv6 = if case .ipv6 = destination { true } else { false }
        let own = (routes ?? []).filter { $0.origin == .createRoute && ($0.destinationIpv6CidrBlock != nil) == isIPv6 }
        let count = try own.reduce(0) { try $0 + weight($1.destination) }
        guard try count + weight(destination) <= 50 else {
            throw AWSError("RouteLimitExceeded", "The maximum number of routes has been reached.")
        }
    }

    /// Checks that a route for the destination may have this target.
    fileprivate func check(_ destination: RouteDestination, to target: RouteTarget, _ context: Context) throws {
        switch (destination, target) {
        case (.ipv4, .egressOnlyGateway(let id)):
            throw AWSError(
                "InvalidParameterValue", "The egress-only internet gateway \(id) can be a target only for IPv6 destinations.")
        case (.ipv6, .carrierGateway(let id)):
            throw AWSError("InvalidParameterValue", "The carrier gateway \(id) can be a target only for IPv4 destinations.")
        default: break
        }
        if let reserved = Self.reserved.first(where: { $0.contains(destination) }) {
            throw AWSError(
                "InvalidParameterValue",
                "The destination CIDR block \(destination.text) is within \(reserved.text), which is reserved for use by Amazon Web Services."
            )
        }
        guard let local = routes?.first(where: { $0.isLocal && $0.destination?.contains(destination) == true }) else { return }
        // Within the VPC, targets must be in a subnet, and a route must cover a whole subnet.
        switch target {
        case .interface, .natGateway: break
        case .local where local.destination == destination: break
        default:
            if local.destination == destination, context.operation == "CreateRoute" { return }
            throw AWSError(
                "InvalidParameterValue",
                "Route target is not supported. This route only supports interface and instance targets.")
        }
        if local.destination == destination { return }
        let subnets = try SubnetRecord.all(context, "AND vpc_id = ?", [vpcId ?? ""])
        guard try subnets.contains(where: { try $0.destinations(context).contains(destination) }) else {
            throw AWSError(
                "InvalidParameterValue",
                "The destination CIDR block \(destination.text) is more specific than the local route \(local.destination?.text ?? ""), and does not match the CIDR block of a subnet."
            )
        }
    }

    /// The addresses that instances reach without a route: metadata, time, DNS.
    private static let reserved: [RouteDestination] = [
        .ipv4(IPv4Block(base: 169 << 24 | 254 << 16 | 168 << 8, prefix: 22)),
        .ipv6(IPv6Block(base: 0xfd00_0ec2 << 96, prefix: 32)),
    ]
}
