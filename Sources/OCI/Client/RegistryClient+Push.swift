import AWSCore
import HTTPTypes

extension RegistryClient {
    /// How a blob is uploaded.
    public enum PushStyle: Sendable, Hashable {
        /// As Docker does: the whole content in one chunk, then the digest.
        case streamed
        /// The content and its digest in one request.
        case monolithic
        /// In chunks of `size` bytes, each with its range.
        case chunked(size: Int)
    }

    /// The result of a push.
    public enum PushResult: Sendable, Hashable {
        case pushed
        /// The repository already had the blob.
        case existed
        /// The registry mounted it from another of its repositories.
        case mounted(from: RepositoryName)
    }

    /// Pushes a blob from a store to a repository. Does nothing if the repository has it, mounts it if the registry has it
    /// elsewhere, and uploads it otherwise.
    ///
    /// - Parameters:
    ///   - source: a repository of the same registry that probably has the blob.
    ///   - sent: called with the number of bytes sent so far.
    /// - Throws: ``BlobError/missing(_:)`` and the client's errors.
    @discardableResult
    public func push(
        _ blob: Descriptor, to repository: RepositoryName, from store: any BlobStore,
        mountingFrom source: RepositoryName? = nil,
        style: PushStyle = .streamed, sent: (@Sendable (Int) -> Void)? = nil
    ) async throws -> PushResult {
        do {
            if try await blobSize(blob.digest, in: repository, actions: "pull,push") != nil { return .existed }
        } catch RegistryClientError.refused(let refusal) where refusal.status < 500 {
            // The response to a HEAD has no error message. The upload will be rejected with one.
        }
        guard var content = try store.open(blob.digest) else { throw BlobError.missing(blob.digest) }
        if let sent { content = content.counted(sent) }
        var start = "/v2/\(repository)/blobs/uploads/"
        if let source {
            start += "?mount=\(QueryString.encoded(blob.digest.description))&from=\(QueryString.encoded(source.description))"
        }
        var scope = Self.scope(repository, "pull,push")
        if let source { scope += " " + Self.scope(source, "pull") }
        let begun = try await Self.expect([201, 202], send(request(.post, start), scope: scope))
        if begun.response.status == .created, let source { return .mounted(from: source) }
        try await upload(content, digest: blob.digest, to: try place(begun), style, scope)
        return .pushed
    }

    private func upload(
        _ content: HTTPBody, digest: Digest, to start: String, _ style: PushStyle, _ scope: String
    ) async throws {
        var location = start
        var last = HTTPBody.empty
        switch style {
        case .monolithic: last = content
        case .streamed:
            location = try place(try await patch(location, content, range: nil, scope))
        case .chunked(let size):
            // Chunks are cut in memory, so a blob that is pushed in chunks must fit there.
            let bytes = try await content.collect(upTo: .max)
            for first in stride(from: 0, to: bytes.count, by: size) {
                let chunk = Bytes(bytes[first..<min(first + size, bytes.count)])
                let range = "\(first)-\(first + chunk.count - 1)"
                location = try place(try await patch(location, .bytes(chunk), range: range, scope))
            }
        }
        let separator = location.contains("?") ? "&" : "?"
        var request = request(.put, "\(location)\(separator)digest=\(QueryString.encoded(digest.description))")
        request.headerFields[.contentType] = MediaType.octetStream.rawValue
        _ = try await Self.expect([201, 204], send(request, body: last, scope: scope))
    }

    private func patch(_ location: String, _ body: HTTPBody, range: String?, _ scope: String) async throws -> HTTPReply {
        var request = request(.patch, location)
        request.headerFields[.contentType] = MediaType.octetStream.rawValue
        request.headerFields[.contentRange] = range
        // ECR returns 201.
        return try await Self.expect([201, 202, 204], send(request, body: body, scope: scope))
    }

    /// Returns the next URL of an upload: always the one in the last response.
    private func place(_ reply: HTTPReply) throws -> String {
        guard let location = reply.response.headerFields[.location] else {
            throw RegistryClientError.unexpected("\(host) did not return the upload's location")
        }
        return URLParts.split(location)?.path ?? location
    }

    /// Stores a manifest by a tag or its digest.
    /// - Returns: the digest that the registry reports.
    @discardableResult
    public func putManifest(
        _ manifest: Manifest, as reference: ManifestReference, in repository: RepositoryName
    ) async throws -> Digest {
        var request = request(.put, "/v2/\(repository)/manifests/\(reference)")
        request.headerFields[.contentType] = manifest.mediaType.rawValue
        let reply = try await Self.expect(
            [201, 202], send(request, body: .bytes(manifest.bytes), scope: Self.scope(repository, "pull,push")))
        return reply.response.headerFields[.dockerContentDigest].flatMap { Digest($0) } ?? manifest.digest
    }

    /// Deletes a manifest with its tags, or only a tag.
    /// - Returns: false if the registry had none.
    @discardableResult
    public func deleteManifest(_ reference: ManifestReference, in repository: RepositoryName) async throws -> Bool {
        let reply = try await send(
            request(.delete, "/v2/\(repository)/manifests/\(reference)"), scope: Self.scope(repository, "delete"))
        if reply.response.status == .notFound { return false }
        _ = try await Self.expect([200, 202, 204], reply)
        return true
    }
}
