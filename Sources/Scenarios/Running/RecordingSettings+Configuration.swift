public import Contract
public import Drydock

extension RecordingSettings {
    /// What a simulator is like, for whoever plays a recording of it.
    public init(_ simulator: Simulator) {
        let configuration = simulator.configuration
        self.init(
            account: configuration.account, region: configuration.region, start: simulator.clock.now,
            transitions: configuration.transitions.rawValue, seed: simulator.seed, isStrict: configuration.isStrict)
    }
}

extension Configuration {
    /// A simulator that answers as the recorded target did.
    /// - Parameter transitions: how fast states change, whatever the recording tells of it.
    public init(answeringAs settings: RecordingSettings, transitions: Transitions? = nil) {
        self.init(
            account: settings.account ?? "123456789012", region: settings.region ?? "us-east-1", seed: settings.seed ?? 1,
            clock: settings.start.map { .manual(at: $0) } ?? .manual(),
            transitions: transitions ?? settings.transitions.flatMap(Transitions.init) ?? .instant,
            isStrict: settings.isStrict)
    }
}
