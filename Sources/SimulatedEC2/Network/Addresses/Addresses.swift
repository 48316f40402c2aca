import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// An Elastic IP address.
struct AddressRecord: StoredResource {
    static let kind = ResourceKind.address
    static let columns: ColumnList = [
        "id", "public_address", "association_id", "interface_id", "private_address", "pointer_name", "pointer_update",
    ]
    static let migration = Migration(
        "ec2.address",
        """
        CREATE TABLE ec2_address (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            public_address INTEGER NOT NULL UNIQUE, association_id TEXT, interface_id TEXT, UNIQUE (account, region, id),
            UNIQUE (account, region, interface_id),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id)
        )
        """)

    /// An interface can have several Elastic IP addresses: one for each of its private addresses.
    static let privateAddressMigration = Migration(
        "ec2.address-private",
        """
        CREATE TABLE ec2_address_new (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            public_address INTEGER NOT NULL UNIQUE, association_id TEXT, interface_id TEXT, private_address INTEGER,
            pointer_name TEXT, pointer_update TEXT, UNIQUE (account, region, id),
            UNIQUE (account, region, interface_id, private_address),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id)
        );
        INSERT INTO ec2_address_new (number, account, region, id, public_address, association_id, interface_id, private_address)
            SELECT a.number, a.account, a.region, a.id, a.public_address, a.association_id, a.interface_id, n.private_address
            FROM ec2_address a LEFT JOIN ec2_network_interface n
                ON n.account = a.account AND n.region = a.region AND n.id = a.interface_id;
        DROP TABLE ec2_address;
        ALTER TABLE ec2_address_new RENAME TO ec2_address;
        CREATE TABLE ec2_address_transfer (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            public_address INTEGER NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL, expires_at INTEGER NOT NULL,
            accepted_at INTEGER, UNIQUE (account, region, id)
        )
        """)

    /// The allocation id.
    var id: String
    var publicAddress: UInt32
    var associationId, interfaceId: String?
    /// The interface's private address that this address maps to.
    var privateAddress: UInt32?
    /// The domain name of the reverse record, with a trailing dot.
    var pointerName: String?
    /// The new domain name of a pending change; empty when the change removes the record.
    var pointerUpdate: String?

    init(id: String, publicAddress: UInt32) {
        self.id = id
        self.publicAddress = publicAddress
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; publicAddress = try row[1]; associationId = try row[2]; interfaceId = try row[3]
        privateAddress = try row[4]; pointerName = try row[5]; pointerUpdate = try row[6]
    }
    var values: [(any DatabaseValueConvertible)?] {
        [id, publicAddress, associationId, interfaceId, privateAddress, pointerName, pointerUpdate]
    }

    static func all(of interface: String, _ context: Context) throws -> [AddressRecord] {
        try all(context, "AND interface_id = ?", [interface])
    }

    /// Returns the address that maps to the interface's first private address.
    static func primary(of interface: NetworkInterfaceRecord, _ context: Context) throws -> AddressRecord? {
        try all(of: interface.id, context).first { $0.privateAddress == interface.privateAddress }
    }

    /// Associates the address with a private address of the interface, by default the first.
    mutating func associate(_ interface: NetworkInterfaceRecord, at privateAddress: UInt32? = nil, _ context: Context) throws {
        associationId = context.ids.resource("eipassoc")
        interfaceId = interface.id
        self.privateAddress = privateAddress ?? interface.privateAddress
        try update(context)
    }

    /// Removes the association; the address stays allocated.
    mutating func clear(_ context: Context) throws {
        associationId = nil
        interfaceId = nil
        privateAddress = nil
        try update(context)
    }

    static func find(publicIp: String, _ context: Context) throws -> AddressRecord {
        guard let address = IPv4Block.address(publicIp) else { throw AWSError.invalidAddress(publicIp) }
        guard let found = try first(context, "AND public_address = ?", [address]) else {
            throw AWSError.addressNotFound(publicIp)
        }
        return found
    }

    static func find(allocationId: String?, publicIp: String?, _ context: Context) throws -> AddressRecord {
        switch (allocationId, publicIp) {
        case (let id?, nil): return try get(id, context)
        case (nil, let ip?): return try find(publicIp: ip, context)
        case (nil, nil): throw AWSError("MissingParameter", "Either public IP or allocation id must be specified")
        case (_?, _?):
            throw AWSError.invalidCombination("You may specify public IP or allocation id, but not both in the same call")
        }
    }

    /// - Throws: `AuthFailure` if a service's interface uses the address: only that service may release it.
    func refuseIfManaged(_ context: Context) throws {
        guard let interfaceId, try NetworkInterfaceRecord.find(interfaceId, context)?.requester != nil else { return }
        throw AWSError.managedByService
    }

    /// Dissociates the address. An interface that assigns public addresses gets a new one in its place.
    mutating func dissociate(_ context: Context) throws {
        guard let interfaceId else { return }
        let formerly = privateAddress
        try clear(context)
        guard var interface = try NetworkInterfaceRecord.find(interfaceId, context), interface.assignsPublicAddress,
            interface.publicAddress == nil, interface.instanceId != nil, formerly == interface.privateAddress
        else { return }
        interface.publicAddress = try PublicAddresses.draw(context)
        try interface.update(context)
    }
}

extension EC2Simulation {
    public func allocateAddress(_ input: AllocateAddressRequest, _ context: Context) throws -> AllocateAddressResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .address)
        if input.ipamPoolId != nil || input.customerOwnedIpv4Pool != nil {
            throw AWSError.notSimulated("ec2", "AllocateAddress from a pool of one's own")
        }
        if let pool = input.publicIpv4Pool, pool != "amazon" {
            throw AWSError("InvalidPublicIpv4PoolID.NotFound", "The publicIpv4Pool ID '\(pool)' does not exist")
        }
        if let group = input.networkBorderGroup, group != context.region {
            throw AWSError.invalidValue(group, for: "networkBorderGroup")
        }
        // Released addresses cannot be recovered in Drydock.
        if let wanted = input.address { throw AWSError.addressNotFound(wanted) }
        guard try AddressRecord.count(context) < 5 else {
            throw AWSError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        }
        let address = AddressRecord(id: context.ids.resource("eipalloc"), publicAddress: try PublicAddresses.draw(context))
        try address.insert(context)
        try tags.apply(.address, to: address.id, context)
        return AllocateAddressResult(
            allocationId: address.id, publicIpv4Pool: "amazon", networkBorderGroup: context.region, domain: "vpc",
            publicIp: IPv4Block.text(address.publicAddress))
    }

    public func associateAddress(_ input: AssociateAddressRequest, _ context: Context) throws -> AssociateAddressResult {
        var address = try AddressRecord.find(allocationId: input.allocationId, publicIp: input.publicIp, context)
        var interface = try Self.interface(instanceId: input.instanceId, id: input.networkInterfaceId, context)
        let privateAddress = try interface.own(input.privateIpAddress, context)
        try address.refuseIfManaged(context)
        guard interface.requester == nil else { throw AWSError.managedByService }
        guard try InternetGatewayRecord.exists(context, "AND vpc_id = ?", [interface.vpcId]) else {
            throw AWSError("Gateway.NotAttached", "Network \(interface.vpcId) is not attached to any internet gateway")
        }
        if address.interfaceId == interface.id, address.privateAddress == privateAddress {
            return AssociateAddressResult(associationId: address.associationId)
        }
        if address.interfaceId != nil, input.allowReassociation == false {
            throw AWSError(
                "Resource.AlreadyAssociated",
                "resource \(address.id) is already associated with associate-id \(address.associationId ?? "")")
        }
        // A private address that is already associated keeps its address if the request forbids reassociation. Otherwise the
        // former address stays allocated.
        let former = try AddressRecord.all(of: interface.id, context).first { $0.privateAddress == privateAddress }
        if let former, input.allowReassociation == false {
            throw AWSError(
                "Resource.AlreadyAssociated",
                "resource \(interface.id) is already associated with associate-id \(former.associationId ?? "")")
        }
        try address.dissociate(context)
        if var former { try former.clear(context) }
        if privateAddress == interface.privateAddress {
            interface.publicAddress = nil
            try interface.update(context)
        }
        try address.associate(interface, at: privateAddress, context)
        return AssociateAddressResult(associationId: address.associationId)
    }

    /// Returns the interface that the request names, or the instance's only interface.
    static func interface(instanceId: String?, id: String?, _ context: Context) throws -> NetworkInterfaceRecord {
        switch (instanceId, id) {
        case (nil, let id?): return try NetworkInterfaceRecord.get(id, context)
        case (let instanceId?, nil):
            let interfaces = try NetworkInterfaceRecord.of(instance: instanceId, context)
            guard let only = interfaces.first else {
                try ResourceKind.instance.require(instanceId, context)
                throw AWSError("InvalidInstanceID", "The instance '\(instanceId)' is not in a valid state for this operation.")
            }
            guard interfaces.count == 1 else { throw AWSError.severalInterfaces(instanceId) }
            return only
        case (nil, nil):
            throw AWSError("MissingParameter", "Either instance ID or network interface id must be specified")
        case (_?, _?):
            throw AWSError.invalidCombination(
                "You may specify instance ID or network interface id, but not both in the same call")
        }
    }

    public func disassociateAddress(_ input: DisassociateAddressRequest, _ context: Context) throws -> EmptyShape {
        if let id = input.associationId {
            guard var address = try AddressRecord.first(context, "AND association_id = ?", [id]) else {
                throw AWSError("InvalidAssociationID.NotFound", "The association ID '\(id)' does not exist")
            }
            try address.refuseIfManaged(context)
            try address.dissociate(context)
            return EmptyShape()
        }
        guard let publicIp = input.publicIp else {
            throw AWSError("MissingParameter", "Either public IP or association id must be specified")
        }
        var address = try AddressRecord.find(publicIp: publicIp, context)
        try address.refuseIfManaged(context)
        try address.dissociate(context)
        return EmptyShape()
    }

    public func releaseAddress(_ input: ReleaseAddressRequest, _ context: Context) throws -> EmptyShape {
        var address = try AddressRecord.find(allocationId: input.allocationId, publicIp: input.publicIp, context)
        if let interfaceId = address.interfaceId, let interface = try NetworkInterfaceRecord.find(interfaceId, context) {
            // AWS dissociates an address on release only in the default VPC.
            guard interface.requester == nil, try VpcRecord.find(interface.vpcId, context)?.isDefault == true else {
                throw AWSError("InvalidIPAddress.InUse", "Address \(IPv4Block.text(address.publicAddress)) is in use.")
            }
            try address.dissociate(context)
        }
        guard address.pointerName == nil, address.pointerUpdate == nil else {
            throw AWSError(
                "InvalidAddress.Locked",
                "The address with allocation id [\(address.id)] cannot be released because it is locked to your account. "
                    + "Please contact AWS support to unlock it.",
                explanation: "It has a reverse DNS record. ResetAddressAttribute removes the record.")
        }
        try AddressTransferRecord.delete(context, "AND id = ? AND status <> 'accepted'", [address.id])
        try address.delete(context)
        return EmptyShape()
    }

    public func describeAddresses(_ input: DescribeAddressesRequest, _ context: Context) throws -> DescribeAddressesResult {
        var records = try AddressRecord.list(input.allocationIds, context)
        if let wanted = input.publicIps, !wanted.isEmpty {
            let known = Set(records.map { IPv4Block.text($0.publicAddress) })
            if let missing = wanted.first(where: { !known.contains($0) }) { throw AWSError.addressNotFound(missing) }
            records.removeAll { !wanted.contains(IPv4Block.text($0.publicAddress)) }
        }
        let tags = try TagIndex(.address, ids: records.map(\.id), context)
        let interfaces = try AddressRecord.interfaces(context)
        let shapes = records.map { $0.shape(tags[$0.id], interfaces, context) }
        return DescribeAddressesResult(addresses: try AddressRecord.filters.apply(input.filters, to: shapes, context))
    }
}

extension AddressRecord {
    /// Returns the interfaces that have an Elastic IP address, read in one statement.
    static func interfaces(_ context: Context) throws -> [String: NetworkInterfaceRecord] {
        let found = try NetworkInterfaceRecord.all(
            context,
            """
            AND id IN (SELECT interface_id FROM ec2_address a
                WHERE a.account = ec2_network_interface.account AND a.region = ec2_network_interface.region)
            """)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    }

    static let filters = FilterTable<Address>(
        [
            "allocation-id": { [$0.allocationId] }, "association-id": { [$0.associationId] },
            "domain": { [$0.domain?.rawValue] },
            "instance-id": { [$0.instanceId] }, "network-border-group": { [$0.networkBorderGroup] },
            "network-interface-id": { [$0.networkInterfaceId] },
            "network-interface-owner-id": { [$0.networkInterfaceOwnerId] },
            "private-ip-address": { [$0.privateIpAddress] }, "public-ip": { [$0.publicIp] },
        ], tags: { $0.tags })

    func shape(_ tags: [Tag], _ interfaces: [String: NetworkInterfaceRecord], _ context: Context) -> Address {
        let interface = interfaceId.flatMap { interfaces[$0] }
        return Address(
            allocationId: id, associationId: associationId, domain: "vpc", networkInterfaceId: interfaceId,
            networkInterfaceOwnerId: interface == nil ? nil : context.account,
            privateIpAddress: interface.flatMap { privateAddress ?? $0.privateAddress }.map { IPv4Block.text($0) },
            tags: tags.orNone,
            publicIpv4Pool: "amazon",
            networkBorderGroup: context.region, instanceId: interface?.instanceId, publicIp: IPv4Block.text(publicAddress))
    }
}

extension NetworkInterfaceRecord {
    /// Returns the named private address of the interface, or its first one if `text` is absent or empty.
    fileprivate func own(_ text: String?, _ context: Context) throws -> UInt32 {
        guard let text, !text.isEmpty else {
            guard let privateAddress else { throw AWSError.withoutPrivateIPv4(id) }
            return privateAddress
        }
        guard let address = IPv4Block.address(text) else { throw AWSError.invalidAddress(text) }
        if address == privateAddress { return address }
        guard try InterfaceAddress.all(of: id, context).contains(where: { $0.ipv4 == address }) else {
            throw AWSError(
                "InvalidParameterValue", "The private IP address \(text) is not assigned to network interface \(id)")
        }
        return address
    }
}

extension AWSError {
    static func severalInterfaces(_ instanceId: String) -> AWSError {
        AWSError(
            "InvalidInstanceID",
            "There are multiple interfaces attached to instance '\(instanceId)'. Please specify an interface ID for the operation instead."
        )
    }

    /// Assumed: the error code. AWS lets no caller change the addresses of a service's interface.
    static let managedByService = AWSError(
        "AuthFailure", "You do not have permission to access the specified resource.",
        explanation: "The interface belongs to a NAT gateway or an endpoint, which releases the interface when it is deleted.")

    static func addressNotFound(_ publicIp: String) -> AWSError {
        AWSError("InvalidAddress.NotFound", "Address '\(publicIp)' not found.")
    }
}
