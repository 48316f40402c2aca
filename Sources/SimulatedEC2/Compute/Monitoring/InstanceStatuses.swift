import AWSCore
import EC2API
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func describeInstanceStatus(
        _ input: DescribeInstanceStatusRequest, _ context: Context
    ) throws -> DescribeInstanceStatusResult {
        let paging = try Paging(input, ids: input.instanceIds, named: "instancesSet", context)
        let zoneIds = Dictionary(
            AWSRegion.current(context).zones.map { ($0.name, $0.id) }, uniquingKeysWith: { first, _ in first })
        var statuses: [InstanceStatus] = []
        for instance in try InstanceRecord.list(input.instanceIds, context) {
            // By default AWS reports running instances only.
            guard input.includeAllInstances == true || instance.state(context) == .running else { continue }
            statuses.append(instance.status(zoneId: zoneIds[instance.zone], context))
        }
        let page = try paging.page(
            InstanceRecord.statusFilters.apply(input.filters, to: statuses, context), of: .instance, id: \.instanceId)
        return DescribeInstanceStatusResult(instanceStatuses: page.items, nextToken: page.nextToken)
    }

    public func describeInstanceCreditSpecifications(
        _ input: DescribeInstanceCreditSpecificationsRequest, _ context: Context
    ) throws -> DescribeInstanceCreditSpecificationsResult {
        let paging = try Paging(input, ids: input.instanceIds, named: "instancesSet", context)
        // Without ids, AWS reports only instances with the option `unlimited`.
        let isAsked = input.instanceIds?.isEmpty == false
        let instances = try InstanceRecord.list(input.instanceIds, context).filter { $0.phase != .terminate }
        let specifications = instances.compactMap { instance -> InstanceCreditSpecification? in
            guard let credits = instance.credits, isAsked || credits == "unlimited" else { return nil }
            return InstanceCreditSpecification(instanceId: instance.id, cpuCredits: credits)
        }
        let filters = FilterTable<InstanceCreditSpecification>(["instance-id": { [$0.instanceId] }])
        let page = try paging.page(
            filters.apply(input.filters, to: specifications, context), of: .instance, id: \.instanceId)
        return DescribeInstanceCreditSpecificationsResult(instanceCreditSpecifications: page.items, nextToken: page.nextToken)
    }
}

// MARK: Filters and rendering

extension InstanceRecord {
    static let statusFilters = FilterTable<InstanceStatus>([
        "attached-ebs-status.status": { [$0.attachedEbsStatus?.status?.rawValue] },
        "availability-zone": { [$0.availabilityZone] },
        "availability-zone-id": { [$0.availabilityZoneId] },
        "event.code": { _ in [] },
        "event.description": { _ in [] },
        "event.instance-event-id": { _ in [] },
        "event.not-after": { _ in [] },
        "event.not-before": { _ in [] },
        "event.not-before-deadline": { _ in [] },
        "instance-state-code": { [$0.instanceState?.code.map(String.init)] },
        "instance-state-name": { [$0.instanceState?.name?.rawValue] },
        "instance-status.reachability": { [$0.instanceStatus?.details?.first?.status?.rawValue] },
        "instance-status.status": { [$0.instanceStatus?.status?.rawValue] },
        "operator.managed": { _ in ["false"] },
        "operator.principal": { _ in [] },
        "system-status.reachability": { [$0.systemStatus?.details?.first?.status?.rawValue] },
        "system-status.status": { [$0.systemStatus?.status?.rawValue] },
    ])

    fileprivate func status(zoneId: String?, _ context: Context) -> InstanceStatus {
        let state = state(context)
        let checksPassAt = runningAt(context) + context.transitions.duration(InstanceTimes.statusChecks)
        let problem = state == .running ? context.simulator.guests?.problem(of: id) : nil
        let verdict: (SummaryStatus, StatusType)? =
            switch state {
            case .running where problem != nil: ("impaired", "failed")
            case .running: context.now < checksPassAt ? ("initializing", "initializing") : ("ok", "passed")
            case .pending: ("initializing", "initializing")
            default: nil
            }
        let summary = InstanceStatusSummary(
            details: verdict.map {
                [InstanceStatusDetails(impairedSince: problem?.since, name: "reachability", status: $0.1)]
            } ?? [],
            status: verdict?.0 ?? "not-applicable")
        // A guest's problem impairs the instance's status, not the system's.
        let system = InstanceStatusSummary(
            details: verdict.map { [InstanceStatusDetails(name: "reachability", status: problem == nil ? $0.1 : "passed")] }
                ?? [],
            status: problem == nil ? verdict?.0 ?? "not-applicable" : "ok")
        var status = InstanceStatus()
        status.availabilityZone = zone
        status.availabilityZoneId = zoneId
        status.instanceId = id
        status.instanceState = state.shape
        status.instanceStatus = summary
        status.systemStatus = system
        status.attachedEbsStatus = EbsStatusSummary(
            details: system.details?.map { EbsStatusDetails(name: "reachability", status: $0.status) } ?? [],
            status: system.status)
        status.operator = OperatorResponse(managed: false)
        return status
    }
}
