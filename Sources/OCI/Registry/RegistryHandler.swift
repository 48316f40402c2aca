public import AWSCore
public import HTTPTypes

/// An OCI registry: the distribution specification 1.1 over HTTP. The authority and storage are pluggable.
///
/// It is as strict as the specification: it verifies digests while bytes arrive, rejects chunks out of order, and keeps a
/// manifest's bytes unchanged. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
public struct RegistryHandler<Authority: RegistryAuthority, Storage: RegistryStorage>: Sendable
where Authority.Caller == Storage.Caller {
    public let authority: Authority
    public let storage: Storage
    public let rules: RegistryRules

    public init(authority: Authority, storage: Storage, rules: RegistryRules = RegistryRules()) {
        self.authority = authority
        self.storage = storage
        self.rules = rules
    }

    /// Answers one request. Never throws; errors become responses.
    public func respond(to request: HTTPRequest, body: HTTPBody) async -> HTTPReply {
        await respond(to: request, asking: RegistryOperation.reading(request), body: body)
    }

    /// Answers one request that was already parsed.
    public func respond(
        to request: HTTPRequest, asking operation: Result<RegistryOperation, RegistryError>, body: HTTPBody
    ) async -> HTTPReply {
        do {
            let operation = try checked(operation, of: request)
            let caller = try authority.admit(request, for: operation)
            if let algorithm = operation.digest?.algorithm, !rules.algorithms.contains(algorithm) {
                throw RegistryError.digestInvalid("\(DigestError.algorithm(algorithm.rawValue))")
            }
            let exchange = Exchange(request: request, body: body, caller: caller, storage: storage, rules: rules)
            var reply = try await exchange.perform(operation)
            reply.response.headerFields[.dockerAPIVersion] = "registry/2.0"
            if let length = reply.body.length, reply.response.headerFields[.contentLength] == nil,
                reply.response.status != .noContent
            {
                reply.response.headerFields[.contentLength] = String(length)
            }
            return reply
        } catch {
            var reply = rules.refusal(error).reply
            if request.method == .head { reply.body = .empty }
            return reply
        }
    }

    /// Returns the operation. When reading, an invalid tag is reported as an unknown manifest.
    private func checked(
        _ operation: Result<RegistryOperation, RegistryError>, of request: HTTPRequest
    ) throws(RegistryError) -> RegistryOperation {
        do { return try operation.get() } catch {
            guard error.code == "TAG_INVALID", request.method != .put, !rules.refusesInvalidTags else { throw error }
            throw .manifestUnknown(tag: error.detail?.string ?? "")
        }
    }
}

/// Differences between registries, besides authority and storage. The defaults follow the specification.
public struct RegistryRules: Sendable {
    /// Whether `Location` includes scheme and host. If not, clients resolve it against the request's URL.
    public var absoluteLocations = false
    /// The most names in a page of a list.
    public var pageLimit = 1000
    /// The page size if the client gives none; nil uses ``pageLimit``.
    public var usualPage: Int?
    /// The error for a page size above the limit; nil limits the page instead.
    public var longerPage: RegistryError?
    /// The supported digest algorithms. Others are rejected as unsupported digests.
    public var algorithms = Set(Digest.Algorithm.allCases)
    /// Whether a manifest pushed by digest may have tags: `?tag=a&tag=b`, as in the specification's next version.
    public var takesTagParameters = false
    /// Whether a range with its end before its start is rejected with 416. RFC 9110 requires ignoring it.
    public var refusesReversedRanges = false
    /// Whether requesting a manifest by an invalid tag is a client error (400), as in Amazon ECR. If not, the manifest is
    /// unknown.
    public var refusesInvalidTags = false
    /// The response status for an accepted chunk.
    public var chunkStatus = HTTPResponse.Status.accepted
    /// Whether an image requested by tag is translated for clients that do not accept its format, and one requested by digest
    /// is returned unchanged. If not, such clients are told that there is no such manifest.
    public var translatesImages = false
    /// Whether the response to a manifest's GET has its digest, like the response to HEAD.
    public var namesFetchedDigests = true
    /// Converts errors to the registry's own errors. Receives errors of the storage and the engine: ``RegistryError``,
    /// ``BlobError``, ``ManifestError``, ``ManifestDigestMismatch``.
    public var translate: @Sendable (any Error) -> RegistryError? = { _ in nil }

    public init() {}

    func refusal(_ error: any Error) -> RegistryError {
        if let translated = translate(error) { return translated }
        switch error {
        case let error as RegistryError: return error
        case BlobError.offset: return .rangeInvalid
        case BlobError.unknownUpload: return .blobUploadUnknown
        case BlobError.digest(_, let found): return .digestInvalid("content has digest \(found)")
        case let error as ManifestError: return .manifestInvalid(error.description)
        case let error as ManifestDigestMismatch: return .digestInvalid("content has digest \(error.found)")
        case is BodyTooLarge: return .manifestTooLarge
        default: return .unknown(error)
        }
    }
}

/// One request and what is needed to answer it.
struct Exchange<Storage: RegistryStorage>: Sendable {
    let request: HTTPRequest
    let body: HTTPBody
    let caller: Storage.Caller
    let storage: Storage
    let rules: RegistryRules

    func perform(_ operation: RegistryOperation) async throws -> HTTPReply {
        switch operation {
        case .ping: return json(.object([]))
        case .listRepositories(let page): return try listRepositories(page)
        case .checkBlob(let name, let digest): return try checkBlob(name, digest)
        case .fetchBlob(let name, let digest): return try fetchBlob(name, digest)
        case .deleteBlob(let name, let digest): return try deleteBlob(name, digest)
        case .startUpload(let name, let whole): return try await startUpload(name, whole: whole)
        case .mountBlob(let name, let digest, let source): return try mountBlob(name, digest, from: source)
        case .checkUpload(let name, let id): return try checkUpload(name, id)
        case .appendToUpload(let name, let id): return try await append(to: id, in: name)
        case .finishUpload(let name, let id, let digest): return try await finish(id, as: digest, in: name)
        case .cancelUpload(let name, let id): return try cancel(id, in: name)
        case .checkManifest(let name, let reference): return try fetchManifest(name, reference, isHead: true)
        case .fetchManifest(let name, let reference): return try fetchManifest(name, reference, isHead: false)
        case .putManifest(let name, let reference, let tags):
            return try await putManifest(name, reference, tags: rules.takesTagParameters ? tags : [])
        case .deleteManifest(let name, let reference): return try deleteManifest(name, reference)
        case .listTags(let name, let page): return try listTags(name, page)
        case .listReferrers(let name, let digest, let type): return try listReferrers(name, digest, artifactType: type)
        }
    }

    /// Returns a path for a `Location` header, with scheme and host if the rules require it.
    func location(_ path: String) -> String {
        guard rules.absoluteLocations, let host = request.authority else { return path }
        return "\(request.scheme ?? "https")://\(host)\(path)"
    }

    func json(_ node: Node, type: MediaType = MediaType("application/json; charset=utf-8")) -> HTTPReply {
        HTTPReply(
            HTTPResponse(status: .ok, headerFields: [.contentType: type.rawValue]), .bytes(JSON.write(node)))
    }

    func empty(_ status: HTTPResponse.Status, _ fields: HTTPFields) -> HTTPReply {
        HTTPReply(HTTPResponse(status: status, headerFields: fields))
    }
}
