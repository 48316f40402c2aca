import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct InterfaceAddresses: InterfaceFixtures {
    let aws = AWS.current

    @Test func secondaryPrivateAddressesAreAssignedAndUnassigned() async throws {
        let subnet = try await subnet()
        let made = try await create(subnet) {
            $0.privateIpAddresses = [
                .init(primary: false, privateIpAddress: "10.0.1.20"), .init(primary: true, privateIpAddress: "10.0.1.10"),
            ]
        }
        let id = try #require(made.networkInterfaceId)
        #expect(made.privateIpAddress == "10.0.1.10")
        #expect(made.privateIpAddresses?.map(\.privateIpAddress) == ["10.0.1.10", "10.0.1.20"])
        #expect(made.privateIpAddresses?.map(\.primary) == [true, false])
        let more = try await aws.ec2.assignPrivateIpAddresses(.init(networkInterfaceId: id, secondaryPrivateIpAddressCount: 3))
        #expect(more.assignedPrivateIpAddresses?.count == 3 && more.networkInterfaceId == id)
        let count = try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.availableIpAddressCount
        #expect(count == 251 - 5)
        let found = try await aws.ec2.describeNetworkInterfaces(
            .init(filters: [Filter(name: "addresses.private-ip-address", values: ["10.0.1.20"])]))
        #expect(found.networkInterfaces?.map(\.networkInterfaceId) == [id])
        try await aws.ec2.unassignPrivateIpAddresses(.init(networkInterfaceId: id, privateIpAddresses: ["10.0.1.20"]))
        #expect(try await describe(id).privateIpAddresses?.count == 4)
        await refused("InvalidParameterValue") {
            try await aws.ec2.unassignPrivateIpAddresses(.init(networkInterfaceId: id, privateIpAddresses: ["10.0.1.20"]))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.unassignPrivateIpAddresses(.init(networkInterfaceId: id, privateIpAddresses: ["10.0.1.10"]))
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.assignPrivateIpAddresses(
                .init(networkInterfaceId: id, privateIpAddresses: ["10.0.1.30"], secondaryPrivateIpAddressCount: 1))
        }
        await refused("MissingParameter") { try await aws.ec2.assignPrivateIpAddresses(.init(networkInterfaceId: id)) }
    }

    @Test func allowReassignmentMovesSecondaryAddress() async throws {
        let subnet = try await subnet()
        let first = try #require(
            try await create(subnet) {
                $0.privateIpAddresses = [
                    .init(primary: true, privateIpAddress: "10.0.1.10"), .init(privateIpAddress: "10.0.1.20"),
                ]
            }.networkInterfaceId)
        let second = try #require(try await create(subnet).networkInterfaceId)
        await refused("InvalidIPAddress.InUse") {
            try await aws.ec2.assignPrivateIpAddresses(.init(networkInterfaceId: second, privateIpAddresses: ["10.0.1.20"]))
        }
        try await aws.ec2.assignPrivateIpAddresses(
            .init(networkInterfaceId: second, privateIpAddresses: ["10.0.1.20"], allowReassignment: true))
        #expect(try await describe(first).privateIpAddresses?.count == 1)
        #expect(try await describe(second).privateIpAddresses?.last?.privateIpAddress == "10.0.1.20")
        // A primary address is never reassigned.
        await refused("InvalidIPAddress.InUse") {
            try await aws.ec2.assignPrivateIpAddresses(
                .init(networkInterfaceId: second, privateIpAddresses: ["10.0.1.10"], allowReassignment: true))
        }
    }

    @Test func instanceTypeLimitsPrivateAddresses() async throws {
        let subnet = try await subnet()
        let instance = try await running(subnet, type: "t3.micro")
        let id = try #require(try await aws.describe(instance)?.networkInterfaces?.first?.networkInterfaceId)
        try await aws.ec2.assignPrivateIpAddresses(.init(networkInterfaceId: id, secondaryPrivateIpAddressCount: 1))
        await refused("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.") {
            try await aws.ec2.assignPrivateIpAddresses(.init(networkInterfaceId: id, secondaryPrivateIpAddressCount: 1))
        }
        let addresses = try await aws.describe(instance)?.networkInterfaces?.first?.privateIpAddresses
        #expect(addresses?.map(\.primary) == [true, false])
        let many = try #require(try await create(subnet) { $0.secondaryPrivateIpAddressCount = 5 }.networkInterfaceId)
        await refused("PrivateIpAddressLimitExceeded") {
            try await aws.ec2.attachNetworkInterface(
                .init(networkInterfaceId: many, instanceId: instance, deviceIndex: 1))
        }
    }

    @Test func ipv4PrefixReservesAllItsAddresses() async throws {
        let subnet = try await subnet("10.0.1.0/26")
        let made = try await create(subnet) { $0.ipv4PrefixCount = 1 }
        let prefix = try #require(made.ipv4Prefixes?.first?.ipv4Prefix)
        #expect(["10.0.1.16/28", "10.0.1.32/28"].contains(prefix))
        let id = try #require(made.networkInterfaceId)
        await refused("InvalidIPAddress.InUse") {
            try await aws.ec2.assignPrivateIpAddresses(
                .init(networkInterfaceId: id, privateIpAddresses: [prefix.replacing("/28", with: "")]))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.assignPrivateIpAddresses(.init(ipv4Prefixes: ["10.0.1.17/28"], networkInterfaceId: id))
        }
        await refused(
            "InsufficientCidrBlocks",
            "The specified subnet does not have enough free cidr blocks to satisfy the request."
        ) { try await aws.ec2.assignPrivateIpAddresses(.init(ipv4PrefixCount: 2, networkInterfaceId: id)) }
        try await aws.ec2.unassignPrivateIpAddresses(.init(ipv4Prefixes: [prefix], networkInterfaceId: id))
        #expect(try await describe(id).ipv4Prefixes == nil)
    }

    // MARK: Elastic addresses

    @Test func eachPrivateAddressCanHaveElasticIP() async throws {
        let subnet = try await subnet()
        let vpc = try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [subnet])).subnets?.first?.vpcId)
        let gateway = try #require(try await aws.ec2.createInternetGateway().internetGateway?.internetGatewayId)
        try await aws.ec2.attachInternetGateway(.init(internetGatewayId: gateway, vpcId: vpc))
        let id = try #require(
            try await create(subnet) {
                $0.privateIpAddresses = [
                    .init(primary: true, privateIpAddress: "10.0.1.10"), .init(privateIpAddress: "10.0.1.20"),
                ]
            }.networkInterfaceId)
        let first = try await aws.ec2.allocateAddress(.init()), second = try await aws.ec2.allocateAddress(.init())
        await refused("InvalidParameterValue") {
            try await aws.ec2.associateAddress(
                .init(allocationId: first.allocationId, networkInterfaceId: id, privateIpAddress: "10.0.1.30"))
        }
        try await aws.ec2.associateAddress(.init(allocationId: first.allocationId, networkInterfaceId: id))
        try await aws.ec2.associateAddress(
            .init(allocationId: second.allocationId, networkInterfaceId: id, privateIpAddress: "10.0.1.20"))
        let shown = try await describe(id)
        #expect(shown.association?.publicIp == first.publicIp)
        #expect(shown.privateIpAddresses?.map(\.association?.publicIp) == [first.publicIp, second.publicIp])
        let addresses = try await aws.ec2.describeAddresses().addresses
        #expect(addresses?.map(\.privateIpAddress) == ["10.0.1.10", "10.0.1.20"])
        let third = try await aws.ec2.allocateAddress(.init())
        await refused("Resource.AlreadyAssociated") {
            try await aws.ec2.associateAddress(
                .init(
                    allocationId: third.allocationId, networkInterfaceId: id, privateIpAddress: "10.0.1.20",
                    allowReassociation: false))
        }
        // Unassigning a private address disassociates its Elastic IP address.
        try await aws.ec2.unassignPrivateIpAddresses(.init(networkInterfaceId: id, privateIpAddresses: ["10.0.1.20"]))
        #expect(
            try await aws.ec2.describeAddresses().addresses?.map(\.networkInterfaceId) == [id, nil, nil])
        try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: id))
        #expect(try await aws.ec2.describeAddresses().addresses?.map(\.associationId) == [nil, nil, nil])
    }
}
