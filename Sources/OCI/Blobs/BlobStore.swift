public import AWSCore

/// Keeps content under its digest, whoever brings it, and takes it in piece by piece.
///
/// A blob is either whole or not there. What is still arriving lives in an upload, which others cannot see; an upload that
/// breaks off leaves nothing but itself, to be continued or cancelled. All methods may be called from any thread.
public protocol BlobStore: Sendable {
    /// The size of a blob, nil if it isn't here.
    func size(of digest: Digest) throws -> Int?

    /// A blob's content to send on, nil if it isn't here. It is not verified; see ``read(_:)`` and ``isIntact(_:)``.
    func open(_ digest: Digest) throws -> HTTPBody?

    /// Stores content that is in hand and returns its digest.
    @discardableResult func store(_ bytes: Bytes) throws -> Digest

    /// Forgets a blob. Returns false if it wasn't here.
    @discardableResult func remove(_ digest: Digest) throws -> Bool

    /// Forgets a blob, unless somebody stored or ``touch(_:)``ed it within `time` (the machine's).
    /// - Returns: false if it wasn't here, or is too young.
    @discardableResult func remove(_ digest: Digest, ifIdleFor time: Duration) throws -> Bool

    /// Notes that somebody is about to refer to a blob, so that nobody takes it for forgotten.
    /// - Returns: false if it isn't here.
    @discardableResult func touch(_ digest: Digest) throws -> Bool

    /// All blobs, in the order of their digests.
    func digests() throws -> [Digest]

    /// Whether a blob's bytes still have its digest; nil if it isn't here.
    func isIntact(_ digest: Digest) throws -> Bool?

    /// Opens an upload. Opening one that is there already is an error.
    func beginUpload(_ id: UploadID) throws

    /// How many bytes an upload has so far; nil if there is no such upload.
    func uploadedSize(_ id: UploadID) throws -> Int?

    /// Adds bytes to an upload.
    /// - Parameter offset: how many bytes the upload must have; nil takes it as it is.
    /// - Returns: how many bytes it has now.
    /// - Throws: ``BlobError/offset(expected:found:)``, ``BlobError/unknownUpload(_:)``
    @discardableResult func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int

    /// Makes an upload a blob. The upload is over, unless this throws.
    /// - Parameter digest: what the content must have; nil takes its SHA-256 digest.
    /// - Throws: ``BlobError/digest(expected:found:)``, ``BlobError/unknownUpload(_:)``
    func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob

    /// Forgets an upload. Returns false if it wasn't here.
    @discardableResult func cancelUpload(_ id: UploadID) throws -> Bool

    /// All uploads in progress.
    func uploadIDs() throws -> [UploadID]
}

/// A blob that is in a store.
public struct StoredBlob: Sendable, Hashable {
    public let digest: Digest
    public let size: Int

    public init(digest: Digest, size: Int) {
        self.digest = digest
        self.size = size
    }
}

/// The name of an upload in progress: up to 128 letters, digits, hyphens, underscores and dots, not beginning with a dot.
public struct UploadID: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    /// Nil for what cannot be an upload's name.
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

    /// One that nobody has.
    public static func random() -> UploadID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    /// A version 4 UUID.
    public static func random(using generator: inout some RandomNumberGenerator) -> UploadID {
        UploadID(trusted: String(uuidOf: (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }))
    }

    private init(trusted text: String) { description = text }
}

public enum BlobError: Error, Sendable, Equatable, CustomStringConvertible {
    case unknownUpload(UploadID)
    case uploadExists(UploadID)
    /// Bytes were to be added somewhere else than at the upload's end.
    case offset(expected: Int, found: Int)
    /// The content isn't what it was said to be.
    case digest(expected: Digest, found: Digest)
    case missing(Digest)
    /// A stored blob's bytes no longer have its digest.
    case damaged(Digest)
    /// The file system refused.
    case storage(String)

    public var description: String {
        switch self {
        case .unknownUpload(let id): "there is no upload \(id)"
        case .uploadExists(let id): "upload \(id) is there already"
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

    /// A blob in hand, verified.
    /// - Parameter limit: the most bytes to hold.
    /// - Throws: ``BlobError/missing(_:)``, ``BlobError/damaged(_:)``, `BodyTooLarge`
    public func read(_ digest: Digest, upTo limit: Int = 64 << 20) async throws -> Bytes {
        guard let body = try open(digest) else { throw BlobError.missing(digest) }
        let bytes = try await body.collect(upTo: limit)
        var digester = Digester(digest.algorithm)
        digester.update(bytes)
        guard digester.finish() == digest else { throw BlobError.damaged(digest) }
        return bytes
    }

    /// A small blob in hand, verified, without waiting for anything; nil if it isn't here, is damaged or has more than `limit` bytes.
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

    /// Adds a body to an upload while it arrives. If it breaks off, the upload keeps what had arrived.
    /// - Returns: how many bytes the upload has now.
    @discardableResult
    public func receive(_ body: HTTPBody, into id: UploadID, at offset: Int? = nil) async throws -> Int {
        guard var size = try uploadedSize(id) else { throw BlobError.unknownUpload(id) }
        if let offset, offset != size { throw BlobError.offset(expected: offset, found: size) }
        try await body.forEachPiece { piece in
            // Whoever wanted it may be gone; nothing else would end a body that lies in a file.
            try Task.checkCancellation()
            size = try append(piece, to: id, at: size)
        }
        return size
    }

    /// Stores a body whole, under its digest. Nothing is left behind if it breaks off or is something else.
    /// - Throws: ``BlobError/digest(expected:found:)`` and whatever ends the body early.
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
