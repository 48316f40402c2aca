import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-connect.html

extension Resource where S == TransitGatewayConnect {
    /// The members that only Connect attachments have: the transport attachment and the protocol.
    static let transitGatewayConnectDetails = Resource(
        ResourceKind("tgw-connect-details", type: "transit-gateway-connect-details", code: "", notFound: ""),
        identity: { $0.transitGatewayAttachmentId ?? "" }, refers: [])
}

extension Stored where S == TransitGatewayAttachment {
    fileprivate func asConnect(_ tags: [Tag], _ context: Context) throws -> TransitGatewayConnect? {
        let id = shape.transitGatewayAttachmentId ?? ""
        guard var shown = try Resource.transitGatewayConnectDetails.find(id, context)?.shape else { return nil }
        shown.transitGatewayId = shape.transitGatewayId
        shown.state = shape.state
        shown.creationTime = shape.creationTime
        shown.tags = tags
        return shown
    }

    fileprivate func asConnect(_ context: Context) throws -> TransitGatewayConnect? {
        let id = shape.transitGatewayAttachmentId ?? ""
        return try asConnect(TagIndex(of: [id], context)[id], context)
    }
}

extension EC2Simulation {
    public func createTransitGatewayConnect(
        _ input: CreateTransitGatewayConnectRequest, _ context: Context
    ) throws -> CreateTransitGatewayConnectResult {
        let transport = input.transportTransitGatewayAttachmentId
        let carrier = try context.attachment(transport, of: .vpc, in: ["available"]).shape
        let made = try context.create(.transitGatewayAttachment, input) { attachment in
            attachment.transitGatewayId = carrier.transitGatewayId
            attachment.transitGatewayOwnerId = carrier.transitGatewayOwnerId
            attachment.resourceOwnerId = context.account
            attachment.resourceType = .connect
            attachment.resourceId = transport
            attachment.creationTime = context.now.wholeSecond
            try Resource.transitGatewayConnectDetails.insert(
                TransitGatewayConnect(
                    transitGatewayAttachmentId: attachment.transitGatewayAttachmentId,
                    transportTransitGatewayAttachmentId: transport, options: .init(protocol: input.options.protocol)),
                phase: "", context)
        }
        let stored = try Resource.transitGatewayAttachment.get(made.transitGatewayAttachmentId ?? "", context)
        return CreateTransitGatewayConnectResult(transitGatewayConnect: try stored.asConnect(context))
    }

    public func deleteTransitGatewayConnect(
        _ input: DeleteTransitGatewayConnectRequest, _ context: Context
    ) throws -> DeleteTransitGatewayConnectResult {
        let id = input.transitGatewayAttachmentId
        _ = try context.attachment(id, of: .connect, in: ["available", "modifying", "pending"])
        try context.delete(.transitGatewayAttachment, id)
        let stored = try Resource.transitGatewayAttachment.get(id, context)
        return DeleteTransitGatewayConnectResult(transitGatewayConnect: try stored.asConnect(context))
    }

    public func describeTransitGatewayConnects(
        _ input: DescribeTransitGatewayConnectsRequest, _ context: Context
    ) throws -> DescribeTransitGatewayConnectsResult {
        let page = try context.attachments(
            of: .connect, input, ids: input.transitGatewayAttachmentIds,
            filters: FilterTable<TransitGatewayConnect>(tags: { $0.tags })
        ) { try $0.asConnect($1, context) }
        return DescribeTransitGatewayConnectsResult(transitGatewayConnects: page.items, nextToken: page.nextToken)
    }
}
