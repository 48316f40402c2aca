@_exported import AWSClient
@_exported import AWSCore
@_exported import Drydock
@_exported import EC2API
@_exported import ECRAPI
@_exported import IAMAPI
@_exported import SSMAPI
@_exported import STSAPI

@_exported import enum Contract.RecordMode

/// A test's own simulator with clients. A test with the trait `.simulator` gets it from `AWS.current`.
public struct AWS: Sendable {
    public let simulator: Simulator
    /// A client that acts as the account's root user.
    public let client: AWSClient
    /// The recorded requests; nil outside of tests.
    let sent: SentRequests?

    public var ec2: EC2Client { EC2Client(client) }
    public var ecr: ECRClient { ECRClient(client) }
    public var iam: IAMClient { IAMClient(client) }
    public var ssm: SSMClient { SSMClient(client) }
    public var sts: STSClient { STSClient(client) }
    public var clock: SimulatedClock { simulator.clock }
    /// The requests received so far, with their responses.
    public var journal: [Journal.Entry] { simulator.journal.entries }

    /// - Throws: `StateError` if the configuration names a state folder that cannot be used.
    public init(_ configuration: Configuration = Configuration()) throws {
        self.init(try .drydock(configuration))
    }

    public init(_ simulator: Simulator) {
        self.init(simulator, client: simulator.client(), nil)
    }

    /// - Parameter sent: records the clients' requests.
    init(_ simulator: Simulator, client: AWSClient, _ sent: SentRequests?) {
        self.simulator = simulator
        self.client = sent.map { client.noting(in: $0) } ?? client
        self.sent = sent
    }

    /// A copy whose clients record their requests.
    var noting: AWS { AWS(simulator, client: client, SentRequests()) }

    /// Returns clients on the same simulator that use other credentials.
    public func acting(as credentials: Credentials, region: String? = nil) -> Clients {
        let client = simulator.client(credentials: credentials, region: region)
        return Clients(client: sent.map { client.noting(in: $0) } ?? client)
    }

    /// Clients of another caller or region.
    public struct Clients: Sendable {
        public let client: AWSClient
        public var ec2: EC2Client { EC2Client(client) }
        public var ecr: ECRClient { ECRClient(client) }
        public var iam: IAMClient { IAMClient(client) }
        public var ssm: SSMClient { SSMClient(client) }
        public var sts: STSClient { STSClient(client) }
    }

    @TaskLocal static var scoped: AWS?

    /// The running test's AWS. Traps in a test without the trait.
    public static var current: AWS {
        guard let scoped else { preconditionFailure("AWS.current needs the trait .simulator on the test or its suite") }
        return scoped
    }
}
