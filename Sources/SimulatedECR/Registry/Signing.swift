import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/managed-signing.html

extension ECRSimulation {
    static let signingMigration = Migration(
        "ecr.signing",
        """
        CREATE TABLE ecr_signing (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL,
            digest TEXT NOT NULL, profile TEXT NOT NULL,
            UNIQUE (account, region, repository, digest, profile),
            FOREIGN KEY (account, region, repository, digest) REFERENCES ecr_image (account, region, repository, digest)
                ON DELETE CASCADE
        )
        """)

    public func putSigningConfiguration(
        _ input: PutSigningConfigurationRequest, _ context: Context
    ) throws -> PutSigningConfigurationResponse {
        try RegistrySetting.signing.set(shape: input.signingConfiguration, context)
        return PutSigningConfigurationResponse(signingConfiguration: input.signingConfiguration)
    }

    public func getSigningConfiguration(
        _ input: GetSigningConfigurationRequest, _ context: Context
    ) throws -> GetSigningConfigurationResponse {
        GetSigningConfigurationResponse(registryId: context.account, signingConfiguration: try signingConfiguration(context))
    }

    public func deleteSigningConfiguration(
        _ input: DeleteSigningConfigurationRequest, _ context: Context
    ) throws -> DeleteSigningConfigurationResponse {
        let configuration = try signingConfiguration(context)
        try RegistrySetting.signing.remove(context)
        return DeleteSigningConfigurationResponse(registryId: context.account, signingConfiguration: configuration)
    }

    private func signingConfiguration(_ context: Context) throws -> SigningConfiguration {
        guard let configuration: SigningConfiguration = try RegistrySetting.signing.shape(context) else {
            throw AWSError(
                "SigningConfigurationNotFoundException",
                "Signing configuration does not exist in the registry with id '\(context.account)'")
        }
        return configuration
    }

    public func describeImageSigningStatus(
        _ input: DescribeImageSigningStatusRequest, _ context: Context
    ) throws -> DescribeImageSigningStatusResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let image = try ImageRecord.get(input.imageId, in: repository.name, context)
        let profiles = try String.fetchAll(
            context.db,
            sql: """
                SELECT profile FROM ecr_signing WHERE account = ? AND region = ? AND repository = ? AND digest = ? ORDER BY number
                """, arguments: [context.account, context.region, repository.name, image.digest])
        // AWS Signer is not simulated, so signing fails and is reported as failed.
        let statuses = profiles.map { profile in
            ImageSigningStatus(
                signingProfileArn: profile, failureCode: "SigningProfileNotFound",
                failureReason: "The signing profile does not exist.", status: "FAILED")
        }
        return DescribeImageSigningStatusResponse(
            repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag), registryId: context.account,
            signingStatuses: statuses)
    }

    /// Records the signatures for a pushed image: one for each profile of the current rules.
    func sign(_ image: ImageRecord, _ context: Context) throws {
        guard image.subject == nil, let configuration: SigningConfiguration = try RegistrySetting.signing.shape(context) else {
            return
        }
        for rule in configuration.rules ?? [] where rule.concerns(image.repository) {
            try context.db.execute(
                sql: """
                    INSERT OR IGNORE INTO ecr_signing (account, region, repository, digest, profile) VALUES (?, ?, ?, ?, ?)
                    """, arguments: [context.account, context.region, image.repository, image.digest, rule.signingProfileArn])
        }
    }
}

extension SigningRule {
    /// Whether the rule signs a repository's images. Without filters, it signs all.
    func concerns(_ repository: String) -> Bool {
        guard let filters = repositoryFilters, !filters.isEmpty else { return true }
        return filters.contains { Wildcard.matches(repository, $0.filter ?? "") }
    }
}
