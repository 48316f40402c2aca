import DrydockTesting
import Testing

@Suite(.simulator(transitions: .aws)) struct VolumeModifications {
    private let aws = AWS.current

    private func modify(_ id: String, _ change: (inout ModifyVolumeRequest) -> Void) async throws -> VolumeModification {
        var request = ModifyVolumeRequest(volumeId: id)
        change(&request)
        return try #require(try await aws.ec2.modifyVolume(request).volumeModification)
    }

    private func last(_ id: String) async throws -> VolumeModification {
        try #require(
            try await aws.ec2.describeVolumesModifications(.init(volumeIds: [id])).volumesModifications?.first)
    }

    @Test func volumeModificationIsAppliedThenOptimized() async throws {
        let id = try await aws.volume {
            $0.tagSpecifications = [.init(resourceType: "volume", tags: [Tag(key: "Name", value: "data")])]
        }
        let made = try await modify(id) { ($0.size, $0.volumeType) = (20, .gp3) }
        #expect(made.modificationState == .modifying && made.progress == 0 && made.endTime == nil)
        #expect(made.originalSize == 10 && made.originalVolumeType == .gp2 && made.originalIops == 100)
        #expect(
            made.targetSize == 20 && made.targetVolumeType == .gp3 && made.targetIops == 3000 && made.targetThroughput == 125)
        #expect(try await aws.describe(volume: id).size == 10)
        aws.clock.advance(by: .seconds(15 + 300))
        let half = try await last(id)
        #expect(half.modificationState == .optimizing && half.progress == 50)
        let volume = try await aws.describe(volume: id)
        #expect(volume.size == 20 && volume.volumeType == .gp3 && volume.iops == 3000 && volume.throughput == 125)
        #expect(volume.tags?.map(\.value) == ["data"])
        await refused("IncorrectModificationState") { _ = try await modify(id) { $0.size = 30 } }
        aws.clock.advance(by: .minutes(10))
        let whole = try await last(id)
        #expect(whole.modificationState == .completed && whole.progress == 100 && whole.endTime != nil)
    }

    /// Four modifications within a rolling day.
    @Test func modifyVolumeAllowsFourChangesPerDay() async throws {
        let id = try await aws.volume()
        for size in 11...14 {
            _ = try await modify(id) { $0.size = size }
            aws.clock.advance(by: .minutes(30))
        }
        await refused("VolumeModificationRateExceeded") { _ = try await modify(id) { $0.size = 15 } }
        aws.clock.advance(by: .hours(21))
        await refused("VolumeModificationRateExceeded") { _ = try await modify(id) { $0.size = 15 } }
        aws.clock.advance(by: .hours(1))
        _ = try await modify(id) { $0.size = 15 }
    }

    @Test func invalidVolumeModificationsAreRejected() async throws {
        let id = try await aws.volume()
        await refused("InvalidParameterValue", "New size cannot be smaller than existing size") {
            _ = try await modify(id) { $0.size = 9 }
        }
        await refused("MissingParameter") { _ = try await modify(id) { _ in } }
        await refused("UnknownVolumeType") { _ = try await modify(id) { $0.volumeType = "gp9" } }
        await refused("InvalidParameterCombination") { _ = try await modify(id) { $0.iops = 4000 } }
        await refused("InvalidParameterValue") { _ = try await modify(id) { $0.volumeType = .st1 } }
        // The default of 3,000 IOPS is too high for this small volume.
        await refused("InvalidParameterValue") { _ = try await modify(id) { $0.volumeType = .io1 } }
        await refused("InvalidParameterCombination") { _ = try await modify(id) { $0.multiAttachEnabled = true } }
        await refused("InvalidVolume.NotFound") { _ = try await modify("vol-0123456789abcdef0") { $0.size = 20 } }
        await refused("InvalidVolumeModification.NotFound", "Modification for volume '\(id)' does not exist.") {
            _ = try await last(id)
        }
        #expect(try await modify(id) { ($0.volumeType, $0.iops) = (.io1, 500) }.targetIops == 500)
    }

    @Test func multiAttachChangesOnlyWhileVolumeIsDetached() async throws {
        let id = try await aws.volume { ($0.volumeType, $0.iops) = (.io2, 100) }
        _ = try await modify(id) { $0.multiAttachEnabled = true }
        aws.clock.advance(by: .minutes(20))
        #expect(try await aws.describe(volume: id).multiAttachEnabled == true)
        try await aws.ec2.attachVolume(.init(device: "/dev/sdf", instanceId: try await aws.instance(), volumeId: id))
        await refused("IncorrectState") { _ = try await modify(id) { $0.multiAttachEnabled = false } }
        await refused("UnsupportedOperation") { _ = try await modify(id) { $0.volumeType = .gp3 } }
        #expect(try await modify(id) { $0.size = 20 }.targetSize == 20)
    }

    @Test func describeVolumesModificationsAppliesFilters() async throws {
        let first = try await aws.volume(), second = try await aws.volume()
        _ = try await modify(first) { $0.size = 20 }
        _ = try await modify(second) { $0.volumeType = .gp3 }
        func found(_ name: String, _ value: String) async throws -> [String?] {
            try await aws.ec2.describeVolumesModifications(.init(filters: [Filter(name: name, values: [value])]))
                .volumesModifications?.map(\.volumeId) ?? []
        }
        #expect(try await found("target-volume-type", "gp3") == [second])
        #expect(try await found("target-size", "20") == [first])
        #expect(try await found("original-size", "10") == [first, second])
        #expect(try await found("modification-state", "modifying") == [first, second])
        #expect(try await found("targetMultiAttachEnabled", "true") == [])
        // The modification is deleted with its volume.
        aws.clock.advance(by: .hours(1))
        try await aws.ec2.deleteVolume(.init(volumeId: first))
        aws.clock.advance(by: .minutes(1))
        #expect(try await found("volume-id", "*") == [second])
    }
}

@Suite(.simulator(transitions: .aws)) struct VolumeStatuses {
    private let aws = AWS.current

    @Test func describeVolumeStatusReportsHealthyVolumeAsOK() async throws {
        let id = try #require(try await aws.ec2.createVolume(.init(availabilityZone: "us-east-1a", size: 1)).volumeId)
        func status() async throws -> VolumeStatusItem {
            try #require(try await aws.ec2.describeVolumeStatus(.init(volumeIds: [id])).volumeStatuses?.first)
        }
        #expect(try await status().volumeStatus?.status == .insufficientData)
        aws.clock.advance(by: .minutes(1))
        let there = try await status()
        #expect(there.volumeStatus?.status == .ok && there.availabilityZone == "us-east-1a")
        #expect(there.volumeStatus?.details?.map { $0.name?.rawValue } == ["io-enabled", "io-performance"])
        #expect(there.volumeStatus?.details?.map(\.status) == ["passed", "not-applicable"])
        #expect(there.actions?.isEmpty == true && there.events?.isEmpty == true)
        let impaired = try await aws.ec2.describeVolumeStatus(
            .init(filters: [Filter(name: "volume-status.status", values: ["impaired"])]))
        #expect(impaired.volumeStatuses?.isEmpty == true)
        await refused("InvalidVolume.NotFound") {
            try await aws.ec2.describeVolumeStatus(.init(volumeIds: ["vol-0123456789abcdef0"]))
        }
    }

    @Test func modifyVolumeAttributeChangesAutoEnableIO() async throws {
        let id = try await aws.volume()
        func attribute() async throws -> Bool? {
            try await aws.ec2.describeVolumeAttribute(.init(attribute: .autoEnableIO, volumeId: id)).autoEnableIO?.value
        }
        #expect(try await attribute() == false)
        try await aws.ec2.modifyVolumeAttribute(.init(autoEnableIO: .init(value: true), volumeId: id))
        #expect(try await attribute() == true)
        let codes = try await aws.ec2.describeVolumeAttribute(.init(attribute: .productCodes, volumeId: id))
        #expect(codes.productCodes?.isEmpty == true && codes.autoEnableIO == nil)
        await refused("MissingParameter") { try await aws.ec2.modifyVolumeAttribute(.init(volumeId: id)) }
        try await aws.ec2.enableVolumeIO(.init(volumeId: id))
        await refused("InvalidVolume.NotFound") {
            try await aws.ec2.enableVolumeIO(.init(volumeId: "vol-0123456789abcdef0"))
        }
    }

    @Test func copyVolumesCreatesIndependentVolume() async throws {
        let source = try await aws.volume { $0.encrypted = true }
        let copy = try #require(
            try await aws.ec2.copyVolumes(.init(sourceVolumeId: source, size: 20, volumeType: .gp3)).volumes?.first)
        #expect(copy.state == .creating && copy.sourceVolumeId == source && copy.size == 20 && copy.iops == 3000)
        aws.clock.advance(by: .minutes(1))
        let there = try await aws.describe(volume: try #require(copy.volumeId))
        #expect(there.state == .available && there.encrypted == true && there.availabilityZone == "us-east-1a")
        let found = try await aws.ec2.describeVolumes(
            .init(filters: [Filter(name: "source-volume-id", values: [source])]))
        #expect(found.volumes?.map(\.volumeId) == [copy.volumeId])
        await refused("InvalidParameterValue") {
            try await aws.ec2.copyVolumes(.init(sourceVolumeId: source, size: 9))
        }
        await refused("InvalidVolume.NotFound") {
            try await aws.ec2.copyVolumes(.init(sourceVolumeId: "vol-0123456789abcdef0"))
        }
    }

    /// Without retention rules, nothing is moved to the Recycle Bin.
    @Test func recycleBinListsNothingWithoutRetentionRules() async throws {
        let volume = try await aws.volume(), snapshot = try await aws.snapshot(of: volume)
        try await aws.ec2.deleteSnapshot(.init(snapshotId: snapshot))
        #expect(try await aws.ec2.listSnapshotsInRecycleBin(.init()).snapshots?.isEmpty == true)
        #expect(try await aws.ec2.listVolumesInRecycleBin(.init()).volumes?.isEmpty == true)
        await refused("InvalidSnapshot.NotFound") {
            try await aws.ec2.restoreSnapshotFromRecycleBin(.init(snapshotId: snapshot))
        }
        await refused("InvalidVolume.NotFound") {
            try await aws.ec2.restoreVolumeFromRecycleBin(.init(volumeId: volume))
        }
        await refused("InvalidSnapshot.NotFound") {
            try await aws.ec2.listSnapshotsInRecycleBin(.init(snapshotIds: [snapshot]))
        }
    }
}
