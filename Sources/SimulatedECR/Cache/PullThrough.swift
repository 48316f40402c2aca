import AWSCore
import ECRAPI
import HTTPTypes
import OCI
import SimulatorCore

/// Brings an image from where a pull-through cache rule says it comes from.
struct PullThrough {
    let service: ECRSimulation
    let simulator: Simulator
    let peer: String

    /// Fetches what a request asked for in vain.
    /// - Returns: whether it is here now, so that asking again makes sense.
    func fetch(_ operation: RegistryOperation, _ caller: RegistryCaller) async throws -> Bool {
        guard let name = operation.repository, let reference = operation.manifest,
            let rule = try rule(for: name.description, caller), let host = rule.upstreamRegistryUrl,
            let upstream = RepositoryName(rule.upstreamName(of: name.description))
        else { return false }
        let client = RegistryClient(host: host, transport: service.upstream ?? SimulatorTransport(simulator: simulator))
        let manifest: Manifest
        do {
            manifest = try await client.manifest(reference, in: upstream)
            for blob in manifest.blobs { try await client.pull(blob, from: upstream, into: service.blobs) }
        } catch { return false }
        var tag: String?
        if case .tag(let text) = reference { tag = text.description }
        try simulator.perform(
            "ecr", "BatchImportUpstreamImage", as: caller.caller, account: caller.account, region: caller.region, from: peer
        ) { context in
            if try RepositoryRecord.find(name.description, context) == nil {
                try context.authorize(try service.target("ecr:CreateRepository", name.description, context), service)
                try service.create(name.description, for: "PULL_THROUGH_CACHE", context)
            }
            let repository = try RepositoryRecord.get(name.description, context)
            for blob in manifest.blobs {
                try LayerRecord(digest: blob.digest.description, size: blob.size).insert(in: repository.name, context)
            }
            do {
                // Of an index, only the images that are asked for follow.
                _ = try service.store(manifest, tag: tag, in: repository, context, isPartial: true)
            } catch let error as AWSError where error.code == "ImageAlreadyExistsException" {}
        }
        return true
    }

    private func rule(for name: String, _ caller: RegistryCaller) throws -> PullThroughCacheRule? {
        try simulator.perform(
            "ecr", "BatchImportUpstreamImage", as: caller.caller, account: caller.account, region: caller.region, from: peer
        ) { context in
            guard let rule = try service.cacheRule(for: name, context) else { return nil }
            try context.authorize(try service.target("ecr:BatchImportUpstreamImage", name, context), service)
            return rule
        }
    }
}

extension RegistryOperation {
    /// The manifest that a request wants to read.
    fileprivate var manifest: ManifestReference? {
        switch self {
        case .checkManifest(_, let reference), .fetchManifest(_, let reference): reference
        default: nil
        }
    }
}

/// The simulator's own doors as a network: Docker Hub and other regions' registries are behind them.
struct SimulatorTransport: HTTPTransport {
    let simulator: Simulator

    func send(_ request: HTTPRequest, body: HTTPBody, timeout: Duration) async throws -> HTTPReply {
        await simulator.respond(to: request, body: body)
    }
}
