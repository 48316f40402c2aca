import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct Subnets {
    private let aws = AWS.current

    @Test func createSubnetRejectsConflictingAndOutOfRangeCidrs() async throws {
        let vpc = try await aws.vpc()
        let subnet = try #require(
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1b", cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet)
        #expect(subnet.availableIpAddressCount == 251)
        #expect(subnet.availabilityZoneId == "use1-az1")
        #expect(subnet.mapPublicIpOnLaunch == false)
        #expect(subnet.defaultForAz == false)
        await refused("InvalidSubnet.Conflict", "The CIDR '10.0.1.128/25' conflicts with another subnet") {
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.128/25", vpcId: vpc))
        }
        await refused("InvalidSubnet.Range", "The CIDR '10.1.0.0/24' is invalid.") {
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.1.0.0/24", vpcId: vpc))
        }
        await refused("InvalidSubnet.Range") { try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.2.0/29", vpcId: vpc)) }
        await refused("InvalidParameterValue") {
            try await aws.ec2.createSubnet(.init(availabilityZone: "us-east-1z", cidrBlock: "10.0.2.0/24", vpcId: vpc))
        }
        await refused("InvalidVpcID.NotFound", "The vpc ID 'vpc-0123456789abcdef0' does not exist") {
            try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.2.0/24", vpcId: "vpc-0123456789abcdef0"))
        }
    }

    @Test func modifySubnetAttributeChangesLaunchSettings() async throws {
        let vpc = try await aws.vpc()
        let id = try #require(try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
        try await aws.ec2.modifySubnetAttribute(.init(mapPublicIpOnLaunch: AttributeBooleanValue(value: true), subnetId: id))
        try await aws.ec2.modifySubnetAttribute(.init(subnetId: id, privateDnsHostnameTypeOnLaunch: "resource-name"))
        let subnet = try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [id])).subnets?.first)
        #expect(subnet.mapPublicIpOnLaunch == true)
        #expect(subnet.privateDnsNameOptionsOnLaunch?.hostnameType == "resource-name")
    }

    @Test func subnetAddressesAreUniqueAndCounted() async throws {
        let vpc = try await aws.vpc()
        let id = try #require(try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/28", vpcId: vpc)).subnet?.subnetId)
        let instances = (0..<11).map { "i-0000000000000000\($0 % 10)\($0 / 10)" }
        let made = try aws.interfaces(of: instances, subnet: id)
        #expect(Set(made.map(\.privateAddress)).count == 11)
        #expect(made.allSatisfy { (4...14).contains(($0.privateAddress ?? 0) & 15) })
        #expect(try await aws.ec2.describeSubnets(.init(subnetIds: [id])).subnets?.first?.availableIpAddressCount == 0)
        #expect(throws: AWSError.self) { try aws.interfaces(of: ["i-00000000000000099"], subnet: id) }
        await refused("DependencyViolation", "The subnet '\(id)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteSubnet(.init(subnetId: id))
        }
    }

    @Test func describeNetworkInterfacesReportsInstanceAttachment() async throws {
        let made = try #require(try aws.interfaces(of: ["i-00000000000000001"]).first)
        let shown = try #require(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first)
        #expect(shown.networkInterfaceId == made.id)
        #expect(shown.status == .inUse)
        #expect(shown.attachment?.instanceId == "i-00000000000000001")
        #expect(shown.attachment?.status == .attached)
        #expect(shown.groups?.map(\.groupName) == ["default"])
        #expect(shown.macAddress?.wholeMatch(of: /0e(:[0-9a-f]{2}){5}/) != nil)
        let address = try #require(shown.privateIpAddress)
        #expect(shown.privateDnsName == "ip-\(address.split(separator: ".").joined(separator: "-")).ec2.internal")
        let publicIp = try #require(shown.association?.publicIp)
        #expect(
            shown.association?.publicDnsName
                == "ec2-\(publicIp.split(separator: ".").joined(separator: "-")).compute-1.amazonaws.com")
        #expect(shown.association?.ipOwnerId == "amazon")
        try aws.within { try NetworkInterfaceRecord.instanceStopped("i-00000000000000001", $0) }
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first?.association == nil)
        try aws.within { try NetworkInterfaceRecord.instanceStarted("i-00000000000000001", $0) }
        let again = try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first?.association?.publicIp
        #expect(again != nil && again != publicIp)
        try aws.within { try NetworkInterfaceRecord.instanceTerminated("i-00000000000000001", $0) }
        #expect(try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.isEmpty == true)
    }

    @Test(arguments: [
        ("vpc-id", "vpc-*", 6), ("availability-zone", "us-east-1?", 6), ("availabilityZone", "us-east-1c", 1),
        ("default-for-az", "true", 6), ("cidr-block", "172.31.16.0/20", 1), ("map-public-ip-on-launch", "false", 0),
        ("tag:Name", "*", 0), ("state", "available", 6), ("subnet-arn", "arn:aws:ec2:us-east-1:*", 6),
    ])
    func describeSubnetsAppliesFilters(name: String, value: String, count: Int) async throws {
        let found = try await aws.ec2.describeSubnets(.init(filters: [Filter(name: name, values: [value])])).subnets
        #expect(found?.count == count)
    }

    @Test func describeSubnetsRejectsUnknownAndExcessiveFilters() async throws {
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            try await aws.ec2.describeSubnets(.init(filters: [Filter(name: "colour", values: ["red"])]))
        }
        await refused("FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200") {
            try await aws.ec2.describeSubnets(
                .init(filters: [Filter(name: "subnet-id", values: (0...200).map { "subnet-\($0)" })]))
        }
    }

    @Test func describeSubnetsPaginates() async throws {
        let first = try await aws.ec2.describeSubnets(.init(maxResults: 5))
        #expect(first.subnets?.count == 5)
        let second = try await aws.ec2.describeSubnets(.init(nextToken: first.nextToken, maxResults: 5))
        #expect(second.subnets?.count == 1)
        #expect(second.nextToken == nil)
        await refused("InvalidParameterValue") { try await aws.ec2.describeSubnets(.init(maxResults: 4)) }
        let id = try #require(first.subnets?.first?.subnetId)
        await refused("InvalidParameterCombination") {
            try await aws.ec2.describeSubnets(.init(subnetIds: [id], maxResults: 5))
        }
    }
}
