import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html

extension ECRSimulation {
    static let cacheRules = PrefixedSettings<PullThroughCacheRule>(
        table: "ecr_cache_rule", column: "rule", prefix: { $0.ecrRepositoryPrefix })
    static let cacheRuleLimit = 50

    public func createPullThroughCacheRule(
        _ input: CreatePullThroughCacheRuleRequest, _ context: Context
    ) throws -> CreatePullThroughCacheRuleResponse {
        let context = registry(input.registryId, context)
        let prefix = RepositoryPrefix.normal(input.ecrRepositoryPrefix)
        let upstream = try UpstreamKind.checked(input, isNamed: upstreams[input.upstreamRegistryUrl] != nil, context)
        guard try Self.cacheRules.find(prefix, context) == nil else {
            throw AWSError(
                "PullThroughCacheRuleAlreadyExistsException",
                """
                The pull through cache rule with prefix '\(prefix)' already exists in the registry with id '\(context.account)'
                """)
        }
        guard try Self.cacheRules.all(context).count < Self.cacheRuleLimit else {
            throw AWSError(
                "LimitExceededException",
                "The maximum number of pull through cache rules, \(Self.cacheRuleLimit), has been reached")
        }
        let rule = PullThroughCacheRule(
            ecrRepositoryPrefix: prefix, upstreamRegistryUrl: input.upstreamRegistryUrl, createdAt: context.now,
            registryId: context.account, credentialArn: input.credentialArn, customRoleArn: input.customRoleArn,
            upstreamRepositoryPrefix: input.upstreamRepositoryPrefix, upstreamRegistry: upstream,
            updatedAt: context.now)
        try Self.cacheRules.put(rule, context)
        return CreatePullThroughCacheRuleResponse(
            ecrRepositoryPrefix: prefix, upstreamRegistryUrl: rule.upstreamRegistryUrl, createdAt: rule.createdAt,
            registryId: context.account, upstreamRegistry: rule.upstreamRegistry, credentialArn: rule.credentialArn,
            customRoleArn: rule.customRoleArn, upstreamRepositoryPrefix: rule.upstreamRepositoryPrefix)
    }

    public func describePullThroughCacheRules(
        _ input: DescribePullThroughCacheRulesRequest, _ context: Context
    ) throws -> DescribePullThroughCacheRulesResponse {
        let context = registry(input.registryId, context)
        if let prefixes = input.ecrRepositoryPrefixes, !prefixes.isEmpty {
            return DescribePullThroughCacheRulesResponse(
                pullThroughCacheRules: try prefixes.map { try getCacheRule($0, context) })
        }
        let page = try context.page(
            try Self.cacheRules.all(context), maximum: input.maxResults ?? 100, token: input.nextToken
        ) { .name($0.ecrRepositoryPrefix ?? "") }
        return DescribePullThroughCacheRulesResponse(pullThroughCacheRules: page.items, nextToken: page.nextToken)
    }

    public func updatePullThroughCacheRule(
        _ input: UpdatePullThroughCacheRuleRequest, _ context: Context
    ) throws -> UpdatePullThroughCacheRuleResponse {
        let context = registry(input.registryId, context)
        var rule = try getCacheRule(input.ecrRepositoryPrefix, context)
        if let secret = input.credentialArn {
            try UpstreamKind.checkSecret(secret, context)
            rule.credentialArn = secret
        }
        if let role = input.customRoleArn { rule.customRoleArn = role }
        rule.updatedAt = context.now
        try Self.cacheRules.put(rule, context)
        return UpdatePullThroughCacheRuleResponse(
            ecrRepositoryPrefix: rule.ecrRepositoryPrefix, registryId: context.account, updatedAt: rule.updatedAt,
            credentialArn: rule.credentialArn, customRoleArn: rule.customRoleArn,
            upstreamRepositoryPrefix: rule.upstreamRepositoryPrefix)
    }

    public func deletePullThroughCacheRule(
        _ input: DeletePullThroughCacheRuleRequest, _ context: Context
    ) throws -> DeletePullThroughCacheRuleResponse {
        let context = registry(input.registryId, context)
        let rule = try getCacheRule(input.ecrRepositoryPrefix, context)
        try Self.cacheRules.delete(rule.ecrRepositoryPrefix ?? "", context)
        return DeletePullThroughCacheRuleResponse(
            ecrRepositoryPrefix: rule.ecrRepositoryPrefix, upstreamRegistryUrl: rule.upstreamRegistryUrl,
            createdAt: rule.createdAt, registryId: context.account, credentialArn: rule.credentialArn,
            customRoleArn: rule.customRoleArn, upstreamRepositoryPrefix: rule.upstreamRepositoryPrefix)
    }

    /// Reports whether the rule's upstream can be reached, from the result of ``prepare(for:body:_:)``.
    ///
    /// Secrets Manager is not simulated: the rule's secret is assumed to exist and to be correct.
    public func validatePullThroughCacheRule(
        _ input: ValidatePullThroughCacheRuleRequest, _ context: Context
    ) throws -> ValidatePullThroughCacheRuleResponse {
        let context = registry(input.registryId, context)
        let rule = try getCacheRule(input.ecrRepositoryPrefix, context)
        let host = rule.upstreamRegistryUrl ?? ""
        var failure: String?
        if isElsewhere(host) {
            failure = probes.failure(of: host)
        } else if reach(host, context.simulator) == nil {
            failure = Self.notProvided(host)
        }
        return ValidatePullThroughCacheRuleResponse(
            ecrRepositoryPrefix: rule.ecrRepositoryPrefix, registryId: context.account,
            upstreamRegistryUrl: rule.upstreamRegistryUrl, credentialArn: rule.credentialArn, customRoleArn: rule.customRoleArn,
            upstreamRepositoryPrefix: rule.upstreamRepositoryPrefix, isValid: failure == nil, failure: failure)
    }
}

extension ECRSimulation {
    private func getCacheRule(_ prefix: String, _ context: Context) throws -> PullThroughCacheRule {
        guard let rule = try Self.cacheRules.find(RepositoryPrefix.normal(prefix), context) else {
            throw AWSError(
                "PullThroughCacheRuleNotFoundException",
                """
                The pull through cache rule with prefix '\(prefix)' does not exist in the registry with id '\(context.account)'
                """)
        }
        return rule
    }

    /// Returns the pull-through cache rule for a repository: the one with the longest matching prefix.
    func cacheRule(for repository: String, _ context: Context) throws -> PullThroughCacheRule? {
        try Self.cacheRules.longestMatch(repository, context)
    }
}

extension PullThroughCacheRule {
    /// Returns the repository's name in the upstream registry.
    func upstreamName(of repository: String) -> String {
        let prefix = ecrRepositoryPrefix ?? "ROOT", upstream = upstreamRepositoryPrefix ?? "ROOT"
        let rest = prefix == "ROOT" ? repository : String(repository.dropFirst(prefix.count + 1))
        return upstream == "ROOT" ? rest : "\(upstream)/\(rest)"
    }
}

/// The registries that a rule may name as its upstream.
private enum UpstreamKind {
    private static let hosts: [String: UpstreamRegistry] = [
        "public.ecr.aws": "ecr-public", "registry-1.docker.io": "docker-hub", "quay.io": "quay", "registry.k8s.io": "k8s",
        "ghcr.io": "github-container-registry", "registry.gitlab.com": "gitlab-container-registry", "cgr.dev": "chainguard",
    ]
    private static let withCredentials: Set<UpstreamRegistry> = [
        "docker-hub", "github-container-registry", "gitlab-container-registry", "azure-container-registry", "chainguard",
    ]

    /// - Parameter isNamed: whether the user configured a registry for the URL. Any URL is accepted
    ///   then.
    /// - Returns: the kind of registry; nil for a URL that only a simulator accepts.
    static func checked(
        _ input: CreatePullThroughCacheRuleRequest, isNamed: Bool, _ context: Context
    ) throws -> UpstreamRegistry? {
        try checkPrefixes(input)
        let host = input.upstreamRegistryUrl
        var found = hosts[host]
        if host.hasSuffix(".azurecr.io") || host.hasSuffix(".azurecr.us") { found = "azure-container-registry" }
        let registry = ECRHost(host)
        if registry != nil { found = "ecr" }
        guard let found else {
            if isNamed { return input.upstreamRegistry }
            throw AWSError(
                "UnsupportedUpstreamRegistryException", "The upstream registry with url '\(host)' is not supported",
                explanation: "drydock serve --upstream \(host)=URL sets an upstream for it.")
        }
        if let named = input.upstreamRegistry, named != found {
            throw AWSError.invalidParameter(
                "upstreamRegistry", "The upstream registry '\(named)' does not have the url '\(host)'")
        }
        if withCredentials.contains(found), input.credentialArn == nil {
            throw AWSError(
                "UnsupportedUpstreamRegistryException",
                "The specified upstream registry requires authentication. Specify a valid Secrets Manager ARN for the "
                    + "credentialArn parameter.")
        }
        if let registry, registry.account != context.account, input.customRoleArn == nil {
            throw AWSError.invalidParameter(
                "customRoleArn", "An IAM role must be specified for an upstream registry of another account")
        }
        if let secret = input.credentialArn { try checkSecret(secret, context) }
        return found
    }

    /// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-private-wildcards.html
    private static func checkPrefixes(_ input: CreatePullThroughCacheRuleRequest) throws {
        guard input.ecrRepositoryPrefix == "ROOT", let upstream = input.upstreamRepositoryPrefix, upstream != "ROOT" else {
            return
        }
        throw AWSError.invalidParameter(
            "upstreamRepositoryPrefix", "The upstream repository prefix must be ROOT if the repository prefix is ROOT")
    }

    /// Checks that the secret is in the rule's account and region. Its existence cannot be checked
    /// here.
    static func checkSecret(_ arn: String, _ context: Context) throws {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 4, parts[3] == context.region, parts[4] == context.account else {
            throw AWSError(
                "SecretNotFoundException",
                """
                The ARN of the secret specified in the pull through cache rule was not found. Update the pull through cache rule \
                with a valid secret ARN and try again.
                """,
                explanation: "The secret must be in the rule's account \(context.account) and region \(context.region).")
        }
    }
}
