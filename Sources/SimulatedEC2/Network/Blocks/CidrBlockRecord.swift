import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// A further address block of a VPC, or a subnet's IPv6 block. The VPC's record holds its first block.
struct CidrBlockRecord: StoredResource {
    static let kind = ResourceKind(
        "vpc-cidr-assoc", type: "cidr-block-association", in: .table("ec2_cidr_block"),
        code: "InvalidVpcCidrBlockAssociationID", notFound: "The vpc CIDR block association ID '%' does not exist")
    static let columns: ColumnList = ["id", "owner_id", "block", "is_ipv6", "is_leaving", "changed_at", "pool", "border_group"]
    static let migration = Migration(
        "ec2.cidr_block",
        """
        CREATE TABLE ec2_cidr_block (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, id TEXT NOT NULL, owner_id TEXT NOT NULL,
            block TEXT NOT NULL, is_ipv6 INTEGER NOT NULL, is_leaving INTEGER NOT NULL, changed_at INTEGER NOT NULL, pool TEXT,
            border_group TEXT, UNIQUE (account, region, id)
        );
        CREATE INDEX ec2_cidr_block_by_owner ON ec2_cidr_block (account, region, owner_id)
        """)
    /// The time that AWS takes to associate or dissociate a block.
    static let duration = Duration.seconds(3)

    /// The association's id.
    let id: String
    /// The VPC's or subnet's id.
    let ownerId: String
    let block: String
    let isIPv6: Bool
    private(set) var isDisassociating = false
    private(set) var changedAt: Instant
    var pool, borderGroup: String?

    init(_ prefix: String, of ownerId: String, _ block: String, isIPv6: Bool, _ context: Context) {
        id = context.ids.resource(prefix)
        self.ownerId = ownerId
        self.block = block
        self.isIPv6 = isIPv6
        changedAt = context.now
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; ownerId = try row[1]; block = try row[2]; isIPv6 = try row[3]; isDisassociating = try row[4]
        changedAt = try Instant(milliseconds: row[5]); pool = try row[6]; borderGroup = try row[7]
    }

    var values: [(any DatabaseValueConvertible)?] {
        [id, ownerId, block, isIPv6, isDisassociating, changedAt.milliseconds, pool, borderGroup]
    }

    var ipv4: IPv4Block? { isIPv6 ? nil : IPv4Block(block) }
    var ipv6: IPv6Block? { isIPv6 ? IPv6Block(block) : nil }

    /// Returns all blocks of the account and region, by owner.
    static func byOwner(_ context: Context) throws -> [String: [CidrBlockRecord]] {
        try Dictionary(grouping: all(context), by: \.ownerId)
    }

    /// Returns the blocks that are not being dissociated.
    static func present(of ownerId: String, _ context: Context) throws -> [CidrBlockRecord] {
        try all(context, "AND owner_id = ?", [ownerId]).filter { !$0.isDisassociating }
    }

    /// Dissociates the block. It is shown until the dissociation ends.
    mutating func leave(_ context: Context) throws {
        isDisassociating = true
        changedAt = context.now
        try update(context)
        try Due.set(Self.kind.type, id, at: context.now + context.transitions.duration(Self.duration), context)
    }

    static func settle(_ due: [Due], _ context: Context) throws {
        for due in due { try find(due.id, context)?.delete(context) }
    }

    /// Deletes the blocks of a deleted VPC or subnet.
    static func removeAll(of ownerId: String, _ context: Context) throws {
        try delete(context, "AND owner_id = ?", [ownerId])
    }

    private func state(_ context: Context) -> String {
        if isDisassociating { return "disassociating" }
        return context.now < changedAt + context.transitions.duration(Self.duration) ? "associating" : "associated"
    }

    func vpcState(_ context: Context) -> VpcCidrBlockState {
        VpcCidrBlockState(state: VpcCidrBlockStateCode(rawValue: state(context)))
    }

    func vpcShape(_ context: Context) -> VpcCidrBlockAssociation {
        VpcCidrBlockAssociation(associationId: id, cidrBlock: block, cidrBlockState: vpcState(context))
    }

    func vpcShape6(_ context: Context) -> VpcIpv6CidrBlockAssociation {
        VpcIpv6CidrBlockAssociation(
            associationId: id, ipv6CidrBlock: block, ipv6CidrBlockState: vpcState(context), networkBorderGroup: borderGroup,
            ipv6Pool: pool, ipv6AddressAttribute: .public, ipSource: .amazon)
    }

    func subnetShape(_ context: Context) -> SubnetIpv6CidrBlockAssociation {
        SubnetIpv6CidrBlockAssociation(
            associationId: id, ipv6CidrBlock: block,
            ipv6CidrBlockState: SubnetCidrBlockState(state: SubnetCidrBlockStateCode(rawValue: state(context))),
            ipv6AddressAttribute: .public, ipSource: .amazon)
    }
}

extension VpcRecord {
    /// Returns the first block and the further ones.
    func ipv4Blocks(_ context: Context) throws -> [IPv4Block] {
        try [block] + CidrBlockRecord.present(of: id, context).compactMap(\.ipv4)
    }

    func ipv6Blocks(_ context: Context) throws -> [IPv6Block] {
        try CidrBlockRecord.present(of: id, context).compactMap(\.ipv6)
    }

    func hasIPv6(_ context: Context) throws -> Bool { try !ipv6Blocks(context).isEmpty }

    /// The local routes that every table of the VPC has.
    func localRoutes(_ context: Context) throws -> [Route] {
        let blocks = try CidrBlockRecord.present(of: id, context)
        return [Route(local: .ipv4(block))] + blocks.compactMap(\.destination).map { Route(local: $0) }
    }
}

extension CidrBlockRecord {
    var destination: RouteDestination? { ipv4.map { .ipv4($0) } ?? ipv6.map { .ipv6($0) } }
}

extension SubnetRecord {
    /// Returns the subnet's IPv6 block.
    func ipv6(_ context: Context) throws -> IPv6Block? {
        try CidrBlockRecord.present(of: id, context).first?.ipv6
    }

    /// Returns the subnet's IPv6 block as text, for its interfaces.
    func ipv6Block(_ context: Context) throws -> String? { try ipv6(context)?.description }

    /// Whether new interfaces get an IPv6 address.
    func assignsIpv6(_ context: Context) throws -> Bool { assignsIPv6OnCreation }

    /// Returns the subnet's blocks as route destinations.
    func destinations(_ context: Context) throws -> [RouteDestination] {
        try [block].compactMap { $0.map { .ipv4($0) } } + [ipv6(context)].compactMap { $0.map { .ipv6($0) } }
    }
}
