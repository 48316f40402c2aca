public import AWSCore
import CLibArchive

/// How a layer's tar archive is compressed.
public enum LayerCompression: Sendable, Hashable {
    /// gzip without compression: the same digest on every machine, independent of the compressor.
    case stored
    /// gzip with zlib at a level of 1 to 9: the same digest with the same version of zlib.
    case gzip(level: Int)
    /// An uncompressed tar archive.
    case none

    /// Returns the layer's media type in an image with a manifest of type `manifestType`.
    public func mediaType(in manifestType: MediaType) -> MediaType {
        switch self {
        case .none: .ociLayer
        case .stored, .gzip: manifestType.isOCI ? .ociLayerGzip : .dockerLayer
        }
    }
}

/// Compresses a stream of bytes.
protocol Compressor {
    mutating func write(_ bytes: Bytes) throws
    mutating func finish() throws
}

extension LayerCompression {
    func compressor(_ output: @escaping (Bytes) throws -> Void) throws -> any Compressor {
        switch self {
        case .none: return PlainCompressor(output: output)
        case .stored: return try StoredCompressor(output: output)
        case .gzip(let level): return try GzipCompressor(level: level, output)
        }
    }
}

private struct PlainCompressor: Compressor {
    let output: (Bytes) throws -> Void
    func write(_ bytes: Bytes) throws { try output(bytes) }
    func finish() {}
}

/// gzip (RFC 1952) with only stored blocks (RFC 1951 §3.2.4) of 65,535 bytes, except the last.
private struct StoredCompressor: Compressor {
    private let output: (Bytes) throws -> Void
    private var pending = Bytes()
    private var checksum = CRC32()
    private var count: UInt32 = 0
    private static let blockSize = 65_535

    init(output: @escaping (Bytes) throws -> Void) throws {
        self.output = output
        // Magic number, deflate, no flags, no time, no extra flags, unknown system.
        try output([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])
    }

    mutating func write(_ bytes: Bytes) throws {
        checksum.update(bytes)
        count &+= UInt32(truncatingIfNeeded: bytes.count)
        pending += bytes
        var start = 0
        while pending.count - start > Self.blockSize {
            try block(pending[start..<start + Self.blockSize], isLast: false)
            start += Self.blockSize
        }
        if start > 0 { pending.removeFirst(start) }
    }

    mutating func finish() throws {
        try block(pending[...], isLast: true)
        try output(Self.littleEndian(checksum.value) + Self.littleEndian(count))
    }

    private func block(_ bytes: ArraySlice<UInt8>, isLast: Bool) throws {
        let size = UInt16(bytes.count)
        let head: Bytes = [isLast ? 1 : 0, UInt8(size & 255), UInt8(size >> 8), UInt8(~size & 255), UInt8(~size >> 8)]
        try output(head + bytes)
    }

    private static func littleEndian(_ value: UInt32) -> Bytes { (0..<4).map { UInt8(value >> ($0 * 8) & 255) } }
}

/// The checksum of gzip (RFC 1952 §8).
struct CRC32 {
    private var state: UInt32 = .max
    var value: UInt32 { ~state }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }

    mutating func update(_ bytes: Bytes) {
        var state = self.state
        Self.table.withUnsafeBufferPointer { table in
            for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
        }
        self.state = state
    }
}

/// libarchive's gzip filter around a "raw" archive of one entry: a plain compressor, without a time in its header.
private final class GzipCompressor: Compressor {
    private let archive: OpaquePointer
    private let sink: ArchiveSink

    init(level: Int, _ output: @escaping (Bytes) throws -> Void) throws {
        archive = archive_write_new()
        sink = ArchiveSink(output)
        archive_write_set_format_raw(archive)
        archive_write_add_filter_gzip(archive)
        archive_write_set_filter_option(archive, "gzip", "timestamp", nil)
        archive_write_set_filter_option(archive, "gzip", "compression-level", String(max(1, min(9, level))))
        try sink.open(archive)
        let header = archive_entry_new()
        defer { archive_entry_free(header) }
        archive_entry_set_filetype(header, FileType.regular)
        try check(archive_write_header(archive, header))
    }

    deinit { archive_write_free(archive) }

    func write(_ bytes: Bytes) throws {
        guard !bytes.isEmpty else { return }
        let written = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        try check(written == bytes.count ? ARCHIVE_OK : ARCHIVE_FATAL)
    }

    func finish() throws { try check(archive_write_close(archive)) }

    private func check(_ result: Int32) throws {
        if let error = sink.error { throw error }
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw ArchiveError("gzip failed") }
    }
}

/// Compresses an existing tar archive of a layer, with the same result on every machine.
public struct LayerPacker {
    private var compressor: any Compressor

    /// - Parameter output: receives the compressed bytes.
    public init(_ output: @escaping (Bytes) throws -> Void) throws {
        compressor = try LayerCompression.stored.compressor(output)
    }

    /// Compresses further content.
    /// - Throws: the output's error.
    public mutating func write(_ bytes: Bytes) throws { try compressor.write(bytes) }
    /// Writes what is left. Nothing can be written afterwards.
    /// - Throws: the output's error.
    public mutating func finish() throws { try compressor.finish() }
}
