public import AWSCore

/// Stores content by digest. Content can arrive in pieces.
///
/// A blob is always complete. Content that is still arriving belongs to an upload, which is not visible as a blob. An
/// interrupted upload stays and can be continued or cancelled. All methods can be called from any thread.
public protocol BlobStore: Sendable {
    /// Returns a blob's size in bytes; nil if there is no such blob.
    func size(of digest: Digest) throws -> Int?

    /// Returns a blob's content without verifying it; nil if there is no such blob. See ``read(_:)`` and ``isIntact(_:)``.
    func open(_ digest: Digest) throws -> HTTPBody?

    /// Stores content and returns its digest.
    @discardableResult func store(_ bytes: Bytes) throws -> Digest

    /// Removes a blob. Returns false if there was none.
    @discardableResult func remove(_ digest: Digest) throws -> Bool

    /// Removes a blob, unless it was stored or ``touch(_:)``ed within the last `time` of the machine's clock.
    /// - Returns: false if there was none, or if it is too recent.
    @discardableResult func remove(_ digest: Digest, ifIdleFor time: Duration) throws -> Bool

    /// Marks a blob as used, because a caller is about to refer to it, so that it is not removed as idle.
    /// - Returns: false if there is no such blob.
    @discardableResult func touch(_ digest: Digest) throws -> Bool

    /// Returns the digests of all blobs in order.
    func digests() throws -> [Digest]

    /// Whether a blob's content still matches its digest; nil if there is no such blob.
    func isIntact(_ digest: Digest) throws -> Bool?

    /// Starts an upload. The id must not be in use.
    func beginUpload(_ id: UploadID) throws

    /// Returns the number of bytes in an upload; nil if there is no such upload.
    func uploadedSize(_ id: UploadID) throws -> Int?

    /// Appends bytes to an upload.
    /// - Parameter offset: the upload's expected size in bytes; nil skips the check.
    /// - Returns: the upload's new size in bytes.
    /// - Throws: ``BlobError/offset(expected:found:)``, ``BlobError/unknownUpload(_:)``
    @discardableResult func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int

    /// Converts an upload to a blob. The upload ends, unless this throws.
    /// - Parameter digest: the required digest; nil uses the content's SHA-256 digest.
    /// - Throws: ``BlobError/digest(expected:found:)``, ``BlobError/unknownUpload(_:)``
    func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob

    /// Removes an upload. Returns false if there was none.
    @discardableResult func cancelUpload(_ id: UploadID) throws -> Bool

    /// Returns all current uploads.
    func uploadIDs() throws -> [UploadID]
}

/// A blob in a store.
public struct StoredBlob: Sendable, Hashable {
    public let digest: Digest
    public let size: Int

    public init(digest: Digest, size: Int) {
        self.digest = digest
        self.size = size
    }
}

/// The name of an upload: up to 128 letters, digits, hyphens, underscores and dots, not starting with a dot.
public struct UploadID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Returns nil if the text is not a valid name.
    public init?(_ text: some StringProtocol) {
        guard (1...128).contains(text.utf8.count), text.utf8.first != 46 else { return nil }
        for byte in text.utf8 {
            switch byte {
            case 45, 46, 48...57, 65...90, 95, 97...122: break
            default: return nil
            }
        }
        description = String(text)
    }

    /// Returns a new unique id.
    public static func random() -> UploadID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// Returns a version 4 UUID.
    public static func random(using generator: inout some RandomNumberGenerator) -> UploadID {
        UploadID(trusted: String(uuidOf: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }))
    }

    private init(trusted text: String) { description = text }
}

/// Why a blob store cannot do what was asked.
public enum BlobError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownUpload(UploadID)
    case uploadExists(UploadID)
    /// The offset is not the end of the upload.
    case offset(expected: Int, found: Int)
    /// The content does not have the expected digest.
    case digest(expected: Digest, found: Digest)
    case missing(Digest)
    /// The content of a stored blob no longer matches its digest.
    case damaged(Digest)
    /// The file system reported an error.
    case storage(String)

    public var description: String {
        switch self {
        case .unknownUpload(let id): "there is no upload \(id)"
        case .uploadExists(let id): "upload \(id) already exists"
        case .offset(let expected, let found): "the upload has \(found) bytes, not \(expected)"
        case .digest(let expected, let found): "the content's digest is \(found), not \(expected)"
        case .missing(let digest): "blob \(digest) is missing"
        case .damaged(let digest): "blob \(digest) is damaged: its bytes have another digest"
        case .storage(let reason): reason
        }
    }
}

extension BlobStore {
    public func contains(_ digest: Digest) throws -> Bool { try size(of: digest) != nil }

    /// Returns a verified blob in memory.
    /// - Parameter limit: the largest accepted size, in bytes.
    /// - Throws: ``BlobError/missing(_:)``, ``BlobError/damaged(_:)``, `BodyTooLarge`
    public func read(_ digest: Digest, upTo limit: Int = 64 << 20) async throws -> Bytes {
        guard let body = try open(digest) else { throw BlobError.missing(digest) }
        let bytes = try await body.collect(upTo: limit)
        var digester = Digester(digest.algorithm)
        digester.update(bytes)
        guard digester.finish() == digest else { throw BlobError.damaged(digest) }
        return bytes
    }

    /// Returns a small verified blob in memory without waiting; nil if it is missing, damaged or larger than `limit` bytes.
    package func contents(of digest: Digest, upTo limit: Int) throws -> Bytes? {
        let bytes: Bytes
        switch try open(digest) {
        case .bytes(let all)? where all.count <= limit: bytes = all
        case .file(let path, 0, let length)? where length <= limit: bytes = try Files.readAll(path)
        default: return nil
        }
        var digester = Digester(digest.algorithm)
        digester.update(bytes)
        return digester.finish() == digest ? bytes : nil
    }

    /// Appends a body to an upload while it arrives. If the body breaks off, the upload keeps the bytes received.
    /// - Returns: the upload's new size in bytes.
    @discardableResult
    public func receive(_ body: HTTPBody, into id: UploadID, at offset: Int? = nil) async throws -> Int {
        guard var size = try uploadedSize(id) else { throw BlobError.unknownUpload(id) }
        if let offset, offset != size { throw BlobError.offset(expected: offset, found: size) }
        try await body.forEachPiece { piece in
            // The client may be gone. Only this check stops reading a body from a file.
            try Task.checkCancellation()
            size = try append(piece, to: id, at: size)
        }
        return size
    }

    /// Stores a whole body by digest. Leaves nothing behind if the body breaks off or has another digest.
    /// - Throws: ``BlobError/digest(expected:found:)``, and any error that ends the body early.
    @discardableResult
    public func store(_ body: HTTPBody, as digest: Digest?) async throws -> StoredBlob {
        let id = UploadID.random()
        try beginUpload(id)
        do {
            try await receive(body, into: id)
            return try finishUpload(id, as: digest)
        } catch {
            _ = try? cancelUpload(id)
            throw error
        }
    }
}
