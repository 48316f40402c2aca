import AWSCore

/// How a simulator is set up. The defaults suit a test: in memory, a manual clock, a fixed seed.
public struct Configuration: Sendable {
    /// The account that unknown keys act for, 12 digits.
    public var account: String
    /// The region of requests that name none.
    public var region: String
    /// Same seed and same requests: byte-identical responses.
    public var seed: UInt64
    public var clock: SimulatedClock
    /// How long AWS's state changes take here.
    public var transitions: Transitions
    /// Refuses access keys that IAM did not make (instead of treating them as the account's root).
    public var isStrict: Bool
    /// Where state is kept; nil keeps it in memory.
    public var stateFolder: String?
    /// The host and port under which clients outside of this process reach the registry, for example `localhost:4566`;
    /// nil prints the real names (`123456789012.dkr.ecr.us-east-1.amazonaws.com`).
    public var registryHost: String?
    /// Draws instances' public addresses from this machine's loopback network, so that they can be connected to.
    public var usesLoopbackAddresses: Bool
    /// What exists in services that are not simulated. What is not listed there is not checked.
    public var existing = ExistingResources.unknown
    /// The bytes of memory that the journal may take, about; the oldest entries go first.
    public var journalLimit = 32 << 20
    /// The key that everything which grants access is sealed with; nil lets those values follow from the seed.
    public var seal: AccessSeal?
    /// The token that the control plane asks for; nil asks for none.
    public var controlToken: String?
    /// The organisation that the accounts are members of; nil: of none.
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

/// How long a state change takes. States are derived from the time at which a change began, so nothing ever sleeps.
public enum Transitions: String, Sendable, CaseIterable {
    /// The next request sees the end state.
    case instant
    /// A second or so where AWS takes a minute.
    case quick
    /// AWS's typical times.
    case aws

    /// The duration of a change that typically takes `typical` in AWS.
    public func duration(_ typical: Duration) -> Duration {
        switch self {
        case .instant: .zero
        case .quick: min(.milliseconds(1000), .milliseconds(typical.milliseconds / 30))
        case .aws: typical
        }
    }
}
