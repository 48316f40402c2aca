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

/// The addresses that a request asks for besides the first private one.
struct InterfaceAddressing: Sendable {
    var secondary: [String] = []
    var secondaryCount = 0
    var prefixes: [String] = []
    var prefixCount = 0
    var ipv6: [String] = []
    /// nil: use the subnet's setting.
    var ipv6Count: Int?
    var prefixes6: [String] = []
    var prefix6Count = 0
    var hasPrimaryIpv6 = false

    /// The number of IPv4 address places that it takes on the interface.
    var ipv4Places: Int { secondary.count + secondaryCount + prefixes.count + prefixCount }
    var ipv6Places: Int { ipv6.count + (ipv6Count ?? 0) + prefixes6.count + prefix6Count }

    /// - Throws: AWS's errors for parameters that cannot be combined.
    func check() throws {
        for (list, count, names) in [
            (secondary, secondaryCount, ("privateIpAddresses", "secondaryPrivateIpAddressCount")),
            (prefixes, prefixCount, ("ipv4Prefixes", "ipv4PrefixCount")),
            (ipv6, ipv6Count ?? 0, ("ipv6Addresses", "ipv6AddressCount")),
            (prefixes6, prefix6Count, ("ipv6Prefixes", "ipv6PrefixCount")),
        ] {
            guard count >= 0 else { throw AWSError.invalidValue("\(count)", for: names.1) }
            if !list.isEmpty, count > 0 {
                throw AWSError.invalidCombination(
                    "The parameter \(names.0) cannot be used with the parameter \(names.1)")
            }
        }
        // AWS also rejects secondary addresses together with prefixes of the same family.
        if !secondary.isEmpty || secondaryCount > 0, !prefixes.isEmpty || prefixCount > 0 {
            throw AWSError.invalidCombination(
                "Only one of secondary private IPv4 addresses and IPv4 prefixes can be specified.")
        }
    }
}

extension NetworkInterfaceRecord {
    /// Assigns addresses of the subnet to the interface.
    /// - Returns: the assigned addresses.
    @discardableResult
    func take(_ addressing: InterfaceAddressing, in subnet: SubnetRecord, _ context: Context) throws -> [InterfaceAddress] {
        var taken: [InterfaceAddress] = []
        func add(_ form: InterfaceAddress.Kind, _ text: String, isPrimary: Bool = false) throws {
            let address = InterfaceAddress(
                interfaceId: id, subnetId: subnet.id, form: form, text: text, isPrimary: isPrimary)
            try address.insert(context)
            taken.append(address)
        }
        for wanted in addressing.secondary {
            try add(.ipv4, IPv4Block.text(try subnet.allocate(1, wanted: wanted, context)[0]))
        }
        if addressing.secondaryCount > 0 {
            for address in try subnet.allocate(addressing.secondaryCount, context) { try add(.ipv4, IPv4Block.text(address)) }
        }
        for wanted in addressing.prefixes { try add(.prefix, try subnet.prefix(wanted, context).description) }
        for _ in 0..<addressing.prefixCount { try add(.prefix, try subnet.freePrefix(context).description) }
        let count6 = try addressing.ipv6Count ?? (addressing.ipv6.isEmpty && subnet.assignsIpv6(context) ? 1 : 0)
        for wanted in addressing.ipv6 { try add(.ipv6, try subnet.ipv6Address(wanted, context)) }
        for _ in 0..<count6 { try add(.ipv6, try subnet.freeIpv6Address(context)) }
        for wanted in addressing.prefixes6 { try add(.prefix6, try subnet.ipv6Prefix(wanted, context)) }
        for _ in 0..<addressing.prefix6Count { try add(.prefix6, try subnet.freeIpv6Prefix(context)) }
        if addressing.hasPrimaryIpv6 { try makePrimaryIpv6(context) }
        return taken
    }

    /// Makes the first IPv6 address the primary one, which cannot be removed.
    func makePrimaryIpv6(_ context: Context) throws {
        guard let first = try InterfaceAddress.all(of: id, context).first(where: { $0.form == .ipv6 }) else {
            throw AWSError(
                "InvalidParameterValue", "Network interface \(id) has no IPv6 address to make the primary IPv6 address.")
        }
        try first.setPrimary(true, context)
    }

    /// - Throws: `PrivateIpAddressLimitExceeded` if the addresses would exceed the limit of the instance's type.
    func checkLimits(adding addressing: InterfaceAddressing, _ context: Context) throws {
        guard let instanceId, let instance = try InstanceRecord.find(instanceId, context) else { return }
        try checkLimits(adding: addressing, type: instance.type, context)
    }

    func checkLimits(adding addressing: InterfaceAddressing, type: String, _ context: Context) throws {
        let present = try InterfaceAddress.all(of: id, context)
        let ipv4 = 1 + present.count { $0.form == .ipv4 || $0.form == .prefix }
        let ipv6 = present.count { $0.form == .ipv6 || $0.form == .prefix6 }
        try addressing.checkLimits(ipv4: ipv4, ipv6: ipv6, type: type)
    }
}

extension InterfaceAddressing {
    /// - Parameters:
    ///   - ipv4: the number of IPv4 places already taken, including the first address.
    ///   - ipv6: the number of IPv6 places already taken.
    ///   - type: the instance type.
    func checkLimits(ipv4: Int = 1, ipv6: Int = 0, type: String) throws {
        guard let network = InstanceTypeTable.figures(of: type)?.shape.networkInfo else { return }
        if let limit = network.ipv4AddressesPerInterface, ipv4 + ipv4Places > limit {
            throw AWSError("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
        }
        if let limit = network.ipv6AddressesPerInterface, ipv6 + ipv6Places > limit {
            throw AWSError("AddressLimitExceeded", "Number of IPv6 addresses will exceed limit.")
        }
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func assignPrivateIpAddresses(
        _ input: AssignPrivateIpAddressesRequest, _ context: Context
    ) throws -> AssignPrivateIpAddressesResult {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        var addressing = InterfaceAddressing()
        addressing.secondary = input.privateIpAddresses ?? []
        addressing.secondaryCount = input.secondaryPrivateIpAddressCount ?? 0
        addressing.prefixes = input.ipv4Prefixes ?? []
        addressing.prefixCount = input.ipv4PrefixCount ?? 0
        try addressing.check()
        guard addressing.ipv4Places > 0 else {
            throw AWSError("MissingParameter", "The request must contain the parameter secondaryPrivateIpAddressCount")
        }
        let subnet = try SubnetRecord.get(interface.subnetId, context)
        if input.allowReassignment == true {
            // Keep addresses that the interface already has. Take secondary addresses from other interfaces.
            let present = try InterfaceAddress.all(in: subnet.id, context).filter { $0.form == .ipv4 }
            for address in present where addressing.secondary.contains(address.text) {
                if address.interfaceId == interface.id {
                    addressing.secondary.removeAll { $0 == address.text }
                } else {
                    try address.release(context)
                }
            }
        }
        try interface.checkLimits(adding: addressing, context)
        let taken = try interface.take(addressing.withoutIpv6, in: subnet, context)
        let prefixes = taken.filter { $0.form == .prefix }
        return AssignPrivateIpAddressesResult(
            networkInterfaceId: interface.id,
            assignedPrivateIpAddresses: taken.filter { $0.form == .ipv4 }.map {
                AssignedPrivateIpAddress(privateIpAddress: $0.text)
            },
            assignedIpv4Prefixes: prefixes.isEmpty ? nil : prefixes.map { Ipv4PrefixSpecification(ipv4Prefix: $0.text) })
    }

    public func unassignPrivateIpAddresses(
        _ input: UnassignPrivateIpAddressesRequest, _ context: Context
    ) throws -> EmptyShape {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        let wanted = (input.privateIpAddresses ?? []) + (input.ipv4Prefixes ?? [])
        guard !wanted.isEmpty else { throw AWSError.missingParameter("privateIpAddresses") }
        let present = try InterfaceAddress.all(of: interface.id, context)
        if let first = interface.privateAddress, wanted.contains(IPv4Block.text(first)) {
            throw AWSError(
                "InvalidParameterValue",
                "The primary private IP address can't be unassigned from network interface \(interface.id)")
        }
        let found = try wanted.map { text in
            guard let address = present.first(where: { $0.text == text && ($0.form == .ipv4 || $0.form == .prefix) }) else {
                throw AWSError(
                    "InvalidParameterValue", "Some of \(wanted) are not assigned to interface \(interface.id)")
            }
            return address
        }
        for address in found { try address.release(context) }
        return EmptyShape()
    }

    public func assignIpv6Addresses(
        _ input: AssignIpv6AddressesRequest, _ context: Context
    ) throws -> AssignIpv6AddressesResult {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        var addressing = InterfaceAddressing()
        addressing.ipv6 = input.ipv6Addresses ?? []
        addressing.ipv6Count = input.ipv6AddressCount ?? 0
        addressing.prefixes6 = input.ipv6Prefixes ?? []
        addressing.prefix6Count = input.ipv6PrefixCount ?? 0
        try addressing.check()
        guard addressing.ipv6Places > 0 else {
            throw AWSError("MissingParameter", "The request must contain the parameter ipv6AddressCount or ipv6Addresses")
        }
        try interface.checkLimits(adding: addressing, context)
        let taken = try interface.take(addressing, in: SubnetRecord.get(interface.subnetId, context), context)
        let prefixes = taken.filter { $0.form == .prefix6 }
        return AssignIpv6AddressesResult(
            assignedIpv6Addresses: taken.filter { $0.form == .ipv6 }.map(\.text),
            assignedIpv6Prefixes: prefixes.isEmpty ? nil : prefixes.map(\.text), networkInterfaceId: interface.id)
    }

    public func unassignIpv6Addresses(
        _ input: UnassignIpv6AddressesRequest, _ context: Context
    ) throws -> UnassignIpv6AddressesResult {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(input.networkInterfaceId, context)
        let addresses = (input.ipv6Addresses ?? []).map(IPv6Text.canonical)
        let prefixes = (input.ipv6Prefixes ?? []).map(IPv6Text.canonical)
        guard !addresses.isEmpty || !prefixes.isEmpty else { throw AWSError.missingParameter("ipv6Addresses") }
        let present = try InterfaceAddress.all(of: interface.id, context)
        let found = try (addresses + prefixes).map { text in
            guard let address = present.first(where: { $0.text == text && ($0.form == .ipv6 || $0.form == .prefix6) }) else {
                throw AWSError(
                    "InvalidParameterValue", "Some of \(addresses + prefixes) are not assigned to interface \(interface.id)")
            }
            guard !address.isPrimary else {
                throw AWSError(
                    "InvalidParameterValue",
                    "The primary IPv6 address can't be unassigned from network interface \(interface.id)")
            }
            return address
        }
        for address in found { try address.delete(context) }
        return UnassignIpv6AddressesResult(
            networkInterfaceId: interface.id, unassignedIpv6Addresses: addresses.isEmpty ? nil : addresses,
            unassignedIpv6Prefixes: prefixes.isEmpty ? nil : prefixes)
    }
}

extension InterfaceAddressing {
    /// A copy for requests about IPv4 only: it assigns none of the IPv6 addresses that the subnet gives at creation.
    fileprivate var withoutIpv6: InterfaceAddressing {
        var copy = self
        copy.ipv6Count = 0
        return copy
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

// MARK: Blocks of a subnet

extension SubnetRecord {
    /// Parses and checks the /28 prefix that a request names.
    fileprivate func prefix(_ text: String, _ context: Context) throws -> IPv4Block {
        guard let wanted = IPv4Block(text), wanted.prefix == 28, wanted.description == text else {
            throw AWSError.invalidValue(text, for: "ipv4Prefix", "This is not a valid /28 prefix.")
        }
        guard let block else { throw AWSError.withoutIPv4(id) }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Prefix \(text) does not fall within the subnet's address range")
        }
        let taken = try takenAddresses(context)
        guard block.hasFree(wanted, taken) else {
            throw AWSError("InvalidIPAddress.InUse", "Prefix \(text) is in use.")
        }
        return wanted
    }

    /// Returns a free /28. Searches from the end of the subnet, because single addresses come from its start.
    fileprivate func freePrefix(_ context: Context) throws -> IPv4Block {
        guard let block else { throw AWSError.withoutIPv4(id) }
        let taken = try takenAddresses(context)
        for index in stride(from: block.count / 16 - 1, through: 0, by: -1) {
            let candidate = IPv4Block(base: block.address(index * 16), prefix: 28)
            if block.hasFree(candidate, taken) { return candidate }
        }
        throw AWSError.insufficientCidrBlocks
    }

    // MARK: IPv6

    private func requiredIpv6Block(_ context: Context) throws -> AddressRange {
        guard let text = try ipv6Block(context), let range = AddressRange(text) else {
            throw AWSError(
                "InvalidParameterValue", "The subnet '\(id)' does not have an IPv6 CIDR block associated with it.")
        }
        return range
    }

    private func taken6(_ context: Context) throws -> [AddressRange] {
        try InterfaceAddress.all(in: id, context).filter { $0.form == .ipv6 || $0.form == .prefix6 }
            .compactMap { AddressRange($0.text) }
    }

    fileprivate func ipv6Address(_ text: String, _ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        guard !text.contains("/"), let wanted = AddressRange(text), wanted.isIPv6 else { throw AWSError.invalidAddress(text) }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Address \(text) does not fall within the subnet's address range")
        }
        guard try !taken6(context).contains(where: { $0.contains(wanted) }) else {
            throw AWSError("InvalidIPAddress.InUse", "Address \(text) is in use.")
        }
        return IPv6Text.canonical(text)
    }

    fileprivate func freeIpv6Address(_ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        let taken = try taken6(context)
        let words = IPv6Text.words(block.canonicalText) ?? []
        while true {
            let random = context.ids.next()
            let tail = (0..<4).map { UInt16(truncatingIfNeeded: random >> UInt64($0 * 16)) }
            let text = IPv6Text.text(Array(words.prefix(4)) + tail)
            if let range = AddressRange(text), !taken.contains(where: { $0.contains(range) }) { return text }
        }
    }

    fileprivate func ipv6Prefix(_ text: String, _ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        guard text.hasSuffix("/80"), let wanted = AddressRange(text), wanted.isIPv6 else {
            throw AWSError.invalidValue(text, for: "ipv6Prefix", "This is not a valid /80 prefix.")
        }
        guard block.contains(wanted) else {
            throw AWSError("InvalidParameterValue", "Prefix \(text) does not fall within the subnet's address range")
        }
        guard try !taken6(context).contains(where: { $0.contains(wanted) || wanted.contains($0) }) else {
            throw AWSError("InvalidIPAddress.InUse", "Prefix \(text) is in use.")
        }
        return wanted.canonicalText
    }

    fileprivate func freeIpv6Prefix(_ context: Context) throws -> String {
        let block = try requiredIpv6Block(context)
        let taken = try taken6(context)
        let words = Array((IPv6Text.words(block.canonicalText) ?? []).prefix(4))
        for _ in 0..<1000 {
            let text = IPv6Text.text(words + [UInt16(truncatingIfNeeded: context.ids.next()), 0, 0, 0]) + "/80"
            if let range = AddressRange(text), !taken.contains(where: { $0.contains(range) || range.contains($0) }) {
                return range.canonicalText
            }
        }
        throw AWSError.insufficientCidrBlocks
    }
}

extension IPv4Block {
    /// Whether no address of the prefix is taken or reserved in this subnet's block.
    fileprivate func hasFree(_ prefix: IPv4Block, _ taken: Set<UInt32>) -> Bool {
        (0..<prefix.count).allSatisfy { !taken.contains(prefix.address($0)) && !isReserved(prefix.address($0)) }
    }
}

/// IPv6 addresses as RFC 5952 writes them.
enum IPv6Text {
    /// Returns the eight groups of an address, or of a block's first address.
    static func words(_ text: String) -> [UInt16]? {
        let address = text.prefix { $0 != "/" }
        guard AddressRange(String(address))?.isIPv6 == true else { return nil }
        let halves = address.split(separator: "::", omittingEmptySubsequences: false).map { half in
            half.split(separator: ":").compactMap { UInt16($0, radix: 16) }
        }
        if halves.count == 1 { return halves[0] }
        let zeros = 8 - halves[0].count - halves[1].count
        return halves[0] + [UInt16](repeating: 0, count: max(0, zeros)) + halves[1]
    }

    static func text(_ words: [UInt16]) -> String {
        canonical(words.map { String($0, radix: 16) }.joined(separator: ":"))
    }

    /// Returns the canonical form, or the text itself if it is not an address.
    static func canonical(_ text: String) -> String {
        guard let range = AddressRange(text) else { return text }
        return text.contains("/") ? range.canonicalText : String(range.canonicalText.prefix { $0 != "/" })
    }
}

extension AWSError {
    static let insufficientCidrBlocks = AWSError(
        "InsufficientCidrBlocks", "The specified subnet does not have enough free cidr blocks to satisfy the request.")
}
