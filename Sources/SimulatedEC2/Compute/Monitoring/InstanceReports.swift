import AWSCore
import EC2API
import SimulatorCore

// Reports about instances, and instance data other than attributes.

extension EC2Simulation {
    /// Checks the report and discards it: AWS reads such reports, but doesn't change the status. The journal records the request.
    public func reportInstanceStatus(_ input: ReportInstanceStatusRequest, _ context: Context) throws -> EmptyShape {
        guard !input.instances.isEmpty else { throw AWSError.missingParameter("InstanceId") }
        guard !input.reasonCodes.isEmpty else { throw AWSError.missingParameter("ReasonCode") }
        if let start = input.startTime, let end = input.endTime, end < start {
            throw AWSError.invalidCombination("The parameter EndTime must not be earlier than StartTime.")
        }
        for instance in try InstanceRecord.list(input.instances, context) where instance.state(context) != .running {
            throw AWSError(
                "IncorrectInstanceState", "The instance '\(instance.id)' is not in the 'running' state.")
        }
        return EmptyShape()
    }

    /// Always fails: simulated instances have no scheduled events.
    public func modifyInstanceEventStartTime(
        _ input: ModifyInstanceEventStartTimeRequest, _ context: Context
    ) throws -> ModifyInstanceEventStartTimeResult {
        _ = try InstanceRecord.get(input.instanceId, context)
        throw AWSError(
            "InvalidInstanceEventIDNotFound",
            "The specified event ID '\(input.instanceEventId)' was not found for instance '\(input.instanceId)'.",
            explanation: "No events are scheduled for simulated instances.")
    }

    /// Records the interrupt for the serial console. A guest's operating system restarts, as after a kernel panic.
    public func sendDiagnosticInterrupt(
        _ input: SendDiagnosticInterruptRequest, _ context: Context
    ) throws -> EmptyShape {
        var instance = try InstanceRecord.changeable(input.instanceId, context)
        guard instance.state(context) == .running else {
            throw AWSError(
                "IncorrectInstanceState", "The instance '\(instance.id)' is not in the 'running' state.")
        }
        if let type = InstanceTypeTable.figures(of: instance.type), type.hypervisor != "nitro", !type.isBareMetal {
            throw AWSError.unsupportedOption("The diagnostic interrupt", type)
        }
        instance.options.interrupts = (instance.options.interrupts ?? []) + [context.now.milliseconds]
        try instance.update(context)
        let guests = context.simulator.guests, id = instance.id
        context.afterCommit { guests?.reboot(id) }
        return EmptyShape()
    }

    public func getInstanceUefiData(
        _ input: GetInstanceUefiDataRequest, _ context: Context
    ) throws -> GetInstanceUefiDataResult {
        let instance = try InstanceRecord.changeable(input.instanceId, context)
        guard instance.bootMode?.hasPrefix("uefi") == true else {
            throw AWSError(
                "UnsupportedOperation", "The instance '\(instance.id)' does not boot in UEFI mode and has no UEFI data.")
        }
        guard let data = instance.options.uefiData else {
            throw AWSError.notSimulated("ec2", "GetInstanceUefiData of an instance whose image was registered without UefiData")
        }
        return GetInstanceUefiDataResult(instanceId: instance.id, uefiData: data)
    }

    public func getInstanceTpmEkPub(
        _ input: GetInstanceTpmEkPubRequest, _ context: Context
    ) throws -> GetInstanceTpmEkPubResult {
        let instance = try InstanceRecord.changeable(input.instanceId, context)
        guard instance.options.tpmSupport != nil else {
            throw AWSError("UnsupportedOperation", "The instance '\(instance.id)' is not configured for NitroTPM.")
        }
        throw AWSError.notSimulated("ec2", "GetInstanceTpmEkPub of an instance with a NitroTPM")
    }

    public func describeInstanceTopology(
        _ input: DescribeInstanceTopologyRequest, _ context: Context
    ) throws -> DescribeInstanceTopologyResult {
        for (list, name) in [(input.instanceIds, "InstanceIds"), (input.groupNames, "GroupNames")]
        where (list?.count ?? 0) > 100 {
            throw AWSError.invalidValue("\(list?.count ?? 0)", for: name, "The maximum number of values is 100.")
        }
        let paging = try Paging(input, ids: input.instanceIds, named: "instanceIds", usually: 20, context)
        let zones = AWSRegion.current(context).zones
        let topologies = try InstanceRecord.list(input.instanceIds, context).filter { instance in
            guard [.pending, .running].contains(instance.state(context)) else { return false }
            if let groups = input.groupNames, !groups.isEmpty, !groups.contains(instance.placementGroup) { return false }
            return instance.hasTopology
        }.map { instance in
            InstanceTopology(
                instanceId: instance.id, instanceType: instance.type,
                groupName: instance.placementGroup.isEmpty ? nil : instance.placementGroup,
                networkNodes: instance.networkNodes(context), availabilityZone: instance.zone,
                zoneId: zones.first { $0.name == instance.zone }?.id)
        }
        let filters = FilterTable<InstanceTopology>([
            "availability-zone": { [$0.availabilityZone] }, "zone-id": { [$0.zoneId] },
            "instance-type": { [$0.instanceType] },
        ])
        let page = try paging.page(filters.apply(input.filters, to: topologies, context), of: .instance, id: \.instanceId)
        return DescribeInstanceTopologyResult(instances: page.items, nextToken: page.nextToken)
    }
}

extension InstanceRecord {
    /// Whether AWS reports the topology of the instance's type.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-topology-prerequisites.html
    fileprivate var hasTopology: Bool {
        [
            "hpc6a.", "hpc6id.", "hpc7a.", "hpc7g.", "hpc8a.", "p3dn.", "p4d.", "p4de.", "p5.", "p5e.", "p5en.", "p6-b200.",
            "p6-b300.", "p6e-gb200.",
            "trn1.", "trn1n.", "trn2.", "trn2u.", "g4dn.", "g5.", "g5g.", "g6.", "g6e.", "g6f.", "gr6.", "gr6f.", "g7e.",
        ].contains { type.hasPrefix($0) }
    }

    /// Returns the nodes of three layers, the widest first. Instances of a placement group share all three; others share the
    /// upper two with instances of their zone and family.
    fileprivate func networkNodes(_ context: Context) -> [String] {
        let family = type.prefix { $0 != "." }
        let place = placementGroup.isEmpty ? id : "group/\(placementGroup)"
        return ["\(zone)", "\(zone)/\(family)", "\(zone)/\(family)/\(place)"].map {
            "nn-0" + StableDigits.of("nn/\(context.account)/\($0)")
        }
    }
}
