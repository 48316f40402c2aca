import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-filters.html

extension Resource where S == TrafficMirrorFilter {
    /// The rules are separate documents.
    static let trafficMirrorFilter = Resource(
        ResourceKind(
            "tmf", type: "traffic-mirror-filter", code: "InvalidTrafficMirrorFilterId",
            notFound: "The traffic mirror filter '%' does not exist"),
        id: \.trafficMirrorFilterId, tags: \.tags)
}

extension EC2Simulation {
    public func createTrafficMirrorFilter(
        _ input: CreateTrafficMirrorFilterRequest, _ context: Context
    ) throws -> CreateTrafficMirrorFilterResult {
        // AWS's default quota.
        guard try ResourceRow.count(Resource.trafficMirrorFilter.kind, context) < 10_000 else {
            throw AWSError(
                "TrafficMirrorFilterLimitExceeded", "The maximum number of traffic mirror filters has been reached.")
        }
        var filter = try context.create(.trafficMirrorFilter, input) { filter in
            filter.description = input.description
            filter.networkServices = []
        }
        try filter.showRules(context)
        return CreateTrafficMirrorFilterResult(
            trafficMirrorFilter: filter, clientToken: context.token(input.clientToken))
    }

    public func deleteTrafficMirrorFilter(
        _ input: DeleteTrafficMirrorFilterRequest, _ context: Context
    ) throws -> DeleteTrafficMirrorFilterResult {
        let id = input.trafficMirrorFilterId
        _ = try Resource.trafficMirrorFilter.get(id, context)
        guard try !Self.kinds.isNeeded(id, Resource.trafficMirrorFilter.kind, context) else {
            throw AWSError(
                "TrafficMirrorFilterInUse", "The traffic mirror filter '\(id)' is in use by a traffic mirror session.")
        }
        try context.delete(.trafficMirrorFilter, id)
        return DeleteTrafficMirrorFilterResult(trafficMirrorFilterId: id)
    }

    public func describeTrafficMirrorFilters(
        _ input: DescribeTrafficMirrorFiltersRequest, _ context: Context
    ) throws -> DescribeTrafficMirrorFiltersResult {
        let page = try context.describe(
            .trafficMirrorFilter, input, ids: input.trafficMirrorFilterIds, named: "trafficMirrorFilterIds"
        ) { try $0.showRules(context) }
        return DescribeTrafficMirrorFiltersResult(trafficMirrorFilters: page.items, nextToken: page.nextToken)
    }

    public func modifyTrafficMirrorFilterNetworkServices(
        _ input: ModifyTrafficMirrorFilterNetworkServicesRequest, _ context: Context
    ) throws -> ModifyTrafficMirrorFilterNetworkServicesResult {
        var stored = try Resource.trafficMirrorFilter.get(input.trafficMirrorFilterId, context)
        let added = input.addNetworkServices ?? [], removed = input.removeNetworkServices ?? []
        guard !added.isEmpty || !removed.isEmpty else { throw AWSError.missingParameter("addNetworkServices") }
        guard !added.contains(where: { removed.contains($0) }) else {
            throw AWSError.invalidCombination("A network service cannot be added and removed at once.")  // assumed
        }
        var services = (stored.shape.networkServices ?? []).filter { !removed.contains($0) }
        for service in added where !services.contains(service) { services.append(service) }
        stored.shape.networkServices = services
        try Resource.trafficMirrorFilter.write(stored, context)
        var shown = try context.shown(.trafficMirrorFilter, stored)
        try shown.showRules(context)
        return ModifyTrafficMirrorFilterNetworkServicesResult(trafficMirrorFilter: shown)
    }
}

extension TrafficMirrorFilter {
    /// Shows the filter's rules, sorted by rule number.
    fileprivate mutating func showRules(_ context: Context) throws {
        let rules = try Resource<TrafficMirrorFilterRule>.rules(of: trafficMirrorFilterId ?? "", context)
            .map { try context.shown(.trafficMirrorFilterRule, $0) }
            .sorted { ($0.ruleNumber ?? 0) < ($1.ruleNumber ?? 0) }
        ingressFilterRules = rules.filter { $0.trafficDirection == .ingress }
        egressFilterRules = rules.filter { $0.trafficDirection == .egress }
    }
}
