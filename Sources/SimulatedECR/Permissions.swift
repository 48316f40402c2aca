import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html

extension ECRSimulation {
    public func authorizationTargets(_ operation: String, _ input: any Shape, _ context: Context) throws
        -> [AuthorizationTarget]
    {
        // Listing referrers is a kind of reading images; it has no action of its own.
        let action = "ecr:" + (operation == "ListImageReferrers" ? "BatchGetImage" : operation)
        switch input {
        case let input as CreateRepositoryRequest:
            var target = try target(action, input.repositoryName, context.within(account: input.registryId))
            target.conditions.merge(Self.requestTags(input.tags ?? [])) { $1 }
            return [target]
        case let input as any RepositoryInput:
            return [try target(action, input.repositoryName, context.within(account: input.registryId))]
        case let input as DescribeRepositoriesRequest:
            let registry = context.within(account: input.registryId)
            guard let names = input.repositoryNames, !names.isEmpty else { return [try target(action, "*", registry)] }
            return try names.map { try target(action, $0, registry) }
        case let input as BatchGetRepositoryScanningConfigurationRequest:
            return try input.repositoryNames.map { try target(action, $0, context) }
        case let input as ListTagsForResourceRequest: return [try target(action, arn: input.resourceArn, context)]
        case let input as TagResourceRequest:
            var target = try target(action, arn: input.resourceArn, context)
            target.conditions.merge(Self.requestTags(input.tags)) { $1 }
            return [target]
        case let input as UntagResourceRequest:
            var target = try target(action, arn: input.resourceArn, context)
            target.conditions["aws:TagKeys"] = input.tagKeys
            return [target]
        default: return [AuthorizationTarget(action: action)]
        }
    }

    public func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool {
        let account: String? =
            switch input {
            case let input as any RepositoryInput: input.registryId
            case let input as DescribeRepositoriesRequest: input.registryId
            case let input as ListTagsForResourceRequest: RepositoryARN(input.resourceArn)?.account
            case let input as TagResourceRequest: RepositoryARN(input.resourceArn)?.account
            case let input as UntagResourceRequest: RepositoryARN(input.resourceArn)?.account
            default: nil
            }
        return account ?? context.account != context.caller.account
    }

    /// A permission upon a repository, which need not exist.
    func target(_ action: String, _ name: String, _ context: Context) throws -> AuthorizationTarget {
        let arn = RepositoryRecord.arn(name, context)
        var target = AuthorizationTarget(action: action, resource: arn)
        for tag in try Tags.of(arn, context) {
            target.conditions["ecr:ResourceTag/\(tag.key)"] = [tag.value]
            target.conditions["aws:ResourceTag/\(tag.key)"] = [tag.value]
        }
        return target
    }

    private func target(_ action: String, arn: String, _ context: Context) throws -> AuthorizationTarget {
        guard let place = RepositoryARN(arn) else { return AuthorizationTarget(action: action, resource: arn) }
        return try target(action, place.name, context.within(account: place.account, region: place.region))
    }

    private static func requestTags(_ tags: [Tag]) -> [String: [String]] {
        guard !tags.isEmpty else { return [:] }
        var conditions = ["aws:TagKeys": tags.compactMap(\.key)]
        for tag in tags { conditions["aws:RequestTag/\(tag.key ?? "")"] = [tag.value ?? ""] }
        return conditions
    }

    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] {
        guard let place = RepositoryARN(target.resource) else { return [] }
        var policies: [CallerPolicies.Source] = []
        if let policy = try RegistrySetting.policy.text(context.within(account: place.account, region: place.region)) {
            policies.append(.init(name: "registry policy of account \(place.account)", document: policy))
        }
        let statement = try context.db.cachedStatement(
            sql: "SELECT policy FROM ecr_repository WHERE account = ? AND region = ? AND name = ?")
        let row = try Row.fetchOne(statement, arguments: [place.account, place.region, place.name])
        if let policy: String = row?[0] {
            policies.append(.init(name: "policy of repository '\(place.name)'", document: policy))
        }
        return policies
    }
}

/// `arn:aws:ecr:<region>:<account>:repository/<name>`, taken apart.
struct RepositoryARN {
    let region, account, name: String

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "arn", parts[1].hasPrefix("aws"), parts[2] == "ecr", parts[4].utf8.count == 12,
            parts[5].hasPrefix("repository/"), parts[5].utf8.count > 11
        else { return nil }
        region = String(parts[3])
        account = String(parts[4])
        name = String(parts[5].dropFirst(11))
    }
}
