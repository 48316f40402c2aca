import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct RouteTableRecord: StoredResource {
    static let kind = ResourceKind.routeTable
    static let columns: ColumnList = ["id", "vpc_id", "is_main", "main_association_id"]
    static let migration = Migration(
        "ec2.route_table",
        """
        CREATE TABLE ec2_route_table (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
            is_main INTEGER NOT NULL, main_association_id TEXT, UNIQUE (account, region, id),
            FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
        );
        CREATE TABLE ec2_route (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, route_table_id TEXT NOT NULL,
            destination TEXT NOT NULL, gateway_id TEXT NOT NULL, origin TEXT NOT NULL,
            UNIQUE (account, region, route_table_id, destination),
            FOREIGN KEY (account, region, route_table_id) REFERENCES ec2_route_table (account, region, id) ON DELETE CASCADE
        );
        CREATE TABLE ec2_route_table_association (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            route_table_id TEXT NOT NULL, subnet_id TEXT NOT NULL, UNIQUE (account, region, id),
            UNIQUE (account, region, subnet_id),
            FOREIGN KEY (account, region, route_table_id) REFERENCES ec2_route_table (account, region, id),
            FOREIGN KEY (account, region, subnet_id) REFERENCES ec2_subnet (account, region, id)
        )
        """)

    var id, vpcId: String
    /// Subnets without an association of their own use the VPC's main table.
    var isMain: Bool
    var mainAssociationId: String?

    init(id: String, vpcId: String, isMain: Bool, mainAssociationId: String?) {
        self.id = id
        self.vpcId = vpcId
        self.isMain = isMain
        self.mainAssociationId = mainAssociationId
    }

    init(_ row: StoredRow) throws { id = try row[0]; vpcId = try row[1]; isMain = try row[2]; mainAssociationId = try row[3] }
    var values: [(any DatabaseValueConvertible)?] { [id, vpcId, isMain, mainAssociationId] }

    static func createMain(of vpc: VpcRecord, _ context: Context) throws -> RouteTableRecord {
        let table = RouteTableRecord(
            id: context.ids.resource("rtb"), vpcId: vpc.id, isMain: true, mainAssociationId: context.ids.resource("rtbassoc"))
        try table.insert(context)
        try table.add(RouteRecord(destination: vpc.cidr, gatewayId: "local", origin: "CreateRouteTable"), context)
        return table
    }

    func add(_ route: RouteRecord, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: """
                INSERT INTO ec2_route (account, region, route_table_id, destination, gateway_id, origin) VALUES (?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [context.account, context.region, id, route.destination, route.gatewayId, route.origin])
    }

    static func dissociate(_ subnetId: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_route_table_association WHERE account = ? AND region = ? AND subnet_id = ?"
        ).execute(arguments: [context.account, context.region, subnetId])
    }

    /// The table that decides where a subnet's packets go.
    static func governing(subnet: SubnetRecord, _ context: Context) throws -> RouteTableRecord? {
        try first(
            context,
            """
            AND id = COALESCE(
                (SELECT route_table_id FROM ec2_route_table_association a
                    WHERE a.account = ec2_route_table.account AND a.region = ec2_route_table.region AND a.subnet_id = ?),
                (SELECT id FROM ec2_route_table m
                    WHERE m.account = ec2_route_table.account AND m.region = ec2_route_table.region AND m.vpc_id = ? AND m.is_main))
            """, [subnet.id, subnet.vpcId])
    }
}

struct RouteRecord: Sendable {
    /// An IPv4 block.
    var destination: String
    /// An internet gateway, or `local`.
    var gatewayId: String
    var origin: String

    /// All routes of the account and region, by table, in one statement.
    static func all(_ context: Context) throws -> [String: [RouteRecord]] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT route_table_id, destination, gateway_id, origin FROM ec2_route
                WHERE account = ? AND region = ? ORDER BY number
                """)
        let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
        var result: [String: [RouteRecord]] = [:]
        while let row = try rows.next() {
            try result[row[0], default: []].append(RouteRecord(destination: row[1], gatewayId: row[2], origin: row[3]))
        }
        return result
    }
}

extension EC2Simulation {
    public func describeRouteTables(_ input: DescribeRouteTablesRequest, _ context: Context) throws -> DescribeRouteTablesResult
    {
        let paging = try Paging(input, ids: input.routeTableIds, named: "routeTableIds", context)
        let records = try RouteTableRecord.list(input.routeTableIds, context)
        let index = try RouteTableRecord.Index(context)
        let shapes = records.map { $0.shape(index, context) }
        let page = try paging.page(
            RouteTableRecord.filters.apply(input.filters, to: shapes, context), of: .routeTable, id: \.routeTableId)
        return DescribeRouteTablesResult(routeTables: page.items, nextToken: page.nextToken)
    }
}

extension RouteTableRecord {
    /// What all tables' rendering needs, each read in one statement.
    struct Index {
        let tags: TagIndex
        let routes: [String: [RouteRecord]]
        /// The VPC that each gateway is attached to.
        let gateways: [String: String]
        var associations: [String: [(id: String, subnetId: String)]] = [:]

        init(_ context: Context) throws {
            tags = try TagIndex(.routeTable, context)
            routes = try RouteRecord.all(context)
            gateways = try Dictionary(
                uniqueKeysWithValues: InternetGatewayRecord.all(context, "AND vpc_id IS NOT NULL").map {
                    ($0.id, $0.vpcId ?? "")
                })
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT route_table_id, id, subnet_id FROM ec2_route_table_association
                    WHERE account = ? AND region = ? ORDER BY number
                    """)
            let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
            while let row = try rows.next() { try associations[row[0], default: []].append((row[1], row[2])) }
        }
    }

    static let filters = FilterTable<RouteTable>(
        [
            "route-table-id": { [$0.routeTableId] }, "vpc-id": { [$0.vpcId] }, "owner-id": { [$0.ownerId] },
            "association.gateway-id": { _ in [] },
            "association.route-table-association-id": { $0.associations?.map(\.routeTableAssociationId) ?? [] },
            "association.route-table-id": { $0.associations?.map(\.routeTableId) ?? [] },
            "association.subnet-id": { $0.associations?.map(\.subnetId) ?? [] },
            "association.main": { $0.associations?.map { $0.main?.text } ?? [] },
            "route.destination-cidr-block": { $0.routes?.map(\.destinationCidrBlock) ?? [] },
            "route.destination-ipv6-cidr-block": { _ in [] }, "route.destination-prefix-list-id": { _ in [] },
            "route.egress-only-internet-gateway-id": { _ in [] },
            "route.gateway-id": { $0.routes?.map(\.gatewayId) ?? [] },
            "route.instance-id": { _ in [] }, "route.nat-gateway-id": { _ in [] }, "route.transit-gateway-id": { _ in [] },
            "route.origin": { $0.routes?.map { $0.origin?.rawValue } ?? [] },
            "route.state": { $0.routes?.map { $0.state?.rawValue } ?? [] },
            "route.vpc-peering-connection-id": { _ in [] },
        ], tags: { $0.tags })

    func shape(_ index: Index, _ context: Context) -> RouteTable {
        let associated = RouteTableAssociationState(state: .associated)
        var associations: [RouteTableAssociation] = []
        if isMain {
            associations.append(
                RouteTableAssociation(
                    main: true, routeTableAssociationId: mainAssociationId, routeTableId: id, associationState: associated))
        }
        for association in index.associations[id] ?? [] {
            associations.append(
                RouteTableAssociation(
                    main: false, routeTableAssociationId: association.id, routeTableId: id, subnetId: association.subnetId,
                    associationState: associated))
        }
        let routes = (index.routes[id] ?? []).map { route in
            // A route to a gateway that was detached or deleted stays, and leads nowhere.
            let isActive = route.gatewayId == "local" || index.gateways[route.gatewayId] == vpcId
            return Route(
                destinationCidrBlock: route.destination, gatewayId: route.gatewayId, origin: RouteOrigin(route.origin),
                state: isActive ? .active : .blackhole)
        }
        return RouteTable(
            associations: associations, propagatingVgws: [], routeTableId: id, routes: routes, tags: index.tags[id],
            vpcId: vpcId,
            ownerId: context.account)
    }
}
