import AWSCore
import EC2API
import SimulatorCore

/// The volumes that a launch makes: the image's mappings with the request's laid over them.
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

    /// - Throws: `InvalidBlockDeviceMapping` and its kin for mappings that contradict the image or themselves.
    init(_ image: PublicImage, _ requested: [BlockDeviceMapping]?, _ context: Context) throws {
        var mappings = image.blockDevices(region: context.region)
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
                    guard device != image.series.rootDeviceName else {
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

    private static func merge(_ base: BlockDeviceMapping, _ override: BlockDeviceMapping) -> BlockDeviceMapping {
        guard let change = override.ebs else { return override }
        var ebs = base.ebs ?? EbsBlockDevice()
        if let type = change.volumeType {
            // What the image says of its own type doesn't hold for another.
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
        _ device: String, _ ebs: EbsBlockDevice, _ image: PublicImage, _ context: Context
    ) throws -> Disk {
        let own = image.snapshotId(region: context.region)
        if let snapshot = ebs.snapshotId, !snapshot.isEmpty, snapshot != own {
            throw AWSError("InvalidSnapshot.NotFound", "The snapshot '\(snapshot)' does not exist.")
        }
        let isFromImage = ebs.snapshotId == own
        guard let size = ebs.volumeSize ?? (isFromImage ? image.series.size : nil) else {
            throw AWSError("InvalidBlockDeviceMapping", "The mapping of '\(device)' needs a volume size or a snapshot.")
        }
        if isFromImage, size < image.series.size {
            throw AWSError(
                "InvalidBlockDeviceMapping",
                "Volume of size \(size)GB is smaller than snapshot '\(own)', expect size >= \(image.series.size)GB")
        }
        let type = ebs.volumeType?.rawValue ?? "gp2"
        guard let limits = Self.types[type] else {
            throw AWSError("InvalidParameterValue", "Value (\(type)) for parameter volumeType is invalid.")
        }
        guard limits.sizes.contains(size) else {
            throw AWSError(
                "InvalidParameterValue",
                "Volume of \(size)GiB is \(size < limits.sizes.lowerBound ? "smaller" : "larger") than the \(type) limit of "
                    + "\(size < limits.sizes.lowerBound ? limits.sizes.lowerBound : limits.sizes.upperBound)GiB.")
        }
        if ebs.iops != nil, limits.iops == nil {
            throw AWSError("InvalidParameterCombination", "The parameter iops is not supported for \(type) volumes.")
        }
        if ebs.throughput != nil, type != "gp3" {
            throw AWSError("InvalidParameterCombination", "The parameter throughput is not supported for \(type) volumes.")
        }
        if ebs.iops == nil, type == "io1" || type == "io2" {
            throw AWSError("InvalidParameterCombination", "The parameter iops must be specified for \(type) volumes.")
        }
        if let iops = ebs.iops, let range = limits.iops, !range.contains(iops) {
            throw AWSError(
                "InvalidParameterValue", "Volume iops of \(iops) is not between \(range.lowerBound) and \(range.upperBound).")
        }
        if ebs.kmsKeyId != nil, ebs.encrypted != true {
            throw AWSError("InvalidParameterDependency", "KmsKeyId may only be specified for encrypted volumes.")
        }
        return Disk(
            device: device, size: size, type: type,
            iops: ebs.iops ?? (type == "gp2" ? min(max(100, 3 * size), 16_000) : type == "gp3" ? 3000 : nil),
            throughput: type == "gp3" ? ebs.throughput ?? 125 : nil, snapshot: ebs.snapshotId ?? "",
            isEncrypted: ebs.encrypted ?? false,
            kmsKey: ebs.encrypted == true
                ? ebs.kmsKeyId.map { $0.hasPrefix("arn:") ? $0 : context.arn("kms", "key/\($0)") }
                    ?? context.arn("kms", "alias/aws/ebs") : nil,
            deletesOnTermination: ebs.deleteOnTermination ?? true)
    }

    /// Sizes in GiB, and the IOPS that may be asked for, by volume type.
    private static let types: [String: (sizes: ClosedRange<Int>, iops: ClosedRange<Int>?)] = [
        "standard": (1...1024, nil), "gp2": (1...16_384, nil), "gp3": (1...65_536, 3000...80_000),
        "io1": (4...16_384, 100...64_000),
        "io2": (4...65_536, 100...256_000), "st1": (125...16_384, nil), "sc1": (125...16_384, nil),
    ]
}
