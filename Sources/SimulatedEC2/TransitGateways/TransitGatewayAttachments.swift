import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/working-with-transit-gateways.html

extension Resource where S == TransitGatewayAttachment {
    /// All types of attachments share ids, tags and states. Data of only one type is in a separate document.
    static let transitGatewayAttachment = Resource(
        ResourceKind(
            "tgw-attach", type: "transit-gateway-attachment", code: "InvalidTransitGatewayAttachmentID",
            notFound: "Transit Gateway Attachment % was deleted or does not exist.",
            conditions: { id, _ in ["ec2:transitGatewayAttachmentId": [id]] }),
        id: \.transitGatewayAttachmentId, tags: \.tags,
        refers: [
            .to("transit-gateway", \.transitGatewayId),
            .toEach("vpc") { $0.resourceType == .vpc ? $0.resourceId.map { [$0] } ?? [] : [] },
            // The transport attachment of a Connect attachment.
            .toEach("transit-gateway-attachment") { $0.resourceType == .connect ? $0.resourceId.map { [$0] } ?? [] : [] },
        ],
        // AWS documents no durations. Assumed: deleted attachments are shown for an hour.
        life: LifeCycle(
            show: { $0.state = TransitGatewayAttachmentState(rawValue: $1) }, initial: "pending", deleting: "deleting",
            steps: [
                "initiatingRequest": .init(after: .seconds(5), isFixed: false) { try $0.reachPeer($1) },
                "pendingAcceptance": .init(after: .days(7), isFixed: true) { _, _ in "failed" },
                "pending": .init(after: .seconds(60), isFixed: false) {
                    try $0.arrive($1)
                    return "available"
                },
                "modifying": .init(after: .seconds(30), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(45), isFixed: false) {
                    try $0.leave($1)
                    return "deleted"
                },
                "deleted": .init(after: .hours(1), isFixed: true) { try $0.vanish($1) },
                "failed": .init(after: .hours(1), isFixed: true) { try $0.vanish($1) },
                "rejected": .init(after: .hours(1), isFixed: true) { try $0.vanish($1) },
            ], gone: ["deleted", "failed", "rejected"]))

    /// Returns a gateway's attachments that are not deleted.
    func ofGateway(_ id: String, _ context: Context) throws -> [Stored<TransitGatewayAttachment>] {
        try remaining(context).filter { $0.shape.transitGatewayId == id }
    }
}

extension TransitGatewayAttachment {
    /// Associates the attachment with the gateway's default table, and enables propagation to it.
    fileprivate func arrive(_ context: Context) throws {
        guard let id = transitGatewayAttachmentId,
            let options = try Resource.transitGateway.find(transitGatewayId ?? "", context)?.shape.options
        else { return }
        if let table = options.associationDefaultRouteTableId,
            try Resource.transitGatewayAssociation.find(id, context) == nil
        {
            try Resource.transitGatewayAssociation.place(
                TransitGatewayAssociation(self, table: table), phase: "associated", context)
        }
        if let table = options.propagationDefaultRouteTableId, resourceType != .peering {
            let identity = Resource<TransitGatewayPropagation>.identity(table, id)
            if try Resource.transitGatewayPropagation.find(identity, context) == nil {
                try Resource.transitGatewayPropagation.place(
                    TransitGatewayPropagation(self, table: table), phase: "enabled", context)
            }
        }
    }

    /// Deletes its interfaces, association and propagations. Static routes to it stay, as blackholes.
    func leave(_ context: Context) throws {
        guard let id = transitGatewayAttachmentId else { return }
        for interface in try NetworkInterfaceRecord.all(context, "AND requester = ?", [id]) { try interface.remove(context) }
        try Resource.transitGatewayAssociation.forget(id, context)
        for propagation in try Resource.transitGatewayPropagation.all(context)
        where propagation.shape.transitGatewayAttachmentId == id {
            try Resource.transitGatewayPropagation.forget(
                Resource.transitGatewayPropagation.identity(propagation.shape), context)
        }
    }

    /// Deletes the data of its type.
    fileprivate func vanish(_ context: Context) throws -> String? {
        guard let id = transitGatewayAttachmentId else { return nil }
        try Resource.transitGatewayVpcDetails.forget(id, context)
        try Resource.transitGatewayPeeringDetails.forget(id, context)
        try Resource.transitGatewayConnectDetails.forget(id, context)
        return nil
    }

    /// The attachment as routes show it.
    var ofRoute: TransitGatewayRouteAttachment {
        TransitGatewayRouteAttachment(
            resourceId: resourceId, transitGatewayAttachmentId: transitGatewayAttachmentId, resourceType: resourceType)
    }
}

extension EC2Simulation {
    public func describeTransitGatewayAttachments(
        _ input: DescribeTransitGatewayAttachmentsRequest, _ context: Context
    ) throws -> DescribeTransitGatewayAttachmentsResult {
        let page = try context.describe(
            .transitGatewayAttachment, input, ids: input.transitGatewayAttachmentIds, named: "transitGatewayAttachmentIds"
        ) {
            guard let id = $0.transitGatewayAttachmentId,
                let association = try Resource.transitGatewayAssociation.find(id, context)?.shape
            else { return }
            $0.association = TransitGatewayAttachmentAssociation(
                transitGatewayRouteTableId: association.transitGatewayRouteTableId, state: association.state)
        }
        return DescribeTransitGatewayAttachmentsResult(transitGatewayAttachments: page.items, nextToken: page.nextToken)
    }
}

extension Context {
    /// Returns a page of the attachments of one type, as that type's operations show them.
    func attachments<S: Shape>(
        of type: TransitGatewayAttachmentResourceType, _ input: some Shape, ids: [String]?, filters: FilterTable<S>,
        _ show: (Stored<TransitGatewayAttachment>, [Tag]) throws -> S?
    ) throws -> Page<S> {
        let kind = Resource.transitGatewayAttachment
        let paging = try Paging(input, ids: ids, named: "transitGatewayAttachmentIds", self)
        let all = try kind.list(ids, self)
        if let other = all.first(where: { $0.shape.resourceType != type }), ids?.isEmpty == false {
            throw kind.kind.notFound(kind.identity(other.shape))
        }
        let own = all.filter { $0.shape.resourceType == type }
        let index = try TagIndex(kind.kind, ids: own.map { kind.identity($0.shape) }, self)
        let test = try filters.predicate((input as? any FilteredInput)?.filters, self)
        let shown = try own.compactMap { stored in
            try show(stored, index[kind.identity(stored.shape)]).map { (number: stored.number, shape: $0) }
        }
        let page = try paging.page(shown.filter { test($0.shape) }) { .number($0.number) }
        return Page(items: page.items.map(\.shape), nextToken: page.nextToken)
    }

    /// Returns an attachment of one type that is in one of these states.
    func attachment(
        _ id: String, of type: TransitGatewayAttachmentResourceType, in phases: [String]
    ) throws -> Stored<TransitGatewayAttachment> {
        let stored = try Resource.transitGatewayAttachment.present(id, self)
        guard stored.shape.resourceType == type else { throw Resource.transitGatewayAttachment.kind.notFound(id) }
        guard phases.contains(stored.phase) else { throw AWSError("IncorrectState", "\(id) is in invalid state") }
        return stored
    }
}
