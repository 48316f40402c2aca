import AWSClient
import AWSCore
import ArgumentParser
import Certificates
import Drydock
import ECRAPI
import Foundation
import OCI
import SimulatorCore

/// The registry to use: a running server's, or a state folder's.
struct RegistryOptions: ParsableArguments, Sendable {
    @Option(
        help: ArgumentHelp(
            "The server's URL; also read from DRYDOCK_ENDPOINT and AWS_ENDPOINT_URL.", valueName: "url"))
    var endpoint = ServerAddress.usual
    @Option(help: ArgumentHelp("A state folder to use instead of a server.", valueName: "folder")) var state: String?
    @Option(help: ArgumentHelp("The region.", valueName: "region")) var region = "us-east-1"
    @Option(help: ArgumentHelp("The account id. (default: the server's)", valueName: "12 digits")) var account: String?

    func validate() throws {
        _ = try Self.split(endpoint)
        if let account { try Self.check(account: account) }
        try Self.check(region: region)
    }

    static func check(account: String) throws {
        guard account.isAccountId else {
            throw ValidationError("--account must have 12 digits, not '\(account)'.")
        }
    }

    static func check(region: String) throws {
        guard RegionName.isWellFormed(region) else {
            throw ValidationError("--region must look like us-east-1, not '\(region)'.")
        }
    }

    /// Returns an API client and the transport to the registry.
    func client() async throws -> (ecr: ECRClient, transport: any HTTPTransport) {
        let root = Credentials(accessKeyId: account ?? "drydock", secretAccessKey: "drydock")
        if let state {
            let simulator = try Self.simulator(state: state, account: account, region: region)
            return (ECRClient(simulator.client(credentials: root)), InProcessTransport(simulator))
        }
        // Use the caller's keys if there are any: a strict server requires them.
        let own = account == nil ? try await EnvironmentCredentials().credentials() : nil
        let credentials = own ?? root
        let (scheme, authority) = try Self.split(endpoint)
        let endpoints = EndpointResolver(Endpoint(scheme: scheme, authority: authority))
        let transport = NetworkTransport.ofCommands
        var configuration = AWSClient.Configuration(
            region: region, credentials: credentials, endpoints: endpoints, transport: transport)
        configuration.userAgent = Self.userAgent
        return (ECRClient(AWSClient(configuration)), transport)
    }

    /// Marks the commands' own requests in the journal.
    static let userAgent = "drydock-command/0.1"

    /// Logs in and returns the registry.
    func registry() async throws -> (ecr: ECRClient, registry: RegistryClient) {
        let (ecr, transport) = try await client()
        guard let data = try await ecr.getAuthorizationToken(.init()).authorizationData?.first,
            let token = Base64.decode(data.authorizationToken ?? ""), token.starts(with: Bytes("AWS:".utf8))
        else { throw Failure("\(endpoint) returned no token for its registry") }
        // Use the server's own address, whatever the registry's name.
        let (scheme, authority) = try Self.split(state == nil ? endpoint : data.proxyEndpoint ?? endpoint)
        let credentials = RegistryCredentials(username: "AWS", password: String(decoding: token.dropFirst(4), as: UTF8.self))
        return (
            ecr, RegistryClient(host: authority, scheme: scheme, credentials: credentials, transport: transport)
        )
    }

    /// Opens the simulator of a state folder, which no other process may use meanwhile.
    static func simulator(state: String, account: String? = nil, region: String = "us-east-1") throws -> Simulator {
        guard FileManager.default.fileExists(atPath: state + "/drydock.sqlite") else {
            throw Failure("there is no state in '\(state)'; 'drydock serve --state \(state)' creates one")
        }
        do {
            // The lock is held until the command ends: a server would not see changes made beside it.
            _ = try StateLock(folder: state)
            let owner = StateOwner.of(folder: state)
            var configuration = Configuration(
                account: owner?.account ?? account ?? "123456789012", region: region, seed: owner?.seed ?? 1,
                // With another clock, everything due by that clock would happen at once.
                clock: StoredClock.of(folder: state) ?? .real(), stateFolder: state,
                registryHost: KeptRegistryName.of(folder: state))
            configuration.seal = try AccessSeal.find(in: state)
            return try Simulator.drydock(configuration)
        } catch let error as StateError { throw Failure(error.description) }
    }

    static func split(_ url: String) throws -> (scheme: String, authority: String) {
        let parts = url.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, ["http", "https"].contains(parts[0]), let authority = parts[1].split(separator: "/").first
        else {
            throw ValidationError("--endpoint must be a URL such as http://localhost:4566, not '\(url)'.")
        }
        return (String(parts[0]), String(authority))
    }

    /// Turns errors into one-line messages.
    static func explained<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as AWSError where error.code == "UnrecognizedClientException" {
            throw Failure(
                "\(error.message) For a strict server, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to one of its keys.")
        } catch let error as AWSError {
            throw Failure(error.message)
        } catch let error as TransportError {
            throw Failure(
                "\(error). Is 'drydock serve' running? --endpoint sets another address; --state reads a state folder instead.")
        } catch let error as any Error & CustomStringConvertible where !(error is ValidationError) {
            throw Failure(error.description)
        }
    }
}

/// A repository with an optional tag or digest: `team/app:v1`, `app@sha256:…`.
struct RepositoryArgument: Sendable {
    let name: RepositoryName
    var reference: ManifestReference?

    /// - Throws: `ValidationError` with the reason.
    @Sendable init(parsing argument: String) throws {
        let parts = argument.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        var path = parts[0]
        if parts.count == 2 {
            guard let digest = Digest(parts[1]) else {
                throw ValidationError("'\(parts[1])' is not a digest such as sha256:….")
            }
            reference = .digest(digest)
        }
        let last = path.lastIndex(of: "/") ?? path.startIndex
        if let colon = path[last...].lastIndex(of: ":") {
            guard reference == nil else { throw ValidationError("'\(argument)' has a tag and a digest; use one of them.") }
            let text = path[path.index(after: colon)...]
            guard let tag = OCI.Tag(text) else { throw ValidationError("'\(text)' is not a valid tag.") }
            reference = .tag(tag)
            path = path[..<colon]
        }
        name = try Self.name(path)
    }

    /// - Throws: `ValidationError` with the reason.
    @Sendable static func name(_ path: some StringProtocol) throws -> RepositoryName {
        let first = path.split(separator: "/").first ?? ""
        if path.contains("/"), first.contains(":") || first == "localhost" || first.contains(".dkr.ecr.") {
            throw ValidationError(
                "Omit the registry's name from '\(path)': --endpoint, --account and --region select the registry.")
        }
        guard let name = RepositoryName(path) else {
            throw ValidationError(
                "'\(path)' is not a repository name: use lower-case letters, digits, and . _ - / between them.")
        }
        return name
    }
}

extension NetworkTransport {
    /// Also trusts the certificate authority that 'serve --tls' created, for the user's own servers.
    static let ofCommands = NetworkTransport(trusting: bundle + own)

    private static var own: [String] {
        [AuthorityFolder.standard.certificatePath].filter { FileManager.default.isReadableFile(atPath: $0) }
    }
}
