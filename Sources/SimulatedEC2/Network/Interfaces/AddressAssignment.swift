import AWSCore
import EC2API
import SimulatorCore

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
