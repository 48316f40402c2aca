import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct NatGatewayAddressesTests {
    private let aws = AWS.current

    private func subnet(online: Bool) async throws -> String {
        let vpc = try await aws.vpc()
        if online {
            let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
            try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        }
        return try #require(
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
    }

    private func allocation() async throws -> String { try #require(try await aws.ec2.allocateAddress(.init()).allocationId) }

    private func addresses(_ id: String) async throws -> [NatGatewayAddress] {
        try await aws.ec2.describeNatGateways(.init(natGatewayIds: [id])).natGateways?.first?.natGatewayAddresses ?? []
    }

    @Test func publicNatGatewayHasPrimaryAndSecondaryAddress() async throws {
        let subnet = try await subnet(online: true)
        let first = try await allocation(), second = try await allocation()
        let id = try #require(
            try await aws.ec2.createNatGateway(
                .init(
                    allocationId: first, subnetId: subnet, secondaryAllocationIds: [second],
                    secondaryPrivateIpAddresses: ["10.0.1.77"])
            ).natGateway?.natGatewayId)
        #expect(try await addresses(id).map(\.status) == [.associating, .associating])
        aws.clock.advance(by: .minutes(2))
        let shown = try await addresses(id)
        #expect(shown.map(\.status) == [.succeeded, .succeeded] && shown.map(\.isPrimary) == [true, false])
        #expect(shown.map(\.allocationId) == [first, second] && shown.last?.privateIp == "10.0.1.77")
        let association = try #require(shown.last?.associationId)
        await refused("AuthFailure") { try await aws.ec2.disassociateAddress(.init(associationId: association)) }
        let third = try await allocation()
        await refused("NatGatewayAddressLimitExceeded") {
            try await aws.ec2.associateNatGatewayAddress(.init(natGatewayId: id, allocationIds: [third]))
        }
        let going = try await aws.ec2.disassociateNatGatewayAddress(.init(natGatewayId: id, associationIds: [association]))
        #expect(going.natGatewayAddresses?.map(\.status) == [.disassociating])
        #expect(try await aws.ec2.describeNatGateways(.init(natGatewayIds: [id])).natGateways?.first?.state == .available)
        await refused("IncorrectState") {
            try await aws.ec2.disassociateNatGatewayAddress(.init(natGatewayId: id, associationIds: [association]))
        }
        aws.clock.advance(by: .minutes(1))
        #expect(try await addresses(id).map(\.allocationId) == [first])
        try await aws.ec2.releaseAddress(.init(allocationId: second))
    }

    @Test func associateNatGatewayAddressAddsSecondaryAddress() async throws {
        let subnet = try await subnet(online: true)
        let first = try await allocation(), second = try await allocation()
        let id = try #require(
            try await aws.ec2.createNatGateway(.init(allocationId: first, subnetId: subnet)).natGateway?.natGatewayId)
        await refused("IncorrectState") {
            try await aws.ec2.associateNatGatewayAddress(.init(natGatewayId: id, allocationIds: [second]))
        }
        aws.clock.advance(by: .minutes(2))
        let added = try await aws.ec2.associateNatGatewayAddress(.init(natGatewayId: id, allocationIds: [second]))
        #expect(added.natGatewayAddresses?.map(\.status) == [.associating] && added.natGatewayId == id)
        aws.clock.advance(by: .minutes(1))
        #expect(try await addresses(id).map(\.status) == [.succeeded, .succeeded])
        let primary = try #require(try await addresses(id).first?.associationId)
        await refused("InvalidParameterValue") {
            try await aws.ec2.disassociateNatGatewayAddress(.init(natGatewayId: id, associationIds: [primary]))
        }
        await refused("InvalidAssociationID.NotFound") {
            try await aws.ec2.disassociateNatGatewayAddress(
                .init(natGatewayId: id, associationIds: ["eipassoc-0123456789abcdef0"]))
        }
        let third = try await allocation()
        let other = try #require(
            try await aws.ec2.createNatGateway(.init(allocationId: third, subnetId: subnet)).natGateway?.natGatewayId)
        aws.clock.advance(by: .minutes(2))
        await refused("Resource.AlreadyAssociated") {
            try await aws.ec2.associateNatGatewayAddress(.init(natGatewayId: other, allocationIds: [second]))
        }
        try await aws.ec2.deleteNatGateway(.init(natGatewayId: id))
        aws.clock.advance(by: .minutes(2))
        for allocation in [first, second] { try await aws.ec2.releaseAddress(.init(allocationId: allocation)) }
    }

    @Test func privateNatGatewayIsLimitedToEightAddresses() async throws {
        let subnet = try await subnet(online: false)
        let id = try #require(
            try await aws.ec2.createNatGateway(
                .init(subnetId: subnet, connectivityType: .private, secondaryPrivateIpAddressCount: 2)
            ).natGateway?.natGatewayId)
        aws.clock.advance(by: .minutes(2))
        #expect(try await addresses(id).map(\.status) == [.succeeded, .succeeded, .succeeded])
        let more = try await aws.ec2.assignPrivateNatGatewayAddress(
            .init(natGatewayId: id, privateIpAddresses: ["10.0.1.50"]))
        #expect(more.natGatewayAddresses?.map(\.privateIp) == ["10.0.1.50"])
        #expect(more.natGatewayAddresses?.map(\.status) == [.assigning])
        aws.clock.advance(by: .minutes(1))
        await refused("NatGatewayAddressLimitExceeded") {
            try await aws.ec2.assignPrivateNatGatewayAddress(.init(natGatewayId: id, privateIpAddressCount: 5))
        }
        let going = try await aws.ec2.unassignPrivateNatGatewayAddress(
            .init(natGatewayId: id, privateIpAddresses: ["10.0.1.50"]))
        #expect(going.natGatewayAddresses?.map(\.status) == [.unassigning])
        aws.clock.advance(by: .minutes(1))
        #expect(try await addresses(id).count == 3)
        await refused("InvalidParameterValue") {
            try await aws.ec2.unassignPrivateNatGatewayAddress(.init(natGatewayId: id, privateIpAddresses: ["10.0.1.50"]))
        }
        let elastic = try await allocation()
        await refused("InvalidParameterValue") {
            try await aws.ec2.associateNatGatewayAddress(.init(natGatewayId: id, allocationIds: [elastic]))
        }
    }

    @Test func createNatGatewayRejectsContradictoryParameters() async throws {
        let subnet = try await subnet(online: false)
        let first = try await allocation(), second = try await allocation()
        for change: (inout CreateNatGatewayRequest) -> Void in [
            { $0.secondaryPrivateIpAddressCount = 1 }, { $0.secondaryPrivateIpAddresses = ["10.0.1.9"] },
        ] {
            var request = CreateNatGatewayRequest(allocationId: first, subnetId: subnet)
            change(&request)
            await refused("InvalidParameterCombination") { try await aws.ec2.createNatGateway(request) }
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.createNatGateway(
                .init(subnetId: subnet, connectivityType: .private, secondaryAllocationIds: [second]))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.createNatGateway(
                .init(allocationId: first, subnetId: subnet, secondaryAllocationIds: [first]))
        }
    }
}
