import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-working-with.html

/// The addresses that a request adds to a NAT gateway's first one.
struct NatGatewayAddresses {
    var allocations: [String] = []
    var addresses: [String] = []
    var count = 0

    /// AWS's default quotas: two Elastic IP addresses, eight private ones.
    private static let mostElastic = 2, mostPrivate = 8

    /// - Parameter present: the number of addresses that the gateway has.
    /// - Throws: AWS's errors for parameters that cannot be combined, and for exceeded quotas.
    func check(isPublic: Bool, present: Int) throws {
        if !isPublic, !allocations.isEmpty {
            throw AWSError.invalidCombination(
                "The parameter secondaryAllocationIds cannot be used with the parameter connectivityType=private")
        }
        if isPublic, count > 0 {
            throw AWSError.invalidCombination(
                "The parameter secondaryPrivateIpAddressCount cannot be used with the parameter connectivityType=public")
        }
        if !addresses.isEmpty, count > 0 {
            throw AWSError.invalidCombination(
                "The parameter secondaryPrivateIpAddresses cannot be used with the parameter secondaryPrivateIpAddressCount")
        }
        if isPublic, addresses.count > allocations.count {
            throw AWSError.invalidCombination(
                "The number of secondary private IP addresses may not exceed the number of secondary allocation IDs.")
        }
        guard Set(allocations).count == allocations.count, Set(addresses).count == addresses.count else {
            throw AWSError("InvalidParameterValue", "The same address must not appear multiple times")
        }
        let more = isPublic ? allocations.count : max(addresses.count, count)
        guard present + more <= (isPublic ? Self.mostElastic : Self.mostPrivate) else {
            throw AWSError(
                "NatGatewayAddressLimitExceeded", "The maximum number of addresses per NAT gateway has been reached.")
        }
    }
}

extension NatGateway {
    /// The phase in which addresses are added or removed.
    static let changing = "changing-addresses"

    private var interfaceId: String { natGatewayAddresses?.first?.networkInterfaceId ?? "" }

    /// Starts to add addresses; `finishChange` completes it.
    /// - Parameter isOnline: whether its VPC has an internet gateway.
    @discardableResult
    mutating func add(_ wanted: NatGatewayAddresses, isOnline: Bool, _ context: Context) throws -> [NatGatewayAddress] {
        guard let interface = try NetworkInterfaceRecord.find(interfaceId, context),
            let subnet = try SubnetRecord.find(interface.subnetId, context)
        else { return [] }
        let elastic = try wanted.allocations.map { try AddressRecord.get($0, context) }
        var addressing = InterfaceAddressing()
        addressing.ipv6Count = 0
        addressing.secondary = wanted.addresses
        addressing.secondaryCount = max(elastic.count - wanted.addresses.count, wanted.count, 0)
        let taken = try interface.take(addressing, in: subnet, context).filter { $0.form == .ipv4 }
        let added = try taken.enumerated().map { index, taken in
            var added = NatGatewayAddress(networkInterfaceId: interface.id, privateIp: taken.text, isPrimary: false)
            added.status = elastic.isEmpty ? .assigning : .associating
            guard index < elastic.count else { return added }
            var address = elastic[index]
            added.allocationId = address.id
            if isOnline, address.interfaceId == nil { try address.associate(interface, at: taken.ipv4, context) }
            return added
        }
        natGatewayAddresses = (natGatewayAddresses ?? []) + added
        return added
    }

    /// Completes a change: added addresses succeed or fail, and removed ones disappear.
    mutating func finishChange(_ context: Context) throws {
        let interfaceId = interfaceId
        natGatewayAddresses = try natGatewayAddresses?.compactMap { address in
            var address = address
            let place = try InterfaceAddress.all(of: interfaceId, context).first {
                $0.form == .ipv4 && $0.text == address.privateIp
            }
            switch address.status {
            case .assigning where address.isPrimary != true: address.status = .succeeded
            case .associating where address.isPrimary != true:
                guard let id = address.allocationId, let elastic = try AddressRecord.find(id, context),
                    elastic.interfaceId == interfaceId, elastic.privateAddress == place?.ipv4
                else {
                    address.status = .failed
                    address.failureMessage =
                        "Elastic IP address \(address.allocationId ?? "") could not be associated with this NAT gateway"
                    try place?.release(context)
                    return address
                }
                address.associationId = elastic.associationId
                address.publicIp = IPv4Block.text(elastic.publicAddress)
                address.status = .succeeded
            case .disassociating, .unassigning:
                try place?.release(context)
                return nil
            default: break
            }
            return address
        }
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func associateNatGatewayAddress(
        _ input: AssociateNatGatewayAddressRequest, _ context: Context
    ) throws -> AssociateNatGatewayAddressResult {
        guard !input.allocationIds.isEmpty else { throw AWSError.missingParameter("AllocationIds") }
        let changed = try changeAddresses(input.natGatewayId, isPublic: true, context) { gateway in
            let wanted = NatGatewayAddresses(allocations: input.allocationIds, addresses: input.privateIpAddresses ?? [])
            try wanted.check(isPublic: true, present: gateway.natGatewayAddresses?.count ?? 1)
            for id in wanted.allocations where try AddressRecord.get(id, context).interfaceId != nil {
                throw AWSError("Resource.AlreadyAssociated", "Elastic IP address \(id) is already associated")
            }
            return try gateway.add(wanted, isOnline: true, context)
        }
        return AssociateNatGatewayAddressResult(natGatewayId: input.natGatewayId, natGatewayAddresses: changed)
    }

    public func disassociateNatGatewayAddress(
        _ input: DisassociateNatGatewayAddressRequest, _ context: Context
    ) throws -> DisassociateNatGatewayAddressResult {
        guard !input.associationIds.isEmpty else { throw AWSError.missingParameter("AssociationIds") }
        let changed = try changeAddresses(input.natGatewayId, isPublic: true, context) { gateway in
            try gateway.takeAway(input.associationIds, as: .disassociating, by: \.associationId) {
                AWSError("InvalidAssociationID.NotFound", "The association ID '\($0)' does not exist")
            }
        }
        return DisassociateNatGatewayAddressResult(natGatewayId: input.natGatewayId, natGatewayAddresses: changed)
    }

    public func assignPrivateNatGatewayAddress(
        _ input: AssignPrivateNatGatewayAddressRequest, _ context: Context
    ) throws -> AssignPrivateNatGatewayAddressResult {
        let wanted = NatGatewayAddresses(
            addresses: input.privateIpAddresses ?? [], count: input.privateIpAddressCount ?? 0)
        guard !wanted.addresses.isEmpty || wanted.count > 0 else { throw AWSError.missingParameter("PrivateIpAddressCount") }
        let changed = try changeAddresses(input.natGatewayId, isPublic: false, context) { gateway in
            try wanted.check(isPublic: false, present: gateway.natGatewayAddresses?.count ?? 1)
            return try gateway.add(wanted, isOnline: false, context)
        }
        return AssignPrivateNatGatewayAddressResult(natGatewayId: input.natGatewayId, natGatewayAddresses: changed)
    }

    public func unassignPrivateNatGatewayAddress(
        _ input: UnassignPrivateNatGatewayAddressRequest, _ context: Context
    ) throws -> UnassignPrivateNatGatewayAddressResult {
        guard !input.privateIpAddresses.isEmpty else { throw AWSError.missingParameter("PrivateIpAddresses") }
        let changed = try changeAddresses(input.natGatewayId, isPublic: false, context) { gateway in
            try gateway.takeAway(input.privateIpAddresses, as: .unassigning, by: \.privateIp) {
                AWSError("InvalidParameterValue", "The private IP address \($0) is not assigned to the NAT gateway")
            }
        }
        return UnassignPrivateNatGatewayAddressResult(natGatewayId: input.natGatewayId, natGatewayAddresses: changed)
    }

    private func changeAddresses(
        _ id: String, isPublic: Bool, _ context: Context, _ change: (inout NatGateway) throws -> [NatGatewayAddress]
    ) throws -> [NatGatewayAddress] {
        var stored = try Resource.natGateway.get(id, context)
        // Assumed: the error codes.
        guard (stored.shape.connectivityType == .public) == isPublic else {
            throw AWSError(
                "InvalidParameterValue",
                "The NAT gateway '\(id)' does not have the connectivity type '\(isPublic ? "public" : "private")'.")
        }
        guard stored.phase == "available" else {
            throw AWSError(
                "IncorrectState", "The NAT gateway '\(id)' is not in a state in which its addresses can be changed.",
                explanation: "It is \(stored.phase).")
        }
        let changed = try change(&stored.shape)
        try Resource.natGateway.move(&stored, to: NatGateway.changing, at: context.now, context)
        return changed
    }
}

extension NatGateway {
    /// - Returns: the addresses that the change removes.
    fileprivate mutating func takeAway(
        _ values: [String], as status: NatGatewayAddressStatus, by member: KeyPath<NatGatewayAddress, String?>,
        orThrow absent: (String) -> AWSError
    ) throws -> [NatGatewayAddress] {
        var gone: [NatGatewayAddress] = []
        for value in values {
            guard let index = natGatewayAddresses?.firstIndex(where: { $0[keyPath: member] == value }),
                let address = natGatewayAddresses?[index]
            else { throw absent(value) }
            guard address.isPrimary != true else {
                throw AWSError("InvalidParameterValue", "The primary address of a NAT gateway can't be taken away: \(value)")
            }
            natGatewayAddresses?[index].status = status
            var shown = address
            shown.status = status
            gone.append(shown)
        }
        return gone
    }
}
