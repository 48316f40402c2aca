public import AWSCore
import CLibArchive

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads a layer or an image archive: tar, uncompressed or compressed with gzip, zstd, xz or bzip2.
public final class ArchiveReader {
    private let archive: OpaquePointer
    /// The bytes that libarchive reads, at a fixed address.
    private let memory: UnsafeMutableRawBufferPointer
    private var descriptor: Int32 = -1

    /// - Parameter body: bytes or a file; a stream must be stored first.
    /// - Throws: ``ArchiveError`` if the body cannot be opened or is not an archive.
    public convenience init(_ body: HTTPBody) throws { try self.init(body, isRaw: false) }

    private init(_ body: HTTPBody, isRaw: Bool) throws {
        archive = archive_read_new()
        if isRaw { archive_read_support_format_raw(archive) } else { archive_read_support_format_tar(archive) }
        archive_read_support_format_empty(archive)
        for support in [
            archive_read_support_filter_gzip, archive_read_support_filter_zstd, archive_read_support_filter_xz,
            archive_read_support_filter_bzip2,
        ] { _ = support(archive) }
        let result: Int32
        switch body {
        case .bytes(let bytes):
            memory = .allocate(byteCount: max(1, bytes.count), alignment: 1)
            memory.copyBytes(from: bytes)
            result = archive_read_open_memory(archive, memory.baseAddress, bytes.count)
        case .file(let path, let offset, _):
            memory = .init(start: nil, count: 0)
            descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0, lseek(descriptor, off_t(offset), SEEK_SET) >= 0 else {
                archive_read_free(archive)
                throw Files.failure(path)
            }
            result = archive_read_open_fd(archive, descriptor, 64 << 10)
        case .stream:
            memory = .init(start: nil, count: 0)
            archive_read_free(archive)
            throw ArchiveError("a stream cannot be read as an archive")
        }
        try check(result)
    }

    deinit {
        archive_read_free(archive)
        memory.deallocate()
        if descriptor >= 0 { close(descriptor) }
    }

    /// Returns the next entry, or nil at the end.
    /// - Throws: ``ArchiveError`` if the archive is not a tar archive or is damaged.
    public func next() throws -> LayerEntry? {
        var header: OpaquePointer?
        let result = archive_read_next_header(archive, &header)
        if result == ARCHIVE_EOF { return nil }
        try check(result)
        guard let header else { return nil }
        guard let name = Self.text(archive_entry_pathname_utf8(header) ?? archive_entry_pathname(header)) else {
            throw ArchiveError("an entry has no name")
        }
        return LayerEntry(
            Self.normalised(name), Self.kind(header), mode: UInt16(truncatingIfNeeded: archive_entry_perm(header)),
            userID: Int(archive_entry_uid(header)), groupID: Int(archive_entry_gid(header)),
            modified: Instant(seconds: Int64(archive_entry_mtime(header))))
    }

    private static func kind(_ header: OpaquePointer) -> LayerEntry.Kind {
        if let target = text(archive_entry_hardlink(header)) { return .hardLink(to: normalised(target)) }
        switch UInt32(archive_entry_filetype(header)) {
        case FileType.regular: return .file(.archived(size: Int(archive_entry_size(header))))
        case FileType.directory: return .directory
        case FileType.symbolicLink: return .symbolicLink(to: text(archive_entry_symlink(header)) ?? "")
        default: return .other
        }
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String? { pointer.map { String(cString: $0) } }

    private static func normalised(_ path: String) -> String {
        path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }

    /// Reads the content of the last entry from ``next()``, in pieces.
    public func content(_ consume: (Bytes) throws -> Void) throws {
        while true {
            var count = 0
            let piece = Bytes(unsafeUninitializedCapacity: 64 << 10) { buffer, initialized in
                count = archive_read_data(archive, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            if count < 0 { try check(Int32(truncatingIfNeeded: count)) }
            if piece.isEmpty { return }
            try consume(piece)
        }
    }

    /// Returns the content of the last entry from ``next()``.
    /// - Throws: `BodyTooLarge` if the content has more than `limit` bytes.
    public func content(upTo limit: Int) throws -> Bytes {
        var all = Bytes()
        try content { piece in
            guard all.count + piece.count <= limit else { throw BodyTooLarge(limit: limit) }
            all += piece
        }
        return all
    }

    /// Returns all entries without their content.
    public static func entries(of body: HTTPBody) throws -> [LayerEntry] {
        let reader = try ArchiveReader(body)
        var entries: [LayerEntry] = []
        while let entry = try reader.next() { entries.append(entry) }
        return entries
    }

    private func check(_ result: Int32) throws {
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else {
            throw ArchiveError(archive_error_string(archive).map { String(cString: $0) } ?? "the archive cannot be read")
        }
    }
}

extension ArchiveReader {
    /// Decompresses content compressed with gzip, zstd, xz or bzip2. Passes on uncompressed content unchanged.
    public static func unpack(_ body: HTTPBody, _ consume: (Bytes) throws -> Void) throws {
        let reader = try ArchiveReader(body, isRaw: true)
        guard try reader.next() != nil else { return }
        try reader.content(consume)
    }
}
