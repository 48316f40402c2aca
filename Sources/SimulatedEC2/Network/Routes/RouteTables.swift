import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html

extension Resource where S == RouteTable {
    /// The main table is deleted with its VPC. Any other table keeps the VPC from being deleted.
    static let routeTable = Resource(
        ResourceKind(
            "rtb", type: "route-table", code: "InvalidRouteTableID", notFound: "The routeTable ID '%' does not exist",
            malformed: "InvalidRouteTableId.Malformed", dependency: "The routeTable '%' has dependencies and cannot be deleted."
        ),
        id: \.routeTableId, tags: \.tags,
        refers: [
            .toEach("vpc", key: "ec2:Vpc") { $0.isMain ? [] : $0.vpcId.map { [$0] } ?? [] },
            .toEach("vpc", .cascades, role: mainRole, key: "ec2:Vpc") { $0.isMain ? $0.vpcId.map { [$0] } ?? [] : [] },
            .toEach("prefix-list") { $0.routes?.compactMap(\.destinationPrefixListId) ?? [] },
            .toEach("subnet", .dangles) { $0.associations?.compactMap(\.subnetId) ?? [] },
            .toEach("internet-gateway", .dangles, role: edgeRole) { $0.associations?.compactMap(\.gatewayId) ?? [] },
        ],
        filters: [
            "association.main": { $0.associations?.map { $0.main?.text } ?? [] },
            "association.gateway-id": { $0.associations?.map(\.gatewayId) ?? [] },
            "association.route-table-association-id": { $0.associations?.map(\.routeTableAssociationId) ?? [] },
            "association.route-table-id": { $0.associations?.map(\.routeTableId) ?? [] },
            "association.subnet-id": { $0.associations?.map(\.subnetId) ?? [] },
        ]
    ).owned(by: \.ownerId)

    fileprivate static let mainRole = "main-of"
    fileprivate static let edgeRole = "edge"
}

extension RouteTable {
    /// Whether it is the VPC's main table, which subnets without an association use.
    var isMain: Bool { associations?.contains { $0.main == true } ?? false }
}

// MARK: Which table

extension Resource where S == RouteTable {
    /// Returns a VPC's tables in order of creation.
    func tables(of vpcId: String, _ context: Context) throws -> [Stored<RouteTable>] {
        let ids =
            try Relations.referrers(to: vpcId, kind: kind, role: "vpc", context)
            + Relations.referrers(to: vpcId, kind: kind, role: Self.mainRole, context)
        return try ids.compactMap { try find($0, context) }.sorted { $0.number < $1.number }
    }

    func main(of vpcId: String, _ context: Context) throws -> Stored<RouteTable>? {
        try Relations.referrers(to: vpcId, kind: kind, role: Self.mainRole, context).first.flatMap { try find($0, context) }
    }

    /// Returns the table that routes a subnet's packets.
    func governing(subnet: SubnetRecord, _ context: Context) throws -> Stored<RouteTable>? {
        try associated(subnet: subnet.id, context) ?? main(of: subnet.vpcId, context)
    }

    /// Returns the table with which a subnet is explicitly associated.
    func associated(subnet id: String, _ context: Context) throws -> Stored<RouteTable>? {
        try Relations.referrers(to: id, kind: kind, role: "subnet", context).first.flatMap { try find($0, context) }
    }

    /// Returns the table that routes packets from a gateway.
    func associated(gateway id: String, _ context: Context) throws -> Stored<RouteTable>? {
        try Relations.referrers(to: id, kind: kind, role: Self.edgeRole, context).first.flatMap { try find($0, context) }
    }

    /// Returns the main table of a new VPC, not yet stored.
    func main(for vpc: VpcRecord, _ context: Context) throws -> RouteTable {
        let id = context.ids.resource(kind.prefix)
        let main = RouteTableAssociation(
            main: true, routeTableAssociationId: context.ids.resource("rtbassoc"), routeTableId: id,
            associationState: RouteTableAssociationState(state: .associated))
        return RouteTable(
            associations: [main], propagatingVgws: [], routeTableId: id, routes: try vpc.localRoutes(context), vpcId: vpc.id,
            ownerId: context.account)
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createRouteTable(_ input: CreateRouteTableRequest, _ context: Context) throws -> CreateRouteTableResult {
        let vpc = try VpcRecord.get(input.vpcId, context)
        var table = try context.create(.routeTable, input) { table in
            guard try Resource.routeTable.tables(of: vpc.id, context).count < 200 else {
                throw AWSError("RouteTableLimitExceeded", "The maximum number of route tables has been reached.")
            }
            table.vpcId = vpc.id
            table.associations = []
            table.propagatingVgws = []
            table.routes = try vpc.localRoutes(context)
        }
        try RouteTargets(context).show(in: &table)
        return CreateRouteTableResult(routeTable: table, clientToken: input.clientToken)
    }

    public func deleteRouteTable(_ input: DeleteRouteTableRequest, _ context: Context) throws -> EmptyShape {
        let table = try Resource.routeTable.get(input.routeTableId, context)
        guard table.shape.associations?.isEmpty ?? true else {
            throw Resource.routeTable.kind.dependencyViolation(input.routeTableId)
        }
        for endpoint in Set(table.shape.routes?.compactMap(\.gatewayId) ?? []) {
            guard var stored = try Resource.vpcEndpoint.find(endpoint, context) else { continue }
            try stored.shape.remove(routeTables: [input.routeTableId], context)
            try Resource.vpcEndpoint.write(stored, context)
        }
        try context.delete(.routeTable, input.routeTableId)
        return EmptyShape()
    }

    public func describeRouteTables(_ input: DescribeRouteTablesRequest, _ context: Context) throws -> DescribeRouteTablesResult
    {
        let targets = RouteTargets(context)
        let page = try context.describe(.routeTable, input, ids: input.routeTableIds, named: "routeTableIds") {
            try targets.show(in: &$0)
        }
        return DescribeRouteTablesResult(routeTables: page.items, nextToken: page.nextToken)
    }
}

// MARK: Earlier states

extension Resource where S == RouteTable {
    /// Earlier versions stored route tables in their own tables, not as documents.
    static let migration = Migration(
        "ec2.route-tables-as-documents",
        """
        INSERT INTO resource (account, region, kind, id, phase, document)
        SELECT t.account, t.region, 'route-table', t.id, '', json_object(
            'Associations', json((
                SELECT json_group_array(json(item)) FROM (
                    SELECT json_object('Main', json('true'), 'RouteTableAssociationId', t.main_association_id,
                        'RouteTableId', t.id, 'AssociationState', json_object('State', 'associated')) AS item, 0 AS place
                        WHERE t.is_main
                    UNION ALL
                    SELECT json_object('Main', json('false'), 'RouteTableAssociationId', a.id, 'RouteTableId', t.id,
                        'SubnetId', a.subnet_id, 'AssociationState', json_object('State', 'associated')), a.number
                        FROM ec2_route_table_association a
                        WHERE a.account = t.account AND a.region = t.region AND a.route_table_id = t.id
                    ORDER BY place))),
            'PropagatingVgws', json('[]'), 'RouteTableId', t.id,
            'Routes', json((
                SELECT json_group_array(json(item)) FROM (
                    SELECT json_object('DestinationCidrBlock', r.destination, 'GatewayId', r.gateway_id, 'Origin', r.origin)
                        AS item FROM ec2_route r
                        WHERE r.account = t.account AND r.region = t.region AND r.route_table_id = t.id ORDER BY r.number))),
            'VpcId', t.vpc_id, 'OwnerId', t.account)
        FROM ec2_route_table t ORDER BY t.number;
        INSERT INTO relation (source, role, target, account, region)
        SELECT r.number, iif(t.is_main, '\(mainRole)', 'vpc'), t.vpc_id, t.account, t.region FROM ec2_route_table t
            JOIN resource r ON r.account = t.account AND r.region = t.region AND r.kind = 'route-table' AND r.id = t.id;
        INSERT INTO relation (source, role, target, account, region)
        SELECT r.number, 'subnet', a.subnet_id, a.account, a.region FROM ec2_route_table_association a
            JOIN resource r
            ON r.account = a.account AND r.region = a.region AND r.kind = 'route-table' AND r.id = a.route_table_id;
        DROP TABLE ec2_route_table_association;
        DROP TABLE ec2_route;
        DROP TABLE ec2_route_table
        """)

    /// Creates those earlier tables.
    static let earlierMigration = Migration(
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
}
