import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-prefix-lists.html

extension Resource where S == TransitGatewayPrefixListReference {
    static let transitGatewayPrefixListReference = Resource(
        ResourceKind("tgw-prefix-list", type: "transit-gateway-prefix-list-reference", code: "", notFound: ""),
        identity: { identity($0.transitGatewayRouteTableId ?? "", $0.prefixListId ?? "") },
        refers: [.to("prefix-list", \.prefixListId)],
        life: LifeCycle(
            show: { $0.state = TransitGatewayPrefixListReferenceState(rawValue: $1) }, initial: "pending",
            deleting: "deleting",
            steps: [
                "pending": .init(after: .seconds(5), isFixed: false) { _, _ in "available" },
                "modifying": .init(after: .seconds(5), isFixed: false) { _, _ in "available" },
                "deleting": .init(after: .seconds(5), isFixed: false) { _, _ in nil },
            ], gone: []))

    static func identity(_ table: String, _ list: String) -> String { "\(table) \(list)" }

    fileprivate func having(_ table: String, _ list: String, _ context: Context) throws
        -> Stored<TransitGatewayPrefixListReference>
    {
        _ = try Resource<TransitGatewayRouteTable>.transitGatewayRouteTable.present(table, context)
        guard let stored = try find(Self.identity(table, list), context), stored.phase != "deleting" else {
            throw AWSError(
                "InvalidPrefixListReference.NotFound",  // assumed
                "Prefix list \(list) is not referenced by Transit Gateway Route Table \(table).")
        }
        return stored
    }
}

extension EC2Simulation {
    public func createTransitGatewayPrefixListReference(
        _ input: CreateTransitGatewayPrefixListReferenceRequest, _ context: Context
    ) throws -> CreateTransitGatewayPrefixListReferenceResult {
        let table = input.transitGatewayRouteTableId
        let attachment = try Self.leading(
            to: input.transitGatewayAttachmentId, blackhole: input.blackhole, from: table, context)
        try ManagedPrefixList.require(input.prefixListId, context)
        let resource = Resource.transitGatewayPrefixListReference
        let identity = Resource<TransitGatewayPrefixListReference>.identity(table, input.prefixListId)
        guard try resource.find(identity, context) == nil else {
            throw AWSError(
                "DuplicatePrefixListReference",  // assumed
                "Prefix list \(input.prefixListId) is already referenced by Transit Gateway Route Table \(table).")
        }
        let made = try resource.place(
            TransitGatewayPrefixListReference(
                transitGatewayRouteTableId: table, prefixListId: input.prefixListId,
                prefixListOwnerId: AWSPrefixList.find(input.prefixListId, context.region) == nil ? context.account : "AWS",
                blackhole: attachment == nil, transitGatewayAttachment: attachment?.ofReference), context)
        return CreateTransitGatewayPrefixListReferenceResult(transitGatewayPrefixListReference: made.shape)
    }

    public func modifyTransitGatewayPrefixListReference(
        _ input: ModifyTransitGatewayPrefixListReferenceRequest, _ context: Context
    ) throws -> ModifyTransitGatewayPrefixListReferenceResult {
        let resource = Resource.transitGatewayPrefixListReference
        var stored = try resource.having(input.transitGatewayRouteTableId, input.prefixListId, context)
        let attachment = try Self.leading(
            to: input.transitGatewayAttachmentId, blackhole: input.blackhole, from: input.transitGatewayRouteTableId, context)
        stored.shape.blackhole = attachment == nil
        stored.shape.transitGatewayAttachment = attachment?.ofReference
        try resource.move(&stored, to: "modifying", at: context.now, context)
        return ModifyTransitGatewayPrefixListReferenceResult(transitGatewayPrefixListReference: stored.shape)
    }

    public func deleteTransitGatewayPrefixListReference(
        _ input: DeleteTransitGatewayPrefixListReferenceRequest, _ context: Context
    ) throws -> DeleteTransitGatewayPrefixListReferenceResult {
        let resource = Resource.transitGatewayPrefixListReference
        var stored = try resource.having(input.transitGatewayRouteTableId, input.prefixListId, context)
        try resource.move(&stored, to: "deleting", at: context.now, context)
        return DeleteTransitGatewayPrefixListReferenceResult(transitGatewayPrefixListReference: stored.shape)
    }

    public func getTransitGatewayPrefixListReferences(
        _ input: GetTransitGatewayPrefixListReferencesRequest, _ context: Context
    ) throws -> GetTransitGatewayPrefixListReferencesResult {
        let table = input.transitGatewayRouteTableId
        _ = try Resource.transitGatewayRouteTable.present(table, context)
        let page = try context.parts(
            .transitGatewayPrefixListReference, input,
            filters: [
                "attachment.resource-id": { [$0.transitGatewayAttachment?.resourceId] },
                "attachment.resource-type": { [$0.transitGatewayAttachment?.resourceType?.rawValue] },
                "attachment.transit-gateway-attachment-id": { [$0.transitGatewayAttachment?.transitGatewayAttachmentId] },
                "is-blackhole": { [$0.blackhole?.text] },
            ]
        ) { (reference: TransitGatewayPrefixListReference) -> TransitGatewayPrefixListReference? in
            reference.transitGatewayRouteTableId == table ? reference : nil
        }
        return GetTransitGatewayPrefixListReferencesResult(
            transitGatewayPrefixListReferences: page.items, nextToken: page.nextToken)
    }
}

extension TransitGatewayAttachment {
    fileprivate var ofReference: TransitGatewayPrefixListAttachment {
        TransitGatewayPrefixListAttachment(
            transitGatewayAttachmentId: transitGatewayAttachmentId, resourceType: resourceType, resourceId: resourceId)
    }
}
