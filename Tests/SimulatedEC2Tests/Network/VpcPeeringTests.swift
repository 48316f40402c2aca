import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct VpcPeerings {
    private let aws = AWS.current

    private func vpc(_ cidr: String, in client: EC2Client) async throws -> String {
        try #require(try await client.createVpc(.init(cidrBlock: cidr)).vpc?.vpcId)
    }

    private func create(
        _ vpc: String, _ peer: String, owner: String? = nil, region: String? = nil
    ) async throws -> VpcPeeringConnection {
        try #require(
            try await aws.ec2.createVpcPeeringConnection(
                .init(peerRegion: region, vpcId: vpc, peerVpcId: peer, peerOwnerId: owner)
            ).vpcPeeringConnection)
    }

    private func all(_ client: EC2Client) async throws -> [VpcPeeringConnection] {
        try await client.describeVpcPeeringConnections(.init()).vpcPeeringConnections ?? []
    }

    private func statuses(_ client: EC2Client) async throws -> [String?] { try await all(client).map(\.status?.code?.rawValue) }

    private func pair() async throws -> (VpcPeeringConnection, String, String) {
        let first = try await aws.vpc(), second = try await aws.vpc("10.1.0.0/16")
        return (try await create(first, second), first, second)
    }

    @Test func vpcPeeringConnectionStateChangesWithClock() async throws {
        let (made, first, second) = try await pair()
        let id = try #require(made.vpcPeeringConnectionId)
        #expect(id.wholeMatch(of: /pcx-0[0-9a-f]{16}/) != nil)
        #expect(made.status?.code == .initiatingRequest && made.status?.message == "Initiating Request to 123456789012")
        #expect(made.requesterVpcInfo?.cidrBlock == "10.0.0.0/16" && made.requesterVpcInfo?.vpcId == first)
        #expect(made.accepterVpcInfo?.cidrBlock == nil && made.accepterVpcInfo?.vpcId == second)
        #expect(made.expirationTime.map { $0 <= aws.clock.now + .days(7) && $0 > aws.clock.now + .days(6) } == true)
        aws.clock.advance(by: .seconds(5))
        #expect(try await all(aws.ec2).first?.status?.message == "Pending Acceptance by 123456789012")
        let accepted = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id)).vpcPeeringConnection
        #expect(accepted?.status?.code == .provisioning && accepted?.accepterVpcInfo?.cidrBlock == "10.1.0.0/16")
        aws.clock.advance(by: .seconds(10))
        let active = try #require(try await all(aws.ec2).first)
        #expect(active.status?.code == .active && active.status?.message == "Active" && active.expirationTime == nil)
        #expect(active.accepterVpcInfo?.peeringOptions?.allowDnsResolutionFromRemoteVpc == false)
        await refused(
            "InvalidStateTransition",
            "Invalid state transition for \(id), attempted to transition from active to provisioning"
        ) { _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id)) }
        await refused("DependencyViolation") { try await aws.ec2.deleteVpc(.init(vpcId: second)) }
        // CIDR blocks added to a VPC later are shown too.
        _ = try await aws.ec2.associateVpcCidrBlock(.init(cidrBlock: "10.9.0.0/16", vpcId: second))
        #expect(
            try await all(aws.ec2).first?.accepterVpcInfo?.cidrBlockSet?.map(\.cidrBlock) == ["10.1.0.0/16", "10.9.0.0/16"])
        #expect(try await aws.ec2.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: id)).return == true)
        #expect(try await statuses(aws.ec2) == ["deleting"])
        aws.clock.advance(by: .seconds(10))
        #expect(try await all(aws.ec2).first?.status?.message == "Deleted by 123456789012")
        try await aws.ec2.deleteVpc(.init(vpcId: second))
        aws.clock.advance(by: .hours(3))
        #expect(try await all(aws.ec2).isEmpty)
        await refused("InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '\(id)' does not exist") {
            _ = try await aws.ec2.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        }
        await refused("InvalidVpcPeeringConnectionId.Malformed") {
            _ = try await aws.ec2.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: "pcx"))
        }
    }

    @Test func vpcPeeringRequestExpiresAfterOneWeek() async throws {
        let (made, _, _) = try await pair()
        aws.clock.advance(by: .days(7) + .minutes(1))
        #expect(try await statuses(aws.ec2) == ["expired"])
        await refused("InvalidStateTransition") {
            _ = try await aws.ec2.acceptVpcPeeringConnection(
                .init(vpcPeeringConnectionId: made.vpcPeeringConnectionId ?? ""))
        }
        aws.clock.advance(by: .days(3))
        #expect(try await all(aws.ec2).isEmpty)
    }

    @Test func vpcPeeringFailsForOverlappingOrUnknownVpcs() async throws {
        let first = try await aws.vpc(), same = try await aws.vpc("10.0.128.0/20")
        _ = try await create(first, same)
        _ = try await create(first, "vpc-0123456789abcdef0")
        aws.clock.advance(by: .seconds(5))
        #expect(try await statuses(aws.ec2) == ["failed", "failed"])
        aws.clock.advance(by: .hours(3))
        #expect(try await all(aws.ec2).isEmpty)
    }

    @Test func vpcPeeringIsVisibleToBothAccounts() async throws {
        let other = aws.acting(as: Credentials(accessKeyId: "210987654321", secretAccessKey: "test")).ec2
        let first = try await aws.vpc(), second = try await vpc("10.1.0.0/16", in: other)
        let id = try #require(try await create(first, second, owner: "210987654321").vpcPeeringConnectionId)
        #expect(try await all(other).isEmpty)
        aws.clock.advance(by: .seconds(5))
        #expect(try await statuses(other) == ["pending-acceptance"])
        await refused("OperationNotPermitted", "User 123456789012 cannot accept peering \(id)") {
            _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        }
        _ = try await other.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .seconds(10))
        #expect(try await statuses(aws.ec2) == ["active"])
        #expect(try await statuses(other) == ["active"])
        #expect(try await all(aws.ec2).first?.accepterVpcInfo?.cidrBlock == "10.1.0.0/16")
        // Each side has its own tags.
        try await other.createTags(.init(resources: [id], tags: [Tag(key: "Name", value: "theirs")]))
        #expect(try await all(aws.ec2).first?.tags?.isEmpty == true)
        #expect(try await all(other).first?.tags?.first?.value == "theirs")
        _ = try await other.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .seconds(10))
        #expect(try await all(aws.ec2).first?.status?.message == "Deleted by 210987654321")
        // The side that deleted the connection sees it for two hours, the other side for two days.
        aws.clock.advance(by: .hours(3))
        #expect(try await statuses(aws.ec2) == ["deleted"])
        #expect(try await all(other).isEmpty)
    }

    @Test func vpcPeeringMustBeAnsweredInPeerRegion() async throws {
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ec2
        let first = try await aws.vpc(), second = try await vpc("10.1.0.0/16", in: there)
        let id = try #require(try await create(first, second, region: "eu-west-1").vpcPeeringConnectionId)
        aws.clock.advance(by: .seconds(5))
        await refused(
            "OperationNotPermitted",
            "Incorrect region (us-east-1) specified for this request. VPC peering connection \(id) must be accepted in region eu-west-1"
        ) { _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id)) }
        _ = try await there.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .seconds(10))
        #expect(try await statuses(there) == ["active"])
        #expect(try await statuses(aws.ec2) == ["active"])
        #expect(try await all(aws.ec2).first?.accepterVpcInfo?.region == "eu-west-1")
    }

    @Test func connectionRejectedInPeerRegionIsRejectedInBothRegions() async throws {
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ec2
        let first = try await aws.vpc(), second = try await vpc("10.1.0.0/16", in: there)
        let id = try #require(try await create(first, second, region: "eu-west-1").vpcPeeringConnectionId)
        aws.clock.advance(by: .seconds(5))
        #expect(try await there.rejectVpcPeeringConnection(.init(vpcPeeringConnectionId: id)).return == true)
        #expect(try await statuses(aws.ec2) == ["rejected"])
        await refused("InvalidStateTransition") {
            _ = try await aws.ec2.deleteVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        }
        aws.clock.advance(by: .hours(3))
        #expect(try await statuses(there) == [])
        #expect(try await statuses(aws.ec2) == ["rejected"])
    }

    @Test func modifyVpcPeeringConnectionOptionsNeedsActivePeering() async throws {
        let (made, first, second) = try await pair()
        let id = try #require(made.vpcPeeringConnectionId)
        aws.clock.advance(by: .seconds(5))
        let wanted = PeeringConnectionOptionsRequest(allowDnsResolutionFromRemoteVpc: true)
        await refused(
            "OperationNotPermitted", "Peering \(id) is not active. Peering options can be added only to active peerings."
        ) {
            _ = try await aws.ec2.modifyVpcPeeringConnectionOptions(
                .init(requesterPeeringConnectionOptions: wanted, vpcPeeringConnectionId: id))
        }
        _ = try await aws.ec2.acceptVpcPeeringConnection(.init(vpcPeeringConnectionId: id))
        aws.clock.advance(by: .seconds(10))
        // Assumed: AWS's message for VPCs without DNS names.
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyVpcPeeringConnectionOptions(
                .init(requesterPeeringConnectionOptions: wanted, vpcPeeringConnectionId: id))
        }
        for vpc in [first, second] {
            try await aws.ec2.modifyVpcAttribute(
                .init(enableDnsHostnames: AttributeBooleanValue(value: true), vpcId: vpc))
        }
        /// Returns whether the requester and the accepter allow it.
        func allowed() async throws -> [Bool?] {
            let shown = try await all(aws.ec2).first
            return [shown?.requesterVpcInfo, shown?.accepterVpcInfo].map { $0?.peeringOptions?.allowDnsResolutionFromRemoteVpc }
        }
        let changed = try await aws.ec2.modifyVpcPeeringConnectionOptions(
            .init(requesterPeeringConnectionOptions: wanted, vpcPeeringConnectionId: id))
        #expect(changed.requesterPeeringConnectionOptions?.allowDnsResolutionFromRemoteVpc == true)
        #expect(changed.accepterPeeringConnectionOptions == nil)
        #expect(try await allowed() == [true, false])
        _ = try await aws.ec2.modifyVpcPeeringConnectionOptions(
            .init(
                accepterPeeringConnectionOptions: wanted,
                requesterPeeringConnectionOptions: .init(allowDnsResolutionFromRemoteVpc: false), vpcPeeringConnectionId: id))
        #expect(try await allowed() == [false, true])
        #expect(try await statuses(aws.ec2) == ["active"])
        await refused("MissingParameter") {
            _ = try await aws.ec2.modifyVpcPeeringConnectionOptions(.init(vpcPeeringConnectionId: id))
        }
    }

    @Test func invalidVpcPeeringRequestsAreRejected() async throws {
        let (_, first, second) = try await pair()
        await refused("VpcPeeringConnectionAlreadyExists") { _ = try await create(first, second) }
        await refused("InvalidVpcID.NotFound") { _ = try await create("vpc-0123456789abcdef0", second) }
        await refused("InvalidVpcID.Malformed") { _ = try await create(first, "vpc") }
        await refused("InvalidParameterValue") { _ = try await create(first, second, owner: "me") }
        await refused("InvalidParameterValue") { _ = try await create(first, second, region: "moon-1") }
        await refused("MissingParameter") {
            _ = try await aws.ec2.createVpcPeeringConnection(.init(vpcId: first))
        }
    }
}
