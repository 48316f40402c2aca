import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/snapshot-archive.html

extension Resource where S == SnapshotTierStatus {
    /// The last archival or restore of a snapshot, deleted with the snapshot.
    static let snapshotTier = Resource(
        ResourceKind("snapshot-tier", type: "snapshot-tier", code: "", notFound: ""), identity: { $0.snapshotId ?? "" },
        refers: [.to("snapshot", \.snapshotId, .cascades)],
        life: LifeCycle(
            show: { $0.lastTieringOperationStatus = TieringOperationStatus(rawValue: $1) }, initial: "archival-in-progress",
            deleting: nil,
            steps: [
                "archival-in-progress": .init(after: SnapshotTierStatus.typicalTime, isFixed: false) {
                    try $0.archive($1)
                    return "archival-completed"
                },
                "permanent-restore-in-progress": .init(after: SnapshotTierStatus.typicalTime, isFixed: false) {
                    try $0.restore(until: nil, $1)
                    return "permanent-restore-completed"
                },
                "temporary-restore-in-progress": .init(after: SnapshotTierStatus.typicalTime, isFixed: false) {
                    try $0.restore(until: $0.restoreExpiryTime, $1)
                    return "temporary-restore-completed"
                },
                // A temporarily restored snapshot is archived again when its restore expires.
                "temporary-restore-completed": .init(until: \.restoreExpiryTime) {
                    try $0.archive($1)
                    return "archival-completed"
                },
            ], gone: []),
        filters: ["last-tiering-operation": { [$0.lastTieringOperationStatus?.rawValue] }])
}

// MARK: Handlers

extension EC2Simulation {
    public func modifySnapshotTier(_ input: ModifySnapshotTierRequest, _ context: Context) throws -> ModifySnapshotTierResult {
        try Snapshot.check(input.snapshotId)
        let snapshot = try Resource.snapshot.get(input.snapshotId, context)
        guard input.storageTier == .archive else {
            throw AWSError.invalidValue(input.storageTier?.rawValue ?? "", for: "StorageTier", "Expected: archive.")
        }
        try snapshot.shape.checkNotInUse(context)
        let last = try Resource.snapshotTier.find(input.snapshotId, context)
        guard snapshot.phase == "completed", snapshot.shape.storageTier != .archive,
            last.map({ !$0.phase.hasSuffix("-in-progress") }) ?? true, snapshot.shape.restoreExpiryTime == nil
        else {
            throw AWSError(
                "IncorrectState", "The snapshot '\(input.snapshotId)' is not in a state from which it can be archived.")
        }
        guard try FastRestore.of(input.snapshotId, context).isEmpty else {
            throw AWSError(
                "IncorrectState",
                "The snapshot '\(input.snapshotId)' is enabled for fast snapshot restore and cannot be archived.")
        }
        try begin("archival-in-progress", of: input.snapshotId, last, context)
        return ModifySnapshotTierResult(snapshotId: input.snapshotId, tieringStartTime: context.now)
    }

    public func restoreSnapshotTier(
        _ input: RestoreSnapshotTierRequest, _ context: Context
    ) throws -> RestoreSnapshotTierResult {
        try Snapshot.check(input.snapshotId)
        let snapshot = try Resource.snapshot.get(input.snapshotId, context)
        let isPermanent = input.permanentRestore ?? false
        if isPermanent, input.temporaryRestoreDays != nil {
            throw AWSError.invalidCombination(
                "The parameter PermanentRestore cannot be used with the parameter TemporaryRestoreDays")
        }
        if !isPermanent {
            guard let days = input.temporaryRestoreDays else { throw AWSError.missingParameter("TemporaryRestoreDays") }
            guard (1...180).contains(days) else {
                throw AWSError.invalidValue("\(days)", for: "TemporaryRestoreDays", "Must be between 1 and 180.")
            }
        }
        let isTemporarilyRestored = snapshot.shape.restoreExpiryTime != nil
        guard let last = try Resource.snapshotTier.find(input.snapshotId, context), !last.phase.hasSuffix("-in-progress"),
            snapshot.shape.storageTier == .archive || isTemporarilyRestored
        else { throw AWSError("IncorrectState", "The snapshot '\(input.snapshotId)' is not archived.") }
        let expiry = input.temporaryRestoreDays.map { days in
            // The days count from the end of the restore.
            let wait = isTemporarilyRestored ? .zero : context.transitions.duration(SnapshotTierStatus.typicalTime)
            return context.now + wait + .days(Int64(days))
        }
        try begin(
            isPermanent ? "permanent-restore-in-progress" : "temporary-restore-in-progress", of: input.snapshotId, last,
            expiry: expiry, isAtOnce: isTemporarilyRestored, context)
        return RestoreSnapshotTierResult(
            snapshotId: input.snapshotId, restoreStartTime: context.now, restoreDuration: input.temporaryRestoreDays,
            isPermanentRestore: isPermanent)
    }

    private func begin(
        _ phase: String, of snapshot: String, _ last: Stored<SnapshotTierStatus>?, expiry: Instant? = nil,
        isAtOnce: Bool = false, _ context: Context
    ) throws {
        var status = last?.shape ?? SnapshotTierStatus()
        status.snapshotId = snapshot
        status.lastTieringStartTime = context.now
        status.restoreExpiryTime = expiry
        var stored = try last ?? Resource.snapshotTier.insert(status, phase: phase, context)
        stored.shape = status
        try Resource.snapshotTier.move(&stored, to: phase, at: context.now, context)
        // A snapshot that is already restored only gets a new expiry time, so the restore ends at once.
        if isAtOnce { try Due.set(Resource.snapshotTier.kind.type, snapshot, at: context.now, context) }
    }

    public func describeSnapshotTierStatus(
        _ input: DescribeSnapshotTierStatusRequest, _ context: Context
    ) throws -> DescribeSnapshotTierStatusResult {
        let paging = try Paging(input, context)
        let operations = Dictionary(
            uniqueKeysWithValues: try Resource.snapshotTier.all(context).map { ($0.shape.snapshotId ?? "", $0.shape) })
        let snapshots = try Resource.snapshot.all(context)
        let tags = try TagIndex(Resource.snapshot.kind, ids: snapshots.map { $0.shape.snapshotId ?? "" }, context)
        let test = try Resource.snapshotTier.filterTable.predicate(input.filters, context)
        let found = snapshots.map { stored in
            let id = stored.shape.snapshotId ?? ""
            return (stored.number, SnapshotTierStatus(of: stored.shape, operations[id], tags: tags[id], context))
        }
        let page = try paging.page(found.filter { test($0.1) }) { .number($0.0) }
        return DescribeSnapshotTierStatusResult(snapshotTierStatuses: page.items.map(\.1), nextToken: page.nextToken)
    }
}

// MARK: Life

extension SnapshotTierStatus {
    /// AWS documents up to 72 hours for archiving and restoring.
    fileprivate static let typicalTime = Duration.seconds(24 * 3600)

    fileprivate init(of snapshot: Snapshot, _ last: SnapshotTierStatus?, tags: [Tag], _ context: Context) {
        self = last ?? SnapshotTierStatus()
        snapshotId = snapshot.snapshotId
        volumeId = snapshot.volumeId
        status = snapshot.state
        ownerId = snapshot.ownerId
        storageTier = snapshot.storageTier
        self.tags = tags
        guard let start = lastTieringStartTime, let operation = lastTieringOperationStatus?.rawValue else { return }
        let whole = context.transitions.duration(Self.typicalTime).milliseconds
        let passed = context.now.milliseconds - start.milliseconds
        let isUnderWay = operation.hasSuffix("-in-progress")
        lastTieringProgress = isUnderWay ? whole <= 0 ? 99 : Int(min(max(passed * 100 / whole, 0), 99)) : 100
    }

    fileprivate mutating func archive(_ context: Context) throws {
        archivalCompleteTime = context.now
        restoreExpiryTime = nil
        try change(to: .archive, until: nil, context)
    }

    fileprivate mutating func restore(until expiry: Instant?, _ context: Context) throws {
        if expiry == nil { archivalCompleteTime = nil }
        try change(to: .standard, until: expiry, context)
    }

    private func change(to tier: StorageTier, until expiry: Instant?, _ context: Context) throws {
        guard let snapshotId, var stored = try Resource.snapshot.find(snapshotId, context) else { return }
        stored.shape.storageTier = tier
        stored.shape.restoreExpiryTime = expiry
        try Resource.snapshot.write(stored, context)
    }
}
