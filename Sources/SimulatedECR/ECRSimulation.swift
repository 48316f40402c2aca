import AWSCore
import ECRAPI
import OCI
import SimulatorCore

/// The simulation of Amazon ECR. Handlers are extensions in the files of their resources.
public struct ECRSimulation: ECRService, SimulatedService {
    public typealias Context = SimulatorCore.Context

    /// Stores layers by digest, shared by all repositories and by other services given the same store.
    public let blobs: any BlobStore
    /// Whether the registry deletes as the distribution specification says: blobs, single tags, and referenced images too.
    /// ECR refuses to delete blobs, and deletes an image with its last tag.
    public let deletesAsSpecified: Bool
    /// The vulnerabilities that scans report.
    public let advisories: AdvisoryList
    /// The outside registries that pull-through cache rules may reach, besides those that the simulator serves.
    public let upstreams: UpstreamRegistries
    /// The transport for those registries.
    public let upstream: (any HTTPTransport)?
    let probes = UpstreamProbes()
    let verifier = BlobVerifier()
    let collector: BlobCollector
    let scanner = LargeScans()
    private let otherUsers: [BlobUser]
    private var table: OperationTable?

    /// - Parameters:
    ///   - blobs: where layers are stored; in memory by default.
    ///   - otherUsers: other tables in a simulator's database that refer to `blobs`.
    public init(
        blobs: any BlobStore = MemoryBlobStore(), otherUsers: [BlobUser] = [], advisories: AdvisoryList = .none,
        upstream: (any HTTPTransport)? = nil, upstreams: UpstreamRegistries = .none, deletesAsSpecified: Bool = false
    ) {
        collector = BlobCollector(blobs, otherUsers: otherUsers)
        self.blobs = blobs
        self.otherUsers = otherUsers
        self.advisories = advisories
        self.upstream = upstream
        self.upstreams = upstreams
        self.deletesAsSpecified = deletesAsSpecified
        table = OperationTable(self, Self.handler)
    }

    public var model: ServiceModel { ECR.model }

    public func operation(_ name: String) -> ServiceOperation? { table?[name] }

    /// Append only. Each migration is in its resource's file.
    public static let migrations: [Migration] = [
        repositoryMigration, imageMigration, layerMigration, settingMigration, exclusionMigration,
        replicationMigration, templates.migration("ecr.creation_template"), cacheRules.migration("ecr.cache_rule"),
        scanMigration, lifecycleMigration,
        CachedTag.migration, orphanMigration, smallPartMigration, lostSubjectMigration, signingMigration, dueMigration,
        BackfillRecord.migration,
    ]

    public var blobStore: (any BlobStore)? { blobs }

    public func copied(sharing blobs: any BlobStore) -> ECRSimulation {
        ECRSimulation(
            blobs: blobs, otherUsers: otherUsers, advisories: advisories, upstream: upstream, upstreams: upstreams,
            deletesAsSpecified: deletesAsSpecified)
    }

    /// Removes the blobs that only this simulator referred to; other simulators may share the store.
    public func wasReset(_ simulator: Simulator) { try? collector.sweep(simulator, grace: .zero) }
}
