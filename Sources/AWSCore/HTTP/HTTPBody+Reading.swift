#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension HTTPBody {
    /// Reads the body from start to end and holds at most one piece in memory.
    ///
    /// - Parameter pieceSize: the largest piece read from a file, in bytes. A stream's pieces keep the size they arrive in.
    /// - Throws: what the stream throws, ``UnreadableFile``, or what `consume` throws.
    public func forEachPiece(ofAtMost pieceSize: Int = 256 << 10, _ consume: (Bytes) throws -> Void) async throws {
        switch self {
        case .bytes(let bytes):
            if !bytes.isEmpty { try consume(bytes) }
        case .stream(let stream, _):
            for try await piece in stream where !piece.isEmpty { try consume(piece) }
        case .file(let path, let offset, let length):
            let file = try FileReader(path: path, offset: offset, length: length)
            while let piece = try file.next(atMost: pieceSize) { try consume(piece) }
        }
    }

    /// Returns the whole body.
    ///
    /// - Parameter limit: the largest accepted size, in bytes.
    /// - Throws: ``BodyTooLarge`` as soon as the body exceeds `limit`; otherwise as ``forEachPiece(ofAtMost:_:)``.
    public func collect(upTo limit: Int) async throws -> Bytes {
        if let length, length > limit { throw BodyTooLarge(limit: limit) }
        if case .bytes(let bytes) = self { return bytes }
        var all = Bytes()
        try await forEachPiece { piece in
            guard all.count + piece.count <= limit else { throw BodyTooLarge(limit: limit) }
            if all.isEmpty { all = piece } else { all += piece }
        }
        return all
    }
}

extension HTTPBodyStream {
    /// Creates a stream of a body's pieces, for any kind of body.
    ///
    /// - Parameter pieceSize: the largest piece read from a file, in bytes.
    public init(pieces body: HTTPBody, ofAtMost pieceSize: Int = 256 << 10) {
        switch body {
        case .stream(let stream, _): self = stream
        case .bytes(let bytes): self.init(BytesOnce(bytes: bytes))
        case .file(let path, let offset, let length):
            self.init(FilePieces(path: path, offset: offset, length: length, size: pieceSize))
        }
    }
}

private struct BytesOnce: AsyncSequence, Sendable {
    let bytes: Bytes

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: Bytes?
        mutating func next() async throws -> Bytes? {
            defer { bytes = nil }
            return bytes
        }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(bytes: bytes.isEmpty ? nil : bytes) }
}

private struct FilePieces: AsyncSequence, Sendable {
    let path: String
    let offset: Int
    let length: Int
    let size: Int

    struct AsyncIterator: AsyncIteratorProtocol {
        let file: FilePieces
        var reader: FileReader?
        mutating func next() async throws -> Bytes? {
            let reader = try reader ?? FileReader(path: file.path, offset: file.offset, length: file.length)
            self.reader = reader
            return try reader.next(atMost: file.size)
        }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(file: self) }
}

/// The file of a body cannot be opened or is shorter than the body.
public struct UnreadableFile: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public init(path: String, reason: String) {
        self.path = path
        self.reason = reason
    }
    public var description: String { "\(path): \(reason)" }
}

/// Reads part of a file, piece by piece.
final class FileReader {
    private let path: String
    private let descriptor: Int32
    private var offset: Int
    private var rest: Int

    init(path: String, offset: Int, length: Int) throws {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw UnreadableFile(path: path, reason: String(cString: strerror(errno))) }
        self.path = path
        self.offset = offset
        rest = length
    }

    deinit { close(descriptor) }

    /// Returns the next piece, or nil at the end of the part.
    func next(atMost size: Int) throws -> Bytes? {
        guard rest > 0 else { return nil }
        let want = min(size, rest)
        let piece = Bytes(unsafeUninitializedCapacity: want) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, want, off_t(offset)))
        }
        guard !piece.isEmpty else { throw UnreadableFile(path: path, reason: "\(rest) bytes are missing at its end") }
        offset += piece.count
        rest -= piece.count
        return piece
    }
}

extension HTTPBody {
    /// Returns the same body, which reports to `tell` how many bytes have been read so far.
    public func counted(_ tell: @escaping @Sendable (Int) -> Void) -> HTTPBody {
        .stream(HTTPBodyStream(CountedPieces(pieces: HTTPBodyStream(pieces: self), tell: tell)), length: length)
    }
}

private struct CountedPieces: AsyncSequence, Sendable {
    let pieces: HTTPBodyStream
    let tell: @Sendable (Int) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        var pieces: HTTPBodyStream.AsyncIterator
        let tell: @Sendable (Int) -> Void
        var count = 0
        mutating func next() async throws -> Bytes? {
            guard let piece = try await pieces.next() else { return nil }
            count += piece.count
            tell(count)
            return piece
        }
    }
    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pieces: pieces.makeAsyncIterator(), tell: tell) }
}
