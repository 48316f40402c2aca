import AWSCore
import EC2API
import SimulatorCore

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
