import AWSCore
import Drydock

/// A scenario file's workflow: steps that create resources, steps that remove them, and expectations.
public struct Scenario: Sendable {
    public let name: String
    public let description: String
    /// The file's name, used in messages.
    public let file: String
    let settings: Settings
    let variables: [(name: String, value: Value)]
    let identities: [String: Identity]
    let hosts: [String: Host]
    /// What guests can reach: URLs with their responses, and programs by package.
    let internet: [(url: String, answer: Template)]
    let packages: [(name: String, program: String)]
    let requirements: Set<Requirement>
    /// Docker Hub's contents besides its public images.
    let hub: Node?
    /// The faults from the start until the clean-up.
    let faults: Node?
    let up: [Step]
    let down: [Step]
    let cleanup: [Step]

    /// The abilities that a scenario may require of its target.
    enum Requirement: String, CaseIterable, Sendable {
        /// The clock can be moved.
        case clock
        /// Docker Hub is simulated, so steps can act as any of its users.
        case hub
        /// Steps can log in to instances.
        case guests
        /// Faults can be injected.
        case faults
    }

    /// An instance that steps log in to.
    struct Host: Sendable {
        let instance: Template
        /// The private key or the path of its file.
        let key: Template
        /// The user name; nil uses the one that the target reports.
        let user: Template?
    }

    /// An access key that signs requests of steps.
    struct Identity: Sendable {
        let accessKey: Template
        let secretKey: Template
        let sessionToken: Template?
    }

    /// The settings of the scenario's own simulator. Other targets ignore them.
    struct Settings: Sendable {
        var account = "123456789012"
        var region = "us-east-1"
        var seed: UInt64 = 1
        var clock: Instant?
        var transitions = Transitions.aws
        var isStrict = false
        /// The accounts' organization, whose service control policies limit them; nil if they are in none.
        var organization: Organization?
        var playsGuests = false
        /// The resources in services that are not simulated.
        var existing = ExistingResources.unknown
    }

    /// A part of a scenario that can run alone.
    public enum Part: String, Sendable, CaseIterable {
        case up, down
    }

    /// Whether the scenario's own simulator runs its instances as guests, which needs Linux, bubblewrap and OpenSSH's server.
    public var wantsGuests: Bool { settings.playsGuests || requirements.contains(.guests) }

    /// Whether the file defines a variable of this name.
    public func hasVariable(_ name: String) -> Bool { variables.contains { $0.name == name } }

    /// Reads a scenario file.
    /// - Throws: ``ScenarioMistakes`` with all errors in the file.
    public init(parsing text: String, file: String) throws {
        let mistakes = MistakeList()
        let scenario = YAML.parse(text, mistakes).flatMap { ScenarioReader(file: file, mistakes).scenario($0) }
        guard let scenario, mistakes.isEmpty else { throw ScenarioMistakes(file: file, text: text, mistakes.mistakes) }
        self = scenario
    }

    init(
        name: String, description: String, file: String, settings: Settings, variables: [(name: String, value: Value)],
        identities: [String: Identity], hosts: [String: Host], internet: [(url: String, answer: Template)],
        packages: [(name: String, program: String)], requirements: Set<Requirement>, hub: Node?, faults: Node?, up: [Step],
        down: [Step], cleanup: [Step]
    ) {
        self.name = name
        self.description = description
        self.file = file
        self.settings = settings
        self.variables = variables
        self.identities = identities
        self.hosts = hosts
        self.internet = internet
        self.packages = packages
        self.requirements = requirements
        self.hub = hub
        self.faults = faults
        self.up = up
        self.down = down
        self.cleanup = cleanup
    }
}
