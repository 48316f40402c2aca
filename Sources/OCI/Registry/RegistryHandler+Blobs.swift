import AWSCore
import HTTPTypes

extension Exchange {
    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#checking-if-content-exists-in-the-registry
    func checkBlob(_ name: RepositoryName, _ digest: Digest) throws -> HTTPReply {
        guard let size = try storage.blobSize(digest, in: name, for: caller) else { throw RegistryError.blobUnknown(digest) }
        var fields = blobFields(digest)
        fields[.contentLength] = String(size)
        return empty(.ok, fields)
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pulling-blobs
    func fetchBlob(_ name: RepositoryName, _ digest: Digest) throws -> HTTPReply {
        switch try storage.blob(digest, in: name, for: caller) {
        case nil: throw RegistryError.blobUnknown(digest)
        case .redirect(let url)?:
            return empty(.temporaryRedirect, [.location: url, .dockerContentDigest: digest.description])
        case .content(let body)?:
            return try body.part(
                asked: request.headerFields[.range], fields: blobFields(digest), refusesReversed: rules.refusesReversedRanges)
        }
    }

    private func blobFields(_ digest: Digest) -> HTTPFields {
        [
            .contentType: MediaType.octetStream.rawValue, .dockerContentDigest: digest.description,
            .eTag: "\"\(digest)\"", .acceptRanges: "bytes", .cacheControl: "max-age=31536000",
        ]
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#deleting-blobs
    func deleteBlob(_ name: RepositoryName, _ digest: Digest) throws -> HTTPReply {
        guard try storage.deleteBlob(digest, in: name, for: caller) else { throw RegistryError.blobUnknown(digest) }
        return empty(.accepted, [.dockerContentDigest: digest.description])
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#mounting-a-blob-from-another-repository
    func mountBlob(_ name: RepositoryName, _ digest: Digest, from source: RepositoryName?) throws -> HTTPReply {
        if try storage.mountBlob(digest, from: source, in: name, for: caller) { return created(digest, in: name) }
        return try beginUpload(name)
    }

    func created(_ digest: Digest, in name: RepositoryName) -> HTTPReply {
        empty(
            .created,
            [.location: location("/v2/\(name)/blobs/\(digest)"), .dockerContentDigest: digest.description, .contentLength: "0"])
    }
}

extension HTTPBody {
    /// Returns the body, or the range that the request asks for (RFC 9110 §14). Anything other than a single byte range is
    /// ignored, as the RFC allows. A range beyond the end is an error.
    package func part(
        asked range: String?, fields: HTTPFields, refusesReversed: Bool = false
    ) throws(RegistryError) -> HTTPReply {
        var fields = fields
        guard let length, let range, let asked = ByteRange(range, of: length, takesReversed: refusesReversed) else {
            if let length { fields[.contentLength] = String(length) }
            return HTTPReply(HTTPResponse(status: .ok, headerFields: fields), self)
        }
        guard case .bytes(let first, let last) = asked else {
            var error = RegistryError("RANGE_INVALID", status: 416, "requested range not satisfiable")
            error.headers[.contentRange] = "bytes */\(length)"
            throw error
        }
        guard let part = slice(from: first, length: last - first + 1) else {
            return HTTPReply(HTTPResponse(status: .ok, headerFields: fields), self)
        }
        fields[.contentLength] = String(last - first + 1)
        fields[.contentRange] = "bytes \(first)-\(last)/\(length)"
        return HTTPReply(HTTPResponse(status: .partialContent, headerFields: fields), part)
    }

    /// Returns part of a body with random access; nil for a stream.
    private func slice(from first: Int, length: Int) -> HTTPBody? {
        switch self {
        case .bytes(let bytes): .bytes(Bytes(bytes[first..<first + length]))
        case .file(let path, let offset, _): .file(path: path, offset: offset + first, length: length)
        case .stream: nil
        }
    }
}

/// The range in a `Range` header.
private enum ByteRange {
    case bytes(Int, Int)
    case beyondTheEnd

    /// Returns nil unless the text is a single byte range.
    /// - Parameter takesReversed: whether an end before the start counts as a range, which cannot be satisfied.
    init?(_ text: String, of length: Int, takesReversed: Bool) {
        guard text.hasPrefix("bytes="), !text.contains(",") else { return nil }
        let ends = text.dropFirst(6).split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        if ends[0].isEmpty {
            guard let suffix = Int(ends[1]), suffix >= 0 else { return nil }
            self = suffix == 0 || length == 0 ? .beyondTheEnd : .bytes(max(0, length - suffix), length - 1)
        } else {
            guard let first = Int(ends[0]), first >= 0 else { return nil }
            let last = ends[1].isEmpty ? length - 1 : Int(ends[1])
            guard let last, ends[1].isEmpty || last >= first || takesReversed else { return nil }
            self = first >= length || last < first ? .beyondTheEnd : .bytes(first, min(last, length - 1))
        }
    }
}
