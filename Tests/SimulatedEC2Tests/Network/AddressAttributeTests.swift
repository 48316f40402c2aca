import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct AddressAttributes {
    private let aws = AWS.current

    private func allocate() async throws -> String { try #require(try await aws.ec2.allocateAddress(.init()).allocationId) }

    private func attribute(_ id: String) async throws -> AddressAttribute? {
        try await aws.ec2.describeAddressesAttribute(.init(allocationIds: [id], attribute: "domain-name")).addresses?.first
    }

    @Test func ptrRecordAppliesAfterDelayAndBlocksRelease() async throws {
        let id = try await allocate()
        #expect(try await attribute(id) == nil)
        let changed = try await aws.ec2.modifyAddressAttribute(.init(allocationId: id, domainName: "mail.example.com"))
        #expect(changed.address?.ptrRecordUpdate?.status == "PENDING")
        #expect(changed.address?.ptrRecordUpdate?.value == "mail.example.com.")
        aws.clock.advance(by: .minutes(2))
        #expect(try await attribute(id)?.ptrRecord == "mail.example.com.")
        #expect(try await attribute(id)?.ptrRecordUpdate == nil)
        await refused("InvalidAddress.Locked") { try await aws.ec2.releaseAddress(.init(allocationId: id)) }
        await refused("InvalidTransfer.AddressCustomPtrSet") {
            try await aws.ec2.enableAddressTransfer(.init(allocationId: id, transferAccountId: "999988887777"))
        }
        try await aws.ec2.resetAddressAttribute(.init(allocationId: id, attribute: "domain-name"))
        aws.clock.advance(by: .minutes(2))
        #expect(try await attribute(id) == nil)
        try await aws.ec2.releaseAddress(.init(allocationId: id))
    }

    @Test func modifyAddressAttributeRejectsInvalidDomainNames() async throws {
        let id = try await allocate()
        for name in ["example", "-a.example.com", "a..com", "a b.com"] {
            await refused("InvalidParameterValue") {
                try await aws.ec2.modifyAddressAttribute(.init(allocationId: id, domainName: name))
            }
        }
        await refused("MissingParameter") { try await aws.ec2.modifyAddressAttribute(.init(allocationId: id)) }
        await refused("InvalidAllocationID.NotFound") {
            try await aws.ec2.modifyAddressAttribute(
                .init(allocationId: "eipalloc-0123456789abcdef0", domainName: "a.example.com"))
        }
    }

    @Test func acceptAddressTransferMovesAddressToOtherAccount() async throws {
        let id = try await allocate()
        let ip = try #require(try await aws.ec2.describeAddresses().addresses?.first?.publicIp)
        let other = aws.account("999988887777")
        await refused("InvalidAddress.NotFound") { try await other.acceptAddressTransfer(.init(address: ip)) }
        let offer = try await aws.ec2.enableAddressTransfer(.init(allocationId: id, transferAccountId: "999988887777"))
        #expect(offer.addressTransfer?.addressTransferStatus == .pending && offer.addressTransfer?.publicIp == ip)
        #expect(offer.addressTransfer?.transferOfferExpirationTimestamp == aws.clock.now + .hours(7))
        #expect(try await aws.ec2.describeAddressTransfers().addressTransfers?.map(\.allocationId) == [id])
        let accepted = try await other.acceptAddressTransfer(.init(address: ip))
        #expect(accepted.addressTransfer?.addressTransferStatus == .accepted)
        #expect(try await aws.ec2.describeAddresses().addresses?.isEmpty == true)
        #expect(try await other.describeAddresses().addresses?.map(\.publicIp) == [ip])
        #expect(try await aws.ec2.describeAddressTransfers().addressTransfers?.map(\.addressTransferStatus) == [.accepted])
        aws.clock.advance(by: .hours(15 * 24))
        #expect(try await aws.ec2.describeAddressTransfers().addressTransfers?.isEmpty == true)
    }

    @Test func disabledOrExpiredAddressTransferCannotBeAccepted() async throws {
        let id = try await allocate()
        let ip = try #require(try await aws.ec2.describeAddresses().addresses?.first?.publicIp)
        let other = aws.account("999988887777")
        try await aws.ec2.enableAddressTransfer(.init(allocationId: id, transferAccountId: "999988887777"))
        let disabled = try await aws.ec2.disableAddressTransfer(.init(allocationId: id))
        #expect(disabled.addressTransfer?.addressTransferStatus == .disabled)
        await refused("InvalidAddress.NotFound") { try await other.acceptAddressTransfer(.init(address: ip)) }
        try await aws.ec2.enableAddressTransfer(.init(allocationId: id, transferAccountId: "999988887777"))
        aws.clock.advance(by: .hours(8))
        await refused("InvalidAddress.NotFound") { try await other.acceptAddressTransfer(.init(address: ip)) }
        // Assumed: the code.
        await refused("InvalidTransfer.NotFound") { try await aws.ec2.disableAddressTransfer(.init(allocationId: id)) }
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableAddressTransfer(.init(allocationId: id, transferAccountId: "123456789012"))
        }
    }

    @Test func classicAddressOperationsAreUnsupported() async throws {
        let ip = try #require(try await aws.ec2.allocateAddress(.init()).publicIp)
        #expect(try await aws.ec2.describeMovingAddresses().movingAddressStatuses?.isEmpty == true)
        #expect(try await aws.ec2.describePublicIpv4Pools().publicIpv4Pools?.isEmpty == true)
        // Assumed: the code.
        await refused("UnsupportedOperation") { try await aws.ec2.moveAddressToVpc(.init(publicIp: ip)) }
        await refused("UnsupportedOperation") { try await aws.ec2.restoreAddressToClassic(.init(publicIp: ip)) }
        await refused("InvalidAddress.NotFound") { try await aws.ec2.moveAddressToVpc(.init(publicIp: "203.0.113.1")) }
        await refused("InvalidPublicIpv4PoolID.NotFound") {
            try await aws.ec2.describePublicIpv4Pools(.init(poolIds: ["ipv4pool-ec2-012345abcdef0"]))
        }
        await refused("InvalidParameterValue") {
            try await aws.ec2.describeMovingAddresses(.init(filters: [Filter(name: "color", values: ["blue"])]))
        }
    }
}
