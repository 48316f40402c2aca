import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator) struct Addresses {
    private let aws = AWS.current

    @Test func addressIsAllocatedAssociatedAndReleased() async throws {
        let made = try await aws.ec2.allocateAddress(.init(domain: "vpc"))
        let id = try #require(made.allocationId)
        #expect(made.domain == "vpc")
        #expect(made.publicIpv4Pool == "amazon")
        #expect(made.networkBorderGroup == "us-east-1")
        let interface = try #require(try aws.interfaces(of: ["i-00000000000000001"]).first)
        let association = try await aws.ec2.associateAddress(.init(allocationId: id, instanceId: "i-00000000000000001"))
        #expect(association.associationId?.hasPrefix("eipassoc-0") == true)
        let shown = try #require(try await aws.ec2.describeAddresses(.init(allocationIds: [id])).addresses?.first)
        #expect(shown.instanceId == "i-00000000000000001")
        #expect(shown.networkInterfaceId == interface.id)
        #expect(shown.privateIpAddress == interface.privateAddress.map { IPv4Block.text($0) })
        #expect(shown.associationId == association.associationId)
        let face = try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first?.association
        #expect(face?.publicIp == made.publicIp)
        #expect(face?.ipOwnerId == "123456789012")
        #expect(face?.allocationId == id)
        // Repeating the call changes nothing.
        let again = try await aws.ec2.associateAddress(.init(allocationId: id, instanceId: "i-00000000000000001"))
        #expect(again.associationId == association.associationId)
        try await aws.ec2.disassociateAddress(.init(associationId: association.associationId))
        let own = try await aws.ec2.describeNetworkInterfaces().networkInterfaces?.first?.association
        #expect(own?.ipOwnerId == "amazon")
        try await aws.ec2.releaseAddress(.init(allocationId: id))
        await refused("InvalidAllocationID.NotFound", "The allocation ID '\(id)' does not exist") {
            try await aws.ec2.releaseAddress(.init(allocationId: id))
        }
    }

    @Test func allocateAddressLimitIsFive() async throws {
        for _ in 0..<5 { try await aws.ec2.allocateAddress() }
        await refused("AddressLimitExceeded", "The maximum number of addresses has been reached.") {
            try await aws.ec2.allocateAddress()
        }
        let ips = try await aws.ec2.describeAddresses().addresses?.compactMap(\.publicIp) ?? []
        #expect(Set(ips).count == 5)
        #expect(try await aws.ec2.describeAddressesAttribute(.init(attribute: "domain-name")).addresses?.isEmpty == true)
    }

    @Test func associateAddressRejectsDisallowedReassociation() async throws {
        let id = try #require(try await aws.ec2.allocateAddress().allocationId)
        _ = try aws.interfaces(of: ["i-00000000000000001", "i-00000000000000002"])
        let first = try await aws.ec2.associateAddress(.init(allocationId: id, instanceId: "i-00000000000000001"))
        await refused(
            "Resource.AlreadyAssociated",
            "resource \(id) is already associated with associate-id \(first.associationId ?? "")"
        ) {
            try await aws.ec2.associateAddress(
                .init(allocationId: id, instanceId: "i-00000000000000002", allowReassociation: false))
        }
        let second = try await aws.ec2.associateAddress(.init(allocationId: id, instanceId: "i-00000000000000002"))
        #expect(second.associationId != first.associationId)
        await refused("InvalidAssociationID.NotFound") {
            try await aws.ec2.disassociateAddress(.init(associationId: first.associationId))
        }
    }

    @Test func missingOrUnknownAddressIdsAreRejected() async throws {
        await refused("MissingParameter") { try await aws.ec2.releaseAddress(.init()) }
        await refused("InvalidAddress.NotFound", "Address '203.0.113.1' not found.") {
            try await aws.ec2.describeAddresses(.init(publicIps: ["203.0.113.1"]))
        }
        await refused("InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0123456789abcdef0' does not exist") {
            try await aws.ec2.describeNetworkInterfaces(.init(networkInterfaceIds: ["eni-0123456789abcdef0"]))
        }
    }
}
