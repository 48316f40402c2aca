import AWSCore
import EC2API
import SimulatorCore

// MARK: Handlers

extension EC2Simulation {
    public func startInstances(_ input: StartInstancesRequest, _ context: Context) throws -> StartInstancesResult {
        var instances = try InstanceRecord.required(input.instanceIds, context)
        for instance in instances where ![.stopped, .pending, .running].contains(instance.state(context)) {
            throw AWSError.notStartable(instance.id)
        }
        var changes: [InstanceStateChange] = []
        for index in instances.indices {
            let previous = instances[index].state(context)
            guard previous == .stopped else {
                // Starting a running instance changes nothing.
                changes.append(instances[index].change(from: previous, to: previous))
                continue
            }
            let reserved = try ReservedCapacity(instances[index].wantedCapacity(context), context)
            _ = try reserved.most(of: 1, minimum: 1)
            try VcpuLimits.admit(instances[index], reserved: reserved.places.count, context)
            try instances[index].checkRootVolume(context)
            instances[index].options.runsIn = reserved.places.first
            try instances[index].returnToHost(context)
            instances[index].start(context)
            try instances[index].update(context)
            try NetworkInterfaceRecord.instanceStarted(instances[index].id, context)
            try SpotInstanceRequest.started(instances[index], context)
            changes.append(instances[index].change(from: previous, to: .pending))
        }
        return StartInstancesResult(startingInstances: changes)
    }

    public func stopInstances(_ input: StopInstancesRequest, _ context: Context) throws -> StopInstancesResult {
        var instances = try InstanceRecord.required(input.instanceIds, context)
        for instance in instances {
            guard [.running, .stopping, .stopped].contains(instance.state(context)) else {
                throw AWSError.notStoppable(instance.id, instance.state(context))
            }
            guard !instance.protectsStop else { throw AWSError.protected(instance.id, "stopped", by: "disableApiStop") }
            guard !instance.isSpot || instance.options.spotIsPersistent == true else {
                throw AWSError.spotNotStoppable(instance.id)
            }
            if input.hibernate == true, !instance.hibernates {
                throw AWSError(
                    "UnsupportedHibernationConfiguration",
                    "Instance '\(instance.id)' is not configured for hibernation.")
            }
        }
        var changes: [InstanceStateChange] = []
        for index in instances.indices {
            let previous = instances[index].state(context)
            guard previous == .running else {
                changes.append(instances[index].change(from: previous, to: previous))
                continue
            }
            instances[index].stop(context)
            try instances[index].update(context)
            try NetworkInterfaceRecord.instanceStopped(instances[index].id, context)
            try SpotInstanceRequest.stopped(instances[index], .stoppedByUser(context), context)
            changes.append(instances[index].change(from: previous, to: .stopping))
        }
        return StopInstancesResult(stoppingInstances: changes)
    }

    public func rebootInstances(_ input: RebootInstancesRequest, _ context: Context) throws -> EmptyShape {
        let instances = try InstanceRecord.required(input.instanceIds, context)
        for instance in instances where ![.running, .pending].contains(instance.state(context)) {
            throw AWSError.notInState(instance.id, "rebooted")
        }
        // No state in the API shows a reboot.
        let guests = context.simulator.guests
        context.afterCommit { for instance in instances { guests?.reboot(instance.id) } }
        return EmptyShape()
    }

    public func terminateInstances(_ input: TerminateInstancesRequest, _ context: Context) throws -> TerminateInstancesResult {
        var instances = try InstanceRecord.required(input.instanceIds, context)
        for instance in instances where instance.phase != .terminate {
            if instance.protectsTermination { throw AWSError.protected(instance.id, "terminated", by: "disableApiTermination") }
            // Stop protection also prevents termination.
            if instance.protectsStop { throw AWSError.protected(instance.id, "terminated", by: "disableApiStop") }
        }
        var changes: [InstanceStateChange] = []
        for index in instances.indices {
            let previous = instances[index].state(context)
            guard instances[index].phase != .terminate else {
                changes.append(instances[index].change(from: previous, to: previous))
                continue
            }
            instances[index].terminate(context)
            try instances[index].update(context)
            try instances[index].noteDue(context)
            try instances[index].ended(.terminatedByUser(context), context)
            changes.append(instances[index].change(from: previous, to: previous == .stopped ? .terminated : .shuttingDown))
        }
        return TerminateInstancesResult(terminatingInstances: changes)
    }

    public func monitorInstances(_ input: MonitorInstancesRequest, _ context: Context) throws -> MonitorInstancesResult {
        MonitorInstancesResult(
            instanceMonitorings: try setMonitoring(input.instanceIds, true, answer: "pending", context))
    }

    public func unmonitorInstances(_ input: UnmonitorInstancesRequest, _ context: Context) throws -> UnmonitorInstancesResult {
        UnmonitorInstancesResult(
            instanceMonitorings: try setMonitoring(input.instanceIds, false, answer: "disabling", context))
    }

    private func setMonitoring(
        _ ids: [String], _ isMonitored: Bool, answer: MonitoringState, _ context: Context
    ) throws -> [InstanceMonitoring] {
        let instances = try InstanceRecord.required(ids, context)
        for instance in instances where instance.phase == .terminate { throw AWSError.notInState(instance.id, "monitored") }
        return try instances.map { instance in
            var changed = instance
            changed.isMonitored = isMonitored
            try changed.update(context)
            let settled: MonitoringState = isMonitored ? "enabled" : "disabled"
            return InstanceMonitoring(
                instanceId: instance.id,
                monitoring: Monitoring(state: instance.isMonitored == isMonitored ? settled : answer))
        }
    }
}

extension EC2Simulation {
    /// Shuts an instance down from within: it stops or is terminated, depending on its shutdown behavior.
    package static func shutDownFromWithin(_ id: String, _ context: Context) throws {
        guard var instance = try InstanceRecord.find(id, context), instance.state(context) == .running else { return }
        // Assumed: an instance that cannot be stopped is terminated.
        let isOneTime = instance.options.spotRequest != nil && instance.options.spotIsPersistent != true
        if instance.shutdownBehavior == "terminate" || isOneTime { instance.terminate(context) } else { instance.stop(context) }
        instance.reason = InstanceRecord.shutDownFromWithin
        try instance.update(context)
        try instance.noteDue(context)
        guard instance.phase == .stop else {
            return try instance.ended(.terminatedByUser(context), context)
        }
        try NetworkInterfaceRecord.instanceStopped(instance.id, context)
        try SpotInstanceRequest.stopped(instance, .stoppedByUser(context), context)
    }
}

extension InstanceRecord {
    /// Returns the instances with these ids, without duplicates, in the request's order.
    static func required(_ ids: [String], _ context: Context) throws -> [InstanceRecord] {
        guard !ids.isEmpty else { throw AWSError.noInstances }
        let found = Dictionary(uniqueKeysWithValues: try list(ids, context).map { ($0.id, $0) })
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }.compactMap { found[$0] }
    }

    fileprivate func change(from previous: LifeState, to current: LifeState) -> InstanceStateChange {
        InstanceStateChange(instanceId: id, currentState: current.shape, previousState: previous.shape)
    }
}

extension InstanceRecord {
    /// Throws an error if the root volume is detached: the instance cannot boot.
    fileprivate func checkRootVolume(_ context: Context) throws {
        let volumes = try VolumeRecord.attached(to: [id], context)[id] ?? []
        guard volumes.contains(where: { $0.device == rootDevice }) else {
            throw AWSError(
                "IncorrectInstanceState", "Instance '\(id)' does not have a volume attached at root (\(rootDevice))")
        }
    }
}

extension VcpuLimits {
    /// Checks the quota again when a stopped instance starts.
    static func admit(_ instance: InstanceRecord, reserved: Int, _ context: Context) throws {
        guard let type = InstanceTypeTable.figures(of: instance.type) else { return }
        _ = try admit(type, isSpot: instance.isSpot, minimum: 1, maximum: 1, reserved: reserved, context)
    }
}

extension AWSError {
    static func notStartable(_ id: String) -> AWSError { .notInState(id, "started") }

    static let noInstances = AWSError("InvalidParameterCombination", "No instances specified")

    /// The messages that users quote: https://github.com/cloud-custodian/cloud-custodian/issues/6014 and
    /// https://github.com/ansible-collections/amazon.aws/issues/146
    static func notStoppable(_ id: String, _ state: LifeState) -> AWSError {
        AWSError(
            "IncorrectInstanceState",
            state == .pending
                ? "Instance '\(id)' cannot be stopped as it has never reached the 'running' state."
                : "This instance '\(id)' is not in a state from which it can be stopped.",
            explanation: "DescribeInstances returns its state. A waiter waits for another state.")
    }

    static func notInState(_ id: String, _ participle: String) -> AWSError {
        AWSError(
            "IncorrectInstanceState", "The instance '\(id)' is not in a state from which it can be \(participle).",
            explanation: "DescribeInstances returns its state. A waiter waits for another state.")
    }

    static func protected(_ id: String, _ participle: String, by attribute: String) -> AWSError {
        AWSError(
            "OperationNotPermitted",
            "The instance '\(id)' may not be \(participle). Modify its '\(attribute)' instance attribute and try again.")
    }

    static func spotNotStoppable(_ id: String) -> AWSError {
        AWSError(
            "UnsupportedOperation",
            "You can't stop the Spot Instance '\(id)' because it is associated with a one-time Spot Instance request. "
                + "You can only stop Spot Instances associated with persistent Spot Instance requests.")
    }
}
