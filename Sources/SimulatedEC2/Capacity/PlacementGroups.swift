import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/placement-groups.html

extension Resource where S == PlacementGroup {
    static let placementGroup = Resource(
        ResourceKind(
            "pg", type: "placement-group", code: "InvalidPlacementGroup",
            notFound: "The Placement Group '%' is unknown.", notFoundCode: "InvalidPlacementGroup.Unknown",
            malformed: "InvalidPlacementGroup.Unknown",
            conditions: PlacementGroup.conditions),
        id: \.groupId, tags: \.tags
    ).named(by: \.groupName)
}

// MARK: Handlers

extension EC2Simulation {
    public func createPlacementGroup(
        _ input: CreatePlacementGroupRequest, _ context: Context
    ) throws -> CreatePlacementGroupResult {
        guard let name = input.groupName, !name.isEmpty else { throw AWSError.missingParameter("groupName") }
        guard name.utf8.count <= 255, name.utf8.allSatisfy({ $0 < 128 }) else {
            throw AWSError.invalidValue(name, for: "groupName", "Constraints: up to 255 ASCII characters.")
        }
        if input.parentGroupId != nil || input.linkedGroupId != nil || input.operator != nil {
            throw AWSError.notSimulated("ec2", "CreatePlacementGroup with a parent group, a linked group or an operator")
        }
        let strategy = try PlacementGroup.strategy(of: input)
        let group = try context.create(.placementGroup, input) { group in
            guard try Resource.placementGroup.find(named: name, context) == nil else {
                throw AWSError("InvalidPlacementGroup.Duplicate", "The placement group '\(name)' already exists.")
            }
            // https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/limitations-placement-groups.html
            guard try ResourceRow.count(Resource.placementGroup.kind, context) < 500 else {
                throw AWSError(
                    "PlacementGroupLimitExceeded", "The maximum number of placement groups (500) has been reached.")
            }
            group.groupName = name
            group.strategy = strategy
            group.state = .available
            group.groupArn = context.arn("ec2", "placement-group/\(name)")
            group.partitionCount = strategy == .partition ? input.partitionCount ?? 2 : nil
            group.spreadLevel = strategy == .spread ? .rack : nil
        }
        return CreatePlacementGroupResult(placementGroup: group)
    }

    public func deletePlacementGroup(_ input: DeletePlacementGroupRequest, _ context: Context) throws -> EmptyShape {
        guard !input.groupName.isEmpty else { throw AWSError.missingParameter("groupName") }
        let group = try PlacementGroup.named(input.groupName, context)
        let reservations = try Resource.capacityReservation.all(context).filter {
            $0.phase == "active" && $0.shape.placementGroupArn == group.groupArn
        }
        guard reservations.isEmpty, try group.instances(context).isEmpty else {
            throw AWSError(
                "InvalidPlacementGroup.InUse", "The placement group '\(input.groupName)' is in use and may not be deleted.")
        }
        try context.delete(.placementGroup, group.groupId ?? "")
        return EmptyShape()
    }

    public func describePlacementGroups(
        _ input: DescribePlacementGroupsRequest, _ context: Context
    ) throws -> DescribePlacementGroupsResult {
        var ids = input.groupIds ?? []
        for name in input.groupNames ?? [] { ids.append(try PlacementGroup.named(name, context).groupId ?? "") }
        let page = try context.describe(.placementGroup, input, ids: ids, named: "groupIds")
        return DescribePlacementGroupsResult(placementGroups: page.items)
    }
}

extension PlacementGroup {
    /// The maximum per Availability Zone: partitions of a partition group, running instances of a spread group.
    static let mostInZone = 7

    fileprivate static func strategy(of input: CreatePlacementGroupRequest) throws -> PlacementStrategy {
        guard let strategy = input.strategy else {
            // A partition count determines the strategy. Without either, EC2 requires the strategy.
            guard input.partitionCount == nil else {
                throw AWSError.invalidCombination("The partition count can be specified only with the strategy 'partition'.")
            }
            throw AWSError.missingParameter("strategy")
        }
        guard [.cluster, .spread, .partition].contains(strategy) else {
            if strategy == "precision-time" {
                throw AWSError.notSimulated("ec2", "CreatePlacementGroup with the strategy 'precision-time'")
            }
            throw AWSError.invalidValue(strategy.rawValue, for: "strategy")
        }
        if let count = input.partitionCount {
            guard strategy == .partition else {
                throw AWSError.invalidCombination("The partition count can be specified only with the strategy 'partition'.")
            }
            guard (1...mostInZone).contains(count) else {
                throw AWSError.invalidValue("\(count)", for: "partitionCount", "A group has from 1 to 7 partitions.")
            }
        }
        if let level = input.spreadLevel {
            guard strategy == .spread else {
                throw AWSError.invalidCombination("The spread level can be specified only with the strategy 'spread'.")
            }
            guard level == .rack else {
                guard level == .host else { throw AWSError.invalidValue(level.rawValue, for: "spreadLevel") }
                throw AWSError("UnsupportedOperation", "The spread level 'host' is supported only on Outposts.")
            }
        }
        return strategy
    }

    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let group = try Resource.placementGroup.find(id, context)?.shape else { return [:] }
        return [
            "ec2:PlacementGroupName": [group.groupName ?? ""],
            "ec2:PlacementGroupStrategy": [group.strategy?.rawValue ?? ""],
        ]
    }

    static func named(_ name: String, _ context: Context) throws -> PlacementGroup {
        guard let group = try Resource.placementGroup.find(named: name, context)?.shape else {
            throw Resource.placementGroup.kind.notFound(name)
        }
        return group
    }

    /// Returns the group that a request names by name or id; nil if it names none.
    static func asked(name: String?, id: String?, _ context: Context) throws -> PlacementGroup? {
        switch (name.flatMap { $0.isEmpty ? nil : $0 }, id.flatMap { $0.isEmpty ? nil : $0 }) {
        case (nil, nil): return nil
        case (let name?, nil): return try named(name, context)
        case (nil, let id?): return try Resource.placementGroup.get(id, context).shape
        case (_?, _?):
            throw AWSError.invalidCombination("The parameters GroupName and GroupId cannot be used together.")
        }
    }

    /// Returns the group's instances that are not terminated.
    func instances(_ context: Context) throws -> [InstanceRecord] {
        try InstanceRecord.all(context, "AND placement_group = ? AND phase <> 'terminate'", [groupName ?? ""])
    }
}
