import DrydockTesting
import Testing

@Suite(.simulator) struct NetworkAcls {
    private let aws = AWS.current

    private func create(in vpc: String) async throws -> String {
        try #require(try await aws.ec2.createNetworkAcl(.init(vpcId: vpc)).networkAcl?.networkAclId)
    }

    private func list(_ id: String) async throws -> NetworkAcl {
        try #require(try await aws.ec2.describeNetworkAcls(.init(networkAclIds: [id])).networkAcls?.first)
    }

    private func standard(of vpc: String) async throws -> NetworkAcl {
        let filters = [Filter(name: "vpc-id", values: [vpc]), Filter(name: "default", values: ["true"])]
        return try #require(try await aws.ec2.describeNetworkAcls(.init(filters: filters)).networkAcls?.first)
    }

    private func entry(
        _ list: String, _ number: Int = 100, _ name: String = "6", _ cidr: String? = "10.0.0.0/8", ipv6: String? = nil,
        ports: ClosedRange<Int>? = 80...80, icmp: IcmpTypeCode? = nil, egress: Bool = false
    ) async throws {
        try await aws.ec2.createNetworkAclEntry(
            .init(
                networkAclId: list, ruleNumber: number, protocol: name, ruleAction: .allow, egress: egress, cidrBlock: cidr,
                ipv6CidrBlock: ipv6, icmpTypeCode: icmp,
                portRange: ports.map { PortRange(from: $0.lowerBound, to: $0.upperBound) }))
    }

    @Test func networkAclIsCreatedDescribedAndDeleted() async throws {
        let vpc = try await aws.vpc()
        let tags = [TagSpecification(resourceType: "network-acl", tags: [Tag(key: "Name", value: "tight")])]
        let made = try #require(
            try await aws.ec2.createNetworkAcl(.init(tagSpecifications: tags, clientToken: "once", vpcId: vpc)).networkAcl)
        let id = try #require(made.networkAclId)
        #expect(id.wholeMatch(of: /acl-0[0-9a-f]{16}/) != nil)
        #expect(made.isDefault == false && made.vpcId == vpc && made.ownerId == "123456789012")
        #expect(made.associations?.isEmpty == true && made.tags?.first?.value == "tight")
        #expect(made.entries?.map(\.ruleNumber) == [32767, 32767] && made.entries?.map(\.egress) == [true, false])
        #expect(made.entries?.allSatisfy { $0.ruleAction == .deny && $0.protocol == "-1" } == true)
        let again = try await aws.ec2.createNetworkAcl(.init(tagSpecifications: tags, clientToken: "once", vpcId: vpc))
        #expect(again.networkAcl?.networkAclId == id)
        await refused("DependencyViolation", "The vpc '\(vpc)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteVpc(.init(vpcId: vpc))
        }
        try await aws.ec2.deleteNetworkAcl(.init(networkAclId: id))
        await refused("InvalidNetworkAclID.NotFound", "The networkAcl ID '\(id)' does not exist") { _ = try await list(id) }
        await refused("InvalidNetworkAclId.Malformed") { try await aws.ec2.deleteNetworkAcl(.init(networkAclId: "acl")) }
        try await aws.ec2.deleteVpc(.init(vpcId: vpc))
    }

    @Test func replaceNetworkAclAssociationMovesSubnet() async throws {
        let vpc = try await aws.vpc(), id = try await create(in: vpc)
        let subnet = try #require(try await aws.ec2.createSubnet(.init(cidrBlock: "10.0.1.0/24", vpcId: vpc)).subnet?.subnetId)
        let first = try await standard(of: vpc)
        let old = try #require(first.associations?.first?.networkAclAssociationId)
        #expect(first.associations?.map(\.subnetId) == [subnet])
        let new = try #require(
            try await aws.ec2.replaceNetworkAclAssociation(.init(associationId: old, networkAclId: id)).newAssociationId)
        #expect(new != old)
        #expect(try await standard(of: vpc).associations?.isEmpty == true)
        #expect(try await list(id).associations?.first?.networkAclAssociationId == new)
        await refused("InvalidAssociationID.NotFound", "The association ID '\(old)' does not exist") {
            _ = try await aws.ec2.replaceNetworkAclAssociation(.init(associationId: old, networkAclId: id))
        }
        await refused("DependencyViolation", "The networkAcl '\(id)' has dependencies and cannot be deleted.") {
            try await aws.ec2.deleteNetworkAcl(.init(networkAclId: id))
        }
        await refused("InvalidParameterValue", "cannot delete default network ACL \(first.networkAclId ?? "")") {
            try await aws.ec2.deleteNetworkAcl(.init(networkAclId: first.networkAclId ?? ""))
        }
        let foreign = try await create(in: try await aws.vpc("10.1.0.0/16"))
        await refused("InvalidParameterValue", "Network ACL \(foreign) and subnet \(subnet) belong to different networks") {
            _ = try await aws.ec2.replaceNetworkAclAssociation(.init(associationId: new, networkAclId: foreign))
        }
        try await aws.ec2.deleteSubnet(.init(subnetId: subnet))
        try await aws.ec2.deleteNetworkAcl(.init(networkAclId: id))
    }

    @Test func networkAclEntriesAreCreatedReplacedAndDeleted() async throws {
        let id = try await create(in: try await aws.vpc())
        try await entry(id, 200)
        // Host bits are cleared.
        try await entry(id, 100, "17", "100.68.0.18/18", ports: 53...53)
        try await entry(id, 100, "1", "0.0.0.0/0", ports: nil, icmp: IcmpTypeCode(code: -1, type: 8), egress: true)
        // Other protocols have no ports; AWS omits them.
        try await entry(id, 110, "-1", nil, ipv6: "2001:DB8::1/32", ports: 22...22, egress: true)
        let entries = try #require(try await list(id).entries)
        #expect(entries.map(\.ruleNumber) == [100, 110, 32767, 100, 200, 32767])
        #expect(entries[0].icmpTypeCode?.type == 8 && entries[0].icmpTypeCode?.code == -1)
        #expect(entries[1].ipv6CidrBlock == "2001:db8::/32" && entries[1].cidrBlock == nil && entries[1].portRange == nil)
        #expect(entries[3].cidrBlock == "100.68.0.0/18" && entries[3].portRange?.from == 53)
        await refused("NetworkAclEntryAlreadyExists", "The network acl entry identified by 200 already exists.") {
            try await entry(id, 200)
        }
        try await aws.ec2.replaceNetworkAclEntry(
            .init(
                networkAclId: id, ruleNumber: 200, protocol: "6", ruleAction: .deny, egress: false, cidrBlock: "10.0.0.0/8",
                portRange: .init(from: 22, to: 22)))
        #expect(try await list(id).entries?[4].ruleAction == .deny)
        let filter = [Filter(name: "entry.protocol", values: ["udp"]), Filter(name: "entry.port-range.from", values: ["53"])]
        #expect(try await aws.ec2.describeNetworkAcls(.init(filters: filter)).networkAcls?.map(\.networkAclId) == [id])
        try await aws.ec2.deleteNetworkAclEntry(.init(networkAclId: id, ruleNumber: 200, egress: false))
        await refused("InvalidNetworkAclEntry.NotFound") {
            try await aws.ec2.deleteNetworkAclEntry(.init(networkAclId: id, ruleNumber: 200, egress: false))
        }
        await refused("InvalidNetworkAclEntry.NotFound") {
            try await aws.ec2.replaceNetworkAclEntry(
                .init(
                    networkAclId: id, ruleNumber: 7, protocol: "-1", ruleAction: .allow, egress: true, cidrBlock: "10.0.0.0/8"))
        }
    }

    @Test func networkAclLimitIs20EntriesPerDirectionAndFamily() async throws {
        let id = try await create(in: try await aws.vpc())
        for number in 1...20 { try await entry(id, number) }
        await refused("NetworkAclEntryLimitExceeded") { try await entry(id, 21) }
        try await entry(id, 21, egress: true)
        for number in 31...50 { try await entry(id, number, "6", nil, ipv6: "::/0") }
        await refused("NetworkAclEntryLimitExceeded") { try await entry(id, 51, "6", nil, ipv6: "::/0") }
        try await entry(id, 51, "6", nil, ipv6: "::/0", egress: true)
        // With the last entry of each direction.
        #expect(try await list(id).entries?.count == 44)
    }

    @Test func invalidNetworkAclEntriesAreRejected() async throws {
        let id = try await create(in: try await aws.vpc())
        for number in [0, 32767, -1] { await refused("InvalidParameterValue") { try await entry(id, number) } }
        await refused("InvalidParameterValue", "Invalid value 'tcp' for IP protocol. Unknown protocol.") {
            try await entry(id, 1, "tcp")
        }
        await refused("InvalidParameterValue") { try await entry(id, 1, "256") }
        await refused("InvalidParameterValue") { try await entry(id, 1, ports: nil) }
        await refused("InvalidParameterValue") { try await entry(id, 1, ports: 80...65536) }
        await refused("MissingParameter") { try await entry(id, 1, "1", ports: nil) }
        await refused("InvalidParameterValue") { try await entry(id, 1, "1", icmp: IcmpTypeCode(code: 0, type: 256)) }
        await refused("MissingParameter") { try await entry(id, 1, "6", nil) }
        await refused("InvalidParameterCombination") { try await entry(id, 1, ipv6: "::/0") }
        await refused(
            "InvalidParameterValue", "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block."
        ) { try await entry(id, 1, "6", "10.0.0.0") }
        await refused("InvalidParameterValue") { try await entry(id, 1, "6", nil, ipv6: "fe80::1") }
        await refused("InvalidNetworkAclID.NotFound") { try await entry("acl-0123456789abcdef0") }
        #expect(try await list(id).entries?.count == 2)
    }

    @Test func networkAclsGainDefaultIPv6EntriesWithVpcBlock() async throws {
        let vpc = try await aws.vpc(), own = try await create(in: vpc)
        let made = try await aws.ec2.associateVpcCidrBlock(.init(vpcId: vpc, amazonProvidedIpv6CidrBlock: true))
        #expect(try await standard(of: vpc).entries?.map(\.ruleNumber) == [100, 101, 32767, 32768, 100, 101, 32767, 32768])
        #expect(try await list(own).entries?.map(\.ruleNumber) == [32767, 32768, 32767, 32768])
        let new = try await create(in: vpc)
        #expect(try await list(new).entries?.count == 4)
        _ = try await aws.ec2.disassociateVpcCidrBlock(
            .init(associationId: made.ipv6CidrBlockAssociation?.associationId ?? ""))
        #expect(try await standard(of: vpc).entries?.map(\.ruleNumber) == [100, 32767, 100, 32767])
    }
}
