import Drydock
import Foundation

#if os(Linux)
    import Guests
#endif

/// A command's folder for data that it keeps only while it runs, such as a server's layers. Only its owner may read it.
///
/// It is locked while the command runs, so that the next one can identify and remove the folders of killed commands.
struct TemporaryFolder {
    let path: String
    private let lock: Int32

    /// - Parameter command: a part of the folder's name.
    /// - Throws: ``StateError`` if it cannot be created.
    init(_ command: String) throws {
        let base = FileManager.default.temporaryDirectory.path, prefix = "drydock-\(command)-"
        Self.removeAbandoned(prefix, in: base)
        // Another user could have created a folder with a predictable name.
        let path = "\(base)/\(prefix)\(getpid())-\(UInt32.random(in: 0 ... .max))"
        guard mkdir(path, 0o700) == 0 else {
            throw StateError("cannot create '\(path)': \(String(cString: strerror(errno))). Set TMPDIR to another folder.")
        }
        self.path = path
        lock = open(path + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if lock >= 0 { flock(lock, LOCK_EX | LOCK_NB) }
    }

    func remove() {
        Self.removeAll(path)
        if lock >= 0 { close(lock) }
    }

    /// Removes this user's folders whose commands have ended.
    private static func removeAbandoned(_ prefix: String, in base: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? [] where name.hasPrefix(prefix) {
            let path = "\(base)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else { continue }
            let lock = open(path + "/lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW)
            // A folder without a lock is being created, or was never finished.
            guard lock >= 0 else { continue }
            defer { close(lock) }
            guard flock(lock, LOCK_EX | LOCK_NB) == 0 else { continue }
            removeAll(path)
        }
    }

    private static func removeAll(_ path: String) {
        #if os(Linux)
            GuestHost.remove(path)
        #else
            try? FileManager.default.removeItem(atPath: path)
        #endif
    }
}
