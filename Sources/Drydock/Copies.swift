import AWSCore
import OCI
import SimulatedDocker
import SimulatedIAM
import SimulatorCore

extension Simulator {
    /// Returns an independent copy of the current state, in memory, with its own clock at the same time.
    ///
    /// Layers are shared, not copied; deleting on one side does not affect the other. The same requests get the same ids on both
    /// sides. Uploads in progress, the journal and the fault plan are not copied.
    /// - Parameter change: changes the fork's configuration. A fork has no state folder.
    public func fork(_ change: (inout Configuration) -> Void = { _ in }) throws -> Simulator {
        var configuration = configuration
        configuration.seed = seed
        configuration.clock = clock.copy()
        change(&configuration)
        configuration.stateFolder = nil
        let blobs = try sharedBlobs().fork()
        let services = services.map { $0.copied(sharing: blobs) }
        return try Simulator(forking: self, configuration, services: services, doors: Self.doors(services, blobs))
    }

    /// Returns the current state, which can be restored any number of times.
    public func snapshot() throws -> Snapshot { Snapshot(simulator: try fork()) }

    /// Restores a snapshot: state, layers, time, seed and the number of the next request. Clears the journal.
    /// - Throws: `StateError` if the snapshot is of another account; nothing changes then.
    public func restore(_ snapshot: Snapshot) throws {
        try restore(snapshot.simulator, layers: snapshot.simulator.sharedBlobs())
    }

    private func restore(_ other: Simulator, layers: SharedBlobStore) throws {
        guard other.configuration.account == configuration.account else {
            throw StateError(
                """
                the snapshot is of account \(other.configuration.account), and this simulator's is \(configuration.account): \
                it would show nothing. Start a simulator with that account.
                """)
        }
        let blobs = try sharedBlobs()
        // Merge the layers first, because that may fail; then replace everything at once.
        let incoming = blobs.fork()
        try incoming.adopt(layers)
        for service in services { service.wasReset(self) }
        try takeOver(other)
        try blobs.adopt(incoming)
    }

    /// Returns a simulator in memory that continues from a snapshot file.
    ///
    /// - Parameters:
    ///   - configuration: account, region and seed come from the snapshot. A manual clock is set to its time.
    ///   - layerFolder: the folder for layers; nil keeps them in memory.
    /// - Throws: `StateError` if the file is not a snapshot, is from a newer Drydock, or lacks layers.
    public static func drydock(snapshot path: String, _ configuration: Configuration = .init(), layerFolder: String? = nil)
        throws -> Simulator
    {
        let blobs = try SharedBlobStore(layerFolder.map { try DiskBlobStore(root: $0) } ?? MemoryBlobStore())
        return try opened(path, configuration, blobs) { try blobs.adopt($0) }
    }

    /// Restores the snapshot in a file; see ``restore(_:)``. The file and its layers stay unchanged.
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

    fileprivate func sharedBlobs() throws -> SharedBlobStore {
        guard let blobs = services.lazy.compactMap(\.blobStore).first as? SharedBlobStore else {
            throw StateError("only a simulator that shares its layers can be copied; Simulator.drydock() makes one.")
        }
        return blobs
    }
}

/// A simulator's state at one time. It never changes; it can be forked and restored any number of times.
public struct Snapshot: Sendable {
    let simulator: Simulator

    /// The simulated time at which the snapshot was taken. The copy's own clock may go on.
    public let time: Instant
    public var account: String { simulator.configuration.account }

    /// Returns a simulator that continues from the snapshot.
    public func fork(_ change: (inout Configuration) -> Void = { _ in }) throws -> Simulator { try simulator.fork(change) }

    /// Writes the snapshot to a file, and its layers to the folder `<file>.layers`. Layers in files are hard-linked instead of
    /// copied where the file system allows it. Replaces an existing snapshot.
    /// - Throws: `StateError` if the file cannot be written, or if the path holds something other than a snapshot; nothing
    ///   changes then.
    public func write(to path: String) throws {
        try SnapshotFile.checkPlace(path)
        let folder = Self.layerFolder(of: path)
        switch FileKind(at: folder, followsLinks: false) {
        case .absent, .folder: break
        case .regular, .other: throw StateError("'\(folder)' is not a folder. It was not changed; choose another file.")
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

    /// Reads a snapshot that this or an older version wrote with ``write(to:)``.
    /// - Throws: `StateError` if the file is not a snapshot, is from a newer Drydock, or lacks layers.
    public init(reading path: String) throws { self.init(simulator: try Simulator.drydock(snapshot: path)) }

    init(simulator: Simulator) {
        self.simulator = simulator
        time = simulator.clock.now
    }

    fileprivate static func layerFolder(of path: String) -> String { path + ".layers" }
}

extension SnapshotFile {
    /// Returns the snapshot's layers in their folder; nil if it has none.
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
