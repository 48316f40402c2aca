import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html

extension ECRSimulation {
    static let templates = PrefixedSettings<RepositoryCreationTemplate>(
        table: "ecr_creation_template", column: "template", prefix: { $0.prefix })

    public func createRepositoryCreationTemplate(
        _ input: CreateRepositoryCreationTemplateRequest, _ context: Context
    ) throws -> CreateRepositoryCreationTemplateResponse {
        let prefix = RepositoryPrefix.normal(input.prefix)
        guard try Self.templates.find(prefix, context) == nil else {
            throw AWSError(
                "TemplateAlreadyExistsException",
                """
                The repository creation template with prefix '\(prefix)' already exists in the registry with id \
                '\(context.account)'
                """)
        }
        let template = RepositoryCreationTemplate(
            prefix: prefix, description: input.description,
            encryptionConfiguration: input.encryptionConfiguration
                ?? EncryptionConfigurationForRepositoryCreationTemplate(encryptionType: "AES256"),
            resourceTags: input.resourceTags, imageTagMutability: input.imageTagMutability ?? .mutable,
            imageTagMutabilityExclusionFilters: input.imageTagMutabilityExclusionFilters,
            repositoryPolicy: input.repositoryPolicy, lifecyclePolicy: input.lifecyclePolicy, appliedFor: input.appliedFor,
            customRoleArn: input.customRoleArn, createdAt: context.now, updatedAt: context.now)
        return CreateRepositoryCreationTemplateResponse(
            registryId: context.account, repositoryCreationTemplate: try keep(template, context))
    }

    public func updateRepositoryCreationTemplate(
        _ input: UpdateRepositoryCreationTemplateRequest, _ context: Context
    ) throws -> UpdateRepositoryCreationTemplateResponse {
        let prefix = RepositoryPrefix.normal(input.prefix)
        guard var template = try Self.templates.find(prefix, context) else { throw AWSError.templateNotFound(prefix, context) }
        // Members that the request omits keep their values.
        if let description = input.description { template.description = description }
        if let encryption = input.encryptionConfiguration { template.encryptionConfiguration = encryption }
        if let tags = input.resourceTags { template.resourceTags = tags }
        if let mutability = input.imageTagMutability {
            template.imageTagMutability = mutability
            template.imageTagMutabilityExclusionFilters = nil
        }
        if let filters = input.imageTagMutabilityExclusionFilters { template.imageTagMutabilityExclusionFilters = filters }
        if let policy = input.repositoryPolicy { template.repositoryPolicy = policy }
        if let policy = input.lifecyclePolicy { template.lifecyclePolicy = policy }
        if let appliedFor = input.appliedFor { template.appliedFor = appliedFor }
        if let role = input.customRoleArn { template.customRoleArn = role }
        template.updatedAt = context.now
        return UpdateRepositoryCreationTemplateResponse(
            registryId: context.account, repositoryCreationTemplate: try keep(template, context))
    }

    public func describeRepositoryCreationTemplates(
        _ input: DescribeRepositoryCreationTemplatesRequest, _ context: Context
    ) throws -> DescribeRepositoryCreationTemplatesResponse {
        if let prefixes = input.prefixes, !prefixes.isEmpty {
            let found = try prefixes.map { prefix in
                guard let template = try Self.templates.find(RepositoryPrefix.normal(prefix), context) else {
                    throw AWSError.templateNotFound(prefix, context)
                }
                return template
            }
            return DescribeRepositoryCreationTemplatesResponse(
                registryId: context.account, repositoryCreationTemplates: found)
        }
        let page = try context.page(
            try Self.templates.all(context), maximum: input.maxResults ?? 100, token: input.nextToken
        ) { .name($0.prefix ?? "") }
        return DescribeRepositoryCreationTemplatesResponse(
            registryId: context.account, repositoryCreationTemplates: page.items, nextToken: page.nextToken)
    }

    public func deleteRepositoryCreationTemplate(
        _ input: DeleteRepositoryCreationTemplateRequest, _ context: Context
    ) throws -> DeleteRepositoryCreationTemplateResponse {
        let prefix = RepositoryPrefix.normal(input.prefix)
        guard let template = try Self.templates.find(prefix, context) else { throw AWSError.templateNotFound(prefix, context) }
        try Self.templates.delete(prefix, context)
        return DeleteRepositoryCreationTemplateResponse(registryId: context.account, repositoryCreationTemplate: template)
    }
}

extension ECRSimulation {
    /// Checks the template's settings with the rules for repositories, then stores it.
    private func keep(_ template: RepositoryCreationTemplate, _ context: Context) throws -> RepositoryCreationTemplate {
        var template = template
        let encryption = template.encryptionConfiguration?.encryptionType ?? "AES256"
        _ = try Encryption.key(encryption, template.encryptionConfiguration?.kmsKey, context)
        _ = try RepositoryTags.checked(template.resourceTags ?? [], existing: 0)
        _ = try TagExclusions.checked(
            template.imageTagMutabilityExclusionFilters, for: template.imageTagMutability ?? .mutable)
        if let policy = template.repositoryPolicy, !policy.isEmpty {
            template.repositoryPolicy = try PolicyText.checked(policy, of: .repository)
        }
        if let policy = template.lifecyclePolicy, !policy.isEmpty {
            template.lifecyclePolicy = try LifecyclePolicy(parsing: policy).text
        }
        try Self.templates.put(template, context)
        return template
    }

    /// Returns the template that applies to `name` on this occasion: the one with the longest matching prefix.
    func template(for name: String, _ occasion: RCTAppliedFor, _ context: Context) throws -> RepositoryCreationTemplate? {
        try Self.templates.longestMatch(name, where: { $0.appliedFor?.contains(occasion) == true }, context)
    }

    /// Creates a repository on ECR's own initiative, with the matching template's settings or the defaults.
    /// - Throws: `RepositoryNotFoundException` if the template has tags or KMS encryption but no `customRoleArn`.
    func create(_ name: String, for occasion: RCTAppliedFor, _ context: Context) throws {
        let template = try template(for: name, occasion, context)
        let encryption = template?.encryptionConfiguration?.encryptionType ?? "AES256"
        // https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-creation-templates.html
        if let template, template.customRoleArn == nil, encryption != "AES256" || template.resourceTags?.isEmpty == false {
            throw AWSError.repositoryNotFound(
                name, context,
                explanation: """
                    The template '\(template.prefix ?? "")' has tags or KMS encryption for it, but no customRoleArn, without \
                    which ECR cannot make such a repository.
                    """)
        }
        let mutability = template?.imageTagMutability ?? .mutable
        let policy = template?.repositoryPolicy.flatMap { $0.isEmpty ? nil : $0 }
        let lifecycle = template?.lifecyclePolicy.flatMap { $0.isEmpty ? nil : $0 }
        let repository = RepositoryRecord(
            name: name, createdAt: context.now, mutability: mutability,
            exclusions: try TagExclusions.checked(template?.imageTagMutabilityExclusionFilters, for: mutability),
            encryption: encryption, kmsKey: try Encryption.key(encryption, template?.encryptionConfiguration?.kmsKey, context),
            policy: policy, lifecyclePolicy: lifecycle)
        try repository.insert(context)
        let tags = try RepositoryTags.checked(template?.resourceTags ?? [], existing: 0)
        try Tags.set(tags, on: RepositoryRecord.arn(name, context), context)
    }
}

extension AWSError {
    static func templateNotFound(_ prefix: String, _ context: Context) -> AWSError {
        AWSError(
            "TemplateNotFoundException",
            """
            The repository creation template with prefix '\(prefix)' does not exist in the registry with id '\(context.account)'
            """)
    }
}
