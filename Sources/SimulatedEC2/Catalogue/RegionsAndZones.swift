import AWSCore
import EC2API
import SimulatorCore

extension EC2Simulation {
    public func describeAvailabilityZones(
        _ input: DescribeAvailabilityZonesRequest, _ context: Context
    ) throws -> DescribeAvailabilityZonesResult {
        let region = AWSRegion.current(context)
        for name in input.zoneNames ?? [] where !region.zones.contains(where: { $0.name == name }) {
            throw AWSError("InvalidParameterValue", "Invalid availability zone: [\(name)]")
        }
        for id in input.zoneIds ?? [] where !region.zones.contains(where: { $0.id == id }) {
            throw AWSError("InvalidParameterValue", "Invalid availability zone-id: [\(id)]")
        }
        let shapes = region.zones.filter { zone in
            if let names = input.zoneNames, !names.isEmpty, !names.contains(zone.name) { return false }
            if let ids = input.zoneIds, !ids.isEmpty, !ids.contains(zone.id) { return false }
            return true
        }.map { zone in
            AvailabilityZone(
                optInStatus: .optInNotRequired, messages: [], regionName: region.name, zoneName: zone.name, zoneId: zone.id,
                groupName: region.zoneGroup, networkBorderGroup: region.name, zoneType: "availability-zone",
                groupLongName: region.zoneGroupLongName, state: .available)
        }
        return DescribeAvailabilityZonesResult(
            availabilityZones: try AvailabilityZone.filters.apply(input.filters, to: shapes, context))
    }
}

extension AvailabilityZone {
    fileprivate static let filters = FilterTable<AvailabilityZone>([
        "group-long-name": { [$0.groupLongName] }, "group-name": { [$0.groupName] },
        "message": { $0.messages?.map(\.message) ?? [] }, "opt-in-status": { [$0.optInStatus?.rawValue] },
        "parent-zone-id": { [$0.parentZoneId] }, "parent-zone-name": { [$0.parentZoneName] },
        "parentZoneID": { [$0.parentZoneId] }, "parentZoneName": { [$0.parentZoneName] },
        "region-name": { [$0.regionName] }, "state": { [$0.state?.rawValue] }, "zone-id": { [$0.zoneId] },
        "zone-name": { [$0.zoneName] }, "zone-type": { [$0.zoneType] },
    ])
}

extension EC2Simulation {
    public func describeRegions(_ input: DescribeRegionsRequest, _ context: Context) throws -> DescribeRegionsResult {
        let known = AWSRegion.all(partition: context.partition)
        if let missing = (input.regionNames ?? []).first(where: { name in !known.contains { $0.name == name } }) {
            throw AWSError.invalidValue(missing, for: "region-name", "Invalid region provided.")
        }
        let shapes = known.filter { region in
            if let names = input.regionNames, !names.isEmpty { return names.contains(region.name) }
            return !region.isOptIn || input.allRegions == true
        }.map { Region(optInStatus: $0.optInStatus, regionName: $0.name, endpoint: $0.endpoint) }
        return DescribeRegionsResult(regions: try Region.filters.apply(input.filters, to: shapes, context))
    }
}

extension Region {
    fileprivate static let filters = FilterTable<Region>([
        "endpoint": { [$0.endpoint] }, "opt-in-status": { [$0.optInStatus] }, "region-name": { [$0.regionName] },
    ])
}
