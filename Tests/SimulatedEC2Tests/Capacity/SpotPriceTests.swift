import DrydockTesting
import Testing

@testable import SimulatedEC2

/// Assumed throughout: the Spot prices themselves, from 25 to 65 percent of the On-Demand prices, which the seed decides.
@Suite(.simulator) struct SpotPrices {
    private let aws = AWS.current

    /// Formats the fields that identify a price.
    private func text(_ price: SpotPrice) -> String {
        "\(price.instanceType?.rawValue ?? "") \(price.availabilityZone ?? "") \(price.productDescription?.rawValue ?? "") "
            + "\(price.spotPrice ?? "") \(price.timestamp?.iso8601(milliseconds: true) ?? "")"
    }

    private func history(
        _ change: (inout DescribeSpotPriceHistoryRequest) -> Void = { _ in }
    ) async throws -> DescribeSpotPriceHistoryResult {
        var request = DescribeSpotPriceHistoryRequest(instanceTypes: ["m5.large"])
        change(&request)
        return try await aws.ec2.describeSpotPriceHistory(request)
    }

    @Test func currentSpotPriceIsListedOncePerZone() async throws {
        let now = aws.clock.now
        let prices = try #require(
            try await history {
                $0.startTime = now; $0.productDescriptions = ["Linux/UNIX (Amazon VPC)"]
            }.spotPriceHistory)
        #expect(Set(prices.map(\.availabilityZone)).count == prices.count && prices.count >= 5)
        for price in prices {
            let value = Double(price.spotPrice ?? "") ?? 0
            #expect(value > 0.02 && value < 0.07 && price.spotPrice?.utf8.count == 8)
            #expect(price.productDescription == "Linux/UNIX" && price.instanceType == "m5.large")
            #expect((price.timestamp ?? now) <= now && price.availabilityZoneId?.hasPrefix("use1-az") == true)
        }
        // A second request returns the same prices.
        #expect(try await history { $0.startTime = now }.spotPriceHistory?.map(text).contains(text(prices[0])) == true)
    }

    /// A page has a bounded cost: it may end before it is full, with a token.
    @Test func describeSpotPriceHistoryReturnsEmptyPagesWithToken() async throws {
        let free = Filter(name: "spot-price", values: ["0.000000"])
        let first = try await history {
            $0.instanceTypes = nil; $0.filters = [free]
        }
        #expect(first.spotPriceHistory?.isEmpty == true && first.nextToken != nil)
        let second = try await history {
            $0.instanceTypes = nil; $0.filters = [free]; $0.nextToken = first.nextToken
        }
        #expect(second.nextToken != nil && second.nextToken != first.nextToken)
        // A market that does not exist needs no page at all.
        let none = try await history {
            $0.instanceTypes = nil; $0.filters = [Filter(name: "instance-type", values: ["x9.huge"])]
        }
        #expect(none.spotPriceHistory?.isEmpty == true && none.nextToken == nil)
        // A single market's history is read to its end.
        let all = try await history {
            $0.filters = [free]; $0.productDescriptions = ["Linux/UNIX"]
        }
        #expect(all.spotPriceHistory?.isEmpty == true && all.nextToken == nil)
    }

    /// Assumed: how often a price changes.
    @Test func spotPriceHistoryIsNewestFirstAndImmutable() async throws {
        let now = aws.clock.now
        func week() async throws -> [SpotPrice] {
            try await history {
                $0.startTime = now + .days(-7)
                $0.endTime = now
                $0.productDescriptions = ["Linux/UNIX"]
                $0.availabilityZone = "us-east-1b"
            }.spotPriceHistory ?? []
        }
        let prices = try await week()
        #expect((21...23).contains(prices.count))
        let times = prices.compactMap(\.timestamp)
        #expect(times == times.sorted(by: >))
        #expect(Set(prices.map(\.spotPrice)).count > 3)
        aws.clock.advance(by: .days(2))
        #expect(try await week().map(text) == prices.map(text))
    }

    @Test func describeSpotPriceHistoryPaginatesWithoutGaps() async throws {
        let start = aws.clock.now + .days(-30)
        let all =
            try await history {
                $0.startTime = start; $0.maxResults = 1000
            }.spotPriceHistory ?? []
        var paged: [SpotPrice] = [], token: String?
        repeat {
            let page = try await history {
                $0.startTime = start; $0.maxResults = 300; $0.nextToken = token
            }
            paged += page.spotPriceHistory ?? []
            token = page.nextToken
        } while token != nil && paged.count < 1000
        #expect(all.count == 1000 && paged.prefix(1000).map(text) == all.map(text))
    }

    @Test func describeSpotPriceHistoryAppliesFilters() async throws {
        func count(_ name: String, _ value: String) async throws -> Int {
            try await history {
                $0.startTime = aws.clock.now
                $0.filters = [Filter(name: name, values: [value])]
            }.spotPriceHistory?.count ?? 0
        }
        let all = try await history { $0.startTime = aws.clock.now }.spotPriceHistory?.count ?? 0
        #expect(try await count("product-description", "Windows") * 4 == all)
        #expect(try await count("availability-zone", "us-east-1a") == 4)
        #expect(try await count("instance-type", "m5.*") == all)
        #expect(try await count("spot-price", "99*") == 0)
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await count("colour", "x") }
        await refused("InvalidParameterCombination") {
            try await history {
                $0.availabilityZone = "us-east-1a"; $0.availabilityZoneId = "use1-az1"
            }
        }
        await refused("InvalidParameterValue") { try await history { $0.availabilityZone = "us-east-1x" } }
        await refused("InvalidParameterValue") { try await history { $0.instanceTypes = ["m5.tiny"] } }
        await refused("InvalidParameterValue") {
            try await history {
                $0.startTime = aws.clock.now; $0.endTime = aws.clock.now + .days(-1)
            }
        }
        await refused("InvalidNextToken") { try await history { $0.nextToken = "x" } }
    }

    /// On-demand prices from the table, which has every family sold on Spot. Computed prices are marked as assumed.
    @Test func onDemandPricesMatchPriceList() throws {
        func price(_ type: String, _ product: InstancePrices.Product = .linux, _ region: String = "us-east-1") throws -> String
        {
            InstancePrices.text(
                InstancePrices.onDemand(try #require(InstanceTypeTable.figures(of: type)), product, region: region))
        }
        #expect(try price("t3.micro") == "0.010400" && price("t3.micro", .windows) == "0.019600")
        #expect(try price("c5.18xlarge") == "3.060000" && price("c4.8xlarge") == "1.591000")
        #expect(try price("g4dn.xlarge") == "0.526000" && price("x2idn.32xlarge") == "13.337920")
        #expect(try price("m5.large", .windows) == "0.188000" && price("m5.large", .linux, "eu-west-1") == "0.107040")
    }

    /// AWS's rule: a score for one or two types is always low. All other scores are assumed.
    @Test func getSpotPlacementScoresReturnsRankedScores() async throws {
        func scores(
            _ types: [String], _ capacity: Int = 10, _ change: (inout GetSpotPlacementScoresRequest) -> Void = { _ in }
        ) async throws -> [SpotPlacementScore] {
            var request = GetSpotPlacementScoresRequest(instanceTypes: types, targetCapacity: capacity)
            change(&request)
            return try await aws.ec2.getSpotPlacementScores(request).spotPlacementScores ?? []
        }
        let many = try await scores(["m5.large", "m5a.large", "c5.large", "r5.large"])
        #expect(many.count == 10 && many.allSatisfy { (1...10).contains($0.score ?? 0) && $0.availabilityZoneId == nil })
        #expect(many.compactMap(\.score) == many.compactMap(\.score).sorted(by: >))
        #expect(try await scores(["m5.large"]).allSatisfy { ($0.score ?? 9) <= 3 })
        let zones = try await scores(["m5.large", "c5.large", "r5.large"]) {
            $0.singleAvailabilityZone = true
            $0.regionNames = ["us-east-1"]
        }
        #expect(zones.count >= 5 && zones.allSatisfy { $0.availabilityZoneId?.hasPrefix("use1-az") == true })
        let huge = try await scores(["m5.large", "c5.large", "r5.large"], 1_000_000) { $0.regionNames = ["us-east-1"] }
        #expect((huge.first?.score ?? 9) < (zones.first?.score ?? 0))
        await refused("InvalidParameterValue") { _ = try await scores(["m5.large"]) { $0.regionNames = ["mars-1"] } }
        await refused("MissingParameter") { _ = try await scores([]) }
        await refused("InvalidParameterValue") { _ = try await scores(["m5.tiny"]) }
    }

    /// Assumed: the code for an absent bucket; that a new subscription replaces the account's only one; that deleting an absent one
    /// succeeds.
    @Test func spotDatafeedSubscriptionIsCreatedAndDeleted() async throws {
        await refused("InvalidSpotDatafeed.NotFound", "Spot datafeed subscription does not exist.") {
            try await aws.ec2.describeSpotDatafeedSubscription(.init())
        }
        let made = try await aws.ec2.createSpotDatafeedSubscription(.init(bucket: "feeds", prefix: "spot"))
        #expect(made.spotDatafeedSubscription?.state == .active && made.spotDatafeedSubscription?.ownerId == "123456789012")
        let seen = try await aws.ec2.describeSpotDatafeedSubscription(.init()).spotDatafeedSubscription
        #expect(seen?.bucket == "feeds" && seen?.prefix == "spot")
        await refused("InvalidParameterValue") {
            try await aws.ec2.createSpotDatafeedSubscription(.init(bucket: "No Bucket!"))
        }
        _ = try await aws.ec2.createSpotDatafeedSubscription(.init(bucket: "others"))
        #expect(
            try await aws.ec2.describeSpotDatafeedSubscription(.init()).spotDatafeedSubscription?.bucket == "others")
        _ = try await aws.ec2.deleteSpotDatafeedSubscription(.init())
        _ = try await aws.ec2.deleteSpotDatafeedSubscription(.init())
        await refused("InvalidSpotDatafeed.NotFound") { try await aws.ec2.describeSpotDatafeedSubscription(.init()) }
    }
}
