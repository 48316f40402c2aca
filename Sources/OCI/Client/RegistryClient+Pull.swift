public import AWSCore
import HTTPTypes

extension RegistryClient {
    /// Returns a manifest, verified against the requested digest or the one that the registry states.
    ///
    /// - Throws: ``RegistryClientError/refused(_:)``, ``RegistryClientError/digestMismatch(expected:found:)``;
    ///   ``ManifestError`` if the response is not a manifest.
    public func manifest(
        _ reference: ManifestReference, in repository: RepositoryName, accepting types: [MediaType] = MediaType.manifests
    ) async throws -> Manifest {
        var request = request(.get, "/v2/\(repository)/manifests/\(reference)")
        request.headerFields[.accept] = types.map(\.rawValue).joined(separator: ", ")
        let reply = try await Self.expect([200], send(request, scope: Self.scope(repository, "pull")))
        let bytes = try await reply.body.collect(upTo: Manifest.maximumSize)
        let type = reply.response.headerFields[.contentType].map { MediaType(contentType: $0) }
        let manifest = try Manifest(parsing: bytes, contentType: type)
        let announced = reply.response.headerFields[.dockerContentDigest].flatMap { Digest($0) }
        let expected = if case .digest(let digest) = reference { digest } else { announced ?? manifest.digest }
        var digester = Digester(expected.algorithm)
        digester.update(bytes)
        let found = digester.finish()
        guard found == expected else { throw RegistryClientError.digestMismatch(expected: expected, found: found) }
        return manifest
    }

    /// Returns a manifest's digest, media type and size without its content; nil if the registry has none.
    public func manifestDescriptor(_ reference: ManifestReference, in repository: RepositoryName) async throws -> Descriptor? {
        var request = request(.head, "/v2/\(repository)/manifests/\(reference)")
        request.headerFields[.accept] = MediaType.manifests.map(\.rawValue).joined(separator: ", ")
        let reply = try await send(request, scope: Self.scope(repository, "pull"))
        if reply.response.status == .notFound { return nil }
        let fields = try await Self.expect([200], reply).response.headerFields
        guard let digest = fields[.dockerContentDigest].flatMap({ Digest($0) }),
            let size = fields[.contentLength].flatMap({ Int($0) })
        else { throw RegistryClientError.unexpected("\(host) did not return the manifest's digest and size") }
        return Descriptor(mediaType: MediaType(contentType: fields[.contentType] ?? ""), digest: digest, size: size)
    }

    /// Returns a blob's size in bytes; nil if the repository does not have it.
    public func blobSize(_ digest: Digest, in repository: RepositoryName, actions: String = "pull") async throws -> Int? {
        let reply = try await send(request(.head, "/v2/\(repository)/blobs/\(digest)"), scope: Self.scope(repository, actions))
        if reply.response.status == .notFound { return nil }
        let fields = try await Self.expect([200, 307], reply).response.headerFields
        return fields[.contentLength].flatMap { Int($0) } ?? 0
    }

    /// Returns a blob's content, following redirects, without verifying it.
    public func blob(_ digest: Digest, in repository: RepositoryName) async throws -> HTTPBody {
        try await blob(digest, in: repository, from: 0).body
    }

    /// Returns a blob's content from an offset. Registries without support for ranges return all of it.
    /// - Returns: the content, and the offset at which it starts.
    public func blob(_ digest: Digest, in repository: RepositoryName, from start: Int) async throws -> (
        body: HTTPBody, start: Int
    ) {
        let range = start > 0 ? "bytes=\(start)-" : nil
        var first = request(.get, "/v2/\(repository)/blobs/\(digest)")
        first.headerFields[.range] = range
        var reply = try await send(first, scope: Self.scope(repository, "pull"))
        var hops = 0
        while [301, 302, 303, 307, 308].contains(reply.response.status.code) {
            hops += 1
            guard hops <= 5, let location = reply.response.headerFields[.location] else {
                throw RegistryClientError.unexpected("\(host) redirects too often")
            }
            // The redirect's target must not receive the registry's authorization.
            let (scheme, authority, path) = URLParts.split(location) ?? (self.scheme, host, location)
            var request = HTTPRequest(method: .get, scheme: scheme, authority: authority, path: path)
            request.headerFields[.range] = range
            reply = try await transport.send(request, body: .empty, timeout: timeout)
        }
        let answer = try await Self.expect([200, 206], reply)
        return (answer.body, answer.response.status.code == 206 ? start : 0)
    }

    /// Pulls a blob into a store and verifies it while it arrives. Does nothing if the store has it.
    /// - Parameter received: called with the number of bytes received so far.
    /// - Returns: false if the store already had the blob.
    @discardableResult
    public func pull(
        _ blob: Descriptor, from repository: RepositoryName, into store: any BlobStore,
        received: (@Sendable (Int) -> Void)? = nil
    ) async throws -> Bool {
        if try store.size(of: blob.digest) == blob.size, try store.touch(blob.digest) { return false }
        do {
            var content = try await self.blob(blob.digest, in: repository)
            if let received { content = content.counted(received) }
            let stored = try await store.store(content, as: blob.digest)
            guard stored.size == blob.size else {
                throw RegistryClientError.sizeMismatch(expected: blob.size, found: stored.size)
            }
            return true
        } catch BlobError.digest(let expected, let found) {
            throw RegistryClientError.digestMismatch(expected: expected, found: found)
        }
    }

    /// Returns all tags of a repository, fetched page by page.
    public func tags(in repository: RepositoryName) async throws -> [Tag] {
        var tags: [Tag] = []
        var path = "/v2/\(repository)/tags/list"
        while true {
            let reply = try await Self.expect([200], send(request(.get, path), scope: Self.scope(repository, "pull")))
            let node = try JSON.parse(try await reply.body.collect(upTo: 16 << 20))
            tags += (node["tags"]?.elements ?? []).compactMap { $0.string.flatMap { Tag($0) } }
            guard let next = reply.response.headerFields[.link].flatMap({ Self.next($0) }), next != path else { return tags }
            path = next
        }
    }

    /// Returns the manifests that name a manifest as their subject.
    public func referrers(
        of digest: Digest, in repository: RepositoryName, artifactType: String? = nil
    ) async throws -> [Descriptor] {
        let query = artifactType.map { "?artifactType=\(QueryString.encoded($0))" } ?? ""
        let request = request(.get, "/v2/\(repository)/referrers/\(digest)\(query)")
        let reply = try await Self.expect([200], send(request, scope: Self.scope(repository, "pull")))
        return try Manifest(parsing: try await reply.body.collect(upTo: Manifest.maximumSize)).manifests
    }

    /// Returns the target of `<…>; rel="next"` (RFC 8288) as a path.
    private static func next(_ link: String) -> String? {
        guard link.contains("rel=\"next\"") || link.contains("rel=next"), let open = link.firstIndex(of: "<"),
            let close = link.firstIndex(of: ">"), open < close
        else { return nil }
        let target = String(link[link.index(after: open)..<close])
        return URLParts.split(target)?.path ?? target
    }
}
