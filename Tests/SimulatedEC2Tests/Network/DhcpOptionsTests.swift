import DrydockTesting
import Testing

@Suite(.simulator) struct DhcpOptionSets {
    private let aws = AWS.current

    private func create(_ configurations: (String, [String])...) async throws -> DhcpOptions {
        try #require(
            try await aws.ec2.createDhcpOptions(
                .init(dhcpConfigurations: configurations.map { NewDhcpConfiguration(key: $0.0, values: $0.1) })
            ).dhcpOptions)
    }

    @Test func dhcpOptionsAreCreatedAssociatedAndDeleted() async throws {
        let made = try await create(
            ("domain-name", ["example.com"]), ("domain-name-servers", ["10.0.0.2, 10.0.0.3"]),
            ("ntp-servers", ["10.0.0.4", "fd00::4"]), ("netbios-node-type", ["2"]))
        let id = try #require(made.dhcpOptionsId)
        #expect(id.hasPrefix("dopt-0") && made.ownerId == "123456789012")
        #expect(made.dhcpConfigurations?[1].values?.map(\.value) == ["10.0.0.2", "10.0.0.3"])
        let vpc = try await aws.vpc()
        try await aws.ec2.associateDhcpOptions(.init(dhcpOptionsId: id, vpcId: vpc))
        #expect(try await aws.ec2.describeVpcs(.init(vpcIds: [vpc])).vpcs?.first?.dhcpOptionsId == id)
        let filter = [Filter(name: "key", values: ["ntp-servers"]), Filter(name: "value", values: ["10.0.0.4"])]
        #expect(try await aws.ec2.describeDhcpOptions(.init(filters: filter)).dhcpOptions?.map(\.dhcpOptionsId) == [id])
        await refused("DependencyViolation", "The dhcpOptions '\(id)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteDhcpOptions(.init(dhcpOptionsId: id))
        }
        try await aws.ec2.associateDhcpOptions(.init(dhcpOptionsId: "default", vpcId: vpc))
        #expect(try await aws.ec2.describeVpcs(.init(vpcIds: [vpc])).vpcs?.first?.dhcpOptionsId == "default")
        try await aws.ec2.deleteDhcpOptions(.init(dhcpOptionsId: id))
        await refused("InvalidDhcpOptionID.NotFound", "The dhcpOption ID '\(id)' does not exist") {
            try await aws.ec2.associateDhcpOptions(.init(dhcpOptionsId: id, vpcId: vpc))
        }
        await refused("InvalidDhcpOptionsId.Malformed") {
            try await aws.ec2.deleteDhcpOptions(.init(dhcpOptionsId: "dopt-1"))
        }
    }

    /// New VPCs get Amazon's DHCP options, not the first set in the account.
    @Test func newVpcUsesAmazonDhcpOptions() async throws {
        let own = try await aws.defaultVpc().dhcpOptionsId
        _ = try await create(("domain-name", ["example.com"]))
        let vpc = try await aws.vpc()
        #expect(try await aws.ec2.describeVpcs(.init(vpcIds: [vpc])).vpcs?.first?.dhcpOptionsId == own)
    }

    @Test func invalidDhcpOptionsAreRejected() async throws {
        for (key, values) in [
            ("colour", ["red"]), ("domain-name-servers", ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5"]),
            ("domain-name-servers", ["example.com"]), ("ntp-servers", ["time"]), ("netbios-name-servers", ["::1"]),
            ("netbios-node-type", ["3"]), ("ipv6-address-preferred-lease-time", ["10"]),
            ("ntp-servers", ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5"]),
        ] { await refused("InvalidParameterValue") { _ = try await create((key, values)) } }
        await refused("MissingParameter") { _ = try await create() }
        await refused("MissingParameter") { _ = try await create(("domain-name", [])) }
        await refused("InvalidParameterValue") {
            _ = try await create(("domain-name", ["a.example"]), ("domain-name", ["b.example"]))
        }
        _ = try await create(("ipv6-address-preferred-lease-time", ["10m"]), ("domain-name-servers", ["AmazonProvidedDNS"]))
        #expect(try await aws.ec2.describeDhcpOptions().dhcpOptions?.count == 2)
    }
}
