import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html

extension Resource where S == VpcPeeringConnection {
    /// Both ends see the connection. If they differ in account or region, each has a document with the same id. A change at
    /// one end is written to both.
    static let vpcPeeringConnection = Resource(
        ResourceKind(
            "pcx", type: "vpc-peering-connection", code: "InvalidVpcPeeringConnectionID",
            notFound: "The vpcPeeringConnection ID '%' does not exist", malformed: "InvalidVpcPeeringConnectionId.Malformed"),
        id: \.vpcPeeringConnectionId, tags: \.tags,
        refers: [
            .toEach("vpc", role: "requester", key: "ec2:RequesterVpc") { $0.requesterVpcInfo?.vpcId.map { [$0] } ?? [] },
            .toEach("vpc", role: "accepter", key: "ec2:AccepterVpc") { $0.accepterVpcInfo?.vpcId.map { [$0] } ?? [] },
        ],
        life: LifeCycle(
            show: { $0.show($1) }, initial: "initiating-request", deleting: nil,
            steps: [
                "initiating-request": .init(after: .seconds(1), isFixed: false) { try $0.arrive($1) },
                "pending-acceptance": .init(after: .days(7), isFixed: true) { connection, _ in
                    connection.expirationTime = nil
                    return "expired"
                },
                "provisioning": .init(after: .seconds(3), isFixed: false) { _, _ in "active" },
                "deleting": .init(after: .seconds(3), isFixed: false) { _, _ in "deleted" },
                // How long each end sees the connection depends on which end ended it.
                "failed": .init(after: .hours(2), isFixed: true) { _, _ in nil },
                "expired": .init(after: .days(2), isFixed: true) { _, _ in nil },
                "rejected": .init(after: .hours(2), isFixed: true) { _, _ in nil },
                "rejected by other": .init(after: .days(2), isFixed: true) { _, _ in nil },
                "deleting by other": .init(after: .seconds(3), isFixed: false) { _, _ in "deleted by other" },
                "deleted": .init(after: .hours(2), isFixed: true) { _, _ in nil },
                "deleted by other": .init(after: .days(2), isFixed: true) { _, _ in nil },
            ],
            gone: ["failed", "expired", "rejected", "rejected by other", "deleted", "deleted by other"]),
        filters: [
            "status-code": { [$0.status?.code?.rawValue] }, "status-message": { [$0.status?.message] },
            "accepter-vpc-info.cidr-block": { $0.accepterVpcInfo?.blocks ?? [] },
            "requester-vpc-info.cidr-block": { $0.requesterVpcInfo?.blocks ?? [] },
        ])
}

extension VpcPeeringConnectionVpcInfo {
    fileprivate var blocks: [String?] { cidrBlockSet?.map(\.cidrBlock) ?? [cidrBlock] }

    /// The account and region of this end.
    func home(_ context: Context) -> Context { context.within(account: ownerId, region: region) }
}

// MARK: States

extension VpcPeeringConnection {
    /// Sets the status. Its message says which account ended the connection.
    fileprivate mutating func show(_ phase: String) {
        let code = phase.replacing(" by other", with: "")
        let accepter = accepterVpcInfo?.ownerId ?? ""
        let message =
            switch code {
            case "initiating-request": "Initiating Request to \(accepter)"
            case "pending-acceptance": "Pending Acceptance by \(accepter)"
            case "provisioning": "Provisioning"
            case "active": "Active"
            case "failed": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"
            case "expired": "Expired"
            case "rejected": "Rejected by \(accepter)"
            // DeleteVpcPeeringConnection sets this message.
            default: status?.message ?? ""
            }
        status = VpcPeeringConnectionStateReason(code: .init(rawValue: code), message: message)
    }

    /// Delivers the request to the other end, or fails.
    fileprivate mutating func arrive(_ context: Context) throws -> String {
        guard let requester = requesterVpcInfo, let accepter = accepterVpcInfo else { return "failed" }
        let there = accepter.home(context)
        guard let own = try VpcRecord.find(requester.vpcId ?? "", context),
            let peer = try VpcRecord.find(accepter.vpcId ?? "", there)
        else {
            expirationTime = nil
            return "failed"
        }
        let peerBlocks = try peer.ipv4Blocks(there)
        guard try !own.ipv4Blocks(context).contains(where: { block in peerBlocks.contains { $0.overlaps(block) } }) else {
            expirationTime = nil
            return "failed"
        }
        if !isWithinOnePlace {
            var copy = self
            copy.show("pending-acceptance")
            try Resource.vpcPeeringConnection.insert(copy, phase: "pending-acceptance", there)
            if let due = expirationTime {
                try Due.set(Resource.vpcPeeringConnection.kind.type, vpcPeeringConnectionId ?? "", at: due, there)
            }
        }
        return "pending-acceptance"
    }

    /// Whether both ends have the same account and region, so that one document is enough.
    var isWithinOnePlace: Bool {
        requesterVpcInfo?.ownerId == accepterVpcInfo?.ownerId && requesterVpcInfo?.region == accepterVpcInfo?.region
    }
}

extension Resource where S == VpcPeeringConnection {
    /// Moves the connection to another state at both ends.
    ///
    /// - Parameters:
    ///   - other: the state of the other end, if it differs.
    ///   - change: further changes.
    func moveBoth(
        _ stored: inout Stored<VpcPeeringConnection>, to phase: String, other: String? = nil, _ context: Context,
        _ change: (inout VpcPeeringConnection) -> Void = { _ in }
    ) throws {
        change(&stored.shape)
        try move(&stored, to: phase, at: context.now, context)
        for info in [stored.shape.requesterVpcInfo, stored.shape.accepterVpcInfo] {
            guard let there = info?.home(context), there.account != context.account || there.region != context.region,
                var copy = try find(identity(stored.shape), there)
            else { continue }
            change(&copy.shape)
            try move(&copy, to: other ?? phase, at: context.now, there)
        }
    }

    /// Fills in the current data of both VPCs.
    func complete(_ connection: inout VpcPeeringConnection, _ context: Context) throws {
        let isJoined = ["active", "provisioning", "deleting"].contains(connection.status?.code?.rawValue ?? "")
        for path in [\VpcPeeringConnection.requesterVpcInfo, \.accepterVpcInfo] {
            guard var info = connection[keyPath: path] else { continue }
            let isRequester = path == \VpcPeeringConnection.requesterVpcInfo
            // AWS hides the accepter's VPC until it accepts.
            if isRequester || isJoined, let home = Optional(info.home(context)),
                let vpc = try VpcRecord.find(info.vpcId ?? "", home)
            {
                info.cidrBlock = vpc.cidr
                info.cidrBlockSet = try vpc.ipv4Blocks(home).map { CidrBlock(cidrBlock: $0.description) }
                let ipv6 = try vpc.ipv6Blocks(home)
                if !ipv6.isEmpty { info.ipv6CidrBlockSet = ipv6.map { Ipv6CidrBlock(ipv6CidrBlock: $0.description) } }
            }
            if isRequester || isJoined, info.peeringOptions == nil { info.peeringOptions = .none(false) }
            connection[keyPath: path] = info
        }
    }
}

extension VpcPeeringConnectionOptionsDescription {
    fileprivate static func none(_ value: Bool) -> Self {
        Self(
            allowDnsResolutionFromRemoteVpc: value, allowEgressFromLocalClassicLinkToRemoteVpc: value,
            allowEgressFromLocalVpcToRemoteClassicLink: value)
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func createVpcPeeringConnection(
        _ input: CreateVpcPeeringConnectionRequest, _ context: Context
    ) throws -> CreateVpcPeeringConnectionResult {
        let vpc = try VpcRecord.get(input.vpcId, context)
        guard let peerId = input.peerVpcId.flatMap(\.orNil) else { throw AWSError.missingParameter("peerVpcId") }
        try ResourceKind.vpc.check(peerId)
        let owner = input.peerOwnerId.flatMap(\.orNil) ?? context.account
        guard owner.isAccountId else {
            throw AWSError.invalidValue(owner, for: "peerOwnerId")
        }
        let region = input.peerRegion.flatMap(\.orNil) ?? context.region
        guard region == context.region || AWSRegion.named(region) != nil else {
            throw AWSError.invalidValue(region, for: "peerRegion", "It is not a valid region.")
        }
        let kind = Resource.vpcPeeringConnection
        let others = try Relations.referrers(to: vpc.id, kind: kind.kind, role: "requester", context).compactMap {
            try kind.find($0, context)
        }
        let alive = others.filter { !kind.life.gone.contains($0.phase) }
        guard !alive.contains(where: { $0.shape.accepterVpcInfo?.vpcId == peerId && $0.phase != "deleting" }) else {
            throw AWSError(
                "VpcPeeringConnectionAlreadyExists", "A VPC peering connection between the VPCs already exists.")
        }
        guard alive.count(where: { $0.phase != "active" }) < 25 else {
            throw AWSError(
                "OutstandingVpcPeeringConnectionLimitExceeded",
                "The maximum number of outstanding VPC peering connection requests has been reached.")
        }
        // Does not use `create`: AWS checks later whether the other VPC exists.
        let tags = try TagSpecifications(input.tagSpecifications, allowed: kind.kind)
        let id = context.ids.resource(kind.kind.prefix)
        var stored = try kind.insert(
            VpcPeeringConnection(
                accepterVpcInfo: VpcPeeringConnectionVpcInfo(ownerId: owner, vpcId: peerId, region: region),
                expirationTime: context.now.wholeSecond + .days(7),
                requesterVpcInfo: VpcPeeringConnectionVpcInfo(
                    ownerId: context.account, vpcId: vpc.id, region: context.region),
                vpcPeeringConnectionId: id), phase: kind.life.initial, context)
        try tags.apply(kind.kind, to: id, context)
        try kind.move(&stored, to: kind.life.initial, at: context.now, context)
        var connection = try context.shown(kind, stored)
        try kind.complete(&connection, context)
        return CreateVpcPeeringConnectionResult(vpcPeeringConnection: connection)
    }

    public func acceptVpcPeeringConnection(
        _ input: AcceptVpcPeeringConnectionRequest, _ context: Context
    ) throws -> AcceptVpcPeeringConnectionResult {
        var stored = try Self.asAccepter(input.vpcPeeringConnectionId, "accept", context)
        try stored.check(from: ["pending-acceptance"], to: "provisioning")
        for info in [stored.shape.requesterVpcInfo, stored.shape.accepterVpcInfo] {
            guard let info, let vpcId = info.vpcId else { continue }
            guard try Self.activePeerings(of: vpcId, info.home(context)) < 50 else {
                throw AWSError(
                    "ActiveVpcPeeringConnectionPerVpcLimitExceeded",
                    "The maximum number of active VPC peering connections for \(vpcId) has been reached.")
            }
        }
        try Resource.vpcPeeringConnection.moveBoth(&stored, to: "provisioning", context) { $0.expirationTime = nil }
        var shape = try context.shown(.vpcPeeringConnection, stored)
        try Resource.vpcPeeringConnection.complete(&shape, context)
        return AcceptVpcPeeringConnectionResult(vpcPeeringConnection: shape)
    }

    public func rejectVpcPeeringConnection(
        _ input: RejectVpcPeeringConnectionRequest, _ context: Context
    ) throws -> RejectVpcPeeringConnectionResult {
        var stored = try Self.asAccepter(input.vpcPeeringConnectionId, "reject", context)
        try stored.check(from: ["pending-acceptance"], to: "rejected")
        let phase = stored.shape.isWithinOnePlace ? "rejected by other" : "rejected"
        try Resource.vpcPeeringConnection.moveBoth(&stored, to: phase, other: "rejected by other", context) {
            $0.expirationTime = nil
        }
        return RejectVpcPeeringConnectionResult(return: true)
    }

    public func deleteVpcPeeringConnection(
        _ input: DeleteVpcPeeringConnectionRequest, _ context: Context
    ) throws -> DeleteVpcPeeringConnectionResult {
        var stored = try Resource.vpcPeeringConnection.get(input.vpcPeeringConnectionId, context)
        // Deleting again while a deletion is in progress changes nothing.
        if stored.phase.hasPrefix("delet") { return DeleteVpcPeeringConnectionResult(return: true) }
        let isRequester = stored.shape.requesterVpcInfo?.isAt(context) == true
        try stored.check(
            from: ["active", "provisioning"] + (isRequester ? ["pending-acceptance", "initiating-request"] : []), to: "deleted")
        try Resource.vpcPeeringConnection.moveBoth(&stored, to: "deleting", other: "deleting by other", context) {
            $0.expirationTime = nil
            $0.status = VpcPeeringConnectionStateReason(message: "Deleted by \(context.account)")
        }
        return DeleteVpcPeeringConnectionResult(return: true)
    }

    public func describeVpcPeeringConnections(
        _ input: DescribeVpcPeeringConnectionsRequest, _ context: Context
    ) throws -> DescribeVpcPeeringConnectionsResult {
        let page = try context.describe(
            .vpcPeeringConnection, input, ids: input.vpcPeeringConnectionIds, named: "vpcPeeringConnectionIds"
        ) { try Resource.vpcPeeringConnection.complete(&$0, context) }
        return DescribeVpcPeeringConnectionsResult(vpcPeeringConnections: page.items, nextToken: page.nextToken)
    }

    private static func activePeerings(of vpcId: String, _ context: Context) throws -> Int {
        let kind = Resource.vpcPeeringConnection
        let ids = try Set(
            Relations.referrers(to: vpcId, kind: kind.kind, role: "requester", context)
                + Relations.referrers(to: vpcId, kind: kind.kind, role: "accepter", context))
        return try ids.compactMap { try kind.find($0, context) }.count { ["active", "provisioning"].contains($0.phase) }
    }

    /// Returns the connection if the caller is its accepter, in the accepter's region.
    private static func asAccepter(
        _ id: String, _ verb: String, _ context: Context
    ) throws -> Stored<VpcPeeringConnection> {
        let stored = try Resource.vpcPeeringConnection.get(id, context)
        guard let accepter = stored.shape.accepterVpcInfo, !accepter.isAt(context) else { return stored }
        guard accepter.ownerId == context.account else {
            throw AWSError("OperationNotPermitted", "User \(context.account) cannot \(verb) peering \(id)")
        }
        throw AWSError(
            "OperationNotPermitted",
            "Incorrect region (\(context.region)) specified for this request. VPC peering connection \(id) must be \(verb)ed in region \(accepter.region ?? "")"
        )
    }
}

extension VpcPeeringConnectionVpcInfo {
    func isAt(_ context: Context) -> Bool { ownerId == context.account && region == context.region }
}

extension Stored where S == VpcPeeringConnection {
    fileprivate func check(from phases: [String], to next: String) throws {
        guard !phases.contains(phase) else { return }
        throw AWSError(
            "InvalidStateTransition",
            "Invalid state transition for \(shape.vpcPeeringConnectionId ?? ""), attempted to transition from \(shape.status?.code?.rawValue ?? "") to \(next)"
        )
    }
}
