import AWSCore
public import GRDB
import OCI
public import SimulatorCore
import Synchronization

extension ECRSimulation {
    /// Blobs that lost a reference are noted where they lose it, so that only they are looked at.
    static let orphanMigration = Migration(
        "ecr.orphan",
        """
        CREATE TABLE ecr_orphan (digest TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TRIGGER ecr_layer_deleted AFTER DELETE ON ecr_layer
        BEGIN INSERT OR IGNORE INTO ecr_orphan VALUES (old.digest); END
        """)

    /// Removes the bytes of blobs and uploads that nobody refers to: what a broken push or a killed process left behind.
    /// For the beginning of a server's life, when nothing is on its way; later it happens by itself.
    public func collectBlobs(in simulator: Simulator) throws { try collector.sweep(simulator) }
}

/// Removes the bytes of blobs that nobody refers to any more.
///
/// References stand in databases; bytes lie in a store that several may share: ECR and Docker Hub of a simulator, and
/// simulators that were given one store. What was stored or touched within ``grace`` stays in any case: its reference may be
/// on its way.
final class BlobCollector: Sendable {
    static let grace = Duration.seconds(60)

    /// What else of a simulator's database refers to the store.
    private let otherUsers: [BlobUser]
    private let blobs: any BlobStore

    private struct Known {
        weak var simulator: Simulator?
    }
    private struct State {
        /// Those that use the store, as far as they have shown themselves.
        var simulators: [ObjectIdentifier: Known] = [:]
        /// Those whose lost references will be looked at.
        var waiting: Set<ObjectIdentifier> = []
        var lastRun: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    init(_ blobs: any BlobStore, otherUsers: [BlobUser]) {
        self.blobs = blobs
        self.otherUsers = otherUsers
    }

    /// Notes that a simulator uses the store.
    func know(_ simulator: Simulator) {
        state.withLock { state in
            if state.simulators[ObjectIdentifier(simulator)]?.simulator == nil {
                state.simulators[ObjectIdentifier(simulator)] = Known(simulator: simulator)
            }
        }
    }

    /// Looks at what lost a reference when that is worth the while: at once if nobody looked for a while, or else later. By the
    /// machine's time, which a simulator's clock doesn't move.
    func collectSoon(_ context: Context) {
        let simulator = context.simulator
        context.afterCommit { self.collectSoon(simulator) }
    }

    private func collectSoon(_ simulator: Simulator) {
        let wait = state.withLock { state -> Duration? in
            guard !state.waiting.contains(ObjectIdentifier(simulator)) else { return nil }
            state.waiting.insert(ObjectIdentifier(simulator))
            return state.lastRun.map { max(.zero, ContinuousClock.now.duration(to: $0 + Self.grace)) } ?? .zero
        }
        guard let wait else { return }
        // Who waits keeps nobody: a simulator that nobody needs any more has no bytes to lose.
        Task.detached(priority: .background) { [weak self, weak simulator, id = ObjectIdentifier(simulator)] in
            if wait > .zero { try? await Task.sleep(for: wait) }
            guard let self else { return }
            state.withLock { state in
                state.waiting.remove(id)
                state.lastRun = .now
            }
            guard let simulator, (try? collect(simulator, grace: Self.grace)) == true else { return }
            collectSoon(simulator)
        }
    }

    /// Removes what lost its last reference.
    /// - Returns: whether something is still too young.
    @discardableResult
    func collect(_ simulator: Simulator, grace: Duration) throws -> Bool {
        let foreign = try usedElsewhere(than: simulator)
        // Within a transaction nobody enters a reference meanwhile.
        return try transaction(simulator) { db in
            var isYoung = false
            let orphans = try String.fetchAll(db, sql: "SELECT digest FROM ecr_orphan")
            let used = try self.used(db)
            for text in orphans {
                if !used.contains(text), !foreign.contains(text), let digest = Digest(text), try blobs.contains(digest) {
                    guard try blobs.remove(digest, ifIdleFor: grace) else {
                        isYoung = true
                        continue
                    }
                }
                try db.cachedStatement(sql: "DELETE FROM ecr_orphan WHERE digest = ?").execute(arguments: [text])
            }
            return isYoung
        }
    }

    /// Notes a blob that nobody may refer to, for it to be looked at when it is no longer young.
    func suspect(_ digest: Digest, _ simulator: Simulator) throws {
        try transaction(simulator) { try Self.suspect(digest, $0) }
    }

    private static func suspect(_ digest: Digest, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO ecr_orphan VALUES (?)").execute(arguments: [digest.description])
    }

    /// Removes whatever is in the store without a reference, at once or when it is no longer young.
    func sweep(_ simulator: Simulator, grace: Duration = BlobCollector.grace) throws {
        know(simulator)
        let foreign = try usedElsewhere(than: simulator)
        try transaction(simulator) { db in
            let used = try self.used(db)
            for digest in try blobs.digests() where !used.contains(digest.description) && !foreign.contains(digest.description)
            {
                if try !blobs.remove(digest, ifIdleFor: grace) { try Self.suspect(digest, db) }
            }
            var uploads = try String.fetchSet(db, sql: "SELECT id FROM ecr_upload")
            for user in otherUsers { try uploads.formUnion(user.uploads(db)) }
            for id in try blobs.uploadIDs() where !uploads.contains(id.description) { try blobs.cancelUpload(id) }
        }
    }

    /// All digests that a database refers to.
    private func used(_ db: Database) throws -> Set<String> {
        var used = try String.fetchSet(db, sql: "SELECT DISTINCT digest FROM ecr_layer")
        for user in otherUsers { try used.formUnion(user.digests(db)) }
        return used
    }

    private func usedElsewhere(than simulator: Simulator) throws -> Set<String> {
        let others = state.withLock { $0.simulators.values.compactMap(\.simulator) }.filter { $0 !== simulator }
        return try others.reduce(into: []) { used, other in try used.formUnion(transaction(other) { try self.used($0) }) }
    }

    private func transaction<T>(_ simulator: Simulator, _ body: (Database) throws -> T) throws -> T {
        let configuration = simulator.configuration
        return try simulator.inspect("ecr", account: configuration.account, region: configuration.region) { try body($0.db) }
    }
}

/// Tables besides ECR's that refer to the same blob store: Docker Hub's.
public struct BlobUser: Sendable {
    /// All blobs that the database refers to, as `sha256:…`.
    public let digests: @Sendable (Database) throws -> Set<String>
    /// The uploads that are going on.
    public let uploads: @Sendable (Database) throws -> Set<String>

    public init(
        digests: @escaping @Sendable (Database) throws -> Set<String>,
        uploads: @escaping @Sendable (Database) throws -> Set<String>
    ) {
        self.digests = digests
        self.uploads = uploads
    }
}

/// Uploads don't wait for ever.
extension ECRSimulation {
    // How long an upload may take from its beginning, 24 hours, stands in the trigger that notes when it is due.

    /// Strikes uploads that were abandoned.
    func expireUploads(_ ids: [String], _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_upload WHERE account = ? AND region = ? AND id = ?")
        for id in ids { try statement.execute(arguments: [context.account, context.region, id]) }
        forgetUploads(ids, context)
    }

    /// Strikes the uploads of a repository that goes.
    func endUploads(in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_upload WHERE account = ? AND region = ? AND repository = ? RETURNING id")
        forgetUploads(
            try String.fetchAll(statement, arguments: [context.account, context.region, repository]), context)
    }

    /// Their bytes go once the books are closed.
    private func forgetUploads(_ ids: [String], _ context: Context) {
        context.afterCommit { [blobs] in
            for id in ids { if let id = UploadID(id) { _ = try? blobs.cancelUpload(id) } }
        }
    }
}
