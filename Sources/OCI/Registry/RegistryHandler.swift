public import AWSCore
public import HTTPTypes

/// An OCI registry: the distribution specification 1.1 over HTTP, for whatever house provides authority and storage.
///
/// Strict where the specification is: digests are verified while bytes stream in, chunks come in order or are refused, a
/// manifest's bytes are kept as they came. https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md
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

    /// Answers one request. Never throws: a refusal is an answer too.
    public func respond(to request: HTTPRequest, body: HTTPBody) async -> HTTPReply {
        await respond(to: request, asking: RegistryOperation.reading(request), body: body)
    }

    /// Answers one request that was read before.
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
            var reply = try await exchange.answer(operation)
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

    /// What cannot be a tag names no manifest either, for whoever looks for one.
    private func checked(
        _ operation: Result<RegistryOperation, RegistryError>, of request: HTTPRequest
    ) throws(RegistryError) -> RegistryOperation {
        do { return try operation.get() } catch {
            guard error.code == "TAG_INVALID", request.method != .put, !rules.refusesInvalidTags else { throw error }
            throw .manifestUnknown(tag: error.detail?.string ?? "")
        }
    }
}

/// What differs between registries beside who may and what is kept. Where nothing is said, the specification is followed.
public struct RegistryRules: Sendable {
    /// Whether `Location` has scheme and host. Without, clients resolve it against the URL they asked.
    public var absoluteLocations = false
    /// The most names in a page of a list.
    public var pageLimit = 1000
    /// How many names a page has if the client doesn't say; nil as many as it may have.
    public var usualPage: Int?
    /// What is said to a client that wants longer pages; nil gives it as long a page as there is.
    public var longerPage: RegistryError?
    /// What content may be named by. Others are refused as digests that nobody knows.
    public var algorithms = Set(Digest.Algorithm.allCases)
    /// Whether a manifest that is pushed by its digest may bring tags along: `?tag=a&tag=b`, as the specification's next
    /// version has it.
    public var takesTagParameters = false
    /// Whether a range whose end is before its beginning is refused with 416. RFC 9110 has it ignored.
    public var refusesReversedRanges = false
    /// Whether asking for a manifest by what cannot be a tag is an error of the client's, 400, as it is to Amazon ECR. Else
    /// there is no such manifest.
    public var refusesInvalidTags = false
    /// The answer to a chunk that was taken in.
    public var chunkStatus = HTTPResponse.Status.accepted
    /// Whether an image asked for by a tag is translated for clients that don't take it as it is, and one asked for by its digest
    /// is given to them all the same. Else they are told that there is none.
    public var translatesImages = false
    /// Whether the answer to a manifest's GET names its digest, as that to HEAD does.
    public var namesFetchedDigests = true
    /// Turns what is wrong into what the registry says. Receives the storage's errors and the engine's: ``RegistryError``,
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

/// One request on its way to its answer.
struct Exchange<Storage: RegistryStorage>: Sendable {
    let request: HTTPRequest
    let body: HTTPBody
    let caller: Storage.Caller
    let storage: Storage
    let rules: RegistryRules

    func answer(_ operation: RegistryOperation) async throws -> HTTPReply {
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

    /// `/v2/…` as the client can reach it.
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
