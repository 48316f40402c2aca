import AWSCore
import EC2API
import SimulatorCore

/// Where a launch's instances stand: their subnet and what each of their interfaces is like.
struct LaunchNetwork {
    let plans: [NetworkInterfaceRecord.Plan]
    /// The VPC's, for launches that ask for none.
    let tenancy: String
    var subnet: SubnetRecord { plans[0].subnet }

    /// - Throws: AWS's errors for subnets, groups, zones and interfaces that don't exist or don't go together.
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
            plans = [plan]
        }
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

    /// The subnet that is named, or the default subnet of a zone that offers the type.
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
        guard specifications.count <= type.maximumNetworkInterfaces else {
            throw AWSError(
                "AttachmentLimitExceeded",
                "Interface count \(specifications.count) exceeds the limit for \(type.name)")
        }
        let sorted = specifications.sorted { ($0.deviceIndex ?? 0) < ($1.deviceIndex ?? 0) }
        guard (sorted.first?.deviceIndex ?? 0) == 0 else {
            throw AWSError(
                "InvalidParameterCombination", "When specifying network interfaces, you must include a device at index 0.")
        }
        var seen: Set<Int> = []
        return try sorted.map { specification in
            let index = specification.deviceIndex ?? 0
            guard seen.insert(index).inserted else {
                throw AWSError("InvalidParameterValue", "Each network interface requires a unique device index.")
            }
            guard specification.networkInterfaceId == nil else {
                throw AWSError.notSimulated("ec2", "RunInstances with an existing network interface")
            }
            let subnet = try subnet(specification.subnetId, type, zone, context)
            let groups = try SecurityGroupRecord.resolve(ids: specification.groups, names: nil, subnet: subnet, context)
            var plan = NetworkInterfaceRecord.Plan(subnet: subnet, groups: groups)
            plan.privateAddress =
                specification.privateIpAddress
                ?? specification.privateIpAddresses?.first { $0.primary == true }?.privateIpAddress
            plan.description = specification.description ?? ""
            // Only a single interface gets a public address by the subnet's setting.
            plan.associatesPublicAddress = specifications.count > 1 ? false : specification.associatePublicIpAddress
            plan.deviceIndex = index
            plan.isDeletedOnTermination = specification.deleteOnTermination ?? true
            return plan
        }
    }

    /// Makes the instances' interfaces and tags them.
    /// - Returns: the private addresses of the primary ones, in the order of `instanceIds`.
    func create(for instanceIds: [String], _ tags: TagSpecifications, _ context: Context) throws -> [String] {
        var addresses: [String] = []
        for plan in plans {
            let interfaces = try NetworkInterfaceRecord.create(for: instanceIds, plan, context)
            for interface in interfaces { try tags.apply(.networkInterface, to: interface.id, context) }
            if addresses.isEmpty { addresses = interfaces.map { IPv4Block.text($0.privateAddress) } }
        }
        return addresses
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
