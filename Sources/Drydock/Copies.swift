import AWSCore
import OCI
import SimulatedDocker
import SimulatedEC2
import SimulatedECR
import SimulatedIAM
import SimulatorCore

extension Simulator {
    /// An independent copy of this simulator as it is now: in memory, with a clock of its own that shows the same time.
    ///
    /// Layers are shared, not copied, and neither side loses what the other deletes. The same requests get the same ids on
    /// both sides. Uploads that are under way, the journal and the plan of faults stay behind.
    /// - Parameter change: what is to be different about the fork. It has no state folder.
    public func fork(_ change: (inout Configuration) -> Void = { _ in }) throws -> Simulator {
        var configuration = configuration
        configuration.seed = seed
        configuration.clock = clock.copy()
        change(&configuration)
        configuration.stateFolder = nil
        let parts = try parts(sharedBlobs().fork())
        return try Simulator(forking: self, configuration, services: parts.services, doors: parts.doors)
    }

    /// The state as it is now, to come back to any number of times.
    public func snapshot() throws -> Snapshot { Snapshot(simulator: try fork()) }

    /// Goes back to a snapshot: state, layers, time, seed and the number of the next request. Forgets the journal.
    /// - Throws: `StateError` if the snapshot is of another account; then nothing has changed.
    public func restore(_ snapshot: Snapshot) throws {
        try restore(snapshot.simulator, layers: snapshot.simulator.sharedBlobs())
    }

    private func restore(_ other: Simulator, layers: SharedBlobStore) throws {
        guard other.configuration.account == configuration.account else {
            throw StateError(
                """
                the snapshot is of account \(other.configuration.account), and this simulator's is \(configuration.account): \
                nothing in it would be seen. Start one with that account.
                """)
        }
        let blobs = try sharedBlobs()
        // First their layers beside ours, which is what may fail; then everything at once.
        let incoming = blobs.fork()
        try incoming.adopt(layers)
        for service in services { service.wasReset(self) }
        try takeOver(other)
        try blobs.adopt(incoming)
    }

    /// A simulator in memory that goes on from the snapshot in a file.
    ///
    /// - Parameters:
    ///   - configuration: account, region and seed are the snapshot's. A manual clock is set to its time.
    ///   - layerFolder: where layers go; nil keeps them in memory.
    /// - Throws: `StateError` if the file is no snapshot, was written by a newer Drydock, or lacks layers.
    public static func drydock(snapshot path: String, _ configuration: Configuration = .init(), layerFolder: String? = nil)
        throws -> Simulator
    {
        let blobs = try SharedBlobStore(layerFolder.map { try DiskBlobStore(root: $0) } ?? MemoryBlobStore())
        return try opened(path, configuration, blobs) { try blobs.adopt($0) }
    }

    /// Goes back to the snapshot in a file; see ``restore(_:)``. The file and its layers stay as they are.
    public func restore(contentsOf path: String) throws {
        let blobs = try SharedBlobStore(MemoryBlobStore())
        var borrowed: SharedBlobStore?
        let reader = try Self.opened(path, Configuration(clock: .manual()), blobs) { borrowed = $0 }
        try restore(reader, layers: borrowed ?? blobs)
    }

    private static func opened(
        _ path: String, _ configuration: Configuration, _ blobs: SharedBlobStore, _ take: (SharedBlobStore) throws -> Void
    ) throws -> Simulator {
        let parts = Parts(
            blobs: blobs, advisories: .none, upstreams: .none, deletesAsSpecified: false, images: .none)
        let (store, file) = try SnapshotFile.read(path, migrations: migrations(parts.services, DockerHub.migrations, .drydock))
        if let layers = try file.layers(beside: path) { try take(layers) }
        var configuration = configuration
        configuration.account = file.account
        configuration.region = file.region
        configuration.seed = file.seed
        configuration.stateFolder = nil
        configuration.clock = configuration.clock.copy()
        if configuration.clock.mode == "manual" || configuration.clock.now < file.now { configuration.clock.set(file.now) }
        return Simulator(
            configuration, services: parts.services, doors: parts.doors, directory: IAMDirectory(), store: store,
            requests: file.requests)
    }

    private func ecr() throws -> ECRSimulation {
        guard let ecr = services.lazy.compactMap({ $0 as? ECRSimulation }).first else {
            throw StateError("only a simulator with all of Drydock's services can be copied.")
        }
        return ecr
    }

    fileprivate func sharedBlobs() throws -> SharedBlobStore {
        guard let blobs = try ecr().blobs as? SharedBlobStore else {
            throw StateError("only a simulator that shares its layers can be copied; Simulator.drydock() makes one.")
        }
        return blobs
    }

    private var addedImages: AddedImages {
        services.lazy.compactMap { $0 as? EC2Simulation }.first?.addedImages ?? .none
    }

    private func parts(_ blobs: SharedBlobStore) throws -> Parts {
        let ecr = try ecr()
        return Parts(
            blobs: blobs, advisories: ecr.advisories, upstreams: ecr.upstreams, deletesAsSpecified: ecr.deletesAsSpecified,
            images: addedImages)
    }
}

/// A simulator's state at some moment. It never changes; any number of forks and restores come from it.
public struct Snapshot: Sendable {
    let simulator: Simulator

    /// The simulated time of the moment.
    public var time: Instant { simulator.clock.now }
    public var account: String { simulator.configuration.account }

    /// A simulator that goes on from here.
    public func fork(_ change: (inout Configuration) -> Void = { _ in }) throws -> Simulator { try simulator.fork(change) }

    /// Writes the snapshot into a file, and its layers into a folder beside it, `<file>.layers`. Layers that lie in files are
    /// not copied where the file system can give a file two names. A snapshot that is there already is replaced.
    /// - Throws: `StateError` if the file cannot be written, or if something else than a snapshot is there; then nothing has
    ///   changed.
    public func write(to path: String) throws {
        try SnapshotFile.checkPlace(path)
        let folder = Self.layerFolder(of: path)
        switch FileKind(at: folder, followsLinks: false) {
        case .absent, .folder: break
        case .regular, .other: throw StateError("'\(folder)' is not a folder, and stays as it is. Choose another file.")
        }
        let blobs = try simulator.sharedBlobs()
        do {
            let layers = blobs.digests()
            if !layers.isEmpty {
                let target = try SharedBlobStore(DiskBlobStore(root: folder))
                try target.adopt(blobs)
            }
            try SnapshotFile(simulator, layers: layers.map(\.description)).write(simulator, to: path)
        } catch let failure as StorageFailure {
            throw StateError("cannot write '\(path)': \(failure.reason).")
        } catch let error as BlobError {
            throw StateError("cannot write the layers of '\(path)': \(error).")
        }
    }

    /// Reads what ``write(to:)`` wrote, by this or an older version.
    /// - Throws: `StateError` if it is no snapshot, or one of a newer Drydock, or lacks layers.
    public init(reading path: String) throws { simulator = try Simulator.drydock(snapshot: path) }

    init(simulator: Simulator) { self.simulator = simulator }

    fileprivate static func layerFolder(of path: String) -> String { path + ".layers" }
}

extension SnapshotFile {
    /// The snapshot's layers where they lie, nil if it has none.
    fileprivate func layers(beside path: String) throws -> SharedBlobStore? {
        guard !layers.isEmpty else { return nil }
        let folder = Snapshot.layerFolder(of: path)
        do {
            let source = try SharedBlobStore(DiskBlobStore(root: folder))
            let missing = try layers.filter { try Digest($0).map { try !source.contains($0) } ?? true }
            guard let first = missing.first else { return source }
            throw StateError(
                "\(missing.count) of the snapshot's \(layers.count) layers are missing in '\(folder)', among them \(first).")
        } catch let error as BlobError {
            throw StateError("cannot read the layers in '\(folder)': \(error).")
        }
    }
}
