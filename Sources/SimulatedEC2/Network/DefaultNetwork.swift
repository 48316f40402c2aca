import AWSCore
import EC2API
import SimulatorCore

/// The resources that AWS creates by itself: a new account's default VPC, and what each new VPC contains.
enum DefaultNetwork {
    /// Creates the DHCP options and the default VPC of a new account and region.
    static func create(_ context: Context) throws {
        try Resource.dhcpOptions.createStandard(context)
        // AWS created the default VPC long before the first request, so it is never `pending`.
        try createVpc(context, at: context.now - .days(1))
    }

    /// Creates the default VPC 172.31.0.0/16, with a public subnet in each zone and a route to an internet gateway.
    @discardableResult
    static func createVpc(_ context: Context, at created: Instant? = nil) throws -> VpcRecord {
        let block = IPv4Block(base: 172 << 24 | 31 << 16, prefix: 16)
        var vpc = VpcRecord(block, isDefault: true, dhcpOptionsId: try Resource.dhcpOptions.standard(context), context)
        if let created { vpc.createdAt = created }
        try vpc.insert(context)
        try furnish(vpc, context) { table, list in
            let gateway = InternetGatewayRecord(id: context.ids.resource("igw"), vpcId: vpc.id)
            try gateway.insert(context)
            table.routes?.append(Route(.ipv4(IPv4Block(base: 0, prefix: 0)), to: .gateway(gateway.id)))
            for (index, zone) in AWSRegion.current(context).zones.enumerated() where index < 16 {
                let subnet = SubnetRecord(
                    vpc: vpc, block: IPv4Block(base: block.base + UInt32(index) << 12, prefix: 20), zone: zone,
                    isDefault: true, context)
                try subnet.insert(context)
                list.associate(subnet.id, context)
            }
        }
        return vpc
    }

    /// Creates what AWS creates with every VPC: its main route table, network ACL and security group.
    /// - Parameter complete: adds routes and associations before the table and the ACL are stored.
    static func furnish(
        _ vpc: VpcRecord, _ context: Context,
        completing complete: (inout RouteTable, inout NetworkAcl) throws -> Void = { _, _ in }
    ) throws {
        var table = try Resource.routeTable.main(for: vpc, context)
        var list = Resource.networkAcl.standard(for: vpc, context)
        try SecurityGroupRecord.createDefault(of: vpc, context)
        try complete(&table, &list)
        try Resource.routeTable.insert(table, phase: "", context)
        try Resource.networkAcl.insert(list, phase: "", context)
    }
}

extension AWSRegion {
    /// The request's region. An unknown region gets three zones, so that clients can use their own region names.
    static func current(_ context: Context) -> AWSRegion {
        if let known = named(context.region) { return known }
        let zones = ["a", "b", "c"].enumerated().map {
            Zone(name: "\(context.region)\($1)", id: "\(context.region)-az\($0 + 1)")
        }
        return AWSRegion(name: context.region, longName: context.region, isOptIn: false, geolocation: "US", zones: zones)
    }
}
