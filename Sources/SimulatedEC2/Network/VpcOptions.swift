import AWSCore
import EC2API
import SimulatorCore

// Further VPC operations: tenancy, default subnets, and EC2-Classic, which AWS has retired.

extension EC2Simulation {
    public func modifyVpcTenancy(_ input: ModifyVpcTenancyRequest, _ context: Context) throws -> ModifyVpcTenancyResult {
        var vpc = try VpcRecord.get(input.vpcId, context)
        guard input.instanceTenancy == .default else {
            throw AWSError.invalidValue(input.instanceTenancy.rawValue, for: "instanceTenancy")
        }
        vpc.tenancy = "default"
        try vpc.update(context)
        return ModifyVpcTenancyResult(returnValue: true)
    }

    public func createDefaultSubnet(_ input: CreateDefaultSubnetRequest, _ context: Context) throws -> CreateDefaultSubnetResult
    {
        guard input.availabilityZone?.orNil != nil || input.availabilityZoneId?.orNil != nil else {
            throw AWSError.missingParameter("availabilityZone")
        }
        let zone = try Self.zone(named: input.availabilityZone?.orNil, id: input.availabilityZoneId?.orNil, context)
        guard let vpc = try VpcRecord.findDefault(context) else {
            throw AWSError("DefaultVpcDoesNotExist", "No default VPC exists for this account in this region.")
        }
        guard try SubnetRecord.findDefault(zone: zone.name, context) == nil else {
            throw AWSError(
                "DefaultSubnetAlreadyExistsInAvailabilityZone",
                "A default subnet already exists in the Availability Zone \(zone.name).")
        }
        if input.ipv6Native == true {
            let subnet = SubnetRecord(vpc: vpc, block: nil, zone: zone, isDefault: true, context)
            let block = try vpc.freeIPv6Block(context)
            try subnet.insert(context)
            let blocks = [try subnet.associate(block, context)]
            try Resource.networkAcl.associate(subnet: subnet, context)
            return CreateDefaultSubnetResult(subnet: subnet.shape([], blocks, taken: 0, context))
        }
        let taken = try SubnetRecord.all(context, "AND vpc_id = ?", [vpc.id]).compactMap(\.block)
        // Use the first free /20.
        let candidates = (0..<16).map { IPv4Block(base: vpc.block.base + UInt32($0) << 12, prefix: 20) }
        guard let block = candidates.first(where: { block in !taken.contains { $0.overlaps(block) } }) else {
            throw AWSError("InsufficientCidrBlocks", "The available CIDR blocks are not sufficient for a default subnet.")
        }
        let subnet = SubnetRecord(vpc: vpc, block: block, zone: zone, isDefault: true, context)
        try subnet.insert(context)
        try Resource.networkAcl.associate(subnet: subnet, context)
        return CreateDefaultSubnetResult(subnet: subnet.shape([], [], taken: 0, context))
    }

    /// Reports every VPC as not linked, because EC2-Classic no longer exists.
    public func describeVpcClassicLink(
        _ input: DescribeVpcClassicLinkRequest, _ context: Context
    ) throws -> DescribeVpcClassicLinkResult {
        let records = try VpcRecord.list(input.vpcIds, context)
        let tags = try TagIndex(.vpc, ids: records.map(\.id), context)
        let shapes = records.map { VpcClassicLink(classicLinkEnabled: false, tags: tags[$0.id], vpcId: $0.id) }
        return DescribeVpcClassicLinkResult(vpcs: try Self.classicLinkFilters.apply(input.filters, to: shapes, context))
    }

    private static let classicLinkFilters = FilterTable<VpcClassicLink>(
        ["is-classic-link-enabled": { [$0.classicLinkEnabled?.text] }], tags: { $0.tags })

    public func describeVpcClassicLinkDnsSupport(
        _ input: DescribeVpcClassicLinkDnsSupportRequest, _ context: Context
    ) throws -> DescribeVpcClassicLinkDnsSupportResult {
        let paging = try Paging(input, ids: input.vpcIds, named: "vpcIds", context)
        let shapes = try VpcRecord.list(input.vpcIds, context).map {
            ClassicLinkDnsSupport(classicLinkDnsSupported: false, vpcId: $0.id)
        }
        let page = try paging.page(shapes, of: .vpc, id: \.vpcId)
        return DescribeVpcClassicLinkDnsSupportResult(nextToken: page.nextToken, vpcs: page.items)
    }
}

extension ModifySubnetAttributeRequest {
    /// Checks that the request changes one attribute, or several that form one setting: AWS rejects more.
    func checkOne() throws {
        let single: [Any?] = [
            assignIpv6AddressOnCreation, mapPublicIpOnLaunch, enableDns64, privateDnsHostnameTypeOnLaunch,
            enableResourceNameDnsARecordOnLaunch, enableResourceNameDnsAAAARecordOnLaunch, enableLniAtDeviceIndex,
            disableLniAtDeviceIndex,
        ]
        let given = single.count { $0 != nil } + (mapCustomerOwnedIpOnLaunch != nil || customerOwnedIpv4Pool != nil ? 1 : 0)
        guard given > 0 else { throw AWSError.missingParameter("attribute") }
        guard given == 1 else { throw AWSError.invalidCombination("Only one attribute can be modified at a time.") }
    }
}
