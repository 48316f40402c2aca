import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/tgw/tgw-connect.html#tgw-connect-peer

extension Resource where S == TransitGatewayConnectPeer {
    static let transitGatewayConnectPeer = Resource(
        ResourceKind(
            "tgw-connect-peer", type: "transit-gateway-connect-peer", code: "InvalidTransitGatewayConnectPeerID",
            notFound: "Transit Gateway Connect Peer % was deleted or does not exist.",
            conditions: { id, _ in ["ec2:transitGatewayConnectPeerId": [id]] }),
        id: \.transitGatewayConnectPeerId, tags: \.tags,
        refers: [.to("transit-gateway-attachment", \.transitGatewayAttachmentId)],
        // AWS documents no durations. All are assumed, including the hour for deleted peers.
        life: .settling(
            \.state, "pending", after: .seconds(60), "available", deleting: "deleting", for: .seconds(30), "deleted",
            shownFor: .hours(1)))

    /// Returns the peers of all Connect attachments of a gateway.
    fileprivate func ofGateway(_ id: String, _ context: Context) throws -> [TransitGatewayConnectPeer] {
        let attachments = Set(
            try Resource<TransitGatewayAttachment>.transitGatewayAttachment.ofGateway(id, context).map {
                $0.shape.transitGatewayAttachmentId
            })
        return try remaining(context).map(\.shape).filter {
            attachments.contains($0.transitGatewayAttachmentId)
        }
    }
}

extension EC2Simulation {
    public func createTransitGatewayConnectPeer(
        _ input: CreateTransitGatewayConnectPeerRequest, _ context: Context
    ) throws -> CreateTransitGatewayConnectPeerResult {
        let id = input.transitGatewayAttachmentId
        let attachment = try context.attachment(id, of: .connect, in: ["available"]).shape
        let gateway = try Resource.transitGateway.get(attachment.transitGatewayId ?? "", context).shape
        let others = try Resource.transitGatewayConnectPeer.ofGateway(gateway.transitGatewayId ?? "", context)
        // AWS's quota; its error is assumed.
        guard others.count(where: { $0.transitGatewayAttachmentId == id }) < 4 else {
            throw AWSError(
                "TransitGatewayConnectPeerLimitExceeded", "The maximum number of Connect peers of \(id) has been reached.")
        }
        let asn = gateway.options?.amazonSideAsn ?? 64512
        let peerAsn = input.bgpOptions?.peerAsn ?? asn
        guard (1...4_294_967_295).contains(peerAsn) else { throw AWSError.invalidValue("\(peerAsn)", for: "peerAsn") }
        let outer = try ConnectAddresses(input, of: gateway, beside: others)
        let inside = try InsideBlocks(input.insideCidrBlocks, beside: others)
        let peer = try context.create(.transitGatewayConnectPeer, input) { peer in
            peer.transitGatewayAttachmentId = id
            peer.creationTime = context.now.wholeSecond
            peer.connectPeerConfiguration = TransitGatewayConnectPeerConfiguration(
                transitGatewayAddress: outer.own, peerAddress: outer.peer, insideCidrBlocks: inside.texts, protocol: .gre,
                // BGP sessions are down, because no appliance is at the other end.
                bgpConfigurations: inside.sessions.map {
                    TransitGatewayAttachmentBgpConfiguration(
                        transitGatewayAsn: asn, peerAsn: peerAsn, transitGatewayAddress: $0.own, peerAddress: $0.peer,
                        bgpStatus: .down)
                })
        }
        return CreateTransitGatewayConnectPeerResult(transitGatewayConnectPeer: peer)
    }

    public func deleteTransitGatewayConnectPeer(
        _ input: DeleteTransitGatewayConnectPeerRequest, _ context: Context
    ) throws -> DeleteTransitGatewayConnectPeerResult {
        let id = input.transitGatewayConnectPeerId
        _ = try Resource.transitGatewayConnectPeer.present(id, context)
        return DeleteTransitGatewayConnectPeerResult(
            transitGatewayConnectPeer: try context.delete(.transitGatewayConnectPeer, id))
    }

    public func describeTransitGatewayConnectPeers(
        _ input: DescribeTransitGatewayConnectPeersRequest, _ context: Context
    ) throws -> DescribeTransitGatewayConnectPeersResult {
        let page = try context.describe(
            .transitGatewayConnectPeer, input, ids: input.transitGatewayConnectPeerIds, named: "transitGatewayConnectPeerIds")
        return DescribeTransitGatewayConnectPeersResult(
            transitGatewayConnectPeers: page.items, nextToken: page.nextToken)
    }
}

/// The outer addresses of a GRE tunnel. The gateway's address is from its CIDR blocks.
private struct ConnectAddresses {
    let own, peer: String

    init(
        _ input: CreateTransitGatewayConnectPeerRequest, of gateway: TransitGateway, beside others: [TransitGatewayConnectPeer]
    ) throws {
        let blocks = gateway.options?.transitGatewayCidrBlocks ?? []
        let used = Set(others.compactMap { $0.connectPeerConfiguration?.transitGatewayAddress })
        if let address = IPv4Block.address(input.peerAddress) {
            peer = IPv4Block.text(address)
            let blocks = blocks.compactMap { IPv4Block($0) }
            own = try Self.own(
                given: input.transitGatewayAddress,
                isOne: { text in IPv4Block.address(text).map { address in blocks.contains { $0.contains(address) } } },
                candidates: blocks.lazy.flatMap { block in
                    (1..<max(block.count - 1, 1)).lazy.map { IPv4Block.text(block.address($0)) }
                },
                used, gateway)
        } else if let address = IPv6Block.address(input.peerAddress) {
            peer = IPv6Block.text(address)
            let blocks = blocks.compactMap { IPv6Block($0) }
            own = try Self.own(
                given: input.transitGatewayAddress,
                isOne: { text in IPv6Block.address(text).map { address in blocks.contains { $0.contains(address) } } },
                candidates: blocks.lazy.flatMap { block in (1...65_535).lazy.map { IPv6Block.text(block.address(UInt128($0))) }
                },
                used, gateway)
        } else {
            throw AWSError.invalidValue(input.peerAddress, for: "peerAddress", "This is not a valid IP address.")
        }
    }

    /// Returns the requested address, or the first free one.
    private static func own(
        given: String?, isOne: (String) -> Bool?, candidates: some Sequence<String>, _ used: Set<String>,
        _ gateway: TransitGateway
    ) throws -> String {
        guard let given = given.flatMap(\.orNil) else {
            guard let free = candidates.first(where: { !used.contains($0) }) else {
                throw AWSError(
                    "InvalidParameterValue",  // assumed
                    "\(gateway.transitGatewayId ?? "") has no CIDR block with a free address of the peer's IP version.")
            }
            return free
        }
        guard isOne(given) == true, !used.contains(given) else {
            throw AWSError.invalidValue(
                given, for: "transitGatewayAddress",
                "It must be a free address of the transit gateway's CIDR blocks, of the peer's IP version.")
        }
        return given
    }
}

/// The inside blocks of a GRE tunnel: the peer has the first address, the gateway the next two.
private struct InsideBlocks {
    private(set) var texts: [String] = []
    private(set) var sessions: [(own: String, peer: String)] = []
    /// Blocks that AWS reserves.
    private static let reserved: Set<String> = [
        "169.254.0.0/29", "169.254.1.0/29", "169.254.2.0/29", "169.254.3.0/29", "169.254.4.0/29", "169.254.5.0/29",
        "169.254.169.248/29",
    ]

    init(_ given: [String], beside others: [TransitGatewayConnectPeer]) throws {
        let used = Set(others.flatMap { $0.connectPeerConfiguration?.insideCidrBlocks ?? [] })
        var hasIPv6 = false
        for text in given {
            if let block = IPv4Block(text), block.prefix == 29, VpnTunnels.linkLocal.contains(block),
                !Self.reserved.contains(block.description), texts.count(where: { IPv4Block($0) != nil }) == 0
            {
                texts.append(block.description)
                sessions += (2...3).map { (IPv4Block.text(block.address($0)), IPv4Block.text(block.address(1))) }
            } else if let block = IPv6Block(text), block.prefix == 125, !hasIPv6,
                IPv6Block(base: UInt128(0xfd) << 120, prefix: 8).contains(block)
            {
                hasIPv6 = true
                texts.append(block.description)
                sessions += (2...3).map { (IPv6Block.text(block.address($0)), IPv6Block.text(block.address(1))) }
            } else {
                throw AWSError.invalidValue(
                    text, for: "insideCidrBlocks",
                    "It must be a size /29 IPv4 CIDR block from 169.254.0.0/16 that is not reserved, or a size /125 IPv6 CIDR block from fd00::/8."
                )
            }
        }
        guard texts.contains(where: { IPv4Block($0) != nil }) else { throw AWSError.missingParameter("insideCidrBlocks") }
        if let taken = texts.first(where: { used.contains($0) }) {
            throw AWSError.invalidValue(taken, for: "insideCidrBlocks", "It is in use by another Connect peer.")
        }
    }
}
