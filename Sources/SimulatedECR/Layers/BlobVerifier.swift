import AWSCore
import Foundation
import Logging
import OCI
import Synchronization

/// Keeps the registry from serving blobs whose bytes have changed.
///
/// Hashing a layer at every pull would cost as much as sending it. A blob is therefore hashed when it arrives, or at its
/// first pull in this process, and again if its file has changed.
final class BlobVerifier: Sendable {
    private struct Stamp: Equatable {
        var length: Int?
        var file: FileStamp?

        init(_ body: HTTPBody) {
            length = body.length
            if case .file(let path, _, _) = body { file = FileStamp(path) }
        }
    }

    private struct State {
        var verified: [Digest: Stamp] = [:]
        var damaged: [Digest: Stamp] = [:]
    }
    private let state = Mutex(State())

    /// Records that a blob is intact, because it was hashed when it arrived.
    func note(_ digest: Digest, in blobs: any BlobStore) {
        guard let body = try? blobs.open(digest) else { return }
        let stamp = Stamp(body)
        state.withLock { state in
            state.verified[digest] = stamp
            state.damaged[digest] = nil
        }
    }

    /// Whether ``open(_:in:)`` must hash the blob first, which takes about a second per gigabyte.
    func mustHash(_ digest: Digest, in blobs: any BlobStore) -> Bool {
        guard let body = try? blobs.open(digest) else { return false }
        let stamp = Stamp(body)
        return state.withLock { $0.verified[digest] != stamp && $0.damaged[digest] != stamp }
    }

    /// - Returns: the blob's body, or nil if the blob is missing.
    /// - Throws: ``BlobError/damaged(_:)``
    func open(_ digest: Digest, in blobs: any BlobStore) throws -> HTTPBody? {
        guard let body = try blobs.open(digest) else { return nil }
        let stamp = Stamp(body)
        let (isVerified, isDamaged) = state.withLock { ($0.verified[digest] == stamp, $0.damaged[digest] == stamp) }
        if isVerified { return body }
        if try isDamaged || blobs.isIntact(digest) != true {
            state.withLock { $0.damaged[digest] = stamp }
            if !isDamaged {
                Logger.drydock.error("the stored bytes of layer \(digest) are damaged")
            }
            throw BlobError.damaged(digest)
        }
        state.withLock { $0.verified[digest] = stamp }
        return body
    }

    /// Whether a blob was found damaged and not replaced since. Callers report it as missing, so that clients push it again.
    func isKnownDamaged(_ digest: Digest, in blobs: any BlobStore) throws -> Bool {
        guard state.withLock({ $0.damaged[digest] != nil }), let body = try blobs.open(digest) else { return false }
        let stamp = Stamp(body)
        return state.withLock { state in
            if state.damaged[digest] != stamp { state.damaged[digest] = nil }
            return state.damaged[digest] != nil
        }
    }

    /// Whether a blob is stored with this size and not known to be damaged.
    func has(_ digest: Digest, size: Int, in blobs: any BlobStore) throws -> Bool {
        try blobs.size(of: digest) == size && !isKnownDamaged(digest, in: blobs)
    }
}
