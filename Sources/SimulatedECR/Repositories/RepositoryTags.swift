import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    public func listTagsForResource(_ input: ListTagsForResourceRequest, _ context: Context) throws
        -> ListTagsForResourceResponse
    {
        let (arn, context) = try repository(arn: input.resourceArn, context)
        return ListTagsForResourceResponse(tags: try Tags.of(arn, context).map { Tag(key: $0.key, value: $0.value) })
    }

    public func tagResource(_ input: TagResourceRequest, _ context: Context) throws -> TagResourceResponse {
        let (arn, context) = try repository(arn: input.resourceArn, context)
        let keys = Set(input.tags.compactMap(\.key))
        let others = try Tags.of(arn, context).count { !keys.contains($0.key) }
        try Tags.set(try RepositoryTags.checked(input.tags, existing: others), on: arn, context)
        return TagResourceResponse()
    }

    public func untagResource(_ input: UntagResourceRequest, _ context: Context) throws -> UntagResourceResponse {
        let (arn, context) = try repository(arn: input.resourceArn, context)
        for key in input.tagKeys { try Tags.remove(key: key, from: arn, context) }
        return UntagResourceResponse()
    }

    private func repository(arn: String, _ context: Context) throws -> (String, Context) {
        guard let repositoryARN = RepositoryARN(arn) else { throw AWSError.invalidParameter("resourceArn", "Invalid ARN") }
        let registry = registry(repositoryARN.account, context.within(region: repositoryARN.region))
        _ = try RepositoryRecord.get(repositoryARN.name, registry)
        return (arn, registry)
    }
}

/// The rules for repository tags.
enum RepositoryTags {
    static let limit = 50

    /// - Parameter existing: how many tags the repository keeps besides these.
    static func checked(_ tags: [Tag], existing: Int) throws -> [Tags.Tag] {
        var seen: Set<String> = []
        let checked = try tags.map { tag in
            let key = tag.key ?? "", value = tag.value ?? ""
            guard !key.isEmpty, key.unicodeScalars.count <= 128 else {
                throw AWSError.invalidTag("The key '\(key)' must have between 1 and 128 characters.")
            }
            guard value.unicodeScalars.count <= 256 else {
                throw AWSError.invalidTag("The value of '\(key)' has more than 256 characters.")
            }
            guard (key + value).unicodeScalars.allSatisfy(isAllowed) else {
                throw AWSError.invalidTag("'\(key)' has characters beside letters, numbers, spaces and _.:/=+-@")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw AWSError.invalidTag("The key '\(key)' has AWS's own prefix.")
            }
            guard seen.insert(key).inserted else { throw AWSError.invalidTag("The key '\(key)' is used twice.") }
            return Tags.Tag(key, value)
        }
        guard existing + checked.count <= limit else { throw AWSError.tooManyTags(limit) }
        return checked
    }

    // https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-using-tags.html
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber,
            .otherNumber, .spaceSeparator, .lineSeparator, .paragraphSeparator:
            true
        default: "_.:/=+-@".unicodeScalars.contains(scalar)
        }
    }
}
