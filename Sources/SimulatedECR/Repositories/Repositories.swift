import AWSCore
import ECRAPI
import SimulatorCore

extension ECRSimulation {
    static let repositoryLimit = 100_000

    public func createRepository(_ input: CreateRepositoryRequest, _ context: Context) throws -> CreateRepositoryResponse {
        let context = registry(input.registryId, context)
        let tags = try RepositoryTags.checked(input.tags ?? [], existing: 0)
        let mutability = input.imageTagMutability ?? .mutable
        let exclusions = try TagExclusions.checked(input.imageTagMutabilityExclusionFilters, for: mutability)
        let encryption = input.encryptionConfiguration?.encryptionType ?? "AES256"
        let kmsKey = try Encryption.key(encryption, input.encryptionConfiguration?.kmsKey, context)
        guard try RepositoryRecord.find(input.repositoryName, context) == nil else {
            throw AWSError.repositoryAlreadyExists(input.repositoryName, context)
        }
        guard try RepositoryRecord.count(context) < Self.repositoryLimit else {
            throw AWSError.tooManyRepositories(limit: Self.repositoryLimit, context)
        }
        let repository = RepositoryRecord(
            name: input.repositoryName, createdAt: context.now, mutability: mutability, exclusions: exclusions,
            scansOnPush: input.imageScanningConfiguration?.scanOnPush ?? false, encryption: encryption, kmsKey: kmsKey)
        try repository.insert(context)
        try Tags.set(tags, on: RepositoryRecord.arn(repository.name, context), context)
        return CreateRepositoryResponse(repository: repository.shape(context))
    }

    public func describeRepositories(
        _ input: DescribeRepositoriesRequest, _ context: Context
    ) throws -> DescribeRepositoriesResponse {
        let context = registry(input.registryId, context)
        if let names = input.repositoryNames, !names.isEmpty {
            guard input.maxResults == nil, input.nextToken == nil else {
                throw AWSError.invalidParameter(
                    "maxResults", "maxResults and nextToken cannot be used together with repositoryNames")
            }
            let found = try names.map { try RepositoryRecord.get($0, context) }
            return DescribeRepositoriesResponse(repositories: found.map { $0.shape(context) })
        }
        let all = try context.reading(ReadKey([Repository].self, context)) {
            try RepositoryRecord.all(context).map { $0.shape(context) }
        }
        let page = try context.page(
            all, maximum: input.maxResults ?? 100, token: input.nextToken
        ) { .name($0.repositoryName ?? "") }
        return DescribeRepositoriesResponse(repositories: page.items, nextToken: page.nextToken)
    }

    public func deleteRepository(_ input: DeleteRepositoryRequest, _ context: Context) throws -> DeleteRepositoryResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard try input.force == true || isEmpty(repository, context) else {
            throw AWSError.repositoryNotEmpty(repository.name, context)
        }
        try endUploads(in: repository.name, context)
        try repository.delete(context)
        var shape = repository.shape(context)
        // AWS omits these two members for a deleted repository.
        shape.imageScanningConfiguration = nil
        shape.encryptionConfiguration = nil
        return DeleteRepositoryResponse(repository: shape)
    }

    func isEmpty(_ repository: RepositoryRecord, _ context: Context) throws -> Bool {
        try !ImageRecord.isAny(in: repository.name, context)
    }

    /// Returns the registry that a request is about: another account's, if the request names one.
    func registry(_ id: String?, _ context: Context) -> Context { context.within(account: id) }
}

/// The encryption settings of a repository, as in AWS. The simulator encrypts nothing.
enum Encryption {
    /// Returns the KMS key: the named one, or ECR's AWS managed key in the account.
    static func key(_ type: EncryptionType, _ key: String?, _ context: Context) throws -> String? {
        guard type != "AES256" else {
            guard key == nil else {
                throw AWSError.invalidParameter(
                    "encryptionConfiguration", "kmsKey can only be specified when encryptionType is KMS or KMS_DSSE")
            }
            return nil
        }
        if let key { return key.hasPrefix("arn:") || key.hasPrefix("alias/") ? key : context.arn("kms", "key/\(key)") }
        let scope = "\(context.account)/\(context.region)/alias/aws/ecr"
        let id = IDGenerator(seed: context.configuration.seed, scope: scope).uuid()
        return context.arn("kms", "key/\(id)")
    }
}
