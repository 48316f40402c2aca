import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html

extension Resource where S == TransitGatewayVpcAttachment {
    /// The data that only VPC attachments have: subnets and options.
    static let transitGatewayVpcDetails = Resource(
        ResourceKind("tgw-vpc-details", type: "transit-gateway-vpc-details", code: "", notFound: ""),
        identity: { $0.transitGatewayAttachmentId ?? "" }, refers: [])
}

extension Stored where S == TransitGatewayAttachment {
    fileprivate func asVpc(_ tags: [Tag], _ context: Context) throws -> TransitGatewayVpcAttachment? {
        guard let id = shape.transitGatewayAttachmentId,
            var shown = try Resource.transitGatewayVpcDetails.find(id, context)?.shape
        else { return nil }
        shown.transitGatewayId = shape.transitGatewayId
        shown.vpcId = shape.resourceId
        shown.vpcOwnerId = shape.resourceOwnerId
        shown.state = shape.state
        shown.creationTime = shape.creationTime
        shown.tags = tags
        return shown
    }

    fileprivate func asVpc(_ context: Context) throws -> TransitGatewayVpcAttachment? {
        try asVpc(
            TagIndex(of: [shape.transitGatewayAttachmentId ?? ""], context)[shape.transitGatewayAttachmentId ?? ""], context)
    }
}

extension EC2Simulation {
    public func createTransitGatewayVpcAttachment(
        _ input: CreateTransitGatewayVpcAttachmentRequest, _ context: Context
    ) throws -> CreateTransitGatewayVpcAttachmentResult {
        let gateway = try Resource.transitGateway.usable(input.transitGatewayId, context).shape
        let vpc = try VpcRecord.get(input.vpcId, context)
        let subnets = try Self.attachable(input.subnetIds, in: vpc, context)
        let present = try Resource.transitGatewayAttachment.ofGateway(input.transitGatewayId, context)
        guard !present.contains(where: { $0.shape.resourceType == .vpc && $0.shape.resourceId == vpc.id }) else {
            throw AWSError(
                "DuplicateTransitGatewayAttachment",
                "\(input.transitGatewayId) has non-deleted Transit Gateway Attachments with same VPC ID.")
        }
        let given = input.options
        if given?.ipv6Support == .enable, try !vpc.hasIPv6(context) {
            throw AWSError("InvalidParameterValue", "VPC \(vpc.id) has no IPv6 CIDR block.")  // assumed
        }
        let made = try context.create(.transitGatewayAttachment, input) { attachment in
            let id = attachment.transitGatewayAttachmentId ?? ""
            attachment.transitGatewayId = input.transitGatewayId
            attachment.transitGatewayOwnerId = gateway.ownerId
            attachment.resourceOwnerId = context.account
            attachment.resourceType = .vpc
            attachment.resourceId = vpc.id
            attachment.creationTime = context.now.wholeSecond
            try Self.place(id, in: subnets, context)
            try Resource.transitGatewayVpcDetails.insert(
                TransitGatewayVpcAttachment(
                    transitGatewayAttachmentId: id, subnetIds: subnets.map(\.id),
                    options: TransitGatewayVpcAttachmentOptions(
                        dnsSupport: given?.dnsSupport ?? .enable,
                        securityGroupReferencingSupport: given?.securityGroupReferencingSupport ?? .enable,
                        ipv6Support: given?.ipv6Support ?? .disable,
                        applianceModeSupport: given?.applianceModeSupport ?? .disable)), phase: "", context)
        }
        let stored = try Resource.transitGatewayAttachment.get(made.transitGatewayAttachmentId ?? "", context)
        return CreateTransitGatewayVpcAttachmentResult(transitGatewayVpcAttachment: try stored.asVpc(context))
    }

    /// Creates an interface of the gateway in each subnet.
    private static func place(_ attachment: String, in subnets: [SubnetRecord], _ context: Context) throws {
        for subnet in subnets {
            _ = try NetworkInterfaceRecord.create(
                "transit_gateway", for: attachment, in: subnet, privateAddress: nil,
                description: "Network Interface for Transit Gateway Attachment \(attachment)", context)
        }
    }

    /// Checks the subnets that a request names: all in the VPC, at most one per zone.
    private static func attachable(_ ids: [String], in vpc: VpcRecord, _ context: Context) throws -> [SubnetRecord] {
        guard !ids.isEmpty else { throw AWSError.missingParameter("subnetIds") }
        let subnets = try ids.map { try SubnetRecord.get($0, context) }
        if let other = subnets.first(where: { $0.vpcId != vpc.id }) {
            throw AWSError("InvalidParameterValue", "Subnet \(other.id) is not in VPC \(vpc.id).")  // assumed
        }
        guard Set(subnets.map(\.zone)).count == subnets.count else {
            throw AWSError("DuplicateSubnetsInSameZone", "Duplicate Subnets for same AZ")
        }
        return subnets
    }

    public func modifyTransitGatewayVpcAttachment(
        _ input: ModifyTransitGatewayVpcAttachmentRequest, _ context: Context
    ) throws -> ModifyTransitGatewayVpcAttachmentResult {
        let id = input.transitGatewayAttachmentId
        var stored = try context.attachment(id, of: .vpc, in: ["available"])
        guard var details = try Resource.transitGatewayVpcDetails.find(id, context),
            let vpc = try VpcRecord.find(stored.shape.resourceId ?? "", context)
        else { throw Resource.transitGatewayAttachment.kind.notFound(id) }
        let present = details.shape.subnetIds ?? []
        let removed = Set(input.removeSubnetIds ?? [])
        if let absent = removed.first(where: { !present.contains($0) }) {
            throw AWSError("InvalidParameterValue", "Subnet \(absent) is not attached by \(id).")  // assumed
        }
        let added = (input.addSubnetIds ?? []).filter { !present.contains($0) }
        let subnets = try Self.attachable(present.filter { !removed.contains($0) } + added, in: vpc, context)
        for interface in try NetworkInterfaceRecord.all(context, "AND requester = ?", [id])
        where removed.contains(interface.subnetId) {
            try interface.remove(context)
        }
        try Self.place(id, in: subnets.filter { added.contains($0.id) }, context)
        details.shape.subnetIds = subnets.map(\.id)
        var options = details.shape.options ?? TransitGatewayVpcAttachmentOptions()
        if input.options?.ipv6Support == .enable, try !vpc.hasIPv6(context) {
            throw AWSError("InvalidParameterValue", "VPC \(vpc.id) has no IPv6 CIDR block.")  // assumed
        }
        options.dnsSupport = input.options?.dnsSupport ?? options.dnsSupport
        options.securityGroupReferencingSupport =
            input.options?.securityGroupReferencingSupport ?? options.securityGroupReferencingSupport
        options.ipv6Support = input.options?.ipv6Support ?? options.ipv6Support
        options.applianceModeSupport = input.options?.applianceModeSupport ?? options.applianceModeSupport
        details.shape.options = options
        try Resource.transitGatewayVpcDetails.write(details, context)
        try Resource.transitGatewayAttachment.move(&stored, to: "modifying", at: context.now, context)
        return ModifyTransitGatewayVpcAttachmentResult(transitGatewayVpcAttachment: try stored.asVpc(context))
    }

    public func deleteTransitGatewayVpcAttachment(
        _ input: DeleteTransitGatewayVpcAttachmentRequest, _ context: Context
    ) throws -> DeleteTransitGatewayVpcAttachmentResult {
        let id = input.transitGatewayAttachmentId
        _ = try context.attachment(id, of: .vpc, in: ["available", "modifying", "pendingAcceptance"])
        try context.delete(.transitGatewayAttachment, id)
        let stored = try Resource.transitGatewayAttachment.get(id, context)
        return DeleteTransitGatewayVpcAttachmentResult(transitGatewayVpcAttachment: try stored.asVpc(context))
    }

    /// Attachments need acceptance only if accounts share a gateway. Drydock does not simulate sharing, so none is pending.
    public func acceptTransitGatewayVpcAttachment(
        _ input: AcceptTransitGatewayVpcAttachmentRequest, _ context: Context
    ) throws -> AcceptTransitGatewayVpcAttachmentResult {
        var stored = try context.attachment(input.transitGatewayAttachmentId, of: .vpc, in: ["pendingAcceptance"])
        try Resource.transitGatewayAttachment.move(&stored, to: "pending", at: context.now, context)
        return AcceptTransitGatewayVpcAttachmentResult(transitGatewayVpcAttachment: try stored.asVpc(context))
    }

    public func rejectTransitGatewayVpcAttachment(
        _ input: RejectTransitGatewayVpcAttachmentRequest, _ context: Context
    ) throws -> RejectTransitGatewayVpcAttachmentResult {
        var stored = try context.attachment(input.transitGatewayAttachmentId, of: .vpc, in: ["pendingAcceptance"])
        try stored.shape.leave(context)
        try Resource.transitGatewayAttachment.move(&stored, to: "rejected", at: context.now, context)
        return RejectTransitGatewayVpcAttachmentResult(transitGatewayVpcAttachment: try stored.asVpc(context))
    }

    public func describeTransitGatewayVpcAttachments(
        _ input: DescribeTransitGatewayVpcAttachmentsRequest, _ context: Context
    ) throws -> DescribeTransitGatewayVpcAttachmentsResult {
        let page = try context.attachments(
            of: .vpc, input, ids: input.transitGatewayAttachmentIds,
            filters: FilterTable<TransitGatewayVpcAttachment>(tags: { $0.tags })
        ) { try $0.asVpc($1, context) }
        return DescribeTransitGatewayVpcAttachmentsResult(
            transitGatewayVpcAttachments: page.items, nextToken: page.nextToken)
    }
}
