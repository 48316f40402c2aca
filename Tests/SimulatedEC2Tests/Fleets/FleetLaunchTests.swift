import DrydockTesting
import Testing

/// What a fleet's launches meet: the caller's permissions and the capacity of pools.
@Suite(.simulator(transitions: .aws)) struct FleetLaunches {
    private let aws = AWS.current

    private func request(
        _ type: FleetType, _ overrides: [FleetLaunchTemplateOverridesRequest], spot: Int = 0, onDemand: Int = 0
    ) async throws -> CreateFleetRequest {
        var data = RequestLaunchTemplateData()
        data.imageId = try await aws.ubuntu()
        let made = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "fleet", launchTemplateData: data))
        var request = CreateFleetRequest(
            launchTemplateConfigs: [
                .init(
                    launchTemplateSpecification: .init(
                        launchTemplateId: made.launchTemplate?.launchTemplateId, version: "$Latest"), overrides: overrides)
            ],
            targetCapacitySpecification: .init(
                totalTargetCapacity: spot + onDemand, onDemandTargetCapacity: onDemand, spotTargetCapacity: spot))
        request.type = type
        return request
    }

    private func worker(_ statements: String...) async throws -> EC2Client {
        let document = #"{"Version":"2012-10-17","Statement":[\#(statements.joined(separator: ","))]}"#
        try await aws.iam.createUser(.init(userName: "Worker"))
        try await aws.iam.putUserPolicy(.init(userName: "Worker", policyName: "Work", policyDocument: document))
        let key = try #require(try await aws.iam.createAccessKey(.init(userName: "Worker")).accessKey)
        return aws.acting(
            as: Credentials(accessKeyId: key.accessKeyId ?? "", secretAccessKey: key.secretAccessKey ?? "")
        ).ec2
    }

    private static let fleets = #"{"Effect":"Allow","Action":["ec2:CreateFleet","ec2:Describe*"],"Resource":"*"}"#

    // MARK: Permissions

    /// As users of Karpenter report: the request succeeds, and the denied launch is among its errors.
    @Test func fleetReportsLaunchDeniedWithoutRunInstances() async throws {
        let worker = try await worker(Self.fleets)
        let made = try await worker.createFleet(request(.instant, [.init(instanceType: "m5.large")], spot: 1))
        #expect(made.fleetId != nil && made.instances?.isEmpty == true)
        let error = try #require(made.errors?.first)
        #expect(error.errorCode == "UnauthorizedOperation" && error.lifecycle == .spot)
        #expect(error.errorMessage?.contains("is not authorized to perform: ec2:RunInstances on resource:") == true)
        #expect(try await aws.ec2.describeInstances(.init()).reservations?.isEmpty == true)
    }

    @Test func fleetLaunchesOnlyInstanceTypesAllowedByPolicy() async throws {
        let worker = try await worker(
            Self.fleets,
            #"""
            {"Effect":"Allow","Action":"ec2:RunInstances","NotResource":"arn:aws:ec2:*:*:instance/*"},
            {"Effect":"Allow","Action":"ec2:RunInstances","Resource":"arn:aws:ec2:*:*:instance/*",
             "Condition":{"StringEquals":{"ec2:InstanceType":"m5.large","ec2:InstanceMarketType":"on-demand"}}}
            """#)
        // The cheaper type is tried first.
        let fleet = try await request(
            .instant, [.init(instanceType: "c5.large"), .init(instanceType: "m5.large")], onDemand: 2)
        let made = try await worker.createFleet(fleet)
        #expect(made.instances?.map(\.instanceType) == ["m5.large"] && made.instances?.first?.instanceIds?.count == 2)
        #expect(made.errors?.allSatisfy { $0.errorCode == "UnauthorizedOperation" } == true)
        #expect(
            made.errors?.allSatisfy { $0.launchTemplateAndOverrides?.overrides?.instanceType == "c5.large" } == true)
        // The request's own tags need the permission once, for CreateFleet.
        var tagged = fleet
        tagged.tagSpecifications = [.init(resourceType: "instance", tags: [Tag(key: "Team", value: "web")])]
        await refused("UnauthorizedOperation") { try await worker.createFleet(tagged) }
        try await aws.iam.putUserPolicy(
            .init(
                userName: "Worker", policyName: "Tag",
                policyDocument: #"""
                    {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ec2:CreateTags","Resource":"*",
                     "Condition":{"StringEquals":{"ec2:CreateAction":"CreateFleet"}}}}
                    """#))
        #expect(try await worker.createFleet(tagged).instances?.first?.instanceIds?.count == 2)
    }

    /// Assumed: CreateFleet asks for each type that the request names. A type chosen by attributes has no condition key.
    @Test func createFleetIsAuthorizedByInstanceType() async throws {
        let worker = try await worker(
            #"{"Effect":"Allow","Action":["ec2:CreateFleet","ec2:RunInstances"],"Resource":"*"}"#,
            #"""
            {"Effect":"Deny","Action":"ec2:CreateFleet","Resource":"arn:aws:ec2:*:*:instance/*",
             "Condition":{"StringLike":{"ec2:InstanceType":"p4d.*"}}}
            """#)
        var fleet = try await request(
            .instant, [.init(instanceType: "m5.large"), .init(instanceType: "p4d.24xlarge")], onDemand: 1)
        await refused("UnauthorizedOperation", status: 403) { try await worker.createFleet(fleet) }
        fleet.launchTemplateConfigs[0].overrides = [.init(instanceType: "m5.large")]
        #expect(try await worker.createFleet(fleet).instances?.count == 1)
        fleet.launchTemplateConfigs[0].overrides = [
            .init(instanceRequirements: .init(vCpuCount: .init(min: 2, max: 2), memoryMiB: .init(min: 4096)))
        ]
        #expect(try await worker.createFleet(fleet).instances?.count == 1)
    }

    /// Assumed: a fleet that launches later does so with EC2 Fleet's service-linked role.
    @Test func maintainFleetLaunchesWithoutCallerPermission() async throws {
        let worker = try await worker(Self.fleets)
        let made = try await worker.createFleet(request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1))
        aws.clock.advance(by: .seconds(6))
        #expect(
            try await aws.ec2.describeFleetInstances(.init(fleetId: made.fleetId ?? "")).activeInstances?.count == 1)
    }

    // MARK: Capacity

    @Test func fleetReportsPoolWithoutCapacityAndLaunchesElsewhere() async throws {
        aws.simulator.faults.set(FaultPlan([Fault(.insufficientCapacity, operation: "CreateFleet", resource: "c5.large")]))
        let overrides: [FleetLaunchTemplateOverridesRequest] = [
            .init(instanceType: "c5.large", availabilityZone: "us-east-1b"),
            .init(instanceType: "m5.large", availabilityZone: "us-east-1a"),
        ]
        var fleet = try await request(.instant, overrides, spot: 2, onDemand: 2)
        fleet.spotOptions = .init(allocationStrategy: .diversified)
        let made = try await aws.ec2.createFleet(fleet)
        #expect(made.instances?.allSatisfy { $0.instanceType == "m5.large" } == true)
        #expect(made.instances?.flatMap { $0.instanceIds ?? [] }.count == 4)
        let errors = made.errors ?? []
        #expect(errors.map(\.errorCode) == ["InsufficientInstanceCapacity", "InsufficientInstanceCapacity"])
        #expect(
            errors.first { $0.lifecycle == .onDemand }?.errorMessage?.hasPrefix(
                "We currently do not have sufficient c5.large capacity in the Availability Zone you requested (us-east-1b).")
                == true)
        #expect(
            errors.first { $0.lifecycle == .spot }?.errorMessage
                == "There is no Spot capacity available that matches your request.")
        #expect(aws.simulator.faults.progress.map(\.struck) == [2])
        // A maintained fleet launches elsewhere, too.
        let kept = try await aws.ec2.createFleet(
            .init(
                launchTemplateConfigs: [
                    .init(
                        launchTemplateSpecification: .init(launchTemplateName: "fleet", version: "$Latest"),
                        overrides: overrides)
                ], targetCapacitySpecification: .init(totalTargetCapacity: 2, defaultTargetCapacityType: .spot)))
        aws.clock.advance(by: .seconds(6))
        let active = try await aws.ec2.describeFleetInstances(.init(fleetId: kept.fleetId ?? "")).activeInstances
        #expect(active?.map(\.instanceType) == ["m5.large", "m5.large"])
    }

    @Test func zoneCapacityFaultFailsOnlyFirstCreateFleet() async throws {
        aws.simulator.faults.set(
            FaultPlan([Fault(.insufficientCapacity, resource: "us-east-1a", calls: .numbers(1...1))]))
        var fleet = try await request(.instant, [.init(instanceType: "m5.large", availabilityZone: "us-east-1a")], onDemand: 1)
        let first = try await aws.ec2.createFleet(fleet)
        #expect(first.instances?.isEmpty == true && first.errors?.count == 1)
        fleet.clientToken = "second"
        #expect(try await aws.ec2.createFleet(fleet).instances?.count == 1)
    }

    // MARK: Words

    /// AWS's responses say `lowestPrice`, whatever the request says.
    @Test(arguments: [nil, "lowest-price", "lowestPrice"] as [String?])
    func describeFleetsReportsLowestPriceInCamelCase(_ strategy: String?) async throws {
        var fleet = try await request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1)
        fleet.spotOptions = .init(allocationStrategy: strategy.map { SpotAllocationStrategy($0) })
        fleet.onDemandOptions = .init(allocationStrategy: strategy.map { FleetOnDemandAllocationStrategy($0) })
        let made = try await aws.ec2.createFleet(fleet)
        let shown = try await aws.ec2.describeFleets(.init(fleetIds: [made.fleetId ?? ""])).fleets?.first
        #expect(shown?.spotOptions?.allocationStrategy == "lowestPrice")
        #expect(shown?.onDemandOptions?.allocationStrategy == "lowestPrice")
        // The template is shown as it was given, here by its id.
        let template = shown?.launchTemplateConfigs?.first?.launchTemplateSpecification
        #expect(template?.launchTemplateId?.hasPrefix("lt-") == true && template?.launchTemplateName == nil)
    }
}
