public import AWSCore
import Synchronization

/// Blobs in memory, for tests and simulators without persistent state.
public final class MemoryBlobStore: BlobStore {
    private struct Upload {
        var bytes = Bytes()
        var digester = Digester()
    }

    private struct State {
        var blobs: [Digest: Bytes] = [:]
        /// When each blob was last stored or touched.
        var touched: [Digest: ContinuousClock.Instant] = [:]
        var uploads: [UploadID: Upload] = [:]
    }

    private let state: Mutex<State>

    public init() { state = Mutex(State()) }

    private init(_ blobs: [Digest: Bytes]) { state = Mutex(State(blobs: blobs)) }

    /// Returns an independent store with the same blobs, without the uploads. The bytes are shared.
    public func fork() -> MemoryBlobStore { MemoryBlobStore(state.withLock { $0.blobs }) }

    public func size(of digest: Digest) -> Int? { state.withLock { $0.blobs[digest]?.count } }

    public func open(_ digest: Digest) -> HTTPBody? { state.withLock { $0.blobs[digest] }.map { .bytes($0) } }

    @discardableResult
    public func store(_ bytes: Bytes) -> Digest {
        let digest = Digest(of: bytes)
        state.withLock { state in
            state.blobs[digest] = bytes
            state.touched[digest] = .now
        }
        return digest
    }

    @discardableResult
    public func remove(_ digest: Digest) -> Bool { remove(digest, ifIdleFor: nil) }

    @discardableResult
    public func remove(_ digest: Digest, ifIdleFor time: Duration) -> Bool { remove(digest, ifIdleFor: .some(time)) }

    private func remove(_ digest: Digest, ifIdleFor time: Duration?) -> Bool {
        state.withLock { state in
            if let time, let touched = state.touched[digest], touched + time > .now { return false }
            state.touched[digest] = nil
            return state.blobs.removeValue(forKey: digest) != nil
        }
    }

    @discardableResult
    public func touch(_ digest: Digest) -> Bool {
        state.withLock { state in
            guard state.blobs[digest] != nil else { return false }
            state.touched[digest] = .now
            return true
        }
    }

    public func digests() -> [Digest] { state.withLock { $0.blobs.keys.sorted() } }

    public func isIntact(_ digest: Digest) -> Bool? {
        state.withLock { $0.blobs[digest] }.map { bytes in
            var digester = Digester(digest.algorithm)
            digester.update(bytes)
            return digester.finish() == digest
        }
    }

    /// Corrupts a blob, so that tests can check how damage is detected.
    package func damage(_ digest: Digest) { state.withLock { $0.blobs[digest]?.append(0) } }

    public func beginUpload(_ id: UploadID) throws {
        try state.withLock { state in
            guard state.uploads[id] == nil else { throw BlobError.uploadExists(id) }
            state.uploads[id] = Upload()
        }
    }

    public func uploadedSize(_ id: UploadID) -> Int? { state.withLock { $0.uploads[id]?.bytes.count } }

    @discardableResult
    public func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int {
        try state.withLock { state in
            guard let found = state.uploads[id]?.bytes.count else { throw BlobError.unknownUpload(id) }
            if let offset, offset != found { throw BlobError.offset(expected: offset, found: found) }
            state.uploads[id]?.bytes += bytes
            state.uploads[id]?.digester.update(bytes)
            return found + bytes.count
        }
    }

    public func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob {
        try state.withLock { state in
            guard let upload = state.uploads[id] else { throw BlobError.unknownUpload(id) }
            var found = upload.digester.finish()
            if let digest {
                if digest.algorithm != found.algorithm {
                    var digester = Digester(digest.algorithm)
                    digester.update(upload.bytes)
                    found = digester.finish()
                }
                guard digest == found else { throw BlobError.digest(expected: digest, found: found) }
            }
            state.uploads[id] = nil
            state.blobs[found] = upload.bytes
            state.touched[found] = .now
            return StoredBlob(digest: found, size: upload.bytes.count)
        }
    }

    public func uploadIDs() -> [UploadID] { state.withLock { Array($0.uploads.keys) } }

    @discardableResult
    public func cancelUpload(_ id: UploadID) -> Bool { state.withLock { $0.uploads.removeValue(forKey: id) != nil } }
}
