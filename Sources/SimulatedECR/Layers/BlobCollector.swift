import AWSCore
public import GRDB
import OCI
public import SimulatorCore
import Synchronization

extension ECRSimulation {
    /// A trigger records blobs that lose a reference, so that the collector checks only those.
    static let orphanMigration = Migration(
        "ecr.orphan",
        """
        CREATE TABLE ecr_orphan (digest TEXT PRIMARY KEY) WITHOUT ROWID;
        CREATE TRIGGER ecr_layer_deleted AFTER DELETE ON ecr_layer
        BEGIN INSERT OR IGNORE INTO ecr_orphan VALUES (old.digest); END
        """)

    /// Removes blobs and uploads that nothing refers to, such as those left by a failed push or a killed process. Call it
    /// when a server starts, before the first request; later removal is automatic.
    public func collectGarbage(in simulator: Simulator) throws { try collector.sweep(simulator) }
}

/// Removes blobs that nothing refers to any more.
///
/// References are in databases; blobs are in a store that several users may share: a simulator's ECR and Docker Hub, and
/// several simulators. Blobs stored or touched within ``grace`` are kept, because their reference may follow.
final class BlobCollector: Sendable {
    static let grace = Duration.seconds(60)

    /// Other tables of a simulator's database that refer to the store.
    private let otherUsers: [BlobUser]
    private let blobs: any BlobStore

    private struct WeakSimulator {
        weak var simulator: Simulator?
    }
    private struct State {
        /// The simulators known to use the store.
        var simulators: [ObjectIdentifier: WeakSimulator] = [:]
        /// The simulators with a scheduled collection.
        var waiting: Set<ObjectIdentifier> = []
        var lastRun: ContinuousClock.Instant?
    }
    private let state = Mutex(State())

    init(_ blobs: any BlobStore, otherUsers: [BlobUser]) {
        self.blobs = blobs
        self.otherUsers = otherUsers
    }

    /// Registers a simulator that uses the store.
    func know(_ simulator: Simulator) {
        state.withLock { state in
            if state.simulators[ObjectIdentifier(simulator)]?.simulator == nil {
                state.simulators[ObjectIdentifier(simulator)] = WeakSimulator(simulator: simulator)
            }
        }
    }

    /// Schedules a collection: at once if the last one was long enough ago, otherwise later. Uses the machine's time, not the
    /// simulator's clock.
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
        // The waiting task holds only weak references: a released simulator has no blobs to collect.
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

    /// Removes the blobs that lost their last reference.
    /// - Returns: whether a blob was kept because it is still within `grace`.
    @discardableResult
    func collect(_ simulator: Simulator, grace: Duration) throws -> Bool {
        let foreign = try usedElsewhere(than: simulator)
        // The transaction keeps others from adding references meanwhile.
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

    /// Records a blob that may have no reference, to be checked after the grace period.
    func suspect(_ digest: Digest, _ simulator: Simulator) throws {
        try transaction(simulator) { try Self.suspect(digest, $0) }
    }

    private static func suspect(_ digest: Digest, _ db: Database) throws {
        try db.cachedStatement(sql: "INSERT OR IGNORE INTO ecr_orphan VALUES (?)").execute(arguments: [digest.description])
    }

    /// Removes every unreferenced blob in the store, or records it for later if it is still within `grace`.
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

    /// Returns all digests that a database refers to.
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

/// Tables outside ECR that refer to the same blob store, such as Docker Hub's.
public struct BlobUser: Sendable {
    /// Returns all blobs that the database refers to, as `sha256:…`.
    public let digests: @Sendable (Database) throws -> Set<String>
    /// Returns the ids of uploads in progress.
    public let uploads: @Sendable (Database) throws -> Set<String>

    public init(
        digests: @escaping @Sendable (Database) throws -> Set<String>,
        uploads: @escaping @Sendable (Database) throws -> Set<String>
    ) {
        self.digests = digests
        self.uploads = uploads
    }
}

/// Expiry of uploads.
extension ECRSimulation {
    // An upload expires 24 hours after it began. The trigger that schedules the expiry has this limit.

    /// Deletes uploads that were abandoned.
    func expireUploads(_ ids: [String], _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_upload WHERE account = ? AND region = ? AND id = ?")
        for id in ids { try statement.execute(arguments: [context.account, context.region, id]) }
        forgetUploads(ids, context)
    }

    /// Deletes the uploads of a repository that is being deleted.
    func endUploads(in repository: String, _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: "DELETE FROM ecr_upload WHERE account = ? AND region = ? AND repository = ? RETURNING id")
        forgetUploads(
            try String.fetchAll(statement, arguments: [context.account, context.region, repository]), context)
    }

    /// Deletes the uploads' bytes after the transaction commits.
    private func forgetUploads(_ ids: [String], _ context: Context) {
        context.afterCommit { [blobs] in
            for id in ids { if let id = UploadID(id) { _ = try? blobs.cancelUpload(id) } }
        }
    }
}
