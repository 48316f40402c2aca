import AWSCore
import EC2API
import SimulatorCore

// Copies images within a region or from another one.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/CopyingAMIs.html

extension EC2Simulation {
    public func copyImage(_ input: CopyImageRequest, _ context: Context) throws -> CopyImageResult {
        try context.once(input, recalling: { CopyImageResult(imageId: $0) }) {
            let id = try copy(input, context)
            return (id, CopyImageResult(imageId: id))
        }
    }

    private func copy(_ input: CopyImageRequest, _ context: Context) throws -> String {
        try Self.refuseOutpost(input.destinationOutpostArn, context)
        if input.destinationAvailabilityZone?.isEmpty == false || input.destinationAvailabilityZoneId?.isEmpty == false {
            throw AWSError.notSimulated("ec2", "CopyImage to a Local Zone")
        }
        guard AWSRegion.named(input.sourceRegion)?.partition == context.partition else {
            throw AWSError.invalidValue(input.sourceRegion, for: "sourceRegion", "Invalid region provided.")
        }
        if let minutes = input.snapshotCopyCompletionDurationMinutes {
            guard minutes > 0, minutes % 15 == 0, minutes <= 2880 else {
                throw AWSError.invalidValue(
                    "\(minutes)", for: "SnapshotCopyCompletionDurationMinutes", "Specify a multiple of 15 up to 2880.")
            }
        }
        let there = context.within(region: input.sourceRegion)
        let source = try VisibleImage.get(input.sourceImageId, there)
        guard source.shape.state == .available else {
            throw AWSError.imageUnavailable(source.id, source.shape.state?.rawValue ?? "")
        }
        try Image.check(name: input.name, context)
        try Image.check(description: input.description)
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .image, Resource.snapshot.kind)
        let id = context.ids.resource("ami")
        var image = source.shape
        image.imageId = id
        image.ownerId = context.account
        image.imageOwnerAlias = nil
        image.`public` = nil
        image.tags = nil
        image.deprecationTime = nil
        image.lastLaunchedTime = nil
        image.freeTierEligible = nil
        image.publicSsmParameterName = nil
        image.sourceInstanceId = nil
        image.begin(name: input.name, description: input.description, context)
        image.virtualizationType = source.shape.virtualizationType
        image.sourceImageId = source.id
        image.sourceImageRegion = input.sourceRegion
        image.blockDeviceMappings = try (source.shape.blockDeviceMappings ?? []).map { mapping in
            guard let snapshot = mapping.ebs?.snapshotId else { return mapping }
            return try copy(mapping, snapshot, of: source, in: there, to: id, input, tags, context)
        }
        try Resource.ownImage.start(image, tags, context)
        if input.copyImageTags == true {
            let copied = try Tags.of(source.id, there).filter { !$0.key.hasPrefix("aws:") }
            let own = Set(tags[.image].compactMap(\.key))
            try Tags.set(copied.filter { !own.contains($0.key) }, on: id, context)
            try TagRules.checkLimit(own.union(copied.map(\.key)))
        }
        let guests = context.simulator.guests, original = source.id
        context.afterCommit { guests?.copyImage(original, as: id) }
        return id
    }

    private func copy(
        _ mapping: BlockDeviceMapping, _ snapshot: String, of source: VisibleImage, in there: Context, to id: String,
        _ input: CopyImageRequest, _ tags: TagSpecifications, _ context: Context
    ) throws -> BlockDeviceMapping {
        // A shared image can be launched without permission for its snapshots, but not copied.
        if !source.isOwn(context), source.shape.imageOwnerAlias == nil, (try? VisibleSnapshot.get(snapshot, there)) == nil {
            throw AWSError("InvalidRequest", "You do not have permission to access the storage of this ami")
        }
        guard let from = try source.source(snapshot, there) else { return mapping }
        let encryption = try VolumeEncryption(
            input.encrypted, kmsKey: input.kmsKeyId,
            source: from.encryption, isOwnSource: from.isOwn && context.region == there.region, context)
        var made = Resource<Snapshot>.empty
        made.volumeId = "vol-ffffffff"
        made.volumeSize = from.size
        made.begin(
            "Copied for DestinationAmi \(id) from SourceAmi \(source.id) for SourceSnapshot \(snapshot).", encryption, context)
        var copy = mapping
        copy.ebs?.snapshotId = try Resource.snapshot.start(made, tags, context)
        copy.ebs?.encrypted = encryption.isEncrypted
        return copy
    }
}
