import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/res-disc-work-with.html

extension Resource where S == IpamResourceDiscovery {
    static let ipamResourceDiscovery = Resource(
        ResourceKind(
            "ipam-res-disco", type: "ipam-resource-discovery", code: "InvalidIpamResourceDiscoveryId",
            notFound: "The IPAM resource discovery (%) does not exist."),
        id: \.ipamResourceDiscoveryId, tags: \.tags, life: .ipam(\.state),
        filters: [
            "ipam-resource-discovery-id": { [$0.ipamResourceDiscoveryId] },
            "ipam-resource-discovery-arn": { [$0.ipamResourceDiscoveryArn] },
            "ipam-resource-discovery-region": { [$0.ipamResourceDiscoveryRegion] }, "owner-id": { [$0.ownerId] },
            "is-default": { [$0.isDefault?.text] }, "state": { [$0.state?.rawValue] }, "description": { [$0.description] },
        ]
    ).owned(by: \.ownerId)
}

extension Resource where S == IpamResourceDiscoveryAssociation {
    static let ipamResourceDiscoveryAssociation = Resource(
        ResourceKind(
            "ipam-res-disco-assoc", type: "ipam-resource-discovery-association",
            code: "InvalidIpamResourceDiscoveryAssociationId",
            notFound: "The IPAM resource discovery association (%) does not exist."),
        id: \.ipamResourceDiscoveryAssociationId, tags: \.tags,
        refers: [.toEach("ipam-resource-discovery") { $0.isDefault == true ? [] : [$0.ipamResourceDiscoveryId ?? ""] }],
        life: IpamResourceDiscoveryAssociation.life,
        filters: [
            "ipam-resource-discovery-association-id": { [$0.ipamResourceDiscoveryAssociationId] },
            "ipam-resource-discovery-id": { [$0.ipamResourceDiscoveryId] }, "ipam-id": { [$0.ipamId] },
            "ipam-region": { [$0.ipamRegion] }, "owner-id": { [$0.ownerId] }, "is-default": { [$0.isDefault?.text] },
            "state": { [$0.state?.rawValue] }, "resource-discovery-status": { [$0.resourceDiscoveryStatus?.rawValue] },
        ])
}

extension EC2Simulation {
    public func createIpamResourceDiscovery(
        _ input: CreateIpamResourceDiscoveryRequest, _ context: Context
    ) throws -> CreateIpamResourceDiscoveryResult {
        let discovery = try context.create(.ipamResourceDiscovery, input) { discovery in
            let id = discovery.ipamResourceDiscoveryId ?? ""
            discovery.ipamResourceDiscoveryArn = IpamArn.of("ipam-resource-discovery", id, context)
            discovery.ipamResourceDiscoveryRegion = context.region
            discovery.description = input.description
            discovery.operatingRegions = try Ipam.operatingRegions(input.operatingRegions?.map(\.regionName), context)
            discovery.isDefault = false
        }
        return CreateIpamResourceDiscoveryResult(ipamResourceDiscovery: discovery)
    }

    public func describeIpamResourceDiscoveries(
        _ input: DescribeIpamResourceDiscoveriesRequest, _ context: Context
    ) throws -> DescribeIpamResourceDiscoveriesResult {
        let page = try context.describe(
            .ipamResourceDiscovery, input, ids: input.ipamResourceDiscoveryIds, named: "ipamResourceDiscoveryIds")
        return DescribeIpamResourceDiscoveriesResult(ipamResourceDiscoveries: page.items, nextToken: page.nextToken)
    }

    public func modifyIpamResourceDiscovery(
        _ input: ModifyIpamResourceDiscoveryRequest, _ context: Context
    ) throws -> ModifyIpamResourceDiscoveryResult {
        if input.addOrganizationalUnitExclusions != nil || input.removeOrganizationalUnitExclusions != nil {
            throw AWSError.notSimulated("ec2", "ModifyIpamResourceDiscovery with exclusions of organizational units")
        }
        let discovery = try Resource.ipamResourceDiscovery.modify(input.ipamResourceDiscoveryId, context) { discovery in
            discovery.description = input.description ?? discovery.description
            discovery.operatingRegions = try Ipam.changed(
                discovery.operatingRegions, adding: input.addOperatingRegions, removing: input.removeOperatingRegions, context)
        }
        return ModifyIpamResourceDiscoveryResult(ipamResourceDiscovery: discovery)
    }

    public func deleteIpamResourceDiscovery(
        _ input: DeleteIpamResourceDiscoveryRequest, _ context: Context
    ) throws -> DeleteIpamResourceDiscoveryResult {
        let id = input.ipamResourceDiscoveryId
        // The code and the message are assumed.
        guard try Resource.ipamResourceDiscovery.get(id, context).shape.isDefault != true else {
            throw AWSError("OperationNotPermitted", "The default resource discovery '\(id)' cannot be deleted.")
        }
        return DeleteIpamResourceDiscoveryResult(ipamResourceDiscovery: try context.delete(.ipamResourceDiscovery, id))
    }

    public func associateIpamResourceDiscovery(
        _ input: AssociateIpamResourceDiscoveryRequest, _ context: Context
    ) throws -> AssociateIpamResourceDiscoveryResult {
        let association = try context.create(.ipamResourceDiscoveryAssociation, input) { association in
            let ipam = try Resource.ipam.present(input.ipamId, context).shape
            let discovery = try Resource.ipamResourceDiscovery.present(input.ipamResourceDiscoveryId, context).shape
            let isThere = try ipam.associations(context).contains {
                $0.shape.ipamResourceDiscoveryId == discovery.ipamResourceDiscoveryId
            }
            guard !isThere else {
                throw AWSError(
                    "InvalidParameterValue",
                    "The resource discovery '\(input.ipamResourceDiscoveryId)' is already associated with '\(input.ipamId)'.")
            }
            association.fill(ipam, discovery, context)
        }
        return AssociateIpamResourceDiscoveryResult(ipamResourceDiscoveryAssociation: association)
    }

    public func disassociateIpamResourceDiscovery(
        _ input: DisassociateIpamResourceDiscoveryRequest, _ context: Context
    ) throws -> DisassociateIpamResourceDiscoveryResult {
        let id = input.ipamResourceDiscoveryAssociationId
        guard try Resource.ipamResourceDiscoveryAssociation.get(id, context).shape.isDefault != true else {
            throw AWSError("OperationNotPermitted", "The default resource discovery '\(id)' cannot be disassociated.")
        }
        return DisassociateIpamResourceDiscoveryResult(
            ipamResourceDiscoveryAssociation: try context.delete(.ipamResourceDiscoveryAssociation, id))
    }

    public func describeIpamResourceDiscoveryAssociations(
        _ input: DescribeIpamResourceDiscoveryAssociationsRequest, _ context: Context
    ) throws -> DescribeIpamResourceDiscoveryAssociationsResult {
        let page = try context.describe(
            .ipamResourceDiscoveryAssociation, input, ids: input.ipamResourceDiscoveryAssociationIds,
            named: "ipamResourceDiscoveryAssociationIds")
        return DescribeIpamResourceDiscoveryAssociationsResult(
            ipamResourceDiscoveryAssociations: page.items, nextToken: page.nextToken)
    }
}

extension IpamResourceDiscoveryAssociation {
    fileprivate static let life = LifeCycle<Self>(
        show: { $0.state = IpamResourceDiscoveryAssociationState(rawValue: $1) }, initial: "associate-in-progress",
        deleting: "disassociate-in-progress",
        steps: [
            "associate-in-progress": .init(after: .seconds(10), isFixed: false) { _, _ in "associate-complete" },
            "disassociate-in-progress": .init(after: .seconds(10), isFixed: false) { _, _ in nil },
        ], gone: [])

    mutating func fill(_ ipam: Ipam, _ discovery: IpamResourceDiscovery, _ context: Context) {
        let id = ipamResourceDiscoveryAssociationId ?? ""
        ownerId = discovery.ownerId
        ipamResourceDiscoveryAssociationArn = IpamArn.of("ipam-resource-discovery-association", id, context)
        ipamResourceDiscoveryId = discovery.ipamResourceDiscoveryId
        ipamId = ipam.ipamId
        ipamArn = ipam.ipamArn
        ipamRegion = ipam.ipamRegion
        isDefault = discovery.isDefault
        resourceDiscoveryStatus = .active
    }
}
