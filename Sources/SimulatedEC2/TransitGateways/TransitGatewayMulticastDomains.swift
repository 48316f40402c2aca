import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-multicast-overview.html

extension Resource where S == TransitGatewayMulticastDomain {
    static let transitGatewayMulticastDomain = Resource(
        ResourceKind(
            "tgw-mcast-domain", type: "transit-gateway-multicast-domain", code: "InvalidTransitGatewayMulticastDomainId",
            notFound: "Transit Gateway Multicast Domain % was deleted or does not exist.",
            conditions: { id, _ in ["ec2:transitGatewayMulticastDomainId": [id]] }),
        id: \.transitGatewayMulticastDomainId, tags: \.tags, refers: [.to("transit-gateway", \.transitGatewayId)],
        // AWS documents no durations. All are assumed, including the hour for deleted domains.
        life: .settling(
            \.state, "pending", after: .seconds(60), "available", deleting: "deleting", for: .seconds(30), "deleted",
            shownFor: .hours(1))
    ).owned(by: \.ownerId)
}

extension Resource where S == TransitGatewayMulticastDomainAssociations {
    /// One document per subnet; AWS's shape has a list of subnets.
    static let transitGatewayMulticastAssociation = Resource(
        ResourceKind("tgw-mcast-assoc", type: "transit-gateway-multicast-association", code: "", notFound: ""),
        identity: { association in
            identity(
                association.transitGatewayMulticastDomainId ?? "", association.transitGatewayAttachmentId ?? "",
                association.subnets?.first?.subnetId ?? "")
        },
        refers: [
            .to("transit-gateway-attachment", \.transitGatewayAttachmentId, .cascades),
            .toEach("subnet", .cascades) { $0.subnets?.compactMap(\.subnetId) ?? [] },
        ],
        life: LifeCycle(
            show: { $0.subnets?[0].state = TransitGatewayMulitcastDomainAssociationState(rawValue: $1) },
            initial: "associating", deleting: "disassociating",
            steps: [
                "associating": .init(after: .seconds(30), isFixed: false) { _, _ in "associated" },
                "disassociating": .init(after: .seconds(30), isFixed: false) { association, context in
                    try Self.forgetMembers(of: association, context)
                    return nil
                },
            ], gone: []))

    static func identity(_ domain: String, _ attachment: String, _ subnet: String) -> String {
        "\(domain) \(attachment) \(subnet)"
    }

    static func associations(of domain: String, _ context: Context) throws -> [Stored<S>] {
        try transitGatewayMulticastAssociation.all(context).filter { $0.shape.transitGatewayMulticastDomainId == domain }
    }

    /// Removes the subnet's interfaces from the domain's groups.
    private static func forgetMembers(of association: S, _ context: Context) throws {
        let subnet = association.subnets?.first?.subnetId
        for member in try MulticastMember.all(of: association.transitGatewayMulticastDomainId ?? "", context) {
            guard try NetworkInterfaceRecord.find(member.interface, context)?.subnetId == subnet else { continue }
            try member.forget(context)
        }
    }
}

extension EC2Simulation {
    public func createTransitGatewayMulticastDomain(
        _ input: CreateTransitGatewayMulticastDomainRequest, _ context: Context
    ) throws -> CreateTransitGatewayMulticastDomainResult {
        let id = input.transitGatewayId
        let gateway = try Resource.transitGateway.usable(id, context).shape
        guard gateway.options?.multicastSupport == .enable else {
            throw AWSError("InvalidParameterValue", "\(id) does not support multicast.")  // assumed
        }
        let domains = Resource.transitGatewayMulticastDomain
        // AWS's quota; its error is assumed.
        guard
            try domains.all(context).count(where: { $0.phase != "deleted" && $0.shape.transitGatewayId == id }) < 20
        else {
            throw AWSError(
                "TransitGatewayMulticastDomainLimitExceeded",
                "The maximum number of multicast domains of \(id) has been reached.")
        }
        let domain = try context.create(domains, input) { domain in
            domain.transitGatewayId = id
            domain.transitGatewayMulticastDomainArn = domains.kind.arn(domain.transitGatewayMulticastDomainId ?? "", context)
            domain.options = TransitGatewayMulticastDomainOptions(
                igmpv2Support: input.options?.igmpv2Support ?? .disable,
                staticSourcesSupport: input.options?.staticSourcesSupport ?? .disable,
                autoAcceptSharedAssociations: input.options?.autoAcceptSharedAssociations ?? .disable)
            domain.creationTime = context.now.wholeSecond
        }
        return CreateTransitGatewayMulticastDomainResult(transitGatewayMulticastDomain: domain)
    }

    public func deleteTransitGatewayMulticastDomain(
        _ input: DeleteTransitGatewayMulticastDomainRequest, _ context: Context
    ) throws -> DeleteTransitGatewayMulticastDomainResult {
        let id = input.transitGatewayMulticastDomainId
        _ = try Resource.transitGatewayMulticastDomain.present(id, context)
        guard try Resource<TransitGatewayMulticastDomainAssociations>.associations(of: id, context).isEmpty else {
            throw AWSError("IncorrectState", "\(id) has associated subnets.")  // assumed
        }
        return DeleteTransitGatewayMulticastDomainResult(
            transitGatewayMulticastDomain: try context.delete(.transitGatewayMulticastDomain, id))
    }

    public func describeTransitGatewayMulticastDomains(
        _ input: DescribeTransitGatewayMulticastDomainsRequest, _ context: Context
    ) throws -> DescribeTransitGatewayMulticastDomainsResult {
        let page = try context.describe(
            .transitGatewayMulticastDomain, input, ids: input.transitGatewayMulticastDomainIds,
            named: "transitGatewayMulticastDomainIds")
        return DescribeTransitGatewayMulticastDomainsResult(
            transitGatewayMulticastDomains: page.items, nextToken: page.nextToken)
    }

    // MARK: Associations

    public func associateTransitGatewayMulticastDomain(
        _ input: AssociateTransitGatewayMulticastDomainRequest, _ context: Context
    ) throws -> AssociateTransitGatewayMulticastDomainResult {
        let id = input.transitGatewayMulticastDomainId
        let domain = try Resource.transitGatewayMulticastDomain.usable(id, context).shape
        let attachment = try context.attachment(input.transitGatewayAttachmentId, of: .vpc, in: ["available"]).shape
        guard attachment.transitGatewayId == domain.transitGatewayId else {
            throw AWSError(
                "InvalidParameterValue",
                "\(id) and \(input.transitGatewayAttachmentId) belong to different transit gateways.")  // assumed
        }
        guard !input.subnetIds.isEmpty else { throw AWSError.missingParameter("subnetIds") }
        let present = Set(
            try Resource.transitGatewayMulticastAssociation.all(context).flatMap { $0.shape.subnets?.map(\.subnetId) ?? [] })
        var made: [SubnetAssociation] = []
        for subnetId in input.subnetIds {
            let subnet = try SubnetRecord.get(subnetId, context)
            guard subnet.vpcId == attachment.resourceId else {
                throw AWSError("InvalidParameterValue", "Subnet \(subnetId) is not in VPC \(attachment.resourceId ?? "").")
            }
            guard !present.contains(subnetId) else {
                throw AWSError(
                    "Resource.AlreadyAssociated", "Subnet \(subnetId) is already associated to a multicast domain.")  // assumed
            }
            var association = TransitGatewayMulticastDomainAssociations(attachment, domain: id)
            association.subnets = [SubnetAssociation(subnetId: subnetId)]
            made += try Resource.transitGatewayMulticastAssociation.place(association, context).shape.subnets ?? []
        }
        var associations = TransitGatewayMulticastDomainAssociations(attachment, domain: id)
        associations.subnets = made
        return AssociateTransitGatewayMulticastDomainResult(associations: associations)
    }

    public func disassociateTransitGatewayMulticastDomain(
        _ input: DisassociateTransitGatewayMulticastDomainRequest, _ context: Context
    ) throws -> DisassociateTransitGatewayMulticastDomainResult {
        let id = input.transitGatewayMulticastDomainId, resource = Resource.transitGatewayMulticastAssociation
        _ = try Resource.transitGatewayMulticastDomain.present(id, context)
        let attachment = try Resource.transitGatewayAttachment.present(input.transitGatewayAttachmentId, context).shape
        guard !input.subnetIds.isEmpty else { throw AWSError.missingParameter("subnetIds") }
        var leaving: [SubnetAssociation] = []
        for subnet in input.subnetIds {
            let identity = Resource<TransitGatewayMulticastDomainAssociations>.identity(
                id, input.transitGatewayAttachmentId, subnet)
            guard var association = try resource.find(identity, context) else {
                throw AWSError(
                    "InvalidTransitGatewayMulticastDomainAssociation.NotFound",
                    "Subnet \(subnet) of \(input.transitGatewayAttachmentId) is not associated with \(id).")
            }
            if association.phase != "disassociating" {
                try resource.move(&association, to: "disassociating", at: context.now, context)
            }
            leaving += association.shape.subnets ?? []
        }
        var associations = TransitGatewayMulticastDomainAssociations(attachment, domain: id)
        associations.subnets = leaving
        return DisassociateTransitGatewayMulticastDomainResult(associations: associations)
    }

    public func getTransitGatewayMulticastDomainAssociations(
        _ input: GetTransitGatewayMulticastDomainAssociationsRequest, _ context: Context
    ) throws -> GetTransitGatewayMulticastDomainAssociationsResult {
        let id = input.transitGatewayMulticastDomainId
        _ = try Resource.transitGatewayMulticastDomain.present(id, context)
        let page = try context.parts(
            .transitGatewayMulticastAssociation, input,
            filters: ["state": { [$0.subnet?.state?.rawValue] }, "subnet-id": { [$0.subnet?.subnetId] }]
        ) { association in
            association.transitGatewayMulticastDomainId != id
                ? nil
                : TransitGatewayMulticastDomainAssociation(
                    transitGatewayAttachmentId: association.transitGatewayAttachmentId, resourceId: association.resourceId,
                    resourceType: association.resourceType, resourceOwnerId: association.resourceOwnerId,
                    subnet: association.subnets?.first)
        }
        return GetTransitGatewayMulticastDomainAssociationsResult(
            multicastDomainAssociations: page.items, nextToken: page.nextToken)
    }
}

extension TransitGatewayMulticastDomainAssociations {
    fileprivate init(_ attachment: TransitGatewayAttachment, domain: String) {
        self.init(
            transitGatewayMulticastDomainId: domain, transitGatewayAttachmentId: attachment.transitGatewayAttachmentId,
            resourceId: attachment.resourceId, resourceType: attachment.resourceType,
            resourceOwnerId: attachment.resourceOwnerId)
    }
}
