import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-prefix-eni.html

/// An address of an interface besides its first private one: a secondary address, an IPv6 address or a prefix.
struct InterfaceAddress: Sendable {
    enum Kind: String, Sendable {
        case ipv4
        case prefix = "ipv4-prefix"
        case ipv6
        case prefix6 = "ipv6-prefix"
    }

    let interfaceId, subnetId: String
    let form: Kind
    /// An address, or a block in canonical form.
    let text: String
    var isPrimary = false

    var ipv4: UInt32? { form == .ipv4 ? IPv4Block.address(text) : nil }

    /// The IPv4 addresses of the subnet that it takes.
    var ipv4Addresses: [UInt32] {
        switch form {
        case .ipv4: ipv4.map { [$0] } ?? []
        case .prefix: IPv4Block(text).map { block in (0..<block.count).map(block.address) } ?? []
        case .ipv6, .prefix6: []
        }
    }

    var ipv4Count: Int { form == .ipv4 ? 1 : form == .prefix ? 16 : 0 }

    static func all(_ context: Context) throws -> [InterfaceAddress] { try all("", [], context) }

    static func all(of interface: String, _ context: Context) throws -> [InterfaceAddress] {
        try all("AND interface_id = ?", [interface], context)
    }

    static func all(in subnet: String, _ context: Context) throws -> [InterfaceAddress] {
        try all("AND subnet_id = ?", [subnet], context)
    }

    private static func all(_ condition: String, _ arguments: [String], _ context: Context) throws -> [InterfaceAddress] {
        try context.reading(ReadKey(InterfaceAddress.self, context, condition, arguments)) {
            let statement = try context.db.cachedStatement(
                sql: """
                    SELECT interface_id, subnet_id, form, address, is_primary FROM ec2_interface_address
                    WHERE account = ? AND region = ? \(condition) ORDER BY number
                    """)
            return try StoredRow.all(statement, StatementArguments([context.account, context.region] + arguments)) { row in
                guard let form = Kind(rawValue: try row[2]) else { throw DamagedState("an address has an unknown form") }
                return InterfaceAddress(
                    interfaceId: try row[0], subnetId: try row[1], form: form, text: try row[3], isPrimary: try row[4])
            }
        }
    }

    func insert(_ context: Context) throws {
        try context.db.cachedStatement(
            sql: """
                INSERT INTO ec2_interface_address (account, region, interface_id, subnet_id, form, address, is_primary)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """
        ).execute(arguments: [context.account, context.region, interfaceId, subnetId, form.rawValue, text, isPrimary])
    }

    func setPrimary(_ isPrimary: Bool, _ context: Context) throws {
        try context.db.cachedStatement(
            sql: """
                UPDATE ec2_interface_address SET is_primary = ?
                WHERE account = ? AND region = ? AND subnet_id = ? AND address = ?
                """
        ).execute(arguments: [isPrimary, context.account, context.region, subnetId, text])
    }

    func delete(_ context: Context) throws {
        try context.db.cachedStatement(
            sql: "DELETE FROM ec2_interface_address WHERE account = ? AND region = ? AND subnet_id = ? AND address = ?"
        ).execute(arguments: [context.account, context.region, subnetId, text])
    }
}

extension InterfaceAddress {
    /// Removes the address from its interface and clears the Elastic IP address that maps to it.
    func release(_ context: Context) throws {
        if let ipv4 {
            for var address in try AddressRecord.all(of: interfaceId, context) where address.privateAddress == ipv4 {
                try address.clear(context)
            }
        }
        try delete(context)
    }
}
