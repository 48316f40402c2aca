import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-peering.html

extension Resource where S == TransitGatewayPeeringAttachment {
    /// The data that only a peering has: both gateways. Each end has its own document.
    static let transitGatewayPeeringDetails = Resource(
        ResourceKind("tgw-peering-details", type: "transit-gateway-peering-details", code: "", notFound: ""),
        identity: { $0.transitGatewayAttachmentId ?? "" }, refers: [])
}

extension PeeringTgwInfo {
    /// The account and region of this end.
    func home(_ context: Context) -> Context { context.within(account: ownerId, region: region) }
    fileprivate func isAt(_ context: Context) -> Bool { ownerId == context.account && region == context.region }
}

extension TransitGatewayPeeringAttachment {
    fileprivate func isWithinOnePlace(_ context: Context) -> Bool {
        requesterTgwInfo?.isAt(context) == true && accepterTgwInfo?.isAt(context) == true
    }

    /// The accepter's attachment: the same id, or one of its own if both ends have the same account and region (assumed).
    var accepterId: String { accepterTransitGatewayAttachmentId ?? transitGatewayAttachmentId ?? "" }
    var requesterId: String { transitGatewayAttachmentId ?? "" }
}

extension Resource where S == TransitGatewayPeeringAttachment {
    /// Returns the peering of which an attachment is an end.
    func having(_ id: String, _ context: Context) throws -> TransitGatewayPeeringAttachment? {
        if let own = try find(id, context)?.shape { return own }
        return try all(context).first { $0.shape.accepterTransitGatewayAttachmentId == id }?.shape
    }
}

extension TransitGatewayAttachment {
    /// Returns the other end of a peering, and its context.
    func peer(_ context: Context) throws -> (attachment: Stored<TransitGatewayAttachment>, context: Context)? {
        guard let id = transitGatewayAttachmentId, resourceType == .peering,
            let peering = try Resource.transitGatewayPeeringDetails.having(id, context)
        else { return nil }
        let isRequester = transitGatewayId == peering.requesterTgwInfo?.transitGatewayId
        guard let info = isRequester ? peering.accepterTgwInfo : peering.requesterTgwInfo else { return nil }
        let there = info.home(context)
        return try Resource.transitGatewayAttachment.find(isRequester ? peering.accepterId : peering.requesterId, there)
            .map { ($0, there) }
    }

    /// Delivers the request to the other gateway, or fails.
    mutating func reachPeer(_ context: Context) throws -> String {
        guard let id = transitGatewayAttachmentId,
            let peering = try Resource.transitGatewayPeeringDetails.find(id, context)?.shape,
            let accepter = peering.accepterTgwInfo
        else { return "failed" }
        let there = accepter.home(context)
        guard let gateway = try Resource.transitGateway.find(accepter.transitGatewayId ?? "", there),
            gateway.phase == "available"
        else { return "failed" }
        var other = TransitGatewayAttachment(
            transitGatewayAttachmentId: peering.accepterId, transitGatewayId: accepter.transitGatewayId,
            transitGatewayOwnerId: accepter.ownerId, resourceOwnerId: peering.requesterTgwInfo?.ownerId,
            resourceType: .peering, resourceId: transitGatewayId)
        other.creationTime = context.now.wholeSecond
        try Resource.transitGatewayAttachment.place(other, phase: "pendingAcceptance", there)
        if !peering.isWithinOnePlace(context) {
            try Resource.transitGatewayPeeringDetails.insert(peering, phase: "", there)
        }
        return "pendingAcceptance"
    }
}

extension Stored where S == TransitGatewayAttachment {
    fileprivate func asPeering(_ tags: [Tag], _ context: Context) throws -> TransitGatewayPeeringAttachment? {
        guard let id = shape.transitGatewayAttachmentId,
            var shown = try Resource.transitGatewayPeeringDetails.having(id, context)
        else { return nil }
        shown.transitGatewayAttachmentId = id
        shown.state = shape.state
        let code = shape.state?.rawValue ?? ""
        shown.status = PeeringAttachmentStatus(code: code, message: code == "failed" ? "The request failed or expired" : nil)
        shown.creationTime = shape.creationTime
        shown.tags = tags
        return shown
    }

    fileprivate func asPeering(_ context: Context) throws -> TransitGatewayPeeringAttachment? {
        let id = shape.transitGatewayAttachmentId ?? ""
        return try asPeering(TagIndex(of: [id], context)[id], context)
    }

    /// Moves both ends to another state.
    fileprivate mutating func moveBoth(to phase: String, _ context: Context) throws {
        let resource = Resource.transitGatewayAttachment
        if let (found, there) = try shape.peer(context), !resource.life.gone.contains(found.phase) {
            var other = found
            try resource.move(&other, to: phase, at: context.now, there)
        }
        try resource.move(&self, to: phase, at: context.now, context)
    }
}

extension EC2Simulation {
    public func createTransitGatewayPeeringAttachment(
        _ input: CreateTransitGatewayPeeringAttachmentRequest, _ context: Context
    ) throws -> CreateTransitGatewayPeeringAttachmentResult {
        let gateway = try Resource.transitGateway.usable(input.transitGatewayId, context).shape
        try Resource.transitGateway.kind.check(input.peerTransitGatewayId)
        guard input.peerAccountId.isAccountId else {
            throw AWSError.invalidValue(input.peerAccountId, for: "peerAccountId")
        }
        guard input.peerRegion == context.region || AWSRegion.named(input.peerRegion) != nil else {
            throw AWSError.invalidValue(input.peerRegion, for: "peerRegion", "It is not a valid region.")
        }
        guard input.peerTransitGatewayId != input.transitGatewayId else {
            throw AWSError("InvalidParameterValue", "A transit gateway cannot be peered with itself.")
        }
        if input.options?.dynamicRouting == .enable {
            throw AWSError.notSimulated("ec2", "CreateTransitGatewayPeeringAttachment with dynamic routing")
        }
        if input.options?.allowMultipathResilience != nil || input.options?.multipathResilienceMode != nil {
            throw AWSError.notSimulated("ec2", "CreateTransitGatewayPeeringAttachment with multipath resilience")
        }
        let present = try Resource.transitGatewayAttachment.ofGateway(input.transitGatewayId, context)
        guard
            !present.contains(where: {
                $0.shape.resourceType == .peering && $0.shape.resourceId == input.peerTransitGatewayId
            })
        else {
            throw AWSError(
                "DuplicateTransitGatewayAttachment",
                "\(input.transitGatewayId) has non-deleted Transit Gateway Attachments with same peer transit gateway.")
        }
        // Does not use `create`: a peering starts in another state than a VPC attachment, and AWS checks the peer later.
        let resource = Resource.transitGatewayAttachment
        let tags = try TagSpecifications(input.tagSpecifications, allowed: resource.kind)
        let id = context.ids.resource(resource.kind.prefix)
        let isHere = input.peerAccountId == context.account && input.peerRegion == context.region
        var attachment = TransitGatewayAttachment(
            transitGatewayAttachmentId: id, transitGatewayId: input.transitGatewayId, transitGatewayOwnerId: gateway.ownerId,
            resourceOwnerId: input.peerAccountId, resourceType: .peering, resourceId: input.peerTransitGatewayId)
        attachment.creationTime = context.now.wholeSecond
        try Resource.transitGatewayPeeringDetails.insert(
            TransitGatewayPeeringAttachment(
                transitGatewayAttachmentId: id,
                accepterTransitGatewayAttachmentId: isHere ? context.ids.resource(resource.kind.prefix) : nil,
                requesterTgwInfo: PeeringTgwInfo(
                    transitGatewayId: input.transitGatewayId, ownerId: context.account, region: context.region),
                accepterTgwInfo: PeeringTgwInfo(
                    transitGatewayId: input.peerTransitGatewayId, ownerId: input.peerAccountId, region: input.peerRegion)),
            phase: "", context)
        let stored = try resource.place(attachment, phase: "initiatingRequest", context)
        try tags.apply(resource.kind, to: id, context)
        return CreateTransitGatewayPeeringAttachmentResult(
            transitGatewayPeeringAttachment: try stored.asPeering(context))
    }

    /// Returns the attachment if the caller is the accepter, in the accepter's region.
    private static func asAccepter(_ id: String, _ context: Context) throws -> Stored<TransitGatewayAttachment> {
        let stored = try context.attachment(id, of: .peering, in: ["pendingAcceptance"])
        let peering = try Resource.transitGatewayPeeringDetails.having(id, context)
        guard peering?.accepterTgwInfo?.isAt(context) == true else {
            throw AWSError(
                "OperationNotPermitted", "Transit Gateway Attachment \(id) can only be accepted or rejected by its accepter.")
        }
        return stored
    }

    public func acceptTransitGatewayPeeringAttachment(
        _ input: AcceptTransitGatewayPeeringAttachmentRequest, _ context: Context
    ) throws -> AcceptTransitGatewayPeeringAttachmentResult {
        var stored = try Self.asAccepter(input.transitGatewayAttachmentId, context)
        try stored.moveBoth(to: "pending", context)
        return AcceptTransitGatewayPeeringAttachmentResult(
            transitGatewayPeeringAttachment: try stored.asPeering(context))
    }

    public func rejectTransitGatewayPeeringAttachment(
        _ input: RejectTransitGatewayPeeringAttachmentRequest, _ context: Context
    ) throws -> RejectTransitGatewayPeeringAttachmentResult {
        var stored = try Self.asAccepter(input.transitGatewayAttachmentId, context)
        try stored.moveBoth(to: "rejected", context)
        return RejectTransitGatewayPeeringAttachmentResult(
            transitGatewayPeeringAttachment: try stored.asPeering(context))
    }

    public func deleteTransitGatewayPeeringAttachment(
        _ input: DeleteTransitGatewayPeeringAttachmentRequest, _ context: Context
    ) throws -> DeleteTransitGatewayPeeringAttachmentResult {
        var stored = try context.attachment(
            input.transitGatewayAttachmentId, of: .peering,
            in: ["available", "pending", "modifying", "pendingAcceptance", "initiatingRequest"])
        try stored.moveBoth(to: "deleting", context)
        return DeleteTransitGatewayPeeringAttachmentResult(
            transitGatewayPeeringAttachment: try stored.asPeering(context))
    }

    public func describeTransitGatewayPeeringAttachments(
        _ input: DescribeTransitGatewayPeeringAttachmentsRequest, _ context: Context
    ) throws -> DescribeTransitGatewayPeeringAttachmentsResult {
        let account = context.account, region = context.region
        let remote: @Sendable (TransitGatewayPeeringAttachment) -> [String?] = { peering in
            let ends = [peering.requesterTgwInfo, peering.accepterTgwInfo]
            let others = ends.filter { $0?.ownerId != account || $0?.region != region }
            return (others.isEmpty ? ends : others).map { $0?.ownerId }
        }
        let page = try context.attachments(
            of: .peering, input, ids: input.transitGatewayAttachmentIds,
            filters: FilterTable<TransitGatewayPeeringAttachment>(
                [
                    "local-owner-id": { _ in [account] }, "remote-owner-id": remote,
                    // Matches the gateway of either end.
                    "transit-gateway-id": { [$0.requesterTgwInfo?.transitGatewayId, $0.accepterTgwInfo?.transitGatewayId] },
                ], tags: { $0.tags })
        ) { try $0.asPeering($1, context) }
        return DescribeTransitGatewayPeeringAttachmentsResult(
            transitGatewayPeeringAttachments: page.items, nextToken: page.nextToken)
    }
}
