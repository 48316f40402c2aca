import DrydockTesting
import Testing

/// Assumed throughout: how long AWS takes to fulfil a request, how long an ended one is shown, and when a request without capacity is
/// evaluated again.
@Suite(.simulator(transitions: .aws)) struct SpotRequests {
    private let aws = AWS.current

    @discardableResult
    private func request(
        _ change: (inout RequestSpotInstancesRequest) -> Void = { _ in }
    ) async throws -> [SpotInstanceRequest] {
        var request = RequestSpotInstancesRequest()
        request.launchSpecification = RequestSpotLaunchSpecification(imageId: try await aws.ubuntu(), instanceType: "m5.large")
        change(&request)
        return try await aws.ec2.requestSpotInstances(request).spotInstanceRequests ?? []
    }

    private func described(_ id: String?) async throws -> SpotInstanceRequest {
        let found = try await aws.ec2.describeSpotInstanceRequests(.init(spotInstanceRequestIds: [id ?? ""]))
        return try #require(found.spotInstanceRequests?.first)
    }

    private func found(_ name: String, _ value: String) async throws -> Int {
        let filter = Filter(name: name, values: [value])
        return try await aws.ec2.describeSpotInstanceRequests(.init(filters: [filter])).spotInstanceRequests?.count ?? 0
    }

    private func interrupt() async throws {
        aws.simulator.faults.set(FaultPlan([Fault(.interruptSpot(notice: .minutes(2)), calls: .numbers(1...1))]))
        _ = try await aws.sts.getCallerIdentity(.init())
    }

    @Test func spotRequestIsFulfilledAfterEvaluation() async throws {
        let tags = [TagSpecification(resourceType: "spot-instances-request", tags: [Tag(key: "Team", value: "batch")])]
        let made = try #require(try await request { $0.tagSpecifications = tags }.first)
        let id = try #require(made.spotInstanceRequestId)
        #expect(id.hasPrefix("sir-") && id.utf8.count == 12)
        #expect(made.state == .open && made.status?.code == "pending-evaluation" && made.type == .oneTime)
        // The on-demand price is the maximum.
        #expect(made.spotPrice == "0.096000" && made.productDescription == "Linux/UNIX" && made.tags?.first?.value == "batch")
        #expect(made.instanceInterruptionBehavior == .terminate && made.launchSpecification?.instanceType == "m5.large")
        #expect(made.validUntil == made.createTime.map { $0 + .days(7) })
        aws.clock.advance(by: .seconds(6))
        let active = try await described(id)
        #expect(active.state == .active && active.status?.code == "fulfilled")
        #expect(active.status?.message == "Your spot request is fulfilled.")
        let instance = try #require(try await aws.describe(active.instanceId))
        #expect(instance.instanceLifecycle == .spot && instance.spotInstanceRequestId == id && instance.tags == nil)
        #expect(active.launchedAvailabilityZone == instance.placement?.availabilityZone)
        #expect(active.launchedAvailabilityZoneId == instance.placement?.availabilityZoneId)
        for (name, value) in [
            ("state", "active"), ("status-code", "fulfilled"), ("instance-id", instance.instanceId ?? ""), ("type", "one-time"),
            ("launch.instance-type", "m5.*"), ("tag:Team", "batch"), ("spot-price", "0.096000"),
            ("product-description", "Linux/UNIX"), ("launched-availability-zone", "us-east-1?"),
        ] {
            #expect(try await found(name, value) == 1, "\(name)")
        }
        #expect(try await found("state", "open") == 0)
        let byRequest = try await aws.ec2.describeInstances(
            .init(filters: [Filter(name: "spot-instance-request-id", values: [id])]))
        #expect(byRequest.reservations?.count == 1)
    }

    @Test func requestSpotInstancesIsIdempotentByClientToken() async throws {
        let first = try await request {
            $0.clientToken = "t"; $0.instanceCount = 2
        }
        let second = try await request {
            $0.clientToken = "t"; $0.instanceCount = 2
        }
        #expect(first.count == 2 && second.map(\.spotInstanceRequestId) == first.map(\.spotInstanceRequestId))
        await refused("IdempotentParameterMismatch") { try await request { $0.clientToken = "t" } }
    }

    @Test func runInstancesCreatesSpotRequest() async throws {
        let tags = [TagSpecification(resourceType: "spot-instances-request", tags: [Tag(key: "Team", value: "web")])]
        let run = try await aws.run(2, type: "m5.large") {
            $0.instanceMarketOptions = .init(marketType: .spot)
            $0.tagSpecifications = tags
        }
        #expect(Set(run.map(\.spotInstanceRequestId)).count == 2)
        let one = try await described(run.first?.spotInstanceRequestId)
        #expect(one.state == .active && one.status?.code == "fulfilled" && one.instanceId == run.first?.instanceId)
        #expect(one.validUntil == nil && one.spotPrice == "0.096000" && one.tags?.first?.value == "web")
        #expect(one.launchSpecification?.subnetId == run.first?.subnetId)
        #expect(one.launchSpecification?.securityGroups?.first?.groupName == "default")
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [run[0].instanceId ?? ""]))
        let ended = try await described(one.spotInstanceRequestId)
        #expect(ended.state == .closed && ended.status?.code == "instance-terminated-by-user")
    }

    /// The codes are documented; most messages are assumed.
    @Test func invalidSpotRequestsAreRejected() async throws {
        func run(_ options: SpotMarketOptions, type: InstanceType = "m5.large") async throws {
            try await aws.run(type: type) { $0.instanceMarketOptions = .init(marketType: .spot, spotOptions: options) }
        }
        await refused("InvalidParameterCombination") { try await run(.init(spotInstanceType: .persistent)) }
        await refused("InvalidParameterCombination") { try await run(.init(instanceInterruptionBehavior: .stop)) }
        await refused("InvalidParameterCombination") { try await run(.init(validUntil: aws.clock.now + .days(1))) }
        await refused("InvalidParameterValue") { try await run(.init(maxPrice: "0.0001")) }
        await refused("InvalidParameterValue") { try await run(.init(maxPrice: "dear")) }
        await refused("InvalidParameterValue") { try await run(.init(), type: "mac1.metal") }
        await refused("UnsupportedOperation") { try await run(.init(blockDurationMinutes: 60)) }
        let low = await refusal { try await run(.init(maxPrice: "0.001")) }
        #expect(low?.code == "SpotMaxPriceTooLow")
        #expect(
            low?.message.hasPrefix(
                "Your Spot request price of 0.001 is lower than the minimum required Spot request fulfillment price of 0.0")
                == true)
        await refused("MissingParameter") { try await aws.ec2.requestSpotInstances(.init()) }
        await refused("InvalidParameterValue") { try await request { $0.instanceCount = 0 } }
        await refused("InvalidParameterValue") { try await request { $0.validUntil = aws.clock.now + .days(-1) } }
        await refused("InvalidParameterValue") { try await request { $0.validFrom = aws.clock.now } }
        await refused("InvalidParameterCombination") { try await request { $0.instanceInterruptionBehavior = .stop } }
        await refused("InvalidParameterValue") { try await request { $0.launchSpecification?.instanceType = "m5.tiny" } }
        await refused("InvalidAMIID.NotFound") {
            try await request { $0.launchSpecification?.imageId = "ami-0123456789abcdef0" }
        }
        await refused("NotSimulated") { try await request { $0.launchGroup = "all" } }
        await refused(
            "InvalidSpotInstanceRequestID.NotFound", "The spot instance request ID 'sir-0a1b2c3d' does not exist"
        ) { _ = try await described("sir-0a1b2c3d") }
        await refused("InvalidSpotInstanceRequestID.Malformed") { _ = try await described("sir-0123456789abcdef0") }
        await refused("InvalidSpotInstanceRequestID.NotFound") {
            try await aws.ec2.cancelSpotInstanceRequests(.init(spotInstanceRequestIds: ["sir-0a1b2c3d"]))
        }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await found("colour", "red") }
    }

    @Test func cancelSpotInstanceRequestsKeepsInstanceRunning() async throws {
        let open = try #require(try await request { $0.validFrom = aws.clock.now + .hours(1) }.first)
        #expect(open.status?.code == "not-scheduled-yet")
        let answer = try await aws.ec2.cancelSpotInstanceRequests(
            .init(spotInstanceRequestIds: [open.spotInstanceRequestId ?? ""]))
        #expect(answer.cancelledSpotInstanceRequests?.first?.state == .cancelled)
        #expect(try await described(open.spotInstanceRequestId).status?.code == "canceled-before-fulfillment")
        aws.clock.advance(by: .hours(2))
        #expect(try await described(open.spotInstanceRequestId).instanceId == nil)
        let active = try #require(try await request().first)
        aws.clock.advance(by: .seconds(6))
        _ = try await aws.ec2.cancelSpotInstanceRequests(
            .init(spotInstanceRequestIds: [active.spotInstanceRequestId ?? ""]))
        let left = try await described(active.spotInstanceRequestId)
        #expect(left.state == .cancelled && left.status?.code == "request-canceled-and-instance-running")
        #expect(try await aws.describe(left.instanceId)?.state?.name != .terminated)
        // Assumed: a request is shown for two days, or as long as its instance.
        aws.clock.advance(by: .hours(49))
        await refused("InvalidSpotInstanceRequestID.NotFound") { _ = try await described(open.spotInstanceRequestId) }
        #expect(try await described(left.spotInstanceRequestId).state == .cancelled)
    }

    @Test func scheduledSpotRequestsStartAndExpire() async throws {
        let later = try #require(try await request { $0.validFrom = aws.clock.now + .hours(1) }.first)
        aws.clock.advance(by: .minutes(59))
        #expect(try await described(later.spotInstanceRequestId).state == .open)
        aws.clock.advance(by: .minutes(2))
        #expect(try await described(later.spotInstanceRequestId).state == .active)
        let never = try #require(
            try await request {
                $0.spotPrice = "0.001"; $0.validUntil = aws.clock.now + .hours(1)
            }.first)
        aws.clock.advance(by: .seconds(6))
        #expect(try await described(never.spotInstanceRequestId).status?.code == "price-too-low")
        aws.clock.advance(by: .hours(2))
        let expired = try await described(never.spotInstanceRequestId)
        #expect(expired.state == .closed && expired.status?.code == "schedule-expired")
    }

    @Test func interruptionClosesSpotRequest() async throws {
        let run = try await aws.run(type: "m5.large") { $0.instanceMarketOptions = .init(marketType: .spot) }
        aws.clock.advance(by: .minutes(1))
        try await interrupt()
        let id = run.first?.spotInstanceRequestId
        #expect(try await described(id).status?.code == "marked-for-termination")
        aws.clock.advance(by: .minutes(3))
        let over = try await described(id)
        #expect(over.state == .closed && over.status?.code == "instance-terminated-no-capacity")
        #expect(try await aws.describe(run.first?.instanceId)?.stateReason?.code == "Server.SpotInstanceTermination")
    }

    @Test func persistentSpotRequestReopensAfterTermination() async throws {
        let made = try #require(try await request { $0.type = .persistent }.first)
        aws.clock.advance(by: .seconds(6))
        let first = try await described(made.spotInstanceRequestId).instanceId
        try await interrupt()
        aws.clock.advance(by: .minutes(2))
        let open = try await described(made.spotInstanceRequestId)
        #expect(open.state == .open && open.instanceId == nil && open.status?.code == "instance-terminated-no-capacity")
        aws.clock.advance(by: .seconds(6))
        let second = try await described(made.spotInstanceRequestId)
        #expect(second.state == .active && second.instanceId != nil && second.instanceId != first)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [second.instanceId ?? ""]))
        #expect(try await described(made.spotInstanceRequestId).state == .open)
        aws.clock.advance(by: .seconds(6))
        #expect(try await described(made.spotInstanceRequestId).state == .active)
    }

    /// Assumed: capacity is available again after ten minutes.
    @Test func stoppedSpotInstanceRestartsAfterInterruption() async throws {
        let run = try await aws.run(type: "m5.large") {
            $0.instanceMarketOptions = .init(
                marketType: .spot, spotOptions: .init(spotInstanceType: .persistent, instanceInterruptionBehavior: .stop))
        }
        let id = run.first?.spotInstanceRequestId, instance = run.first?.instanceId
        aws.clock.advance(by: .minutes(1))
        try await interrupt()
        #expect(try await described(id).status?.code == "marked-for-stop")
        aws.clock.advance(by: .minutes(3))
        let stopped = try await described(id)
        #expect(stopped.state == .disabled && stopped.status?.code == "instance-stopped-no-capacity")
        let shown = try await aws.describe(instance)
        #expect(shown?.state?.name == .stopped && shown?.stateReason?.code == "Server.SpotInstanceShutdown")
        aws.clock.advance(by: .minutes(10))
        #expect(try await described(id).status?.code == "fulfilled")
        aws.clock.advance(by: .minutes(1))
        #expect(try await aws.describe(instance)?.state?.name == .running)
        // If the user stops it, the user must start it.
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [instance ?? ""]))
        #expect(try await described(id).status?.code == "instance-stopped-by-user")
        aws.clock.advance(by: .hours(1))
        #expect(try await described(id).state == .disabled)
        _ = try await aws.ec2.startInstances(.init(instanceIds: [instance ?? ""]))
        #expect(try await described(id).state == .active)
    }

    @Test func oneTimeSpotInstanceCannotBeStopped() async throws {
        let run = try await aws.run(type: "m5.large") { $0.instanceMarketOptions = .init(marketType: .spot) }
        aws.clock.advance(by: .minutes(1))
        await refused("UnsupportedOperation") {
            try await aws.ec2.stopInstances(.init(instanceIds: [run.first?.instanceId ?? ""]))
        }
    }

    /// Only the price changes over time, so an instance with a maximum price at today's price is interrupted within 30 days.
    @Test func spotPriceAboveMaximumInterruptsInstance() async throws {
        let now = try #require(
            try await aws.ec2.describeSpotPriceHistory(
                .init(
                    startTime: aws.clock.now, instanceTypes: ["m5.large"], productDescriptions: ["Linux/UNIX"],
                    availabilityZone: "us-east-1a")
            ).spotPriceHistory?.first?.spotPrice)
        let run = try await aws.run(type: "m5.large") {
            $0.instanceMarketOptions = .init(marketType: .spot, spotOptions: .init(maxPrice: now))
            $0.placement = .init(availabilityZone: "us-east-1a")
        }
        #expect(try await described(run.first?.spotInstanceRequestId).spotPrice == now)
        var ended: SpotInstanceRequest?
        for _ in 0..<60 where ended == nil {
            aws.clock.advance(by: .hours(12))
            let request = try await described(run.first?.spotInstanceRequestId)
            if request.state == .closed { ended = request }
        }
        #expect(ended?.status?.code == "instance-terminated-by-price")
    }
}
