import AWSCore
import EC2API
import SimulatorCore

/// The network of a launch's instances: their subnet and the properties of each interface.
struct LaunchNetwork {
    let plans: [NetworkInterfaceRecord.Plan]
    /// The VPC's tenancy, the default for launches.
    let tenancy: String
    var subnet: SubnetRecord { plans[0].subnet }

    /// - Throws: AWS's errors for absent or contradictory subnets, groups, zones and interfaces.
    init(_ input: RunInstancesRequest, _ type: InstanceTypeFigures, _ context: Context) throws {
        let zone = try Self.zone(input.placement, context)
        if let specifications = input.networkInterfaces, !specifications.isEmpty {
            plans = try Self.plans(specifications, input, type, zone, context)
        } else {
            let subnet = try Self.subnet(input.subnetId, type, zone, context)
            if input.subnetId?.isEmpty == false, !subnet.isDefault, input.securityGroups?.isEmpty == false {
                throw AWSError.invalidCombination("The parameter groupName cannot be used with the parameter subnet")
            }
            let groups = try SecurityGroupRecord.resolve(
                ids: input.securityGroupIds, names: input.securityGroups, subnet: subnet, context)
            var plan = NetworkInterfaceRecord.Plan(subnet: subnet, groups: groups)
            plan.privateAddress = input.privateIpAddress.flatMap { $0.isEmpty ? nil : $0 }
            plan.addressing.ipv6 = input.ipv6Addresses?.compactMap(\.ipv6Address) ?? []
            plan.addressing.ipv6Count = input.ipv6AddressCount
            plan.addressing.hasPrimaryIpv6 = input.enablePrimaryIpv6 ?? false
            try plan.check(type, input)
            plans = [plan]
        }
        try plans[0].subnet.checkNames(
            type: input.privateDnsNameOptions?.hostnameType,
            hasARecord: input.privateDnsNameOptions?.enableResourceNameDnsARecord)
        tenancy = try VpcRecord.find(plans[0].subnet.vpcId, context)?.tenancy ?? "default"
    }

    private static func zone(_ placement: Placement?, _ context: Context) throws -> String? {
        let zones = AWSRegion.current(context).zones
        if let id = placement?.availabilityZoneId, !id.isEmpty {
            guard let zone = zones.first(where: { $0.id == id }) else {
                throw AWSError("InvalidParameterValue", "Invalid availability zone-id: [\(id)]")
            }
            return zone.name
        }
        guard let name = placement?.availabilityZone, !name.isEmpty else { return nil }
        guard zones.contains(where: { $0.name == name }) else {
            throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(name)]")
        }
        return name
    }

    /// Returns the named subnet, or the default subnet of a zone that offers the type.
    private static func subnet(
        _ id: String?, _ type: InstanceTypeFigures, _ zone: String?, _ context: Context
    ) throws -> SubnetRecord {
        if let id, !id.isEmpty {
            let subnet = try SubnetRecord.get(id, context)
            if let zone, zone != subnet.zone {
                throw AWSError(
                    "InvalidParameterValue",
                    "The availability zone '\(zone)' is not the one of subnet '\(id)', which is '\(subnet.zone)'.")
            }
            try check(type, isOfferedIn: subnet.zone, context)
            return subnet
        }
        guard let vpc = try VpcRecord.findDefault(context) else {
            throw AWSError(
                "VPCIdNotSpecified",
                "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.")
        }
        let candidates = try SubnetRecord.all(context, "AND vpc_id = ? AND is_default", [vpc.id])
        guard !candidates.isEmpty else {
            throw AWSError("MissingInput", "No subnets found for the default VPC '\(vpc.id)'. Please specify a subnet.")
        }
        if let zone {
            try check(type, isOfferedIn: zone, context)
            guard let subnet = candidates.first(where: { $0.zone == zone }) else {
                throw AWSError("MissingInput", "No default subnet for availability zone: '\(zone)'.")
            }
            return subnet
        }
        guard let subnet = candidates.first(where: { isOffered(type, $0.zone, context) }) else {
            throw AWSError.unsupportedInRegion(type.name)
        }
        return subnet
    }

    private static func isOffered(_ type: InstanceTypeFigures, _ zone: String, _ context: Context) -> Bool {
        InstanceTypeOfferings.offers(type, zone: zone, region: context.region)
    }

    private static func check(_ type: InstanceTypeFigures, isOfferedIn zone: String, _ context: Context) throws {
        if isOffered(type, zone, context) { return }
        let others = AWSRegion.current(context).zones.map(\.name).filter { isOffered(type, $0, context) }
        guard !others.isEmpty else { throw AWSError.unsupportedInRegion(type.name) }
        throw AWSError(
            "Unsupported",
            "Your requested instance type (\(type.name)) is not supported in your requested Availability Zone (\(zone)). "
                + "Please retry your request by not specifying an Availability Zone or choosing \(others.joined(separator: ", "))."
        )
    }

    private static func plans(
        _ specifications: [InstanceNetworkInterfaceSpecification], _ input: RunInstancesRequest, _ type: InstanceTypeFigures,
        _ zone: String?, _ context: Context
    ) throws -> [NetworkInterfaceRecord.Plan] {
        if input.securityGroupIds?.isEmpty == false || input.securityGroups?.isEmpty == false {
            throw AWSError.invalidCombination(
                "Network interfaces and an instance-level security groups may not be specified on the same request")
        }
        if input.subnetId?.isEmpty == false {
            throw AWSError.invalidCombination(
                "Network interfaces and an instance-level subnet ID may not be specified on the same request")
        }
        if input.privateIpAddress?.isEmpty == false {
            throw AWSError.invalidCombination(
                "Network interfaces and an instance-level private address may not be specified on the same request")
        }
        if specifications.count > 1, specifications.contains(where: { $0.associatePublicIpAddress != nil }) {
            throw AWSError.invalidCombination(
                "The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.")
        }
        if input.ipv6AddressCount != nil || input.ipv6Addresses?.isEmpty == false {
            throw AWSError.invalidCombination(
                "Network interfaces and an instance-level ipv6 address may not be specified on the same request")
        }
        guard specifications.count <= type.maximumNetworkInterfaces else {
            throw AWSError.interfaceLimit(specifications.count, type.name)
        }
        let sorted = specifications.sorted {
            ($0.networkCardIndex ?? 0, $0.deviceIndex ?? 0) < ($1.networkCardIndex ?? 0, $1.deviceIndex ?? 0)
        }
        guard (sorted.first?.deviceIndex ?? 0) == 0 else {
            throw AWSError(
                "InvalidParameterCombination", "When specifying network interfaces, you must include a device at index 0.")
        }
        var seen: Set<[Int]> = [], known: Set<String> = []
        let plans = try sorted.map { specification in
            guard seen.insert([specification.networkCardIndex ?? 0, specification.deviceIndex ?? 0]).inserted else {
                throw AWSError("InvalidParameterValue", "Each network interface requires a unique device index.")
            }
            if let id = specification.networkInterfaceId, !id.isEmpty {
                guard known.insert(id).inserted else { throw AWSError.interfaceInUse(id) }
                return try existing(id, specification, input, type, context)
            }
            return try plan(specification, input, type, zone, isOnly: specifications.count == 1, context)
        }
        guard plans.allSatisfy({ $0.subnet.zone == plans[0].subnet.zone }) else { throw AWSError.otherZone }
        return plans
    }

    private static func plan(
        _ specification: InstanceNetworkInterfaceSpecification, _ input: RunInstancesRequest, _ type: InstanceTypeFigures,
        _ zone: String?, isOnly: Bool, _ context: Context
    ) throws -> NetworkInterfaceRecord.Plan {
        let subnet = try subnet(specification.subnetId, type, zone, context)
        let groups = try SecurityGroupRecord.resolve(ids: specification.groups, names: nil, subnet: subnet, context)
        try NetworkInterfaceRecord.check(groups: groups)
        var plan = NetworkInterfaceRecord.Plan(subnet: subnet, groups: groups)
        (plan.privateAddress, plan.addressing.secondary) = try InterfaceAddressing.split(
            specification.privateIpAddress, specification.privateIpAddresses)
        plan.addressing.secondaryCount = specification.secondaryPrivateIpAddressCount ?? 0
        plan.addressing.prefixes = specification.ipv4Prefixes?.compactMap(\.ipv4Prefix) ?? []
        plan.addressing.prefixCount = specification.ipv4PrefixCount ?? 0
        plan.addressing.ipv6 = specification.ipv6Addresses?.compactMap(\.ipv6Address) ?? []
        plan.addressing.ipv6Count = specification.ipv6AddressCount
        plan.addressing.prefixes6 = specification.ipv6Prefixes?.compactMap(\.ipv6Prefix) ?? []
        plan.addressing.prefix6Count = specification.ipv6PrefixCount ?? 0
        plan.addressing.hasPrimaryIpv6 = specification.primaryIpv6 ?? false
        plan.description = try NetworkInterfaceRecord.check(description: specification.description ?? "")
        // The subnet's setting gives a public address only to a single interface.
        plan.associatesPublicAddress = isOnly ? specification.associatePublicIpAddress : false
        plan.deviceIndex = specification.deviceIndex ?? 0
        plan.cardIndex = specification.networkCardIndex ?? 0
        try NetworkInterfaceRecord.checkCard(plan.cardIndex, type)
        plan.isDeletedOnTermination = specification.deleteOnTermination ?? true
        if let type = specification.interfaceType, !type.isEmpty, type != "interface" {
            guard ["efa", "efa-only"].contains(type) else { throw AWSError.invalidValue(type, for: "interfaceType") }
            plan.type = type
        }
        if let tracking = specification.connectionTrackingSpecification {
            plan.details = NetworkInterface()
            plan.details?.connectionTrackingConfiguration = try tracking.checked
        }
        if specification.enaSrdSpecification != nil || specification.enaQueueCount != nil {
            var details = plan.details ?? NetworkInterface()
            details.attachment = NetworkInterfaceAttachment(
                enaSrdSpecification: specification.enaSrdSpecification.map {
                    AttachmentEnaSrdSpecification(
                        enaSrdEnabled: $0.enaSrdEnabled,
                        enaSrdUdpSpecification: $0.enaSrdUdpSpecification.map { .init(enaSrdUdpEnabled: $0.enaSrdUdpEnabled) })
                }, enaQueueCount: specification.enaQueueCount)
            plan.details = details
        }
        try plan.check(type, input)
        return plan
    }

    /// Returns the plan for an existing interface, which has its own subnet, groups and addresses.
    private static func existing(
        _ id: String, _ specification: InstanceNetworkInterfaceSpecification, _ input: RunInstancesRequest,
        _ type: InstanceTypeFigures, _ context: Context
    ) throws -> NetworkInterfaceRecord.Plan {
        let interface = try NetworkInterfaceRecord.ofOnesOwn(id, context)
        for (name, isGiven) in [
            ("a subnet", specification.subnetId?.isEmpty == false), ("security groups", specification.groups?.isEmpty == false),
            ("a private address", specification.privateIpAddress?.isEmpty == false),
            ("private addresses", specification.privateIpAddresses?.isEmpty == false),
            ("a description", specification.description?.isEmpty == false),
            ("an associatePublicIPAddress parameter", specification.associatePublicIpAddress == true),
            ("deleteOnTermination", specification.deleteOnTermination == true),
        ] where isGiven {
            throw AWSError.invalidCombination("A network interface may not specify both a network interface ID and \(name)")
        }
        guard input.maxCount == 1 else {
            throw AWSError.invalidCombination(
                "Network interfaces with a network interface ID may only be specified when launching one instance")
        }
        guard !interface.isAttached else { throw AWSError.interfaceInUse(id) }
        let subnet = try SubnetRecord.get(interface.subnetId, context)
        try check(type, isOfferedIn: subnet.zone, context)
        var plan = NetworkInterfaceRecord.Plan(subnet: subnet, groups: try interface.groups(context))
        plan.existing = interface
        plan.deviceIndex = specification.deviceIndex ?? 0
        plan.cardIndex = specification.networkCardIndex ?? 0
        try NetworkInterfaceRecord.checkCard(plan.cardIndex, type)
        plan.isDeletedOnTermination = false
        try subnet.checkIPv6Only(type)
        try interface.checkLimits(adding: InterfaceAddressing(), type: type.name, context)
        return plan
    }

    /// Creates the instances' interfaces and tags them.
    /// - Returns: the private IPv4 addresses of the primary interfaces, in the order of `instanceIds`; empty in an IPv6-only
    ///   subnet.
    func create(for instanceIds: [String], _ tags: TagSpecifications, _ context: Context) throws -> [String] {
        var addresses: [String] = []
        for plan in plans {
            let interfaces = try NetworkInterfaceRecord.create(for: instanceIds, plan, context)
            if plan.existing == nil {
                for interface in interfaces { try tags.apply(.networkInterface, to: interface.id, context) }
            }
            if addresses.isEmpty { addresses = interfaces.map { $0.privateAddress.map { IPv4Block.text($0) } ?? "" } }
        }
        return addresses
    }
}

extension NetworkInterfaceRecord.Plan {
    /// - Throws: AWS's errors for more addresses than the type allows, or addresses that several instances cannot share.
    fileprivate func check(_ type: InstanceTypeFigures, _ input: RunInstancesRequest) throws {
        try addressing.check()
        try subnet.checkIPv6Only(type)
        if subnet.isIPv6Native, associatesPublicAddress == true {
            throw AWSError.invalidCombination(
                "The parameter associatePublicIPAddress cannot be used with the IPv6-only subnet '\(subnet.id)'")  // assumed
        }
        if addressing.ipv4Places > 0 || addressing.ipv6Places > 0 { try addressing.checkLimits(type: type.name) }
        guard input.maxCount > 1 else { return }
        if !addressing.secondary.isEmpty || !addressing.ipv6.isEmpty || !addressing.prefixes.isEmpty
            || !addressing.prefixes6.isEmpty
        {
            throw AWSError.invalidCombination(
                "Private addresses and prefixes may not be named when launching more than one instance.")
        }
    }
}

extension AWSError {
    static func unsupportedInRegion(_ type: String) -> AWSError {
        AWSError(
            "Unsupported",
            "The requested configuration is currently not supported. Please check the documentation for supported configurations.",
            explanation: "No zone of the region offers \(type).")
    }
}
