import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/ipam/prov-cidr-ipam.html

/// A CIDR that is provisioned to a pool, or is being provisioned.
struct IpamCidrRecord: StoredResource {
    static let kind = ResourceKind(
        "ipam-pool-cidr", type: "ipam-pool-cidr", in: .table("ec2_ipam_pool_cidr"), code: "InvalidIpamPoolCidrId",
        notFound: "The IPAM pool CIDR (%) does not exist.", malformed: "InvalidIpamPoolCidrId.NotFound",
        refers: [.to("ipam-pool", column: "pool", cascading: "state = 'failed-provision'")])
    static let columns: ColumnList = ["id", "pool", "block", "netmask", "state", "failure"]
    static let migration = Migration(
        "ec2.ipam-pool-cidr",
        """
        CREATE TABLE ec2_ipam_pool_cidr (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, pool TEXT NOT NULL,
            block TEXT, netmask INTEGER, state TEXT NOT NULL, failure TEXT, UNIQUE (account, region, id)
        );
        CREATE INDEX ec2_ipam_pool_cidr_by_pool ON ec2_ipam_pool_cidr (account, region, pool)
        """)
    /// How long provisioning and deprovisioning take in AWS; assumed.
    private static let duration = Duration.seconds(20)
    /// https://docs.aws.amazon.com/vpc/latest/ipam/quotas-ipam.html
    private static let most = 50

    let id, pool: String
    /// Nil for a request by netmask length, until a block is chosen.
    fileprivate(set) var block: AddressBlock?
    fileprivate let netmask: Int?
    fileprivate(set) var state: String
    private var failure: String?

    fileprivate init(_ block: AddressBlock?, netmask: Int?, in pool: String, _ context: Context) {
        id = IpamAllocationRecord.newId(Self.kind.prefix, context)
        self.pool = pool
        self.block = block
        self.netmask = netmask
        state = "pending-provision"
    }

    init(_ row: StoredRow) throws {
        id = try row[0]
        pool = try row[1]
        let text: String? = try row[2]
        block = text.flatMap { AddressBlock($0) }
        netmask = try row[3]
        state = try row[4]
        failure = try row[5]
    }

    var values: [(any DatabaseValueConvertible)?] { [id, pool, block?.description, netmask, state, failure] }

    /// Returns the blocks that can be allocated from.
    static func provisioned(_ pool: String, _ context: Context) throws -> [AddressBlock] {
        try all(context, "AND pool = ? AND state = 'provisioned'", [pool]).compactMap(\.block)
    }

    fileprivate var shape: IpamPoolCidr {
        var shape = IpamPoolCidr()
        shape.ipamPoolCidrId = id
        shape.cidr = block?.description
        shape.netmaskLength = block?.prefix ?? netmask
        shape.state = IpamPoolCidrState(state)
        shape.failureReason = failure.map {
            IpamPoolCidrFailureReason(
                code: IpamPoolCidrFailureCode($0),
                message: $0 == "limit-exceeded"
                    ? "The maximum number of CIDRs of the pool (\(Self.most)) has been reached."
                    : "The CIDR is not available in the source of the pool.")
        }
        return shape
    }

    fileprivate mutating func move(to state: String, _ context: Context) throws {
        self.state = state
        try update(context)
        try Due.set(Self.kind.type, id, at: context.now + context.transitions.duration(Self.duration), context)
    }
}

extension EC2Simulation {
    public func provisionIpamPoolCidr(
        _ input: ProvisionIpamPoolCidrRequest, _ context: Context
    ) throws -> ProvisionIpamPoolCidrResult {
        let made = try context.once(
            input,
            recalling: { id in
                guard let record = try IpamCidrRecord.find(id, context) else { throw IpamCidrRecord.kind.notFound(id) }
                return record
            }
        ) {
            var record = try IpamCidrRecord(input, context)
            try record.insert(context)
            try record.move(to: "pending-provision", context)
            return (record.id, record)
        }
        return ProvisionIpamPoolCidrResult(ipamPoolCidr: made.shape)
    }

    public func deprovisionIpamPoolCidr(
        _ input: DeprovisionIpamPoolCidrRequest, _ context: Context
    ) throws -> DeprovisionIpamPoolCidrResult {
        let pool = try Resource.ipamPool.get(input.ipamPoolId, context).shape
        guard let cidr = input.cidr?.orNil else { throw AWSError.missingParameter("cidr") }
        guard let block = AddressBlock(cidr) else { throw AWSError.notACIDRBlock(cidr) }
        let records = try IpamCidrRecord.all(context, "AND pool = ?", [input.ipamPoolId])
        guard var record = records.last(where: { $0.block == block && $0.state != "pending-deprovision" }) else {
            // The code and the message are assumed.
            throw AWSError.invalidValue(cidr, for: "cidr", "The CIDR is not provisioned to the pool.")
        }
        if record.state == "provisioned" {
            let used = try IpamAllocationRecord.of(pool, context).contains { block.contains($0.block) }
            guard !used else {
                throw AWSError("IncorrectState", "The CIDR '\(cidr)' has allocations and cannot be deprovisioned.")
            }
        }
        try record.move(to: "pending-deprovision", context)
        return DeprovisionIpamPoolCidrResult(ipamPoolCidr: record.shape)
    }

    public func getIpamPoolCidrs(_ input: GetIpamPoolCidrsRequest, _ context: Context) throws -> GetIpamPoolCidrsResult {
        let (_, home) = try IpamPool.anywhere(input.ipamPoolId, context)
        let shapes = try IpamCidrRecord.all(home, "AND pool = ?", [input.ipamPoolId]).map(\.shape)
        let found = try IpamPoolCidr.filters.apply(input.filters, to: shapes, context)
        let numbers = try IpamCidrRecord.kind.numbers(home)
        let page = try Paging(input, context).page(found) { .number(numbers[$0.ipamPoolCidrId ?? ""] ?? 0) }
        return GetIpamPoolCidrsResult(ipamPoolCidrs: page.items, nextToken: page.nextToken)
    }
}

extension IpamPoolCidr {
    fileprivate static let filters = FilterTable<IpamPoolCidr>([
        "cidr": { [$0.cidr] }, "ipam-pool-cidr-id": { [$0.ipamPoolCidrId] }, "state": { [$0.state?.rawValue] },
        "netmask-length": { [$0.netmaskLength.map(String.init)] },
    ])
}

// MARK: Provisioning

extension IpamCidrRecord {
    /// - Throws: AWS's errors for a CIDR that the pool cannot have. A CIDR that is already in use fails later.
    fileprivate init(_ input: ProvisionIpamPoolCidrRequest, _ context: Context) throws {
        let (pool, _) = try IpamPool.usable(input.ipamPoolId, context)
        if input.cidrAuthorizationContext != nil || input.verificationMethod != nil
            || input.ipamExternalResourceVerificationTokenId != nil
        {
            throw AWSError.notSimulated("ec2", "ProvisionIpamPoolCidr with addresses of one's own")
        }
        let isTop = pool.sourceIpamPoolId == nil
        switch (input.cidr?.orNil, input.netmaskLength) {
        case (nil, nil): throw AWSError.missingParameter("cidr")
        case (_?, _?): throw AWSError.invalidCombination("Either Cidr or NetmaskLength can be specified, not both.")
        case (let cidr?, nil):
            guard let block = AddressBlock(cidr), block.isIPv6 == pool.isIPv6 else { throw AWSError.notACIDRBlock(cidr) }
            if isTop, pool.ipamScopeType == .public {
                throw AWSError.notSimulated("ec2", "ProvisionIpamPoolCidr with addresses of one's own")
            }
            self.init(block, netmask: nil, in: input.ipamPoolId, context)
        case (nil, let netmask?):
            guard (1...(pool.isIPv6 ? 128 : 32)).contains(netmask) else {
                throw AWSError.invalidValue("\(netmask)", for: "netmaskLength")
            }
            if isTop {
                guard pool.ipamScopeType == .public else {
                    throw AWSError.invalidCombination("A Cidr must be specified for a top-level pool in a private scope.")
                }
                guard pool.isIPv6, pool.publicIpSource == .amazon else {
                    throw AWSError.notSimulated("ec2", "ProvisionIpamPoolCidr with public IPv4 addresses")
                }
                // https://docs.aws.amazon.com/vpc/latest/ipam/intro-create-ipv6-pools.html
                guard [40, 44, 48, 52].contains(netmask) else {
                    throw AWSError.invalidValue("\(netmask)", for: "netmaskLength", "Amazon gives /40, /44, /48 and /52.")
                }
            }
            self.init(nil, netmask: netmask, in: input.ipamPoolId, context)
        }
    }

    static func settle(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var record = try find(due.id, context) else { continue }
            guard let pool = try Resource.ipamPool.find(record.pool, context)?.shape else {
                try record.delete(context)
                continue
            }
            if record.state == "pending-provision" { try record.arrive(pool, context) }
            if record.state == "pending-deprovision" { try record.leave(pool, context) }
        }
    }

    private mutating func arrive(_ pool: IpamPool, _ context: Context) throws {
        let isFull = try Self.provisioned(self.pool, context).count >= Self.most
        let chosen = isFull ? nil : try choose(pool, context)
        guard let chosen else {
            failure = isFull ? "limit-exceeded" : "cidr-not-available"
            state = "failed-provision"
            return try update(context)
        }
        block = chosen
        state = "provisioned"
        try update(context)
        if let source = pool.sourceIpamPoolId {
            var allocation = IpamAllocationRecord(chosen, of: source, context)
            allocation.resourceId = self.pool
            allocation.resourceType = "ipam-pool"
            allocation.resourceRegion = context.region
            try allocation.insert(context)
        }
        try pool.importResources(context)
    }

    private func choose(_ pool: IpamPool, _ context: Context) throws -> AddressBlock? {
        if let source = try pool.sourceIpamPoolId.flatMap({ try Resource.ipamPool.find($0, context)?.shape }) {
            let free = try IpamSpace(source, context)
            return block.map { free.isFree($0) ? $0 : nil } ?? netmask.flatMap { free.next($0) }
        }
        // The top-level pools of a scope must not overlap.
        let others = try Resource.ipamPool.all(context).map(\.shape).filter {
            $0.ipamScopeArn == pool.ipamScopeArn && $0.sourceIpamPoolId == nil && $0.addressFamily == pool.addressFamily
        }
        let taken = try others.flatMap { try Self.provisioned($0.ipamPoolId ?? "", context) }
        if let block { return taken.contains(where: block.overlaps) ? nil : block }
        let locale = context.within(region: pool.locale.flatMap { AWSRegion.named($0)?.name } ?? context.region)
        let range = AddressBlock(try AmazonIPv6.range(locale))
        return netmask.flatMap { range.firstFree($0, besides: taken) }
    }

    private func leave(_ pool: IpamPool, _ context: Context) throws {
        if let source = pool.sourceIpamPoolId, let block {
            try IpamAllocationRecord.delete(
                context, "AND pool = ? AND resource_id = ? AND block = ?", [source, self.pool, block.description])
        }
        try delete(context)
    }
}
