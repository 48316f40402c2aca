import DrydockTesting
import Testing

/// Assumed throughout: how long states last, when a fleet tries again, how much Spot capacity a pool has (the seed decides), how
/// allocation strategies weigh capacity against price and priority, and the code for the maximum total price.
@Suite(.simulator(transitions: .aws)) struct Fleets {
    private let aws = AWS.current

    private func template() async throws -> String {
        var data = RequestLaunchTemplateData()
        data.imageId = try await aws.ubuntu()
        let made = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "fleet", launchTemplateData: data))
        return try #require(made.launchTemplate?.launchTemplateId)
    }

    private func request(
        _ type: FleetType, _ overrides: [FleetLaunchTemplateOverridesRequest], spot: Int = 0, onDemand: Int = 0
    ) async throws -> CreateFleetRequest {
        let id = try await template()
        var request = CreateFleetRequest(
            launchTemplateConfigs: [
                .init(launchTemplateSpecification: .init(launchTemplateId: id, version: "$Latest"), overrides: overrides)
            ],
            targetCapacitySpecification: .init(
                totalTargetCapacity: spot + onDemand, onDemandTargetCapacity: onDemand, spotTargetCapacity: spot))
        request.type = type
        return request
    }

    private func described(_ id: String?) async throws -> FleetData {
        try #require(try await aws.ec2.describeFleets(.init(fleetIds: [id ?? ""])).fleets?.first)
    }

    private func active(_ id: String?) async throws -> [ActiveInstance] {
        try await aws.ec2.describeFleetInstances(.init(fleetId: id ?? "")).activeInstances ?? []
    }

    private func settle() { aws.clock.advance(by: .seconds(6)) }

    // MARK: Instant

    @Test func instantFleetLaunchesInstancesSynchronously() async throws {
        var request = try await request(
            .instant, [.init(instanceType: "m5.large"), .init(instanceType: "c5.large")], spot: 2, onDemand: 1)
        request.tagSpecifications = [
            .init(resourceType: "fleet", tags: [Tag(key: "Team", value: "web")]),
            .init(resourceType: "instance", tags: [Tag(key: "Role", value: "worker")]),
        ]
        let made = try await aws.ec2.createFleet(request)
        #expect(made.fleetId?.hasPrefix("fleet-") == true && made.fleetId?.utf8.count == 42 && made.errors?.isEmpty == true)
        let spot = made.instances?.filter { $0.lifecycle == .spot } ?? []
        #expect(spot.flatMap { $0.instanceIds ?? [] }.count == 2)
        // The cheaper type, on demand as on Spot.
        let other = try #require(made.instances?.first { $0.lifecycle == .onDemand })
        #expect(other.instanceType == "c5.large" && other.instanceIds?.count == 1)
        #expect(other.launchTemplateAndOverrides?.overrides?.instanceType == "c5.large")
        #expect(other.launchTemplateAndOverrides?.launchTemplateSpecification?.version == "$Latest")
        let instance = try #require(try await aws.describe(spot.first?.instanceIds?.first))
        #expect(instance.instanceLifecycle == .spot && instance.spotInstanceRequestId?.hasPrefix("sir-") == true)
        let tags = Dictionary((instance.tags ?? []).map { ($0.key ?? "", $0.value ?? "") }, uniquingKeysWith: { $1 })
        #expect(tags["Role"] == "worker" && tags["aws:ec2:fleet-id"] == made.fleetId)
        #expect(tags["aws:ec2launchtemplate:version"] == "1")
        let fleet = try await described(made.fleetId)
        #expect(fleet.fleetState == .active && fleet.activityStatus == .fulfilled && fleet.type == .instant)
        #expect(fleet.fulfilledCapacity == 3 && fleet.fulfilledOnDemandCapacity == 1 && fleet.tags?.first?.value == "web")
        #expect(fleet.instances?.isEmpty == false)
        // An instant fleet is listed only by its id.
        #expect(try await aws.ec2.describeFleets(.init()).fleets?.isEmpty == true)
        await refused("NoTerminateInstancesNotSupported") {
            try await aws.ec2.deleteFleets(.init(fleetIds: [made.fleetId ?? ""], terminateInstances: false))
        }
        let deletion = try await aws.ec2.deleteFleets(.init(fleetIds: [made.fleetId ?? ""], terminateInstances: true))
        #expect(deletion.successfulFleetDeletions?.first?.currentFleetState == .deletedTerminating)
        #expect(deletion.successfulFleetDeletions?.first?.previousFleetState == .active)
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(made.fleetId).fleetState == .deleted)
        #expect(try await aws.describe(instance.instanceId)?.state?.name == .terminated)
    }

    @Test func instantFleetReportsFailedLaunchesAsErrors() async throws {
        let made = try await aws.ec2.createFleet(
            request(
                .instant, [.init(instanceType: "m6g.large"), .init(instanceType: "m5.large")], onDemand: 1))
        #expect(made.instances?.first?.instanceType == "m5.large")
        // The image has another architecture.
        let error = try #require(made.errors?.first)
        #expect(error.errorCode == "InvalidParameterValue" && error.lifecycle == .onDemand)
        #expect(error.launchTemplateAndOverrides?.overrides?.instanceType == "m6g.large")
        #expect(error.errorMessage?.contains("architecture") == true)
    }

    @Test func fleetBelowMinTargetCapacityLaunchesNothing() async throws {
        var request = try await request(.instant, [.init(instanceType: "p4d.24xlarge")], spot: 20)
        request.spotOptions = .init(singleInstanceType: true, minTargetCapacity: 20)
        let made = try await aws.ec2.createFleet(request)
        #expect(made.instances?.isEmpty == true && made.errors?.first?.errorCode == "MaxSpotInstanceCountExceeded")
        #expect(try await aws.ec2.describeInstances(.init()).reservations?.isEmpty == true)
        #expect(try await aws.ec2.describeSpotInstanceRequests(.init()).spotInstanceRequests?.isEmpty == true)
        request.spotOptions = .init(minTargetCapacity: 20)
        await refused("InvalidParameterCombination") { try await aws.ec2.createFleet(request) }
    }

    @Test func fleetSelectsTypesByInstanceRequirements() async throws {
        var requirements = InstanceRequirementsRequest(
            vCpuCount: .init(min: 2, max: 2), memoryMiB: .init(min: 4096, max: 8192))
        requirements.cpuManufacturers = ["intel"]
        var request = try await request(.instant, [.init(instanceRequirements: requirements)], spot: 8)
        request.spotOptions = .init(allocationStrategy: .diversified)
        let made = try await aws.ec2.createFleet(request)
        let types = Set(made.instances?.compactMap { $0.instanceType?.rawValue } ?? [])
        #expect(types.allSatisfy { !$0.hasPrefix("t") && $0.hasSuffix(".large") } && !types.contains("m5a.large"))
        let ids = made.instances?.flatMap { $0.instanceIds ?? [] } ?? []
        #expect(ids.count == 8)
        // The capacity is counted in vCPUs.
        var byUnits = request
        byUnits.targetCapacitySpecification = .init(
            totalTargetCapacity: 8, spotTargetCapacity: 8, targetCapacityUnitType: .vcpu)
        let second = try await aws.ec2.createFleet(byUnits)
        #expect(second.instances?.flatMap { $0.instanceIds ?? [] }.count == 4)
        #expect(try await described(second.fleetId).fulfilledCapacity == 8)
    }

    @Test func fleetAllocationStrategiesChoosePools() async throws {
        let names = ["m5.large", "r5.large", "c5.large", "r4.large", "c4.large"]
        /// Launches from pools that have their place in `order` as priority.
        func types(_ options: SpotOptionsRequest, _ count: Int = 2, order: [String]? = nil) async throws -> [String] {
            let overrides = names.map { name in
                FleetLaunchTemplateOverridesRequest(
                    instanceType: InstanceType(name), availabilityZone: "us-east-1a",
                    priority: Double((order ?? names).firstIndex(of: name) ?? 0))
            }
            var request = try await request(.instant, overrides, spot: count)
            request.spotOptions = options
            let made = try await aws.ec2.createFleet(request)
            _ = try await aws.ec2.deleteLaunchTemplate(.init(launchTemplateName: "fleet"))
            return made.instances?.flatMap { group in
                (group.instanceIds ?? []).map { _ in group.instanceType?.rawValue ?? "" }
            }.sorted() ?? []
        }
        let now = aws.clock.now
        let history = try await aws.ec2.describeSpotPriceHistory(
            .init(
                startTime: now, endTime: now, instanceTypes: names.map { InstanceType($0) },
                productDescriptions: ["Linux/UNIX"], availabilityZone: "us-east-1a")
        ).spotPriceHistory
        let prices = Dictionary(
            (history ?? []).map { ($0.instanceType?.rawValue ?? "", Double($0.spotPrice ?? "") ?? 0) }, uniquingKeysWith: max)
        let byPrice = names.sorted { prices[$0, default: 0] < prices[$1, default: 0] }
        #expect(try await types(.init(allocationStrategy: .lowestPrice)) == [byPrice[0], byPrice[0]])
        #expect(
            try await types(.init(allocationStrategy: .lowestPrice, instancePoolsToUseCount: 2)) == byPrice.prefix(2).sorted())
        #expect(try await types(.init(allocationStrategy: .diversified), 5) == names.sorted())
        // With this seed, r5.large has the most capacity, r5, m5 and c4 have much of it, and c5, the cheapest, has little.
        #expect(byPrice.first == "c5.large")
        for order in [names, names.reversed()] {
            #expect(try await types(.init(allocationStrategy: .capacityOptimized), order: order) == ["r5.large", "r5.large"])
            #expect(
                try await types(.init(allocationStrategy: .priceCapacityOptimized), order: order) == ["m5.large", "m5.large"])
        }
        let prioritized = SpotOptionsRequest(allocationStrategy: .capacityOptimizedPrioritized)
        #expect(try await types(prioritized) == ["m5.large", "m5.large"])
        #expect(try await types(prioritized, order: names.reversed()) == ["c4.large", "c4.large"])
        // The total price limits the capacity: at about four cents each, only one instance fits.
        #expect(try await types(.init(allocationStrategy: .lowestPrice, maxTotalPrice: "0.06")).count == 1)
    }

    /// Assumed: On-Demand, if the request names no default.
    @Test func fleetTargetCapacityTypeDefaultsToOnDemand() async throws {
        var request = try await request(.instant, [.init(instanceType: "m5.large")])
        request.targetCapacitySpecification = .init(totalTargetCapacity: 2)
        let made = try await aws.ec2.createFleet(request)
        #expect(made.instances?.map(\.lifecycle) == [.onDemand])
        #expect(try await described(made.fleetId).targetCapacitySpecification?.defaultTargetCapacityType == .onDemand)
    }

    @Test func fleetCountsWeightedCapacity() async throws {
        let made = try await aws.ec2.createFleet(
            request(.instant, [.init(instanceType: "m5.xlarge", weightedCapacity: 4)], onDemand: 10))
        #expect(made.instances?.first?.instanceIds?.count == 3)
        #expect(try await described(made.fleetId).fulfilledCapacity == 12)
    }

    @Test func fleetOverrideSetsSubnet() async throws {
        let subnet = try #require(
            try await aws.ec2.describeSubnets(.init(filters: [Filter(name: "availability-zone", values: ["us-east-1c"])]))
                .subnets?.first)
        // Karpenter's templates specify an interface, and its overrides the subnet.
        var data = RequestLaunchTemplateData()
        data.imageId = try await aws.ubuntu()
        data.networkInterfaces = [.init(associatePublicIpAddress: false, deviceIndex: 0)]
        _ = try await aws.ec2.createLaunchTemplate(.init(launchTemplateName: "karpenter", launchTemplateData: data))
        var request = CreateFleetRequest(
            launchTemplateConfigs: [
                .init(
                    launchTemplateSpecification: .init(launchTemplateName: "karpenter", version: "$Default"),
                    overrides: [.init(instanceType: "m5.large", subnetId: subnet.subnetId)])
            ], targetCapacitySpecification: .init(totalTargetCapacity: 1, defaultTargetCapacityType: .spot))
        request.type = .instant
        let made = try #require(try await aws.ec2.createFleet(request).instances?.first)
        #expect(made.availabilityZone == "us-east-1c" && made.subnetId == subnet.subnetId && made.lifecycle == .spot)
        let instance = try await aws.describe(made.instanceIds?.first)
        #expect(instance?.subnetId == subnet.subnetId && instance?.publicIpAddress == nil)
    }

    @Test func createFleetDryRunLaunchesNothing() async throws {
        var request = try await request(.instant, [.init(instanceType: "m5.large")], spot: 1)
        request.dryRun = true
        await refused("DryRunOperation") { try await aws.ec2.createFleet(request) }
        #expect(try await aws.ec2.describeInstances(.init()).reservations?.isEmpty == true)
    }

    @Test func createFleetIsIdempotentByClientToken() async throws {
        var request = try await request(.instant, [.init(instanceType: "m5.large")], spot: 1)
        request.clientToken = "t"
        let first = try await aws.ec2.createFleet(request), second = try await aws.ec2.createFleet(request)
        #expect(first.fleetId == second.fleetId)
        #expect(first.instances?.first?.instanceIds == second.instances?.first?.instanceIds)
    }

    // MARK: Request and maintain

    @Test func maintainFleetReplacesInterruptedInstances() async throws {
        let made = try await aws.ec2.createFleet(
            request(.maintain, [.init(instanceType: "m5.large")], spot: 2, onDemand: 1))
        #expect(made.instances == nil && made.errors == nil)
        let fresh = try await described(made.fleetId)
        #expect(fresh.fleetState == .submitted && fresh.activityStatus == .pendingFulfillment && fresh.fulfilledCapacity == 0)
        settle()
        let fleet = try await described(made.fleetId)
        #expect(fleet.fleetState == .active && fleet.activityStatus == .fulfilled && fleet.fulfilledCapacity == 3)
        #expect(fleet.instances == nil)
        let first = try await active(made.fleetId)
        #expect(first.count == 3 && first.filter { $0.spotInstanceRequestId != nil }.count == 2)
        #expect(first.allSatisfy { $0.instanceType == "m5.large" && $0.instanceHealth == .healthy })
        aws.clock.advance(by: .minutes(1))
        aws.simulator.faults.set(FaultPlan([Fault(.interruptSpot(notice: .minutes(2)), calls: .numbers(1...1))]))
        _ = try await aws.sts.getCallerIdentity(.init())
        aws.clock.advance(by: .minutes(2))
        #expect(try await active(made.fleetId).count == 1)
        settle()
        let second = try await active(made.fleetId)
        #expect(second.count == 3)
        #expect(Set(second.map(\.instanceId)).intersection(first.map(\.instanceId)).count == 1)
        let start = aws.clock.now + .hours(-1)
        let events = try await aws.ec2.describeFleetHistory(.init(fleetId: made.fleetId ?? "", startTime: start)).historyRecords
        let kinds = events?.map { "\($0.eventType?.rawValue ?? "") \($0.eventInformation?.eventSubType ?? "")" } ?? []
        #expect(kinds.first == "fleet-change submitted" && kinds.filter { $0 == "instance-change launched" }.count == 5)
        #expect(kinds.filter { $0 == "instance-change terminated" }.count == 2)
        let changes = try await aws.ec2.describeFleetHistory(
            .init(eventType: .fleetChange, fleetId: made.fleetId ?? "", startTime: start)
        ).historyRecords
        #expect(changes?.allSatisfy { $0.eventType == .fleetChange } == true)
    }

    @Test func requestFleetsDoNotReplaceInstances() async throws {
        let made = try await aws.ec2.createFleet(request(.request, [.init(instanceType: "m5.large")], onDemand: 2))
        settle()
        let instances = try await active(made.fleetId)
        #expect(instances.count == 2)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instances[0].instanceId ?? ""]))
        aws.clock.advance(by: .minutes(10))
        #expect(try await active(made.fleetId).count == 1)
        await refused("FleetNotInModifiableState") {
            try await aws.ec2.modifyFleet(
                .init(fleetId: made.fleetId ?? "", targetCapacitySpecification: .init(totalTargetCapacity: 3)))
        }
    }

    @Test func modifyFleetChangesTargetCapacity() async throws {
        let made = try await aws.ec2.createFleet(request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1))
        settle()
        func modify(_ total: Int, _ policy: FleetExcessCapacityTerminationPolicy? = nil) async throws -> Int {
            let answer = try await aws.ec2.modifyFleet(
                .init(
                    excessCapacityTerminationPolicy: policy, fleetId: made.fleetId ?? "",
                    targetCapacitySpecification: .init(totalTargetCapacity: total)))
            #expect(answer.return == true)
            #expect(try await described(made.fleetId).fleetState == .modifying)
            settle()
            #expect(try await described(made.fleetId).fleetState == .active)
            return try await active(made.fleetId).count
        }
        #expect(try await modify(4) == 4)
        let all = try await active(made.fleetId).map(\.instanceId)
        #expect(try await modify(2) == 2)
        // Assumed: the newest are terminated first.
        #expect(try await active(made.fleetId).map(\.instanceId) == Array(all.prefix(2)))
        #expect(try await modify(1, .noTermination) == 2)
        #expect(try await described(made.fleetId).excessCapacityTerminationPolicy == .noTermination)
    }

    @Test func deleteFleetsKeepsInstancesWithoutTermination() async throws {
        let made = try await aws.ec2.createFleet(request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1))
        settle()
        let instance = try await active(made.fleetId).first?.instanceId
        let answer = try await aws.ec2.deleteFleets(
            .init(
                fleetIds: [made.fleetId ?? "", "fleet-12345678-1234-1234-1234-123456789012", "fleet-1"],
                terminateInstances: false))
        #expect(answer.successfulFleetDeletions?.first?.currentFleetState == .deletedRunning)
        #expect(answer.unsuccessfulFleetDeletions?.map { $0.error?.code } == [.fleetIdDoesNotExist, .fleetIdMalformed])
        aws.clock.advance(by: .hours(1))
        #expect(try await described(made.fleetId).fleetState == .deletedRunning)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: [instance ?? ""]))
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(made.fleetId).fleetState == .deleted)
        // The fleet doesn't launch a replacement.
        #expect(try await active(made.fleetId).isEmpty)
        let again = try await aws.ec2.deleteFleets(.init(fleetIds: [made.fleetId ?? ""], terminateInstances: true))
        #expect(again.unsuccessfulFleetDeletions?.first?.error?.code == .fleetNotInDeletableState)
        aws.clock.advance(by: .hours(49))
        await refused("InvalidFleetId.NotFound") { _ = try await described(made.fleetId) }
    }

    @Test func fleetDeletedWithTerminationTerminatesItsInstances() async throws {
        let made = try await aws.ec2.createFleet(request(.maintain, [.init(instanceType: "m5.large")], onDemand: 2))
        settle()
        let instances = try await active(made.fleetId).compactMap(\.instanceId)
        #expect(instances.count == 2)
        let answer = try await aws.ec2.deleteFleets(.init(fleetIds: [made.fleetId ?? ""], terminateInstances: true))
        #expect(answer.successfulFleetDeletions?.map(\.currentFleetState) == [.deletedTerminating])
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(made.fleetId).fleetState == .deleted)
        for id in instances { #expect(try await aws.describe(id)?.state?.name == .terminated) }
    }

    /// Assumed: an expired fleet has the state of a deleted one.
    @Test func fleetExpiresAtValidUntil() async throws {
        var request = try await request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1)
        request.validUntil = aws.clock.now + .hours(1)
        request.terminateInstancesWithExpiration = true
        let made = try await aws.ec2.createFleet(request)
        settle()
        let instances = try await active(made.fleetId).compactMap(\.instanceId)
        #expect(instances.count == 1)
        aws.clock.advance(by: .hours(1))
        #expect(try await described(made.fleetId).fleetState == .deletedTerminating)
        aws.clock.advance(by: .minutes(1))
        #expect(try await described(made.fleetId).fleetState == .deleted)
        #expect(try await aws.describe(instances.first)?.state?.name == .terminated)
    }

    @Test func fleetThatExpiresWithoutTerminationKeepsItsInstances() async throws {
        var request = try await request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1)
        request.validUntil = aws.clock.now + .hours(1)
        let made = try await aws.ec2.createFleet(request)
        settle()
        let instances = try await active(made.fleetId).compactMap(\.instanceId)
        #expect(instances.count == 1)
        aws.clock.advance(by: .hours(2))
        #expect(try await described(made.fleetId).fleetState == .deletedRunning)
        #expect(try await aws.describe(instances.first)?.state?.name == .running)
    }

    @Test func describeFleetsAppliesFilters() async throws {
        _ = try await aws.ec2.createFleet(request(.maintain, [.init(instanceType: "m5.large")], onDemand: 1))
        settle()
        func count(_ name: String, _ value: String) async throws -> Int {
            let filter = Filter(name: name, values: [value])
            return try await aws.ec2.describeFleets(.init(filters: [filter])).fleets?.count ?? 0
        }
        for (name, value) in [
            ("type", "maintain"), ("fleet-state", "active"), ("activity-status", "fulfilled"),
            ("excess-capacity-termination-policy", "true"), ("replace-unhealthy-instances", "false"),
        ] { #expect(try await count(name, value) == 1, "\(name)") }
        #expect(try await count("type", "request") == 0)
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await count("colour", "red") }
    }

    /// Assumed: the messages, and all codes except those for ids.
    @Test func invalidFleetRequestsAreRejected() async throws {
        let good = try await request(.instant, [.init(instanceType: "m5.large")], spot: 1)
        func refuses(_ code: String, _ change: (inout CreateFleetRequest) -> Void) async {
            var request = good
            change(&request)
            await refused(code) { try await aws.ec2.createFleet(request) }
        }
        await refuses("InvalidLaunchTemplateName.NotFoundException") {
            $0.launchTemplateConfigs[0].launchTemplateSpecification = .init(launchTemplateName: "none", version: "1")
        }
        await refuses("MissingParameter") { $0.launchTemplateConfigs[0].launchTemplateSpecification?.version = nil }
        await refuses("InvalidParameterValue") { $0.targetCapacitySpecification.totalTargetCapacity = -1 }
        await refuses("InvalidParameterCombination") { $0.targetCapacitySpecification.onDemandTargetCapacity = 5 }
        await refuses("InvalidParameterCombination") {
            $0.launchTemplateConfigs[0].overrides?[0].instanceRequirements = .init(
                vCpuCount: .init(min: 1), memoryMiB: .init(min: 1))
        }
        await refuses("InvalidParameterValue") { $0.launchTemplateConfigs[0].overrides?[0].weightedCapacity = 0 }
        await refuses("InvalidParameterValue") { $0.launchTemplateConfigs[0].overrides?[0].maxPrice = "0.0001" }
        await refuses("InvalidParameterValue") { $0.launchTemplateConfigs[0].overrides?[0].subnetId = "subnet-1,subnet-2" }
        await refuses("InvalidParameterCombination") { $0.spotOptions = .init(instanceInterruptionBehavior: .stop) }
        await refuses("InvalidParameterCombination") {
            $0.spotOptions = .init(allocationStrategy: .diversified, instancePoolsToUseCount: 2)
        }
        await refuses("InvalidParameterCombination") { $0.replaceUnhealthyInstances = true }
        await refuses("InvalidParameterValue") { $0.validUntil = aws.clock.now }
        await refuses("InvalidParameterCombination") {
            $0.type = .maintain
            $0.launchTemplateConfigs[0].overrides?[0].keyName = "k"
        }
        await refuses("InvalidParameterValue") {
            $0.type = .maintain
            $0.tagSpecifications = [.init(resourceType: "instance", tags: [Tag(key: "a", value: "b")])]
        }
        await refuses("NotSimulated") { $0.reservedCapacityOptions = .init(allocationStrategy: .prioritized) }
        let absent = "fleet-12345678-1234-1234-1234-123456789012"
        await refused("InvalidFleetId.NotFound", "The fleet ID '\(absent)' does not exist.") {
            _ = try await described(absent)
        }
        await refused("InvalidFleetId.Malformed") { _ = try await described("fleet-0123456789abcdef0") }
        let instant = try await aws.ec2.createFleet(good)
        await refused("UnsupportedOperation") { _ = try await active(instant.fleetId) }
    }
}
