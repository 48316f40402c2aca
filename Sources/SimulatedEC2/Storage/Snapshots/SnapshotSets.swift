import AWSCore
import EC2API
import SimulatorCore

// Snapshots of all volumes of an instance, taken at the same moment.
// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-create-snapshots.html

extension EC2Simulation {
    public func createSnapshots(_ input: CreateSnapshotsRequest, _ context: Context) throws -> CreateSnapshotsResult {
        try Self.refuseOutpost(input.outpostArn, context)
        try Self.refuseLocal(input.location, context)
        let tags = try TagSpecifications(input.tagSpecifications, allowed: Resource.snapshot.kind)
        let snapshots = try volumes(of: input.instanceSpecification, context).map { volume in
            var snapshot = Resource<Snapshot>.empty
            let id = context.ids.resource(Resource.snapshot.kind.prefix)
            snapshot.snapshotId = id
            snapshot.ownerId = context.account
            snapshot.state = .pending
            try snapshot.begin(of: volume, input.description, context)
            try Resource.snapshot.insert(snapshot, phase: "pending", context)
            if input.copyTagsFromSource == .volume { try Tags.set(Tags.of(volume.id, context), on: id, context) }
            try tags.apply(Resource.snapshot.kind, to: id, context)
            let due = context.now + context.transitions.duration(Snapshot.typicalTime)
            try Due.set(Resource.snapshot.kind.type, id, at: due, context)
            return try context.shown(.snapshot, Stored(number: 0, phase: "pending", shape: snapshot)).info
        }
        return CreateSnapshotsResult(snapshots: snapshots)
    }

    private func volumes(of specification: InstanceSpecification, _ context: Context) throws -> [VolumeRecord] {
        let instance = try InstanceRecord.get(specification.instanceId, context)
        guard instance.state(context) != .terminated else {
            throw AWSError("IncorrectState", "Instance '\(instance.id)' is in the 'terminated' state.")
        }
        var volumes = try VolumeRecord.attached(to: [instance.id], context)[instance.id] ?? []
        let root = volumes.first { $0.device == instance.rootDevice }?.id
        let excluded = specification.excludeDataVolumeIds ?? []
        guard excluded.count <= 40 else {
            throw AWSError("InvalidParameterValue", "At most 40 volumes can be excluded in a single request.")
        }
        for id in excluded {
            _ = try VolumeRecord.named(id, context)
            guard id != root, volumes.contains(where: { $0.id == id }) else {
                throw AWSError(
                    "InvalidParameterValue",
                    "The volume '\(id)' is not a data volume of the instance '\(instance.id)'.")
            }
        }
        volumes.removeAll { excluded.contains($0.id) || specification.excludeBootVolume == true && $0.id == root }
        guard !volumes.isEmpty else {
            throw AWSError("InvalidParameterValue", "The instance '\(instance.id)' has no volumes to create snapshots of.")
        }
        return volumes
    }
}

extension Snapshot {
    /// The snapshot as CreateSnapshots returns it.
    fileprivate var info: SnapshotInfo {
        var info = SnapshotInfo()
        info.description = description
        info.tags = tags ?? []
        info.encrypted = encrypted
        info.volumeId = volumeId
        info.state = state
        info.volumeSize = volumeSize
        info.startTime = startTime
        info.progress = ""
        info.ownerId = ownerId
        info.snapshotId = snapshotId
        return info
    }
}
