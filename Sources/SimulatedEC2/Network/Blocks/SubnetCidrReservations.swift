import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/userguide/subnet-cidr-reservation.html

extension Resource where S == SubnetCidrReservation {
    static let subnetCidrReservation = Resource(
        ResourceKind(
            "scr", type: "subnet-cidr-reservation", code: "InvalidSubnetCidrReservationID",
            notFound: "The subnet CIDR reservation ID '%' does not exist"),
        id: \.subnetCidrReservationId, tags: \.tags, refers: [.to("subnet", \.subnetId, .cascades)],
        filters: [
            "reservationType": { [$0.reservationType?.rawValue] }, "subnet-id": { [$0.subnetId] },
        ]
    ).owned(by: \.ownerId)

    func reservations(of subnetId: String, _ context: Context) throws -> [Stored<SubnetCidrReservation>] {
        try Relations.referrers(to: subnetId, kind: kind, role: "subnet", context).compactMap { try find($0, context) }
    }
}

extension SubnetRecord {
    func reservedBlocks(_ context: Context) throws -> [IPv4Block] {
        try Resource.subnetCidrReservation.reservations(of: id, context).compactMap { $0.shape.cidr.flatMap(IPv4Block.init) }
    }
}

extension EC2Simulation {
    public func createSubnetCidrReservation(
        _ input: CreateSubnetCidrReservationRequest, _ context: Context
    ) throws -> CreateSubnetCidrReservationResult {
        let subnet = try SubnetRecord.get(input.subnetId, context)
        let cidr = try Self.reservable(input.cidr, in: subnet, context)
        let reservation = try context.create(.subnetCidrReservation, input) { reservation in
            reservation.subnetId = subnet.id
            reservation.cidr = cidr
            reservation.reservationType = input.reservationType
            reservation.description = input.description
        }
        return CreateSubnetCidrReservationResult(subnetCidrReservation: reservation)
    }

    /// Checks that the block lies within the subnet and that no other reservation has it.
    private static func reservable(_ text: String, in subnet: SubnetRecord, _ context: Context) throws -> String {
        let others = try Resource.subnetCidrReservation.reservations(of: subnet.id, context).compactMap(\.shape.cidr)
        func conflict() -> AWSError {
            AWSError("InvalidSubnet.Conflict", "The CIDR '\(text)' conflicts with another subnet CIDR reservation")
        }
        if let block = IPv4Block(text) {
            guard subnet.block?.contains(block) == true else {
                throw AWSError("InvalidSubnet.Range", "The CIDR '\(text)' is invalid.")
            }
            if others.compactMap({ IPv4Block($0) }).contains(where: { $0.overlaps(block) }) { throw conflict() }
            return block.description
        }
        guard let block = IPv6Block(text) else {
            throw AWSError.invalidValue(text, for: "cidr", "This is not a valid CIDR block.")
        }
        guard try subnet.ipv6(context)?.contains(block) == true else {
            throw AWSError("InvalidSubnet.Range", "The CIDR '\(text)' is invalid.")
        }
        if others.compactMap({ IPv6Block($0) }).contains(where: { $0.overlaps(block) }) { throw conflict() }
        return block.description
    }

    public func deleteSubnetCidrReservation(
        _ input: DeleteSubnetCidrReservationRequest, _ context: Context
    ) throws -> DeleteSubnetCidrReservationResult {
        DeleteSubnetCidrReservationResult(
            deletedSubnetCidrReservation: try context.delete(.subnetCidrReservation, input.subnetCidrReservationId))
    }

    public func getSubnetCidrReservations(
        _ input: GetSubnetCidrReservationsRequest, _ context: Context
    ) throws -> GetSubnetCidrReservationsResult {
        let subnet = try SubnetRecord.get(input.subnetId, context)
        let paging = try Paging(input, context)
        let test = try Resource.subnetCidrReservation.filterTable.predicate(input.filters, context)
        let shown = try Resource.subnetCidrReservation.reservations(of: subnet.id, context).map { stored in
            var stored = stored
            stored.shape = try context.shown(.subnetCidrReservation, stored)
            return stored
        }
        let page = try paging.page(shown.filter { test($0.shape) }) { .number($0.number) }
        let own = page.items.map(\.shape)
        return GetSubnetCidrReservationsResult(
            subnetIpv4CidrReservations: own.filter { $0.cidr.flatMap(IPv4Block.init) != nil },
            subnetIpv6CidrReservations: own.filter { $0.cidr.flatMap(IPv6Block.init) != nil }, nextToken: page.nextToken)
    }
}
