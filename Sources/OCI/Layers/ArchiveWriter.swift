import AWSCore
import CLibArchive

/// Writes a tar archive with libarchive.
final class ArchiveWriter {
    private let archive: OpaquePointer
    private let sink: ArchiveSink

    /// - Parameter isPacked: whether to compress with gzip.
    /// - Parameter output: receives the bytes. Its errors are thrown by the call that caused the output.
    init(isPacked: Bool = false, _ output: @escaping (Bytes) throws -> Void) throws {
        archive = archive_write_new()
        sink = ArchiveSink(output)
        // Plain ustar headers; pax headers only if a name or size needs them.
        archive_write_set_format_pax_restricted(archive)
        if isPacked {
            archive_write_add_filter_gzip(archive)
            // No timestamp, so that equal content gives equal bytes.
            archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        } else {
            archive_write_add_filter_none(archive)
        }
        try sink.open(archive)
    }

    deinit { archive_write_free(archive) }

    /// Adds an entry. Its content must not be in another archive.
    func add(_ entry: LayerEntry) throws {
        let header = archive_entry_new()
        defer { archive_entry_free(header) }
        let isDirectory = entry.kind == .directory
        archive_entry_set_pathname(header, isDirectory ? entry.path + "/" : entry.path)
        archive_entry_set_perm(header, mode_t(entry.mode))
        archive_entry_set_uid(header, la_int64_t(entry.userID))
        archive_entry_set_gid(header, la_int64_t(entry.groupID))
        archive_entry_set_mtime(header, .init(entry.modified.seconds), 0)
        archive_entry_set_size(header, la_int64_t(entry.size))
        switch entry.kind {
        case .file: archive_entry_set_filetype(header, FileType.regular)
        case .directory: archive_entry_set_filetype(header, FileType.directory)
        case .symbolicLink(let target):
            archive_entry_set_filetype(header, FileType.symbolicLink)
            archive_entry_set_symlink(header, target)
        case .hardLink(let target):
            archive_entry_set_filetype(header, FileType.regular)
            archive_entry_set_hardlink(header, target)
        case .other: throw ArchiveError("\(entry.path): devices and pipes are not written")
        }
        try check(archive_write_header(archive, header), entry.path)
        guard case .file(let content) = entry.kind else { return }
        switch content {
        case .bytes(let bytes): try write(bytes, entry.path)
        case .path(let path, let size):
            var count = 0
            try Files.eachPiece(of: path) { piece in
                count += piece.count
                guard count <= size else { throw ArchiveError("\(path): grew while it was read") }
                try write(piece, entry.path)
            }
            guard count == size else { throw ArchiveError("\(path): shrank while it was read") }
        case .archived: throw ArchiveError("\(entry.path): its content lies in another archive")
        }
    }

    private func write(_ bytes: Bytes, _ path: String) throws {
        guard !bytes.isEmpty else { return }
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        try check(written == bytes.count ? ARCHIVE_OK : ARCHIVE_FATAL, path)
    }

    /// Writes the end of the archive.
    func close() throws { try check(archive_write_close(archive), "end") }

    private func check(_ result: Int32, _ place: String) throws {
        if let error = sink.error { throw error }
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else {
            throw ArchiveError("\(place): \(archive_error_string(archive).map { String(cString: $0) } ?? "cannot be written")")
        }
    }
}

/// libarchive's numbers for file types, because its macros are not imported.
enum FileType {
    static let regular: UInt32 = 0o100000
    static let symbolicLink: UInt32 = 0o120000
    static let directory: UInt32 = 0o040000
}

/// Receives libarchive's output and keeps the first error.
final class ArchiveSink {
    private let output: (Bytes) throws -> Void
    private(set) var error: (any Error)?

    init(_ output: @escaping (Bytes) throws -> Void) { self.output = output }

    /// The archive must be freed before the sink.
    func open(_ archive: OpaquePointer) throws {
        archive_write_set_bytes_per_block(archive, 64 << 10)
        // No padding after the end.
        archive_write_set_bytes_in_last_block(archive, 1)
        let result = archive_write_open(
            archive, Unmanaged.passUnretained(self).toOpaque(), nil,
            { _, context, buffer, count in
                guard let context, let buffer else { return 0 }
                return Unmanaged<ArchiveSink>.fromOpaque(context).takeUnretainedValue()
                    .take(UnsafeRawBufferPointer(start: buffer, count: count))
            }, nil)
        guard result == ARCHIVE_OK else { throw ArchiveError("cannot write an archive") }
    }

    private func take(_ buffer: UnsafeRawBufferPointer) -> Int {
        do {
            try output(Bytes(buffer))
            return buffer.count
        } catch {
            self.error = error
            return -1
        }
    }
}
