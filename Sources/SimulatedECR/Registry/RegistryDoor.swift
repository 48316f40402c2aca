import AWSCore
import HTTPTypes
import OCI
import SimulatorCore

/// ECR's registry: what docker, podman, skopeo and buildah push to and pull from.
///
/// It answers to ECR's host names and, below `/v2/`, to any other name; there the token tells account and region.
public struct RegistryDoor: HTTPDoor {
    let service: ECRSimulation

    public init(_ service: ECRSimulation) { self.service = service }

    public var name: String { "registry" }
    public var operationNames: [String] { RegistryOperation.names }
    public func operation(of request: HTTPRequest) -> (name: String, resource: String?)? {
        (try? RegistryOperation(request)).map { ($0.name, $0.repository?.description) }
    }

    public func answers(_ request: HTTPRequest) -> Bool {
        let authority = request.authority ?? ""
        if ECRHost(authority) != nil { return true }
        let path = request.pathOnly
        guard path == "/v2" || path.hasPrefix("/v2/") else { return false }
        let host = request.hostOnly
        return host != "docker.io" && !host.hasSuffix(".docker.io") && !host.hasSuffix(".docker.com")
    }

    public func respond(to request: HTTPRequest, body: HTTPBody, from peer: String, _ simulator: Simulator) async -> HTTPReply {
        let authority = ECRAuthority(service: service, simulator: simulator, peer: peer)
        let time = simulator.clock.now, started = ContinuousClock.now
        let reply =
            if mustHash(request) {
                // Nobody else's requests wait for that.
                await withTaskExecutorPreference(globalConcurrentExecutor) {
                    await respond(to: request, body: body, from: peer, authority, simulator)
                }
            } else {
                await respond(to: request, body: body, from: peer, authority, simulator)
            }
        let caller = authority.found.caller.withLock { $0 }
        note(
            request, from: peer, caller?.caller, account: caller?.account, region: caller?.region,
            status: reply.response.status.code, authority.found.refusal.withLock { $0 } ?? Self.error(of: reply),
            authority.found.decision.withLock { $0 }, at: time,
            started: started, simulator)
        return reply
    }

    /// Whether a blob has to be read before it can be sent.
    private func mustHash(_ request: HTTPRequest) -> Bool {
        guard service.deletesAsSpecified, request.method == .get,
            case .fetchBlob(_, let digest)? = try? RegistryOperation(request)
        else { return false }
        return service.verifier.mustHash(digest, in: service.blobs)
    }

    public func callers(of request: HTTPRequest, _ simulator: Simulator) -> [String] {
        ECRAuthority(service: service, simulator: simulator, peer: "").bearer(of: request)?.caller.names ?? ["anonymous"]
    }

    public func noteRefusal(of request: HTTPRequest, with error: AWSError, from peer: String, _ simulator: Simulator) {
        let token = ECRAuthority(service: service, simulator: simulator, peer: peer).bearer(of: request)
        note(
            request, from: peer, token?.caller, account: token?.account, region: token?.region, status: error.status, error,
            nil,
            at: simulator.clock.now, started: .now, simulator)
    }

    private func note(
        _ request: HTTPRequest, from peer: String, _ caller: Caller?, account: String?, region: String?, status: Int,
        _ error: AWSError?, _ decision: Decision?, at time: Instant, started: ContinuousClock.Instant, _ simulator: Simulator
    ) {
        let operation = try? RegistryOperation(request)
        simulator.enterIntoJournal(
            "ecr", operation.map { $0.actions.last ?? $0.name } ?? "",
            region: region ?? ECRHost(request.authority ?? "")?.region ?? simulator.configuration.region,
            caller: caller, from: peer, userAgent: request.headerFields[.userAgent],
            parameters: operation?.parameters(account: account) ?? .null, status: status, error: error, decision: decision,
            at: time, started: started)
    }

    private static func error(of reply: HTTPReply) -> AWSError? {
        guard reply.response.status.code >= 400 else { return nil }
        var bytes = Bytes()
        if case .bytes(let body) = reply.body { bytes = body }
        guard let error = RegistryError.errors(in: reply.response, bytes).first else { return nil }
        return AWSError(error.code, status: error.status, error.message, explanation: error.explanation)
    }

    private func respond(
        to request: HTTPRequest, body: HTTPBody, from peer: String, _ authority: ECRAuthority, _ simulator: Simulator
    ) async -> HTTPReply {
        var storage = ECRStorage(service: service, simulator: simulator, peer: peer)
        let cache = PullThrough(service: service, simulator: simulator, peer: peer)
        if let operation = try? RegistryOperation(request), case .listReferrers = operation,
            let caller = try? authority.admit(request, for: operation)
        {
            await cache.fetchReferrers(caller)
        }
        let reply = await handler(authority, storage).respond(to: request, body: body)
        // What isn't here may be one that a pull-through cache rule brings.
        guard reply.response.status == .notFound, request.method == .get || request.method == .head,
            let operation = try? RegistryOperation(request), let caller = try? authority.admit(request, for: operation)
        else { return reply }
        do {
            let outcome = try await cache.fetch(operation, caller)
            // What the first look ended with is not what the journal is to say.
            if case .absent = outcome {} else { authority.found.refusal.withLock { $0 = nil } }
            switch outcome {
            case .here:
                storage.servesStaleTags = true
                return await handler(authority, storage).respond(to: request, body: body)
            case .absent(let explanation):
                guard let explanation else { return reply }
                var explained = reply
                explained.response.headerFields[.explanation] = explanation.headerSafe
                return explained
            case .refused(let error): return error.reply(to: request)
            }
        } catch { return (authority.found.refusal(error) ?? .unknown(error)).reply(to: request) }
    }

    private func handler(_ authority: ECRAuthority, _ storage: ECRStorage) -> RegistryHandler<ECRAuthority, ECRStorage> {
        RegistryHandler(
            authority: authority, storage: storage,
            rules: service.deletesAsSpecified ? Self.specifiedRules(authority.found) : Self.rules(authority.found))
    }

    private static func rules(_ found: FoundCaller) -> RegistryRules {
        var rules = RegistryRules()
        // The API knows images and layers by their SHA-256 digests alone.
        rules.algorithms = [.sha256]
        rules.refusesInvalidTags = true
        rules.usualPage = 100
        rules.longerPage = .pageTooLong
        rules.chunkStatus = .created
        rules.namesFetchedDigests = false
        rules.translatesImages = true
        rules.translate = { found.refusal($0) }
        return rules
    }

    /// The specification's, where ECR goes its own way.
    private static func specifiedRules(_ found: FoundCaller) -> RegistryRules {
        var rules = RegistryRules()
        rules.takesTagParameters = true
        rules.refusesReversedRanges = true
        rules.translate = { error in
            guard let error = error as? AWSError else { return nil }
            let refusal = found.refusal(error)
            // A manifest's missing content has a code of its own; ECR says that an upload is missing.
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
    /// What it names, as the API's parameters are called.
    fileprivate func parameters(account: String?) -> Node {
        var fields: [Node.Field] = []
        if let account { fields.append(.init("registryId", .string(account))) }
        if let repository { fields.append(.init("repositoryName", .string(repository.description))) }
        switch self {
        case .checkManifest(_, let reference), .fetchManifest(_, let reference), .deleteManifest(_, let reference),
            .putManifest(_, let reference, _):
            switch reference {
            case .tag(let tag): fields.append(.init("imageTag", .string(tag.description)))
            case .digest(let digest): fields.append(.init("imageDigest", .string(digest.description)))
            }
        case .checkUpload(_, let id), .appendToUpload(_, let id), .finishUpload(_, let id, _), .cancelUpload(_, let id):
            fields.append(.init("uploadId", .string(id.description)))
            if let digest { fields.append(.init("layerDigest", .string(digest.description))) }
        default: if let digest { fields.append(.init("layerDigest", .string(digest.description))) }
        }
        return .object(fields)
    }
}

extension ECRSimulation {
    /// What ECR answers besides its API.
    public var doors: [any HTTPDoor] { [StorageDoor(self), RegistryDoor(self)] }
}
