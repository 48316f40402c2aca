import AWSCore
import ECRAPI
import GRDB
import OCI
import SimulatorCore

// https://docs.aws.amazon.com/AmazonECR/latest/userguide/replication.html

extension ECRSimulation {
    static let replicationMigration = Migration(
        "ecr.replication",
        """
        CREATE TABLE ecr_replication (
            number INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL,
            digest TEXT NOT NULL, tag TEXT, to_account TEXT NOT NULL, to_region TEXT NOT NULL, due_at INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('IN_PROGRESS', 'COMPLETE', 'FAILED')), failure TEXT
        );
        CREATE INDEX ecr_replication_due ON ecr_replication (due_at) WHERE status = 'IN_PROGRESS';
        CREATE INDEX ecr_replication_image ON ecr_replication (account, region, repository, digest)
        """)

    /// AWS says most images replicate in less than 30 minutes. A small image takes about this long.
    static let replicationTime = Duration.seconds(60)
    static let destinationLimit = 25

    public func putReplicationConfiguration(
        _ input: PutReplicationConfigurationRequest, _ context: Context
    ) throws -> PutReplicationConfigurationResponse {
        let rules = input.replicationConfiguration.rules ?? []
        var destinations: Set<String> = []
        for destination in rules.flatMap({ $0.destinations ?? [] }) {
            let region = destination.region ?? "", account = destination.registryId ?? ""
            guard region != context.region || account != context.account else {
                throw AWSError.invalidParameter(
                    "replicationConfiguration", "Replication destination cannot be the same as the source registry")
            }
            guard RegionName.isWellFormed(region), Context.partition(of: region) == context.partition else {
                throw AWSError.invalidParameter(
                    "replicationConfiguration", "Invalid replication destination region '\(region)'")
            }
            destinations.insert("\(account)/\(region)")
        }
        guard destinations.count <= Self.destinationLimit else {
            throw AWSError.invalidParameter(
                "replicationConfiguration", "The number of unique destinations must not be more than \(Self.destinationLimit)")
        }
        try RegistrySetting.replication.set(shape: input.replicationConfiguration, context)
        return PutReplicationConfigurationResponse(replicationConfiguration: input.replicationConfiguration)
    }

    public func describeRegistry(_ input: DescribeRegistryRequest, _ context: Context) throws -> DescribeRegistryResponse {
        DescribeRegistryResponse(
            registryId: context.account,
            replicationConfiguration: try RegistrySetting.replication.shape(context) ?? ReplicationConfiguration(rules: []))
    }

    public func describeImageReplicationStatus(
        _ input: DescribeImageReplicationStatusRequest, _ context: Context
    ) throws -> DescribeImageReplicationStatusResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        let image = try ImageRecord.get(input.imageId, in: repository.name, context)
        // An image pushed with several tags replicates several times; the last one counts.
        let rows = try Row.fetchAll(
            context.db,
            sql: """
                SELECT to_region, to_account, status, failure FROM ecr_replication WHERE number IN (
                    SELECT max(number) FROM ecr_replication WHERE account = ? AND region = ? AND repository = ? AND digest = ?
                    GROUP BY to_account, to_region
                ) ORDER BY to_region, to_account
                """, arguments: [context.account, context.region, repository.name, image.digest])
        return DescribeImageReplicationStatusResponse(
            repositoryName: repository.name,
            imageId: ImageIdentifier(imageDigest: image.digest, imageTag: input.imageId.imageTag),
            replicationStatuses: rows.map {
                ImageReplicationStatus(
                    region: $0[0], registryId: $0[1], status: ReplicationStatus($0[2] as String), failureCode: $0[3])
            })
    }
}

extension ReplicationRule {
    /// Whether the rule replicates a repository's images. Without filters, it replicates all.
    func concerns(_ repository: String) -> Bool {
        guard let filters = repositoryFilters, !filters.isEmpty else { return true }
        return filters.contains { repository.hasPrefix($0.filter ?? "") }
    }
}

extension ECRSimulation {
    /// Schedules the replication of a pushed image. Replicas are not replicated again.
    /// - Parameter time: when the image becomes available to copy; nil for now.
    func scheduleReplication(of image: ImageRecord, tag: String?, at time: Instant? = nil, _ context: Context) throws {
        guard let configuration: ReplicationConfiguration = try RegistrySetting.replication.shape(context) else { return }
        var seen: Set<String> = []
        for rule in configuration.rules ?? [] where rule.concerns(image.repository) {
            for destination in rule.destinations ?? [] {
                let region = destination.region ?? "", account = destination.registryId ?? ""
                guard seen.insert("\(account)/\(region)").inserted else { continue }
                let due = (time ?? context.now) + context.transitions.duration(Self.replicationTime)
                try context.db.execute(
                    sql: """
                        INSERT INTO ecr_replication (account, region, repository, digest, tag, to_account, to_region, due_at, status)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'IN_PROGRESS')
                        """,
                    arguments: [
                        context.account, context.region, image.repository, image.digest, tag, account, region, due.milliseconds,
                    ])
            }
        }
    }

    /// Completes replications in the order of their pushes.
    func replicate(_ numbers: [Int64], _ context: Context) throws {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT account, region, repository, digest, tag, to_account, to_region FROM ecr_replication
                WHERE number = ? AND status = 'IN_PROGRESS'
                """)
        for number in numbers.sorted() {
            guard let row = try Row.fetchOne(statement, arguments: [number]) else { continue }
            let source = context.within(account: row[0], region: row[1])
            let failure = try copy(
                digest: row[3], tag: row[4], of: row[2], from: source, to: context.within(account: row[5], region: row[6]))
            try context.db.execute(
                sql: "UPDATE ecr_replication SET status = ?, failure = ? WHERE number = ?",
                arguments: [failure == nil ? "COMPLETE" : "FAILED", failure, number])
        }
        try endBackfills(after: numbers, context)
    }

    /// - Returns: the failure code, or nil on success.
    private func copy(
        digest: String, tag: String?, of name: String, from source: Context, to destination: Context
    ) throws -> String? {
        guard let image = try ImageRecord.find(digest: digest, in: name, source) else { return "ImageNotFound" }
        let exists = try RepositoryRecord.find(name, destination) != nil
        if source.account != destination.account {
            for action in exists ? ["ecr:ReplicateImage"] : ["ecr:ReplicateImage", "ecr:CreateRepository"] {
                guard try allows(source.account, action, name, destination) else { return "AccessDenied" }
            }
        }
        if !exists {
            do { try create(name, for: "REPLICATION", destination) } catch is AWSError { return "RepositoryCreationFailed" }
        }
        let repository = try RepositoryRecord.get(name, destination)
        let manifest = try Manifest(parsing: try image.manifest(source), contentType: MediaType(image.mediaType))
        for blob in manifest.blobs {
            guard let layer = try LayerRecord.find(blob.digest.description, in: name, source) else { return "LayerNotFound" }
            try layer.insert(in: name, destination)
        }
        // If the tag exists and is immutable, the image arrives without it.
        var tag = tag
        if let wanted = tag, repository.isImmutable(wanted),
            let there = try ImageRecord.digest(tag: wanted, in: name, destination),
            there != digest
        {
            tag = nil
        }
        do {
            _ = try store(manifest, tag: tag, in: repository, destination, isReplica: true)
        } catch let error as AWSError {
            if error.code == "ImageAlreadyExistsException" { return nil }
            return error.code.replacing("Exception", with: "")
        }
        return nil
    }

    /// Whether the registry's policy allows another account to replicate into it.
    private func allows(_ account: String, _ action: String, _ repository: String, _ destination: Context) throws -> Bool {
        guard let policy = try RegistrySetting.policy.text(destination) else { return false }
        let request = AuthorizationRequest(
            principal: .root(ofAccount: account), action: action, resource: RepositoryRecord.arn(repository, destination),
            now: destination.now, region: destination.region)
        let document = try PolicyDocument(parsing: policy, as: .resource)
        return PolicySet(resource: [NamedPolicy("registry policy", document)]).evaluate(request).isAllowed
    }
}
