import AWSCore
import EC2API
import GRDB
import SimulatorCore

struct NetworkAclRecord: StoredResource {
    static let kind = ResourceKind.networkAcl
    static let columns: ColumnList = ["id", "vpc_id", "is_default"]
    static let migration = Migration(
        "ec2.network_acl",
        """
        CREATE TABLE ec2_network_acl (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, vpc_id TEXT NOT NULL,
            is_default INTEGER NOT NULL, UNIQUE (account, region, id),
            FOREIGN KEY (account, region, vpc_id) REFERENCES ec2_vpc (account, region, id)
        );
        CREATE TABLE ec2_network_acl_entry (
            account TEXT NOT NULL, region TEXT NOT NULL, network_acl_id TEXT NOT NULL, is_egress INTEGER NOT NULL,
            rule_number INTEGER NOT NULL, protocol TEXT NOT NULL, action TEXT NOT NULL, cidr TEXT NOT NULL, from_port INTEGER,
            to_port INTEGER, PRIMARY KEY (account, region, network_acl_id, is_egress, rule_number),
            FOREIGN KEY (account, region, network_acl_id) REFERENCES ec2_network_acl (account, region, id) ON DELETE CASCADE
        ) WITHOUT ROWID;
        CREATE TABLE ec2_network_acl_association (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL,
            network_acl_id TEXT NOT NULL, subnet_id TEXT NOT NULL, UNIQUE (account, region, id),
            UNIQUE (account, region, subnet_id),
            FOREIGN KEY (account, region, network_acl_id) REFERENCES ec2_network_acl (account, region, id),
            FOREIGN KEY (account, region, subnet_id) REFERENCES ec2_subnet (account, region, id)
        )
        """)

    var id, vpcId: String
    var isDefault: Bool

    init(id: String, vpcId: String, isDefault: Bool) {
        self.id = id
        self.vpcId = vpcId
        self.isDefault = isDefault
    }

    init(_ row: StoredRow) throws { id = try row[0]; vpcId = try row[1]; isDefault = try row[2] }
    var values: [(any DatabaseValueConvertible)?] { [id, vpcId, isDefault] }

    /// A VPC's default list lets everything through in both directions.
    static func createDefault(of vpc: VpcRecord, _ context: Context) throws -> NetworkAclRecord {
        let list = NetworkAclRecord(id: context.ids.resource("acl"), vpcId: vpc.id, isDefault: true)
        try list.insert(context)
        for isEgress in [true, false] {
            try list.add(NetworkAclEntryRecord(isEgress: isEgress, number: 100, action: "allow"), context)
            try list.add(
                NetworkAclEntryRecord(isEgress: isEgress, number: NetworkAclEntryRecord.lastNumber, action: "deny"), context)
        }
        return list
    }

    static func standard(of vpcId: String, _ context: Context) throws -> NetworkAclRecord? {
        try first(context, "AND vpc_id = ? AND is_default", [vpcId])
    }

    /// The list that a subnet's packets pass.
    static func governing(subnet: SubnetRecord, _ context: Context) throws -> NetworkAclRecord? {
        try first(
            context,
            """
            AND id = (SELECT network_acl_id FROM ec2_network_acl_association a
                WHERE a.account = ec2_network_acl.account AND a.region = ec2_network_acl.region AND a.subnet_id = ?)
            """, [subnet.id])
    }

    func associate(_ subnetId: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: """
                INSERT INTO ec2_network_acl_association (account, region, id, network_acl_id, subnet_id) VALUES (?, ?, ?, ?, ?)
                """
        ).execute(arguments: [context.account, context.region, context.ids.resource("aclassoc"), id, subnetId])
    }

    static func dissociate(_ subnetId: String, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_network_acl_association WHERE account = ? AND region = ? AND subnet_id = ?"
        ).execute(arguments: [context.account, context.region, subnetId])
    }

    func add(_ entry: NetworkAclEntryRecord, _ context: Context) throws {
        try context.db.cachedStatement(sql: "INSERT INTO ec2_network_acl_entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .execute(arguments: [
                context.account, context.region, id, entry.isEgress, entry.number, entry.protocol, entry.action, entry.cidr,
                entry.fromPort, entry.toPort,
            ])
    }
}

struct NetworkAclEntryRecord: Sendable {
    /// The number of the last entry, shown as `*`: what nothing else decided is denied.
    static let lastNumber = 32767

    var isEgress: Bool
    var number: Int
    /// A protocol number, or -1 for all.
    var `protocol` = "-1"
    var action: String
    var cidr = "0.0.0.0/0"
    var fromPort: Int?
    var toPort: Int?

    /// All entries by list, the outgoing ones first, each in the order in which they decide.
    static func all(_ context: Context) throws -> [String: [NetworkAclEntryRecord]] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT network_acl_id, is_egress, rule_number, protocol, action, cidr, from_port, to_port
                FROM ec2_network_acl_entry WHERE account = ? AND region = ?
                ORDER BY network_acl_id, is_egress DESC, rule_number
                """)
        let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
        var result: [String: [NetworkAclEntryRecord]] = [:]
        while let row = try rows.next() {
            try result[row[0], default: []].append(
                NetworkAclEntryRecord(
                    isEgress: row[1], number: row[2], protocol: row[3], action: row[4], cidr: row[5], fromPort: row[6],
                    toPort: row[7]))
        }
        return result
    }
}

extension EC2Simulation {
    public func describeNetworkAcls(_ input: DescribeNetworkAclsRequest, _ context: Context) throws -> DescribeNetworkAclsResult
    {
        let paging = try Paging(input, ids: input.networkAclIds, named: "networkAclIds", context)
        let records = try NetworkAclRecord.list(input.networkAclIds, context)
        let index = try NetworkAclRecord.Index(context)
        let shapes = records.map { $0.shape(index, context) }
        let page = try paging.page(
            NetworkAclRecord.filters.apply(input.filters, to: shapes, context), of: .networkAcl, id: \.networkAclId)
        return DescribeNetworkAclsResult(networkAcls: page.items, nextToken: page.nextToken)
    }
}

extension NetworkAclRecord {
    /// What all lists' rendering needs, each read in one statement.
    struct Index {
        let tags: TagIndex
        let entries: [String: [NetworkAclEntryRecord]]
        var associations: [String: [NetworkAclAssociation]] = [:]

        init(_ context: Context) throws {
            tags = try TagIndex(.networkAcl, context)
            entries = try NetworkAclEntryRecord.all(context)
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT network_acl_id, id, subnet_id FROM ec2_network_acl_association
                    WHERE account = ? AND region = ? ORDER BY number
                    """)
            let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
            while let row = try rows.next() {
                try associations[row[0], default: []].append(
                    NetworkAclAssociation(networkAclAssociationId: row[1], networkAclId: row[0], subnetId: row[2]))
            }
        }
    }

    static let filters = FilterTable<NetworkAcl>(
        [
            "network-acl-id": { [$0.networkAclId] }, "vpc-id": { [$0.vpcId] }, "owner-id": { [$0.ownerId] },
            "default": { [$0.isDefault?.text] },
            "association.association-id": { $0.associations?.map(\.networkAclAssociationId) ?? [] },
            "association.network-acl-id": { $0.associations?.map(\.networkAclId) ?? [] },
            "association.subnet-id": { $0.associations?.map(\.subnetId) ?? [] },
            "entry.cidr": { $0.entries?.map(\.cidrBlock) ?? [] },
            "entry.icmp.code": { _ in [] }, "entry.icmp.type": { _ in [] }, "entry.ipv6-cidr": { _ in [] },
            "entry.port-range.from": { $0.entries?.map { $0.portRange?.from.map(String.init) } ?? [] },
            "entry.port-range.to": { $0.entries?.map { $0.portRange?.to.map(String.init) } ?? [] },
            "entry.protocol": { $0.entries?.map(\.protocol) ?? [] },
            "entry.rule-action": { $0.entries?.map { $0.ruleAction?.rawValue } ?? [] },
            "entry.egress": { $0.entries?.map { $0.egress?.text } ?? [] },
            "entry.rule-number": { $0.entries?.map { $0.ruleNumber.map(String.init) } ?? [] },
        ], tags: { $0.tags })

    func shape(_ index: Index, _ context: Context) -> NetworkAcl {
        let entries = (index.entries[id] ?? []).map { entry in
            NetworkAclEntry(
                cidrBlock: entry.cidr, egress: entry.isEgress,
                portRange: entry.fromPort.map { PortRange(from: $0, to: entry.toPort) }, protocol: entry.protocol,
                ruleAction: RuleAction(entry.action), ruleNumber: entry.number)
        }
        return NetworkAcl(
            associations: index.associations[id] ?? [], entries: entries, isDefault: isDefault, networkAclId: id,
            tags: index.tags[id], vpcId: vpcId, ownerId: context.account)
    }
}
