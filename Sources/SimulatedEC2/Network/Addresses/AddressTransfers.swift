import AWSCore
import EC2API
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/WorkWithEIPs.html#transfer-EIPs-intro

/// An offer to transfer an Elastic IP address to another account, stored in the offering account.
struct AddressTransferRecord: StoredResource {
    static let kind = ResourceKind.address
    static let table = "ec2_address_transfer"
    static let columns: ColumnList = ["id", "public_address", "target", "status", "expires_at", "accepted_at"]

    /// The allocation id.
    let id: String
    let publicAddress: UInt32
    let target: String
    /// `pending`, `accepted`, `disabled`.
    var status = "pending"
    let expiresAt: Instant
    var acceptedAt: Instant?

    init(_ address: AddressRecord, to target: String, _ context: Context) {
        id = address.id
        publicAddress = address.publicAddress
        self.target = target
        expiresAt = context.now + .hours(7)
    }

    init(_ row: StoredRow) throws {
        id = try row[0]; publicAddress = try row[1]; target = try row[2]; status = try row[3]
        expiresAt = Instant(milliseconds: try row[4])
        acceptedAt = try (row[5] as Int64?).map(Instant.init(milliseconds:))
    }

    var values: [(any DatabaseValueConvertible)?] {
        [id, publicAddress, target, status, expiresAt.milliseconds, acceptedAt?.milliseconds]
    }

    func isPending(_ context: Context) -> Bool { status == "pending" && context.now < expiresAt }

    /// Whether descriptions list the transfer: pending ones, and accepted ones for 14 days.
    func isShown(_ context: Context) -> Bool {
        isPending(context) || acceptedAt.map { context.now < $0 + .hours(14 * 24) } ?? false
    }

    var shape: AddressTransfer {
        AddressTransfer(
            publicIp: IPv4Block.text(publicAddress), allocationId: id, transferAccountId: target,
            transferOfferExpirationTimestamp: expiresAt, transferOfferAcceptedTimestamp: acceptedAt,
            addressTransferStatus: AddressTransferStatus(status))
    }

    /// Returns the pending offer of an address to the caller's account, and the context of the offering account.
    fileprivate static func offered(_ address: UInt32, _ context: Context) throws -> (AddressTransferRecord, Context)? {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT account FROM ec2_address_transfer
                WHERE region = ? AND public_address = ? AND target = ? AND status = 'pending'
                """)
        for account in try String.fetchAll(statement, arguments: [context.region, address, context.account]) {
            let there = context.within(account: account)
            if let offer = try first(there, "AND public_address = ? AND target = ?", [address, context.account]),
                offer.isPending(context)
            {
                return (offer, there)
            }
        }
        return nil
    }
}

extension EC2Simulation {
    public func enableAddressTransfer(
        _ input: EnableAddressTransferRequest, _ context: Context
    ) throws -> EnableAddressTransferResult {
        let address = try AddressRecord.get(input.allocationId, context)
        let target = input.transferAccountId
        guard target.isAccountId, target != context.account else {
            throw AWSError.invalidValue(target, for: "TransferAccountId")
        }
        try address.requireTransferable()
        // A new offer replaces the previous one.
        try AddressTransferRecord.delete(context, "AND id = ?", [address.id])
        let transfer = AddressTransferRecord(address, to: target, context)
        try transfer.insert(context)
        return EnableAddressTransferResult(addressTransfer: transfer.shape)
    }

    public func disableAddressTransfer(
        _ input: DisableAddressTransferRequest, _ context: Context
    ) throws -> DisableAddressTransferResult {
        let address = try AddressRecord.get(input.allocationId, context)
        guard var transfer = try AddressTransferRecord.find(address.id, context), transfer.isPending(context) else {
            throw AWSError("InvalidTransfer.NotFound", "There is no pending transfer of the address '\(address.id)'")
        }
        try AddressTransferRecord.delete(context, "AND id = ?", [address.id])
        transfer.status = "disabled"
        return DisableAddressTransferResult(addressTransfer: transfer.shape)
    }

    public func acceptAddressTransfer(
        _ input: AcceptAddressTransferRequest, _ context: Context
    ) throws -> AcceptAddressTransferResult {
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .address)
        guard let publicAddress = IPv4Block.address(input.address) else { throw AWSError.invalidAddress(input.address) }
        guard case (var transfer, let there)? = try AddressTransferRecord.offered(publicAddress, context),
            let address = try AddressRecord.find(transfer.id, there)
        else { throw AWSError.addressNotFound(input.address) }
        try address.requireTransferable()
        guard try AddressRecord.count(context) < 5 else {
            throw AWSError("AddressLimitExceeded", "The maximum number of addresses has been reached.")
        }
        // The new owner's address keeps its allocation id but not its tags.
        try address.delete(there)
        try AddressRecord(id: address.id, publicAddress: address.publicAddress).insert(context)
        try tags.apply(.address, to: address.id, context)
        transfer.status = "accepted"
        transfer.acceptedAt = context.now
        try transfer.update(there)
        return AcceptAddressTransferResult(addressTransfer: transfer.shape)
    }

    public func describeAddressTransfers(
        _ input: DescribeAddressTransfersRequest, _ context: Context
    ) throws -> DescribeAddressTransfersResult {
        let paging = try Paging(input, ids: input.allocationIds, named: "allocationIds", context)
        for id in input.allocationIds ?? [] { try ResourceKind.address.check(id) }
        let wanted = input.allocationIds ?? []
        let transfers = try AddressTransferRecord.all(context).filter {
            $0.isShown(context) && (wanted.isEmpty || wanted.contains($0.id))
        }
        let page = try paging.page(transfers.sorted { $0.id < $1.id }) { .name($0.id) }
        return DescribeAddressTransfersResult(addressTransfers: page.items.map(\.shape), nextToken: page.nextToken)
    }
}

extension AddressRecord {
    /// - Throws: AWS's errors for an address that is in use or has a reverse record.
    fileprivate func requireTransferable() throws {
        guard interfaceId == nil else {
            throw AWSError(
                "InvalidTransfer.AddressAssociated",
                "The address '\(IPv4Block.text(publicAddress))' is associated with a resource and cannot be transferred.")
        }
        guard pointerName == nil, pointerUpdate == nil else {
            throw AWSError(
                "InvalidTransfer.AddressCustomPtrSet",
                "The address '\(IPv4Block.text(publicAddress))' has a custom PTR record and cannot be transferred.")
        }
    }
}
