import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/outposts/latest/userguide/outposts-local-gateways.html
// Local gateways belong to Outposts, which simulated accounts don't have. AWS returns empty lists to such accounts.

extension ResourceKind {
    /// Returns a kind of which there are none. The codes and messages are assumed.
    private static func absent(_ prefix: String, _ type: String, _ code: String) -> ResourceKind {
        ResourceKind(
            prefix, type: type, in: .elsewhere { _, _ in false }, code: code, notFound: "The \(type) ID '%' does not exist")
    }

    fileprivate static let localGateway = absent("lgw", "local-gateway", "InvalidLocalGatewayID")
    fileprivate static let localGatewayRouteTable = absent(
        "lgw-rtb", "local-gateway-route-table", "InvalidLocalGatewayRouteTableID")
    fileprivate static let localGatewayVpcAssociation = absent(
        "lgw-vpc-assoc", "local-gateway-route-table-vpc-association", "InvalidLocalGatewayRouteTableVpcAssociationID")
    fileprivate static let localGatewayGroupAssociation = absent(
        "lgw-vif-grp-assoc", "local-gateway-route-table-virtual-interface-group-association",
        "InvalidLocalGatewayRouteTableVirtualInterfaceGroupAssociationID")
    fileprivate static let localGatewayInterfaceGroup = absent(
        "lgw-vif-grp", "local-gateway-virtual-interface-group", "InvalidLocalGatewayVirtualInterfaceGroupID")
    fileprivate static let localGatewayInterface = absent(
        "lgw-vif", "local-gateway-virtual-interface", "InvalidLocalGatewayVirtualInterfaceID")
}

extension Context {
    /// Checks a request for resources of which there are none.
    /// - Throws: the kind's errors for any id, and AWS's errors for filters and pages.
    private func checkAbsent<S: Shape>(
        _ kind: ResourceKind, _ input: some Shape, ids: [String]?, named parameter: String,
        _ filters: [String: @Sendable (S) -> [String?]], tags: @escaping @Sendable (S) -> [Tag]?
    ) throws -> Page<S> {
        let paging = try Paging(input, ids: ids, named: parameter, self)
        for id in ids ?? [] { try kind.check(id) }
        if let ids, !ids.isEmpty { throw kind.notFound(ids) }
        let none = try FilterTable<S>(filters, tags: tags).apply((input as? any FilteredInput)?.filters, to: [], self)
        return try paging.page(fixed: none)
    }

    fileprivate func localGateways(_ input: DescribeLocalGatewaysRequest) throws -> Page<LocalGateway> {
        try checkAbsent(
            .localGateway, input, ids: input.localGatewayIds, named: "localGatewayIds",
            [
                "local-gateway-id": { [$0.localGatewayId] }, "outpost-arn": { [$0.outpostArn] }, "owner-id": { [$0.ownerId] },
                "state": { [$0.state] },
            ], tags: { $0.tags })
    }

    fileprivate func localTables(_ input: DescribeLocalGatewayRouteTablesRequest) throws -> Page<LocalGatewayRouteTable> {
        try checkAbsent(
            .localGatewayRouteTable, input, ids: input.localGatewayRouteTableIds, named: "localGatewayRouteTableIds",
            [
                "local-gateway-id": { [$0.localGatewayId] },
                "local-gateway-route-table-arn": { [$0.localGatewayRouteTableArn] },
                "local-gateway-route-table-id": { [$0.localGatewayRouteTableId] }, "outpost-arn": { [$0.outpostArn] },
                "owner-id": { [$0.ownerId] }, "state": { [$0.state] },
            ], tags: { $0.tags })
    }

    fileprivate func localVpcs(
        _ input: DescribeLocalGatewayRouteTableVpcAssociationsRequest
    ) throws -> Page<LocalGatewayRouteTableVpcAssociation> {
        try checkAbsent(
            .localGatewayVpcAssociation, input, ids: input.localGatewayRouteTableVpcAssociationIds,
            named: "localGatewayRouteTableVpcAssociationIds",
            [
                "local-gateway-id": { [$0.localGatewayId] },
                "local-gateway-route-table-arn": { [$0.localGatewayRouteTableArn] },
                "local-gateway-route-table-id": { [$0.localGatewayRouteTableId] },
                "local-gateway-route-table-vpc-association-id": { [$0.localGatewayRouteTableVpcAssociationId] },
                "owner-id": { [$0.ownerId] }, "state": { [$0.state] }, "vpc-id": { [$0.vpcId] },
            ], tags: { $0.tags })
    }

    fileprivate func localGroupUses(
        _ input: DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociationsRequest
    ) throws -> Page<LocalGatewayRouteTableVirtualInterfaceGroupAssociation> {
        try checkAbsent(
            .localGatewayGroupAssociation, input, ids: input.localGatewayRouteTableVirtualInterfaceGroupAssociationIds,
            named: "localGatewayRouteTableVirtualInterfaceGroupAssociationIds",
            [
                "local-gateway-id": { [$0.localGatewayId] },
                "local-gateway-route-table-arn": { [$0.localGatewayRouteTableArn] },
                "local-gateway-route-table-id": { [$0.localGatewayRouteTableId] },
                "local-gateway-route-table-virtual-interface-group-association-id": {
                    [$0.localGatewayRouteTableVirtualInterfaceGroupAssociationId]
                },
                "local-gateway-route-table-virtual-interface-group-id": { [$0.localGatewayVirtualInterfaceGroupId] },
                "owner-id": { [$0.ownerId] }, "state": { [$0.state] },
            ], tags: { $0.tags })
    }

    fileprivate func localGroups(
        _ input: DescribeLocalGatewayVirtualInterfaceGroupsRequest
    ) throws -> Page<LocalGatewayVirtualInterfaceGroup> {
        try checkAbsent(
            .localGatewayInterfaceGroup, input, ids: input.localGatewayVirtualInterfaceGroupIds,
            named: "localGatewayVirtualInterfaceGroupIds",
            [
                "local-gateway-id": { [$0.localGatewayId] },
                "local-gateway-virtual-interface-group-id": { [$0.localGatewayVirtualInterfaceGroupId] },
                "local-gateway-virtual-interface-id": { $0.localGatewayVirtualInterfaceIds ?? [] },
                "owner-id": { [$0.ownerId] },
            ], tags: { $0.tags })
    }

    fileprivate func localInterfaces(
        _ input: DescribeLocalGatewayVirtualInterfacesRequest
    ) throws -> Page<LocalGatewayVirtualInterface> {
        try checkAbsent(
            .localGatewayInterface, input, ids: input.localGatewayVirtualInterfaceIds, named: "localGatewayVirtualInterfaceIds",
            [
                "local-address": { [$0.localAddress] }, "local-bgp-asn": { [$0.localBgpAsn.map(String.init)] },
                "local-gateway-id": { [$0.localGatewayId] },
                "local-gateway-virtual-interface-id": { [$0.localGatewayVirtualInterfaceId] }, "owner-id": { [$0.ownerId] },
                "peer-address": { [$0.peerAddress] }, "peer-bgp-asn": { [$0.peerBgpAsn.map(String.init)] },
                "vlan": { [$0.vlan.map(String.init)] },
            ], tags: { $0.tags })
    }
}

extension EC2Simulation {
    public func describeLocalGateways(
        _ input: DescribeLocalGatewaysRequest, _ context: Context
    ) throws -> DescribeLocalGatewaysResult {
        DescribeLocalGatewaysResult(localGateways: try context.localGateways(input).items)
    }

    public func describeLocalGatewayRouteTables(
        _ input: DescribeLocalGatewayRouteTablesRequest, _ context: Context
    ) throws -> DescribeLocalGatewayRouteTablesResult {
        DescribeLocalGatewayRouteTablesResult(localGatewayRouteTables: try context.localTables(input).items)
    }

    public func describeLocalGatewayRouteTableVpcAssociations(
        _ input: DescribeLocalGatewayRouteTableVpcAssociationsRequest, _ context: Context
    ) throws -> DescribeLocalGatewayRouteTableVpcAssociationsResult {
        DescribeLocalGatewayRouteTableVpcAssociationsResult(
            localGatewayRouteTableVpcAssociations: try context.localVpcs(input).items)
    }

    public func describeLocalGatewayRouteTableVirtualInterfaceGroupAssociations(
        _ input: DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociationsRequest, _ context: Context
    ) throws -> DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociationsResult {
        DescribeLocalGatewayRouteTableVirtualInterfaceGroupAssociationsResult(
            localGatewayRouteTableVirtualInterfaceGroupAssociations: try context.localGroupUses(input).items)
    }

    public func describeLocalGatewayVirtualInterfaceGroups(
        _ input: DescribeLocalGatewayVirtualInterfaceGroupsRequest, _ context: Context
    ) throws -> DescribeLocalGatewayVirtualInterfaceGroupsResult {
        DescribeLocalGatewayVirtualInterfaceGroupsResult(
            localGatewayVirtualInterfaceGroups: try context.localGroups(input).items)
    }

    public func describeLocalGatewayVirtualInterfaces(
        _ input: DescribeLocalGatewayVirtualInterfacesRequest, _ context: Context
    ) throws -> DescribeLocalGatewayVirtualInterfacesResult {
        DescribeLocalGatewayVirtualInterfacesResult(
            localGatewayVirtualInterfaces: try context.localInterfaces(input).items)
    }

    /// Throws the error for an absent route table, because there are none.
    public func searchLocalGatewayRoutes(
        _ input: SearchLocalGatewayRoutesRequest, _ context: Context
    ) throws -> SearchLocalGatewayRoutesResult {
        _ = try Paging(input, context)
        let nothing: @Sendable (LocalGatewayRoute) -> [String?] = { _ in [] }
        _ = try FilterTable<LocalGatewayRoute>([
            "prefix-list-id": nothing, "route-search.exact-match": nothing, "route-search.longest-prefix-match": nothing,
            "route-search.subnet-of-match": nothing, "route-search.supernet-of-match": nothing, "state": nothing,
            "type": nothing,
        ]).apply(input.filters, to: [], context)
        try ResourceKind.localGatewayRouteTable.check(input.localGatewayRouteTableId)
        throw ResourceKind.localGatewayRouteTable.notFound(input.localGatewayRouteTableId)
    }
}
