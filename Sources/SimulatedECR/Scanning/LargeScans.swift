import OCI
import Synchronization

/// Reads large images for scans in the background, so that requests do not wait. The scan stays in progress until then.
final class LargeScans: Sendable {
    /// The largest image, in bytes, that is read within a request: about a tenth of a second of work.
    static let inlineSize = 16 << 20
    private static let mostKept = 100

    private enum State {
        case reading
        case done(Result<InstalledPackages?, any Error>)
    }
    private let state = Mutex<[Digest: State]>([:])

    /// Returns an image's packages, or nil while they are being read.
    func packages(of manifest: Manifest, _ blobs: any BlobStore) -> Result<InstalledPackages?, any Error>? {
        if manifest.imageSize <= Self.inlineSize { return Result { try InstalledPackages(manifest, blobs) } }
        let begins = state.withLock { state -> Bool in
            guard state[manifest.digest] == nil else { return false }
            if state.count >= Self.mostKept {
                state = state.filter { if case .reading = $0.value { true } else { false } }
            }
            state[manifest.digest] = .reading
            return true
        }
        if begins {
            // If the request fails, its transaction rolls back, but the packages read stay.
            Task.detached(priority: .utility) { [self] in
                let result = Result { try InstalledPackages(manifest, blobs) }
                state.withLock { $0[manifest.digest] = .done(result) }
            }
            return nil
        }
        return state.withLock { if case .done(let result)? = $0[manifest.digest] { result } else { nil } }
    }
}
