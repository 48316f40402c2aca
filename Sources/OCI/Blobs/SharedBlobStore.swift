public import AWSCore
import Synchronization

/// One of several stores that share bytes: forks of a simulator share layers, and a blob removed in one stays in the others.
///
/// Each store has its own set of digests. The bytes exist once, in a common store, as long as any set has their digest. A fork
/// copies only the set, so its cost does not depend on the layers' size.
public final class SharedBlobStore: BlobStore {
    private let pool: Pool
    private let number: Int

    /// Starts with the blobs in `store`. They stay even when this store is released, because they were there before.
    public init(_ store: any BlobStore) throws {
        pool = Pool(store, holding: Set(try store.digests()))
        number = 0
    }

    private init(_ pool: Pool, number: Int) {
        self.pool = pool
        self.number = number
    }

    deinit { if number != 0 { pool.leave(number) } }

    /// Returns an independent store with the same blobs, without the uploads.
    public func fork() -> SharedBlobStore { SharedBlobStore(pool, number: pool.join(as: number)) }

    /// Whether both stores share their bytes.
    public func shares(with other: SharedBlobStore) -> Bool { pool === other.pool }

    /// Replaces the store's content with that of `other`.
    /// - Throws: errors from copying, if the two do not share bytes already. The store is then unchanged.
    public func adopt(_ other: SharedBlobStore) throws {
        if shares(with: other) { return pool.replace(number, with: other.number) }
        let copy = fork()
        for digest in copy.digests() { try copy.remove(digest) }
        for digest in other.digests() { try copy.take(digest, from: other.pool.store) }
        pool.replace(number, with: copy.number)
    }

    /// Copies one blob, by a hard link if both stores use files.
    private func take(_ digest: Digest, from other: any BlobStore) throws {
        try pool.pinning(digest, for: number) { store in
            if let source = other as? DiskBlobStore, let target = store as? DiskBlobStore {
                return try target.link(digest, from: source)
            }
            guard let body = try other.open(digest) else { throw BlobError.missing(digest) }
            if try store.size(of: digest) == body.length { return }
            let id = UploadID.random()
            try store.beginUpload(id)
            do {
                switch body {
                case .bytes(let bytes): try store.append(bytes, to: id, at: nil)
                case .file(let path, _, _): try Files.eachPiece(of: path) { try store.append($0, to: id, at: nil) }
                case .stream: throw BlobError.missing(digest)
                }
                _ = try store.finishUpload(id, as: digest)
            } catch {
                _ = try? store.cancelUpload(id)
                throw error
            }
        }
    }

    /// Makes upload ids unique among forks: with the same seed, forks generate equal ids.
    private func own(_ id: UploadID) -> UploadID { number == 0 ? id : UploadID("f\(number).\(id)") ?? id }

    // MARK: BlobStore

    public func size(of digest: Digest) throws -> Int? { pool.holds(digest, number) ? try pool.store.size(of: digest) : nil }
    public func open(_ digest: Digest) throws -> HTTPBody? { pool.holds(digest, number) ? try pool.store.open(digest) : nil }
    public func digests() -> [Digest] { pool.digests(number).sorted() }
    public func isIntact(_ digest: Digest) throws -> Bool? {
        pool.holds(digest, number) ? try pool.store.isIntact(digest) : nil
    }

    @discardableResult public func store(_ bytes: Bytes) throws -> Digest {
        let digest = Digest(of: bytes)
        try pool.pinning(digest, for: number) { _ = try $0.store(bytes) }
        return digest
    }

    @discardableResult public func remove(_ digest: Digest) throws -> Bool { try pool.remove(digest, number) }

    /// Keeps blobs that other stores also have, because it is unknown which of them stored the blob recently.
    @discardableResult public func remove(_ digest: Digest, ifIdleFor time: Duration) throws -> Bool {
        time == .zero ? try remove(digest) : try pool.remove(digest, number, ifIdleFor: time)
    }

    @discardableResult public func touch(_ digest: Digest) throws -> Bool {
        pool.holds(digest, number) ? try pool.store.touch(digest) : false
    }

    public func uploadIDs() throws -> [UploadID] {
        let all = try pool.store.uploadIDs()
        if number == 0 { return all.filter { !Self.isForks($0) } }
        let prefix = "f\(number)."
        return all.compactMap { $0.description.hasPrefix(prefix) ? UploadID($0.description.dropFirst(prefix.count)) : nil }
    }

    private static func isForks(_ id: UploadID) -> Bool {
        let name = id.description.prefix { $0 != "." }
        return name.count < id.description.count && name.first == "f" && Int(name.dropFirst()) != nil
    }

    public func beginUpload(_ id: UploadID) throws { try pool.store.beginUpload(own(id)) }
    public func uploadedSize(_ id: UploadID) throws -> Int? { try pool.store.uploadedSize(own(id)) }
    @discardableResult public func append(_ bytes: Bytes, to id: UploadID, at offset: Int?) throws -> Int {
        try pool.store.append(bytes, to: own(id), at: offset)
    }
    @discardableResult public func cancelUpload(_ id: UploadID) throws -> Bool { try pool.store.cancelUpload(own(id)) }

    public func finishUpload(_ id: UploadID, as digest: Digest?) throws -> StoredBlob {
        guard let digest else {
            let blob = try pool.store.finishUpload(own(id), as: nil)
            pool.hold(blob.digest, number)
            return blob
        }
        return try pool.pinning(digest, for: number) { try $0.finishUpload(own(id), as: digest) }
    }
}

/// The common store, and each store's set of digests.
private final class Pool: Sendable {
    let store: any BlobStore

    private struct State {
        var sets: [Int: Set<Digest>]
        var next = 1
        /// Blobs that are being stored. They must not be removed before they are in a set.
        var pins: [Digest: Int] = [:]

        func isHeld(_ digest: Digest) -> Bool { pins[digest] != nil || sets.values.contains { $0.contains(digest) } }
    }
    private let state: Mutex<State>

    init(_ store: any BlobStore, holding digests: Set<Digest>) {
        self.store = store
        state = Mutex(State(sets: [0: digests]))
    }

    func join(as number: Int) -> Int {
        state.withLock { state in
            defer { state.next += 1 }
            state.sets[state.next] = state.sets[number]
            return state.next
        }
    }

    func leave(_ number: Int) { state.withLock { discard($0.sets.removeValue(forKey: number) ?? [], &$0) } }

    func replace(_ number: Int, with other: Int) {
        state.withLock { state in
            let before = state.sets[number] ?? []
            state.sets[number] = state.sets[other]
            discard(before, &state)
        }
    }

    /// Removes blobs that no set contains any more.
    private func discard(_ digests: Set<Digest>, _ state: inout State) {
        for digest in digests where !state.isHeld(digest) { _ = try? store.remove(digest) }
    }

    func holds(_ digest: Digest, _ number: Int) -> Bool { state.withLock { $0.sets[number]?.contains(digest) ?? false } }
    func digests(_ number: Int) -> Set<Digest> { state.withLock { $0.sets[number] ?? [] } }
    func hold(_ digest: Digest, _ number: Int) { state.withLock { _ = $0.sets[number]?.insert(digest) } }

    func remove(_ digest: Digest, _ number: Int) throws -> Bool {
        try state.withLock { state in
            guard state.sets[number]?.remove(digest) != nil else { return false }
            if !state.isHeld(digest) { _ = try store.remove(digest) }
            return true
        }
    }

    func remove(_ digest: Digest, _ number: Int, ifIdleFor time: Duration) throws -> Bool {
        try state.withLock { state in
            guard state.sets[number]?.remove(digest) != nil else { return false }
            if !state.isHeld(digest), try store.remove(digest, ifIdleFor: time) { return true }
            _ = state.sets[number]?.insert(digest)
            return false
        }
    }

    /// Stores a blob with `body` and adds it to the set.
    func pinning<T>(_ digest: Digest, for number: Int, _ body: (any BlobStore) throws -> T) throws -> T {
        state.withLock { $0.pins[digest, default: 0] += 1 }
        var isHere = false
        defer {
            state.withLock { state in
                let left = (state.pins[digest] ?? 1) - 1
                state.pins[digest] = left == 0 ? nil : left
                if isHere { _ = state.sets[number]?.insert(digest) }
            }
        }
        let result = try body(store)
        isHere = true
        return result
    }
}
