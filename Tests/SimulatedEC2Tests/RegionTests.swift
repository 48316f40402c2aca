import DrydockTesting
import Testing

@Suite(.simulator) struct Regions {
    private let aws = AWS.current

    @Test func describeAvailabilityZonesReturnsZonesOfRegion() async throws {
        let zones = try await aws.ec2.describeAvailabilityZones(.init(zoneNames: ["us-east-1a"])).availabilityZones
        let zone = try #require(zones?.first)
        #expect(zone.zoneId == "use1-az6")
        #expect(zone.groupName == "us-east-1-zg-1")
        #expect(zone.groupLongName == "US East (N. Virginia) 1")
        #expect(zone.optInStatus == .optInNotRequired)
        #expect(zone.networkBorderGroup == "us-east-1")
        await refused("InvalidParameterValue", "Invalid availability zone: [us-east-1z]") {
            try await aws.ec2.describeAvailabilityZones(.init(zoneNames: ["us-east-1z"]))
        }
    }

    @Test func describeRegionsListsOptInRegionsOnRequest() async throws {
        let usual = try await aws.ec2.describeRegions().regions ?? []
        #expect(usual.contains { $0.regionName == "us-east-1" && $0.endpoint == "ec2.us-east-1.amazonaws.com" })
        #expect(!usual.contains { $0.regionName == "af-south-1" })
        let all = try await aws.ec2.describeRegions(.init(allRegions: true)).regions ?? []
        #expect(all.first { $0.regionName == "af-south-1" }?.optInStatus == "not-opted-in")
        #expect(!all.contains { $0.regionName?.hasPrefix("cn-") == true })
    }
}
