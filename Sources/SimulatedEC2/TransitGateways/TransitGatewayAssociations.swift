import AWSCore
import EC2API
import SimulatorCore

// Associations: the route table for packets from an attachment. Propagations: the tables that learn the attachment's routes.

extension Resource where S == TransitGatewayAssociation {
    /// An attachment has at most one association, so the attachment's id is the key.
    static let transitGatewayAssociation = Resource(
        ResourceKind("tgw-association", type: "transit-gateway-association", code: "", notFound: ""),
        identity: { $0.transitGatewayAttachmentId ?? "" }, refers: [],
        life: .association(\.state))
}

extension LifeCycle {
    /// The life of an association of an attachment with a table. AWS documents no durations; they are assumed.
    static func association(
        _ path: any WritableKeyPath<S, TransitGatewayAssociationState?> & Sendable
    ) -> LifeCycle {
        LifeCycle(
            show: { $0[keyPath: path] = TransitGatewayAssociationState(rawValue: $1) }, initial: "associating",
            deleting: "disassociating",
            steps: [
                "associating": .init(after: .seconds(20), isFixed: false) { _, _ in "associated" },
                "disassociating": .init(after: .seconds(20), isFixed: false) { _, _ in nil },
            ], gone: [])
    }
}

extension Resource where S == TransitGatewayPropagation {
    static let transitGatewayPropagation = Resource(
        ResourceKind("tgw-propagation", type: "transit-gateway-propagation", code: "", notFound: ""),
        identity: { identity($0.transitGatewayRouteTableId ?? "", $0.transitGatewayAttachmentId ?? "") }, refers: [],
        life: LifeCycle(
            show: { $0.state = TransitGatewayPropagationState(rawValue: $1) }, initial: "enabling", deleting: "disabling",
            steps: [
                "enabling": .init(after: .seconds(5), isFixed: false) { _, _ in "enabled" },
                "disabling": .init(after: .seconds(5), isFixed: false) { _, _ in nil },
            ], gone: []))

    static func identity(_ table: String, _ attachment: String) -> String { "\(table) \(attachment)" }
}

extension EC2Simulation {
    public func associateTransitGatewayRouteTable(
        _ input: AssociateTransitGatewayRouteTableRequest, _ context: Context
    ) throws -> AssociateTransitGatewayRouteTableResult {
        let (table, attachment) = try Self.pair(
            input.transitGatewayRouteTableId, input.transitGatewayAttachmentId, context)
        let id = input.transitGatewayAttachmentId
        guard try Resource.transitGatewayAssociation.find(id, context) == nil else {
            throw AWSError(
                "Resource.AlreadyAssociated",
                "Transit Gateway Attachment \(id) is already associated to a route table.")
        }
        let made = try Resource.transitGatewayAssociation.place(
            TransitGatewayAssociation(attachment, table: table.transitGatewayRouteTableId ?? ""), context)
        return AssociateTransitGatewayRouteTableResult(association: made.shape)
    }

    public func disassociateTransitGatewayRouteTable(
        _ input: DisassociateTransitGatewayRouteTableRequest, _ context: Context
    ) throws -> DisassociateTransitGatewayRouteTableResult {
        _ = try Self.pair(input.transitGatewayRouteTableId, input.transitGatewayAttachmentId, context)
        guard var stored = try Resource.transitGatewayAssociation.find(input.transitGatewayAttachmentId, context),
            stored.shape.transitGatewayRouteTableId == input.transitGatewayRouteTableId
        else {
            throw AWSError(
                "InvalidAssociation.NotFound",
                "Transit Gateway Attachment \(input.transitGatewayAttachmentId) is not associated with Transit Gateway Route Table \(input.transitGatewayRouteTableId)."
            )
        }
        if stored.phase != "disassociating" {
            try Resource.transitGatewayAssociation.move(&stored, to: "disassociating", at: context.now, context)
        }
        return DisassociateTransitGatewayRouteTableResult(association: stored.shape)
    }

    public func getTransitGatewayRouteTableAssociations(
        _ input: GetTransitGatewayRouteTableAssociationsRequest, _ context: Context
    ) throws -> GetTransitGatewayRouteTableAssociationsResult {
        let id = input.transitGatewayRouteTableId
        _ = try Resource.transitGatewayRouteTable.present(id, context)
        let page = try context.parts(.transitGatewayAssociation, input) { association in
            association.transitGatewayRouteTableId != id
                ? nil
                : TransitGatewayRouteTableAssociation(
                    transitGatewayAttachmentId: association.transitGatewayAttachmentId, resourceId: association.resourceId,
                    resourceType: association.resourceType, state: association.state)
        }
        return GetTransitGatewayRouteTableAssociationsResult(associations: page.items, nextToken: page.nextToken)
    }

    /// Returns a route table and an attachment of the same gateway.
    static func pair(
        _ table: String, _ attachment: String, _ context: Context
    ) throws -> (TransitGatewayRouteTable, TransitGatewayAttachment) {
        let table = try Resource.transitGatewayRouteTable.present(table, context).shape
        let found = try Resource.transitGatewayAttachment.present(attachment, context)
        guard found.shape.transitGatewayId == table.transitGatewayId else {
            throw AWSError(
                "InvalidParameterValue",
                "Transit Gateway Route Table \(table.transitGatewayRouteTableId ?? "") and Transit Gateway Attachment \(attachment) belong to different transit gateways."
            )
        }
        guard ["available", "modifying"].contains(found.phase) else {
            throw AWSError("IncorrectState", "\(attachment) is in invalid state")
        }
        return (table, found.shape)
    }
}

extension TransitGatewayAssociation {
    init(_ attachment: TransitGatewayAttachment, table: String) {
        self.init(
            transitGatewayRouteTableId: table, transitGatewayAttachmentId: attachment.transitGatewayAttachmentId,
            resourceId: attachment.resourceId, resourceType: attachment.resourceType)
    }
}

extension TransitGatewayPropagation {
    init(_ attachment: TransitGatewayAttachment, table: String) {
        self.init(
            transitGatewayAttachmentId: attachment.transitGatewayAttachmentId, resourceId: attachment.resourceId,
            resourceType: attachment.resourceType, transitGatewayRouteTableId: table)
    }
}

// MARK: Propagation

extension EC2Simulation {
    public func enableTransitGatewayRouteTablePropagation(
        _ input: EnableTransitGatewayRouteTablePropagationRequest, _ context: Context
    ) throws -> EnableTransitGatewayRouteTablePropagationResult {
        let id = try Self.propagating(
            input.transitGatewayAttachmentId, announcement: input.transitGatewayRouteTableAnnouncementId, context)
        let (_, attachment) = try Self.pair(input.transitGatewayRouteTableId, id, context)
        // AWS knows routes to another gateway only as static routes.
        guard attachment.resourceType != .peering else {
            throw AWSError(
                "InvalidParameterValue", "Transit Gateway Attachment \(id) of type peering does not support propagation.")
        }
        let resource = Resource.transitGatewayPropagation
        let identity = Resource<TransitGatewayPropagation>.identity(input.transitGatewayRouteTableId, id)
        guard try resource.find(identity, context) == nil else {
            throw AWSError(
                "TransitGatewayRouteTablePropagation.Duplicate",
                "Propagation \(id) already exists in Transit Gateway Route Table \(input.transitGatewayRouteTableId).")
        }
        let made = try resource.place(
            TransitGatewayPropagation(attachment, table: input.transitGatewayRouteTableId), context)
        return EnableTransitGatewayRouteTablePropagationResult(propagation: made.shape)
    }

    public func disableTransitGatewayRouteTablePropagation(
        _ input: DisableTransitGatewayRouteTablePropagationRequest, _ context: Context
    ) throws -> DisableTransitGatewayRouteTablePropagationResult {
        let id = try Self.propagating(
            input.transitGatewayAttachmentId, announcement: input.transitGatewayRouteTableAnnouncementId, context)
        _ = try Resource.transitGatewayRouteTable.present(input.transitGatewayRouteTableId, context)
        try Resource.transitGatewayAttachment.kind.check(id)
        let resource = Resource.transitGatewayPropagation
        let identity = Resource<TransitGatewayPropagation>.identity(input.transitGatewayRouteTableId, id)
        guard var stored = try resource.find(identity, context) else {
            throw AWSError(
                "TransitGatewayRouteTablePropagation.NotFound",
                "Propagation \(id) does not exist in Transit Gateway Route Table \(input.transitGatewayRouteTableId).")
        }
        if stored.phase != "disabling" { try resource.move(&stored, to: "disabling", at: context.now, context) }
        return DisableTransitGatewayRouteTablePropagationResult(propagation: stored.shape)
    }

    private static func propagating(_ attachment: String?, announcement: String?, _ context: Context) throws -> String {
        if announcement?.orNil != nil {
            throw AWSError.notSimulated("ec2", "\(context.operation) of a route table announcement")
        }
        guard let attachment = attachment.flatMap(\.orNil) else {
            throw AWSError.missingParameter("transitGatewayAttachmentId")
        }
        return attachment
    }

    public func getTransitGatewayRouteTablePropagations(
        _ input: GetTransitGatewayRouteTablePropagationsRequest, _ context: Context
    ) throws -> GetTransitGatewayRouteTablePropagationsResult {
        let id = input.transitGatewayRouteTableId
        _ = try Resource.transitGatewayRouteTable.present(id, context)
        let page = try context.parts(.transitGatewayPropagation, input) { propagation in
            propagation.transitGatewayRouteTableId != id
                ? nil
                : TransitGatewayRouteTablePropagation(
                    transitGatewayAttachmentId: propagation.transitGatewayAttachmentId, resourceId: propagation.resourceId,
                    resourceType: propagation.resourceType, state: propagation.state)
        }
        return GetTransitGatewayRouteTablePropagationsResult(
            transitGatewayRouteTablePropagations: page.items, nextToken: page.nextToken)
    }

    public func getTransitGatewayAttachmentPropagations(
        _ input: GetTransitGatewayAttachmentPropagationsRequest, _ context: Context
    ) throws -> GetTransitGatewayAttachmentPropagationsResult {
        let id = input.transitGatewayAttachmentId
        _ = try Resource.transitGatewayAttachment.present(id, context)
        let page = try context.parts(.transitGatewayPropagation, input) { propagation in
            propagation.transitGatewayAttachmentId != id
                ? nil
                : TransitGatewayAttachmentPropagation(
                    transitGatewayRouteTableId: propagation.transitGatewayRouteTableId, state: propagation.state)
        }
        return GetTransitGatewayAttachmentPropagationsResult(
            transitGatewayAttachmentPropagations: page.items, nextToken: page.nextToken)
    }
}

extension Context {
    /// Returns a page of the parts of another resource, as that resource's operation shows them.
    /// - Parameter show: returns nil for parts of other resources.
    func parts<S: Shape, P: Shape>(
        _ resource: Resource<S>, _ input: some Shape, filters: [String: @Sendable (P) -> [String?]] = [:],
        _ show: (S) throws -> P?
    ) throws -> Page<P> {
        let paging = try Paging(input, self)
        let test = try FilterTable<P>(filters).predicate((input as? any FilteredInput)?.filters, self)
        let shown = try resource.all(self).compactMap { stored in
            try show(stored.shape).map { (number: stored.number, shape: $0) }
        }
        let page = try paging.page(shown.filter { test($0.shape) }) { .number($0.number) }
        return Page(items: page.items.map(\.shape), nextToken: page.nextToken)
    }
}
