import AWSCore

/// The faults to inject. The same seed and the same requests give the same faults.
public struct FaultPlan: Sendable {
    /// The seed for faults with a probability.
    public var seed: UInt64
    /// The faults, evaluated in order. The first that produces a response ends the evaluation; delays and clock moves add up.
    public var faults: [Fault]

    public init(_ faults: [Fault], seed: UInt64 = 1) {
        self.faults = faults
        self.seed = seed
    }
}

/// One fault to inject.
public struct Fault: Sendable {
    /// The name in explanations; nil uses the position in the plan.
    public var name: String?
    /// The service that the fault applies to: `ec2`, `ecr`, `iam`, `sts`, `registry`, `storage` or `hub`.
    ///
    /// Here and in the next three members, `*` and `?` are wildcards.
    public var service: String
    /// `RunInstances`, `Describe*`; for the registry `PutManifest`, `AppendToUpload`.
    public var operation: String
    /// A text in the request's parameters, such as a repository, an instance or a group.
    public var resource: String?
    /// The caller's ARN, user name or access key id.
    public var caller: String?
    /// The matching requests that the fault affects.
    public var calls: Calls
    /// From 0 to 1.
    public var probability: Double
    public var effect: Effect

    /// Which of the matching requests a fault applies to.
    public enum Calls: Sendable, Equatable {
        case all
        /// Counted from 1 among the matching requests.
        case numbers(ClosedRange<Int>)
        /// Every nth: the nth, the 2nth…
        case every(Int)

        func contains(_ number: Int) -> Bool {
            switch self {
            case .all: true
            case .numbers(let range): range.contains(number)
            case .every(let step): number.isMultiple(of: step)
            }
        }
    }

    /// What happens to the request.
    public enum Effect: Sendable, Equatable {
        /// The request fails with this error.
        case error(AWSError)
        /// The service's throttling error, with the time to retry after, if given.
        case throttle(retryAfter: Duration?)
        /// The service's own error with that status: 500, 502, 503 or 504.
        case failure(status: Int)
        /// The response is delayed, by a duration that the plan's seed chooses from the range.
        case latency(ClosedRange<Duration>)
        /// The connection closes without a response, before or after the request is executed.
        case drop(isCarriedOut: Bool)
        /// The connection closes after this number of bytes of the response's body.
        case truncate(bytes: Int)
        /// The server stops reading the request's body for that long, then closes the connection.
        case stall(Duration)
        /// The response reflects the state of that long ago, by the simulator's clock; later writes are not visible.
        case stale(Duration)
        /// EC2 has no capacity for that instance type.
        case insufficientCapacity
        /// All Spot Instances that match the fault's resource, or all without one, are interrupted after this notice.
        case interruptSpot(notice: Duration)
        /// The caller's session token has expired.
        case expireToken
        /// The clock jumps before the request is executed.
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

/// The services and operations that a plan may name.
public struct FaultCatalogue: Sendable {
    public let services: [(name: String, operations: Set<String>)]

    public init(_ services: [(name: String, operations: Set<String>)]) { self.services = services }
}

extension Simulator {
    /// The services and operations that fault plans may name in this simulator.
    public var faultCatalogue: FaultCatalogue {
        FaultCatalogue(
            services.map { ($0.model.id, $0.model.operationNames) }
                + doors.filter { !$0.operationNames.isEmpty }.map { ($0.name, Set($0.operationNames)) })
    }
}
