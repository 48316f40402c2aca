import AWSCore
import GRDB
import SimulatorCore

/// A kind of resource: what its ids begin with, where it is kept, and how AWS speaks of it.
struct ResourceKind: Sendable {
    /// What stands before the dash of an id: `vpc`.
    let prefix: String
    /// The name in tags, tag specifications and ARNs: `vpc`, `security-group`.
    let type: String
    /// The table whose column `id` holds the ids; nil where resources don't stand in a table (public images).
    let table: String?
    /// The error codes for ids that name nothing and for ids that can't name anything.
    let notFoundCode: String
    let malformedCode: String
    /// AWS's sentence for an absent id, with `%` where the id stands.
    let notFoundText: String
    /// The id as this kind's malformed error quotes what it expected; instances leave it out.
    let expects: Bool

    init(
        _ prefix: String, type: String, table: String?, code: String, notFound: String, malformed: String? = nil,
        expects: Bool = true
    ) {
        self.prefix = prefix
        self.type = type
        self.table = table
        notFoundCode = code + ".NotFound"
        malformedCode = malformed ?? code + ".Malformed"
        notFoundText = notFound
        self.expects = expects
    }

    /// Whether a text has the form of an id of this kind: the prefix and 8 or 17 hex digits.
    func isWellFormed(_ id: String) -> Bool {
        guard id.hasPrefix(prefix), id.utf8.dropFirst(prefix.utf8.count).first == 45 else { return false }
        let digits = id.utf8.dropFirst(prefix.utf8.count + 1)
        guard digits.count == 8 || digits.count == 17 else { return false }
        return digits.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    func check(_ id: String) throws {
        guard isWellFormed(id) else { throw malformed(id) }
    }

    func malformed(_ id: String) -> AWSError {
        AWSError(malformedCode, "Invalid id: \"\(id)\"" + (expects ? " (expecting \"\(prefix)-...\")" : ""))
    }

    func notFound(_ id: String) -> AWSError {
        AWSError(notFoundCode, notFoundText.replacing("%", with: id))
    }

    /// Several absent ids at once, as DescribeInstances and its kin list them.
    func notFound(_ ids: [String]) -> AWSError {
        guard ids.count > 1 else { return notFound(ids.first ?? "") }
        let text = notFoundText.replacing(" ID '%' does not exist", with: " IDs '\(ids.joined(separator: ", "))' do not exist")
        return AWSError(notFoundCode, text.replacing("%", with: ids.joined(separator: ", ")))
    }
}

extension ResourceKind {
    static let instance = ResourceKind(
        "i", type: "instance", table: "ec2_instance", code: "InvalidInstanceID", notFound: "The instance ID '%' does not exist",
        expects: false)
    static let image = ResourceKind(
        "ami", type: "image", table: nil, code: "InvalidAMIID", notFound: "The image id '[%]' does not exist")
    static let keyPair = ResourceKind(
        "key", type: "key-pair", table: "ec2_key_pair", code: "InvalidKeyPair", notFound: "The keyPair ID '%' does not exist",
        malformed: "InvalidKeyPairId.Malformed")
    static let volume = ResourceKind(
        "vol", type: "volume", table: "ec2_volume", code: "InvalidVolume", notFound: "The volume '%' does not exist.",
        malformed: "InvalidVolumeID.Malformed")
    static let vpc = ResourceKind(
        "vpc", type: "vpc", table: "ec2_vpc", code: "InvalidVpcID", notFound: "The vpc ID '%' does not exist")
    static let subnet = ResourceKind(
        "subnet", type: "subnet", table: "ec2_subnet", code: "InvalidSubnetID", notFound: "The subnet ID '%' does not exist")
    static let securityGroup = ResourceKind(
        "sg", type: "security-group", table: "ec2_security_group", code: "InvalidGroup",
        notFound: "The security group '%' does not exist", malformed: "InvalidGroupId.Malformed")
    static let securityGroupRule = ResourceKind(
        "sgr", type: "security-group-rule", table: "ec2_security_group_rule", code: "InvalidSecurityGroupRuleId",
        notFound: "The security group rule ID '%' does not exist")
    static let internetGateway = ResourceKind(
        "igw", type: "internet-gateway", table: "ec2_internet_gateway", code: "InvalidInternetGatewayID",
        notFound: "The internetGateway ID '%' does not exist")
    static let routeTable = ResourceKind(
        "rtb", type: "route-table", table: "ec2_route_table", code: "InvalidRouteTableID",
        notFound: "The routeTable ID '%' does not exist")
    static let networkAcl = ResourceKind(
        "acl", type: "network-acl", table: "ec2_network_acl", code: "InvalidNetworkAclID",
        notFound: "The networkAcl ID '%' does not exist")
    static let dhcpOptions = ResourceKind(
        "dopt", type: "dhcp-options", table: "ec2_dhcp_options", code: "InvalidDhcpOptionID",
        notFound: "The dhcpOption ID '%' does not exist")
    static let networkInterface = ResourceKind(
        "eni", type: "network-interface", table: "ec2_network_interface", code: "InvalidNetworkInterfaceID",
        notFound: "The networkInterface ID '%' does not exist")
    static let address = ResourceKind(
        "eipalloc", type: "elastic-ip", table: "ec2_address", code: "InvalidAllocationID",
        notFound: "The allocation ID '%' does not exist")

    /// Everything that can carry tags.
    static let all: [ResourceKind] = [
        .instance, .image, .keyPair, .volume, .vpc, .subnet, .securityGroup, .securityGroupRule, .internetGateway, .routeTable,
        .networkAcl, .dhcpOptions, .networkInterface, .address,
    ]
    private static let byPrefix = Dictionary(uniqueKeysWithValues: all.map { ($0.prefix, $0) })
    private static let byType = Dictionary(uniqueKeysWithValues: all.map { ($0.type, $0) })

    /// The kind that an id belongs to, by what stands before its dash.
    static func of(_ id: String) -> ResourceKind? { byPrefix[String(id.prefix { $0 != "-" })] }
    static func named(_ type: String) -> ResourceKind? { byType[type] }

    /// Whether a resource of this id exists in the request's account and region.
    func exists(_ id: String, _ context: Context) throws -> Bool {
        guard let table else { return PublicImage.find(id: id, region: context.region) != nil }
        let statement = try context.db.cachedStatement(
            sql: "SELECT EXISTS (SELECT 1 FROM \(table) WHERE account = ? AND region = ? AND id = ?)")
        return try Bool.fetchOne(statement, arguments: [context.account, context.region, id]) ?? false
    }

    /// - Throws: the kind's errors for an id that is malformed or names nothing.
    func require(_ id: String, _ context: Context) throws {
        try check(id)
        guard try exists(id, context) else { throw notFound(id) }
    }

    /// The resource's ARN. Public images belong to no account.
    func arn(_ id: String, _ context: Context) -> String {
        if prefix == "ami" { return "arn:\(context.partition):ec2:\(context.region)::image/\(id)" }
        return context.arn("ec2", "\(type)/\(id)")
    }
}
