import AWSCore
import Drydock

/// A workflow that a scenario file describes: steps that build something up, steps that take it down, and what must hold.
public struct Scenario: Sendable {
    public let name: String
    public let description: String
    /// The file's name, for messages.
    public let file: String
    let settings: Settings
    let variables: [(name: String, value: Value)]
    let identities: [String: Identity]
    let hosts: [String: Host]
    /// What guests find beyond themselves: answers by URL, programs by package.
    let internet: [(url: String, answer: Template)]
    let packages: [(name: String, program: String)]
    let requirements: Set<Requirement>
    /// What Docker Hub has besides its public images.
    let hub: Node?
    /// What goes wrong from the beginning until the clean-up.
    let faults: Node?
    let up: [Step]
    let down: [Step]
    let cleanup: [Step]

    /// What a target must be able to do.
    enum Requirement: String, CaseIterable, Sendable {
        /// Time can be moved.
        case clock
        /// Docker Hub is simulated, so that anybody can be any user of it.
        case hub
        /// Instances can be logged in to.
        case guests
        /// Things go wrong as planned.
        case faults
    }

    /// An instance that steps log in to.
    struct Host: Sendable {
        let instance: Template
        /// The private key itself, or the path of its file.
        let key: Template
        /// Nil for whom the target names.
        let user: Template?
    }

    /// An access key that steps sign with.
    struct Identity: Sendable {
        let accessKey: Template
        let secretKey: Template
        let sessionToken: Template?
    }

    /// How a simulator of the scenario's own is set up; other targets are as they are.
    struct Settings: Sendable {
        var account = "123456789012"
        var region = "us-east-1"
        var seed: UInt64 = 1
        var clock: Instant?
        var transitions = Transitions.aws
        var isStrict = false
        /// The accounts' organisation, whose control policies limit them; nil: they are in none.
        var organization: Organization?
        var playsGuests = false
        /// What exists in services that are not simulated.
        var existing = ExistingResources.unknown
    }

    /// A part of a scenario that can be run on its own.
    public enum Part: String, Sendable, CaseIterable {
        case up, down
    }

    /// Whether a simulator of the scenario's own is to play its instances, which takes Linux, bubblewrap and OpenSSH's server.
    public var wantsGuests: Bool { settings.playsGuests || requirements.contains(.guests) }

    /// Whether the file gives a variable of this name a value.
    public func hasVariable(_ name: String) -> Bool { variables.contains { $0.name == name } }

    /// Reads a scenario file.
    /// - Throws: ``ScenarioMistakes`` with every mistake in it.
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
