import Certificates
import Logging
import Synchronization

/// The signer of identity documents. It is read, or made, when the first guest asks for a signature.
final class GuestIdentity: Sendable {
    private let folder: AuthorityFolder
    private let state = Mutex(State())

    private struct State {
        var signer: InstanceIdentity?
        var hasFailed = false
    }

    init(_ folder: AuthorityFolder) { self.folder = folder }

    /// - Returns: nil if the folder has no signer and none can be made; the log says why.
    var signer: InstanceIdentity? {
        state.withLock { state in
            if state.signer == nil, !state.hasFailed {
                do { state.signer = try folder.identity() } catch {
                    state.hasFailed = true
                    Logger.drydock.error("identity documents of guests are not signed: \(error)")
                }
            }
            return state.signer
        }
    }
}
