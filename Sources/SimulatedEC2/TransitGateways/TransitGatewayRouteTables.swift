import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-route-tables.html

extension Resource where S == TransitGatewayRouteTable {
    /// Its contents are separate documents: `CreateTransitGatewayRouteRequest`, associations, propagations.
    static let transitGatewayRouteTable = Resource(
        ResourceKind(
            "tgw-rtb", type: "transit-gateway-route-table", code: "InvalidRouteTableID",
            notFound: "Transit Gateway Route Table % was deleted or does not exist.",
            malformed: "InvalidRouteTableId.Malformed",
            conditions: { id, _ in ["ec2:transitGatewayRouteTableId": [id]] }),
        id: \.transitGatewayRouteTableId, tags: \.tags,
        refers: [.to("transit-gateway", \.transitGatewayId, .dangles)],
        life: LifeCycle(
            show: { $0.state = TransitGatewayRouteTableState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(30), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(20), isFixed: false) { table, context in
                    try Self.empty(table.transitGatewayRouteTableId ?? "", context)
                    return "deleted"
                },
                "deleted": .init(after: .hours(1), isFixed: true) { _, _ in nil },
            ], gone: ["deleted"]))

    private static func ofGateway(_ id: String, _ context: Context) throws -> [Stored<TransitGatewayRouteTable>] {
        try transitGatewayRouteTable.all(context).filter { $0.shape.transitGatewayId == id }
    }

    /// Deletes the route tables of a deleted gateway.
    static func forgetTables(of gateway: String, _ context: Context) throws {
        for table in try ofGateway(gateway, context) {
            let id = table.shape.transitGatewayRouteTableId ?? ""
            try empty(id, context)
            try transitGatewayRouteTable.forget(id, context)
        }
    }

    /// Deletes a table's contents.
    private static func empty(_ id: String, _ context: Context) throws {
        func forget<Part: Shape>(_ parts: Resource<Part>, _ table: (Part) -> String?) throws {
            for part in try parts.all(context) where table(part.shape) == id {
                try parts.forget(parts.identity(part.shape), context)
            }
        }
        try forget(Resource<TransitGatewayPropagation>.transitGatewayPropagation, \.transitGatewayRouteTableId)
        try forget(Resource<CreateTransitGatewayRouteRequest>.transitGatewayRoute) { $0.transitGatewayRouteTableId }
        try forget(
            Resource<TransitGatewayPrefixListReference>.transitGatewayPrefixListReference, \.transitGatewayRouteTableId)
    }

    /// Marks the default tables for the association and propagation of new attachments.
    static func mark(of gateway: String, association: String?, propagation: String?, _ context: Context) throws {
        for var table in try ofGateway(gateway, context) {
            let id = table.shape.transitGatewayRouteTableId
            table.shape.defaultAssociationRouteTable = id == association
            table.shape.defaultPropagationRouteTable = id == propagation
            try transitGatewayRouteTable.write(table, context)
        }
    }
}

extension EC2Simulation {
    public func createTransitGatewayRouteTable(
        _ input: CreateTransitGatewayRouteTableRequest, _ context: Context
    ) throws -> CreateTransitGatewayRouteTableResult {
        _ = try Resource.transitGateway.usable(input.transitGatewayId, context)
        let others = try Resource.transitGatewayRouteTable.all(context).count {
            $0.shape.transitGatewayId == input.transitGatewayId && $0.phase != "deleted"
        }
        // AWS's default quota; its error is assumed.
        guard others < 20 else {
            throw AWSError(
                "TransitGatewayRouteTableLimitExceeded",
                "The maximum number of route tables has been reached for \(input.transitGatewayId).")
        }
        let table = try context.create(.transitGatewayRouteTable, input) { table in
            table.transitGatewayId = input.transitGatewayId
            table.defaultAssociationRouteTable = false
            table.defaultPropagationRouteTable = false
            table.creationTime = context.now.wholeSecond
        }
        return CreateTransitGatewayRouteTableResult(transitGatewayRouteTable: table)
    }

    public func deleteTransitGatewayRouteTable(
        _ input: DeleteTransitGatewayRouteTableRequest, _ context: Context
    ) throws -> DeleteTransitGatewayRouteTableResult {
        let id = input.transitGatewayRouteTableId
        let table = try Resource.transitGatewayRouteTable.present(id, context).shape
        // Assumed: both error codes and messages.
        guard table.defaultAssociationRouteTable != true, table.defaultPropagationRouteTable != true else {
            throw AWSError("IncorrectState", "\(id) is a default route table of \(table.transitGatewayId ?? "").")
        }
        let associations = try Resource.transitGatewayAssociation.all(context).filter {
            $0.shape.transitGatewayRouteTableId == id
        }
        guard associations.isEmpty else { throw AWSError("IncorrectState", "\(id) has non-deleted associations.") }
        return DeleteTransitGatewayRouteTableResult(
            transitGatewayRouteTable: try context.delete(.transitGatewayRouteTable, id))
    }

    public func describeTransitGatewayRouteTables(
        _ input: DescribeTransitGatewayRouteTablesRequest, _ context: Context
    ) throws -> DescribeTransitGatewayRouteTablesResult {
        let page = try context.describe(
            .transitGatewayRouteTable, input, ids: input.transitGatewayRouteTableIds, named: "transitGatewayRouteTableIds")
        return DescribeTransitGatewayRouteTablesResult(transitGatewayRouteTables: page.items, nextToken: page.nextToken)
    }
}
