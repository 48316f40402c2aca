@_exported import AWSClient
@_exported import AWSCore
@_exported import Drydock
@_exported import EC2API
@_exported import ECRAPI
@_exported import IAMAPI
@_exported import SSMAPI
@_exported import STSAPI

@_exported import enum Contract.RecordMode

/// An AWS of a test's own: a simulator and clients on it. `AWS.current` within a test that has the trait `.simulator`.
public struct AWS: Sendable {
    public let simulator: Simulator
    /// Acts as the account's root.
    public let client: AWSClient
    /// Nil outside of tests, where nobody asks for it.
    let sent: SentRequests?

    public var ec2: EC2Client { EC2Client(client) }
    public var ecr: ECRClient { ECRClient(client) }
    public var iam: IAMClient { IAMClient(client) }
    public var ssm: SSMClient { SSMClient(client) }
    public var sts: STSClient { STSClient(client) }
    public var clock: SimulatedClock { simulator.clock }
    /// What came in so far, and what was answered.
    public var journal: [Journal.Entry] { simulator.journal.entries }

    /// - Throws: `StateError` if the configuration names a state folder that cannot be used.
    public init(_ configuration: Configuration = Configuration()) throws {
        self.init(try .drydock(configuration))
    }

    public init(_ simulator: Simulator) {
        self.init(simulator, client: simulator.client(), nil)
    }

    /// - Parameter sent: where the clients' requests are noted.
    init(_ simulator: Simulator, client: AWSClient, _ sent: SentRequests?) {
        self.simulator = simulator
        self.client = sent.map { client.noting(in: $0) } ?? client
        self.sent = sent
    }

    /// The same, for a test: its clients' requests are noted.
    var noting: AWS { AWS(simulator, client: client, SentRequests()) }

    /// Clients that act with other credentials, on the same simulator.
    public func acting(as credentials: Credentials, region: String? = nil) -> Acting {
        let client = simulator.client(credentials: credentials, region: region)
        return Acting(client: sent.map { client.noting(in: $0) } ?? client)
    }

    /// Clients of another caller or region.
    public struct Acting: Sendable {
        public let client: AWSClient
        public var ec2: EC2Client { EC2Client(client) }
        public var ecr: ECRClient { ECRClient(client) }
        public var iam: IAMClient { IAMClient(client) }
        public var ssm: SSMClient { SSMClient(client) }
        public var sts: STSClient { STSClient(client) }
    }

    @TaskLocal static var scoped: AWS?

    /// The AWS of the running test. Traps in a test without the trait, since there is nothing sensible to give it.
    public static var current: AWS {
        guard let scoped else { preconditionFailure("AWS.current needs the trait .simulator on the test or its suite") }
        return scoped
    }
}
