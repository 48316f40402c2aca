import AWSCore
import Dispatch
import Synchronization

/// Hashes what comes, beside the thread that writes it: of the two, hashing takes longer, and writing needn't wait for it.
final class UploadDigester: Sendable {
    /// Smaller pieces are hashed sooner than handed over.
    private static let smallest = 64 << 10
    /// How many pieces may wait: memory stays flat.
    private static let most = 4

    private let queue = DispatchQueue(label: "drydock.digest")
    private let room = DispatchSemaphore(value: most)
    private let digester: Mutex<Digester>

    init(_ digester: Digester = Digester()) { self.digester = Mutex(digester) }

    func update(_ bytes: Bytes) {
        guard bytes.count >= Self.smallest else {
            return queue.sync { digester.withLock { $0.update(bytes) } }
        }
        // Whoever takes pieces out runs on a thread of its own, so that this waits for nothing that waits for it.
        room.wait()
        queue.async { [self] in
            digester.withLock { $0.update(bytes) }
            room.signal()
        }
    }

    /// The digest of everything that came before.
    func finish() -> Digest { queue.sync { digester.withLock { $0.finish() } } }
}
