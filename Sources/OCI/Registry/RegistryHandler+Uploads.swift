import AWSCore
import HTTPTypes

extension Exchange {
    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-monolithically
    func startUpload(_ name: RepositoryName, whole digest: Digest?) async throws -> HTTPReply {
        guard let digest else { return try beginUpload(name) }
        let id = try storage.startUpload(in: name, for: caller)
        do {
            return try await complete(id, as: digest, size: receive(into: id, at: nil), in: name)
        } catch {
            // The client does not know the upload's id and cannot continue it.
            _ = try? drop(id, in: name)
            throw error
        }
    }

    func beginUpload(_ name: RepositoryName) throws -> HTTPReply {
        let id = try storage.startUpload(in: name, for: caller)
        return progress(.accepted, id, in: name, size: 0)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
    func append(to id: UploadID, in name: RepositoryName) async throws -> HTTPReply {
        let size = try size(of: id, in: name)
        let chunk = try ContentRange(request)
        if let chunk, chunk.first != size { throw outOfOrder(chunk, id, in: name, size: size) }
        let now = try await receiveOrDrop(chunk, into: id, at: size, in: name)
        if now > size { try storage.noteChunk(of: now - size, in: id, of: name, for: caller) }
        return progress(rules.chunkStatus, id, in: name, size: now)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks (the last request)
    func finish(_ id: UploadID, as digest: Digest, in name: RepositoryName) async throws -> HTTPReply {
        let size = try size(of: id, in: name)
        let chunk = try ContentRange(request)
        if let chunk, chunk.first != size { throw outOfOrder(chunk, id, in: name, size: size) }
        return try await complete(id, as: digest, size: receiveOrDrop(chunk, into: id, at: size, in: name), in: name)
    }

    /// Receives a chunk. If the disk is full, drops the upload at once, and the client must start again.
    private func receiveOrDrop(
        _ chunk: ContentRange?, into id: UploadID, at size: Int, in name: RepositoryName
    ) async throws -> Int {
        do {
            return try await receive(chunk, into: id, at: size)
        } catch let failure as StorageFailure {
            _ = try? storage.blobs.cancelUpload(id)
            _ = try? storage.cancelUpload(id, in: name, for: caller)
            throw failure
        }
    }

    /// Receives a chunk with the announced length. If the body's length is known in advance, a wrong one is rejected unread.
    private func receive(_ chunk: ContentRange?, into id: UploadID, at size: Int) async throws -> Int {
        func check(_ came: Int) throws {
            guard let chunk, came != chunk.last + 1 - chunk.first else { return }
            throw RegistryError.sizeInvalid("\(chunk.last + 1 - chunk.first) bytes announced, \(came) received")
        }
        if let length = body.length { try check(length) }
        let now = try await receive(into: id, at: size)
        // The bytes stay: the client asks for the upload's size and continues there.
        try check(now - size)
        return now
    }

    /// Returns the error for a chunk in the wrong place, with the upload's current size.
    private func outOfOrder(_ chunk: ContentRange, _ id: UploadID, in name: RepositoryName, size: Int) -> RegistryError {
        var refusal = rules.refusal(BlobError.offset(expected: chunk.first, found: size))
        refusal.headers = progress(.rangeNotSatisfiable, id, in: name, size: size).response.headerFields
        return refusal
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks (where was I?)
    func checkUpload(_ name: RepositoryName, _ id: UploadID) throws -> HTTPReply {
        progress(.noContent, id, in: name, size: try size(of: id, in: name))
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#cancel-a-blob-upload
    func cancel(_ id: UploadID, in name: RepositoryName) throws -> HTTPReply {
        _ = try size(of: id, in: name)
        try drop(id, in: name)
        return empty(.noContent, [:])
    }

    private func size(of id: UploadID, in name: RepositoryName) throws -> Int {
        guard try storage.hasUpload(id, in: name, for: caller), let size = try storage.blobs.uploadedSize(id) else {
            throw RegistryError.blobUploadUnknown
        }
        return size
    }

    /// Receives a body. If it breaks off, the upload keeps the received bytes, so that the client can continue.
    private func receive(into id: UploadID, at offset: Int?) async throws -> Int {
        let announced = body.length
        let before = try storage.blobs.uploadedSize(id) ?? 0
        let size: Int
        do {
            size = try await storage.blobs.receive(body, into: id, at: offset)
        } catch let error as BlobError {
            throw error
        } catch let failure as StorageFailure {
            throw failure
        } catch {
            throw RegistryError.blobUploadInvalid("the content ended early: \(error)")
        }
        if let announced, announced != size - before {
            throw RegistryError.sizeInvalid("\(announced) bytes announced, \(size - before) received")
        }
        return size
    }

    /// Finishes an upload. Long uploads may need hashing, so they finish on another executor.
    private func complete(_ id: UploadID, as digest: Digest, size: Int, in name: RepositoryName) async throws -> HTTPReply {
        guard size >= 4 << 20 else { return try complete(id, as: digest, in: name) }
        return try await withTaskExecutorPreference(globalConcurrentExecutor) { try complete(id, as: digest, in: name) }
    }

    private func complete(_ id: UploadID, as digest: Digest, in name: RepositoryName) throws -> HTTPReply {
        try storage.checkParts(of: id, in: name, for: caller)
        let blob: StoredBlob
        do {
            blob = try storage.blobs.finishUpload(id, as: digest)
        } catch let error as BlobError {
            if case .digest = error { try drop(id, in: name) }
            throw error
        }
        try storage.finishUpload(id, as: blob, in: name, for: caller)
        return created(digest, in: name)
    }

    private func drop(_ id: UploadID, in name: RepositoryName) throws {
        try storage.blobs.cancelUpload(id)
        try storage.cancelUpload(id, in: name, for: caller)
    }

    private func progress(_ status: HTTPResponse.Status, _ id: UploadID, in name: RepositoryName, size: Int) -> HTTPReply {
        var fields: HTTPFields = [
            .location: location("/v2/\(name)/blobs/uploads/\(id)"), .range: "0-\(max(0, size - 1))",
            .dockerUploadUUID: id.description,
        ]
        if status != .noContent { fields[.contentLength] = "0" }
        return empty(status, fields)
    }
}

/// The range of a chunk: `<first>-<last>`, both inclusive. Some clients send HTTP's form `bytes <first>-<last>/*`.
private struct ContentRange {
    let first, last: Int

    /// Returns nil if the request has no range.
    init?(_ request: HTTPRequest) throws(RegistryError) {
        guard var text = request.headerFields[.contentRange].map({ $0[...] }) else { return nil }
        if text.hasPrefix("bytes ") { text = text.dropFirst(6) }
        let ends = text.prefix { $0 != "/" }.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, last >= first, last < .max else {
            throw .rangeInvalid
        }
        self.first = first
        self.last = last
    }
}
