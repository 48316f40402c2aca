import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    public func createNetworkInterface(
        _ input: CreateNetworkInterfaceRequest, _ context: Context
    ) throws -> CreateNetworkInterfaceResult {
        let token = input.clientToken.flatMap { $0.isEmpty ? nil : $0 } ?? context.ids.uuid()
        let shape = try context.once(
            input, recalling: { try NetworkInterfaceRecord.get($0, context).shape(.read(context), context) }
        ) {
            let made = try Self.make(input, context)
            var shape = try made.shape(.read(context), context)
            // AWS returns `pending` at creation.
            shape.status = "pending"
            return (made.id, shape)
        }
        return CreateNetworkInterfaceResult(networkInterface: shape, clientToken: token)
    }

    private static func make(_ input: CreateNetworkInterfaceRequest, _ context: Context) throws -> NetworkInterfaceRecord {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .networkInterface)
        let subnet = try SubnetRecord.get(input.subnetId, context)
        if input.operator != nil { throw AWSError.notSimulated("ec2", "CreateNetworkInterface with an operator") }
        let groups = try SecurityGroupRecord.resolve(ids: input.groups, names: nil, subnet: subnet, context)
        try NetworkInterfaceRecord.check(groups: groups)
        var plan = NetworkInterfaceRecord.Plan(subnet: subnet, groups: groups)
        (plan.privateAddress, plan.addressing.secondary) = try InterfaceAddressing.split(
            input.privateIpAddress, input.privateIpAddresses)
        plan.addressing.secondaryCount = input.secondaryPrivateIpAddressCount ?? 0
        plan.addressing.prefixes = input.ipv4Prefixes?.compactMap(\.ipv4Prefix) ?? []
        plan.addressing.prefixCount = input.ipv4PrefixCount ?? 0
        plan.addressing.ipv6 = input.ipv6Addresses?.compactMap(\.ipv6Address) ?? []
        plan.addressing.ipv6Count = input.ipv6AddressCount
        plan.addressing.prefixes6 = input.ipv6Prefixes?.compactMap(\.ipv6Prefix) ?? []
        plan.addressing.prefix6Count = input.ipv6PrefixCount ?? 0
        plan.addressing.hasPrimaryIpv6 = input.enablePrimaryIpv6 ?? false
        try plan.addressing.check()
        guard
            plan.addressing.ipv6.isEmpty && (plan.addressing.ipv6Count ?? 0) == 0
                || plan.addressing.prefixes6.isEmpty && plan.addressing.prefix6Count == 0
        else {
            throw AWSError.invalidCombination("Only one of IPv6 addresses and IPv6 prefixes can be specified.")
        }
        plan.description = try NetworkInterfaceRecord.check(description: input.description ?? "")
        if let type = input.interfaceType, type.rawValue != "interface" {
            guard ["efa", "efa-only"].contains(type.rawValue) else {
                throw AWSError.notSimulated("ec2", "CreateNetworkInterface of the type '\(type.rawValue)'")
            }
            plan.type = type.rawValue
        }
        plan.details = NetworkInterface()
        plan.details?.requesterId = context.caller.userId
        plan.details?.connectionTrackingConfiguration = try input.connectionTrackingSpecification?.checked
        guard try NetworkInterfaceRecord.count(context) < 5000 else {
            throw AWSError("NetworkInterfaceLimitExceeded", "The maximum number of network interfaces has been reached.")
        }
        let interface = try NetworkInterfaceRecord.create(plan, context)
        try tags.apply(.networkInterface, to: interface.id, context)
        return interface
    }

    public func deleteNetworkInterface(_ input: DeleteNetworkInterfaceRequest, _ context: Context) throws -> EmptyShape {
        let interface = try NetworkInterfaceRecord.get(input.networkInterfaceId, context)
        guard !interface.isAttached else {
            throw AWSError(
                "InvalidParameterValue", "Network interface '\(interface.id)' is currently in use.",
                explanation: "Detach it first: DetachNetworkInterface.")
        }
        try interface.remove(context)
        return EmptyShape()
    }
}

extension NetworkInterfaceRecord {
    /// AWS's default quota: five security groups per interface.
    static func check(groups: [String]) throws {
        guard groups.count <= 5 else {
            throw AWSError(
                "SecurityGroupsPerInterfaceLimitExceeded",
                "The maximum number of security groups per interface has been reached.")
        }
    }

    static func check(description: String) throws -> String {
        guard description.unicodeScalars.count <= 255 else {
            throw AWSError.invalidValue(description, for: "Description", "Descriptions may not be longer than 255 characters.")
        }
        return description
    }
}

extension InterfaceAddressing {
    /// Splits a request's private addresses into the first one and the others.
    static func split(
        _ primary: String?, _ specifications: [PrivateIpAddressSpecification]?
    ) throws -> (String?, [String]) {
        let primary = primary.flatMap { $0.isEmpty ? nil : $0 }
        let named = (specifications ?? []).filter { $0.primary == true }.compactMap(\.privateIpAddress)
        var others = (specifications ?? []).filter { $0.primary != true }.compactMap(\.privateIpAddress)
        guard named.count + (primary == nil ? 0 : 1) <= 1 else {
            throw AWSError.invalidCombination("Only one primary private IP address can be specified.")
        }
        let all = [primary].compactMap { $0 } + named + others
        guard Set(all).count == all.count else {
            throw AWSError("InvalidParameterValue", "The same private IP address must not appear multiple times")
        }
        if let first = primary ?? named.first { return (first, others) }
        // If none is marked as primary, the first one is.
        return others.isEmpty ? (nil, []) : (others.removeFirst(), others)
    }
}

extension ConnectionTrackingSpecificationRequest {
    /// - Throws: `InvalidParameterValue` for timeouts outside AWS's bounds.
    var checked: ConnectionTrackingConfiguration {
        get throws {
            for (value, bounds, name) in [
                (tcpEstablishedTimeout, 60...432_000, "tcpEstablishedTimeout"), (udpTimeout, 30...60, "udpTimeout"),
                (udpStreamTimeout, 60...180, "udpStreamTimeout"),
            ] {
                guard let value, !bounds.contains(value) else { continue }
                throw AWSError.invalidValue(
                    "\(value)", for: name, "Valid values are between \(bounds.lowerBound) and \(bounds.upperBound) seconds.")
            }
            return ConnectionTrackingConfiguration(
                tcpEstablishedTimeout: tcpEstablishedTimeout, udpStreamTimeout: udpStreamTimeout, udpTimeout: udpTimeout)
        }
    }
}
