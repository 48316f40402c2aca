import AWSCore
import ECRAPI
import GRDB
import SimulatorCore

// Replication of images pushed before their rule existed. Only the model's documentation describes it; the durations are assumed.

/// A replication backfill of a registry to one destination. Its copies are rows of `ecr_replication`, like all copies.
struct BackfillRecord: Sendable {
    static let migration = Migration(
        "ecr.backfill",
        """
        CREATE TABLE ecr_backfill (
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, region TEXT NOT NULL,
            to_account TEXT NOT NULL, to_region TEXT NOT NULL, failure TEXT, total INTEGER,
            status TEXT NOT NULL
                CHECK (status IN ('PREPARING', 'IN_PROGRESS', 'COMPLETE', 'FAILED', 'STOPPING', 'STOPPED')),
            started_at INTEGER NOT NULL, ended_at INTEGER
        );
        CREATE TABLE ecr_backfill_copy (
            backfill INTEGER NOT NULL REFERENCES ecr_backfill (number) ON DELETE CASCADE, replication INTEGER NOT NULL,
            PRIMARY KEY (backfill, replication)
        ) WITHOUT ROWID;
        CREATE INDEX ecr_backfill_of_copy ON ecr_backfill_copy (replication)
        """)

    static let limit = 10
    static let retention = Duration.days(90)
    /// How long it takes to determine the copies.
    static let preparationTime = Duration.seconds(30)
    /// How many copies run at once; the others wait.
    static let atOnce = 100

    let number: Int64
    let id: String
    let toAccount, toRegion: String
    var failure: String?
    /// The total number of copies; nil until it is known.
    var total: Int?
    var status: String
    let startedAt: Instant
    var endedAt: Instant?

    private static let columns = "number, id, to_account, to_region, failure, total, status, started_at, ended_at"

    private init(_ row: StoredRow) throws {
        number = try row[0]
        id = try row[1]
        toAccount = try row[2]
        toRegion = try row[3]
        failure = try row[4]
        total = try row[5]
        status = try row[6]
        startedAt = Instant(milliseconds: try row[7])
        endedAt = try (row[8] as Int64?).map { Instant(milliseconds: $0) }
    }

    var isOver: Bool { endedAt != nil }
    var destination: ReplicationDestination { ReplicationDestination(region: toRegion, registryId: toAccount) }
}

extension BackfillRecord {
    /// Returns a registry's backfills that are still retained, the newest first.
    static func all(_ context: Context) throws -> [BackfillRecord] {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM ecr_backfill WHERE account = ? AND region = ? ORDER BY number DESC")
        return try StoredRow.all(statement, [context.account, context.region]) { try BackfillRecord($0) }
    }

    static func find(_ id: String, _ context: Context) throws -> BackfillRecord? {
        let statement = try context.db.cachedStatement(
            sql: "SELECT \(columns) FROM ecr_backfill WHERE account = ? AND region = ? AND id = ?")
        return try StoredRow.first(statement, [context.account, context.region, id]) { try BackfillRecord($0) }
    }

    static func get(_ id: String, _ context: Context) throws -> BackfillRecord {
        guard let backfill = try find(id, context) else {
            throw AWSError(
                "ReplicationBackfillNotFoundException",
                "The replication backfill with id '\(id)' does not exist in the registry with id '\(context.account)'")
        }
        return backfill
    }

    /// Returns the backfills that these copies belong to.
    static func having(copies numbers: [Int64], _ context: Context) throws -> [BackfillRecord] {
        let list = numbers.map(String.init).joined(separator: ",")
        let statement = try context.db.makeStatement(
            sql: """
                SELECT DISTINCT \(columns) FROM ecr_backfill JOIN ecr_backfill_copy ON backfill = number
                WHERE replication IN (\(list))
                """)
        return try StoredRow.all(statement, []) { try BackfillRecord($0) }
    }

    static func insert(_ destination: ReplicationDestination, _ context: Context) throws -> BackfillRecord {
        let id = context.ids.uuid()
        try context.db.execute(
            sql: """
                INSERT INTO ecr_backfill (id, account, region, to_account, to_region, status, started_at)
                VALUES (?, ?, ?, ?, ?, 'PREPARING', ?)
                """,
            arguments: [
                id, context.account, context.region, destination.registryId, destination.region, context.now.milliseconds,
            ])
        return try get(id, context)
    }

    func update(_ context: Context) throws {
        try context.db.execute(
            sql: "UPDATE ecr_backfill SET status = ?, failure = ?, total = ?, ended_at = ? WHERE number = ?",
            arguments: [status, failure, total, endedAt?.milliseconds, number])
    }

    /// Ends the backfill. Its record is kept for the retention time.
    mutating func end(_ status: String, at time: Instant, _ context: Context) throws {
        self.status = status
        endedAt = time
        try update(context)
        try Due.set(ECRSimulation.DueKind.backfill.rawValue, id, at: time + Self.retention, context)
    }

    // MARK: Copies

    struct Copy: Sendable {
        let number: Int64
        let repository, digest: String
        let tag: String?
        let status: String
        let failure: String?
        let due: Instant
        var isOver: Bool { status != "IN_PROGRESS" }
    }

    func copies(_ context: Context) throws -> [Copy] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT number, repository, digest, tag, status, failure, due_at FROM ecr_replication
                JOIN ecr_backfill_copy ON replication = number WHERE backfill = ? ORDER BY number
                """)
        return try StoredRow.all(statement, [number]) {
            try Copy(
                number: $0[0], repository: $0[1], digest: $0[2], tag: $0[3], status: $0[4], failure: $0[5],
                due: Instant(milliseconds: $0[6]))
        }
    }

    func progress(_ context: Context) throws -> ReplicationBackfillProgress? {
        guard let total else { return nil }
        let copies = try copies(context)
        let failures = copies.compactMap { $0.status == "FAILED" ? $0.failure : nil }
        return ReplicationBackfillProgress(
            totalReplicationCount: total, completedReplicationCount: copies.count { $0.status == "COMPLETE" },
            failedReplicationCount: failures.count, failureCodes: failures.distinct)
    }
}

extension [String] {
    /// The elements without duplicates, in order of first appearance.
    fileprivate var distinct: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

// MARK: Handlers

extension ECRSimulation {
    public func startReplicationBackfill(
        _ input: StartReplicationBackfillRequest, _ context: Context
    ) throws -> StartReplicationBackfillResponse {
        let context = registry(input.registryId, context)
        let destination = input.destination
        guard try Self.rules(to: destination, context) != nil else {
            throw AWSError.invalidParameter(
                "destination", "The destination must be configured in the registry's replication configuration")
        }
        let running = try BackfillRecord.all(context).filter { !$0.isOver }
        guard !running.contains(where: { $0.toRegion == destination.region }) else {
            throw AWSError(
                "ReplicationBackfillInProgressException",
                "A replication backfill is already in progress for the destination region '\(destination.region ?? "")'")
        }
        guard running.count < BackfillRecord.limit else {
            throw AWSError(
                "LimitExceededException",
                """
                The registry with id '\(context.account)' already has the maximum allowed number of replication backfills in \
                progress which is '\(BackfillRecord.limit)'
                """)
        }
        let backfill = try BackfillRecord.insert(destination, context)
        try Due.set(
            DueKind.backfill.rawValue, backfill.id,
            at: context.now + context.transitions.duration(BackfillRecord.preparationTime), context)
        return StartReplicationBackfillResponse(
            replicationBackfillId: backfill.id, registryId: context.account, destination: backfill.destination,
            status: ReplicationBackfillStatus(backfill.status), startedAt: backfill.startedAt)
    }

    public func stopReplicationBackfill(
        _ input: StopReplicationBackfillRequest, _ context: Context
    ) throws -> StopReplicationBackfillResponse {
        let context = registry(input.registryId, context)
        var backfill = try BackfillRecord.get(input.replicationBackfillId, context)
        guard !backfill.isOver, backfill.status != "STOPPING" else {
            throw AWSError(
                "ReplicationBackfillInvalidStatusException",
                "The replication backfill with id '\(backfill.id)' cannot be stopped because its status is '\(backfill.status)'"
            )
        }
        // Copies in progress are completed; waiting copies are canceled.
        let begun = context.now + context.transitions.duration(Self.replicationTime)
        let open = try backfill.copies(context).filter { !$0.isOver }
        for copy in open where copy.due > begun {
            try context.db.execute(sql: "DELETE FROM ecr_replication WHERE number = ?", arguments: [copy.number])
            try Due.clear(DueKind.replication.rawValue, "\(copy.number)", context)
        }
        if open.contains(where: { $0.due <= begun }) {
            backfill.status = "STOPPING"
            try backfill.update(context)
        } else {
            try backfill.end("STOPPED", at: context.now, context)
        }
        return StopReplicationBackfillResponse(
            registryId: context.account, replicationBackfillId: backfill.id, destination: backfill.destination,
            status: ReplicationBackfillStatus(backfill.status), startedAt: backfill.startedAt)
    }

    public func listReplicationBackfills(
        _ input: ListReplicationBackfillsRequest, _ context: Context
    ) throws -> ListReplicationBackfillsResponse {
        let context = registry(input.registryId, context)
        let page = try Pagination.page(
            try BackfillRecord.all(context), maximum: input.maxResults ?? 25, token: input.nextToken, of: context.question,
            isDescending: true, at: { .number($0.number) }, invalidToken: .invalidToken)
        return ListReplicationBackfillsResponse(
            registryId: context.account,
            backfills: try page.items.map { backfill in
                ReplicationBackfillSummary(
                    replicationBackfillId: backfill.id, destination: backfill.destination,
                    status: ReplicationBackfillStatus(backfill.status), failureCode: backfill.failure,
                    progress: try backfill.progress(context), startedAt: backfill.startedAt, endedAt: backfill.endedAt)
            }, nextToken: page.nextToken)
    }

    public func describeReplicationBackfillResults(
        _ input: DescribeReplicationBackfillResultsRequest, _ context: Context
    ) throws -> DescribeReplicationBackfillResultsResponse {
        let context = registry(input.registryId, context)
        let backfill = try BackfillRecord.get(input.replicationBackfillId, context)
        var copies: [BackfillRecord.Copy] = []
        if backfill.isOver {
            copies = try backfill.copies(context)
        }
        let shown = copies.filter { input.resultStatusFilter == nil || $0.status == input.resultStatusFilter?.rawValue }
        let page = try context.page(shown, maximum: input.maxResults ?? 100, token: input.nextToken) { .number($0.number) }
        return DescribeReplicationBackfillResultsResponse(
            registryId: context.account, replicationBackfillId: backfill.id, destination: backfill.destination,
            status: ReplicationBackfillStatus(backfill.status), failureCode: backfill.failure,
            progress: try backfill.progress(context),
            results: backfill.isOver ? try page.items.map { try Self.result(of: $0, among: copies, context) } : nil,
            startedAt: backfill.startedAt, endedAt: backfill.endedAt, nextToken: page.nextToken)
    }

    private static func result(
        of copy: BackfillRecord.Copy, among copies: [BackfillRecord.Copy], _ context: Context
    ) throws -> ReplicationBackfillResult {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT part FROM ecr_image_part
                WHERE account = ? AND region = ? AND repository = ? AND digest = ? AND is_manifest
                """)
        let parts = Set(
            try String.fetchAll(statement, arguments: [context.account, context.region, copy.repository, copy.digest]))
        let failures = copies.filter { $0.repository == copy.repository && parts.contains($0.digest) }.compactMap(\.failure)
        return ReplicationBackfillResult(
            repositoryName: copy.repository, imageId: ImageIdentifier(imageDigest: copy.digest, imageTag: copy.tag),
            status: ReplicationBackfillResultStatus(copy.status), failureCode: copy.failure,
            subImageFailureCodes: parts.isEmpty ? nil : failures.distinct)
    }
}

// MARK: Time

extension ECRSimulation {
    /// Returns a registry's rules for a destination, or nil if there are none.
    private static func rules(to destination: ReplicationDestination, _ context: Context) throws -> [ReplicationRule]? {
        let configuration: ReplicationConfiguration? = try RegistrySetting.replication.shape(context)
        let rules = configuration?.rules?.filter { rule in
            rule.destinations?.contains { $0.region == destination.region && $0.registryId == destination.registryId } == true
        }
        return rules?.isEmpty == false ? rules : nil
    }

    /// Determines what to copy and starts it, or deletes the record of a backfill after its retention time.
    func advanceBackfill(_ due: Due, _ context: Context) throws {
        guard var backfill = try BackfillRecord.find(due.id, context) else { return }
        if backfill.isOver {
            return try context.db.execute(sql: "DELETE FROM ecr_backfill WHERE number = ?", arguments: [backfill.number])
        }
        guard let rules = try Self.rules(to: backfill.destination, context) else {
            backfill.failure = "DestinationNotConfigured"
            return try backfill.end("FAILED", at: due.at, context)
        }
        var total = 0
        for repository in try RepositoryRecord.all(context) where rules.contains(where: { $0.concerns(repository.name) }) {
            for image in try ImageRecord.all(in: repository.name, context).sorted(by: { $0.number < $1.number })
            where image.isActive(due.at) {
                for tag in image.tags.isEmpty ? [nil] : image.tags.map(Optional.some) {
                    let wave = Int64(total / BackfillRecord.atOnce + 1)
                    let time = due.at + context.transitions.duration(Self.replicationTime * Int(wave))
                    try insertCopy(of: image, tag: tag, backfill, at: time, context)
                    total += 1
                }
            }
        }
        backfill.total = total
        if total == 0 { return try backfill.end("COMPLETE", at: due.at, context) }
        backfill.status = "IN_PROGRESS"
        try backfill.update(context)
    }

    private func insertCopy(
        of image: ImageRecord, tag: String?, _ backfill: BackfillRecord, at time: Instant, _ context: Context
    ) throws {
        try context.db.execute(
            sql: """
                INSERT INTO ecr_replication (account, region, repository, digest, tag, to_account, to_region, due_at, status)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'IN_PROGRESS')
                """,
            arguments: [
                context.account, context.region, image.repository, image.digest, tag, backfill.toAccount, backfill.toRegion,
                time.milliseconds,
            ])
        try context.db.execute(
            sql: "INSERT INTO ecr_backfill_copy VALUES (?, ?)", arguments: [backfill.number, context.db.lastInsertedRowID])
    }

    /// Ends the backfills whose last copies these were.
    func endBackfills(after numbers: [Int64], _ context: Context) throws {
        for var backfill in try BackfillRecord.having(copies: numbers, context) where !backfill.isOver {
            let copies = try backfill.copies(context)
            guard copies.allSatisfy(\.isOver), let last = copies.map(\.due).max() else { continue }
            try backfill.end(backfill.status == "STOPPING" ? "STOPPED" : "COMPLETE", at: last, context)
        }
    }
}
