import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct VpcRecord: StoredResource {
    static let kind = ResourceKind.vpc
    static let columns: ColumnList = [
        "id", "cidr", "cidr_association_id", "is_default", "tenancy", "dhcp_options_id", "has_dns_support", "has_dns_hostnames",
        "has_usage_metrics", "created_at",
    ]
    static let migration = Migration(
        "ec2.vpc",
        """
        CREATE TABLE ec2_vpc (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, cidr TEXT NOT NULL,
            cidr_association_id TEXT NOT NULL, is_default INTEGER NOT NULL, tenancy TEXT NOT NULL, dhcp_options_id TEXT NOT NULL,
            has_dns_support INTEGER NOT NULL, has_dns_hostnames INTEGER NOT NULL, has_usage_metrics INTEGER NOT NULL,
            created_at INTEGER NOT NULL, UNIQUE (account, region, id)
        )
        """)

    var id, cidrAssociationId: String
    var block: IPv4Block
    var cidr: String { block.description }
    var isDefault = false
    var tenancy = "default"
    var dhcpOptionsId: String
    var hasDnsSupport = true
    var hasDnsHostnames = false
    var hasUsageMetrics = false
    var createdAt: Instant

    init(_ block: IPv4Block, isDefault: Bool, tenancy: String = "default", dhcpOptionsId: String, _ context: Context) {
        id = context.ids.resource("vpc")
        self.block = block
        cidrAssociationId = context.ids.resource("vpc-cidr-assoc")
        self.isDefault = isDefault
        self.tenancy = tenancy
        self.dhcpOptionsId = dhcpOptionsId
        hasDnsHostnames = isDefault
        createdAt = context.now
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; block = try IPv4Block(stored: row[1]); cidrAssociationId = try row[2]; isDefault = try row[3];
        tenancy = try row[4]; dhcpOptionsId = try row[5]
        hasDnsSupport = try row[6]; hasDnsHostnames = try row[7]; hasUsageMetrics = try row[8]
        createdAt = try Instant(milliseconds: row[9])
    }

    var values: [(any DatabaseValueConvertible)?] {
        [
            id, cidr, cidrAssociationId, isDefault, tenancy, dhcpOptionsId, hasDnsSupport, hasDnsHostnames, hasUsageMetrics,
            createdAt.milliseconds,
        ]
    }

    static func findDefault(_ context: Context) throws -> VpcRecord? { try first(context, "AND is_default") }

    func state(_ context: Context) -> VpcState {
        context.now < createdAt + context.transitions.duration(.seconds(1)) ? .pending : .available
    }
}

extension EC2Simulation {
    public func createVpc(_ input: CreateVpcRequest, _ context: Context) throws -> CreateVpcResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .vpc)
        let ownIPv6 = input.ipv6IpamPoolId == nil && input.ipv6CidrBlock != nil
        if ownIPv6 || input.ipv6Pool != nil {
            throw AWSError.notSimulated("ec2", "CreateVpc with IPv6 pools of one's own")
        }
        let taking = try VpcRecord.ipv4BlockFromPool(
            input.ipv4IpamPoolId, cidr: input.cidrBlock, netmask: input.ipv4NetmaskLength, tags: tags[.vpc], context)
        let taking6 = try VpcRecord.ipv6BlockFromPool(
            input.ipv6IpamPoolId, cidr: input.ipv6CidrBlock, netmask: input.ipv6NetmaskLength, tags: tags[.vpc], context)
        if taking6 != nil, input.amazonProvidedIpv6CidrBlock == true {
            throw AWSError.invalidCombination(
                "The parameters amazonProvidedIpv6CidrBlock and ipv6IpamPoolId cannot be used together.")
        }
        guard let cidr = taking?.block.description ?? input.cidrBlock?.orNil else {
            throw AWSError.missingParameter("cidrBlock")
        }
        let group = input.ipv6CidrBlockNetworkBorderGroup.flatMap(\.orNil)
        if group != nil, input.amazonProvidedIpv6CidrBlock != true {
            throw AWSError.invalidCombination(
                "The parameter ipv6CidrBlockNetworkBorderGroup needs the parameter amazonProvidedIpv6CidrBlock")
        }
        guard let block = IPv4Block(cidr) else { throw AWSError.notACIDRBlock(cidr) }
        guard (16...28).contains(block.prefix) else {
            throw AWSError("InvalidVpc.Range", "The CIDR '\(cidr)' is invalid.")
        }
        let tenancy = input.instanceTenancy?.rawValue ?? "default"
        guard tenancy == "default" || tenancy == "dedicated" else {
            throw AWSError.invalidValue(tenancy, for: "instanceTenancy")
        }
        try VpcRecord.checkLimit(context)
        let vpc = VpcRecord(
            block, isDefault: false, tenancy: tenancy, dhcpOptionsId: try Resource.dhcpOptions.standard(context), context)
        try vpc.insert(context)
        try DefaultNetwork.furnish(vpc, context)
        var blocks: [CidrBlockRecord] = []
        if input.amazonProvidedIpv6CidrBlock == true {
            blocks = [try vpc.associateIPv6(borderGroup: group, context)]
        }
        if let taking6 {
            blocks = [try vpc.associateIPv6(borderGroup: nil, taking: taking6, context)]
        }
        try taking?.record(for: vpc.id, context)
        try IpamPool.importResources(in: context)
        try tags.apply(.vpc, to: vpc.id, context)
        var shape = vpc.shape(tags[.vpc], blocks, context)
        shape.becomeNewborn(tags: tags[.vpc])
        return CreateVpcResult(vpc: shape)
    }

    public func createDefaultVpc(_ input: CreateDefaultVpcRequest, _ context: Context) throws -> CreateDefaultVpcResult {
        guard try VpcRecord.findDefault(context) == nil else {
            throw AWSError(
                "DefaultVpcAlreadyExists", "A Default VPC already exists for this account in this region.")
        }
        try VpcRecord.checkLimit(context)
        let vpc = try DefaultNetwork.createVpc(context)
        var shape = vpc.shape([], [], context)
        shape.becomeNewborn(tags: [])
        return CreateDefaultVpcResult(vpc: shape)
    }

    public func deleteVpc(_ input: DeleteVpcRequest, _ context: Context) throws -> EmptyShape {
        let vpc = try VpcRecord.get(input.vpcId, context)
        try vpc.deleteUnlessNeeded(context)
        try CidrBlockRecord.removeAll(of: vpc.id, context)
        try IpamAllocationRecord.giveBack(vpc.id, context)
        return EmptyShape()
    }

    public func describeVpcs(_ input: DescribeVpcsRequest, _ context: Context) throws -> DescribeVpcsResult {
        let paging = try Paging(input, ids: input.vpcIds, named: "vpcIds", context)
        let records = try VpcRecord.list(input.vpcIds, context)
        let tags = try TagIndex(.vpc, ids: records.map(\.id), context)
        let blocks = try CidrBlockRecord.byOwner(context)
        let blocking = try PublicAccessBlock(context)
        let shapes = records.map { $0.shape(tags[$0.id], blocks[$0.id] ?? [], context, blocking: blocking) }
        let page = try paging.page(VpcRecord.filters.apply(input.filters, to: shapes, context), of: .vpc, id: \.vpcId)
        return DescribeVpcsResult(nextToken: page.nextToken, vpcs: page.items)
    }

    public func describeVpcAttribute(_ input: DescribeVpcAttributeRequest, _ context: Context) throws
        -> DescribeVpcAttributeResult
    {
        let vpc = try VpcRecord.get(input.vpcId, context)
        var result = DescribeVpcAttributeResult(vpcId: vpc.id)
        switch input.attribute.rawValue {
        case "enableDnsSupport": result.enableDnsSupport = AttributeBooleanValue(value: vpc.hasDnsSupport)
        case "enableDnsHostnames": result.enableDnsHostnames = AttributeBooleanValue(value: vpc.hasDnsHostnames)
        case "enableNetworkAddressUsageMetrics":
            result.enableNetworkAddressUsageMetrics = AttributeBooleanValue(value: vpc.hasUsageMetrics)
        default: throw AWSError.invalidValue(input.attribute.rawValue, for: "attribute")
        }
        return result
    }

    public func modifyVpcAttribute(_ input: ModifyVpcAttributeRequest, _ context: Context) throws -> EmptyShape {
        var vpc = try VpcRecord.get(input.vpcId, context)
        let given = [input.enableDnsSupport, input.enableDnsHostnames, input.enableNetworkAddressUsageMetrics].compactMap(
            \.self)
        guard !given.isEmpty else { throw AWSError.missingParameter("attribute") }
        guard given.count == 1 else { throw AWSError.invalidCombination("Only one attribute can be modified at a time.") }
        if let value = input.enableDnsSupport?.value { vpc.hasDnsSupport = value }
        if let value = input.enableDnsHostnames?.value { vpc.hasDnsHostnames = value }
        if let value = input.enableNetworkAddressUsageMetrics?.value { vpc.hasUsageMetrics = value }
        try vpc.update(context)
        return EmptyShape()
    }
}

extension Vpc {
    /// Changes the shape to what AWS returns at creation: `pending`, with empty sets.
    fileprivate mutating func becomeNewborn(tags: [Tag]) {
        state = .pending
        self.tags = tags
        ipv6CidrBlockAssociationSet = (ipv6CidrBlockAssociationSet ?? []).map(\.begun)
    }
}

extension VpcRecord {
    static let filters = FilterTable<Vpc>(
        [
            "vpc-id": { [$0.vpcId] },
            "cidr": { [$0.cidrBlock] }, "cidr-block": { [$0.cidrBlock] }, "cidrBlock": { [$0.cidrBlock] },
            "cidr-block-association.cidr-block": { $0.cidrBlockAssociationSet?.map(\.cidrBlock) ?? [] },
            "cidr-block-association.association-id": { $0.cidrBlockAssociationSet?.map(\.associationId) ?? [] },
            "cidr-block-association.state": { $0.cidrBlockAssociationSet?.map { $0.cidrBlockState?.state?.rawValue } ?? [] },
            "dhcp-options-id": { [$0.dhcpOptionsId] }, "dhcpOptionsId": { [$0.dhcpOptionsId] },
            "ipv6-cidr-block-association.ipv6-cidr-block": { $0.ipv6CidrBlockAssociationSet?.map(\.ipv6CidrBlock) ?? [] },
            "ipv6-cidr-block-association.ipv6-pool": { $0.ipv6CidrBlockAssociationSet?.map(\.ipv6Pool) ?? [] },
            "ipv6-cidr-block-association.association-id": { $0.ipv6CidrBlockAssociationSet?.map(\.associationId) ?? [] },
            "ipv6-cidr-block-association.state": {
                $0.ipv6CidrBlockAssociationSet?.map { $0.ipv6CidrBlockState?.state?.rawValue } ?? []
            },
            "is-default": { [$0.isDefault?.text] }, "isDefault": { [$0.isDefault?.text] },
            "owner-id": { [$0.ownerId] }, "state": { [$0.state?.rawValue] },
        ], tags: { $0.tags })

    /// - Parameter blocking: the public access block, which only descriptions show; nil at creation.
    func shape(
        _ tags: [Tag], _ blocks: [CidrBlockRecord], _ context: Context, blocking: PublicAccessBlock? = nil
    ) -> Vpc {
        let first = VpcCidrBlockAssociation(
            associationId: cidrAssociationId, cidrBlock: cidr, cidrBlockState: VpcCidrBlockState(state: .associated))
        let ipv6 = blocks.filter(\.isIPv6).map { $0.vpcShape6(context) }
        return Vpc(
            ownerId: context.account, instanceTenancy: Tenancy(tenancy),
            ipv6CidrBlockAssociationSet: ipv6.isEmpty ? nil : ipv6,
            cidrBlockAssociationSet: [first] + blocks.filter { !$0.isIPv6 }.map { $0.vpcShape(context) },
            isDefault: isDefault, tags: tags.orNone,
            blockPublicAccessStates: blocking?.states(of: id),
            vpcId: id, state: state(context), cidrBlock: cidr, dhcpOptionsId: dhcpOptionsId)
    }

    /// AWS's default quota: five VPCs per region.
    static func checkLimit(_ context: Context) throws {
        guard try count(context) < 5 else {
            throw AWSError("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
        }
    }
}

extension AWSError {
    static func notACIDRBlock(_ text: String) -> AWSError {
        invalidValue(text, for: "cidrBlock", "This is not a valid CIDR block.")
    }
}
