import AWSCore
public import AWSModels
import ECRAPI
import GRDB
public import SimulatorCore

// ECR's own additions to the permission table: the repository that a request names, and other policies that apply.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html

extension ECRSimulation {
    public var permissions: PermissionTable { .ecr }

    public func resource(_ type: String, by member: String, _ value: String, _ question: PermissionQuestion) throws
        -> PermissionResource?
    {
        if member == "resourceArn" {
            guard let repositoryARN = RepositoryARN(value) else { return PermissionResource(value) }
            return try repository(
                repositoryARN.name, question.context.within(account: repositoryARN.account, region: repositoryARN.region))
        }
        return try repository(value, question.registry)
    }

    /// Without names, DescribeRepositories needs permission for the whole registry.
    public func unnamed(_ type: String, _ question: PermissionQuestion) throws -> [PermissionResource] {
        [try repository("*", question.registry)]
    }

    public func requestConditions(_ question: PermissionQuestion) -> [String: [String]] {
        guard question.permission.conditionKeys.contains("ecr:AccountSetting") else { return [:] }
        return ["ecr:AccountSetting": question.values(at: "name")]
    }

    /// Tags at creation require `ecr:TagResource` on the repository.
    public func taggingTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard let use = question.permission.resource("repository"), use.isMade, question.tags("repository"),
            let tagging = permissions.permission(for: "TagResource")
        else { return [] }
        return try use.members.flatMap(question.values).map { name in
            var repository = try repository(name, question.registry)
            repository.conditions = question.requestTags("repository")
            return target(tagging.action, repository, keys(of: use) + tagging.conditionKeys)
        }
    }

    /// The permissions for what a creation template will do in the caller's name.
    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates-iam.html
    ///
    /// AWS does not document the resource. Assumed: the repositories that the template matches.
    public func dependentTargets(_ question: PermissionQuestion) throws -> [AuthorizationTarget] {
        guard question.permission.dependentActions.contains("ecr:CreateRepository") else { return [] }
        let prefix = question.values(at: "prefix").first ?? ""
        let repositories = try repository(prefix == "ROOT" || prefix.isEmpty ? "*" : "\(prefix)/*", question.registry)
        var actions = ["ecr:CreateRepository"]
        if !question.values(at: "lifecyclePolicy").isEmpty { actions.append("ecr:PutLifecyclePolicy") }
        if !question.values(at: "repositoryPolicy").isEmpty { actions.append("ecr:SetRepositoryPolicy") }
        return actions.map { target($0, repositories, []) }
            + question.values(at: "customRoleArn").map { role in
                AuthorizationTarget(
                    action: "iam:PassRole", resource: role, conditions: ["iam:PassedToService": ["ecr.amazonaws.com"]])
            }
    }

    public func reachesOtherAccounts(_ input: any Shape, _ context: Context) -> Bool {
        let account =
            context.parameters["registryId"]?.string
            ?? context.parameters["resourceArn"]?.string.flatMap(RepositoryARN.init)?.account
        return account ?? context.account != context.caller.account
    }

    /// Returns the permission that the registry requires for a repository, which need not exist.
    func target(_ action: String, _ name: String, _ context: Context) throws -> AuthorizationTarget {
        target(action, try repository(name, context), permissions.resourceType("repository")?.conditionKeys ?? [])
    }

    private func repository(_ name: String, _ context: Context) throws -> PermissionResource {
        let arn = RepositoryRecord.arn(name, context)
        return PermissionResource(arn, tags: try Tags.of(arn, context))
    }

    public func resourcePolicies(for target: AuthorizationTarget, _ context: Context) throws -> [CallerPolicies.Source] {
        try context.reading(ReadKey(CallerPolicies.Source.self, context, target.resource)) {
            try resourcePolicies(of: target.resource, context)
        }
    }

    private func resourcePolicies(of resource: String, _ context: Context) throws -> [CallerPolicies.Source] {
        guard let repositoryARN = RepositoryARN(resource) else { return [] }
        var policies: [CallerPolicies.Source] = []
        if let policy = try RegistrySetting.policy.text(
            context.within(account: repositoryARN.account, region: repositoryARN.region))
        {
            policies.append(.init(name: "registry policy of account \(repositoryARN.account)", document: policy))
        }
        let statement = try context.db.cachedStatement(
            sql: "SELECT policy FROM ecr_repository WHERE account = ? AND region = ? AND name = ?")
        let row = try Row.fetchOne(statement, arguments: [repositoryARN.account, repositoryARN.region, repositoryARN.name])
        if let policy: String = row?[0] {
            policies.append(.init(name: "policy of repository '\(repositoryARN.name)'", document: policy))
        }
        return policies
    }
}

extension PermissionQuestion {
    /// The registry that the request is about: the caller's, unless the request names another.
    fileprivate var registry: Context { context.within(account: values(at: "registryId").first) }
}

/// The parts of an ARN `arn:aws:ecr:<region>:<account>:repository/<name>`.
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
