import AWSClient
import AWSCore
import Foundation
import HTTPTypes
import OCI
public import SimulatedDocker
public import SimulatedEC2
import SimulatedECR
import SimulatedIAM
import SimulatedSSM
@_exported import SimulatorCore

extension DockerHub {
    /// The Hub's layers are in ECR's store.
    fileprivate static let blobUser = BlobUser(digests: { try digests($0) }, uploads: { try uploads($0) })
}

extension Simulator {
    /// Returns a simulator with all of Drydock's services and doors.
    ///
    /// Image layers are in `layerFolder`, or else in the state folder, or else in memory.
    /// - Parameters:
    ///   - advisories: the vulnerabilities that image scans find.
    ///   - upstreams: the registries that pull-through cache rules may reach.
    ///   - images: public images in addition to the catalogue's.
    ///   - tokenIssuers: external OpenID Connect issuers whose keys may be fetched over HTTPS.
    ///   - deletesAsSpecified: whether the registry deletes as the OCI specification says, blobs too; ECR does not.
    /// - Throws: `StateError` if the configuration's state folder cannot be used.
    public static func drydock(
        _ configuration: Configuration = Configuration(), layerFolder: String? = nil, advisories: AdvisoryList = .none,
        upstreams: UpstreamRegistries = .none, deletesAsSpecified: Bool = false, images: AddedImages = .none,
        tokenIssuers: Set<String> = []
    ) throws -> Simulator {
        let folder = layerFolder ?? configuration.stateFolder.map { $0 + "/layers" }
        let blobs: SharedBlobStore
        do {
            blobs = try SharedBlobStore(folder.map { try DiskBlobStore(root: $0) } ?? MemoryBlobStore())
        } catch let failure as StorageFailure {
            throw StateError("cannot keep layers in '\(folder ?? "")': \(failure.reason). Free disk space, and start again.")
        } catch {
            throw StateError("cannot keep layers in '\(folder ?? "")': \(error). Check the folder's permissions.")
        }
        let parts = Parts(
            blobs: blobs, advisories: advisories, upstreams: upstreams, deletesAsSpecified: deletesAsSpecified, images: images,
            tokenIssuers: tokenIssuers)
        return try Simulator(
            configuration, services: parts.services, doors: parts.doors, directory: IAMDirectory(),
            migrations: DockerHub.migrations, baseline: .drydock)
    }

    /// Starts to create the tables of in-memory simulators on another thread, while the program reads its arguments.
    public static func preloadTables() {
        Thread.detachNewThread { preloadTables(allMigrations) }
    }

    /// What makes the tables of a new simulator.
    package static var allMigrations: Migrations {
        let parts = Parts(
            blobs: MemoryBlobStore(), advisories: .none, upstreams: .none, deletesAsSpecified: false, images: .none)
        return migrations(parts.services, DockerHub.migrations, .drydock)
    }

    /// Adds users and images to the simulated Docker Hub.
    /// - Throws: `StateError` for a simulator without a Hub.
    public func fillHub(_ contents: HubContents) throws {
        guard let hub = doors.lazy.compactMap({ $0 as? DockerHub }).first else {
            throw StateError("this simulator has no Docker Hub; Simulator.drydock() makes one that has.")
        }
        try hub.add(contents, in: self)
    }

    /// The parts of a simulator other than its state: services and doors.
    struct Parts {
        let services: [any SimulatedService]
        let doors: [any HTTPDoor]

        init(
            blobs: any BlobStore, advisories: AdvisoryList, upstreams: UpstreamRegistries, deletesAsSpecified: Bool,
            images: AddedImages, tokenIssuers: Set<String> = []
        ) {
            services = [
                EC2Simulation(addedImages: images),
                ECRSimulation(
                    blobs: blobs, otherUsers: [DockerHub.blobUser], advisories: advisories, upstream: NetworkTransport.shared,
                    upstreams: upstreams, deletesAsSpecified: deletesAsSpecified),
                IAMSimulation(), STSSimulation(reader: .network, issuers: tokenIssuers), SSMSimulation(),
                InstanceConnectSimulation(),
            ]
            doors = Simulator.doors(services, blobs)
        }
    }

    /// Returns the doors of a simulator with these services. The Hub is first, because the registry accepts requests for any
    /// host.
    static func doors(_ services: [any SimulatedService], _ blobs: any BlobStore) -> [any HTTPDoor] {
        [DockerHub(blobs: blobs)] + services.flatMap(\.doors)
    }
}

extension IssuerReader {
    private static let timeout = Duration.seconds(5)
    private static let sizeLimit = 1 << 20

    /// Reads over the network.
    static var network: IssuerReader {
        IssuerReader(
            trusting: { url in
                let authority = url.port.map { "\(url.host ?? ""):\($0)" } ?? url.host
                let request = HTTPRequest(
                    method: .get, scheme: "https", authority: authority,
                    path: url.percentEncodedPath.isEmpty ? "/" : url.percentEncodedPath)
                let reply = try await NetworkTransport.shared.send(request, body: .empty, timeout: timeout)
                return (reply.response.status.code, try await reply.body.collect(upTo: sizeLimit))
            },
            pinning: { url in
                let answer = try await PinnedFetch.get(url, timeout: timeout, limit: sizeLimit)
                return (answer.status, answer.body, answer.thumbprint)
            })
    }
}
