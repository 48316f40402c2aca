import AWSCore
import EC2API
import SimulatorCore

// Creates images of instances, with snapshots of their volumes.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/creating-an-ami-ebs.html

extension EC2Simulation {
    public func createImage(_ input: CreateImageRequest, _ context: Context) throws -> CreateImageResult {
        guard input.snapshotLocation != .local else {
            throw AWSError.invalidCombination(
                "The parameter SnapshotLocation is only supported for instances in Local Zones.")
        }
        let instance = try InstanceRecord.get(input.instanceId, context)
        guard [.running, .stopped].contains(instance.state(context)) else {
            throw AWSError.notInState(instance.id, "imaged")
        }
        try Image.check(name: input.name, context)
        try Image.check(description: input.description)
        if input.bootModeOverride == .uefi, instance.bootMode?.hasPrefix("uefi") != true {
            throw AWSError.invalidCombination("BootModeOverride can be specified only for an instance that boots in UEFI mode.")
        }
        let tags = try TagSpecifications(input.tagSpecifications, allowed: .image, Resource.snapshot.kind)
        let id = context.ids.resource("ami")
        var image = try Image(of: instance, context)
        image.imageId = id
        image.ownerId = context.account
        image.begin(name: input.name, description: input.description, context)
        if input.bootModeOverride == .uefi { image.bootMode = .uefi }
        image.blockDeviceMappings = try Self.mappings(of: instance, for: id, input, tags, context)
        try Resource.ownImage.start(image, tags, context)
        let guests = context.simulator.guests, source = instance.id, reboots = input.noReboot != true
        context.afterCommit {
            guests?.capture(source, as: id)
            if reboots { guests?.reboot(source) }
        }
        return CreateImageResult(imageId: id)
    }

    /// Returns the mappings of the instance's volumes, each with a new snapshot, and with the request's changes.
    private static func mappings(
        of instance: InstanceRecord, for id: String, _ input: CreateImageRequest, _ tags: TagSpecifications,
        _ context: Context
    ) throws -> [BlockDeviceMapping] {
        let volumes = try VolumeRecord.attached(to: [instance.id], context)[instance.id] ?? []
        guard volumes.contains(where: { $0.device == instance.rootDevice }) else {
            throw AWSError(
                "IncorrectInstanceState",
                "Instance '\(instance.id)' does not have a volume attached at root (\(instance.rootDevice))")
        }
        var changes: [String: BlockDeviceMapping] = [:]
        for mapping in input.blockDeviceMappings ?? [] {
            guard let device = mapping.deviceName, !device.isEmpty else {
                throw AWSError.missingParameter("BlockDeviceMapping.DeviceName")
            }
            guard changes.updateValue(mapping, forKey: device) == nil else {
                throw AWSError(
                    "InvalidBlockDeviceMapping", "The device '\(device)' is used in more than one block-device mapping")
            }
        }
        var result: [BlockDeviceMapping] = []
        for volume in volumes {
            let device = volume.device ?? ""
            let change = changes.removeValue(forKey: device)
            if change?.noDevice != nil {
                guard device != instance.rootDevice else {
                    throw AWSError("InvalidBlockDeviceMapping", "The root device '\(device)' cannot be suppressed")
                }
                continue
            }
            if let size = change?.ebs?.volumeSize, size != volume.size {
                throw AWSError(
                    "InvalidBlockDeviceMapping", "The volume size of an existing device mapping cannot be modified: \(device)")
            }
            if let encrypted = change?.ebs?.encrypted, encrypted != volume.isEncrypted {
                throw AWSError(
                    "InvalidBlockDeviceMapping",
                    "The encryption status of an existing device mapping cannot be modified: \(device)")
            }
            let snapshot = try Resource.snapshot.take(
                of: volume, "Created by CreateImage(\(instance.id)) for \(id)", tags, context)
            var ebs = EbsBlockDevice()
            ebs.deleteOnTermination = change?.ebs?.deleteOnTermination ?? volume.deletesOnTermination
            ebs.snapshotId = snapshot
            ebs.volumeSize = volume.size
            ebs.volumeType = VolumeType(volume.type)
            ebs.encrypted = volume.isEncrypted
            if ["io1", "io2", "gp3"].contains(volume.type) { ebs.iops = volume.iops }
            ebs.throughput = volume.throughput
            result.append(BlockDeviceMapping(ebs: ebs, deviceName: device))
        }
        // The request's additional mappings, in its order.
        for mapping in input.blockDeviceMappings ?? [] where changes[mapping.deviceName ?? ""] != nil {
            if mapping.noDevice != nil { continue }
            result.append(try Image.checked(mapping, context))
        }
        return result
    }
}

extension Image {
    /// Takes over the properties of the source instance.
    fileprivate init(of instance: InstanceRecord, _ context: Context) throws {
        self = Resource<Image>.empty
        let source = try VisibleImage.find(instance.image, context)?.shape
        architecture = ArchitectureValues(instance.architecture)
        platform = instance.isWindows ? Image.windows : nil
        platformDetails = instance.platformDetails
        usageOperation = instance.usageOperation
        rootDeviceName = instance.rootDevice
        enaSupport = instance.options.enaSupport ?? true
        sriovNetSupport = "simple"
        bootMode = instance.bootMode.map { BootModeValues($0) }
        imdsSupport = source?.imdsSupport
        tpmSupport = instance.options.tpmSupport.map { TpmSupportValues($0) }
        sourceInstanceId = instance.id
        sourceImageId = instance.image
        sourceImageRegion = context.region
    }

    /// Validates a mapping of a request: a snapshot, a new volume, or an instance store volume.
    static func checked(_ mapping: BlockDeviceMapping, _ context: Context) throws -> BlockDeviceMapping {
        guard let device = mapping.deviceName, !device.isEmpty else {
            throw AWSError.missingParameter("BlockDeviceMapping.DeviceName")
        }
        guard var ebs = mapping.ebs else {
            guard let name = mapping.virtualName, name.hasPrefix("ephemeral"), Int(name.dropFirst(9)) != nil else {
                throw AWSError(
                    "InvalidBlockDeviceMapping",
                    "The block device mapping of '\(device)' has neither a volume nor a virtual name")
            }
            return BlockDeviceMapping(deviceName: device, virtualName: name)
        }
        let snapshot = ebs.snapshotId.flatMap { $0.isEmpty ? nil : $0 }
        if snapshot != nil, ebs.encrypted != nil {
            throw AWSError(
                "InvalidBlockDeviceMapping",
                "the encrypted flag cannot be specified since device \(device) has a snapshot specified.")
        }
        let source = try snapshot.map { try SnapshotSource($0, context) }
        let plan = try VolumePlan(
            type: ebs.volumeType?.rawValue, size: ebs.volumeSize, iops: ebs.iops, throughput: ebs.throughput,
            encrypted: ebs.encrypted, kmsKey: ebs.kmsKeyId, from: source, context)
        ebs.volumeSize = plan.size
        ebs.volumeType = VolumeType(plan.type)
        ebs.iops = ["io1", "io2", "gp3"].contains(plan.type) ? plan.iops : nil
        ebs.throughput = plan.throughput
        ebs.encrypted = source?.encryption.isEncrypted ?? ebs.encrypted ?? false
        ebs.deleteOnTermination = ebs.deleteOnTermination ?? true
        return BlockDeviceMapping(ebs: ebs, deviceName: device)
    }
}

extension Resource<Image> {
    /// Stores a new image, which becomes available after its snapshots.
    func start(_ image: Image, _ tags: TagSpecifications, as phase: String = "pending", _ context: Context) throws {
        var image = image
        life.show(&image, phase)
        try insert(image, phase: phase, context)
        let id = image.imageId ?? ""
        try tags.apply(.image, to: id, context)
        if let due = life.due(phase, since: context.now, context) { try Due.set(kind.type, id, at: due, context) }
    }
}

extension Resource<Snapshot> {
    /// Starts a snapshot of a volume for CreateImage.
    /// - Returns: its id.
    fileprivate func take(
        of volume: VolumeRecord, _ description: String, _ tags: TagSpecifications, _ context: Context
    ) throws -> String {
        var snapshot = Self.empty
        try snapshot.begin(of: volume, description, context)
        return try start(snapshot, tags, context)
    }

    /// Stores a new snapshot, which completes after a while.
    /// - Returns: its id.
    func start(_ snapshot: Snapshot, _ tags: TagSpecifications, _ context: Context) throws -> String {
        var snapshot = snapshot
        let id = context.ids.resource("snap"), phase = life.initial
        snapshot.snapshotId = id
        snapshot.ownerId = context.account
        life.show(&snapshot, phase)
        try insert(snapshot, phase: phase, context)
        try tags.apply(kind, to: id, context)
        if let due = life.due(phase, since: context.now, context) { try Due.set(kind.type, id, at: due, context) }
        return id
    }
}
