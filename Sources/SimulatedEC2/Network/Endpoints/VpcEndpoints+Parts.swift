import AWSCore
import EC2API
import SimulatorCore

// The parts of endpoints: routes, interfaces and names.

extension VpcEndpoint {
    // MARK: Routes

    /// Returns the prefix list of the service's addresses, which is the destination of the routes.
    private func prefixList(_ context: Context) -> AWSPrefixList? {
        let service = serviceName?.split(separator: ".").last.map(String.init) ?? ""
        return AWSPrefixList.of(service: service, context.region)
    }

    /// - Throws: AWS's errors for tables that do not exist, are in another VPC, or already have such a route.
    mutating func add(routeTables ids: [String], _ context: Context) throws {
        guard let list = prefixList(context) else { return }
        for id in ids where routeTableIds?.contains(id) != true {
            guard let table = try Resource.routeTable.find(id, context) else {
                throw AWSError("InvalidRouteTableId.NotFound", "The routeTable ID '\(id)' does not exist")
            }
            guard table.shape.vpcId == vpcId else {
                throw AWSError("InvalidParameter", "Route table \(id) and VPC \(vpcId ?? "") belong to different networks.")
            }
            guard table.shape.route(to: .prefixList(list.id)) == nil else {
                throw AWSError(
                    "RouteAlreadyExists",
                    "route table \(id) already has a route with destination-prefix-list-id \(list.id)")
            }
            var changed = table
            changed.shape.routes =
                (changed.shape.routes ?? []) + [Route(.prefixList(list.id), to: .gateway(vpcEndpointId ?? ""))]
            try Resource.routeTable.write(changed, context)
            routeTableIds = (routeTableIds ?? []) + [id]
        }
    }

    mutating func remove(routeTables ids: [String], _ context: Context) throws {
        for id in ids {
            if var table = try Resource.routeTable.find(id, context) {
                table.shape.routes?.removeAll { $0.target == .gateway(vpcEndpointId ?? "") }
                try Resource.routeTable.write(table, context)
            }
            routeTableIds?.removeAll { $0 == id }
        }
    }

    // MARK: Interfaces

    /// Creates an interface in each subnet.
    /// - Parameter addresses: the requested addresses, by subnet.
    mutating func add(subnets ids: [String], at addresses: [String: String] = [:], _ context: Context) throws {
        var zones = try Set((subnetIds ?? []).compactMap { try SubnetRecord.find($0, context)?.zone })
        for id in ids where subnetIds?.contains(id) != true {
            guard let subnet = try SubnetRecord.find(id, context) else {
                throw AWSError("InvalidSubnetId.NotFound", "The subnet ID '\(id)' does not exist")
            }
            guard subnet.vpcId == vpcId else {
                throw AWSError("InvalidParameter", "Subnet \(id) and VPC \(vpcId ?? "") belong to different networks.")
            }
            guard zones.insert(subnet.zone).inserted else {
                throw AWSError(
                    "DuplicateSubnetsInSameZone",
                    "Found another VPC endpoint subnet in the availability zone of \(id). VPC endpoint subnets should be in "
                        + "different availability zones supported by the VPC endpoint service.")
            }
            let endpointId = vpcEndpointId ?? ""
            let isInterface = vpcEndpointType == "Interface"
            let interface = try NetworkInterfaceRecord.create(
                isInterface ? "vpc_endpoint" : "gateway_load_balancer_endpoint", for: endpointId, in: subnet,
                privateAddress: addresses[id],
                description: "VPC Endpoint Interface \(endpointId)", groups: groups?.compactMap(\.groupId) ?? [], context)
            subnetIds = (subnetIds ?? []) + [id]
            networkInterfaceIds = (networkInterfaceIds ?? []) + [interface.id]
        }
    }

    mutating func remove(subnets ids: [String], _ context: Context) throws {
        for id in ids {
            for interface in networkInterfaceIds ?? [] {
                guard let record = try NetworkInterfaceRecord.find(interface, context), record.subnetId == id else { continue }
                try record.remove(context)
                networkInterfaceIds?.removeAll { $0 == interface }
            }
            subnetIds?.removeAll { $0 == id }
        }
    }

    // MARK: Names

    /// - Throws: AWS's errors for a service without private names, a VPC without DNS support, and names that another
    ///   endpoint has.
    func checkPrivateNames(_ service: EndpointService, _ vpc: VpcRecord, _ context: Context) throws {
        let names = service.privateNames
        guard let first = names.first else {
            throw AWSError(
                "InvalidParameter",
                "Private DNS can't be enabled because the service \(serviceName ?? "") does not provide a private DNS name.")
        }
        guard vpc.hasDnsSupport, vpc.hasDnsHostnames else {
            throw AWSError(
                "InvalidParameter",
                "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for \(vpc.id)"
            )
        }
        let others = try Resource.vpcEndpoint.all(context).filter {
            $0.shape.vpcId == vpc.id && $0.shape.vpcEndpointId != vpcEndpointId && $0.shape.privateDnsEnabled == true
                && $0.phase != "deleting" && $0.phase != "rejected"
        }
        guard !others.contains(where: { $0.shape.serviceName == serviceName }) else {
            throw AWSError(
                "InvalidParameter",
                "private-dns-enabled cannot be set because there is already a conflicting DNS domain for \(first) in the VPC \(vpc.id)"
            )
        }
    }

    /// - Parameter token: the part that makes the endpoint's names unique.
    mutating func showNames(_ service: EndpointService, token: String, _ context: Context) {
        guard vpcEndpointType == "Interface" else { return }
        let start = "\(vpcEndpointId ?? "")-\(token)", base = service.baseName(context.region)
        let zone = EndpointZones.regional(context.region)
        var entries = [DnsEntry(dnsName: "\(start).\(base)", hostedZoneId: zone)]
        for subnet in subnetIds ?? [] {
            guard let record = try? SubnetRecord.find(subnet, context) else { continue }
            entries.append(DnsEntry(dnsName: "\(start)-\(record.zone).\(base)", hostedZoneId: zone))
        }
        if privateDnsEnabled == true {
            let hidden = EndpointZones.hidden(vpcEndpointId ?? "")
            entries += service.privateNames.map { DnsEntry(dnsName: $0, hostedZoneId: hidden) }
        }
        dnsEntries = entries
    }

    /// The part that makes the endpoint's names unique.
    var nameToken: String? {
        dnsEntries?.first?.dnsName?.split(separator: ".").first?.split(separator: "-").last.map(String.init)
    }

    // MARK: Its end, and the service's owner

    /// Releases the endpoint's routes, interfaces and connection.
    mutating func leave(_ context: Context) throws {
        try remove(routeTables: routeTableIds ?? [], context)
        try remove(subnets: subnetIds ?? [], context)
        guard let (_, there) = try EndpointService.offer(named: serviceName ?? "", context) else { return }
        try VpcEndpointConnection.close(vpcEndpointId ?? "", there)
    }

    /// Shows the endpoint's state in the connection that the service's owner sees.
    func tellOwner(_ state: String, _ context: Context) throws {
        guard let (_, there) = try EndpointService.offer(named: serviceName ?? "", context) else { return }
        try VpcEndpointConnection.show(state, of: vpcEndpointId ?? "", there)
    }
}

// MARK: Changing one

extension EC2Simulation {
    public func modifyVpcEndpoint(_ input: ModifyVpcEndpointRequest, _ context: Context) throws -> ModifyVpcEndpointResult {
        var stored = try Resource.vpcEndpoint.get(input.vpcEndpointId, context)
        let type = stored.shape.vpcEndpointType?.rawValue ?? ""
        guard ["available", "pending", "pendingAcceptance"].contains(stored.phase) else {
            throw AWSError(
                "InvalidParameter", "The VPC endpoint '\(input.vpcEndpointId)' is in an invalid state (\(stored.phase)).")
        }
        let service = try EndpointService.named(stored.shape.serviceName ?? "", type: type, context)
        if let address = input.ipAddressType, address != stored.shape.ipAddressType {
            throw AWSError(
                "InvalidParameter",
                "The VPC endpoint service \(stored.shape.serviceName ?? "") does not support the ip address type \(address.rawValue)."
            )
        }
        if input.resetPolicy == true, input.policyDocument != nil {
            throw AWSError.invalidCombination("The parameter policyDocument cannot be used with the parameter resetPolicy")
        }
        try EndpointPolicy.check(input.policyDocument, service)
        if input.resetPolicy == true { stored.shape.policyDocument = EndpointPolicy.standard(type, service) }
        if let policy = input.policyDocument, !policy.isEmpty { stored.shape.policyDocument = policy }
        try Self.changeRoutes(input, &stored.shape, context)
        try Self.changeInterfaces(input, &stored.shape, service, context)
        try Resource.vpcEndpoint.write(stored, context)
        return ModifyVpcEndpointResult(return: true)
    }

    private static func changeRoutes(
        _ input: ModifyVpcEndpointRequest, _ endpoint: inout VpcEndpoint, _ context: Context
    ) throws {
        let adds = input.addRouteTableIds ?? [], removes = input.removeRouteTableIds ?? []
        guard !adds.isEmpty || !removes.isEmpty else { return }
        guard endpoint.isGateway else {
            throw AWSError("InvalidParameter", "Route tables can only be modified for Gateway endpoints")
        }
        for id in removes where endpoint.routeTableIds?.contains(id) != true {
            throw AWSError("InvalidRouteTableId.NotFound", "The routeTable ID '\(id)' is not associated with the endpoint")
        }
        try endpoint.remove(routeTables: removes, context)
        try endpoint.add(routeTables: adds, context)
    }

    private static func changeInterfaces(
        _ input: ModifyVpcEndpointRequest, _ endpoint: inout VpcEndpoint, _ service: EndpointService, _ context: Context
    ) throws {
        let isChanged =
            input.addSubnetIds?.isEmpty == false || input.removeSubnetIds?.isEmpty == false
            || input.addSecurityGroupIds?.isEmpty == false || input.removeSecurityGroupIds?.isEmpty == false
            || input.privateDnsEnabled != nil || input.dnsOptions != nil || input.subnetConfigurations?.isEmpty == false
        guard isChanged else { return }
        guard endpoint.vpcEndpointType == "Interface" else {
            throw AWSError(
                "InvalidParameter", "Subnets, security groups and private DNS can only be modified for Interface endpoints")
        }
        let vpc = try VpcRecord.get(endpoint.vpcId ?? "", context)
        try changeGroups(input, &endpoint, vpc, context)
        var addresses: [String: String] = [:]
        for one in input.subnetConfigurations ?? [] {
            if let id = one.subnetId, let address = one.ipv4 { addresses[id] = address }
        }
        // AWS replaces an interface whose address changes.
        let replaced = addresses.keys.filter { endpoint.subnetIds?.contains($0) == true }
        try endpoint.remove(subnets: replaced, context)
        try endpoint.add(subnets: replaced.sorted(), at: addresses, context)
        for id in input.removeSubnetIds ?? [] where endpoint.subnetIds?.contains(id) != true {
            throw AWSError("InvalidSubnetId.NotFound", "The subnet ID '\(id)' is not associated with the endpoint")
        }
        try endpoint.remove(subnets: input.removeSubnetIds ?? [], context)
        try endpoint.add(subnets: input.addSubnetIds ?? [], at: addresses, context)
        if let type = input.dnsOptions?.dnsRecordIpType { endpoint.dnsOptions?.dnsRecordIpType = type }
        if let only = input.dnsOptions?.privateDnsOnlyForInboundResolverEndpoint {
            endpoint.dnsOptions?.privateDnsOnlyForInboundResolverEndpoint = only
        }
        if let enabled = input.privateDnsEnabled {
            if enabled { try endpoint.checkPrivateNames(service, vpc, context) }
            endpoint.privateDnsEnabled = enabled
        }
        endpoint.showNames(service, token: endpoint.nameToken ?? context.ids.hex(8), context)
    }

    private static func changeGroups(
        _ input: ModifyVpcEndpointRequest, _ endpoint: inout VpcEndpoint, _ vpc: VpcRecord, _ context: Context
    ) throws {
        let adds = input.addSecurityGroupIds ?? [], removes = input.removeSecurityGroupIds ?? []
        guard !adds.isEmpty || !removes.isEmpty else { return }
        var ids = endpoint.groups?.compactMap(\.groupId) ?? []
        for id in removes {
            guard ids.contains(id) else {
                throw AWSError("InvalidGroup.NotFound", "The security group '\(id)' is not associated with the endpoint")
            }
            ids.removeAll { $0 == id }
        }
        for id in adds where !ids.contains(id) { ids.append(id) }
        guard !ids.isEmpty else {
            throw AWSError("InvalidParameter", "An endpoint must have at least one security group.")
        }
        endpoint.groups = try EndpointGroups.resolve(ids, vpc, context)
        for interface in endpoint.networkInterfaceIds ?? [] {
            try NetworkInterfaceRecord.find(interface, context)?.setGroups(ids, context)
        }
    }
}
