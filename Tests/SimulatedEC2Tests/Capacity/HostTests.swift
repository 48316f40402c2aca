import DrydockTesting
import Testing

/// Assumed throughout: a host is as large as its family's largest size, with two sockets from 36 cores on (AWS's page of hosts agrees
/// for most families); how long a released one is shown.
@Suite(.simulator) struct DedicatedHosts {
    private let aws = AWS.current

    private func allocate(
        _ change: (inout AllocateHostsRequest) -> Void = { _ in }
    ) async throws -> [String] {
        var request = AllocateHostsRequest(instanceType: "m5.large", availabilityZone: "us-east-1a")
        change(&request)
        return try await aws.ec2.allocateHosts(request).hostIds ?? []
    }

    private func described(_ id: String?) async throws -> Host {
        try #require(try await aws.ec2.describeHosts(.init(hostIds: [id ?? ""])).hosts?.first)
    }

    private func found(_ name: String, _ value: String) async throws -> Int {
        try await aws.ec2.describeHosts(.init(filter: [Filter(name: name, values: [value])])).hosts?.count ?? 0
    }

    @discardableResult
    private func run(_ type: InstanceType = "m5.large", _ count: Int = 1, _ placement: Placement) async throws -> [Instance] {
        try await aws.run(count, type: type) { $0.placement = placement }
    }

    @Test func dedicatedHostIsAllocatedDescribedAndReleased() async throws {
        let made = try await allocate {
            $0.tagSpecifications = [.init(resourceType: "dedicated-host", tags: [Tag(key: "Team", value: "db")])]
        }
        let host = try await described(made.first)
        #expect(made.count == 1 && made[0].hasPrefix("h-0") && host.state == .available && host.ownerId == "123456789012")
        #expect(host.autoPlacement == .off && host.hostRecovery == .off && host.allowsMultipleInstanceTypes == .off)
        #expect(host.availabilityZone == "us-east-1a" && host.tags?.first?.value == "db")
        // As AWS's page of hosts has it: 48 cores, room for 48.
        #expect(host.hostProperties?.instanceType == "m5.large" && host.hostProperties?.instanceFamily == nil)
        #expect(host.hostProperties?.totalVCpus == 96 && host.hostProperties?.cores == 48 && host.hostProperties?.sockets == 2)
        let capacity = host.availableCapacity?.availableInstanceCapacity
        #expect(capacity?.map(\.totalCapacity) == [48] && capacity?.map(\.availableCapacity) == [48])
        for (name, value) in [
            ("instance-type", "m5.large"), ("state", "available"), ("availability-zone", "us-east-1a"), ("tag:Team", "db"),
            ("auto-placement", "off"),
        ] { #expect(try await found(name, value) == 1, "\(name)") }
        #expect(try await found("auto-placement", "on") == 0)
        let answer = try await aws.ec2.releaseHosts(.init(hostIds: [made[0], "h-0123456789abcdef0"]))
        #expect(answer.successful == made && answer.unsuccessful?.first?.error?.code == "Client.InvalidHostID.NotFound")
        #expect(try await described(made[0]).state == .released)
        aws.clock.advance(by: .hours(2))
        await refused("InvalidHostID.NotFound", "The host ID '\(made[0])' does not exist.") { _ = try await described(made[0]) }
    }

    @Test func familyHostRunsSeveralInstanceSizes() async throws {
        let made = try await allocate {
            $0.instanceType = nil; $0.instanceFamily = "m5"; $0.quantity = 2
        }
        let host = try await described(made.first)
        #expect(made.count == 2 && host.allowsMultipleInstanceTypes == .on && host.hostProperties?.instanceFamily == "m5")
        try await run("m5.xlarge", 2, .init(hostId: made[0]))
        try await run("m5.large", 1, .init(hostId: made[0]))
        let used = try await described(made[0])
        #expect(used.availableCapacity?.availableVCpus == 86 && used.instances?.count == 3)
        let left = used.availableCapacity?.availableInstanceCapacity?.first { $0.instanceType == "m5.xlarge" }
        #expect(left?.totalCapacity == 24 && left?.availableCapacity == 21)
    }

    @Test func instancesArePlacedOnDedicatedHost() async throws {
        let host = try #require(
            try await allocate {
                $0.autoPlacement = .on; $0.availabilityZone = "us-east-1b"
            }.first)
        let named = try await run("m5.large", 1, .init(affinity: "host", hostId: host))
        #expect(named.first?.placement?.hostId == host && named.first?.placement?.tenancy == .host)
        #expect(named.first?.placement?.affinity == "host" && named.first?.placement?.availabilityZone == "us-east-1b")
        let placed = try await run("m5.large", 2, .init(tenancy: .host, availabilityZone: "us-east-1b"))
        #expect(placed.allSatisfy { $0.placement?.hostId == host && $0.placement?.affinity == "default" })
        let filters = [Filter(name: "host-id", values: [host]), Filter(name: "affinity", values: ["host"])]
        #expect(try await aws.ec2.describeInstances(.init(filters: filters)).reservations?.count == 1)
        let occupied = try await aws.ec2.releaseHosts(.init(hostIds: [host])).unsuccessful?.first?.error
        #expect(occupied?.code == "Client.InvalidHost.Occupied")
        #expect(occupied?.message == "Dedicated host '\(host)' cannot be released as it is occupied.")
        // A stopped instance keeps its place only if it is bound to the host.
        let all = (named + placed).compactMap(\.instanceId)
        _ = try await aws.ec2.stopInstances(.init(instanceIds: all))
        #expect(try await described(host).instances?.map(\.instanceId) == [all[0]])
        _ = try await aws.ec2.startInstances(.init(instanceIds: all))
        #expect(try await described(host).instances?.count == 3)
        _ = try await aws.ec2.terminateInstances(.init(instanceIds: all))
        #expect(try await aws.ec2.releaseHosts(.init(hostIds: [host])).successful == [host])
    }

    @Test func fullOrIncompatibleDedicatedHostRejectsLaunches() async throws {
        let host = try #require(
            try await allocate {
                $0.instanceType = "m5.12xlarge"; $0.autoPlacement = .on
            }.first)
        try await run("m5.12xlarge", 2, .init(hostId: host))
        await refused("InsufficientCapacityOnHost") { try await run("m5.12xlarge", 1, .init(hostId: host)) }
        await refused("InsufficientHostCapacity") {
            try await run("m5.12xlarge", 1, .init(tenancy: .host, availabilityZone: "us-east-1a"))
        }
        await refused("UnsupportedInstanceTypeOnHost") { try await run("m5.large", 1, .init(hostId: host)) }
        await refused("IncompatibleHostRequirements") {
            try await run("m5.12xlarge", 1, .init(hostId: host, availabilityZone: "us-east-1b"))
        }
        await refused("UnavailableHostRequirements") {
            try await run("m5.large", 1, .init(tenancy: .host, availabilityZone: "us-east-1a"))
        }
        await refused("InvalidParameterCombination") { try await run("m5.large", 1, .init(hostId: host, tenancy: .dedicated)) }
        await refused("InvalidParameterCombination") { try await run("m5.large", 1, .init(affinity: "host")) }
        await refused("InvalidHostID.NotFound") { try await run("m5.large", 1, .init(hostId: "h-0123456789abcdef0")) }
        await refused("InvalidHostID.Malformed") { try await run("m5.large", 1, .init(hostId: "host")) }
    }

    @Test func modifyHostsChangesSettingsAndFamily() async throws {
        let host = try #require(try await allocate().first)
        let answer = try await aws.ec2.modifyHosts(
            .init(hostRecovery: .on, instanceFamily: "m5", hostMaintenance: .on, hostIds: [host], autoPlacement: .on))
        #expect(answer.successful == [host] && answer.unsuccessful?.isEmpty == true)
        let changed = try await described(host)
        #expect(changed.autoPlacement == .on && changed.hostRecovery == .on && changed.hostMaintenance == .on)
        #expect(changed.hostProperties?.instanceFamily == "m5" && changed.hostProperties?.instanceType == nil)
        let refusal = try await aws.ec2.modifyHosts(.init(instanceFamily: "c5", hostIds: [host]))
        #expect(refusal.unsuccessful?.first?.error?.code == "Client.InvalidHostConfiguration")
        await refused("MissingParameter") { try await aws.ec2.modifyHosts(.init(hostIds: [host])) }
    }

    @Test func modifyInstancePlacementMovesInstanceToHost() async throws {
        let host = try #require(try await allocate().first)
        let id = try #require(
            try await run("m5.large", 1, .init(tenancy: .dedicated, availabilityZone: "us-east-1a")).first?.instanceId)
        _ = try await aws.ec2.stopInstances(.init(instanceIds: [id]))
        _ = try await aws.ec2.modifyInstancePlacement(
            .init(instanceId: id, tenancy: .host, affinity: .host, hostId: host))
        _ = try await aws.ec2.startInstances(.init(instanceIds: [id]))
        let moved = try await aws.describe(id)
        #expect(moved?.placement?.hostId == host && moved?.placement?.affinity == "host")
        #expect(try await described(host).instances?.map(\.instanceId) == [id])
    }

    @Test func allocateHostsIsIdempotentByClientToken() async throws {
        let first = try await allocate { $0.clientToken = "t" }
        #expect(try await allocate { $0.clientToken = "t" } == first)
    }

    // MARK: Reservations

    private func offering(_ family: String, _ payment: String) async throws -> HostOffering {
        let filters = [Filter(name: "instance-family", values: [family]), Filter(name: "payment-option", values: [payment])]
        return try #require(
            try await aws.ec2.describeHostReservationOfferings(.init(filter: filters, maxDuration: 31_536_000)).offeringSet?
                .first)
    }

    /// Assumed: prices are shares of the On-Demand price; the price of a purchase is that of one host, the totals those of all.
    @Test func hostReservationOfferingsAreDescribed() async throws {
        let all =
            try await aws.ec2.describeHostReservationOfferings(
                .init(filter: [
                    Filter(name: "instance-family", values: ["m5"])
                ])
            ).offeringSet ?? []
        #expect(all.count == 6 && all.allSatisfy { $0.currencyCode == .usd && $0.offeringId?.hasPrefix("hro-0") == true })
        #expect(Set(all.map(\.duration)) == [31_536_000, 94_608_000])
        let none = try await offering("m5", "NoUpfront"), whole = try await offering("m5", "AllUpfront")
        #expect(none.upfrontPrice == "0.000" && whole.hourlyPrice == "0.000")
        #expect(try #require(Double(none.hourlyPrice ?? "")) > 1 && Double(whole.upfrontPrice ?? "") ?? 0 > 10_000)
        #expect(
            try await aws.ec2.describeHostReservationOfferings(.init(offeringId: none.offeringId)).offeringSet?
                .map(\.hourlyPrice) == [none.hourlyPrice])
        let page = try await aws.ec2.describeHostReservationOfferings(.init(maxResults: 5))
        #expect(page.offeringSet?.count == 5 && page.nextToken != nil)
        await refused("InvalidParameterValue") {
            try await aws.ec2.describeHostReservationOfferings(.init(minDuration: 86_400))
        }
        await refused("InvalidHostReservationOfferingId.Malformed") {
            try await aws.ec2.describeHostReservationOfferings(.init(offeringId: "hro-1"))
        }
    }

    @Test func hostReservationIsPreviewedPurchasedAndRetired() async throws {
        let hosts = try await allocate { $0.quantity = 2 }, offering = try await offering("m5", "PartialUpfront")
        let id = try #require(offering.offeringId)
        let preview = try await aws.ec2.getHostReservationPurchasePreview(.init(hostIdSet: hosts, offeringId: id))
        #expect(preview.purchase?.first?.hostReservationId == nil && preview.purchase?.first?.hostIdSet == hosts)
        #expect(Double(preview.totalUpfrontPrice ?? "") == 2 * (Double(offering.upfrontPrice ?? "") ?? 0))
        #expect(try await aws.ec2.describeHostReservations(.init()).hostReservationSet?.isEmpty == true)
        var request = PurchaseHostReservationRequest(hostIdSet: hosts, offeringId: id)
        request.clientToken = "once"
        request.limitPrice = "1.00"
        await refused("LimitPriceExceeded") { try await aws.ec2.purchaseHostReservation(request) }
        request.limitPrice = preview.totalUpfrontPrice
        request.tagSpecifications = [.init(resourceType: "host-reservation", tags: [Tag(key: "Team", value: "db")])]
        let bought = try await aws.ec2.purchaseHostReservation(request)
        let reservation = try #require(bought.purchase?.first?.hostReservationId)
        #expect(reservation.hasPrefix("hr-0") && bought.totalUpfrontPrice == preview.totalUpfrontPrice)
        #expect(try await aws.ec2.purchaseHostReservation(request).purchase?.first?.hostReservationId == reservation)
        aws.clock.advance(by: .minutes(2))
        let shown = try await aws.ec2.describeHostReservations(.init(filter: [Filter(name: "tag:Team", values: ["db"])]))
            .hostReservationSet?.first
        #expect(shown?.state == .active && shown?.count == 2 && shown?.instanceFamily == "m5" && shown?.offeringId == id)
        #expect(try await described(hosts[0]).hostReservationId == reservation)
        #expect(try await found("host-reservation-id", reservation) == 2)
        request.clientToken = nil
        await refused("HostAlreadyCoveredByReservation") { try await aws.ec2.purchaseHostReservation(request) }
        let other = try await allocate { $0.instanceType = "c5.large" }
        await refused("InvalidHostConfiguration") {
            try await aws.ec2.getHostReservationPurchasePreview(.init(hostIdSet: other, offeringId: id))
        }
        await refused("InvalidHostID.NotFound") {
            try await aws.ec2.getHostReservationPurchasePreview(.init(hostIdSet: ["h-0123456789abcdef0"], offeringId: id))
        }
        aws.clock.advance(by: .days(365))
        #expect(
            try await aws.ec2.describeHostReservations(.init(hostReservationIdSet: [reservation])).hostReservationSet?.first?
                .state == .retired)
        #expect(try await described(hosts[0]).hostReservationId == nil)
        await refused("InvalidHostReservationId.NotFound") {
            try await aws.ec2.describeHostReservations(.init(hostReservationIdSet: ["hr-0123456789abcdef0"]))
        }
    }

    /// The codes are documented, the sentences and the limit assumed.
    @Test func invalidDedicatedHostRequestsAreRejected() async throws {
        await refused("InvalidParameterCombination") { _ = try await allocate { $0.instanceFamily = "m5" } }
        await refused("InvalidParameterCombination") { _ = try await allocate { $0.instanceType = nil } }
        await refused("MissingParameter") { _ = try await allocate { $0.availabilityZone = nil } }
        await refused("InvalidParameterValue") { _ = try await allocate { $0.availabilityZone = "us-east-1x" } }
        await refused("InvalidParameterValue") { _ = try await allocate { $0.quantity = 0 } }
        await refused("UnsupportedHostConfiguration") { _ = try await allocate { $0.instanceType = "t2.micro" } }
        await refused("HostLimitExceeded") { _ = try await allocate { $0.quantity = 101 } }
        await refused("InvalidParameterValue") { _ = try await allocate { $0.instanceType = "m5.tiny" } }
        await refused("NotSimulated") { _ = try await allocate { $0.outpostArn = "arn:aws:outposts:us-east-1:1:outpost/op-1" } }
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await found("colour", "red") }
        await refused("InvalidHostID.Malformed") { _ = try await described("host-1") }
    }
}
