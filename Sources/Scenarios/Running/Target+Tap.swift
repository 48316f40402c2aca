import AWSClient
public import AWSCore
public import Contract

extension Target {
    /// The same target, whose requests all go through another transport: one that records them, for example.
    public func tapped(_ tap: @escaping @Sendable (any HTTPTransport) -> any HTTPTransport) -> Target {
        let plain = client
        var target = self
        target.docker = docker.tapped(tap)
        target.client = { credentials, region in
            var configuration = plain(credentials, region).configuration
            configuration.transport = tap(configuration.transport)
            return AWSClient(configuration)
        }
        return target
    }

    /// The same target, whose requests and their answers are written down, redacted.
    public func recorded(to writer: HARWriter) -> Target {
        let clock = clock
        return tapped { RecordingTransport($0, to: writer, clock: { clock.now }) }
    }
}
