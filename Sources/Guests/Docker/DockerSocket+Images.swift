import AWSCore
import HTTPTypes
import OCI
import SimulatedDocker

extension DockerSocket {
    func images(_ call: Call) async throws -> HTTPReply {
        let words = call.words
        switch (call.method, words.count == 2 ? words[1] : "") {
        case (.get, "json"): return Self.json(try list(call))
        case (.post, "create"): return try await create(call)
        case (.post, "prune"): return Self.json(try prune(call))
        case (.get, "get"): return try await save(call.all("names"))
        case (.post, "load"): return try await load(call)
        case (.get, "search"): return Self.json(try await search(call))
        default: break
        }
        guard words.count > 1 else { throw DockerFailure(404, "page not found") }
        if call.method == .delete {
            let removals = try engine.remove(words[1...].joined(separator: "/"), force: call.isSet("force"))
            return Self.json(.list(removals.map(Self.node)))
        }
        guard words.count > 2 else { throw DockerFailure(404, "page not found") }
        let name = words[1..<(words.count - 1)].joined(separator: "/")
        switch (call.method, words.last) {
        case (.get, "json"):
            return Self.json(try engine.inspect(name, platform: try call.platform(), version: call.version))
        case (.get, "get"): return try await save([name])
        case (.get, "history"):
            return Self.json(.list(try engine.history(name, platform: try call.platform()).map(Self.node)))
        case (.post, "tag"):
            guard let target = call["repo"] else { throw DockerFailure(400, "the parameter 'repo' is missing") }
            try engine.tag(name, call["tag"].map { "\(target):\($0)" } ?? target)
            var head = Self.head(201, "")
            head.headerFields[.contentType] = nil
            return HTTPReply(head)
        case (.post, "push"): return await push(call, name)
        default: throw DockerFailure(404, "page not found")
        }
    }

    // MARK: Lists

    private func list(_ call: Call) throws -> Node {
        var filters = try ImageFilters(parsing: call["filters"])
        // Before version 1.25, the pattern was a separate parameter.
        if let pattern = call["filter"] { try filters.add("reference=\(pattern)") }
        return .list(try engine.summaries(filters).map { Self.node($0) })
    }

    static func node(_ summary: DockerEngine.Summary, containers: Int64 = -1) -> Node {
        let image = summary.image
        let labels = image.labels
        return .object([
            .init("Containers", .integer(containers)),
            .init("Created", .integer((image.config.created ?? Instant(milliseconds: 0)).seconds)),
            .init("Id", .string(image.id.description)),
            .init(
                "Labels",
                labels.isEmpty ? .null : .object(labels.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) })),
            .init("ParentId", .string("")),
            .init("RepoDigests", .list(summary.digests.map { .string($0.familiar) })),
            .init("RepoTags", .list(summary.names.map { .string($0.familiar) })),
            .init("SharedSize", .integer(containers)), .init("Size", .integer(Int64(image.size))),
            // Docker omits this field since 1.44; here it is sent to every client.
            .init("VirtualSize", .integer(Int64(image.size))),
        ])
    }

    private func search(_ call: Call) async throws -> Node {
        var limit = 25
        if let text = call["limit"], text != "0" {
            guard let number = Int(text) else { throw DockerFailure(400, "invalid limit specified: '\(text)' is no number") }
            limit = number
        }
        let filters = try ImageFilters(parsing: call["filters"])
        let found = try await engine.search(call["term"] ?? "", limit: limit, filters: filters)
        return .list(
            found.map {
                .object([
                    .init("star_count", .integer(Int64($0.stars))), .init("is_official", .bool($0.isOfficial)),
                    .init("name", .string($0.name)), .init("is_automated", .bool(false)),
                    .init("description", .string($0.description)),
                ])
            })
    }

    private func prune(_ call: Call) throws -> Node {
        let result = try engine.prune(try ImageFilters(parsing: call["filters"]))
        return .object([
            .init("ImagesDeleted", result.removals.isEmpty ? .null : .list(result.removals.map(Self.node))),
            .init("SpaceReclaimed", .integer(Int64(result.reclaimed))),
        ])
    }

    private static func node(_ removal: DockerEngine.Removal) -> Node {
        switch removal {
        case .untagged(let name): .object([.init("Untagged", .string(name))])
        case .deleted(let digest): .object([.init("Deleted", .string(digest.description))])
        }
    }

    private static func node(_ step: DockerEngine.Step) -> Node {
        .object([
            .init("Comment", .string(step.comment)), .init("Created", .integer(step.created.seconds)),
            .init("CreatedBy", .string(step.createdBy)), .init("Id", .string(step.id?.description ?? "<missing>")),
            .init("Size", .integer(Int64(step.size))),
            .init("Tags", step.names.isEmpty ? .null : .list(step.names.map { .string($0.familiar) })),
        ])
    }
}
