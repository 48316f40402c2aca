import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/route-server-tutorial-create-endpoints.html

extension Resource where S == RouteServerEndpoint {
    static let routeServerEndpoint = Resource(
        ResourceKind(
            "rse", type: "route-server-endpoint", code: "InvalidRouteServerEndpointId",
            notFound: "The route server endpoint ID '%' does not exist",
            conditions: RouteServerEndpoint.conditions),
        id: \.routeServerEndpointId, tags: \.tags,
        refers: [.to("route-server", \.routeServerId), .to("subnet", \.subnetId), .to("vpc", \.vpcId)],
        // AWS documents no durations; all are assumed.
        life: .settling(
            \.state, "pending", after: .minutes(1), "available", deleting: "deleting", for: .minutes(1), "deleted",
            shownFor: .hours(1),
            leaving: { endpoint, context in
                try NetworkInterfaceRecord.find(endpoint.eniId ?? "", context)?.remove(context)
            }),
        filters: [
            "route-server-endpoint-id": { [$0.routeServerEndpointId] }, "route-server-id": { [$0.routeServerId] },
            "state": { [$0.state?.rawValue] }, "subnet-id": { [$0.subnetId] }, "vpc-id": { [$0.vpcId] },
        ])
}

extension RouteServerEndpoint {
    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        try conditions(inSubnet: Resource.routeServerEndpoint.find(id, context)?.shape.subnetId, context)
    }

    /// The condition keys of endpoints and peers in a subnet.
    static func conditions(inSubnet subnet: String?, _ context: Context) throws -> [String: [String]] {
        guard let zone = try subnet.flatMap({ try SubnetRecord.find($0, context)?.zone }) else { return [:] }
        return ["ec2:AvailabilityZone": [zone]]
    }
}

extension RouteServerPeer {
    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        try RouteServerEndpoint.conditions(inSubnet: Resource.routeServerPeer.find(id, context)?.shape.subnetId, context)
    }
}

extension Resource where S == RouteServerPeer {
    static let routeServerPeer = Resource(
        ResourceKind(
            "rsp", type: "route-server-peer", code: "InvalidRouteServerPeerId",
            notFound: "The route server peer ID '%' does not exist",
            conditions: RouteServerPeer.conditions),
        id: \.routeServerPeerId, tags: \.tags,
        refers: [.to("route-server-endpoint", \.routeServerEndpointId)],
        // AWS documents no durations; all are assumed.
        life: .settling(
            \.state, "pending", after: .seconds(30), "available", deleting: "deleting", for: .seconds(30), "deleted",
            shownFor: .hours(1)),
        filters: [
            "peer-address": { [$0.peerAddress] }, "route-server-endpoint-id": { [$0.routeServerEndpointId] },
            "route-server-id": { [$0.routeServerId] }, "route-server-peer-id": { [$0.routeServerPeerId] },
            "state": { [$0.state?.rawValue] }, "subnet-id": { [$0.subnetId] }, "vpc-id": { [$0.vpcId] },
        ])
}

extension EC2Simulation {
    public func createRouteServerEndpoint(
        _ input: CreateRouteServerEndpointRequest, _ context: Context
    ) throws -> CreateRouteServerEndpointResult {
        let server = input.routeServerId, subnet = try SubnetRecord.get(input.subnetId, context)
        let endpoint = try context.create(.routeServerEndpoint, input) { endpoint in
            _ = try Resource.routeServer.available(server, context)
            guard try Resource<RouteServerAssociation>.vpc(of: server, context) == subnet.vpcId else {
                throw AWSError.notAssociated(server, with: subnet.vpcId)
            }
            // Assumed: the interface is in the VPC's default group. AWS makes a group for it, whose name it doesn't document.
            let interface = try NetworkInterfaceRecord.create(
                "interface", for: endpoint.routeServerEndpointId ?? "", in: subnet, privateAddress: nil,
                description: "Route server endpoint \(endpoint.routeServerEndpointId ?? "")", context)
            endpoint.routeServerId = server
            endpoint.vpcId = subnet.vpcId
            endpoint.subnetId = subnet.id
            endpoint.eniId = interface.id
            endpoint.eniAddress = interface.privateAddress.map(IPv4Block.text)
        }
        return CreateRouteServerEndpointResult(routeServerEndpoint: endpoint)
    }

    public func describeRouteServerEndpoints(
        _ input: DescribeRouteServerEndpointsRequest, _ context: Context
    ) throws -> DescribeRouteServerEndpointsResult {
        let page = try context.describe(
            .routeServerEndpoint, input, ids: input.routeServerEndpointIds, named: "routeServerEndpointIds")
        return DescribeRouteServerEndpointsResult(routeServerEndpoints: page.items, nextToken: page.nextToken)
    }

    public func deleteRouteServerEndpoint(
        _ input: DeleteRouteServerEndpointRequest, _ context: Context
    ) throws -> DeleteRouteServerEndpointResult {
        let id = input.routeServerEndpointId
        _ = try Resource.routeServerEndpoint.available(id, context)
        return DeleteRouteServerEndpointResult(routeServerEndpoint: try context.delete(.routeServerEndpoint, id))
    }

    public func createRouteServerPeer(
        _ input: CreateRouteServerPeerRequest, _ context: Context
    ) throws -> CreateRouteServerPeerResult {
        let endpoint = try Resource.routeServerEndpoint.available(input.routeServerEndpointId, context).shape
        guard IPv4Block.address(input.peerAddress[...]) != nil, input.peerAddress != endpoint.eniAddress else {
            throw AWSError.invalidValue(input.peerAddress, for: "PeerAddress", "It must be the IPv4 address of a BGP peer.")
        }
        try AWSError.check(bgp: input.bgpOptions.peerAsn, "BgpOptions.PeerAsn")
        let others = try Resource.routeServerPeer.remaining(context)
        guard
            !others.contains(where: {
                $0.shape.routeServerEndpointId == input.routeServerEndpointId && $0.shape.peerAddress == input.peerAddress
            })
        else {
            throw AWSError.invalidValue(input.peerAddress, for: "PeerAddress", "The endpoint has such a peer.")  // assumed
        }
        let isFast = input.bgpOptions.peerLivenessDetection == .bfd
        let peer = try context.create(.routeServerPeer, input) { peer in
            peer.routeServerEndpointId = input.routeServerEndpointId
            peer.routeServerId = endpoint.routeServerId
            peer.vpcId = endpoint.vpcId
            peer.subnetId = endpoint.subnetId
            peer.endpointEniId = endpoint.eniId
            peer.endpointEniAddress = endpoint.eniAddress
            peer.peerAddress = input.peerAddress
            peer.bgpOptions = RouteServerBgpOptions(
                peerAsn: input.bgpOptions.peerAsn, peerLivenessDetection: isFast ? .bfd : .bgpKeepalive)
            peer.bgpStatus = RouteServerBgpStatus(status: .down)
            peer.bfdStatus = isFast ? RouteServerBfdStatus(status: .down) : nil
        }
        return CreateRouteServerPeerResult(routeServerPeer: peer)
    }

    public func describeRouteServerPeers(
        _ input: DescribeRouteServerPeersRequest, _ context: Context
    ) throws -> DescribeRouteServerPeersResult {
        let page = try context.describe(.routeServerPeer, input, ids: input.routeServerPeerIds, named: "routeServerPeerIds")
        return DescribeRouteServerPeersResult(routeServerPeers: page.items, nextToken: page.nextToken)
    }

    public func deleteRouteServerPeer(
        _ input: DeleteRouteServerPeerRequest, _ context: Context
    ) throws -> DeleteRouteServerPeerResult {
        _ = try Resource.routeServerPeer.available(input.routeServerPeerId, context)
        return DeleteRouteServerPeerResult(routeServerPeer: try context.delete(.routeServerPeer, input.routeServerPeerId))
    }
}
