import AWSClient
import AWSCore
import ArgumentParser
import Drydock
import ECRAPI
import Foundation
import OCI

struct ECRCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ecr", abstract: "Bring images into ECR's registry from files, and out of it.",
        subcommands: [ImportCommand.self, ExportCommand.self])
}

/// Which registry: a running server's, or that of a state folder.
struct RegistryOptions: ParsableArguments {
    @Option(help: "The server to ask.") var endpoint = "http://localhost:4566"
    @Option(help: "A state folder to work in, instead of asking a server.") var state: String?
    @Option(help: "The region.") var region = "us-east-1"
    @Option(help: "The account, 12 digits; a server's own if left out.") var account: String?

    /// A client of the API, and the transport on which the registry answers.
    func client() throws -> (ecr: ECRClient, transport: any HTTPTransport) {
        let credentials = Credentials(accessKeyId: account ?? "drydock", secretAccessKey: "drydock")
        if let state {
            let simulator = try Self.simulator(state: state, account: account, region: region)
            return (ECRClient(simulator.client(credentials: credentials)), InProcessTransport(simulator))
        }
        let (scheme, authority) = try Self.split(endpoint)
        let endpoints = EndpointResolver(Endpoint(scheme: scheme, authority: authority))
        return (
            ECRClient(AWSClient(.init(region: region, credentials: credentials, endpoints: endpoints))), NetworkTransport.shared
        )
    }

    /// The registry, logged in.
    func registry() async throws -> (ecr: ECRClient, registry: RegistryClient) {
        let (ecr, transport) = try client()
        guard let data = try await ecr.getAuthorizationToken(.init()).authorizationData?.first,
            let token = Base64.decode(data.authorizationToken ?? ""), token.starts(with: Bytes("AWS:".utf8))
        else { throw Failure("\(endpoint) gave no token for its registry") }
        // The server's own address, whatever name its registry goes by.
        let (scheme, authority) = try Self.split(state == nil ? endpoint : data.proxyEndpoint ?? endpoint)
        let credentials = RegistryCredentials(username: "AWS", password: String(decoding: token.dropFirst(4), as: UTF8.self))
        return (
            ecr, RegistryClient(host: authority, scheme: scheme, credentials: credentials, transport: transport)
        )
    }

    /// The simulator of a state folder, which nobody else may have meanwhile.
    static func simulator(state: String, account: String? = nil, region: String = "us-east-1") throws -> Simulator {
        guard FileManager.default.fileExists(atPath: state + "/drydock.sqlite") else {
            throw Failure("there is no state in '\(state)'; 'drydock serve --state \(state)' makes one")
        }
        do {
            // Held until the command ends: a server would not see what is written beside it.
            _ = try StateLock(folder: state)
            let owner = StateOwner.of(folder: state)
            return try Simulator.drydock(
                Configuration(
                    account: owner?.account ?? account ?? "123456789012", region: region, seed: owner?.seed ?? 1,
                    clock: .real(), stateFolder: state))
        } catch let error as StateError { throw Failure(error.description) }
    }

    static func split(_ url: String) throws -> (scheme: String, authority: String) {
        let parts = url.split(separator: "://", maxSplits: 1)
        guard parts.count == 2, !parts[1].isEmpty else { throw ValidationError("--endpoint must be a URL, not '\(url)'.") }
        return (String(parts[0]), String(parts[1].prefix { $0 != "/" }))
    }

    /// Says in one line what went wrong.
    static func explained<T>(_ body: () async throws -> T) async throws -> T {
        do {
            return try await body()
        } catch let error as AWSError {
            throw Failure(error.message)
        } catch let error as TransportError {
            throw Failure("\(error). Is 'drydock serve' running? --endpoint names another address, --state a folder.")
        } catch let error as any Error & CustomStringConvertible where !(error is ValidationError) {
            throw Failure(error.description)
        }
    }
}

/// A repository with a tag or digest, as the commands take it: `team/app:v1`, `app@sha256:…`.
struct RepositoryArgument: ExpressibleByArgument {
    let name: RepositoryName
    var reference: ManifestReference?

    init?(argument: String) {
        let parts = argument.split(separator: "@", maxSplits: 1)
        var path = parts.first.map(String.init) ?? ""
        if parts.count == 2 {
            guard let digest = Digest(parts[1]) else { return nil }
            reference = .digest(digest)
        } else if let colon = path.lastIndex(of: ":") {
            guard let tag = OCI.Tag(path[path.index(after: colon)...]) else { return nil }
            reference = .tag(tag)
            path = String(path[..<colon])
        }
        guard let name = RepositoryName(path) else { return nil }
        self.name = name
    }
}

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Push the images of an OCI layout or of a 'docker save' archive.",
        discussion:
            "The repository is made if it isn't there. Without a tag, images keep the tags that the archive has for them.")

    @OptionGroup var options: RegistryOptions
    @Argument(help: "A folder, or a tar file.") var source: String
    @Argument(help: "The repository, and a tag if it shall have one: team/app:v1.") var repository: RepositoryArgument

    func run() async throws {
        try await RegistryOptions.explained { try await push() }
    }

    private func push() async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-import-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try await ImageArchive(reading: source, into: try DiskBlobStore(root: folder))
        guard !archive.images.isEmpty else { throw Failure("\(source) has no images") }
        let (ecr, registry) = try await options.registry()
        do {
            try await ecr.createRepository(.init(repositoryName: repository.name.description))
        } catch let error as AWSError where error.code == "RepositoryAlreadyExistsException" {}
        for image in archive.images {
            let reference = repository.reference ?? Self.tag(image.name).map { .tag($0) } ?? .digest(image.manifest.digest)
            try await push(image.manifest, as: reference, archive.blobs, registry)
            print("\(repository.name)\(Self.suffix(reference))  \(image.manifest.digest)")
        }
    }

    /// Children before their index.
    private func push(
        _ manifest: Manifest, as reference: ManifestReference, _ blobs: any BlobStore, _ registry: RegistryClient
    ) async throws {
        for child in manifest.manifests {
            let bytes = try await blobs.read(child.digest, upTo: Manifest.maximumSize)
            let image = try Manifest(parsing: bytes, contentType: child.mediaType)
            try await push(image, as: .digest(child.digest), blobs, registry)
        }
        for blob in manifest.blobs { try await registry.push(blob, to: repository.name, from: blobs) }
        try await registry.putManifest(manifest, as: reference, in: repository.name)
    }

    /// `docker.io/library/app:v1` and `v1` both mean `v1`.
    private static func tag(_ name: String?) -> OCI.Tag? {
        guard let name else { return nil }
        guard let colon = name.lastIndex(of: ":") else { return name.contains("/") ? nil : OCI.Tag(name) }
        return OCI.Tag(name[name.index(after: colon)...])
    }

    private static func suffix(_ reference: ManifestReference) -> String {
        if case .tag(let tag) = reference { ":\(tag)" } else { "" }
    }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write an image as an OCI layout.",
        discussion: "A path that ends with .tar gets a tar file, which 'docker load' reads; any other a new folder.")

    @OptionGroup var options: RegistryOptions
    @Argument(help: "The repository with a tag or digest: team/app:v1.") var image: RepositoryArgument
    @Argument(help: "Where to.") var target: String

    func run() async throws {
        try await RegistryOptions.explained { try await pull() }
    }

    private func pull() async throws {
        let (_, registry) = try await options.registry()
        let folder = FileManager.default.temporaryDirectory.path + "/drydock-export-\(getpid())"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let blobs = try DiskBlobStore(root: folder)
        let reference = image.reference ?? .tag(.latest)
        let manifest = try await pull(reference, into: blobs, registry)
        var name: String?
        if case .tag(let tag) = reference { name = target.hasSuffix(".tar") ? "\(image.name):\(tag)" : tag.description }
        try await ImageArchive(images: [.init(name: name, manifest: manifest)], blobs: blobs).write(to: target)
        print("\(target)  \(manifest.digest)")
    }

    private func pull(
        _ reference: ManifestReference, into blobs: DiskBlobStore, _ registry: RegistryClient
    ) async throws -> Manifest {
        let manifest = try await registry.manifest(reference, in: image.name)
        try blobs.store(manifest.bytes)
        for blob in manifest.blobs { try await registry.pull(blob, from: image.name, into: blobs) }
        for child in manifest.manifests { _ = try await pull(.digest(child.digest), into: blobs, registry) }
        return manifest
    }
}
