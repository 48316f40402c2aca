import AWSCore
import EC2API
import GRDB
import SimulatorCore

extension EC2Simulation {
    public func createTags(_ input: CreateTagsRequest, _ context: Context) throws -> EmptyShape {
        guard !input.resources.isEmpty else { throw AWSError.missingParameter("resourceIdSet") }
        guard !input.tags.isEmpty else { throw AWSError.missingParameter("tagSet") }
        let tags = try TagRules.check(input.tags)
        // Check all resources before writing any tag.
        for id in input.resources { try Self.requireTaggable(id, context) }
        for id in input.resources {
            let keys = Set(try Tags.of(id, context).map(\.key)).union(tags.map(\.key))
            try TagRules.checkLimit(keys)
            try Tags.set(tags, on: id, context)
        }
        return EmptyShape()
    }

    public func deleteTags(_ input: DeleteTagsRequest, _ context: Context) throws -> EmptyShape {
        guard !input.resources.isEmpty else { throw AWSError.missingParameter("resourceIdSet") }
        for tag in input.tags ?? [] {
            guard let key = tag.key, !key.isEmpty else { throw AWSError("InvalidParameterValue", "Tag key cannot be empty") }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw AWSError("InvalidParameterValue", "Tag keys starting with 'aws:' are reserved for internal use")
            }
        }
        for id in input.resources { try Self.requireTaggable(id, context) }
        for id in input.resources {
            guard let tags = input.tags, !tags.isEmpty else {
                // Without a list of tags, delete all except AWS's own.
                for tag in try Tags.of(id, context) where !tag.key.hasPrefix("aws:") {
                    try Tags.remove(key: tag.key, from: id, context)
                }
                continue
            }
            // A given value, even an empty one, must match. Without a value, any value matches.
            for tag in tags { try Tags.remove(key: tag.key ?? "", value: tag.value, from: id, context) }
        }
        return EmptyShape()
    }

    private static func requireTaggable(_ id: String, _ context: Context) throws {
        guard let kind = ResourceKind.of(id), kind.isWellFormed(id) || id.isUUID else {
            throw AWSError("InvalidID", "The ID '\(id)' is not valid")
        }
        guard try kind.exists(id, context) else { throw kind.notFound(id) }
    }

    public func describeTags(_ input: DescribeTagsRequest, _ context: Context) throws -> DescribeTagsResult {
        let paging = try Paging(input, context)
        let statement = try context.db.cachedStatement(
            sql: "SELECT resource, key, value FROM tag WHERE account = ? AND region = ? ORDER BY resource, key")
        let rows = try StoredRow.fetchCursor(statement, arguments: [context.account, context.region])
        var all: [TagDescription] = []
        while let row = try rows.next() {
            let id: String = try row[0]
            // Tags of other services' resources have ARNs as ids.
            guard let kind = ResourceKind.of(id) else { continue }
            try all.append(TagDescription(key: row[1], resourceId: id, resourceType: ResourceType(kind.type), value: row[2]))
        }
        // Requests with a `resource-id` filter get the whole result:
        // https://github.com/cloud-custodian/cloud-custodian/issues/11069
        if input.filters?.contains(where: { $0.name == "resource-id" }) == true, input.nextToken == nil {
            return DescribeTagsResult(tags: try TagDescription.filters.apply(input.filters, to: all, context))
        }
        let page = try paging.page(TagDescription.filters.apply(input.filters, to: all, context)) {
            .name("\($0.resourceId ?? "") \($0.key ?? "")")
        }
        return DescribeTagsResult(nextToken: page.nextToken, tags: page.items)
    }
}

extension TagDescription {
    fileprivate static let filters = FilterTable<TagDescription>(
        [
            "key": { [$0.key] }, "resource-id": { [$0.resourceId] }, "resource-type": { [$0.resourceType?.rawValue] },
            "value": { [$0.value] },
        ],
        tags: { [Tag(key: $0.key, value: $0.value)] })
}
