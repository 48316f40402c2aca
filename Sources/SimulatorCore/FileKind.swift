import Foundation

/// What stands at a path, without opening it: opening a FIFO waits for whoever writes to it.
package enum FileKind: Sendable {
    case absent
    case regular
    case folder
    case other

    /// - Parameter followsLinks: false takes a symbolic link for what it is: something else than a file.
    package init(at path: String, followsLinks: Bool) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            // What cannot be looked at cannot be opened either, and says why then.
            self = errno == ENOENT ? .absent : .other
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }

    /// Makes a file that nobody but its owner may read, as the keys that were made here are in it with their secrets. SQLite
    /// gives the files that it puts beside it the same rights. Leaves what is there already; SQLite says why it cannot open it.
    static func reserve(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether a database can be opened there without waiting.
    static func isFile(_ path: String) -> Bool { FileKind(at: path, followsLinks: true) == .regular }
}
