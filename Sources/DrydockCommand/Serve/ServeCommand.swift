import AWSCore
import ArgumentParser
import Certificates
import Drydock
import DrydockServer
import Foundation
import SimulatorCore
import Synchronization

#if os(Linux)
    import Guests
#endif

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a simulated AWS for boto3, the AWS CLI, Terraform and docker.",
        discussion: """
            Example: drydock serve --state ~/aws --tls

            Set AWS_ENDPOINT_URL=http://localhost:4566 for clients. Access keys created in the simulated IAM are verified and \
            authorized as in AWS; any other key acts as the account's root. With --state or --strict, credentials are derived \
            from a random key (drydock.key in the state folder); otherwise from the seed, like all ids.

            Every option has an environment variable: DRYDOCK_PORT sets --port, DRYDOCK_STRICT=1 sets --strict. Command-line \
            options override variables.

            The file drydock.yaml in the current folder can set options below 'serve:' (port: 4566, up: [setup.yaml]). \
            Variables override it.

            If DRYDOCK_TOKEN is set, the control plane requires 'Authorization: Bearer TOKEN'. Drydock's other commands send \
            it.
            """)

    @OptionGroup(title: "Network Options") var network: NetworkOptions
    @OptionGroup(title: "Access Options") var access: AccessOptions
    @OptionGroup(title: "State Options") var kept: StateOptions
    @OptionGroup(title: "Simulator Options") var settings: SimulatorOptions
    @OptionGroup(title: "Content Options") var content: ContentOptions
    @OptionGroup(title: "Registry Options") var registry: ServedRegistryOptions
    @Flag(help: "Run instances as sandboxes on this machine, with ssh, user data and Docker.")
    var guests = false
    @Option(
        help: ArgumentHelp(
            "Where guests' packages come from: lent (this machine's programs) or online (also this machine's package sources).",
            valueName: "lent|online"))
    var guestPackages = GuestPackageSource.lent

    /// Where `apt` and `dnf` in guests find packages.
    enum GuestPackageSource: String, ExpressibleByArgument, CaseIterable {
        case lent, online
    }

    func validate() throws {
        if guestPackages == .online, !guests { throw ValidationError("--guest-packages online needs --guests.") }
    }

    func run() async throws {
        Heap.keepBlocks()
        try network.check(access)
        let host = network.host, state = kept.state, from = kept.from
        // Layers can be large: without a state folder they are kept in a temporary folder, not in memory.
        let temporary: TemporaryFolder?
        do { temporary = state == nil ? try TemporaryFolder("serve") : nil } catch { throw Failure("\(error)") }
        defer { temporary?.remove() }
        let layers = temporary.map { $0.path + "/layers" }
        do {
            let lock = try state.map { try StateLock(folder: $0) }
            defer { lock?.release() }
            // The registry's name contains the port, so a free port must be chosen before the server starts.
            let port = network.port == 0 ? try await Server.freePort(on: host) : network.port
            let certificates = try network.serverCertificates()
            let owner = try from.map { try StateOwner(ofSnapshot: $0) } ?? state.flatMap { StateOwner.of(folder: $0) }
            if let from, let state, StateOwner.of(folder: state) != nil {
                throw StateError(
                    "the state in '\(state)' is not empty, and '\(from)' would replace it. Choose another --state.")
            }
            var configuration = settings.configuration(
                owner: owner, isStrict: access.strict, stateFolder: state,
                registryHost: registry.name(port: port, hasGuests: guests), usesLoopbackAddresses: guests)
            configuration.seal = try state.map { try AccessSeal.kept(in: $0) } ?? (access.strict ? .random() : nil)
            if let state { KeptRegistryName.keep(configuration.registryHost, in: state) }
            let account = configuration.account
            configuration.existing = try content.existingResources(account: account, region: settings.region)
            configuration.organization = try access.organization()
            let simulator = try Simulator.drydock(
                configuration, layerFolder: layers, advisories: try registry.advisoryList(),
                upstreams: try registry.upstreamRegistries(), deletesAsSpecified: registry.ociDeletes,
                images: try content.addedImages(), tokenIssuers: Set(access.issuers))
            if let from { try simulator.restore(contentsOf: from) }
            try content.fillHub(of: simulator)
            // No upload is in progress yet, so the remains of a killed server's uploads can be removed.
            if state != nil { for service in simulator.services { try service.collectGarbage(in: simulator) } }
            var options = Server.Options(host: host, port: port, certificates: certificates, tlsPort: network.tlsPort)
            options.hubPort = network.hubPort
            access.webPages.apply(to: &options)
            options.snapshotFolder = kept.snapshots
            let server = Server(simulator, options)
            // On every exit, merge the log into the database, so that the next server or sqlite3 finds everything in one file.
            defer {
                do { try simulator.checkpoint() } catch {
                    StandardError.tell(
                        "drydock: the state's write-ahead log was not merged: \(error). The next start merges it.")
                }
            }
            try await withGuests(of: simulator, in: (state ?? temporary?.path ?? ".") + "/guests") {
                try await kept.preparation.buildUp(in: simulator)
                let failure = Mutex<Failure?>(nil)
                try await server.run { port in
                    do {
                        try await kept.preparation.runScripts(endpoint: "http://127.0.0.1:\(port)", region: settings.region)
                    } catch {
                        failure.withLock { $0 = error as? Failure ?? Failure("\(error)") }
                        kill(getpid(), SIGTERM)
                        return
                    }
                    print(readyLine(port, account))
                    // Testcontainers' modules for LocalStack wait for this line.
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

    /// Runs guests while `body` runs, if requested.
    private func withGuests(of simulator: Simulator, in folder: String, _ body: () async throws -> Void) async throws {
        guard guests else { return try await body() }
        #if os(Linux)
            let host: GuestHost
            do {
                host = try GuestHost(
                    simulator, folder: folder, certificates: network.authority.folder,
                    fetchesPackages: guestPackages == .online)
            } catch let error as GuestFailure {
                throw Failure(error.description)
            }
            let play = Task { await host.run() }
            let result: Result<Void, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            play.cancel()
            await play.value
            try result.get()
        #else
            throw Failure("--guests needs Linux, bubblewrap and OpenSSH's server.")
        #endif
    }

    private func readyLine(_ port: Int, _ account: String) -> String {
        let keys = access.strict ? "all other keys are rejected" : "other keys act as root of \(account)"
        let host = network.host.contains(":") ? "[\(network.host)]" : network.host
        let state = kept.state.map { "in \($0)" } ?? "in memory"
        let tls =
            network.servesTLS
            ? " HTTPS is served \(network.tlsPort.map { "on port \($0) too" } ?? "on the same port"); clients trust \(network.authority.folder.certificatePath)."
            : ""
        return """
            Drydock is ready on http://\(host):\(port) (\(settings.region), clock \(settings.clock), \(settings.transitions) transitions, \
            state \(state)). Signatures and IAM are enforced for keys created here; \(keys).\(tls)\
            \(network.hubPort.map { " Docker Hub's mirror is on port \($0)." } ?? "")\
            \(network.networkAccessNote(isStrict: access.strict))\
            \(guests ? " Instances are guests; 'drydock ssh-config' shows how to reach them." : "")\
            \(guestPackages == .online ? " Guests fetch packages from this machine's sources (--guest-packages online)." : "")
            """
    }
}
