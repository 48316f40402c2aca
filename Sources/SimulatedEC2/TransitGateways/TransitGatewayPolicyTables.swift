import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-policy-tables.html

extension Resource where S == TransitGatewayPolicyTable {
    /// A table has no entries, because they come from Cloud WAN, which is not simulated.
    static let transitGatewayPolicyTable = Resource(
        ResourceKind(
            "tgw-ptb", type: "transit-gateway-policy-table", code: "InvalidTransitGatewayPolicyTableId",
            notFound: "Transit Gateway Policy Table % was deleted or does not exist.",
            conditions: { id, _ in ["ec2:transitGatewayPolicyTableId": [id]] }),
        id: \.transitGatewayPolicyTableId, tags: \.tags, refers: [.to("transit-gateway", \.transitGatewayId)],
        // AWS documents no durations; all are assumed. A deleted table is not shown: Terraform's provider waits for NotFound.
        life: LifeCycle(
            show: { $0.state = TransitGatewayPolicyTableState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(30), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(20), isFixed: false) { _, _ in nil },
            ], gone: []))
}

extension Resource where S == TransitGatewayPolicyTableAssociation {
    /// An attachment has at most one association, so the attachment's id is the key.
    static let transitGatewayPolicyTableAssociation = Resource(
        ResourceKind("tgw-ptb-assoc", type: "transit-gateway-policy-table-association", code: "", notFound: ""),
        identity: { $0.transitGatewayAttachmentId ?? "" },
        refers: [.to("transit-gateway-attachment", \.transitGatewayAttachmentId, .cascades)],
        life: .association(\.state))
}

extension EC2Simulation {
    public func createTransitGatewayPolicyTable(
        _ input: CreateTransitGatewayPolicyTableRequest, _ context: Context
    ) throws -> CreateTransitGatewayPolicyTableResult {
        let id = input.transitGatewayId, tables = Resource.transitGatewayPolicyTable
        _ = try Resource.transitGateway.usable(id, context)
        // AWS's quota; its error is assumed.
        guard try tables.all(context).count(where: { $0.shape.transitGatewayId == id }) < 5 else {
            throw AWSError(
                "TransitGatewayPolicyTableLimitExceeded", "The maximum number of policy tables of \(id) has been reached.")
        }
        let table = try context.create(tables, input) { table in
            table.transitGatewayId = id
            table.creationTime = context.now.wholeSecond
        }
        return CreateTransitGatewayPolicyTableResult(transitGatewayPolicyTable: table)
    }

    public func deleteTransitGatewayPolicyTable(
        _ input: DeleteTransitGatewayPolicyTableRequest, _ context: Context
    ) throws -> DeleteTransitGatewayPolicyTableResult {
        let id = input.transitGatewayPolicyTableId
        _ = try Resource.transitGatewayPolicyTable.present(id, context)
        let associations = try Resource.transitGatewayPolicyTableAssociation.all(context)
        guard !associations.contains(where: { $0.shape.transitGatewayPolicyTableId == id }) else {
            throw AWSError("IncorrectState", "\(id) has associated attachments.")  // assumed
        }
        return DeleteTransitGatewayPolicyTableResult(
            transitGatewayPolicyTable: try context.delete(.transitGatewayPolicyTable, id))
    }

    public func describeTransitGatewayPolicyTables(
        _ input: DescribeTransitGatewayPolicyTablesRequest, _ context: Context
    ) throws -> DescribeTransitGatewayPolicyTablesResult {
        let page = try context.describe(
            .transitGatewayPolicyTable, input, ids: input.transitGatewayPolicyTableIds, named: "transitGatewayPolicyTableIds")
        return DescribeTransitGatewayPolicyTablesResult(
            transitGatewayPolicyTables: page.items, nextToken: page.nextToken)
    }

    public func associateTransitGatewayPolicyTable(
        _ input: AssociateTransitGatewayPolicyTableRequest, _ context: Context
    ) throws -> AssociateTransitGatewayPolicyTableResult {
        let table = try Resource.transitGatewayPolicyTable.present(input.transitGatewayPolicyTableId, context)
        guard table.phase == "available" else {
            throw AWSError("IncorrectState", "\(input.transitGatewayPolicyTableId) is in invalid state")
        }
        let id = input.transitGatewayAttachmentId
        // AWS supports policy tables for peering attachments only.
        let attachment = try context.attachment(id, of: .peering, in: ["available"]).shape
        guard attachment.transitGatewayId == table.shape.transitGatewayId else {
            throw AWSError(
                "InvalidParameterValue",
                "\(input.transitGatewayPolicyTableId) and \(id) belong to different transit gateways.")  // assumed
        }
        guard try Resource.transitGatewayPolicyTableAssociation.find(id, context) == nil else {
            throw AWSError(
                "Resource.AlreadyAssociated", "Transit Gateway Attachment \(id) is already associated to a policy table.")
        }
        let made = try Resource.transitGatewayPolicyTableAssociation.place(
            TransitGatewayPolicyTableAssociation(
                transitGatewayPolicyTableId: input.transitGatewayPolicyTableId, transitGatewayAttachmentId: id,
                resourceId: attachment.resourceId, resourceType: attachment.resourceType), context)
        return AssociateTransitGatewayPolicyTableResult(association: made.shape)
    }

    public func disassociateTransitGatewayPolicyTable(
        _ input: DisassociateTransitGatewayPolicyTableRequest, _ context: Context
    ) throws -> DisassociateTransitGatewayPolicyTableResult {
        let id = input.transitGatewayAttachmentId, associations = Resource.transitGatewayPolicyTableAssociation
        _ = try Resource.transitGatewayPolicyTable.present(input.transitGatewayPolicyTableId, context)
        _ = try Resource.transitGatewayAttachment.present(id, context)
        guard var association = try associations.find(id, context),
            association.shape.transitGatewayPolicyTableId == input.transitGatewayPolicyTableId
        else {
            throw AWSError(
                "InvalidTransitGatewayPolicyTableAssociation.NotFound",
                "Transit Gateway Attachment \(id) is not associated with \(input.transitGatewayPolicyTableId).")
        }
        if association.phase != "disassociating" {
            try associations.move(&association, to: "disassociating", at: context.now, context)
        }
        return DisassociateTransitGatewayPolicyTableResult(association: association.shape)
    }

    public func getTransitGatewayPolicyTableAssociations(
        _ input: GetTransitGatewayPolicyTableAssociationsRequest, _ context: Context
    ) throws -> GetTransitGatewayPolicyTableAssociationsResult {
        let id = input.transitGatewayPolicyTableId
        _ = try Resource.transitGatewayPolicyTable.present(id, context)
        // Terraform's provider filters by the attachment. AWS documents no filters. Assumed: the same filters as for route
        // tables.
        let page = try context.parts(
            .transitGatewayPolicyTableAssociation, input,
            filters: [
                "resource-id": { [$0.resourceId] }, "resource-type": { [$0.resourceType?.rawValue] },
                "state": { [$0.state?.rawValue] },
                "transit-gateway-attachment-id": { [$0.transitGatewayAttachmentId] },
            ]
        ) { (association) -> TransitGatewayPolicyTableAssociation? in
            association.transitGatewayPolicyTableId == id ? association : nil
        }
        return GetTransitGatewayPolicyTableAssociationsResult(associations: page.items, nextToken: page.nextToken)
    }
}
