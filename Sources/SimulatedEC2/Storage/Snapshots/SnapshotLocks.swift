import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshot-lock.html

extension Resource where S == LockedSnapshotsInfo {
    /// A snapshot's lock, deleted with the snapshot. The clock determines its state.
    static let snapshotLock = Resource(
        ResourceKind("snapshot-lock", type: "snapshot-lock", code: "", notFound: ""), identity: { $0.snapshotId ?? "" },
        refers: [.to("snapshot", \.snapshotId, .cascades)], filters: ["lock-state": { [$0.lockState?.rawValue] }])
}

// MARK: Handlers

extension EC2Simulation {
    public func lockSnapshot(_ input: LockSnapshotRequest, _ context: Context) throws -> LockSnapshotResult {
        try Snapshot.check(input.snapshotId)
        let snapshot = try Resource.snapshot.get(input.snapshotId, context).shape
        var lock = try input.lock(of: snapshot, context)
        if let earlier = try LockedSnapshotsInfo.of(input.snapshotId, context), earlier.lockState != .expired {
            if earlier.lockState == .compliance { try lock.refuse(loosening: earlier, input) }
            lock.lockCreatedOn = earlier.lockCreatedOn
        }
        try Resource.snapshotLock.forget(input.snapshotId, context)
        try Resource.snapshotLock.insert(lock, phase: "", context)
        lock.showState(context)
        var result = LockSnapshotResult()
        result.snapshotId = lock.snapshotId
        result.lockState = lock.lockState
        result.lockDuration = lock.lockDuration
        result.coolOffPeriod = lock.coolOffPeriod
        result.coolOffPeriodExpiresOn = lock.coolOffPeriodExpiresOn
        result.lockCreatedOn = lock.lockCreatedOn
        result.lockExpiresOn = lock.lockExpiresOn
        result.lockDurationStartTime = lock.lockDurationStartTime
        return result
    }

    public func unlockSnapshot(_ input: UnlockSnapshotRequest, _ context: Context) throws -> UnlockSnapshotResult {
        try Snapshot.check(input.snapshotId)
        _ = try Resource.snapshot.get(input.snapshotId, context)
        guard let lock = try LockedSnapshotsInfo.of(input.snapshotId, context), lock.lockState != .expired else {
            throw AWSError("IncorrectState", "The snapshot '\(input.snapshotId)' is not locked.")
        }
        guard lock.lockState != .compliance else {
            throw AWSError(
                "OperationNotPermitted",
                "The snapshot '\(input.snapshotId)' is locked in compliance mode and its cooling-off period has expired.")
        }
        try Resource.snapshotLock.forget(input.snapshotId, context)
        return UnlockSnapshotResult(snapshotId: input.snapshotId)
    }

    public func describeLockedSnapshots(
        _ input: DescribeLockedSnapshotsRequest, _ context: Context
    ) throws -> DescribeLockedSnapshotsResult {
        let paging = try Paging(input, ids: input.snapshotIds, named: "snapshotIds", context)
        for id in input.snapshotIds ?? [] {
            try Snapshot.check(id)
            _ = try Resource.snapshot.get(id, context)
        }
        let wanted = Set(input.snapshotIds ?? [])
        let test = try Resource.snapshotLock.filterTable.predicate(input.filters, context)
        let found = try Resource.snapshotLock.all(context).compactMap { stored -> Stored<LockedSnapshotsInfo>? in
            guard wanted.isEmpty || wanted.contains(stored.shape.snapshotId ?? "") else { return nil }
            var stored = stored
            stored.shape.showState(context)
            return test(stored.shape) ? stored : nil
        }
        let page = try paging.page(found) { .number($0.number) }
        return DescribeLockedSnapshotsResult(snapshots: page.items.map(\.shape), nextToken: page.nextToken)
    }
}

// MARK: Rules

extension LockSnapshotRequest {
    /// Returns the requested lock.
    fileprivate func lock(of snapshot: Snapshot, _ context: Context) throws -> LockedSnapshotsInfo {
        if lockMode == .governance, coolOffPeriod != nil {
            throw AWSError.invalidCombination("The parameter CoolOffPeriod cannot be used with the lock mode governance.")
        }
        if let hours = coolOffPeriod, !(1...72).contains(hours) {
            throw AWSError.invalidValue("\(hours)", for: "CoolOffPeriod", "Must be between 1 and 72.")
        }
        var lock = LockedSnapshotsInfo()
        lock.ownerId = context.account
        lock.snapshotId = snapshotId
        lock.lockState = lockMode == .governance ? .governance : .compliance
        lock.coolOffPeriod = coolOffPeriod
        lock.lockCreatedOn = context.now
        lock.coolOffPeriodExpiresOn = coolOffPeriod.map { context.now + .hours(Int64($0)) }
        // The lock of a pending snapshot starts when the snapshot completes.
        let completion =
            snapshot.completionTime
            ?? snapshot.startTime.map { $0 + context.transitions.duration(Snapshot.typicalTime) } ?? context.now
        let start = max(completion, context.now)
        lock.lockDurationStartTime = start
        switch (lockDuration, expirationDate) {
        case (nil, nil): throw AWSError.missingParameter("LockDuration")
        case (_?, _?):
            throw AWSError.invalidCombination("The parameter LockDuration cannot be used with the parameter ExpirationDate")
        case (let days?, nil):
            guard (1...36_500).contains(days) else {
                throw AWSError.invalidValue("\(days)", for: "LockDuration", "Must be between 1 and 36500.")
            }
            lock.lockDuration = days
            lock.lockExpiresOn = start + .days(Int64(days))
        case (nil, let date?):
            guard date > context.now else {
                throw AWSError.invalidValue(
                    date.iso8601(milliseconds: true), for: "ExpirationDate", "It must be in the future.")
            }
            let day: Int64 = 86_400_000
            lock.lockDuration = Int((date.milliseconds - start.milliseconds + day - 1) / day)
            lock.lockExpiresOn = date
        }
        return lock
    }
}

extension LockedSnapshotsInfo {
    /// Returns a snapshot's current lock; nil if it was never locked or was unlocked.
    static func of(_ snapshot: String, _ context: Context) throws -> LockedSnapshotsInfo? {
        guard var lock = try Resource.snapshotLock.find(snapshot, context)?.shape else { return nil }
        lock.showState(context)
        return lock
    }

    fileprivate mutating func showState(_ context: Context) {
        if let lockExpiresOn, lockExpiresOn <= context.now {
            lockState = .expired
        } else if lockState == .compliance, let coolOffPeriodExpiresOn, coolOffPeriodExpiresOn > context.now {
            lockState = .complianceCooloff
        }
    }

    /// Rejects changes that loosen the lock. After the cooling-off period, a compliance lock can only be extended.
    fileprivate func refuse(loosening earlier: LockedSnapshotsInfo, _ input: LockSnapshotRequest) throws {
        let isShorter = lockExpiresOn.map { $0 < earlier.lockExpiresOn ?? $0 } ?? false
        guard input.lockMode == .compliance, input.coolOffPeriod == nil, !isShorter else {
            throw AWSError(
                "OperationNotPermitted",
                "The snapshot '\(input.snapshotId)' is locked in compliance mode: its lock duration can only be increased.")
        }
    }
}
