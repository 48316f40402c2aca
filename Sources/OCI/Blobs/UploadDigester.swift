import AWSCore
import Dispatch
import Synchronization

/// Hashes content on another thread than the writer's. Hashing takes longer than writing, and writing need not wait for it.
final class UploadDigester: Sendable {
    /// Smaller pieces are hashed directly, because handing them over takes longer.
    private static let smallest = 64 << 10
    /// The most pieces that may wait, which limits memory use.
    private static let most = 4

    private let queue = DispatchQueue(label: "drydock.digest")
    private let room = DispatchSemaphore(value: most)
    private let digester: Mutex<Digester>

    init(_ digester: Digester = Digester()) { self.digester = Mutex(digester) }

    func update(_ bytes: Bytes) {
        guard bytes.count >= Self.smallest else {
            return queue.sync { digester.withLock { $0.update(bytes) } }
        }
        // The queue has its own thread, so this cannot deadlock.
        room.wait()
        queue.async { [self] in
            digester.withLock { $0.update(bytes) }
            room.signal()
        }
    }

    /// Returns the digest of all bytes so far.
    func finish() -> Digest { queue.sync { digester.withLock { $0.finish() } } }
}
