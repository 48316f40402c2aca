#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension LayerEntry {
    /// Returns everything in a folder, sorted by path, with its permissions but without owners and times.
    ///
    /// - Throws: ``ArchiveError`` if the folder cannot be read or contains a device or pipe.
    public static func contents(of folder: String) throws -> [LayerEntry] {
        guard Files.isDirectory(folder) else { throw ArchiveError("\(folder): not a folder") }
        var entries: [LayerEntry] = []
        try collect(folder, below: "", into: &entries)
        return entries
    }

    private static func collect(_ folder: String, below prefix: String, into entries: inout [LayerEntry]) throws {
        for name in Files.names(folder) {
            let source = "\(folder)/\(name)"
            let path = prefix + name
            var status = stat()
            guard lstat(source, &status) == 0 else { throw Files.failure(source) }
            let mode = UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
            switch status.st_mode & S_IFMT {
            case S_IFREG:
                entries.append(LayerEntry(path, .file(.path(source, size: Int(status.st_size))), mode: mode))
            case S_IFLNK: entries.append(.link(path, to: try target(of: source)))
            case S_IFDIR:
                entries.append(.directory(path, mode: mode))
                try collect(source, below: path + "/", into: &entries)
            default: throw ArchiveError("\(source): devices, pipes and sockets cannot be part of an image")
            }
        }
    }

    private static func target(of link: String) throws -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = readlink(link, &buffer, buffer.count)
        guard count >= 0 else { throw Files.failure(link) }
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
