import AWSCore
import EC2API
import SimulatorCore

// An interrupted Spot Instance keeps running during its notice. Then ``InstanceRecord/settle(_:_:)`` terminates it when it is
// due. With the behavior `stop` or `hibernate` it stops instead, and starts again when there is capacity.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-interruptions.html

extension EC2Simulation: SpotCapacity {
    public func reclaim(matching pattern: String, notice: Duration, _ context: Context) throws {
        for var instance in try InstanceRecord.all(context, "AND is_spot = 1 AND phase = 'start' AND doomed_at IS NULL", [])
        where [instance.id, instance.type, instance.image].contains(where: { Wildcard.matches($0, pattern) }) {
            try instance.interrupt(notice: notice, context)
        }
    }
}

extension EC2Simulation {
    /// The interruption notice of a running Spot Instance: its time, and its action `terminate`, `stop` or `hibernate`.
    public struct SpotNotice: Sendable {
        public let time: Instant
        public let action: String
    }

    /// Returns the notice of a running Spot Instance; nil if there is none.
    public static func spotInterruption(of instance: String, _ context: Context) throws -> SpotNotice? {
        guard
            let instance = try InstanceRecord.all(context, "AND id = ? AND is_spot = 1 AND phase = 'start'", [instance]).first
        else { return nil }
        if let end = instance.doomedAt { return SpotNotice(time: end, action: "terminate") }
        guard let stop = instance.options.spotStopsAt else { return nil }
        return SpotNotice(time: Instant(milliseconds: stop), action: instance.options.spotInterruption ?? "stop")
    }
}

extension InstanceRecord {
    /// The reason codes of instances that EC2 itself terminated or stopped.
    static let spotInterruption = "Server.SpotInstanceTermination"
    static let spotShutdown = "Server.SpotInstanceShutdown"
    /// The due kind for the stop of an interrupted instance.
    static let spotStop = "spot-stop"

    /// Gives a running Spot Instance an interruption notice. An earlier notice stays in effect.
    mutating func interrupt(notice: Duration, isTooDear: Bool = false, _ context: Context) throws {
        guard phase == .start, doomedAt == nil, options.spotStopsAt == nil else { return }
        let end = context.now + notice
        options.spotIsTooDear = isTooDear ? true : nil
        if options.spotInterruption != nil {
            options.spotStopsAt = end.milliseconds
            try update(context)
            try Due.set(Self.spotStop, id, at: end, context)
        } else {
            previousState = state(context).rawValue
            doomedAt = end
            try update(context)
            try noteDue(context)
        }
        try SpotInstanceRequest.noticed(self, context)
    }

    /// Stops interrupted instances at the end of their notice.
    static func stopInterrupted(_ due: [Due], _ context: Context) throws {
        for due in due {
            guard var instance = try find(due.id, context), instance.phase == .start, instance.options.spotStopsAt != nil else {
                continue
            }
            let isDear = instance.options.spotIsTooDear == true
            instance.options.spotStopsAt = nil
            instance.options.spotIsTooDear = nil
            instance.stop(context)
            instance.phaseAt = due.at
            instance.reason = spotShutdown
            try instance.update(context)
            try NetworkInterfaceRecord.instanceStopped(instance.id, context)
            try SpotInstanceRequest.stopped(
                instance, isDear ? .stoppedByPrice(context) : .stoppedWithoutCapacity(context), context)
        }
    }

    /// Starts an interrupted instance when there is capacity again.
    mutating func resume(_ context: Context) throws {
        start(context)
        try update(context)
        try NetworkInterfaceRecord.instanceStarted(id, context)
    }
}
