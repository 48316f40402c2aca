import AWSCore
import GRDB
import HTTPTypes
import OCI

// The parts of hub.docker.com and index.docker.io that scripts use: login, repositories, tags, search.
// https://docs.docker.com/reference/api/hub/latest/

extension HubSession {
    func webReply(_ request: HTTPRequest, _ body: HTTPBody) async throws -> HTTPReply {
        let target = request.path ?? "/"
        let path = target.prefix { $0 != "?" }
        let query = (try? QueryString.pairs(target.dropFirst(path.count + 1).utf8)) ?? []
        let parts = path.split(separator: "/").map(String.init)
        switch (request.method, parts.first, parts.dropFirst().first) {
        case (.post, "v2", "users") where parts.count == 3 && parts[2] == "login",
            (.post, "v2", "auth") where parts.count == 3 && parts[2] == "token":
            return try logIn(await body.collect(upTo: 64 << 10))
        case (.get, "v2", "repositories") where parts.count == 3:
            return try listRepositories(of: parts[2], for: user(of: request))
        case (.get, "v2", "repositories") where parts.count == 4:
            return try describe(parts[2] + "/" + parts[3], for: user(of: request))
        case (.get, "v2", "repositories") where parts.count == 5 && parts[4] == "tags":
            return try listTags(of: parts[2] + "/" + parts[3], for: user(of: request))
        case (.get, "v2", "search"), (.get, "v1", "search"):
            let limit = query.first { $0.name == "n" || $0.name == "page_size" }.flatMap { Int($0.value) } ?? 25
            return try search(
                query.first { $0.name == "query" || $0.name == "q" }?.value ?? "", limit: limit, isV1: parts[0] == "v1")
        case (.get, "v1", "_ping"): return Self.json(.bool(true))
        default: return Self.json(.object([.init("message", .string("object not found"))]), status: .notFound)
        }
    }

    private func logIn(_ body: Bytes) throws -> HTTPReply {
        let form = try? JSON.parse(body)
        guard let name = form?["username"]?.string ?? form?["identifier"]?.string,
            let password = form?["password"]?.string ?? form?["secret"]?.string
        else {
            return Self.json(.object([.init("detail", .string("Incorrect authentication credentials"))]), status: .badRequest)
        }
        guard try isUser(RegistryCredentials(username: name, password: password)) else {
            return Self.json(.object([.init("detail", .string("Incorrect authentication credentials"))]), status: .unauthorized)
        }
        let token = HubToken(user: name, access: [], issuedAt: now).text(simulator.configuration)
        return Self.json(.object([.init("token", .string(token)), .init("access_token", .string(token))]))
    }

    private func user(of request: HTTPRequest) -> String? {
        guard let header = request.headerFields[.authorization],
            let text = header.split(separator: " ").last.map(String.init),
            let token = HubToken(text, simulator.configuration), now < token.expiresAt
        else { return nil }
        return token.user
    }

    private func listRepositories(of namespace: String, for user: String?) throws -> HTTPReply {
        let found = try transact { db, _ in
            try HubRepository.owned(by: namespace, all: user == namespace, db)
        }
        return Self.list(found.map(Self.shape))
    }

    /// Returns the repository if it exists and the user may see it.
    private func visible(_ text: String, for user: String?, _ db: Database) throws -> HubRepository? {
        guard let name = RepositoryName(text), let found = try HubRepository.find(name, db) else { return nil }
        return !found.isPrivate || name.namespace == user ? found : nil
    }

    private func describe(_ text: String, for user: String?) throws -> HTTPReply {
        guard let found = try transact({ db, _ in try visible(text, for: user, db) }) else { return Self.notFound }
        return Self.json(Self.shape(found))
    }

    private func listTags(of text: String, for user: String?) throws -> HTTPReply {
        let tags: [Node]? = try transact { db, _ in
            guard let found = try visible(text, for: user, db) else { return nil }
            return try HubManifest.tags(in: found.name, after: "", limit: 100, db).compactMap { tag in
                guard let stored = try HubManifest.find(.tag(tag), in: found.name, db) else { return nil }
                let size = (try? Manifest(parsing: stored.bytes, contentType: stored.mediaType))?.imageSize ?? 0
                return .object([
                    .init("name", .string(tag.description)), .init("full_size", .integer(Int64(size))),
                    .init("digest", .string(stored.digest.description)),
                    .init("media_type", .string(stored.mediaType.rawValue)),
                ])
            }
        }
        return tags.map(Self.list) ?? Self.notFound
    }

    private func search(_ text: String, limit: Int, isV1: Bool) throws -> HTTPReply {
        let found = try transact { db, _ in
            try HubRepository.search(text.lowercased(), db).prefix(min(max(1, limit), 100))
        }
        let results = found.map { repository -> Node in
            let isOfficial = repository.name.namespace == "library"
            let name = isOfficial ? String(repository.name.description.dropFirst(8)) : repository.name.description
            return .object([
                .init(isV1 ? "name" : "repo_name", .string(name)),
                .init(isV1 ? "description" : "short_description", .string(repository.description)),
                .init("star_count", .integer(0)), .init("is_official", .bool(isOfficial)),
                .init("is_automated", .bool(false)),
            ])
        }
        guard isV1 else { return Self.list(results) }
        return Self.json(
            .object([
                .init("num_results", .integer(Int64(results.count))), .init("query", .string(text)),
                .init("results", .list(results)),
            ]))
    }

    private static func shape(_ repository: HubRepository) -> Node {
        let namespace = repository.name.namespace ?? "library"
        return .object([
            .init("user", .string(namespace)), .init("namespace", .string(namespace)),
            .init("name", .string(String(repository.name.description.dropFirst(namespace.count + 1)))),
            .init("description", .string(repository.description)), .init("is_private", .bool(repository.isPrivate)),
            .init("pull_count", .integer(Int64(repository.pulls))),
            .init("last_updated", .string(repository.updatedAt.iso8601(milliseconds: true))),
        ])
    }

    private static func list(_ items: [Node]) -> HTTPReply {
        json(
            .object([
                .init("count", .integer(Int64(items.count))), .init("next", .null), .init("previous", .null),
                .init("results", .list(items)),
            ]))
    }

    private static var notFound: HTTPReply {
        json(.object([.init("message", .string("object not found"))]), status: .notFound)
    }
}
