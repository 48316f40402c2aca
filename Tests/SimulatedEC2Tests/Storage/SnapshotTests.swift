import DrydockTesting
import Testing

@testable import SimulatedEC2

@Suite(.simulator(transitions: .aws)) struct Snapshots {
    private let aws = AWS.current

    @Test func snapshotProgressFollowsClock() async throws {
        let volume = try await aws.volume()
        let made = try await aws.ec2.createSnapshot(.init(description: "before the change", volumeId: volume))
        let id = try #require(made.snapshotId)
        #expect(made.state == .pending && made.progress == "" && made.volumeSize == 10 && made.volumeId == volume)
        #expect(made.description == "before the change" && made.encrypted == false && made.ownerId == "123456789012")
        aws.clock.advance(by: .seconds(30))
        let half = try await aws.describe(snapshot: id)
        #expect(half.state == .pending && half.progress == "50%" && half.completionTime == nil)
        aws.clock.advance(by: .minutes(1))
        let whole = try await aws.describe(snapshot: id)
        #expect(whole.state == .completed && whole.progress == "100%" && whole.storageTier == .standard)
        #expect(whole.completionTime != nil && whole.fullSnapshotSizeInBytes == 0)
        try await aws.ec2.deleteSnapshot(.init(snapshotId: id))
        await refused("InvalidSnapshot.NotFound", "The snapshot '\(id)' does not exist.") {
            try await aws.ec2.deleteSnapshot(.init(snapshotId: id))
        }
    }

    @Test func concurrentSnapshotsAreLimited() async throws {
        let volume = try await aws.volume(), slow = try await aws.volume { ($0.volumeType, $0.size) = (.st1, 125) }
        for _ in 0..<5 { try await aws.ec2.createSnapshot(.init(volumeId: volume)) }
        await refused("ConcurrentSnapshotLimitExceeded") { try await aws.ec2.createSnapshot(.init(volumeId: volume)) }
        try await aws.ec2.createSnapshot(.init(volumeId: slow))
        await refused("ConcurrentSnapshotLimitExceeded") { try await aws.ec2.createSnapshot(.init(volumeId: slow)) }
        aws.clock.advance(by: .minutes(5))
        try await aws.ec2.createSnapshot(.init(volumeId: volume))
    }

    @Test func volumeIsCreatedFromSnapshot() async throws {
        let volume = try await aws.volume()
        let pending = try #require(try await aws.ec2.createSnapshot(.init(volumeId: volume)).snapshotId)
        await refused("IncorrectState", "Snapshot is in invalid state - pending") {
            _ = try await aws.volume { ($0.snapshotId, $0.size) = (pending, nil) }
        }
        aws.clock.advance(by: .minutes(5))
        let made = try await aws.describe(volume: try await aws.volume { ($0.snapshotId, $0.size) = (pending, nil) })
        #expect(made.size == 10 && made.snapshotId == pending)
        #expect(try await aws.describe(volume: try await aws.volume { ($0.snapshotId, $0.size) = (pending, 11) }).size == 11)
        await refused("InvalidParameterValue") { _ = try await aws.volume { ($0.snapshotId, $0.size) = (pending, 9) } }
        await refused("InvalidSnapshot.NotFound") { _ = try await aws.volume { $0.snapshotId = "snap-0123456789abcdef0" } }
        await refused(
            "InvalidParameterValue", "Value (vol-1) for parameter snapshotId is invalid. Expected: 'snap-...'."
        ) { _ = try await aws.volume { $0.snapshotId = "vol-1" } }
        await refused("InvalidParameterCombination") { _ = try await aws.volume { $0.volumeInitializationRate = 200 } }
        #expect(
            try await aws.describe(
                volume: try await aws.volume { ($0.snapshotId, $0.volumeInitializationRate) = (pending, 200) }
            ).volumeInitializationRate == 200)
        // The snapshot can be deleted; its volumes stay.
        try await aws.ec2.deleteSnapshot(.init(snapshotId: pending))
        #expect(try await aws.ec2.describeVolumes().volumes?.count == 4)
    }

    @Test func blockDeviceMappingCreatesVolumeFromSnapshot() async throws {
        let snapshot = try await aws.snapshot(of: try await aws.volume { $0.encrypted = true })
        let id = try await aws.run {
            $0.blockDeviceMappings = [.init(ebs: .init(snapshotId: snapshot), deviceName: "/dev/sdf")]
        }.first?.instanceId
        let volume = try #require(
            try await aws.ec2.describeVolumes(
                .init(filters: [Filter(name: "attachment.device", values: ["/dev/sdf"])])
            ).volumes?.first)
        #expect(volume.snapshotId == snapshot && volume.size == 10 && volume.encrypted == true)
        #expect(volume.attachments?.first?.instanceId == id)
        await refused("InvalidBlockDeviceMapping") {
            try await aws.run {
                $0.blockDeviceMappings = [.init(ebs: .init(snapshotId: snapshot, volumeSize: 9), deviceName: "/dev/sdf")]
            }
        }
    }

    @Test func publicImageSnapshotBelongsToAmazon() async throws {
        let image = try #require(
            try await aws.ec2.describeImages(.init(imageIds: [try await aws.ubuntu()])).images?.first)
        let id = try #require(image.blockDeviceMappings?.first?.ebs?.snapshotId)
        let snapshot = try await aws.describe(snapshot: id)
        #expect(snapshot.ownerAlias == "amazon" && snapshot.volumeSize == image.blockDeviceMappings?.first?.ebs?.volumeSize)
        #expect(try await aws.describe(volume: try await aws.volume { ($0.snapshotId, $0.size) = (id, nil) }).snapshotId == id)
        await refused("InvalidSnapshot.NotFound") { try await aws.ec2.deleteSnapshot(.init(snapshotId: id)) }
    }

    @Test func describeSnapshotsFiltersByAttributesAndOwner() async throws {
        let volume = try await aws.volume()
        let tags = [TagSpecification(resourceType: "snapshot", tags: [Tag(key: "Name", value: "daily")])]
        let id = try #require(
            try await aws.ec2.createSnapshot(.init(description: "d1", volumeId: volume, tagSpecifications: tags)).snapshotId)
        let other = try await aws.snapshot(of: volume)
        func found(_ name: String, _ value: String) async throws -> [String?] {
            try await aws.ec2.describeSnapshots(
                .init(ownerIds: ["self"], filters: [Filter(name: name, values: [value])])
            ).snapshots?.map(\.snapshotId) ?? []
        }
        #expect(try await found("tag:Name", "daily") == [id])
        #expect(try await found("volume-id", volume) == [id, other])
        #expect(try await found("status", "completed") == [id, other])
        #expect(try await found("description", "d?") == [id])
        #expect(try await found("volume-size", "11") == [])
        #expect(try await found("progress", "100%") == [id, other])
        await refused("InvalidParameterValue", "The filter 'colour' is invalid") { _ = try await found("colour", "red") }
        let amazons = try await aws.ec2.describeSnapshots(.init(ownerIds: ["amazon"])).snapshots ?? []
        #expect(!amazons.isEmpty && amazons.allSatisfy { $0.ownerAlias == "amazon" })
        let all = try await aws.ec2.describeSnapshots().snapshots ?? []
        #expect(all.count { $0.ownerId == "123456789012" } == 2)
        #expect(Set(amazons.map(\.snapshotId)).isSubset(of: all.map(\.snapshotId)))
        var token: String?
        var paged: [String?] = []
        repeat {
            let page = try await aws.ec2.describeSnapshots(.init(maxResults: 7, nextToken: token))
            paged += (page.snapshots ?? []).map(\.snapshotId)
            token = page.nextToken
        } while token != nil
        #expect(paged == all.map(\.snapshotId))
    }

    // MARK: Sharing

    private func share(_ id: String, add: [String] = [], remove: [String] = []) async throws {
        func permissions(_ names: [String]) -> [CreateVolumePermission] {
            names.map { $0 == "all" ? .init(group: .all) : .init(userId: $0) }
        }
        try await aws.ec2.modifySnapshotAttribute(
            .init(
                createVolumePermission: .init(add: permissions(add), remove: permissions(remove)), snapshotId: id))
    }

    private func visible(owner: String? = nil, restorableBy user: String? = nil) async throws -> [String?] {
        try await aws.stranger.ec2.describeSnapshots(
            .init(ownerIds: owner.map { [$0] }, restorableByUserIds: user.map { [$0] })
        ).snapshots?.filter { $0.ownerId == "123456789012" }.map(\.snapshotId) ?? []
    }

    @Test func sharedSnapshotIsVisibleToNamedAccounts() async throws {
        let id = try await aws.snapshot(of: try await aws.volume())
        #expect(try await visible() == [])
        #expect(try await aws.stranger.ec2.describeSnapshots(.init(snapshotIds: [id])).snapshots?.isEmpty == true)
        await refused("InvalidSnapshot.NotFound") {
            try await aws.stranger.ec2.createVolume(.init(availabilityZone: "us-east-1a", snapshotId: id))
        }
        try await share(id, add: ["210987654321"])
        #expect(try await visible(owner: "123456789012") == [id])
        #expect(try await visible(restorableBy: "self") == [id])
        #expect(try await visible(restorableBy: "all") == [])
        let restorable = try await aws.ec2.describeSnapshots(.init(restorableByUserIds: ["210987654321"])).snapshots
        #expect(restorable?.map(\.snapshotId) == [id])
        try await aws.stranger.ec2.createVolume(.init(availabilityZone: "us-east-1a", snapshotId: id))
        let permissions = try await aws.ec2.describeSnapshotAttribute(
            .init(attribute: .createVolumePermission, snapshotId: id))
        #expect(permissions.createVolumePermissions?.map(\.userId) == ["210987654321"])
        try await share(id, remove: ["210987654321"])
        #expect(try await visible() == [])
        try await share(id, add: ["all"])
        #expect(try await visible(restorableBy: "all") == [id])
        try await aws.ec2.resetSnapshotAttribute(.init(attribute: .createVolumePermission, snapshotId: id))
        #expect(try await visible() == [])
        await refused("InvalidSnapshot.NotFound") {
            try await aws.stranger.ec2.deleteSnapshot(.init(snapshotId: id))
        }
    }

    @Test func modifySnapshotAttributeRejectsInvalidSharing() async throws {
        let plain = try await aws.snapshot(of: try await aws.volume())
        await refused("InvalidUserID.Malformed") { try await share(plain, add: ["12345"]) }
        await refused("InvalidParameterCombination") {
            try await share(plain, add: ["210987654321"], remove: ["210987654320"])
        }
        await refused("MissingParameter") { try await share(plain) }
        let byDefaultKey = try await aws.snapshot(of: try await aws.volume { $0.encrypted = true })
        await refused("OperationNotPermitted", "Encrypted snapshots with EBS default key cannot be shared") {
            try await share(byDefaultKey, add: ["210987654321"])
        }
        let byOwnKey = try await aws.snapshot(
            of: try await aws.volume {
                ($0.encrypted, $0.kmsKeyId) = (true, "1234abcd-12ab-34cd-56ef-1234567890ab")
            })
        try await share(byOwnKey, add: ["210987654321"])
        await refused("OperationNotPermitted") { try await share(byOwnKey, add: ["all"]) }
    }

    @Test func snapshotBlockPublicAccessPreventsPublicSharing() async throws {
        let id = try await aws.snapshot(of: try await aws.volume()), other = try await aws.snapshot(of: try await aws.volume())
        #expect(try await aws.ec2.getSnapshotBlockPublicAccessState(.init()).state == .unblocked)
        try await share(id, add: ["all"])
        try await aws.ec2.enableSnapshotBlockPublicAccess(.init(state: .blockNewSharing))
        await refused("OperationNotPermitted") { try await share(other, add: ["all"]) }
        #expect(try await visible() == [id])
        #expect(try await aws.ec2.enableSnapshotBlockPublicAccess(.init(state: .blockAllSharing)).state == .blockAllSharing)
        #expect(try await visible() == [])
        // The permission itself stays.
        let kept = try await aws.ec2.describeSnapshotAttribute(.init(attribute: .createVolumePermission, snapshotId: id))
        #expect(kept.createVolumePermissions?.map(\.group) == [.all])
        try await aws.ec2.disableSnapshotBlockPublicAccess(.init())
        #expect(try await visible() == [id])
        await refused("InvalidParameterValue") {
            try await aws.ec2.enableSnapshotBlockPublicAccess(.init(state: .unblocked))
        }
    }
}
