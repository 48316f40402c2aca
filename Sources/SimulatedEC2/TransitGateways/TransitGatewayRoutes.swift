import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-routing-overview

extension Resource where S == CreateTransitGatewayRouteRequest {
    /// A static route, stored as the request, because AWS's route shape has no table id.
    static let transitGatewayRoute = Resource(
        ResourceKind("tgw-route", type: "transit-gateway-route", code: "", notFound: ""),
        identity: { identity($0.transitGatewayRouteTableId, $0.destinationCidrBlock) }, refers: [])

    static func identity(_ table: String, _ destination: String) -> String { "\(table) \(destination)" }
}

/// The routes of a transit gateway's route table. Static routes take precedence over propagated ones.
struct TransitGatewayRoutes {
    let table: String
    let context: Context

    /// Returns the routes sorted by destination.
    func all() throws -> [TransitGatewayRoute] {
        var routes: [String: TransitGatewayRoute] = [:]
        for route in try propagated() + references() + fixed() { routes[route.destinationCidrBlock ?? ""] = route }
        return routes.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    }

    private func fixed() throws -> [TransitGatewayRoute] {
        try Resource.transitGatewayRoute.all(context).filter { $0.shape.transitGatewayRouteTableId == table }.map {
            try Self.shown($0.shape, context)
        }
    }

    static func shown(_ route: CreateTransitGatewayRouteRequest, _ context: Context) throws -> TransitGatewayRoute {
        try shown(route.destinationCidrBlock, to: route.transitGatewayAttachmentId, context)
    }

    private static func shown(
        _ destination: String, to attachmentId: String?, list: String? = nil, _ context: Context
    ) throws -> TransitGatewayRoute {
        guard let attachmentId else {
            return TransitGatewayRoute(
                destinationCidrBlock: destination, prefixListId: list, type: .static, state: .blackhole)
        }
        let attachment = try Resource.transitGatewayAttachment.find(attachmentId, context)
        let isThere = attachment.map { ["available", "modifying"].contains($0.phase) } ?? false
        return TransitGatewayRoute(
            destinationCidrBlock: destination, prefixListId: list,
            transitGatewayAttachments: attachment.map { [$0.shape.ofRoute] }, type: .static,
            state: isThere ? .active : .blackhole)
    }

    /// Returns the routes for the prefix lists' current entries.
    private func references() throws -> [TransitGatewayRoute] {
        try Resource.transitGatewayPrefixListReference.all(context).filter {
            $0.shape.transitGatewayRouteTableId == table
        }.flatMap { reference in
            let list = reference.shape.prefixListId ?? ""
            return try ManagedPrefixList.blocks(of: list, context).map {
                try Self.shown(
                    $0, to: reference.shape.transitGatewayAttachment?.transitGatewayAttachmentId, list: list, context)
            }
        }
    }

    /// Returns the routes that attachments propagate to the table.
    private func propagated() throws -> [TransitGatewayRoute] {
        try Resource.transitGatewayPropagation.all(context).filter {
            $0.shape.transitGatewayRouteTableId == table && $0.phase == "enabled"
        }.flatMap { propagation -> [TransitGatewayRoute] in
            guard let id = propagation.shape.transitGatewayAttachmentId,
                let attachment = try Resource.transitGatewayAttachment.find(id, context),
                ["available", "modifying"].contains(attachment.phase), attachment.shape.resourceType == .vpc,
                let vpc = try VpcRecord.find(attachment.shape.resourceId ?? "", context)
            else { return [] }
            let blocks = try vpc.ipv4Blocks(context).map(\.description) + vpc.ipv6Blocks(context).map(\.description)
            return blocks.map {
                TransitGatewayRoute(
                    destinationCidrBlock: $0, transitGatewayAttachments: [attachment.shape.ofRoute], type: .propagated,
                    state: .active)
            }
        }
    }
}

// MARK: Static routes

extension EC2Simulation {
    public func createTransitGatewayRoute(
        _ input: CreateTransitGatewayRouteRequest, _ context: Context
    ) throws -> CreateTransitGatewayRouteResult {
        let route = try Self.fixedRoute(input, context)
        let id = Resource.transitGatewayRoute.identity(route)
        guard try Resource.transitGatewayRoute.find(id, context) == nil else {
            throw AWSError(
                "RouteAlreadyExists",
                "Route \(route.destinationCidrBlock) already exists in Transit Gateway Route Table \(route.transitGatewayRouteTableId)."
            )
        }
        // AWS's default quota, for all routes of a gateway; its error is assumed.
        guard try ResourceRow.count(Resource.transitGatewayRoute.kind, context) < 10_000 else {
            throw AWSError("RouteLimitExceeded", "The maximum number of routes has been reached.")
        }
        try Resource.transitGatewayRoute.insert(route, phase: "", context)
        return CreateTransitGatewayRouteResult(route: try TransitGatewayRoutes.shown(route, context))
    }

    public func replaceTransitGatewayRoute(
        _ input: ReplaceTransitGatewayRouteRequest, _ context: Context
    ) throws -> ReplaceTransitGatewayRouteResult {
        let route = try Self.fixedRoute(
            CreateTransitGatewayRouteRequest(
                destinationCidrBlock: input.destinationCidrBlock, transitGatewayRouteTableId: input.transitGatewayRouteTableId,
                transitGatewayAttachmentId: input.transitGatewayAttachmentId, blackhole: input.blackhole), context)
        var stored = try Self.storedRoute(route.transitGatewayRouteTableId, route.destinationCidrBlock, context)
        stored.shape = route
        try Resource.transitGatewayRoute.write(stored, context)
        return ReplaceTransitGatewayRouteResult(route: try TransitGatewayRoutes.shown(route, context))
    }

    public func deleteTransitGatewayRoute(
        _ input: DeleteTransitGatewayRouteRequest, _ context: Context
    ) throws -> DeleteTransitGatewayRouteResult {
        _ = try Resource.transitGatewayRouteTable.present(input.transitGatewayRouteTableId, context)
        let destination = try Self.transitDestination(input.destinationCidrBlock)
        let stored = try Self.storedRoute(input.transitGatewayRouteTableId, destination.text, context)
        var shown = try TransitGatewayRoutes.shown(stored.shape, context)
        try Resource.transitGatewayRoute.forget(Resource.transitGatewayRoute.identity(stored.shape), context)
        shown.state = .deleted
        return DeleteTransitGatewayRouteResult(route: shown)
    }

    private static func storedRoute(
        _ table: String, _ destination: String, _ context: Context
    ) throws -> Stored<CreateTransitGatewayRouteRequest> {
        let id = Resource<CreateTransitGatewayRouteRequest>.identity(table, destination)
        guard let stored = try Resource.transitGatewayRoute.find(id, context) else {
            throw AWSError(
                "InvalidRoute.NotFound", "Route \(destination) does not exist in Transit Gateway Route Table \(table).")
        }
        return stored
    }

    private static func transitDestination(_ text: String) throws -> RouteDestination {
        if let block = IPv4Block(text) { return .ipv4(block) }
        if let block = IPv6Block(text) { return .ipv6(block) }
        throw AWSError.invalidValue(text, for: "destinationCidrBlock", "This is not a valid CIDR block.")
    }

    /// Returns the route that a request asks for: to an attachment of the table's gateway, or a blackhole.
    private static func fixedRoute(
        _ input: CreateTransitGatewayRouteRequest, _ context: Context
    ) throws -> CreateTransitGatewayRouteRequest {
        let attachment = try leading(
            to: input.transitGatewayAttachmentId, blackhole: input.blackhole, from: input.transitGatewayRouteTableId, context)
        return CreateTransitGatewayRouteRequest(
            destinationCidrBlock: try transitDestination(input.destinationCidrBlock).text,
            transitGatewayRouteTableId: input.transitGatewayRouteTableId,
            transitGatewayAttachmentId: attachment?.transitGatewayAttachmentId, blackhole: attachment == nil)
    }

    /// Returns the attachment to which a static route or a reference leads; nil for a blackhole.
    static func leading(
        to attachment: String?, blackhole: Bool?, from table: String, _ context: Context
    ) throws -> TransitGatewayAttachment? {
        switch (attachment.flatMap(\.orNil), blackhole == true) {
        case (let id?, false): return try pair(table, id, context).1
        case (nil, true):
            _ = try Resource.transitGatewayRouteTable.present(table, context)
            return nil
        case (nil, false): throw AWSError.missingParameter("transitGatewayAttachmentId")
        default:
            throw AWSError.invalidCombination(
                "The parameter transitGatewayAttachmentId cannot be used with the parameter blackhole")
        }
    }
}

// MARK: Searching

extension EC2Simulation {
    public func searchTransitGatewayRoutes(
        _ input: SearchTransitGatewayRoutesRequest, _ context: Context
    ) throws -> SearchTransitGatewayRoutesResult {
        let table = input.transitGatewayRouteTableId
        _ = try Resource.transitGatewayRouteTable.present(table, context)
        let searches = input.filters.filter { $0.name?.hasPrefix("route-search.") == true }
        let others = input.filters.filter { $0.name?.hasPrefix("route-search.") != true }
        let test = try FilterTable<TransitGatewayRoute>([
            "attachment.transit-gateway-attachment-id": {
                $0.transitGatewayAttachments?.map(\.transitGatewayAttachmentId) ?? []
            },
            "attachment.resource-id": { $0.transitGatewayAttachments?.map(\.resourceId) ?? [] },
            "attachment.resource-type": { $0.transitGatewayAttachments?.map { $0.resourceType?.rawValue } ?? [] },
            "state": { [$0.state?.rawValue] }, "type": { [$0.type?.rawValue] },
        ]).predicate(others, context)
        var routes = try TransitGatewayRoutes(table: table, context: context).all()
        for search in searches { routes = try Self.search(search, in: routes) }
        let paging = try Paging(input, usually: 1000, context)
        let page = try paging.page(routes.filter(test)) { .name($0.destinationCidrBlock ?? "") }
        return SearchTransitGatewayRoutesResult(
            routes: page.items, additionalRoutesAvailable: page.nextToken != nil, nextToken: page.nextToken)
    }

    private static func search(_ filter: Filter, in routes: [TransitGatewayRoute]) throws -> [TransitGatewayRoute] {
        let name = filter.name ?? ""
        guard let values = filter.values, !values.isEmpty else { throw AWSError.filterWithoutValues(name) }
        let wanted = try values.map { text in
            // A single address is a /32.
            if let address = IPv4Block.address(text) { return RouteDestination.ipv4(IPv4Block(base: address, prefix: 32)) }
            return try transitDestination(text)
        }
        func destination(_ route: TransitGatewayRoute) -> RouteDestination? {
            try? route.destinationCidrBlock.map(transitDestination)
        }
        switch name {
        case "route-search.exact-match": return routes.filter { route in wanted.contains { $0 == destination(route) } }
        case "route-search.subnet-of-match":
            return routes.filter { route in destination(route).map { own in wanted.contains { $0.contains(own) } } ?? false }
        case "route-search.supernet-of-match":
            return routes.filter { route in destination(route).map { own in wanted.contains { own.contains($0) } } ?? false }
        case "route-search.longest-prefix-match":
            let longest = wanted.compactMap { block in
                routes.filter { destination($0)?.contains(block) == true }.max { $0.prefixLength < $1.prefixLength }?
                    .destinationCidrBlock
            }
            return routes.filter { longest.contains($0.destinationCidrBlock ?? "") }
        default: throw AWSError.unknownFilter(name)
        }
    }
}

extension TransitGatewayRoute {
    fileprivate var prefixLength: Int { destinationCidrBlock?.split(separator: "/").last.flatMap { Int($0) } ?? 0 }
}
