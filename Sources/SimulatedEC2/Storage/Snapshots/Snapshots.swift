import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-snapshots.html

extension Resource where S == Snapshot {
    static let snapshot = Resource(
        ResourceKind(
            "snap", type: "snapshot", code: "InvalidSnapshot", notFound: "The snapshot '%' does not exist.",
            malformed: "InvalidSnapshotID.Malformed", isPublic: true, conditions: Snapshot.conditions),
        id: \.snapshotId, tags: \.tags, showsNoTags: false, refers: [.to("volume", \.volumeId, .dangles)],
        life: LifeCycle(
            show: { $0.state = SnapshotState(rawValue: $1) }, initial: "pending", deleting: nil,
            steps: ["pending": .init(after: Snapshot.typicalTime, isFixed: false) { try $0.complete($1) }], gone: []),
        filters: ["status": { [$0.state?.rawValue] }]
    ).owned(by: \.ownerId)
}

// MARK: Handlers

extension EC2Simulation {
    public func createSnapshot(_ input: CreateSnapshotRequest, _ context: Context) throws -> Snapshot {
        try Self.refuseOutpost(input.outpostArn, context)
        try Self.refuseLocal(input.location, context)
        let volume = try VolumeRecord.named(input.volumeId, context)
        let snapshot = try context.create(.snapshot, input) { try $0.begin(of: volume, input.description, context) }
        return snapshot.newborn
    }

    public func deleteSnapshot(_ input: DeleteSnapshotRequest, _ context: Context) throws -> EmptyShape {
        try Snapshot.check(input.snapshotId)
        let snapshot = try Resource.snapshot.get(input.snapshotId, context)
        try snapshot.shape.checkNotInUse(context)
        if let lock = try LockedSnapshotsInfo.of(input.snapshotId, context), lock.lockState != .expired {
            throw AWSError(
                "OperationNotPermitted",
                "The snapshot '\(input.snapshotId)' is locked in \(lock.lockState?.rawValue ?? "") mode and cannot be deleted.",
                explanation: "DescribeLockedSnapshots returns when its lock expires.")
        }
        try context.delete(.snapshot, input.snapshotId)
        try Grants.removeAll(from: input.snapshotId, context)
        return EmptyShape()
    }

    public func describeSnapshots(_ input: DescribeSnapshotsRequest, _ context: Context) throws -> DescribeSnapshotsResult {
        let paging = try Paging(input, ids: input.snapshotIds, named: "snapshotIds", context)
        var found = try VisibleSnapshot.list(input.snapshotIds, context)
        if let owners = input.ownerIds, !owners.isEmpty {
            found = found.filter { snapshot in owners.contains { snapshot.isOwned(by: $0, context) } }
        }
        if let users = input.restorableByUserIds, !users.isEmpty {
            found = try VisibleSnapshot.restorable(by: users, of: found, context)
        }
        let tags = try TagIndex(Resource.snapshot.kind, ids: found.map(\.id), context)
        for index in found.indices {
            found[index].shape.showProgress(context)
            // Only the owner sees tags.
            if found[index].owner == context.account { found[index].shape.tags = tags[found[index].id].orNone }
        }
        let test = try Resource.snapshot.filterTable.predicate(input.filters, context)
        let page = try paging.page(found.filter { test($0.shape) }) { .number($0.number) }
        return DescribeSnapshotsResult(nextToken: page.nextToken, snapshots: page.items.map(\.shape))
    }

    /// Rejects Outposts, which Drydock does not have.
    static func refuseOutpost(_ arn: String?, _ context: Context) throws {
        guard let arn, !arn.isEmpty else { return }
        throw AWSError.notSimulated("ec2", "\(context.operation) on an Outpost")
    }

    /// Rejects Local Zones, because the account is opted in to none.
    static func refuseLocal(_ location: SnapshotLocationEnum?, _ context: Context) throws {
        guard location == "local" else { return }
        throw AWSError.invalidCombination("The parameter Location is only supported for volumes in Local Zones.")
    }
}

// MARK: Life

extension Snapshot {
    /// The typical time that AWS takes to snapshot a small volume.
    static let typicalTime = Duration.seconds(60)

    static func check(_ id: String, named parameter: String = "snapshotId") throws {
        guard Resource.snapshot.kind.isWellFormed(id) else {
            throw AWSError.invalidValue(id, for: parameter, "Expected: 'snap-...'.")
        }
    }

    /// Fills a new snapshot of a volume.
    mutating func begin(of volume: VolumeRecord, _ description: String?, _ context: Context) throws {
        guard volume.state == .available || volume.state == .inUse else {
            throw AWSError("IncorrectState", "Volume '\(volume.id)' is in the '\(volume.state.rawValue)' state.")
        }
        try Self.checkInProgress(of: volume, context)
        volumeId = volume.id
        volumeSize = volume.size
        begin(description, .init(isEncrypted: volume.isEncrypted, stored: volume.kmsKey), context)
        fullSnapshotSizeInBytes = try volume.writtenBytes(context)
    }

    /// AWS's quotas: five snapshots of a volume at a time, or one for a hard disk volume.
    private static func checkInProgress(of volume: VolumeRecord, _ context: Context) throws {
        let pending = try Relations.referrers(to: volume.id, kind: Resource.snapshot.kind, role: "volume", context)
            .count { try Resource.snapshot.find($0, context)?.phase == "pending" }
        guard pending < (["st1", "sc1"].contains(volume.type) ? 1 : 5) else {
            throw AWSError(
                "ConcurrentSnapshotLimitExceeded",
                "Maximum allowed in-progress snapshots for a single volume exceeded.")
        }
    }

    /// Fills the members that every new snapshot has.
    mutating func begin(_ description: String?, _ encryption: VolumeEncryption, _ context: Context) {
        self.description = description ?? ""
        startTime = context.now
        encrypted = encryption.isEncrypted
        kmsKeyId = encryption.key
        storageTier = "standard"
    }

    fileprivate mutating func complete(_ context: Context) throws -> String {
        guard VolumeEncryption(of: encrypted, kmsKeyId).isAccessible(context) else {
            stateMessage = "Given key ID is not accessible"
            progress = "0%"
            return "error"
        }
        completionTime = startTime.map { $0 + context.transitions.duration(Self.typicalTime) }
        return "completed"
    }

    /// The snapshot as CreateSnapshot returns it, without data that AWS adds later.
    var newborn: Snapshot {
        var newborn = self
        newborn.state = "pending"
        newborn.progress = ""
        newborn.startTime = startTime?.wholeSecond
        newborn.fullSnapshotSizeInBytes = nil
        newborn.storageTier = nil
        return newborn
    }

    /// Shows the progress at the current time.
    mutating func showProgress(_ context: Context) {
        guard state == "pending", let startTime else {
            progress = state == "error" ? progress : "100%"
            return
        }
        let whole = context.transitions.duration(Self.typicalTime).milliseconds
        let passed = context.now.milliseconds - startTime.milliseconds
        progress = "\(whole <= 0 ? 99 : min(max(passed * 100 / whole, 0), 99))%"
        fullSnapshotSizeInBytes = nil
    }

    /// - Throws: `InvalidSnapshot.InUse` if an image uses it.
    func checkNotInUse(_ context: Context) throws {
        guard let id = snapshotId,
            let user = try EC2Simulation.kinds.needing(id, Resource.snapshot.kind, context).first
        else { return }
        throw AWSError("InvalidSnapshot.InUse", "The snapshot \(id) is currently in use by \(user)")
    }
}

// MARK: Policies

extension Snapshot {
    fileprivate static func conditions(_ id: String, _ context: Context) throws -> [String: [String]] {
        guard let snapshot = try? VisibleSnapshot.get(id, context).shape else { return ["ec2:SnapshotID": [id]] }
        var conditions = [
            "ec2:SnapshotID": [id], "ec2:Encrypted": [(snapshot.encrypted ?? false).text],
            "ec2:VolumeSize": ["\(snapshot.volumeSize ?? 0)"],
        ]
        conditions["ec2:Owner"] = snapshot.ownerId.map { [$0] + (snapshot.ownerAlias.map { [$0] } ?? []) }
        conditions["ec2:ParentVolume"] = snapshot.volumeId.map { [ResourceKind.volume.arn($0, context)] }
        conditions["ec2:SnapshotTime"] = snapshot.startTime.map { [$0.iso8601(milliseconds: false)] }
        return conditions
    }
}
