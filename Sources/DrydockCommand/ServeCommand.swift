import AWSCore
import ArgumentParser
import Certificates
import Drydock
import DrydockServer
import Foundation
import SimulatedDocker
import SimulatedEC2
import SimulatedECR
import SimulatorCore
import Synchronization

#if os(Linux)
    import Guests
#endif

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve AWS on a port, for boto3, AWS CLI, Terraform and docker.",
        discussion: """
            Point clients at it with AWS_ENDPOINT_URL=http://localhost:4566. Keys that IAM made here are verified and authorised as AWS \
            does; any other key acts as the account's root. With --state or --strict, everything that grants access is sealed with a \
            random key (drydock.key in the state folder); else it follows from the seed, as all ids do.

            Each option has a variable of its name too: DRYDOCK_PORT is --port, DRYDOCK_STRICT=1 is --strict; what is typed outweighs it.

            A file drydock.yaml in the current folder may have the options instead, below 'serve:' (port: 4566, up: [setup.yaml]); \
            variables outweigh it.

            Where DRYDOCK_TOKEN is set, the control plane wants it: Authorization: Bearer TOKEN. Drydock's other commands read it too.
            """)

    @OptionGroup var network: NetworkOptions
    @Option(help: ArgumentHelp("The port to listen on; 0 takes any free one.", valueName: "port")) var port = 4566
    @Option(help: ArgumentHelp("A folder to keep state in. Without it, state is kept in memory.", valueName: "folder"))
    var state: String?
    @Option(help: ArgumentHelp("A snapshot's file to begin with; a state folder must be empty then.", valueName: "file"))
    var from: String?
    @Option(
        help: ArgumentHelp(
            "The folder of snapshots that are kept and restored over HTTP. (default: snapshots in the state folder, else in ~/.local/share/drydock)",
            valueName: "folder"))
    var snapshots: String?
    @Option(
        help: ArgumentHelp(
            "The account, 12 digits. (default: the state's or the snapshot's, else 123456789012)", valueName: "12 digits"))
    var account: String?
    @Option(help: ArgumentHelp("The region of requests that name none.", valueName: "region")) var region = "us-east-1"
    @Option(
        help: ArgumentHelp(
            "Same seed and same requests give the same ids. (default: the state's or the snapshot's, else 1)",
            valueName: "number"))
    var seed: UInt64?
    @Option(help: ArgumentHelp("real, manual, or scaled:N for N times as fast.", valueName: "clock")) var clock = ClockOption
        .real
    @Option(help: ArgumentHelp("How long state changes take: instant, quick or aws.", valueName: "pace")) var transitions =
        Transitions.quick
    @Option(
        help: ArgumentHelp(
            "The registry's name in repository URIs: 'aws' for AWS's own names, or host:port.", valueName: "name"))
    var registryHost: String?
    @Option(
        help: ArgumentHelp(
            "The memory that the journal may take, such as 512KiB or 32MiB; the oldest entries go first. (default: 32MiB)",
            valueName: "size"))
    var journalLimit = ByteSize(count: 32 << 20)
    @Option(help: ArgumentHelp("A file of advisories (JSON) that image scans find vulnerabilities by.", valueName: "file"))
    var advisories: String?
    @Option(
        help: ArgumentHelp(
            "A file (JSON) of users and images that Docker Hub shall have besides its public ones.", valueName: "file"))
    var hub: String?
    @Option(
        help: ArgumentHelp(
            "A file (JSON) of what exists in services that are not simulated: KMS keys, S3 buckets and others. Kinds that it lists are checked; without it, every well-formed reference is accepted.",
            valueName: "file"))
    var existing: String?
    @Option(
        name: .customLong("upstream"),
        help: ArgumentHelp(
            "A registry that pull-through cache rules for a host fetch from: ghcr.io=http://localhost:5000. May be repeated.",
            valueName: "host=url"))
    var upstreams: [String] = []
    @Option(
        help: ArgumentHelp(
            """
            Public images besides the catalogue's: a file of what 'aws ec2 describe-images' prints, or an id and a name of the \
            catalogue, which may be a pattern: ami-0fb653ca2d3203ac1=*ubuntu-focal*amd64-server*. May be repeated.
            """, valueName: "file|id=name"))
    var images: [String] = []
    @Flag(help: "Take every well-formed image id for a public image of Linux.") var anyImage = false
    @Flag(
        help: "Let the registry go by the OCI specification where ECR doesn't: deletes of blobs, repositories made by a push.")
    var ociDeletes = false
    @Flag(help: "Take HTTPS too on the port, with certificates for whatever name a client asks for.") var tls = false
    @Option(
        help: ArgumentHelp(
            "Another port that takes HTTPS alone, such as 443, which real names stand for. Implies --tls.", valueName: "port"))
    var tlsPort: Int?
    @OptionGroup var preparation: ServePreparation
    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var webPages: WebPageOptions
    @Option(
        name: .customLong("scp"),
        help: ArgumentHelp(
            "A file with a service control policy, or with an organisation's policies level by level. May be repeated.",
            valueName: "file"))
    var controlPolicies: [String] = []
    @Option(
        name: .customLong("oidc-issuer"),
        help: ArgumentHelp(
            "An OpenID Connect issuer elsewhere whose keys may be fetched over HTTPS. May be repeated.", valueName: "url"))
    var issuers: [String] = []
    @Flag(help: "Play instances as sandboxes of this machine: ssh into them, user data that runs, Docker inside.") var guests =
        false

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port must be between 0 and 65535, not \(port).") }
        if let tlsPort, !(1...65535).contains(tlsPort) || tlsPort == port {
            throw ValidationError("--tls-port must be between 1 and 65535 and not --port, not \(tlsPort).")
        }
        if let account { try RegistryOptions.check(account: account) }
        try RegistryOptions.check(region: region)
        do { _ = try upstreamRegistries() } catch { throw ValidationError("--upstream: \(error).") }
    }

    private var host: String { network.host }
    private var strict: Bool { network.strict }

    func run() async throws {
        Heap.keepBlocks()
        try network.check()
        // Layers can be large: without a state folder they lie in a temporary one, not in memory.
        let temporary: TemporaryFolder?
        do { temporary = state == nil ? try TemporaryFolder() : nil } catch { throw Failure("\(error)") }
        defer { temporary?.remove() }
        let layers = temporary.map { $0.path + "/layers" }
        do {
            let lock = try state.map { try StateLock(folder: $0) }
            defer { lock?.release() }
            // The registry's name has the port in it, so that any free one must be known beforehand.
            let port = port == 0 ? try await Server.freePort(on: host) : port
            let certificates = try serverCertificates()
            let owner = try from.map { try StateOwner(ofSnapshot: $0) } ?? state.flatMap { StateOwner.of(folder: $0) }
            if let from, let state, StateOwner.of(folder: state) != nil {
                throw StateError(
                    "the state in '\(state)' is not empty, and '\(from)' would take its place. Choose another --state.")
            }
            let account = account ?? owner?.account ?? "123456789012"
            var configuration = Configuration(
                account: account, region: region, seed: seed ?? owner?.seed ?? 1, clock: clock.make(), transitions: transitions,
                isStrict: strict, stateFolder: state, registryHost: registryName(port), usesLoopbackAddresses: guests)
            configuration.journalLimit = journalLimit.count
            configuration.seal = try state.map { try AccessSeal.kept(in: $0) } ?? (strict ? .random() : nil)
            configuration.controlToken = NetworkOptions.controlToken
            configuration.existing = try existingResources(account: account)
            configuration.organization = try organization()
            let simulator = try Simulator.drydock(
                configuration, layerFolder: layers, advisories: try advisoryList(), upstreams: try upstreamRegistries(),
                deletesAsSpecified: ociDeletes, images: try addedImages(), tokenIssuers: Set(issuers))
            if let from { try simulator.restore(contentsOf: from) }
            try fillHub(of: simulator)
            // Nothing is on its way yet: what a killed server left half-done can go.
            for case let ecr as ECRSimulation in simulator.services where state != nil { try ecr.collectBlobs(in: simulator) }
            var options = Server.Options(host: host, port: port, certificates: certificates, tlsPort: tlsPort)
            webPages.apply(to: &options)
            options.snapshotFolder = snapshots
            let server = Server(simulator, options)
            // However the end comes: the next one, or a person with sqlite3, finds all in one file.
            defer {
                do { try simulator.checkpoint() } catch {
                    StandardError.tell("drydock: the log beside the state stays: \(error). The next start takes it over.")
                }
            }
            try await withGuests(of: simulator, in: (state ?? temporary?.path ?? ".") + "/guests") {
                try await preparation.buildUp(in: simulator)
                let failure = Mutex<Failure?>(nil)
                try await server.run { port in
                    do {
                        try await preparation.runScripts(endpoint: "http://127.0.0.1:\(port)", region: region)
                    } catch {
                        failure.withLock { $0 = error as? Failure ?? Failure("\(error)") }
                        kill(getpid(), SIGTERM)
                        return
                    }
                    print(readyLine(port, account))
                    // What Testcontainers' modules for LocalStack wait for.
                    print("Ready.")
                    fflush(nil)
                }
                if let failure = failure.withLock({ $0 }) { throw failure }
            }
        } catch let error as StateError {
            throw Failure(error.description)
        } catch let error as ServerError {
            throw Failure(error.description)
        } catch let error as AuthorityError {
            throw Failure(error.description)
        }
    }

    private func organization() throws -> Organization? {
        guard !controlPolicies.isEmpty else { return nil }
        var organization = Organization()
        for path in controlPolicies {
            guard let data = FileManager.default.contents(atPath: path) else { throw Failure("cannot read '\(path)'.") }
            do { try organization.add(String(decoding: data, as: UTF8.self), named: path) } catch {
                throw Failure("--scp: \(error).")
            }
        }
        return organization
    }

    private var servesTLS: Bool { tls || tlsPort != nil }

    private func serverCertificates() throws -> ServerCertificates? {
        guard servesTLS else { return nil }
        return try ServerCertificates(authority.folder.authority(), addresses: [host])
    }

    private func fillHub(of simulator: Simulator) throws {
        guard let hub else { return }
        guard let data = FileManager.default.contents(atPath: hub) else { throw Failure("cannot read '\(hub)'.") }
        do {
            try simulator.fillHub(HubContents(parsing: Bytes(data)))
        } catch let error as HubContentsError {
            throw Failure("'\(hub)' does not say what Docker Hub has: \(error).")
        }
    }

    private func advisoryList() throws -> AdvisoryList {
        guard let advisories else { return .none }
        guard let data = FileManager.default.contents(atPath: advisories) else {
            throw Failure("cannot read the advisories '\(advisories)'.")
        }
        do {
            return try AdvisoryList(parsing: Bytes(data))
        } catch { throw Failure("the advisories '\(advisories)' are not a list: \(error).") }
    }

    private func existingResources(account: String) throws -> ExistingResources {
        guard let existing else { return .unknown }
        guard let data = FileManager.default.contents(atPath: existing) else { throw Failure("cannot read '\(existing)'.") }
        do {
            return try ExistingResources(parsing: Bytes(data), account: account, region: region)
        } catch { throw Failure("'\(existing)' is no list of existing resources: \(error).") }
    }

    private func addedImages() throws -> AddedImages {
        var pairs: [(id: String, name: String)] = [], documents: [Node] = []
        for argument in images {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2, parts[0].hasPrefix("ami-") {
                pairs.append((parts[0], parts[1]))
                continue
            }
            guard let data = FileManager.default.contents(atPath: argument) else {
                throw Failure("--images: cannot read '\(argument)'. An id is named as ami-0fb653ca2d3203ac1=NAME.")
            }
            do { documents.append(try JSON.parse(Bytes(data))) } catch {
                throw Failure("--images: '\(argument)' is not JSON: \(error).")
            }
        }
        do { return try AddedImages(pairs, documents: documents, takesAnyId: anyImage) } catch {
            throw Failure("--images: \(error).")
        }
    }

    private func upstreamRegistries() throws(UpstreamError) -> UpstreamRegistries {
        var registries = UpstreamRegistries()
        for upstream in upstreams { try registries.add(upstream) }
        return registries
    }

    /// Guests reach the registry by its real names, and so does whoever is told them.
    private func registryName(_ port: Int) -> String? {
        registryHost == "aws" || registryHost == nil && guests ? nil : registryHost ?? "localhost:\(port)"
    }

    /// Plays the instances while `body` runs, if that was asked for.
    private func withGuests(of simulator: Simulator, in folder: String, _ body: () async throws -> Void) async throws {
        guard guests else { return try await body() }
        #if os(Linux)
            let host: GuestHost
            do { host = try GuestHost(simulator, folder: folder) } catch let error as GuestFailure {
                throw Failure(error.description)
            }
            let play = Task { await host.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            play.cancel()
            await play.value
            try result.get()
        #else
            throw Failure("--guests needs Linux: guests are made of bubblewrap and OpenSSH's server.")
        #endif
    }

    private func readyLine(_ port: Int, _ account: String) -> String {
        let keys = strict ? "only keys made here are accepted" : "other keys act as root of \(account)"
        return """
            Drydock is ready on http://\(host.contains(":") ? "[\(host)]" : host):\(port) (\(region), clock \(clock), \(transitions) transitions, \
            state \(state.map { "in \($0)" } ?? "in memory")). Signatures and IAM are enforced for keys made here; \(keys).\
            \(servesTLS ? " HTTPS is taken \(tlsPort.map { "on port \($0) too" } ?? "on the same port"); clients trust \(authority.folder.certificatePath)." : "")\
            \(network.openDoors(hasToken: NetworkOptions.controlToken != nil))\
            \(guests ? " Instances are guests; 'drydock ssh-config' tells how to reach them." : "")
            """
    }
}

/// A failure that is told in one line, with exit code 1.
struct Failure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description.escapedForTerminal }
}

enum ClockOption: ExpressibleByArgument, CustomStringConvertible {
    case real
    case manual
    case scaled(Double)

    init?(argument: String) {
        switch argument {
        case "real": self = .real
        case "manual": self = .manual
        default:
            guard argument.hasPrefix("scaled:"), let factor = Double(argument.dropFirst(7)), factor > 0, factor <= 1_000_000
            else {
                return nil
            }
            self = .scaled(factor)
        }
    }

    var description: String {
        switch self {
        case .real: "real"
        case .manual: "manual"
        case .scaled(let factor): "scaled:\(factor == factor.rounded() ? "\(Int(factor))" : "\(factor)")"
        }
    }

    func make() -> SimulatedClock {
        switch self {
        case .real: .real()
        case .manual: .manual()
        case .scaled(let factor): .scaled(factor)
        }
    }
}

extension Transitions: ExpressibleByArgument {}
