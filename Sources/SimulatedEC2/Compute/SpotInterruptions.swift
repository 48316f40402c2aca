import AWSCore
import SimulatorCore

// An interrupted Spot Instance runs on through its notice; its end comes with the clock, in ``InstanceRecord/settle(_:_:)``.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/spot-interruptions.html

extension EC2Simulation: SpotCapacity {
    public func reclaim(matching pattern: String, notice: Duration, _ context: Context) throws {
        for var instance in try InstanceRecord.all(context, "AND is_spot = 1 AND phase = 'start' AND doomed_at IS NULL", [])
        where [instance.id, instance.type, instance.image].contains(where: { Wildcard.matches($0, pattern) }) {
            instance.previousState = instance.state(context).rawValue
            instance.doomedAt = context.now + notice
            try instance.update(context)
            try instance.noteDue(context)
        }
    }
}

extension EC2Simulation {
    /// When a running Spot Instance will be taken back, once its notice was given; nil for every other.
    public static func spotInterruption(of instance: String, _ context: Context) throws -> Instant? {
        try InstanceRecord.all(context, "AND id = ? AND is_spot = 1 AND phase = 'start'", [instance]).first?.doomedAt
    }
}

extension InstanceRecord {
    /// The code of the reason for which EC2 itself ended an instance.
    static let spotInterruption = "Server.SpotInstanceTermination"
}
