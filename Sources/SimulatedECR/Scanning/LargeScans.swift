import OCI
import Synchronization

/// Reads large images for scans beside the requests, which must not wait for them: until that is done their scan goes on.
final class LargeScans: Sendable {
    /// What is read within a request: about a tenth of a second's worth.
    static let inlineSize = 16 << 20
    private static let mostKept = 100

    private enum State {
        case reading
        case done(Result<InstalledPackages?, any Error>)
    }
    private let state = Mutex<[Digest: State]>([:])

    /// An image's packages, nil while they are being read.
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
            // A request that fails takes its transaction back, not what was read of the bytes.
            Task.detached(priority: .utility) { [self] in
                let result = Result { try InstalledPackages(manifest, blobs) }
                state.withLock { $0[manifest.digest] = .done(result) }
            }
            return nil
        }
        return state.withLock { if case .done(let result)? = $0[manifest.digest] { result } else { nil } }
    }
}
