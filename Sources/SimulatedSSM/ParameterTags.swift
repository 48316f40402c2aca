import AWSCore
import SSMAPI
import SimulatorCore

extension ResourceTypeForTagging {
    fileprivate static let known: Set<ResourceTypeForTagging> = [
        .document, .managedInstance, .maintenanceWindow, .parameter, .patchBaseline, .opsItem, .opsMetadata, .automation,
        .association, .cloudConnector,
    ]
}

extension SSMSimulation {
    private static let tagLimit = 50

    public func addTagsToResource(_ input: AddTagsToResourceRequest, _ context: Context) throws -> AddTagsToResourceResult {
        try setTags(input.tags, on: try taggable(input.resourceType, input.resourceId, "AddTagsToResource", context), context)
        return AddTagsToResourceResult()
    }

    public func removeTagsFromResource(
        _ input: RemoveTagsFromResourceRequest, _ context: Context
    ) throws -> RemoveTagsFromResourceResult {
        let arn = try taggable(input.resourceType, input.resourceId, "RemoveTagsFromResource", context)
        for key in input.tagKeys { try Tags.remove(key: key, from: arn, context) }
        return RemoveTagsFromResourceResult()
    }

    public func listTagsForResource(
        _ input: ListTagsForResourceRequest, _ context: Context
    ) throws -> ListTagsForResourceResult {
        let arn = try taggable(input.resourceType, input.resourceId, "ListTagsForResource", context)
        return ListTagsForResourceResult(tagList: try Tags.of(arn, context).map { Tag(key: $0.key, value: $0.value) })
    }

    /// - Throws: `InvalidResourceId` if the parameter is missing; not simulated for other resources.
    private func taggable(
        _ type: ResourceTypeForTagging, _ id: String, _ operation: String, _ context: Context
    ) throws -> String {
        guard ResourceTypeForTagging.known.contains(type) else {
            throw AWSError("InvalidResourceType", "", explanation: "There is no type '\(type)'.")
        }
        guard type == "Parameter" else { throw AWSError.notSimulated("ssm", "\(operation) of a \(type)") }
        guard let reference = try? ParameterReference(id), reference.selector == nil, !reference.isARN,
            let record = try ParameterRecord.find(reference.key, context)
        else {
            throw AWSError(
                "InvalidResourceId", "", explanation: "There is no parameter '\(id)' in region \(context.region).")
        }
        return record.arn(context)
    }

    /// - Throws: `TooManyTagsError` above the limit, `ValidationException` for reserved keys.
    func setTags(_ tags: [Tag], on arn: String, _ context: Context) throws {
        for tag in tags where (tag.key ?? "").lowercased().hasPrefix("aws:") {
            throw AWSError.validation("Tag keys starting with 'aws:' are reserved for system use.")
        }
        let keys = tags.compactMap(\.key)
        guard Set(keys).count == keys.count else { throw AWSError.validation("Duplicate tag keys found.") }
        try Tags.set(tags.map { Tags.Tag($0.key ?? "", $0.value ?? "") }, on: arn, context)
        guard try Tags.of(arn, context).count <= Self.tagLimit else { throw AWSError.noTags }
    }
}
