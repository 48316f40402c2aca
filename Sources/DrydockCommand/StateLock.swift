import Drydock
import Foundation

/// One process a state folder: two would give the same ids, and neither would see what the other writes. The lock goes with
/// its process, also through `kill -9`.
struct StateLock {
    private let descriptor: Int32

    /// - Throws: ``StateError`` if another process serves the folder.
    init(folder: String) throws {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        descriptor = open(folder + "/drydock.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        // A folder that cannot be written is told by who opens the state.
        guard descriptor >= 0 else { return }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw StateError(
                "another 'drydock serve' has the state in '\(folder)'. Ask that one by its --endpoint, stop it, or choose another --state."
            )
        }
    }

    func release() {
        if descriptor >= 0 { close(descriptor) }
    }
}
