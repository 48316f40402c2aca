import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/connect-with-ec2-instance-connect-endpoint.html

extension Resource where S == Ec2InstanceConnectEndpoint {
    static let instanceConnectEndpoint: Resource<Ec2InstanceConnectEndpoint> = Resource(
        ResourceKind(
            "eice", type: "instance-connect-endpoint", code: "InvalidInstanceConnectEndpointId",
            notFound: "The instanceConnectEndpoint ID '%' does not exist",
            conditions: { id, context in
                let subnet = try Resource.instanceConnectEndpoint.find(id, context)?.shape.subnetId
                return subnet.map { ["ec2:SubnetID": [$0]] } ?? [:]
            }),
        id: \.instanceConnectEndpointId, tags: \.tags,
        refers: [.to("vpc", \.vpcId), .to("subnet", \.subnetId)],
        life: LifeCycle(
            show: { $0.state = Ec2InstanceConnectEndpointState($1) }, initial: "create-in-progress",
            deleting: "delete-in-progress",
            steps: [
                "create-in-progress": .init(after: .seconds(180), isFixed: false) { _, _ in "create-complete" },
                "update-in-progress": .init(after: .seconds(60), isFixed: false) { _, _ in "update-complete" },
                "delete-in-progress": .init(after: .seconds(180), isFixed: false) { endpoint, context in
                    try endpoint.releaseInterfaces(context)
                    return "delete-complete"
                },
                "delete-complete": .init(after: .minutes(5), isFixed: true) { _, _ in nil },
            ], gone: ["delete-complete"])
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createInstanceConnectEndpoint(
        _ input: CreateInstanceConnectEndpointRequest, _ context: Context
    ) throws -> CreateInstanceConnectEndpointResult {
        guard !input.subnetId.isEmpty else { throw AWSError.missingParameter("SubnetId") }
        let type = input.ipAddressType ?? .ipv4
        try Self.check(preserves: input.preserveClientIp, type)
        let endpoint = try context.create(.instanceConnectEndpoint, input) { endpoint in
            let subnet = try SubnetRecord.get(input.subnetId, context)
            try Self.checkLimits(in: subnet.vpcId, context)
            let id = endpoint.instanceConnectEndpointId ?? ""
            let groups = try SecurityGroupRecord.resolve(
                ids: input.securityGroupIds, names: nil, subnet: subnet, context)
            let interface = try NetworkInterfaceRecord.create(
                "ec2_instance_connect_endpoint", for: id, in: subnet, privateAddress: nil,
                description: "EC2 Instance Connect Endpoint - \(id)", isIPv6: type == .ipv6, context)
            try interface.setGroups(groups, context)
            endpoint.instanceConnectEndpointArn = Resource.instanceConnectEndpoint.kind.arn(id, context)
            endpoint.stateMessage = ""
            let names = InstanceConnectEndpointDnsNames(
                dnsName: "\(id).\(StableDigits.of(id).prefix(8)).ec2-instance-connect-endpoint.\(context.region).amazonaws.com",
                fipsDnsName: ["us-", "ca-"].contains { context.region.hasPrefix($0) }
                    ? "\(id).\(StableDigits.of(id).prefix(8)).fips.ec2-instance-connect-endpoint.\(context.region).amazonaws.com"
                    : nil)
            endpoint.dnsName = names.dnsName
            endpoint.fipsDnsName = names.fipsDnsName
            endpoint.publicDnsNames = InstanceConnectEndpointPublicDnsNames(ipv4: names)
            endpoint.networkInterfaceIds = [interface.id]
            endpoint.vpcId = subnet.vpcId
            endpoint.subnetId = subnet.id
            endpoint.availabilityZone = subnet.zone
            endpoint.availabilityZoneId = subnet.zoneId
            endpoint.createdAt = context.now
            endpoint.preserveClientIp = input.preserveClientIp ?? false
            endpoint.securityGroupIds = groups
            endpoint.ipAddressType = type
        }
        return CreateInstanceConnectEndpointResult(instanceConnectEndpoint: endpoint, clientToken: input.clientToken)
    }

    public func modifyInstanceConnectEndpoint(
        _ input: ModifyInstanceConnectEndpointRequest, _ context: Context
    ) throws -> ModifyInstanceConnectEndpointResult {
        var stored = try Resource.instanceConnectEndpoint.get(input.instanceConnectEndpointId, context)
        guard ["create-complete", "update-complete", "update-failed"].contains(stored.phase) else {
            throw AWSError(
                "IncorrectState",
                "The instance connect endpoint '\(input.instanceConnectEndpointId)' is in the state '\(stored.phase)'.")
        }
        guard input.ipAddressType != nil || input.securityGroupIds?.isEmpty == false || input.preserveClientIp != nil else {
            throw AWSError.missingParameter("IpAddressType, SecurityGroupIds or PreserveClientIp")
        }
        let type = input.ipAddressType ?? stored.shape.ipAddressType ?? .ipv4
        try Self.check(preserves: input.preserveClientIp ?? stored.shape.preserveClientIp, type)
        if let ids = input.securityGroupIds, !ids.isEmpty {
            let subnet = try SubnetRecord.get(stored.shape.subnetId ?? "", context)
            let groups = try SecurityGroupRecord.resolve(ids: ids, names: nil, subnet: subnet, context)
            for id in stored.shape.networkInterfaceIds ?? [] {
                try NetworkInterfaceRecord.find(id, context)?.setGroups(groups, context)
            }
            stored.shape.securityGroupIds = groups
        }
        stored.shape.ipAddressType = type
        stored.shape.preserveClientIp = input.preserveClientIp ?? stored.shape.preserveClientIp
        try Resource.instanceConnectEndpoint.move(&stored, to: "update-in-progress", at: context.now, context)
        return ModifyInstanceConnectEndpointResult(return: true)
    }

    public func deleteInstanceConnectEndpoint(
        _ input: DeleteInstanceConnectEndpointRequest, _ context: Context
    ) throws -> DeleteInstanceConnectEndpointResult {
        DeleteInstanceConnectEndpointResult(
            instanceConnectEndpoint: try context.delete(.instanceConnectEndpoint, input.instanceConnectEndpointId))
    }

    public func describeInstanceConnectEndpoints(
        _ input: DescribeInstanceConnectEndpointsRequest, _ context: Context
    ) throws -> DescribeInstanceConnectEndpointsResult {
        let page = try context.describe(
            .instanceConnectEndpoint, input, ids: input.instanceConnectEndpointIds, named: "instanceConnectEndpointIds")
        return DescribeInstanceConnectEndpointsResult(instanceConnectEndpoints: page.items, nextToken: page.nextToken)
    }

    private static func check(preserves: Bool?, _ type: IpAddressType) throws {
        if preserves == true, type != .ipv4 {
            throw AWSError.invalidCombination("PreserveClientIp is only supported on IPv4 EC2 Instance Connect Endpoints.")
        }
    }

    /// AWS's quotas: five per account and Region, one per VPC.
    private static func checkLimits(in vpc: String, _ context: Context) throws {
        let others = try Resource.instanceConnectEndpoint.all(context).filter { $0.phase != "delete-complete" }
        guard others.count < 5 else {
            throw AWSError(
                "ResourceLimitExceeded", "You have reached the limit of 5 EC2 Instance Connect Endpoints for this Region.")
        }
        guard !others.contains(where: { $0.shape.vpcId == vpc }) else {
            throw AWSError(
                "ResourceLimitExceeded", "You have reached the limit of 1 EC2 Instance Connect Endpoint for the VPC '\(vpc)'.")
        }
    }
}

extension Ec2InstanceConnectEndpoint {
    fileprivate mutating func releaseInterfaces(_ context: Context) throws {
        for id in networkInterfaceIds ?? [] { try NetworkInterfaceRecord.find(id, context)?.delete(context) }
        networkInterfaceIds = []
    }
}
