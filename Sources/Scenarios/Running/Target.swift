import AWSClient
import AWSCore
import Drydock
import HTTPTypes
import SimulatedDocker
import SimulatorCore
import Synchronization

/// Where a scenario runs: its own simulator, a server at a URL, or AWS.
public struct Target: Sendable {
    /// The name in the step list: `the simulator`, the URL, `AWS`.
    public let name: String
    let account: String
    let region: String
    /// ECR's host name: the part of a repository's URI before its name.
    let registry: String
    let clock: any TargetClock
    /// What the run has done to the clock of a server, which goes on after it; nil if it left the clock alone.
    public var clockNote: String? {
        // To the minute, because a manual clock stands still during a run.
        let shift = clock.shift.milliseconds
        let minutes = (shift + (shift < 0 ? -30_000 : 30_000)) / 60_000
        guard minutes != 0 else { return nil }
        let parts = [(minutes.magnitude / 1440, "d"), (minutes.magnitude / 60 % 24, "h"), (minutes.magnitude % 60, "m")]
        let text = parts.filter { $0.0 > 0 }.map { "\($0.0)\($0.1)" }.joined()
        return "The clock of \(name) was moved \(minutes > 0 ? "forward" : "back") by \(text)."
    }
    var docker: any DockerHost
    let abilities: Set<Scenario.Requirement>
    /// Returns the guests in the form of Drydock's control plane; nil if instances are real machines.
    let guests: (@Sendable () async throws -> Node)?
    /// Adds to what guests can reach.
    let declare: (@Sendable (Node) async throws -> Void)?
    /// The simulator in this process, needed to run its instances as guests.
    public let simulator: Simulator?
    /// Returns a client for these credentials (nil: the target's own) and this region.
    var client: @Sendable (Credentials?, String) -> AWSClient
    /// Sets the fault plan; nil if the target does not support faults.
    var setFaults: (@Sendable (Node) async throws -> Void)?
    /// Adds users and images to Docker Hub; nil if the target uses the real one.
    var fillHub: (@Sendable (Node) async throws -> Void)?

    /// Returns the target that a scenario is run against.
    /// - Parameters:
    ///   - name: `simulator`, `aws`, or a URL.
    ///   - playsGuests: whether the instances of a simulator in this process will run as guests.
    /// - Throws: ``TargetError`` if the target does not exist or cannot do what the scenario requires.
    public static func named(
        _ name: String, for scenario: Scenario, playsGuests: Bool = false
    ) async throws -> Target {
        let target: Target
        switch name {
        case "simulator": target = try .simulator(for: scenario, playsGuests: playsGuests)
        case "aws": target = try await .aws(for: scenario)
        default:
            guard let endpoint = Endpoint(url: name) else {
                throw TargetError("'\(name)' is no target: expected 'simulator', 'aws' or a URL such as http://localhost:4566")
            }
            target = try await .endpoint(endpoint, url: name, for: scenario)
        }
        let missing = scenario.requirements.subtracting(target.abilities)
        guard missing.isEmpty else {
            let names = missing.map(\.rawValue).sorted().joined(separator: ", ")
            throw TargetError("\(scenario.file) requires \(names), which \(target.name) does not offer")
        }
        return target
    }

    /// Creates a simulator in this process with the scenario's settings.
    /// - Parameter playsGuests: whether its instances will run as guests, which need addresses of this machine.
    public static func simulator(for scenario: Scenario, playsGuests: Bool = false) throws -> Target {
        let settings = scenario.settings
        let clock = settings.clock.map { SimulatedClock.manual(at: $0) } ?? .manual()
        var configuration = Configuration(
            account: settings.account, region: settings.region, seed: settings.seed, clock: clock,
            transitions: settings.transitions, isStrict: settings.isStrict, usesLoopbackAddresses: playsGuests)
        configuration.existing = settings.existing
        configuration.organization = settings.organization
        let simulator = try Simulator.drydock(configuration)
        return Target.simulator(simulator)
    }

    /// Uses an existing simulator and its settings instead of the scenario's.
    public static func simulator(_ simulator: Simulator) -> Target {
        let configuration = simulator.configuration
        let tokens = Tokens(simulator)
        let plays = configuration.usesLoopbackAddresses
        let guests: @Sendable () async throws -> Node = { simulator.guests?.description ?? .list([]) }
        let declare: @Sendable (Node) async throws -> Void = { try simulator.guests?.declare($0) }
        return Target(
            name: "the simulator", account: configuration.account, region: configuration.region,
            registry: configuration.registryHost ?? registry(configuration.account, configuration.region),
            clock: InProcessClock(clock: simulator.clock), docker: SimulatedDockerHost(simulator),
            abilities: Set(Scenario.Requirement.allCases).subtracting(plays ? [] : [.guests]),
            guests: plays ? guests : nil,
            declare: plays ? declare : nil, simulator: simulator,
            client: { credentials, region in
                var settings = simulator.client(credentials: credentials, region: region).configuration
                settings.idempotencyToken = { tokens.next() }
                return AWSClient(settings)
            },
            setFaults: { simulator.faults.set(try FaultPlan(parsing: $0, simulator.faultCatalogue)) },
            fillHub: { try simulator.fillHub(HubContents($0)) })
    }

    /// Generates idempotency tokens. They repeat in the same run on the same simulator, and differ in a later run.
    private final class Tokens: Sendable {
        private let seed: UInt64
        private let count = Atomic<UInt64>(0)
        init(_ simulator: Simulator) {
            seed = simulator.configuration.seed &+ UInt64(bitPattern: simulator.clock.now.milliseconds)
        }
        func next() -> String { IDGenerator(seed: seed, stream: count.wrappingAdd(1, ordering: .relaxed).newValue).uuid() }
    }

    private static func aws(for scenario: Scenario) async throws -> Target {
        do {
            let settings = try SharedSettings()
            let region = settings.region ?? scenario.settings.region
            let clock = MachineClock(isLocal: false)
            let client = client(try EndpointResolver(settings), own: CredentialsChain(settings), clock)
            let account = try await account(client(nil, region))
            return Target(
                name: "AWS", account: account, region: region, registry: registry(account, region), clock: clock,
                docker: SimulatedDockerHost(NetworkTransport.shared) { clock.now }, abilities: [.guests], guests: nil,
                declare: nil,
                simulator: nil,
                client: client)
        } catch let error as ConfigurationError {
            throw TargetError("\(error)")
        }
    }

    private static func endpoint(_ endpoint: Endpoint, url: String, for scenario: Scenario) async throws -> Target {
        let transport = NetworkTransport.shared
        let control = ControlPlaneClient(endpoint: endpoint, transport: transport)
        let own = await ownCredentials() ?? Credentials(accessKeyId: "test", secretAccessKey: "test")
        let resolver = EndpointResolver(endpoint)
        let health: Node?
        do {
            health = try await control.get("/_drydock/health")
        } catch let error as TransportError {
            throw TargetError("\(error)")
        } catch {
            health = nil  // Another server than Drydock, which is allowed.
        }
        let docker = { (clock: any TargetClock) in
            SimulatedDockerHost(RoutingTransport(to: endpoint, over: transport)) { clock.now }
        }
        if let health {
            let clock = try ServedClock(control, health: health)
            let client = client(resolver, own: own, clock)
            let region = health["region"]?.string ?? scenario.settings.region
            let account = health["account"]?.string ?? scenario.settings.account
            let plays = health["guests"] == .bool(true)
            let guests: @Sendable () async throws -> Node = { try await control.get("/_drydock/guests") }
            let declare: @Sendable (Node) async throws -> Void = { _ = try await control.post("/_drydock/guests", $0) }
            return Target(
                name: url, account: account, region: region,
                registry: await servedRegistry(client(nil, region)) ?? registry(account, region), clock: clock,
                docker: docker(clock), abilities: Set(Scenario.Requirement.allCases).subtracting(plays ? [] : [.guests]),
                guests: plays ? guests : nil, declare: plays ? declare : nil, simulator: nil, client: client,
                setFaults: { _ = try await control.post("/_drydock/faults", $0) },
                fillHub: { _ = try await control.post("/_drydock/hub", $0) })
        }
        let clock = MachineClock(isLocal: true)
        let client = client(resolver, own: own, clock)
        let region = scenario.settings.region
        let account = try await account(client(nil, region))
        return Target(
            name: url, account: account, region: region,
            registry: await servedRegistry(client(nil, region)) ?? registry(account, region), clock: clock,
            docker: docker(clock), abilities: [], guests: nil, declare: nil, simulator: nil, client: client)
    }

    private static func registry(_ account: String, _ region: String) -> String {
        let suffix = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return "\(account).dkr.ecr.\(region).\(suffix)"
    }

    /// Returns the registry's name as the server reports it, which may be the server's own address.
    private static func servedRegistry(_ client: AWSClient) async -> String? {
        guard let operation = try? ServiceCatalogue.shared.operation("ecr.GetAuthorizationToken"),
            let result = try? await operation(client, .object([])),
            let address = result["authorizationData"]?.elements?.first?["proxyEndpoint"]?.string
        else { return nil }
        return Endpoint(url: address)?.authority
    }

    private static func ownCredentials() async -> Credentials? {
        guard let settings = try? SharedSettings() else { return nil }
        return try? await CredentialsChain.stored(settings).credentials()
    }

    private static func client(
        _ endpoints: EndpointResolver, own: any CredentialsProvider, _ clock: any TargetClock
    ) -> @Sendable (Credentials?, String) -> AWSClient {
        { credentials, region in
            var configuration = AWSClient.Configuration(region: region, credentials: credentials ?? own, endpoints: endpoints)
            configuration.clock = { clock.now }
            return AWSClient(configuration)
        }
    }

    private static func account(_ client: AWSClient) async throws -> String {
        do {
            let identity = try await ServiceCatalogue.shared.operation("sts.GetCallerIdentity")(client, .object([]))
            return identity["Account"]?.string ?? ""
        } catch {
            throw TargetError("the target does not report its account (sts:GetCallerIdentity): \(error)")
        }
    }
}

/// A target that cannot be used.
public struct TargetError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// Sends every request to one address, and keeps the host name in the request. Registry and Docker Hub names therefore reach
/// the server that simulates them.
struct RoutingTransport: HTTPTransport {
    private let endpoint: Endpoint
    private let transport: any HTTPTransport

    init(to endpoint: Endpoint, over transport: any HTTPTransport) {
        self.endpoint = endpoint
        self.transport = transport
    }

    private static let host = HTTPField.Name("Host")

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        var routed = request
        if let host = Self.host, let authority = request.authority { routed.headerFields[host] = authority }
        routed.scheme = endpoint.scheme
        routed.authority = endpoint.authority
        return try await transport.send(routed, body: body, timeout: timeout)
    }
}
