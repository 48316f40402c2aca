import Drydock
import Foundation

/// Allows one process per state folder: two would create the same ids, and neither would see the other's changes. The lock ends
/// with its process, even after `kill -9`.
struct StateLock {
    /// The locks of the database file, and of a separate file, which is the only one that earlier versions lock.
    private let descriptors: [Int32]

    /// - Throws: ``StateError`` if another process serves the folder.
    init(folder: String) throws {
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var descriptors: [Int32] = []
        for name in ["drydock.lock", "drydock.sqlite"] {
            let path = "\(folder)/\(name)"
            // Opening a FIFO would wait for a writer. Opening the state reports a path that isn't a file.
            var status = stat()
            if stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { continue }
            let descriptor = open(path, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0o600)
            // Opening the state reports a folder that can't be written.
            guard descriptor >= 0 else { continue }
            descriptors.append(descriptor)
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                for descriptor in descriptors { close(descriptor) }
                throw StateError(
                    "another 'drydock serve' uses the state in '\(folder)'. Use that server with --endpoint, stop it, or choose another --state."
                )
            }
        }
        self.descriptors = descriptors
    }

    func release() {
        for descriptor in descriptors { close(descriptor) }
    }
}
