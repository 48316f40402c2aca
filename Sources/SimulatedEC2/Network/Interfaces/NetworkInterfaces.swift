import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct NetworkInterfaceRecord: StoredResource {
    static let kind = ResourceKind.networkInterface
    static let columns: ColumnList = [
        "id", "subnet_id", "vpc_id", "zone", "zone_id", "description", "private_address", "mac", "checks_source",
        "assigns_public_address", "public_address", "instance_id", "attachment_id", "attached_at", "device_index",
        "is_deleted_on_termination", "interface_type", "requester", "card_index", "attachment_phase", "details",
    ]
    static let migration = Migration(
        "ec2.network_interface",
        """
        CREATE TABLE ec2_network_interface (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, subnet_id TEXT NOT NULL,
            vpc_id TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL, description TEXT NOT NULL,
            private_address INTEGER NOT NULL, mac TEXT NOT NULL, checks_source INTEGER NOT NULL,
            assigns_public_address INTEGER NOT NULL, public_address INTEGER UNIQUE, instance_id TEXT, attachment_id TEXT,
            attached_at INTEGER, device_index INTEGER, is_deleted_on_termination INTEGER NOT NULL,
            UNIQUE (account, region, id), UNIQUE (account, region, subnet_id, private_address),
            FOREIGN KEY (account, region, subnet_id) REFERENCES ec2_subnet (account, region, id)
        );
        CREATE INDEX ec2_network_interface_by_instance ON ec2_network_interface (account, region, instance_id);
        CREATE INDEX ec2_network_interface_by_vpc ON ec2_network_interface (account, region, vpc_id);
        CREATE TABLE ec2_network_interface_group (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
            group_id TEXT NOT NULL, UNIQUE (account, region, interface_id, group_id),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE,
            FOREIGN KEY (account, region, group_id) REFERENCES ec2_security_group (account, region, id)
        );
        CREATE INDEX ec2_network_interface_group_by_group ON ec2_network_interface_group (account, region, group_id)
        """)

    var id, subnetId, vpcId, zone, zoneId, description: String
    /// The first private IPv4 address; nil in an IPv6-only subnet.
    var privateAddress: UInt32?
    var mac: String
    var checksSource = true
    /// Whether it gets a public address each time that its instance starts.
    var assignsPublicAddress: Bool
    /// The public address from the last start. Elastic IP addresses are in a table of their own.
    var publicAddress: UInt32?
    var instanceId, attachmentId: String?
    var attachedAt: Instant?
    var deviceIndex: Int?
    var isDeletedOnTermination: Bool
    /// `interface`, or the service's type: `nat_gateway`.
    var type = "interface"
    /// The service that made it; nil for the account's own interfaces.
    var requester: String?

    var cardIndex = 0
    /// `attaching` or `detaching`; nil once that is done.
    var attachmentPhase: String?
    /// Rare settings, as a document, such as the creator and connection tracking; nil for most interfaces.
    var details: NetworkInterface?

    /// Added later: interfaces of services.
    static let requesterMigration = Migration(
        "ec2.network_interface-requester",
        """
        ALTER TABLE ec2_network_interface ADD COLUMN interface_type TEXT NOT NULL DEFAULT 'interface';
        ALTER TABLE ec2_network_interface ADD COLUMN requester TEXT
        """)

    /// Added later: interfaces that the account creates itself, and their further addresses.
    static let ownMigration = Migration(
        "ec2.network_interface-own",
        """
        ALTER TABLE ec2_network_interface ADD COLUMN card_index INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE ec2_network_interface ADD COLUMN attachment_phase TEXT;
        ALTER TABLE ec2_network_interface ADD COLUMN details TEXT;
        CREATE TABLE ec2_interface_address (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
            subnet_id TEXT NOT NULL, form TEXT NOT NULL CHECK (form IN ('ipv4', 'ipv4-prefix', 'ipv6', 'ipv6-prefix')),
            address TEXT NOT NULL, is_primary INTEGER NOT NULL, UNIQUE (account, region, subnet_id, address),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE
        );
        CREATE INDEX ec2_interface_address_by_interface ON ec2_interface_address (account, region, interface_id)
        """)

    /// Added later: interfaces in IPv6-only subnets, which have no private IPv4 address. SQLite cannot drop `NOT NULL`, so the
    /// table is created again, and with it the tables that refer to it.
    static let ipv6OnlyMigration = Migration(
        "ec2.network_interface-ipv6-only",
        """
        ALTER TABLE ec2_network_interface RENAME TO ec2_network_interface_old;
        ALTER TABLE ec2_network_interface_group RENAME TO ec2_network_interface_group_old;
        ALTER TABLE ec2_interface_address RENAME TO ec2_interface_address_old;
        ALTER TABLE ec2_address RENAME TO ec2_address_old;
        CREATE TABLE ec2_network_interface (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, subnet_id TEXT NOT NULL,
            vpc_id TEXT NOT NULL, zone TEXT NOT NULL, zone_id TEXT NOT NULL, description TEXT NOT NULL,
            private_address INTEGER, mac TEXT NOT NULL, checks_source INTEGER NOT NULL,
            assigns_public_address INTEGER NOT NULL, public_address INTEGER UNIQUE, instance_id TEXT, attachment_id TEXT,
            attached_at INTEGER, device_index INTEGER, is_deleted_on_termination INTEGER NOT NULL,
            interface_type TEXT NOT NULL DEFAULT 'interface', requester TEXT, card_index INTEGER NOT NULL DEFAULT 0,
            attachment_phase TEXT, details TEXT,
            UNIQUE (account, region, id), UNIQUE (account, region, subnet_id, private_address),
            FOREIGN KEY (account, region, subnet_id) REFERENCES ec2_subnet (account, region, id)
        );
        INSERT INTO ec2_network_interface SELECT * FROM ec2_network_interface_old;
        CREATE TABLE ec2_network_interface_group (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
            group_id TEXT NOT NULL, UNIQUE (account, region, interface_id, group_id),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE,
            FOREIGN KEY (account, region, group_id) REFERENCES ec2_security_group (account, region, id)
        );
        INSERT INTO ec2_network_interface_group SELECT * FROM ec2_network_interface_group_old;
        DROP TABLE ec2_network_interface_group_old;
        CREATE TABLE ec2_interface_address (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, interface_id TEXT NOT NULL,
            subnet_id TEXT NOT NULL, form TEXT NOT NULL CHECK (form IN ('ipv4', 'ipv4-prefix', 'ipv6', 'ipv6-prefix')),
            address TEXT NOT NULL, is_primary INTEGER NOT NULL, UNIQUE (account, region, subnet_id, address),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id) ON DELETE CASCADE
        );
        INSERT INTO ec2_interface_address SELECT * FROM ec2_interface_address_old;
        DROP TABLE ec2_interface_address_old;
        CREATE TABLE ec2_address (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            public_address INTEGER NOT NULL UNIQUE, association_id TEXT, interface_id TEXT, private_address INTEGER,
            pointer_name TEXT, pointer_update TEXT, UNIQUE (account, region, id),
            UNIQUE (account, region, interface_id, private_address),
            FOREIGN KEY (account, region, interface_id) REFERENCES ec2_network_interface (account, region, id)
        );
        INSERT INTO ec2_address SELECT * FROM ec2_address_old;
        DROP TABLE ec2_address_old;
        DROP TABLE ec2_network_interface_old;
        CREATE INDEX ec2_network_interface_by_instance ON ec2_network_interface (account, region, instance_id);
        CREATE INDEX ec2_network_interface_by_vpc ON ec2_network_interface (account, region, vpc_id);
        CREATE INDEX ec2_network_interface_in_order ON ec2_network_interface (account, region);
        CREATE INDEX ec2_network_interface_group_by_group ON ec2_network_interface_group (account, region, group_id);
        CREATE INDEX ec2_interface_address_by_interface ON ec2_interface_address (account, region, interface_id)
        """)

    init(_ row: StoredRow) throws {
        id = try row[0]; subnetId = try row[1]; vpcId = try row[2]; zone = try row[3]; zoneId = try row[4];
        description = try row[5]
        privateAddress = try row[6]; mac = try row[7]; checksSource = try row[8]; assignsPublicAddress = try row[9];
        publicAddress = try row[10]
        instanceId = try row[11]; attachmentId = try row[12];
        attachedAt = try (row[13] as Int64?).map(Instant.init(milliseconds:))
        deviceIndex = try row[14]; isDeletedOnTermination = try row[15]; type = try row[16]; requester = try row[17]
        cardIndex = try row[18]; attachmentPhase = try row[19]
        details = try (row[20] as String?).map { text in
            NetworkInterface(
                from: ShapeReader(try JSON.parse(Bytes(text.utf8)), schema: NetworkInterface.schema, layout: .model))
        }
    }

    var values: [(any DatabaseValueConvertible)?] {
        [
            id, subnetId, vpcId, zone, zoneId, description, privateAddress, mac, checksSource, assignsPublicAddress,
            publicAddress,
            instanceId, attachmentId, attachedAt?.milliseconds, deviceIndex, isDeletedOnTermination,
            type, requester, cardIndex, attachmentPhase, detailsText,
        ]
    }

    private var detailsText: String? {
        guard let details else { return nil }
        var writer = ShapeWriter(schema: NetworkInterface.schema, layout: .model)
        writer.structure(details)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    var isAttached: Bool { instanceId != nil || requester != nil }
}

// MARK: For instances

extension NetworkInterfaceRecord {
    /// The settings for the interfaces of new instances.
    struct Plan {
        var subnet: SubnetRecord
        /// Security groups of the subnet's VPC, by id.
        var groups: [String]
        var privateAddress: String?
        var description = ""
        /// nil: use the subnet's setting.
        var associatesPublicAddress: Bool?
        var deviceIndex = 0
        var isDeletedOnTermination = true
        var cardIndex = 0
        var type = "interface"
        /// The addresses besides the first private one.
        var addressing = InterfaceAddressing()
        var details: NetworkInterface?
        /// An existing interface to attach, for a single instance.
        var existing: NetworkInterfaceRecord?
    }

    /// Creates one interface for each instance and attaches it, with addresses and security groups. Attaches the plan's
    /// existing interface instead if it has one.
    static func create(for instanceIds: [String], _ plan: Plan, _ context: Context) throws -> [NetworkInterfaceRecord] {
        if var existing = plan.existing, let instanceId = instanceIds.first {
            try existing.attach(to: instanceId, at: plan.deviceIndex, card: plan.cardIndex, context)
            existing.attachmentPhase = nil
            existing.isDeletedOnTermination = plan.isDeletedOnTermination
            try existing.update(context)
            return [existing]
        }
        let addresses = try plan.subnet.allocatePrimary(instanceIds.count, wanted: plan.privateAddress, context)
        try plan.checkHasAddress()
        let assigns = plan.associatesPublicAddress ?? plan.subnet.mapsPublicIp
        return try zip(instanceIds, addresses).map { instanceId, address in
            let interface = try NetworkInterfaceRecord(
                plan, address: address, instanceId: instanceId, assignsPublicAddress: assigns, context)
            try interface.insert(context)
            try interface.setGroups(plan.groups, isNew: true, context)
            try interface.take(plan.addressing, in: plan.subnet, context)
            return interface
        }
    }

    /// Creates an unattached interface for the account.
    static func create(_ plan: Plan, _ context: Context) throws -> NetworkInterfaceRecord {
        let address = try plan.subnet.allocatePrimary(1, wanted: plan.privateAddress, context)[0]
        try plan.checkHasAddress()
        var interface = try NetworkInterfaceRecord(
            plan, address: address, instanceId: nil, assignsPublicAddress: false, context)
        interface.attachmentId = nil
        interface.attachedAt = nil
        interface.deviceIndex = nil
        interface.isDeletedOnTermination = false
        try interface.insert(context)
        try interface.setGroups(plan.groups, isNew: true, context)
        try interface.take(plan.addressing, in: plan.subnet, context)
        return interface
    }

    /// Creates an interface that a service makes for one of its resources.
    /// - Parameter isIPv6: whether the resource works over IPv6 alone. Only then the subnet may be an IPv6-only one.
    static func create(
        _ type: String, for requester: String, in subnet: SubnetRecord, privateAddress: String?, description: String,
        groups: [String] = [], isIPv6: Bool = false, _ context: Context
    ) throws -> NetworkInterfaceRecord {
        var plan = Plan(subnet: subnet, groups: groups)
        plan.description = description
        plan.isDeletedOnTermination = false
        plan.deviceIndex = 1
        let addresses: [UInt32?] =
            isIPv6
            ? try subnet.allocatePrimary(1, wanted: privateAddress, context)
            : try subnet.allocate(1, wanted: privateAddress, context)
        var interface = try NetworkInterfaceRecord(
            plan, address: addresses[0], instanceId: nil, assignsPublicAddress: false, context)
        interface.type = type
        interface.requester = requester
        interface.checksSource = type == "vpc_endpoint"
        try interface.insert(context)
        if addresses[0] == nil { try interface.take(InterfaceAddressing(), in: subnet, context) }
        if !groups.isEmpty { try interface.setGroups(groups, isNew: true, context) }
        return interface
    }

    private init(
        _ plan: Plan, address: UInt32?, instanceId: String?, assignsPublicAddress: Bool, _ context: Context
    ) throws {
        id = context.ids.resource("eni")
        subnetId = plan.subnet.id
        vpcId = plan.subnet.vpcId
        zone = plan.subnet.zone
        zoneId = plan.subnet.zoneId
        description = plan.description
        privateAddress = address
        let tail = context.ids.hex(10)
        mac = stride(from: 0, to: 10, by: 2).reduce(into: "0e") { text, offset in
            text += ":" + tail.dropFirst(offset).prefix(2)
        }
        self.assignsPublicAddress = assignsPublicAddress
        publicAddress = assignsPublicAddress ? try PublicAddresses.draw(context) : nil
        self.instanceId = instanceId
        attachmentId = context.ids.resource("eni-attach")
        attachedAt = context.now.wholeSecond
        deviceIndex = plan.deviceIndex
        isDeletedOnTermination = plan.isDeletedOnTermination
        cardIndex = plan.cardIndex
        type = plan.type
        details = plan.details
    }

    static func of(instance id: String, _ context: Context) throws -> [NetworkInterfaceRecord] {
        try all(context, "AND instance_id = ?", [id]).sorted { ($0.deviceIndex ?? 0) < ($1.deviceIndex ?? 0) }
    }

    /// Returns the attached interfaces of the account and region by instance, read in one statement.
    static func byInstance(_ context: Context) throws -> [String: [NetworkInterfaceRecord]] {
        var result: [String: [NetworkInterfaceRecord]] = [:]
        for interface in try all(context, "AND instance_id IS NOT NULL") {
            result[interface.instanceId ?? "", default: []].append(interface)
        }
        return result
    }

    /// Releases the public addresses of a stopped instance; Elastic IP addresses stay.
    static func instanceStopped(_ instanceId: String, _ context: Context) throws {
        for var interface in try of(instance: instanceId, context) where interface.publicAddress != nil {
            interface.publicAddress = nil
            try interface.update(context)
        }
    }

    /// Gives a started instance a new public address, unless it has an Elastic IP address.
    static func instanceStarted(_ instanceId: String, _ context: Context) throws {
        for var interface in try of(instance: instanceId, context) where interface.assignsPublicAddress {
            guard interface.publicAddress == nil, try AddressRecord.primary(of: interface, context) == nil else { continue }
            interface.publicAddress = try PublicAddresses.draw(context)
            try interface.update(context)
        }
    }

    /// Deletes or detaches the interfaces of a terminated instance. Detached ones keep their Elastic IP addresses.
    static func instanceTerminated(_ instanceId: String, _ context: Context) throws {
        for var interface in try of(instance: instanceId, context) {
            if interface.isDeletedOnTermination {
                try interface.remove(context)
            } else {
                interface.detach()
                try interface.update(context)
            }
        }
    }

    /// Deletes the interface. Its Elastic IP addresses stay allocated.
    func remove(_ context: Context) throws {
        for var address in try AddressRecord.all(of: id, context) { try address.clear(context) }
        try EC2Simulation.kinds.prepareDeletion(of: id, .networkInterface, context)
        try delete(context)
        try Due.clear(Self.kind.type, id, context)
    }

    func groups(_ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT group_id FROM ec2_network_interface_group WHERE account = ? AND region = ? AND interface_id = ? ORDER BY number
                """)
        return try String.fetchAll(statement, arguments: [context.account, context.region, id])
    }

    /// Sets the interface's security groups, replacing the former ones.
    func setGroups(_ groups: [String], isNew: Bool = false, _ context: Context) throws {
        if !isNew {
            try context.db.cachedStatement(
                sql: "DELETE FROM ec2_network_interface_group WHERE account = ? AND region = ? AND interface_id = ?"
            ).execute(arguments: [context.account, context.region, id])
        }
        let statement = try context.db.cachedStatement(
            sql:
                "INSERT OR IGNORE INTO ec2_network_interface_group (account, region, interface_id, group_id) VALUES (?, ?, ?, ?)"
        )
        for group in groups { try statement.execute(arguments: [context.account, context.region, id, group]) }
    }

    static func hasPublicAddress(inVpc vpcId: String, _ context: Context) throws -> Bool {
        if try exists(context, "AND vpc_id = ? AND public_address IS NOT NULL", [vpcId]) { return true }
        return try AddressRecord.exists(
            context,
            """
            AND interface_id IN (SELECT id FROM ec2_network_interface n
                WHERE n.account = ec2_address.account AND n.region = ec2_address.region AND n.vpc_id = ?)
            """, [vpcId])
    }
}

/// The pool of public addresses. Drawn from the request's ids; each is used only once.
enum PublicAddresses {
    static func draw(_ context: Context) throws -> UInt32 {
        // 127.16.0.0/12 is loopback on every machine.
        let base: UInt32 =
            context.configuration.usesLoopbackAddresses
            ? 127 << 24 | 16 << 16 : context.region == "us-east-1" ? 3 << 24 | 80 << 16 : 18 << 24 | 192 << 16
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT EXISTS (SELECT 1 FROM ec2_network_interface WHERE public_address = ?1)
                    OR EXISTS (SELECT 1 FROM ec2_address WHERE public_address = ?1)
                """)
        while true {
            // Draw from a /12. Skip addresses that end in 0 or 255, which look like network and broadcast addresses.
            let address = base | UInt32(context.ids.next() & 0xF_FFFF)
            guard address & 255 != 0, address & 255 != 255 else { continue }
            if try Bool.fetchOne(statement, arguments: [address]) != true { return address }
        }
    }
}
