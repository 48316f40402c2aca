import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/create-ipam.html

extension Resource where S == Ipam {
    static let ipam = Resource(
        ResourceKind("ipam", type: "ipam", code: "InvalidIpamId", notFound: "The IPAM (%) does not exist."),
        id: \.ipamId, tags: \.tags, life: .ipam(\.state, leaving: { try $0.leave($1) }),
        filters: [
            "ipam-id": { [$0.ipamId] }, "ipam-arn": { [$0.ipamArn] }, "ipam-region": { [$0.ipamRegion] },
            "owner-id": { [$0.ownerId] }, "state": { [$0.state?.rawValue] }, "description": { [$0.description] },
            "tier": { [$0.tier?.rawValue] }, "operating-regions.region-name": { $0.regions },
            "public-default-scope-id": { [$0.publicDefaultScopeId] },
            "private-default-scope-id": { [$0.privateDefaultScopeId] },
        ]
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createIpam(_ input: CreateIpamRequest, _ context: Context) throws -> CreateIpamResult {
        let ipam = try context.create(.ipam, input) { ipam in
            ipam.ipamArn = IpamArn.of("ipam", ipam.ipamId ?? "", context)
            ipam.ipamRegion = context.region
            ipam.description = input.description
            ipam.operatingRegions = try Ipam.operatingRegions(input.operatingRegions?.map(\.regionName), context)
            ipam.tier = input.tier ?? .advanced
            ipam.enablePrivateGua = input.enablePrivateGua ?? false
            ipam.meteredAccount = input.meteredAccount ?? .ipamOwner
            try ipam.furnish(context)
        }
        return CreateIpamResult(ipam: try ipam.counted(context))
    }

    public func describeIpams(_ input: DescribeIpamsRequest, _ context: Context) throws -> DescribeIpamsResult {
        let page = try context.describe(.ipam, input, ids: input.ipamIds, named: "ipamIds") { $0 = try $0.counted(context) }
        return DescribeIpamsResult(nextToken: page.nextToken, ipams: page.items)
    }

    public func modifyIpam(_ input: ModifyIpamRequest, _ context: Context) throws -> ModifyIpamResult {
        let ipam = try Resource.ipam.modify(input.ipamId, context) { ipam in
            ipam.description = input.description ?? ipam.description
            ipam.tier = input.tier ?? ipam.tier
            ipam.enablePrivateGua = input.enablePrivateGua ?? ipam.enablePrivateGua
            ipam.meteredAccount = input.meteredAccount ?? ipam.meteredAccount
            let locales = Set(try ipam.pools(context).compactMap(\.shape.locale))
            if let used = input.removeOperatingRegions?.compactMap(\.regionName).first(where: locales.contains) {
                throw AWSError("DependencyViolation", "The operating Region '\(used)' is the locale of a pool of the IPAM.")
            }
            ipam.operatingRegions = try Ipam.changed(
                ipam.operatingRegions, adding: input.addOperatingRegions, removing: input.removeOperatingRegions, context)
        }
        return ModifyIpamResult(ipam: try ipam.counted(context))
    }

    public func deleteIpam(_ input: DeleteIpamRequest, _ context: Context) throws -> DeleteIpamResult {
        let stored = try Resource.ipam.get(input.ipamId, context)
        if stored.phase != "delete-in-progress" {
            try stored.shape.clear(cascading: input.cascade == true, context)
        }
        return DeleteIpamResult(ipam: try context.delete(.ipam, input.ipamId).counted(context))
    }
}

extension Ipam {
    func scopes(_ context: Context) throws -> [Stored<IpamScope>] {
        try Resource.ipamScope.all(context).filter { $0.shape.ipamArn == ipamArn }
    }

    func pools(_ context: Context) throws -> [Stored<IpamPool>] {
        try Resource.ipamPool.all(context).filter { $0.shape.ipamArn == ipamArn }
    }

    func associations(_ context: Context) throws -> [Stored<IpamResourceDiscoveryAssociation>] {
        try Resource.ipamResourceDiscoveryAssociation.all(context).filter { $0.shape.ipamId == ipamId }
    }

    fileprivate func counted(_ context: Context) throws -> Ipam {
        var copy = self
        copy.scopeCount = try scopes(context).count
        copy.resourceDiscoveryAssociationCount = try associations(context).count
        return copy
    }

    /// Creates the IPAM's two default scopes, its resource discovery and their association.
    fileprivate mutating func furnish(_ context: Context) throws {
        privateDefaultScopeId = try IpamScope.make("private", of: self, isDefault: true, context)
        publicDefaultScopeId = try IpamScope.make("public", of: self, isDefault: true, context)
        var discovery = IpamResourceDiscovery()
        let discoveryId = context.ids.resource(Resource.ipamResourceDiscovery.kind.prefix)
        discovery.ownerId = context.account
        discovery.ipamResourceDiscoveryId = discoveryId
        discovery.ipamResourceDiscoveryArn = IpamArn.of("ipam-resource-discovery", discoveryId, context)
        discovery.ipamResourceDiscoveryRegion = context.region
        discovery.operatingRegions = operatingRegions
        discovery.isDefault = true
        try Resource.ipamResourceDiscovery.place(discovery, phase: "create-complete", context)
        var association = IpamResourceDiscoveryAssociation()
        let id = context.ids.resource(Resource.ipamResourceDiscoveryAssociation.kind.prefix)
        association.ipamResourceDiscoveryAssociationId = id
        association.fill(self, discovery, context)
        try Resource.ipamResourceDiscoveryAssociation.place(association, phase: "associate-complete", context)
        defaultResourceDiscoveryId = discoveryId
        defaultResourceDiscoveryAssociationId = id
    }

    /// Deletes the IPAM's contents if `cascading` is set.
    /// - Throws: AWS's error for an IPAM with dependencies. Its code and message are assumed.
    fileprivate func clear(cascading: Bool, _ context: Context) throws {
        let pools = try pools(context)
        let scopes = try scopes(context).filter { $0.shape.isDefault != true }
        let others = try associations(context).filter { $0.shape.isDefault != true }
        guard cascading else {
            guard pools.isEmpty, scopes.isEmpty, others.isEmpty else {
                throw AWSError("DependencyViolation", "The IPAM '\(ipamId ?? "")' has dependencies and cannot be deleted.")
            }
            return
        }
        guard !pools.contains(where: { $0.shape.ipamScopeType == .public }) else {
            throw AWSError(
                "DependencyViolation", "The IPAM '\(ipamId ?? "")' has pools in its public scope and cannot be deleted.")
        }
        for pool in pools.sorted(by: { ($0.shape.poolDepth ?? 0) > ($1.shape.poolDepth ?? 0) }) {
            try pool.shape.empty(context)
            try Resource.ipamPool.forget(pool.shape.ipamPoolId ?? "", context)
        }
        for scope in scopes { try Resource.ipamScope.forget(scope.shape.ipamScopeId ?? "", context) }
        for other in others {
            try Resource.ipamResourceDiscoveryAssociation.forget(
                other.shape.ipamResourceDiscoveryAssociationId ?? "", context)
        }
    }

    /// Deletes the IPAM's scopes and its default resource discovery.
    fileprivate func leave(_ context: Context) throws {
        for scope in try scopes(context) { try Resource.ipamScope.forget(scope.shape.ipamScopeId ?? "", context) }
        if let id = defaultResourceDiscoveryAssociationId { try Resource.ipamResourceDiscoveryAssociation.forget(id, context) }
        if let id = defaultResourceDiscoveryId { try Resource.ipamResourceDiscovery.forget(id, context) }
    }
}
