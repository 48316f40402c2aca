import AWSCore

/// The settings of a simulator. The defaults suit a test: in memory, a manual clock, a fixed seed.
public struct Configuration: Sendable {
    /// The account that unknown keys act for, 12 digits.
    public var account: String
    /// The region of requests that do not name one.
    public var region: String
    /// The seed of generated ids. The same seed and requests give byte-identical responses.
    public var seed: UInt64
    public var clock: SimulatedClock
    /// How long AWS's state changes take in the simulator.
    public var transitions: Transitions
    /// Rejects access keys that IAM did not create, instead of treating them as the account's root.
    public var isStrict: Bool
    /// The folder for the state; nil keeps it in memory.
    public var stateFolder: String?
    /// The host and port where clients outside this process reach the registry, such as `localhost:4566`; nil shows the real
    /// names (`123456789012.dkr.ecr.us-east-1.amazonaws.com`).
    public var registryHost: String?
    /// Takes instances' public addresses from this machine's loopback network, so that clients can connect to them.
    public var usesLoopbackAddresses: Bool
    /// The resources that exist in services that are not simulated. References to unlisted services are not checked.
    public var existing = ExistingResources.unknown
    /// The approximate limit of the journal's memory, in bytes; the oldest entries are dropped first.
    public var journalLimit = 32 << 20
    /// Whether each request is logged.
    public var logsRequests = false
    /// The key that seals values which grant access; nil derives those values from the seed.
    public var seal: AccessSeal?
    /// The token that the control plane requires; nil requires none.
    public var controlToken: String?
    /// The organization that the accounts belong to; nil: none.
    public var organization: Organization?

    public init(
        account: String = "123456789012", region: String = "us-east-1", seed: UInt64 = 1, clock: SimulatedClock = .manual(),
        transitions: Transitions = .instant, isStrict: Bool = false, stateFolder: String? = nil, registryHost: String? = nil,
        usesLoopbackAddresses: Bool = false
    ) {
        self.account = account
        self.region = region
        self.seed = seed
        self.clock = clock
        self.transitions = transitions
        self.isStrict = isStrict
        self.stateFolder = stateFolder
        self.registryHost = registryHost
        self.usesLoopbackAddresses = usesLoopbackAddresses
    }
}

/// How long a state change takes. States follow from the time at which a change began, so nothing sleeps.
public enum Transitions: String, Sendable, CaseIterable {
    /// The next request sees the end state.
    case instant
    /// About a second where AWS takes a minute.
    case quick
    /// AWS's typical times.
    case aws

    /// Returns the duration of a change that typically takes `typical` in AWS.
    public func duration(_ typical: Duration) -> Duration {
        switch self {
        case .instant: .zero
        case .quick: min(.milliseconds(1000), .milliseconds(typical.milliseconds / 30))
        case .aws: typical
        }
    }
}
