import Foundation

/// What a path refers to, found without opening it: opening a FIFO would wait for a writer.
package enum FileKind: Sendable {
    case absent
    case regular
    case folder
    case other

    /// - Parameter followsLinks: false reports a symbolic link as `other`.
    package init(at path: String, followsLinks: Bool) {
        var status = stat()
        guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else {
            // Opening a path that cannot be inspected fails too, with the reason.
            self = errno == ENOENT ? .absent : .other
            return
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: self = .regular
        case S_IFDIR: self = .folder
        default: self = .other
        }
    }

    /// Creates a file that only its owner may read, because it will hold access keys and their secrets. SQLite gives its
    /// companion files the same permissions. An existing file stays unchanged; SQLite reports why it cannot open it.
    static func reserve(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether a database at the path can be opened without waiting.
    static func isFile(_ path: String) -> Bool { FileKind(at: path, followsLinks: true) == .regular }
}
