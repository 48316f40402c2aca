import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html

extension Resource where S == NetworkAcl {
    /// A VPC's default ACL is deleted with it. Any other ACL keeps the VPC from being deleted.
    static let networkAcl = Resource(
        ResourceKind(
            "acl", type: "network-acl", code: "InvalidNetworkAclID", notFound: "The networkAcl ID '%' does not exist",
            malformed: "InvalidNetworkAclId.Malformed", dependency: "The networkAcl '%' has dependencies and cannot be deleted."
        ),
        id: \.networkAclId, tags: \.tags,
        refers: [
            .toEach("vpc", key: "ec2:Vpc") { $0.isDefault == true ? [] : $0.vpcId.map { [$0] } ?? [] },
            .toEach("vpc", .cascades, role: defaultRole, key: "ec2:Vpc") {
                $0.isDefault == true ? $0.vpcId.map { [$0] } ?? [] : []
            },
            .toEach("subnet", .dangles) { $0.associations?.compactMap(\.subnetId) ?? [] },
        ],
        filters: [
            "default": { [$0.isDefault?.text] },
            "association.association-id": { $0.associations?.map(\.networkAclAssociationId) ?? [] },
            "association.network-acl-id": { $0.associations?.map(\.networkAclId) ?? [] },
            "association.subnet-id": { $0.associations?.map(\.subnetId) ?? [] },
            "entry.cidr": { $0.entries?.map(\.cidrBlock) ?? [] },
            "entry.egress": { $0.entries?.map { $0.egress?.text } ?? [] },
            "entry.icmp.code": { $0.entries?.map { $0.icmpTypeCode?.code.map(String.init) } ?? [] },
            "entry.icmp.type": { $0.entries?.map { $0.icmpTypeCode?.type.map(String.init) } ?? [] },
            "entry.ipv6-cidr": { $0.entries?.map(\.ipv6CidrBlock) ?? [] },
            "entry.port-range.from": { $0.entries?.map { $0.portRange?.from.map(String.init) } ?? [] },
            "entry.port-range.to": { $0.entries?.map { $0.portRange?.to.map(String.init) } ?? [] },
            "entry.protocol": { $0.entries?.flatMap { [$0.protocol, $0.protocolName] } ?? [] },
            "entry.rule-action": { $0.entries?.map { $0.ruleAction?.rawValue } ?? [] },
            "entry.rule-number": { $0.entries?.map { $0.ruleNumber.map(String.init) } ?? [] },
        ]
    ).owned(by: \.ownerId)

    fileprivate static let defaultRole = "default-of"
}

// MARK: Which list

extension Resource where S == NetworkAcl {
    func lists(of vpcId: String, _ context: Context) throws -> [Stored<NetworkAcl>] {
        let ids =
            try Relations.referrers(to: vpcId, kind: kind, role: "vpc", context)
            + Relations.referrers(to: vpcId, kind: kind, role: Self.defaultRole, context)
        return try ids.compactMap { try find($0, context) }.sorted { $0.number < $1.number }
    }

    func standard(of vpcId: String, _ context: Context) throws -> Stored<NetworkAcl>? {
        try Relations.referrers(to: vpcId, kind: kind, role: Self.defaultRole, context).first.flatMap { try find($0, context) }
    }

    /// Returns the ACL that filters the subnet's packets.
    func governing(subnet id: String, _ context: Context) throws -> Stored<NetworkAcl>? {
        try Relations.referrers(to: id, kind: kind, role: "subnet", context).first.flatMap { try find($0, context) }
    }

    /// Returns a VPC's default ACL, not yet stored. It allows all traffic in both directions.
    func standard(for vpc: VpcRecord, _ context: Context) -> NetworkAcl {
        NetworkAcl(
            associations: [], entries: NetworkAclEntry.allowing(100, isIPv6: false) + NetworkAclEntry.last(isIPv6: false),
            isDefault: true, networkAclId: context.ids.resource(kind.prefix), vpcId: vpc.id, ownerId: context.account
        ).sorted
    }

    /// Associates a new subnet with its VPC's default ACL.
    func associate(subnet: SubnetRecord, _ context: Context) throws {
        guard var list = try standard(of: subnet.vpcId, context) else { return }
        list.shape.associate(subnet.id, context)
        try write(list, context)
    }

    func dissociate(subnet id: String, _ context: Context) throws {
        guard var list = try governing(subnet: id, context) else { return }
        list.shape.associations?.removeAll { $0.subnetId == id }
        try write(list, context)
    }

    /// Adds the IPv6 entries to a VPC's ACLs for its first IPv6 block, or removes them with its last one.
    func setIPv6(_ hasIPv6: Bool, of vpcId: String, _ context: Context) throws {
        for var list in try lists(of: vpcId, context) {
            list.shape.entries?.removeAll { $0.ruleNumber == NetworkAclEntry.lastNumber(isIPv6: true) }
            if hasIPv6 { list.shape.entries? += NetworkAclEntry.last(isIPv6: true) }
            if list.shape.isDefault == true {
                let own = NetworkAclEntry.allowing(101, isIPv6: true)
                for entry in own {
                    let place = list.shape.entries?.firstIndex { $0.ruleNumber == 101 && $0.egress == entry.egress }
                    if hasIPv6, place == nil { list.shape.entries?.append(entry) }
                    if !hasIPv6, let place, list.shape.entries?[place].ipv6CidrBlock == "::/0" {
                        list.shape.entries?.remove(at: place)
                    }
                }
            }
            list.shape = list.shape.sorted
            try write(list, context)
        }
    }
}

extension NetworkAcl {
    mutating func associate(_ subnetId: String, _ context: Context) {
        associations =
            (associations ?? []) + [
                NetworkAclAssociation(
                    networkAclAssociationId: context.ids.resource("aclassoc"), networkAclId: networkAclId, subnetId: subnetId)
            ]
    }

    /// Sorted as AWS shows it: egress entries first, each direction in the order of evaluation.
    var sorted: NetworkAcl {
        var copy = self
        copy.entries?.sort {
            ($0.egress == true ? 0 : 1, $0.ruleNumber ?? 0) < ($1.egress == true ? 0 : 1, $1.ruleNumber ?? 0)
        }
        return copy
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createNetworkAcl(_ input: CreateNetworkAclRequest, _ context: Context) throws -> CreateNetworkAclResult {
        let vpc = try VpcRecord.get(input.vpcId, context)
        let list = try context.create(.networkAcl, input) { list in
            guard try Resource.networkAcl.lists(of: vpc.id, context).count < 200 else {
                throw AWSError("NetworkAclLimitExceeded", "The maximum number of network ACLs has been reached.")
            }
            list.vpcId = vpc.id
            list.isDefault = false
            list.associations = []
            list.entries = NetworkAclEntry.last(isIPv6: false)
            if try vpc.hasIPv6(context) { list.entries? += NetworkAclEntry.last(isIPv6: true) }
            list = list.sorted
        }
        return CreateNetworkAclResult(networkAcl: list, clientToken: input.clientToken)
    }

    public func deleteNetworkAcl(_ input: DeleteNetworkAclRequest, _ context: Context) throws -> EmptyShape {
        let list = try Resource.networkAcl.get(input.networkAclId, context)
        guard list.shape.isDefault != true else {
            throw AWSError("InvalidParameterValue", "cannot delete default network ACL \(input.networkAclId)")
        }
        guard list.shape.associations?.isEmpty ?? true else {
            throw Resource.networkAcl.kind.dependencyViolation(input.networkAclId)
        }
        try context.delete(.networkAcl, input.networkAclId)
        return EmptyShape()
    }

    public func describeNetworkAcls(_ input: DescribeNetworkAclsRequest, _ context: Context) throws -> DescribeNetworkAclsResult
    {
        let page = try context.describe(.networkAcl, input, ids: input.networkAclIds, named: "networkAclIds")
        return DescribeNetworkAclsResult(networkAcls: page.items, nextToken: page.nextToken)
    }

    public func replaceNetworkAclAssociation(
        _ input: ReplaceNetworkAclAssociationRequest, _ context: Context
    ) throws -> ReplaceNetworkAclAssociationResult {
        var (old, association) = try Resource.networkAcl.having(association: input.associationId, context)
        var new = try Resource.networkAcl.get(input.networkAclId, context)
        guard old.shape.vpcId == new.shape.vpcId else {
            throw AWSError.differentNetworks("Network ACL \(input.networkAclId) and subnet \(association.subnetId ?? "")")
        }
        // Assumed: an association that does not change keeps its id.
        if old.number != new.number {
            association.networkAclAssociationId = context.ids.resource("aclassoc")
            association.networkAclId = input.networkAclId
            old.shape.associations?.removeAll { $0.networkAclAssociationId == input.associationId }
            new.shape.associations = (new.shape.associations ?? []) + [association]
            try Resource.networkAcl.write(old, context)
            try Resource.networkAcl.write(new, context)
        }
        return ReplaceNetworkAclAssociationResult(newAssociationId: association.networkAclAssociationId)
    }
}

extension Resource where S == NetworkAcl {
    /// Returns an association and the ACL that has it.
    /// - Throws: AWS's errors for a malformed or unknown id.
    func having(association id: String, _ context: Context) throws -> (Stored<NetworkAcl>, NetworkAclAssociation) {
        guard ResourceKind.isWellFormed(id, prefix: "aclassoc") else {
            throw AWSError(
                "InvalidNetworkAclAssociationId.Malformed", "Invalid id: \"\(id)\" (expecting \"aclassoc-...\")")
        }
        for list in try all(context) {
            if let found = list.shape.associations?.first(where: { $0.networkAclAssociationId == id }) { return (list, found) }
        }
        throw AWSError("InvalidAssociationID.NotFound", "The association ID '\(id)' does not exist")
    }
}

// MARK: Earlier states

extension Resource where S == NetworkAcl {
    /// Earlier versions stored network ACLs in their own tables, not as documents.
    static let migration = Migration(
        "ec2.network-acls-as-documents",
        """
        INSERT INTO resource (account, region, kind, id, phase, document)
        SELECT t.account, t.region, 'network-acl', t.id, '', json_object(
            'Associations', json((
                SELECT json_group_array(json(item)) FROM (
                    SELECT json_object('NetworkAclAssociationId', a.id, 'NetworkAclId', t.id, 'SubnetId', a.subnet_id) AS item
                        FROM ec2_network_acl_association a
                        WHERE a.account = t.account AND a.region = t.region AND a.network_acl_id = t.id ORDER BY a.number))),
            'Entries', json((
                SELECT json_group_array(json(item)) FROM (
                    SELECT json_patch(json_object('CidrBlock', e.cidr, 'Egress', json(iif(e.is_egress, 'true', 'false')),
                            'Protocol', e.protocol, 'RuleAction', e.action, 'RuleNumber', e.rule_number),
                        iif(e.from_port IS NULL, '{}',
                            json_object('PortRange', json_object('From', e.from_port, 'To', e.to_port)))) AS item
                        FROM ec2_network_acl_entry e
                        WHERE e.account = t.account AND e.region = t.region AND e.network_acl_id = t.id
                        ORDER BY e.is_egress DESC, e.rule_number))),
            'IsDefault', json(iif(t.is_default, 'true', 'false')), 'NetworkAclId', t.id, 'VpcId', t.vpc_id,
            'OwnerId', t.account)
        FROM ec2_network_acl t ORDER BY t.number;
        INSERT INTO relation (source, role, target, account, region)
        SELECT r.number, iif(t.is_default, '\(defaultRole)', 'vpc'), t.vpc_id, t.account, t.region FROM ec2_network_acl t
            JOIN resource r ON r.account = t.account AND r.region = t.region AND r.kind = 'network-acl' AND r.id = t.id;
        INSERT INTO relation (source, role, target, account, region)
        SELECT r.number, 'subnet', a.subnet_id, a.account, a.region FROM ec2_network_acl_association a
            JOIN resource r
            ON r.account = a.account AND r.region = a.region AND r.kind = 'network-acl' AND r.id = a.network_acl_id;
        DROP TABLE ec2_network_acl_association;
        DROP TABLE ec2_network_acl_entry;
        DROP TABLE ec2_network_acl
        """)

    /// Creates those earlier tables.
    static let earlierMigration = Migration(
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
}
