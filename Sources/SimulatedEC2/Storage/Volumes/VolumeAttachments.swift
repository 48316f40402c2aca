import AWSCore
import EC2API
import GRDB
import SimulatorCore

// Attachments of volumes to instances. A volume with a single attachment stores it in its own row. Volumes with Multi-Attach
// (io1 and io2) use a separate table. In both cases a `VolumeRecord` represents the volume with one attachment.

extension VolumeRecord {
    static let attachmentMigration = Migration(
        "ec2.volume-attachment",
        """
        CREATE TABLE ec2_volume_attachment (
            account TEXT NOT NULL, region TEXT NOT NULL, volume TEXT NOT NULL, instance TEXT NOT NULL, device TEXT NOT NULL,
            attached_at INTEGER NOT NULL, deletes_on_termination INTEGER NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('attaching', 'attached', 'detaching', 'busy')),
            PRIMARY KEY (account, region, volume, instance)
        ) WITHOUT ROWID;
        CREATE INDEX ec2_volume_attachment_instance ON ec2_volume_attachment (account, region, instance)
        """)
    /// The kind of scheduled attachment steps.
    static let attachmentType = "volume-attachment"
    static let mostSharedAttachments = 16

    /// Returns the volumes of instances, by instance, in the order of attachment.
    static func attached(to instances: [String], _ context: Context) throws -> [String: [VolumeRecord]] {
        try context.reading(ReadKey([String: [VolumeRecord]].self, context, "", instances.count == 1 ? instances : [])) {
            let volumes =
                instances.count == 1
                ? try all(context, "AND instance = ?", instances) : try all(context, "AND instance IS NOT NULL")
            let shared = try sharedAttachments(
                instances.count == 1 ? "AND instance = ?" : "", instances.count == 1 ? instances : [], context)
            return Dictionary(grouping: volumes + shared) { $0.instance ?? "" }.mapValues(inOrder)
        }
    }

    private static func inOrder(_ volumes: [VolumeRecord]) -> [VolumeRecord] {
        if volumes.count < 2 { return volumes }
        return volumes.enumerated().sorted {
            ($0.1.attachedAt ?? Instant(milliseconds: 0), $0.0) < ($1.1.attachedAt ?? Instant(milliseconds: 0), $1.0)
        }
        .map(\.element)
    }

    /// Returns the volumes with Multi-Attach, one record for each attachment.
    static func sharedAttachments(
        _ condition: String, _ arguments: [String], _ context: Context
    ) throws -> [VolumeRecord] {
        let statement = try context.db.cachedStatement(
            sql: """
                SELECT volume, instance, device, attached_at, deletes_on_termination, state FROM ec2_volume_attachment
                WHERE account = ? AND region = ? \(condition) ORDER BY attached_at, volume, instance
                """)
        return try StoredRow.all(statement, StatementArguments([context.account, context.region] + arguments)) { row in
            guard var volume = try find(row[0], context) else { return nil as VolumeRecord? }
            volume.instance = try row[1]
            volume.device = try row[2]
            volume.attachedAt = Instant(milliseconds: try row[3])
            volume.deletesOnTermination = try row[4]
            volume.attachmentState = AttachmentState(rawValue: try row[5])
            return volume
        }.compactMap { $0 }
    }

    /// Returns one record for each attachment of the volume.
    func attachments(_ context: Context) throws -> [VolumeRecord] {
        if !isMultiAttach { return instance == nil ? [] : [self] }
        return try Self.sharedAttachments("AND volume = ?", [id], context)
    }

    /// Stores the record's attachment.
    func writeAttachment(_ context: Context) throws {
        if isMultiAttach, let instance, let device, let attachedAt, let attachmentState {
            try context.db.cachedStatement(
                sql: "INSERT OR REPLACE INTO ec2_volume_attachment VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            ).execute(arguments: [
                context.account, context.region, id, instance, device, attachedAt.milliseconds, deletesOnTermination,
                attachmentState.rawValue,
            ])
        }
        try update(context)
    }

    /// Ends an attachment. After the last one, the volume is free.
    func detach(from instance: String, _ context: Context) throws {
        guard var free = try Self.find(id, context) else { return }
        if isMultiAttach {
            try context.db.cachedStatement(
                sql: "DELETE FROM ec2_volume_attachment WHERE account = ? AND region = ? AND volume = ? AND instance = ?"
            ).execute(arguments: [context.account, context.region, id, instance])
        }
        free.instance = nil
        free.device = nil
        free.attachedAt = nil
        free.attachmentState = nil
        free.deletesOnTermination = false
        if try free.attachments(context).isEmpty { free.state = .available }
        try free.update(context)
    }

    /// Deletes or detaches the volumes of terminated instances. A shared volume is deleted with its last instance.
    static func release(_ instances: [String], _ context: Context) throws {
        for instance in instances {
            for volume in try attached(to: [instance], context)[instance] ?? [] {
                if !volume.deletesOnTermination || volume.isMultiAttach { try volume.detach(from: instance, context) }
                guard volume.deletesOnTermination else { continue }
                if try volume.isMultiAttach && find(volume.id, context)?.state != .available { continue }
                try volume.deleteUnlessNeeded(context)
            }
        }
    }

    /// The volume as part of its instance.
    var mapping: InstanceBlockDeviceMapping {
        InstanceBlockDeviceMapping(
            deviceName: device,
            ebs: EbsInstanceBlockDevice(
                attachTime: attachedAt, deleteOnTermination: deletesOnTermination,
                status: attachmentState.map { AttachmentStatus($0.rawValue) }, volumeId: id, ebsCardIndex: 0))
    }

    var attachmentShape: VolumeAttachment {
        VolumeAttachment(
            deleteOnTermination: deletesOnTermination, volumeId: id, instanceId: instance, device: device,
            state: attachmentState.map { VolumeAttachmentState($0.rawValue) }, attachTime: attachedAt)
    }
}

// MARK: Life

extension VolumeRecord {
    func noteAttachmentDue(after time: Duration, _ context: Context) throws {
        let at = context.now + context.transitions.duration(time)
        try Due.set(Self.attachmentType, "\(id):\(instance ?? "")", at: at, context)
    }

    static func settleAttachments(_ due: [Due], _ context: Context) throws {
        for due in due {
            let parts = due.id.split(separator: ":").map(String.init)
            guard parts.count == 2, let volume = try find(parts[0], context),
                var attachment = try volume.attachments(context).first(where: { $0.instance == parts[1] })
            else { continue }
            switch attachment.attachmentState {
            case .attaching:
                attachment.attachmentState = .attached
                try attachment.writeAttachment(context)
            case .detaching: try attachment.detach(from: parts[1], context)
            case .attached, .busy, nil: break
            }
        }
    }
}

// MARK: Handlers

extension EC2Simulation {
    public func attachVolume(_ input: AttachVolumeRequest, _ context: Context) throws -> VolumeAttachment {
        var volume = try VolumeRecord.named(input.volumeId, context)
        let instance = try InstanceRecord.get(input.instanceId, context)
        try VolumeRecord.check(device: input.device)
        guard input.ebsCardIndex ?? 0 == 0 else {
            throw AWSError.invalidValue("\(input.ebsCardIndex ?? 0)", for: "EbsCardIndex")
        }
        try volume.checkAttachable(to: instance, context)
        let others = try VolumeRecord.attached(to: [instance.id], context)[instance.id] ?? []
        if others.contains(where: { $0.device == input.device }) {
            throw AWSError(
                "InvalidParameterValue",
                "Invalid value '\(input.device)' for unixDevice. Attachment point \(input.device) is already in use")
        }
        try instance.checkAttachmentLimit(volumes: others.count, context)
        volume.instance = instance.id
        volume.device = input.device
        volume.attachedAt = context.now.wholeSecond
        volume.deletesOnTermination = false
        volume.attachmentState = .attaching
        volume.state = .inUse
        try volume.writeAttachment(context)
        try volume.noteAttachmentDue(after: VolumeTimes.attach, context)
        return volume.attachmentShape
    }

    public func detachVolume(_ input: DetachVolumeRequest, _ context: Context) throws -> VolumeAttachment {
        let volume = try VolumeRecord.named(input.volumeId, context)
        let instanceId = input.instanceId.flatMap { $0.isEmpty ? nil : $0 }
        if let instanceId { _ = try InstanceRecord.get(instanceId, context) }
        let attachments = try volume.attachments(context)
        guard !attachments.isEmpty else {
            throw AWSError("IncorrectState", "Volume '\(volume.id)' is in the '\(volume.state.rawValue)' state.")
        }
        if volume.isMultiAttach, instanceId == nil { throw AWSError.missingParameter("InstanceId") }
        guard var attachment = attachments.first(where: { instanceId == nil || $0.instance == instanceId }) else {
            throw AWSError(
                "InvalidAttachment.NotFound", "The volume '\(volume.id)' is not attached to instance '\(instanceId ?? "")'.")
        }
        if let device = input.device, !device.isEmpty, device != attachment.device {
            throw AWSError(
                "InvalidAttachment.NotFound",
                "The volume '\(volume.id)' is not attached to instance '\(attachment.instance ?? "")' as device '\(device)'.")
        }
        if attachment.attachmentState == .detaching { return attachment.attachmentShape }
        if let instance = try attachment.instance.flatMap({ try InstanceRecord.find($0, context) }),
            instance.rootDevice == attachment.device, ![.stopped, .terminated].contains(instance.state(context))
        {
            throw AWSError(
                "OperationNotPermitted",
                "Unable to detach root volume '\(volume.id)' from instance '\(instance.id)'",
                explanation: "The root volume can be detached once the instance is stopped.")
        }
        attachment.attachmentState = .detaching
        try attachment.writeAttachment(context)
        try attachment.noteAttachmentDue(after: VolumeTimes.detach, context)
        return attachment.attachmentShape
    }
}

extension VolumeRecord {
    /// Checks a device name: `/dev/sdf`, `/dev/sda1`, `xvdba`.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
    static func check(device: String) throws {
        guard !device.isEmpty else { throw AWSError.missingParameter("device") }
        guard isDeviceName(device.hasPrefix("/dev/") ? device.dropFirst(5) : device[...]) else {
            throw AWSError.invalidValue(device, for: "device", "\(device) is not a valid EBS device name.")
        }
    }

    private static func isDeviceName(_ name: Substring) -> Bool {
        let isLetter = { (character: Character) in character.isASCII && character.isLowercase }
        if name.hasPrefix("xvd") {
            let letters = name.dropFirst(3)
            if letters.count == 2 { return letters.allSatisfy(isLetter) && "abcd".contains(letters.first ?? "z") }
            return letters.count == 1 && letters.allSatisfy(isLetter)
        }
        guard name.hasPrefix("sd"), let letter = name.dropFirst(2).first, isLetter(letter) else { return false }
        let number = name.dropFirst(3)
        return number.isEmpty || Int(number).map { (1...15).contains($0) && "\($0)" == number } ?? false
    }

    fileprivate func checkAttachable(to instance: InstanceRecord, _ context: Context) throws {
        switch state {
        case .available: break
        case .inUse where isMultiAttach:
            let attachments = try attachments(context)
            if attachments.contains(where: { $0.instance == instance.id }) { throw AWSError.alreadyAttached(id) }
            guard attachments.count < Self.mostSharedAttachments else {
                throw AWSError(
                    "AttachmentLimitExceeded",
                    "The volume '\(id)' has reached the maximum of \(Self.mostSharedAttachments) attachments.")
            }
        case .inUse: throw AWSError.alreadyAttached(id)
        case .creating, .deleting: throw AWSError("IncorrectState", "\(id) is not 'available'.")
        }
        guard [.running, .stopped].contains(instance.state(context)) else {
            throw AWSError("IncorrectState", "Instance '\(instance.id)' is not 'running'.")
        }
        guard zone == instance.zone else {
            throw AWSError(
                "InvalidVolume.ZoneMismatch",
                "The volume '\(id)' is not in the same availability zone as instance '\(instance.id)'")
        }
        if isMultiAttach, InstanceTypeTable.figures(of: instance.type)?.hypervisor != "nitro" {
            throw AWSError(
                "UnsupportedOperation",
                "The instance type '\(instance.type)' does not support Multi-Attach: only instances built on the Nitro System do."
            )
        }
    }
}

extension InstanceRecord {
    /// Checks the type's limit. For some types it counts only volumes, for most also interfaces and disks.
    /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/volume_limits.html
    fileprivate func checkAttachmentLimit(volumes: Int, _ context: Context) throws {
        guard let figures = InstanceTypeTable.figures(of: type) else { return }
        let (isShared, limit) = figures.attachmentLimit
        // The limit already includes one interface and the type's own disks.
        let further = isShared ? max(try NetworkInterfaceRecord.count(context, "AND instance_id = ?", [id]) - 1, 0) : 0
        let used = volumes + further
        guard used < limit else {
            throw AWSError(
                "AttachmentLimitExceeded",
                "The maximum number of attachments (\(limit)) of the instance type '\(type)' has been reached.")
        }
    }
}

extension AWSError {
    fileprivate static func alreadyAttached(_ id: String) -> AWSError {
        AWSError(
            "VolumeInUse", "\(id) is already attached to an instance",
            explanation: "DescribeVolumes shows its attachment; DetachVolume ends it.")
    }
}
