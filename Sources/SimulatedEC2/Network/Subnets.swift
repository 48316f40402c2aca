import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct SubnetRecord: StoredResource {
    static let kind = ResourceKind.subnet
    static let columns: ColumnList = [
        "id", "vpc_id", "cidr", "zone", "zone_id", "is_default", "maps_public_ip", "hostname_type", "has_dns_a_record",
        "has_dns_aaaa_record", "has_dns64", "lni_device_index", "assigns_ipv6",
    ]
    static let migration = Migration(
        "ec2.subnet",
        """
        CREATE TABLE ec2_subnet (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
            cidr TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL, is_default INTEGER NOT NULL,
            maps_public_ip INTEGER NOT NULL, hostname_type TEXT NOT NULL, has_dns_a_record INTEGER NOT NULL,
            has_dns_aaaa_record INTEGER NOT NULL, has_dns64 INTEGER NOT NULL, lni_device_index INTEGER,
            UNIQUE (account, region, id),
            FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
        );
        CREATE INDEX ec2_subnet_by_vpc ON ec2_subnet (account, region, vpc_id)
        """)

    /// Added later: IPv6 addresses.
    static let ipv6Migration = Migration(
        "ec2.subnet-ipv6", "ALTER TABLE ec2_subnet ADD COLUMN assigns_ipv6 INTEGER NOT NULL DEFAULT 0")

    var id, vpcId, zone, zoneId: String
    /// The IPv4 block; nil for an IPv6-only subnet.
    var block: IPv4Block?
    var cidr: String { block?.description ?? "" }
    /// Whether it is an IPv6-only subnet.
    var isIPv6Native: Bool { block == nil }
    var isDefault: Bool
    var mapsPublicIp: Bool
    var hostnameType = "ip-name"
    var hasDnsARecord = false
    var hasDnsAAAARecord = false
    var hasDns64 = false
    var lniDeviceIndex: Int?
    var assignsIPv6OnCreation = false

    /// - Parameter block: the IPv4 block; nil for an IPv6-only subnet.
    init(vpc: VpcRecord, block: IPv4Block?, zone: AWSRegion.Zone, isDefault: Bool, _ context: Context) {
        id = context.ids.resource("subnet")
        vpcId = vpc.id
        self.block = block
        self.zone = zone.name
        zoneId = zone.id
        self.isDefault = isDefault
        mapsPublicIp = isDefault && block != nil
        if block == nil {
            // As AWS shows a new IPv6-only subnet: https://github.com/ManageIQ/manageiq-providers-amazon/pull/914
            assignsIPv6OnCreation = true
            hostnameType = "resource-name"
            hasDnsAAAARecord = true
        }
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; vpcId = try row[1]; block = try Self.block(stored: row[2]); zone = try row[3]; zoneId = try row[4];
        isDefault = try row[5]; mapsPublicIp = try row[6]
        hostnameType = try row[7]; hasDnsARecord = try row[8]; hasDnsAAAARecord = try row[9]; hasDns64 = try row[10];
        lniDeviceIndex = try row[11]; assignsIPv6OnCreation = try row[12]
    }

    private static func block(stored text: String) throws -> IPv4Block? {
        text.isEmpty ? nil : try IPv4Block(stored: text)
    }

    var values: [(any DatabaseValueConvertible)?] {
        [
            id, vpcId, cidr, zone, zoneId, isDefault, mapsPublicIp, hostnameType, hasDnsARecord, hasDnsAAAARecord, hasDns64,
            lniDeviceIndex, assignsIPv6OnCreation,
        ]
    }

    /// Returns the default subnet of a zone, or the first default subnet if no zone is named.
    static func findDefault(zone: String? = nil, _ context: Context) throws -> SubnetRecord? {
        guard let zone else { return try first(context, "AND is_default") }
        return try first(context, "AND is_default AND zone = ?", [zone])
    }
}

// MARK: Addresses

extension SubnetRecord {
    /// Returns the number of addresses in use in each of the region's subnets, read in one statement.
    static func takenAddresses(_ context: Context) throws -> [String: Int] {
        try context.reading(ReadKey(SubnetRecord.self, context, "taken addresses")) {
            let statement = try context.db.cachedStatement(
                sql:
                    "SELECT subnet_id, COUNT(private_address) FROM ec2_network_interface WHERE account = ? AND region = ? GROUP BY subnet_id"
            )
            let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
            var result: [String: Int] = [:]
            while let row = try rows.next() { try result[row[0]] = row[1] }
            for address in try InterfaceAddress.all(context) { result[address.subnetId, default: 0] += address.ipv4Count }
            return result
        }
    }

    /// Returns the private addresses in use in the subnet.
    func takenAddresses(_ context: Context) throws -> Set<UInt32> {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT private_address FROM ec2_network_interface
                WHERE account = ? AND region = ? AND subnet_id = ? AND private_address IS NOT NULL
                """)
        var taken = try Set(UInt32.fetchAll(statement, arguments: [context.account, context.region, id]))
        for address in try InterfaceAddress.all(in: id, context) { taken.formUnion(address.ipv4Addresses) }
        return taken
    }

    /// Allocates private addresses for new interfaces: `wanted` if given, otherwise free ones.
    ///
    /// - Throws: `InvalidParameterValue` for an address outside the subnet and for an IPv6-only subnet,
    ///   `InvalidIPAddress.InUse` for an address in use, and `InsufficientFreeAddressesInSubnet`.
    func allocate(_ count: Int, wanted: String? = nil, _ context: Context) throws -> [UInt32] {
        guard let block else { throw AWSError.withoutIPv4(id) }
        var taken = try takenAddresses(context)
        if let wanted {
            guard let address = IPv4Block.address(wanted) else { throw AWSError.invalidAddress(wanted) }
            guard block.contains(address) else {
                throw AWSError("InvalidParameterValue", "Address \(wanted) does not fall within the subnet's address range")
            }
            guard !block.isReserved(address) else {
                throw AWSError("InvalidParameterValue", "Address \(wanted) is in subnet's reserved address range")
            }
            guard !taken.contains(address) else {
                throw AWSError("InvalidIPAddress.InUse", "Address \(wanted) is in use.")
            }
            guard count == 1 else {
                throw AWSError.invalidCombination("The parameter privateIpAddress cannot be used with more than one instance.")
            }
            return [address]
        }
        // AWS does not assign reserved addresses automatically.
        for reserved in try reservedBlocks(context) { taken.formUnion((0..<reserved.count).map { reserved.address($0) }) }
        taken = taken.filter { !block.isReserved($0) }
        let free = block.count - 5 - taken.count
        guard count <= free else {
            throw AWSError(
                "InsufficientFreeAddressesInSubnet",
                "There are not enough free addresses in subnet '\(id)' to satisfy the requested number of instances.")
        }
        var result: [UInt32] = []
        result.reserveCapacity(count)
        for _ in 0..<count {
            var address = block.address(4 + Int(context.ids.next() % UInt64(block.count - 5)))
            while taken.contains(address) {
                address += 1
                if block.isReserved(address) { address = block.address(4) }
            }
            taken.insert(address)
            result.append(address)
        }
        return result
    }

    /// Allocates the first private addresses of new interfaces. Interfaces in an IPv6-only subnet have none.
    /// - Throws: the errors of ``allocate(_:wanted:_:)``.
    func allocatePrimary(_ count: Int, wanted: String? = nil, _ context: Context) throws -> [UInt32?] {
        if isIPv6Native, wanted == nil { return [UInt32?](repeating: nil, count: count) }
        return try allocate(count, wanted: wanted, context)
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createSubnet(_ input: CreateSubnetRequest, _ context: Context) throws -> CreateSubnetResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .subnet)
        let vpc = try VpcRecord.get(input.vpcId, context)
        if input.ipv4IpamPoolId != nil || input.ipv6IpamPoolId != nil {
            throw AWSError.notSimulated("ec2", "CreateSubnet with IPAM pools")
        }
        if input.outpostArn != nil { throw AWSError.notSimulated("ec2", "CreateSubnet in an Outpost") }
        let cidr = try input.ipv4Cidr()
        let block = try cidr.map { try vpc.ipv4Block(forSubnet: $0, context) }
        let zone = try Self.zone(named: input.availabilityZone, id: input.availabilityZoneId, context)
        let others = try SubnetRecord.all(context, "AND vpc_id = ?", [vpc.id])
        if let block, others.contains(where: { $0.block?.overlaps(block) == true }) {
            throw AWSError("InvalidSubnet.Conflict", "The CIDR '\(cidr ?? "")' conflicts with another subnet")
        }
        guard others.count < 200 else {
            throw AWSError("SubnetLimitExceeded", "The maximum number of subnets has been reached.")
        }
        let ipv6 = try input.ipv6CidrBlock.flatMap(\.orNil).map { try vpc.ipv6Block(forSubnet: $0, context) }
        let subnet = SubnetRecord(vpc: vpc, block: block, zone: zone, isDefault: false, context)
        try subnet.insert(context)
        let blocks = try ipv6.map { [try subnet.associate($0, context)] } ?? []
        try Resource.networkAcl.associate(subnet: subnet, context)
        try tags.apply(.subnet, to: subnet.id, context)
        return CreateSubnetResult(subnet: subnet.shape(tags[.subnet], blocks, taken: 0, context))
    }

    static func zone(named name: String?, id: String?, _ context: Context) throws -> AWSRegion.Zone {
        let zones = AWSRegion.current(context).zones
        if name != nil, id != nil {
            throw AWSError.invalidCombination(
                "The parameter availabilityZone cannot be used with the parameter availabilityZoneId")
        }
        if let name {
            guard let zone = zones.first(where: { $0.name == name }) else {
                let list = zones.map(\.name).joined(separator: ", ")
                throw AWSError.invalidValue(
                    name, for: "availabilityZone",
                    "Subnets can currently only be created in the following availability zones: \(list).")
            }
            return zone
        }
        if let id {
            guard let zone = zones.first(where: { $0.id == id }) else {
                let list = zones.map(\.id).joined(separator: ", ")
                throw AWSError.invalidValue(
                    id, for: "availabilityZoneId",
                    "Subnets can currently only be created in the following availability zones: \(list).")
            }
            return zone
        }
        guard let first = zones.first else { throw AWSError.missingParameter("availabilityZone") }
        return first
    }

    public func deleteSubnet(_ input: DeleteSubnetRequest, _ context: Context) throws -> EmptyShape {
        let subnet = try SubnetRecord.get(input.subnetId, context)
        try EC2Simulation.kinds.prepareDeletion(of: subnet.id, .subnet, context)
        try Resource.networkAcl.dissociate(subnet: subnet.id, context)
        try CidrBlockRecord.removeAll(of: subnet.id, context)
        try Resource.routeTable.dissociate(subnet: subnet.id, context)
        try subnet.delete(context)
        return EmptyShape()
    }

    public func describeSubnets(_ input: DescribeSubnetsRequest, _ context: Context) throws -> DescribeSubnetsResult {
        let paging = try Paging(input, ids: input.subnetIds, named: "subnetIds", context)
        let records = try SubnetRecord.list(input.subnetIds, context)
        let tags = try TagIndex(.subnet, ids: records.map(\.id), context)
        let taken = try SubnetRecord.takenAddresses(context)
        let blocks = try CidrBlockRecord.byOwner(context)
        let blocking = try PublicAccessBlock(context)
        let shapes = records.map {
            $0.shape(tags[$0.id], blocks[$0.id] ?? [], taken: taken[$0.id] ?? 0, context, blocking: blocking)
        }
        let page = try paging.page(SubnetRecord.filters.apply(input.filters, to: shapes, context), of: .subnet, id: \.subnetId)
        return DescribeSubnetsResult(nextToken: page.nextToken, subnets: page.items)
    }

    public func modifySubnetAttribute(_ input: ModifySubnetAttributeRequest, _ context: Context) throws -> EmptyShape {
        var subnet = try SubnetRecord.get(input.subnetId, context)
        try input.checkOne()
        try input.check(fits: subnet, context)
        if input.mapCustomerOwnedIpOnLaunch != nil || input.customerOwnedIpv4Pool != nil {
            throw AWSError.notSimulated("ec2", "ModifySubnetAttribute for customer-owned addresses")
        }
        if let value = input.assignIpv6AddressOnCreation?.value { subnet.assignsIPv6OnCreation = value }
        if let value = input.mapPublicIpOnLaunch?.value { subnet.mapsPublicIp = value }
        if let value = input.enableDns64?.value { subnet.hasDns64 = value }
        if let value = input.privateDnsHostnameTypeOnLaunch { subnet.hostnameType = value.rawValue }
        if let value = input.enableResourceNameDnsARecordOnLaunch?.value { subnet.hasDnsARecord = value }
        if let value = input.enableResourceNameDnsAAAARecordOnLaunch?.value { subnet.hasDnsAAAARecord = value }
        if let value = input.enableLniAtDeviceIndex { subnet.lniDeviceIndex = value }
        if input.disableLniAtDeviceIndex?.value == true { subnet.lniDeviceIndex = nil }
        try subnet.update(context)
        return EmptyShape()
    }
}

extension SubnetRecord {
    static let filters = FilterTable<Subnet>(
        [
            "subnet-id": { [$0.subnetId] }, "subnet-arn": { [$0.subnetArn] }, "vpc-id": { [$0.vpcId] },
            "availability-zone": { [$0.availabilityZone] }, "availabilityZone": { [$0.availabilityZone] },
            "availability-zone-id": { [$0.availabilityZoneId] }, "availabilityZoneId": { [$0.availabilityZoneId] },
            "available-ip-address-count": { [$0.availableIpAddressCount.map(String.init)] },
            "cidr-block": { [$0.cidrBlock] }, "cidr": { [$0.cidrBlock] }, "cidrBlock": { [$0.cidrBlock] },
            "customer-owned-ipv4-pool": { _ in [] },
            "default-for-az": { [$0.defaultForAz?.text] }, "defaultForAz": { [$0.defaultForAz?.text] },
            "enable-dns64": { [$0.enableDns64?.text] },
            "enable-lni-at-device-index": { [$0.enableLniAtDeviceIndex.map(String.init)] },
            "ipv6-cidr-block-association.ipv6-cidr-block": { $0.ipv6CidrBlockAssociationSet?.map(\.ipv6CidrBlock) ?? [] },
            "ipv6-cidr-block-association.association-id": { $0.ipv6CidrBlockAssociationSet?.map(\.associationId) ?? [] },
            "ipv6-cidr-block-association.state": {
                $0.ipv6CidrBlockAssociationSet?.map { $0.ipv6CidrBlockState?.state?.rawValue } ?? []
            },
            "ipv6-native": { [$0.ipv6Native?.text] },
            "map-customer-owned-ip-on-launch": { [$0.mapCustomerOwnedIpOnLaunch?.text] },
            "map-public-ip-on-launch": { [$0.mapPublicIpOnLaunch?.text] },
            "outpost-arn": { _ in [] }, "owner-id": { [$0.ownerId] },
            "private-dns-name-options-on-launch.hostname-type": { [$0.privateDnsNameOptionsOnLaunch?.hostnameType?.rawValue] },
            "private-dns-name-options-on-launch.enable-resource-name-dns-a-record": {
                [$0.privateDnsNameOptionsOnLaunch?.enableResourceNameDnsARecord?.text]
            },
            "private-dns-name-options-on-launch.enable-resource-name-dns-aaaa-record": {
                [$0.privateDnsNameOptionsOnLaunch?.enableResourceNameDnsAAAARecord?.text]
            },
            "state": { [$0.state?.rawValue] },
        ], tags: { $0.tags })

    /// - Parameter blocking: the public access block, which only descriptions show; nil at creation.
    func shape(
        _ tags: [Tag], _ blocks: [CidrBlockRecord], taken: Int, _ context: Context, blocking: PublicAccessBlock? = nil
    ) -> Subnet {
        Subnet(
            availabilityZoneId: zoneId, enableLniAtDeviceIndex: lniDeviceIndex, mapCustomerOwnedIpOnLaunch: false,
            ownerId: context.account, assignIpv6AddressOnCreation: assignsIPv6OnCreation,
            ipv6CidrBlockAssociationSet: blocks.map { $0.subnetShape(context) }, tags: tags.orNone,
            subnetArn: Self.kind.arn(id, context), enableDns64: hasDns64, ipv6Native: isIPv6Native,
            privateDnsNameOptionsOnLaunch: PrivateDnsNameOptionsOnLaunch(
                hostnameType: HostnameType(hostnameType), enableResourceNameDnsARecord: hasDnsARecord,
                enableResourceNameDnsAAAARecord: hasDnsAAAARecord),
            blockPublicAccessStates: blocking?.states(of: vpcId, subnet: id), subnetId: id, state: .available,
            vpcId: vpcId, cidrBlock: cidr.orNil, availableIpAddressCount: block.map { $0.count - 5 - taken } ?? 0,
            availabilityZone: zone,
            defaultForAz: isDefault, mapPublicIpOnLaunch: mapsPublicIp)
    }
}

extension AWSError {
    static func invalidAddress(_ text: String) -> AWSError {
        AWSError("InvalidParameterValue", "invalid value for parameter address: \(text)")
    }
}
