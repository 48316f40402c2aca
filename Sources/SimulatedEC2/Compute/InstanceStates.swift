import AWSCore
import EC2API
import GRDB
import SimulatorCore

/// The states of an instance, with AWS's codes.
enum LifeState: Int, Sendable {
    case pending = 0
    case running = 16
    case shuttingDown = 32
    case terminated = 48
    case stopping = 64
    case stopped = 80

    var name: String {
        switch self {
        case .pending: "pending"
        case .running: "running"
        case .shuttingDown: "shutting-down"
        case .terminated: "terminated"
        case .stopping: "stopping"
        case .stopped: "stopped"
        }
    }

    var shape: InstanceState { InstanceState(code: rawValue, name: InstanceStateName(name)) }
}

/// The typical durations of state changes in AWS.
enum InstanceTimes {
    static let start = Duration.seconds(15)
    static let stop = Duration.seconds(40)
    static let terminate = Duration.seconds(35)
    /// From running until both status checks have passed.
    static let statusChecks = Duration.seconds(150)
    /// How long a terminated instance is still shown. Always an hour of the clock: no transition profile shortens it.
    static let memory = Duration.hours(1)
}

extension Instant {
    /// The time without milliseconds, as EC2 reports launches and attachments.
    var wholeSecond: Instant { Instant(seconds: seconds) }
}

extension InstanceRecord {
    func state(_ context: Context) -> LifeState {
        switch phase {
        case .start where doomedAt.map { $0 <= context.now } ?? false: .terminated
        case .start: context.now < runningAt(context) ? .pending : .running
        case .stop: context.now < phaseAt + context.transitions.duration(InstanceTimes.stop) ? .stopping : .stopped
        case .terminate: context.now < doomedAt ?? phaseAt ? .shuttingDown : .terminated
        }
    }

    func runningAt(_ context: Context) -> Instant { phaseAt + context.transitions.duration(InstanceTimes.start) }

    mutating func start(_ context: Context) {
        previousState = LifeState.stopped.rawValue
        phase = .start
        phaseAt = context.now
        launchedAt = context.now.wholeSecond
        reason = ""
    }

    mutating func stop(_ context: Context) {
        previousState = state(context).rawValue
        phase = .stop
        phaseAt = context.now
        reason = Self.userInitiated(context)
    }

    mutating func terminate(_ context: Context) {
        previousState = state(context).rawValue
        phase = .terminate
        phaseAt = context.now
        // A stopped instance needs no time to shut down.
        let isStopped = previousState == LifeState.stopped.rawValue
        doomedAt = isStopped ? context.now : context.now + context.transitions.duration(InstanceTimes.terminate)
        reason = Self.userInitiated(context)
    }

    private static func userInitiated(_ context: Context) -> String {
        let time = context.now.iso8601(milliseconds: false)
        return "User initiated (\(time.prefix(10)) \(time.dropFirst(11).prefix(8)) GMT)"
    }

    /// The transition reason after a shutdown from within; AWS leaves it empty.
    static let shutDownFromWithin = ""

    /// Returns the reason for the state; nil for states without one in AWS.
    func stateReason(_ state: LifeState) -> StateReason? {
        switch state {
        case .pending: StateReason(code: "pending", message: "pending")
        case .running: nil
        case .shuttingDown where reason == Self.spotInterruption, .terminated where reason == Self.spotInterruption:
            StateReason(code: Self.spotInterruption, message: "\(Self.spotInterruption): Spot instance termination")
        case .stopping where reason == Self.spotShutdown, .stopped where reason == Self.spotShutdown:
            StateReason(code: Self.spotShutdown, message: "\(Self.spotShutdown): Spot instance shutdown")
        case _ where reason == Self.shutDownFromWithin:
            StateReason(
                code: "Client.InstanceInitiatedShutdown",
                message: "Client.InstanceInitiatedShutdown: Instance initiated shutdown")
        default:
            StateReason(code: "Client.UserInitiatedShutdown", message: "Client.UserInitiatedShutdown: User initiated shutdown")
        }
    }
}

extension InstanceRecord {
    /// Releases terminated instances' interfaces and volumes. Deletes the instances an hour later.
    static func settle(_ due: [Due], _ context: Context) throws {
        let now = context.now.milliseconds
        let instances = try due.compactMap { try find($0.id, context) }
        let doomed = instances.filter { !$0.isReleased && $0.doomedAt.map { $0 <= context.now } ?? false }
        if !doomed.isEmpty {
            try InstanceNetwork.release(doomed.map(\.id), context)
            try VolumeRecord.release(doomed.map(\.id), context)
            let statement = try context.db.cachedStatement(
                sql: """
                    UPDATE ec2_instance SET is_released = 1, phase = 'terminate',
                        phase_at = iif(phase = 'start', doomed_at, phase_at),
                        reason = iif(phase = 'start', '\(spotInterruption)', reason)
                    WHERE account = ? AND region = ? AND id = ? AND doomed_at <= ?
                    """)
            for instance in doomed {
                try statement.execute(arguments: [context.account, context.region, instance.id, now])
                if instance.phase == .start {
                    let isDear = instance.options.spotIsTooDear == true
                    try instance.ended(isDear ? .terminatedByPrice(context) : .noCapacity(context), context)
                }
            }
        }
        for instance in instances {
            guard let doomedAt = instance.doomedAt else { continue }
            if doomedAt + InstanceTimes.memory <= context.now {
                try instance.delete(context)
            } else {
                try instance.noteDue(context, isReleased: doomedAt <= context.now)
            }
        }
    }

    /// Schedules the instance's end or, once it is released, its deletion.
    func noteDue(_ context: Context, isReleased: Bool = false) throws {
        guard let doomedAt else { return }
        try Due.set(Self.kind.type, id, at: isReleased ? doomedAt + InstanceTimes.memory : doomedAt, context)
    }

    /// Schedules the ends of instances from before the `due` table existed.
    static let dueMigration = Migration(
        "ec2.instance-due",
        """
        INSERT INTO due SELECT account, region, 'ec2', 'instance', id, doomed_at + iif(is_released, 3600000, 0)
            FROM ec2_instance WHERE doomed_at IS NOT NULL
        """)
}
