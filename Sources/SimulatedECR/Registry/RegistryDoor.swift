import AWSCore
import HTTPTypes
import OCI
import SimulatorCore

/// ECR's registry, which docker, podman, skopeo and buildah push to and pull from.
///
/// It serves ECR's host names and, for paths below `/v2/`, any other name. There, the token determines account and region.
public struct RegistryDoor: HTTPDoor {
    let service: ECRSimulation

    public init(_ service: ECRSimulation) { self.service = service }

    public var name: String { "registry" }
    public var operationNames: [String] { RegistryOperation.names }

    public func answers(_ request: HTTPRequest) -> Bool {
        let authority = request.authority ?? ""
        if ECRHost(authority) != nil { return true }
        let path = request.pathOnly
        guard path == "/v2" || path.hasPrefix("/v2/") else { return false }
        let host = request.hostOnly
        return host != "docker.io" && !host.hasSuffix(".docker.io") && !host.hasSuffix(".docker.com")
    }

    public func receive(_ request: HTTPRequest, from peer: String, _ simulator: Simulator) -> any DoorRequest {
        RegistryRequest(request, to: service, from: peer, simulator)
    }
}

/// A parsed registry request.
struct RegistryRequest: DoorRequest {
    private let request: HTTPRequest
    private let parsed: Result<RegistryOperation, RegistryError>
    private let session: RegistrySession
    private let time: Instant
    private let started = ContinuousClock.now

    init(_ request: HTTPRequest, to service: ECRSimulation, from peer: String, _ simulator: Simulator) {
        self.request = request
        parsed = RegistryOperation.reading(request)
        session = RegistrySession(service, simulator, from: peer)
        time = simulator.clock.now
    }

    private var service: ECRSimulation { session.service }
    private var simulator: Simulator { session.simulator }
    /// The operation, or nil if the request is not part of the protocol.
    private var parsedOperation: RegistryOperation? { try? parsed.get() }

    var operation: (name: String, resource: String?)? {
        parsedOperation.map { ($0.name, $0.repository?.description) }
    }

    var callers: [String] { ECRAuthority.bearer(of: request, simulator)?.caller.names ?? ["anonymous"] }

    func respond(body: HTTPBody) async -> HTTPReply {
        let reply =
            if mustHash {
                // Run elsewhere, so that other requests do not wait for the hash.
                await withTaskExecutorPreference(globalConcurrentExecutor) { await checkedReply(body) }
            } else {
                await checkedReply(body)
            }
        let caller = session.caller ?? session.stranger
        note(
            caller?.caller, account: caller?.account, region: caller?.region, status: reply.response.status.code,
            session.refusal ?? Self.error(of: reply))
        return reply
    }

    /// Whether the blob must be hashed before it is sent.
    private var mustHash: Bool {
        guard service.deletesAsSpecified, case .fetchBlob(_, let digest)? = parsedOperation else { return false }
        return service.verifier.mustHash(digest, in: service.blobs)
    }

    func noteRefusal(with error: AWSError) {
        let token = ECRAuthority.bearer(of: request, simulator)
        note(token?.caller, account: token?.account, region: token?.region, status: error.status, error)
    }

    private func note(_ caller: Caller?, account: String?, region: String?, status: Int, _ error: AWSError?) {
        let operation = parsedOperation
        simulator.enterIntoJournal(
            session.request, "ecr", operation.map { $0.actions.last ?? $0.name } ?? "",
            region: region ?? ECRHost(request.authority ?? "")?.region ?? simulator.configuration.region,
            caller: caller, from: session.peer, userAgent: request.headerFields[.userAgent],
            parameters: operation?.parameters(account: account) ?? .null, status: status, error: error,
            decision: session.decision, at: time, started: started)
    }

    private static func error(of reply: HTTPReply) -> AWSError? {
        guard reply.response.status.code >= 400 else { return nil }
        var bytes = Bytes()
        if case .bytes(let body) = reply.body { bytes = body }
        guard let error = RegistryError.errors(in: reply.response, bytes).first else { return nil }
        return AWSError(error.code, status: error.status, error.message, explanation: error.explanation)
    }

    /// Returns the reply. If the handler ran no transaction, for example for an unknown digest algorithm, checks the caller's
    /// permissions first.
    private func checkedReply(_ body: HTTPBody) async -> HTTPReply {
        let reply = await replyUsingCache(body)
        guard !session.wasAsked, let caller = session.caller, !caller.operation.actions.isEmpty else { return reply }
        do {
            try session.perform(for: caller) { _ in }
            return reply
        } catch { return (session.refusal(error) ?? error as? RegistryError ?? .unknown(error)).reply(to: request) }
    }

    private func replyUsingCache(_ body: HTTPBody) async -> HTTPReply {
        let cache = PullThrough(session)
        if let operation = parsedOperation, case .listReferrers = operation,
            let caller = try? ECRAuthority(session).admit(request, for: operation)
        {
            await cache.fetchReferrers(caller)
        }
        let reply = await registryReply(body)
        // A pull-through cache rule may bring the missing image.
        guard reply.response.status == .notFound, request.method == .get || request.method == .head,
            let operation = parsedOperation, let caller = session.caller
        else { return reply }
        do {
            let result = try await cache.fetch(operation, caller)
            // The journal records the fetch's outcome, not the first lookup's.
            if case .absent = result {} else { session.refusal = nil }
            switch result {
            case .here: return await registryReply(body, servesStaleTags: true)
            case .absent(let explanation):
                guard let explanation else { return reply }
                var explained = reply
                explained.response.headerFields[.explanation] = explanation.headerSafe
                return explained
            case .refused(let error): return error.reply(to: request)
            }
        } catch { return (session.refusal(error) ?? .unknown(error)).reply(to: request) }
    }

    /// - Parameter servesStaleTags: whether cached tags are served without asking the upstream.
    private func registryReply(_ body: HTTPBody, servesStaleTags: Bool = false) async -> HTTPReply {
        await RegistryHandler(
            authority: ECRAuthority(session), storage: ECRStorage(session: session, servesStaleTags: servesStaleTags),
            rules: service.deletesAsSpecified ? Self.specifiedRules(session) : Self.rules(session)
        ).respond(to: request, asking: parsed, body: body)
    }

    private static func rules(_ session: RegistrySession) -> RegistryRules {
        var rules = RegistryRules()
        // The API identifies images and layers by SHA-256 digests only.
        rules.algorithms = [.sha256]
        rules.refusesInvalidTags = true
        rules.usualPage = 100
        rules.longerPage = .pageTooLong
        rules.chunkStatus = .created
        rules.namesFetchedDigests = false
        rules.translatesImages = true
        rules.translate = { session.refusal($0) }
        return rules
    }

    /// The specification's rules, for the cases in which ECR differs.
    private static func specifiedRules(_ session: RegistrySession) -> RegistryRules {
        var rules = RegistryRules()
        rules.takesTagParameters = true
        rules.refusesReversedRanges = true
        rules.translate = { error in
            guard let error = error as? AWSError else { return nil }
            let refusal = session.refusal(error)
            // The specification has its own code for a manifest's missing blobs; ECR uses the code for a missing upload.
            guard error.code == "LayersNotFoundException" else { return refusal }
            return RegistryError("MANIFEST_BLOB_UNKNOWN", status: 404, error.message, explanation: error.explanation)
        }
        return rules
    }
}

extension RegistryError {
    fileprivate func reply(to request: HTTPRequest) -> HTTPReply {
        var reply = reply
        if request.method == .head { reply.body = .empty }
        return reply
    }
}

extension RegistryOperation {
    /// The resources that the operation names, as API parameters.
    fileprivate func parameters(account: String?) -> Node {
        var fields: [Node.Field] = []
        if let account { fields.append(.init("registryId", .string(account))) }
        if let repository { fields.append(.init("repositoryName", .string(repository.description))) }
        switch self {
        case .checkManifest(_, let reference), .fetchManifest(_, let reference), .deleteManifest(_, let reference):
            fields.append(.init("imageIds", .list([.object([Self.named(reference)])])))
        case .putManifest(_, let reference, _): fields.append(Self.named(reference))
        case .checkUpload(_, let id), .appendToUpload(_, let id), .cancelUpload(_, let id):
            fields.append(.init("uploadId", .string(id.description)))
        case .finishUpload(_, let id, _):
            fields.append(.init("uploadId", .string(id.description)))
            if let digest { fields.append(.init("layerDigests", .list([.string(digest.description)]))) }
        case .checkBlob:
            if let digest { fields.append(.init("layerDigests", .list([.string(digest.description)]))) }
        default: if let digest { fields.append(.init("layerDigest", .string(digest.description))) }
        }
        return .object(fields)
    }

    private static func named(_ reference: ManifestReference) -> Node.Field {
        switch reference {
        case .tag(let tag): .init("imageTag", .string(tag.description))
        case .digest(let digest): .init("imageDigest", .string(digest.description))
        }
    }
}

extension ECRSimulation {
    /// The HTTP endpoints that ECR has besides its API.
    public var doors: [any HTTPDoor] { [StorageDoor(self), RegistryDoor(self)] }
}
