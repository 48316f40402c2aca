import AWSCore
import EC2API
import SimulatorCore

// VPCs that get their blocks from pools.
// https://docs.aws.amazon.com/vpc/latest/ipam/create-vpc-ipam.html

/// A block that a VPC takes from a pool, or is about to.
struct IpamTaking {
    let block: AddressBlock
    private let pool: String
    private let home: Context

    /// - Parameters:
    ///   - tags: the VPC's, of which the pool may want some.
    /// - Throws: AWS's errors for pools that are of another family or locale, or that have nothing left.
    init(
        _ id: String, isIPv6: Bool, cidr: String?, netmask: Int?, sizes: ClosedRange<Int>, tags: [Tag], _ context: Context
    ) throws {
        let (pool, home) = try IpamPool.usable(id, context)
        // Assumed: the sentences of the next two.
        guard pool.isIPv6 == isIPv6 else {
            throw AWSError.invalidValue(
                id, for: isIPv6 ? "ipv6IpamPoolId" : "ipv4IpamPoolId", "The pool has another address family.")
        }
        guard pool.locale == context.region else {
            throw AWSError.invalidValue(
                id, for: isIPv6 ? "ipv6IpamPoolId" : "ipv4IpamPoolId", "The locale of the pool is not \(context.region).")
        }
        // https://github.com/awslabs/landing-zone-accelerator-on-aws/issues/917; the code is assumed.
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
    /// The IPv4 block that a request takes from a pool; nil for one that names no pool.
    static func takenIPv4(
        _ pool: String?, cidr: String?, netmask: Int?, tags: [Tag], _ context: Context
    ) throws -> IpamTaking? {
        guard let pool = pool?.orNil else {
            guard netmask == nil else {
                throw AWSError.invalidCombination("The parameter ipv4NetmaskLength needs the parameter ipv4IpamPoolId")
            }
            return nil
        }
        return try IpamTaking(
            pool, isIPv6: false, cidr: cidr, netmask: netmask, sizes: 16...28, tags: tags, context)
    }

    /// The same for IPv6.
    static func takenIPv6(
        _ pool: String?, cidr: String?, netmask: Int?, tags: [Tag], _ context: Context
    ) throws -> IpamTaking? {
        guard let pool = pool?.orNil else {
            guard netmask == nil else {
                throw AWSError.invalidCombination("The parameter ipv6NetmaskLength needs the parameter ipv6IpamPoolId")
            }
            return nil
        }
        let taking = try IpamTaking(pool, isIPv6: true, cidr: cidr, netmask: netmask, sizes: 44...60, tags: tags, context)
        // A multiple of four from /44 to /60.
        guard (44...60).contains(taking.block.prefix), taking.block.prefix % 4 == 0 else {
            throw AWSError(
                "InvalidParameterValue", "The netmask length of a VPC's IPv6 block is a multiple of 4 from 44 to 60.")
        }
        return taking
    }
}

// MARK: Import

extension IpamPool {
    /// Takes in the blocks of VPCs that lie in its CIDRs and are nobody's allocation, the largest first.
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

    /// A VPC got a block: pools that look for such things find it.
    static func importResources(in context: Context) throws {
        for home in try Ipam.homes(context) {
            for pool in try Resource.ipamPool.all(home).map(\.shape)
            where pool.autoImport == true && pool.locale == context.region {
                try pool.importResources(home)
            }
        }
    }
}
