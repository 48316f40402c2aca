import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct NatGateways {
    private let aws = AWS.current

    private struct Network {
        let vpc, subnet, allocation: String
    }

    private func network(withGateway: Bool = true) async throws -> Network {
        let vpc = try await aws.vpc()
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
        if withGateway {
            let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
            try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        }
        let allocation = try #require(try await aws.ec2.allocateAddress(.init()).allocationId)
        return Network(vpc: vpc, subnet: subnet, allocation: allocation)
    }

    private func create(_ network: Network) async throws -> NatGateway {
        try #require(
            try await aws.ec2.createNatGateway(.init(allocationId: network.allocation, subnetId: network.subnet)).natGateway)
    }

    private func only() async throws -> NatGateway {
        try #require(try await aws.ec2.describeNatGateways(.init()).natGateways?.first)
    }

    @Test func publicNatGatewayUsesElasticIP() async throws {
        let network = try await network()
        let made = try await create(network)
        #expect(made.state == .pending && made.connectivityType == .public && made.vpcId == network.vpc)
        #expect(made.natGatewayAddresses?.first?.publicIp == nil)
        aws.clock.advance(by: .minutes(2))
        let address = try #require(try await only().natGatewayAddresses?.first)
        #expect(try await only().state == .available)
        #expect(address.status == .succeeded && address.isPrimary == true && address.privateIp?.hasPrefix("10.0.1.") == true)
        let elastic = try #require(try await aws.ec2.describeAddresses(.init()).addresses?.first)
        #expect(elastic.publicIp == address.publicIp && elastic.associationId == address.associationId)
        let interface = try #require(
            try await aws.ec2.describeNetworkInterfaces(
                .init(filters: [Filter(name: "interface-type", values: ["nat_gateway"])])
            )
            .networkInterfaces?.first)
        #expect(interface.networkInterfaceId == address.networkInterfaceId && interface.status == .inUse)
        #expect(interface.requesterManaged == true && interface.sourceDestCheck == false)
        #expect(interface.description == "Interface for NAT Gateway \(made.natGatewayId ?? "")")
    }

    @Test func natGatewayAddressCannotBeReleasedOrDisassociated() async throws {
        let network = try await network()
        _ = try await create(network)
        aws.clock.advance(by: .minutes(2))
        let association = try #require(try await aws.ec2.describeAddresses(.init()).addresses?.first?.associationId)
        await refused("AuthFailure") { try await aws.ec2.disassociateAddress(.init(associationId: association)) }
        await refused("InvalidIPAddress.InUse") { try await aws.ec2.releaseAddress(.init(allocationId: network.allocation)) }
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: network.subnet)) }
    }

    @Test func deleteNatGatewayReleasesAddressAndSubnet() async throws {
        let network = try await network()
        let id = try #require(try await create(network).natGatewayId)
        aws.clock.advance(by: .minutes(2))
        #expect(try await aws.ec2.deleteNatGateway(.init(natGatewayId: id)).natGatewayId == id)
        #expect(try await only().state == .deleting)
        aws.clock.advance(by: .minutes(2))
        #expect(try await only().state == .deleted)
        #expect(try await only().deleteTime != nil)
        try await aws.ec2.releaseAddress(.init(allocationId: network.allocation))
        try await aws.ec2.deleteSubnet(.init(subnetId: network.subnet))
        aws.clock.advance(by: .hours(2))
        #expect(try await aws.ec2.describeNatGateways(.init()).natGateways?.isEmpty == true)
    }

    /// Of two requests at the same moment, the first gets the address.
    @Test func firstOfTwoNatGatewaysKeepsAddress() async throws {
        let network = try await network()
        let first = try await create(network), second = try await create(network)
        await refused("InvalidIPAddress.InUse") { try await aws.ec2.releaseAddress(.init(allocationId: network.allocation)) }
        aws.clock.advance(by: .minutes(2))
        let found = try await aws.ec2.describeNatGateways(.init()).natGateways ?? []
        #expect(found.map(\.natGatewayId) == [first.natGatewayId, second.natGatewayId])
        #expect(found.map(\.state) == [.available, .failed])
        let instance = try #require(try await aws.run { $0.subnetId = network.subnet }.first?.instanceId)
        await refused("AuthFailure") {
            try await aws.ec2.associateAddress(.init(allocationId: network.allocation, instanceId: instance))
        }
    }

    @Test func natGatewayLimitPerAvailabilityZoneIsFive() async throws {
        let network = try await network(withGateway: false)
        for _ in 0..<5 {
            _ = try await aws.ec2.createNatGateway(.init(subnetId: network.subnet, connectivityType: .private))
        }
        await refused("NatGatewayLimitExceeded") {
            try await aws.ec2.createNatGateway(.init(subnetId: network.subnet, connectivityType: .private))
        }
    }

    @Test func natGatewayFailsWithoutInternetGateway() async throws {
        let network = try await network(withGateway: false)
        _ = try await create(network)
        aws.clock.advance(by: .minutes(2))
        let failed = try await only()
        #expect(failed.state == .failed && failed.failureCode == "Gateway.NotAttached")
        #expect(failed.failureMessage == "Network \(network.vpc) has no Internet gateway attached")
        try await aws.ec2.deleteSubnet(.init(subnetId: network.subnet))
    }

    @Test func natGatewayFailsWithAddressInUse() async throws {
        let network = try await network()
        _ = try await create(network)
        aws.clock.advance(by: .minutes(2))
        let second = try #require(try await create(network).natGatewayId)
        aws.clock.advance(by: .minutes(2))
        let failed = try await aws.ec2.describeNatGateways(
            .init(filter: [Filter(name: "nat-gateway-id", values: [second])])
        ).natGateways?.first
        #expect(failed?.failureCode == "Resource.AlreadyAssociated")
    }

    @Test func privateNatGatewayNeedsNoElasticIP() async throws {
        let network = try await network(withGateway: false)
        let made = try await aws.ec2.createNatGateway(
            .init(subnetId: network.subnet, connectivityType: .private, privateIpAddress: "10.0.1.77"))
        aws.clock.advance(by: .minutes(2))
        #expect(made.natGateway?.connectivityType == .private)
        let address = try await only().natGatewayAddresses?.first
        #expect(address?.privateIp == "10.0.1.77" && address?.publicIp == nil)
        #expect(try await only().state == .available)
    }

    @Test func invalidNatGatewayRequestsAreRejected() async throws {
        let network = try await network()
        await refused("MissingParameter") { try await aws.ec2.createNatGateway(.init(subnetId: network.subnet)) }
        await refused("InvalidSubnetID.NotFound") {
            try await aws.ec2.createNatGateway(
                .init(allocationId: network.allocation, subnetId: "subnet-0123456789abcdef0"))
        }
        await refused("InvalidAllocationID.NotFound") {
            try await aws.ec2.createNatGateway(
                .init(allocationId: "eipalloc-0123456789abcdef0", subnetId: network.subnet))
        }
        await refused("NatGatewayNotFound", "The Nat Gateway nat-0123456789abcdef0 was not found") {
            try await aws.ec2.deleteNatGateway(.init(natGatewayId: "nat-0123456789abcdef0"))
        }
        await refused("NatGatewayMalformed") { try await aws.ec2.deleteNatGateway(.init(natGatewayId: "nat")) }
        #expect(try await aws.ec2.describeNatGateways(.init()).natGateways?.isEmpty == true)
        #expect(try await aws.ec2.describeNetworkInterfaces(.init()).networkInterfaces?.isEmpty == true)
    }
}
