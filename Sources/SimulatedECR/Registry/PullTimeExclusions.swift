import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

extension ECRSimulation {
    static let exclusionMigration = Migration(
        "ecr.pull_time_exclusion",
        """
        CREATE TABLE ecr_pull_time_exclusion (
            account TEXT NOT NULL, region TEXT NOT NULL, principal TEXT NOT NULL, created_at INTEGER NOT NULL,
            PRIMARY KEY (account, region, principal)
        ) WITHOUT ROWID
        """)
    static let exclusionLimit = 100

    public func registerPullTimeUpdateExclusion(
        _ input: RegisterPullTimeUpdateExclusionRequest, _ context: Context
    ) throws -> RegisterPullTimeUpdateExclusionResponse {
        let known = try exclusions(context)
        guard !known.contains(input.principalArn) else {
            throw AWSError(
                "ExclusionAlreadyExistsException",
                """
                The pull time update exclusion for principal '\(input.principalArn)' already exists in the registry with id \
                '\(context.account)'
                """)
        }
        guard known.count < Self.exclusionLimit else {
            throw AWSError(
                "LimitExceededException",
                "The maximum number of pull time update exclusions, \(Self.exclusionLimit), has been reached")
        }
        try context.db.execute(
            sql: "INSERT INTO ecr_pull_time_exclusion VALUES (?, ?, ?, ?)",
            arguments: [context.account, context.region, input.principalArn, context.now.milliseconds])
        return RegisterPullTimeUpdateExclusionResponse(principalArn: input.principalArn, createdAt: context.now)
    }

    public func deregisterPullTimeUpdateExclusion(
        _ input: DeregisterPullTimeUpdateExclusionRequest, _ context: Context
    ) throws -> DeregisterPullTimeUpdateExclusionResponse {
        try context.db.execute(
            sql: "DELETE FROM ecr_pull_time_exclusion WHERE account = ? AND region = ? AND principal = ?",
            arguments: [context.account, context.region, input.principalArn])
        guard context.db.changesCount > 0 else {
            throw AWSError(
                "ExclusionNotFoundException",
                """
                The pull time update exclusion for principal '\(input.principalArn)' does not exist in the registry with id \
                '\(context.account)'
                """)
        }
        return DeregisterPullTimeUpdateExclusionResponse(principalArn: input.principalArn)
    }

    public func listPullTimeUpdateExclusions(
        _ input: ListPullTimeUpdateExclusionsRequest, _ context: Context
    ) throws -> ListPullTimeUpdateExclusionsResponse {
        let page = try context.page(
            try exclusions(context), maximum: input.maxResults ?? 100, token: input.nextToken, at: PagePosition.name)
        return ListPullTimeUpdateExclusionsResponse(pullTimeUpdateExclusions: page.items, nextToken: page.nextToken)
    }

    private func exclusions(_ context: Context) throws -> [String] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT principal FROM ecr_pull_time_exclusion WHERE account = ? AND region = ? ORDER BY principal")
        return try String.fetchAll(statement, arguments: [context.account, context.region])
    }

    /// Records the time of a pull, unless the principal is excluded.
    func notePull(of image: ImageRecord, _ context: Context) throws {
        let excluded = try exclusions(context)
        guard excluded.isEmpty || !excluded.contains(context.caller.roleArn ?? context.caller.arn) else { return }
        var image = image
        image.pulledAt = context.now
        try image.update(context)
    }
}
