import AWSCore
import EC2API
import SimulatorCore

// IPAM's view of the account's network. It is always current, while AWS updates it every few minutes.
// https://docs.aws.amazon.com/vpc/latest/ipam/monitor-cidr-compliance-ipam.html

extension EC2Simulation {
    public func getIpamResourceCidrs(
        _ input: GetIpamResourceCidrsRequest, _ context: Context
    ) throws -> GetIpamResourceCidrsResult {
        let scope = try Resource.ipamScope.get(input.ipamScopeId, context).shape
        if let pool = input.ipamPoolId { _ = try Resource.ipamPool.get(pool, context) }
        guard let ipam = try Resource.ipam.find(IpamArn.id(scope.ipamArn), context)?.shape else {
            throw DamagedState("the scope '\(input.ipamScopeId)' has no IPAM")
        }
        var seen = try ipam.regions.flatMap { try ResourceCidr.all(context.within(region: $0)) }
        let allocations = try IpamAllocationRecord.all(context, "AND resource_type = 'vpc'")
        let pools = Dictionary(
            uniqueKeysWithValues: try ipam.pools(context).map { ($0.shape.ipamPoolId ?? "", $0.shape) })
        seen = seen.filter { $0.scope(ipam, pools, allocations) == scope.ipamScopeId }
        let shapes = seen.map { one in
            one.shape(ipam, scope, one.pool(pools, allocations), isOverlapping: seen.contains(where: one.overlaps))
        }
        let wanted = shapes.filter { shape in
            (input.ipamPoolId ?? shape.ipamPoolId) == shape.ipamPoolId
                && (input.resourceId ?? shape.resourceId) == shape.resourceId
                && (input.resourceType ?? shape.resourceType) == shape.resourceType
                && (input.resourceOwner ?? shape.resourceOwnerId) == shape.resourceOwnerId
                && input.resourceTag.map { tag in
                    shape.resourceTags?.contains { $0.key == tag.key && (tag.value == nil || $0.value == tag.value) } ?? false
                } ?? true
        }
        let found = try IpamResourceCidr.filters.apply(input.filters, to: wanted, context)
        let sorted = found.map { (place: PagePosition.name("\($0.resourceId ?? "") \($0.resourceCidr ?? "")"), $0) }
            .sorted { $0.place < $1.place }
        let page = try Paging(input, context).page(sorted) { $0.place }
        return GetIpamResourceCidrsResult(nextToken: page.nextToken, ipamResourceCidrs: page.items.map(\.1))
    }

    public func getIpamDiscoveredResourceCidrs(
        _ input: GetIpamDiscoveredResourceCidrsRequest, _ context: Context
    ) throws -> GetIpamDiscoveredResourceCidrsResult {
        let there = try IpamResourceDiscovery.region(input.ipamResourceDiscoveryId, input.resourceRegion, context)
        let shapes = try ResourceCidr.all(there).map { $0.discovered(by: input.ipamResourceDiscoveryId, there) }
        let found = try IpamDiscoveredResourceCidr.filters.apply(input.filters, to: shapes, context)
        let sorted = found.map { (place: PagePosition.name("\($0.resourceId ?? "") \($0.resourceCidr ?? "")"), $0) }
            .sorted { $0.place < $1.place }
        let page = try Paging(input, context).page(sorted) { $0.place }
        return GetIpamDiscoveredResourceCidrsResult(
            ipamDiscoveredResourceCidrs: page.items.map(\.1), nextToken: page.nextToken)
    }

    public func getIpamDiscoveredAccounts(
        _ input: GetIpamDiscoveredAccountsRequest, _ context: Context
    ) throws -> GetIpamDiscoveredAccountsResult {
        _ = try IpamResourceDiscovery.region(input.ipamResourceDiscoveryId, input.discoveryRegion, context)
        var account = IpamDiscoveredAccount()
        account.accountId = context.account
        account.discoveryRegion = input.discoveryRegion
        account.lastAttemptedDiscoveryTime = context.now
        account.lastSuccessfulDiscoveryTime = context.now
        let found = try IpamDiscoveredAccount.filters.apply(input.filters, to: [account], context)
        let page = try Paging(input, context).page(found) { .name($0.accountId ?? "") }
        return GetIpamDiscoveredAccountsResult(ipamDiscoveredAccounts: page.items, nextToken: page.nextToken)
    }
}

extension IpamResourceDiscovery {
    fileprivate static func region(_ id: String, _ region: String, _ context: Context) throws -> Context {
        let discovery = try Resource.ipamResourceDiscovery.get(id, context).shape
        guard discovery.operatingRegions?.contains(where: { $0.regionName == region }) ?? false else {
            throw AWSError.invalidValue(region, for: "region", "It is not an operating Region of the resource discovery.")
        }
        return context.within(region: region)
    }
}

/// A CIDR of a VPC, a subnet or an Elastic IP address.
private struct ResourceCidr {
    let region, id: String
    let type: IpamResourceType
    let block: AddressBlock
    var vpc, zoneId: String?
    var usage: Double?
    let tags: [Tag]

    static func all(_ context: Context) throws -> [ResourceCidr] {
        // A region has its default VPC even if no request has used the region yet.
        try DefaultNetwork.create(context)
        let vpcs = try VpcRecord.all(context), subnets = try SubnetRecord.all(context)
        let addresses = try AddressRecord.all(context)
        let vpcTags = try TagIndex(.vpc, context), subnetTags = try TagIndex(.subnet, context)
        let addressTags = try TagIndex(.address, context)
        var seen: [ResourceCidr] = []
        for vpc in vpcs {
            let own = subnets.filter { $0.vpcId == vpc.id }
            let blocks = try vpc.ipv4Blocks(context).map { AddressBlock($0) } + vpc.ipv6Blocks(context).map { AddressBlock($0) }
            for block in blocks {
                let used = own.compactMap(\.block).filter { block.contains(AddressBlock($0)) }.reduce(0) { $0 + $1.count }
                let usage = block.ipv4.map { Double(used) / Double($0.count) }
                seen.append(
                    ResourceCidr(
                        region: context.region, id: vpc.id, type: .vpc, block: block, vpc: vpc.id, usage: usage,
                        tags: vpcTags[vpc.id]))
            }
        }
        for subnet in subnets {
            guard let block = subnet.block else { continue }
            let taken = try NetworkInterfaceRecord.count(context, "AND subnet_id = ?", [subnet.id])
            seen.append(
                ResourceCidr(
                    region: context.region, id: subnet.id, type: .subnet, block: AddressBlock(block), vpc: subnet.vpcId,
                    zoneId: subnet.zoneId, usage: Double(taken) / Double(block.count), tags: subnetTags[subnet.id]))
        }
        for address in addresses {
            seen.append(
                ResourceCidr(
                    region: context.region, id: address.id, type: .eip,
                    block: AddressBlock(IPv4Block(base: address.publicAddress, prefix: 32)), tags: addressTags[address.id]))
        }
        return seen
    }

    private func allocation(_ allocations: [IpamAllocationRecord]) -> IpamAllocationRecord? {
        guard type == .vpc || type == .subnet else { return nil }
        return allocations.first { $0.resourceId == vpc && $0.block.contains(block) }
    }

    /// Returns the pool of a VPC's block. Subnets belong to their VPC's scope, but to no pool.
    func pool(_ pools: [String: IpamPool], _ allocations: [IpamAllocationRecord]) -> IpamPool? {
        guard type == .vpc, let allocation = allocation(allocations), allocation.block == block else { return nil }
        return pools[allocation.pool]
    }

    /// Returns the scope of its pool, or one of the default scopes.
    func scope(_ ipam: Ipam, _ pools: [String: IpamPool], _ allocations: [IpamAllocationRecord]) -> String? {
        if let pool = allocation(allocations).flatMap({ pools[$0.pool] }) { return IpamArn.id(pool.ipamScopeArn) }
        return type == .eip || block.isIPv6 ? ipam.publicDefaultScopeId : ipam.privateDefaultScopeId
    }

    /// Whether two VPCs, or subnets of different VPCs, overlap.
    func overlaps(_ other: ResourceCidr) -> Bool { type == other.type && vpc != other.vpc && block.overlaps(other.block) }

    private var resourceTags: [IpamResourceTag] { tags.map { IpamResourceTag(key: $0.key, value: $0.value) } }
    private var name: String? { tags.first { $0.key == "Name" }?.value }

    func shape(_ ipam: Ipam, _ scope: IpamScope, _ pool: IpamPool?, isOverlapping: Bool) -> IpamResourceCidr {
        var shape = IpamResourceCidr()
        shape.ipamId = ipam.ipamId
        shape.ipamScopeId = scope.ipamScopeId
        shape.ipamPoolId = pool?.ipamPoolId
        shape.resourceRegion = region
        shape.resourceOwnerId = ipam.ownerId
        shape.resourceId = id
        shape.resourceName = name
        shape.resourceCidr = block.description
        shape.resourceType = type
        shape.resourceTags = resourceTags
        shape.ipUsage = usage
        shape.vpcId = vpc
        shape.availabilityZoneId = zoneId
        shape.managementState = pool == nil ? .unmanaged : .managed
        shape.complianceStatus =
            pool.map { $0.permits(block.prefix) && $0.permits(tags) ? .compliant : .noncompliant } ?? .unmanaged
        shape.overlapStatus = isOverlapping ? .overlapping : .nonoverlapping
        return shape
    }

    func discovered(by discovery: String, _ context: Context) -> IpamDiscoveredResourceCidr {
        var shape = IpamDiscoveredResourceCidr()
        shape.ipamResourceDiscoveryId = discovery
        shape.resourceRegion = region
        shape.resourceId = id
        shape.resourceOwnerId = context.account
        shape.resourceCidr = block.description
        shape.ipSource = type == .eip || block.isIPv6 ? .amazon : IpamResourceCidrIpSource("none")
        shape.resourceType = type
        shape.resourceTags = resourceTags
        shape.ipUsage = usage
        shape.vpcId = vpc
        shape.subnetId = type == .subnet ? id : nil
        shape.sampleTime = context.now
        shape.availabilityZoneId = zoneId
        return shape
    }
}

extension IpamResourceCidr {
    fileprivate static let filters = FilterTable<IpamResourceCidr>([
        "ipam-id": { [$0.ipamId] }, "ipam-pool-id": { [$0.ipamPoolId] }, "resource-region": { [$0.resourceRegion] },
        "resource-owner-id": { [$0.resourceOwnerId] }, "resource-id": { [$0.resourceId] },
        "resource-name": { [$0.resourceName] }, "resource-cidr": { [$0.resourceCidr] },
        "resource-type": { [$0.resourceType?.rawValue] }, "compliance-status": { [$0.complianceStatus?.rawValue] },
        "management-state": { [$0.managementState?.rawValue] }, "overlap-status": { [$0.overlapStatus?.rawValue] },
        "vpc-id": { [$0.vpcId] }, "availability-zone-id": { [$0.availabilityZoneId] },
    ])
}

extension IpamDiscoveredResourceCidr {
    fileprivate static let filters = FilterTable<IpamDiscoveredResourceCidr>([
        "resource-id": { [$0.resourceId] }, "resource-cidr": { [$0.resourceCidr] },
        "resource-type": { [$0.resourceType?.rawValue] }, "resource-owner-id": { [$0.resourceOwnerId] },
        "vpc-id": { [$0.vpcId] }, "subnet-id": { [$0.subnetId] }, "ip-source": { [$0.ipSource?.rawValue] },
    ])
}

extension IpamDiscoveredAccount {
    fileprivate static let filters = FilterTable<IpamDiscoveredAccount>([
        "account-id": { [$0.accountId] }, "discovery-region": { [$0.discoveryRegion] },
    ])
}
