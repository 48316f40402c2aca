import AWSCore
import EC2API
import SimulatorCore

// VPCs whose blocks come from IPAM pools.
// https://docs.aws.amazon.com/vpc/latest/ipam/create-vpc-ipam.html

/// A block of an IPAM pool for a VPC, chosen before the VPC is created and recorded as an allocation afterwards.
struct IpamVpcBlock {
    let block: AddressBlock
    private let pool: String
    private let home: Context

    /// - Parameters:
    ///   - id: the pool's id.
    ///   - sizes: the prefix lengths that `netmask` may have.
    ///   - tags: the VPC's tags; the pool may require some.
    /// - Throws: AWS's errors for pools of another family or locale, and for full pools.
    init(
        _ id: String, isIPv6: Bool, cidr: String?, netmask: Int?, sizes: ClosedRange<Int>, tags: [Tag], _ context: Context
    ) throws {
        let (pool, home) = try IpamPool.usable(id, context)
        // The messages of the next two errors are assumed.
        guard pool.isIPv6 == isIPv6 else {
            throw AWSError.invalidValue(
                id, for: isIPv6 ? "ipv6IpamPoolId" : "ipv4IpamPoolId", "The pool has another address family.")
        }
        guard pool.locale == context.region else {
            throw AWSError.invalidValue(
                id, for: isIPv6 ? "ipv6IpamPoolId" : "ipv4IpamPoolId", "The locale of the pool is not \(context.region).")
        }
        // The code is assumed; the message is from https://github.com/awslabs/landing-zone-accelerator-on-aws/issues/917
        guard pool.permits(tags) else {
            throw AWSError(
                "InvalidParameterValue",
                "The resource is missing one or more of the resource tags required by the IPAM pool.")
        }
        if let netmask, !sizes.contains(netmask) {
            throw AWSError.invalidValue("\(netmask)", for: isIPv6 ? "ipv6NetmaskLength" : "ipv4NetmaskLength")
        }
        block = try IpamSpace(pool, home).choose(cidr, netmask: netmask)
        self.pool = id
        self.home = home
    }

    func record(for vpc: String, _ context: Context) throws {
        var allocation = IpamAllocationRecord(block, of: pool, context)
        allocation.resourceId = vpc
        allocation.resourceType = "vpc"
        allocation.resourceRegion = context.region
        try allocation.insert(home)
    }
}

extension VpcRecord {
    /// Returns the IPv4 block for a request that names a pool; nil if it names none.
    static func ipv4BlockFromPool(
        _ pool: String?, cidr: String?, netmask: Int?, tags: [Tag], _ context: Context
    ) throws -> IpamVpcBlock? {
        guard let pool = pool?.orNil else {
            guard netmask == nil else {
                throw AWSError.invalidCombination("The parameter ipv4NetmaskLength needs the parameter ipv4IpamPoolId")
            }
            return nil
        }
        return try IpamVpcBlock(
            pool, isIPv6: false, cidr: cidr, netmask: netmask, sizes: 16...28, tags: tags, context)
    }

    /// Returns the IPv6 block for a request that names a pool; nil if it names none.
    static func ipv6BlockFromPool(
        _ pool: String?, cidr: String?, netmask: Int?, tags: [Tag], _ context: Context
    ) throws -> IpamVpcBlock? {
        guard let pool = pool?.orNil else {
            guard netmask == nil else {
                throw AWSError.invalidCombination("The parameter ipv6NetmaskLength needs the parameter ipv6IpamPoolId")
            }
            return nil
        }
        let taking = try IpamVpcBlock(pool, isIPv6: true, cidr: cidr, netmask: netmask, sizes: 44...60, tags: tags, context)
        // The prefix length is a multiple of four from /44 to /60.
        guard (44...60).contains(taking.block.prefix), taking.block.prefix % 4 == 0 else {
            throw AWSError(
                "InvalidParameterValue", "The netmask length of a VPC's IPv6 block is a multiple of 4 from 44 to 60.")
        }
        return taking
    }
}

// MARK: Import

extension IpamPool {
    /// Allocates the blocks of VPCs within its CIDRs that are not allocated yet, the largest first.
    func importResources(_ context: Context) throws {
        guard autoImport == true, !isIPv6, let locale, let id = ipamPoolId else { return }
        let there = context.within(region: locale)
        let blocks = try VpcRecord.all(there).flatMap { vpc in
            try vpc.ipv4Blocks(there).map { (vpc: vpc.id, block: AddressBlock($0)) }
        }
        for (vpc, block) in blocks.sorted(by: { $0.block.prefix < $1.block.prefix }) {
            let isAllocated = try IpamAllocationRecord.having(vpc, context).contains { $0.block == block }
            guard !isAllocated, try IpamSpace(self, context).isFree(block) else { continue }
            var allocation = IpamAllocationRecord(block, of: id, context)
            allocation.resourceId = vpc
            allocation.resourceType = "vpc"
            allocation.resourceRegion = locale
            try allocation.insert(context)
        }
    }

    /// Allocates new blocks of VPCs in the pools for this region that import resources automatically.
    static func importResources(in context: Context) throws {
        for home in try Ipam.homes(context) {
            for pool in try Resource.ipamPool.all(home).map(\.shape)
            where pool.autoImport == true && pool.locale == context.region {
                try pool.importResources(home)
            }
        }
    }
}
