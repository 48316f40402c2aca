import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copying-volume.html

extension EC2Simulation {
    public func copyVolumes(_ input: CopyVolumesRequest, _ context: Context) throws -> CopyVolumesResult {
        try context.once(
            input,
            recalling: { CopyVolumesResult(volumes: [try VolumeRecord.named($0, context).shown(context)]) }
        ) {
            let copy = try copy(input, context)
            return (copy.id, CopyVolumesResult(volumes: [try copy.newborn(context)]))
        }
    }

    private func copy(_ input: CopyVolumesRequest, _ context: Context) throws -> VolumeRecord {
        let source = try VolumeRecord.named(input.sourceVolumeId, context)
        guard source.state == .available || source.state == .inUse else {
            throw AWSError("IncorrectState", "Volume '\(source.id)' is in the '\(source.state.rawValue)' state.")
        }
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .volume)
        if let size = input.size, size < source.size {
            throw AWSError(
                "InvalidParameterValue",
                "Volume of size \(size)GiB is smaller than the source volume '\(source.id)' of \(source.size)GiB.")
        }
        let plan = try VolumePlan(
            type: input.volumeType?.rawValue, size: input.size, iops: input.iops, throughput: input.throughput,
            // A copy of an encrypted volume is encrypted, whatever the request says.
            encrypted: source.isEncrypted && input.encrypted == false ? nil : input.encrypted, kmsKey: input.kmsKeyId,
            from: SnapshotSource(id: source.id, size: source.size, encryption: source.encryption, isOwn: true), context)
        try VolumeRecord.check(multiAttach: input.multiAttachEnabled, type: plan.type)
        try plan.checkQuota(context)
        var copy = VolumeRecord(
            plan, id: context.ids.resource("vol"), zone: source.zone, snapshot: "", createdAt: context.now)
        copy.sourceVolume = source.id
        copy.isMultiAttach = input.multiAttachEnabled ?? false
        try copy.insert(context)
        try tags.apply(.volume, to: copy.id, context)
        try copy.noteDue(after: VolumeTimes.create, context)
        return copy
    }
}
