import AWSCore
import EC2API
import SimulatorCore

/// The policy conditions of volumes and snapshots that a request creates and that have no ids yet. Errors in the request are
/// reported later, only to callers with permission.
struct StorageQuestion {
    private let input: any Shape
    private let context: Context

    init(_ input: any Shape, _ context: Context) {
        self.input = input
        self.context = context
    }

    /// Returns the conditions of each created resource of a type; nil if the request creates none of that type.
    func conditions(_ type: String) throws -> [[String: [String]]]? {
        switch input {
        case let input as CreateVolumeRequest where type == ResourceKind.volume.type: [try volume(input)]
        case let input as CreateSnapshotRequest where type == Resource.snapshot.kind.type:
            [snapshot(of: try VolumeRecord.named(input.volumeId, context))]
        case let input as CreateSnapshotsRequest where type == Resource.snapshot.kind.type:
            // Without an attached volume, the conditions of the snapshots are unknown.
            try VolumeRecord.attached(to: [input.instanceSpecification.instanceId], context).first?.value.map(snapshot)
        case let input as CopySnapshotRequest where type == Resource.snapshot.kind.type: [try copy(input)]
        case let input as CopyVolumesRequest where type == ResourceKind.volume.type: [try copy(input)]
        default: nil
        }
    }

    private func volume(_ input: CreateVolumeRequest) throws -> [String: [String]] {
        let source = try input.snapshotId.flatMap { $0.isEmpty ? nil : try SnapshotSource($0, context) }
        let plan = try VolumePlan(
            type: input.volumeType?.rawValue, size: input.size, iops: input.iops, throughput: input.throughput,
            encrypted: input.encrypted, kmsKey: input.kmsKeyId, from: source, context)
        var conditions = plan.conditions
        if let zone = try? AWSRegion.zone(named: input.availabilityZone, id: input.availabilityZoneId, context) {
            conditions["ec2:AvailabilityZone"] = [zone.name]
            conditions["ec2:AvailabilityZoneId"] = [zone.id]
        }
        conditions["ec2:ParentSnapshot"] = source.map { [Resource.snapshot.kind.arn($0.id, context)] }
        conditions["ec2:VolumeInitializationRate"] = input.volumeInitializationRate.map { ["\($0)"] }
        return conditions
    }

    private func copy(_ input: CopySnapshotRequest) throws -> [String: [String]] {
        let source = try SnapshotSource(input.sourceSnapshotId, context.within(region: input.sourceRegion))
        let encryption = try VolumeEncryption(
            input.encrypted, kmsKey: input.kmsKeyId, source: source.encryption, isOwnSource: false, context)
        return [
            "ec2:ParentSnapshot": [Resource.snapshot.kind.arn(source.id, context)], "ec2:VolumeSize": ["\(source.size)"],
            "ec2:Encrypted": [encryption.isEncrypted.text], "ec2:Owner": [context.account],
        ]
    }

    private func copy(_ input: CopyVolumesRequest) throws -> [String: [String]] {
        let source = try VolumeRecord.named(input.sourceVolumeId, context)
        let plan = try VolumePlan(
            type: input.volumeType?.rawValue, size: input.size, iops: input.iops, throughput: input.throughput,
            encrypted: source.isEncrypted ? nil : input.encrypted, kmsKey: source.isEncrypted ? nil : input.kmsKeyId,
            from: SnapshotSource(id: source.id, size: source.size, encryption: source.encryption, isOwn: true), context)
        var conditions = plan.conditions
        conditions["ec2:AvailabilityZone"] = [source.zone]
        conditions["ec2:ParentVolume"] = [ResourceKind.volume.arn(source.id, context)]
        return conditions
    }

    private func snapshot(of volume: VolumeRecord) -> [String: [String]] {
        [
            "ec2:ParentVolume": [ResourceKind.volume.arn(volume.id, context)], "ec2:VolumeSize": ["\(volume.size)"],
            "ec2:Encrypted": [volume.isEncrypted.text], "ec2:Owner": [context.account],
        ]
    }
}

extension VolumePlan {
    var conditions: [String: [String]] {
        var conditions = [
            "ec2:Encrypted": [encryption.isEncrypted.text], "ec2:VolumeSize": ["\(size)"], "ec2:VolumeType": [type],
        ]
        conditions["ec2:VolumeIops"] = iops.map { ["\($0)"] }
        conditions["ec2:VolumeThroughput"] = throughput.map { ["\($0)"] }
        conditions["ec2:KmsKeyId"] = encryption.key.map { [$0] }
        return conditions
    }
}
