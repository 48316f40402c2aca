import DrydockTesting
import EC2API
import Testing

/// Snapshot copies, locks, tiers, fast restores and imports.
@Suite(.simulator(transitions: .aws)) struct SnapshotStorage {
    private let aws = AWS.current

    private func snapshot() async throws -> String { try await aws.snapshot(of: try await aws.volume()) }

    // MARK: Sets and copies

    @Test func createSnapshotsCoversAllInstanceVolumes() async throws {
        let instance = try await aws.instance(),
            data = try await aws.volume {
                $0.tagSpecifications = [.init(resourceType: "volume", tags: [Tag(key: "Name", value: "data")])]
            }
        try await aws.ec2.attachVolume(.init(device: "/dev/sdf", instanceId: instance, volumeId: data))
        var request = CreateSnapshotsRequest(instanceSpecification: .init(instanceId: instance))
        request.description = "both"
        request.copyTagsFromSource = .volume
        let made = try await aws.ec2.createSnapshots(request).snapshots ?? []
        #expect(made.map(\.volumeSize) == [8, 10] && made.allSatisfy { $0.state == .pending && $0.description == "both" })
        #expect(made.last?.tags?.map(\.value) == ["data"] && made.first?.tags?.isEmpty == true)
        aws.clock.advance(by: .minutes(5))
        #expect(try await aws.describe(snapshot: made[1].snapshotId ?? "").state == .completed)
        request.instanceSpecification.excludeBootVolume = true
        #expect(try await aws.ec2.createSnapshots(request).snapshots?.map(\.volumeId) == [data])
        request.instanceSpecification.excludeDataVolumeIds = [data]
        await refused("InvalidParameterValue") { try await aws.ec2.createSnapshots(request) }
        request.instanceSpecification.excludeDataVolumeIds = [made[0].volumeId ?? ""]
        await refused("InvalidParameterValue") { try await aws.ec2.createSnapshots(request) }
        request.instanceSpecification = .init(instanceId: "i-0123456789abcdef0")
        await refused("InvalidInstanceID.NotFound") { try await aws.ec2.createSnapshots(request) }
    }

    @Test func copySnapshotCreatesCopyInAnotherRegion() async throws {
        let source = try await snapshot()
        let there = aws.acting(as: Credentials(accessKeyId: "test", secretAccessKey: "test"), region: "eu-west-1").ec2
        var request = CopySnapshotRequest(sourceRegion: "us-east-1", sourceSnapshotId: source)
        request.description = "far away"
        request.encrypted = true
        request.tagSpecifications = [.init(resourceType: "snapshot", tags: [Tag(key: "Name", value: "copy")])]
        let made = try await there.copySnapshot(request)
        #expect(made.tags?.map(\.value) == ["copy"])
        func copy() async throws -> EC2API.Snapshot? {
            try await there.describeSnapshots(.init(snapshotIds: [made.snapshotId ?? ""])).snapshots?.first
        }
        #expect(try await copy()?.state == .pending)
        aws.clock.advance(by: .minutes(5))
        let whole = try await copy()
        #expect(whole?.state == .completed && whole?.volumeId == "vol-ffffffff" && whole?.volumeSize == 10)
        #expect(whole?.transferType == .standard && whole?.description == "far away")
        #expect(whole?.kmsKeyId?.hasPrefix("arn:aws:kms:eu-west-1:") == true)
        await refused("InvalidSnapshot.NotFound") {
            try await there.copySnapshot(.init(sourceRegion: "eu-west-1", sourceSnapshotId: source))
        }
        await refused("InvalidParameterValue") {
            try await there.copySnapshot(.init(sourceRegion: "atlantis", sourceSnapshotId: source))
        }
        request.completionDurationMinutes = 20
        await refused("InvalidParameterValue") { try await there.copySnapshot(request) }
        request.completionDurationMinutes = 30
        _ = try await there.copySnapshot(request)
    }

    @Test(.simulator(transitions: .aws, existing: #"{"kms-keys": []}"#)) func copySnapshotFailsWithUnknownKmsKey() async throws
    {
        let source = try await snapshot()
        var request = CopySnapshotRequest(sourceRegion: "us-east-1", sourceSnapshotId: source)
        (request.encrypted, request.kmsKeyId) = (true, "1234abcd-12ab-34cd-56ef-1234567890ab")
        let id = try #require(try await aws.ec2.copySnapshot(request).snapshotId)
        aws.clock.advance(by: .minutes(5))
        let copy = try await aws.describe(snapshot: id)
        #expect(copy.state == .error && copy.stateMessage == "Given key ID is not accessible")
    }

    // MARK: Locks

    private func lock(_ id: String, _ mode: LockMode, _ change: (inout LockSnapshotRequest) -> Void) async throws -> LockState?
    {
        var request = LockSnapshotRequest(snapshotId: id, lockMode: mode)
        change(&request)
        return try await aws.ec2.lockSnapshot(request).lockState
    }

    private func lockState(_ id: String) async throws -> LockState? {
        try await aws.ec2.describeLockedSnapshots(.init(snapshotIds: [id])).snapshots?.first?.lockState
    }

    @Test func governanceSnapshotLockCanBeRemoved() async throws {
        let id = try await snapshot()
        try await aws.ec2.createTags(.init(resources: [id], tags: [Tag(key: "Name", value: "kept")]))
        #expect(try await lock(id, .governance) { $0.lockDuration = 1 } == .governance)
        await refused("OperationNotPermitted") { try await aws.ec2.deleteSnapshot(.init(snapshotId: id)) }
        #expect(try await lock(id, .governance) { $0.lockDuration = 2 } == .governance)
        try await aws.ec2.unlockSnapshot(.init(snapshotId: id))
        #expect(try await lockState(id) == nil)
        #expect(try await aws.describe(snapshot: id).tags?.map(\.value) == ["kept"])
        await refused("IncorrectState") { try await aws.ec2.unlockSnapshot(.init(snapshotId: id)) }
        _ = try await lock(id, .governance) { $0.lockDuration = 1 }
        aws.clock.advance(by: .hours(25))
        #expect(try await lockState(id) == .expired)
        try await aws.ec2.deleteSnapshot(.init(snapshotId: id))
        #expect(try await aws.ec2.describeLockedSnapshots(.init()).snapshots?.isEmpty == true)
    }

    @Test func complianceSnapshotLockIsFinalAfterCoolOffPeriod() async throws {
        let id = try await snapshot()
        #expect(try await lock(id, .compliance) { ($0.lockDuration, $0.coolOffPeriod) = (10, 2) } == .complianceCooloff)
        #expect(try await lock(id, .compliance) { ($0.lockDuration, $0.coolOffPeriod) = (5, 2) } == .complianceCooloff)
        aws.clock.advance(by: .hours(3))
        #expect(try await lockState(id) == .compliance)
        await refused("OperationNotPermitted") { try await aws.ec2.unlockSnapshot(.init(snapshotId: id)) }
        await refused("OperationNotPermitted") { _ = try await lock(id, .compliance) { $0.lockDuration = 4 } }
        await refused("OperationNotPermitted") { _ = try await lock(id, .governance) { $0.lockDuration = 20 } }
        #expect(try await lock(id, .compliance) { $0.lockDuration = 20 } == .compliance)
        let found = try await aws.ec2.describeLockedSnapshots(
            .init(filters: [Filter(name: "lock-state", values: ["compliance"])]))
        #expect(found.snapshots?.map(\.snapshotId) == [id])
    }

    @Test func lockSnapshotRejectsInvalidParameters() async throws {
        let id = try await snapshot()
        await refused("MissingParameter") { _ = try await lock(id, .governance) { _ in } }
        await refused("InvalidParameterCombination") {
            _ = try await lock(id, .governance) { ($0.lockDuration, $0.coolOffPeriod) = (1, 1) }
        }
        await refused("InvalidParameterValue") {
            _ = try await lock(id, .compliance) { ($0.lockDuration, $0.coolOffPeriod) = (1, 73) }
        }
        await refused("InvalidParameterValue") { _ = try await lock(id, .governance) { $0.lockDuration = 36_501 } }
        await refused("InvalidParameterValue") {
            _ = try await lock(id, .governance) { $0.expirationDate = Instant(parsing: "2020-01-01T00:00:00Z") }
        }
        await refused("InvalidSnapshot.NotFound") {
            _ = try await lock("snap-0123456789abcdef0", .governance) { $0.lockDuration = 1 }
        }
    }

    // MARK: Tiers

    private func tier(_ id: String) async throws -> SnapshotTierStatus {
        try #require(
            try await aws.ec2.describeSnapshotTierStatus(.init(filters: [Filter(name: "snapshot-id", values: [id])]))
                .snapshotTierStatuses?.first)
    }

    @Test func archivedSnapshotIsRestored() async throws {
        let id = try await snapshot()
        #expect(try await tier(id).storageTier == .standard)
        #expect(try await aws.ec2.modifySnapshotTier(.init(snapshotId: id, storageTier: .archive)).tieringStartTime != nil)
        aws.clock.advance(by: .hours(12))
        let half = try await tier(id)
        #expect(half.lastTieringOperationStatus == .archivalInProgress && half.lastTieringProgress == 50)
        await refused("IncorrectState") {
            try await aws.ec2.modifySnapshotTier(.init(snapshotId: id, storageTier: .archive))
        }
        aws.clock.advance(by: .hours(13))
        #expect(try await aws.describe(snapshot: id).storageTier == .archive)
        #expect(try await tier(id).lastTieringOperationStatus == .archivalCompleted)
        await refused("IncorrectState") { _ = try await aws.volume { $0.snapshotId = id } }
        try await aws.ec2.restoreSnapshotTier(.init(snapshotId: id, temporaryRestoreDays: 2))
        aws.clock.advance(by: .hours(25))
        #expect(try await aws.describe(snapshot: id).storageTier == .standard)
        #expect(try await aws.describe(snapshot: id).restoreExpiryTime != nil)
        _ = try await aws.volume { $0.snapshotId = id }
        aws.clock.advance(by: .hours(49))
        #expect(try await aws.describe(snapshot: id).storageTier == .archive)
        try await aws.ec2.restoreSnapshotTier(.init(snapshotId: id, permanentRestore: true))
        aws.clock.advance(by: .hours(25))
        #expect(try await tier(id).lastTieringOperationStatus == .permanentRestoreCompleted)
        #expect(try await aws.describe(snapshot: id).storageTier == .standard)
        await refused("IncorrectState") {
            try await aws.ec2.restoreSnapshotTier(.init(snapshotId: id, permanentRestore: true))
        }
        await refused("MissingParameter") { try await aws.ec2.restoreSnapshotTier(.init(snapshotId: id)) }
    }

    // MARK: Fast restores

    @Test func fastSnapshotRestoreIsEnabledAndDisabled() async throws {
        let id = try await snapshot()
        let made = try await aws.ec2.enableFastSnapshotRestores(
            .init(availabilityZones: ["us-east-1a"], sourceSnapshotIds: [id]))
        #expect(made.successful?.map(\.state) == [.enabling] && made.unsuccessful?.isEmpty == true)
        func state() async throws -> FastSnapshotRestoreStateCode? {
            try await aws.ec2.describeFastSnapshotRestores(
                .init(filters: [Filter(name: "snapshot-id", values: [id])])
            ).fastSnapshotRestores?.first?.state
        }
        aws.clock.advance(by: .minutes(1))
        #expect(try await state() == .optimizing)
        aws.clock.advance(by: .hours(1))
        #expect(try await state() == .enabled)
        let fast = try await aws.describe(volume: try await aws.volume { $0.snapshotId = id })
        #expect(fast.fastRestored == true)
        let slow = try await aws.volume { ($0.snapshotId, $0.availabilityZone) = (id, "us-east-1b") }
        #expect(try await aws.describe(volume: slow).fastRestored == nil)
        let wrong = try await aws.ec2.disableFastSnapshotRestores(
            .init(availabilityZones: ["us-east-1a", "us-east-1b"], sourceSnapshotIds: [id]))
        #expect(wrong.successful?.map(\.state) == [.disabling])
        #expect(wrong.unsuccessful?.first?.fastSnapshotRestoreStateErrors?.map(\.availabilityZone) == ["us-east-1b"])
        aws.clock.advance(by: .minutes(1))
        #expect(try await state() == .disabled)
        aws.clock.advance(by: .hours(2))
        #expect(try await state() == nil)
        await refused("InvalidSnapshot.NotFound") {
            try await aws.ec2.enableFastSnapshotRestores(
                .init(availabilityZones: ["us-east-1a"], sourceSnapshotIds: ["snap-0123456789abcdef0"]))
        }
        await refused("MissingParameter") {
            try await aws.ec2.enableFastSnapshotRestores(.init(sourceSnapshotIds: [id]))
        }
    }

    // MARK: Imports

    private func importing(_ url: String?, size: Double? = 3.5, format: String = "VMDK") async throws -> ImportSnapshotResult {
        var request = ImportSnapshotRequest()
        request.description = "disk"
        request.diskContainer = .init(format: format, url: url)
        request.clientData = .init(uploadSize: size)
        return try await aws.ec2.importSnapshot(request)
    }

    @Test func importSnapshotCreatesSnapshot() async throws {
        let made = try await importing("s3://disks/ubuntu.vmdk")
        let id = try #require(made.importTaskId)
        #expect(id.hasPrefix("import-snap-") && made.snapshotTaskDetail?.status == "active")
        let entry = try #require(aws.journal.last { $0.operation == "ImportSnapshot" })
        #expect(aws.simulator.event(of: entry)["_drydock"]?["unchecked"] == .list([.string("arn:aws:s3:::disks")]))
        aws.clock.advance(by: .minutes(20))
        let task = try await aws.ec2.describeImportSnapshotTasks(.init(importTaskIds: [id])).importSnapshotTasks?.first
        #expect(task?.snapshotTaskDetail?.status == "completed")
        let snapshot = try await aws.describe(snapshot: task?.snapshotTaskDetail?.snapshotId ?? "")
        #expect(snapshot.volumeSize == 4 && snapshot.state == .completed)
        await refused("InvalidParameter") { _ = try await importing("ftp://disks/x") }
        await refused("InvalidParameter") { _ = try await importing("s3://disks/x", format: "ISO") }
        await refused("MissingParameter") { _ = try await importing(nil) }
        // Assumed: the size if the request does not give the object's size.
        #expect(try await importing("s3://disks/x", size: nil).snapshotTaskDetail?.diskImageSize == 8_589_934_592)
        await refused("InvalidParameter") { _ = try await importing("s3://disks/x", size: 20_000) }
        await refused("InvalidConversionTaskId") {
            try await aws.ec2.describeImportSnapshotTasks(.init(importTaskIds: ["import-snap-0123456789abcdef0"]))
        }
    }
}
