import DrydockTesting
import Testing

@testable import SimulatedEC2

/// https://docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html
@Suite(.simulator) struct IPv6OnlySubnets {
    private let aws = AWS.current

    private func shown(_ id: String) async throws -> Subnet {
        try #require(try await aws.ec2.describeSubnets(.init(subnetIds: [id])).subnets?.first)
    }

    private func interface(
        _ subnet: String, _ change: (inout CreateNetworkInterfaceRequest) -> Void = { _ in }
    ) async throws -> NetworkInterface {
        var request = CreateNetworkInterfaceRequest(subnetId: subnet)
        change(&request)
        return try #require(try await aws.ec2.createNetworkInterface(request).networkInterface)
    }

    // MARK: Subnets

    /// As in a recorded answer of AWS: https://github.com/ManageIQ/manageiq-providers-amazon/pull/914
    @Test func createSubnetSupportsIPv6Native() async throws {
        let vpc = try await DualStackVpc()
        let made = try #require(
            try await aws.ec2.createSubnet(
                .init(ipv6CidrBlock: vpc.part(1).description, vpcId: vpc.id, ipv6Native: true)
            ).subnet)
        let subnet = try await shown(try #require(made.subnetId))
        for shape in [made, subnet] {
            #expect(shape.ipv6Native == true && shape.cidrBlock == nil && shape.availableIpAddressCount == 0)
            #expect(shape.assignIpv6AddressOnCreation == true && shape.mapPublicIpOnLaunch == false)
            #expect(shape.ipv6CidrBlockAssociationSet?.map(\.ipv6CidrBlock) == [vpc.part(1).description])
            let names = shape.privateDnsNameOptionsOnLaunch
            #expect(names?.hostnameType == .resourceName && names?.enableResourceNameDnsARecord == false)
            #expect(names?.enableResourceNameDnsAAAARecord == true)
        }
        let both = try await vpc.subnet(2, "10.0.2.0/24")
        #expect(try await shown(both).ipv6Native == false)
        let found = try await aws.ec2.describeSubnets(
            .init(filters: [
                Filter(name: "vpc-id", values: [vpc.id]), Filter(name: "ipv6-native", values: ["true"]),
            ]))
        #expect(found.subnets?.map(\.subnetId) == [made.subnetId])
        try await aws.ec2.deleteSubnet(.init(subnetId: made.subnetId ?? ""))
    }

    /// The messages of the first two are AWS's, as moto's tests against AWS have them.
    @Test func createSubnetRejectsInvalidIPv6Blocks() async throws {
        let vpc = try await DualStackVpc()
        await refused("MissingParameter", "Either 'ipv6CidrBlock' or 'ipv6IpamPoolId' should be provided.") {
            _ = try await aws.ec2.createSubnet(.init(vpcId: vpc.id, ipv6Native: true))
        }
        await refused(
            "InvalidParameterCombination",
            "When specifying ipv4 parameters, cidrBlock or ipv4IpamPoolId, you cannot set ipv6Native to true."
        ) {
            _ = try await aws.ec2.createSubnet(
                .init(
                    cidrBlock: "10.0.1.0/24", ipv6CidrBlock: vpc.part(1).description, vpcId: vpc.id, ipv6Native: true))
        }
        await refused("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.") {
            _ = try await aws.ec2.createSubnet(.init(ipv6CidrBlock: vpc.part(1).description, vpcId: vpc.id))
        }
        for cidr in ["2001:db8::/64", "\(IPv6Block.text(vpc.block.base))/65", "\(IPv6Block.text(vpc.block.base))/58"] {
            await refused("InvalidSubnet.Range", "The CIDR '\(cidr)' is invalid.") {
                _ = try await aws.ec2.createSubnet(.init(ipv6CidrBlock: cidr, vpcId: vpc.id, ipv6Native: true))
            }
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createSubnet(.init(ipv6CidrBlock: "10.0.1.0/24", vpcId: vpc.id, ipv6Native: true))
        }
        _ = try await vpc.subnet(1)
        await refused("InvalidSubnet.Conflict") { _ = try await vpc.subnet(1) }
        let plain = try await aws.vpc("10.9.0.0/16")
        await refused("InvalidSubnet.Range") {
            _ = try await aws.ec2.createSubnet(
                .init(ipv6CidrBlock: vpc.part(2).description, vpcId: plain, ipv6Native: true))
        }
        // Nothing of the refused ones is left.
        let found = try await aws.ec2.describeSubnets(.init(filters: [Filter(name: "vpc-id", values: [vpc.id])]))
        #expect(found.subnets?.count == 1)
    }

    /// Assumed: the messages.
    @Test func modifySubnetAttributeRestrictsIPv6OnlySubnets() async throws {
        let subnet = try await DualStackVpc().subnet(1)
        for (request, name, value) in [
            (
                ModifySubnetAttributeRequest(subnetId: subnet, privateDnsHostnameTypeOnLaunch: .ipName),
                "private-dns-hostname-type-on-launch", "ip-name"
            ),
            (
                ModifySubnetAttributeRequest(subnetId: subnet, enableResourceNameDnsARecordOnLaunch: .init(value: true)),
                "enable-resource-name-dns-a-record-on-launch", "true"
            ),
            (
                ModifySubnetAttributeRequest(mapPublicIpOnLaunch: .init(value: true), subnetId: subnet),
                "map-public-ip-on-launch", "true"
            ),
            (
                ModifySubnetAttributeRequest(assignIpv6AddressOnCreation: .init(value: false), subnetId: subnet),
                "assign-ipv6-address-on-creation", "false"
            ),
        ] {
            await refused(
                "InvalidParameterValue",
                "Invalid value '\(value)' for \(name). Cannot set \(name) to \(value) because the subnet (\(subnet)) is an IPv6-only subnet."
            ) { try await aws.ec2.modifySubnetAttribute(request) }
        }
        for request in [
            ModifySubnetAttributeRequest(subnetId: subnet, enableDns64: .init(value: true)),
            ModifySubnetAttributeRequest(subnetId: subnet, enableResourceNameDnsAAAARecordOnLaunch: .init(value: false)),
            ModifySubnetAttributeRequest(subnetId: subnet, privateDnsHostnameTypeOnLaunch: .resourceName),
            ModifySubnetAttributeRequest(mapPublicIpOnLaunch: .init(value: false), subnetId: subnet),
            ModifySubnetAttributeRequest(assignIpv6AddressOnCreation: .init(value: true), subnetId: subnet),
        ] { try await aws.ec2.modifySubnetAttribute(request) }
        let shape = try await shown(subnet)
        #expect(shape.enableDns64 == true)
        #expect(shape.privateDnsNameOptionsOnLaunch?.enableResourceNameDnsAAAARecord == false)
        // Its block stays: addresses are always assigned from it.
        let association = shape.ipv6CidrBlockAssociationSet?.first?.associationId ?? ""
        await refused("InvalidCidrBlock.InUse") {
            _ = try await aws.ec2.disassociateSubnetCidrBlock(.init(associationId: association))
        }
    }

    /// Assumed: the error for a default VPC without an IPv6 block.
    @Test func createDefaultSubnetSupportsIPv6Native() async throws {
        let vpc = try await aws.defaultVpc().vpcId ?? ""
        let old = try await aws.ec2.describeSubnets(
            .init(filters: [Filter(name: "availability-zone", values: ["us-east-1b"])])
        ).subnets?.first
        try await aws.ec2.deleteSubnet(.init(subnetId: old?.subnetId ?? ""))
        let request = CreateDefaultSubnetRequest(availabilityZone: "us-east-1b", ipv6Native: true)
        await refused(
            "InvalidParameterValue", "The VPC '\(vpc)' does not have an IPv6 CIDR block associated with it."
        ) { _ = try await aws.ec2.createDefaultSubnet(request) }
        let associated = try await aws.ec2.associateVpcCidrBlock(.init(vpcId: vpc, amazonProvidedIpv6CidrBlock: true))
        let block = try #require(associated.ipv6CidrBlockAssociation?.ipv6CidrBlock.flatMap { IPv6Block($0) })
        let made = try #require(try await aws.ec2.createDefaultSubnet(request).subnet)
        #expect(made.defaultForAz == true && made.ipv6Native == true && made.mapPublicIpOnLaunch == false)
        #expect(
            made.ipv6CidrBlockAssociationSet?.map(\.ipv6CidrBlock)
                == [IPv6Block(base: block.base, prefix: 64).description])
    }

    // MARK: Interfaces

    @Test func ipv6OnlyInterfacesHaveNoPrivateIPv4Address() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1)
        let made = try await interface(subnet)
        let shape = try #require(
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [made.networkInterfaceId ?? ""]))
                .networkInterfaces?.first)
        #expect(shape.privateIpAddress == nil && shape.privateIpAddresses?.isEmpty == true && shape.ipv6Native == true)
        #expect(shape.privateDnsName == nil)  // assumed
        let address = try #require(shape.ipv6Addresses?.first?.ipv6Address.flatMap { IPv6Block.address($0) })
        #expect(shape.ipv6Addresses?.count == 1 && vpc.part(1).contains(address))
        let named = try await interface(subnet) {
            $0.ipv6Addresses = [
                .init(ipv6Address: vpc.address(1, 0x10)), .init(ipv6Address: vpc.address(1, 0x11)),
            ]
            $0.enablePrimaryIpv6 = true
        }
        #expect(named.ipv6Addresses?.map(\.ipv6Address) == [vpc.address(1, 0x10), vpc.address(1, 0x11)])
        #expect(named.ipv6Addresses?.map(\.isPrimaryIpv6) == [true, false])
        _ = try await aws.ec2.assignIpv6Addresses(
            .init(networkInterfaceId: named.networkInterfaceId ?? "", ipv6AddressCount: 2))
        #expect(try await shown(subnet).availableIpAddressCount == 0)
        await refused("DependencyViolation") { try await aws.ec2.deleteSubnet(.init(subnetId: subnet)) }
        for id in [made, named].compactMap(\.networkInterfaceId) {
            try await aws.ec2.deleteNetworkInterface(.init(networkInterfaceId: id))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
    }

    /// Assumed: the codes and messages.
    @Test func ipv6OnlySubnetRejectsIPv4Addresses() async throws {
        let vpc = try await DualStackVpc()
        _ = try await vpc.internetGateway()
        let subnet = try await vpc.subnet(1)
        let sentence = "The subnet '\(subnet)' does not have an IPv4 CIDR block associated with it."
        let changes: [(inout CreateNetworkInterfaceRequest) -> Void] = [
            { $0.privateIpAddress = "10.0.1.9" }, { $0.secondaryPrivateIpAddressCount = 1 }, { $0.ipv4PrefixCount = 1 },
            { $0.ipv4Prefixes = [.init(ipv4Prefix: "10.0.1.16/28")] },
        ]
        for change in changes {
            await refused("InvalidParameterValue", sentence) { _ = try await interface(subnet, change) }
        }
        await refused("InvalidParameterValue") { _ = try await interface(subnet) { $0.ipv6AddressCount = 0 } }
        let id = try await interface(subnet).networkInterfaceId ?? ""
        await refused("InvalidParameterValue", sentence) {
            _ = try await aws.ec2.assignPrivateIpAddresses(
                .init(networkInterfaceId: id, secondaryPrivateIpAddressCount: 1))
        }
        let allocation = try await aws.ec2.allocateAddress(.init()).allocationId
        await refused(
            "InvalidParameterValue", "The network interface '\(id)' does not have a private IPv4 address."
        ) { _ = try await aws.ec2.associateAddress(.init(allocationId: allocation, networkInterfaceId: id)) }
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyNetworkInterfaceAttribute(
                .init(associatePublicIpAddress: true, networkInterfaceId: id))
        }
        await refused("InvalidParameterValue", sentence) {
            _ = try await aws.ec2.createNatGateway(.init(allocationId: allocation, subnetId: subnet))
        }
        await refused("InvalidSubnet.Range") {
            _ = try await aws.ec2.createSubnetCidrReservation(
                .init(subnetId: subnet, cidr: "10.0.1.16/28", reservationType: .prefix))
        }
        let interfaces = try await aws.ec2.describeNetworkInterfaces(
            .init(filters: [Filter(name: "subnet-id", values: [subnet])]))
        #expect(interfaces.networkInterfaces?.map(\.networkInterfaceId) == [id])
    }

    @Test func ipv6PrefixesAndAddressesCannotBeCombined() async throws {
        let subnet = try await DualStackVpc().subnet(1, "10.0.1.0/24")
        await refused("InvalidParameterCombination") {
            _ = try await interface(subnet) {
                $0.ipv6AddressCount = 1
                $0.ipv6PrefixCount = 1
            }
        }
        let made = try await interface(subnet) { $0.ipv6PrefixCount = 1 }
        #expect(made.ipv6Prefixes?.count == 1 && made.ipv6Addresses?.isEmpty == true)
        let id = made.networkInterfaceId ?? ""
        _ = try await aws.ec2.assignIpv6Addresses(.init(networkInterfaceId: id, ipv6AddressCount: 2))
        let shape = try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [id])).networkInterfaces?.first
        #expect(shape?.ipv6Prefixes?.count == 1 && shape?.ipv6Addresses?.count == 2)
    }

    @Test func instanceConnectEndpointNeedsIPv6InIPv6OnlySubnet() async throws {
        let subnet = try await DualStackVpc().subnet(1)
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: subnet, ipAddressType: .ipv4))
        }
        let made = try await aws.ec2.createInstanceConnectEndpoint(.init(subnetId: subnet, ipAddressType: .ipv6))
        let id = made.instanceConnectEndpoint?.networkInterfaceIds?.first ?? ""
        let shape = try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: [id])).networkInterfaces?.first
        #expect(shape?.privateIpAddress == nil && shape?.ipv6Addresses?.count == 1)
    }

    // MARK: Instances

    @Test func ipv6OnlyInstancesUseResourceNameHostnames() async throws {
        let vpc = try await DualStackVpc()
        let subnet = try await vpc.subnet(1)
        let made = try #require(try await aws.run { $0.subnetId = subnet }.first)
        let id = try #require(made.instanceId)
        let shape = try #require(try await aws.describe(id))
        for instance in [made, shape] {
            #expect(instance.privateIpAddress == nil && instance.publicIpAddress == nil)
            #expect(instance.privateDnsName == "\(id).ec2.internal" && instance.publicDnsName == "")
            #expect(instance.privateDnsNameOptions?.hostnameType == .resourceName)
            #expect(instance.privateDnsNameOptions?.enableResourceNameDnsARecord == false)
            #expect(instance.privateDnsNameOptions?.enableResourceNameDnsAAAARecord == true)
            let face = instance.networkInterfaces?.first
            #expect(face?.privateIpAddress == nil && face?.privateIpAddresses?.isEmpty == true && face?.association == nil)
            let address = face?.ipv6Addresses?.first?.ipv6Address
            #expect(address.flatMap { IPv6Block.address($0) }.map { vpc.part(1).contains($0) } == true)
            #expect(instance.ipv6Address == address)
            // AWS leaves the IPv6 endpoint of the metadata service off, in IPv6-only subnets too.
            #expect(instance.metadataOptions?.httpProtocolIpv6 == .disabled)
        }
        let other = try #require(try await aws.run().first)
        for (name, value) in [
            ("ipv6-address", shape.ipv6Address), ("network-interface.ipv6-addresses.ipv6-address", shape.ipv6Address),
            ("network-interface.ipv6-native", "true"), ("private-dns-name", "\(id).ec2.internal"),
            ("private-dns-name-options.hostname-type", "resource-name"),
        ] {
            let found = try await aws.ec2.describeInstances(.init(filters: [Filter(name: name, values: [value ?? ""])]))
            #expect(found.reservations?.flatMap { $0.instances ?? [] }.map(\.instanceId) == [id], "\(name)")
        }
        let rest = try await aws.ec2.describeInstances(
            .init(filters: [Filter(name: "network-interface.ipv6-native", values: ["false"])]))
        #expect(rest.reservations?.flatMap { $0.instances ?? [] }.map(\.instanceId) == [other.instanceId])
        aws.clock.advance(by: .minutes(5))
        let console = try await aws.ec2.getConsoleOutput(.init(instanceId: id)).output.flatMap(Base64.decode)
        let text = String(decoding: console ?? [], as: UTF8.self)
        #expect(text.contains("private address \(shape.ipv6Address ?? "?")") && text.contains("\(id) login:"))

        _ = try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        aws.clock.advance(by: .minutes(5))
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyPrivateDnsNameOptions(.init(instanceId: id, privateDnsHostnameType: .ipName))
        }
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.modifyPrivateDnsNameOptions(.init(instanceId: id, enableResourceNameDnsARecord: true))
        }
        _ = try await aws.ec2.startInstances(.init(instanceIds: [id]))
        aws.clock.advance(by: .minutes(5))
        #expect(try await aws.describe(id)?.ipv6Address == shape.ipv6Address)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [id]))
        aws.clock.advance(by: .minutes(5))
        #expect(try await aws.describe(id)?.state?.name == .terminated)
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
    }

    /// Assumed: the codes and messages.
    @Test func ipv6OnlySubnetRejectsIncompatibleLaunches() async throws {
        let subnet = try await DualStackVpc().subnet(1)
        await refused(
            "Unsupported",
            "The instance type 't2.micro' is not supported in the IPv6-only subnet '\(subnet)'. Specify an instance type that is built on the Nitro System."
        ) { try await aws.run(type: "t2.micro") { $0.subnetId = subnet } }
        await refused("InvalidParameterCombination") {
            try await aws.run {
                $0.networkInterfaces = [.init(associatePublicIpAddress: true, deviceIndex: 0, subnetId: subnet)]
            }
        }
        await refused("InvalidParameterValue") {
            try await aws.run {
                $0.subnetId = subnet
                $0.privateIpAddress = "10.0.1.9"
            }
        }
        await refused("InvalidParameterValue") {
            try await aws.run {
                $0.subnetId = subnet
                $0.privateDnsNameOptions = .init(hostnameType: .ipName)
            }
        }
        await refused("InvalidParameterValue") {
            try await aws.run {
                $0.subnetId = subnet
                $0.privateDnsNameOptions = .init(enableResourceNameDnsARecord: true)
            }
        }
        #expect(try await aws.ec2.describeInstances().reservations?.isEmpty == true)
    }

    @Test func ipv6OnlyInterfacesAttachOnlyToNitroInstances() async throws {
        let zone = "us-east-1a"
        let vpc = try await DualStackVpc()
        let only = try await vpc.subnet(1, zone: zone), both = try await vpc.subnet(2, "10.0.2.0/24", zone: zone)
        let xen = try #require(try await aws.run(type: "t2.micro") { $0.subnetId = both }.first?.instanceId)
        let nitro = try #require(try await aws.run { $0.subnetId = both }.first?.instanceId)
        let id = try await interface(only).networkInterfaceId ?? ""
        await refused("Unsupported") {
            _ = try await aws.ec2.attachNetworkInterface(.init(networkInterfaceId: id, instanceId: xen, deviceIndex: 1))
        }
        _ = try await aws.ec2.attachNetworkInterface(.init(networkInterfaceId: id, instanceId: nitro, deviceIndex: 1))
        let shape = try #require(try await aws.describe(nitro))
        #expect(shape.networkInterfaces?.map { $0.privateIpAddress == nil } == [false, true])
        #expect(shape.privateIpAddress != nil)
    }

    /// Several instances each get an address, and so do those of a launch template.
    @Test func ipv6OnlyLaunchesAssignDistinctAddresses() async throws {
        let subnet = try await DualStackVpc().subnet(1)
        let many = try await aws.run(10) { $0.subnetId = subnet }
        #expect(Set(many.compactMap(\.ipv6Address)).count == 10 && many.allSatisfy { $0.privateIpAddress == nil })
        let data = RequestLaunchTemplateData(
            networkInterfaces: [.init(deviceIndex: 0, ipv6AddressCount: 2, subnetId: subnet)],
            imageId: try await aws.ubuntu(), instanceType: "t3.micro")
        _ = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "six", launchTemplateData: data))
        var request = RunInstancesRequest(maxCount: 1, minCount: 1)
        request.launchTemplate = .init(launchTemplateName: "six")
        let made = try await aws.ec2.runInstances(request).instances?.first
        #expect(made?.networkInterfaces?.first?.ipv6Addresses?.count == 2)
    }
}
