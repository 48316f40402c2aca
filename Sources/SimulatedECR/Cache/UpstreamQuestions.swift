import AWSCore
import ECRAPI
import GRDB
import HTTPTypes
import OCI
import SimulatorCore

// Requests to upstream registries that must finish before the API handler runs.

extension ECRSimulation {
    public func needsPrefetch(for request: HTTPRequest) -> Bool { UpstreamQuestion(request) != nil }

    public func prefetch(for request: HTTPRequest, body: Bytes, _ simulator: Simulator) async {
        guard let parameters = try? JSON.parse(body) else { return }
        switch UpstreamQuestion(request) {
        case .validation?: await probe(parameters, simulator)
        case .referrers?: await fetchReferrers(parameters, simulator)
        case nil: break
        }
    }

    private enum UpstreamQuestion: String, CaseIterable {
        case validation = ".ValidatePullThroughCacheRule"
        case referrers = ".ListImageReferrers"

        init?(_ request: HTTPRequest) {
            guard let target = request.headerFields[.amzTarget],
                let question = Self.allCases.first(where: { target.hasSuffix($0.rawValue) })
            else { return nil }
            self = question
        }
    }

    /// Probes the upstreams of every account's rule with this prefix.
    private func probe(_ parameters: Node, _ simulator: Simulator) async {
        guard let prefix = parameters["ecrRepositoryPrefix"]?.string else { return }
        let rules = try? simulator.look { try Self.cacheRules.everywhere(RepositoryPrefix.normal(prefix), $0) }
        for host in Set((rules ?? []).compactMap(\.upstreamRegistryUrl)) where isElsewhere(host) {
            guard let upstream = reach(host, simulator) else { continue }
            do {
                try await upstream.client.ping()
                probes.note(nil, of: host)
            } catch { probes.note("The upstream registry '\(host)' cannot be used: \(error)", of: host) }
        }
    }

    /// Fetches a cached image's referrers, in every registry that has the image. The handler checks later
    /// whether the caller may list them.
    private func fetchReferrers(_ parameters: Node, _ simulator: Simulator) async {
        guard let name = parameters["repositoryName"]?.string.flatMap({ RepositoryName($0) }),
            let digest = parameters["subjectId"]?["imageDigest"]?.string.flatMap({ Digest($0) })
        else { return }
        let registries = try? simulator.look { db -> [(account: String, region: String)] in
            guard try Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM ecr_cache_rule)") == true else { return [] }
            return try Row.fetchAll(
                db, sql: "SELECT account, region FROM ecr_image WHERE repository = ? AND digest = ?",
                arguments: [name.description, digest.description]
            ).map { ($0[0], $0[1]) }
        }
        for registry in registries ?? [] {
            let caller = RegistryCaller(
                caller: .root(of: registry.account, accessKeyId: "ecr.amazonaws.com"), account: registry.account,
                region: registry.region, operation: .listReferrers(name, digest, artifactType: nil))
            let session = RegistrySession(self, simulator, from: "127.0.0.1", isTrusted: true)
            await PullThrough(session).fetchReferrers(caller)
        }
    }
}
