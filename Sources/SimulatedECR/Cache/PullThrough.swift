import AWSCore
import ECRAPI
import GRDB
import HTTPTypes
import OCI
import SimulatorCore

/// Fetches images from upstream registries for pull-through cache rules.
struct PullThrough {
    /// ECR checks at most once in this time whether an upstream tag has moved.
    static let freshness = Duration.hours(24)
    /// ECR checks at most once in this time whether an image has new referrers.
    static let referrerFreshness = Duration.hours(6)

    private let session: RegistrySession
    private var service: ECRSimulation { session.service }
    private var simulator: Simulator { session.simulator }

    init(_ session: RegistrySession) { self.session = session }

    enum PullResult {
        /// The image is in the repository, though perhaps stale: the caller should repeat the request.
        case here
        /// The image is not available, and the response is the same as without a rule. The text is for the explanation
        /// only.
        case absent(String? = nil)
        case refused(RegistryError)
    }

    /// Fetches the manifest that the request did not find in the repository.
    func fetch(_ operation: RegistryOperation, _ caller: RegistryCaller) async throws -> PullResult {
        guard let name = operation.repository?.description, let reference = operation.manifest else { return .absent() }
        var tag: String?
        if case .tag(let text) = reference { tag = text.description }
        do {
            // ECR imports images by tag, together with the images that an index lists: aws/containers-roadmap#2837.
            let found = try rule(for: name, reference, caller) { context in
                guard case .digest(let digest) = reference else { return true }
                return try ImageRecord.isListed(digest.description, in: name, context)
            }
            guard let (rule, credentials) = found, let host = rule.upstreamRegistryUrl else { return .absent() }
            guard let upstream = service.reach(host, simulator, credentials: credentials) else {
                throw Failure(result: .refused(.upstreamUnavailable(ECRSimulation.notProvided(host))))
            }
            guard let there = RepositoryName(upstream.prefix + rule.upstreamName(of: name)) else { return .absent() }
            let manifest: Manifest
            do {
                manifest = try await upstream.client.manifest(reference, in: there)
                for blob in manifest.blobs { try await upstream.client.pull(blob, from: there, into: service.blobs) }
            } catch { throw Failure(error, by: host, of: there) }
            try perform(caller) { context in try keep(manifest, as: tag, in: name, context) }
            guard !manifest.manifests.isEmpty else { return .here }
            // Fetch the index's images in the background: they may be large, and most clients request only one of them.
            let aside = PullThrough(session.aside("images"))
            let rest = Task.detached { await aside.fetchImages(of: manifest, upstream, there, in: name, caller) }
            if upstream.isPlayed { await rest.value }
            return .here
        } catch let failure as Failure {
            // If the upstream fails, serve the cached image and do not ask the upstream again for a while.
            if let tag, try noteCached(tag, in: name, caller) { return .here }
            return failure.result
        } catch let error as AWSError where Self.unsaid.contains(error.code) {
            // A caller who may not import gets "not found", but can still read what is already cached.
            if let tag, try has(tag, in: name, caller) { return .here }
            return .absent(error.explanation ?? error.message)
        }
    }

    /// Errors that ECR does not report to the client.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/error-pullthroughcache.html
    private static let unsaid = ["AccessDeniedException", "RepositoryNotFoundException"]

    // MARK: Keeping

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
            // The index is stored before its images.
            _ = try service.store(manifest, tag: tag, in: repository, context, isPartial: true)
        } catch let error as AWSError
            where ["ImageAlreadyExistsException", "ImageTagAlreadyExistsException"].contains(error.code)
        {
            // With immutable tags, the image cached first stays.
        }
        if let tag { try CachedTag.note(tag, in: name, context) }
    }

    /// Fetches the images that an index lists. Images that the upstream lacks are skipped.
    private func fetchImages(
        of index: Manifest, _ upstream: Upstream, _ there: RepositoryName, in name: String, _ caller: RegistryCaller
    ) async {
        for entry in index.manifests {
            guard let image = try? await upstream.client.manifest(.digest(entry.digest), in: there) else { continue }
            do {
                for blob in image.blobs { try await upstream.client.pull(blob, from: there, into: service.blobs) }
                try perform(caller) { context in
                    // The index, or the whole state, may have been deleted in the meantime.
                    guard let kept = try ImageRecord.find(digest: index.digest.description, in: name, context) else { return }
                    try keep(image, as: nil, in: name, context)
                    try kept.measure(context)
                }
            } catch { continue }
            if !image.manifests.isEmpty { await fetchImages(of: image, upstream, there, in: name, caller) }
        }
    }

    /// Fetches the referrers of a cached image when a client lists them. Upstream failures are not errors.
    /// https://aws.amazon.com/about-aws/whats-new/2026/04/amazon-ecr-pull-through-cache-referrers/
    func fetchReferrers(_ caller: RegistryCaller) async {
        guard case .listReferrers(let repository, let subject, _) = caller.operation else { return }
        let name = repository.description, key = subject.description
        let found = try? rule(for: name, .digest(subject), caller) { context in
            try ImageRecord.find(digest: key, in: name, context) != nil
                && CachedTag.isStale(key, in: name, after: Self.referrerFreshness, context) ?? true
        }
        guard let (rule, credentials) = found, let host = rule.upstreamRegistryUrl,
            let upstream = service.reach(host, simulator, credentials: credentials),
            let there = RepositoryName(upstream.prefix + rule.upstreamName(of: name)),
            let referrers = try? await upstream.client.referrers(of: subject, in: there)
        else { return }
        for referrer in referrers {
            guard let manifest = try? await upstream.client.manifest(.digest(referrer.digest), in: there) else { continue }
            for blob in manifest.blobs { _ = try? await upstream.client.pull(blob, from: there, into: service.blobs) }
            try? perform(caller) { try keep(manifest, as: nil, in: name, $0) }
        }
        try? perform(caller) { try CachedTag.note(key, in: name, $0) }
    }

    private func has(_ tag: String, in name: String, _ caller: RegistryCaller) throws -> Bool {
        try perform(caller) { try ImageRecord.find(tag: tag, in: name, $0)?.isActive($0.now) ?? false }
    }

    private func noteCached(_ tag: String, in name: String, _ caller: RegistryCaller) throws -> Bool {
        guard try has(tag, in: name, caller) else { return false }
        try perform(caller) { try CachedTag.note(tag, in: name, $0) }
        return true
    }

    private func perform<T>(_ caller: RegistryCaller, _ body: (SimulatorCore.Context) throws -> T) throws -> T {
        try session.perform("BatchImportUpstreamImage", for: caller, body)
    }

    /// Returns the rule for a repository and, if the upstream is another ECR registry, the credentials for it.
    private func rule(
        for name: String, _ reference: ManifestReference, _ caller: RegistryCaller,
        if isWanted: (SimulatorCore.Context) throws -> Bool = { _ in true }
    ) throws -> (PullThroughCacheRule, RegistryCredentials?)? {
        try perform(caller) { context in
            guard let rule = try service.cacheRule(for: name, context), try isWanted(context) else { return nil }
            // An archived image is not fetched again; only its owner can restore it.
            if let image = try ImageRecord.find(reference, in: name, context), !image.isActive(context.now) { return nil }
            // Listing referrers needs only the permission to read images.
            if caller.operation.manifest != nil {
                try context.authorize(try service.target("ecr:BatchImportUpstreamImage", name, context), service)
            }
            guard let host = ECRHost(rule.upstreamRegistryUrl ?? "") else { return (rule, nil) }
            let registry = Caller.root(of: context.account, accessKeyId: "ecr.amazonaws.com", partition: context.partition)
            let token = RegistryToken(
                caller: registry, account: host.account, region: host.region, expiresAt: context.now + RegistryToken.lifetime)
            return (rule, RegistryCredentials(username: "AWS", password: try token.password(context)))
        }
    }
}

/// The upstream did not deliver the image.
private struct Failure: Error {
    let result: PullThrough.PullResult

    init(result: PullThrough.PullResult) { self.result = result }

    init(_ error: any Error, by host: String, of name: RepositoryName) {
        let said = "The upstream registry '\(host)' answered for '\(name)': \(error)"
        var status = (error as? RegistryClientError)?.refusal?.status
        if case RegistryClientError.noCredentials = error { status = 401 }
        var refusal: RegistryError
        switch status {
        case 404:
            result = .absent(said)
            return
        case 401, 403: refusal = .upstreamDenied
        case 429: refusal = RegistryError("TOOMANYREQUESTS", status: 429, said)
        default: refusal = .upstreamUnavailable("The upstream registry '\(host)' cannot be used: \(error)")
        }
        refusal.explanation = said
        result = .refused(refusal)
    }
}

/// When a cached tag was last compared with its upstream. A digest in place of the tag records when the image's referrers
/// were last fetched.
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

    /// Whether the upstream must be asked again; nil if it was never asked.
    static func isStale(
        _ tag: String, in repository: String, after time: Duration = PullThrough.freshness, _ context: Context
    ) throws -> Bool? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT checked_at FROM ecr_cached_tag WHERE account = ? AND region = ? AND repository = ? AND tag = ?")
        let checked = try Int64.fetchOne(statement, arguments: [context.account, context.region, repository, tag])
        return checked.map { Instant(milliseconds: $0) + time <= context.now }
    }
}

extension RegistryOperation {
    /// The manifest that the request reads, or nil for other operations.
    fileprivate var manifest: ManifestReference? {
        switch self {
        case .checkManifest(_, let reference), .fetchManifest(_, let reference): reference
        default: nil
        }
    }
}

extension RegistryError {
    /// An image that the upstream cannot deliver is reported as missing (404), because clients do not show the message of a
    /// 5xx.
    static func upstreamUnavailable(_ message: String) -> RegistryError {
        RegistryError("MANIFEST_UNKNOWN", status: 404, message)
    }
}

/// Sends requests to the simulator itself, which serves Docker Hub and the ECR registries of other regions.
struct SimulatorTransport: HTTPTransport {
    let simulator: Simulator

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        await simulator.respond(to: request, body: body)
    }
}
