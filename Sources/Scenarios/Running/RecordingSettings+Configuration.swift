public import Contract
public import Drydock

extension RecordingSettings {
    /// The settings needed to replay a recording of this simulator.
    public init(_ simulator: Simulator) {
        let configuration = simulator.configuration
        self.init(
            account: configuration.account, region: configuration.region, start: simulator.clock.now,
            transitions: configuration.transitions.rawValue, seed: simulator.seed, isStrict: configuration.isStrict)
    }
}

extension Configuration {
    /// Creates a configuration for a simulator that behaves like the recorded target.
    /// - Parameter transitions: how fast states change; nil uses the recording's setting.
    public init(answeringAs settings: RecordingSettings, transitions: Transitions? = nil) {
        self.init(
            account: settings.account ?? "123456789012", region: settings.region ?? "us-east-1", seed: settings.seed ?? 1,
            clock: settings.start.map { .manual(at: $0) } ?? .manual(),
            transitions: transitions ?? settings.transitions.flatMap(Transitions.init) ?? .instant,
            isStrict: settings.isStrict)
    }
}
