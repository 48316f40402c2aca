import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-targets.html

extension Resource where S == TrafficMirrorTarget {
    static let trafficMirrorTarget = Resource(
        ResourceKind(
            "tmt", type: "traffic-mirror-target", code: "InvalidTrafficMirrorTargetId",
            notFound: "The traffic mirror target '%' does not exist"),
        id: \.trafficMirrorTargetId, tags: \.tags,
        // A target stays when its interface or endpoint is deleted (assumed).
        refers: [
            .to("network-interface", \.networkInterfaceId, .dangles),
            .to("vpc-endpoint", \.gatewayLoadBalancerEndpointId, .dangles),
        ]
    ).owned(by: \.ownerId)
}

extension EC2Simulation {
    public func createTrafficMirrorTarget(
        _ input: CreateTrafficMirrorTargetRequest, _ context: Context
    ) throws -> CreateTrafficMirrorTargetResult {
        let interface = input.networkInterfaceId.flatMap(\.orNil)
        let balancer = input.networkLoadBalancerArn.flatMap(\.orNil)
        let endpoint = input.gatewayLoadBalancerEndpointId.flatMap(\.orNil)
        let given = [interface, balancer, endpoint].compactMap(\.self)
        guard !given.isEmpty else { throw AWSError.missingParameter("networkInterfaceId") }
        guard given.count == 1 else {
            throw AWSError.invalidCombination(
                "A target is a network interface, a Network Load Balancer or a Gateway Load Balancer endpoint.")  // assumed
        }
        // AWS's default quota.
        guard try ResourceRow.count(Resource.trafficMirrorTarget.kind, context) < 10_000 else {
            throw AWSError(
                "TrafficMirrorTargetLimitExceeded", "The maximum number of traffic mirror targets has been reached.")
        }
        let target = try context.create(.trafficMirrorTarget, input) { target in
            target.description = input.description
            if let interface { try target.set(interface: interface, context) }
            if let balancer { try target.set(balancer: balancer, context) }
            if let endpoint { try target.set(endpoint: endpoint, context) }
        }
        return CreateTrafficMirrorTargetResult(
            trafficMirrorTarget: target, clientToken: context.token(input.clientToken))
    }

    public func deleteTrafficMirrorTarget(
        _ input: DeleteTrafficMirrorTargetRequest, _ context: Context
    ) throws -> DeleteTrafficMirrorTargetResult {
        let id = input.trafficMirrorTargetId
        _ = try Resource.trafficMirrorTarget.get(id, context)
        guard try !Self.kinds.isNeeded(id, Resource.trafficMirrorTarget.kind, context) else {
            throw AWSError(
                "TrafficMirrorTargetInUseException", "The traffic mirror target '\(id)' is in use by a traffic mirror session.")
        }
        try context.delete(.trafficMirrorTarget, id)
        return DeleteTrafficMirrorTargetResult(trafficMirrorTargetId: id)
    }

    public func describeTrafficMirrorTargets(
        _ input: DescribeTrafficMirrorTargetsRequest, _ context: Context
    ) throws -> DescribeTrafficMirrorTargetsResult {
        let page = try context.describe(
            .trafficMirrorTarget, input, ids: input.trafficMirrorTargetIds, named: "trafficMirrorTargetIds")
        return DescribeTrafficMirrorTargetsResult(trafficMirrorTargets: page.items, nextToken: page.nextToken)
    }
}

extension TrafficMirrorTarget {
    fileprivate mutating func set(interface: String, _ context: Context) throws {
        let sessions = try Relations.referrers(
            to: NetworkInterfaceRecord.get(interface, context).id, kind: Resource.trafficMirrorSession.kind,
            role: "network-interface", context)
        guard sessions.isEmpty else {
            throw AWSError(
                "InterfaceInUseByTrafficMirrorSession",
                "The network interface '\(interface)' is the source of a traffic mirror session.")
        }
        type = .networkInterface
        networkInterfaceId = interface
    }

    fileprivate mutating func set(balancer: String, _ context: Context) throws {
        let wrong = AWSError.invalidValue(
            balancer, for: "networkLoadBalancerArn", "This is not the ARN of a Network Load Balancer.")
        guard balancer.contains(":loadbalancer/net/") else { throw wrong }
        type = .networkLoadBalancer
        networkLoadBalancerArn = try context.external(.loadBalancer, balancer, malformed: wrong, absent: wrong)
    }

    fileprivate mutating func set(endpoint: String, _ context: Context) throws {
        guard try Resource.vpcEndpoint.present(endpoint, context).shape.vpcEndpointType == .gatewayLoadBalancer else {
            throw AWSError("InvalidVpcEndpointType", "'\(endpoint)' is not a Gateway Load Balancer endpoint.")
        }
        type = .gatewayLoadBalancerEndpoint
        gatewayLoadBalancerEndpointId = endpoint
    }
}

extension Context {
    /// Returns the client token for a response. AWS generates one if the request has none.
    func token(_ given: String?) -> String { given.flatMap(\.orNil) ?? ids.uuid() }
}
