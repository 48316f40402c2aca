import AWSCore
import OCI
import Synchronization

/// The engines' shared blob store, limited for one guest. Layers are not on the guest's own disk, so only this limit keeps a
/// guest from filling the machine's disk through its engine.
struct LimitedBlobStore: BlobStore {
    private let base: any BlobStore
    private let limit: Int
    /// The sizes of the blobs of the engine's images.
    private let owned: @Sendable () -> [Digest: Int]
    private let state = Shared()

    init(_ base: any BlobStore, limit: Int, owned: @escaping @Sendable () -> [Digest: Int]) {
        self.base = base
        self.limit = limit
        self.owned = owned
    }

    private final class Shared: Sendable {
        struct State {
            /// Bytes of unfinished uploads.
            var uploads: [UploadID: Int] = [:]
            /// Bytes of temporary files: archives being sent or received.
            var spooled = 0
            /// Bytes of the guest's own files, as last counted.
            var beside = 0
            /// Blobs that arrived recently. They take space until the layers are collected, even if no image uses them.
            var recent: [Digest: (size: Int, since: ContinuousClock.Instant)] = [:]
        }
        let state = Mutex(State())
    }

    /// How long an unused blob may take space; layers are collected more often than this.
    private static let memory = Duration.seconds(120)

    /// How many bytes are left for uploads.
    private func available(_ state: inout Shared.State) -> Int { limit - state.beside - used(&state) }

    private func used(_ state: inout Shared.State) -> Int {
        let now = ContinuousClock.now
        state.recent = state.recent.filter { now - $0.value.since < Self.memory }
        let all = owned().merging(state.recent.mapValues(\.size)) { own, _ in own }
        return all.values.reduce(0, +) + state.uploads.values.reduce(0, +) + state.spooled
    }

    /// Records the size of the guest's own files, in bytes.
    /// - Returns: whether they fit beside the engine's blobs.
    func hasRoom(for files: Int) -> Bool {
        state.state.withLock { state in
            state.beside = files
            return available(&state) >= 0
        }
    }

    /// Disk space reserved for one temporary file; released with this object.
    final class Spool: Sendable {
        private let layerStore: LimitedBlobStore
        private let state = Mutex((size: 0, taken: 0))

        init(_ layerStore: LimitedBlobStore) { self.layerStore = layerStore }

        /// - Throws: ``BlobError`` if the disk is full.
        func grow(by count: Int) throws {
            try state.withLock { state in
                // Reserved in steps of a MiB, since each reservation reads every image.
                if state.size + count > state.taken {
                    let more = max(1 << 20, state.size + count - state.taken)
                    try layerStore.take(more)
                    state.taken += more
                }
                state.size += count
            }
        }

        deinit { layerStore.state.state.withLock { [taken = state.withLock(\.taken)] in $0.spooled -= taken } }
    }

    func spool() -> Spool { Spool(self) }

    private func take(_ count: Int) throws {
        try state.state.withLock { state in
            guard available(&state) >= count else { throw Self.full }
            state.spooled += count
        }
    }

    private static let full = BlobError.storage("write /var/lib/docker: no space left on device")

    func beginUpload(_ id: UploadID) throws {
        try base.beginUpload(id)
        state.state.withLock { $0.uploads[id] = 0 }
    }

    func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int {
        try state.state.withLock { state in
            let before = state.uploads[id] ?? 0
            // Checked once per MiB, since each check reads every image.
            if before == 0 || before >> 20 != (before + bytes.count) >> 20, available(&state) < bytes.count + 1 << 20 {
                throw Self.full
            }
            state.uploads[id] = before + bytes.count
        }
        return try base.append(bytes, to: id, at: offset)
    }

    func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob {
        let blob = try base.finishUpload(id, as: digest)
        keep(blob, id)
        return blob
    }

    func store(_ bytes: Bytes) throws -> Digest {
        guard state.state.withLock({ available(&$0) >= bytes.count }) else { throw Self.full }
        let digest = try base.store(bytes)
        keep(StoredBlob(digest: digest, size: bytes.count), nil)
        return digest
    }

    private func keep(_ blob: StoredBlob, _ id: UploadID?) {
        state.state.withLock { state in
            if let id { state.uploads[id] = nil }
            state.recent[blob.digest] = (blob.size, .now)
        }
    }

    func cancelUpload(_ id: UploadID) throws -> Bool {
        state.state.withLock { $0.uploads[id] = nil }
        return try base.cancelUpload(id)
    }

    func remove(_ digest: Digest) throws -> Bool { try base.remove(digest) }
    func remove(_ digest: Digest, ifIdleFor time: Duration) throws -> Bool { try base.remove(digest, ifIdleFor: time) }
    func size(of digest: Digest) throws -> Int? { try base.size(of: digest) }
    func open(_ digest: Digest) throws -> HTTPBody? { try base.open(digest) }
    func touch(_ digest: Digest) throws -> Bool { try base.touch(digest) }
    func digests() throws -> [Digest] { try base.digests() }
    func isIntact(_ digest: Digest) throws -> Bool? { try base.isIntact(digest) }
    func uploadedSize(_ id: UploadID) throws -> Int? { try base.uploadedSize(id) }
    func uploadIDs() throws -> [UploadID] { try base.uploadIDs() }
}
