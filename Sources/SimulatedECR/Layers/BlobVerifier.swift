import AWSCore
import Foundation
import OCI
import Synchronization

/// Sees to it that no blob is handed out whose bytes are not the ones that came in.
///
/// Hashing a layer at every pull would cost as much as sending it. So a blob is hashed while it arrives, or at its first pull
/// in this process, and again when its file has changed since.
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

    /// Notes that a blob is what it should be: it was hashed on its way in.
    func note(_ digest: Digest, in blobs: any BlobStore) {
        guard let body = try? blobs.open(digest) else { return }
        let stamp = Stamp(body)
        state.withLock { state in
            state.verified[digest] = stamp
            state.damaged[digest] = nil
        }
    }

    /// Whether ``open(_:in:)`` will have to hash the blob first, which takes a second for each gigabyte.
    func mustHash(_ digest: Digest, in blobs: any BlobStore) -> Bool {
        guard let body = try? blobs.open(digest) else { return false }
        let stamp = Stamp(body)
        return state.withLock { $0.verified[digest] != stamp && $0.damaged[digest] != stamp }
    }

    /// - Returns: nil if the blob isn't there.
    /// - Throws: ``BlobError/damaged(_:)``
    func open(_ digest: Digest, in blobs: any BlobStore) throws -> HTTPBody? {
        guard let body = try blobs.open(digest) else { return nil }
        let stamp = Stamp(body)
        let (isVerified, isDamaged) = state.withLock { ($0.verified[digest] == stamp, $0.damaged[digest] == stamp) }
        if isVerified { return body }
        if try isDamaged || blobs.isIntact(digest) != true {
            state.withLock { $0.damaged[digest] = stamp }
            if !isDamaged {
                StandardError.tell("drydock: the stored bytes of layer \(digest) are damaged")
            }
            throw BlobError.damaged(digest)
        }
        state.withLock { $0.verified[digest] = stamp }
        return body
    }

    /// Whether a blob was found damaged, and nobody has brought it since. It is as good as absent, so that clients do.
    func isKnownDamaged(_ digest: Digest, in blobs: any BlobStore) throws -> Bool {
        guard state.withLock({ $0.damaged[digest] != nil }), let body = try blobs.open(digest) else { return false }
        let stamp = Stamp(body)
        return state.withLock { state in
            if state.damaged[digest] != stamp { state.damaged[digest] = nil }
            return state.damaged[digest] != nil
        }
    }

    /// Whether a blob is there with the size that it should have, and isn't known to be damaged.
    func has(_ digest: Digest, size: Int, in blobs: any BlobStore) throws -> Bool {
        try blobs.size(of: digest) == size && !isKnownDamaged(digest, in: blobs)
    }
}
