import DrydockTesting
import Testing

/// Assumed throughout: how long states last, and what `FleetTests` assumes of capacity and allocation strategies. An expired request
/// is treated like a cancelled one.
@Suite(.simulator(transitions: .aws)) struct SpotFleets {
    private let aws = AWS.current
    private let role = "arn:aws:iam::123456789012:role/aws-ec2-spot-fleet-tagging-role"

    private func config(_ capacity: Int = 2) async throws -> SpotFleetRequestConfigData {
        var config = SpotFleetRequestConfigData(iamFleetRole: role, targetCapacity: capacity)
        let image = try await aws.ubuntu()
        config.launchSpecifications = [
            .init(imageId: image, instanceType: "m5.large"), .init(imageId: image, instanceType: "c5.large"),
        ]
        return config
    }

    private func request(_ config: SpotFleetRequestConfigData) async throws -> String {
        try #require(try await aws.ec2.requestSpotFleet(.init(spotFleetRequestConfig: config)).spotFleetRequestId)
    }

    private func described(_ id: String) async throws -> SpotFleetRequestConfig {
        let found = try await aws.ec2.describeSpotFleetRequests(.init(spotFleetRequestIds: [id]))
        return try #require(found.spotFleetRequestConfigs?.first)
    }

    private func active(_ id: String) async throws -> [ActiveInstance] {
        try await aws.ec2.describeSpotFleetInstances(.init(spotFleetRequestId: id)).activeInstances ?? []
    }

    private func settle() { aws.clock.advance(by: .seconds(6)) }

    @Test func spotFleetIsFulfilledAndReplacesInstances() async throws {
        var config = try await config()
        config.tagSpecifications = [.init(resourceType: "spot-fleet-request", tags: [Tag(key: "Team", value: "batch")])]
        config.launchSpecifications?[1].tagSpecifications = [.init(resourceType: "instance", tags: [Tag(key: "a", value: "b")])]
        let id = try await request(config)
        #expect(id.hasPrefix("sfr-") && id.utf8.count == 40)
        let fresh = try await described(id)
        #expect(fresh.spotFleetRequestState == .submitted && fresh.tags?.first?.value == "batch")
        #expect(
            fresh.spotFleetRequestConfig?.type == .maintain && fresh.spotFleetRequestConfig?.allocationStrategy == .lowestPrice)
        settle()
        let fleet = try await described(id)
        #expect(fleet.spotFleetRequestState == .active && fleet.activityStatus == .fulfilled)
        #expect(fleet.spotFleetRequestConfig?.fulfilledCapacity == 2)
        let instances = try await active(id)
        #expect(
            instances.count == 2 && instances.allSatisfy { $0.instanceType == "c5.large" && $0.spotInstanceRequestId != nil })
        let instance = try await aws.describe(instances.first?.instanceId)
        #expect(instance?.tags?.contains { $0.key == "a" } == true)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instances[0].instanceId ?? ""]))
        #expect(try await active(id).count == 1)
        settle()
        #expect(try await active(id).count == 2)
        let events = try await aws.ec2.describeSpotFleetRequestHistory(
            .init(spotFleetRequestId: id, startTime: aws.clock.now + .hours(-1))
        ).historyRecords
        #expect(events?.first?.eventType == .fleetRequestChange && events?.first?.eventInformation?.eventSubType == "submitted")
        #expect(events?.filter { $0.eventType == .instanceChange }.count == 4)
    }

    @Test func spotFleetIsModifiedAndCancelled() async throws {
        let id = try await request(config(1))
        settle()
        _ = try await aws.ec2.modifySpotFleetRequest(
            .init(onDemandTargetCapacity: 1, spotFleetRequestId: id, targetCapacity: 4))
        #expect(try await described(id).spotFleetRequestState == .modifying)
        settle()
        let instances = try await active(id)
        #expect(instances.count == 4 && instances.filter { $0.spotInstanceRequestId == nil }.count == 1)
        let absent = "sfr-12345678-1234-1234-1234-123456789012"
        let answer = try await aws.ec2.cancelSpotFleetRequests(
            .init(spotFleetRequestIds: [id, absent, "sfr-1"], terminateInstances: true))
        #expect(answer.successfulFleetRequests?.first?.currentSpotFleetRequestState == .cancelledTerminating)
        #expect(answer.successfulFleetRequests?.first?.previousSpotFleetRequestState == .active)
        #expect(
            answer.unsuccessfulFleetRequests?.map { $0.error?.code } == [.fleetRequestIdDoesNotExist, .fleetRequestIdMalformed])
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(id).spotFleetRequestState == .cancelled)
        #expect(try await active(id).isEmpty)
        await refused("FleetNotInModifiableState") {
            try await aws.ec2.modifySpotFleetRequest(.init(spotFleetRequestId: id, targetCapacity: 4))
        }
    }

    @Test func cancelledSpotFleetKeepsInstances() async throws {
        let id = try await request(config(1))
        settle()
        _ = try await aws.ec2.cancelSpotFleetRequests(.init(spotFleetRequestIds: [id], terminateInstances: false))
        aws.clock.advance(by: .hours(1))
        #expect(try await described(id).spotFleetRequestState == .cancelledRunning)
        let left = try await active(id).compactMap(\.instanceId)
        #expect(left.count == 1)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: left))
        settle()
        #expect(try await described(id).spotFleetRequestState == .cancelled)
    }

    @Test func spotFleetLaunchesFromLaunchTemplate() async throws {
        var data = RequestLaunchTemplateData()
        data.imageId = try await aws.ubuntu()
        _ = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "fleet", launchTemplateData: data))
        var config = SpotFleetRequestConfigData(iamFleetRole: role, targetCapacity: 6)
        config.launchTemplateConfigs = [
            .init(
                launchTemplateSpecification: .init(launchTemplateName: "fleet", version: "1"),
                overrides: [
                    .init(instanceType: "m5.large", availabilityZone: "us-east-1a", weightedCapacity: 2),
                    .init(instanceType: "m5.xlarge", availabilityZone: "us-east-1a", weightedCapacity: 4),
                ])
        ]
        config.allocationStrategy = .diversified
        let id = try await request(config)
        settle()
        #expect(try await described(id).spotFleetRequestConfig?.fulfilledCapacity ?? 0 >= 6)
        #expect(Set(try await active(id).map(\.instanceType)).count == 2)
    }

    @Test func requestSpotFleetIsIdempotentByClientToken() async throws {
        var config = try await config(1)
        config.clientToken = "t"
        let first = try await request(config)
        #expect(try await request(config) == first)
    }

    /// The messages are assumed.
    @Test func invalidSpotFleetRequestsAreRejected() async throws {
        let good = try await config(1)
        func refuses(_ code: String, _ change: (inout SpotFleetRequestConfigData) -> Void) async {
            var config = good
            change(&config)
            await refused(code) { _ = try await request(config) }
        }
        await refuses("InvalidSpotFleetRequestConfig") { $0.iamFleetRole = "role" }
        await refuses("InvalidSpotFleetRequestConfig") { $0.targetCapacity = -1 }
        await refuses("InvalidSpotFleetRequestConfig") { $0.onDemandTargetCapacity = 2 }
        await refuses("InvalidSpotFleetRequestConfig") { $0.type = .instant }
        await refuses("InvalidSpotFleetRequestConfig") { $0.launchSpecifications = nil }
        await refuses("InvalidSpotFleetRequestConfig") { $0.validUntil = aws.clock.now }
        await refuses("InvalidSpotFleetRequestConfig") { $0.spotPrice = "dear" }
        await refuses("InvalidSpotFleetRequestConfig") { $0.launchSpecifications?[0].weightedCapacity = -1 }
        await refuses("MissingParameter") { $0.launchSpecifications?[0].imageId = nil }
        await refuses("NotSimulated") {
            $0.loadBalancersConfig = .init(
                targetGroupsConfig: .init(targetGroups: [
                    .init(arn: "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/a/1")
                ]))
        }
        let absent = "sfr-12345678-1234-1234-1234-123456789012"
        await refused("InvalidSpotFleetRequestId.NotFound") { _ = try await described(absent) }
        await refused("InvalidSpotFleetRequestId.Malformed") { _ = try await described("sfr-1") }
        await refused("InvalidSpotFleetRequestId.NotFound") { _ = try await active(absent) }
    }
}
