import AWSCore
import EC2API
import SimulatorCore

// https://docs.aws.amazon.com/ebs/latest/userguide/ebs-copy-snapshot.html

extension EC2Simulation {
    public func copySnapshot(_ input: CopySnapshotRequest, _ context: Context) throws -> CopySnapshotResult {
        try Self.refuseOutpost(input.destinationOutpostArn, context)
        if let zone = input.destinationAvailabilityZone, !zone.isEmpty {
            throw AWSError.notSimulated("ec2", "CopySnapshot to a Local Zone")
        }
        guard let region = AWSRegion.named(input.sourceRegion), region.partition == context.partition else {
            throw AWSError.invalidValue(input.sourceRegion, for: "sourceRegion", "Invalid region provided.")
        }
        if let other = input.destinationRegion, !other.isEmpty, other != context.region {
            throw AWSError.invalidValue(other, for: "destinationRegion", "The request was sent to \(context.region).")
        }
        if let minutes = input.completionDurationMinutes, minutes % 15 != 0 || !(15...2880).contains(minutes) {
            throw AWSError.invalidValue(
                "\(minutes)", for: "CompletionDurationMinutes", "Expected 15 to 2880 minutes in 15 minute increments.")
        }
        let there = context.within(region: region.name)
        let source = try SnapshotSource(input.sourceSnapshotId, there)
        let original = try VisibleSnapshot.get(source.id, there).shape
        try Self.checkCopiesInProgress(context)
        let copy = try context.create(.snapshot, input) { copy in
            // A copy uses the default key, whatever the source's key.
            let encryption = try VolumeEncryption(
                input.encrypted, kmsKey: input.kmsKeyId, source: source.encryption, isOwnSource: false, context)
            copy.begin(input.description, encryption, context)
            copy.volumeId = "vol-ffffffff"
            copy.volumeSize = original.volumeSize
            copy.fullSnapshotSizeInBytes = original.fullSnapshotSizeInBytes
            copy.transferType = input.completionDurationMinutes == nil ? .standard : .timeBased
            copy.completionDurationMinutes = input.completionDurationMinutes
        }
        return CopySnapshotResult(tags: copy.tags, snapshotId: copy.snapshotId)
    }

    /// AWS's default quota per destination region.
    private static func checkCopiesInProgress(_ context: Context) throws {
        let copies = try Resource.snapshot.all(context).count { $0.phase == "pending" && $0.shape.transferType != nil }
        guard copies < 20 else {
            throw AWSError(
                "ResourceLimitExceeded",
                "Too many snapshot copies in progress. The limit is 20 for this destination region.")
        }
    }
}
