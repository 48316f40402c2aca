import AWSCore

/// What is to go wrong, and when: the same seed and the same requests meet the same faults.
public struct FaultPlan: Sendable {
    /// Decides where a fault has a probability.
    public var seed: UInt64
    /// Asked in order. The first that gives the request its answer ends it; delays and moves of the clock add up.
    public var faults: [Fault]

    public init(_ faults: [Fault], seed: UInt64 = 1) {
        self.faults = faults
        self.seed = seed
    }
}

/// One thing that goes wrong.
public struct Fault: Sendable {
    /// How explanations name it; nil calls it by its place in the plan.
    public var name: String?
    /// Whom it meets. `*` and `?` are wildcards.
    ///
    /// `ec2`, `ecr`, `iam`, `sts`, `registry`, `storage` or `hub`.
    public var service: String
    /// `RunInstances`, `Describe*`; of the registry `PutManifest`, `AppendToUpload`.
    public var operation: String
    /// Something that the request names in its parameters: a repository, an instance, a group.
    public var resource: String?
    /// The caller's ARN, user name or access key id.
    public var caller: String?
    /// Which of the requests that fit.
    public var calls: Calls
    /// From 0 to 1.
    public var probability: Double
    public var effect: Effect

    public enum Calls: Sendable, Equatable {
        case all
        /// Counted from 1, of the requests that fit.
        case numbers(ClosedRange<Int>)
        /// Each so-manieth: the nth, the 2nth…
        case every(Int)

        func contains(_ number: Int) -> Bool {
            switch self {
            case .all: true
            case .numbers(let range): range.contains(number)
            case .every(let step): number.isMultiple(of: step)
            }
        }
    }

    public enum Effect: Sendable, Equatable {
        /// The request is refused with this.
        case error(AWSError)
        /// The error by which the service says "too often", with the hint when to come back, if one is given.
        case throttle(retryAfter: Duration?)
        /// The service's own error of that status: 500, 502, 503 or 504.
        case failure(status: Int)
        /// The answer comes late; it is drawn from the range by the plan's seed.
        case latency(ClosedRange<Duration>)
        /// The connection closes without an answer, before the request was carried out or after.
        case drop(isCarriedOut: Bool)
        /// The connection closes after so many bytes of the answer's body.
        case truncate(bytes: Int)
        /// The request's body is not read any further for that long, then the connection closes.
        case stall(Duration)
        /// The answer is the one that was right so long ago, by the simulator's clock: writes since then aren't seen yet.
        case stale(Duration)
        /// EC2 has no instances of that type left.
        case insufficientCapacity
        /// All Spot Instances that the fault's resource fits, or all there are, are taken back after this notice.
        case interruptSpot(notice: Duration)
        /// The caller's session token has expired.
        case expireToken
        /// The clock jumps before the request is carried out.
        case moveClock(Duration)
    }

    public init(
        _ effect: Effect, name: String? = nil, service: String = "*", operation: String = "*", resource: String? = nil,
        caller: String? = nil, calls: Calls = .all, probability: Double = 1
    ) {
        self.effect = effect
        self.name = name
        self.service = service
        self.operation = operation
        self.resource = resource
        self.caller = caller
        self.calls = calls
        self.probability = probability
    }
}

/// Services and their operations that a plan may name.
public struct FaultCatalogue: Sendable {
    public let services: [(name: String, operations: Set<String>)]

    public init(_ services: [(name: String, operations: Set<String>)]) { self.services = services }
}

extension Simulator {
    /// What plans of faults may name here.
    public var faultCatalogue: FaultCatalogue {
        FaultCatalogue(
            services.map { ($0.model.id, $0.model.operationNames) }
                + doors.filter { !$0.operationNames.isEmpty }.map { ($0.name, Set($0.operationNames)) })
    }
}
