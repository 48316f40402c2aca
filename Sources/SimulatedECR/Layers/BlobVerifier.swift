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
        var size: Int
        var modified: Date?
    }

    private let verified = Mutex<[Digest: Stamp]>([:])
    private let damaged = Mutex<[Digest: Stamp]>([:])

    /// Notes that a blob is what it should be: it was hashed on its way in.
    func note(_ digest: Digest, in blobs: any BlobStore) {
        guard let body = try? blobs.open(digest) else { return }
        verified.withLock { $0[digest] = Self.stamp(body) }
        damaged.withLock { $0[digest] = nil }
    }

    /// - Returns: nil if the blob isn't there.
    /// - Throws: ``BlobError/damaged(_:)``
    func open(_ digest: Digest, in blobs: any BlobStore) throws -> HTTPBody? {
        guard let body = try blobs.open(digest) else { return nil }
        let stamp = Self.stamp(body)
        if verified.withLock({ $0[digest] }) == stamp { return body }
        guard try blobs.isIntact(digest) == true else {
            damaged.withLock { $0[digest] = stamp }
            throw BlobError.damaged(digest)
        }
        verified.withLock { $0[digest] = stamp }
        return body
    }

    /// Whether a blob is there with the size that it should have, as far as is known without hashing it. One that was found
    /// damaged is as good as absent, so that clients bring it once more.
    func has(_ digest: Digest, size: Int, in blobs: any BlobStore) throws -> Bool {
        guard try blobs.size(of: digest) == size else { return false }
        guard let stamp = damaged.withLock({ $0[digest] }), let body = try blobs.open(digest) else { return true }
        if stamp != Self.stamp(body) { damaged.withLock { $0[digest] = nil } }
        return stamp != Self.stamp(body)
    }

    private static func stamp(_ body: HTTPBody) -> Stamp {
        guard case .file(let path, _, let length) = body else { return Stamp(size: body.length ?? 0) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return Stamp(size: length, modified: attributes?[.modificationDate] as? Date)
    }
}
