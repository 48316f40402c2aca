import AWSCore
import HTTPTypes

extension Exchange {
    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-tags
    func listTags(_ name: RepositoryName, _ page: RegistryOperation.Page) throws -> HTTPReply {
        let limit = try limit(page)
        let found = try storage.tags(in: name, after: page.last, limit: limit + 1, for: caller).map(\.description)
        let tags = Array(found.prefix(limit))
        var reply = json(
            .object([
                .init("name", .string(name.description)), .init("tags", .list(tags.map { .string($0) })),
            ]))
        addLink("/v2/\(name)/tags/list", to: &reply, after: tags, isMore: found.count > limit, limit)
        return reply
    }

    /// https://distribution.github.io/distribution/spec/api/#catalog
    func listRepositories(_ page: RegistryOperation.Page) throws -> HTTPReply {
        let limit = try limit(page)
        let found = try storage.repositories(after: page.last, limit: limit + 1, for: caller).map(\.description)
        let names = Array(found.prefix(limit))
        var reply = json(.object([.init("repositories", .list(names.map { .string($0) }))]))
        addLink("/v2/_catalog", to: &reply, after: names, isMore: found.count > limit, limit)
        return reply
    }

    private func limit(_ page: RegistryOperation.Page) throws -> Int {
        guard let limit = page.limit else { return rules.usualPage ?? rules.pageLimit }
        if limit > rules.pageLimit, let refusal = rules.longerPage { throw refusal }
        return min(limit, rules.pageLimit)
    }

    private func addLink(_ path: String, to reply: inout HTTPReply, after names: [String], isMore: Bool, _ limit: Int) {
        guard isMore, let last = names.last else { return }
        reply.response.headerFields[.link] =
            "<\(location(path))?last=\(QueryString.encoded(last))&n=\(limit)>; rel=\"next\""
    }

    /// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#listing-referrers
    func listReferrers(_ name: RepositoryName, _ digest: Digest, artifactType: String?) throws -> HTTPReply {
        var found = try storage.referrers(of: digest, in: name, for: caller)
        if let artifactType { found = found.filter { $0.artifactType == artifactType } }
        var reply = json(
            .object([
                .init("schemaVersion", .integer(2)), .init("mediaType", .string(MediaType.ociIndex.rawValue)),
                .init("manifests", .list(found.map(\.node))),
            ]), type: .ociIndex)
        if artifactType != nil { reply.response.headerFields[.ociFiltersApplied] = "artifactType" }
        return reply
    }
}
