import AWSCore
import EC2API
import SimulatorCore

/// The placement of an instance in its placement group, at launch or when it moves.
struct GroupPlacement {
    let group: PlacementGroup
    private let others: [InstanceRecord]
    private let wanted: Int?

    /// - Parameter instance: the instance that moves, which is excluded from `others`.
    /// - Throws: AWS's errors for absent groups and absent partitions.
    init?(_ placement: Placement?, moving instance: String? = nil, _ context: Context) throws {
        guard let group = try PlacementGroup.asked(name: placement?.groupName, id: placement?.groupId, context) else {
            guard placement?.partitionNumber == nil else { throw AWSError.needsPartitionGroup }
            return nil
        }
        if let number = placement?.partitionNumber {
            guard group.strategy == .partition else { throw AWSError.needsPartitionGroup }
            guard (1...(group.partitionCount ?? 1)).contains(number) else {
                throw AWSError.invalidValue(
                    "\(number)", for: "partitionNumber",
                    "The placement group '\(group.groupName ?? "")' has \(group.partitionCount ?? 1) partitions.")
            }
        }
        self.group = group
        wanted = placement?.partitionNumber
        others = try group.instances(context).filter { $0.id != instance }
    }

    var name: String { group.groupName ?? "" }

    /// The zone of a cluster group's existing instances.
    var zone: String? { group.strategy == .cluster ? others.first?.zone : nil }

    /// - Throws: AWS's error for a type that the strategy does not support, or for too little room in the zone.
    func check(_ type: InstanceTypeFigures, zone: String, count: Int, tenancy: String) throws {
        let strategy = group.strategy?.rawValue ?? ""
        guard type["pg"]?.contains(strategy.prefix(1)) ?? false else {
            throw AWSError.invalidCombination(
                "\(strategy.prefix(1).uppercased() + strategy.dropFirst()) placement groups are not supported by the "
                    + "'\(type.name)' instance type. Specify a supported instance type or change the placement group strategy, "
                    + "and try again.")
        }
        // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/limitations-placement-groups.html
        guard tenancy != "host" else {
            throw AWSError.invalidCombination("Dedicated Hosts cannot be launched in placement groups.")
        }
        if let own = self.zone, own != zone {
            throw AWSError.invalidCombination(
                "The instances of the cluster placement group '\(name)' are in the Availability Zone '\(own)'.")
        }
        guard group.strategy == .spread else { return }
        let present = others.count { $0.zone == zone && $0.phase == .start }
        guard present + count <= PlacementGroup.mostInZone else {
            throw AWSError(
                "InsufficientInstanceCapacity", status: 500,
                "We currently do not have sufficient capacity in the Availability Zone you requested (\(zone)) for the spread "
                    + "placement group '\(name)', which can have \(PlacementGroup.mostInZone) running instances in each zone.")
        }
    }

    /// Returns the partitions of new instances: the requested one, or those with the fewest instances.
    func partitions(_ count: Int) -> [Int?] {
        guard group.strategy == .partition else { return Array(repeating: nil, count: count) }
        if let wanted { return Array(repeating: wanted, count: count) }
        var present: [Int: Int] = [:]
        for instance in others { present[instance.options.partitionNumber ?? 0, default: 0] += 1 }
        return (0..<count).map { _ in
            let emptiest = (1...(group.partitionCount ?? 1)).min { (present[$0] ?? 0, $0) < (present[$1] ?? 0, $1) } ?? 1
            present[emptiest, default: 0] += 1
            return emptiest
        }
    }
}

extension AWSError {
    fileprivate static let needsPartitionGroup = AWSError.invalidCombination(
        "The parameter PartitionNumber can be used only with a placement group whose strategy is partition.")
}
