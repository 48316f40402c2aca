import AWSCore
import EC2API
import SimulatorCore

/// The volumes that a launch creates: the image's mappings, changed by the request's.
struct BlockDevices: Sendable {
    struct Disk: Sendable {
        var device: String
        var size: Int
        var type: String
        var iops, throughput: Int?
        var snapshot: String
        var isEncrypted: Bool
        var kmsKey: String?
        var deletesOnTermination: Bool
    }
    private(set) var disks: [Disk] = []

    /// - Throws: `InvalidBlockDeviceMapping` and related errors for mappings that contradict the image or each other.
    init(_ image: VisibleImage, _ requested: [BlockDeviceMapping]?, _ context: Context) throws {
        var mappings = image.shape.blockDeviceMappings ?? []
        var seen: Set<String> = []
        for mapping in requested ?? [] {
            guard let device = mapping.deviceName, !device.isEmpty else {
                throw AWSError.missingParameter("BlockDeviceMapping.DeviceName")
            }
            guard seen.insert(device).inserted else {
                throw AWSError(
                    "InvalidBlockDeviceMapping", "The device '\(device)' is used in more than one block-device mapping")
            }
            if let index = mappings.firstIndex(where: { $0.deviceName == device }) {
                if mapping.noDevice != nil {
                    guard device != image.shape.rootDeviceName else {
                        throw AWSError("InvalidBlockDeviceMapping", "The root device '\(device)' cannot be suppressed")
                    }
                    mappings.remove(at: index)
                } else {
                    mappings[index] = Self.merge(mappings[index], mapping)
                }
            } else if mapping.noDevice == nil {
                mappings.append(mapping)
            }
        }
        for mapping in mappings {
            guard let ebs = mapping.ebs, let device = mapping.deviceName else { continue }
            disks.append(try Self.disk(device, ebs, image, context))
        }
    }

    /// - Throws: AWS's errors for a launch whose volumes exceed the account's quotas.
    func checkQuota(instances count: Int, _ context: Context) throws {
        for (type, disks) in Dictionary(grouping: disks, by: \.type) {
            try VolumeTypeRules.named(type).checkQuota(
                adding: disks.reduce(0) { $0 + $1.size } * count, iops: disks.reduce(0) { $0 + ($1.iops ?? 0) } * count, context
            )
        }
    }

    private static func merge(_ base: BlockDeviceMapping, _ override: BlockDeviceMapping) -> BlockDeviceMapping {
        guard let change = override.ebs else { return override }
        var ebs = base.ebs ?? EbsBlockDevice()
        if let type = change.volumeType {
            // The image's values are for its own volume type, and don't apply to another one.
            ebs.iops = nil
            ebs.throughput = nil
            ebs.volumeType = type
        }
        ebs.volumeSize = change.volumeSize ?? ebs.volumeSize
        ebs.iops = change.iops ?? ebs.iops
        ebs.throughput = change.throughput ?? ebs.throughput
        ebs.deleteOnTermination = change.deleteOnTermination ?? ebs.deleteOnTermination
        ebs.encrypted = change.encrypted ?? ebs.encrypted
        ebs.kmsKeyId = change.kmsKeyId ?? ebs.kmsKeyId
        ebs.snapshotId = change.snapshotId ?? ebs.snapshotId
        return BlockDeviceMapping(ebs: ebs, deviceName: base.deviceName)
    }

    private static func disk(
        _ device: String, _ ebs: EbsBlockDevice, _ image: VisibleImage, _ context: Context
    ) throws -> Disk {
        let snapshot = ebs.snapshotId ?? ""
        let source =
            snapshot.isEmpty ? nil : try image.source(snapshot, context) ?? SnapshotSource(snapshot, context)
        guard let size = ebs.volumeSize ?? source?.size else {
            throw AWSError("InvalidBlockDeviceMapping", "The mapping of '\(device)' needs a volume size or a snapshot.")
        }
        if let source, size < source.size {
            throw AWSError(
                "InvalidBlockDeviceMapping",
                "Volume of size \(size)GB is smaller than snapshot '\(source.id)', expect size >= \(source.size)GB")
        }
        let plan = try VolumePlan(
            type: ebs.volumeType?.rawValue, size: size, iops: ebs.iops, throughput: ebs.throughput, encrypted: ebs.encrypted,
            kmsKey: ebs.kmsKeyId, from: source, context)
        if device == image.shape.rootDeviceName, try !VolumeTypeRules.named(plan.type).isBootable {
            throw AWSError("InvalidParameterValue", "The volume type \(plan.type) is not supported for root devices.")
        }
        guard plan.encryption.isAccessible(context) else { throw AWSError.kmsKeyNotFound(ebs.kmsKeyId ?? "") }
        return Disk(
            device: device, size: size, type: plan.type, iops: plan.iops, throughput: plan.throughput, snapshot: snapshot,
            isEncrypted: plan.encryption.isEncrypted, kmsKey: plan.encryption.key,
            deletesOnTermination: ebs.deleteOnTermination ?? true)
    }
}
