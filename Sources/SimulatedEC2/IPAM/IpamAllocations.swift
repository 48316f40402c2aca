import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/allocate-cidrs-ipam.html

/// A CIDR that is allocated from a pool to a VPC, another pool, or by hand.
struct IpamAllocationRecord: StoredResource {
    static let kind = ResourceKind(
        "ipam-pool-alloc", type: "ipam-pool-allocation", in: .table("ec2_ipam_allocation"),
        code: "InvalidIpamPoolAllocationId",
        // https://github.com/hashicorp/terraform-provider-aws/issues/28913
        notFound: "The IPAM pool allocation (%) does not exist.", malformed: "InvalidIpamPoolAllocationId.NotFound",
        refers: [.to("ipam-pool", column: "pool")])
    static let columns: ColumnList = [
        "id", "pool", "block", "description", "resource_id", "resource_type", "resource_region", "resource_owner",
    ]
    static let migration = Migration(
        "ec2.ipam-allocation",
        """
        CREATE TABLE ec2_ipam_allocation (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, pool TEXT NOT NULL,
            block TEXT NOT NULL, description TEXT, resource_id TEXT, resource_type TEXT NOT NULL, resource_region TEXT,
            resource_owner TEXT NOT NULL, UNIQUE (account, region, id)
        );
        CREATE INDEX ec2_ipam_allocation_by_pool ON ec2_ipam_allocation (account, region, pool);
        CREATE INDEX ec2_ipam_allocation_by_resource ON ec2_ipam_allocation (account, resource_id)
        """)

    let id, pool: String
    let block: AddressBlock
    var description, resourceId: String?
    var resourceType = "custom"
    var resourceRegion: String?
    let resourceOwner: String

    /// The ids of allocations and of pools' CIDRs are longer than others: 33 hex digits.
    static func newId(_ prefix: String, _ context: Context) -> String { "\(prefix)-0\(context.ids.hex(32))" }

    init(_ block: AddressBlock, of pool: String, _ context: Context) {
        id = Self.newId(Self.kind.prefix, context)
        self.pool = pool
        self.block = block
        resourceOwner = context.account
    }

    init(_ row: StoredRow) throws {
        id = try row[0]
        pool = try row[1]
        let text: String = try row[2]
        guard let block = AddressBlock(text) else { throw DamagedState("'\(text)' is not an address block") }
        self.block = block
        description = try row[3]
        resourceId = try row[4]
        resourceType = try row[5]
        resourceRegion = try row[6]
        resourceOwner = try row[7]
    }

    var values: [(any DatabaseValueConvertible)?] {
        [id, pool, block.description, description, resourceId, resourceType, resourceRegion, resourceOwner]
    }

    static func of(_ pool: IpamPool, _ context: Context) throws -> [IpamAllocationRecord] {
        try all(context, "AND pool = ?", [pool.ipamPoolId])
    }

    /// Returns a resource's allocations from pools of all regions.
    static func having(_ resource: String, _ context: Context) throws -> [IpamAllocationRecord] {
        try Ipam.homes(context).flatMap { try all($0, "AND resource_id = ?", [resource]) }
    }

    /// Releases the allocations of a resource that is deleted or loses a block. Assumed: this happens at once.
    static func giveBack(_ resource: String, from block: AddressBlock? = nil, _ context: Context) throws {
        for home in try Ipam.homes(context) {
            if let block {
                try delete(home, "AND resource_id = ? AND block = ?", [resource, block.description])
            } else {
                try delete(home, "AND resource_id = ?", [resource])
            }
        }
    }

    fileprivate var shape: IpamPoolAllocation {
        var shape = IpamPoolAllocation()
        shape.ipamPoolAllocationId = id
        shape.cidr = block.description
        shape.description = description
        shape.resourceId = resourceId
        shape.resourceType = IpamPoolAllocationResourceType(resourceType)
        shape.resourceRegion = resourceRegion
        shape.resourceOwner = resourceOwner
        return shape
    }
}

/// The free space of a pool.
struct IpamSpace {
    private let pool: IpamPool
    private let provisioned, taken: [AddressBlock]

    init(_ pool: IpamPool, _ home: Context) throws {
        self.pool = pool
        provisioned = try IpamCidrRecord.provisioned(pool.ipamPoolId ?? "", home)
        taken = try IpamAllocationRecord.of(pool, home).map(\.block)
    }

    func isWithin(_ block: AddressBlock) -> Bool { provisioned.contains { $0.contains(block) } }
    func isFree(_ block: AddressBlock) -> Bool { isWithin(block) && !taken.contains(where: block.overlaps) }

    /// Returns the lowest free block of a size, within `allowed` and outside `disallowed`.
    func next(_ prefix: Int, within allowed: [AddressBlock] = [], without disallowed: [AddressBlock] = []) -> AddressBlock? {
        let ranges = provisioned.flatMap { range in
            allowed.isEmpty ? [range] : allowed.compactMap { range.contains($0) ? $0 : $0.contains(range) ? range : nil }
        }
        return ranges.sorted { $0.base < $1.base }.lazy.compactMap { $0.firstFree(prefix, besides: taken + disallowed) }.first
    }

    /// Returns the block for a request.
    /// - Throws: AWS's errors for blocks that are not free, or that the pool's rules don't allow.
    func choose(
        _ cidr: String?, netmask: Int?, allowed: [String]? = nil, disallowed: [String]? = nil
    ) throws -> AddressBlock {
        if let cidr = cidr?.orNil {
            guard netmask == nil else {
                throw AWSError.invalidCombination("Exactly one of CIDR and Netmask Length should be provided.")
            }
            guard allowed?.isEmpty ?? true, disallowed?.isEmpty ?? true else {
                throw AWSError.invalidCombination("AllowedCidrs and DisallowedCidrs can be used only with a netmask length.")
            }
            guard let block = AddressBlock(cidr), block.isIPv6 == pool.isIPv6 else { throw AWSError.notACIDRBlock(cidr) }
            try check(block.prefix)
            // The message is assumed.
            guard isFree(block) else {
                throw AWSError.invalidValue(cidr, for: "cidr", "The CIDR is not available in the pool.")
            }
            return block
        }
        // https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/1135
        guard let length = netmask ?? pool.allocationDefaultNetmaskLength else {
            throw AWSError.invalidCombination(
                "The request cannot contain empty CIDR and Netmask Length for a pool with no default allocation netmask length "
                    + "set. Exactly one of them should be provided.")
        }
        guard (0...(pool.isIPv6 ? 128 : 32)).contains(length) else {
            throw AWSError.invalidValue("\(length)", for: "netmaskLength")
        }
        try check(length)
        let allowed = try Self.blocks(allowed), disallowed = try Self.blocks(disallowed)
        guard let block = next(length, within: allowed, without: disallowed) else {
            // https://github.com/hashicorp/terraform-provider-aws/issues/39046
            throw AWSError("InvalidParameterValue", "The allocation size is too big for the pool.")
        }
        return block
    }

    private static func blocks(_ texts: [String]?) throws -> [AddressBlock] {
        try (texts ?? []).map { text in
            guard let block = AddressBlock(text) else { throw AWSError.notACIDRBlock(text) }
            return block
        }
    }

    /// Checks a netmask length against the pool's rules. The message is assumed.
    private func check(_ length: Int) throws {
        guard pool.permits(length) else {
            throw AWSError(
                "InvalidParameterValue",
                "The netmask length \(length) does not comply with the minimum and maximum netmask length of the pool.")
        }
    }
}

extension IpamPool {
    func permits(_ length: Int) -> Bool {
        length >= allocationMinNetmaskLength ?? 0 && length <= allocationMaxNetmaskLength ?? 128
    }

    /// Returns whether a resource has the tags that the pool requires.
    func permits(_ tags: [Tag]) -> Bool {
        (allocationResourceTags ?? []).allSatisfy { wanted in
            tags.contains { $0.key == wanted.key && $0.value ?? "" == wanted.value ?? "" }
        }
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func allocateIpamPoolCidr(
        _ input: AllocateIpamPoolCidrRequest, _ context: Context
    ) throws -> AllocateIpamPoolCidrResult {
        if input.tagSpecifications != nil { throw AWSError.notSimulated("ec2", "AllocateIpamPoolCidr with tags") }
        let (pool, home) = try IpamPool.usable(input.ipamPoolId, context)
        func chosen() throws -> AddressBlock {
            try IpamSpace(pool, home).choose(
                input.cidr, netmask: input.netmaskLength, allowed: input.allowedCidrs, disallowed: input.disallowedCidrs)
        }
        if input.previewNextCidr == true {
            var preview = IpamPoolAllocation()
            preview.cidr = try chosen().description
            return AllocateIpamPoolCidrResult(ipamPoolAllocation: preview)
        }
        let made = try context.once(input, recalling: { try IpamAllocationRecord.required($0, home) }) {
            var record = IpamAllocationRecord(try chosen(), of: input.ipamPoolId, context)
            record.description = input.description
            try record.insert(home)
            return (record.id, record)
        }
        return AllocateIpamPoolCidrResult(ipamPoolAllocation: made.shape)
    }

    public func releaseIpamPoolAllocation(
        _ input: ReleaseIpamPoolAllocationRequest, _ context: Context
    ) throws -> ReleaseIpamPoolAllocationResult {
        let (_, home) = try IpamPool.anywhere(input.ipamPoolId, context)
        let record = try IpamAllocationRecord.required(input.ipamPoolAllocationId, home)
        guard record.pool == input.ipamPoolId else { throw IpamAllocationRecord.kind.notFound(input.ipamPoolAllocationId) }
        guard AddressBlock(input.cidr) == record.block else {
            throw AWSError.invalidValue(input.cidr, for: "cidr", "It is not the CIDR of the allocation.")
        }
        guard record.resourceType == "custom" else {
            throw AWSError("OperationNotPermitted", "Only manual allocations can be released.")
        }
        try record.delete(home)
        return ReleaseIpamPoolAllocationResult(success: true)
    }

    public func getIpamPoolAllocations(
        _ input: GetIpamPoolAllocationsRequest, _ context: Context
    ) throws -> GetIpamPoolAllocationsResult {
        let (pool, home) = try IpamPool.anywhere(input.ipamPoolId, context)
        var records = try IpamAllocationRecord.of(pool, home)
        if let id = input.ipamPoolAllocationId?.orNil {
            records = records.filter { $0.id == id }
            guard !records.isEmpty else { throw IpamAllocationRecord.kind.notFound(id) }
        }
        let found = try IpamPoolAllocation.filters.apply(input.filters, to: records.map(\.shape), context)
        let numbers = try IpamAllocationRecord.kind.numbers(home)
        let page = try Paging(input, context).page(found) { .number(numbers[$0.ipamPoolAllocationId ?? ""] ?? 0) }
        return GetIpamPoolAllocationsResult(ipamPoolAllocations: page.items, nextToken: page.nextToken)
    }
}

extension IpamAllocationRecord {
    fileprivate static func required(_ id: String, _ context: Context) throws -> IpamAllocationRecord {
        guard let record = try find(id, context) else { throw kind.notFound(id) }
        return record
    }
}

extension IpamPoolAllocation {
    fileprivate static let filters = FilterTable<IpamPoolAllocation>([
        "cidr": { [$0.cidr] }, "ipam-pool-allocation-id": { [$0.ipamPoolAllocationId] }, "resource-id": { [$0.resourceId] },
        "resource-type": { [$0.resourceType?.rawValue] }, "resource-region": { [$0.resourceRegion] },
        "resource-owner": { [$0.resourceOwner] }, "description": { [$0.description] },
    ])
}
