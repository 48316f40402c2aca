public import AWSCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// File system calls for the blob store and image layouts, with errors that name the path.
enum Files {
    static func failure(_ path: String) -> any Error {
        if errno == ENOSPC || errno == EDQUOT { return StorageFailure.full(path) }
        return BlobError.storage("\(path): \(String(cString: strerror(errno)))")
    }

    static func makeDirectory(_ path: String) throws {
        if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else { throw failure(path) }
        try makeDirectory(String(path[..<slash]))
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw failure(path) }
    }

    /// Creates a directory that only its owner can read: layers are as secret as their content.
    static func makePrivateDirectory(_ path: String) throws {
        try makeDirectory(path)
        var status = stat()
        // An existing directory with files may be shared on purpose.
        if stat(path, &status) == 0, status.st_uid == geteuid(), names(path).isEmpty { chmod(path, 0o700) }
    }

    /// Returns the size of a regular file in bytes; nil if there is none.
    static func size(_ path: String) -> Int? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    /// Returns the time since a file was last written or touched; nil if there is none.
    static func idleTime(_ path: String) -> Duration? {
        var status = stat(), now = timespec()
        guard stat(path, &status) == 0, clock_gettime(CLOCK_REALTIME, &now) == 0 else { return nil }
        #if canImport(Darwin)
            let modified = status.st_mtimespec
        #else
            let modified = status.st_mtim
        #endif
        return .seconds(now.tv_sec - modified.tv_sec) + .nanoseconds(now.tv_nsec - modified.tv_nsec)
    }

    /// Sets a file's modification time to now. Returns false if there is none.
    static func touch(_ path: String) -> Bool { utimes(path, nil) == 0 }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Returns the names in a directory without `.` and `..`, sorted by bytes; empty if there is no such directory.
    static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
                String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    static func rename(_ from: String, to: String) throws {
        #if canImport(Glibc)
            let result = Glibc.rename(from, to)
        #elseif canImport(Musl)
            let result = Musl.rename(from, to)
        #else
            let result = Darwin.rename(from, to)
        #endif
        guard result == 0 else { throw failure(to) }
    }

    @discardableResult
    static func remove(_ path: String) -> Bool { unlink(path) == 0 }

    /// Removes a directory if it is empty.
    static func removeDirectory(_ path: String) { rmdir(path) }

    /// Creates a hard link to a file, or copies the file if the file system does not allow links.
    static func hardLink(_ from: String, to: String) throws {
        if link(from, to) == 0 || errno == EEXIST { return }
        guard errno == EXDEV || errno == EPERM || errno == EMLINK else { throw failure(to) }
        let part = to + ".part"
        do {
            let target = try OpenFile(creating: part)
            try eachPiece(of: from) { try target.write($0) }
            try rename(part, to: to)
        } catch {
            remove(part)
            throw error
        }
    }

    static func eachPiece(of path: String, _ consume: (Bytes) throws -> Void) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        while true {
            var failed = false
            let piece = Bytes(unsafeUninitializedCapacity: 256 << 10) { buffer, count in
                let got = read(descriptor, buffer.baseAddress, buffer.count)
                failed = got < 0
                count = max(0, got)
            }
            if failed { throw failure(path) }
            if piece.isEmpty { return }
            try consume(piece)
        }
    }

    static func readAll(_ path: String) throws -> Bytes {
        var all = Bytes()
        try eachPiece(of: path) { all += $0 }
        return all
    }

    /// Writes a file atomically.
    static func writeAll(_ bytes: Bytes, to path: String) throws {
        let part = path + ".part"
        do {
            try OpenFile(creating: part).write(bytes)
            try rename(part, to: path)
        } catch {
            remove(part)
            throw error
        }
    }
}

extension HTTPBody {
    /// Returns a whole file as a body; nil if there is no file.
    public static func file(at path: String) -> HTTPBody? {
        Files.size(path).map { .file(path: path, offset: 0, length: $0) }
    }
}

/// Identifies a file's state: a changed or replaced file has another stamp. It includes the time of the last status change,
/// which unlike the modification time cannot be set by users.
package struct FileStamp: Sendable, Equatable {
    private let device, inode, size: Int
    private let times: [Int]

    /// Returns nil if the file does not exist.
    package init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let (changed, written) = (status.st_ctimespec, status.st_mtimespec)
        #else
            let (changed, written) = (status.st_ctim, status.st_mtim)
        #endif
        device = Int(truncatingIfNeeded: status.st_dev)
        inode = Int(truncatingIfNeeded: status.st_ino)
        size = Int(status.st_size)
        times = [Int(changed.tv_sec), Int(changed.tv_nsec), Int(written.tv_sec), Int(written.tv_nsec)]
    }
}

/// A file opened for appending, also after ``truncate(to:)``.
final class OpenFile: Sendable {
    private let path: String
    private let descriptor: Int32

    /// Creates the file, or empties an existing one.
    init(creating path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Files.failure(path) }
    }

    init(appendingTo path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw Files.failure(path) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: Bytes) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = writePiece(UnsafeRawBufferPointer(rebasing: rest))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw Files.failure(path)
                }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// Removes what a failed write may have left.
    func truncate(to size: Int) { _ = ftruncate(descriptor, off_t(size)) }

    private func writePiece(_ buffer: UnsafeRawBufferPointer) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}
