import AWSClient
public import AWSCore
public import Contract

extension Target {
    /// Returns a copy of the target whose requests use another transport, such as one that records them.
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

    /// Returns a copy of the target that records requests and responses with secrets removed.
    public func recorded(to writer: HARWriter) -> Target {
        let clock = clock
        return tapped { RecordingTransport($0, to: writer, clock: { clock.now }) }
    }
}
