import Drydock
import Foundation

/// One process a state folder: two would give the same ids, and neither would see what the other writes. The lock goes with
/// its process, also through `kill -9`.
struct StateLock {
    /// Of the database's file, and of a file beside it, which earlier versions lock alone.
    private let descriptors: [Int32]

    /// - Throws: ``StateError`` if another process serves the folder.
    init(folder: String) throws {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var descriptors: [Int32] = []
        for name in ["drydock.lock", "drydock.sqlite"] {
            let path = "\(folder)/\(name)"
            // A FIFO would wait for whoever writes to it; what isn't a file is told by who opens the state.
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { continue }
            let descriptor = open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o600)
            // A folder that cannot be written is told by who opens the state.
            guard descriptor >= 0 else { continue }
            descriptors.append(descriptor)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                for descriptor in descriptors { close(descriptor) }
                throw StateError(
                    "another 'drydock serve' has the state in '\(folder)'. Ask that one by its --endpoint, stop it, or choose another --state."
                )
            }
        }
        self.descriptors = descriptors
    }

    func release() {
        for descriptor in descriptors { close(descriptor) }
    }
}
