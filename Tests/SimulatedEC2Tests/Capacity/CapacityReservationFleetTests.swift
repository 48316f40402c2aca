import DrydockTesting
import Testing

/// Assumed throughout: how long states last, error codes and messages, which types come first if no priority says so, and that a
/// fleet without capacity tries again after five minutes.
@Suite(.simulator(transitions: .aws)) struct CapacityReservationFleets {
    private let aws = AWS.current

    private func request(_ target: Int, _ types: ReservationFleetInstanceSpecification...)
        -> CreateCapacityReservationFleetRequest
    {
        .init(instanceTypeSpecifications: types, totalTargetCapacity: target)
    }

    private func of(
        _ name: InstanceType, weight: Double? = nil, priority: Int? = nil, zone: String? = "us-east-1a"
    ) -> ReservationFleetInstanceSpecification {
        .init(instanceType: name, instancePlatform: "Linux/UNIX", weight: weight, availabilityZone: zone, priority: priority)
    }

    private func described(_ id: String?) async throws -> CapacityReservationFleet {
        try #require(
            try await aws.ec2.describeCapacityReservationFleets(.init(capacityReservationFleetIds: [id ?? ""]))
                .capacityReservationFleets?.first)
    }

    private func reservations() async throws -> [CapacityReservation] {
        try await aws.ec2.describeCapacityReservations(.init()).capacityReservations ?? []
    }

    private func settle() { aws.clock.advance(by: .seconds(10)) }

    private func lacks(_ type: String) {
        aws.simulator.faults.set(
            FaultPlan([Fault(.insufficientCapacity, operation: "CreateCapacityReservationFleet", resource: type)]))
    }

    @Test func capacityReservationFleetReservesByPriorityAndWeight() async throws {
        var wanted = request(10, of("m5.xlarge", weight: 2), of("m5.2xlarge", weight: 4, priority: 0))
        wanted.clientToken = "once"
        wanted.tagSpecifications = [
            .init(resourceType: "capacity-reservation-fleet", tags: [Tag(key: "Team", value: "web")])
        ]
        let made = try await aws.ec2.createCapacityReservationFleet(wanted)
        let id = try #require(made.capacityReservationFleetId)
        #expect(id.hasPrefix("crf-0") && made.state == .submitted && made.totalFulfilledCapacity == 0)
        #expect(made.fleetCapacityReservations?.isEmpty == true && made.allocationStrategy == "prioritized")
        #expect(try await aws.ec2.createCapacityReservationFleet(wanted).capacityReservationFleetId == id)
        settle()
        let fleet = try await described(id)
        // Three instances of four units: the last one exceeds the target.
        #expect(fleet.state == .active && fleet.totalFulfilledCapacity == 12 && fleet.totalTargetCapacity == 10)
        #expect(fleet.instanceTypeSpecifications?.map(\.totalInstanceCount) == [0, 3])
        let own = try #require(try await reservations().first)
        #expect(own.instanceType == "m5.2xlarge" && own.totalInstanceCount == 3 && own.instanceMatchCriteria == .open)
        #expect(own.capacityReservationFleetId == id && own.tags?.first?.value == "web" && own.endDateType == .unlimited)
        for (filter, count) in [
            (Filter(name: "state", values: ["active"]), 1), (Filter(name: "tenancy", values: ["default"]), 1),
            (Filter(name: "instance-match-criteria", values: ["open"]), 1),
            (Filter(name: "allocation-strategy", values: ["other"]), 0),
        ] {
            #expect(
                try await aws.ec2.describeCapacityReservationFleets(.init(filters: [filter])).capacityReservationFleets?.count
                    == count)
        }
    }

    @Test func modifyCapacityReservationFleetChangesTargetAndEndDate() async throws {
        let id =
            try await aws.ec2.createCapacityReservationFleet(
                request(2, of("m5.large", priority: 1), of("c5.large", priority: 2))
            ).capacityReservationFleetId ?? ""
        settle()
        #expect(try await described(id).instanceTypeSpecifications?.map(\.totalInstanceCount) == [2, 0])
        lacks("m5.large")
        _ = try await aws.ec2.modifyCapacityReservationFleet(.init(capacityReservationFleetId: id, totalTargetCapacity: 5))
        #expect(try await described(id).state == .modifying)
        await refused("IncorrectState") {
            try await aws.ec2.modifyCapacityReservationFleet(
                .init(capacityReservationFleetId: id, totalTargetCapacity: 6))
        }
        settle()
        #expect(try await described(id).instanceTypeSpecifications?.map(\.totalInstanceCount) == [2, 3])
        // The least preferred capacity is given back first.
        let end = aws.clock.now + .hours(2)
        _ = try await aws.ec2.modifyCapacityReservationFleet(
            .init(capacityReservationFleetId: id, totalTargetCapacity: 1, endDate: end))
        settle()
        let less = try await described(id)
        #expect(less.instanceTypeSpecifications?.map(\.totalInstanceCount) == [1, 0] && less.state == .active)
        #expect(try await reservations().filter { $0.state == .active }.map(\.endDate) == [end])
        _ = try await aws.ec2.modifyCapacityReservationFleet(.init(capacityReservationFleetId: id, removeEndDate: true))
        settle()
        #expect(try await reservations().filter { $0.state == .active }.map(\.endDateType) == [.unlimited])
        await refused("MissingParameter") {
            try await aws.ec2.modifyCapacityReservationFleet(.init(capacityReservationFleetId: id))
        }
        await refused("InvalidParameterCombination") {
            try await aws.ec2.modifyCapacityReservationFleet(
                .init(capacityReservationFleetId: id, endDate: end, removeEndDate: true))
        }
    }

    @Test func capacityReservationFleetRetriesUntilCapacityIsAvailable() async throws {
        lacks("m5.large")
        let id = try await aws.ec2.createCapacityReservationFleet(request(2, of("m5.large"))).capacityReservationFleetId
        settle()
        #expect(try await described(id).state == .partiallyFulfilled)
        #expect(try await reservations().isEmpty)
        aws.simulator.faults.set(nil)
        aws.clock.advance(by: .minutes(5))
        #expect(try await described(id).state == .active)
        #expect(try await described(id).totalFulfilledCapacity == 2)
    }

    @Test func cancelCapacityReservationFleetsReleasesInstances() async throws {
        let id = try await aws.ec2.createCapacityReservationFleet(request(2, of("m5.large"))).capacityReservationFleetId ?? ""
        settle()
        let instance = try #require(
            try await aws.run(1, type: "m5.large") { $0.placement = .init(availabilityZone: "us-east-1a") }.first)
        #expect(try await reservations().map(\.capacityReservationId) == [instance.capacityReservationId])
        let answer = try await aws.ec2.cancelCapacityReservationFleets(
            .init(capacityReservationFleetIds: [id, "crf-0123456789abcdef0"]))
        #expect(answer.successfulFleetCancellations?.map(\.currentFleetState) == [.cancelling])
        #expect(answer.successfulFleetCancellations?.map(\.previousFleetState) == [.active])
        #expect(
            answer.failedFleetCancellations?.map { $0.cancelCapacityReservationFleetError?.code } == [
                "InvalidCapacityReservationFleetId.NotFound"
            ])
        settle()
        #expect(try await described(id).state == .cancelled)
        #expect(try await reservations().allSatisfy { $0.state == .cancelled })
        #expect(try await aws.describe(instance.instanceId)?.capacityReservationId == nil)
        let again = try await aws.ec2.cancelCapacityReservationFleets(.init(capacityReservationFleetIds: [id]))
        #expect(
            again.failedFleetCancellations?.map { $0.cancelCapacityReservationFleetError?.code } == ["IncorrectState"])
        aws.clock.advance(by: .hours(1))
        await refused("InvalidCapacityReservationFleetId.NotFound") { _ = try await described(id) }
        #expect(try await aws.describe(instance.instanceId)?.state?.name == .running)
    }

    @Test func capacityReservationFleetExpiresAtEndDate() async throws {
        var wanted = request(2, of("m5.large"))
        wanted.endDate = aws.clock.now + .hours(1)
        let id = try await aws.ec2.createCapacityReservationFleet(wanted).capacityReservationFleetId
        settle()
        #expect(try await reservations().first?.endDateType == .limited)
        aws.clock.advance(by: .hours(1))
        #expect(try await described(id).state == .expiring)
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(id).state == .expired)
        #expect(try await reservations().allSatisfy { $0.state != .active })
    }

    @Test func invalidCapacityReservationFleetsAreRejected() async throws {
        func refuses(_ code: String, _ wanted: CreateCapacityReservationFleetRequest) async {
            await refused(code) { try await aws.ec2.createCapacityReservationFleet(wanted) }
        }
        await refuses("MissingParameter", .init(totalTargetCapacity: 1))
        await refuses("MissingParameter", request(1, .init(instancePlatform: "Linux/UNIX")))
        await refuses("MissingParameter", request(1, .init(instanceType: "m5.large")))
        await refuses("InvalidParameterValue", request(0, of("m5.large")))
        await refuses("InvalidParameterValue", request(1, of("m5.large"), of("m5.large")))
        await refuses("InvalidParameterValue", request(1, of("m5.large", zone: "us-east-1x")))
        await refuses("InvalidParameterCombination", request(1, of("m5.large"), of("c5.large", zone: "us-east-1b")))
        var other = request(1, of("m5.large"))
        other.allocationStrategy = "diversified"
        await refuses("InvalidParameterValue", other)
        other.allocationStrategy = nil
        other.endDate = aws.clock.now
        await refuses("InvalidParameterValue", other)
        other.endDate = nil
        other.availabilityZone = "us-east-1a"
        await refuses("NotSimulated", other)
        await refused("InvalidCapacityReservationFleetId.Malformed") { _ = try await described("crf-1") }
    }
}
