import AWSCore
import ECRAPI
import OCI
import SimulatorCore

/// Amazon ECR as the simulator plays it. Handlers stand in the file of their resource, as extensions.
public struct ECRSimulation: ECRService, SimulatedService {
    public typealias Context = SimulatorCore.Context

    /// Where layers lie: under their digests, shared by all repositories and by whoever else was given this store.
    public let blobs: any BlobStore
    /// Whether the registry deletes as the distribution specification has it: blobs too, tags alone, whatever is referenced.
    /// ECR refuses the one, and takes an image away with its last tag.
    public let deletesAsSpecified: Bool
    /// What scans know of vulnerabilities.
    public let advisories: AdvisoryList
    /// Registries that pull-through cache rules reach beside those on this machine (`localhost:5000`) and those that the
    /// simulator itself plays: nothing else is fetched from the world outside.
    public let upstreams: UpstreamRegistries
    /// How they are reached.
    public let upstream: (any HTTPTransport)?
    let probes = UpstreamProbes()
    let verifier = BlobVerifier()
    let collector: BlobCollector
    let scanner = LargeScans()
    private var table: OperationTable?

    /// - Parameters:
    ///   - blobs: kept with the simulator's state if that is kept, in memory otherwise.
    ///   - otherUsers: what else in a simulator's database refers to `blobs`.
    public init(
        blobs: any BlobStore = MemoryBlobStore(), otherUsers: [BlobUser] = [], advisories: AdvisoryList = .none,
        upstream: (any HTTPTransport)? = nil, upstreams: UpstreamRegistries = .none, deletesAsSpecified: Bool = false
    ) {
        collector = BlobCollector(blobs, otherUsers: otherUsers)
        self.blobs = blobs
        self.advisories = advisories
        self.upstream = upstream
        self.upstreams = upstreams
        self.deletesAsSpecified = deletesAsSpecified
        table = OperationTable(self, Self.handler)
    }

    public var model: ServiceModel { ECR.model }

    public func operation(_ name: String) -> ServiceOperation? { table?[name] }

    /// Append only; each in its resource's file.
    public static let migrations: [Migration] = [
        repositoryMigration, imageMigration, layerMigration, settingMigration, exclusionMigration,
        replicationMigration, templateMigration, cacheRuleMigration, scanMigration, lifecycleMigration,
        CachedTag.migration, orphanMigration, smallPartMigration, lostSubjectMigration, signingMigration, dueMigration,
        BackfillRecord.migration,
    ]

    /// Takes away what this simulator alone referred to; others may have been given the same store.
    public func wasReset(_ simulator: Simulator) { try? collector.sweep(simulator, grace: .zero) }
}
