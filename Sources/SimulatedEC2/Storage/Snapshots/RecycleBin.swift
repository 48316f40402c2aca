import AWSCore
import EC2API
import SimulatorCore

// Retention rules belong to another service (rbin). Without them, nothing enters the recycle bin.

extension EC2Simulation {
    public func listSnapshotsInRecycleBin(
        _ input: ListSnapshotsInRecycleBinRequest, _ context: Context
    ) throws -> ListSnapshotsInRecycleBinResult {
        let paging = try Paging(input, ids: input.snapshotIds, named: "snapshotIds", context)
        for id in input.snapshotIds ?? [] {
            try Snapshot.check(id)
            throw Resource.snapshot.kind.notFound(id)
        }
        let page = try paging.page(fixed: [SnapshotRecycleBinInfo]())
        return ListSnapshotsInRecycleBinResult(snapshots: page.items, nextToken: page.nextToken)
    }

    public func restoreSnapshotFromRecycleBin(
        _ input: RestoreSnapshotFromRecycleBinRequest, _ context: Context
    ) throws -> RestoreSnapshotFromRecycleBinResult {
        try Snapshot.check(input.snapshotId)
        throw Resource.snapshot.kind.notFound(input.snapshotId)
    }

    public func listVolumesInRecycleBin(
        _ input: ListVolumesInRecycleBinRequest, _ context: Context
    ) throws -> ListVolumesInRecycleBinResult {
        let paging = try Paging(input, ids: input.volumeIds, named: "volumeIds", context)
        for id in input.volumeIds ?? [] {
            guard ResourceKind.volume.isWellFormed(id) else {
                throw AWSError.invalidValue(id, for: "volumeId", "Expected: 'vol-...'.")
            }
            throw ResourceKind.volume.notFound(id)
        }
        let page = try paging.page(fixed: [VolumeRecycleBinInfo]())
        return ListVolumesInRecycleBinResult(volumes: page.items, nextToken: page.nextToken)
    }

    public func restoreVolumeFromRecycleBin(
        _ input: RestoreVolumeFromRecycleBinRequest, _ context: Context
    ) throws -> RestoreVolumeFromRecycleBinResult {
        guard ResourceKind.volume.isWellFormed(input.volumeId) else {
            throw AWSError.invalidValue(input.volumeId, for: "volumeId", "Expected: 'vol-...'.")
        }
        throw ResourceKind.volume.notFound(input.volumeId)
    }
}
