import AWSCore
import ECRAPI
import GRDB
import HTTPTypes
import OCI
import SimulatorCore

/// Brings an image from where a pull-through cache rule says it comes from.
struct PullThrough {
    /// ECR asks at most so often whether a tag has moved.
    static let freshness = Duration.hours(24)

    let service: ECRSimulation
    let simulator: Simulator
    let peer: String

    /// Fetches what a request asked for in vain.
    /// - Returns: whether it is here now, so that asking again makes sense.
    func fetch(_ operation: RegistryOperation, _ caller: RegistryCaller) async throws -> Bool {
        guard let name = operation.repository, let reference = operation.manifest,
            let (rule, credentials) = try rule(for: name.description, caller), let host = rule.upstreamRegistryUrl,
            let upstream = RepositoryName(rule.upstreamName(of: name.description))
        else { return false }
        let isLocal = RegistryHost.isLocal(host)
        let client = RegistryClient(
            host: host, scheme: isLocal ? "http" : "https", credentials: credentials,
            transport: isLocal
                ? service.upstream ?? SimulatorTransport(simulator: simulator) : SimulatorTransport(simulator: simulator))
        var tag: String?
        if case .tag(let text) = reference { tag = text.description }
        let manifest: Manifest
        do {
            manifest = try await client.manifest(reference, in: upstream)
            for blob in manifest.blobs { try await client.pull(blob, from: upstream, into: service.blobs) }
        } catch {
            // What was fetched before is better than nothing, and nobody is asked again for a while.
            guard let tag else { return false }
            return try perform(caller) { context in
                guard try ImageRecord.digest(tag: tag, in: name.description, context) != nil else { return false }
                try CachedTag.note(tag, in: name.description, context)
                return true
            }
        }
        try perform(caller) { context in try keep(manifest, as: tag, in: name.description, context) }
        return true
    }

    private func keep(_ manifest: Manifest, as tag: String?, in name: String, _ context: SimulatorCore.Context) throws {
        if try RepositoryRecord.find(name, context) == nil {
            try context.authorize(try service.target("ecr:CreateRepository", name, context), service)
            try service.create(name, for: "PULL_THROUGH_CACHE", context)
        }
        let repository = try RepositoryRecord.get(name, context)
        for blob in manifest.blobs {
            guard try service.blobs.touch(blob.digest) else { throw BlobError.missing(blob.digest) }
            try LayerRecord(digest: blob.digest.description, size: blob.size).insert(in: name, context)
        }
        do {
            // Of an index, only the images that are asked for follow.
            _ = try service.store(manifest, tag: tag, in: repository, context, isPartial: true)
        } catch let error as AWSError where error.code == "ImageAlreadyExistsException" {}
        if let tag { try CachedTag.note(tag, in: name, context) }
    }

    private func perform<T>(_ caller: RegistryCaller, _ body: (SimulatorCore.Context) throws -> T) throws -> T {
        try simulator.perform(
            "ecr", "BatchImportUpstreamImage", as: caller.caller, account: caller.account, region: caller.region, from: peer,
            body)
    }

    /// The rule for a repository and, where the upstream is another ECR registry, what the registry logs in there with.
    private func rule(
        for name: String, _ caller: RegistryCaller
    ) throws -> (PullThroughCacheRule, RegistryCredentials?)? {
        try perform(caller) { context in
            guard let rule = try service.cacheRule(for: name, context) else { return nil }
            try context.authorize(try service.target("ecr:BatchImportUpstreamImage", name, context), service)
            guard let host = ECRHost(rule.upstreamRegistryUrl ?? "") else { return (rule, nil) }
            let registry = Caller.root(of: context.account, accessKeyId: "ecr.amazonaws.com", partition: context.partition)
            let token = RegistryToken(
                caller: registry, account: host.account, region: host.region, expiresAt: context.now + RegistryToken.lifetime)
            return (rule, RegistryCredentials(username: "AWS", password: try token.password(context)))
        }
    }
}

/// When a tag that a rule brought was last compared with where it comes from.
enum CachedTag {
    static let migration = Migration(
        "ecr.cached_tag",
        """
        CREATE TABLE ecr_cached_tag (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, tag TEXT NOT NULL, checked_at INTEGER NOT NULL,
            PRIMARY KEY (account, region, repository, tag),
            FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
        ) WITHOUT ROWID
        """)

    static func note(_ tag: String, in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(sql: "INSERT OR REPLACE INTO ecr_cached_tag VALUES (?, ?, ?, ?, ?)")
        try statement.execute(arguments: [context.account, context.region, repository, tag, context.now.milliseconds])
    }

    /// Whether it is time to ask again.
    static func isStale(_ tag: String, in repository: String, _ context: Context) throws -> Bool {
        let statement = try context.db.cachedStatement(
            sql: "SELECT checked_at FROM ecr_cached_tag WHERE account = ? AND region = ? AND repository = ? AND tag = ?")
        let checked = try Int64.fetchOne(statement, arguments: [context.account, context.region, repository, tag])
        return checked.map { Instant(milliseconds: $0) + PullThrough.freshness <= context.now } ?? false
    }
}

extension RegistryOperation {
    /// The manifest that a request wants to read.
    fileprivate var manifest: ManifestReference? {
        switch self {
        case .checkManifest(_, let reference), .fetchManifest(_, let reference): reference
        default: nil
        }
    }
}

/// The simulator's own doors as a network: Docker Hub and other regions' registries are behind them.
struct SimulatorTransport: HTTPTransport {
    let simulator: Simulator

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        await simulator.respond(to: request, body: body)
    }
}
