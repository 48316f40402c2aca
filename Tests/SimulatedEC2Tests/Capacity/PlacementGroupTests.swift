import DrydockTesting
import Testing

@Suite(.simulator) struct PlacementGroups {
    private let aws = AWS.current

    @discardableResult
    private func create(
        _ name: String, _ strategy: PlacementStrategy, partitions: Int? = nil
    ) async throws -> PlacementGroup {
        var request = CreatePlacementGroupRequest(groupName: name, strategy: strategy)
        request.partitionCount = partitions
        return try #require(try await aws.ec2.createPlacementGroup(request).placementGroup)
    }

    private func described(_ filters: Filter...) async throws -> [String?] {
        try await aws.ec2.describePlacementGroups(.init(filters: filters)).placementGroups?.map(\.groupName) ?? []
    }

    @Test func placementGroupIsCreatedDescribedAndDeleted() async throws {
        let tags = [TagSpecification(resourceType: "placement-group", tags: [Tag(key: "Team", value: "hpc")])]
        var request = CreatePlacementGroupRequest(groupName: "near", strategy: .cluster)
        request.tagSpecifications = tags
        let made = try #require(try await aws.ec2.createPlacementGroup(request).placementGroup)
        #expect(made.state == .available && made.strategy == .cluster && made.partitionCount == nil)
        #expect(made.groupId?.hasPrefix("pg-0") == true && made.tags?.first?.value == "hpc")
        #expect(made.groupArn == "arn:aws:ec2:us-east-1:123456789012:placement-group/near")
        #expect(try await create("apart", .partition).partitionCount == 2)
        #expect(try await create("far", .spread).spreadLevel == .rack)
        #expect(try await described(Filter(name: "strategy", values: ["cluster", "spread"])) == ["near", "far"])
        #expect(try await described(Filter(name: "group-name", values: ["a*"])) == ["apart"])
        #expect(try await described(Filter(name: "group-arn", values: ["*/near"])) == ["near"])
        #expect(try await described(Filter(name: "spread-level", values: ["rack"])) == ["far"])
        #expect(try await described(Filter(name: "state", values: ["available"])).count == 3)
        #expect(try await described(Filter(name: "tag:Team", values: ["hpc"])) == ["near"])
        let byId = try await aws.ec2.describePlacementGroups(.init(groupIds: [made.groupId ?? ""])).placementGroups
        #expect(byId?.map(\.groupName) == ["near"])
        try await aws.ec2.deletePlacementGroup(.init(groupName: "near"))
        await refused("InvalidPlacementGroup.Unknown", "The Placement Group 'near' is unknown.") {
            try await aws.ec2.describePlacementGroups(.init(groupNames: ["near"]))
        }
        #expect(try await described() == ["apart", "far"])
    }

    /// The codes are documented; the messages are assumed.
    @Test func invalidPlacementGroupRequestsAreRejected() async throws {
        try await create("near", .cluster)
        await refused("InvalidPlacementGroup.Duplicate") { try await create("near", .spread) }
        await refused("InvalidParameterValue") { try await create("many", .partition, partitions: 8) }
        await refused("InvalidParameterCombination") { try await create("odd", .cluster, partitions: 2) }
        await refused("InvalidParameterValue") { try await create("odd", "heap") }
        await refused("MissingParameter") { try await aws.ec2.createPlacementGroup(.init(groupName: "odd")) }
        await refused("MissingParameter") { try await aws.ec2.createPlacementGroup(.init(strategy: .cluster)) }
        await refused("InvalidParameterValue") { try await create(String(repeating: "x", count: 256), .cluster) }
        await refused("InvalidPlacementGroup.Unknown") { try await aws.ec2.deletePlacementGroup(.init(groupName: "far")) }
        // Assumed: the code for a malformed id, which AWS's page of error codes lacks.
        await refused("InvalidPlacementGroup.Unknown") {
            try await aws.ec2.describePlacementGroups(.init(groupIds: ["near"]))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            _ = try await described(Filter(name: "colour", values: ["red"]))
        }
        await refused("InvalidPlacementGroup.Unknown") { try await aws.run { $0.placement = .init(groupName: "far") } }
    }

    @Test func deletePlacementGroupRejectsGroupInUse() async throws {
        let group = try await create("near", .cluster)
        let instance = try #require(
            try await aws.run(type: "c5.large") { $0.placement = .init(groupId: group.groupId) }.first)
        #expect(instance.placement?.groupName == "near" && instance.placement?.groupId == group.groupId)
        await refused("InvalidPlacementGroup.InUse", "The placement group 'near' is in use and may not be deleted.") {
            try await aws.ec2.deletePlacementGroup(.init(groupName: "near"))
        }
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instance.instanceId ?? ""]))
        try await aws.ec2.deletePlacementGroup(.init(groupName: "near"))
    }

    @Test func clusterPlacementGroupUsesOneZoneAndSupportedTypes() async throws {
        try await create("near", .cluster)
        await refused(
            "InvalidParameterCombination",
            "Cluster placement groups are not supported by the 't3.micro' instance type. Specify a supported instance type or "
                + "change the placement group strategy, and try again."
        ) { try await aws.run { $0.placement = .init(groupName: "near") } }
        try await aws.run(type: "c5.large") { $0.placement = .init(groupName: "near", availabilityZone: "us-east-1b") }
        let next = try await aws.run(type: "c5.large") { $0.placement = .init(groupName: "near") }
        #expect(next.first?.placement?.availabilityZone == "us-east-1b")
        // Assumed: the code for a different zone.
        await refused("InvalidParameterCombination") {
            try await aws.run(type: "c5.large") { $0.placement = .init(groupName: "near", availabilityZone: "us-east-1c") }
        }
    }

    /// The limit is AWS's; the insufficient-capacity error is assumed.
    @Test func spreadPlacementGroupLimitIsSevenPerZone() async throws {
        try await create("far", .spread)
        try await aws.run(7) { $0.placement = .init(groupName: "far", availabilityZone: "us-east-1a") }
        await refused("InsufficientInstanceCapacity") {
            try await aws.run { $0.placement = .init(groupName: "far", availabilityZone: "us-east-1a") }
        }
        try await aws.run { $0.placement = .init(groupName: "far", availabilityZone: "us-east-1b") }
    }

    @Test func partitionPlacementGroupFillsPartitionsEvenly() async throws {
        try await create("apart", .partition, partitions: 3)
        let first = try await aws.run { $0.placement = .init(groupName: "apart", partitionNumber: 2) }
        #expect(first.first?.placement?.partitionNumber == 2)
        let more = try await aws.run(5) { $0.placement = .init(groupName: "apart") }
        #expect(more.map { $0.placement?.partitionNumber } == [1, 3, 1, 2, 3])
        await refused("InvalidParameterValue") {
            try await aws.run { $0.placement = .init(groupName: "apart", partitionNumber: 4) }
        }
        await refused("InvalidParameterCombination") { try await aws.run { $0.placement = .init(partitionNumber: 1) } }
        let found = try await aws.ec2.describeInstances(
            .init(filters: [Filter(name: "placement-partition-number", values: ["2"])])
        ).reservations
        #expect(found?.flatMap { $0.instances ?? [] }.count == 2)
    }
}
