public import AWSCore
import Synchronization

/// Blobs in files: `blobs/sha256/ab/<hex>`, and `uploads/<id>` for content that is still arriving.
///
/// A blob appears by a rename, so it is complete even if the process dies at any point. (A machine crash can lose data: nothing
/// waits for the disk.) If two callers store the same blob at once, both succeed and the last file stays. So storing a damaged
/// blob again repairs it. Blob files never change, so forks share them by hard links.
public final class DiskBlobStore: BlobStore {
    /// The directory of the store.
    public let root: String
    private let uploads = Mutex<[UploadID: Upload]>([:])

    /// - Throws: ``BlobError/storage(_:)`` if the directories cannot be created.
    public init(root: String) throws {
        self.root = root
        try Files.makePrivateDirectory(root)
        try Files.makeDirectory("\(root)/blobs/sha256")
        try Files.makeDirectory("\(root)/uploads")
    }

    /// Returns an independent store at `path` with the same blobs, without the uploads.
    public func fork(to path: String) throws -> DiskBlobStore {
        let copy = try DiskBlobStore(root: path)
        for digest in digests() {
            try copy.makeDirectory(for: digest)
            try Files.hardLink(self.path(of: digest), to: copy.path(of: digest))
        }
        return copy
    }

    /// Adds a blob of another store, by a hard link if the file system allows it, otherwise by copying.
    /// - Throws: ``BlobError/missing(_:)`` if the other store does not have it.
    func link(_ digest: Digest, from other: DiskBlobStore) throws {
        guard let size = other.size(of: digest) else { throw BlobError.missing(digest) }
        if self.size(of: digest) == size { return }
        try makeDirectory(for: digest)
        try Files.hardLink(other.path(of: digest), to: path(of: digest))
    }

    private func directory(of digest: Digest) -> String {
        "\(root)/blobs/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))"
    }

    private func makeDirectory(for digest: Digest) throws { try Files.makeDirectory(directory(of: digest)) }

    /// The path of a blob's file, whether or not it exists.
    package func path(of digest: Digest) -> String { "\(directory(of: digest))/\(digest.hex)" }

    private func path(of id: UploadID) -> String { "\(root)/uploads/\(id)" }

    public func size(of digest: Digest) -> Int? { Files.size(path(of: digest)) }

    public func open(_ digest: Digest) -> HTTPBody? {
        let path = path(of: digest)
        return Files.size(path).map { .file(path: path, offset: 0, length: $0) }
    }

    @discardableResult
    public func store(_ bytes: Bytes) throws -> Digest {
        let digest = Digest(of: bytes)
        if size(of: digest) == bytes.count, try isIntact(digest) == true, touch(digest) { return digest }
        let id = UploadID.random()
        do {
            try OpenFile(creating: path(of: id)).write(bytes)
            try place(path(of: id), as: digest)
        } catch {
            Files.remove(path(of: id))
            throw error
        }
        return digest
    }

    @discardableResult
    public func remove(_ digest: Digest) -> Bool { Files.remove(path(of: digest)) }

    @discardableResult
    public func remove(_ digest: Digest, ifIdleFor time: Duration) -> Bool {
        guard let idle = Files.idleTime(path(of: digest)), idle >= time else { return false }
        return remove(digest)
    }

    @discardableResult
    public func touch(_ digest: Digest) -> Bool { Files.touch(path(of: digest)) }

    public func digests() -> [Digest] {
        var digests: [Digest] = []
        for algorithm in Digest.Algorithm.allCases {
            let base = "\(root)/blobs/\(algorithm.rawValue)"
            for prefix in Files.names(base) {
                digests += Files.names("\(base)/\(prefix)").compactMap { Digest("\(algorithm.rawValue):\($0)") }
            }
        }
        return digests
    }

    public func isIntact(_ digest: Digest) throws -> Bool? {
        guard size(of: digest) != nil else { return nil }
        var digester = Digester(digest.algorithm)
        try Files.eachPiece(of: path(of: digest)) { digester.update($0) }
        return digester.finish() == digest
    }

    /// Moves a finished file to its blob's path. An existing file there has the same content, or is damaged.
    private func place(_ path: String, as digest: Digest) throws {
        try makeDirectory(for: digest)
        try Files.rename(path, to: self.path(of: digest))
    }

    // MARK: Uploads

    /// An upload in progress. Writing holds its own lock, so uploads do not wait for each other.
    private final class Upload: Sendable {
        struct State {
            /// Closed between pieces if there are many uploads.
            var file: OpenFile?
            /// Nil if an earlier process started the upload: the file is then hashed at the end.
            let digester: UploadDigester?
            /// The number of bytes so far.
            var size = 0
            var isOver = false
        }
        let state: Mutex<State>
        init(_ state: State) { self.state = Mutex(state) }
    }

    /// Above this number of uploads, files are closed between pieces: clients can abandon any number of uploads.
    private static let mostOpen = 128

    private var isCrowded: Bool { uploads.withLock { $0.count } > Self.mostOpen }

    public func beginUpload(_ id: UploadID) throws {
        try uploads.withLock { uploads in
            let path = path(of: id)
            guard uploads[id] == nil, Files.size(path) == nil else { throw BlobError.uploadExists(id) }
            let file = try OpenFile(creating: path)
            uploads[id] = Upload(.init(file: uploads.count < Self.mostOpen ? file : nil, digester: UploadDigester()))
        }
    }

    /// Returns the upload. One that an earlier process started is resumed from its file.
    private func upload(_ id: UploadID) -> Upload? {
        uploads.withLock { uploads in
            if let upload = uploads[id] { return upload }
            guard let size = Files.size(path(of: id)) else { return nil }
            let upload = Upload(.init(file: nil, digester: nil, size: size))
            uploads[id] = upload
            return upload
        }
    }

    public func uploadedSize(_ id: UploadID) throws -> Int? { upload(id)?.state.withLock { $0.size } }

    @discardableResult
    public func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int {
        guard let upload = upload(id) else { throw BlobError.unknownUpload(id) }
        return try upload.state.withLock { state in
            guard !state.isOver else { throw BlobError.unknownUpload(id) }
            if let offset, offset != state.size { throw BlobError.offset(expected: offset, found: state.size) }
            let file = try state.file ?? OpenFile(appendingTo: path(of: id))
            do { try file.write(bytes) } catch {
                file.truncate(to: state.size)
                throw error
            }
            state.file = isCrowded ? nil : file
            state.digester?.update(bytes)
            state.size += bytes.count
            return state.size
        }
    }

    public func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob {
        guard let upload = upload(id) else { throw BlobError.unknownUpload(id) }
        let blob = try upload.state.withLock { state in
            guard !state.isOver else { throw BlobError.unknownUpload(id) }
            let found = try self.digest(of: id, state.digester, like: digest)
            if let digest, digest != found { throw BlobError.digest(expected: digest, found: found) }
            try place(path(of: id), as: found)
            state.isOver = true
            return StoredBlob(digest: found, size: state.size)
        }
        uploads.withLock { $0[id] = nil }
        return blob
    }

    /// Returns the content's digest. SHA-256 is known if this process received the whole upload; otherwise the file is hashed.
    private func digest(of id: UploadID, _ digester: UploadDigester?, like digest: Digest?) throws -> Digest {
        let algorithm = digest?.algorithm ?? .sha256
        if let digester, algorithm == .sha256 { return digester.finish() }
        var other = Digester(algorithm)
        try Files.eachPiece(of: path(of: id)) { other.update($0) }
        return other.finish()
    }

    public func uploadIDs() -> [UploadID] { Files.names("\(root)/uploads").compactMap { UploadID($0) } }

    @discardableResult
    public func cancelUpload(_ id: UploadID) throws -> Bool {
        guard let upload = upload(id) else { return false }
        upload.state.withLock { state in
            if !state.isOver { Files.remove(path(of: id)) }
            state.isOver = true
        }
        uploads.withLock { $0[id] = nil }
        return true
    }
}
