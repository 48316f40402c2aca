import DrydockTesting
import Testing

/// Assumed throughout: prices, as shares of the On-Demand price that are the same for all types; how long states last.
@Suite(.simulator(transitions: .aws)) struct ReservedInstanceTests {
    private let aws = AWS.current
    private static let year = 31_536_000

    private func offerings(
        _ type: InstanceType? = "m5.large", _ change: (inout DescribeReservedInstancesOfferingsRequest) -> Void = { _ in }
    ) async throws -> [ReservedInstancesOffering] {
        var request = DescribeReservedInstancesOfferingsRequest()
        request.instanceType = type
        request.productDescription = "Linux/UNIX"
        change(&request)
        return try await aws.ec2.describeReservedInstancesOfferings(request).reservedInstancesOfferings ?? []
    }

    private func regional(_ payment: OfferingTypeValues = "All Upfront", _ type: InstanceType = "m5.large") async throws
        -> ReservedInstancesOffering
    {
        let all = try await offerings(type) {
            $0.offeringType = payment
            $0.offeringClass = .standard
            $0.maxDuration = Self.year
            $0.filters = [Filter(name: "scope", values: ["Region"])]
        }
        #expect(all.count == 1)
        return try #require(all.first)
    }

    private func buy(_ offering: ReservedInstancesOffering, _ count: Int = 1) async throws -> String {
        try #require(
            try await aws.ec2.purchaseReservedInstancesOffering(
                .init(instanceCount: count, reservedInstancesOfferingId: offering.reservedInstancesOfferingId ?? "")
            ).reservedInstancesId)
    }

    private func described(_ id: String) async throws -> ReservedInstances {
        try #require(
            try await aws.ec2.describeReservedInstances(.init(reservedInstancesIds: [id])).reservedInstances?.first)
    }

    @Test func describeReservedInstancesOfferingsAppliesParameters() async throws {
        // Three payment options, two terms and two classes, for the region and for each zone that offers the type.
        let all = try await offerings()
        #expect(all.count % 12 == 0 && all.count > 12 && Set(all.map(\.reservedInstancesOfferingId)).count == all.count)
        #expect(all.allSatisfy { $0.instanceTenancy == .default && $0.marketplace == false && $0.currencyCode == .usd })
        let upfront = try await regional(), monthly = try await regional("No Upfront"),
            both = try await regional("Partial Upfront")
        #expect(upfront.fixedPrice ?? 0 > 300 && upfront.recurringCharges?.first?.amount == 0)
        #expect(monthly.fixedPrice == 0 && monthly.recurringCharges?.first?.amount ?? 0 > 0.04)
        #expect(both.fixedPrice ?? 0 > 150 && both.fixedPrice ?? 0 < upfront.fixedPrice ?? 0)
        #expect(upfront.availabilityZone == nil && upfront.duration == Self.year)
        let zonal = try await offerings { $0.availabilityZone = "us-east-1a" }
        #expect(zonal.count == 12 && zonal.allSatisfy { $0.scope == "Availability Zone" })
        let id = try #require(zonal.last?.reservedInstancesOfferingId)
        let byId = try await offerings(nil) {
            $0.productDescription = nil
            $0.reservedInstancesOfferingIds = [id]
        }
        #expect(byId.map(\.availabilityZone) == ["us-east-1a"] && byId.first?.fixedPrice == zonal.last?.fixedPrice)
        let windows = try await offerings { $0.productDescription = "Windows" }
        #expect(windows.count == all.count && windows.first?.recurringCharges?.first?.amount ?? 0 > 0.1)
        let dedicated = try await offerings { $0.instanceTenancy = .dedicated }
        #expect(dedicated.count == all.count)
        await refused("InvalidReservedInstancesOfferingId") {
            _ = try await offerings(nil) { $0.reservedInstancesOfferingIds = ["0123"] }
        }
        await refused("InvalidParameterValue") { _ = try await offerings { $0.instanceTenancy = .host } }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") {
            _ = try await offerings { $0.filters = [Filter(name: "colour", values: ["red"])] }
        }
    }

    @Test func describeReservedInstancesOfferingsPaginates() async throws {
        let first = try await aws.ec2.describeReservedInstancesOfferings(.init())
        #expect(first.reservedInstancesOfferings?.count == 100)
        let second = try await aws.ec2.describeReservedInstancesOfferings(.init(nextToken: first.nextToken))
        #expect(second.reservedInstancesOfferings?.count == 100)
        let ids = Set((first.reservedInstancesOfferings ?? []).map(\.reservedInstancesOfferingId))
        #expect(ids.isDisjoint(with: (second.reservedInstancesOfferings ?? []).map(\.reservedInstancesOfferingId)))
        await refused("InvalidParameterValue") {
            _ = try await aws.ec2.describeReservedInstancesOfferings(.init(maxResults: 101))
        }
    }

    @Test func reservedInstanceIsPurchasedAndRetires() async throws {
        let offering = try await regional()
        let id = try await buy(offering, 2)
        let bought = try await described(id)
        #expect(bought.state == .paymentPending && bought.instanceCount == 2 && bought.fixedPrice == offering.fixedPrice)
        #expect(bought.scope == "Region" && bought.instanceType == "m5.large" && bought.offeringType == "All Upfront")
        #expect(bought.end?.seconds ?? 0 == (bought.start?.seconds ?? 0) + Int64(Self.year))
        // Assumed: how long a payment takes.
        aws.clock.advance(by: .seconds(60))
        #expect(try await described(id).state == .active)
        let filters = [Filter(name: "state", values: ["active"]), Filter(name: "duration", values: ["\(Self.year)"])]
        #expect(try await aws.ec2.describeReservedInstances(.init(filters: filters)).reservedInstances?.count == 1)
        #expect(
            try await aws.ec2.describeReservedInstances(.init(offeringClass: .convertible)).reservedInstances?.isEmpty ?? true)
        try await aws.ec2.createTags(.init(resources: [id], tags: [Tag(key: "Team", value: "web")]))
        #expect(try await described(id).tags?.map(\.value) == ["web"])
        let tagged = try await aws.ec2.describeTags(.init(filters: [Filter(name: "resource-id", values: [id])])).tags
        #expect(tagged?.map(\.resourceType) == ["reserved-instances"])
        aws.clock.advance(by: .hours(366 * 24))
        #expect(try await described(id).state == .retired)
    }

    /// The codes are AWS's; the messages are assumed.
    @Test func invalidReservedInstancePurchasesAreRejected() async throws {
        let offering = try await regional()
        await refused("InvalidReservedInstancesOfferingId") {
            _ = try await aws.ec2.purchaseReservedInstancesOffering(
                .init(instanceCount: 1, reservedInstancesOfferingId: "00000000-0000-4000-8000-000000000000"))
        }
        await refused("InvalidParameterValue") { _ = try await buy(offering, 0) }
        await refused("ReservedInstancesLimitExceeded") { _ = try await buy(offering, 21) }
        await refused("LimitPriceExceeded") {
            _ = try await aws.ec2.purchaseReservedInstancesOffering(
                .init(
                    instanceCount: 1, reservedInstancesOfferingId: offering.reservedInstancesOfferingId ?? "",
                    limitPrice: .init(amount: 1, currencyCode: .usd)))
        }
        await refused("InvalidReservedInstancesId") { _ = try await described("00000000-0000-4000-8000-000000000000") }
    }

    @Test func queuedReservedInstancePurchaseStartsAtPurchaseTime() async throws {
        let offering = try await regional()
        let id = offering.reservedInstancesOfferingId ?? ""
        let time = aws.clock.now + .hours(24)
        func queue() async throws -> String {
            try #require(
                try await aws.ec2.purchaseReservedInstancesOffering(
                    .init(instanceCount: 1, reservedInstancesOfferingId: id, purchaseTime: time)
                ).reservedInstancesId)
        }
        let first = try await queue(), second = try await queue()
        #expect(try await described(first).state == .queued)
        let deleted = try await aws.ec2.deleteQueuedReservedInstances(.init(reservedInstancesIds: [second, "0"]))
        #expect(deleted.successfulQueuedPurchaseDeletions?.map(\.reservedInstancesId) == [second])
        #expect(
            deleted.failedQueuedPurchaseDeletions?.map(\.error?.code?.rawValue) == ["reserved-instances-id-invalid"])
        #expect(try await described(second).state == .queuedDeleted)
        aws.clock.advance(by: .hours(25))
        #expect(try await described(first).state == .active)
        #expect(try await described(second).state == .queuedDeleted)
        let zonal = try #require(try await offerings { $0.availabilityZone = "us-east-1a" }.first?.reservedInstancesOfferingId)
        await refused("InvalidParameterCombination") {
            _ = try await aws.ec2.purchaseReservedInstancesOffering(
                .init(
                    instanceCount: 1, reservedInstancesOfferingId: zonal, purchaseTime: aws.clock.now + .hours(1)))
        }
    }

    /// Assumed: codes, messages, and how long a modification takes.
    @Test func modifyReservedInstancesReplacesReservation() async throws {
        let id = try await buy(try await regional(), 4)
        func modify(_ targets: [ReservedInstancesConfiguration], token: String? = nil) async throws -> String {
            try #require(
                try await aws.ec2.modifyReservedInstances(
                    .init(reservedInstancesIds: [id], clientToken: token, targetConfigurations: targets)
                ).reservedInstancesModificationId)
        }
        let targets = [
            ReservedInstancesConfiguration(availabilityZone: "us-east-1a", instanceCount: 1, instanceType: "m5.xlarge"),
            ReservedInstancesConfiguration(instanceCount: 2, instanceType: "m5.large"),
        ]
        await refused("InvalidState") { _ = try await modify(targets) }
        aws.clock.advance(by: .seconds(60))
        await refused("InvalidParameterValue") { _ = try await modify([.init(instanceCount: 5)]) }
        await refused("InvalidParameterValue") { _ = try await modify([.init(instanceCount: 4, instanceType: "c5.large")]) }
        await refused("InvalidParameterCombination") {
            _ = try await modify([.init(availabilityZone: "us-east-1a", instanceCount: 4, scope: "Region")])
        }
        let modification = try await modify(targets, token: "once")
        #expect(modification.hasPrefix("rimod-") && modification.count == 42)
        #expect(try await modify(targets, token: "once") == modification)
        await refused("InvalidState") { _ = try await modify([.init(instanceCount: 4)]) }
        func found() async throws -> ReservedInstancesModification {
            let filter = Filter(name: "reserved-instances-id", values: [id])
            return try #require(
                try await aws.ec2.describeReservedInstancesModifications(.init(filters: [filter]))
                    .reservedInstancesModifications?.first)
        }
        let begun = try await found()
        #expect(begun.status == "processing" && begun.clientToken == "once")
        aws.clock.advance(by: .seconds(120))
        let done = try await found()
        #expect(done.status == "fulfilled" && done.effectiveDate != nil)
        let old = try await described(id)
        let new =
            try await aws.ec2.describeReservedInstances(
                .init(filters: [Filter(name: "state", values: ["active"])])
            ).reservedInstances ?? []
        #expect(old.state == .retired && new.map(\.instanceType) == ["m5.xlarge", "m5.large"])
        #expect(new.map(\.availabilityZone) == ["us-east-1a", nil] && new.allSatisfy { $0.fixedPrice == 0 })
        #expect(done.modificationResults?.map(\.reservedInstancesId) == new.map(\.reservedInstancesId))
        await refused("InvalidReservedInstancesModificationId") {
            _ = try await aws.ec2.describeReservedInstancesModifications(
                .init(reservedInstancesModificationIds: ["rimod-00000000-0000-4000-8000-000000000000"]))
        }
    }
}
