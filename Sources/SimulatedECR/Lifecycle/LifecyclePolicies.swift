import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

extension ECRSimulation {
    static let lifecycleMigration = Migration(
        "ecr.lifecycle",
        """
        CREATE INDEX ecr_repository_lifecycle ON ecr_repository (account, region) WHERE lifecycle_policy IS NOT NULL;
        CREATE TABLE ecr_lifecycle_preview (
            account TEXT NOT NULL, region TEXT NOT NULL, repository TEXT NOT NULL, policy TEXT NOT NULL,
            started_at INTEGER NOT NULL, results TEXT NOT NULL,
            PRIMARY KEY (account, region, repository),
            FOREIGN KEY (account, region, repository) REFERENCES ecr_repository (account, region, name) ON DELETE CASCADE
        ) WITHOUT ROWID
        """)

    public func putLifecyclePolicy(_ input: PutLifecyclePolicyRequest, _ context: Context) throws -> PutLifecyclePolicyResponse
    {
        let context = registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        let policy = try LifecyclePolicy(parsing: input.lifecyclePolicyText)
        repository.lifecyclePolicy = policy.text
        repository.lifecycleSetAt = context.now
        repository.lifecycleEvaluatedAt = nil
        try repository.update(context)
        return PutLifecyclePolicyResponse(
            registryId: context.account, repositoryName: repository.name, lifecyclePolicyText: policy.text)
    }

    public func getLifecyclePolicy(_ input: GetLifecyclePolicyRequest, _ context: Context) throws -> GetLifecyclePolicyResponse
    {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.lifecyclePolicy else { throw AWSError.lifecyclePolicyNotFound(repository.name, context) }
        return GetLifecyclePolicyResponse(
            registryId: context.account, repositoryName: repository.name, lifecyclePolicyText: policy,
            lastEvaluatedAt: repository.shownEvaluation)
    }

    public func deleteLifecyclePolicy(
        _ input: DeleteLifecyclePolicyRequest, _ context: Context
    ) throws -> DeleteLifecyclePolicyResponse {
        let context = registry(input.registryId, context)
        var repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let policy = repository.lifecyclePolicy else { throw AWSError.lifecyclePolicyNotFound(repository.name, context) }
        let evaluated = repository.shownEvaluation
        repository.lifecyclePolicy = nil
        repository.lifecycleSetAt = nil
        repository.lifecycleEvaluatedAt = nil
        try repository.update(context)
        return DeleteLifecyclePolicyResponse(
            registryId: context.account, repositoryName: repository.name, lifecyclePolicyText: policy,
            lastEvaluatedAt: evaluated)
    }
}

extension RepositoryRecord {
    /// AWS returns the Unix epoch before the first evaluation.
    var shownEvaluation: Instant { lifecycleEvaluatedAt ?? Instant(milliseconds: 0) }
}

// MARK: - Previews

extension ECRSimulation {
    static let previewTime = Duration.seconds(30)

    public func startLifecyclePolicyPreview(
        _ input: StartLifecyclePolicyPreviewRequest, _ context: Context
    ) throws -> StartLifecyclePolicyPreviewResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        if let running = try LifecyclePreview.find(repository.name, context), running.status(context) == .inProgress {
            throw AWSError(
                "LifecyclePolicyPreviewInProgressException",
                """
                Lifecycle policy preview is in progress for the repository with name '\(repository.name)' in the registry with \
                id '\(context.account)'
                """)
        }
        guard let text = input.lifecyclePolicyText ?? repository.lifecyclePolicy else {
            throw AWSError.lifecyclePolicyNotFound(repository.name, context)
        }
        let policy = try LifecyclePolicy(parsing: text)
        let verdicts = try verdicts(of: policy, in: repository.name, context)
        note(verdicts, .dryRun, of: policy, in: repository, context)
        let preview = LifecyclePreview(policy: policy.text, startedAt: context.now, results: verdicts.map(\.preview))
        try preview.save(repository.name, context)
        return StartLifecyclePolicyPreviewResponse(
            registryId: context.account, repositoryName: repository.name, lifecyclePolicyText: policy.text, status: .inProgress)
    }

    public func getLifecyclePolicyPreview(
        _ input: GetLifecyclePolicyPreviewRequest, _ context: Context
    ) throws -> GetLifecyclePolicyPreviewResponse {
        let context = registry(input.registryId, context)
        let repository = try RepositoryRecord.get(input.repositoryName, context)
        guard let preview = try LifecyclePreview.find(repository.name, context) else {
            throw AWSError(
                "LifecyclePolicyPreviewNotFoundException",
                """
                Lifecycle policy preview does not exist for the repository with name '\(repository.name)' in the registry with \
                id '\(context.account)'
                """)
        }
        var response = GetLifecyclePolicyPreviewResponse(
            registryId: context.account, repositoryName: repository.name, lifecyclePolicyText: preview.policy,
            status: preview.status(context), previewResults: [])
        guard preview.status(context) == .complete else { return response }
        let ids = input.imageIds ?? []
        guard ids.isEmpty || input.maxResults == nil && input.nextToken == nil else {
            throw AWSError.invalidParameter("maxResults", "maxResults and nextToken cannot be used together with imageIds")
        }
        let shown = preview.results.filter { result in
            result.fits(input.filter?.tagStatus) && (ids.isEmpty || ids.contains { result.isMeant(by: $0) })
        }
        let page = try context.page(
            fixed: shown, maximum: ids.isEmpty ? input.maxResults ?? 100 : nil, token: input.nextToken)
        response.previewResults = page.items
        response.nextToken = page.nextToken
        let transitions = preview.results.count { $0.action?.type == "TRANSITION" }
        response.summary = LifecyclePolicyPreviewSummary(
            expiringImageTotalCount: preview.results.count - transitions,
            transitioningImageTotalCounts: transitions == 0
                ? nil : [TransitioningImageTotalCount(targetStorageClass: "ARCHIVE", imageTotalCount: transitions)])
        return response
    }
}

/// A preview's result, computed when the preview starts and shown after its duration.
private struct LifecyclePreview {
    var policy: String
    var startedAt: Instant
    var results: [LifecyclePolicyPreviewResult]

    func status(_ context: Context) -> LifecyclePolicyPreviewStatus {
        startedAt + context.transitions.duration(ECRSimulation.previewTime) <= context.now ? .complete : .inProgress
    }

    static func find(_ repository: String, _ context: Context) throws -> LifecyclePreview? {
        let row = try Row.fetchOne(
            context.db,
            sql: """
                SELECT policy, started_at, results FROM ecr_lifecycle_preview WHERE account = ? AND region = ? AND repository = ?
                """, arguments: [context.account, context.region, repository])
        guard let row else { return nil }
        // The column holds the results as a response shape.
        let kept: GetLifecyclePolicyPreviewResponse = try StoredShape.read(row[2])
        return LifecyclePreview(
            policy: row[0], startedAt: Instant(milliseconds: row[1]), results: kept.previewResults ?? [])
    }

    func save(_ repository: String, _ context: Context) throws {
        try context.db.execute(
            sql: "INSERT OR REPLACE INTO ecr_lifecycle_preview VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                context.account, context.region, repository, policy, startedAt.milliseconds,
                StoredShape.text(GetLifecyclePolicyPreviewResponse(previewResults: results)),
            ])
    }
}

extension LifecycleVerdict {
    fileprivate var preview: LifecyclePolicyPreviewResult {
        LifecyclePolicyPreviewResult(
            imageTags: image.tags.isEmpty ? nil : image.tags, imageDigest: image.digest, imagePushedAt: image.pushedAt,
            action: rule.action == .expire
                ? LifecyclePolicyRuleAction(type: "EXPIRE")
                : LifecyclePolicyRuleAction(type: "TRANSITION", targetStorageClass: "ARCHIVE"),
            appliedRulePriority: rule.priority, storageClass: image.isArchived ? "ARCHIVE" : "STANDARD")
    }
}

extension LifecyclePolicyPreviewResult {
    fileprivate func fits(_ tagStatus: TagStatus?) -> Bool {
        switch tagStatus?.rawValue {
        case "TAGGED": imageTags?.isEmpty == false
        case "UNTAGGED": imageTags?.isEmpty ?? true
        default: true
        }
    }

    fileprivate func isMeant(by id: ImageIdentifier) -> Bool {
        (id.imageDigest.map { $0 == imageDigest } ?? true) && (id.imageTag.map { imageTags?.contains($0) == true } ?? true)
    }
}

extension AWSError {
    static func lifecyclePolicyNotFound(_ repository: String, _ context: Context) -> AWSError {
        AWSError(
            "LifecyclePolicyNotFoundException",
            """
            Lifecycle policy does not exist for the repository with name '\(repository)' in the registry with id \
            '\(context.account)'
            """)
    }
}
