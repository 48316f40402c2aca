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

    /// Notes that a blob is what it should be: it was hashed on its way in.
    func note(_ digest: Digest, in blobs: any BlobStore) {
        guard let body = try? blobs.open(digest) else { return }
        verified.withLock { $0[digest] = Self.stamp(body) }
    }

    /// - Returns: nil if the blob isn't there.
    /// - Throws: ``BlobError/damaged(_:)``
    func open(_ digest: Digest, in blobs: any BlobStore) throws -> HTTPBody? {
        guard let body = try blobs.open(digest) else { return nil }
        let stamp = Self.stamp(body)
        if verified.withLock({ $0[digest] }) == stamp { return body }
        guard try blobs.isIntact(digest) == true else { throw BlobError.damaged(digest) }
        verified.withLock { $0[digest] = stamp }
        return body
    }

    private static func stamp(_ body: HTTPBody) -> Stamp {
        guard case .file(let path, _, let length) = body else { return Stamp(size: body.length ?? 0) }
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return Stamp(size: length, modified: attributes?[.modificationDate] as? Date)
    }
}
