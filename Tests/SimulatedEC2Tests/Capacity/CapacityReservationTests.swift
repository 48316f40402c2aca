import DrydockTesting
import Testing

/// Assumed throughout: how long states last, except for failed reservations, which AWS shows for an hour.
@Suite(.simulator(transitions: .aws)) struct CapacityReservations {
    private let aws = AWS.current

    private func reserve(
        _ count: Int = 2, type: String = "m5.large", _ change: (inout CreateCapacityReservationRequest) -> Void = { _ in }
    ) async throws -> CapacityReservation {
        var request = CreateCapacityReservationRequest(
            instanceType: type, instancePlatform: .linuxUnix, availabilityZone: "us-east-1a", instanceCount: count)
        change(&request)
        return try #require(try await aws.ec2.createCapacityReservation(request).capacityReservation)
    }

    private func described(_ id: String?) async throws -> CapacityReservation {
        try #require(
            try await aws.ec2.describeCapacityReservations(.init(capacityReservationIds: [id ?? ""])).capacityReservations?
                .first)
    }

    private func found(_ name: String, _ value: String) async throws -> [String?] {
        try await aws.ec2.describeCapacityReservations(.init(filters: [Filter(name: name, values: [value])]))
            .capacityReservations?.map(\.capacityReservationId) ?? []
    }

    private func run(
        _ count: Int = 1, least: Int? = nil, _ specification: CapacityReservationSpecification? = nil,
        _ change: (inout RunInstancesRequest) -> Void = { _ in }
    ) async throws -> [Instance] {
        try await aws.run(count, type: "m5.large") {
            $0.placement = Placement(availabilityZone: "us-east-1a")
            $0.minCount = least ?? count
            $0.capacityReservationSpecification = specification
            change(&$0)
        }
    }

    private func into(_ id: String?) -> CapacityReservationSpecification {
        .init(capacityReservationTarget: .init(capacityReservationId: id))
    }

    @Test func capacityReservationIsCreatedDescribedAndCancelled() async throws {
        let tags = [TagSpecification(resourceType: "capacity-reservation", tags: [Tag(key: "Team", value: "web")])]
        let made = try await reserve {
            $0.tagSpecifications = tags
            $0.clientToken = "once"
        }
        let id = try #require(made.capacityReservationId)
        #expect(id.hasPrefix("cr-0") && made.state == .active && made.ownerId == "123456789012")
        #expect(made.capacityReservationArn == "arn:aws:ec2:us-east-1:123456789012:capacity-reservation/\(id)")
        #expect(made.availabilityZoneId?.hasPrefix("use1-az") == true && made.tenancy == .default)
        #expect(made.totalInstanceCount == 2 && made.availableInstanceCount == 2 && made.capacityAllocations?.isEmpty ?? true)
        #expect(made.endDateType == .unlimited && made.instanceMatchCriteria == .open && made.reservationType == .default)
        #expect(made.tags?.map(\.value) == ["web"] && made.startDate == made.createDate)
        let again = try await reserve {
            $0.tagSpecifications = tags
            $0.clientToken = "once"
        }
        #expect(again.capacityReservationId == id)
        let other = try await reserve(type: "c5.large") { $0.instanceMatchCriteria = .targeted }
        #expect(try await found("instance-type", "m5.*") == [id])
        #expect(try await found("instance-match-criteria", "targeted") == [other.capacityReservationId])
        #expect(try await found("availability-zone", "us-east-1a").count == 2)
        #expect(try await found("tag:Team", "web") == [id])
        try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id))
        let gone = try await described(id)
        #expect(gone.state == .cancelled && gone.availableInstanceCount == 0)
        #expect(try await found("state", "active") == [other.capacityReservationId])
        // Assumed: the code for the state, and how long the reservation is shown.
        await refused("IncorrectState") { try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id)) }
        await refused("IncorrectState") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 3))
        }
        aws.clock.advance(by: .hours(1))
        await refused(
            "InvalidCapacityReservationId.NotFound", "The capacity reservation ID '\(id)' does not exist."
        ) { _ = try await described(id) }
    }

    /// Assumed: the messages, and all codes except those for ids.
    @Test func invalidCapacityReservationRequestsAreRejected() async throws {
        await refused("InvalidParameterValue") { _ = try await reserve(0) }
        await refused("InvalidParameterValue") { _ = try await reserve(1001) }
        await refused("InvalidParameterValue") { _ = try await reserve(type: "m5.tiny") }
        await refused("MissingParameter") { _ = try await reserve { $0.availabilityZone = nil } }
        await refused("InvalidParameterValue") { _ = try await reserve { $0.availabilityZone = "eu-west-1a" } }
        await refused("InvalidParameterCombination") { _ = try await reserve { $0.availabilityZoneId = "use1-az1" } }
        await refused("MissingParameter") { _ = try await reserve { $0.endDateType = .limited } }
        await refused("InvalidParameterCombination") {
            _ = try await reserve {
                $0.endDateType = .unlimited
                $0.endDate = aws.clock.now + .hours(1)
            }
        }
        await refused("InvalidParameterValue") { _ = try await reserve { $0.endDate = aws.clock.now - .hours(1) } }
        await refused("VcpuLimitExceeded") { _ = try await reserve(1000, type: "m5.24xlarge") }
        await refused("NotSimulated") {
            _ = try await reserve { $0.outpostArn = "arn:aws:outposts:us-east-1:123456789012:outpost/op-0123456789abcdef0" }
        }
        await refused("InvalidCapacityReservationId.Malformed") { _ = try await described("r-1") }
        await refused("InvalidCapacityReservationId.NotFound") {
            _ = try await run(1, into("cr-0123456789abcdef0"))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await found("colour", "red") }
        let id = try #require(try await reserve().capacityReservationId)
        await refused("MissingParameter") { try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id)) }
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 1003))
        }
        await refused("InvalidParameterCombination") {
            _ = try await run(
                1, .init(capacityReservationPreference: .open, capacityReservationTarget: .init(capacityReservationId: id)))
        }
    }

    @Test func openCapacityReservationTakesMatchingInstances() async throws {
        let early = try #require(try await run().first?.instanceId)
        let id = try #require(try await reserve(3).capacityReservationId)
        #expect(try await described(id).availableInstanceCount == 2)
        #expect(try await aws.describe(early)?.capacityReservationId == id)
        let launched = try await run(3)
        #expect(launched.map(\.capacityReservationId) == [id, id, nil])
        let usage = try await aws.ec2.getCapacityReservationUsage(.init(capacityReservationId: id))
        #expect(usage.instanceUsages?.map(\.usedInstanceCount) == [3] && usage.availableInstanceCount == 0)
        #expect(try await described(id).capacityAllocations?.map(\.count) == [3])
        // Instances of another type, zone or tenancy don't use the reservation, and neither do those with the preference `none`.
        try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 4))
        #expect(try await aws.describe(launched[2].instanceId)?.capacityReservationId == id)
        try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 9))
        #expect(try await run(1, .init(capacityReservationPreference: "none")).first?.capacityReservationId == nil)
        #expect(
            try await run { $0.placement?.tenancy = .dedicated }.first?.capacityReservationId == nil)
        #expect(try await run { $0.placement?.availabilityZone = "us-east-1b" }.first?.capacityReservationId == nil)
        #expect(try await run { $0.instanceType = "m5.xlarge" }.first?.capacityReservationId == nil)
        #expect(try await described(id).availableInstanceCount == 5)
        let filter = Filter(name: "capacity-reservation-id", values: [id])
        #expect(try await aws.ec2.describeInstances(.init(filters: [filter])).reservations?.count == 2)
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 3))
        }
        await refused("OperationNotPermitted") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceMatchCriteria: .targeted))
        }
    }

    @Test func targetedCapacityReservationIsUsedAndReleased() async throws {
        let id = try #require(try await reserve(1) { $0.instanceMatchCriteria = .targeted }.capacityReservationId)
        #expect(try await run().first?.capacityReservationId == nil)
        let instance = try #require(try await run(2, least: 1, into(id)).first)
        #expect(instance.capacityReservationId == id)
        let target = instance.capacityReservationSpecification
        #expect(target?.capacityReservationTarget?.capacityReservationId == id && target?.capacityReservationPreference == nil)
        await refused(
            "ReservationCapacityExceeded",
            "The requested reservation does not have sufficient compatible and available capacity for this request."
        ) { _ = try await run(1, into(id)) }
        await refused("ReservationCapacityExceeded") {
            _ = try await run(1, into(id)) { $0.instanceType = "m5.xlarge" }
        }
        let own = try #require(instance.instanceId)
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [own]))
        // Assumed: the capacity is free once the instance has stopped.
        #expect(try await described(id).availableInstanceCount == 0)
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(id).availableInstanceCount == 1)
        #expect(try await aws.describe(own)?.capacityReservationId == nil)
        let second = try #require(try await run(1, into(id)).first?.instanceId)
        await refused("ReservationCapacityExceeded") { _ = try await aws.ec2.startInstances(.init(instanceIds: [own])) }
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [second]))
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.ec2.startInstances(.init(instanceIds: [own]))
        #expect(try await described(id).availableInstanceCount == 0)
        try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id))
        let left = try #require(try await aws.describe(own))
        #expect(left.state?.name == .pending && left.capacityReservationId == nil)
        // Once stopped, it can't start in the cancelled reservation.
        aws.clock.advance(by: .minutes(1))
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [own]))
        aws.clock.advance(by: .minutes(1))
        await refused("ReservationCapacityExceeded") { _ = try await aws.ec2.startInstances(.init(instanceIds: [own])) }
        _ = try await aws.ec2.modifyInstanceCapacityReservationAttributes(
            .init(instanceId: own, capacityReservationSpecification: .init(capacityReservationPreference: .open)))
        _ = try await aws.ec2.startInstances(.init(instanceIds: [own]))
    }

    /// Assumed: the code if no open reservation has room.
    @Test func capacityReservationsOnlyLaunchNeedsFreeReservation() async throws {
        let only = CapacityReservationSpecification(capacityReservationPreference: .capacityReservationsOnly)
        await refused("InsufficientInstanceCapacity") { _ = try await run(1, only) }
        let id = try await reserve(1).capacityReservationId
        #expect(try await run(1, only).first?.capacityReservationId == id)
        await refused("InsufficientInstanceCapacity") { _ = try await run(1, only) }
    }

    @Test func capacityReservationExpiresAtEndDate() async throws {
        let end = aws.clock.now + .hours(2)
        let id = try #require(try await reserve { $0.endDate = end }.capacityReservationId)
        #expect(try await described(id).endDateType == .limited)
        let instance = try await run().first?.instanceId
        aws.clock.advance(by: .hours(2))
        #expect(try await described(id).state == .expired)
        #expect(try await aws.describe(instance)?.capacityReservationId == nil)
        let second = try #require(try await reserve { $0.endDate = aws.clock.now + .hours(2) }.capacityReservationId)
        try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: second, endDateType: .unlimited))
        aws.clock.advance(by: .hours(3))
        let kept = try await described(second)
        #expect(kept.state == .active && kept.endDate == nil)
        await refused("InvalidCapacityReservationId.NotFound") { _ = try await described(id) }
    }

    /// The figures are from the user guide. Assumed: how long the assessment takes.
    @Test func futureDatedCapacityReservationIsAssessedThenScheduled() async throws {
        let start = aws.clock.now + .hours(10 * 24)
        func later(_ change: (inout CreateCapacityReservationRequest) -> Void = { _ in }) async throws -> CapacityReservation {
            try await reserve(16) {
                $0.startDate = start
                $0.commitmentDuration = 14 * 86_400
                $0.deliveryPreference = .incremental
                $0.instanceMatchCriteria = .targeted
                change(&$0)
            }
        }
        await refused("InvalidParameterValue") { _ = try await later { $0.startDate = aws.clock.now + .hours(24) } }
        await refused("InvalidParameterValue") { _ = try await later { $0.instanceCount = 15 } }
        await refused("InvalidParameterValue") { _ = try await later { $0.commitmentDuration = 86_400 } }
        await refused("InvalidParameterCombination") { _ = try await later { $0.instanceMatchCriteria = .open } }
        await refused("MissingParameter") { _ = try await later { $0.deliveryPreference = nil } }
        let made = try await later()
        let id = try #require(made.capacityReservationId)
        #expect(made.state == .assessing && made.commitmentInfo?.committedInstanceCount == 16)
        aws.clock.advance(by: .hours(24))
        #expect(try await described(id).state == .scheduled)
        await refused("IncorrectState") { try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id)) }
        await refused("ReservationCapacityExceeded") { _ = try await run(1, into(id)) }
        aws.clock.advance(by: .hours(9 * 24))
        #expect(try await described(id).availableInstanceCount == 16)
        await refused("OperationNotPermitted") { try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id)) }
        await refused("InvalidParameterValue") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: id, instanceCount: 15))
        }
        aws.clock.advance(by: .hours(15 * 24))
        try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: id))
    }

    @Test func capacityReservationCanBeSplitAndMoved() async throws {
        let source = try #require(try await reserve(5).capacityReservationId)
        _ = try await run()
        let split = try await aws.ec2.createCapacityReservationBySplitting(
            .init(sourceCapacityReservationId: source, instanceCount: 2))
        #expect(split.instanceCount == 2 && split.sourceCapacityReservation?.totalInstanceCount == 3)
        let part = try #require(split.destinationCapacityReservation?.capacityReservationId)
        #expect(part != source && split.destinationCapacityReservation?.availableInstanceCount == 2)
        await refused("ReservationCapacityExceeded") {
            _ = try await aws.ec2.moveCapacityReservationInstances(
                .init(sourceCapacityReservationId: source, destinationCapacityReservationId: part, instanceCount: 3))
        }
        _ = try await aws.ec2.moveCapacityReservationInstances(
            .init(sourceCapacityReservationId: part, destinationCapacityReservationId: source, instanceCount: 2))
        #expect(try await described(source).availableInstanceCount == 4)
        // Assumed: a reservation is cancelled when nothing is left of it.
        #expect(try await described(part).state == .cancelled)
        let other = try #require(try await reserve(type: "c5.large").capacityReservationId)
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.moveCapacityReservationInstances(
                .init(sourceCapacityReservationId: source, destinationCapacityReservationId: other, instanceCount: 1))
        }
    }

    @Test func placementGroupReservationServesOnlyItsGroup() async throws {
        let group = try await aws.ec2.createPlacementGroup(.init(groupName: "near", strategy: .cluster)).placementGroup
        let id = try #require(
            try await reserve(1) { $0.placementGroupArn = group?.groupArn }.capacityReservationId)
        #expect(try await run().first?.capacityReservationId == nil)
        await refused("InvalidPlacementGroup.InUse") { try await aws.ec2.deletePlacementGroup(.init(groupName: "near")) }
        #expect(try await run { $0.placement?.groupName = "near" }.first?.capacityReservationId == id)
        #expect(try await found("placement-group-arn", "*/near") == [id])
    }

    /// The attributes that policies can check, on creation and on an existing reservation.
    @Test func policiesCheckCapacityReservationAttributes() async throws {
        let id = try #require(try await reserve().capacityReservationId)
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Work",
                policyDocument: #"""
                    {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:*CapacityReservation*","Resource":"*",
                     "Condition":{"StringEquals":{"ec2:InstanceType":"c5.large"}}}}
                    """#))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        let worker = aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? ""))
        await refused("UnauthorizedOperation") {
            _ = try await worker.ec2.createCapacityReservationBySplitting(
                .init(sourceCapacityReservationId: id, instanceCount: 1))
        }
        var request = CreateCapacityReservationRequest(
            instanceType: "m5.large", instancePlatform: .linuxUnix, availabilityZone: "us-east-1a", instanceCount: 1)
        await refused("UnauthorizedOperation") { _ = try await worker.ec2.createCapacityReservation(request) }
        request.instanceType = "c5.large"
        request.instanceCount = 2
        let made = try await worker.ec2.createCapacityReservation(request).capacityReservation?.capacityReservationId
        _ = try await worker.ec2.createCapacityReservationBySplitting(
            .init(sourceCapacityReservationId: made ?? "", instanceCount: 1))
    }

    /// Capacity Blocks. Assumed: prices, how long a payment takes, and the codes and messages of errors.
    @Test func capacityBlockIsPurchasedActivatedAndExpires() async throws {
        func offerings(_ hours: Int = 48, _ count: Int = 1, type: String = "p5.48xlarge") async throws
            -> [CapacityBlockOffering]
        {
            var request = DescribeCapacityBlockOfferingsRequest(capacityDurationHours: hours)
            request.instanceType = type
            request.instanceCount = count
            return try await aws.ec2.describeCapacityBlockOfferings(request).capacityBlockOfferings ?? []
        }
        await refused("InvalidParameterValue") { _ = try await offerings(20) }
        await refused("InvalidParameterValue") { _ = try await offerings(24 * 15) }
        await refused("InvalidParameterValue") { _ = try await offerings(24, 3) }
        await refused("UnsupportedOperation") { _ = try await offerings(type: "m5.large") }
        let offering = try #require(try await offerings().first)
        // Assumed: AWS recommends a single offering.
        #expect(try await offerings().count == 1)
        let id = try #require(offering.capacityBlockOfferingId)
        #expect(
            id.hasPrefix("cb-0") && offering.capacityBlockDurationHours == 48 && Double(offering.upfrontFee ?? "") ?? 0 > 500)
        let start = try #require(offering.startDate), end = try #require(offering.endDate)
        #expect(start > aws.clock.now && start.seconds % 86_400 == 41_400 && end == start + .hours(48))
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.purchaseCapacityBlock(
                .init(capacityBlockOfferingId: "cb-00000000000000000", instancePlatform: .linuxUnix))
        }
        let bought = try #require(
            try await aws.ec2.purchaseCapacityBlock(.init(capacityBlockOfferingId: id, instancePlatform: .linuxUnix))
                .capacityReservation)
        let own = try #require(bought.capacityReservationId)
        #expect(bought.state == .paymentPending && bought.reservationType == .capacityBlock && bought.totalInstanceCount == 1)
        aws.clock.advance(by: .seconds(60))
        #expect(try await described(own).state == .scheduled)
        await refused("OperationNotPermitted") {
            try await aws.ec2.cancelCapacityReservation(.init(capacityReservationId: own))
        }
        await refused("OperationNotPermitted") {
            try await aws.ec2.modifyCapacityReservation(.init(capacityReservationId: own, instanceCount: 2))
        }
        aws.clock.advance(by: .milliseconds(start.milliseconds - aws.clock.now.milliseconds))
        #expect(try await described(own).state == .active)
        func launch(_ market: MarketType?) async throws -> Instance? {
            try await aws.run(type: "p5.48xlarge") {
                $0.placement = Placement(availabilityZone: offering.availabilityZone)
                $0.capacityReservationSpecification = into(own)
                $0.instanceMarketOptions = market.map { .init(marketType: $0) }
            }.first
        }
        await refused("ReservationCapacityExceeded") { _ = try await launch(nil) }
        let instance = try #require(try await launch("capacity-block"))
        #expect(instance.capacityReservationId == own && instance.instanceLifecycle == "capacity-block")
        // Its instances are terminated half an hour before the end.
        aws.clock.advance(by: .milliseconds(end.milliseconds - aws.clock.now.milliseconds - 1_800_000))
        #expect(try await aws.describe(instance.instanceId)?.state?.name == .shuttingDown)
        #expect(try await described(own).state == .active)
        aws.clock.advance(by: .seconds(1800))
        #expect(try await described(own).state == .expired)
    }
}
