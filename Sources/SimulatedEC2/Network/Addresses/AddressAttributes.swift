import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Elastic_Addressing_Reverse_DNS.html

extension EC2Simulation {
    public func describeAddressesAttribute(
        _ input: DescribeAddressesAttributeRequest, _ context: Context
    ) throws -> DescribeAddressesAttributeResult {
        let paging = try Paging(input, context)
        // List only addresses that have a reverse record or a pending change to one.
        let records = try AddressRecord.list(input.allocationIds, context).filter {
            $0.pointerName != nil || $0.pointerUpdate != nil
        }
        let page = try paging.page(records, of: .address, id: \.id)
        return DescribeAddressesAttributeResult(addresses: page.items.map(\.attribute), nextToken: page.nextToken)
    }

    /// Sets the reverse record. AWS first requires a forward record; Drydock has no DNS service to check and assumes that it
    /// exists.
    public func modifyAddressAttribute(
        _ input: ModifyAddressAttributeRequest, _ context: Context
    ) throws -> ModifyAddressAttributeResult {
        var address = try AddressRecord.get(input.allocationId, context)
        guard let name = input.domainName, !name.isEmpty else { throw AWSError.missingParameter("DomainName") }
        let labels = (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
        let isName =
            labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy {
                        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
                    }
            }
        guard isName, name.utf8.count <= 255 else { throw AWSError.invalidValue(name, for: "DomainName") }
        try address.update(pointer: labels.joined(separator: ".") + ".", context)
        return ModifyAddressAttributeResult(address: address.attribute)
    }

    public func resetAddressAttribute(
        _ input: ResetAddressAttributeRequest, _ context: Context
    ) throws -> ResetAddressAttributeResult {
        var address = try AddressRecord.get(input.allocationId, context)
        guard input.attribute.rawValue == "domain-name" else { throw AWSError.unknownAttribute(input.attribute.rawValue) }
        try address.update(pointer: "", context)
        return ResetAddressAttributeResult(address: address.attribute)
    }
}

extension AddressRecord {
    /// The time that a change of a reverse record takes.
    private static let pointerTime = Duration.seconds(60)

    fileprivate var attribute: AddressAttribute {
        AddressAttribute(
            publicIp: IPv4Block.text(publicAddress), allocationId: id, ptrRecord: pointerName,
            ptrRecordUpdate: pointerUpdate.map { PtrUpdateStatus(value: $0.isEmpty ? nil : $0, status: "PENDING") })
    }

    fileprivate mutating func update(pointer: String, _ context: Context) throws {
        // A name that is already set needs no change.
        guard pointer != pointerName ?? "" else {
            pointerUpdate = nil
            return try update(context)
        }
        pointerUpdate = pointer
        try update(context)
        try Due.set(Self.kind.type, id, at: context.now + context.transitions.duration(Self.pointerTime), context)
    }

    static func settle(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var address = try find(due.id, context), let pointer = address.pointerUpdate else { continue }
            address.pointerName = pointer.isEmpty ? nil : pointer
            address.pointerUpdate = nil
            try address.update(context)
        }
    }
}

// MARK: Pools and EC2-Classic

extension EC2Simulation {
    /// Returns no pools: Drydock does not simulate bringing your own addresses.
    public func describePublicIpv4Pools(
        _ input: DescribePublicIpv4PoolsRequest, _ context: Context
    ) throws -> DescribePublicIpv4PoolsResult {
        let paging = try Paging(input, ids: input.poolIds, named: "poolIds", context)
        if let id = input.poolIds?.first {
            throw AWSError("InvalidPublicIpv4PoolID.NotFound", "The publicIpv4Pool ID '\(id)' does not exist")
        }
        let pools = try FilterTable<PublicIpv4Pool>(tags: { $0.tags }).apply(input.filters, to: [], context)
        return DescribePublicIpv4PoolsResult(publicIpv4Pools: try paging.page(fixed: pools).items)
    }

    /// Returns no addresses: AWS retired EC2-Classic, so none are moving.
    public func describeMovingAddresses(
        _ input: DescribeMovingAddressesRequest, _ context: Context
    ) throws -> DescribeMovingAddressesResult {
        let paging = try Paging(input, context)
        for ip in input.publicIps ?? [] { _ = try AddressRecord.find(publicIp: ip, context) }
        let moving = try FilterTable<MovingAddressStatus>(["moving-status": { [$0.moveStatus?.rawValue] }])
            .apply(input.filters, to: [], context)
        return DescribeMovingAddressesResult(movingAddressStatuses: try paging.page(fixed: moving).items)
    }

    public func moveAddressToVpc(_ input: MoveAddressToVpcRequest, _ context: Context) throws -> MoveAddressToVpcResult {
        let address = try AddressRecord.find(publicIp: input.publicIp, context)
        throw AWSError.classicIsRetired("Address \(IPv4Block.text(address.publicAddress)) is already in EC2-VPC.")
    }

    public func restoreAddressToClassic(
        _ input: RestoreAddressToClassicRequest, _ context: Context
    ) throws -> RestoreAddressToClassicResult {
        let address = try AddressRecord.find(publicIp: input.publicIp, context)
        throw AWSError.classicIsRetired(
            "Address \(IPv4Block.text(address.publicAddress)) cannot be moved to EC2-Classic.")
    }
}

extension AWSError {
    /// Assumed: the error code.
    fileprivate static func classicIsRetired(_ message: String) -> AWSError {
        AWSError("UnsupportedOperation", message, explanation: "EC2-Classic was retired in August 2022.")
    }
}
